/* SPDX-License-Identifier: MIT */
#include "stream.h"

#include <string.h>

#include "fail.h"

#define BOTH ((unsigned)DEXEC_READABLE | (unsigned)DEXEC_WRITABLE)

static bool has_chunk(const struct dexec_stream *stream)
{
    return stream->chunk_at < stream->chunk_count;
}

static void add_chunk(struct dexec_stream *stream, enum dexec_kind kind,
                      struct dx_view bytes)
{
    stream->chunks[stream->chunk_count++] = (struct dexec_chunk){
        .kind = kind, .data = bytes.data, .len = bytes.len};
}

/* ---- sniffing ---- */

static void sniff_chunks(struct dexec_stream *stream, bool at_end)
{
    struct dexec_chunk *room = stream->chunks;

    stream->chunk_at = 0;
    stream->chunk_count = 0;
    while (stream->chunk_count < DX_STREAM_CHUNKS &&
           dx_sniff_next(&stream->sniff, at_end, room + stream->chunk_count)) {
        stream->chunk_count++;
    }
}

/* ---- whole characters ---- */

/* One chunk into the one or two pieces of it that may be given, or none. */
static void cut_text(struct dexec_stream *stream)
{
    const struct dexec_chunk whole = stream->chunks[0];
    struct dx_view in = {.data = whole.data, .len = whole.len};
    struct dx_view piece = {0};

    stream->chunk_count = 0;
    do {
        piece = dx_utf8_next(&stream->text[whole.kind], &in);
        if (piece.len > 0) {
            add_chunk(stream, whole.kind, piece);
        }
    } while (piece.len > 0);
}

/* What was held back of characters that will not be whole. */
static void finish_text(struct dexec_stream *stream)
{
    for (int kind = 0; kind < DX_STREAM_KINDS; kind++) {
        struct dx_view rest = dx_utf8_finish(&stream->text[kind]);

        if (rest.len > 0) {
            add_chunk(stream, (enum dexec_kind)kind, rest);
        }
    }
}

/* ---- the end ---- */

void dx_stream_settle(struct dexec_stream *stream, enum dexec_code rc)
{
    stream->state = rc == DEXEC_OK ? DX_STREAM_ENDED : DX_STREAM_BROKEN;
    stream->chunk_at = 0;
    stream->chunk_count = 0;
    finish_text(stream);
    if (stream->is_sniffed) {
        sniff_chunks(stream, rc == DEXEC_OK);
    }
}

/* ---- bytes in, chunks out ---- */

/* No more bytes will come; was that a good place to end? */
static void end_stream(struct dexec_stream *stream)
{
    bool has_frames = !stream->is_raw && !stream->is_sniffed;
    enum dexec_code rc =
        has_frames ? dexec_frame_finish(&stream->frames, &stream->broken)
                   : DEXEC_OK;

    if (rc == DEXEC_OK) {
        rc = dx_body_finish(&stream->body, &stream->broken);
    }
    dx_stream_settle(stream, rc);
}

static enum dexec_code next_chunks(struct dexec_stream *stream)
{
    enum dexec_code rc = DEXEC_OK;

    stream->chunk_at = 0;
    stream->chunk_count = 0;
    if (stream->is_raw) {
        add_chunk(stream, DEXEC_KIND_CONSOLE,
                  (struct dx_view){.data = stream->content.data,
                                   .len = stream->content.len});
        stream->content.len = 0;
    } else {
        rc = dexec_frame_read(&stream->frames, &stream->content, stream->chunks,
                              stream->is_text ? 1 : DX_STREAM_CHUNKS,
                              &stream->chunk_count, &stream->broken);
    }
    if (rc == DEXEC_OK && stream->is_text && stream->chunk_count > 0) {
        cut_text(stream);
    }
    return rc;
}

/* Take the body's coding off more of the input. */
static enum dexec_code next_content(struct dexec_stream *stream)
{
    struct dx_view data = {0};
    enum dexec_code rc =
        dx_body_next(&stream->body, &stream->input, &data, &stream->broken);

    if (rc != DEXEC_OK) {
        return rc;
    }
    if (!stream->is_raw && !stream->is_sniffed) {
        dx_trace_frames(&stream->trace, data);
    }
    stream->content = (struct dexec_input){.data = data.data, .len = data.len};
    return DEXEC_OK;
}

/* The body's own end; a connection's end is seen by who reads it. */
static void end_body(struct dexec_stream *stream)
{
    if (stream->state == DX_STREAM_OPEN && stream->content.len == 0 &&
        dx_body_is_over(&stream->body)) {
        stream->input = (struct dx_view){0};
        end_stream(stream);
    }
}

/* All of a read goes into the sniffer before the first item is taken. */
static enum dexec_code advance_sniffed(struct dexec_stream *stream)
{
    enum dexec_code rc = DEXEC_OK;

    sniff_chunks(stream, false);
    if (has_chunk(stream) || stream->input.len == 0) {
        return DEXEC_OK;
    }
    do {
        rc = next_content(stream);
        if (rc == DEXEC_OK) {
            rc = dx_sniff_feed(&stream->sniff,
                               (struct dx_view){.data = stream->content.data,
                                                .len = stream->content.len},
                               &stream->broken);
        }
    } while (rc == DEXEC_OK && stream->content.len > 0);
    if (rc == DEXEC_OK) {
        sniff_chunks(stream, false);
    }
    return rc;
}

static enum dexec_code advance_plain(struct dexec_stream *stream)
{
    enum dexec_code rc = DEXEC_OK;

    while (rc == DEXEC_OK && !has_chunk(stream)) {
        if (stream->content.len == 0) {
            rc = next_content(stream);
        }
        if (rc == DEXEC_OK && stream->content.len == 0) {
            return DEXEC_OK;
        }
        if (rc == DEXEC_OK) {
            rc = next_chunks(stream);
        }
    }
    return rc;
}

void dx_stream_advance(struct dexec_stream *stream)
{
    enum dexec_code rc = DEXEC_OK;

    if (has_chunk(stream)) {
        return;
    }
    if (stream->state != DX_STREAM_OPEN) {
        if (stream->is_sniffed) { /* items of before an error */
            sniff_chunks(stream, false);
        }
        return;
    }
    rc = stream->is_sniffed ? advance_sniffed(stream) : advance_plain(stream);
    if (rc != DEXEC_OK) {
        dx_stream_settle(stream, rc);
    } else if (!has_chunk(stream)) {
        end_body(stream);
    }
}

/* ---- the connection ---- */

static void note_moved(struct dexec_stream *stream)
{
    if (stream->client->idle_timeout_ms > 0) {
        stream->last_moved_ms = dx_clock_now_ms(&stream->client->clock);
    }
}

enum dx_io dx_stream_read(struct dexec_stream *stream)
{
    size_t len = 0;
    enum dx_io io = stream->link->ops->read(stream->link, stream->buffer,
                                            stream->buffer_size, &len);

    switch (io) {
    case DX_IO_OK:
        stream->input = (struct dx_view){.data = stream->buffer, .len = len};
        note_moved(stream);
        dx_trace_received(&stream->trace, stream->input);
        break;
    case DX_IO_END:
        dx_trace_mark(&stream->trace, DEXEC_TRACE_END);
        break;
    case DX_IO_RESET:
        dx_trace_mark(&stream->trace, DEXEC_TRACE_RESET);
        break;
    case DX_IO_AGAIN:
    case DX_IO_LATE:
        break;
    }
    return io;
}

enum dx_io dx_stream_send(struct dexec_stream *stream, struct dx_view bytes,
                          size_t *out_len)
{
    size_t len = 0;
    enum dx_io io =
        stream->link->ops->write(stream->link, bytes.data, bytes.len, &len);

    if (io == DX_IO_OK) {
        note_moved(stream);
        dx_trace_sent(&stream->trace,
                      (struct dx_view){.data = bytes.data, .len = len});
    }
    *out_len = len;
    return io;
}

/* Is there a half-close that the daemon has not been told of? */
static bool must_shut(const struct dexec_stream *stream)
{
    return stream->stdin_is_closed && !stream->stdin_is_shut;
}

/* Tell the daemon that the caller closed standard input, once that can be. */
static enum dx_io shut_stdin(struct dexec_stream *stream)
{
    enum dx_io io = DX_IO_OK;

    if (!must_shut(stream) || stream->state == DX_STREAM_OPENING) {
        return DX_IO_OK;
    }
    io = stream->link->ops->shutdown_write(stream->link);
    if (io != DX_IO_AGAIN) {
        stream->stdin_is_shut = true;
    }
    if (io == DX_IO_OK) {
        dx_trace_mark(&stream->trace, DEXEC_TRACE_HALF_CLOSE);
    }
    return io;
}

static bool has_something(const struct dexec_stream *stream)
{
    return has_chunk(stream) || stream->state == DX_STREAM_ENDED ||
           stream->state == DX_STREAM_BROKEN;
}

static bool read_output(struct dexec_stream *stream)
{
    enum dx_io io = dx_stream_read(stream);

    switch (io) {
    case DX_IO_OK:
        dx_stream_advance(stream);
        break;
    case DX_IO_END:
        end_stream(stream);
        break;
    case DX_IO_RESET:
        dx_stream_settle(stream, dx_fail(&stream->broken, DEXEC_E_RESET, 0,
                                         "the connection was reset while "
                                         "output was read"));
        break;
    case DX_IO_AGAIN:
    case DX_IO_LATE:
        return false;
    }
    return true;
}

bool dx_stream_step(struct dexec_stream *stream)
{
    if (stream->state == DX_STREAM_OPENING) {
        return dx_opening_step(stream);
    }
    (void)shut_stdin(stream); /* a loss is seen when reading */
    return has_something(stream) || read_output(stream);
}

/* ---- deadlines ---- */

/* What the stream itself waits for, before the link has its say. */
static unsigned wanted_of(const struct dexec_stream *stream)
{
    bool has_more_to_send = stream->write_is_stuck || must_shut(stream);
    unsigned wanted = DEXEC_READABLE;

    switch (stream->state) {
    case DX_STREAM_OPENING:
        wanted = dx_opening_wanted(&stream->opening);
        break;
    case DX_STREAM_OPEN:
        wanted |= has_more_to_send ? (unsigned)DEXEC_WRITABLE : 0U;
        break;
    case DX_STREAM_ENDED:
    case DX_STREAM_BROKEN:
        return 0;
    }
    return wanted;
}

static uint64_t idle_deadline(const struct dexec_stream *stream)
{
    uint32_t timeout_ms = stream->client->idle_timeout_ms;

    return timeout_ms == 0 ? DX_NEVER : stream->last_moved_ms + timeout_ms;
}

static uint64_t next_deadline(const struct dexec_stream *stream)
{
    uint64_t deadline_ms = idle_deadline(stream);

    if (stream->deadline_ms < deadline_ms) {
        deadline_ms = stream->deadline_ms;
    }
    if (stream->state == DX_STREAM_OPENING &&
        stream->opening.deadline_ms < deadline_ms) {
        deadline_ms = stream->opening.deadline_ms;
    }
    return deadline_ms;
}

static enum dexec_code fail_late(struct dexec_stream *stream,
                                 struct dexec_error *err)
{
    const struct dx_clock *clock = &stream->client->clock;

    if (stream->state == DX_STREAM_OPENING &&
        dx_clock_left(clock, stream->opening.deadline_ms) == 0) {
        dx_opening_expire(stream);
        if (err != NULL) {
            *err = stream->broken;
        }
        return stream->broken.code;
    }
    if (dx_clock_left(clock, stream->deadline_ms) == 0) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                       "the stream's deadline has passed");
    }
    stream->last_moved_ms = dx_clock_now_ms(clock); /* begin anew */
    return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                   "no byte went either way for %lu ms",
                   (unsigned long)stream->client->idle_timeout_ms);
}

enum dexec_code dx_stream_pause(struct dexec_stream *stream, unsigned wanted,
                                struct dexec_error *err)
{
    int left = dx_clock_left(&stream->client->clock, next_deadline(stream));
    unsigned ready = 0;

    if (left == 0) {
        return fail_late(stream, err);
    }
    (void)stream->link->ops->wait(stream->link, wanted, left, &ready);
    return DEXEC_OK;
}

void dexec_stream_set_deadline(struct dexec_stream *stream, uint32_t timeout_ms)
{
    stream->deadline_ms = dx_clock_deadline(&stream->client->clock, timeout_ms);
}

int dexec_stream_timeout_ms(const struct dexec_stream *stream)
{
    return has_something(stream)
               ? -1
               : dx_clock_left(&stream->client->clock, next_deadline(stream));
}

/* ---- reading ---- */

static enum dexec_code give(struct dexec_stream *stream,
                            struct dexec_chunk *out_chunk,
                            struct dexec_error *err)
{
    if (has_chunk(stream)) {
        *out_chunk = stream->chunks[stream->chunk_at++];
        if (stream->is_text && out_chunk->len <= sizeof(stream->small)) {
            memcpy(stream->small, out_chunk->data, out_chunk->len);
            out_chunk->data = stream->small; /* text is about to move on */
        }
        if (!has_chunk(stream)) {
            dx_stream_advance(stream);
        }
        return DEXEC_OK;
    }
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
        bool moved = dx_stream_step(stream);
        enum dexec_code rc = DEXEC_OK;

        if (!moved) {
            rc = dx_stream_pause(stream, wanted_of(stream), err);
        } else if (dexec_stream_timeout_ms(stream) == 0) {
            rc = fail_late(stream, err); /* bytes, but no output */
        }
        if (rc != DEXEC_OK) {
            return rc;
        }
    }
    return give(stream, out_chunk, err);
}

enum dexec_code dexec_stream_try_next(struct dexec_stream *stream,
                                      struct dexec_chunk *out_chunk,
                                      struct dexec_error *err)
{
    while (!has_something(stream)) {
        bool moved = dx_stream_step(stream);

        if (dexec_stream_timeout_ms(stream) == 0) {
            return fail_late(stream, err); /* bytes without output, too */
        }
        if (!moved) {
            *out_chunk = (struct dexec_chunk){.kind = DEXEC_KIND_NONE};
            return DEXEC_OK;
        }
    }
    return give(stream, out_chunk, err);
}

/* ---- writing ---- */

/* What brings @wanted nearer: a half-close may be what output waits for. */
static unsigned to_wait_for(const struct dexec_stream *stream, unsigned wanted)
{
    if (stream->state == DX_STREAM_OPENING) {
        return dx_opening_wanted(&stream->opening);
    }
    return wanted | (must_shut(stream) ? (unsigned)DEXEC_WRITABLE : 0U);
}

enum dexec_code dexec_stream_try_write(struct dexec_stream *stream,
                                       const void *data, size_t len,
                                       size_t *out_written,
                                       struct dexec_error *err)
{
    size_t written = 0;
    enum dx_io io = DX_IO_AGAIN;

    if (stream->stdin_is_closed) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "standard input was closed before this write");
    }
    while (stream->state == DX_STREAM_OPENING && dx_stream_step(stream)) {
    }
    if (stream->state == DX_STREAM_BROKEN) {
        io = DX_IO_RESET; /* a refusal's connection may go on as another's */
    } else if (len > 0 && stream->state != DX_STREAM_OPENING) {
        io = dx_stream_send(stream, (struct dx_view){.data = data, .len = len},
                            &written);
    }
    stream->write_is_stuck = io != DX_IO_RESET && written < len;
    if (io == DX_IO_RESET) {
        return dx_fail(err, DEXEC_E_RESET, 0, "the daemon takes no more input");
    }
    *out_written = written;
    return DEXEC_OK;
}

enum dexec_code dexec_stream_write(struct dexec_stream *stream,
                                   const void *data, size_t len,
                                   size_t *out_written, struct dexec_error *err)
{
    size_t written = 0;
    enum dexec_code rc =
        dexec_stream_try_write(stream, data, len, &written, err);

    while (rc == DEXEC_OK && len > 0 && written == 0) {
        rc = dx_stream_pause(stream, to_wait_for(stream, DEXEC_WRITABLE), err);
        if (rc == DEXEC_OK) {
            rc = dexec_stream_try_write(stream, data, len, &written, err);
        }
    }
    stream->write_is_stuck = false; /* the caller waits for itself */
    if (rc == DEXEC_OK) {
        *out_written = written;
    }
    return rc;
}

enum dexec_code dexec_stream_close_stdin(struct dexec_stream *stream,
                                         struct dexec_error *err)
{
    if (stream->stdin_is_closed) {
        return DEXEC_OK;
    }
    stream->stdin_is_closed = true;
    stream->write_is_stuck = false;
    if (shut_stdin(stream) == DX_IO_RESET) {
        return dx_fail(err, DEXEC_E_RESET, 0,
                       "close standard input: the connection is gone");
    }
    return DEXEC_OK;
}

/* ---- waiting ---- */

unsigned dexec_stream_wanted(const struct dexec_stream *stream)
{
    unsigned wanted = wanted_of(stream);

    return wanted == 0 ? 0 : stream->link->ops->events(stream->link, wanted);
}

static bool can_write(struct dexec_stream *stream)
{
    unsigned ready = 0;

    return stream->state != DX_STREAM_OPENING &&
           stream->link->ops->wait(stream->link, DEXEC_WRITABLE, 0, &ready) ==
               DX_IO_OK &&
           ready != 0;
}

/* What of @wanted is there without waiting. @out_moved: it is worth looking
 * again. */
static unsigned look(struct dexec_stream *stream, unsigned wanted,
                     bool *out_moved)
{
    unsigned ready = 0;

    *out_moved = false;
    if (!has_something(stream) && ((wanted & DEXEC_READABLE) != 0 ||
                                   stream->state == DX_STREAM_OPENING)) {
        *out_moved = dx_stream_step(stream);
    }
    ready |= has_something(stream) ? DEXEC_READABLE : 0U;
    if ((wanted & DEXEC_WRITABLE) != 0 && can_write(stream)) {
        ready |= DEXEC_WRITABLE;
    }
    return ready & wanted;
}

enum dexec_code dexec_stream_wait(struct dexec_stream *stream, unsigned wanted,
                                  unsigned *out_ready, struct dexec_error *err)
{
    unsigned ready = 0;

    if (wanted == 0 || (wanted & ~BOTH) != 0) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "wait: ask for readable, writable or both");
    }
    while (ready == 0) {
        bool moved = false;
        enum dexec_code rc = DEXEC_OK;

        ready = look(stream, wanted, &moved);
        if (ready == 0 && !moved) {
            rc = dx_stream_pause(stream, to_wait_for(stream, wanted), err);
        }
        if (rc != DEXEC_OK) {
            return rc;
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

/* ---- what else is known ---- */

bool dexec_stream_is_between_frames(const struct dexec_stream *stream)
{
    return stream->is_raw || stream->is_sniffed ||
           dexec_frame_finish(&stream->frames, NULL) == DEXEC_OK;
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
        dx_opening_release(&stream->opening);
        dx_sniff_release(&stream->sniff);
        dx_link_free(stream->link);
        dx_mem_free(&stream->client->mem, stream);
    }
}
