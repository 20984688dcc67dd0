/* SPDX-License-Identifier: MIT */
#include "stream.h"

#include "fail.h"

#define BOTH ((unsigned)DEXEC_READABLE | (unsigned)DEXEC_WRITABLE)

static void settle(struct dexec_stream *stream, enum dexec_code rc)
{
    stream->state = rc == DEXEC_OK ? DX_STREAM_ENDED : DX_STREAM_BROKEN;
}

/* No more bytes will come; was that a good place to end? */
static void end_stream(struct dexec_stream *stream)
{
    enum dexec_code rc =
        stream->is_raw ? DEXEC_OK
                       : dx_frame_finish(&stream->frames, &stream->broken);

    if (rc == DEXEC_OK) {
        rc = dx_body_finish(&stream->body, &stream->broken);
    }
    settle(stream, rc);
}

static enum dexec_code next_chunk(struct dexec_stream *stream)
{
    struct dx_frame_chunk chunk = {.kind = DEXEC_KIND_CONSOLE};

    if (stream->is_raw) {
        chunk.bytes = dx_view_take(&stream->content, stream->content.len);
    } else {
        enum dexec_code rc = dx_frame_next(&stream->frames, &stream->content,
                                           &chunk, &stream->broken);

        if (rc != DEXEC_OK) {
            return rc;
        }
    }
    stream->ready = (struct dexec_chunk){
        .kind = chunk.kind, .data = chunk.bytes.data, .len = chunk.bytes.len};
    return DEXEC_OK;
}

/* Take the body's coding off more of the input. */
static enum dexec_code next_content(struct dexec_stream *stream)
{
    enum dexec_code rc = dx_body_next(&stream->body, &stream->input,
                                      &stream->content, &stream->broken);

    if (rc == DEXEC_OK && stream->content.len == 0 &&
        dx_body_is_over(&stream->body)) {
        stream->input = (struct dx_view){0};
        end_stream(stream);
    }
    return rc;
}

void dx_stream_advance(struct dexec_stream *stream)
{
    while (stream->ready.len == 0 && stream->state == DX_STREAM_OPEN) {
        enum dexec_code rc = DEXEC_OK;

        if (stream->content.len == 0) {
            rc = next_content(stream);
        }
        if (rc == DEXEC_OK && stream->content.len == 0) {
            return;
        }
        if (rc == DEXEC_OK) {
            rc = next_chunk(stream);
        }
        if (rc != DEXEC_OK) {
            settle(stream, rc);
        }
    }
}

bool dexec_stream_is_between_frames(const struct dexec_stream *stream)
{
    return stream->is_raw || dx_frame_finish(&stream->frames, NULL) == DEXEC_OK;
}

/* What a read brought: bytes, the end or the loss of the connection. */
static void take_read(struct dexec_stream *stream, enum dx_io io, size_t len)
{
    switch (io) {
    case DX_IO_OK:
        stream->input = (struct dx_view){.data = stream->buffer, .len = len};
        dx_stream_advance(stream);
        break;
    case DX_IO_END:
        end_stream(stream);
        break;
    case DX_IO_RESET:
        settle(stream, dx_fail(&stream->broken, DEXEC_E_RESET, 0,
                               "the connection was reset while output was "
                               "read"));
        break;
    case DX_IO_AGAIN:
    case DX_IO_LATE:
        break;
    }
}

static bool has_something(const struct dexec_stream *stream)
{
    return stream->ready.len > 0 || stream->state != DX_STREAM_OPEN;
}

static enum dexec_code fail_late(struct dexec_error *err, const char *what)
{
    return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                   "the stream's deadline passed before %s", what);
}

static enum dexec_code give_final(const struct dexec_stream *stream,
                                  struct dexec_chunk *out_chunk,
                                  struct dexec_error *err)
{
    if (stream->state == DX_STREAM_BROKEN) {
        if (err != NULL) {
            *err = stream->broken;
        }
        return stream->broken.code;
    }
    *out_chunk = (struct dexec_chunk){.kind = DEXEC_KIND_END};
    return DEXEC_OK;
}

enum dexec_code dexec_stream_next(struct dexec_stream *stream,
                                  struct dexec_chunk *out_chunk,
                                  struct dexec_error *err)
{
    while (!has_something(stream)) {
        size_t len = 0;
        enum dx_io io = dx_link_read(stream->link, &stream->client->clock,
                                     stream->deadline_ms, stream->buffer,
                                     stream->buffer_size, &len);

        if (io == DX_IO_LATE) {
            return fail_late(err, "output came");
        }
        take_read(stream, io, len);
    }
    if (stream->ready.len == 0) {
        return give_final(stream, out_chunk, err);
    }
    *out_chunk = stream->ready;
    stream->ready.len = 0;
    dx_stream_advance(stream);
    return DEXEC_OK;
}

enum dexec_code dexec_stream_write(struct dexec_stream *stream,
                                   const void *data, size_t len,
                                   size_t *out_written, struct dexec_error *err)
{
    enum dx_io io = DX_IO_OK;

    if (stream->stdin_is_closed) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "standard input was closed before this write");
    }
    if (len == 0) {
        *out_written = 0;
        return DEXEC_OK;
    }
    io = dx_link_write(stream->link, &stream->client->clock,
                       stream->deadline_ms, data, len, out_written);
    if (io == DX_IO_LATE) {
        return fail_late(err, "input was taken");
    }
    if (io != DX_IO_OK) {
        return dx_fail(err, DEXEC_E_RESET, 0, "the daemon takes no more input");
    }
    return DEXEC_OK;
}

enum dexec_code dexec_stream_close_stdin(struct dexec_stream *stream,
                                         struct dexec_error *err)
{
    if (stream->stdin_is_closed) {
        return DEXEC_OK;
    }
    stream->stdin_is_closed = true;
    if (stream->link->ops->shutdown_write(stream->link) != DX_IO_OK) {
        return dx_fail(err, DEXEC_E_RESET, 0,
                       "close standard input: the connection is gone");
    }
    return DEXEC_OK;
}

void dexec_stream_set_deadline(struct dexec_stream *stream, uint32_t timeout_ms)
{
    stream->deadline_ms = dx_clock_deadline(&stream->client->clock, timeout_ms);
}

/* See what of @wanted is there, waiting at most @timeout_ms for it. A few
 * bytes of a frame header are no output yet. */
static unsigned look(struct dexec_stream *stream, unsigned wanted,
                     int timeout_ms)
{
    unsigned ready = 0;

    if (stream->link->ops->wait(stream->link, wanted, timeout_ms, &ready) !=
        DX_IO_OK) {
        return 0;
    }
    if ((ready & DEXEC_READABLE) != 0) {
        size_t len = 0;
        enum dx_io io = stream->link->ops->read(stream->link, stream->buffer,
                                                stream->buffer_size, &len);

        take_read(stream, io, len);
        ready &= has_something(stream) ? ~0U : ~(unsigned)DEXEC_READABLE;
    }
    return ready;
}

enum dexec_code dexec_stream_wait(struct dexec_stream *stream, unsigned wanted,
                                  unsigned *out_ready, struct dexec_error *err)
{
    unsigned ready = 0;

    if (wanted == 0 || (wanted & ~BOTH) != 0) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "wait: ask for readable, writable or both");
    }
    if ((wanted & DEXEC_READABLE) != 0 && has_something(stream)) {
        ready = DEXEC_READABLE;
        if ((wanted & DEXEC_WRITABLE) != 0) {
            ready |= look(stream, DEXEC_WRITABLE, 0);
        }
    }
    while (ready == 0) {
        int left = dx_clock_left(&stream->client->clock, stream->deadline_ms);

        ready = look(stream, wanted, left);
        if (ready == 0 && left == 0) {
            return fail_late(err, "anything was ready");
        }
    }
    *out_ready = ready;
    return DEXEC_OK;
}

int dexec_stream_fd(const struct dexec_stream *stream)
{
    return stream->link->ops->fd(stream->link);
}

bool dexec_stream_pending(const struct dexec_stream *stream)
{
    return has_something(stream);
}

int dexec_stream_http_status(const struct dexec_stream *stream)
{
    return stream->http_status;
}

const char *dexec_stream_content_type(const struct dexec_stream *stream)
{
    return stream->content_type;
}

void dexec_stream_free(struct dexec_stream *stream)
{
    if (stream != NULL) {
        dx_link_free(stream->link);
        dx_mem_free(&stream->client->mem, stream);
    }
}
