/* SPDX-License-Identifier: MIT */
/* diff.h - the command `drydock diff`. */
#ifndef DRY_DIFF_H
#define DRY_DIFF_H

#include "options.h"

/* Compare the two runs of @options and print each case that they do not agree
 * on. Returns the exit status: DRY_EXIT_CONFORMS when they agree on all,
 * DRY_EXIT_FAILED, or DRY_EXIT_ENVIRONMENT when one cannot be read. */
int dry_diff(const struct dry_options *options);

#endif
