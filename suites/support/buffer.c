/* SPDX-License-Identifier: MIT */
/* buffer.c - bytes that arrive piece by piece, up to a limit. */
#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE ((size_t)4096)

static bool grow_to(struct dry_buffer *buffer, size_t wanted)
{
    size_t size = buffer->size == 0 ? FIRST_SIZE : buffer->size;
    unsigned char *data = NULL;

    if (wanted > DRY_BUFFER_MAX) {
        return false;
    }
    while (size < wanted) {
        size *= 2;
    }
    if (size == buffer->size) {
        return true;
    }
    data = realloc(buffer->data, size);
    if (data == NULL) {
        return false;
    }
    buffer->data = data;
    buffer->size = size;
    return true;
}

bool dry_buffer_add(struct dry_buffer *buffer, const void *data, size_t len)
{
    if (len > DRY_BUFFER_MAX || !grow_to(buffer, buffer->len + len)) {
        return false;
    }
    if (len > 0) {
        memcpy(buffer->data + buffer->len, data, len);
    }
    buffer->len += len;
    return true;
}

bool dry_buffer_add_text(struct dry_buffer *buffer, const char *text)
{
    return dry_buffer_add(buffer, text, strlen(text));
}

unsigned char *dry_buffer_room(struct dry_buffer *buffer, size_t *out_room)
{
    if (buffer->len == buffer->size && !grow_to(buffer, buffer->len + 1)) {
        return NULL;
    }
    *out_room = buffer->size - buffer->len;
    return buffer->data + buffer->len;
}

bool dry_buffer_has(const struct dry_buffer *buffer, const char *text)
{
    size_t len = strlen(text);

    for (size_t at = 0; at + len <= buffer->len; at++) {
        if (memcmp(buffer->data + at, text, len) == 0) {
            return true;
        }
    }
    return false;
}

void dry_buffer_release(struct dry_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct dry_buffer){0};
}
