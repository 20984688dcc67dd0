/* SPDX-License-Identifier: MIT */
/*
 * frame.h - split Docker's multiplexed stream into chunks.
 *
 * The streams of stream.h do this by themselves; the reader is here for
 * whoever has such a stream from elsewhere: attach, logs, a file, a fuzzer.
 *
 * Wire form, repeated until the daemon closes the connection (EX-STREAM-01):
 *
 *     byte 0      stream: 0 stdin, 1 stdout, 2 stderr, 3 an error text from
 *                 the daemon itself
 *     bytes 1-3   unused; any value is taken
 *     bytes 4-7   payload length in bytes, big-endian
 *     bytes 8-    payload
 *
 * The reader does no I/O and allocates nothing. A chunk is a view into the
 * caller's input, so it is valid only while that input is. A payload is passed
 * on as it arrives: frames of any length take no memory.
 */
#ifndef DEXEC_FRAME_H
#define DEXEC_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DEXEC_FRAME_HEADER_SIZE 8 /* bytes */

enum dexec_kind {
    DEXEC_KIND_STDIN = 0, /* a frame of type 0; engines do not send it */
    DEXEC_KIND_STDOUT = 1,
    DEXEC_KIND_STDERR = 2,
    DEXEC_KIND_SYSTEM = 3, /* an error text from the daemon itself */
    DEXEC_KIND_CONSOLE,    /* raw bytes of a terminal */
    DEXEC_KIND_END,        /* the stream ended between two frames */
    DEXEC_KIND_NONE        /* nothing yet: dexec_stream_try_next() only */
};

/* Stable lower-case name of @kind, such as "stdout". Never NULL. */
DEXEC_EXPORT const char *dexec_kind_name(enum dexec_kind kind);

struct dexec_chunk {
    enum dexec_kind kind;
    const void *data; /* borrowed from where it was read */
    size_t len;       /* bytes */
};

/* Bytes still to be read; borrowed. */
struct dexec_input {
    const void *data;
    size_t len; /* bytes */
};

/* Zero-initialise to start; nothing to free. Fields are private. */
struct dexec_frame_reader {
    uint8_t header[DEXEC_FRAME_HEADER_SIZE];
    uint32_t header_len;   /* bytes of the current header held so far */
    uint32_t payload_left; /* bytes of the current payload still to come */
    uint32_t payload_len;  /* bytes announced for it */
    enum dexec_kind kind;  /* of the current payload */
};

/*
 * Take bytes off the front of @in until @room chunks are there or @in is
 * empty. A payload that has not arrived whole gives one chunk for what has; an
 * empty frame gives none.
 *
 * @in         advanced past every byte used
 * @chunks     the first *@out_count are set, in order; kinds STDIN to SYSTEM;
 *             none is empty
 * @room       at least 1; some dozens are faster than one
 * @out_count  0 only when @in is empty; set on DEXEC_OK only
 *
 * Returns DEXEC_OK, or DEXEC_E_PROTOCOL for an unknown stream type, once the
 * chunks before it were given; every later call returns the same.
 */
DEXEC_EXPORT enum dexec_code dexec_frame_read(struct dexec_frame_reader *reader,
                                              struct dexec_input *in,
                                              struct dexec_chunk *chunks,
                                              size_t room, size_t *out_count,
                                              struct dexec_error *err);

/*
 * Declare the end of input. Returns DEXEC_OK between two frames,
 * DEXEC_E_CUT_HEADER or DEXEC_E_CUT_PAYLOAD when the stream stopped inside one
 * (Docker's own reader takes that for success: docs/decisions/0002), or
 * DEXEC_E_PROTOCOL as above.
 */
DEXEC_EXPORT enum dexec_code
dexec_frame_finish(const struct dexec_frame_reader *reader,
                   struct dexec_error *err);

#ifdef __cplusplus
}
#endif

#endif
