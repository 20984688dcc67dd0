/* SPDX-License-Identifier: MIT */
/*
 * generate.h - bytes that follow a rule, so that any part of them can be made
 * at any time (docs/execcast.md).
 */
#ifndef MD_GENERATE_H
#define MD_GENERATE_H

#include <stddef.h>
#include <stdint.h>

/* The @len bytes at @off of @pattern repeated for ever. */
void md_generate_fill(const uint8_t *pattern, size_t pattern_len, uint64_t off,
                      uint8_t *out, size_t len);

/* The @len bytes at @off of the pseudo-random bytes of @seed. */
void md_generate_prng(uint64_t seed, uint64_t off, uint8_t *out, size_t len);

/* The @len bytes at @off of numbered lines, @width bytes each (at least
 * MD_LINES_WIDTH_MIN). */
void md_generate_lines(size_t width, uint64_t off, uint8_t *out, size_t len);

#endif
