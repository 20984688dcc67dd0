/* SPDX-License-Identifier: MIT */
/*
 * names.h - the names and ids of a session, and the variables that stand for
 * them.
 *
 * What a name is can become clear late: a container may be asked for by name,
 * and tell its id only in a later answer. So requests keep the literal, and
 * md_rec_names_variable() is asked once the session is over.
 */
#ifndef MD_REC_NAMES_H
#define MD_REC_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "bytes.h"
#include "target.h"

/* So many variables, and so long values, does a mock load. */
#define MD_REC_VARIABLES_MAX 1024
#define MD_REC_VALUE_MAX 255

#define MD_REC_VARIABLE_SIZE 24 /* "NAME" and a number, with the final NUL */

enum md_rec_phase {
    MD_REC_PHASE_CREATED,
    MD_REC_PHASE_RUNNING,
    MD_REC_PHASE_EXITED
};

struct md_rec_flow;

struct md_rec_exec {
    char *id;
    char *container; /* as its create named it */
    unsigned number; /* of its EID variable, from 1 */
    enum md_rec_phase phase;
    bool is_polled;           /* no stream tells its end; an inspect will */
    bool has_terminal;        /* so its stream has no frames */
    struct md_rec_flow *flow; /* while it is open, else NULL; borrowed */
};

struct md_rec_container {
    char *name; /* either may be NULL, not both */
    char *id;
};

struct md_rec_names {
    struct md_rec_container containers[MD_REC_VARIABLES_MAX];
    size_t container_count;
    struct md_rec_exec *execs[MD_REC_VARIABLES_MAX];
    size_t exec_count;
    char *unknown[MD_REC_VARIABLES_MAX];
    size_t unknown_count;
    size_t changes; /* how often something was new */
};

/* Something learned, as md_rec_names_tell() takes it. */
enum md_rec_fact_kind {
    MD_REC_FACT_KNOWN,   /* ref: md_rec_names_known() */
    MD_REC_FACT_UNKNOWN, /* ref: md_rec_names_unknown() */
    MD_REC_FACT_LEARN,   /* ref, name or NULL, id: md_rec_names_learn() */
    MD_REC_FACT_CREATE   /* ref, id: md_rec_names_create() */
};

struct md_rec_fact {
    enum md_rec_fact_kind kind;
    const char *ref; /* all borrowed */
    const char *name;
    const char *id;
};

void md_rec_names_release(struct md_rec_names *names);

/* All that take something in return false when there is no room or no memory
 * for it, and are idempotent. */

/* The engine knows the container @ref: a name, an id, or an id's prefix. */
bool md_rec_names_known(struct md_rec_names *names, const char *ref);

/* The engine knows no container or exec @ref. */
bool md_rec_names_unknown(struct md_rec_names *names, const char *ref);

/*
 * The engine said what the container @ref is.
 *
 * @name  may be NULL: not said
 * @id    64 hex digits
 */
bool md_rec_names_learn(struct md_rec_names *names, const char *ref,
                        const char *name, const char *id);

/* A new exec. @out_exec is owned by @names and does not move. */
bool md_rec_names_create(struct md_rec_names *names, const char *container,
                         const char *id, struct md_rec_exec **out_exec);

/* NULL when no create answered with that id. */
struct md_rec_exec *md_rec_names_exec(const struct md_rec_names *names,
                                      const char *id);

/* What a fact is called in a journal. */
const char *md_rec_fact_name(enum md_rec_fact_kind kind);

/* Take a fact in. The same facts in the same order make the same names. */
bool md_rec_names_tell(struct md_rec_names *names,
                       const struct md_rec_fact *fact);

/* Write the variable for @literal, such as "CID2"; false when it has none. */
bool md_rec_names_variable(const struct md_rec_names *names,
                           enum md_rec_ref ref, const char *literal,
                           char out_variable[MD_REC_VARIABLE_SIZE]);

/* Add the header's "vars" object: {"NAME":"t1",...}. */
void md_rec_names_write(const struct md_rec_names *names,
                        struct md_rec_bytes *out);

#endif
