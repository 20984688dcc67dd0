/* SPDX-License-Identifier: MIT */
#include "mem.h"

#include <stdint.h>
#include <stdlib.h>

static void *system_alloc(void *user, size_t size)
{
    (void)user;
    return malloc(size);
}

static void *system_resize(void *user, void *memory, size_t size)
{
    (void)user;
    return realloc(memory, size);
}

static void system_release(void *user, void *memory)
{
    (void)user;
    free(memory);
}

bool dx_mem_init(struct dx_mem *mem, const struct dexec_allocator *allocator)
{
    if (allocator == NULL) {
        *mem = (struct dx_mem){.calls = {.alloc = system_alloc,
                                         .resize = system_resize,
                                         .release = system_release}};
        return true;
    }
    mem->calls = *allocator;
    return allocator->alloc != NULL && allocator->resize != NULL &&
           allocator->release != NULL;
}

void *dx_mem_alloc(const struct dx_mem *mem, size_t size)
{
    return mem->calls.alloc(mem->calls.user, size);
}

void *dx_mem_resize(const struct dx_mem *mem, void *memory, size_t size)
{
    return mem->calls.resize(mem->calls.user, memory, size);
}

void dx_mem_free(const struct dx_mem *mem, void *memory)
{
    if (memory != NULL) {
        mem->calls.release(mem->calls.user, memory);
    }
}

bool dx_mem_multiply(size_t count, size_t size, size_t *out_size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return false;
    }
    *out_size = count * size;
    return true;
}
