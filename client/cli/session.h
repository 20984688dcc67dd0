/* SPDX-License-Identifier: MIT */
/* session.h - one exec from its creation to dexec's exit status. */
#ifndef DEXEC_CLI_SESSION_H
#define DEXEC_CLI_SESSION_H

#include "events.h"
#include "options.h"

/*
 * Run what @options ask for and report it to @events. Returns the exit status;
 * a message was printed with each that is dexec's own, but for
 * EXIT_NO_READER.
 */
int session_run(const struct options *options, struct events *events);

#endif
