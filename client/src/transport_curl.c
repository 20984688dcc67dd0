/* SPDX-License-Identifier: MIT */
/*
 * transport_curl.c - plain calls on libcurl handles that are reused, each by
 * one thread at a time; connections of their own on a fresh one each.
 *
 * libcurl sends a request again when a reused connection turns out to be dead.
 * A GET may be repeated; a POST may not, so each has a new connection.
 */
#include <pthread.h>
#include <string.h>

#include "cleanup.h"
#include "curl_call.h"
#include "fail.h"
#include "limits.h"
#include "link_socket.h"
#include "link_tls.h"

struct curl_transport {
    struct dx_transport base; /* first, so that one is the other */
    struct dx_transport_config config;
    struct dx_tls *tls;   /* for streams; NULL = no TLS */
    pthread_mutex_t lock; /* of the next two */
    struct dx_curl_call *idle;
    size_t idle_count;
};

enum dexec_code dx_transport_curl_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? DEXEC_OK
                                                             : DEXEC_E_NOMEM;
}

/* ---- plain calls ---- */

static struct dx_curl_call *take_call(struct curl_transport *self)
{
    struct dx_curl_call *call = NULL;

    (void)pthread_mutex_lock(&self->lock);
    call = self->idle;
    if (call != NULL) {
        self->idle = call->next;
        self->idle_count--;
    }
    (void)pthread_mutex_unlock(&self->lock);
    return call != NULL ? call : dx_curl_call_new(&self->config);
}

static void give_back(struct curl_transport *self, struct dx_curl_call *call)
{
    bool is_kept = false;

    (void)pthread_mutex_lock(&self->lock);
    is_kept = self->idle_count < DX_IDLE_CALLS_MAX;
    if (is_kept) {
        call->next = self->idle;
        self->idle = call;
        self->idle_count++;
    }
    (void)pthread_mutex_unlock(&self->lock);
    if (!is_kept) {
        dx_curl_call_free(call);
    }
}

static enum dexec_code curl_exchange(struct dx_transport *transport,
                                     const struct dx_exchange *exchange,
                                     struct dx_answer *out_answer,
                                     struct dexec_error *err)
{
    struct curl_transport *self = (struct curl_transport *)transport;
    struct dx_curl_call *call = take_call(self);
    enum dexec_code rc = DEXEC_OK;
    int status = 0;

    if (call == NULL) {
        return dx_fail_memory(err);
    }
    rc = dx_curl_call_run(call, exchange, &status, err);
    if (rc != DEXEC_OK) {
        give_back(self, call);
        return rc;
    }
    *out_answer = (struct dx_answer){
        .status = status,
        .body = {.data = call->body.data, .len = call->body.len},
        .transport = transport,
        .owner = call};
    return DEXEC_OK;
}

static void curl_release(struct dx_transport *transport,
                         struct dx_answer *answer)
{
    give_back((struct curl_transport *)transport, answer->owner);
}

/* ---- connections of their own ---- */

static void free_easy(void *easy)
{
    curl_easy_cleanup(easy);
}

static void clean_easy(CURL **easy)
{
    curl_easy_cleanup(*easy);
}

/* Only the connection is libcurl's: no TLS, and the path does not matter. */
static bool set_connect_only(CURL *easy, const struct dx_endpoint *endpoint)
{
    char url[DX_ADDRESS_SIZE + sizeof("http://")] = "http://";

    memcpy(url + strlen(url), endpoint->authority,
           strlen(endpoint->authority) + 1);
    return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK;
}

static enum dexec_code connect_socket(struct curl_transport *self,
                                      uint32_t timeout_ms,
                                      struct dx_link **out_link,
                                      struct dexec_error *err)
{
    const struct dx_endpoint *endpoint = &self->config.location->endpoint;
    DX_CLEANUP(clean_easy) CURL *easy = curl_easy_init();
    struct dx_socket_owner owner = {.user = easy, .release = free_easy};
    curl_socket_t fd = CURL_SOCKET_BAD;
    CURLcode code = CURLE_OK;
    enum dexec_code rc = DEXEC_OK;

    if (easy == NULL || !dx_curl_set_up(easy, &self->config, timeout_ms) ||
        !set_connect_only(easy, endpoint)) {
        return dx_fail_memory(err);
    }
    code = curl_easy_perform(easy);
    if (code == CURLE_OK) {
        code = curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    }
    if (code != CURLE_OK || fd == CURL_SOCKET_BAD) {
        return dx_curl_fail_connect(endpoint, easy, code, err);
    }
    rc = dx_link_socket_new(fd, &owner, self->config.mem, out_link, err);
    if (rc == DEXEC_OK) {
        easy = NULL; /* the link's now */
    }
    return rc;
}

static enum dexec_code connect_tls(struct curl_transport *self,
                                   uint32_t timeout_ms,
                                   struct dx_link **out_link,
                                   struct dexec_error *err)
{
    const struct dx_clock *clock = self->config.clock;
    uint64_t deadline_ms = dx_clock_deadline(clock, timeout_ms);
    struct dx_link *lower = NULL;
    enum dexec_code rc = connect_socket(self, timeout_ms, &lower, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    return dx_link_tls_new(self->tls, lower, &self->config.location->endpoint,
                           clock, deadline_ms, out_link, err);
}

static enum dexec_code curl_connect(struct dx_transport *transport,
                                    uint32_t timeout_ms,
                                    struct dx_link **out_link,
                                    struct dexec_error *err)
{
    struct curl_transport *self = (struct curl_transport *)transport;

    return self->tls == NULL ? connect_socket(self, timeout_ms, out_link, err)
                             : connect_tls(self, timeout_ms, out_link, err);
}

/* ---- birth and death ---- */

static void free_transport(struct dx_transport *transport)
{
    struct curl_transport *self = (struct curl_transport *)transport;

    while (self->idle != NULL) {
        struct dx_curl_call *call = self->idle;

        self->idle = call->next;
        dx_curl_call_free(call);
    }
    dx_tls_free(self->tls);
    (void)pthread_mutex_destroy(&self->lock);
    dx_mem_free(self->config.mem, self);
}

static const struct dx_transport_ops curl_ops = {
    .exchange = curl_exchange,
    .release = curl_release,
    .connect = curl_connect,
    .free = free_transport,
};

enum dexec_code dx_transport_curl_new(void *user,
                                      const struct dx_transport_config *config,
                                      struct dx_transport **out_transport,
                                      struct dexec_error *err)
{
    struct curl_transport *self = dx_mem_alloc(config->mem, sizeof(*self));
    enum dexec_code rc = DEXEC_OK;

    (void)user;
    if (self == NULL) {
        return dx_fail_memory(err);
    }
    *self =
        (struct curl_transport){.base = {.ops = &curl_ops}, .config = *config};
    if (pthread_mutex_init(&self->lock, NULL) != 0) {
        dx_mem_free(config->mem, self);
        return dx_fail_memory(err);
    }
    if (config->location->endpoint.scheme == DX_SCHEME_TLS) {
        rc = dx_tls_new(&config->location->tls, config->mem, &self->tls, err);
    }
    if (rc != DEXEC_OK) {
        free_transport(&self->base);
        return rc;
    }
    *out_transport = &self->base;
    return DEXEC_OK;
}
