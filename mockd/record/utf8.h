/* SPDX-License-Identifier: MIT */
/* utf8.h - look at UTF-8 without changing it. */
#ifndef MD_REC_UTF8_H
#define MD_REC_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The character at the front of @data.
 *
 * @out_code  its code point; set when the return value is not 0
 *
 * Returns its length, 1 to 4, or 0 when the front is not a whole, shortest
 * form, non-surrogate character (or @len is 0).
 */
size_t md_rec_utf8_next(const uint8_t *data, size_t len, uint32_t *out_code);

/* Does it show as itself in an editor: no control, format, separator,
 * private or unassigned-for-ever character. */
bool md_rec_utf8_is_printable(uint32_t code);

/* Is all of it UTF-8, without U+0000? */
bool md_rec_utf8_is_text(const void *data, size_t len);

#endif
