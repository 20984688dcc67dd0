/* SPDX-License-Identifier: MIT */
/* clock.h - the monotonic clock that every deadline is measured with. */
#ifndef DRY_CLOCK_H
#define DRY_CLOCK_H

#include <stdint.h>

/* Milliseconds since an arbitrary moment; never goes back. */
uint64_t dry_now_ms(void);

/* Milliseconds until @deadline_ms, 0 when it has passed, at most INT_MAX, so
 * that it can be given to poll(). */
int dry_ms_left(uint64_t deadline_ms);

#endif
