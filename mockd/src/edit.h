/* SPDX-License-Identifier: MIT */
/*
 * edit.h - edit an answer that is written out: its header lines, its body.
 *
 * The body's length in the head follows the body, unless it is edited itself.
 */
#ifndef MD_EDIT_H
#define MD_EDIT_H

#include "program.h"

/*
 * Give the header line @name the value @value, in the place of its first one
 * or behind all others; NULL takes it out. False without memory or room.
 */
bool md_edit_header(struct md_program *program, const char *name,
                    const char *value);

/* Put @len bytes in the place of @old_len at @at, which is in the body. False
 * without memory or room. */
bool md_edit_body(struct md_program *program, size_t at, size_t old_len,
                  const void *bytes, size_t len);

/* The same, and the head goes on telling the old length. */
bool md_edit_body_only(struct md_program *program, size_t at, size_t old_len,
                       const void *bytes, size_t len);

/* Make it another answer: @status is such as "404 Not Found", @body JSON. */
bool md_edit_answer(struct md_program *program, const char *status,
                    const char *body);

#endif
