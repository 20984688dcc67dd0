/* SPDX-License-Identifier: MIT */
/* escape.c - bytes as text that a person, a terminal and XML can bear. */
#include "escape.h"

#include <stdio.h>
#include <string.h>

#define SHORT_ENOUGH ((size_t)120) /* bytes shown whole */
#define AROUND ((size_t)24)        /* bytes shown before a difference */
#define ESCAPED_MAX 5              /* "\xHH" and its NUL */
#define TAIL_LEN 5                 /* closing quote, three dots, NUL */

static void escape_byte(char out[ESCAPED_MAX], unsigned char byte)
{
    static const char named[] = "\n\r\t\"\\";
    static const char letters[] = "nrt\"\\";
    const char *found = byte == 0 ? NULL : strchr(named, byte);

    if (found != NULL) {
        (void)snprintf(out, ESCAPED_MAX, "\\%c", letters[found - named]);
    } else if (byte >= 0x20 && byte < 0x7f) {
        (void)snprintf(out, ESCAPED_MAX, "%c", byte);
    } else {
        (void)snprintf(out, ESCAPED_MAX, "\\x%02x", byte);
    }
}

void dry_escape(char *out, size_t size, const void *data, size_t len)
{
    const unsigned char *bytes = data;
    size_t used = 1;
    size_t at = 0;

    out[0] = '"';
    for (; at < len; at++) {
        char piece[ESCAPED_MAX];

        escape_byte(piece, bytes[at]);
        if (used + strlen(piece) + TAIL_LEN > size) {
            break;
        }
        used += (size_t)snprintf(out + used, size - used, "%s", piece);
    }
    (void)snprintf(out + used, size - used, at < len ? "\"..." : "\"");
}

static size_t first_difference(struct dry_span a, struct dry_span b)
{
    const unsigned char *left = a.data;
    const unsigned char *right = b.data;
    size_t at = 0;

    while (at < a.len && at < b.len && left[at] == right[at]) {
        at++;
    }
    return at;
}

static void describe_around(char *out, size_t size, struct dry_span span,
                            size_t at)
{
    size_t from = at > AROUND ? at - AROUND : 0;
    size_t count = span.len - from;
    int used =
        snprintf(out, size, "%zu bytes; from offset %zu: ", span.len, from);

    if (used > 0 && (size_t)used + 8 < size) {
        dry_escape(out + used, size - (size_t)used,
                   (const unsigned char *)span.data + from,
                   count > 2 * AROUND ? 2 * AROUND : count);
    }
}

void dry_describe_difference(char *expected_text, char *observed_text,
                             size_t size, struct dry_span expected,
                             struct dry_span observed)
{
    if (expected.len <= SHORT_ENOUGH && observed.len <= SHORT_ENOUGH) {
        dry_escape(expected_text, size, expected.data, expected.len);
        dry_escape(observed_text, size, observed.data, observed.len);
    } else {
        size_t at = first_difference(expected, observed);

        describe_around(expected_text, size, expected, at);
        describe_around(observed_text, size, observed, at);
    }
}
