/* SPDX-License-Identifier: MIT */
/*
 * alike.h - compare what two recordings say by meaning: names and ids that are
 * the same variable, dates, process ids and times are alike.
 */
#ifndef MD_ALIKE_H
#define MD_ALIKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"
#include "json.h"

/* The two whose variables count. Borrowed. */
struct md_alike {
    const struct md_fixture *a;
    const struct md_fixture *b;
};

struct md_span {
    const void *data;
    size_t len;
};

/*
 * Are the bytes alike? If not, *out_a and *out_b are the offsets of the first
 * difference; either is its length when one is the beginning of the other.
 */
bool md_alike_bytes(const struct md_alike *alike, struct md_span a,
                    struct md_span b, size_t *out_a, size_t *out_b);

bool md_alike_text(const struct md_alike *alike, const char *a, const char *b);

/* Called for each member that differs. @path is such as "State.Pid" or
 * "Args[1]"; @a or @b is NULL when there is no such member. */
typedef void (*md_unlike_fn)(void *user, const char *path,
                             const struct md_json *a, const struct md_json *b);

/* Compare two values; the order of keys does not count. */
void md_alike_json(const struct md_alike *alike, const struct md_json *a,
                   const struct md_json *b, md_unlike_fn on_unlike, void *user);

#endif
