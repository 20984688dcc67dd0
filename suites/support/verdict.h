/* SPDX-License-Identifier: MIT */
/*
 * verdict.h - how a case can end, and the line of JSON that says so.
 *
 * A case program writes one such line for each case; the runner reads it.
 */
#ifndef DRY_VERDICT_H
#define DRY_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dry_level { DRY_MUST = 0, DRY_SHOULD, DRY_DE_FACTO, DRY_INFO, DRY_LEVELS };

enum dry_verdict {
    DRY_PASS = 0,
    DRY_NONSTRICT, /* a known deviation, on a case that is no must */
    DRY_XFAIL,     /* a known deviation, on a must */
    DRY_NOTED,     /* "info": an info case did not hold; judges nothing */
    DRY_FAIL,
    DRY_TIMEOUT,
    DRY_CRASH, /* the case program died of a signal */
    DRY_SKIP,
    DRY_ERROR, /* our own fault */
    DRY_VERDICTS
};

#define DRY_ID_MAX 24    /* bytes of a case's id, with the NUL */
#define DRY_TEXT_MAX 768 /* bytes of each text of a result, with the NUL */

struct dry_result {
    char id[DRY_ID_MAX];
    enum dry_level level;
    enum dry_verdict verdict;
    uint64_t ms;
    char expected[DRY_TEXT_MAX];
    char observed[DRY_TEXT_MAX];
    char reason[DRY_TEXT_MAX];
};

/* Stable lower-case names, such as "de facto" and "xfail". Never NULL. */
const char *dry_level_name(enum dry_level level);
const char *dry_verdict_name(enum dry_verdict verdict);

/* The value of a name; false when there is none. */
bool dry_level_from_name(const char *name, enum dry_level *out_level);
bool dry_verdict_from_name(const char *name, enum dry_verdict *out_verdict);

/* May a run with such a verdict in it still be called conforming? */
bool dry_verdict_conforms(enum dry_verdict verdict);

/*
 * The result as one line of JSON with its line feed.
 *
 * Returns a string to free(), or NULL when memory is out.
 */
char *dry_result_to_line(const struct dry_result *result);

/* Read such a line. False when it is not one; @out_result is untouched. */
bool dry_result_from_line(struct dry_result *out_result, const char *line,
                          size_t len);

#endif
