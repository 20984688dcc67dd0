/* SPDX-License-Identifier: MIT */
/* pump.h - move bytes between our descriptors 0, 1, 2 and an exec. */
#ifndef DEXEC_CLI_PUMP_H
#define DEXEC_CLI_PUMP_H

#include <stdbool.h>

#include <dexec/stream.h>

#include "detach_keys.h"
#include "events.h"

enum pump_end {
    PUMP_OVER,        /* the output is at its end */
    PUMP_DAEMON_TEXT, /* the same, and the daemon sent an error text in it */
    PUMP_DETACHED,    /* the keys for that were typed */
    PUMP_NO_READER,   /* nobody reads our output any more */
    PUMP_FAILED       /* see the error */
};

struct pump {
    struct dexec_client *client; /* for resizes */
    struct dexec_stream *stream;
    const char *id;
    bool takes_input; /* pass descriptor 0 on */
    bool is_tty;
    int size_fd; /* readable when the terminal's size changed; -1 = none */
    struct detach_keys *detach_keys; /* to watch for; NULL = none */
    struct events *events;           /* off = raw output */
};

/* Run until the output ends. @err is set with PUMP_FAILED only. */
enum pump_end pump_run(const struct pump *pump, struct dexec_error *err);

#endif
