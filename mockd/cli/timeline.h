/* SPDX-License-Identifier: MIT */
/*
 * timeline.h - what happened on a stream, in both directions, one item after
 * the other: segments, the frames in them, ends and resizes; of a script its
 * steps.
 */
#ifndef MD_TIMELINE_H
#define MD_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "source.h"

enum md_item_kind {
    MD_ITEM_HEAD = 0, /* the stream's head */
    MD_ITEM_SEGMENT,  /* bytes; its contents are the items after it */
    MD_ITEM_FRAME,    /* a piece of a frame, from the engine */
    MD_ITEM_RAW,      /* bytes that are not framed */
    MD_ITEM_END,      /* that side closed */
    MD_ITEM_RESET,    /* that side reset the connection */
    MD_ITEM_RESIZE,
    MD_ITEM_STEP /* of a script; all but a head with lines */
};

/* Everything is borrowed for the length of the call. */
struct md_item {
    enum md_item_kind kind;
    uint32_t line;
    bool has_time; /* not in a script */
    uint64_t us;   /* since the end of the request */
    bool is_client;
    bool is_free;          /* a gate that does not wait */
    uint32_t number;       /* SEGMENT: from 1, each direction by itself */
    uint64_t offset;       /* SEGMENT, RAW: in the bytes of its direction */
    size_t len;            /* SEGMENT, RAW, STEP: bytes */
    const uint8_t *bytes;  /* RAW, STEP; NULL = it has none that are written */
    struct md_frame frame; /* FRAME */
    const char *size;      /* RESIZE: "80x24" */
    const struct md_event *event; /* STEP */
    int status;                   /* STEP: of a usual head, 0 = as asked for */
};

typedef void (*md_item_fn)(void *user, const struct md_item *item);

/*
 * Call @on_item for each item of @stream.
 *
 * @is_framed  see md_stream_is_framed()
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (a sidecar cannot be read, memory).
 */
enum mockd_code md_timeline_walk(const struct md_side *side,
                                 const struct md_stream *stream, bool is_framed,
                                 md_item_fn on_item, void *user,
                                 struct mockd_error *err);

/* Is it something that the client does? */
bool md_event_is_client(enum md_event_code code);

/* The stream that is named first after @stream, or NULL; NULL = the first. */
const struct md_stream *md_stream_next(const struct md_fixture *fixture,
                                       const struct md_stream *stream);

/* The rule that has the stream as its answer, or NULL. */
const struct md_rule *md_stream_start(const struct md_fixture *fixture,
                                      const struct md_stream *stream);

/*
 * Are the engine's bytes of a recording framed? The head's type says so, or
 * else the create, or else the start: whatever knows of a terminal.
 */
bool md_stream_is_framed(const struct md_fixture *fixture,
                         const struct md_stream *stream);

#endif
