/* SPDX-License-Identifier: MIT */
/* request.h - the start request of an attached exec, as bytes. */
#ifndef DX_REQUEST_H
#define DX_REQUEST_H

#include <stdbool.h>

#include <dexec/error.h>

#include "buf.h"
#include "view.h"

struct dx_request_head {
    const char *path;       /* percent-encoded */
    const char *host;       /* of the Host header */
    const char *user_agent; /* without control characters */
    bool upgrade;           /* ask for 101 */
};

/*
 * Write a whole POST with @body, which is JSON, to @buf.
 *
 * Podman (up to 5.8) upgrades only for exactly "Connection: Upgrade".
 *
 * Returns DEXEC_OK or DEXEC_E_NOMEM.
 */
enum dexec_code dx_request_write(const struct dx_request_head *head,
                                 struct dx_view body, struct dx_buf *buf,
                                 struct dexec_error *err);

#endif
