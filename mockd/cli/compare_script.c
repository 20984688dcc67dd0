/* SPDX-License-Identifier: MIT */
/* compare_script.c - what only scripts have: engines, inspects, and streams
 * step by step. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "compare.h"
#include "text.h"
#include "view.h"

#define BYTES_SHOWN 64 /* of a step that differs */
#define WHAT_MAX 160
#define PIECE 4096 /* bytes compared at a time */

static void put_engine(FILE *out, const struct md_script *script)
{
    (void)fputs(script->style == MD_STYLE_PODMAN ? "podman " : "docker ", out);
    md_text_escaped(out, script->version, strlen(script->version));
    (void)fprintf(out, ", API %s", script->api);
}

void md_compare_engines(struct md_comparison *comparison)
{
    const struct md_script *a = &comparison->a.fixture->script;
    const struct md_script *b = &comparison->b.fixture->script;

    if (a->style == b->style && strcmp(a->version, b->version) == 0 &&
        strcmp(a->api, b->api) == 0) {
        return;
    }
    md_compare_begin_files(comparison);
    (void)fputs("engine: ", comparison->out);
    put_engine(comparison->out, a);
    (void)fputs(" against ", comparison->out);
    put_engine(comparison->out, b);
    (void)putc('\n', comparison->out);
}

static void put_inspect(FILE *out, const struct md_inspect *inspect)
{
    switch (inspect->lag) {
    case MD_LAG_NONE:
        (void)fputs("exited at once", out);
        break;
    case MD_LAG_POLLS:
        (void)fprintf(out, "exited after %" PRIu32 " more", inspect->polls);
        break;
    case MD_LAG_UNTIL_RELEASED:
        (void)fputs("exited when released", out);
        break;
    }
}

void md_compare_inspects(struct md_comparison *comparison,
                         const struct md_rule *a, const struct md_rule *b,
                         const char *what)
{
    if (a->inspect.lag == b->inspect.lag &&
        a->inspect.polls == b->inspect.polls) {
        return;
    }
    md_compare_begin(comparison, a->line, b->line);
    (void)fprintf(comparison->out, "%s: ", what);
    put_inspect(comparison->out, &a->inspect);
    (void)fputs(" against ", comparison->out);
    put_inspect(comparison->out, &b->inspect);
    (void)putc('\n', comparison->out);
}

/* ---- streams */

/* The steps of a stream but for its head. */
struct steps {
    const struct md_stream *stream;
    const struct md_event **items;
    size_t count;
    size_t end; /* from here on the other ends in the same way */
};

static void release_steps(struct steps *steps)
{
    free(steps->items);
}

static enum mockd_code list_steps(const struct md_side *side,
                                  struct steps *steps, struct mockd_error *err)
{
    const struct md_fixture *fixture = side->fixture;
    uint32_t first = md_stream_first(fixture, steps->stream);
    size_t count = 0;

    for (uint32_t i = first; i != MD_NO_EVENT; i = fixture->events[i].next) {
        count++;
    }
    steps->items = calloc(count + 1, sizeof(struct md_event *));
    if (steps->items == NULL) {
        return md_fail_nomem(err);
    }
    for (uint32_t i = first; i != MD_NO_EVENT; i = fixture->events[i].next) {
        steps->items[steps->count] = &fixture->events[i];
        steps->count++;
    }
    return MOCKD_OK;
}

/* ---- are two steps the same? */

static bool has_same_maker(const struct md_payload *a,
                           const struct md_payload *b)
{
    if (a->kind != b->kind) {
        return false;
    }
    switch (a->kind) {
    case MD_PAYLOAD_BYTES:
        return (a->bytes == NULL) == (b->bytes == NULL) &&
               (a->bytes == NULL ||
                memcmp(a->bytes, b->bytes, (size_t)a->len) == 0);
    case MD_PAYLOAD_FILL:
        return a->pattern_len == b->pattern_len &&
               memcmp(a->bytes, b->bytes, a->pattern_len) == 0;
    case MD_PAYLOAD_PRNG:
        return a->seed == b->seed;
    case MD_PAYLOAD_LINES:
        return a->width == b->width;
    case MD_PAYLOAD_FILE:
        break;
    }
    return false;
}

static enum mockd_code compare_contents(const struct md_payload *a,
                                        const struct md_payload *b,
                                        bool *out_same, struct mockd_error *err)
{
    uint8_t left[PIECE];
    uint8_t right[PIECE];
    enum mockd_code rc = MOCKD_OK;

    *out_same = true;
    for (uint64_t off = 0; off < a->len && *out_same && rc == MOCKD_OK;
         off += PIECE) {
        size_t len = a->len - off < PIECE ? (size_t)(a->len - off) : PIECE;

        rc = md_payload_read(a, off, left, len, err);
        if (rc == MOCKD_OK) {
            rc = md_payload_read(b, off, right, len, err);
        }
        *out_same = rc == MOCKD_OK && memcmp(left, right, len) == 0;
    }
    return rc;
}

/* The same bytes, however they are written. What is larger than a file may
 * have is the same only if the same makes it. */
static enum mockd_code compare_payloads(const struct md_payload *a,
                                        const struct md_payload *b,
                                        bool *out_same, struct mockd_error *err)
{
    *out_same = a->len == b->len && has_same_maker(a, b);
    if (*out_same || a->len != b->len || a->len > MD_PAYLOAD_MAX) {
        return MOCKD_OK;
    }
    return compare_contents(a, b, out_same, err);
}

static bool has_same_words(const struct md_event *a, const struct md_event *b)
{
    return a->code == b->code && a->is_framed == b->is_framed &&
           a->frame_kind == b->frame_kind && a->frame_len == b->frame_len &&
           a->goes_on == b->goes_on && a->is_exact == b->is_exact &&
           a->count == b->count &&
           (!a->is_exact ||
            (a->size.cols == b->size.cols && a->size.rows == b->size.rows));
}

static enum mockd_code is_same(const struct md_event *a,
                               const struct md_event *b, bool *out_same,
                               struct mockd_error *err)
{
    *out_same = has_same_words(a, b);
    if (*out_same && a->code == MD_EVENT_INPUT) {
        *out_same = a->payload.len == b->payload.len; /* whatever they are */
        return MOCKD_OK;
    }
    return *out_same ? compare_payloads(&a->payload, &b->payload, out_same, err)
                     : MOCKD_OK;
}

/* ---- what differs */

static void put_step(FILE *out, const struct md_event *step)
{
    const struct md_view view = {
        .out = out, .max = BYTES_SHOWN, .has_quotes = true};
    struct md_item item = {.kind = MD_ITEM_STEP,
                           .is_client = md_event_is_client(step->code),
                           .event = step};
    char sign = md_view_sign(&item);

    if (step->payload.kind == MD_PAYLOAD_BYTES) {
        item.bytes = step->payload.bytes;
        item.len = item.bytes == NULL ? 0 : (size_t)step->payload.len;
    }
    if (sign != ' ') {
        (void)fprintf(out, "%c ", sign);
    }
    md_view_step(&view, &item);
}

static void begin(struct md_comparison *comparison,
                  const struct md_stream *stream, uint32_t a_line,
                  uint32_t b_line)
{
    md_compare_begin(comparison, a_line, b_line);
    (void)fputs("stream ", comparison->out);
    md_text_escaped(comparison->out, stream->name, strlen(stream->name));
    (void)fputs(": ", comparison->out);
}

static void put_only(struct md_comparison *comparison,
                     const struct md_stream *stream,
                     const struct md_event *step, bool is_a)
{
    begin(comparison, stream, is_a ? step->line : 0, is_a ? 0 : step->line);
    put_step(comparison->out, step);
    (void)fputs(": only here\n", comparison->out);
}

static void put_both(struct md_comparison *comparison,
                     const struct md_stream *stream, const struct md_event *a,
                     const struct md_event *b)
{
    begin(comparison, stream, a->line, b->line);
    put_step(comparison->out, a);
    (void)fputs(" against ", comparison->out);
    put_step(comparison->out, b);
    (void)putc('\n', comparison->out);
}

/* How many steps both begin with, or from the end those that both end with. */
static enum mockd_code count_common(const struct steps *a,
                                    const struct steps *b, size_t max,
                                    bool is_from_end, size_t *out_count,
                                    struct mockd_error *err)
{
    bool is_alike = true;
    enum mockd_code rc = MOCKD_OK;
    size_t i = 0;

    while (i < max && is_alike && rc == MOCKD_OK) {
        rc = is_same(a->items[is_from_end ? a->count - 1 - i : i],
                     b->items[is_from_end ? b->count - 1 - i : i], &is_alike,
                     err);
        i += is_alike ? 1 : 0;
    }
    *out_count = i;
    return rc;
}

/* The steps from @from to the ends. */
static enum mockd_code compare_from(struct md_comparison *comparison,
                                    const struct steps *a,
                                    const struct steps *b, size_t from,
                                    struct mockd_error *err)
{
    size_t i = from;

    for (; i < a->end && i < b->end; i++) {
        bool is_alike = false;
        enum mockd_code rc = is_same(a->items[i], b->items[i], &is_alike, err);

        if (rc != MOCKD_OK) {
            return rc;
        }
        if (!is_alike) {
            put_both(comparison, a->stream, a->items[i], b->items[i]);
        }
    }
    for (size_t j = i; j < a->end; j++) {
        put_only(comparison, a->stream, a->items[j], true);
    }
    for (size_t j = i; j < b->end; j++) {
        put_only(comparison, a->stream, b->items[j], false);
    }
    return MOCKD_OK;
}

/* A step that was put in or left out does not make all after it differ. */
static enum mockd_code compare_lists(struct md_comparison *comparison,
                                     struct steps *a, struct steps *b,
                                     struct mockd_error *err)
{
    size_t shorter = a->count < b->count ? a->count : b->count;
    size_t head = 0;
    size_t tail = 0;
    enum mockd_code rc = count_common(a, b, shorter, false, &head, err);

    if (rc == MOCKD_OK) {
        rc = count_common(a, b, shorter - head, true, &tail, err);
    }
    a->end = a->count - tail;
    b->end = b->count - tail;
    return rc == MOCKD_OK ? compare_from(comparison, a, b, head, err) : rc;
}

static void put_head(FILE *out, const struct md_stream *stream)
{
    if (!stream->has_usual_head) {
        (void)fputs("lines", out);
    } else if (stream->usual_status == 0) {
        (void)fputs("the usual one", out);
    } else {
        (void)fprintf(out, "the usual one of %d", stream->usual_status);
    }
}

static void compare_heads(struct md_comparison *comparison,
                          const struct md_stream *a, const struct md_stream *b)
{
    char what[WHAT_MAX];

    (void)snprintf(what, sizeof(what), "stream %.100s: head", a->name);
    md_text_clean(what);
    if (!a->has_usual_head && !b->has_usual_head) {
        md_compare_heads(comparison, a->line, b->line, what, &a->head,
                         &b->head);
    } else if (a->has_usual_head != b->has_usual_head ||
               a->usual_status != b->usual_status) {
        md_compare_begin(comparison, a->line, b->line);
        (void)fprintf(comparison->out, "%s: ", what);
        put_head(comparison->out, a);
        (void)fputs(" against ", comparison->out);
        put_head(comparison->out, b);
        (void)putc('\n', comparison->out);
    }
}

enum mockd_code md_compare_steps(struct md_comparison *comparison,
                                 const struct md_stream *a,
                                 const struct md_stream *b,
                                 struct mockd_error *err)
{
    MD_CLEANUP(release_steps) struct steps left = {.stream = a};
    MD_CLEANUP(release_steps) struct steps right = {.stream = b};
    enum mockd_code rc = list_steps(&comparison->a, &left, err);

    if (rc == MOCKD_OK) {
        rc = list_steps(&comparison->b, &right, err);
    }
    if (rc == MOCKD_OK) {
        compare_heads(comparison, a, b);
        rc = compare_lists(comparison, &left, &right, err);
    }
    return rc;
}
