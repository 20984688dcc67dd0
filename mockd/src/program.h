/* SPDX-License-Identifier: MIT */
/*
 * program.h - all that one connection shall see, as bytes with marks between
 * them.
 *
 * A player sends a recording as it is; where a fault shall change something,
 * the answer is written out here first, head and body or head and stream, the
 * faults edit it, and a runner (runner.h) plays the result. Offsets count from
 * the first byte of the head.
 *
 * Every function that returns bool is false without memory or room; the program
 * is then as it was.
 */
#ifndef MD_PROGRAM_H
#define MD_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

enum md_mark_code {
    MD_MARK_CUT = 0,   /* a write ends here */
    MD_MARK_INPUT,     /* wait until `number` more client bytes have come */
    MD_MARK_INPUT_END, /* wait for the end of the client's bytes */
    MD_MARK_RESIZE,    /* wait for one more resize */
    MD_MARK_PAUSE,     /* let `number` microseconds pass */
    MD_MARK_STALL,     /* send nothing more and leave the connection open */
    MD_MARK_EXIT,      /* the exec has exited from here on */
    MD_MARK_FIRED,     /* fault number `number` has done its work */
    MD_MARK_FIN,       /* close our side; the last of a program */
    MD_MARK_RESET,     /* reset the connection; the last of a program */
    MD_MARK_CLOSE      /* close both sides at once; the last of a program */
};

/* At one offset they happen in their order in the list. */
struct md_mark {
    size_t at;
    enum md_mark_code code;
    uint64_t number;
};

/* Zero is an empty program, for md_program_release() too. */
struct md_program {
    struct md_buf bytes;
    size_t head_len;
    struct md_mark *marks; /* by offset */
    size_t mark_count;
    size_t mark_room;
    bool is_framed; /* behind the head come frames */
};

void md_program_init(struct md_program *program);
void md_program_release(struct md_program *program);

/* Put bytes in at @at; marks behind it, and those at it that @pushes_marks
 * says, move on. */
bool md_program_insert(struct md_program *program, size_t at, const void *bytes,
                       size_t len, bool pushes_marks);

/* Take @len bytes out at @at; marks inside go to @at. */
void md_program_remove(struct md_program *program, size_t at, size_t len);

/* Add a mark behind those that are at @at already, or before them. */
bool md_program_mark(struct md_program *program, size_t at,
                     enum md_mark_code code, uint64_t number);
bool md_program_mark_first(struct md_program *program, size_t at,
                           enum md_mark_code code, uint64_t number);

/* Drop the marks of @code from @from to @to, both included. */
void md_program_unmark(struct md_program *program, enum md_mark_code code,
                       size_t from, size_t to);

/* Drop all bytes and marks behind @at, and the marks at it that end or wait. */
void md_program_truncate(struct md_program *program, size_t at);

/*
 * Find frame number @index, counted from 0.
 *
 * @out_at   where its header begins
 * @out_len  bytes of its payload, as far as they are there
 *
 * Returns false where there is none.
 */
bool md_program_frame(const struct md_program *program, size_t index,
                      size_t *out_at, size_t *out_len);

#endif
