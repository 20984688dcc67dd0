/* SPDX-License-Identifier: MIT */
/* compare.h - write how two fixtures differ. */
#ifndef MD_COMPARE_H
#define MD_COMPARE_H

#include <stdbool.h>
#include <stdio.h>

#include "alike.h"
#include "source.h"

struct md_comparison {
    FILE *out;
    bool has_segments; /* sizes of segments count */
    struct md_side a;
    struct md_side b;
    struct md_alike alike;
    size_t count; /* differences written */
};

/* Start the line of a difference: both files with their lines, 0 = there is
 * none. Write the rest and a line feed. */
void md_compare_begin(struct md_comparison *comparison, uint32_t a_line,
                      uint32_t b_line);

/* The same for a difference that is in no line: both files. */
void md_compare_begin_files(struct md_comparison *comparison);

/*
 * Write all differences. A script and a recording are one difference: they are
 * not comparable.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (a sidecar cannot be read, memory, a
 * stream too long to compare).
 */
enum mockd_code md_compare_fixtures(struct md_comparison *comparison,
                                    struct mockd_error *err);

/* Two heads. @what names them: "GET /_ping: head". */
void md_compare_heads(struct md_comparison *comparison, uint32_t a_line,
                      uint32_t b_line, const char *what,
                      const struct md_head *a, const struct md_head *b);

/* The engines of two scripts, which have an effect, unlike a recording's. */
void md_compare_engines(struct md_comparison *comparison);

/* When two inspects of scripts say that the exec is over. @what names them. */
void md_compare_inspects(struct md_comparison *comparison,
                         const struct md_rule *a, const struct md_rule *b,
                         const char *what);

/* Two streams of scripts, step by step; errors as above. */
enum mockd_code md_compare_steps(struct md_comparison *comparison,
                                 const struct md_stream *a,
                                 const struct md_stream *b,
                                 struct mockd_error *err);

/* Two streams of recordings; errors as above. */
enum mockd_code md_compare_streams(struct md_comparison *comparison,
                                   const struct md_stream *a,
                                   const struct md_stream *b,
                                   struct mockd_error *err);

#endif
