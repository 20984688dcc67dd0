/* SPDX-License-Identifier: MIT */
/* trouble.h - say why there is no recorded answer, and what comes close. */
#ifndef MD_TROUBLE_H
#define MD_TROUBLE_H

#include <stddef.h>

#include "buf.h"
#include "match.h"
#include "profile.h"

/* Nothing answers the call. Writes one line, cut to @size. */
void md_trouble_unmatched(char *out_text, size_t size,
                          const struct md_profile *profile,
                          const struct md_call *call);

/* The exec's path is recorded, but not now or not this way. */
void md_trouble_not_in_phase(char *out_text, size_t size,
                             const struct md_call *call, unsigned phases);

/* It is recorded for containers that are not as far, or farther; the one in the
 * path was made. */
void md_trouble_not_at_stage(char *out_text, size_t size,
                             const struct md_call *call,
                             const struct md_fixture *fixture, unsigned stages);

/*
 * Append the closest rule beside the call, in two columns, each line behind a
 * line feed; what differs is marked with "<<". Nothing where there is no rule.
 *
 * Returns false without memory or room.
 */
bool md_trouble_difference(struct md_buf *out, const struct md_profile *profile,
                           const struct md_call *call);

#endif
