/* SPDX-License-Identifier: MIT */
/*
 * http.h - HTTP on one listening socket; hands hijacked connections over.
 *
 * It owns no thread: the loop polls its descriptor and lets it run.
 */
#ifndef MD_HTTP_H
#define MD_HTTP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "engine.h"

struct md_http;

struct md_http_options {
    int listen_fd; /* non-blocking; ours when md_http_start() succeeds; -1 =
                    * connections come by md_http_add() only */
    struct md_engine *engine;
    bool has_date; /* replies carry a Date */
    /*
     * A stream answer: the connection on @fd is yours until you call
     * md_http_give_back(@connection). The answer is borrowed for the call.
     * Return false to refuse; the connection is closed then.
     */
    bool (*on_stream)(void *user, const struct md_answer *answer, int fd,
                      void *connection);
    void *on_stream_user;
};

/* Returns MOCKD_OK or MOCKD_E_SYSTEM. */
enum mockd_code md_http_start(const struct md_http_options *options,
                              struct md_http **out_http,
                              struct mockd_error *err);

/* Every connection handed over must have been given back. NULL is fine. */
void md_http_stop(struct md_http *http);

/* Readable when md_http_run() has something to do. The next two take NULL for
 * a server that could not be started again. */
int md_http_fd(const struct md_http *http);

/* Milliseconds until md_http_run() is due all the same, -1 for never. */
int md_http_timeout_ms(const struct md_http *http);

void md_http_run(struct md_http *http);

/* Stop accepting, and give the listening socket to you; -1 when it cannot be
 * had. Only once. */
int md_http_take_listener(struct md_http *http);

/* Serve a connection that you accepted. @fd is ours. */
void md_http_add(struct md_http *http, int fd, const struct sockaddr *address,
                 socklen_t len);

/*
 * Take a handed-over connection from the server for good: it forgets it, and
 * what it keeps for each, within the next md_http_run(). The connection counts
 * as open until md_http_let_go().
 *
 * Returns its descriptor, yours to close, with the server to tell at its end;
 * or -1, then nothing has changed.
 */
int md_http_detach(void *connection, struct md_http **out_http);
void md_http_let_go(struct md_http *http);

/* How many connections are open. */
uint64_t md_http_count(const struct md_http *http);

/* Take a handed-over connection back and close it. */
void md_http_give_back(void *connection);

#endif
