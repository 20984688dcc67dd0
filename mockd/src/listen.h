/* SPDX-License-Identifier: MIT */
/* listen.h - sockets to listen on: a unix path, or loopback TCP. */
#ifndef MD_LISTEN_H
#define MD_LISTEN_H

#include "fail.h"

struct md_tls;

/* Zero with fd -1 is none. */
struct md_listener {
    int fd;       /* -1 = none, or given away */
    char *url;    /* for clients: "unix:///PATH", "tcp://HOST:PORT" */
    char *path;   /* of the unix socket, removed at the end; else NULL */
    char *folder; /* made for it, removed at the end; else NULL */
    const struct md_tls *tls; /* borrowed; set by who serves TLS on it */
};

/*
 * Listen on a unix socket.
 *
 * @path  "auto" makes a fresh folder for it, which only we may enter. A socket
 *        that nobody listens on any more is replaced.
 * @name  of the socket in such a folder
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (over 107 bytes) or MOCKD_E_SYSTEM.
 */
enum mockd_code md_listen_unix(const char *path, const char *name,
                               struct md_listener *out,
                               struct mockd_error *err);

/*
 * Listen on "127.0.0.1:PORT" or "[::1]:PORT", PORT 0 being any free one.
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (not such an address) or MOCKD_E_SYSTEM.
 */
enum mockd_code md_listen_tcp(const char *text, struct md_listener *out,
                              struct mockd_error *err);

/*
 * Listen again, on a new descriptor and at the same address; what is at the
 * unix path is removed.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM.
 */
enum mockd_code md_listener_reopen(struct md_listener *listener,
                                   struct mockd_error *err);

/* Close the descriptor if it is still here, remove the socket and its folder.
 * Twice is harmless. */
void md_listener_release(struct md_listener *listener);

#endif
