/* SPDX-License-Identifier: MIT */
/* verify_diff.h - what a client would see differ, said to a report. */
#ifndef MOCKD_CLI_VERIFY_DIFF_H
#define MOCKD_CLI_VERIFY_DIFF_H

#include "verify_link.h"
#include "verify_report.h"
#include "verify_text.h"

/* Everything that a comparison needs; all borrowed. */
struct md_verify_diff {
    const struct md_verify_names *names;
    struct md_verify_report *report;
    unsigned line;     /* of the recording */
    const char *where; /* the request, for the message */
};

/*
 * Compare heads: the status line, and names, order and values of the other
 * lines. Not compared: a Date's value, and in an answer that is no stream's
 * what HTTP is free to do otherwise (Content-Length, Connection,
 * Transfer-Encoding, where Date stands).
 *
 * Returns whether the statuses are the same.
 */
bool md_verify_diff_head(const struct md_verify_diff *diff,
                         const struct md_head *recorded,
                         const struct md_verify_link *live);

/*
 * Compare bodies, as JSON where both are.
 *
 * @is_ours  false: about the machine rather than the exec; only which members
 *           there are counts
 */
void md_verify_diff_body(const struct md_verify_diff *diff,
                         const struct md_rec_bytes *recorded,
                         const struct md_rec_bytes *live, bool is_ours);

/* Compare streams by kind, and with @with_segments frame by frame too. */
void md_verify_diff_output(const struct md_verify_diff *diff,
                           const struct md_verify_output *recorded,
                           const struct md_verify_output *live,
                           bool with_segments);

#endif
