/* SPDX-License-Identifier: MIT */
/* verdicts.h - what a finished run said of each case, read again. */
#ifndef DRY_VERDICTS_H
#define DRY_VERDICTS_H

#include <stdbool.h>
#include <stddef.h>

#define DRY_VERDICTS_BYTES_MAX 67108864 /* of a file */
#define DRY_VERDICTS_CASES_MAX 100000   /* in one */

struct dry_verdict_line {
    char *id;
    char *verdict;
    char *observed; /* "" when the file does not say */
};

/* Zero is none. */
struct dry_verdicts {
    struct dry_verdict_line *lines; /* by id */
    size_t count;
};

/*
 * Read a report of drydock engine --json, or lines "ID VERDICT" as they are in
 * fixtures/known.
 *
 * @out_verdicts  yours; dry_verdicts_release()
 * @out_message   which file, and what is wrong with it
 *
 * Returns false when it cannot be read, is neither of those, holds no case or
 * one twice.
 */
bool dry_verdicts_read(const char *path, struct dry_verdicts *out_verdicts,
                       char *out_message, size_t size);

void dry_verdicts_release(struct dry_verdicts *verdicts);

#endif
