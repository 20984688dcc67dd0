/* SPDX-License-Identifier: MIT */
#include "sniff.h"

#include <assert.h>
#include <string.h>

#include "fail.h"
#include "limits.h"

void dx_sniff_init(struct dx_sniff *sniff, const struct dx_mem *mem,
                   size_t capacity)
{
    assert(capacity >= DX_STREAM_BUFFER_MIN &&
           capacity <= DX_STREAM_BUFFER_MAX);
    *sniff = (struct dx_sniff){.capacity = capacity};
    /* Less than one capacity waits for its end when the next read comes. */
    dx_buf_init(&sniff->buf, mem, 2 * capacity);
}

static size_t left_in(const struct dx_sniff *sniff)
{
    return sniff->buf.len - sniff->used;
}

static void drop_used(struct dx_sniff *sniff)
{
    size_t left = left_in(sniff);

    if (sniff->used > 0 && left > 0) {
        memmove(sniff->buf.data, sniff->buf.data + sniff->used, left);
    }
    sniff->buf.len = left;
    sniff->used = 0;
}

enum dexec_code dx_sniff_feed(struct dx_sniff *sniff, struct dx_view read,
                              struct dexec_error *err)
{
    assert(read.len <= sniff->capacity);
    drop_used(sniff);
    assert(sniff->buf.len < sniff->capacity);
    if (dx_buf_append(&sniff->buf, read.data, read.len) != DEXEC_OK) {
        return dx_fail_memory(err);
    }
    return DEXEC_OK;
}

static bool give(struct dx_sniff *sniff, enum dexec_kind kind, size_t len,
                 struct dexec_chunk *out_item)
{
    *out_item = (struct dexec_chunk){
        .kind = kind, .data = sniff->buf.data + sniff->used, .len = len};
    sniff->used += len;
    return true;
}

static void take_header(struct dx_sniff *sniff)
{
    const uint8_t *header = sniff->buf.data + sniff->used;

    sniff->kind = (enum dexec_kind)header[0];
    sniff->payload_left = (uint32_t)header[4] << 24 |
                          (uint32_t)header[5] << 16 | (uint32_t)header[6] << 8 |
                          (uint32_t)header[7];
    sniff->is_in_payload = true;
    sniff->is_in_pieces = false;
    sniff->used += DEXEC_FRAME_HEADER_SIZE;
}

/* A whole payload, or what is there of one that is too long to wait for. */
static bool next_payload(struct dx_sniff *sniff, struct dexec_chunk *out_item)
{
    size_t left = left_in(sniff);
    size_t len = sniff->payload_left;

    if (left < len) {
        if (left == 0 || (left < sniff->capacity && !sniff->is_in_pieces)) {
            return false;
        }
        sniff->is_in_pieces = true;
        len = left;
    }
    sniff->payload_left -= (uint32_t)len;
    sniff->is_in_payload = sniff->payload_left > 0;
    return give(sniff, sniff->kind, len, out_item);
}

bool dx_sniff_next(struct dx_sniff *sniff, bool at_end,
                   struct dexec_chunk *out_item)
{
    size_t left = left_in(sniff);

    if (!sniff->is_in_payload && left > 0) {
        if (sniff->buf.data[sniff->used] > DEXEC_KIND_STDERR) {
            return give(sniff, DEXEC_KIND_CONSOLE, left, out_item);
        }
        if (left >= DEXEC_FRAME_HEADER_SIZE) {
            take_header(sniff);
        }
    }
    if (sniff->is_in_payload && next_payload(sniff, out_item)) {
        return true;
    }
    left = left_in(sniff);
    return at_end && left > 0 &&
           give(sniff, DEXEC_KIND_CONSOLE, left, out_item);
}

void dx_sniff_release(struct dx_sniff *sniff)
{
    dx_buf_release(&sniff->buf);
    *sniff = (struct dx_sniff){0};
}
