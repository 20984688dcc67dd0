/* SPDX-License-Identifier: MIT */
/*
 * http.h - HTTP on one listening socket; hands hijacked connections over.
 *
 * It owns no thread: the loop polls its descriptor and lets it run.
 */
#ifndef MD_HTTP_H
#define MD_HTTP_H

#include <stdbool.h>

#include "engine.h"

struct md_http;

struct md_http_options {
    int listen_fd; /* non-blocking; ours when md_http_start() succeeds */
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

/* Readable when md_http_run() has something to do. */
int md_http_fd(const struct md_http *http);

/* Milliseconds until md_http_run() is due all the same, -1 for never. */
int md_http_timeout_ms(const struct md_http *http);

void md_http_run(struct md_http *http);

/* Take a handed-over connection back and close it. */
void md_http_give_back(void *connection);

#endif
