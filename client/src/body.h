/* SPDX-License-Identifier: MIT */
/* body.h - where the body behind a response head ends, and what is in it. */
#ifndef DX_BODY_H
#define DX_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include <dexec/error.h>

#include "chunked.h"
#include "http_head.h"
#include "view.h"

enum dx_body_form {
    DX_BODY_TO_CLOSE, /* until the connection ends */
    DX_BODY_SIZED,    /* Content-Length */
    DX_BODY_CHUNKED
};

struct dx_body {
    enum dx_body_form form;
    uint64_t size; /* bytes, DX_BODY_SIZED */
    uint64_t left;
    struct dx_chunked chunked;
};

/* Choose the form as RFC 9112 (6.3) does; behind a 101 it is never an HTTP
 * body, behind a 204 or 304 always an empty one, whatever the head says. */
void dx_body_init(struct dx_body *body, const struct dx_http_head *head);

/*
 * Take bytes off the front of @in until content is ready or @in is empty or
 * the body is over.
 *
 * @out_data  set on DEXEC_OK only; a view into @in; len 0 = feed me more, or
 *            it is over
 *
 * Returns DEXEC_OK or DEXEC_E_PROTOCOL, as dx_chunked_next().
 */
enum dexec_code dx_body_next(struct dx_body *body, struct dx_view *in,
                             struct dx_view *out_data, struct dexec_error *err);

/* Is it known that nothing more belongs to the body? */
bool dx_body_is_over(const struct dx_body *body);

/*
 * Declare the connection's end. Returns DEXEC_OK, or DEXEC_E_CLOSED when the
 * body promised more.
 */
enum dexec_code dx_body_finish(const struct dx_body *body,
                               struct dexec_error *err);

#endif
