/* SPDX-License-Identifier: MIT */
/*
 * tty_daemon.h - a daemon with one exec on a terminal, whose process is the
 * test: it reads what was typed, and says what is written and when it ends.
 *
 * Every wait is for an event and ends after TTY_DAEMON_WAIT_MS at the latest.
 */
#ifndef TESTS_TTY_DAEMON_H
#define TESTS_TTY_DAEMON_H

#include <stdbool.h>
#include <stddef.h>

enum { TTY_DAEMON_WAIT_MS = 20000 };

enum tty_daemon_silence { SILENT_NEVER, SILENT_AT_CREATE, SILENT_AT_START };

struct tty_daemon_options {
    unsigned refused_resizes;        /* before others are fine */
    enum tty_daemon_silence silence; /* a request that gets no answer */
    bool goes_on;  /* the process, when the stream has ended: not exited */
    int exit_code; /* otherwise */
};

struct tty_daemon;

/* Listen on the unix socket @path. NULL when that was not possible. */
struct tty_daemon *tty_daemon_start(const char *path,
                                    const struct tty_daemon_options *options);

/* Close all connections and free @daemon, which may be NULL. */
void tty_daemon_stop(struct tty_daemon *daemon);

/* Wait until that many requests have @text in their line or body. */
bool tty_daemon_wait(struct tty_daemon *daemon, const char *text,
                     unsigned count);

/* How many have it now? */
unsigned tty_daemon_count(struct tty_daemon *daemon, const char *text);

/* Wait until all that was typed is these bytes. */
bool tty_daemon_wait_typed(struct tty_daemon *daemon, const void *typed,
                           size_t len);

/* Write to the terminal. False when nobody takes it, or nothing was started. */
bool tty_daemon_write(struct tty_daemon *daemon, const void *data, size_t len);

/* Refuse the next @count resizes. */
void tty_daemon_refuse_resizes(struct tty_daemon *daemon, unsigned count);

/* End the stream. */
void tty_daemon_end(struct tty_daemon *daemon);

/* Close all connections, and take no more. */
void tty_daemon_die(struct tty_daemon *daemon);

#endif
