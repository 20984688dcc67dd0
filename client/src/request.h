/* SPDX-License-Identifier: MIT */
/* request.h - a request with its headers, and the bytes it is on the wire. */
#ifndef DX_REQUEST_H
#define DX_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include <dexec/client.h>

#include "buf.h"
#include "view.h"

/* Zero is a valid state for dx_request_release(). */
struct dexec_request {
    const char *method;   /* "GET" or "POST" */
    const char *path;     /* percent-encoded, with its query; borrowed */
    struct dx_buf fields; /* NAME NUL VALUE NUL, for each header */
};

/* What a client puts on each of its requests; borrowed. */
struct dx_request_habits {
    const char *host;       /* of the Host header */
    const char *user_agent; /* without control characters */
    dexec_request_fn on_request;
    void *on_request_user;
};

/* @method and @path are borrowed for the request's life. */
void dx_request_init(struct dexec_request *request, const struct dx_mem *mem,
                     const char *method, const char *path);

/*
 * Set the headers that every request has, then let the caller's hook change
 * them.
 *
 * @has_json  a Content-Type too
 *
 * Returns DEXEC_OK, DEXEC_E_STOPPED (the hook refused) or DEXEC_E_NOMEM.
 */
enum dexec_code dx_request_fill(struct dexec_request *request,
                                const struct dx_request_habits *habits,
                                bool has_json, struct dexec_error *err);

/*
 * Look at the headers one by one, in the order in which they were set.
 *
 * @at  0 to begin; moved on
 *
 * Returns false when there is no further one.
 */
bool dx_request_next_field(const struct dexec_request *request, size_t *at,
                           const char **out_name, const char **out_value);

/*
 * Write the whole request to @buf, with @body, which is JSON.
 *
 * @upgrade  ask for 101; Podman (up to 5.8) upgrades only for exactly
 *           "Connection: Upgrade"
 *
 * Returns DEXEC_OK or DEXEC_E_NOMEM.
 */
enum dexec_code dx_request_write(const struct dexec_request *request,
                                 bool upgrade, struct dx_view body,
                                 struct dx_buf *buf, struct dexec_error *err);

void dx_request_release(struct dexec_request *request);

#endif
