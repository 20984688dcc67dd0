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
    return md_loader_stream(loader, name, &loader->stream, err);
}

static enum mockd_code read_status(const char *line, int *out_status,
                                   struct mockd_error *err)
{
    const char *digits = line + strlen("HTTP/1.1 ");

    if (strncmp(line, "HTTP/1.", strlen("HTTP/1.")) != 0 ||
        strlen(line) < strlen("HTTP/1.1 200") || digits[-1] != ' ' ||
        strspn(digits, "0123456789") != 3 ||
        (digits[3] != ' ' && digits[3] != '\0')) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "head: \"%.60s\" is not a status line", line);
    }
    *out_status =
        (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
    return MOCKD_OK;
}

static enum mockd_code copy_line(struct md_loader *loader, const char *text,
                                 bool is_status, const char **out_line,
                                 struct mockd_error *err)
{
    if (text == NULL || strpbrk(text, "\r\n") != NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "head: a line is not a string without line ends");
    }
    if (!is_status && strchr(text, ':') == NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "head: \"%.60s\" is not \"Name: value\"", text);
    }
    *out_line = md_arena_copy(&loader->fixture->arena, text, strlen(text));
    return *out_line == NULL ? md_fail_nomem(err) : MOCKD_OK;
}

enum mockd_code md_head_parse(struct md_loader *loader,
                              const struct md_json *lines,
                              struct md_head *out_head, struct mockd_error *err)
{
    size_t count = md_json_is_array(lines) ? md_json_count(lines) : 0;
    const struct md_json *item = md_json_first(lines);
    const char **copy = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (count == 0 || count > MD_HEAD_LINES_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "head: not an array of 1 to %d lines",
                       MD_HEAD_LINES_MAX);
    }
    copy = md_arena_array(&loader->fixture->arena, count, sizeof(*copy));
    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    for (size_t i = 0; i < count && rc == MOCKD_OK; i++) {
        rc = copy_line(loader, md_json_text(item), i == 0, &copy[i], err);
        item = md_json_next(item);
    }
    if (rc == MOCKD_OK) {
        rc = read_status(copy[0], &out_head->status, err);
    }
    out_head->lines = copy;
    out_head->line_count = count;
    return rc;
}

static enum mockd_code parse_segments(struct md_loader *loader,
                                      const struct md_json *list,
                                      struct md_head *head,
                                      struct mockd_error *err)
{
    size_t count = list == NULL ? 1 : md_json_count(list);
    const struct md_json *item = md_json_first(list);
    int64_t total = (int64_t)md_head_len(head);
    int64_t sum = 0;
    size_t *sizes = NULL;

    if ((list != NULL && !md_json_is_array(list)) || count == 0 ||
        count > MD_SEGMENTS_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "seg: not an array of 1 to %d sizes", MD_SEGMENTS_MAX);
    }
    sizes = md_arena_array(&loader->fixture->arena, count, sizeof(*sizes));
    if (sizes == NULL) {
        return md_fail_nomem(err);
    }
    sizes[0] = (size_t)total;
    for (size_t i = 0; list != NULL && i < count; i++) {
        int64_t size = 0;

        if (!md_json_integer(item, 1, MD_PAYLOAD_MAX, &size)) {
            return md_fail(err, MOCKD_E_FIXTURE,
                           "seg: a size is not a positive number of bytes");
        }
        sizes[i] = (size_t)size;
        sum += size;
        item = md_json_next(item);
    }
    if (list != NULL && sum != total) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "seg: the sum is %lld, the head has %lld bytes",
                       (long long)sum, (long long)total);
    }
    head->segments = sizes;
    head->segment_count = count;
    return MOCKD_OK;
}

static const struct {
    const char *text;
    enum md_event_code code;
    bool is_engine; /* the engine did it */
    bool is_client;
    bool is_last;     /* nothing of that side comes after it */
    bool has_payload; /* it has a third item */
    const char *attrs[3];
} codes[] = {
    {"<H", MD_EVENT_HEAD, true, false, false, true, {"seg", "joined", NULL}},
    {"<", MD_EVENT_DATA, true, false, false, true, {NULL}},
    {">", MD_EVENT_INPUT, false, true, false, true, {"sync", NULL}},
    {"<.", MD_EVENT_END, true, false, true, false, {NULL}},
    {">.", MD_EVENT_INPUT_END, false, true, true, false, {"sync", NULL}},
    {"<!", MD_EVENT_RESET, true, false, true, false, {NULL}},
    {">!", MD_EVENT_INPUT_LOST, false, true, true, false, {NULL}},
    {"r", MD_EVENT_RESIZE, false, false, false, true, {"sync", NULL}},
};

#define CODE_COUNT (sizeof(codes) / sizeof(codes[0]))

/* One line, taken apart. */
struct parsed {
    size_t row; /* in codes */
    const struct md_json *payload;
    const struct md_json *attrs;
};

static enum mockd_code find_code(const char *text, size_t *out_row,
                                 struct mockd_error *err)
{
    for (size_t i = 0; text != NULL && i < CODE_COUNT; i++) {
        if (strcmp(codes[i].text, text) == 0) {
            *out_row = i;
            return MOCKD_OK;
        }
    }
    return md_fail(err, MOCKD_E_FIXTURE,
                   "event: unknown code \"%.20s\"; there are "
                   "<H < > <. >. <! >! r",
                   text == NULL ? "" : text);
}

static enum mockd_code take_apart(const struct md_json *line,
                                  struct parsed *out, struct mockd_error *err)
{
    const struct md_json *dt = md_json_first(line);
    const struct md_json *code = md_json_next(dt);
    const struct md_json *item = md_json_next(code);
    int64_t number = 0;
    enum mockd_code rc = MOCKD_OK;

    if (!md_json_integer(dt, 0, INT32_MAX, &number)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "event: the first item is not 0 to 2147483647 "
                       "microseconds");
    }
    rc = find_code(md_json_text(code), &out->row, err);
    if (rc != MOCKD_OK) {
        return rc;
    }
    if (codes[out->row].has_payload) {
        out->payload = item;
        item = md_json_next(item);
    }
    out->attrs = item;
    if (md_json_next(item) != NULL ||
        (item != NULL && !md_json_is_object(item))) {
        return md_fail(err, MOCKD_E_FIXTURE, "event: %s has %s",
                       codes[out->row].text,
                       codes[out->row].has_payload
                           ? "a payload and an object of attributes"
                           : "no payload, only an object of attributes");
    }
    return md_keys_check(out->attrs, codes[out->row].attrs, "event", err);
}

static enum mockd_code check_order(const struct md_stream *stream, size_t row,
                                   struct mockd_error *err)
{
    bool is_head = codes[row].code == MD_EVENT_HEAD;

    if (is_head != (stream->first == MD_NO_EVENT)) {
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

static enum mockd_code parse_stream_head(struct md_loader *loader,
                                         const struct parsed *parsed,
                                         struct mockd_error *err)
{
    struct md_head *head = &loader->stream->head;
    const struct md_json *joined = md_json_get(parsed->attrs, "joined");
    enum mockd_code rc = md_head_parse(loader, parsed->payload, head, err);

    if (rc == MOCKD_OK) {
        rc = parse_segments(loader, md_json_get(parsed->attrs, "seg"), head,
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

static enum mockd_code parse_content(struct md_loader *loader,
                                     const struct parsed *parsed,
                                     struct md_event *event,
                                     struct mockd_error *err)
{
    struct md_fixture *fixture = loader->fixture;
    enum mockd_code rc = MOCKD_OK;

    switch (event->code) {
    case MD_EVENT_HEAD:
        return parse_stream_head(loader, parsed, err);
    case MD_EVENT_DATA:
    case MD_EVENT_INPUT:
        rc = md_payload_parse(parsed->payload, &fixture->home, &event->payload,
                              err);
        loader->has_bulk |= event->payload.kind != MD_PAYLOAD_BYTES;
        break;
    case MD_EVENT_RESIZE:
        rc = parse_size(md_json_text(parsed->payload), err);
        break;
    case MD_EVENT_END:
    case MD_EVENT_INPUT_END:
    case MD_EVENT_RESET:
    case MD_EVENT_INPUT_LOST:
        break;
    }
    if (rc == MOCKD_OK) {
        rc = parse_sync(parsed->attrs, &event->is_free, err);
    }
    return rc;
}

static void append(struct md_loader *loader, size_t row, struct md_event *event)
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
    stream->is_output_over |= codes[row].is_engine && codes[row].is_last;
    stream->is_input_over |= codes[row].is_client && codes[row].is_last;
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
    rc = take_apart(line, &parsed, err);
    if (rc == MOCKD_OK && fixture->event_count == MD_EVENTS_MAX) {
        rc =
            md_fail(err, MOCKD_E_FIXTURE, "more than %d events", MD_EVENTS_MAX);
    }
    if (rc == MOCKD_OK) {
        event.code = codes[parsed.row].code;
        rc = check_order(loader->stream, parsed.row, err);
    }
    if (rc == MOCKD_OK) {
        rc = check_joined(loader, event.code, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_content(loader, &parsed, &event, err);
    }
    if (rc == MOCKD_OK &&
        !md_loader_grow(&events, fixture->event_count, &loader->event_size,
                        sizeof(*fixture->events))) {
        rc = md_fail_nomem(err);
    }
    fixture->events = events;
    if (rc == MOCKD_OK) {
        append(loader, parsed.row, &event);
    }
    return rc;
}
