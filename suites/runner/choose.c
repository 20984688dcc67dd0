/* SPDX-License-Identifier: MIT */
/* choose.c - which cases the patterns of the command line mean. */
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "catalog.h"

#define SUGGESTIONS 3 /* nearest ids shown for a pattern without a match */
#define SHORT_ID 32   /* bytes of a pattern that are compared */

/* How many letters must be changed, dropped or added between @a and @b. */
static size_t distance(const char *a, const char *b)
{
    size_t row[SHORT_ID + 1];
    size_t len = strnlen(b, SHORT_ID);

    for (size_t j = 0; j <= len; j++) {
        row[j] = j;
    }
    for (size_t i = 0; i < strnlen(a, SHORT_ID); i++) {
        size_t diagonal = row[0];

        row[0] = i + 1;
        for (size_t j = 0; j < len; j++) {
            size_t change = diagonal + (a[i] != b[j]);
            size_t shorter = row[j] < row[j + 1] ? row[j] : row[j + 1];

            diagonal = row[j + 1];
            row[j + 1] = change < shorter + 1 ? change : shorter + 1;
        }
    }
    return row[len];
}

/* The id nearest to @pattern that is further than @after in (distance, index)
 * order; count when there is none. */
static size_t next_nearest(const struct dry_catalog *catalog,
                           const char *pattern, size_t after)
{
    size_t best = catalog->count;
    size_t floor = after == catalog->count
                       ? 0
                       : distance(pattern, catalog->cases[after].id);

    for (size_t i = 0; i < catalog->count; i++) {
        size_t far = distance(pattern, catalog->cases[i].id);
        bool is_later = after == catalog->count || far > floor ||
                        (far == floor && i > after);

        if (is_later && (best == catalog->count ||
                         far < distance(pattern, catalog->cases[best].id))) {
            best = i;
        }
    }
    return best;
}

static void suggest(const struct dry_catalog *catalog, const char *pattern,
                    char error[DRY_CATALOG_ERROR_MAX])
{
    size_t at = catalog->count;
    int used = snprintf(error, DRY_CATALOG_ERROR_MAX,
                        "%.100s: matches no case; nearest:", pattern);

    for (size_t i = 0; i < SUGGESTIONS && used > 0; i++) {
        at = next_nearest(catalog, pattern, at);
        if (at == catalog->count || used >= DRY_CATALOG_ERROR_MAX) {
            return;
        }
        used += snprintf(error + used, DRY_CATALOG_ERROR_MAX - (size_t)used,
                         " %s", catalog->cases[at].id);
    }
}

static bool is_matched(const struct dry_patterns *patterns, const char *id)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (fnmatch(patterns->items[i], id, 0) == 0) {
            return true;
        }
    }
    return false;
}

/* Every pattern must mean something. */
static bool check_patterns(const struct dry_catalog *catalog,
                           const struct dry_patterns *patterns,
                           char error[DRY_CATALOG_ERROR_MAX])
{
    for (size_t i = 0; i < patterns->count; i++) {
        size_t at = 0;

        while (at < catalog->count &&
               fnmatch(patterns->items[i], catalog->cases[at].id, 0) != 0) {
            at++;
        }
        if (at == catalog->count) {
            suggest(catalog, patterns->items[i], error);
            return false;
        }
    }
    return true;
}

bool dry_catalog_choose(struct dry_catalog *catalog,
                        const struct dry_patterns *include,
                        const struct dry_patterns *exclude,
                        char out_error[DRY_CATALOG_ERROR_MAX])
{
    size_t chosen = 0;

    if (!check_patterns(catalog, include, out_error) ||
        !check_patterns(catalog, exclude, out_error)) {
        return false;
    }
    for (size_t i = 0; i < catalog->count; i++) {
        struct dry_catalog_case *row = &catalog->cases[i];
        bool is_included = include->count == 0 || is_matched(include, row->id);

        row->is_excluded = is_included && is_matched(exclude, row->id);
        row->is_chosen = is_included && !row->is_excluded;
        chosen += row->is_chosen;
    }
    if (chosen == 0) {
        (void)snprintf(out_error, DRY_CATALOG_ERROR_MAX,
                       "no case is left to run: --exclude takes all that "
                       "--include gives");
        return false;
    }
    return true;
}
