/* SPDX-License-Identifier: MIT */
#include "fake_memory.h"

#include <stdbool.h>
#include <stdlib.h>

static bool refuses(struct fake_memory *memory)
{
    memory->count++;
    if (memory->fail_at == 0 || memory->count != memory->fail_at) {
        return false;
    }
    memory->refused++;
    return true;
}

void *fake_memory_alloc(void *user, size_t size)
{
    struct fake_memory *memory = user;
    void *piece = refuses(memory) ? NULL : malloc(size);

    memory->live += piece != NULL ? 1 : 0;
    return piece;
}

static void *fake_resize(void *user, void *piece, size_t size)
{
    struct fake_memory *memory = user;

    if (piece == NULL) {
        return fake_memory_alloc(user, size);
    }
    return refuses(memory) ? NULL : realloc(piece, size);
}

void fake_memory_release(void *user, void *piece)
{
    struct fake_memory *memory = user;

    memory->live -= piece != NULL ? 1 : 0;
    free(piece);
}

struct dexec_allocator fake_memory_allocator(struct fake_memory *memory)
{
    return (struct dexec_allocator){.user = memory,
                                    .alloc = fake_memory_alloc,
                                    .resize = fake_resize,
                                    .release = fake_memory_release};
}
