/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "compare.h"
#include "text.h"
#include "timeline.h"

#define BYTES_SHOWN 64 /* of a frame that differs */
#define WHAT_MAX 512

/* What is compared of a stream. Index 1 is the client's side. */
struct content {
    const struct md_stream *stream;
    bool is_framed;
    struct md_buf bytes[2];
    struct md_buf sizes[2]; /* of the segments */
    struct md_buf resizes;
    const char *ends[2];
    unsigned free_gates;
    bool is_full; /* memory, or more than a file may have */
};

static void release_content(struct content *content)
{
    for (size_t i = 0; i < 2; i++) {
        md_buf_release(&content->bytes[i]);
        md_buf_release(&content->sizes[i]);
    }
    md_buf_release(&content->resizes);
}

static void take_item(void *user, const struct md_item *item)
{
    struct content *content = user;
    size_t side = item->is_client ? 1 : 0;
    bool is_done = true;

    content->free_gates += item->is_free && item->kind != MD_ITEM_RAW ? 1 : 0;
    switch (item->kind) {
    case MD_ITEM_SEGMENT:
        is_done = md_buf_printf(&content->sizes[side], " %zu", item->len);
        break;
    case MD_ITEM_RAW:
        is_done = md_buf_add(&content->bytes[side], item->bytes, item->len);
        break;
    case MD_ITEM_RESIZE:
        is_done = md_buf_printf(&content->resizes, " %s",
                                item->size == NULL ? "" : item->size);
        break;
    case MD_ITEM_END:
        content->ends[side] = "closes";
        break;
    case MD_ITEM_RESET:
        content->ends[side] = "resets";
        break;
    case MD_ITEM_HEAD:
    case MD_ITEM_FRAME:
    case MD_ITEM_STEP:
        break;
    }
    content->is_full |= !is_done;
}

static enum mockd_code read_content(const struct md_side *side,
                                    struct content *content,
                                    struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    for (size_t i = 0; i < 2; i++) {
        content->bytes[i].max = MD_FILE_MAX;
        content->sizes[i].max = MD_FILE_MAX;
        content->ends[i] = "stays";
    }
    content->resizes.max = MD_FILE_MAX;
    content->is_framed = md_stream_is_framed(side->fixture, content->stream);
    rc =
        md_timeline_walk(side, content->stream, false, take_item, content, err);
    if (rc == MOCKD_OK && content->is_full) {
        rc = md_fail(err, MOCKD_E_SYSTEM,
                     "stream %.60s is too long to compare: over %d bytes, or "
                     "out of memory",
                     content->stream->name, MD_FILE_MAX);
    }
    return rc;
}

struct streams {
    struct md_comparison *comparison;
    const struct content *a;
    const struct content *b;
};

static FILE *begin(const struct streams *streams, const char *what)
{
    FILE *out = streams->comparison->out;

    md_compare_begin(streams->comparison, streams->a->stream->line,
                     streams->b->stream->line);
    (void)fputs("stream ", out);
    md_text_escaped(out, streams->a->stream->name,
                    strlen(streams->a->stream->name));
    (void)fprintf(out, ": %s: ", what);
    return out;
}

/* The frame that byte @at lies in. */
static void put_frame_at(FILE *out, const struct md_buf *bytes, size_t at)
{
    const uint8_t *data = (const uint8_t *)bytes->data;
    size_t len = bytes->len;
    struct md_frame_reader reader = {0};
    struct md_frame frame = {0};
    const char *kind = NULL;
    size_t payload = 0;

    while (md_frame_next(&reader, &data, &len, &frame) &&
           frame.offset + frame.len <= at) {
    }
    if (!frame.has_header) {
        (void)fprintf(out, "@%" PRIu64 " a cut header", frame.offset);
        return;
    }
    kind = md_frame_kind_name(frame.kind);
    payload = frame.len - frame.header_len;
    (void)fprintf(out, "@%" PRIu64 " %s %" PRIu32 " ", frame.offset,
                  kind == NULL ? "no known kind" : kind, frame.length);
    md_text_quoted(out, frame.bytes + frame.header_len,
                   payload < BYTES_SHOWN ? payload : BYTES_SHOWN);
}

static void put_place(FILE *out, const struct content *content, size_t side,
                      size_t at)
{
    const struct md_buf *bytes = &content->bytes[side];
    size_t left = bytes->len - at;

    if (left == 0) {
        (void)fputs("the end", out);
    } else if (side == 0 && content->is_framed) {
        put_frame_at(out, bytes, at);
    } else {
        md_text_quoted(out, bytes->data + at,
                       left < BYTES_SHOWN ? left : BYTES_SHOWN);
    }
}

static void compare_bytes(const struct streams *streams, size_t side)
{
    const struct md_buf *a = &streams->a->bytes[side];
    const struct md_buf *b = &streams->b->bytes[side];
    FILE *out = NULL;
    size_t i = 0;
    size_t j = 0;

    if (md_alike_bytes(&streams->comparison->alike,
                       (struct md_span){a->data, a->len},
                       (struct md_span){b->data, b->len}, &i, &j)) {
        return;
    }
    out = begin(streams, side == 0 ? "engine" : "client");
    (void)fprintf(out, "byte %zu: ", i);
    put_place(out, streams->a, side, i);
    (void)fputs(" against ", out);
    put_place(out, streams->b, side, j);
    (void)putc('\n', out);
}

static void compare_words(const struct streams *streams, const char *what,
                          const char *a, const char *b)
{
    const char *left = a == NULL ? " nothing" : a;
    const char *right = b == NULL ? " nothing" : b;

    if (strcmp(left, right) != 0) {
        (void)fprintf(begin(streams, what), "%s against %s\n",
                      left + (left[0] == ' ' ? 1 : 0),
                      right + (right[0] == ' ' ? 1 : 0));
    }
}

static void compare_head_segments(const struct streams *streams)
{
    const struct md_head *a = &streams->a->stream->head;
    const struct md_head *b = &streams->b->stream->head;
    bool is_same = a->segment_count == b->segment_count;

    for (size_t i = 0; is_same && i < a->segment_count; i++) {
        is_same = a->segments[i] == b->segments[i];
    }
    if (!is_same) {
        (void)fprintf(begin(streams, "head"),
                      "%zu segments against %zu, or other sizes\n",
                      a->segment_count, b->segment_count);
    }
    if (a->is_joined != b->is_joined) {
        (void)fprintf(begin(streams, "head"), "joined: %s against %s\n",
                      a->is_joined ? "true" : "false",
                      b->is_joined ? "true" : "false");
    }
}

static void compare_contents(const struct streams *streams)
{
    const struct content *a = streams->a;
    const struct content *b = streams->b;

    md_compare_heads(streams->comparison, a->stream->line, b->stream->line,
                     "stream head", &a->stream->head, &b->stream->head);
    compare_bytes(streams, 0);
    compare_bytes(streams, 1);
    compare_words(streams, "engine", a->ends[0], b->ends[0]);
    compare_words(streams, "client", a->ends[1], b->ends[1]);
    compare_words(streams, "resizes", a->resizes.data, b->resizes.data);
    if (a->free_gates != b->free_gates) {
        (void)fprintf(begin(streams, "gates that do not wait"),
                      "%u against %u\n", a->free_gates, b->free_gates);
    }
    if (streams->comparison->has_segments) {
        compare_head_segments(streams);
        compare_words(streams, "engine's segments", a->sizes[0].data,
                      b->sizes[0].data);
        compare_words(streams, "client's segments", a->sizes[1].data,
                      b->sizes[1].data);
    }
}

enum mockd_code md_compare_streams(struct md_comparison *comparison,
                                   const struct md_stream *a,
                                   const struct md_stream *b,
                                   struct mockd_error *err)
{
    MD_CLEANUP(release_content) struct content left = {.stream = a};
    MD_CLEANUP(release_content) struct content right = {.stream = b};
    const struct streams streams = {comparison, &left, &right};
    enum mockd_code rc = read_content(&comparison->a, &left, err);

    if (rc == MOCKD_OK) {
        rc = read_content(&comparison->b, &right, err);
    }
    if (rc == MOCKD_OK) {
        compare_contents(&streams);
    }
    return rc;
}
