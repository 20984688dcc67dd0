/* SPDX-License-Identifier: MIT */
/*
 * session.h - one run of the engine command: the target, the cases, the end.
 *
 * Happy path: load and choose cases, find the target, run them, clean up,
 * report. Failures before the first case are usage (2), environment (3) or
 * our own (4); whatever was made on the engine is removed in each of them.
 */
#ifndef DRY_SESSION_H
#define DRY_SESSION_H

#include "options.h"

enum {
    DRY_EXIT_CONFORMS = 0,
    DRY_EXIT_FAILED = 1,
    DRY_EXIT_USAGE = 2,
    DRY_EXIT_ENVIRONMENT = 3,
    DRY_EXIT_OWN_FAULT = 4,
};

/* Be "drydock engine". Returns the exit status. */
int dry_session_engine(const struct dry_options *options);

/* Be "drydock list". Returns the exit status. */
int dry_session_list(const struct dry_options *options);

#endif
