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
 * A caller with an event loop of its own drives any number of streams from one
 * thread: dexec_start_begin(), then whenever dexec_stream_fd() is ready for
 * what dexec_stream_wanted() says, or dexec_stream_timeout_ms() is over,
 * dexec_stream_try_next() until it says DEXEC_KIND_NONE.
 *
 * A stream may be used by one thread at a time; two streams of one client by
 * two threads.
 */
#ifndef DEXEC_STREAM_H
#define DEXEC_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/client.h>
#include <dexec/error.h>
#include <dexec/frame.h>

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
    bool whole_characters;    /* a chunk never ends inside a character of
                               * UTF-8: up to 3 bytes are held back until the
                               * rest has come; ill-formed bytes pass as they
                               * are, and nothing is lost */
    bool sniff;               /* guess frames or raw bytes read by read from
                               * the first byte, as bollard (0.22) does; see
                               * docs/bollard.md for what it does to a cut
                               * stream and to a terminal. Frames come whole
                               * up to output_capacity, empty ones too; not
                               * with whole_characters */
};

#define DEXEC_START_OPTIONS_INIT                                               \
    {                                                                          \
        .size = sizeof(struct dexec_start_options)                             \
    }

/*
 * Start an exec with its streams attached, on a connection of its own, and
 * wait for the daemon's answer.
 *
 * @out_stream  yours; give it to dexec_stream_free()
 *
 * Returns DEXEC_OK once the daemon answered 101 or 200. A process that could
 * not be started is reported inside the stream by Docker (EX-START-08), or
 * here by others as
 *   DEXEC_E_NOT_FOUND  no such exec
 *   DEXEC_E_CONFLICT   the container is paused or not running
 *   DEXEC_E_HTTP       any other refusal, with the daemon's message
 *   DEXEC_E_STOPPED    the client's on_request refused
 * and DEXEC_E_INVALID, _NOMEM, _CONNECT, _TLS, _TIMEOUT, _CLOSED, _RESET,
 * _PROTOCOL (a head that is not HTTP, or longer than 64 KiB).
 */
DEXEC_EXPORT enum dexec_code
dexec_start(struct dexec_client *client, const char *id,
            const struct dexec_start_options *options,
            struct dexec_stream **out_stream, struct dexec_error *err);

/*
 * The same without waiting for the answer: the connection is made (which may
 * wait, up to the client's connect time-out), and the request is sent and its
 * answer read by dexec_stream_try_next(), which also returns the errors of a
 * refusal. What is written before the answer waits for it.
 *
 * Returns DEXEC_OK or DEXEC_E_INVALID, _NOMEM, _CONNECT, _TLS, _TIMEOUT,
 * _STOPPED.
 */
DEXEC_EXPORT enum dexec_code
dexec_start_begin(struct dexec_client *client, const char *id,
                  const struct dexec_start_options *options,
                  struct dexec_stream **out_stream, struct dexec_error *err);

/* Close the connection and free @stream, which may be NULL. The process goes
 * on (EX-STREAM-09). */
DEXEC_EXPORT void dexec_stream_free(struct dexec_stream *stream);

/*
 * Wait for output and take the next piece of it. A frame may come in several
 * pieces and an empty frame in none: pieces are as large as what has arrived.
 * The chunk is borrowed from the stream until the next call on it.
 *
 * Returns DEXEC_OK or
 *   DEXEC_E_TIMEOUT      the stream's deadline or the client's idle time-out
 *                        passed; the stream is intact. The time-out of the
 *                        answer to dexec_start_begin() is final
 *   DEXEC_E_CUT_HEADER   the daemon closed inside a frame header
 *   DEXEC_E_CUT_PAYLOAD  the daemon closed inside a payload, whose bytes so
 *                        far were delivered
 *   DEXEC_E_CLOSED       the daemon closed before the end of a 200 answer that
 *                        has a length or comes in chunks
 *   DEXEC_E_RESET        the connection was reset; over TLS, it ended without
 *                        the close_notify that tells an end from a cut
 *   DEXEC_E_PROTOCOL     an unknown stream type; nothing after it can be read
 * and, after dexec_start_begin(), what dexec_start() returns. After any of
 * them but an intact stream's DEXEC_E_TIMEOUT the next call returns the same
 * again.
 */
DEXEC_EXPORT enum dexec_code dexec_stream_next(struct dexec_stream *stream,
                                               struct dexec_chunk *out_chunk,
                                               struct dexec_error *err);

/*
 * Do what can be done without waiting, and take the next piece of output if
 * there is one: DEXEC_KIND_NONE if there is none yet. Returns what
 * dexec_stream_next() returns.
 */
DEXEC_EXPORT enum dexec_code
dexec_stream_try_next(struct dexec_stream *stream,
                      struct dexec_chunk *out_chunk, struct dexec_error *err);

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
 * The same without waiting: *@out_written may be 0. Until all was taken,
 * dexec_stream_wanted() holds DEXEC_WRITABLE.
 */
DEXEC_EXPORT enum dexec_code dexec_stream_try_write(struct dexec_stream *stream,
                                                    const void *data,
                                                    size_t len,
                                                    size_t *out_written,
                                                    struct dexec_error *err);

/*
 * Half-close: the process reads end of file, its output goes on
 * (EX-STREAM-05); over TLS as close_notify. On a terminal Docker ends the
 * whole stream instead: write the byte 0x04 there. Never waits: what cannot be
 * sent yet is sent by the next calls. A second call does nothing.
 *
 * Returns DEXEC_OK or DEXEC_E_RESET (the connection is gone).
 */
DEXEC_EXPORT enum dexec_code
dexec_stream_close_stdin(struct dexec_stream *stream, struct dexec_error *err);

/*
 * From now on every call on @stream fails with DEXEC_E_TIMEOUT when it would
 * wait longer than @timeout_ms from this call; 0 = wait for ever. A new stream
 * has the client's total time-out. May be set anew at any time.
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

/* The connection's descriptor, for a caller's own poll; owned by the stream.
 * It stays the same for the stream's life. */
DEXEC_EXPORT int dexec_stream_fd(const struct dexec_stream *stream);

/*
 * What to poll dexec_stream_fd() for, as enum dexec_ready: changes with every
 * call on @stream. 0 once the stream has ended. Only right after
 * dexec_stream_try_next() said DEXEC_KIND_NONE: bytes that were read already
 * do not make the descriptor readable.
 */
DEXEC_EXPORT unsigned dexec_stream_wanted(const struct dexec_stream *stream);

/*
 * Milliseconds, as poll() takes them, after which dexec_stream_try_next()
 * should be called although nothing was ready, as a time-out is over: -1 =
 * none.
 */
DEXEC_EXPORT int dexec_stream_timeout_ms(const struct dexec_stream *stream);

/* Does the stream hold bytes, an end or an error that dexec_stream_next() can
 * take at once? */
DEXEC_EXPORT bool dexec_stream_pending(const struct dexec_stream *stream);

/*
 * Is what has arrived whole frames? Podman (4.3 to 5.8) resets the connection
 * of a command that left input unread, after all of its output: only then is a
 * DEXEC_E_RESET no loss. Always true for a raw stream, which has no frames.
 */
DEXEC_EXPORT bool
dexec_stream_is_between_frames(const struct dexec_stream *stream);

/* Status of the daemon's answer: 101 or 200; 0 while there is none. */
DEXEC_EXPORT int dexec_stream_http_status(const struct dexec_stream *stream);

/* Its Content-Type, "" if it had none; owned by the stream. */
DEXEC_EXPORT const char *
dexec_stream_content_type(const struct dexec_stream *stream);

#ifdef __cplusplus
}
#endif

#endif
