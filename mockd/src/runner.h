/* SPDX-License-Identifier: MIT */
/*
 * runner.h - play a program to a client.
 *
 * As the player it does no I/O but through its wire and never waits.
 */
#ifndef MD_RUNNER_H
#define MD_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "player.h"
#include "program.h"
#include "wire.h"

/* Zero-initialise and set the first seven. The rest is private, but that who
 * reads from the client keeps client_bytes and is_client_over up to date. */
struct md_runner {
    const struct md_program *program; /* borrowed */
    const unsigned *resizes;          /* how many have come; NULL = none do */
    const unsigned *inspects;         /* how many were answered; as resizes */
    unsigned needed_inspects;         /* how many of those are old */
    bool has_stdin; /* without, client bytes are not waited for */
    void (*on_mark)(void *user, const struct md_mark *mark); /* EXIT, FIRED,
                                                              * RESTART */
    void *on_mark_user;
    uint64_t client_bytes;
    bool is_client_over;
    size_t off;
    size_t mark;
    uint64_t needed_bytes;
    unsigned needed_resizes;
    bool is_pausing;
    uint64_t resume_us; /* while it is pausing */
};

/*
 * Go on as far as possible. @now_us is monotonic.
 *
 * MD_PLAY_PAUSE: run it again at resume_us. MD_PLAY_STALL: nothing will ever
 * come. MD_PLAY_CLOSE: close both sides. The others as for a player.
 */
enum md_play md_runner_run(struct md_runner *runner, struct md_wire wire,
                           uint64_t now_us);

#endif
