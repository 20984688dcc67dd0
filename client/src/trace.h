/* SPDX-License-Identifier: MIT */
/*
 * trace.h - tell the caller's on_trace what goes over the wire.
 *
 * Everything here does nothing where there is no on_trace.
 */
#ifndef DX_TRACE_H
#define DX_TRACE_H

#include <stdint.h>

#include <dexec/client.h>

#include "clock.h"
#include "view.h"

struct dx_tracer {
    dexec_trace_fn call; /* NULL = nobody listens */
    void *user;
    struct dx_clock clock;
    uint64_t start_us;
};

/* One stream's connection. Zero-initialise but for the first two. */
struct dx_trace_line {
    const struct dx_tracer *tracer; /* borrowed */
    unsigned connection;
    unsigned segment; /* reads so far */
    uint64_t sent;    /* bytes */
    uint64_t received;
    uint64_t content;                        /* bytes behind the head */
    uint8_t header[DEXEC_FRAME_HEADER_SIZE]; /* of the frame at hand */
    uint32_t header_len;
    uint64_t header_at;
    unsigned header_segment;
    uint32_t payload_left;
};

void dx_trace_plain(const struct dx_tracer *tracer,
                    enum dexec_trace_event event, struct dx_view bytes);

void dx_trace_sent(struct dx_trace_line *line, struct dx_view bytes);
void dx_trace_received(struct dx_trace_line *line, struct dx_view bytes);

/* HALF_CLOSE, END or RESET. */
void dx_trace_mark(struct dx_trace_line *line, enum dexec_trace_event event);

/* Content of a framed stream: tell each header in it. */
void dx_trace_frames(struct dx_trace_line *line, struct dx_view content);

#endif
