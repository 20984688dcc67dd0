/* SPDX-License-Identifier: MIT */
/* scripted.h - what the exec of a script answers. */
#ifndef MD_SCRIPTED_H
#define MD_SCRIPTED_H

#include "turn.h"

/* The usual head of @stream, for the call that starts it. */
const struct md_head *md_scripted_head(const struct md_turn *turn,
                                       const struct md_stream *stream);

/* Answer an inspect with what the exec is. */
void md_scripted_inspect(const struct md_turn *turn, const struct md_head *head,
                         const struct md_inspect *inspect);

/* Answer what needs no rule: inspects, resizes of a running exec, a detached
 * start. False: this is none of them, or no exec of a script. */
bool md_scripted_answer(const struct md_turn *turn);

#endif
