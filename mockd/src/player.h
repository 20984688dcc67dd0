/* SPDX-License-Identifier: MIT */
/*
 * player.h - play a recorded stream to a client.
 *
 * The player does no I/O but through its wire, so it never waits: it says what
 * it waits for, and is run again when that may have come.
 */
#ifndef MD_PLAYER_H
#define MD_PLAYER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "fixture.h"
#include "ids.h"
#include "swap.h"
#include "wire.h"

struct md_player_options {
    struct md_fixture *fixture;
    struct md_stream *stream;
    const struct md_head *head; /* the stream's own or another's */
    struct md_swap head_swap;
    int var;                 /* the EID that stands in the stream's data ... */
    const char *id;          /* ... and what to show instead, equally long */
    const unsigned *resizes; /* how many have come */
    bool has_stdin;          /* without, client bytes are not waited for */
};

/* md_player_init() fills it. Fields are private, except that who reads from
 * the client keeps client_bytes and is_client_over up to date. */
struct md_player {
    struct md_player_options options;
    struct md_ids ids;
    struct md_buf head;
    size_t head_off;
    size_t segment; /* index of the head's piece being sent */
    size_t segment_end;
    uint32_t event; /* the next one, or MD_NO_EVENT */
    size_t event_off;
    uint8_t *chunk; /* for bytes that are not in memory as they are sent */
    uint64_t needed_bytes;
    unsigned needed_resizes;
    uint64_t client_bytes;
    bool is_client_over; /* no more client bytes will come */
};

enum md_play {
    MD_PLAY_FULL = 0, /* the client must take bytes first */
    MD_PLAY_GATE,     /* something must come from the client first */
    MD_PLAY_END,      /* the engine closed its side here */
    MD_PLAY_RESET,    /* the engine reset the connection here */
    MD_PLAY_OVER,     /* nothing more was recorded */
    MD_PLAY_GONE,     /* the client is not there any more */
    MD_PLAY_STALL,    /* nothing more will come, and no end either */
    MD_PLAY_PAUSE,    /* time must pass first; a runner only, as the next */
    MD_PLAY_CLOSE,    /* both sides are closed here */
    MD_PLAY_BROKEN    /* a sidecar cannot be read, or no memory */
};

/* Borrows what @options points to. Returns MOCKD_OK or MOCKD_E_SYSTEM. */
enum mockd_code md_player_init(struct md_player *player,
                               const struct md_player_options *options,
                               struct mockd_error *err);
void md_player_release(struct md_player *player);

/* Go on as far as possible. After END, RESET, OVER, GONE or BROKEN the player
 * must not be run again. */
enum md_play md_player_run(struct md_player *player, struct md_wire wire);

#endif
