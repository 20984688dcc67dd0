/* SPDX-License-Identifier: MIT */
/*
 * fault_rig.h - play an answer with a fault in memory and on a real socket.
 *
 * What is played is in fault_fixtures/. The writes of an answer are logged as
 *
 *     {bytes of one write}  H stands for the whole head as recorded, | for
 *                           CR LF, a dot for NUL, %HH for what is no text
 *     *                     the fault counts as fired
 *     (N)                   a pause of N microseconds
 *     G                     three bytes of the client are waited for
 *     E R S O C             the end, a reset, silence, nothing more, a close
 */
#ifndef FAULT_RIG_H
#define FAULT_RIG_H

#include <stdbool.h>
#include <stddef.h>

struct fault_row {
    const char *name;
    const char *fault; /* or several, with line ends between them */
    const char *play;  /* frames (when NULL), text, tty, stdin, or ping */
    const char *log;   /* of its writes; NULL = check looks at them */
    const char *error; /* of arming it: nothing is played */
    const char *note;  /* part of why one could not be applied: it must not
                        * fire */
    void (*check)(const char *bytes, size_t len);
    bool is_tcp;
    unsigned lost; /* faults that a later one makes unseen */
};

/* In memory: the log, and all bytes. */
struct fault_play {
    char log[65536];
    size_t log_len;
    char *bytes;
    size_t len;
    char note[512];
};

/* Arm @fault, of which there may be several lines, and play. False: it was not
 * armed; note says why. Release it in any case. */
bool fault_play(struct fault_play *play, const char *fault, const char *what,
                bool is_tcp);
void fault_play_release(struct fault_play *play);

/* A mock for the wire; give both to each test. */
int fault_rig_set_up(void **state);
int fault_rig_tear_down(void **state);

/* The test of a row, in memory and on the wire. */
void fault_rig_row(void **state);

/* Run the rows as a group. */
int fault_rig_run(const char *name, struct fault_row *rows, size_t count);

#endif
