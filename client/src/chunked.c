/* SPDX-License-Identifier: MIT */
#include "chunked.h"

#include "fail.h"
#include "limits.h"

#define SIZE_DIGITS_MAX 15U /* fits 64 bits with room to spare */
#define FREE_PER_CHUNK 16U  /* bytes of a size line, see DX_CHUNK_EXCESS_MAX */

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

static enum dexec_code add_digit(struct dx_chunked *chunked, int digit,
                                 struct dexec_error *err)
{
    if (chunked->left > 0 || digit > 0) {
        chunked->digits++;
    }
    if (chunked->digits > SIZE_DIGITS_MAX) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "chunked body: a chunk size of more than %u hex digits",
                       SIZE_DIGITS_MAX);
    }
    chunked->left = chunked->left * 16 + (uint64_t)digit;
    return DEXEC_OK;
}

static enum dexec_code take_size(struct dx_chunked *chunked, uint8_t c,
                                 struct dexec_error *err)
{
    int digit = hex_value(c);

    if (digit >= 0) {
        return add_digit(chunked, digit, err);
    }
    if (chunked->line_len > 1 && (c == ';' || c == ' ' || c == '\t')) {
        chunked->state = DX_CHUNKED_EXTENSION;
        return DEXEC_OK;
    }
    if (chunked->line_len > 1 && c == '\r') {
        chunked->state = DX_CHUNKED_SIZE_LF;
        return DEXEC_OK;
    }
    return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                   "chunked body: byte 0x%02x where a chunk size belongs",
                   (unsigned)c);
}

/* Move on when @c is the byte that has to come here. */
static enum dexec_code expect(struct dx_chunked *chunked, uint8_t c,
                              uint8_t wanted, enum dx_chunked_state next,
                              struct dexec_error *err)
{
    if (c != wanted) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "chunked body: byte 0x%02x where a CR LF belongs",
                       (unsigned)c);
    }
    chunked->state = next;
    return DEXEC_OK;
}

static void start_size_line(struct dx_chunked *chunked)
{
    chunked->digits = 0;
    chunked->line_len = 0;
    chunked->left = 0;
}

static enum dexec_code take_data_end(struct dx_chunked *chunked, uint8_t c,
                                     struct dexec_error *err)
{
    if (chunked->state == DX_CHUNKED_DATA_CR) {
        return expect(chunked, c, '\r', DX_CHUNKED_DATA_LF, err);
    }
    start_size_line(chunked);
    return expect(chunked, c, '\n', DX_CHUNKED_SIZE, err);
}

/* Of the size line, which is whole. */
static enum dexec_code count_excess(struct dx_chunked *chunked,
                                    struct dexec_error *err)
{
    uint64_t allowed = FREE_PER_CHUNK + 2 * chunked->left;

    chunked->excess += chunked->line_len;
    chunked->excess = chunked->excess > allowed ? chunked->excess - allowed : 0;
    if (chunked->excess > DX_CHUNK_EXCESS_MAX) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "chunked body: the chunk extensions are out of "
                       "proportion to the data");
    }
    return DEXEC_OK;
}

static enum dexec_code take_size_lf(struct dx_chunked *chunked, uint8_t c,
                                    struct dexec_error *err)
{
    enum dx_chunked_state next =
        chunked->left > 0 ? DX_CHUNKED_DATA : DX_CHUNKED_TRAILER;
    enum dexec_code rc = count_excess(chunked, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    chunked->line_len = 0;
    return expect(chunked, c, '\n', next, err);
}

static enum dexec_code take_byte(struct dx_chunked *chunked, uint8_t c,
                                 struct dexec_error *err)
{
    switch (chunked->state) {
    case DX_CHUNKED_SIZE:
        return take_size(chunked, c, err);
    case DX_CHUNKED_EXTENSION:
        if (c == '\r') {
            chunked->state = DX_CHUNKED_SIZE_LF;
        }
        return DEXEC_OK;
    case DX_CHUNKED_SIZE_LF:
        return take_size_lf(chunked, c, err);
    case DX_CHUNKED_DATA_CR:
    case DX_CHUNKED_DATA_LF:
        return take_data_end(chunked, c, err);
    case DX_CHUNKED_TRAILER:
        chunked->state =
            c == '\r' ? DX_CHUNKED_LAST_LF : DX_CHUNKED_TRAILER_REST;
        return DEXEC_OK;
    case DX_CHUNKED_TRAILER_REST:
        if (c == '\r') {
            chunked->state = DX_CHUNKED_TRAILER_LF;
        }
        return DEXEC_OK;
    case DX_CHUNKED_TRAILER_LF:
        return expect(chunked, c, '\n', DX_CHUNKED_TRAILER, err);
    case DX_CHUNKED_LAST_LF:
        return expect(chunked, c, '\n', DX_CHUNKED_OVER, err);
    case DX_CHUNKED_DATA:
    case DX_CHUNKED_OVER:
        break; /* never byte by byte */
    }
    return DEXEC_OK;
}

static enum dexec_code count_line_byte(struct dx_chunked *chunked,
                                       struct dexec_error *err)
{
    size_t max = chunked->state >= DX_CHUNKED_TRAILER ? DX_TRAILERS_MAX
                                                      : DX_CHUNK_LINE_MAX;

    if (++chunked->line_len > max) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "chunked body: more than %zu bytes around a chunk", max);
    }
    return DEXEC_OK;
}

static enum dexec_code skip_to_data(struct dx_chunked *chunked,
                                    struct dx_view *in, struct dexec_error *err)
{
    while (in->len > 0 && chunked->state != DX_CHUNKED_DATA &&
           chunked->state != DX_CHUNKED_OVER) {
        enum dexec_code rc = count_line_byte(chunked, err);

        if (rc == DEXEC_OK) {
            rc = take_byte(chunked, *dx_view_take(in, 1).data, err);
        }
        if (rc != DEXEC_OK) {
            return rc;
        }
    }
    return DEXEC_OK;
}

enum dexec_code dx_chunked_next(struct dx_chunked *chunked, struct dx_view *in,
                                struct dx_view *out_data,
                                struct dexec_error *err)
{
    enum dexec_code rc = skip_to_data(chunked, in, err);
    struct dx_view data = {0};

    if (rc != DEXEC_OK) {
        return rc;
    }
    if (chunked->state == DX_CHUNKED_DATA) {
        data = dx_view_take(
            in, in->len < chunked->left ? in->len : (size_t)chunked->left);
        chunked->left -= data.len;
    }
    if (chunked->state == DX_CHUNKED_DATA && chunked->left == 0) {
        chunked->state = DX_CHUNKED_DATA_CR;
    }
    *out_data = data;
    return DEXEC_OK;
}

bool dx_chunked_is_over(const struct dx_chunked *chunked)
{
    return chunked->state == DX_CHUNKED_OVER;
}
