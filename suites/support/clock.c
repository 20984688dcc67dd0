/* SPDX-License-Identifier: MIT */
/* clock.c - the monotonic clock that every deadline is measured with. */
#include "clock.h"

#include <limits.h>
#include <time.h>

uint64_t dry_now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int dry_ms_left(uint64_t deadline_ms)
{
    uint64_t now = dry_now_ms();

    if (now >= deadline_ms) {
        return 0;
    }
    return deadline_ms - now > INT_MAX ? INT_MAX : (int)(deadline_ms - now);
}
