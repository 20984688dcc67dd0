/* SPDX-License-Identifier: MIT */
#include "generate.h"

#include <string.h>

#define NUMBER_LEN 7 /* digits of a line's number, its last ones */

void md_generate_fill(const uint8_t *pattern, size_t pattern_len, uint64_t off,
                      uint8_t *out, size_t len)
{
    size_t at = (size_t)(off % pattern_len);

    for (size_t i = 0; i < len; i++) {
        out[i] = pattern[at];
        at = at + 1 == pattern_len ? 0 : at + 1;
    }
}

/* splitmix64: its n-th number needs none of those before it. */
static uint64_t random_at(uint64_t seed, uint64_t n)
{
    uint64_t z = seed + (n + 1) * UINT64_C(0x9E3779B97F4A7C15);

    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

void md_generate_prng(uint64_t seed, uint64_t off, uint8_t *out, size_t len)
{
    uint64_t bits = random_at(seed, off / 8) >> (off % 8 * 8);

    for (size_t i = 0; i < len; i++, off++) {
        bits = off % 8 == 0 ? random_at(seed, off / 8) : bits;
        out[i] = (uint8_t)bits;
        bits >>= 8;
    }
}

/* The first bytes of line @number, which ends with dots and a line feed. */
static void write_number(uint64_t number, uint8_t *out)
{
    for (size_t i = NUMBER_LEN; i > 0; i--) {
        out[i - 1] = (uint8_t)('0' + number % 10);
        number /= 10;
    }
    out[NUMBER_LEN] = ' ';
}

static uint8_t line_byte(const uint8_t *start, size_t width, size_t column)
{
    if (column + 1 == width) {
        return '\n';
    }
    return column <= NUMBER_LEN ? start[column] : '.';
}

void md_generate_lines(size_t width, uint64_t off, uint8_t *out, size_t len)
{
    uint8_t start[NUMBER_LEN + 1];
    uint64_t number = off / width;
    size_t column = (size_t)(off % width);

    write_number(number + 1, start);
    for (size_t i = 0; i < len; i++) {
        out[i] = line_byte(start, width, column);
        column++;
        if (column == width) {
            column = 0;
            number++;
            write_number(number + 1, start);
        }
    }
}
