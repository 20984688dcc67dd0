/* SPDX-License-Identifier: MIT */
/* plan.c - the jobs of one run, and the rows that their results go to. */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>

static bool make_settings(struct dry_plan_settings *out,
                          const struct dry_engine_target *target,
                          unsigned timeout_s)
{
    int lens[] = {
        snprintf(out->host, DRY_SETTING_MAX, "DRYDOCK_HOST=%s", target->host),
        snprintf(out->container, DRY_SETTING_MAX, "DRYDOCK_CONTAINER=%s",
                 target->container),
        snprintf(out->engine, DRY_SETTING_MAX, "DRYDOCK_ENGINE=%s/%s",
                 target->engine.family, target->engine.version),
        /* the case should end by itself, and say what it waited for */
        snprintf(out->timeout, DRY_SETTING_MAX, "DRYDOCK_TIMEOUT_MS=%u",
                 timeout_s * 900),
        snprintf(out->results, DRY_SETTING_MAX, "DRYDOCK_RESULTS=3"),
    };

    for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
        if (lens[i] < 0 || lens[i] >= DRY_SETTING_MAX) {
            return false;
        }
    }
    return true;
}

static void make_rows(const struct dry_catalog *catalog,
                      struct dry_report_case *rows)
{
    size_t count = 0;

    for (size_t i = 0; i < catalog->count; i++) {
        const struct dry_catalog_case *from = &catalog->cases[i];
        struct dry_report_case *row = &rows[count];

        if (!from->is_chosen && !from->is_excluded) {
            continue;
        }
        *row = (struct dry_report_case){.id = from->id,
                                        .name = from->name,
                                        .area = from->area,
                                        .rules = from->rules,
                                        .why = from->why};
        row->result.level = from->level;
        (void)snprintf(row->result.id, sizeof(row->result.id), "%s", from->id);
        row->result.verdict = from->is_excluded ? DRY_SKIP : DRY_ERROR;
        (void)snprintf(row->result.reason, DRY_TEXT_MAX, "%s",
                       from->is_excluded ? "excluded by --exclude" : "not run");
        count++;
    }
}

static bool reserve(struct dry_plan *plan, const struct dry_catalog *catalog)
{
    for (size_t i = 0; i < catalog->count; i++) {
        plan->row_count +=
            catalog->cases[i].is_chosen || catalog->cases[i].is_excluded;
    }
    plan->rows = calloc(plan->row_count, sizeof(*plan->rows));
    plan->jobs = calloc(plan->row_count, sizeof(*plan->jobs));
    plan->row_of_job = calloc(plan->row_count, sizeof(*plan->row_of_job));
    plan->case_settings = calloc(plan->row_count, sizeof(*plan->case_settings));
    if (plan->rows == NULL || plan->jobs == NULL || plan->row_of_job == NULL ||
        plan->case_settings == NULL) {
        return false;
    }
    return true;
}

static void make_jobs(struct dry_plan *plan, const struct dry_catalog *catalog,
                      unsigned timeout_s)
{
    struct dry_plan_settings *settings = &plan->settings;
    static char name[] = "engine";
    static char *const arguments[] = {name, NULL};
    size_t row = 0;

    for (size_t i = 0; i < catalog->count; i++) {
        const struct dry_catalog_case *from = &catalog->cases[i];
        size_t at = plan->job_count;

        if (from->is_chosen) {
            (void)snprintf(plan->case_settings[at],
                           sizeof(plan->case_settings[at]), "DRYDOCK_CASE=%s",
                           from->id);
            plan->row_of_job[at] = row;
            plan->jobs[at] = (struct dry_job){
                .program = from->program,
                .arguments = arguments,
                .settings = {settings->host, settings->container,
                             settings->engine, settings->timeout,
                             settings->results, plan->case_settings[at]},
                .timeout_ms = (uint64_t)timeout_s * 1000};
            plan->job_count++;
        }
        row += from->is_chosen || from->is_excluded;
    }
}

bool dry_plan_make(struct dry_plan *out_plan, const struct dry_catalog *catalog,
                   const struct dry_engine_target *target, unsigned timeout_s)
{
    *out_plan = (struct dry_plan){0};
    if (!reserve(out_plan, catalog) ||
        !make_settings(&out_plan->settings, target, timeout_s)) {
        return false;
    }
    make_rows(catalog, out_plan->rows);
    make_jobs(out_plan, catalog, timeout_s);
    return true;
}

void dry_plan_release(struct dry_plan *plan)
{
    free(plan->rows);
    free(plan->jobs);
    free(plan->row_of_job);
    free(plan->case_settings);
    *plan = (struct dry_plan){0};
}
