/* SPDX-License-Identifier: MIT */
/*
 * session.h - one hijacked connection, from its head to the client's close.
 *
 *     playing    the player runs; the client's bytes are counted, not kept
 *     draining   the engine's side is over; until the client closes too
 *     leaving    all is said, but with TLS not all of it is with the kernel
 *     done       the connection goes back to where it came from
 *
 * A client that goes away early ends a session too: its exec exits.
 */
#ifndef MD_SESSION_H
#define MD_SESSION_H

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine.h"
#include "pace.h"
#include "player.h"
#include "program.h"
#include "runner.h"
#include "watch.h"
#include "wire.h"

enum md_session_state {
    MD_SESSION_PLAYING = 0,
    MD_SESSION_DRAINING,
    MD_SESSION_LEAVING,
    MD_SESSION_DONE
};

struct md_session {
    struct md_watch watch; /* first: how the loop finds us */
    struct md_session *next;
    struct md_session *previous;
    enum md_session_state state;
    bool is_fresh;        /* the loop has not run it yet */
    uint32_t waits_for;   /* the epoll events that the loop watches */
    struct md_exec *exec; /* NULL = a plain answer that a fault edited */
    bool has_program;     /* the runner plays, not the player */
    struct md_player player;
    struct md_program program;
    struct md_runner runner;
    struct md_manners manners;
    struct md_faults *faults; /* of which program's marks speak */
    struct md_socket socket;
    struct md_pace pace;
    struct md_journal *journal;
    uint64_t connection;      /* its number */
    struct sha256_ctx sha256; /* of the client's bytes */
    uint64_t client_bytes;    /* that came and were read */
    bool is_client_over;
    bool is_stalled;    /* nothing more is sent */
    uint64_t wake_us;   /* run it again then; 0 = not before an event */
    uint64_t began_us;  /* the first run; 0 = there was none */
    bool has_read_cap;  /* leave bytes unread, so that a close is a reset */
    uint64_t read_cap;  /* how many bytes may be read then */
    uint64_t resume_us; /* a script's pause ends then */
    bool owns_fd;       /* the loop closes it with the session */
    void (*on_done)(void *user); /* gives the connection back; called once */
    void *on_done_user;
};

/*
 * Start a session for a stream answer, or for any that a fault shall edit.
 * Nothing is sent before the first md_session_run().
 *
 * @fd           borrowed until on_done
 * @tls          what is spoken there, the session's when this returns
 *               MOCKD_OK; NULL = none
 * @engine       whose faults these are; told where one could not be applied
 * @out_session  yours; md_session_free()
 */
enum mockd_code md_session_new(const struct md_answer *answer,
                               struct md_engine *engine, int fd,
                               struct md_tls_link *tls,
                               struct md_session **out_session,
                               struct mockd_error *err);
void md_session_free(struct md_session *session);

/*
 * Read, play, and change state as far as that goes.
 *
 * @ready   what epoll said, 0 when nothing
 * @now_us  monotonic
 *
 * Returns the epoll events to wait for; 0 is a valid set.
 */
uint32_t md_session_run(struct md_session *session, uint32_t ready,
                        uint64_t now_us);

/* Let @count more pieces go, where the pace is step. False when it is not, or
 * nothing more is played. Run it then. */
bool md_session_step(struct md_session *session, uint64_t count);

/* Give the connection back now, whatever the state. */
void md_session_finish(struct md_session *session);

#endif
