/* SPDX-License-Identifier: MIT */
/* report.h - what came out: a table for people, JSON for programs. */
#ifndef DRY_BENCH_REPORT_H
#define DRY_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "row.h"
#include "run.h"
#include "shape.h"

enum dry_answer {
    DRY_ANSWER_MET,
    DRY_ANSWER_NOT_MET,
    DRY_ANSWER_NO_GOAL, /* for information */
    DRY_ANSWER_SKIPPED, /* the peer is not here, or cannot do it */
};

struct dry_outcome {
    const struct dry_row *row;
    struct dry_shape_size size;
    double ours; /* medians: nanoseconds or KiB */
    double peer;
    double figure; /* median of the rounds' figures */
    double limit;  /* the figure of what cannot be beaten; 0 = not known */
    enum dry_answer answer;
    char reason[DRY_REASON_MAX]; /* "" when it was measured */
};

struct dry_bench {
    const struct dry_outcome *outcomes;
    size_t count;
    bool is_quick;
};

/* Outcomes with this answer. */
size_t dry_bench_count(const struct dry_bench *bench, enum dry_answer answer);

/* Judge one row by what its two readers gave, and what its limit did: that one
 * may be NULL. */
struct dry_outcome dry_judge(const struct dry_row *row,
                             const struct dry_shape_size *size,
                             const struct dry_turns *ours,
                             const struct dry_turns *peer,
                             const struct dry_turns *limit);

/* The table, and the line that counts the goals. */
void dry_bench_print(const struct dry_bench *bench, FILE *to);

/* One object as text, yours to free; NULL when memory is out. */
char *dry_bench_to_json(const struct dry_bench *bench);

#endif
