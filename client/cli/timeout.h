/* SPDX-License-Identifier: MIT */
/* timeout.h - an end to the whole run, wherever it hangs. */
#ifndef DEXEC_CLI_TIMEOUT_H
#define DEXEC_CLI_TIMEOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "events.h"

/*
 * End the process @ms from now, if it lives then: restore the terminal, say
 * so, and exit with EXIT_TIMED_OUT. Done by a signal handler, so that nothing
 * that blocks can hold it up, be it a name server or a reader of our output.
 *
 * @events  borrowed until timeout_cancel()
 *
 * Returns false when that was not possible.
 */
bool timeout_arm(uint32_t ms, struct events *events);

/* It will not happen any more. Also fine where nothing was armed. */
void timeout_cancel(void);

#endif
