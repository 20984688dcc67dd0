/* SPDX-License-Identifier: MIT */
/* call.h - one plain request to the daemon, and its answer if it agreed. */
#ifndef DX_CALL_H
#define DX_CALL_H

#include <stdint.h>

#include <dexec/error.h>

#include "client.h"
#include "path.h"
#include "view.h"

struct dx_call {
    const char *method;
    struct dx_path path;    /* its version is the client's */
    const char *fixed_path; /* instead of it; NULL = none */
    struct dx_view body;    /* JSON; may be empty */
    uint64_t deadline_ms;   /* at most; the client's own time-out holds too */
};

/*
 * Send @call and wait for the answer.
 *
 * @out_answer  the caller's, to dx_answer_release()
 *
 * Returns DEXEC_OK for any status of 200 to 299; DEXEC_E_NOT_FOUND, _CONFLICT
 * or _HTTP with the daemon's message for others; what exchange() of
 * transport.h returns; DEXEC_E_INVALID for a name that cannot be one;
 * DEXEC_E_STOPPED when the caller's hook refused.
 */
enum dexec_code dx_call(struct dexec_client *client, const struct dx_call *call,
                        struct dx_answer *out_answer, struct dexec_error *err);

#endif
