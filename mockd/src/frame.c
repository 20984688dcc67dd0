/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <string.h>

void md_frame_header(uint8_t kind, uint32_t len,
                     uint8_t out_header[MD_FRAME_HEADER])
{
    const uint8_t header[MD_FRAME_HEADER] = {
        kind,
        0,
        0,
        0,
        (uint8_t)(len >> 24),
        (uint8_t)(len >> 16),
        (uint8_t)(len >> 8),
        (uint8_t)len,
    };

    memcpy(out_header, header, sizeof(header));
}

/* A payload of nothing is one empty frame. */
static uint64_t count_frames(const struct md_event *event)
{
    uint64_t len = event->payload.len;

    return len == 0 ? 1 : (len - 1) / event->frame_len + 1;
}

uint64_t md_frame_total(const struct md_event *event)
{
    return event->is_framed
               ? event->payload.len + MD_FRAME_HEADER * count_frames(event)
               : event->payload.len;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

enum mockd_code md_frame_read(const struct md_event *event, uint64_t off,
                              uint8_t *out, size_t size, size_t *out_len,
                              struct mockd_error *err)
{
    uint64_t whole = (uint64_t)event->frame_len + MD_FRAME_HEADER;
    uint64_t start = event->is_framed ? off / whole * event->frame_len : 0;
    uint64_t within = event->is_framed ? off % whole : off;
    uint64_t len = event->payload.len - start;
    uint8_t header[MD_FRAME_HEADER];
    size_t used = 0;

    if (event->is_framed) {
        len = least(len, event->frame_len);
        md_frame_header(event->frame_kind, (uint32_t)len, header);
        if (within < MD_FRAME_HEADER) {
            used = (size_t)least(MD_FRAME_HEADER - within, size);
            memcpy(out, header + within, used);
        }
        within = within < MD_FRAME_HEADER ? 0 : within - MD_FRAME_HEADER;
    }
    len = least(len - within, size - used);
    *out_len = used + (size_t)len;
    return md_payload_read(&event->payload, start + within, out + used,
                           (size_t)len, err);
}
