/* SPDX-License-Identifier: MIT */
/*
 * player.h - play a stream, recorded or scripted, to a client.
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
#include "exec.h"
#include "ids.h"
#include "intake.h"
#include "note.h"
#include "swap.h"
#include "wire.h"

struct md_player_options {
    struct md_fixture *fixture;
    struct md_stream *stream;
    const struct md_head *head; /* the stream's own or another's */
    struct md_swap head_swap;
    int var;        /* the EID that stands in the stream's data ... */
    const char *id; /* ... and what to show instead, equally long */
    const struct md_resizes *resizes; /* that have come */
    bool has_stdin;      /* without, client bytes are not waited for */
    uint32_t dt_percent; /* of the recorded times pass; 0 = none */
    md_note_fn on_note;  /* told what a script expects in vain; may be NULL */
    void *on_note_user;
};

/* md_player_init() fills it. Fields are private, except that who reads from
 * the client keeps is_client_over, and by md_player_take() client_bytes, up to
 * date, and reads pause_us. */
struct md_player {
    struct md_player_options options;
    struct md_ids ids;
    struct md_buf head;
    size_t head_off;
    size_t segment; /* index of the head's piece being sent */
    size_t segment_end;
    uint32_t event; /* the next one, or MD_NO_EVENT */
    uint64_t event_off;
    uint32_t waited; /* the event that had its time, or MD_NO_EVENT */
    uint8_t *chunk;  /* for bytes that are not in memory as they are sent */
    uint64_t needed_bytes;
    unsigned needed_resizes;
    uint64_t client_bytes;
    bool is_client_over; /* no more client bytes will come */
    /* scripts: */
    struct md_intake intake;
    uint64_t taken;      /* client bytes that steps took from it */
    bool has_difference; /* the step being played was told of one */
    size_t echo_len;     /* bytes in the chunk ... */
    size_t echo_off;     /* ... and how many are out */
    uint64_t round;      /* of the open block, from 0 */
    unsigned rounds_run; /* since md_player_run() began */
    uint64_t pause_us;   /* after MD_PLAY_PAUSE: for how long, else 0 */
};

enum md_play {
    MD_PLAY_FULL = 0, /* the client must take bytes first */
    MD_PLAY_GATE,     /* something must come from the client first */
    MD_PLAY_END,      /* the engine closed its side here */
    MD_PLAY_RESET,    /* the engine reset the connection here */
    MD_PLAY_OVER,     /* nothing more was recorded */
    MD_PLAY_EXIT,     /* the script's process exited here; run it again */
    MD_PLAY_PAUSE,    /* time must pass first: pause_us, a runner resume_us */
    MD_PLAY_GONE,     /* the client is not there any more */
    MD_PLAY_STALL,    /* nothing more will come, and no end either */
    MD_PLAY_CLOSE,    /* both sides are closed here; a runner only */
    MD_PLAY_ALERT,    /* the same by a TLS alert; a runner only */
    MD_PLAY_BROKEN    /* a sidecar cannot be read, or no memory */
};

/* Does the engine decide when @event comes? */
bool md_player_is_timed(const struct md_event *event);

/* Borrows what @options points to. Returns MOCKD_OK or MOCKD_E_SYSTEM. */
enum mockd_code md_player_init(struct md_player *player,
                               const struct md_player_options *options,
                               struct mockd_error *err);
void md_player_release(struct md_player *player);

/* How many of the client's bytes may be read now. */
size_t md_player_room(const struct md_player *player);

/* Count @len bytes that were read, at most as many as there was room for. */
void md_player_take(struct md_player *player, const void *bytes, size_t len);

/* Go on as far as possible. After END, RESET, OVER, GONE or BROKEN the player
 * must not be run again. */
enum md_play md_player_run(struct md_player *player, struct md_wire wire);

#endif
