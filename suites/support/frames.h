/* SPDX-License-Identifier: MIT */
/*
 * frames.h - walk a framed stream that was received whole.
 *
 *     | type | 0 | 0 | 0 | length, big-endian | payload
 *     0      1           4                    8
 *
 * Written apart from libdexec's reader on purpose: the two must agree on the
 * bytes, not on the code.
 */
#ifndef DRY_FRAMES_H
#define DRY_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DRY_FRAME_HEADER ((size_t)8)

struct dry_frame {
    unsigned type;
    bool is_padded; /* one of bytes 1 to 3 is not zero */
    const unsigned char *payload;
    size_t len;
};

enum dry_walk {
    DRY_WALK_FRAME,       /* a frame was taken */
    DRY_WALK_END,         /* the bytes ended between two frames */
    DRY_WALK_CUT_HEADER,  /* they ended inside a header */
    DRY_WALK_CUT_PAYLOAD, /* they ended inside a payload */
};

/*
 * Take the next frame off the front of @data.
 *
 * @data, @len  moved past the frame
 * @out_frame   set on DRY_WALK_FRAME only; points into @data
 */
enum dry_walk dry_frame_take(const unsigned char **data, size_t *len,
                             struct dry_frame *out_frame);

#endif
