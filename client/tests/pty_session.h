/* SPDX-License-Identifier: MIT */
/*
 * pty_session.h - a program on a pseudo-terminal of its own, below a shell of
 * few words that does its job control, and somebody who types.
 *
 * Every wait is for an event and ends after PTY_WAIT_MS at the latest.
 */
#ifndef TESTS_PTY_SESSION_H
#define TESTS_PTY_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <termios.h>

enum { PTY_WAIT_MS = 20000 };

struct pty_session;

/* Run @argv, found by PATH, on a terminal of that size. NULL when that was not
 * possible. */
struct pty_session *pty_start(const char *const *argv, uint16_t rows,
                              uint16_t columns);

/* Kill what still runs, and free @session, which may be NULL. */
void pty_free(struct pty_session *session);

/* The terminal's mode before the program ran, and now. */
const struct termios *pty_mode_before(const struct pty_session *session);
bool pty_mode(const struct pty_session *session, struct termios *out_mode);

bool pty_type(struct pty_session *session, const void *keys, size_t len);

/* The program's group gets SIGWINCH. */
bool pty_resize(struct pty_session *session, uint16_t rows, uint16_t columns);

bool pty_kill(struct pty_session *session, int number);

/*
 * Wait until @text was written to the terminal, behind the text that was
 * waited for last.
 */
bool pty_expect(struct pty_session *session, const char *text);

/* All that was written so far and was read by a wait; NUL-terminated. */
const char *pty_output(const struct pty_session *session, size_t *out_len);

/*
 * Wait until the program ends or is stopped; the shell then has the terminal.
 *
 * @out_status  as waitpid() gives it
 */
bool pty_wait(struct pty_session *session, int *out_status);

/* Let a stopped program go on, with the terminal or without. */
bool pty_go_on(struct pty_session *session, bool in_foreground);

#endif
