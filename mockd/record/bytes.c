/* SPDX-License-Identifier: MIT */
/* bytes.c - bytes that grow up to a limit, always ended by a NUL. */
#include "bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 128 /* most lines fit after one step of growth */

struct md_rec_bytes md_rec_bytes_new(size_t max)
{
    return (struct md_rec_bytes){.max = max};
}

/* Make room for @len bytes and a NUL. */
static bool reserve(struct md_rec_bytes *bytes, size_t len)
{
    size_t size = bytes->size > 0 ? bytes->size : FIRST_SIZE;
    char *data = NULL;

    if (bytes->failed || len > bytes->max - bytes->len) {
        bytes->failed = true;
        return false;
    }
    if (bytes->size > bytes->len + len) {
        return true;
    }
    while (size <= bytes->len + len) {
        size *= 2;
    }
    data = realloc(bytes->data, size);
    if (data == NULL) {
        bytes->failed = true;
        return false;
    }
    bytes->data = data;
    bytes->size = size;
    return true;
}

void md_rec_bytes_add(struct md_rec_bytes *bytes, const void *data, size_t len)
{
    if (!reserve(bytes, len)) {
        return;
    }
    if (len > 0) {
        memcpy(bytes->data + bytes->len, data, len);
    }
    bytes->len += len;
    bytes->data[bytes->len] = '\0';
}

void md_rec_bytes_text(struct md_rec_bytes *bytes, const char *text)
{
    md_rec_bytes_add(bytes, text, strlen(text));
}

void md_rec_bytes_print(struct md_rec_bytes *bytes, const char *fmt, ...)
{
    char text[512];
    int len = 0;
    va_list args;

    va_start(args, fmt);
    len = vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof(text)) {
        bytes->failed = true; /* only numbers and short names come here */
        return;
    }
    md_rec_bytes_add(bytes, text, (size_t)len);
}

char *md_rec_bytes_take(struct md_rec_bytes *bytes)
{
    char *data = NULL;

    md_rec_bytes_add(bytes, "", 0);
    if (!bytes->failed) {
        data = bytes->data;
        bytes->data = NULL;
    }
    md_rec_bytes_release(bytes);
    return data;
}

void md_rec_bytes_release(struct md_rec_bytes *bytes)
{
    free(bytes->data);
    *bytes = md_rec_bytes_new(bytes->max);
}
