/* SPDX-License-Identifier: MIT */
#include "exit_status.h"

#include <stddef.h>
#include <string.h>

/* Small letters are runc's, capitals crun's; the last of 127 is Podman's own.
 * The first that is found counts. */
static const struct {
    const char *words;
    int status;
} refusals[] = {
    {"executable file not found", EXIT_NOT_FOUND},
    {"no such file or directory", EXIT_NOT_FOUND},
    {"No such file or directory", EXIT_NOT_FOUND},
    {"invoke a command that was not found", EXIT_NOT_FOUND},
    {"permission denied", EXIT_CANNOT_RUN},
    {"Permission denied", EXIT_CANNOT_RUN},
    {"is a directory", EXIT_CANNOT_RUN},
    {"Is a directory", EXIT_CANNOT_RUN},
};

int exit_status_of_start(const struct dexec_error *err)
{
    /* Not our own trouble, as with the daemon's socket. */
    if (err->code != DEXEC_E_HTTP) {
        return EXIT_OURS;
    }
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (strstr(err->message, refusals[i].words) != NULL) {
            return refusals[i].status;
        }
    }
    return EXIT_OURS;
}
