/* SPDX-License-Identifier: MIT */
/* choice.h - which rule answers a call. */
#ifndef MD_CHOICE_H
#define MD_CHOICE_H

#include "index.h"
#include "match.h"
#include "profile.h"

/* Among the rules without an exec. */
struct md_choice md_choose_common(const struct md_profile *profile,
                                  const struct md_index *index,
                                  const struct md_call *call);

/* Among the rules of the call's exec; for a start only one recorded in the
 * same way, with or without Upgrade, attached or detached. */
struct md_choice md_choose_own(const struct md_call *call);

/* Is the request a start that asks to be detached? */
bool md_is_detached(const struct md_call *call);

/* The rule of this exec and phase with an attached stream, whichever way. */
const struct md_rule *md_choose_stream(const struct md_call *call);

/* Another start that shows the head or the reply for the call's way. */
struct md_choice md_choose_donor(const struct md_profile *profile,
                                 const struct md_call *call);

/*
 * Is this path recorded for the exec at all? Returns a set of phases, one bit
 * (1 << phase) for each that has a rule.
 */
unsigned md_recorded_phases(const struct md_call *call);

/*
 * At which stages was this asked of a container that was made? Returns a set,
 * one bit (1 << stage) for each.
 *
 * @out_fixture  one of the files that have it; set when the set is not empty
 */
unsigned md_recorded_stages(const struct md_profile *profile,
                            const struct md_call *call,
                            const struct md_fixture **out_fixture);

/* The create whose request is nearest, and the field that differs. */
struct md_choice md_choose_closest(const struct md_profile *profile,
                                   const struct md_call *call,
                                   const char **out_field);

#endif
