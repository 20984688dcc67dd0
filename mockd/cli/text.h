/* SPDX-License-Identifier: MIT */
/* text.h - foreign bytes as text that is safe to show, and as JSON. */
#ifndef MD_TEXT_H
#define MD_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* %HH for '%' and for what is not part of a printable character, as in an
 * .execcast file. */
void md_text_escaped(FILE *out, const void *bytes, size_t len);

/* The same as a JSON string, quotes included. */
void md_text_quoted(FILE *out, const void *bytes, size_t len);

/* A message that may quote foreign text: '?' for what is not printable. */
void md_text_plain(FILE *out, const char *text);

/* The same, in place. */
void md_text_clean(char *text);

/* A string of ours, or one that JSON gave us, as a JSON string. */
void md_text_json(FILE *out, const char *text);

/* Lines of sixteen bytes, each after @indent and its offset from @offset. */
void md_text_hex(FILE *out, const uint8_t *bytes, size_t len, uint64_t offset,
                 const char *indent);

#endif
