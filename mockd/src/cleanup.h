/* SPDX-License-Identifier: MIT */
/* cleanup.h - release a local when its block is left. */
#ifndef MD_CLEANUP_H
#define MD_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

#define MD_CLEANUP(release) __attribute__((cleanup(release)))
#define MD_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline void md_cleanup_free(void *pointer)
{
    free(*(void **)pointer);
}

static inline void md_cleanup_close(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

#endif
