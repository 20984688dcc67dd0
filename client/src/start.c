/* SPDX-License-Identifier: MIT */
/* start.c - the beginning of an attached stream: request written, link made. */
#include <stdio.h>
#include <string.h>

#include "cleanup.h"
#include "exec.h"
#include "exec_json.h"
#include "fail.h"
#include "limits.h"
#include "path.h"
#include "request.h"
#include "stream.h"

static void free_stream(struct dexec_stream **stream)
{
    dexec_stream_free(*stream);
}

static enum dexec_code check_options(const struct dexec_start_options *options,
                                     struct dexec_error *err)
{
    if (options->size != sizeof(*options)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "the options' size is %zu, expected %zu; start from "
                       "DEXEC_START_OPTIONS_INIT",
                       options->size, sizeof(*options));
    }
    if (options->sniff && options->whole_characters) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "sniff and whole_characters exclude each other: "
                       "sniffed items are as bollard cuts them");
    }
    if (options->output_capacity > DX_STREAM_BUFFER_MAX) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "output_capacity is %zu bytes, at most %u are possible",
                       options->output_capacity, DX_STREAM_BUFFER_MAX);
    }
    return DEXEC_OK;
}

static size_t buffer_size(const struct dexec_start_options *options)
{
    if (options->output_capacity == 0) {
        return DX_STREAM_BUFFER_DEFAULT;
    }
    return options->output_capacity < DX_STREAM_BUFFER_MIN
               ? DX_STREAM_BUFFER_MIN
               : options->output_capacity;
}

static enum dexec_code write_body(struct dexec_client *client,
                                  const struct dexec_start_options *options,
                                  struct dx_buf *body, struct dexec_error *err)
{
    const struct dx_json_start start = {.tty = options->tty,
                                        .console_rows = options->console_rows,
                                        .console_columns =
                                            options->console_columns};

    dx_buf_init(body, &client->mem, DX_REQUEST_MAX);
    return dx_json_write_start(&start, body, err);
}

static enum dexec_code write_request(struct dexec_client *client,
                                     const char *id,
                                     const struct dexec_start_options *options,
                                     struct dx_buf *out_request,
                                     struct dexec_error *err)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf path = {0};
    DX_CLEANUP(dx_buf_release) struct dx_buf body = {0};
    DX_CLEANUP(dx_request_release) struct dexec_request request = {0};
    const struct dx_path parts = {.version = client->api_version,
                                  .collection = "exec",
                                  .name = id,
                                  .action = "start"};
    enum dexec_code rc = DEXEC_OK;

    dx_buf_init(&path, &client->mem, DX_PATH_MAX);
    rc = dx_path_write(&parts, &path, err);
    if (rc == DEXEC_OK) {
        rc = write_body(client, options, &body, err);
    }
    if (rc == DEXEC_OK) {
        dx_request_init(&request, &client->mem, "POST", dx_buf_text(&path));
        rc = dx_request_fill(&request, &client->habits, true, err);
    }
    if (rc == DEXEC_OK) {
        rc = dx_request_write(
            &request, !options->no_upgrade,
            (struct dx_view){.data = body.data, .len = body.len}, out_request,
            err);
    }
    return rc;
}

/* NULL = no memory. */
static struct dexec_stream *
make_stream(struct dexec_client *client, const char *id,
            const struct dexec_start_options *options)
{
    size_t size = buffer_size(options);
    struct dexec_stream *stream =
        dx_mem_alloc(&client->mem, sizeof(*stream) + size);

    if (stream == NULL) {
        return NULL;
    }
    *stream = (struct dexec_stream){.client = client, .buffer_size = size};
    stream->is_raw = options->tty && !options->sniff;
    stream->is_sniffed = options->sniff;
    stream->is_text = options->whole_characters;
    dx_sniff_init(&stream->sniff, &client->mem, size);
    stream->deadline_ms =
        dx_clock_deadline(&client->clock, client->total_timeout_ms);
    stream->trace = (struct dx_trace_line){
        .tracer = &client->tracer,
        .connection = atomic_fetch_add(&client->connections, 1U) + 1U};
    (void)snprintf(stream->opening.id, sizeof(stream->opening.id), "%s",
                   id == NULL ? "" : id);
    dx_buf_init(&stream->opening.request, &client->mem, DX_REQUEST_MAX);
    dx_buf_init(&stream->opening.refusal, &client->mem, DX_REFUSAL_MAX);
    return stream;
}

/* At most @timeout_ms, and not past the deadline; 0 = it has passed. */
static uint32_t time_left(const struct dexec_client *client,
                          uint32_t timeout_ms, uint64_t deadline_ms)
{
    int left = dx_clock_left(&client->clock, deadline_ms);

    return left < 0 || (uint32_t)left > timeout_ms ? timeout_ms
                                                   : (uint32_t)left;
}

static enum dexec_code open_link(struct dexec_stream *stream,
                                 struct dexec_error *err)
{
    struct dexec_client *client = stream->client;
    uint32_t timeout_ms =
        time_left(client, client->connect_timeout_ms, stream->deadline_ms);
    enum dexec_code rc = DEXEC_OK;

    if (timeout_ms == 0) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0, "the deadline has passed");
    }
    rc = client->transport->ops->connect(client->transport, timeout_ms,
                                         &stream->link, err);
    stream->last_moved_ms = dx_clock_now_ms(&client->clock);
    stream->opening.deadline_ms =
        dx_clock_deadline(&client->clock, client->response_timeout_ms);
    return rc;
}

static enum dexec_code begin(struct dexec_client *client, const char *id,
                             const struct dexec_start_options *options,
                             uint64_t deadline_ms,
                             struct dexec_stream **out_stream,
                             struct dexec_error *err)
{
    static const struct dexec_start_options defaults = DEXEC_START_OPTIONS_INIT;
    DX_CLEANUP(free_stream) struct dexec_stream *stream = NULL;
    enum dexec_code rc = DEXEC_OK;

    options = options == NULL ? &defaults : options;
    rc = check_options(options, err);
    if (rc != DEXEC_OK) {
        return rc;
    }
    stream = make_stream(client, id, options);
    if (stream == NULL) {
        return dx_fail_memory(err);
    }
    if (deadline_ms != DX_NEVER) {
        stream->deadline_ms = deadline_ms;
    }
    rc = write_request(client, id, options, &stream->opening.request, err);
    if (rc == DEXEC_OK) {
        rc = open_link(stream, err);
    }
    if (rc == DEXEC_OK) {
        *out_stream = stream;
        stream = NULL; /* the caller's now */
    }
    return rc;
}

static enum dexec_code begin_named(struct dexec_client *client, const char *id,
                                   const struct dexec_start_options *options,
                                   uint64_t deadline_ms,
                                   struct dexec_stream **out_stream,
                                   struct dexec_error *err)
{
    enum dexec_code rc =
        begin(client, id, options, deadline_ms, out_stream, err);

    return rc == DEXEC_OK ? rc
                          : dx_fail_while(err, rc, "start exec %.*s",
                                          DX_ID_SHOWN, id == NULL ? "" : id);
}

enum dexec_code dexec_start_begin(struct dexec_client *client, const char *id,
                                  const struct dexec_start_options *options,
                                  struct dexec_stream **out_stream,
                                  struct dexec_error *err)
{
    return begin_named(client, id, options, DX_NEVER, out_stream, err);
}

enum dexec_code dx_stream_start(struct dexec_client *client, const char *id,
                                const struct dexec_start_options *options,
                                uint64_t deadline_ms,
                                struct dexec_stream **out_stream,
                                struct dexec_error *err)
{
    DX_CLEANUP(free_stream) struct dexec_stream *stream = NULL;
    enum dexec_code rc =
        begin_named(client, id, options, deadline_ms, &stream, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    while (stream->state == DX_STREAM_OPENING) {
        if (!dx_stream_step(stream) &&
            dx_stream_pause(stream, dx_opening_wanted(&stream->opening),
                            NULL) != DEXEC_OK &&
            stream->state == DX_STREAM_OPENING) {
            dx_opening_expire(stream); /* by the caller's own deadline */
        }
    }
    if (stream->http_status == 0) {
        if (err != NULL) {
            *err = stream->broken;
        }
        return stream->broken.code;
    }
    *out_stream = stream;
    stream = NULL; /* the caller's now */
    return DEXEC_OK;
}

enum dexec_code dexec_start(struct dexec_client *client, const char *id,
                            const struct dexec_start_options *options,
                            struct dexec_stream **out_stream,
                            struct dexec_error *err)
{
    return dx_stream_start(client, id, options, DX_NEVER, out_stream, err);
}
