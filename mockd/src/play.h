/* SPDX-License-Identifier: MIT */
/* play.h - what the parts of the player share. */
#ifndef MD_PLAY_H
#define MD_PLAY_H

#include "frame.h"
#include "player.h"

/* A frame of MD_WRITE_CHUNK bytes goes out in one write. */
#define MD_PLAY_CHUNK ((size_t)MD_WRITE_CHUNK + MD_FRAME_HEADER)

/* Go on to the next event. */
void md_play_advance(struct md_player *player);

/* Make sure that there are MD_PLAY_CHUNK bytes at chunk; false without
 * memory. */
bool md_play_need_chunk(struct md_player *player);

/* Why a write that failed stops the player. */
enum md_play md_play_after_write(enum md_wire_result result);

/*
 * Go on when @is_open. True when it is time for the next event, false with
 * the reason to stop; the same for all below.
 */
bool md_play_gate(struct md_player *player, bool is_open,
                  enum md_play *out_play);

/* Take what came of the bytes that @event, an EXPECT, expects. */
bool md_play_expect(struct md_player *player, const struct md_event *event,
                    enum md_play *out_play);

/* Send back what came until the client's end. */
bool md_play_echo(struct md_player *player, const struct md_event *event,
                  struct md_wire wire, enum md_play *out_play);

#endif
