/* SPDX-License-Identifier: MIT */
/*
 * pattern.h - match.pattern: POSIX extended regular expressions on members of
 * a request (docs/execcast.md).
 */
#ifndef MD_PATTERN_H
#define MD_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"

struct md_json;
struct md_pattern; /* the expressions of one rule */

/*
 * Compile the members of @object, each a string or an array of strings.
 *
 * @out_pattern  yours; md_pattern_free()
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (not such an object, an expression that is
 * wrong, over MD_PATTERN_MAX bytes, or one that may take for ever) or
 * MOCKD_E_SYSTEM (memory).
 */
enum mockd_code md_pattern_parse(const struct md_json *object,
                                 struct md_pattern **out_pattern,
                                 struct mockd_error *err);
void md_pattern_free(struct md_pattern *pattern);

/* Are they written alike? */
bool md_pattern_is_equal(const struct md_pattern *a,
                         const struct md_pattern *b);

/* The first member of @got that does not fit, or NULL when all do. */
const char *md_pattern_match(const struct md_pattern *pattern,
                             const struct md_json *got);

#endif
