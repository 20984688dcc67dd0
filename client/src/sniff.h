/* SPDX-License-Identifier: MIT */
/*
 * sniff.h - bollard's way to tell frames from raw bytes: by their first byte.
 *
 * What its NewlineLogOutputDecoder (0.22, is_tcp = true) does, of each item:
 *
 *     first byte above 2    all that has been read is one raw item
 *     else                  8 bytes of header as in frame.h, the padding not
 *                           looked at, then the whole payload is one item,
 *                           which may be empty
 *     end of input          what no item was made of is one raw item, but for
 *                           a header that was whole: its bytes are lost
 *
 * It neither knows nor remembers which of the two a stream is. So a terminal's
 * bytes that begin with 0, 1 or 2 lose 8 bytes and wait for a length that was
 * none; a frame of type 3, an error text, is raw with its header and with the
 * frames read together with it; and what comes out depends on how the input
 * was cut into reads.
 *
 * One deviation, as bollard's buffer has no limit: once a capacity of a payload
 * is there and still more is to come, it is given as an item of its kind, and
 * so is what each further read brings of that payload.
 */
#ifndef DX_SNIFF_H
#define DX_SNIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>
#include <dexec/stream.h>

#include "buf.h"
#include "mem.h"
#include "view.h"

/* Fields are private. A zeroed one may be released. */
struct dx_sniff {
    struct dx_buf buf;     /* the reads; at most two capacities */
    size_t used;           /* bytes in front that items were made of */
    size_t capacity;       /* bytes of a payload that are waited for */
    bool is_in_payload;    /* a header was read */
    bool is_in_pieces;     /* some of its payload was given */
    enum dexec_kind kind;  /* of the payload */
    uint32_t payload_left; /* bytes of it still to come */
};

/*
 * @mem       borrowed for the sniffer's life; nothing is allocated here
 * @capacity  bytes, DX_STREAM_BUFFER_MIN to DX_STREAM_BUFFER_MAX
 */
void dx_sniff_init(struct dx_sniff *sniff, const struct dx_mem *mem,
                   size_t capacity);

/*
 * Add one read, once dx_sniff_next() has no more items of those before.
 *
 * @read  copied; at most the capacity
 *
 * Returns DEXEC_OK, or DEXEC_E_NOMEM: nothing was added, it may be fed again.
 */
enum dexec_code dx_sniff_feed(struct dx_sniff *sniff, struct dx_view read,
                              struct dexec_error *err);

/*
 * Take the next item.
 *
 * @at_end    no read will follow; to be asked until there is no item
 * @out_item  STDIN, STDOUT, STDERR or CONSOLE, set when there is one; its data
 *            is borrowed until the next feed; len 0 is an empty frame
 *
 * Returns false when there is none: feed the next read.
 */
bool dx_sniff_next(struct dx_sniff *sniff, bool at_end,
                   struct dexec_chunk *out_item);

/* Free the memory; a zeroed or released sniffer is fine. */
void dx_sniff_release(struct dx_sniff *sniff);

#endif
