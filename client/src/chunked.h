/* SPDX-License-Identifier: MIT */
/*
 * chunked.h - take the chunked transfer coding off a body as it comes.
 *
 *     SIZE-IN-HEX [;extension] CRLF  SIZE bytes  CRLF   ... repeated
 *     0 CRLF  [trailer CRLF]...  CRLF
 *
 * Extensions and trailers are read and dropped. Nothing is allocated; data is
 * a view into the caller's input.
 */
#ifndef DX_CHUNKED_H
#define DX_CHUNKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>

#include "view.h"

enum dx_chunked_state {
    DX_CHUNKED_SIZE,      /* hex digits */
    DX_CHUNKED_EXTENSION, /* to the end of the size line */
    DX_CHUNKED_SIZE_LF,
    DX_CHUNKED_DATA,
    DX_CHUNKED_DATA_CR,
    DX_CHUNKED_DATA_LF,
    DX_CHUNKED_TRAILER, /* at the start of a trailer line */
    DX_CHUNKED_TRAILER_REST,
    DX_CHUNKED_TRAILER_LF, /* of a trailer line */
    DX_CHUNKED_LAST_LF,
    DX_CHUNKED_OVER
};

/* Zero-initialise to start. Fields are private. */
struct dx_chunked {
    enum dx_chunked_state state;
    uint64_t left;   /* bytes of the chunk still to come */
    size_t digits;   /* of the size, without leading zeros */
    size_t line_len; /* bytes of the size line, or of all trailers */
    uint64_t excess; /* bytes, see DX_CHUNK_EXCESS_MAX */
};

/*
 * Take bytes off the front of @in until data is ready or @in is empty or the
 * body is over.
 *
 * @out_data  set on DEXEC_OK only; len 0 = feed me more, or it is over
 *
 * Returns DEXEC_OK, or DEXEC_E_PROTOCOL for bytes that are not chunks. After
 * an error the decoder must not be fed again.
 */
enum dexec_code dx_chunked_next(struct dx_chunked *chunked, struct dx_view *in,
                                struct dx_view *out_data,
                                struct dexec_error *err);

/* Was the last chunk read, with its trailers? */
bool dx_chunked_is_over(const struct dx_chunked *chunked);

#endif
