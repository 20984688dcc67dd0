/* SPDX-License-Identifier: MIT */
/* fake_memory.h - an allocator that counts, and fails when it is told to. */
#ifndef TESTS_FAKE_MEMORY_H
#define TESTS_FAKE_MEMORY_H

#include <stddef.h>

#include <dexec/client.h>

/* Zero-initialise to start. */
struct fake_memory {
    size_t count; /* allocations and resizes asked for so far */
    size_t live;  /* pieces not released */
    size_t
        fail_at; /* refuse the n-th from the start, counted from 1; 0 = none */
    size_t refused; /* how many were */
};

/* @memory is borrowed and must outlive the allocator. */
struct dexec_allocator fake_memory_allocator(struct fake_memory *memory);

void *fake_memory_alloc(void *user, size_t size);
void fake_memory_release(void *user, void *piece);

#endif
