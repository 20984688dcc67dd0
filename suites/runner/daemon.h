/* SPDX-License-Identifier: MIT */
/* daemon.h - the runner's own requests of the engine: who are you, make a
 * container, remove it. */
#ifndef DRY_DAEMON_H
#define DRY_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

#include "engine.h"

#define DRY_DAEMON_ERROR_MAX 640 /* bytes, with the final NUL */
#define DRY_NAME_MAX 128         /* bytes of a container's name or image */

/* What was made on the engine and is to be removed. Zero is nothing. */
struct dry_guest {
    char container[DRY_NAME_MAX];
    char image[DRY_NAME_MAX]; /* imported by us; "" = it was there */
    char stray[DRY_NAME_MAX]; /* a name that the import gave it unasked */
};

/* Ask GET /version. False with one line in @out_error. */
bool dry_daemon_identify(const char *host, struct dry_engine *out_engine,
                         char out_error[DRY_DAEMON_ERROR_MAX]);

/* Is @container there, and does it run? False with one line in @out_error. */
bool dry_daemon_check(const char *host, const char *container,
                      char out_error[DRY_DAEMON_ERROR_MAX]);

/*
 * Make and start a container to run the cases in.
 *
 * @image    NULL = our own, imported from the file @archive unless the engine
 *           has it
 * @version  its tag
 *
 * @out_guest says what was made, on failure too. False with one line in
 * @out_error.
 */
bool dry_daemon_make(const char *host, const char *image, const char *archive,
                     const char *version, struct dry_guest *out_guest,
                     char out_error[DRY_DAEMON_ERROR_MAX]);

/* Remove what was made. False with one line in @out_error. */
bool dry_daemon_remove(const char *host, const struct dry_guest *guest,
                       char out_error[DRY_DAEMON_ERROR_MAX]);

#endif
