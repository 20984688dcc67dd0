/* SPDX-License-Identifier: MIT */
/*
 * lobby.h - clients that came by TLS, until a session takes them.
 *
 * Each shakes hands first; then HTTP serves it through a socket pair. None of
 * them holds up another.
 */
#ifndef MD_LOBBY_H
#define MD_LOBBY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tls_link.h"

struct md_guest;
struct md_http;

/* Zero-initialise and set the first four, all borrowed. */
struct md_lobby {
    const struct md_tls *tls;
    struct md_http *http; /* NULL = down: clients are sent away */
    int epoll_fd;         /* where they are watched */
    /* Told of a handshake that failed; may be NULL. */
    void (*on_note)(void *user, const char *note);
    void *on_note_user;
    struct md_guest *first;
    size_t waiting;   /* how many HTTP does not count: not yet, or no more */
    uint64_t wake_us; /* run it again then; 0 = not before an event */
    bool has_gone;    /* some are to be freed */
};

/* May one more come in? */
bool md_lobby_has_room(const struct md_lobby *lobby);

/* Let in who connected on @fd, which is the lobby's from then on. */
void md_lobby_admit(struct md_lobby *lobby, int fd, uint64_t now_us);

/*
 * Give away the client that HTTP serves on its descriptor @inner. It is not
 * watched any more. NULL: it did not come by TLS. Not from a watch.
 */
struct md_tls_link *md_lobby_take(struct md_lobby *lobby, int inner);

/* Send away those whose time is over, and free who has gone; once a round, when
 * its events are done with. */
void md_lobby_run(struct md_lobby *lobby, uint64_t now_us);

/* Close every connection; as md_lobby_run() not from a watch. */
void md_lobby_clear(struct md_lobby *lobby);

#endif
