/* SPDX-License-Identifier: MIT */
/*
 * session.h - one hijacked connection, from its head to the client's close.
 *
 *     playing    the player runs; the client's bytes are counted, not kept
 *     draining   the engine's side is over; until the client closes too
 *     done       the connection goes back to where it came from
 *
 * A client that goes away early ends a session too: its exec exits.
 */
#ifndef MD_SESSION_H
#define MD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "player.h"
#include "watch.h"
#include "wire.h"

enum md_session_state {
    MD_SESSION_PLAYING = 0,
    MD_SESSION_DRAINING,
    MD_SESSION_DONE
};

struct md_session {
    struct md_watch watch; /* first: how the loop finds us */
    struct md_session *next;
    struct md_session *previous;
    enum md_session_state state;
    bool is_fresh;      /* the loop has not run it yet */
    uint32_t waits_for; /* the epoll events that the loop watches */
    struct md_exec *exec;
    struct md_player player;
    struct md_socket socket;
    bool has_read_cap; /* leave bytes unread, so that a close is a reset */
    uint64_t read_cap; /* how many bytes may be read then */
    void (*on_done)(void *user); /* gives the connection back; called once */
    void *on_done_user;
};

/*
 * Start a session for a stream answer. Nothing is sent before the first
 * md_session_run().
 *
 * @fd           borrowed until on_done
 * @out_session  yours; md_session_free()
 */
enum mockd_code md_session_new(const struct md_answer *answer, int fd,
                               struct md_session **out_session,
                               struct mockd_error *err);
void md_session_free(struct md_session *session);

/*
 * Read, play, and change state as far as that goes.
 *
 * @ready  what epoll said, 0 when nothing
 *
 * Returns the epoll events to wait for; 0 is a valid set.
 */
uint32_t md_session_run(struct md_session *session, uint32_t ready);

/* Give the connection back now, whatever the state. */
void md_session_finish(struct md_session *session);

#endif
