/* SPDX-License-Identifier: MIT */
/* turn.h - one request on its way to an answer, for the parts of the engine. */
#ifndef MD_TURN_H
#define MD_TURN_H

#include "engine.h"
#include "match.h"

struct md_turn {
    struct md_engine *engine;
    struct md_call *call;
    struct md_answer *answer;
};

/* Answer with an error of the mock's own, and tell on_note. */
void md_turn_trouble(const struct md_turn *turn, int status, const char *text);

/* Give the answer a head's status and lines. */
void md_turn_head(const struct md_turn *turn, const struct md_head *head);

/* Is the call @method /exec/ID/@verb? */
bool md_turn_is(const struct md_turn *turn, const char *method,
                const char *verb);

/* Note the resize that the call is. */
void md_turn_resize(const struct md_turn *turn);

#endif
