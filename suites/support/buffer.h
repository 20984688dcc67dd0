/* SPDX-License-Identifier: MIT */
/* buffer.h - bytes that arrive piece by piece, up to a limit. */
#ifndef DRY_BUFFER_H
#define DRY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

/* Zero is an empty buffer of DRY_BUFFER_MAX. */
struct dry_buffer {
    unsigned char *data;
    size_t len;
    size_t size;
};

/* The largest case moves 1 MiB one way; four times that is a runaway. */
#define DRY_BUFFER_MAX ((size_t)4 << 20)

/* Append @len bytes. False when they would pass DRY_BUFFER_MAX or memory is
 * out; the buffer is unchanged then. */
bool dry_buffer_add(struct dry_buffer *buffer, const void *data, size_t len);

/* Append the NUL-terminated @text. */
bool dry_buffer_add_text(struct dry_buffer *buffer, const char *text);

/*
 * Make room for at least one byte and say for how many.
 *
 * Returns where to write, or NULL when the buffer is full or memory is out.
 * What was written is claimed by adding to @buffer->len.
 */
unsigned char *dry_buffer_room(struct dry_buffer *buffer, size_t *out_room);

/* Does the buffer hold @text anywhere? */
bool dry_buffer_has(const struct dry_buffer *buffer, const char *text);

/* Free the memory; the buffer is empty again. */
void dry_buffer_release(struct dry_buffer *buffer);

#endif
