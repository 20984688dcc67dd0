/* SPDX-License-Identifier: MIT */
#include "call.h"

#include <string.h>

#include "cleanup.h"
#include "fail.h"
#include "limits.h"
#include "refusal.h"

/* The client's time-out, or what the deadline leaves of it; 0 = none. */
static uint32_t time_left(const struct dexec_client *client,
                          uint64_t deadline_ms)
{
    int left = dx_clock_left(&client->clock, deadline_ms);

    return left < 0 || (uint32_t)left > client->response_timeout_ms
               ? client->response_timeout_ms
               : (uint32_t)left;
}

static enum dexec_code write_path(const struct dexec_client *client,
                                  const struct dx_call *call,
                                  struct dx_buf *path, struct dexec_error *err)
{
    struct dx_path parts = call->path;

    if (call->fixed_path != NULL) {
        return dx_buf_append_text(path, call->fixed_path) == DEXEC_OK
                   ? DEXEC_OK
                   : dx_fail_memory(err);
    }
    parts.version = client->api_version;
    return dx_path_write(&parts, path, err);
}

static enum dexec_code send(struct dexec_client *client,
                            const struct dx_call *call,
                            const struct dexec_request *request,
                            struct dx_answer *out_answer,
                            struct dexec_error *err)
{
    const struct dx_exchange exchange = {
        .request = request,
        .body = call->body,
        .timeout_ms = time_left(client, call->deadline_ms)};

    if (exchange.timeout_ms == 0) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0, "the deadline has passed");
    }
    return client->transport->ops->exchange(client->transport, &exchange,
                                            out_answer, err);
}

enum dexec_code dx_call(struct dexec_client *client, const struct dx_call *call,
                        struct dx_answer *out_answer, struct dexec_error *err)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf path = {0};
    DX_CLEANUP(dx_request_release) struct dexec_request request = {0};
    DX_CLEANUP(dx_answer_release) struct dx_answer answer = {0};
    enum dexec_code rc = DEXEC_OK;

    dx_buf_init(&path, &client->mem, DX_PATH_MAX);
    rc = write_path(client, call, &path, err);
    if (rc == DEXEC_OK) {
        dx_request_init(&request, &client->mem, call->method,
                        dx_buf_text(&path));
        rc = dx_request_fill(&request, &client->habits,
                             strcmp(call->method, "POST") == 0, err);
    }
    if (rc == DEXEC_OK) {
        rc = send(client, call, &request, &answer, err);
    }
    if (rc != DEXEC_OK) {
        return rc;
    }
    if (answer.status < 200 || answer.status > 299) {
        return dx_refusal(answer.status, answer.body, err);
    }
    *out_answer = answer;
    answer = (struct dx_answer){0}; /* the caller's now */
    return DEXEC_OK;
}
