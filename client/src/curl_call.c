/* SPDX-License-Identifier: MIT */
#include "curl_call.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cleanup.h"
#include "fail.h"
#include "limits.h"

#define KEEPALIVE_S 30L /* as the docker command */

enum { TOO_LARGE = 100 }; /* CURLE_TOO_LARGE, since libcurl 8.6 */

static long to_long(uint32_t ms)
{
    return ms > INT_MAX ? INT_MAX : (long)ms;
}

bool dx_curl_set_up(CURL *easy, const struct dx_transport_config *config,
                    uint32_t connect_ms)
{
    const struct dx_endpoint *endpoint = &config->location->endpoint;
    bool ok =
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") ==
            CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_S) == CURLE_OK &&
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                         to_long(connect_ms)) == CURLE_OK;

    if (ok && endpoint->scheme == DX_SCHEME_UNIX) {
        ok = curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, endpoint->path) ==
             CURLE_OK;
    }
    return ok && curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                                  (long)CURL_HTTP_VERSION_1_1) == CURLE_OK;
}

/* ---- what went wrong ---- */

enum dexec_code dx_curl_fail_connect(const struct dx_endpoint *endpoint,
                                     CURL *easy, CURLcode code,
                                     struct dexec_error *err)
{
    char reason[128] = "";
    long os_errno = 0;

    if (code == CURLE_OUT_OF_MEMORY) {
        return dx_fail_memory(err);
    }
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                       "connect to %s: no connection in time",
                       endpoint->address);
    }
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

/* Over TLS that is the handshake, too. A kept connection has no connect time:
 * what all have is the time at which the request could go. */
static bool was_connected(CURL *easy)
{
    curl_off_t ready_us = 0;

    return curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_us) ==
               CURLE_OK &&
           ready_us > 0;
}

static bool was_reset(CURL *easy)
{
    long os_errno = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
    return os_errno == ECONNRESET || os_errno == EPIPE;
}

/* Of an answer whose head was read to its end; 0 = there is none. */
static int whole_status(const struct dx_curl_call *self)
{
    return self->head_is_whole ? self->head.head.status : 0;
}

static enum dexec_code fail_timeout(const struct dx_curl_call *self,
                                    uint32_t timeout_ms,
                                    struct dexec_error *err)
{
    if (!was_connected(self->easy)) {
        return dx_curl_fail_connect(&self->config->location->endpoint,
                                    self->easy, CURLE_OPERATION_TIMEDOUT, err);
    }
    if (self->head.received == 0) {
        return dx_fail(err, DEXEC_E_TIMEOUT, 0, "no answer within %lu ms",
                       (unsigned long)timeout_ms);
    }
    return dx_fail(err, DEXEC_E_TIMEOUT, whole_status(self),
                   "the answer was not complete after %lu ms",
                   (unsigned long)timeout_ms);
}

static enum dexec_code fail_closed(const struct dx_curl_call *self,
                                   struct dexec_error *err)
{
    if (self->head.received == 0) {
        return dx_fail(err, DEXEC_E_CLOSED, 0,
                       "the daemon closed the connection before it answered");
    }
    if (!self->head_is_whole) {
        return dx_fail(err, DEXEC_E_CLOSED, 0,
                       "the daemon closed the connection inside its response "
                       "head");
    }
    return dx_fail(err, DEXEC_E_CLOSED, whole_status(self),
                   "the daemon closed the connection inside its answer (%zu "
                   "bytes received)",
                   self->body.len);
}

static enum dexec_code fail_stopped(const struct dx_curl_call *self,
                                    struct dexec_error *err)
{
    if (err != NULL) {
        *err = self->stopped;
        err->http_status = self->stopped.http_status != 0
                               ? self->stopped.http_status
                               : whole_status(self);
    }
    return self->stopped.code;
}

/* libcurl's limit for one line is above ours for a head. */
static enum dexec_code fail_memory(const struct dx_curl_call *self,
                                   struct dexec_error *err)
{
    if (self->head_is_whole) {
        return dx_fail_memory(err);
    }
    return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                   "the response head is longer than %u bytes (or libcurl is "
                   "out of memory)",
                   DX_HEAD_MAX);
}

static const char *detail(const struct dx_curl_call *self, CURLcode code)
{
    return self->detail[0] != '\0' ? self->detail : curl_easy_strerror(code);
}

/* A daemon that wants a certificate says so, with TLS 1.3, only when the
 * answer is read. */
static bool is_alert(const struct dx_curl_call *self)
{
    return self->config->location->endpoint.scheme == DX_SCHEME_TLS &&
           strstr(self->detail, "error:") != NULL;
}

static enum dexec_code fail_tls(const struct dx_curl_call *self, CURLcode code,
                                struct dexec_error *err)
{
    return dx_fail(err, DEXEC_E_TLS, 0, "TLS with %s: %s",
                   self->config->location->endpoint.address,
                   detail(self, code));
}

/* A daemon may also send its alert and close while we still write: libcurl
 * then never reads it. */
static enum dexec_code fail_reset(const struct dx_curl_call *self,
                                  struct dexec_error *err)
{
    const struct dx_endpoint *endpoint = &self->config->location->endpoint;

    if (endpoint->scheme == DX_SCHEME_TLS && self->head.received == 0) {
        return dx_fail(err, DEXEC_E_TLS, 0,
                       "TLS with %s: the daemon closed the connection right "
                       "after the handshake (does it refuse our certificate?)",
                       endpoint->address);
    }
    return dx_fail(err, DEXEC_E_RESET, whole_status(self),
                   "the connection was reset");
}

static enum dexec_code fail_exchange(const struct dx_curl_call *self,
                                     CURLcode code, uint32_t timeout_ms,
                                     struct dexec_error *err)
{
    if (self->stopped.code != DEXEC_OK) {
        return fail_stopped(self, err);
    }
    switch ((int)code) {
    case CURLE_OUT_OF_MEMORY:
    case TOO_LARGE:
        return fail_memory(self, err);
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
        return dx_curl_fail_connect(&self->config->location->endpoint,
                                    self->easy, code, err);
    case CURLE_OPERATION_TIMEDOUT:
        return fail_timeout(self, timeout_ms, err);
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return fail_closed(self, err);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CONNECT_ERROR:
        return fail_tls(self, code, err);
    default:
        break;
    }
    if (is_alert(self)) {
        return fail_tls(self, code, err);
    }
    if (was_reset(self->easy)) {
        return fail_reset(self, err);
    }
    return dx_fail(err, DEXEC_E_PROTOCOL, whole_status(self),
                   "the answer is not HTTP: %s", detail(self, code));
}

/* ---- plain calls ---- */

static enum dexec_code take_body(struct dx_curl_call *self, struct dx_view in)
{
    struct dx_view data = {0};
    enum dexec_code rc = DEXEC_OK;

    do {
        rc = dx_body_next(&self->coding, &in, &data, &self->stopped);
        if (rc == DEXEC_OK) {
            rc = dx_buf_append(&self->body, data.data, data.len);
        }
    } while (rc == DEXEC_OK && data.len > 0);
    if (rc == DEXEC_E_NOMEM) {
        return dx_fail_memory(&self->stopped);
    }
    if (rc == DEXEC_E_INVALID) {
        return dx_fail(&self->stopped, DEXEC_E_PROTOCOL, 0,
                       "the answer is longer than %u bytes", DX_ANSWER_MAX);
    }
    return rc;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct dx_view in = {.data = (const uint8_t *)data, .len = size * count};

    return take_body(user, in) == DEXEC_OK ? size * count : 0;
}

/* One whole line of a head, an interim one's too, or of a trailer. */
static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct dx_curl_call *self = user;
    struct dx_view in = {.data = (const uint8_t *)data, .len = size * count};

    if (self->head_is_whole) {
        return size * count;
    }
    if (dx_head_next(&self->head, &in, &self->head_is_whole, &self->stopped) !=
        DEXEC_OK) {
        return 0;
    }
    if (self->head_is_whole && self->head.head.status == 101) {
        self->head_is_whole = false;
        (void)dx_fail(&self->stopped, DEXEC_E_PROTOCOL, 101,
                      "the daemon switches protocols unasked");
        return 0;
    }
    if (self->head_is_whole) {
        dx_body_init(&self->coding, &self->head.head);
    }
    return size * count;
}

static int on_debug(CURL *easy, curl_infotype type, char *data, size_t len,
                    void *user)
{
    const struct dx_tracer *tracer = user;
    struct dx_view bytes = {.data = (const uint8_t *)data, .len = len};

    (void)easy;
    switch ((int)type) {
    case CURLINFO_HEADER_OUT:
    case CURLINFO_DATA_OUT:
        dx_trace_plain(tracer, DEXEC_TRACE_SENT, bytes);
        break;
    case CURLINFO_HEADER_IN:
    case CURLINFO_DATA_IN:
        dx_trace_plain(tracer, DEXEC_TRACE_RECEIVED, bytes);
        break;
    default: /* libcurl's own notes, and what TLS makes of the bytes */
        break;
    }
    return 0;
}

static bool set_trace(struct dx_curl_call *self)
{
    CURL *easy = self->easy;

    if (self->config->tracer->call == NULL) {
        return true;
    }
    return curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, on_debug) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DEBUGDATA, self->config->tracer) ==
               CURLE_OK;
}

/* An empty file name leaves libcurl's default, the system's CAs. */
static bool set_file(CURL *easy, CURLoption option, const char *file)
{
    return file[0] == '\0' || curl_easy_setopt(easy, option, file) == CURLE_OK;
}

static bool set_tls(CURL *easy, const struct dx_location *location)
{
    const struct dx_tls_files *files = &location->tls;

    if (location->endpoint.scheme != DX_SCHEME_TLS) {
        return true;
    }
    return curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER,
                            files->verify ? 1L : 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST,
                            files->verify ? 2L : 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION,
                            (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           set_file(easy, CURLOPT_CAINFO, files->ca_file) &&
           set_file(easy, CURLOPT_SSLCERT, files->cert_file) &&
           set_file(easy, CURLOPT_SSLKEY, files->key_file);
}

static bool set_callbacks(struct dx_curl_call *self)
{
    CURL *easy = self->easy;

    return curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, self) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, self) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, self->detail) ==
               CURLE_OK &&
           set_trace(self) && set_tls(easy, self->config->location) &&
           curl_easy_setopt(easy, CURLOPT_HTTP_TRANSFER_DECODING, 0L) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, 1L) == CURLE_OK;
}

/* Adds to @list, which is NULL afterwards where that was not possible. */
static void add_line(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);

    if (longer == NULL) {
        curl_slist_free_all(*list);
    }
    *list = longer;
}

/* "Name: value", but "Name;" where libcurl shall send an empty one. */
static enum dexec_code write_line(struct dx_buf *line, const char *name,
                                  const char *value)
{
    enum dexec_code rc = DEXEC_OK;

    dx_buf_reset(line);
    rc = dx_buf_append_text(line, name);
    if (rc == DEXEC_OK) {
        rc = dx_buf_append_text(line, value[0] == '\0' ? ";" : ": ");
    }
    return rc == DEXEC_OK ? dx_buf_append_text(line, value) : rc;
}

/* An empty "Expect" keeps libcurl from waiting a second for a 100 with long
 * bodies. */
static bool set_headers(struct dx_curl_call *self,
                        const struct dexec_request *request)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf line = {0};
    const char *name = NULL;
    const char *value = NULL;
    size_t at = 0;

    dx_buf_init(&line, self->config->mem, DX_REQUEST_FIELDS_MAX + 2);
    curl_slist_free_all(self->headers);
    self->headers = curl_slist_append(NULL, "Expect:");
    while (self->headers != NULL &&
           dx_request_next_field(request, &at, &name, &value)) {
        if (write_line(&line, name, value) != DEXEC_OK) {
            return false;
        }
        add_line(&self->headers, dx_buf_text(&line));
    }
    return self->headers != NULL &&
           curl_easy_setopt(self->easy, CURLOPT_HTTPHEADER, self->headers) ==
               CURLE_OK;
}

static bool set_method(struct dx_curl_call *self,
                       const struct dx_exchange *exchange)
{
    CURL *easy = self->easy;
    bool is_post = strcmp(exchange->request->method, "POST") == 0;
    const char *body =
        exchange->body.len > 0 ? (const char *)exchange->body.data : "";

    if (curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, is_post ? 1L : 0L) !=
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

static bool set_times(const struct dx_curl_call *self, uint32_t timeout_ms)
{
    uint32_t connect_ms = self->config->connect_timeout_ms < timeout_ms
                              ? self->config->connect_timeout_ms
                              : timeout_ms;

    return curl_easy_setopt(self->easy, CURLOPT_TIMEOUT_MS,
                            to_long(timeout_ms)) == CURLE_OK &&
           curl_easy_setopt(self->easy, CURLOPT_CONNECTTIMEOUT_MS,
                            to_long(connect_ms)) == CURLE_OK;
}

static bool set_url(struct dx_curl_call *self, const char *path)
{
    const struct dx_endpoint *endpoint = &self->config->location->endpoint;
    const char *scheme =
        endpoint->scheme == DX_SCHEME_TLS ? "https://" : "http://";

    dx_buf_reset(&self->url);
    return dx_buf_append_text(&self->url, scheme) == DEXEC_OK &&
           dx_buf_append_text(&self->url, endpoint->authority) == DEXEC_OK &&
           dx_buf_append_text(&self->url, path) == DEXEC_OK &&
           curl_easy_setopt(self->easy, CURLOPT_URL, dx_buf_text(&self->url)) ==
               CURLE_OK;
}

enum dexec_code dx_curl_call_run(struct dx_curl_call *self,
                                 const struct dx_exchange *exchange,
                                 int *out_status, struct dexec_error *err)
{
    CURLcode code = CURLE_OK;

    dx_buf_reset(&self->body);
    self->head = (struct dx_head_reader){.received = 0};
    self->head_is_whole = false;
    self->stopped = (struct dexec_error){.code = DEXEC_OK};
    self->detail[0] = '\0';
    if (!set_url(self, exchange->request->path) ||
        !set_headers(self, exchange->request) || !set_method(self, exchange) ||
        !set_times(self, exchange->timeout_ms)) {
        return dx_fail_memory(err);
    }
    code = curl_easy_perform(self->easy);
    if (code != CURLE_OK) {
        return fail_exchange(self, code, exchange->timeout_ms, err);
    }
    /* libcurl takes a connection's end inside the head for the answer's, and
     * does without the last line feed of a chunked one. */
    if (!self->head_is_whole ||
        dx_body_finish(&self->coding, NULL) != DEXEC_OK) {
        return fail_closed(self, err);
    }
    *out_status = whole_status(self);
    return DEXEC_OK;
}

/* ---- birth and death ---- */

struct dx_curl_call *dx_curl_call_new(const struct dx_transport_config *config)
{
    struct dx_curl_call *self = dx_mem_alloc(config->mem, sizeof(*self));

    if (self == NULL) {
        return NULL;
    }
    *self = (struct dx_curl_call){.config = config, .easy = curl_easy_init()};
    dx_buf_init(&self->url, config->mem, DX_PATH_MAX + DX_ADDRESS_SIZE);
    dx_buf_init(&self->body, config->mem, DX_ANSWER_MAX);
    if (self->easy == NULL ||
        !dx_curl_set_up(self->easy, config, config->connect_timeout_ms) ||
        !set_callbacks(self)) {
        dx_curl_call_free(self);
        return NULL;
    }
    return self;
}

void dx_curl_call_free(struct dx_curl_call *self)
{
    curl_easy_cleanup(self->easy);
    curl_slist_free_all(self->headers);
    dx_buf_release(&self->url);
    dx_buf_release(&self->body);
    dx_mem_free(self->config->mem, self);
}
