/* SPDX-License-Identifier: MIT */
#include "clock.h"

#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <time.h>

static uint64_t system_now_us(void *user)
{
    struct timespec now = {0};

    (void)user;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

static void system_pause_ms(void *user, uint32_t ms)
{
    (void)user;
    (void)poll(NULL, 0, ms > INT_MAX ? INT_MAX : (int)ms);
}

struct dx_clock dx_clock_system(void)
{
    return (struct dx_clock){.now_us = system_now_us,
                             .pause_ms = system_pause_ms};
}

uint64_t dx_clock_now_ms(const struct dx_clock *clock)
{
    return clock->now_us(clock->user) / 1000U;
}

uint64_t dx_clock_deadline(const struct dx_clock *clock, uint32_t timeout_ms)
{
    return timeout_ms == 0 ? DX_NEVER : dx_clock_now_ms(clock) + timeout_ms;
}

int dx_clock_left(const struct dx_clock *clock, uint64_t deadline_ms)
{
    uint64_t now = 0;

    if (deadline_ms == DX_NEVER) {
        return -1;
    }
    now = dx_clock_now_ms(clock);
    if (now >= deadline_ms) {
        return 0;
    }
    return deadline_ms - now > INT_MAX ? INT_MAX : (int)(deadline_ms - now);
}
