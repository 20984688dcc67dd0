/* SPDX-License-Identifier: MIT */
#include "timeline.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "cleanup.h"

struct walk {
    bool is_framed;
    md_item_fn on_item;
    void *user;
    uint64_t us;
    uint64_t sent; /* bytes of the client so far */
    uint32_t numbers[2];
    struct md_frame_reader frames;
};

const struct md_stream *md_stream_next(const struct md_fixture *fixture,
                                       const struct md_stream *stream)
{
    uint32_t line = stream == NULL ? 0 : stream->line;
    const struct md_stream *best = NULL;

    for (const struct md_stream *at = fixture->streams; at != NULL;
         at = at->next) {
        if (at->line > line && (best == NULL || at->line < best->line)) {
            best = at;
        }
    }
    return best;
}

const struct md_rule *md_stream_start(const struct md_fixture *fixture,
                                      const struct md_stream *stream)
{
    for (size_t i = 0; i < fixture->rule_count; i++) {
        if (fixture->rules[i].stream == stream) {
            return &fixture->rules[i];
        }
    }
    return NULL;
}

static const struct md_rule *find_create(const struct md_fixture *fixture,
                                         int eid)
{
    for (size_t i = 0; i < fixture->rule_count; i++) {
        if (fixture->rules[i].makes == eid) {
            return &fixture->rules[i];
        }
    }
    return NULL;
}

static bool wants_tty(const struct md_rule *rule)
{
    return md_json_is_true(md_json_get_any_case(rule->json, "Tty"));
}

bool md_stream_is_framed(const struct md_fixture *fixture,
                         const struct md_stream *stream)
{
    const struct md_rule *start = md_stream_start(fixture, stream);
    const char *type = md_head_value(&stream->head, "Content-Type");
    const struct md_rule *create = NULL;

    if (type != NULL && strstr(type, "multiplexed-stream") != NULL) {
        return true;
    }
    if (start == NULL || stream->head.status >= 300) {
        return false;
    }
    create = find_create(fixture, start->on.eid);
    return !wants_tty(create != NULL ? create : start);
}

static void give_contents(struct walk *walk, struct md_item *item,
                          const uint8_t *bytes)
{
    size_t len = item->len;

    if (item->is_client || !walk->is_framed) {
        item->kind = MD_ITEM_RAW;
        item->bytes = bytes;
        walk->on_item(walk->user, item);
        return;
    }
    item->kind = MD_ITEM_FRAME;
    while (md_frame_next(&walk->frames, &bytes, &len, &item->frame)) {
        walk->on_item(walk->user, item);
    }
}

static enum mockd_code give_segment(struct walk *walk,
                                    const struct md_event *event,
                                    struct md_item *item,
                                    struct mockd_error *err)
{
    size_t len = event->payload.len;
    MD_CLEANUP(md_cleanup_free) uint8_t *bytes = malloc(len + 1);
    enum mockd_code rc = MOCKD_OK;

    if (bytes == NULL) {
        return md_fail_nomem(err);
    }
    rc = md_payload_read(&event->payload, 0, bytes, len, err);
    if (rc != MOCKD_OK) {
        return rc;
    }
    item->kind = MD_ITEM_SEGMENT;
    item->number = ++walk->numbers[item->is_client];
    item->offset = item->is_client ? walk->sent : event->off;
    item->len = len;
    walk->on_item(walk->user, item);
    if (len > 0) {
        give_contents(walk, item, bytes);
    }
    walk->sent += item->is_client ? len : 0;
    return MOCKD_OK;
}

/* What a script's step writes depends on the client: it is shown as it is. */
static enum mockd_code give_step(struct walk *walk,
                                 const struct md_event *event,
                                 const struct md_json *value,
                                 struct mockd_error *err)
{
    struct md_buf text = {.max = MD_LINE_MAX};
    struct md_item item = {.kind = MD_ITEM_STEP, .line = event->line};
    bool ok = md_json_print(value, &text);

    item.step = text.data;
    if (ok) {
        walk->on_item(walk->user, &item);
    }
    md_buf_release(&text);
    return ok ? MOCKD_OK : md_fail_nomem(err);
}

static enum mockd_code give_event(struct walk *walk,
                                  const struct md_event *event,
                                  const struct md_json *value,
                                  struct mockd_error *err)
{
    const struct md_json *dt = md_json_first(value);
    struct md_item item = {.line = event->line, .is_free = event->is_free};
    int64_t us = 0;

    (void)md_json_integer(dt, 0, INT32_MAX, &us); /* the loader has seen it */
    walk->us += (uint64_t)us;
    item.us = walk->us;
    item.is_client =
        event->code == MD_EVENT_INPUT || event->code == MD_EVENT_INPUT_END ||
        event->code == MD_EVENT_INPUT_LOST || event->code == MD_EVENT_RESIZE;
    switch (event->code) {
    case MD_EVENT_HEAD:
        item.kind = MD_ITEM_HEAD;
        break;
    case MD_EVENT_DATA:
    case MD_EVENT_INPUT:
        return give_segment(walk, event, &item, err);
    case MD_EVENT_END:
    case MD_EVENT_INPUT_END:
        item.kind = MD_ITEM_END;
        break;
    case MD_EVENT_RESET:
    case MD_EVENT_INPUT_LOST:
        item.kind = MD_ITEM_RESET;
        break;
    case MD_EVENT_EXPECT: /* scripts only: give_step() */
    case MD_EVENT_ECHO:
    case MD_EVENT_EXIT:
    case MD_EVENT_PAUSE:
    case MD_EVENT_REPEAT:
    case MD_EVENT_AGAIN:
        return MOCKD_OK;
    case MD_EVENT_RESIZE:
        item.kind = MD_ITEM_RESIZE;
        item.size = md_json_text(md_json_next(md_json_next(dt)));
        break;
    }
    walk->on_item(walk->user, &item);
    return MOCKD_OK;
}

enum mockd_code md_timeline_walk(const struct md_side *side,
                                 const struct md_stream *stream, bool is_framed,
                                 md_item_fn on_item, void *user,
                                 struct mockd_error *err)
{
    struct walk walk = {
        .is_framed = is_framed, .on_item = on_item, .user = user};
    enum mockd_code rc = MOCKD_OK;

    for (uint32_t i = stream->first; i != MD_NO_EVENT && rc == MOCKD_OK;
         i = side->fixture->events[i].next) {
        const struct md_event *event = &side->fixture->events[i];
        MD_CLEANUP(md_json_cleanup) struct md_json *value = NULL;

        rc = md_source_value(side->source, event->line, &value, err);
        if (rc == MOCKD_OK) {
            rc = side->fixture->is_script
                     ? give_step(&walk, event, value, err)
                     : give_event(&walk, event, value, err);
        }
    }
    return rc;
}
