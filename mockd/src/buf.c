/* SPDX-License-Identifier: MIT */
#include "buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void md_buf_release(struct md_buf *buf)
{
    free(buf->data);
    *buf = (struct md_buf){.max = buf->max};
}

char *md_buf_reserve(struct md_buf *buf, size_t extra)
{
    size_t size = buf->size < 64 ? 64 : buf->size;
    char *data = NULL;

    if (extra > buf->max - buf->len) {
        return NULL;
    }
    if (buf->data == NULL || buf->len + extra >= buf->size) {
        while (size <= buf->len + extra) {
            size *= 2;
        }
        data = realloc(buf->data, size);
        if (data == NULL) {
            return NULL;
        }
        buf->data = data;
        buf->size = size;
    }
    return buf->data + buf->len;
}

bool md_buf_add(struct md_buf *buf, const void *data, size_t len)
{
    char *room = md_buf_reserve(buf, len);

    if (room == NULL) {
        return false;
    }
    if (len > 0) {
        memcpy(room, data, len);
    }
    buf->len += len;
    buf->data[buf->len] = '\0';
    return true;
}

bool md_buf_add_text(struct md_buf *buf, const char *text)
{
    return md_buf_add(buf, text, strlen(text));
}

bool md_buf_add_number(struct md_buf *buf, uint64_t number)
{
    char digits[20]; /* of the largest */
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    return md_buf_add(buf, digits + at, sizeof(digits) - at);
}

bool md_buf_printf(struct md_buf *buf, const char *fmt, ...)
{
    va_list args;
    char *room = NULL;
    int len = 0;

    va_start(args, fmt);
    len = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    if (len < 0) {
        return false;
    }
    room = md_buf_reserve(buf, (size_t)len);
    if (room == NULL) {
        return false;
    }
    va_start(args, fmt);
    (void)vsnprintf(room, (size_t)len + 1, fmt, args);
    va_end(args);
    buf->len += (size_t)len;
    return true;
}
