/* SPDX-License-Identifier: MIT */
/*
 * script_server.h - a daemon of few words on a real socket: a thread that
 * answers each connection with the next step of a script.
 */
#ifndef TESTS_SCRIPT_SERVER_H
#define TESTS_SCRIPT_SERVER_H

#include <stdbool.h>
#include <stddef.h>

enum server_end {
    SERVER_CLOSES,
    SERVER_HOLDS,  /* says no more, until the client closes */
    SERVER_RESETS, /* closes with unread bytes, which resets a unix socket */
    SERVER_ONCE,   /* waits for a new connection; a second request on this one
                    * ends the script */
    SERVER_ECHOES  /* each piece of input comes back as a frame */
};

/* What one connection gets. */
struct server_step {
    const char *bytes; /* sent once the request was read */
    size_t len;
    size_t segment; /* bytes of one write; 0 = all */
    size_t repeat;  /* send bytes as often again */
    enum server_end end;
};

struct server; /* one script at a time */

/*
 * Listen on @path, or on loopback TCP when it is NULL, and answer @count
 * connections. @steps is borrowed. NULL when that was not possible.
 */
struct server *server_start(const char *path, const struct server_step *steps,
                            size_t count);

/* "unix://..." or "tcp://...", owned by @server. */
const char *server_host(const struct server *server);

/*
 * Wait for the end of the script; clients must be gone by then. Connections
 * that never came are not waited for. Frees @server, which may be NULL.
 *
 * Returns how many connections were served.
 */
size_t server_stop(struct server *server);

#endif
