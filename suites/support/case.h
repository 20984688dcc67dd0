/* SPDX-License-Identifier: MIT */
/*
 * case.h - what a conformance case is: a row of data and a check.
 *
 * An id is given once and never reused. A known deviation says what one family
 * of engines does instead; it answers for that observation and for no other.
 */
#ifndef DRY_CASE_H
#define DRY_CASE_H

#include <stddef.h>

#include "verdict.h"

struct dry_run;

/* One way in which a family of engines is known to differ. */
struct dry_deviation {
    const char *family;   /* "docker" or "podman"; NULL ends a list */
    const char *from;     /* first version that does so; NULL = any */
    const char *below;    /* first version that does not; NULL = all */
    const char *what;     /* the expectation that it answers for */
    const char *observed; /* exactly what is seen instead */
    const char *reason;   /* why it is so, with its source */
};

struct dry_case {
    const char *id;   /* E1.2.3 */
    const char *name; /* a sentence */
    enum dry_level level;
    const char *rules;  /* ids of docs/PROTOCOL.md, blank between two */
    const char *source; /* where it is said or was measured */
    const char *why;    /* the bug that this case would have caught */
    void (*check)(struct dry_run *run);
    const void *data; /* the check's own row of facts, or NULL */
    const struct dry_deviation *deviations; /* NULL = none is known */
};

/* One program's cases. */
struct dry_area {
    const char *name;
    const struct dry_case *cases;
    size_t count;
};

#define DRY_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
