/* SPDX-License-Identifier: MIT */
/* step.c - what the steps of a script's streams say. */
#include <string.h>

#include "bounds.h"
#include "json.h"
#include "loader.h"

static enum mockd_code parse_payload(struct md_loader *loader,
                                     const struct md_json *payload,
                                     struct md_event *event,
                                     struct mockd_error *err)
{
    return md_payload_parse(payload, &loader->fixture->home, &event->payload,
                            err);
}

static enum mockd_code parse_data(struct md_loader *loader,
                                  const struct md_json *payload,
                                  const struct md_json *attrs,
                                  struct md_event *event,
                                  struct mockd_error *err)
{
    const struct md_json *wanted = md_json_get(attrs, "frame_len");
    enum mockd_code rc = parse_payload(loader, payload, event, err);
    int64_t frame_len = (int64_t)event->payload.len;

    if (rc != MOCKD_OK || !event->is_framed) {
        return rc;
    }
    if (wanted != NULL &&
        !md_json_integer(wanted, 1, MD_FRAME_MAX, &frame_len)) {
        return md_fail(err, MOCKD_E_FIXTURE, "frame_len: not 1 to %lld bytes",
                       (long long)MD_FRAME_MAX);
    }
    if (frame_len > MD_FRAME_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: one frame holds at most %lld bytes; say "
                       "{\"frame_len\":32768}",
                       (long long)MD_FRAME_MAX);
    }
    event->frame_len = frame_len == 0 ? 1 : (uint32_t)frame_len;
    return MOCKD_OK;
}

/* "hello", or how many bytes. */
static enum mockd_code parse_input(struct md_loader *loader,
                                   const struct md_json *payload,
                                   struct md_event *event,
                                   struct mockd_error *err)
{
    int64_t len = 0;

    if (md_json_integer(payload, 1, MD_GENERATED_MAX, &len)) {
        event->payload.len = (uint64_t)len;
        return MOCKD_OK;
    }
    if (payload != NULL && md_json_text(payload) == NULL &&
        !md_json_is_object(payload)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: > waits for a payload's length, or 1 to %lld "
                       "bytes",
                       (long long)MD_GENERATED_MAX);
    }
    return parse_payload(loader, payload, event, err);
}

static enum mockd_code parse_expect(struct md_loader *loader,
                                    const struct md_json *payload,
                                    const struct md_json *attrs,
                                    struct md_event *event,
                                    struct mockd_error *err)
{
    const struct md_json *other = md_json_get(attrs, "else");
    const char *text = md_json_text(other);

    event->goes_on = text != NULL && strcmp(text, "go on") == 0;
    if (other != NULL && !event->goes_on &&
        (text == NULL || strcmp(text, "reset") != 0)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "else: not \"reset\" or \"go on\"");
    }
    return parse_payload(loader, payload, event, err);
}

/* A part of a size: up to five digits, 1 to 65535. */
static const char *read_side(const char *text, unsigned *out_side)
{
    unsigned side = 0;
    size_t len = strspn(text, "0123456789");

    for (size_t i = 0; i < len && len <= 5; i++) {
        side = side * 10 + (unsigned)(text[i] - '0');
    }
    *out_side = side;
    return side == 0 || side > 65535 ? NULL : text + len;
}

static enum mockd_code parse_size(const struct md_json *payload,
                                  struct md_event *event,
                                  struct mockd_error *err)
{
    const char *at = md_json_text(payload);

    at = at == NULL ? NULL : read_side(at, &event->size.cols);
    at = at == NULL || *at != 'x' ? NULL : read_side(at + 1, &event->size.rows);
    if (at == NULL || *at != '\0') {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: a size is such as \"80x24\"; any size is "
                       "[\"r\"]");
    }
    return MOCKD_OK;
}

static enum mockd_code parse_echo(const struct md_json *payload,
                                  struct md_event *event,
                                  struct mockd_error *err)
{
    int64_t kind = 0;

    if (payload == NULL) {
        return MOCKD_OK;
    }
    if (!md_json_integer(payload, 0, 3, &kind)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: echo has nothing (raw), or a frame's stream, 0 "
                       "to 3");
    }
    event->is_framed = true;
    event->frame_kind = (uint8_t)kind;
    return MOCKD_OK;
}

static enum mockd_code parse_count(const struct md_json *payload, int64_t min,
                                   int64_t max, const char *what,
                                   struct md_event *event,
                                   struct mockd_error *err)
{
    int64_t count = 0;

    if (!md_json_integer(payload, min, max, &count)) {
        return md_fail(err, MOCKD_E_FIXTURE, "event: %s, %lld to %lld", what,
                       (long long)min, (long long)max);
    }
    event->count = (uint64_t)count;
    return MOCKD_OK;
}

enum mockd_code md_step_parse(struct md_loader *loader,
                              const struct md_json *payload,
                              const struct md_json *attrs,
                              struct md_event *event, struct mockd_error *err)
{
    if (md_json_get(attrs, "sync") != NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "sync: a script leaves out what it does not wait for");
    }
    switch (event->code) {
    case MD_EVENT_DATA:
        return parse_data(loader, payload, attrs, event, err);
    case MD_EVENT_INPUT:
        return parse_input(loader, payload, event, err);
    case MD_EVENT_EXPECT:
        return parse_expect(loader, payload, attrs, event, err);
    case MD_EVENT_RESIZE:
        return event->is_exact || payload != NULL
                   ? parse_size(payload, event, err)
                   : MOCKD_OK;
    case MD_EVENT_ECHO:
        return parse_echo(payload, event, err);
    case MD_EVENT_EXIT:
        return parse_count(payload, 0, 255, "exit has a code", event, err);
    case MD_EVENT_PAUSE:
        return parse_count(payload, 1, MD_PAUSE_MAX, "pause has microseconds",
                           event, err);
    case MD_EVENT_REPEAT:
        return parse_count(payload, 1, MD_REPEAT_MAX, "repeat has rounds",
                           event, err);
    case MD_EVENT_HEAD:
    case MD_EVENT_END:
    case MD_EVENT_INPUT_END:
    case MD_EVENT_RESET:
    case MD_EVENT_INPUT_LOST:
    case MD_EVENT_AGAIN:
        break;
    }
    return MOCKD_OK;
}

/* Would it make no sense a second time? */
static bool happens_once(enum md_event_code code)
{
    switch (code) {
    case MD_EVENT_HEAD:
    case MD_EVENT_END:
    case MD_EVENT_INPUT_END:
    case MD_EVENT_RESET:
    case MD_EVENT_INPUT_LOST:
    case MD_EVENT_ECHO:
    case MD_EVENT_EXIT:
        return true;
    case MD_EVENT_DATA:
    case MD_EVENT_INPUT:
    case MD_EVENT_RESIZE:
    case MD_EVENT_EXPECT:
    case MD_EVENT_PAUSE:
    case MD_EVENT_REPEAT:
    case MD_EVENT_AGAIN:
        break;
    }
    return false;
}

static enum mockd_code place_block(struct md_loader *loader,
                                   struct md_event *event,
                                   struct mockd_error *err)
{
    struct md_stream *stream = loader->stream;

    if (event->code == MD_EVENT_REPEAT) {
        if (stream->block != MD_NO_EVENT) {
            return md_fail(err, MOCKD_E_FIXTURE,
                           "event: a block in a block; close the first with "
                           "[\"again\"]");
        }
        stream->block = (uint32_t)loader->fixture->event_count;
        return MOCKD_OK;
    }
    if (stream->block == MD_NO_EVENT || stream->block == stream->last) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: again closes a block that [\"repeat\",N] opened "
                       "and that has steps");
    }
    event->block = stream->block;
    stream->block = MD_NO_EVENT;
    return MOCKD_OK;
}

enum mockd_code md_step_place(struct md_loader *loader, const char *code,
                              struct md_event *event, struct mockd_error *err)
{
    struct md_stream *stream = loader->stream;

    if (stream->block != MD_NO_EVENT && happens_once(event->code)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: %s happens once; put it behind [\"again\"]",
                       code);
    }
    if (event->code == MD_EVENT_EXIT) {
        if (stream->has_exit) {
            return md_fail(err, MOCKD_E_FIXTURE,
                           "event: a stream has one exit");
        }
        stream->has_exit = true;
        stream->exit_code = (int)event->count;
    }
    /* a block waits for bytes over and over, which cannot be left unread */
    stream->keeps_input |= event->code == MD_EVENT_EXPECT ||
                           event->code == MD_EVENT_ECHO ||
                           event->code == MD_EVENT_AGAIN;
    if (event->code == MD_EVENT_REPEAT || event->code == MD_EVENT_AGAIN) {
        return place_block(loader, event, err);
    }
    return MOCKD_OK;
}
