/* SPDX-License-Identifier: MIT */
/*
 * query.h - do two queries ask for the same?
 *
 * Clients write one and the same question in many ways: all=1, all=true, and
 * limit=-1&all=1&size=0.
 */
#ifndef MD_QUERY_H
#define MD_QUERY_H

#include <stdbool.h>

#include "target.h"

/*
 * Does the parameter say nothing that its absence would not? Empty, 0, -1,
 * false and {} do; so does what makes no difference to the kind of answer: how
 * long a stop waits, SIGKILL for a kill, volumes and links of a removal, and
 * filters for a name or an id alone, see md_query_shows().
 */
bool md_query_is_usual(const struct md_target *target,
                       const struct md_param *param);

/* Are two values the same: as text, as a flag (1, true), or as filters, which
 * clients write as {"status":["exited"]} and {"status":{"exited":true}}? Those
 * for a name or an id are passed over. */
bool md_query_is_same(const struct md_param *a, const struct md_param *b);

/* Is there a filter for a name or an id in the query? */
bool md_query_picks(const struct md_target *target);

/* Do such filters, if there are any, let this container through? A name fits
 * where it is a part of its name; ^ and $ stand for the ends. */
bool md_query_shows(const struct md_target *target, const char *name,
                    const char *id);

#endif
