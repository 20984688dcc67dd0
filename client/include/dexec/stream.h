/* SPDX-License-Identifier: MIT */
/*
 * stream.h - an attached exec: bytes both ways over one hijacked connection.
 *
 * Happy path: dexec_start(), dexec_stream_next() until DEXEC_KIND_END,
 * dexec_stream_free(), then dexec_wait() for the exit code. With standard
 * input: dexec_stream_write() and dexec_stream_close_stdin() in between. A
 * caller that has much to write waits with dexec_stream_wait() for whichever
 * direction is ready, as the daemon may stop reading until it is read from.
 *
 * A stream uses its client's memory only; it may be used by one thread at a
 * time.
 */
#ifndef DEXEC_STREAM_H
#define DEXEC_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/client.h>
#include <dexec/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dexec_stream; /* opaque; made by dexec_start() */

/* Start from DEXEC_START_OPTIONS_INIT; zero is the default of every field. */
struct dexec_start_options {
    size_t size;              /* sizeof of the struct the caller compiled */
    bool tty;                 /* as given to dexec_create(): the stream is raw
                               * bytes without frames (EX-START-06) */
    bool no_upgrade;          /* ask without Upgrade headers: the daemon then
                               * answers 200 instead of 101 (EX-START-04) */
    uint16_t console_rows;    /* both 0 = not sent */
    uint16_t console_columns; /* API 1.42 and newer honour them */
    size_t output_capacity;   /* bytes of the read buffer, which holds the
                               * response head too, so at least 16 KiB are
                               * taken; 0 = 64 KiB; no limit on any frame,
                               * line or stream; at most 16 MiB */
};

#define DEXEC_START_OPTIONS_INIT                                               \
    {                                                                          \
        .size = sizeof(struct dexec_start_options)                             \
    }

/*
 * Start an exec with its streams attached, on a connection of its own.
 *
 * @out_stream  yours; give it to dexec_stream_free()
 *
 * Returns DEXEC_OK once the daemon answered 101 or 200. A process that could
 * not be started is reported inside the stream by Docker (EX-START-08), or
 * here by others as
 *   DEXEC_E_NOT_FOUND  no such exec
 *   DEXEC_E_CONFLICT   the container is paused or not running
 *   DEXEC_E_HTTP       any other refusal, with the daemon's message
 * and DEXEC_E_INVALID, _NOMEM, _CONNECT, _TIMEOUT, _CLOSED, _RESET,
 * _PROTOCOL (a head that is not HTTP, or longer than 64 KiB).
 */
DEXEC_EXPORT enum dexec_code
dexec_start(struct dexec_client *client, const char *id,
            const struct dexec_start_options *options,
            struct dexec_stream **out_stream, struct dexec_error *err);

/* Close the connection and free @stream, which may be NULL. The process goes
 * on (EX-STREAM-09). */
DEXEC_EXPORT void dexec_stream_free(struct dexec_stream *stream);

enum dexec_kind {
    DEXEC_KIND_STDIN = 0, /* a frame of type 0; engines do not send it */
    DEXEC_KIND_STDOUT = 1,
    DEXEC_KIND_STDERR = 2,
    DEXEC_KIND_SYSTEM = 3, /* an error text from the daemon itself */
    DEXEC_KIND_CONSOLE,    /* raw bytes of a terminal */
    DEXEC_KIND_END         /* the stream ended between two frames */
};

struct dexec_chunk {
    enum dexec_kind kind;
    const void *data; /* borrowed from the stream until the next call on it */
    size_t len;       /* bytes; 0 for DEXEC_KIND_END only */
};

/*
 * Wait for output and take the next piece of it. A frame may come in several
 * pieces and an empty frame in none: pieces are as large as what has arrived.
 *
 * Returns DEXEC_OK or
 *   DEXEC_E_TIMEOUT      the stream's deadline passed; the stream is intact
 *   DEXEC_E_CUT_HEADER   the daemon closed inside a frame header
 *   DEXEC_E_CUT_PAYLOAD  the daemon closed inside a payload, whose bytes so
 *                        far were delivered
 *   DEXEC_E_CLOSED       the daemon closed before the end of a 200 answer that
 *                        has a length or comes in chunks
 *   DEXEC_E_RESET        the connection was reset
 *   DEXEC_E_PROTOCOL     an unknown stream type; nothing after it can be read
 * After any of them but DEXEC_E_TIMEOUT the next call returns the same again.
 */
DEXEC_EXPORT enum dexec_code dexec_stream_next(struct dexec_stream *stream,
                                               struct dexec_chunk *out_chunk,
                                               struct dexec_error *err);

/*
 * Write to the process's standard input. Waits until at least one byte was
 * taken, and takes what fits without waiting further.
 *
 * @out_written  bytes taken, 1 to @len (0 for an empty @len)
 *
 * Returns DEXEC_OK or DEXEC_E_TIMEOUT (nothing was taken), DEXEC_E_RESET (the
 * daemon takes no more; there may still be output to read), DEXEC_E_INVALID
 * (after dexec_stream_close_stdin()).
 */
DEXEC_EXPORT enum dexec_code dexec_stream_write(struct dexec_stream *stream,
                                                const void *data, size_t len,
                                                size_t *out_written,
                                                struct dexec_error *err);

/*
 * Half-close: the process reads end of file, its output goes on
 * (EX-STREAM-05). On a terminal Docker ends the whole stream instead: write
 * the byte 0x04 there. A second call does nothing.
 *
 * Returns DEXEC_OK or DEXEC_E_RESET (the connection is gone).
 */
DEXEC_EXPORT enum dexec_code
dexec_stream_close_stdin(struct dexec_stream *stream, struct dexec_error *err);

/*
 * From now on every call on @stream fails with DEXEC_E_TIMEOUT when it would
 * wait longer than @timeout_ms from this call; 0 = wait for ever, as a new
 * stream does. May be set anew at any time.
 */
DEXEC_EXPORT void dexec_stream_set_deadline(struct dexec_stream *stream,
                                            uint32_t timeout_ms);

enum dexec_ready { DEXEC_READABLE = 1, DEXEC_WRITABLE = 2 };

/*
 * Wait until one of @wanted can be done without waiting.
 *
 * @wanted     DEXEC_READABLE, DEXEC_WRITABLE or both
 * @out_ready  those that can be done; end of stream and reset are readable
 *
 * Returns DEXEC_OK, DEXEC_E_TIMEOUT or DEXEC_E_INVALID.
 */
DEXEC_EXPORT enum dexec_code dexec_stream_wait(struct dexec_stream *stream,
                                               unsigned wanted,
                                               unsigned *out_ready,
                                               struct dexec_error *err);

/*
 * The connection's descriptor, for a caller's own poll; owned by the stream.
 * Ask dexec_stream_pending() first: bytes that were read already do not make
 * it readable.
 */
DEXEC_EXPORT int dexec_stream_fd(const struct dexec_stream *stream);

/* Does the stream hold bytes that dexec_stream_next() can take at once? */
DEXEC_EXPORT bool dexec_stream_pending(const struct dexec_stream *stream);

/*
 * Is what has arrived whole frames? Podman (4.3 to 5.8) resets the connection
 * of a command that left input unread, after all of its output: only then is a
 * DEXEC_E_RESET no loss. Always true for a raw stream, which has no frames.
 */
DEXEC_EXPORT bool
dexec_stream_is_between_frames(const struct dexec_stream *stream);

/* Status of the daemon's answer: 101 or 200. */
DEXEC_EXPORT int dexec_stream_http_status(const struct dexec_stream *stream);

/* Its Content-Type, "" if it had none; owned by the stream. */
DEXEC_EXPORT const char *
dexec_stream_content_type(const struct dexec_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
