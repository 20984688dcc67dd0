/* SPDX-License-Identifier: MIT */
/* target.h - the engine that a run judges: a real one, or a mock of ours. */
#ifndef DRY_TARGET_H
#define DRY_TARGET_H

#include <stdbool.h>

#include <mockd/mockd.h>

#include "daemon.h"
#include "options.h"

/* Zero is none. */
struct dry_engine_target {
    const char *host;
    const char *container;
    struct dry_engine engine;
    struct mockd *mock;
    struct dry_guest guest;
};

/*
 * Find the engine, ask who it is, and see to a container there.
 *
 * Returns false with one line in @out_error. What was made by then is in
 * @out_target and is removed by dry_target_leave(), in either case.
 */
bool dry_target_find(struct dry_engine_target *out_target,
                     const struct dry_options *options,
                     char out_error[DRY_DAEMON_ERROR_MAX]);

/* Remove what was made. False with one line in @out_error. */
bool dry_target_leave(struct dry_engine_target *target,
                      char out_error[DRY_DAEMON_ERROR_MAX]);

#endif
