/* SPDX-License-Identifier: MIT */
#include "ids.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "loader.h"
#include "swap.h"

/* A window that slides over the data and keeps what may begin an id. */
struct search {
    const char *literal;
    size_t literal_len;
    char *window; /* MD_WRITE_CHUNK + MD_VAR_LEN_MAX bytes */
    size_t len;
    uint64_t off; /* of the window in the data */
    uint64_t *found;
    size_t count;
    size_t size;
};

static bool note_found(struct search *search, uint64_t off)
{
    void *found = search->found;

    if (!md_loader_grow(&found, search->count, &search->size,
                        sizeof(*search->found))) {
        return false;
    }
    search->found = found;
    search->found[search->count] = off;
    search->count++;
    return true;
}

/* Look through the window, then keep its last literal_len - 1 bytes. */
static bool slide(struct search *search)
{
    size_t from = 0;
    size_t keep = search->literal_len - 1;
    const char *at = md_find(search->window, search->len, search->literal,
                             search->literal_len);

    while (at != NULL) {
        size_t start = (size_t)(at - search->window);

        if (!note_found(search, search->off + start)) {
            return false;
        }
        from = start + search->literal_len;
        at = md_find(search->window + from, search->len - from, search->literal,
                     search->literal_len);
    }
    keep = search->len - from < keep ? search->len - from : keep;
    memmove(search->window, search->window + search->len - keep, keep);
    search->off += search->len - keep;
    search->len = keep;
    return true;
}

static enum mockd_code search_payload(struct search *search,
                                      const struct md_payload *payload,
                                      struct mockd_error *err)
{
    uint64_t done = 0;

    while (done < payload->len) {
        uint64_t left = payload->len - done;
        size_t len = left < MD_WRITE_CHUNK ? (size_t)left : MD_WRITE_CHUNK;
        enum mockd_code rc = MOCKD_OK;

        rc = md_payload_read(payload, done, search->window + search->len, len,
                             err);
        if (rc != MOCKD_OK) {
            return rc;
        }
        search->len += len;
        done += len;
        if (!slide(search)) {
            return md_fail_nomem(err);
        }
    }
    return MOCKD_OK;
}

static enum mockd_code search_stream(struct search *search,
                                     const struct md_fixture *fixture,
                                     const struct md_stream *stream,
                                     struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;
    uint32_t index = stream->first;

    while (index != MD_NO_EVENT && rc == MOCKD_OK) {
        const struct md_event *event = &fixture->events[index];

        if (event->code == MD_EVENT_DATA) {
            rc = search_payload(search, &event->payload, err);
        }
        index = event->next;
    }
    return rc;
}

enum mockd_code md_ids_find(struct md_fixture *fixture,
                            struct md_stream *stream, int var,
                            struct mockd_error *err)
{
    MD_CLEANUP(md_cleanup_free)
    char *window = malloc(MD_WRITE_CHUNK + MD_VAR_LEN_MAX);
    MD_CLEANUP(md_cleanup_free) uint64_t *found = NULL;
    struct search search = {.literal = fixture->vars[var].value,
                            .literal_len = strlen(fixture->vars[var].value),
                            .window = window};
    uint64_t *copy = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (stream->ids_var == var) {
        return MOCKD_OK;
    }
    if (window == NULL) {
        return md_fail_nomem(err);
    }
    rc = search_stream(&search, fixture, stream, err);
    found = search.found; /* freed below, whatever came of it */
    if (rc != MOCKD_OK) {
        return rc;
    }
    copy = md_arena_array(&fixture->arena, search.count, sizeof(*copy));
    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    if (search.count > 0) {
        memcpy(copy, found, search.count * sizeof(*copy));
    }
    stream->ids = copy;
    stream->id_count = search.count;
    stream->ids_var = var;
    return MOCKD_OK;
}

bool md_ids_touch(const struct md_ids *ids, uint64_t off, size_t len)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (ids->offsets[i] < off + len &&
            ids->offsets[i] + ids->id_len > off) {
            return true;
        }
    }
    return false;
}

void md_ids_put(const struct md_ids *ids, uint64_t off, uint8_t *bytes,
                size_t len)
{
    for (size_t i = 0; i < ids->count; i++) {
        uint64_t start = ids->offsets[i] > off ? ids->offsets[i] : off;
        uint64_t end = ids->offsets[i] + ids->id_len;

        end = end < off + len ? end : off + len;
        if (start < end) {
            memcpy(bytes + (start - off), ids->id + (start - ids->offsets[i]),
                   end - start);
        }
    }
}
