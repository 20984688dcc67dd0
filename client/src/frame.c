/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <stdbool.h>
#include <string.h>

#include "fail.h"

static uint32_t read_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           (uint32_t)p[3];
}

static enum dexec_code accept_header(struct dx_frame_reader *reader,
                                     const uint8_t *header,
                                     struct dexec_error *err)
{
    if (header[0] > DEXEC_KIND_SYSTEM) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "frame: unknown stream type %u, expected 0 to 3 (is "
                       "the stream a terminal's?)",
                       (unsigned)header[0]);
    }
    reader->kind = (enum dexec_kind)header[0];
    reader->payload_len = read_be32(header + 4);
    reader->payload_left = reader->payload_len;
    reader->header_len = 0;
    return DEXEC_OK;
}

/* A header that take_frame() left: move its bytes over as they come. */
static enum dexec_code fill_header(struct dx_frame_reader *reader,
                                   struct dx_view *in, struct dexec_error *err)
{
    size_t missing = DX_FRAME_HEADER_SIZE - reader->header_len;
    struct dx_view part =
        dx_view_take(in, in->len < missing ? in->len : missing);

    memcpy(reader->header + reader->header_len, part.data, part.len);
    reader->header_len += (uint32_t)part.len;
    if (reader->header_len < DX_FRAME_HEADER_SIZE) {
        return DEXEC_OK;
    }
    return accept_header(reader, reader->header, err);
}

/*
 * A whole header and some of its payload at the front of the input, as nearly
 * always: one frame costs a few loads and stores. False leaves everything as
 * it was.
 */
static inline bool take_frame(struct dx_frame_reader *reader,
                              struct dx_view *in,
                              struct dx_frame_chunk *out_chunk)
{
    const uint8_t *header = in->data;
    size_t left = in->len;
    uint32_t announced = 0;
    size_t len = 0;

    if ((reader->payload_left | reader->header_len) != 0 ||
        left <= DX_FRAME_HEADER_SIZE || header[0] > DEXEC_KIND_SYSTEM) {
        return false;
    }
    announced = read_be32(header + 4);
    left -= DX_FRAME_HEADER_SIZE;
    if (announced == 0) {
        return false;
    }
    len = announced < left ? announced : left;
    out_chunk->kind = (enum dexec_kind)header[0];
    out_chunk->bytes =
        (struct dx_view){.data = header + DX_FRAME_HEADER_SIZE, .len = len};
    if (len < announced) { /* only then is there anything to remember */
        reader->kind = out_chunk->kind;
        reader->payload_len = announced;
        reader->payload_left = announced - (uint32_t)len;
    }
    *in = (struct dx_view){.data = out_chunk->bytes.data + len,
                           .len = left - len};
    return true;
}

enum dexec_code dx_frame_next(struct dx_frame_reader *reader,
                              struct dx_view *in,
                              struct dx_frame_chunk *out_chunk,
                              struct dexec_error *err)
{
    size_t len = 0;

    if (take_frame(reader, in, out_chunk)) {
        return DEXEC_OK;
    }
    while (in->len > 0 && reader->payload_left == 0) {
        enum dexec_code rc = fill_header(reader, in, err);

        if (rc != DEXEC_OK) {
            return rc;
        }
    }
    len = in->len < reader->payload_left ? in->len : reader->payload_left;
    reader->payload_left -= (uint32_t)len;
    out_chunk->kind = reader->kind;
    out_chunk->bytes = dx_view_take(in, len);
    return DEXEC_OK;
}

enum dexec_code dx_frame_finish(const struct dx_frame_reader *reader,
                                struct dexec_error *err)
{
    if (reader->header_len > 0) {
        return dx_fail(err, DEXEC_E_CUT_HEADER, 0,
                       "frame: the stream ended inside a header (%u of %u "
                       "bytes)",
                       (unsigned)reader->header_len,
                       (unsigned)DX_FRAME_HEADER_SIZE);
    }
    if (reader->payload_left > 0) {
        return dx_fail(
            err, DEXEC_E_CUT_PAYLOAD, 0,
            "frame: the stream ended inside a payload (%lu of %lu "
            "bytes)",
            (unsigned long)(reader->payload_len - reader->payload_left),
            (unsigned long)reader->payload_len);
    }
    return DEXEC_OK;
}
