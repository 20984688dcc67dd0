/* SPDX-License-Identifier: MIT */
/*
 * frame.h - split Docker's multiplexed exec stream into chunks.
 *
 * Wire form, repeated until the daemon closes the connection:
 *
 *     byte 0      stream: 0 stdin, 1 stdout, 2 stderr, 3 an error text from
 *                 the daemon itself
 *     bytes 1-3   unused; any value is taken
 *     bytes 4-7   payload length in bytes, big-endian
 *     bytes 8-    payload
 *
 * The splitter does no I/O, reads no clock and allocates nothing. A chunk is a
 * view into the caller's input, so it is valid only while that input is. A
 * payload is passed on as it arrives, so its length costs no memory.
 */
#ifndef DX_FRAME_H
#define DX_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>
#include <dexec/stream.h>

#include "view.h"

#define DX_FRAME_HEADER_SIZE 8 /* bytes */

struct dx_frame_chunk {
    enum dexec_kind kind; /* STDIN, STDOUT, STDERR or SYSTEM */
    struct dx_view bytes; /* len 0 means "feed me more input" */
};

/* Zero-initialise to start. Fields are private. */
struct dx_frame_reader {
    uint8_t header[DX_FRAME_HEADER_SIZE];
    uint32_t header_len;   /* bytes of the current header held so far */
    uint32_t payload_left; /* bytes of the current payload still to come */
    uint32_t payload_len;  /* bytes announced for it */
    enum dexec_kind kind;  /* of the current payload */
};

/*
 * Take bytes off the front of @in until one chunk is ready or @in is empty.
 *
 * @in          advanced past every byte used; never past a chunk boundary
 * @out_chunk   set on DEXEC_OK only
 *
 * Returns DEXEC_OK, or DEXEC_E_PROTOCOL for an unknown stream byte. After an
 * error the reader must not be fed again.
 */
enum dexec_code dx_frame_next(struct dx_frame_reader *reader,
                              struct dx_view *in,
                              struct dx_frame_chunk *out_chunk,
                              struct dexec_error *err);

/*
 * Declare end of input. Returns DEXEC_OK between frames, DEXEC_E_CUT_HEADER or
 * DEXEC_E_CUT_PAYLOAD when the stream stopped inside one.
 */
enum dexec_code dx_frame_finish(const struct dx_frame_reader *reader,
                                struct dexec_error *err);

#endif
