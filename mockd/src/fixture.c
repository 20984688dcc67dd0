/* SPDX-License-Identifier: MIT */
#include "fixture.h"

#include <nettle/sha2.h>
#include <string.h>
#include <strings.h>

#include "bounds.h"
#include "cleanup.h"
#include "json.h"
#include "pattern.h"

const char *md_phase_name(enum md_phase phase)
{
    switch (phase) {
    case MD_PHASE_ANY:
        return "any phase";
    case MD_PHASE_CREATED:
        return "created";
    case MD_PHASE_RUNNING:
        return "running";
    case MD_PHASE_EXITED:
        return "exited";
    case MD_PHASE_GONE:
        return "gone";
    }
    return "?";
}

void md_fixture_free(struct md_fixture *fixture)
{
    if (fixture == NULL) {
        return;
    }
    for (size_t i = 0; i < fixture->rule_count; i++) {
        md_json_free(fixture->rules[i].json);
        md_json_free(fixture->rules[i].subset);
        md_pattern_free(fixture->rules[i].pattern);
    }
    md_payload_home_release(&fixture->home);
    free(fixture->rules);
    free(fixture->events);
    md_arena_release(&fixture->arena);
    free(fixture);
}

void md_fixture_cleanup(struct md_fixture **fixture)
{
    md_fixture_free(*fixture);
}

int md_fixture_find_var(const struct md_fixture *fixture, const char *name,
                        size_t len)
{
    for (size_t i = 0; i < fixture->var_count; i++) {
        const char *known = fixture->vars[i].name;

        if (strncmp(known, name, len) == 0 && known[len] == '\0') {
            return (int)i;
        }
    }
    return MD_NO_VAR;
}

size_t md_head_len(const struct md_head *head)
{
    size_t len = 2;

    for (size_t i = 0; i < head->line_count; i++) {
        len += strlen(head->lines[i]) + 2;
    }
    return len;
}

const char *md_head_value(const struct md_head *head, const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 1; i < head->line_count; i++) {
        const char *line = head->lines[i];

        if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
            line += len + 1;
            return line + strspn(line, " \t");
        }
    }
    return NULL;
}

static void hash_head(struct sha256_ctx *hash, const struct md_head *head)
{
    for (size_t i = 0; i < head->line_count; i++) {
        sha256_update(hash, strlen(head->lines[i]),
                      (const uint8_t *)head->lines[i]);
        sha256_update(hash, 2, (const uint8_t *)"\r\n");
    }
    sha256_update(hash, 2, (const uint8_t *)"\r\n");
}

static enum mockd_code hash_payload(struct sha256_ctx *hash,
                                    const struct md_payload *payload,
                                    uint8_t *chunk, struct mockd_error *err)
{
    uint64_t done = 0;

    if (payload->kind == MD_PAYLOAD_BYTES) {
        sha256_update(hash, (size_t)payload->len, payload->bytes);
        return MOCKD_OK;
    }
    while (done < payload->len) {
        uint64_t left = payload->len - done;
        size_t len = left < MD_WRITE_CHUNK ? (size_t)left : MD_WRITE_CHUNK;
        enum mockd_code rc = MOCKD_OK;

        rc = md_payload_read(payload, done, chunk, len, err);
        if (rc != MOCKD_OK) {
            return rc;
        }
        sha256_update(hash, len, chunk);
        done += len;
    }
    return MOCKD_OK;
}

/* The stream that @index, an <H event, belongs to. */
static const struct md_head *head_of(const struct md_fixture *fixture,
                                     uint32_t index)
{
    for (const struct md_stream *at = fixture->streams; at != NULL;
         at = at->next) {
        if (at->first == index) {
            return &at->head;
        }
    }
    return NULL;
}

static enum mockd_code hash_events(const struct md_fixture *fixture,
                                   struct sha256_ctx *hash,
                                   struct mockd_error *err)
{
    MD_CLEANUP(md_cleanup_free) uint8_t *chunk = malloc(MD_WRITE_CHUNK);
    enum mockd_code rc = MOCKD_OK;

    if (chunk == NULL) {
        return md_fail_nomem(err);
    }
    for (uint32_t i = 0; i < fixture->event_count && rc == MOCKD_OK; i++) {
        const struct md_event *event = &fixture->events[i];
        const struct md_head *head = NULL;

        if (event->code == MD_EVENT_HEAD) {
            head = head_of(fixture, i);
        } else if (event->code == MD_EVENT_DATA) {
            rc = hash_payload(hash, &event->payload, chunk, err);
        }
        if (head != NULL) {
            hash_head(hash, head);
        }
    }
    return rc;
}

static const char *hex_of(const uint8_t *bytes, char *out_text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < MD_SHA256_SIZE; i++) {
        out_text[2 * i] = digits[bytes[i] >> 4];
        out_text[2 * i + 1] = digits[bytes[i] & 15];
    }
    out_text[(size_t)2 * MD_SHA256_SIZE] = '\0';
    return out_text;
}

enum mockd_code md_fixture_digest(const struct md_fixture *fixture,
                                  uint8_t out_digest[MD_SHA256_SIZE],
                                  struct mockd_error *err)
{
    struct sha256_ctx hash;
    enum mockd_code rc = MOCKD_OK;

    sha256_init(&hash);
    rc = hash_events(fixture, &hash, err);
    if (rc == MOCKD_OK) {
        sha256_digest(&hash, MD_SHA256_SIZE, out_digest);
    }
    return rc;
}

enum mockd_code md_fixture_verify(struct md_fixture *fixture,
                                  struct mockd_error *err)
{
    char text[2 * MD_SHA256_SIZE + 1];
    uint8_t digest[MD_SHA256_SIZE];
    enum mockd_code rc = MOCKD_OK;

    if (fixture->is_verified) {
        return MOCKD_OK;
    }
    rc = md_fixture_digest(fixture, digest, err);
    if (rc != MOCKD_OK) {
        return rc;
    }
    if (memcmp(digest, fixture->sha256, sizeof(digest)) != 0) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "%.200s:%u: end: sha256_s2c does not fit, counted %s; "
                       "the file was cut or edited",
                       fixture->path, (unsigned)fixture->end_line,
                       hex_of(digest, text));
    }
    fixture->is_verified = true;
    return MOCKD_OK;
}

uint32_t md_stream_first(const struct md_fixture *fixture,
                         const struct md_stream *stream)
{
    uint32_t first = stream->first;

    return first != MD_NO_EVENT && fixture->events[first].code == MD_EVENT_HEAD
               ? fixture->events[first].next
               : first;
}
