/* SPDX-License-Identifier: MIT */
/* percent.h - the text codings of payloads: %HH, hex digits, base64. */
#ifndef MD_PERCENT_H
#define MD_PERCENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value of a hex digit, or -1. */
int md_hex_value(char digit);

/*
 * Replace each %HH in the first @len bytes of @text by its byte, in place,
 * with a NUL at the end (@text has room for it). False when a % is not
 * followed by two hex digits; *out_len is then the offset of that %.
 */
bool md_percent_decode(char *text, size_t len, size_t *out_len);

/* Decode pairs of hex digits; @out has room for strlen(@text) / 2. */
bool md_hex_decode(const char *text, uint8_t *out, size_t *out_len);

/* Decode padded base64 (RFC 4648, section 4); @out has room for
 * strlen(@text) / 4 * 3. */
bool md_base64_decode(const char *text, uint8_t *out, size_t *out_len);

#endif
