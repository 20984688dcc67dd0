/* SPDX-License-Identifier: MIT */
/*
 * terminal.h - our own terminal, made raw and put back on every way out.
 *
 * Process-wide, as a terminal is: there is one. It is left alone while we are
 * in the background of it, where it is somebody else's.
 */
#ifndef DEXEC_CLI_TERMINAL_H
#define DEXEC_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Make standard input raw, if it is a terminal, until terminal_restore() or
 * the process's end by exit(), SIGHUP, SIGINT, SIGQUIT or SIGTERM. It is put
 * back while SIGTSTP stops us, and made raw again when we go on. Returns false
 * when that was not possible.
 */
bool terminal_make_raw(void);

/* Put it back now; may be called at any time, and by a signal handler. */
void terminal_restore(void);

/* The size of the terminal, false when there is none. */
bool terminal_size(uint16_t *out_rows, uint16_t *out_columns);

/*
 * Watch for size changes. Returns a descriptor that becomes readable at each;
 * -1 when that was not possible.
 */
int terminal_watch_size(void);

/* Take the notice off it. */
void terminal_size_seen(void);

#endif
