/* SPDX-License-Identifier: MIT */
#include "link_call.h"

#include <stdbool.h>

#include <dexec/stream.h>

#include "body.h"
#include "cleanup.h"
#include "fail.h"
#include "http_head.h"
#include "limits.h"

#define READ_SIZE 4096 /* bytes; most answers fit */

struct call {
    struct dx_link *link;
    const struct dx_transport_config *config;
    uint64_t deadline_ms;
    struct dx_head_reader head;
    bool head_is_whole;
    struct dx_body coding;
    struct dx_buf *body;
};

static int status_of(const struct call *call)
{
    return call->head_is_whole ? call->head.head.status : 0;
}

/* Returns false when the deadline has passed. */
static bool wait_for(const struct call *call, unsigned wanted)
{
    int left = dx_clock_left(call->config->clock, call->deadline_ms);
    unsigned ready = 0;

    if (left == 0) {
        return false;
    }
    (void)call->link->ops->wait(call->link, wanted, left, &ready);
    return true;
}

static enum dexec_code fail_late(const struct call *call,
                                 struct dexec_error *err)
{
    return dx_fail(err, DEXEC_E_TIMEOUT, status_of(call),
                   call->head.received == 0
                       ? "no answer in time"
                       : "the answer was not complete in time");
}

static enum dexec_code fail_lost(const struct call *call, enum dx_io io,
                                 struct dexec_error *err)
{
    const char *words = call->link->ops->words(call->link);
    const char *where = "inside its answer";

    if (call->head.received == 0) {
        where = "before it answered";
    } else if (!call->head_is_whole) {
        where = "inside its response head";
    }
    return dx_fail(err, io == DX_IO_END ? DEXEC_E_CLOSED : DEXEC_E_RESET,
                   status_of(call), "the daemon %s the connection %s%s%s",
                   io == DX_IO_END ? "closed" : "reset", where,
                   words[0] == '\0' ? "" : ": ", words);
}

/* A daemon that refuses early may close while we still write: what it said is
 * then read all the same, so a reset is no error here. */
static enum dexec_code send_all(const struct call *call, struct dx_view request,
                                struct dexec_error *err)
{
    enum dx_io io = DX_IO_OK;

    if (call->config->tracer->call != NULL) {
        dx_trace_plain(call->config->tracer, DEXEC_TRACE_SENT, request);
    }
    while (request.len > 0 && io != DX_IO_RESET) {
        size_t len = 0;

        io =
            call->link->ops->write(call->link, request.data, request.len, &len);
        if (io == DX_IO_OK) {
            (void)dx_view_take(&request, len);
        } else if (io == DX_IO_AGAIN && !wait_for(call, DEXEC_WRITABLE)) {
            return fail_late(call, err);
        }
    }
    return DEXEC_OK;
}

static enum dexec_code take_body(struct call *call, struct dx_view in,
                                 struct dexec_error *err)
{
    struct dx_view data = {0};
    enum dexec_code rc = DEXEC_OK;

    do {
        rc = dx_body_next(&call->coding, &in, &data, err);
        if (rc != DEXEC_OK) {
            return rc;
        }
        rc = dx_buf_append(call->body, data.data, data.len);
    } while (rc == DEXEC_OK && data.len > 0);
    if (rc == DEXEC_E_INVALID) {
        return dx_fail(err, DEXEC_E_PROTOCOL, status_of(call),
                       "the answer is longer than %u bytes", DX_ANSWER_MAX);
    }
    return rc == DEXEC_OK ? rc : dx_fail_memory(err);
}

static enum dexec_code take(struct call *call, struct dx_view in,
                            struct dexec_error *err)
{
    enum dexec_code rc = DEXEC_OK;

    if (!call->head_is_whole) {
        rc = dx_head_next(&call->head, &in, &call->head_is_whole, err);
        if (rc == DEXEC_OK && call->head_is_whole) {
            dx_body_init(&call->coding, &call->head.head);
        }
    }
    if (rc != DEXEC_OK || !call->head_is_whole) {
        return rc;
    }
    if (call->head.head.status == 101) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 101,
                       "the daemon switches protocols unasked");
    }
    return take_body(call, in, err);
}

static enum dexec_code receive(struct call *call, struct dexec_error *err)
{
    while (!call->head_is_whole || !dx_body_is_over(&call->coding)) {
        uint8_t bytes[READ_SIZE];
        struct dx_view in = {.data = bytes};
        enum dx_io io =
            call->link->ops->read(call->link, bytes, sizeof(bytes), &in.len);
        enum dexec_code rc = DEXEC_OK;

        if (io == DX_IO_AGAIN) {
            if (!wait_for(call, DEXEC_READABLE)) {
                return fail_late(call, err);
            }
            continue;
        }
        if (io == DX_IO_END && call->head_is_whole &&
            dx_body_finish(&call->coding, NULL) == DEXEC_OK) {
            return DEXEC_OK; /* it had no length */
        }
        if (io != DX_IO_OK) {
            return fail_lost(call, io, err);
        }
        if (call->config->tracer->call != NULL) {
            dx_trace_plain(call->config->tracer, DEXEC_TRACE_RECEIVED, in);
        }
        rc = take(call, in, err);
        if (rc != DEXEC_OK) {
            return rc;
        }
        if (dx_clock_left(call->config->clock, call->deadline_ms) == 0) {
            return fail_late(call, err);
        }
    }
    return DEXEC_OK;
}

enum dexec_code dx_link_call(struct dx_link *link,
                             const struct dx_exchange *exchange,
                             const struct dx_transport_config *config,
                             uint64_t deadline_ms, struct dx_buf *body,
                             int *out_status, struct dexec_error *err)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf request = {0};
    struct call call = {.link = link,
                        .config = config,
                        .deadline_ms = deadline_ms,
                        .body = body};
    enum dexec_code rc = DEXEC_OK;

    dx_buf_init(&request, config->mem, DX_REQUEST_MAX);
    rc = dx_request_write(exchange->request, false, exchange->body, &request,
                          err);
    if (rc == DEXEC_OK) {
        rc = send_all(
            &call, (struct dx_view){.data = request.data, .len = request.len},
            err);
    }
    if (rc == DEXEC_OK) {
        rc = receive(&call, err);
    }
    if (rc == DEXEC_OK) {
        *out_status = status_of(&call);
    }
    return rc;
}
