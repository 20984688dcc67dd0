/* SPDX-License-Identifier: MIT */
/*
 * flow.h - the events of one stream, on their way to the recording.
 *
 * They pass at once, unless bytes among them may be the front of a secret
 * whose rest is still to come. Then they wait, and those after them, so that
 * their order stays. The peers do not wait: they had these bytes before.
 */
#ifndef MD_REC_FLOW_H
#define MD_REC_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "cast.h"
#include "recorder.h"
#include "secrets.h"

/* Bytes of events that wait in one stream. With more than that between them,
 * the two pieces of a secret are not known as one. */
#define MD_REC_FLOW_HELD_MAX ((size_t)1024 * 1024)

#define MD_REC_FLOW_LANES 3 /* the streams of a multiplexed one: 0, 1, 2 */

struct md_rec_waiting; /* an event */

/* The bytes of one side. */
struct md_rec_flow_side {
    uint64_t off;  /* of the next byte to come */
    bool is_mixed; /* it has frames */
    uint8_t header[8];
    size_t header_len;
    uint64_t frame_left;
    size_t lane; /* whose frame it is */
    struct md_rec_lane lanes[MD_REC_FLOW_LANES];
    /* Where a lane's held bytes stand in this side, in order: pieces. */
    struct md_rec_spans places[MD_REC_FLOW_LANES];
    struct md_rec_spans spans; /* found, and not yet replaced */
};

struct md_rec_flow {
    struct md_rec *rec; /* borrowed */
    struct md_rec_stream stream;
    struct md_rec_flow_side sides[2];
    struct md_rec_waiting *first;
    struct md_rec_waiting **end;
    size_t held_len;
};

/* Begin a stream whose request was complete at @now_us. @is_mixed: the exec
 * has no terminal, so the engine's bytes are frames. Do not move @flow. */
void md_rec_flow_begin(struct md_rec_flow *flow, struct md_rec *rec,
                       bool is_mixed, uint64_t now_us);

/* Write what waits, and release it. Zero is released. */
void md_rec_flow_end(struct md_rec_flow *flow);

/* The events; see md_rec_cast_data() and its neighbours. */
void md_rec_flow_data(struct md_rec_flow *flow, enum md_rec_side from,
                      struct md_rec_view data, uint64_t now_us);
void md_rec_flow_over(struct md_rec_flow *flow, enum md_rec_side from,
                      bool is_reset, uint64_t now_us);
void md_rec_flow_resize(struct md_rec_flow *flow, unsigned columns,
                        unsigned rows, uint64_t now_us);

#endif
