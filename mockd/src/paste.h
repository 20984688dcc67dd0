/* SPDX-License-Identifier: MIT */
/* paste.h - the .execcast lines that would answer a call. */
#ifndef MD_PASTE_H
#define MD_PASTE_H

#include <stdbool.h>

#include "buf.h"
#include "match.h"

/*
 * Append where to put them, and the lines, each behind a line feed: for a call
 * to an exec, a rule and the end for the file that made the exec; for any
 * other call a whole file. The answer in them is a guess, to be edited.
 * Nothing where no rule can be written: a brace in the path, a method that is
 * not of capital letters.
 *
 * Returns false without memory or room.
 */
bool md_paste(struct md_buf *out, const struct md_call *call);

#endif
