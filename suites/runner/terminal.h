/* SPDX-License-Identifier: MIT */
/*
 * terminal.h - what a run looks like while it goes, and at its end.
 *
 * Into a pipe or file: one line for each case. On a terminal: one live status
 * line, and failures as they happen. Colour only on a terminal, and not with
 * NO_COLOR.
 */
#ifndef DRY_TERMINAL_H
#define DRY_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "report.h"

struct dry_terminal {
    bool is_live;
    bool has_colour;
    const char *again; /* the arguments that choose the engine, for "again" */
    size_t total;
    size_t done;
    size_t bad;
};

/* Look at standard output and the environment. */
void dry_terminal_init(struct dry_terminal *terminal, size_t total,
                       const char *again);

/* @name has been started. */
void dry_terminal_started(const struct dry_terminal *terminal,
                          const char *name);

/* @row is over; @noise is what its program said, for a crash or an error. */
void dry_terminal_ended(struct dry_terminal *terminal,
                        const struct dry_report_case *row, const char *noise);

/* The known deviations, the excluded cases and the summary. */
void dry_terminal_finish(const struct dry_terminal *terminal,
                         const struct dry_report *report);

#endif
