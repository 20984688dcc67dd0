/* SPDX-License-Identifier: MIT */
/* start.c - the opening of an attached stream: request out, head in. */
#include <string.h>

#include "cleanup.h"
#include "exec.h"
#include "exec_json.h"
#include "fail.h"
#include "http_head.h"
#include "limits.h"
#include "path.h"
#include "refusal.h"
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
                                     struct dx_buf *request,
                                     struct dexec_error *err)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf path = {0};
    DX_CLEANUP(dx_buf_release) struct dx_buf body = {0};
    const struct dx_path parts = {.version = client->api_version,
                                  .collection = "exec",
                                  .name = id,
                                  .action = "start"};
    struct dx_request_head head = {.host = client->endpoint.authority,
                                   .user_agent = client->user_agent,
                                   .upgrade = !options->no_upgrade};
    enum dexec_code rc = DEXEC_OK;

    dx_buf_init(&path, &client->mem, DX_PATH_MAX);
    dx_buf_init(request, &client->mem, DX_REQUEST_MAX);
    rc = dx_path_write(&parts, &path, err);
    if (rc == DEXEC_OK) {
        rc = write_body(client, options, &body, err);
    }
    if (rc == DEXEC_OK) {
        head.path = dx_buf_text(&path);
        rc = dx_request_write(
            &head, (struct dx_view){.data = body.data, .len = body.len},
            request, err);
    }
    return rc;
}

/* NULL = no memory. */
static struct dexec_stream *
make_stream(struct dexec_client *client,
            const struct dexec_start_options *options)
{
    size_t size = buffer_size(options);
    struct dexec_stream *stream =
        dx_mem_alloc(&client->mem, sizeof(*stream) + size);

    if (stream != NULL) {
        *stream = (struct dexec_stream){.client = client,
                                        .is_raw = options->tty,
                                        .deadline_ms = DX_NEVER,
                                        .buffer_size = size};
    }
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
                                 uint64_t deadline_ms, struct dexec_error *err)
{
    struct dexec_client *client = stream->client;
    uint32_t timeout_ms =
        time_left(client, client->connect_timeout_ms, deadline_ms);

    if (timeout_ms == 0) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0, "the deadline has passed");
    }
    return client->transport->ops->connect(client->transport, timeout_ms,
                                           &stream->link, err);
}

/* A daemon that refuses early may close while we still write: what it said is
 * then read all the same, so a reset is no error here. */
static enum dexec_code send_request(struct dexec_stream *stream,
                                    const struct dx_buf *request,
                                    uint64_t deadline_ms,
                                    struct dexec_error *err)
{
    enum dx_io io = DX_IO_OK;
    size_t written = 0;

    for (size_t sent = 0; sent < request->len && io == DX_IO_OK;
         sent += written) {
        io = dx_link_write(stream->link, &stream->client->clock, deadline_ms,
                           request->data + sent, request->len - sent, &written);
    }
    if (io == DX_IO_LATE) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                       "the daemon did not take the request in time");
    }
    return DEXEC_OK;
}

static enum dexec_code fail_head(enum dx_io io,
                                 const struct dx_head_reader *head,
                                 struct dexec_error *err)
{
    const char *where =
        head->received == 0 ? "before it answered" : "inside its response head";

    if (io == DX_IO_LATE) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                       "the time was over %s (%zu bytes received)", where,
                       head->received);
    }
    return dx_fail(err, io == DX_IO_END ? DEXEC_E_CLOSED : DEXEC_E_RESET, 0,
                   "the daemon %s the connection %s (%zu bytes received)",
                   io == DX_IO_END ? "closed" : "reset", where, head->received);
}

static enum dexec_code read_more(struct dexec_stream *stream,
                                 uint64_t deadline_ms, enum dx_io *out_io)
{
    size_t len = 0;

    *out_io = dx_link_read(stream->link, &stream->client->clock, deadline_ms,
                           stream->buffer, stream->buffer_size, &len);
    if (*out_io != DX_IO_OK) {
        return DEXEC_E_CLOSED;
    }
    stream->input = (struct dx_view){.data = stream->buffer, .len = len};
    return DEXEC_OK;
}

/* Afterwards input is what followed the head. */
static enum dexec_code read_head(struct dexec_stream *stream,
                                 uint64_t deadline_ms,
                                 struct dx_http_head *out_head,
                                 struct dexec_error *err)
{
    struct dx_head_reader reader = {0};
    enum dx_io io = DX_IO_OK;
    bool is_done = false;

    while (!is_done) {
        enum dexec_code rc = DEXEC_OK;

        if (read_more(stream, deadline_ms, &io) != DEXEC_OK) {
            return fail_head(io, &reader, err);
        }
        rc = dx_head_next(&reader, &stream->input, &is_done, err);
        if (rc != DEXEC_OK) {
            return rc;
        }
    }
    *out_head = reader.head;
    return DEXEC_OK;
}

static enum dexec_code fail_body(enum dx_io io, const struct dx_body *body,
                                 struct dexec_error *err)
{
    switch (io) {
    case DX_IO_LATE:
        return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                       "the answer was not complete in time");
    case DX_IO_RESET:
        return dx_fail(err, DEXEC_E_RESET, 0,
                       "the daemon reset the connection inside its answer");
    case DX_IO_END:
    case DX_IO_AGAIN:
    case DX_IO_OK:
        break;
    }
    return dx_body_finish(body, err);
}

/* Collect a refusal's text; of one that is longer the start is enough. */
static enum dexec_code read_refusal(struct dexec_stream *stream,
                                    uint64_t deadline_ms, struct dx_buf *text,
                                    struct dexec_error *err)
{
    while (!dx_body_is_over(&stream->body)) {
        struct dx_view data = {0};
        enum dx_io io = DX_IO_OK;
        enum dexec_code rc =
            dx_body_next(&stream->body, &stream->input, &data, err);

        if (rc != DEXEC_OK) {
            return rc;
        }
        rc = dx_buf_append(text, data.data,
                           data.len < text->max - text->len
                               ? data.len
                               : text->max - text->len);
        if (rc != DEXEC_OK) {
            return dx_fail_memory(err);
        }
        if (text->len == text->max) {
            return DEXEC_OK;
        }
        if (data.len == 0 && !dx_body_is_over(&stream->body) &&
            read_more(stream, deadline_ms, &io) != DEXEC_OK) {
            return fail_body(io, &stream->body, err);
        }
    }
    return DEXEC_OK;
}

static enum dexec_code refuse(struct dexec_stream *stream, int status,
                              uint64_t deadline_ms, struct dexec_error *err)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf text = {0};
    enum dexec_code rc = DEXEC_OK;

    dx_buf_init(&text, &stream->client->mem, DX_REFUSAL_MAX);
    rc = read_refusal(stream, deadline_ms, &text, err);
    if (rc != DEXEC_OK) {
        if (err != NULL) {
            err->http_status = status;
        }
        return rc;
    }
    return dx_refusal(
        status, (struct dx_view){.data = text.data, .len = text.len}, err);
}

/* The mode is the caller's tty alone: a framed stream may call itself raw
 * (EX-START-05). */
static enum dexec_code accept_head(struct dexec_stream *stream,
                                   const struct dx_http_head *head,
                                   uint64_t deadline_ms,
                                   struct dexec_error *err)
{
    dx_body_init(&stream->body, head);
    if (head->status != 101 && head->status != 200) {
        return refuse(stream, head->status, deadline_ms, err);
    }
    stream->http_status = head->status;
    memcpy(stream->content_type, head->content_type,
           sizeof(stream->content_type));
    dx_stream_advance(stream);
    return DEXEC_OK;
}

static enum dexec_code open_stream(struct dexec_stream *stream,
                                   const struct dx_buf *request,
                                   uint64_t deadline_ms,
                                   struct dexec_error *err)
{
    const struct dexec_client *client = stream->client;
    struct dx_http_head head = {0};
    uint64_t answer_by_ms = 0;
    enum dexec_code rc = open_link(stream, deadline_ms, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    answer_by_ms =
        dx_clock_deadline(&client->clock, client->response_timeout_ms);
    if (answer_by_ms < deadline_ms) {
        deadline_ms = answer_by_ms;
    }
    rc = send_request(stream, request, deadline_ms, err);
    if (rc == DEXEC_OK) {
        rc = read_head(stream, deadline_ms, &head, err);
    }
    if (rc == DEXEC_OK) {
        rc = accept_head(stream, &head, deadline_ms, err);
    }
    return rc;
}

static enum dexec_code start(struct dexec_client *client, const char *id,
                             const struct dexec_start_options *options,
                             uint64_t deadline_ms,
                             struct dexec_stream **out_stream,
                             struct dexec_error *err)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf request = {0};
    DX_CLEANUP(free_stream) struct dexec_stream *stream = NULL;
    enum dexec_code rc = check_options(options, err);

    if (rc == DEXEC_OK) {
        rc = write_request(client, id, options, &request, err);
    }
    if (rc != DEXEC_OK) {
        return rc;
    }
    stream = make_stream(client, options);
    if (stream == NULL) {
        return dx_fail_memory(err);
    }
    rc = open_stream(stream, &request, deadline_ms, err);
    if (rc == DEXEC_OK) {
        *out_stream = stream;
        stream = NULL; /* the caller's now */
    }
    return rc;
}

enum dexec_code dx_stream_start(struct dexec_client *client, const char *id,
                                const struct dexec_start_options *options,
                                uint64_t deadline_ms,
                                struct dexec_stream **out_stream,
                                struct dexec_error *err)
{
    static const struct dexec_start_options defaults = DEXEC_START_OPTIONS_INIT;
    enum dexec_code rc =
        start(client, id, options == NULL ? &defaults : options, deadline_ms,
              out_stream, err);

    return rc == DEXEC_OK ? rc
                          : dx_fail_while(err, rc, "start exec %.*s",
                                          DX_ID_SHOWN, id == NULL ? "" : id);
}

enum dexec_code dexec_start(struct dexec_client *client, const char *id,
                            const struct dexec_start_options *options,
                            struct dexec_stream **out_stream,
                            struct dexec_error *err)
{
    return dx_stream_start(client, id, options, DX_NEVER, out_stream, err);
}
