/* SPDX-License-Identifier: MIT */
/* arena.h - many small allocations that are freed together. */
#ifndef MD_ARENA_H
#define MD_ARENA_H

#include <stddef.h>

struct md_arena_block;

/* Zero-initialise to start. Fields are private. */
struct md_arena {
    struct md_arena_block *blocks;
};

/* @size zeroed bytes, aligned for any type, or NULL without memory. */
void *md_arena_alloc(struct md_arena *arena, size_t size);

/* @count zeroed items of @size bytes, or NULL (also when it overflows). */
void *md_arena_array(struct md_arena *arena, size_t count, size_t size);

/* A copy of @len bytes with a NUL after them, or NULL without memory. */
char *md_arena_copy(struct md_arena *arena, const void *data, size_t len);

/* Free everything; twice is harmless. */
void md_arena_release(struct md_arena *arena);

#endif
