/* SPDX-License-Identifier: MIT */
/*
 * frame.h - the frames of a stream without a terminal, in pieces: what of one
 * frame lies in one segment. Takes bytes, allocates nothing.
 */
#ifndef MD_FRAME_H
#define MD_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MD_FRAME_HEADER 8 /* kind, three zeros, length in four bytes */

/* Zero is the start of a stream. */
struct md_frame_reader {
    uint64_t offset; /* of the present frame's header in the stream */
    uint8_t header[MD_FRAME_HEADER];
    size_t header_len; /* bytes of the header seen */
    uint32_t done;     /* bytes of the payload seen */
};

struct md_frame {
    uint64_t offset;      /* of its header in the stream */
    const uint8_t *bytes; /* all of the piece, borrowed */
    size_t len;
    size_t header_from; /* bytes of the header that came before this piece */
    size_t header_len;  /* bytes of the header in it, at its front */
    bool has_header;    /* all eight are known; else the rest is not set */
    uint8_t kind;
    uint32_t length;
    uint32_t payload_from; /* bytes of the payload that came before */
};

/* Take the next piece off the front of @data; false when nothing is left. */
bool md_frame_next(struct md_frame_reader *reader, const uint8_t **data,
                   size_t *len, struct md_frame *out_frame);

/* "stdin", "stdout", "stderr", "error", or NULL for no known kind. */
const char *md_frame_kind_name(uint8_t kind);

#endif
