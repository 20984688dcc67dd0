/* SPDX-License-Identifier: MIT */
#include "events.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "clock.h"
#include "payload.h"

/* For a signal handler: is a part of an event out already? */
static volatile sig_atomic_t is_writing;

void events_begin(struct events *events, bool is_on)
{
    *events = (struct events){.is_on = is_on, .started_ms = clock_now_ms()};
}

void events_release(struct events *events)
{
    free(events->timeout_line);
    events->timeout_line = NULL;
}

static cJSON *make_event(const char *name, int64_t time_ms)
{
    cJSON *event = cJSON_CreateObject();

    (void)cJSON_AddStringToObject(event, "event", name);
    (void)cJSON_AddNumberToObject(event, "time_ms", (double)time_ms);
    return event;
}

/* Returns NULL for an object that is off; every cJSON call takes that. */
static cJSON *begin_event(const struct events *events, const char *name)
{
    return events->is_on ? make_event(name, clock_now_ms() - events->started_ms)
                         : NULL;
}

/* Frees @event. Returns its line, yours to free, or NULL. */
static char *take_line(cJSON *event)
{
    char *text = cJSON_PrintUnformatted(event);
    size_t size = text == NULL ? 0 : strlen(text) + 2;
    char *line = text == NULL ? NULL : malloc(size);

    if (line != NULL) {
        (void)snprintf(line, size, "%s\n", text);
    }
    cJSON_free(text);
    cJSON_Delete(event);
    return line;
}

static void end_event(struct events *events, cJSON *event)
{
    char *line = event == NULL ? NULL : take_line(event);

    if (!events->is_on || events->end != OUTPUT_WRITTEN) {
        free(line);
        return;
    }
    is_writing = 1;
    events->end = line == NULL
                      ? OUTPUT_FAILED
                      : output_write(STDOUT_FILENO, line, strlen(line));
    is_writing = 0;
    free(line);
}

void events_created(struct events *events, const char *id)
{
    cJSON *event = begin_event(events, "created");

    (void)cJSON_AddStringToObject(event, "id", id);
    end_event(events, event);
}

void events_started(struct events *events, const struct dexec_stream *stream)
{
    cJSON *event = begin_event(events, "started");

    (void)cJSON_AddNumberToObject(event, "http_status",
                                  dexec_stream_http_status(stream));
    (void)cJSON_AddStringToObject(event, "content_type",
                                  dexec_stream_content_type(stream));
    end_event(events, event);
}

void events_resized(struct events *events, uint16_t rows, uint16_t columns)
{
    cJSON *event = begin_event(events, "resized");

    (void)cJSON_AddNumberToObject(event, "rows", rows);
    (void)cJSON_AddNumberToObject(event, "columns", columns);
    end_event(events, event);
}

void events_detached(struct events *events, const char *by)
{
    cJSON *event = begin_event(events, "detached");

    (void)cJSON_AddStringToObject(event, "by", by);
    end_event(events, event);
}

void events_exit(struct events *events, int64_t code)
{
    cJSON *event = begin_event(events, "exit");

    (void)cJSON_AddNumberToObject(event, "code", (double)code);
    end_event(events, event);
}

static void describe(cJSON *event, const struct dexec_error *err)
{
    (void)cJSON_AddStringToObject(event, "code", dexec_code_name(err->code));
    (void)cJSON_AddNumberToObject(event, "http_status", err->http_status);
    (void)cJSON_AddStringToObject(event, "message", err->message);
}

void events_error(struct events *events, const struct dexec_error *err)
{
    cJSON *event = begin_event(events, "error");

    describe(event, err);
    end_event(events, event);
}

void events_output(struct events *events, const struct dexec_chunk *chunk)
{
    cJSON *event = begin_event(events, "output");
    bool as_text = payload_is_text(chunk->data, chunk->len);
    char *data = as_text ? payload_text(chunk->data, chunk->len)
                         : payload_base64(chunk->data, chunk->len);

    (void)cJSON_AddStringToObject(event, "stream",
                                  dexec_kind_name(chunk->kind));
    if (data == NULL || cJSON_AddStringToObject(
                            event, as_text ? "text" : "base64", data) == NULL) {
        cJSON_Delete(event); /* no output is better than a part of it */
        event = NULL;
    }
    free(data);
    end_event(events, event);
}

void events_prepare_timeout(struct events *events, uint32_t time_ms,
                            const char *message)
{
    struct dexec_error err = {.code = DEXEC_E_TIMEOUT};
    cJSON *event = events->is_on ? make_event("error", time_ms) : NULL;

    (void)snprintf(err.message, sizeof(err.message), "%s", message);
    describe(event, &err);
    events->timeout_line = event == NULL ? NULL : take_line(event);
}

const char *events_timeout_line(const struct events *events)
{
    return is_writing ? NULL : events->timeout_line;
}
