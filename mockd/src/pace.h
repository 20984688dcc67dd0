/* SPDX-License-Identifier: MIT */
/*
 * pace.h - when the next piece may be written.
 *
 * Pieces that are written one after the other at once are read as one: the
 * reader sees other segments than the writer made. A pace stands between a
 * player and its wire and lets one piece pass at a time:
 *
 *     asap      at once
 *     recorded  as long after the event before it as it was recorded; the
 *               player lets that time pass, or the program has pauses
 *     gap       so many microseconds after the one before
 *     lockstep  when the client has read all of the one before
 *     step      when somebody says so
 *
 * Lockstep needs no time on a unix socket: the kernel wakes the writer when
 * the reader has freed a piece, SIOCOUTQ tells what is left, and each piece
 * ends the read that takes it (md_socket_end_reads()), as the reader may still
 * be inside that call. On TCP the
 * writer learns only what was acknowledged, so the kernel is asked (sock_diag)
 * for the client's own queue, each millisecond until it is empty; that works
 * where both ends are in one network namespace. Where it does not, a piece is
 * taken to be read a gap after it was acknowledged.
 */
#ifndef MD_PACE_H
#define MD_PACE_H

#include <stdbool.h>
#include <stdint.h>

#include <mockd/mockd.h>

#include "fail.h"
#include "wire.h"

enum md_pace_mode {
    MD_PACE_ASAP = 0,
    MD_PACE_RECORDED,
    MD_PACE_GAP,
    MD_PACE_LOCKSTEP,
    MD_PACE_STEP
};

/* Zero is asap. The first three are the caller's. */
struct md_pace {
    enum md_pace_mode mode;
    uint32_t gap_us;
    uint32_t dt_percent; /* RECORDED: of the times; else 0 */
    struct md_wire lower;
    const struct md_socket *socket;
    bool is_waiting;     /* a piece was written that holds the next one back */
    uint64_t written_us; /* when */
    uint64_t steps;      /* that are still allowed */
    bool is_held;        /* STEP: it was told that the next piece waits */
};

/* Read "asap", "recorded", "recorded:PERCENT", "gap:MICROSECONDS", "lockstep"
 * or "step". Returns MOCKD_OK or MOCKD_E_INVALID. */
enum mockd_code md_pace_parse(const char *text, struct md_pace *out_pace,
                              struct mockd_error *err);

/* The wire that goes through @pace to @socket; both borrowed. */
struct md_wire md_pace_wire(struct md_pace *pace, struct md_socket *socket);

/*
 * After the wire was full: may the next piece go now?
 *
 * @out_events   epoll events to wait for if not, 0 = none
 * @out_wake_us  when to ask again if not, 0 = at an event only
 */
bool md_pace_may_go(struct md_pace *pace, uint64_t now_us, uint32_t *out_events,
                    uint64_t *out_wake_us);

#endif
