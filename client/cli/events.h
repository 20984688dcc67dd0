/* SPDX-License-Identifier: MIT */
/*
 * events.h - what happens, as JSON on standard output (--json).
 *
 * An event is an object on a line of its own with at least "event", its name,
 * and "time_ms", milliseconds since events_begin(). Nothing is written by an
 * events object that is off. docs/man/dexec.1 lists all members.
 */
#ifndef DEXEC_CLI_EVENTS_H
#define DEXEC_CLI_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include <dexec/error.h>
#include <dexec/stream.h>

#include "output.h"

struct events {
    bool is_on;
    int64_t started_ms;
    enum output_end end; /* how the last one was written, unless all is well */
    char *timeout_line;  /* ours; see events_prepare_timeout() */
};

void events_begin(struct events *events, bool is_on);
void events_release(struct events *events);

void events_created(struct events *events, const char *id);
void events_started(struct events *events, const struct dexec_stream *stream);
/* @chunk goes out as "text" if it is UTF-8 without a NUL, else "base64". */
void events_output(struct events *events, const struct dexec_chunk *chunk);
void events_resized(struct events *events, uint16_t rows, uint16_t columns);
/* @by: "option", "keys" or "daemon" */
void events_detached(struct events *events, const char *by);
void events_exit(struct events *events, int64_t code);
void events_error(struct events *events, const struct dexec_error *err);

/* Make the error event of a time-out at @time_ms now, as a signal handler
 * cannot. */
void events_prepare_timeout(struct events *events, uint32_t time_ms,
                            const char *message);

/* For that handler: the event's line; NULL when there is none, or when another
 * event is half written. */
const char *events_timeout_line(const struct events *events);

#endif
