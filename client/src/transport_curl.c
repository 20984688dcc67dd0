/* SPDX-License-Identifier: MIT */
/*
 * transport_curl.c - plain calls on one reused libcurl handle, connections of
 * their own on a fresh one each.
 *
 * libcurl sends a request again when a reused connection turns out to be dead.
 * A GET may be repeated; a POST may not, so each has a new connection.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include <curl/curl.h>

#include "buf.h"
#include "cleanup.h"
#include "fail.h"
#include "limits.h"
#include "link_socket.h"
#include "transport.h"

#define KEEPALIVE_S 30L /* as the docker command */

struct curl_transport {
    struct dx_transport base; /* first, so that one is the other */
    struct dx_transport_config config;
    CURL *easy;
    struct curl_slist *headers;
    struct dx_buf url;
    struct dx_buf body; /* of the answer */
    size_t head_len;    /* bytes of the answer's heads */
    bool head_is_whole;
    enum dexec_code stopped; /* why a callback of ours broke off */
    char detail[CURL_ERROR_SIZE];
};

enum dexec_code dx_transport_curl_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? DEXEC_OK
                                                             : DEXEC_E_NOMEM;
}

static void free_easy(void *easy)
{
    curl_easy_cleanup(easy);
}

static void clean_easy(CURL **easy)
{
    curl_easy_cleanup(*easy);
}

static long to_long(uint32_t ms)
{
    return ms > INT_MAX ? INT_MAX : (long)ms;
}

/* What every handle of ours has in common. */
static bool set_up(CURL *easy, const struct dx_transport_config *config)
{
    const struct dx_endpoint *endpoint = config->endpoint;
    bool ok =
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S) == CURLE_OK;

    if (ok && endpoint->is_unix) {
        ok = curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, endpoint->path) ==
             CURLE_OK;
    }
    return ok && curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                                  (long)CURL_HTTP_VERSION_1_1) == CURLE_OK;
}

/* ---- what went wrong ---- */

static enum dexec_code fail_connect(const struct dx_endpoint *endpoint,
                                    CURL *easy, CURLcode code,
                                    struct dexec_error *err)
{
    char reason[128] = "";
    long os_errno = 0;

    if (code == CURLE_COULDNT_RESOLVE_HOST) {
        return dx_fail(err, DEXEC_E_CONNECT, 0,
                       "connect to %s: the host name cannot be resolved",
                       endpoint->address);
    }
    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
    if (os_errno == 0 ||
        strerror_r((int)os_errno, reason, sizeof(reason)) != 0) {
        return dx_fail(err, DEXEC_E_CONNECT, 0, "connect to %s: %s",
                       endpoint->address, curl_easy_strerror(code));
    }
    if (reason[0] >= 'A' && reason[0] <= 'Z') {
        reason[0] = (char)(reason[0] - 'A' + 'a');
    }
    return dx_fail(err, DEXEC_E_CONNECT, 0, "connect to %s: %s",
                   endpoint->address, reason);
}

static bool was_connected(CURL *easy)
{
    curl_off_t connect_us = 0;

    return curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connect_us) ==
               CURLE_OK &&
           connect_us > 0;
}

static bool was_reset(CURL *easy)
{
    long os_errno = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
    return os_errno == ECONNRESET || os_errno == EPIPE;
}

static int status_of(CURL *easy)
{
    long status = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

/* Of an answer whose head was read to its end; 0 = there is none. */
static int whole_status(const struct curl_transport *self)
{
    int status = self->head_is_whole ? status_of(self->easy) : 0;

    return status >= 200 ? status : 0;
}

static enum dexec_code fail_timeout(const struct curl_transport *self,
                                    uint32_t timeout_ms,
                                    struct dexec_error *err)
{
    if (!was_connected(self->easy)) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                       "connect to %s: no connection in time",
                       self->config.endpoint->address);
    }
    if (self->head_len == 0) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0, "no answer within %lu ms",
                       (unsigned long)timeout_ms);
    }
    return dx_fail(err, DEXEC_E_TIMEOUT, whole_status(self),
                   "the answer was not complete after %lu ms",
                   (unsigned long)timeout_ms);
}

static enum dexec_code fail_closed(const struct curl_transport *self,
                                   struct dexec_error *err)
{
    if (self->head_len == 0) {
        return dx_fail(err, DEXEC_E_CLOSED, 0,
                       "the daemon closed the connection before it answered");
    }
    if (whole_status(self) == 0) {
        return dx_fail(err, DEXEC_E_CLOSED, 0,
                       "the daemon closed the connection inside its response "
                       "head");
    }
    return dx_fail(err, DEXEC_E_CLOSED, whole_status(self),
                   "the daemon closed the connection inside its answer (%zu "
                   "bytes received)",
                   self->body.len);
}

static enum dexec_code fail_stopped(const struct curl_transport *self,
                                    struct dexec_error *err)
{
    if (self->stopped == DEXEC_E_NOMEM) {
        return dx_fail_memory(err);
    }
    if (!self->head_is_whole) {
        return dx_fail(err, DEXEC_E_PROTOCOL, status_of(self->easy),
                       "the response head is longer than %u bytes, or switches "
                       "protocols unasked",
                       DX_HEAD_MAX);
    }
    return dx_fail(err, DEXEC_E_PROTOCOL, status_of(self->easy),
                   "the answer is longer than %u bytes", DX_ANSWER_MAX);
}

static enum dexec_code fail_exchange(const struct curl_transport *self,
                                     CURLcode code, uint32_t timeout_ms,
                                     struct dexec_error *err)
{
    switch ((int)code) {
    case CURLE_OUT_OF_MEMORY:
        return dx_fail_memory(err);
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        return fail_connect(self->config.endpoint, self->easy, code, err);
    case CURLE_OPERATION_TIMEDOUT:
        return fail_timeout(self, timeout_ms, err);
    case CURLE_WRITE_ERROR:
        return fail_stopped(self, err);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return fail_closed(self, err);
    default:
        break;
    }
    if (was_reset(self->easy)) {
        return dx_fail(err, DEXEC_E_RESET, 0, "the connection was reset");
    }
    return dx_fail(err, DEXEC_E_PROTOCOL, 0, "the answer is not HTTP: %s",
                   self->detail[0] != '\0' ? self->detail
                                           : curl_easy_strerror(code));
}

/* ---- plain calls ---- */

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct curl_transport *self = user;
    enum dexec_code rc = dx_buf_append(&self->body, data, size * count);

    if (rc != DEXEC_OK) {
        self->stopped = rc;
        return 0;
    }
    return size * count;
}

/* One whole line; the empty one ends a head, an interim one's too. */
static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct curl_transport *self = user;
    size_t len = size * count;

    self->head_len += len;
    if (len > 5 && memcmp(data, "HTTP/", 5) == 0) {
        self->head_is_whole = false;
    }
    if (len > 0 && (data[0] == '\r' || data[0] == '\n')) {
        self->head_is_whole = true;
    }
    if (self->head_len > DX_HEAD_MAX || status_of(self->easy) == 101) {
        self->head_is_whole = false;
        self->stopped = DEXEC_E_PROTOCOL;
        return 0;
    }
    return len;
}

static bool set_callbacks(struct curl_transport *self)
{
    CURL *easy = self->easy;

    return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, self) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, self) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, self->detail) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, self->config.user_agent) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, 1L) == CURLE_OK;
}

static bool set_method(struct curl_transport *self,
                       const struct dx_exchange *exchange)
{
    CURL *easy = self->easy;
    bool is_post = strcmp(exchange->method, "POST") == 0;
    struct curl_slist *headers = exchange->body.len > 0 ? self->headers : NULL;
    const char *body =
        exchange->body.len > 0 ? (const char *)exchange->body.data : "";

    if (curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, is_post ? 1L : 0L) !=
            CURLE_OK) {
        return false;
    }
    if (!is_post) {
        return curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    }
    return curl_easy_setopt(easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                            (curl_off_t)exchange->body.len) == CURLE_OK;
}

static bool set_times(const struct curl_transport *self, uint32_t timeout_ms)
{
    uint32_t connect_ms = self->config.connect_timeout_ms < timeout_ms
                              ? self->config.connect_timeout_ms
                              : timeout_ms;

    return curl_easy_setopt(self->easy, CURLOPT_TIMEOUT_MS,
                            to_long(timeout_ms)) == CURLE_OK &&
           curl_easy_setopt(self->easy, CURLOPT_CONNECTTIMEOUT_MS,
                            to_long(connect_ms)) == CURLE_OK;
}

static bool set_url(struct curl_transport *self, const char *path)
{
    dx_buf_reset(&self->url);
    return dx_buf_append_text(&self->url, "http://") == DEXEC_OK &&
           dx_buf_append_text(&self->url, self->config.endpoint->authority) ==
               DEXEC_OK &&
           dx_buf_append_text(&self->url, path) == DEXEC_OK &&
           curl_easy_setopt(self->easy, CURLOPT_URL, dx_buf_text(&self->url)) ==
               CURLE_OK;
}

static enum dexec_code curl_exchange(struct dx_transport *transport,
                                     const struct dx_exchange *exchange,
                                     struct dx_answer *out_answer,
                                     struct dexec_error *err)
{
    struct curl_transport *self = (struct curl_transport *)transport;
    CURLcode code = CURLE_OK;
    int status = 0;

    dx_buf_reset(&self->body);
    self->head_len = 0;
    self->head_is_whole = false;
    self->stopped = DEXEC_OK;
    self->detail[0] = '\0';
    if (!set_url(self, exchange->path) || !set_method(self, exchange) ||
        !set_times(self, exchange->timeout_ms)) {
        return dx_fail_memory(err);
    }
    code = curl_easy_perform(self->easy);
    if (code != CURLE_OK) {
        return fail_exchange(self, code, exchange->timeout_ms, err);
    }
    /* libcurl takes a connection's end inside the head for the answer's. */
    status = whole_status(self);
    if (status == 0) {
        return fail_closed(self, err);
    }
    *out_answer = (struct dx_answer){
        .status = status,
        .body = {.data = self->body.data, .len = self->body.len}};
    return DEXEC_OK;
}

/* ---- connections of their own ---- */

static enum dexec_code fail_link(const struct dx_endpoint *endpoint, CURL *easy,
                                 CURLcode code, struct dexec_error *err)
{
    if (code == CURLE_OUT_OF_MEMORY) {
        return dx_fail_memory(err);
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                       "connect to %s: no connection in time",
                       endpoint->address);
    }
    return fail_connect(endpoint, easy, code, err);
}

static bool set_connect_only(CURL *easy, const struct dx_endpoint *endpoint,
                             uint32_t timeout_ms)
{
    char url[DX_ADDRESS_SIZE + sizeof("http://")] = "http://";

    memcpy(url + strlen(url), endpoint->authority,
           strlen(endpoint->authority) + 1);
    return curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                            to_long(timeout_ms)) == CURLE_OK;
}

static enum dexec_code curl_connect(struct dx_transport *transport,
                                    uint32_t timeout_ms,
                                    struct dx_link **out_link,
                                    struct dexec_error *err)
{
    struct curl_transport *self = (struct curl_transport *)transport;
    const struct dx_endpoint *endpoint = self->config.endpoint;
    DX_CLEANUP(clean_easy) CURL *easy = curl_easy_init();
    struct dx_socket_owner owner = {.user = easy, .release = free_easy};
    curl_socket_t fd = CURL_SOCKET_BAD;
    CURLcode code = CURLE_OK;
    enum dexec_code rc = DEXEC_OK;

    if (easy == NULL || !set_up(easy, &self->config) ||
        !set_connect_only(easy, endpoint, timeout_ms)) {
        return dx_fail_memory(err);
    }
    code = curl_easy_perform(easy);
    if (code == CURLE_OK) {
        code = curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &fd);
    }
    if (code != CURLE_OK || fd == CURL_SOCKET_BAD) {
        return fail_link(endpoint, easy, code, err);
    }
    rc = dx_link_socket_new(fd, &owner, self->config.mem, out_link, err);
    if (rc == DEXEC_OK) {
        easy = NULL; /* the link's now */
    }
    return rc;
}

/* ---- birth and death ---- */

static void free_transport(struct dx_transport *transport)
{
    struct curl_transport *self = (struct curl_transport *)transport;

    curl_easy_cleanup(self->easy);
    curl_slist_free_all(self->headers);
    dx_buf_release(&self->url);
    dx_buf_release(&self->body);
    dx_mem_free(self->config.mem, self);
}

static const struct dx_transport_ops curl_ops = {
    .exchange = curl_exchange,
    .connect = curl_connect,
    .free = free_transport,
};

/* "Expect:" keeps libcurl from waiting a second for a 100 with long bodies. */
static bool make_headers(struct curl_transport *self)
{
    struct curl_slist *list =
        curl_slist_append(NULL, "Content-Type: application/json");

    self->headers = list;
    return list != NULL && curl_slist_append(list, "Expect:") != NULL;
}

enum dexec_code dx_transport_curl_new(void *user,
                                      const struct dx_transport_config *config,
                                      struct dx_transport **out_transport,
                                      struct dexec_error *err)
{
    struct curl_transport *self = dx_mem_alloc(config->mem, sizeof(*self));

    (void)user;
    if (self == NULL) {
        return dx_fail_memory(err);
    }
    *self = (struct curl_transport){.base = {.ops = &curl_ops},
                                    .config = *config,
                                    .easy = curl_easy_init()};
    dx_buf_init(&self->url, config->mem, DX_PATH_MAX + DX_ADDRESS_SIZE);
    dx_buf_init(&self->body, config->mem, DX_ANSWER_MAX);
    if (self->easy == NULL || !set_up(self->easy, config) ||
        !set_callbacks(self) || !make_headers(self)) {
        free_transport(&self->base);
        return dx_fail_memory(err);
    }
    *out_transport = &self->base;
    return DEXEC_OK;
}
