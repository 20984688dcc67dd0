/* SPDX-License-Identifier: MIT */
/* clock.h - monotonic time as a field, so that a test can move it. */
#ifndef DX_CLOCK_H
#define DX_CLOCK_H

#include <stdint.h>

#define DX_NEVER UINT64_MAX /* a deadline that does not come */

struct dx_clock {
    void *user;
    uint64_t (*now_us)(void *user);
    void (*pause_ms)(void *user, uint32_t ms); /* let that much time pass */
};

/* The system's monotonic clock. */
struct dx_clock dx_clock_system(void);

uint64_t dx_clock_now_ms(const struct dx_clock *clock);

/* @timeout_ms from now; 0 = DX_NEVER. */
uint64_t dx_clock_deadline(const struct dx_clock *clock, uint32_t timeout_ms);

/*
 * Milliseconds until @deadline_ms as poll() takes them: -1 = for ever, 0 = it
 * has passed.
 */
int dx_clock_left(const struct dx_clock *clock, uint64_t deadline_ms);

#endif
