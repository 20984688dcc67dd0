/* SPDX-License-Identifier: MIT */
/* view_json.c - one item of a stream, for programs. */
#include <inttypes.h>

#include "text.h"
#include "view.h"

void md_view_data(const struct md_view *view, const uint8_t *bytes, size_t len)
{
    size_t shown = md_view_len(view, len);

    (void)fprintf(view->out, ",\"bytes\":%zu,\"data\":", len);
    md_text_quoted(view->out, bytes, shown);
    if (shown < len) {
        (void)fputs(",\"cut\":true", view->out);
    }
}

static void put_frame(const struct md_view *view, const struct md_frame *frame)
{
    const char *kind = md_frame_kind_name(frame->kind);

    (void)fprintf(view->out,
                  ",\"offset\":%" PRIu64 ",\"header_from\":%zu"
                  ",\"header_bytes\":%zu",
                  frame->offset, frame->header_from, frame->header_len);
    if (!frame->has_header) {
        return;
    }
    if (kind != NULL) {
        (void)fprintf(view->out, ",\"kind\":\"%s\"", kind);
    } else {
        (void)fprintf(view->out, ",\"kind\":%u", frame->kind);
    }
    (void)fprintf(view->out, ",\"length\":%" PRIu32 ",\"from\":%" PRIu32,
                  frame->length, frame->payload_from);
    md_view_data(view, frame->bytes + frame->header_len,
                 frame->len - frame->header_len);
}

static void put_head(const struct md_view *view)
{
    const struct md_head *head = &view->stream->head;

    (void)fprintf(view->out, ",\"bytes\":%zu,\"segments\":[",
                  md_head_len(head));
    for (size_t i = 0; i < head->segment_count; i++) {
        (void)fprintf(view->out, "%s%zu", i == 0 ? "" : ",", head->segments[i]);
    }
    (void)fprintf(view->out, "],\"joined\":%s,\"head\":[",
                  head->is_joined ? "true" : "false");
    for (size_t i = 0; i < head->line_count; i++) {
        (void)fputs(i == 0 ? "" : ",", view->out);
        md_text_json(view->out, head->lines[i]);
    }
    (void)putc(']', view->out);
}

static void put_details(const struct md_view *view, const struct md_item *item)
{
    switch (item->kind) {
    case MD_ITEM_HEAD:
        put_head(view);
        break;
    case MD_ITEM_SEGMENT:
        (void)fprintf(view->out,
                      ",\"number\":%" PRIu32 ",\"offset\":%" PRIu64
                      ",\"bytes\":%zu",
                      item->number, item->offset, item->len);
        break;
    case MD_ITEM_FRAME:
        put_frame(view, &item->frame);
        break;
    case MD_ITEM_RAW:
        (void)fprintf(view->out, ",\"offset\":%" PRIu64, item->offset);
        md_view_data(view, item->bytes, item->len);
        break;
    case MD_ITEM_RESIZE:
        (void)fprintf(view->out, ",\"size\":\"%s\"", item->size);
        break;
    case MD_ITEM_STEP:
        md_view_step_json(view, item);
        break;
    case MD_ITEM_END:
    case MD_ITEM_RESET:
        break;
    }
}

static const char *name_of(char sign)
{
    return sign == '>' ? "client" : sign == '<' ? "engine" : "mock";
}

void md_view_item_json(const struct md_view *view, const struct md_item *item)
{
    static const char *const names[] = {
        [MD_ITEM_HEAD] = "head",     [MD_ITEM_SEGMENT] = "segment",
        [MD_ITEM_FRAME] = "frame",   [MD_ITEM_RAW] = "raw",
        [MD_ITEM_END] = "end",       [MD_ITEM_RESET] = "reset",
        [MD_ITEM_RESIZE] = "resize", [MD_ITEM_STEP] = "step"};

    (void)fprintf(view->out, "{\"event\":\"%s\",\"line\":%" PRIu32,
                  names[item->kind], item->line);
    (void)fputs(",\"stream\":", view->out);
    md_text_json(view->out, view->stream->name);
    if (item->has_time) {
        (void)fprintf(view->out, ",\"us\":%" PRIu64, item->us);
    }
    (void)fprintf(view->out, ",\"by\":\"%s\"", name_of(md_view_sign(item)));
    put_details(view, item);
    (void)fprintf(view->out, "%s}\n", item->is_free ? ",\"free\":true" : "");
}
