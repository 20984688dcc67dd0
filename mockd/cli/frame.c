/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <string.h>

static uint32_t length_of(const uint8_t *header)
{
    return (uint32_t)header[4] << 24 | (uint32_t)header[5] << 16 |
           (uint32_t)header[6] << 8 | header[7];
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void take_header(struct md_frame_reader *reader, const uint8_t *data,
                        size_t len, struct md_frame *out)
{
    out->header_from = reader->header_len;
    out->header_len = smaller(len, MD_FRAME_HEADER - reader->header_len);
    memcpy(reader->header + reader->header_len, data, out->header_len);
    reader->header_len += out->header_len;
    out->has_header = reader->header_len == MD_FRAME_HEADER;
    out->len = out->header_len;
}

static void take_payload(struct md_frame_reader *reader, size_t len,
                         struct md_frame *out)
{
    size_t taken = 0;

    out->kind = reader->header[0];
    out->length = length_of(reader->header);
    out->payload_from = reader->done;
    taken = smaller(len - out->len, out->length - reader->done);
    reader->done += (uint32_t)taken;
    out->len += taken;
    if (reader->done == out->length) {
        *reader = (struct md_frame_reader){
            .offset = reader->offset + MD_FRAME_HEADER + out->length};
    }
}

bool md_frame_next(struct md_frame_reader *reader, const uint8_t **data,
                   size_t *len, struct md_frame *out_frame)
{
    if (*len == 0) {
        return false;
    }
    *out_frame = (struct md_frame){.offset = reader->offset, .bytes = *data};
    take_header(reader, *data, *len, out_frame);
    if (out_frame->has_header) {
        take_payload(reader, *len, out_frame);
    }
    *data += out_frame->len;
    *len -= out_frame->len;
    return true;
}

const char *md_frame_kind_name(uint8_t kind)
{
    static const char *const names[] = {"stdin", "stdout", "stderr", "error"};

    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : NULL;
}
