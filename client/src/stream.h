/* SPDX-License-Identifier: MIT */
/* stream.h - the inside of an attached stream. */
#ifndef DX_STREAM_H
#define DX_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/stream.h>

#include "body.h"
#include "client.h"
#include "frame.h"
#include "link.h"

enum dx_stream_state {
    DX_STREAM_OPEN,
    DX_STREAM_ENDED, /* between two frames */
    DX_STREAM_BROKEN /* for good, with the error in broken */
};

/*
 * Bytes go from the link into buffer, which input looks at; the body takes
 * its coding off into content; the frame reader makes the ready chunk of it.
 * All are views of the buffer, which is read into again only when they are
 * empty: while a stream is open and nothing is ready, they are.
 */
struct dexec_stream {
    struct dexec_client *client; /* borrowed */
    struct dx_link *link;        /* owned */
    struct dx_body body;
    struct dx_frame_reader frames;
    bool is_raw; /* a terminal's; latched at the start */
    bool stdin_is_closed;
    enum dx_stream_state state;
    struct dexec_error broken;
    struct dx_view input;
    struct dx_view content;
    struct dexec_chunk ready; /* len 0 = none */
    uint64_t deadline_ms;
    int http_status;
    char content_type[DX_CONTENT_TYPE_SIZE];
    size_t buffer_size;
    uint8_t buffer[];
};

/* Turn bytes that are there into the ready chunk, the end or an error. */
void dx_stream_advance(struct dexec_stream *stream);

/* dexec_start() whose answer has come by @deadline_ms. */
enum dexec_code dx_stream_start(struct dexec_client *client, const char *id,
                                const struct dexec_start_options *options,
                                uint64_t deadline_ms,
                                struct dexec_stream **out_stream,
                                struct dexec_error *err);

#endif
