/* SPDX-License-Identifier: MIT */
/* tap.c - watch one connection of a client with an engine, and record it. */
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "flow.h"
#include "redact.h"

#define SEGMENTS_MAX                                                           \
    ((size_t)512 * 1024) /* text: a 64 KiB head in single bytes */

#define PIECES_MAX 4096 /* of a head; a mock loads no more */

enum mode {
    MODE_HTTP,
    MODE_STREAM,
    MODE_OPAQUE /* passed on without being recorded */
};

/* A segment of the client's that waits for the answer to a start. */
struct held {
    struct held *next;
    uint64_t now_us;
    size_t len;
    uint8_t data[];
};

struct md_rec_tap {
    struct md_rec *rec;
    unsigned number;
    enum mode mode;
    struct md_rec_exchange *first; /* the next answer belongs to it */
    struct md_rec_exchange *last;  /* the client's bytes belong to it */
    size_t waiting;                /* requests in that list */
    bool is_interim;               /* the answer at hand is a 1xx */
    struct md_rec_bytes segments;  /* "128,2": pieces of the answer's head */
    struct held *held;
    struct held **held_end;
    size_t held_len;
    bool is_held_over;        /* the client closed behind them */
    bool is_engine_over;      /* the stream came to its end */
    struct md_rec_exec *exec; /* whose stream this is; borrowed */
    struct md_rec_flow flow;  /* in MODE_STREAM */
    struct md_rec_scan requests;
    struct md_rec_scan answers;
};

static void pop_exchange(struct md_rec_tap *tap)
{
    struct md_rec_exchange *gone = tap->first;

    if (gone == NULL) {
        return;
    }
    tap->first = gone->next;
    if (tap->first == NULL) {
        tap->last = NULL;
    }
    tap->waiting--;
    md_rec_exchange_free(gone);
}

static void drop_held(struct md_rec_tap *tap)
{
    while (tap->held != NULL) {
        struct held *gone = tap->held;

        tap->held = gone->next;
        free(gone);
    }
    tap->held_end = &tap->held;
    tap->held_len = 0;
}

struct md_rec_tap *md_rec_tap_new(struct md_rec *rec)
{
    struct md_rec_tap *tap = calloc(1, sizeof(*tap));

    if (tap == NULL) {
        return NULL;
    }
    tap->rec = rec;
    tap->number = ++rec->connections;
    tap->segments = md_rec_bytes_new(SEGMENTS_MAX);
    tap->held_end = &tap->held;
    tap->requests.kind = MD_REC_SCAN_REQUEST;
    tap->answers.kind = MD_REC_SCAN_RESPONSE;
    return tap;
}

/* The stream no longer tells how its exec is doing. */
static void leave_exec(struct md_rec_tap *tap, bool has_exited)
{
    if (tap->exec == NULL) {
        return;
    }
    if (has_exited) {
        tap->exec->phase = MD_REC_PHASE_EXITED;
    } else {
        tap->exec->is_polled = true;
    }
    tap->exec->flow = NULL;
    tap->exec = NULL;
}

void md_rec_tap_free(struct md_rec_tap *tap)
{
    unsigned number = 0;

    if (tap == NULL) {
        return;
    }
    if (tap->mode == MODE_STREAM) {
        leave_exec(tap, false);
        number = tap->flow.stream.number;
        md_rec_flow_end(&tap->flow);
        if (!tap->is_engine_over) {
            md_rec_cast_note(&tap->rec->cast,
                             "s%u: the engine had not ended it", number);
        }
    }
    while (tap->first != NULL) {
        pop_exchange(tap);
    }
    drop_held(tap);
    md_rec_bytes_release(&tap->segments);
    free(tap);
}

static const char *current_on(const struct md_rec_tap *tap)
{
    bool is_known = tap->first != NULL && tap->first->target.on != NULL;

    return is_known ? tap->first->target.on : "no request";
}

void md_rec_tap_give_up(struct md_rec_tap *tap, const char *why)
{
    if (tap == NULL || tap->mode != MODE_HTTP) {
        return;
    }
    md_rec_cast_note(&tap->rec->cast,
                     "connection %u, at %.200s: %s; from here on it is not "
                     "recorded",
                     tap->number, current_on(tap), why);
    tap->mode = MODE_OPAQUE;
    while (tap->first != NULL) {
        pop_exchange(tap);
    }
    drop_held(tap);
}

/* Is the client's next byte one of a stream, or of a request? The answer to
 * the start before it will tell. */
static bool must_hold(const struct md_rec_tap *tap)
{
    return tap->last != NULL && tap->last->is_request_done &&
           tap->last->target.call == MD_REC_CALL_START;
}

static void hold(struct md_rec_tap *tap, struct md_rec_view in, uint64_t now_us)
{
    struct held *held = NULL;

    if (in.len > MD_REC_HELD_MAX - tap->held_len) {
        md_rec_tap_give_up(tap, "more than 1 MiB from the client before the "
                                "answer to the start");
        return;
    }
    held = malloc(sizeof(*held) + in.len);
    if (held == NULL) {
        md_rec_tap_give_up(tap, "no memory");
        return;
    }
    *held = (struct held){.now_us = now_us, .len = in.len};
    memcpy(held->data, in.data, in.len);
    *tap->held_end = held;
    tap->held_end = &held->next;
    tap->held_len += in.len;
}

static void push_exchange(struct md_rec_tap *tap)
{
    struct md_rec_exchange *exchange = NULL;

    if (tap->waiting == MD_REC_PIPELINE_MAX) {
        md_rec_tap_give_up(tap, "more than 64 requests without an answer");
        return;
    }
    exchange = md_rec_exchange_new(&tap->requests);
    if (exchange == NULL) {
        md_rec_tap_give_up(tap, "no memory");
        return;
    }
    if (tap->last != NULL) {
        tap->last->next = exchange;
    } else {
        tap->first = exchange;
    }
    tap->last = exchange;
    tap->waiting++;
}

/* One event of the client's; false = nothing more to do. */
static bool take_request(struct md_rec_tap *tap, struct md_rec_view *in,
                         uint64_t now_us)
{
    struct md_rec_view body = {0};

    switch (md_rec_scan_next(&tap->requests, in, &body)) {
    case MD_REC_SCAN_MORE:
        return false;
    case MD_REC_SCAN_HEAD:
        md_rec_redact_request(tap->rec, &tap->requests);
        push_exchange(tap);
        return true;
    case MD_REC_SCAN_BODY:
        md_rec_bytes_add(&tap->last->body, body.data, body.len);
        return true;
    case MD_REC_SCAN_END:
        md_rec_exchange_requested(tap->last, tap->rec, now_us);
        return true;
    case MD_REC_SCAN_BAD:
        md_rec_tap_give_up(tap, tap->requests.problem);
        return false;
    }
    return false;
}

static void feed_requests(struct md_rec_tap *tap, struct md_rec_view in,
                          uint64_t now_us)
{
    bool more = true;

    while (more && tap->mode == MODE_HTTP && !must_hold(tap)) {
        more = take_request(tap, &in, now_us);
    }
    if (tap->mode == MODE_HTTP && must_hold(tap) && in.len > 0) {
        hold(tap, in, now_us);
    }
}

/* The start was answered like any request: what was held is requests. */
static void feed_held(struct md_rec_tap *tap)
{
    struct held *held = tap->held;

    tap->held = NULL;
    drop_held(tap);
    while (held != NULL) {
        struct held *next = held->next;

        feed_requests(
            tap, (struct md_rec_view){.data = held->data, .len = held->len},
            held->now_us);
        free(held);
        held = next;
    }
}

static void record_held(struct md_rec_tap *tap, uint64_t now_us)
{
    for (struct held *held = tap->held; held != NULL; held = held->next) {
        md_rec_flow_data(
            &tap->flow, MD_REC_CLIENT,
            (struct md_rec_view){.data = held->data, .len = held->len}, now_us);
    }
    drop_held(tap);
    if (tap->is_held_over) {
        md_rec_flow_over(&tap->flow, MD_REC_CLIENT, false, now_us);
    }
}

static size_t count_segments(const struct md_rec_tap *tap)
{
    size_t count = tap->segments.len > 0;

    for (size_t i = 0; i < tap->segments.len; i++) {
        count += tap->segments.data[i] == ',';
    }
    return count;
}

/* Why a stream cannot be recorded; NULL = it can. */
static const char *stream_problem(const struct md_rec_tap *tap)
{
    if (tap->first->problem != NULL) {
        return tap->first->problem;
    }
    if (tap->first->exec == NULL) {
        return "its exec was made before the recording began";
    }
    if (!tap->first->is_request_done) {
        return "the answer came before the request was complete";
    }
    if (count_segments(tap) > PIECES_MAX) {
        return "the head of its answer came in more than 4096 pieces";
    }
    return md_rec_cast_holds(&tap->answers) ? NULL : MD_REC_HEAD_PROBLEM;
}

/* @rest  what came behind the head in its last segment */
static void become_stream(struct md_rec_tap *tap, struct md_rec_view rest,
                          uint64_t now_us)
{
    struct md_rec_flow *flow = &tap->flow;
    const char *problem = stream_problem(tap);

    if (problem != NULL) {
        md_rec_tap_give_up(tap, problem);
        return;
    }
    tap->mode = MODE_STREAM;
    tap->exec = tap->first->exec;
    tap->exec->flow = flow;
    tap->exec->is_polled = false;
    md_rec_flow_begin(flow, tap->rec, !tap->exec->has_terminal,
                      tap->first->done_us);
    md_rec_exchange_stream(tap->first, tap->rec, flow->stream.number);
    pop_exchange(tap);
    md_rec_cast_head(&tap->rec->cast, &flow->stream, &tap->answers,
                     &tap->segments, rest.len > 0, now_us);
    if (rest.len > 0) {
        md_rec_flow_data(flow, MD_REC_ENGINE, rest, now_us);
    }
    /* Behind what the engine sent with its head, as that did not wait for
     * them, and a joined head must be followed by its bytes. */
    record_held(tap, now_us);
}

static void take_head(struct md_rec_tap *tap, struct md_rec_view rest,
                      uint64_t now_us)
{
    const struct md_rec_scan *scan = &tap->answers;

    md_rec_redact_answer(tap->rec, &tap->answers, current_on(tap));
    if (tap->first == NULL) {
        md_rec_tap_give_up(tap, "an answer that nobody asked for");
    } else if (scan->status < 200 && scan->status != 101) {
        tap->is_interim = true;
        md_rec_cast_note(&tap->rec->cast, "interim answer %d to %.200s",
                         scan->status, current_on(tap));
    } else if (md_rec_exchange_is_stream(tap->first, scan)) {
        become_stream(tap, rest, now_us);
    } else if (scan->status == 101) {
        md_rec_tap_give_up(tap, "it was upgraded to something else than an "
                                "exec's stream");
    } else {
        md_rec_exchange_answered(tap->first, scan);
        if (tap->first->is_head) {
            md_rec_scan_without_body(&tap->answers);
        }
    }
}

static void take_end(struct md_rec_tap *tap, uint64_t now_us)
{
    bool was_start = must_hold(tap) && tap->first == tap->last;
    bool was_early = false;

    md_rec_bytes_release(&tap->segments);
    if (tap->is_interim) {
        tap->is_interim = false;
        return;
    }
    was_early = !tap->first->is_request_done;
    md_rec_exchange_finish(tap->first, tap->rec, now_us);
    if (was_early) {
        md_rec_tap_give_up(tap, "the answer came before the request was "
                                "complete");
        return;
    }
    pop_exchange(tap);
    if (was_start) {
        feed_held(tap);
    }
}

static void add_segment(struct md_rec_tap *tap, size_t len)
{
    if (len > 0) {
        md_rec_bytes_print(&tap->segments, "%s%zu",
                           tap->segments.len > 0 ? "," : "", len);
    }
}

/* One event of the engine's; false = nothing more to do. */
static bool take_answer(struct md_rec_tap *tap, struct md_rec_view *in,
                        uint64_t now_us)
{
    bool was_head = tap->answers.state == MD_REC_STATE_HEAD;
    size_t before = in->len;
    struct md_rec_view body = {0};
    enum md_rec_scan_event event = md_rec_scan_next(&tap->answers, in, &body);

    if (was_head) {
        add_segment(tap, before - in->len);
    }
    switch (event) {
    case MD_REC_SCAN_MORE:
        return false;
    case MD_REC_SCAN_HEAD:
        take_head(tap, *in, now_us);
        return true;
    case MD_REC_SCAN_BODY:
        md_rec_bytes_add(&tap->first->answer, body.data, body.len);
        return true;
    case MD_REC_SCAN_END:
        take_end(tap, now_us);
        return true;
    case MD_REC_SCAN_BAD:
        md_rec_tap_give_up(tap, tap->answers.problem);
        return false;
    }
    return false;
}

static void feed_answers(struct md_rec_tap *tap, struct md_rec_view in,
                         uint64_t now_us)
{
    bool more = true;

    while (more && tap->mode == MODE_HTTP) {
        more = take_answer(tap, &in, now_us);
    }
}

void md_rec_tap_data(struct md_rec_tap *tap, enum md_rec_side from,
                     struct md_rec_view data, uint64_t now_us)
{
    if (tap == NULL || tap->mode == MODE_OPAQUE) {
        return;
    }
    if (tap->mode == MODE_STREAM) {
        md_rec_flow_data(&tap->flow, from, data, now_us);
    } else if (from == MD_REC_CLIENT) {
        feed_requests(tap, data, now_us);
    } else {
        feed_answers(tap, data, now_us);
    }
}

/* A side closed while the connection was HTTP. */
static void http_over(struct md_rec_tap *tap, enum md_rec_side from,
                      uint64_t now_us)
{
    struct md_rec_scan *scan =
        from == MD_REC_CLIENT ? &tap->requests : &tap->answers;

    if (from == MD_REC_CLIENT && must_hold(tap)) {
        tap->is_held_over = true;
        return;
    }
    switch (md_rec_scan_finish(scan)) {
    case MD_REC_SCAN_END:
        if (from == MD_REC_ENGINE && tap->first != NULL) {
            take_end(tap, now_us);
        }
        break;
    case MD_REC_SCAN_BAD:
        md_rec_tap_give_up(tap, scan->problem);
        break;
    case MD_REC_SCAN_MORE:
    case MD_REC_SCAN_HEAD:
    case MD_REC_SCAN_BODY:
        break;
    }
}

void md_rec_tap_over(struct md_rec_tap *tap, enum md_rec_side from,
                     bool is_reset, uint64_t now_us)
{
    if (tap == NULL || tap->mode == MODE_OPAQUE) {
        return;
    }
    if (tap->mode == MODE_HTTP) {
        if (is_reset && tap->first == NULL) {
            return; /* nobody waited for anything */
        }
        if (is_reset) {
            md_rec_tap_give_up(tap, from == MD_REC_CLIENT
                                        ? "the client reset the connection"
                                        : "the engine reset the connection");
        } else {
            http_over(tap, from, now_us);
        }
        return;
    }
    md_rec_flow_over(&tap->flow, from, is_reset, now_us);
    if (from == MD_REC_ENGINE) {
        tap->is_engine_over = true;
        leave_exec(tap, true);
    } else if (is_reset) {
        leave_exec(tap, false);
    }
}
