/* SPDX-License-Identifier: MIT */
#include "buf.h"

#include <string.h>

#define FIRST_SIZE 256U /* bytes; a path or a small answer */

void dx_buf_init(struct dx_buf *buf, const struct dx_mem *mem, size_t max)
{
    *buf = (struct dx_buf){.mem = mem, .max = max};
}

/* Doubling, so that n appends cost n; never past what max asks for. */
static size_t next_size(const struct dx_buf *buf, size_t needed)
{
    size_t size = buf->size == 0 ? FIRST_SIZE : buf->size;

    while (size < needed && size <= buf->max / 2) {
        size *= 2;
    }
    return size < needed ? buf->max + 1 : size;
}

enum dexec_code dx_buf_append(struct dx_buf *buf, const void *data, size_t len)
{
    if (len > buf->max - buf->len) {
        return DEXEC_E_INVALID;
    }
    if (buf->len + len + 1 > buf->size) {
        size_t size = next_size(buf, buf->len + len + 1);
        uint8_t *grown = dx_mem_resize(buf->mem, buf->data, size);

        if (grown == NULL) {
            return DEXEC_E_NOMEM;
        }
        buf->data = grown;
        buf->size = size;
    }
    if (len > 0) {
        memcpy(buf->data + buf->len, data, len);
    }
    buf->len += len;
    buf->data[buf->len] = '\0';
    return DEXEC_OK;
}

enum dexec_code dx_buf_append_text(struct dx_buf *buf, const char *text)
{
    return dx_buf_append(buf, text, strlen(text));
}

const char *dx_buf_text(const struct dx_buf *buf)
{
    return buf->data == NULL ? "" : (const char *)buf->data;
}

void dx_buf_reset(struct dx_buf *buf)
{
    buf->len = 0;
    if (buf->data != NULL) {
        buf->data[0] = '\0';
    }
}

void dx_buf_release(struct dx_buf *buf)
{
    if (buf->data != NULL) {
        dx_mem_free(buf->mem, buf->data);
    }
    *buf = (struct dx_buf){0};
}
