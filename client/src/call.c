/* SPDX-License-Identifier: MIT */
#include "call.h"

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

enum dexec_code dx_call(struct dexec_client *client, const struct dx_call *call,
                        struct dx_view *out_body, struct dexec_error *err)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf path = {0};
    struct dx_path parts = call->path;
    struct dx_exchange exchange = {.method = call->method,
                                   .body = call->body,
                                   .timeout_ms =
                                       time_left(client, call->deadline_ms)};
    struct dx_answer answer = {0};
    enum dexec_code rc = DEXEC_OK;

    if (exchange.timeout_ms == 0) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0, "the deadline has passed");
    }
    dx_buf_init(&path, &client->mem, DX_PATH_MAX);
    parts.version = client->api_version;
    rc = dx_path_write(&parts, &path, err);
    if (rc != DEXEC_OK) {
        return rc;
    }
    exchange.path = dx_buf_text(&path);
    rc = client->transport->ops->exchange(client->transport, &exchange, &answer,
                                          err);
    if (rc != DEXEC_OK) {
        return rc;
    }
    if (answer.status < 200 || answer.status > 299) {
        return dx_refusal(answer.status, answer.body, err);
    }
    *out_body = answer.body;
    return DEXEC_OK;
}
