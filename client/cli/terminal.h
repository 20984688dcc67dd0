/* SPDX-License-Identifier: MIT */
/*
 * terminal.h - our own terminal, made raw and put back on every way out.
 *
 * Process-wide, as a terminal is: there is one.
 */
#ifndef DEXEC_CLI_TERMINAL_H
#define DEXEC_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Make standard input raw, if it is a terminal, until the process ends: by
 * exit() or by SIGHUP, SIGINT, SIGQUIT or SIGTERM. Returns false when that was
 * not possible.
 */
bool terminal_make_raw(void);

/* Put it back now; may be called at any time. */
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
