/* SPDX-License-Identifier: MIT */
/* report.h - a finished run as JSON and as JUnit XML, and onto the disk. */
#ifndef DRY_REPORT_H
#define DRY_REPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine.h"
#include "verdict.h"

struct dry_report_case {
    const char *id;
    const char *name;
    const char *area;
    const char *rules; /* ids, a blank between two */
    const char *why;
    struct dry_result result;
};

/* All pointers are borrowed. */
struct dry_report {
    const char *version; /* of drydock */
    struct dry_engine engine;
    const char *host;
    const char *started; /* 2026-01-31T12:00:00Z */
    const struct dry_report_case *cases;
    size_t count;
    int exit_status;
};

/* How many cases have @verdict. */
size_t dry_report_count(const struct dry_report *report,
                        enum dry_verdict verdict);

/* The report as text. Returns a string to free(), or NULL without memory. */
char *dry_report_to_json(const struct dry_report *report);
char *dry_report_to_junit(const struct dry_report *report);

/*
 * Write @text to @path whole or not at all: into a file beside it that then
 * takes its name.
 *
 * Returns false with one line in @out_message of @size bytes.
 */
bool dry_report_save(const char *path, const char *text, char *out_message,
                     size_t size);

#endif
