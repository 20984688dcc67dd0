/* SPDX-License-Identifier: MIT */
/* clock.h - a clock that only goes forward. */
#ifndef DEXEC_CLI_CLOCK_H
#define DEXEC_CLI_CLOCK_H

#include <stdint.h>

/* Milliseconds since some moment in the past. */
int64_t clock_now_ms(void);

#endif
