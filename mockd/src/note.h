/* SPDX-License-Identifier: MIT */
/* note.h - what the mock has to say to whoever runs it. */
#ifndef MD_NOTE_H
#define MD_NOTE_H

/* What went wrong, and why: one line, then maybe more lines that help; without
 * the last line end. */
typedef void (*md_note_fn)(void *user, const char *note);

#endif
