/* SPDX-License-Identifier: MIT */
/*
 * link_call.h - one plain call on a link of its own.
 *
 * For ssh: libcurl cannot be given a connection that is already made.
 */
#ifndef DX_LINK_CALL_H
#define DX_LINK_CALL_H

#include <stdint.h>

#include <dexec/error.h>

#include "buf.h"
#include "clock.h"
#include "link.h"
#include "trace.h"
#include "transport.h"

/*
 * Send the request of @exchange and read the whole answer.
 *
 * @deadline_ms  of the answer's last byte
 * @out_status   set on DEXEC_OK only
 * @body         the answer's is appended; its limit is the answer's
 *
 * Returns what exchange() of transport.h returns.
 */
enum dexec_code dx_link_call(struct dx_link *link,
                             const struct dx_exchange *exchange,
                             const struct dx_transport_config *config,
                             uint64_t deadline_ms, struct dx_buf *body,
                             int *out_status, struct dexec_error *err);

#endif
