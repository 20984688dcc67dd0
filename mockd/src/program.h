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
    MD_MARK_CLOSE,     /* close both sides at once; the last of a program */
    MD_MARK_BYTES,     /* wait until `number` client bytes have come in all */
    MD_MARK_INSPECT,   /* wait until one more inspect was answered */
    MD_MARK_RESTART,   /* all connections end; back after `number` us */
    MD_MARK_ALERT      /* end by a TLS alert; the last of a program */
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

/* The bytes of the payload of the frame whose header is at @at, as far as they
 * are there. False where no whole header is. */
bool md_program_frame_len(const struct md_program *program, size_t at,
                          size_t *out_len);

/* Put @bytes in the place of @old_len others; marks inside go behind them. */
bool md_program_replace(struct md_program *program, size_t at, size_t old_len,
                        const void *bytes, size_t len);

/* Put all marks of @more in at once, before those at the same offsets. */
bool md_program_merge(struct md_program *program,
                      const struct md_program *more);

/* Make one write of the bytes between: cuts and pauses there go, other marks
 * move to @to. False, and nothing is done, where a wait for the client is. */
bool md_program_join(struct md_program *program, size_t from, size_t to);

/* Cut every payload in pieces and make a frame of each. @next says where the
 * one that begins at @from ends: behind it, and at @end at the latest. */
typedef size_t (*md_piece_fn)(const struct md_program *program, size_t from,
                              size_t end, void *user);
bool md_program_reframe(struct md_program *program, md_piece_fn next,
                        void *user);

/*
 * A program written anew from front to back, in one go however much changes.
 * Nothing of the old one changes before md_rewrite_end(). Private but off,
 * which is how far the old one was used.
 */
struct md_rewrite {
    struct md_program *old;
    struct md_program made;
    size_t off;
    size_t mark;
    bool is_broken; /* no memory or room; the rest does nothing */
};

void md_rewrite_begin(struct md_rewrite *rewrite, struct md_program *program);
/* Take over the old bytes up to @to, and the marks before it. */
void md_rewrite_keep(struct md_rewrite *rewrite, size_t to);
/* Leave them out; their marks stay. */
void md_rewrite_skip(struct md_rewrite *rewrite, size_t to);
/* Take over the marks that are here, but for those that end. */
void md_rewrite_pass(struct md_rewrite *rewrite);
void md_rewrite_add(struct md_rewrite *rewrite, const void *bytes, size_t len);
void md_rewrite_mark(struct md_rewrite *rewrite, enum md_mark_code code,
                     uint64_t number);
/* Take over the rest and replace the old program. */
bool md_rewrite_end(struct md_rewrite *rewrite);

/* One line of the head. */
struct md_line {
    size_t at;
    size_t len;  /* without its line end */
    size_t next; /* where the next one begins */
};

/* The status line of the last head: interim ones (1xx) are passed. */
bool md_line_status(const struct md_program *program, struct md_line *out_line);

/* Its status; 0 when it has none. */
int md_line_code(const struct md_program *program);

/* From one line to the next header line. False at the empty one; @in_out is
 * that then. */
bool md_line_next(const struct md_program *program, struct md_line *in_out);

/* The first line of a header. */
bool md_line_find(const struct md_program *program, const char *name,
                  struct md_line *out_line);

/* Where the value begins in a header's line. */
size_t md_line_value(const struct md_program *program,
                     const struct md_line *line);

/* Add a line, or lines with \r\n between them, as the last of the head. */
bool md_line_add(struct md_program *program, const void *lines, size_t len);

/* Take every line of a header out. Returns how many there were. */
size_t md_line_drop(struct md_program *program, const char *name);
/* Take off the marks by which the program ends, the exec's exit at its end
 * among them, and say how it ended. */
enum md_mark_code md_program_take_end(struct md_program *program);

#endif
