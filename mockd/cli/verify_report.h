/* SPDX-License-Identifier: MIT */
/* verify_report.h - one line a difference, on standard output. */
#ifndef MOCKD_CLI_VERIFY_REPORT_H
#define MOCKD_CLI_VERIFY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fail.h"

#define MD_VERIFY_SEEN_MAX 1024 /* different lines about heads */

/* Zero is a report without any. */
struct md_verify_report {
    const char *file; /* borrowed; what differences are in from now on */
    unsigned shown;
    unsigned repeated; /* counted only: said before about another answer */
    uint64_t seen[MD_VERIFY_SEEN_MAX];
    size_t seen_count;
};

/* Print FILE:LINE: and the text. */
void md_verify_differ(struct md_verify_report *report, unsigned line,
                      const char *fmt, ...) MD_PRINTF(3, 4);

/* The same, but a text that was printed before is only counted: an engine of
 * another version names itself in every head. */
void md_verify_differ_once(struct md_verify_report *report, unsigned line,
                           const char *fmt, ...) MD_PRINTF(3, 4);

#endif
