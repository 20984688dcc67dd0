/* SPDX-License-Identifier: MIT */
/* client.h - the inside of a client, and how a test builds one on parts. */
#ifndef DX_CLIENT_H
#define DX_CLIENT_H

#include <stdatomic.h>
#include <stdint.h>

#include <dexec/client.h>

#include "clock.h"
#include "limits.h"
#include "locate.h"
#include "mem.h"
#include "request.h"
#include "trace.h"
#include "transport.h"
#include "world.h"

struct dexec_client {
    struct dx_mem mem;
    struct dx_clock clock;
    struct dx_location location;
    struct dx_transport *transport;
    struct dx_request_habits habits;
    struct dx_tracer tracer;
    atomic_uint connections; /* of streams, so far */
    uint32_t connect_timeout_ms;
    uint32_t response_timeout_ms;
    uint32_t idle_timeout_ms;              /* 0 = none */
    uint32_t total_timeout_ms;             /* 0 = none */
    char api_version[DX_API_VERSION_SIZE]; /* "" = unversioned */
    char user_agent[DX_USER_AGENT_MAX + 1];
};

/* What a client stands on. */
struct dx_client_parts {
    dx_transport_new_fn new_transport;
    void *transport_user; /* passed to it */
    struct dx_world world;
    struct dx_clock clock;
};

/* dexec_client_new() on other parts. Returns what it returns. */
enum dexec_code dx_client_new_on(const struct dx_client_parts *parts,
                                 const struct dexec_client_options *options,
                                 struct dexec_client **out_client,
                                 struct dexec_error *err);

#endif
