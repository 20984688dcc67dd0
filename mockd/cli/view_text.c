/* SPDX-License-Identifier: MIT */
/* view_text.c - one item of a stream, for people. */
#include <inttypes.h>
#include <string.h>

#include "text.h"
#include "view.h"

#define INDENT "              "
#define NO_TIME "            "

#define COLOUR_CLIENT "\033[36m"
#define COLOUR_STDERR "\033[31m"
#define COLOUR_HEADER "\033[2m"
#define COLOUR_OFF "\033[0m"

static void colour(const struct md_view *view, const char *sequence)
{
    if (view->has_colour) {
        (void)fputs(sequence, view->out);
    }
}

void md_view_bytes(const struct md_view *view, const uint8_t *bytes, size_t len)
{
    size_t shown = md_view_len(view, len);

    if (view->has_quotes) {
        (void)putc(' ', view->out);
        md_text_quoted(view->out, bytes, shown);
    } else if (len > 0) {
        (void)putc(' ', view->out);
        md_text_escaped(view->out, bytes, shown);
    }
    if (shown < len) {
        (void)fprintf(view->out, " .. %zu more", len - shown);
    }
}

void md_view_hex(const struct md_view *view, const uint8_t *bytes, size_t len,
                 uint64_t offset)
{
    size_t shown = md_view_len(view, len);

    md_text_hex(view->out, bytes, shown, offset, INDENT "  ");
    if (shown < len) {
        (void)fprintf(view->out, INDENT "  .. %zu more\n", len - shown);
    }
}

static void put_frame_words(const struct md_view *view,
                            const struct md_frame *frame)
{
    const char *kind = md_frame_kind_name(frame->kind);

    (void)fprintf(view->out, "@%" PRIu64, frame->offset);
    if (!frame->has_header ||
        (frame->header_from > 0 && frame->header_len > 0)) {
        (void)fprintf(view->out, " header %zu to %zu of %d",
                      frame->header_from + 1,
                      frame->header_from + frame->header_len, MD_FRAME_HEADER);
    }
    if (!frame->has_header) {
        return;
    }
    if (kind != NULL) {
        (void)fprintf(view->out, " %s", kind);
    } else {
        (void)fprintf(view->out, " kind %u", frame->kind);
    }
    (void)fprintf(view->out, " %" PRIu32, frame->length);
    if (frame->payload_from > 0) {
        (void)fprintf(view->out, " from %" PRIu32, frame->payload_from);
    }
}

static void put_frame(const struct md_view *view, const struct md_frame *frame)
{
    uint64_t at = frame->offset + frame->header_from + frame->payload_from;

    (void)fputs(INDENT, view->out);
    colour(view, COLOUR_HEADER);
    put_frame_words(view, frame);
    colour(view, COLOUR_OFF);
    if (view->is_hex) {
        (void)putc('\n', view->out);
        md_view_hex(view, frame->bytes, frame->len, at);
        return;
    }
    if (frame->has_header && frame->kind != 1) {
        colour(view, COLOUR_STDERR);
    }
    md_view_bytes(view, frame->bytes + frame->header_len,
                  frame->len - frame->header_len);
    colour(view, frame->has_header && frame->kind != 1 ? COLOUR_OFF : "");
    (void)putc('\n', view->out);
}

static void put_raw(const struct md_view *view, const struct md_item *item)
{
    if (view->is_hex) {
        md_view_hex(view, item->bytes, item->len, item->offset);
        return;
    }
    (void)fprintf(view->out, INDENT "@%" PRIu64, item->offset);
    md_view_bytes(view, item->bytes, item->len);
    (void)putc('\n', view->out);
}

static void put_head(const struct md_view *view)
{
    const struct md_head *head = &view->stream->head;

    (void)fprintf(view->out, "head, %zu bytes in", md_head_len(head));
    for (size_t i = 0; i < head->segment_count; i++) {
        (void)fprintf(view->out, "%c%zu", i == 0 ? ' ' : '+',
                      head->segments[i]);
    }
    (void)fprintf(view->out, "%s\n",
                  head->is_joined ? ", joined with the next segment" : "");
    for (size_t i = 0; i < head->line_count; i++) {
        (void)fputs(INDENT, view->out);
        md_text_escaped(view->out, head->lines[i], strlen(head->lines[i]));
        (void)putc('\n', view->out);
    }
}

static void put_time(const struct md_view *view, const struct md_item *item)
{
    colour(view, item->is_client ? COLOUR_CLIENT : "");
    if (item->has_time) {
        (void)fprintf(view->out, "%5" PRIu64 ".%06" PRIu64, item->us / 1000000,
                      item->us % 1000000);
    } else {
        (void)fputs(NO_TIME, view->out);
    }
    (void)fprintf(view->out, " %c ", md_view_sign(item));
}

static void put_moment(const struct md_view *view, const struct md_item *item,
                       const char *what)
{
    put_time(view, item);
    (void)fputs(what, view->out);
    if (item->kind == MD_ITEM_SEGMENT) {
        (void)fprintf(view->out, "segment %" PRIu32 ", %zu byte%s",
                      item->number, item->len, item->len == 1 ? "" : "s");
    } else if (item->kind == MD_ITEM_RESIZE) {
        (void)fputs(item->size, view->out);
    }
    (void)fputs(item->is_free ? ", does not wait" : "", view->out);
    colour(view, item->is_client ? COLOUR_OFF : "");
    (void)putc('\n', view->out);
}

static void put_step(const struct md_view *view, const struct md_item *item)
{
    const struct md_event *event = item->event;
    bool is_stderr = event->code == MD_EVENT_DATA && event->is_framed &&
                     event->frame_kind != 1;

    put_time(view, item);
    (void)fputs(view->is_in_block ? "  " : "", view->out);
    colour(view, is_stderr ? COLOUR_STDERR : "");
    md_view_step(view, item);
    colour(view, is_stderr || item->is_client ? COLOUR_OFF : "");
    (void)putc('\n', view->out);
    if (view->is_hex && item->len > 0) {
        md_view_hex(view, item->bytes, item->len, 0);
    }
}

void md_view_item_text(const struct md_view *view, const struct md_item *item)
{
    switch (item->kind) {
    case MD_ITEM_HEAD:
        put_time(view, item);
        put_head(view);
        break;
    case MD_ITEM_SEGMENT:
        put_moment(view, item, "");
        break;
    case MD_ITEM_FRAME:
        put_frame(view, &item->frame);
        break;
    case MD_ITEM_RAW:
        put_raw(view, item);
        break;
    case MD_ITEM_END:
        put_moment(view, item, "end of this side");
        break;
    case MD_ITEM_RESET:
        put_moment(view, item, "reset");
        break;
    case MD_ITEM_STEP:
        put_step(view, item);
        break;
    case MD_ITEM_RESIZE:
        put_moment(view, item, "resize to ");
        break;
    }
}
