/* SPDX-License-Identifier: MIT */
/* mem.h - the memory of one client, through the caller's allocator. */
#ifndef DX_MEM_H
#define DX_MEM_H

#include <stdbool.h>
#include <stddef.h>

#include <dexec/client.h>

struct dx_mem {
    struct dexec_allocator calls; /* all three set after dx_mem_init() */
};

/*
 * @allocator  copied; NULL = malloc, realloc, free
 *
 * Returns false when one of its functions is missing.
 */
bool dx_mem_init(struct dx_mem *mem, const struct dexec_allocator *allocator);

/* All return NULL when there is no memory. @size must not be 0. */
void *dx_mem_alloc(const struct dx_mem *mem, size_t size);
void *dx_mem_resize(const struct dx_mem *mem, void *memory, size_t size);

/* @memory may be NULL. */
void dx_mem_free(const struct dx_mem *mem, void *memory);

/* Set @out_size to count * size; returns false when it does not fit. */
bool dx_mem_multiply(size_t count, size_t size, size_t *out_size);

#endif
