/* SPDX-License-Identifier: MIT */
/*
 * script_server.h - a daemon of few words on a real socket: a thread that
 * answers each connection with the next step of a script.
 */
#ifndef TESTS_SCRIPT_SERVER_H
#define TESTS_SCRIPT_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum server_end {
    SERVER_CLOSES,
    SERVER_HOLDS,  /* says no more, until the client closes */
    SERVER_RESETS, /* closes with unread bytes, which resets a unix socket */
    SERVER_ONCE,   /* waits for a new connection; a second request on this one
                    * ends the script */
    SERVER_ECHOES, /* each piece of input comes back as a frame */
    SERVER_STAYS   /* the next step answers the next request on this one */
};

#define SERVER_ENDLESS SIZE_MAX /* until the client has gone */

/* What one connection brought; whole once server_stop() returned. */
struct server_seen {
    char line[4096]; /* the request's first, cut; "" = none came */
    char head[8192]; /* all of the request's */
    size_t body_len; /* bytes, as the request says */
    size_t sent;     /* bytes of the answer that the socket took */
};

/* What one connection gets: bytes, then, last, each sent if it is there. */
struct server_step {
    bool leaves_body;  /* of the request: answers without reading it */
    const char *bytes; /* sent once the request was read */
    size_t len;
    size_t segment;  /* bytes of one write; 0 = all */
    size_t repeat;   /* send bytes as often again */
    bool turns_deaf; /* after bytes: waits for input and shuts that direction */
    const char *then;
    size_t then_len;
    size_t then_times; /* or SERVER_ENDLESS: little is then on its way, so
                        * that what was sent is what the client read */
    const char *last;
    size_t last_len;
    enum server_end end;
    struct server_seen *seen; /* NULL = nobody looks */
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
