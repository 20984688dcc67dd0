/* SPDX-License-Identifier: MIT */
/* plan.h - the jobs of one run, and the rows that their results go to. */
#ifndef DRY_PLAN_H
#define DRY_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include "catalog.h"
#include "pool.h"
#include "report.h"
#include "target.h"

#define DRY_SETTING_MAX 512 /* bytes of NAME=VALUE, with the NUL */

/* What all case programs are told; their case is added to it. */
struct dry_plan_settings {
    char host[DRY_SETTING_MAX];
    char container[DRY_SETTING_MAX];
    char engine[DRY_SETTING_MAX];
    char timeout[DRY_SETTING_MAX];
    char results[DRY_SETTING_MAX];
};

/* Must stay where it was made: the jobs point into it. */
struct dry_plan {
    struct dry_report_case *rows; /* chosen and excluded cases */
    size_t row_count;
    struct dry_job *jobs; /* chosen ones */
    size_t job_count;
    size_t *row_of_job;
    char (*case_settings)[64];
    struct dry_plan_settings settings;
};

/*
 * Plan what @catalog has chosen; it is borrowed until the plan is released.
 *
 * Returns false without memory, or with a setting over DRY_SETTING_MAX; what
 * was made by then is released by dry_plan_release().
 */
bool dry_plan_make(struct dry_plan *out_plan, const struct dry_catalog *catalog,
                   const struct dry_engine_target *target, unsigned timeout_s);

void dry_plan_release(struct dry_plan *plan);

#endif
