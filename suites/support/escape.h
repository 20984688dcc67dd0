/* SPDX-License-Identifier: MIT */
/* escape.h - bytes as text that a person, a terminal and XML can bear. */
#ifndef DRY_ESCAPE_H
#define DRY_ESCAPE_H

#include <stddef.h>

/*
 * Write @len bytes between double quotes: printable ASCII as it is, the rest
 * as \n, \r, \t, \", \\ or \xHH. What does not fit into @size (at least 8) is
 * cut at a whole character and three dots follow the closing quote.
 */
void dry_escape(char *out, size_t size, const void *data, size_t len);

/* Bytes of somebody else's. */
struct dry_span {
    const void *data;
    size_t len;
};

/*
 * Describe how two byte strings differ: their lengths and the bytes around the
 * first difference. Short ones are given whole. @size bytes of room each.
 */
void dry_describe_difference(char *expected_text, char *observed_text,
                             size_t size, struct dry_span expected,
                             struct dry_span observed);

#endif
