/* SPDX-License-Identifier: MIT */
/* json_text.h - JSON as text: write strings, pass a value on as it is. */
#ifndef MD_REC_JSON_TEXT_H
#define MD_REC_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"

#define MD_REC_JSON_DEPTH_MAX                                                  \
    64 /* no request of the API nests deeper than 8                            \
        */

/* Add @len bytes of UTF-8 without U+0000 as they stand inside a JSON string,
 * without the quotes. */
void md_rec_json_inside(struct md_rec_bytes *out, const void *text, size_t len);

/* The same, quoted. */
void md_rec_json_string(struct md_rec_bytes *out, const void *text, size_t len);

/*
 * Add the one JSON value (RFC 8259) that @text is, without the blanks
 * between its tokens; order, spelling and digits stay as they are.
 *
 * Returns false, with @out as it was, when @text is anything else, is not
 * UTF-8, nests deeper than MD_REC_JSON_DEPTH_MAX, or has the escape for
 * U+0000, which C readers of JSON take for the end of a string.
 */
bool md_rec_json_compact(struct md_rec_bytes *out, const void *text,
                         size_t len);

#endif
