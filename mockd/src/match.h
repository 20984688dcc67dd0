/* SPDX-License-Identifier: MIT */
/* match.h - does a request fit a rule? */
#ifndef MD_MATCH_H
#define MD_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "containers.h"
#include "exec.h"
#include "fixture.h"

struct md_json;

/* A request, taken apart once. Everything is borrowed. */
struct md_call {
    struct md_target target;
    const uint8_t *body;
    size_t body_len;
    const struct md_json *json; /* NULL = the body is not JSON */
    bool has_upgrade;
    struct md_exec *exec;                 /* the one in the path, or NULL */
    const struct md_container *container; /* the same */
    bool is_staged;   /* that was made, and the call recorded of one like it */
    const char *name; /* of a container to be made; NULL = none */
    const struct md_containers *containers;
    const struct md_execs *execs;
};

enum md_strictness {
    MD_EXACT = 0, /* the query is as recorded, in any order */
    MD_LOOSE      /* it asks for the same (query.h), for another size, or for
                   * a new container */
};

/*
 * Do the method and the path with its query fit?
 *
 * @method  instead of the call's own: a HEAD may be answered as a GET
 */
bool md_match_path(const struct md_fixture *fixture, const struct md_rule *rule,
                   const struct md_call *call, const char *method,
                   enum md_strictness strictness);

/* Does the body fit what the rule wants of it? */
bool md_match_body(const struct md_rule *rule, const struct md_call *call);

/* How much a rule asks of the body: bytes, then JSON, then a subset, then a
 * pattern, then nothing. */
int md_match_rank(const struct md_rule *rule);

/*
 * The first field in which a create differs from what a rule wants, compared
 * by meaning, or NULL when there is none.
 */
const char *md_match_create(const struct md_json *wanted,
                            const struct md_json *got);

#endif
