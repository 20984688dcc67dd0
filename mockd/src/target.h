/* SPDX-License-Identifier: MIT */
/* target.h - a request's method and target, taken apart. */
#ifndef MD_TARGET_H
#define MD_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "fail.h"

struct md_param {
    const char *key;
    const char *value; /* "" when there is none */
};

/* "/v1.41/exec/ab/json?x=1" is the words exec, ab, json and one parameter. */
struct md_target {
    const char *method;
    const char *const *words; /* percent-decoded parts of the path */
    size_t word_count;
    const struct md_param *params; /* percent-decoded parts of the query */
    size_t param_count;
    bool has_version; /* the path began with /vN.M */
    unsigned major;
    unsigned minor;
};

/*
 * Take @text (path, maybe a query) apart and strip its version.
 *
 * @arena       owns what @out_target points to; @method is borrowed
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (no leading slash, too many parts, a bad
 * percent escape), MOCKD_E_SYSTEM (memory).
 */
enum mockd_code md_target_parse(struct md_arena *arena, const char *method,
                                const char *text, struct md_target *out_target,
                                struct mockd_error *err);

#endif
