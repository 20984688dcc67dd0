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
#include "limits.h"
#include "link.h"
#include "opening.h"
#include "sniff.h"
#include "trace.h"
#include "utf8.h"

#define DX_STREAM_KINDS (DEXEC_KIND_CONSOLE + 1) /* those that have data */

enum dx_stream_state {
    DX_STREAM_OPENING, /* as opening.h has it */
    DX_STREAM_OPEN,
    DX_STREAM_ENDED, /* between two frames */
    DX_STREAM_BROKEN /* for good, with the error in broken */
};

/*
 * Bytes go from the link into buffer, which input looks at; the body takes
 * its coding off into content; the frame reader makes chunks of it, or the
 * sniffer does, from its own copy. The others are views of the buffer, which is
 * read into again only when they are empty: while a stream is open and no chunk
 * is ready, they are.
 */
struct dexec_stream {
    struct dexec_client *client; /* borrowed */
    struct dx_link *link;        /* owned */
    struct dx_opening opening;
    struct dx_body body;
    struct dexec_frame_reader frames;
    struct dx_sniff sniff;
    struct dx_utf8 text[DX_STREAM_KINDS];
    struct dx_trace_line trace;
    bool is_raw;          /* a terminal's; latched at the start */
    bool is_sniffed;      /* neither: sniff decides */
    bool is_text;         /* chunks end between characters */
    bool stdin_is_closed; /* by the caller */
    bool stdin_is_shut;   /* and the daemon was told */
    bool write_is_stuck;  /* the last write did not take all */
    enum dx_stream_state state;
    struct dexec_error broken;
    struct dx_view input;
    struct dexec_input content;
    struct dexec_chunk chunks[DX_STREAM_CHUNKS]; /* ready ones */
    size_t chunk_at;
    size_t chunk_count;
    uint8_t small[DX_UTF8_CHAR_MAX]; /* a chunk that lay in text */
    uint64_t deadline_ms;
    uint64_t last_moved_ms; /* when a byte went either way; idle time-out */
    int http_status;
    char content_type[DX_CONTENT_TYPE_SIZE];
    size_t buffer_size;
    uint8_t buffer[];
};

/* Read once into the buffer, which must be empty; input is what came. */
enum dx_io dx_stream_read(struct dexec_stream *stream);

/* Write without waiting, as the link does. */
enum dx_io dx_stream_send(struct dexec_stream *stream, struct dx_view bytes,
                          size_t *out_len);

/* Turn bytes that are there into chunks, the end or an error. */
void dx_stream_advance(struct dexec_stream *stream);

/* No more of it: @rc is DEXEC_OK, or what broken holds. */
void dx_stream_settle(struct dexec_stream *stream, enum dexec_code rc);

/*
 * Do what can be done without waiting. Returns false when nothing moved, so
 * that there is something to wait for.
 */
bool dx_stream_step(struct dexec_stream *stream);

/*
 * Wait, by the stream's deadlines, for what is wanted. Returns DEXEC_OK or
 * DEXEC_E_TIMEOUT; one that is final has broken the stream.
 */
enum dexec_code dx_stream_pause(struct dexec_stream *stream, unsigned wanted,
                                struct dexec_error *err);

/* dexec_start() whose answer has come by @deadline_ms. */
enum dexec_code dx_stream_start(struct dexec_client *client, const char *id,
                                const struct dexec_start_options *options,
                                uint64_t deadline_ms,
                                struct dexec_stream **out_stream,
                                struct dexec_error *err);

#endif
