/* SPDX-License-Identifier: MIT */
/* exit_status.h - what dexec ends with when it is not the command's own. */
#ifndef DEXEC_CLI_EXIT_STATUS_H
#define DEXEC_CLI_EXIT_STATUS_H

#include <signal.h>

#include <dexec/error.h>

enum exit_status {
    EXIT_TIMED_OUT = 124, /* as timeout(1) */
    EXIT_OURS = 125,
    EXIT_CANNOT_RUN = 126,
    EXIT_NOT_FOUND = 127,
    EXIT_NO_READER = 128 + SIGPIPE
};

/*
 * What a start that the daemon refused comes to: EXIT_NOT_FOUND or
 * EXIT_CANNOT_RUN where its message says so, else EXIT_OURS. It goes by the
 * words by which Docker's own daemon tells them apart.
 */
int exit_status_of_start(const struct dexec_error *err);

#endif
