/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include <dexec/frame.h>

#include "fail.h"

const char *dexec_kind_name(enum dexec_kind kind)
{
    switch (kind) {
    case DEXEC_KIND_STDIN:
        return "stdin";
    case DEXEC_KIND_STDOUT:
        return "stdout";
    case DEXEC_KIND_STDERR:
        return "stderr";
    case DEXEC_KIND_SYSTEM:
        return "system";
    case DEXEC_KIND_CONSOLE:
        return "console";
    case DEXEC_KIND_END:
        return "end";
    case DEXEC_KIND_NONE:
        return "none";
    }
    return "unknown";
}

static uint32_t read_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           (uint32_t)p[3];
}

static enum dexec_code fail_type(const struct dexec_frame_reader *reader,
                                 struct dexec_error *err)
{
    return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                   "frame: unknown stream type %u, expected 0 to 3 (is the "
                   "stream a terminal's?)",
                   (unsigned)reader->header[0]);
}

/* A refused header stays where it is: what comes next is refused too. */
static enum dexec_code accept_header(struct dexec_frame_reader *reader,
                                     struct dexec_error *err)
{
    if (reader->header[0] > DEXEC_KIND_SYSTEM) {
        return fail_type(reader, err);
    }
    reader->kind = (enum dexec_kind)reader->header[0];
    reader->payload_len = read_be32(reader->header + 4);
    reader->payload_left = reader->payload_len;
    reader->header_len = 0;
    return DEXEC_OK;
}

/* One that does not stand whole in the input: move its bytes over as they
 * come. */
static enum dexec_code fill_header(struct dexec_frame_reader *reader,
                                   const uint8_t **at, const uint8_t *end,
                                   struct dexec_error *err)
{
    size_t len = DEXEC_FRAME_HEADER_SIZE - reader->header_len;

    if (len > (size_t)(end - *at)) {
        len = (size_t)(end - *at);
    }
    memcpy(reader->header + reader->header_len, *at, len);
    reader->header_len += (uint32_t)len;
    *at += len;
    return reader->header_len < DEXEC_FRAME_HEADER_SIZE
               ? DEXEC_OK
               : accept_header(reader, err);
}

/*
 * Frames that stand whole in the input, as nearly all do. One costs a few
 * loads and stores, which all hide behind the one thing that each frame must
 * wait for: the length of the one before.
 */
static size_t take_frames(const uint8_t **at, const uint8_t *end,
                          struct dexec_chunk *chunks, size_t room)
{
    const uint8_t *p = *at;
    size_t count = 0;

    while (count < room && end - p >= DEXEC_FRAME_HEADER_SIZE) {
        size_t left = (size_t)(end - p) - DEXEC_FRAME_HEADER_SIZE;
        size_t len = read_be32(p + 4);

        if (p[0] > DEXEC_KIND_SYSTEM || len > left) {
            break;
        }
        chunks[count] =
            (struct dexec_chunk){.kind = (enum dexec_kind)p[0],
                                 .data = p + DEXEC_FRAME_HEADER_SIZE,
                                 .len = len};
        count += len > 0;
        p += DEXEC_FRAME_HEADER_SIZE + len;
    }
    *at = p;
    return count;
}

static struct dexec_chunk take_piece(struct dexec_frame_reader *reader,
                                     const uint8_t **at, const uint8_t *end)
{
    size_t left = (size_t)(end - *at);
    struct dexec_chunk piece = {
        .kind = reader->kind,
        .data = *at,
        .len = left < reader->payload_left ? left : reader->payload_left};

    reader->payload_left -= (uint32_t)piece.len;
    *at += piece.len;
    return piece;
}

enum dexec_code dexec_frame_read(struct dexec_frame_reader *reader,
                                 struct dexec_input *in,
                                 struct dexec_chunk *chunks, size_t room,
                                 size_t *out_count, struct dexec_error *err)
{
    const uint8_t *at = in->data;
    const uint8_t *end = in->len > 0 ? at + in->len : at;
    enum dexec_code rc = DEXEC_OK;
    size_t count = 0;

    if (reader->header_len == DEXEC_FRAME_HEADER_SIZE) {
        return fail_type(reader, err);
    }
    while (rc == DEXEC_OK && at < end && count < room) {
        if (reader->payload_left > 0) {
            chunks[count++] = take_piece(reader, &at, end);
            continue;
        }
        if (reader->header_len == 0) {
            count += take_frames(&at, end, chunks + count, room - count);
        }
        if (count < room) {
            rc = fill_header(reader, &at, end, err);
        }
    }
    if (rc != DEXEC_OK && count == 0) {
        return rc;
    }
    in->len = (size_t)(end - at);
    in->data = at;
    *out_count = count;
    return DEXEC_OK;
}

enum dexec_code dexec_frame_finish(const struct dexec_frame_reader *reader,
                                   struct dexec_error *err)
{
    if (reader->header_len == DEXEC_FRAME_HEADER_SIZE) {
        return fail_type(reader, err);
    }
    if (reader->header_len > 0) {
        return dx_fail(err, DEXEC_E_CUT_HEADER, 0,
                       "frame: the stream ended inside a header (%u of %u "
                       "bytes)",
                       (unsigned)reader->header_len,
                       (unsigned)DEXEC_FRAME_HEADER_SIZE);
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
