/* SPDX-License-Identifier: MIT */
/* redact.c - put a filler of the same length over secrets, and list them. */
#include "redact.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LISTED_MAX 16  /* of one piece; the rest is counted */
#define WHERE_SIZE 300 /* a path is cut there */

/* What was replaced in one piece and is not listed one by one. */
struct more {
    unsigned count;
    uint64_t bytes;
};

static void check(struct md_rec *rec, const struct md_rec_spans *spans)
{
    if (spans->failed || md_rec_secrets_is_full(rec->secrets)) {
        md_rec_cast_fail(&rec->cast,
                         "there are more than %d secrets in one recording, or "
                         "no memory: record in parts",
                         MD_REC_SECRETS_MAX);
    }
}

static void list_more(struct md_rec *rec, const struct more *more,
                      const char *where)
{
    if (more->count > 0) {
        md_rec_cast_note(&rec->cast,
                         "redacted: %u more, %" PRIu64 " bytes, in %s",
                         more->count, more->bytes, where);
    }
}

/* What one secret has covered is not listed once more for another. */
static bool is_filler(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] != MD_REC_FILLER) {
            return false;
        }
    }
    return true;
}

void md_rec_redact_piece(struct md_rec *rec, const struct md_rec_spans *spans,
                         uint8_t *data, uint64_t off, size_t len,
                         const char *where)
{
    struct more more = {0};
    unsigned listed = 0;

    for (size_t i = 0; i < spans->count; i++) {
        const struct md_rec_span *span = &spans->items[i];
        uint64_t from = span->off > off ? span->off : off;
        uint64_t to = span->off + span->len < off + len ? span->off + span->len
                                                        : off + len;

        if (from >= to || is_filler(data + (from - off), (size_t)(to - from))) {
            continue;
        }
        memset(data + (from - off), MD_REC_FILLER, (size_t)(to - from));
        if (listed++ < LISTED_MAX) {
            md_rec_cast_note(&rec->cast,
                             "redacted: %s, %" PRIu64
                             " bytes, in %s at byte %" PRIu64,
                             md_rec_secrets_what(rec->secrets, span->id),
                             to - from, where, from);
        } else {
            more.count++;
            more.bytes += to - from;
        }
    }
    list_more(rec, &more, where);
}

/* Before anything of it is named in a comment. */
static void clean_head(struct md_rec *rec, struct md_rec_scan *scan,
                       const char *where)
{
    struct md_rec_spans spans = {0};

    md_rec_secrets_head(rec->secrets, scan, &spans);
    check(rec, &spans);
    md_rec_redact_piece(rec, &spans, scan->head, 0, scan->head_len, where);
    md_rec_spans_release(&spans);
}

void md_rec_redact_request(struct md_rec *rec, struct md_rec_scan *scan)
{
    if (rec->secrets != NULL) {
        md_rec_secrets_learn_head(rec->secrets, scan);
        clean_head(rec, scan, "a request's path");
    }
}

void md_rec_redact_answer(struct md_rec *rec, struct md_rec_scan *scan,
                          const char *on)
{
    char where[WHERE_SIZE];

    if (rec->secrets != NULL) {
        (void)snprintf(where, sizeof(where), "the head of the answer to %s",
                       on);
        clean_head(rec, scan, where);
    }
}

void md_rec_redact_body(struct md_rec *rec, struct md_rec_bytes *body,
                        const char *on, const char *what)
{
    struct md_rec_spans spans = {0};
    char where[WHERE_SIZE];

    if (rec->secrets == NULL || body->failed || body->len == 0) {
        return;
    }
    (void)snprintf(where, sizeof(where), "%s %s", what, on);
    md_rec_secrets_body(rec->secrets, (const uint8_t *)body->data, body->len,
                        &spans);
    check(rec, &spans);
    md_rec_redact_piece(rec, &spans, (uint8_t *)body->data, 0, body->len,
                        where);
    md_rec_spans_release(&spans);
}
