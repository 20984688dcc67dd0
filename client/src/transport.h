/* SPDX-License-Identifier: MIT */
/*
 * transport.h - the one door between protocol code and the network.
 *
 * transport_curl.c opens it on libcurl, transport_ssh.c on ssh;
 * client/tests/fake_transport.c opens it on a script held in memory.
 */
#ifndef DX_TRANSPORT_H
#define DX_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>

#include "link.h"
#include "locate.h"
#include "mem.h"
#include "request.h"
#include "trace.h"
#include "view.h"

struct dx_transport;

/* One plain call; everything is borrowed. */
struct dx_exchange {
    const struct dexec_request *request;
    struct dx_view body; /* JSON, sent with a POST; may be empty */
    uint32_t timeout_ms; /* to the answer's last byte; at least 1 */
};

/* Zero is a valid state for dx_answer_release(). */
struct dx_answer {
    int status;
    struct dx_view body;
    struct dx_transport *transport;
    void *owner; /* what holds the body; the transport's */
};

/* May be called by any number of threads at once, but for free(). */
struct dx_transport_ops {
    /*
     * One request, one whole answer.
     *
     * @out_answer  the caller's, to dx_answer_release()
     *
     * Returns DEXEC_OK, whatever the status, or DEXEC_E_CONNECT, _TIMEOUT,
     * _CLOSED, _RESET, _PROTOCOL (not HTTP, or longer than DX_ANSWER_MAX),
     * _TLS, _NOMEM.
     */
    enum dexec_code (*exchange)(struct dx_transport *transport,
                                const struct dx_exchange *exchange,
                                struct dx_answer *out_answer,
                                struct dexec_error *err);
    void (*release)(struct dx_transport *transport, struct dx_answer *answer);

    /*
     * Open a connection of its own.
     *
     * @out_link  the caller's, to dx_link_free(); must not outlive @transport
     *
     * Returns DEXEC_OK, DEXEC_E_CONNECT, _TIMEOUT, _TLS or _NOMEM.
     */
    enum dexec_code (*connect)(struct dx_transport *transport,
                               uint32_t timeout_ms, struct dx_link **out_link,
                               struct dexec_error *err);

    void (*free)(struct dx_transport *transport);
};

struct dx_transport {
    const struct dx_transport_ops *ops;
};

static inline void dx_answer_release(struct dx_answer *answer)
{
    if (answer->transport != NULL) {
        answer->transport->ops->release(answer->transport, answer);
        *answer = (struct dx_answer){0};
    }
}

/* What a transport needs to know; borrowed for its whole life. */
struct dx_transport_config {
    const struct dx_location *location;
    const struct dx_mem *mem;
    const struct dx_clock *clock;
    const struct dx_tracer *tracer;
    uint32_t connect_timeout_ms;
};

/* @out_transport is the caller's. Returns DEXEC_OK, DEXEC_E_TLS (a file does
 * not hold what it should) or DEXEC_E_NOMEM. */
typedef enum dexec_code (*dx_transport_new_fn)(
    void *user, const struct dx_transport_config *config,
    struct dx_transport **out_transport, struct dexec_error *err);

/* The transport on libcurl; @user is not used. */
enum dexec_code dx_transport_curl_new(void *user,
                                      const struct dx_transport_config *config,
                                      struct dx_transport **out_transport,
                                      struct dexec_error *err);

/* The transport for ssh:// addresses. Returns DEXEC_OK or DEXEC_E_NOMEM. */
enum dexec_code dx_transport_ssh_new(const struct dx_transport_config *config,
                                     struct dx_transport **out_transport,
                                     struct dexec_error *err);

/* Prepare libcurl; any number of times. DEXEC_OK or DEXEC_E_NOMEM. */
enum dexec_code dx_transport_curl_init(void);

#endif
