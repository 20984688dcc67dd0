/* SPDX-License-Identifier: MIT */
/*
 * verbs.h - one line of an admin client in, one line out (docs/control.md).
 *
 * Threads: as control.h.
 */
#ifndef MD_VERBS_H
#define MD_VERBS_H

#include <stdbool.h>
#include <stdint.h>

#include "control.h"

struct md_json;

/* What to do behind a request. */
enum md_verb_after {
    MD_VERB_ANSWERED = 0, /* the answer has been appended */
    MD_VERB_WAIT,         /* nothing was: answer when an entry fits */
    MD_VERB_STOP          /* it has, and the mock shall stop */
};

/* A request that waits. Zero-initialise; md_wait_release(). */
struct md_wait {
    struct md_json *request; /* owns the others */
    const struct md_json *id;
    const struct md_json *filter;
    uint64_t since;
    uint64_t timeout_us;
};

void md_wait_release(struct md_wait *wait);

/*
 * Answer @line, which line[len] ends with NUL; anything may be in it.
 *
 * @out_wait  set with MD_VERB_WAIT only; zeroed before
 */
enum md_verb_after md_verb_answer(const struct md_control *control,
                                  const char *line, size_t len,
                                  struct md_wait *out_wait, struct md_buf *out);

/* Append the answer to one that waited: @entry, or NULL for its time is up. */
void md_verb_answer_wait(const struct md_wait *wait, const char *entry,
                         struct md_buf *out);

/* Append {"ok":false,"error":...} for a request that is not known. */
void md_verb_refuse(const char *text, struct md_buf *out);

#endif
