/* SPDX-License-Identifier: MIT */
/* duration.h - a time as people write it: 90, 1.5, 500ms, 2m, 1h. */
#ifndef DEXEC_CLI_DURATION_H
#define DEXEC_CLI_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Read decimal digits, with a fraction if wanted, and one of ms, s, m, h;
 * seconds where none is named. A part of a millisecond counts as a whole one.
 *
 * Returns false for anything else, and for more than 49 days (2^32 ms).
 */
bool duration_parse(const char *text, uint32_t *out_ms);

#endif
