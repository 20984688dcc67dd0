/* SPDX-License-Identifier: MIT */
/* view_step.c - what one step of a script says, for people and programs. */
#include <inttypes.h>

#include "text.h"
#include "view.h"

static const char *code_of(const struct md_event *event)
{
    static const char *const frames[] = {"<0", "<1", "<2", "<3"};
    static const char *const codes[] = {
        [MD_EVENT_HEAD] = "<H",       [MD_EVENT_DATA] = "<",
        [MD_EVENT_INPUT] = ">",       [MD_EVENT_END] = "<.",
        [MD_EVENT_INPUT_END] = ">.",  [MD_EVENT_RESET] = "<!",
        [MD_EVENT_INPUT_LOST] = ">!", [MD_EVENT_RESIZE] = "r",
        [MD_EVENT_EXPECT] = ">=",     [MD_EVENT_ECHO] = "echo",
        [MD_EVENT_EXIT] = "exit",     [MD_EVENT_PAUSE] = "pause",
        [MD_EVENT_REPEAT] = "repeat", [MD_EVENT_AGAIN] = "again"};

    if (event->code == MD_EVENT_DATA && event->is_framed) {
        return frames[event->frame_kind];
    }
    return event->code == MD_EVENT_RESIZE && event->is_exact
               ? "r="
               : codes[event->code];
}

static bool is_cut(const struct md_event *event)
{
    return event->is_framed && event->frame_len < event->payload.len;
}

/* ---- for people */

char md_view_sign(const struct md_item *item)
{
    if (item->is_client) {
        return '>';
    }
    if (item->kind != MD_ITEM_STEP) {
        return '<';
    }
    switch (item->event->code) {
    case MD_EVENT_EXIT:
    case MD_EVENT_PAUSE:
    case MD_EVENT_REPEAT:
    case MD_EVENT_AGAIN:
        return ' ';
    case MD_EVENT_HEAD:
    case MD_EVENT_DATA:
    case MD_EVENT_INPUT:
    case MD_EVENT_END:
    case MD_EVENT_INPUT_END:
    case MD_EVENT_RESET:
    case MD_EVENT_INPUT_LOST:
    case MD_EVENT_RESIZE:
    case MD_EVENT_EXPECT:
    case MD_EVENT_ECHO:
        break;
    }
    return '<';
}

static void put_pattern(const struct md_view *view,
                        const struct md_payload *payload)
{
    size_t shown = md_view_len(view, payload->pattern_len);

    for (size_t i = 0; i < shown; i++) {
        (void)fprintf(view->out, "%02x", payload->bytes[i]);
    }
    (void)fputs(shown < payload->pattern_len ? ".." : "", view->out);
}

/* The bytes, or what makes them. */
static void put_payload(const struct md_view *view, const struct md_item *item)
{
    const struct md_payload *payload = &item->event->payload;

    if (item->bytes != NULL) {
        if (!view->is_hex) {
            md_view_bytes(view, item->bytes, item->len);
        }
        return;
    }
    switch (payload->kind) {
    case MD_PAYLOAD_BYTES:
        break; /* only how many */
    case MD_PAYLOAD_FILE:
        (void)fputs(", file ", view->out);
        md_text_plain(view->out, payload->file->name);
        (void)fprintf(view->out, " from %" PRIu64, payload->off);
        break;
    case MD_PAYLOAD_FILL:
        (void)fputs(", fill ", view->out);
        put_pattern(view, payload);
        break;
    case MD_PAYLOAD_PRNG:
        (void)fprintf(view->out, ", prng %" PRIu64, payload->seed);
        break;
    case MD_PAYLOAD_LINES:
        (void)fprintf(view->out, ", %" PRIu64 " lines of %zu",
                      payload->len / payload->width, payload->width);
        break;
    }
}

static void put_data(const struct md_view *view, const struct md_item *item)
{
    const struct md_event *event = item->event;

    if (event->is_framed) {
        (void)fprintf(view->out, "%s %" PRIu64,
                      md_frame_kind_name(event->frame_kind),
                      event->payload.len);
    } else {
        (void)fprintf(view->out, "%" PRIu64 " byte%s", event->payload.len,
                      event->payload.len == 1 ? "" : "s");
    }
    if (is_cut(event)) {
        (void)fprintf(view->out, " in frames of %" PRIu32, event->frame_len);
    }
    if (event->code == MD_EVENT_EXPECT) {
        (void)fprintf(view->out, " or %s", event->goes_on ? "go on" : "reset");
    }
    put_payload(view, item);
}

static void put_count(const struct md_view *view, const char *what,
                      uint64_t count, const char *unit)
{
    (void)fprintf(view->out, "%s %" PRIu64 "%s", what, count, unit);
}

void md_view_step(const struct md_view *view, const struct md_item *item)
{
    const struct md_event *event = item->event;

    switch (event->code) {
    case MD_EVENT_HEAD:
        (void)fputs("the usual head", view->out);
        if (item->status != 0) {
            (void)fprintf(view->out, " of %d", item->status);
        }
        break;
    case MD_EVENT_EXPECT:
        (void)fputs("exactly ", view->out);
        put_data(view, item);
        break;
    case MD_EVENT_DATA:
    case MD_EVENT_INPUT:
        put_data(view, item);
        break;
    case MD_EVENT_END:
    case MD_EVENT_INPUT_END:
        (void)fputs("end of this side", view->out);
        break;
    case MD_EVENT_RESET:
    case MD_EVENT_INPUT_LOST:
        (void)fputs("reset", view->out);
        break;
    case MD_EVENT_RESIZE:
        if (event->is_exact) {
            (void)fprintf(view->out, "resize to %ux%u", event->size.cols,
                          event->size.rows);
        } else {
            (void)fputs("resize to any size", view->out);
        }
        break;
    case MD_EVENT_ECHO:
        (void)fprintf(view->out, "echo as %s",
                      event->is_framed ? md_frame_kind_name(event->frame_kind)
                                       : "it is");
        break;
    case MD_EVENT_EXIT:
        put_count(view, "exit", event->count, "");
        break;
    case MD_EVENT_PAUSE:
        put_count(view, "pause", event->count, " us");
        break;
    case MD_EVENT_REPEAT:
        put_count(view, "repeat", event->count, " times");
        break;
    case MD_EVENT_AGAIN:
        (void)fputs("again", view->out);
        break;
    }
}

/* ---- for programs */

static void put_payload_json(const struct md_view *view,
                             const struct md_item *item)
{
    const struct md_payload *payload = &item->event->payload;

    if (item->bytes != NULL) {
        md_view_data(view, item->bytes, item->len);
        return;
    }
    (void)fprintf(view->out, ",\"bytes\":%" PRIu64, payload->len);
    switch (payload->kind) {
    case MD_PAYLOAD_BYTES:
    case MD_PAYLOAD_FILE: /* read, so they are above */
        break;
    case MD_PAYLOAD_FILL:
        (void)fputs(",\"fill\":\"", view->out);
        put_pattern(view, payload);
        (void)putc('"', view->out);
        break;
    case MD_PAYLOAD_PRNG:
        (void)fprintf(view->out, ",\"prng\":%" PRIu64, payload->seed);
        break;
    case MD_PAYLOAD_LINES:
        (void)fprintf(view->out, ",\"lines\":%" PRIu64 ",\"width\":%zu",
                      payload->len / payload->width, payload->width);
        break;
    }
}

static void put_kind_json(const struct md_view *view,
                          const struct md_event *event)
{
    if (event->is_framed) {
        (void)fprintf(view->out, ",\"kind\":\"%s\"",
                      md_frame_kind_name(event->frame_kind));
    }
}

void md_view_step_json(const struct md_view *view, const struct md_item *item)
{
    const struct md_event *event = item->event;

    (void)fprintf(view->out, ",\"code\":\"%s\"", code_of(event));
    switch (event->code) {
    case MD_EVENT_HEAD:
        if (item->status != 0) {
            (void)fprintf(view->out, ",\"status\":%d", item->status);
        }
        break;
    case MD_EVENT_EXPECT:
        (void)fprintf(view->out, ",\"else\":\"%s\"",
                      event->goes_on ? "go on" : "reset");
        put_payload_json(view, item);
        break;
    case MD_EVENT_DATA:
    case MD_EVENT_INPUT:
        put_kind_json(view, event);
        if (is_cut(event)) {
            (void)fprintf(view->out, ",\"frame_len\":%" PRIu32,
                          event->frame_len);
        }
        put_payload_json(view, item);
        break;
    case MD_EVENT_RESIZE:
        if (event->is_exact) {
            (void)fprintf(view->out, ",\"size\":\"%ux%u\"", event->size.cols,
                          event->size.rows);
        }
        break;
    case MD_EVENT_ECHO:
        put_kind_json(view, event);
        break;
    case MD_EVENT_EXIT:
    case MD_EVENT_PAUSE:
    case MD_EVENT_REPEAT:
        (void)fprintf(view->out, ",\"count\":%" PRIu64, event->count);
        break;
    case MD_EVENT_END:
    case MD_EVENT_INPUT_END:
    case MD_EVENT_RESET:
    case MD_EVENT_INPUT_LOST:
    case MD_EVENT_AGAIN:
        break;
    }
}
