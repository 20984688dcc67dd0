/* SPDX-License-Identifier: MIT */
/* event.c - the stream and event lines of an .execcast file. */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "json.h"
#include "loader.h"

bool md_loader_grow(void **items, size_t count, size_t *size, size_t item_size)
{
    size_t wanted = *size == 0 ? 16 : *size * 2;
    void *grown = NULL;

    if (count < *size) {
        return true;
    }
    grown = realloc(*items, wanted * item_size);
    if (grown == NULL) {
        return false;
    }
    *items = grown;
    *size = wanted;
    return true;
}

enum mockd_code md_loader_stream(struct md_loader *loader, const char *name,
                                 struct md_stream **out_stream,
                                 struct mockd_error *err)
{
    struct md_fixture *fixture = loader->fixture;
    struct md_stream *stream = NULL;

    for (stream = fixture->streams; stream != NULL; stream = stream->next) {
        if (strcmp(stream->name, name) == 0) {
            *out_stream = stream;
            return MOCKD_OK;
        }
    }
    if (fixture->stream_count == MD_STREAMS_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE, "more than %d streams",
                       MD_STREAMS_MAX);
    }
    stream = md_arena_alloc(&fixture->arena, sizeof(*stream));
    if (stream == NULL) {
        return md_fail_nomem(err);
    }
    *stream = (struct md_stream){.next = fixture->streams,
                                 .line = loader->line,
                                 .first = MD_NO_EVENT,
                                 .last = MD_NO_EVENT,
                                 .block = MD_NO_EVENT,
                                 .has_usual_head = fixture->is_script,
                                 .ids_var = MD_NO_VAR};
    stream->name = md_arena_copy(&fixture->arena, name, strlen(name));
    if (stream->name == NULL) {
        return md_fail_nomem(err);
    }
    fixture->streams = stream;
    fixture->stream_count++;
    *out_stream = stream;
    return MOCKD_OK;
}

enum mockd_code md_stream_parse(struct md_loader *loader,
                                const struct md_json *line,
                                struct mockd_error *err)
{
    static const char *const keys[] = {"stream", NULL};
    const char *name = md_json_text(md_json_get(line, "stream"));
    enum mockd_code rc = md_keys_check(line, keys, "stream", err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (name == NULL || name[0] == '\0') {
        return md_fail(err, MOCKD_E_FIXTURE, "stream: not a name");
    }
    rc = md_loader_stream(loader, name, &loader->stream, err);
    if (rc == MOCKD_OK) {
        loader->stream->is_defined = true;
    }
    return rc;
}

enum third { NO_THIRD = 0, HAS_THIRD, MAY_HAVE_THIRD };

static const struct {
    const char *text;
    enum md_event_code code;
    bool is_engine; /* the engine did it */
    bool is_client;
    enum third third; /* MAY_HAVE: in a script, and never an object */
    bool is_step;     /* only a script has it */
    bool is_framed;
    uint8_t frame_kind;
    bool is_exact;
    const char *attrs[3];
} codes[] = {
    {"<H", MD_EVENT_HEAD, true, false, MAY_HAVE_THIRD,
     .attrs = {"seg", "joined"}},
    {"<", MD_EVENT_DATA, true, false, HAS_THIRD, .attrs = {NULL}},
    {">", MD_EVENT_INPUT, false, true, HAS_THIRD, .attrs = {"sync"}},
    {"<.", MD_EVENT_END, true, false, NO_THIRD, .attrs = {NULL}},
    {">.", MD_EVENT_INPUT_END, false, true, NO_THIRD, .attrs = {"sync"}},
    {"<!", MD_EVENT_RESET, true, false, NO_THIRD, .attrs = {NULL}},
    {">!", MD_EVENT_INPUT_LOST, false, true, NO_THIRD, .attrs = {NULL}},
    {"r", MD_EVENT_RESIZE, false, false, MAY_HAVE_THIRD, .attrs = {"sync"}},
    {"<0", MD_EVENT_DATA, true, false, HAS_THIRD, true, true, 0,
     .attrs = {"frame_len"}},
    {"<1", MD_EVENT_DATA, true, false, HAS_THIRD, true, true, 1,
     .attrs = {"frame_len"}},
    {"<2", MD_EVENT_DATA, true, false, HAS_THIRD, true, true, 2,
     .attrs = {"frame_len"}},
    {"<3", MD_EVENT_DATA, true, false, HAS_THIRD, true, true, 3,
     .attrs = {"frame_len"}},
    {">=", MD_EVENT_EXPECT, false, true, HAS_THIRD, true, .attrs = {"else"}},
    {"r=", MD_EVENT_RESIZE, false, false, HAS_THIRD, true, .is_exact = true,
     .attrs = {NULL}},
    {"echo", MD_EVENT_ECHO, true, true, MAY_HAVE_THIRD, true, .attrs = {NULL}},
    {"exit", MD_EVENT_EXIT, false, false, HAS_THIRD, true, .attrs = {NULL}},
    {"pause", MD_EVENT_PAUSE, false, false, HAS_THIRD, true, .attrs = {NULL}},
    {"repeat", MD_EVENT_REPEAT, false, false, HAS_THIRD, true, .attrs = {NULL}},
    {"again", MD_EVENT_AGAIN, false, false, NO_THIRD, true, .attrs = {NULL}},
};

#define CODE_COUNT (sizeof(codes) / sizeof(codes[0]))

/* One line, taken apart. */
struct parsed {
    size_t row; /* in codes */
    uint32_t dt_us;
    const struct md_json *payload;
    const struct md_json *attrs;
};

static enum mockd_code find_code(const char *text, bool is_script,
                                 size_t *out_row, struct mockd_error *err)
{
    for (size_t i = 0; text != NULL && i < CODE_COUNT; i++) {
        if (strcmp(codes[i].text, text) == 0 &&
            (is_script || !codes[i].is_step)) {
            *out_row = i;
            return MOCKD_OK;
        }
    }
    return md_fail(err, MOCKD_E_FIXTURE,
                   "event: unknown code \"%.20s\"; there are "
                   "<H < > <. >. <! >! r%s",
                   text == NULL ? "" : text,
                   is_script ? " <0 <1 <2 <3 >= r= echo exit pause repeat again"
                             : "");
}

/* In a script DT has no effect, so who writes by hand may leave it out. */
static enum mockd_code take_time(const struct md_json *first, bool is_script,
                                 uint32_t *out_us,
                                 const struct md_json **out_code,
                                 struct mockd_error *err)
{
    int64_t number = 0;

    if (is_script && md_json_text(first) != NULL) {
        *out_code = first;
        return MOCKD_OK;
    }
    if (!md_json_integer(first, 0, INT32_MAX, &number)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       is_script
                           ? "event: the first item is not a code, or 0 to "
                             "2147483647 microseconds and a code"
                           : "event: the first item is not 0 to 2147483647 "
                             "microseconds");
    }
    *out_us = (uint32_t)number;
    *out_code = md_json_next(first);
    return MOCKD_OK;
}

static enum mockd_code take_apart(const struct md_json *line, bool is_script,
                                  struct parsed *out, struct mockd_error *err)
{
    const struct md_json *code = NULL;
    const struct md_json *item = NULL;
    enum third third = NO_THIRD;
    enum mockd_code rc =
        take_time(md_json_first(line), is_script, &out->dt_us, &code, err);

    if (rc == MOCKD_OK) {
        rc = find_code(md_json_text(code), is_script, &out->row, err);
    }
    if (rc != MOCKD_OK) {
        return rc;
    }
    item = md_json_next(code);
    third = codes[out->row].third;
    if (third == HAS_THIRD ||
        (third == MAY_HAVE_THIRD && !(is_script && md_json_is_object(item)))) {
        out->payload = item;
        item = md_json_next(item);
    }
    out->attrs = item;
    if (md_json_next(item) != NULL ||
        (item != NULL && !md_json_is_object(item))) {
        return md_fail(
            err, MOCKD_E_FIXTURE, "event: %s has %s", codes[out->row].text,
            third == NO_THIRD ? "no payload, only an object of attributes"
                              : "a payload and an object of attributes");
    }
    return md_keys_check(out->attrs, codes[out->row].attrs, "event", err);
}

static enum mockd_code check_order(const struct md_loader *loader, size_t row,
                                   struct mockd_error *err)
{
    const struct md_stream *stream = loader->stream;
    bool is_head = codes[row].code == MD_EVENT_HEAD;
    bool is_first = stream->first == MD_NO_EVENT;

    if (is_head != is_first && (is_head || !loader->fixture->is_script)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: a stream starts with its one <H");
    }
    if (codes[row].is_engine && stream->is_output_over) {
        return md_fail(err, MOCKD_E_FIXTURE, "event: %s after the engine's end",
                       codes[row].text);
    }
    if (codes[row].is_client && stream->is_input_over) {
        return md_fail(err, MOCKD_E_FIXTURE, "event: %s after the client's end",
                       codes[row].text);
    }
    return MOCKD_OK;
}

/* The head that the script's engine usually sends. */
static enum mockd_code use_usual_head(struct md_loader *loader,
                                      const struct parsed *parsed,
                                      struct mockd_error *err)
{
    struct md_stream *stream = loader->stream;
    int64_t status = 0;

    if (parsed->payload != NULL &&
        (!md_json_integer(parsed->payload, 101, 200, &status) ||
         (status != 101 && status != 200))) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: the usual <H is 101 or 200; for another write "
                       "its lines");
    }
    if (md_json_count(parsed->attrs) > 0) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: seg and joined need the head's lines");
    }
    stream->usual_status = (int)status;
    return MOCKD_OK;
}

static enum mockd_code parse_stream_head(struct md_loader *loader,
                                         const struct parsed *parsed,
                                         struct mockd_error *err)
{
    struct md_head *head = &loader->stream->head;
    const struct md_json *joined = md_json_get(parsed->attrs, "joined");
    enum mockd_code rc = MOCKD_OK;

    if (loader->fixture->is_script && !md_json_is_array(parsed->payload)) {
        return use_usual_head(loader, parsed, err);
    }
    loader->stream->has_usual_head = false;
    rc = md_head_parse(loader, parsed->payload, head, err);
    if (rc == MOCKD_OK) {
        rc = md_segments_parse(loader, md_json_get(parsed->attrs, "seg"), head,
                               err);
    }
    if (rc == MOCKD_OK && joined != NULL && !md_json_is_bool(joined)) {
        rc = md_fail(err, MOCKD_E_FIXTURE, "joined: not true or false");
    }
    if (rc == MOCKD_OK) {
        head->is_joined = md_json_is_true(joined);
        loader->fixture->s2c_bytes += md_head_len(head);
    }
    return rc;
}

static enum mockd_code parse_size(const char *text, struct mockd_error *err)
{
    size_t cols = text == NULL ? 0 : strspn(text, "0123456789");
    size_t rows = 0;

    if (cols > 0 && text[cols] == 'x') {
        rows = strspn(text + cols + 1, "0123456789");
    }
    if (rows == 0 || rows > 5 || cols > 5 || text[cols + 1 + rows] != '\0') {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: r has a size such as \"80x24\"");
    }
    return MOCKD_OK;
}

static enum mockd_code parse_sync(const struct md_json *attrs, bool *out_free,
                                  struct mockd_error *err)
{
    const struct md_json *sync = md_json_get(attrs, "sync");
    const char *text = md_json_text(sync);

    if (sync == NULL) {
        return MOCKD_OK;
    }
    if (text == NULL || strcmp(text, "free") != 0) {
        return md_fail(err, MOCKD_E_FIXTURE, "sync: not \"free\"");
    }
    *out_free = true;
    return MOCKD_OK;
}

/* The item that was left out of the line is the payload: the code would be
 * refused with any text as it is with "". */
static enum mockd_code parse_payload(const struct md_loader *loader,
                                     const struct md_json *value,
                                     struct md_payload *out,
                                     struct mockd_error *err)
{
    struct md_payload_home *home = &loader->fixture->home;

    return loader->long_text != NULL && md_json_text(value) != NULL
               ? md_payload_parse_text(loader->long_text, loader->long_len,
                                       home, out, err)
               : md_payload_parse(value, home, out, err);
}

static enum mockd_code parse_content(struct md_loader *loader,
                                     const struct parsed *parsed,
                                     struct md_event *event,
                                     struct mockd_error *err)
{
    struct md_fixture *fixture = loader->fixture;
    enum mockd_code rc = MOCKD_OK;

    if (fixture->is_script && event->code != MD_EVENT_HEAD) {
        return md_step_parse(loader, parsed->payload, parsed->attrs, event,
                             err);
    }
    switch (event->code) {
    case MD_EVENT_HEAD:
        return parse_stream_head(loader, parsed, err);
    case MD_EVENT_DATA:
    case MD_EVENT_INPUT:
        rc = parse_payload(loader, parsed->payload, &event->payload, err);
        loader->has_bulk |= event->payload.kind != MD_PAYLOAD_BYTES;
        break;
    case MD_EVENT_RESIZE:
        rc = parse_size(md_json_text(parsed->payload), err);
        break;
    case MD_EVENT_END:
    case MD_EVENT_INPUT_END:
    case MD_EVENT_RESET:
    case MD_EVENT_INPUT_LOST:
    case MD_EVENT_EXPECT:
    case MD_EVENT_ECHO:
    case MD_EVENT_EXIT:
    case MD_EVENT_PAUSE:
    case MD_EVENT_REPEAT:
    case MD_EVENT_AGAIN:
        break;
    }
    if (rc == MOCKD_OK) {
        rc = parse_sync(parsed->attrs, &event->is_free, err);
    }
    return rc;
}

static void append(struct md_loader *loader, struct md_event *event)
{
    struct md_fixture *fixture = loader->fixture;
    struct md_stream *stream = loader->stream;
    uint32_t index = (uint32_t)fixture->event_count;

    if (event->code == MD_EVENT_DATA) {
        event->off = stream->data_len;
        stream->data_len += event->payload.len;
        fixture->s2c_bytes += event->payload.len;
    } else if (event->code == MD_EVENT_INPUT) {
        loader->c2s_bytes += event->payload.len;
    }
    stream->is_output_over |=
        event->code == MD_EVENT_END || event->code == MD_EVENT_RESET;
    stream->is_input_over |= event->code == MD_EVENT_INPUT_END ||
                             event->code == MD_EVENT_INPUT_LOST ||
                             event->code == MD_EVENT_ECHO;
    stream->has_reset |= event->code == MD_EVENT_RESET;
    if (stream->first == MD_NO_EVENT) {
        stream->first = index;
    } else {
        fixture->events[stream->last].next = index;
    }
    stream->last = index;
    fixture->events[index] = *event;
    fixture->event_count++;
}

/* "joined" speaks of the very next event. */
static enum mockd_code check_joined(const struct md_loader *loader,
                                    enum md_event_code code,
                                    struct mockd_error *err)
{
    const struct md_stream *stream = loader->stream;

    if (stream->head.is_joined && stream->first != MD_NO_EVENT &&
        stream->last == stream->first && code != MD_EVENT_DATA) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: the head is joined, so a < comes after it");
    }
    return MOCKD_OK;
}

enum mockd_code md_event_parse(struct md_loader *loader,
                               const struct md_json *line,
                               struct mockd_error *err)
{
    struct md_fixture *fixture = loader->fixture;
    struct md_event event = {.next = MD_NO_EVENT, .line = loader->line};
    struct parsed parsed = {0};
    void *events = fixture->events;
    enum mockd_code rc = MOCKD_OK;

    if (loader->stream == NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: no {\"stream\":NAME} line before it");
    }
    rc = take_apart(line, fixture->is_script, &parsed, err);
    if (rc == MOCKD_OK && fixture->event_count == MD_EVENTS_MAX) {
        rc =
            md_fail(err, MOCKD_E_FIXTURE, "more than %d events", MD_EVENTS_MAX);
    }
    if (rc == MOCKD_OK) {
        event.code = codes[parsed.row].code;
        event.dt_us = parsed.dt_us;
        event.is_framed = codes[parsed.row].is_framed;
        event.frame_kind = codes[parsed.row].frame_kind;
        event.is_exact = codes[parsed.row].is_exact;
        rc = check_order(loader, parsed.row, err);
    }
    if (rc == MOCKD_OK) {
        rc = check_joined(loader, event.code, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_content(loader, &parsed, &event, err);
    }
    if (rc == MOCKD_OK && fixture->is_script) {
        rc = md_step_place(loader, codes[parsed.row].text, &event, err);
    }
    if (rc == MOCKD_OK &&
        !md_loader_grow(&events, fixture->event_count, &loader->event_size,
                        sizeof(*fixture->events))) {
        rc = md_fail_nomem(err);
    }
    fixture->events = events;
    if (rc == MOCKD_OK) {
        append(loader, &event);
    }
    return rc;
}
