/* SPDX-License-Identifier: MIT */
/*
 * transport_ssh.c - every call through an ssh program of its own.
 *
 * libcurl wants to make its connections itself, so plain calls are ours here.
 */
#include "cleanup.h"
#include "fail.h"
#include "limits.h"
#include "link_call.h"
#include "link_socket.h"
#include "ssh.h"
#include "transport.h"

struct ssh_transport {
    struct dx_transport base; /* first, so that one is the other */
    struct dx_transport_config config;
};

/* What holds an answer's body. */
struct holder {
    const struct dx_mem *mem;
    struct dx_buf body;
};

static void close_ssh(void *ssh)
{
    dx_ssh_close(ssh);
}

static const char *ssh_words(void *ssh)
{
    return dx_ssh_words(ssh);
}

static enum dexec_code ssh_connect(struct dx_transport *transport,
                                   uint32_t timeout_ms,
                                   struct dx_link **out_link,
                                   struct dexec_error *err)
{
    const struct dx_transport_config *config =
        &((struct ssh_transport *)transport)->config;
    struct dx_ssh *ssh = NULL;
    struct dx_socket_owner owner = {.release = close_ssh, .words = ssh_words};
    enum dexec_code rc = dx_ssh_open(&config->location->endpoint, timeout_ms,
                                     config->mem, &ssh, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    owner.user = ssh;
    rc = dx_link_socket_new(dx_ssh_fd(ssh), &owner, config->mem, out_link, err);
    if (rc != DEXEC_OK) {
        dx_ssh_close(ssh);
    }
    return rc;
}

static void free_holder(struct holder **holder)
{
    if (*holder != NULL) {
        dx_buf_release(&(*holder)->body);
        dx_mem_free((*holder)->mem, *holder);
    }
}

static void free_link(struct dx_link **link)
{
    dx_link_free(*link);
}

static enum dexec_code ssh_exchange(struct dx_transport *transport,
                                    const struct dx_exchange *exchange,
                                    struct dx_answer *out_answer,
                                    struct dexec_error *err)
{
    const struct dx_transport_config *config =
        &((struct ssh_transport *)transport)->config;
    uint64_t deadline_ms =
        dx_clock_deadline(config->clock, exchange->timeout_ms);
    DX_CLEANUP(free_holder)
    struct holder *holder = dx_mem_alloc(config->mem, sizeof(*holder));
    DX_CLEANUP(free_link) struct dx_link *link = NULL;
    enum dexec_code rc = DEXEC_OK;
    int status = 0;

    if (holder == NULL) {
        return dx_fail_memory(err);
    }
    *holder = (struct holder){.mem = config->mem};
    dx_buf_init(&holder->body, config->mem, DX_ANSWER_MAX);
    rc = ssh_connect(transport, config->connect_timeout_ms, &link, err);
    if (rc == DEXEC_OK) {
        rc = dx_link_call(link, exchange, config, deadline_ms, &holder->body,
                          &status, err);
    }
    if (rc != DEXEC_OK) {
        return rc;
    }
    *out_answer = (struct dx_answer){
        .status = status,
        .body = {.data = holder->body.data, .len = holder->body.len},
        .transport = transport,
        .owner = holder};
    holder = NULL; /* the answer's now */
    return DEXEC_OK;
}

static void ssh_release(struct dx_transport *transport,
                        struct dx_answer *answer)
{
    struct holder *holder = answer->owner;

    (void)transport;
    free_holder(&holder);
}

static void free_transport(struct dx_transport *transport)
{
    struct ssh_transport *self = (struct ssh_transport *)transport;

    dx_mem_free(self->config.mem, self);
}

static const struct dx_transport_ops ssh_ops = {
    .exchange = ssh_exchange,
    .release = ssh_release,
    .connect = ssh_connect,
    .free = free_transport,
};

enum dexec_code dx_transport_ssh_new(const struct dx_transport_config *config,
                                     struct dx_transport **out_transport,
                                     struct dexec_error *err)
{
    struct ssh_transport *self = dx_mem_alloc(config->mem, sizeof(*self));

    if (self == NULL) {
        return dx_fail_memory(err);
    }
    *self =
        (struct ssh_transport){.base = {.ops = &ssh_ops}, .config = *config};
    *out_transport = &self->base;
    return DEXEC_OK;
}
