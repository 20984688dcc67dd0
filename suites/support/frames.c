/* SPDX-License-Identifier: MIT */
/* frames.c - walk a framed stream that was received whole. */
#include "frames.h"

static size_t length_of(const unsigned char *header)
{
    size_t length = 0;

    for (size_t i = 4; i < DRY_FRAME_HEADER; i++) {
        length = length * 256 + header[i];
    }
    return length;
}

enum dry_walk dry_frame_take(const unsigned char **data, size_t *len,
                             struct dry_frame *out_frame)
{
    const unsigned char *header = *data;

    if (*len == 0) {
        return DRY_WALK_END;
    }
    if (*len < DRY_FRAME_HEADER) {
        return DRY_WALK_CUT_HEADER;
    }
    if (*len - DRY_FRAME_HEADER < length_of(header)) {
        return DRY_WALK_CUT_PAYLOAD;
    }
    *out_frame = (struct dry_frame){
        .type = header[0],
        .is_padded = header[1] != 0 || header[2] != 0 || header[3] != 0,
        .payload = header + DRY_FRAME_HEADER,
        .len = length_of(header)};
    *data += DRY_FRAME_HEADER + out_frame->len;
    *len -= DRY_FRAME_HEADER + out_frame->len;
    return DRY_WALK_FRAME;
}
