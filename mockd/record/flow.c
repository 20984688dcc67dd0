/* SPDX-License-Identifier: MIT */
/* flow.c - the events of one stream, on their way to the recording. */
#include "flow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redact.h"

enum what { DATA, OVER, RESIZE };

struct md_rec_waiting {
    struct md_rec_waiting *next;
    enum what what;
    enum md_rec_side from;
    bool is_reset;
    unsigned columns;
    unsigned rows;
    uint64_t now_us;
    uint64_t off; /* of data, in its side */
    size_t len;
    uint8_t data[];
};

void md_rec_flow_begin(struct md_rec_flow *flow, struct md_rec *rec,
                       bool is_mixed, uint64_t now_us)
{
    *flow = (struct md_rec_flow){.rec = rec};
    flow->sides[MD_REC_ENGINE].is_mixed = is_mixed;
    flow->end = &flow->first;
    md_rec_cast_stream(&rec->cast, &flow->stream, now_us);
}

/* ---- looking for secrets ---- */

static void place_span(const struct md_rec_span *span,
                       const struct md_rec_spans *places,
                       struct md_rec_spans *out)
{
    uint64_t at = 0; /* of the place, in the lane */

    for (size_t i = 0; i < places->count; i++) {
        const struct md_rec_span *place = &places->items[i];
        uint64_t from = span->off > at ? span->off : at;
        uint64_t to = span->off + span->len < at + place->len
                          ? span->off + span->len
                          : at + place->len;

        if (from < to) {
            md_rec_spans_add(out, place->off + (from - at), to - from,
                             span->id);
        }
        at += place->len;
    }
}

/* Spans of a lane count from the front of its held bytes; find out where in
 * the side they stand. */
static void place_spans(const struct md_rec_spans *found,
                        const struct md_rec_spans *places,
                        struct md_rec_spans *out)
{
    for (size_t i = 0; i < found->count; i++) {
        place_span(&found->items[i], places, out);
    }
    out->failed = out->failed || found->failed || places->failed;
}

/* The first @len bytes of the lane are not held any longer. */
static void drop_places(struct md_rec_spans *places, uint64_t len)
{
    size_t gone = 0;

    while (gone < places->count && places->items[gone].len <= len) {
        len -= places->items[gone].len;
        gone++;
    }
    if (gone < places->count) {
        places->items[gone].off += len;
        places->items[gone].len -= len;
    }
    places->count -= gone;
    if (places->count > 0) {
        memmove(places->items, places->items + gone,
                places->count * sizeof(*places->items));
    }
}

static void feed_lane(struct md_rec_flow *flow, struct md_rec_flow_side *side,
                      size_t lane, struct md_rec_view piece, bool is_end)
{
    struct md_rec_spans found = {0};
    size_t decided = 0;

    if (piece.len > 0) {
        md_rec_spans_add(&side->places[lane], side->off, piece.len, 0);
    }
    decided = md_rec_lane_feed(&side->lanes[lane], flow->rec->secrets, piece,
                               is_end, &found);
    place_spans(&found, &side->places[lane], &side->spans);
    drop_places(&side->places[lane], decided);
    md_rec_spans_release(&found);
    side->off += piece.len;
}

/* A frame's header is complete: whose bytes follow? What is no header tells
 * that these are no frames. */
static void begin_frame(struct md_rec_flow_side *side)
{
    const uint8_t *at = side->header;

    side->header_len = 0;
    if (at[0] >= MD_REC_FLOW_LANES) {
        side->lane = 0;
        side->is_mixed = at[0] == MD_REC_FLOW_LANES; /* the engine's errors */
    } else {
        side->lane = at[0];
    }
    side->frame_left = (uint64_t)at[4] << 24 | (uint64_t)at[5] << 16 |
                       (uint64_t)at[6] << 8 | (uint64_t)at[7];
}

static void take_header(struct md_rec_flow_side *side, struct md_rec_view *in)
{
    side->header[side->header_len++] = in->data[0];
    side->off++;
    in->data++;
    in->len--;
    if (side->header_len == sizeof(side->header)) {
        begin_frame(side);
    }
}

static void look_through(struct md_rec_flow *flow, enum md_rec_side from,
                         struct md_rec_view in)
{
    struct md_rec_flow_side *side = &flow->sides[from];

    while (in.len > 0) {
        struct md_rec_view piece = in;

        if (side->is_mixed && side->frame_left == 0) {
            take_header(side, &in);
            continue;
        }
        if (side->is_mixed && piece.len > side->frame_left) {
            piece.len = (size_t)side->frame_left;
        }
        feed_lane(flow, side, side->lane, piece, false);
        side->frame_left -= side->is_mixed ? piece.len : 0;
        in.data += piece.len;
        in.len -= piece.len;
    }
}

/* Nothing more comes, or is waited for: decide what is held. */
static void decide(struct md_rec_flow *flow, enum md_rec_side from)
{
    for (size_t i = 0; i < MD_REC_FLOW_LANES; i++) {
        feed_lane(flow, &flow->sides[from], i, (struct md_rec_view){0}, true);
    }
}

/* Of this side everything before that offset is decided. */
static uint64_t decided_to(const struct md_rec_flow_side *side)
{
    uint64_t to = side->off;

    for (size_t i = 0; i < MD_REC_FLOW_LANES; i++) {
        if (side->places[i].count > 0 && side->places[i].items[0].off < to) {
            to = side->places[i].items[0].off;
        }
    }
    return to;
}

/* ---- events ---- */

/* Forget the spans before @off. */
static void drop_spans(struct md_rec_spans *spans, uint64_t off)
{
    size_t kept = 0;

    for (size_t i = 0; i < spans->count; i++) {
        if (spans->items[i].off + spans->items[i].len > off) {
            spans->items[kept++] = spans->items[i];
        }
    }
    spans->count = kept;
}

static void write_data(struct md_rec_flow *flow, struct md_rec_waiting *event)
{
    struct md_rec_flow_side *side = &flow->sides[event->from];
    struct md_rec_view data = {.data = event->data, .len = event->len};
    char where[64];

    if (side->spans.count > 0) {
        (void)snprintf(where, sizeof(where), "s%u, from the %s,",
                       flow->stream.number,
                       event->from == MD_REC_ENGINE ? "engine" : "client");
        md_rec_redact_piece(flow->rec, &side->spans, event->data, event->off,
                            event->len, where);
        drop_spans(&side->spans, event->off + event->len);
    }
    md_rec_cast_data(&flow->rec->cast, &flow->stream, event->from, data,
                     event->now_us);
}

static void write_event(struct md_rec_flow *flow, struct md_rec_waiting *event)
{
    struct md_rec_cast *cast = &flow->rec->cast;

    switch (event->what) {
    case DATA:
        write_data(flow, event);
        break;
    case OVER:
        md_rec_cast_over(cast, &flow->stream, event->from, event->is_reset,
                         event->now_us);
        break;
    case RESIZE:
        md_rec_cast_resize(cast, &flow->stream, event->columns, event->rows,
                           event->now_us);
        break;
    }
}

static bool is_decided(const struct md_rec_flow *flow,
                       const struct md_rec_waiting *event)
{
    return event->what != DATA ||
           event->off + event->len <= decided_to(&flow->sides[event->from]);
}

static void pop(struct md_rec_flow *flow)
{
    struct md_rec_waiting *event = flow->first;

    flow->first = event->next;
    if (flow->first == NULL) {
        flow->end = &flow->first;
    }
    flow->held_len -= event->len;
    write_event(flow, event);
    free(event);
}

static void write_decided(struct md_rec_flow *flow)
{
    for (int side = MD_REC_CLIENT; side <= MD_REC_ENGINE; side++) {
        if (flow->sides[side].spans.failed ||
            md_rec_secrets_is_full(flow->rec->secrets)) {
            md_rec_cast_fail(&flow->rec->cast,
                             "there are more than %d secrets in one recording, "
                             "or no memory: record in parts",
                             MD_REC_SECRETS_MAX);
        }
    }
    while (flow->first != NULL && is_decided(flow, flow->first)) {
        pop(flow);
    }
}

static void push(struct md_rec_flow *flow, struct md_rec_waiting *event)
{
    *flow->end = event;
    flow->end = &event->next;
    flow->held_len += event->len;
    if (flow->held_len > MD_REC_FLOW_HELD_MAX) {
        decide(flow, MD_REC_CLIENT);
        decide(flow, MD_REC_ENGINE);
    }
    write_decided(flow);
}

static struct md_rec_waiting *
new_event(struct md_rec_flow *flow, enum what what, uint64_t now_us, size_t len)
{
    struct md_rec_waiting *event = malloc(sizeof(*event) + len);

    if (event == NULL) {
        md_rec_cast_fail(&flow->rec->cast, "write an event: %s",
                         strerror(ENOMEM));
        return NULL;
    }
    *event =
        (struct md_rec_waiting){.what = what, .now_us = now_us, .len = len};
    return event;
}

void md_rec_flow_data(struct md_rec_flow *flow, enum md_rec_side from,
                      struct md_rec_view data, uint64_t now_us)
{
    struct md_rec_waiting *event = NULL;

    if (flow->rec->secrets == NULL) {
        md_rec_cast_data(&flow->rec->cast, &flow->stream, from, data, now_us);
        return;
    }
    event = new_event(flow, DATA, now_us, data.len);
    if (event != NULL) {
        event->from = from;
        event->off = flow->sides[from].off;
        memcpy(event->data, data.data, data.len);
        look_through(flow, from, data);
        push(flow, event);
    }
}

void md_rec_flow_over(struct md_rec_flow *flow, enum md_rec_side from,
                      bool is_reset, uint64_t now_us)
{
    struct md_rec_waiting *event = NULL;

    if (flow->rec->secrets == NULL) {
        md_rec_cast_over(&flow->rec->cast, &flow->stream, from, is_reset,
                         now_us);
        return;
    }
    event = new_event(flow, OVER, now_us, 0);
    if (event != NULL) {
        event->from = from;
        event->is_reset = is_reset;
        decide(flow, from);
        push(flow, event);
    }
}

void md_rec_flow_resize(struct md_rec_flow *flow, unsigned columns,
                        unsigned rows, uint64_t now_us)
{
    struct md_rec_waiting *event = NULL;

    if (flow->rec->secrets == NULL) {
        md_rec_cast_resize(&flow->rec->cast, &flow->stream, columns, rows,
                           now_us);
        return;
    }
    event = new_event(flow, RESIZE, now_us, 0);
    if (event != NULL) {
        event->columns = columns;
        event->rows = rows;
        push(flow, event);
    }
}

static void release_side(struct md_rec_flow_side *side)
{
    for (size_t i = 0; i < MD_REC_FLOW_LANES; i++) {
        md_rec_lane_release(&side->lanes[i]);
        md_rec_spans_release(&side->places[i]);
    }
    md_rec_spans_release(&side->spans);
}

void md_rec_flow_end(struct md_rec_flow *flow)
{
    if (flow->rec == NULL) {
        return;
    }
    if (flow->rec->secrets != NULL) {
        decide(flow, MD_REC_CLIENT);
        decide(flow, MD_REC_ENGINE);
        write_decided(flow);
    }
    while (flow->first != NULL) {
        struct md_rec_waiting *gone = flow->first; /* memory failed */

        flow->first = gone->next;
        free(gone);
    }
    release_side(&flow->sides[MD_REC_CLIENT]);
    release_side(&flow->sides[MD_REC_ENGINE]);
    md_rec_cast_stream_release(&flow->stream);
    *flow = (struct md_rec_flow){0};
}
