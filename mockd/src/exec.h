/* SPDX-License-Identifier: MIT */
/* exec.h - the execs that creates brought into being. */
#ifndef MD_EXEC_H
#define MD_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bounds.h"
#include "fixture.h"

#define MD_EXEC_BUCKETS 1024

/* The terminal's sizes, newest last. */
struct md_resizes {
    unsigned count;                       /* all that came */
    struct md_size kept[MD_RESIZES_KEPT]; /* the n-th at n % MD_RESIZES_KEPT */
};

struct md_exec {
    struct md_exec *next; /* in its bucket */
    char *id;             /* as long as the literal it stands for */
    struct md_fixture *fixture;
    int var; /* its EID there */
    enum md_phase phase;
    bool is_detached;
    bool is_borrowed;          /* it was recorded attached only */
    bool has_stdin;            /* the create attached it */
    struct md_resizes resizes; /* while it was running */
    unsigned inspects;         /* that were answered, whatever the answer */
    unsigned polls;            /* of those what a fault made of it was told */
    uint64_t since_us; /* when the first of those was; 0 = there was none */
    struct md_journal *journal;
    uint32_t *given;    /* answers given so far, one count for each group */
    char *container_id; /* of one that was made, else NULL ... */
    const char *recorded_id; /* ... and what stands for it */
    /* of a script: */
    char *inspect;    /* what inspects say (inspect.h) */
    int exit_code;    /* what it exits with */
    uint32_t lag;     /* inspects after its exit that said running */
    bool is_released; /* by md_engine_release_exec() */
};

/* Zero plus a seed is an empty table. */
struct md_execs {
    struct md_exec *buckets[MD_EXEC_BUCKETS];
    size_t count;
    size_t inspect_bytes;       /* of all execs' inspects */
    uint64_t releases;          /* how often all were freed */
    uint64_t seed;              /* of the ids; any value */
    struct md_journal *journal; /* told of each phase; may be NULL */
};

void md_execs_release(struct md_execs *execs);

/*
 * Make an exec in phase created.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (memory, too many of them, no free id of
 * the literal's length).
 */
enum mockd_code md_execs_add(struct md_execs *execs, struct md_fixture *fixture,
                             int var, struct md_exec **out_exec,
                             struct mockd_error *err);

/*
 * Write an id as long as @literal that no exec has.
 *
 * @out_id  room for that many and a NUL
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (none is free).
 */
enum mockd_code md_execs_fresh_id(struct md_execs *execs, const char *literal,
                                  char *out_id, struct mockd_error *err);

struct md_exec *md_execs_find(const struct md_execs *execs, const char *id);

/*
 * The answer that is due in @rule's row, and count it.
 *
 * @given  the exec's counts, or the mock's for rules without an exec
 */
const struct md_rule *md_row_next(const struct md_fixture *fixture,
                                  const struct md_rule *rule, uint32_t *given);

/* Were all answers of @rule's row given? */
bool md_row_is_used_up(const struct md_fixture *fixture,
                       const struct md_rule *rule, const uint32_t *given);

/* Note a resize to @size. */
void md_resizes_add(struct md_resizes *resizes, struct md_size size);

/* Move to @phase, which is never an earlier one. */
void md_exec_move(struct md_exec *exec, enum md_phase phase);

#endif
