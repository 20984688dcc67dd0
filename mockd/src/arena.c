/* SPDX-License-Identifier: MIT */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"

#define BLOCK_LEAST ((size_t)1024)       /* an answer needs no more ... */
#define BLOCK_MOST ((size_t)(16 * 1024)) /* ... and a fixture much */
#define ALIGNMENT ((size_t)16)

struct md_arena_block {
    struct md_arena_block *next;
    size_t used; /* bytes of room in use */
    size_t size; /* bytes of room */
    _Alignas(16) unsigned char room[];
};

static struct md_arena_block *add_block(struct md_arena *arena, size_t need)
{
    size_t usual = arena->blocks == NULL ? BLOCK_LEAST : BLOCK_MOST;
    size_t size = need > usual ? need : usual;
    struct md_arena_block *block = malloc(sizeof(*block) + size);

    if (block == NULL) {
        return NULL;
    }
    block->next = arena->blocks;
    block->used = 0;
    block->size = size;
    arena->blocks = block;
    return block;
}

void *md_arena_alloc(struct md_arena *arena, size_t size)
{
    size_t need = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct md_arena_block *block = arena->blocks;
    void *result = NULL;

    if (size > MD_FILE_MAX) {
        return NULL;
    }
    if (block == NULL || block->size - block->used < need) {
        block = add_block(arena, need);
    }
    if (block == NULL) {
        return NULL;
    }
    result = block->room + block->used;
    block->used += need;
    return memset(result, 0, need);
}

void *md_arena_array(struct md_arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return md_arena_alloc(arena, count * size);
}

char *md_arena_copy(struct md_arena *arena, const void *data, size_t len)
{
    char *copy = md_arena_alloc(arena, len + 1);

    if (copy != NULL && len > 0) {
        memcpy(copy, data, len);
    }
    return copy;
}

void md_arena_release(struct md_arena *arena)
{
    struct md_arena_block *block = arena->blocks;

    while (block != NULL) {
        struct md_arena_block *next = block->next;

        free(block);
        block = next;
    }
    arena->blocks = NULL;
}
