/* SPDX-License-Identifier: MIT */
/* catalog.h - all cases of all case programs, and choosing some of them. */
#ifndef DRY_CATALOG_H
#define DRY_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "options.h"
#include "verdict.h"

#define DRY_CATALOG_ERROR_MAX 512 /* bytes, with the final NUL */

struct dry_catalog_case {
    char *program; /* its path */
    char *line;    /* of --list, without the line feed */
    char *id;
    char *name;
    char *area;
    char *rules; /* a blank between two */
    char *why;
    enum dry_level level;
    bool is_chosen;
    bool is_excluded; /* by --exclude, of those that --include took */
};

/* Zero is empty. */
struct dry_catalog {
    struct dry_catalog_case *cases;
    size_t count;
};

/*
 * Ask every program engine-* of @folder for its cases; sorted by id.
 *
 * Returns false with one line in @out_error: no program, one that cannot be
 * run, a line that is no case, an id that two cases have.
 */
bool dry_catalog_load(struct dry_catalog *out_catalog, const char *folder,
                      char out_error[DRY_CATALOG_ERROR_MAX]);

/*
 * Set is_chosen: what an @include pattern matches (all, without one) and no
 * @exclude pattern does.
 *
 * Returns false with one line in @out_error when a pattern matches nothing, or
 * nothing is left to run.
 */
bool dry_catalog_choose(struct dry_catalog *catalog,
                        const struct dry_patterns *include,
                        const struct dry_patterns *exclude,
                        char out_error[DRY_CATALOG_ERROR_MAX]);

/* Read one line of --list; false when it is not one. For @program. */
bool dry_catalog_add(struct dry_catalog *catalog, const char *program,
                     const char *line, size_t len);

/* Compare two ids number by number: E2.10.1 comes after E2.9.1. */
int dry_id_compare(const char *left, const char *right);

void dry_catalog_release(struct dry_catalog *catalog);

#endif
