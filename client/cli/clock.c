/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <time.h>

int64_t clock_now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* exists wherever we run */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
