/* SPDX-License-Identifier: MIT */
/* made.h - the part of the engine that keeps the containers that clients make:
 * their names and ids, how far they are, and the lists that show them. */
#ifndef MD_MADE_H
#define MD_MADE_H

#include "choice.h"
#include "swap.h"
#include "turn.h"

/* Learn which container the call is about, or how one is to be called. */
void md_made_find(const struct md_turn *turn);

/*
 * The call is a create that @rule answers: make the container.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (memory, too many of them).
 */
enum mockd_code md_made_add(const struct md_turn *turn,
                            const struct md_rule *rule,
                            struct mockd_error *err);

#define MD_SWAPS_MAX 16 /* a file is about few containers; two for each id */

/* Zero is none. */
struct md_swapping {
    struct md_swap items[MD_SWAPS_MAX];
    struct md_swaps swaps;
};

/* Nothing is done for what is empty or the same, nor where there is no room. */
void md_swapping_add(struct md_swapping *swapping, struct md_swap swap);

/* Add what the answer must not show of @rule's containers, and what it shows
 * instead of that. */
void md_made_swap(const struct md_turn *turn, const struct md_rule *rule,
                  struct md_swapping *swapping);

/* The call was answered with @status: move the container, or remove it. */
void md_made_move(const struct md_turn *turn, int status);

/* Is the rule a list of containers, which made ones may have to be in? */
bool md_made_is_list(const struct md_turn *turn, const struct md_rule *rule);

/*
 * Write the list that @choice answers with: what it has of containers that no
 * file makes, and each that was made as some list of this query shows it, if
 * one does at its stage.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (memory, a sidecar cannot be read).
 */
enum mockd_code md_made_list(const struct md_turn *turn,
                             const struct md_choice *choice, struct md_buf *out,
                             struct mockd_error *err);

#endif
