/* SPDX-License-Identifier: MIT */
#include "link_tls.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <dexec/stream.h>

#include "cleanup.h"
#include "fail.h"

#define WORDS_SIZE 160 /* bytes of OpenSSL's reason */

struct dx_tls {
    const struct dx_mem *mem;
    SSL_CTX *context;
    BIO_METHOD *method;
};

struct tls_link {
    struct dx_link base; /* first, so that one is the other */
    const struct dx_mem *mem;
    struct dx_link *lower; /* owned */
    SSL *ssl;
    bool read_must_write; /* reading waits until something was written */
    size_t held_len;      /* of held, still to be written */
    char words[WORDS_SIZE];
    /*
     * Taken from the caller, not yet by the wire: OpenSSL wants to be called
     * again with the same bytes, which the caller must not have to know. One
     * TLS record's worth.
     */
    uint8_t held[SSL3_RT_MAX_PLAIN_LENGTH];
};

static struct tls_link *from_base(struct dx_link *link)
{
    return (struct tls_link *)link;
}

/* ---- OpenSSL's way to the lower link ---- */

static int bio_write(BIO *bio, const char *data, int len)
{
    struct dx_link *lower = BIO_get_data(bio);
    size_t written = 0;
    enum dx_io io = DX_IO_OK;

    BIO_clear_retry_flags(bio);
    io = lower->ops->write(lower, data, (size_t)len, &written);
    if (io == DX_IO_AGAIN) {
        BIO_set_retry_write(bio);
    }
    return io == DX_IO_OK ? (int)written : -1;
}

static int bio_read(BIO *bio, char *data, int size)
{
    struct dx_link *lower = BIO_get_data(bio);
    size_t len = 0;
    enum dx_io io = DX_IO_OK;

    BIO_clear_retry_flags(bio);
    io = lower->ops->read(lower, data, (size_t)size, &len);
    if (io == DX_IO_AGAIN) {
        BIO_set_retry_read(bio);
    }
    if (io == DX_IO_OK) {
        return (int)len;
    }
    return io == DX_IO_END ? 0 : -1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/* Without a type of its own: a process has 127 of them, and nobody looks. */
static BIO_METHOD *make_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "dexec link");

    if (method != NULL && (BIO_meth_set_write(method, bio_write) != 1 ||
                           BIO_meth_set_read(method, bio_read) != 1 ||
                           BIO_meth_set_ctrl(method, bio_ctrl) != 1)) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}

/* ---- certificates ---- */

/* OpenSSL's own reason for the last failure; its queue is empty afterwards. */
static void take_words(char words[WORDS_SIZE])
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());

    (void)snprintf(words, WORDS_SIZE, "%s",
                   reason == NULL ? "no reason given" : reason);
    ERR_clear_error();
}

static enum dexec_code fail_file(struct dexec_error *err, const char *what,
                                 const char *file)
{
    char words[WORDS_SIZE];

    take_words(words);
    return dx_fail(err, DEXEC_E_TLS, 0, "TLS %s %s: %s; expected PEM", what,
                   file, words);
}

/* A library asks nobody for a passphrase. */
static int no_passphrase(char *buffer, int size, int writes, void *user)
{
    (void)buffer;
    (void)size;
    (void)writes;
    (void)user;
    return 0;
}

static enum dexec_code load_pair(SSL_CTX *context,
                                 const struct dx_tls_files *files,
                                 struct dexec_error *err)
{
    if (files->cert_file[0] == '\0') {
        return DEXEC_OK;
    }
    if (SSL_CTX_use_certificate_chain_file(context, files->cert_file) != 1) {
        return fail_file(err, "certificate", files->cert_file);
    }
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    if (SSL_CTX_use_PrivateKey_file(context, files->key_file,
                                    SSL_FILETYPE_PEM) != 1) {
        return fail_file(err, "key (which may have no passphrase)",
                         files->key_file);
    }
    return DEXEC_OK;
}

static enum dexec_code load_files(SSL_CTX *context,
                                  const struct dx_tls_files *files,
                                  struct dexec_error *err)
{
    if (!files->verify) {
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
        return load_pair(context, files, err);
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (files->ca_file[0] == '\0') {
        if (SSL_CTX_set_default_verify_paths(context) != 1) {
            return fail_file(err, "CA certificates of", "the system");
        }
    } else if (SSL_CTX_load_verify_locations(context, files->ca_file, NULL) !=
               1) {
        return fail_file(err, "CA certificate", files->ca_file);
    }
    return load_pair(context, files, err);
}

static enum dexec_code fill_tls(struct dx_tls *tls,
                                const struct dx_tls_files *files,
                                struct dexec_error *err)
{
    if (tls->context == NULL || tls->method == NULL ||
        SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION) != 1) {
        ERR_clear_error();
        return dx_fail_memory(err);
    }
    (void)SSL_CTX_set_mode(tls->context, SSL_MODE_ENABLE_PARTIAL_WRITE);
    (void)SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION);
    return load_files(tls->context, files, err);
}

enum dexec_code dx_tls_new(const struct dx_tls_files *files,
                           const struct dx_mem *mem, struct dx_tls **out_tls,
                           struct dexec_error *err)
{
    struct dx_tls *tls = dx_mem_alloc(mem, sizeof(*tls));
    enum dexec_code rc = DEXEC_OK;

    if (tls == NULL) {
        return dx_fail_memory(err);
    }
    *tls = (struct dx_tls){.mem = mem,
                           .context = SSL_CTX_new(TLS_client_method()),
                           .method = make_method()};
    rc = fill_tls(tls, files, err);
    if (rc != DEXEC_OK) {
        dx_tls_free(tls);
        return rc;
    }
    *out_tls = tls;
    return DEXEC_OK;
}

void dx_tls_free(struct dx_tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->context);
        BIO_meth_free(tls->method);
        dx_mem_free(tls->mem, tls);
    }
}

/* ---- bytes both ways ---- */

/* What a call that did not return 1 means for the caller. */
static enum dx_io outcome(struct tls_link *self, int returned)
{
    int error = SSL_get_error(self->ssl, returned);

    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return DX_IO_AGAIN;
    }
    if (error == SSL_ERROR_ZERO_RETURN) {
        return DX_IO_END;
    }
    if (error == SSL_ERROR_SSL) {
        take_words(self->words);
    }
    return DX_IO_RESET;
}

/* Write what is held: DX_IO_OK when nothing is left of it. */
static enum dx_io flush(struct tls_link *self)
{
    while (self->held_len > 0) {
        size_t written = 0;
        int returned = 0;

        ERR_clear_error();
        returned =
            SSL_write_ex(self->ssl, self->held, self->held_len, &written);
        if (returned != 1) {
            return outcome(self, returned);
        }
        self->held_len -= written;
        memmove(self->held, self->held + written, self->held_len);
    }
    return DX_IO_OK;
}

static enum dx_io tls_read(struct dx_link *link, void *data, size_t size,
                           size_t *out_len)
{
    struct tls_link *self = from_base(link);
    int returned = 0;
    enum dx_io io = DX_IO_OK;

    (void)flush(self); /* the caller may have nothing more to write */
    ERR_clear_error();
    returned = SSL_read_ex(self->ssl, data, size, out_len);
    if (returned == 1) {
        return DX_IO_OK;
    }
    io = outcome(self, returned);
    self->read_must_write = io == DX_IO_AGAIN && SSL_want_write(self->ssl);
    return io;
}

static enum dx_io tls_write(struct dx_link *link, const void *data, size_t len,
                            size_t *out_len)
{
    struct tls_link *self = from_base(link);
    enum dx_io io = flush(self);

    if (io != DX_IO_OK) {
        return io == DX_IO_END ? DX_IO_RESET : io;
    }
    len = len < sizeof(self->held) ? len : sizeof(self->held);
    memcpy(self->held, data, len);
    self->held_len = len;
    *out_len = len;
    io = flush(self);
    return io == DX_IO_AGAIN ? DX_IO_OK : io;
}

/* Once only: a second SSL_shutdown() would wait for the peer's own. */
static enum dx_io tls_shutdown_write(struct dx_link *link)
{
    struct tls_link *self = from_base(link);
    enum dx_io io = flush(self);
    int returned = 0;

    if (io != DX_IO_OK) {
        return io == DX_IO_END ? DX_IO_RESET : io;
    }
    ERR_clear_error();
    returned = SSL_shutdown(self->ssl);
    if (returned >= 0) {
        return DX_IO_OK;
    }
    return outcome(self, returned) == DX_IO_AGAIN ? DX_IO_AGAIN : DX_IO_RESET;
}

static unsigned tls_events(const struct dx_link *link, unsigned wanted)
{
    const struct tls_link *self = (const struct tls_link *)link;
    bool must_write = self->held_len > 0 ||
                      (self->read_must_write && (wanted & DEXEC_READABLE) != 0);

    return wanted | (must_write ? (unsigned)DEXEC_WRITABLE : 0U);
}

static enum dx_io tls_wait(struct dx_link *link, unsigned wanted,
                           int timeout_ms, unsigned *out_ready)
{
    struct tls_link *self = from_base(link);
    unsigned ready = 0;
    enum dx_io io = DX_IO_OK;

    if ((wanted & DEXEC_READABLE) != 0 && SSL_pending(self->ssl) > 0) {
        *out_ready = DEXEC_READABLE;
        return DX_IO_OK;
    }
    io = self->lower->ops->wait(self->lower, tls_events(link, wanted),
                                timeout_ms, &ready);
    if (io != DX_IO_OK) {
        return io;
    }
    if ((ready & DEXEC_WRITABLE) != 0) {
        ready |= self->read_must_write ? DEXEC_READABLE : 0U;
        if (flush(self) == DX_IO_AGAIN) {
            ready &= ~(unsigned)DEXEC_WRITABLE;
        }
    }
    *out_ready = ready & wanted;
    return DX_IO_OK;
}

static int tls_fd(const struct dx_link *link)
{
    const struct dx_link *lower = ((const struct tls_link *)link)->lower;

    return lower->ops->fd(lower);
}

static const char *tls_words(struct dx_link *link)
{
    return from_base(link)->words;
}

static void tls_free(struct dx_link *link)
{
    struct tls_link *self = from_base(link);

    SSL_free(self->ssl);
    dx_link_free(self->lower);
    dx_mem_free(self->mem, self);
}

static const struct dx_link_ops tls_ops = {
    .read = tls_read,
    .write = tls_write,
    .shutdown_write = tls_shutdown_write,
    .wait = tls_wait,
    .events = tls_events,
    .fd = tls_fd,
    .words = tls_words,
    .free = tls_free,
};

/* ---- the handshake ---- */

/* Whom the certificate must name; a name is sent along, an address is not. */
static bool set_peer(SSL *ssl, const struct dx_endpoint *endpoint)
{
    char host[sizeof(endpoint->host)] = "";
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    size_t len = strlen(endpoint->host);

    if (endpoint->host[0] == '[') {
        memcpy(host, endpoint->host + 1, len - 2); /* without the brackets */
    } else {
        memcpy(host, endpoint->host, len);
    }
    if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1) {
        return true;
    }
    ERR_clear_error();
    return SSL_set1_host(ssl, host) == 1 &&
           SSL_set_tlsext_host_name(ssl, host) == 1;
}

static bool attach_bio(struct tls_link *self, const struct dx_tls *tls)
{
    BIO *bio = BIO_new(tls->method);

    if (bio == NULL) {
        return false;
    }
    BIO_set_data(bio, self->lower);
    BIO_set_init(bio, 1);
    SSL_set_bio(self->ssl, bio, bio);
    return true;
}

static enum dexec_code fail_handshake(struct tls_link *self, int error,
                                      const struct dx_endpoint *endpoint,
                                      struct dexec_error *err)
{
    long verdict = SSL_get_verify_result(self->ssl);

    if (error != SSL_ERROR_SSL) {
        return dx_fail(err, DEXEC_E_TLS, 0,
                       "TLS with %s: the connection ended inside the handshake "
                       "(does it speak TLS?)",
                       endpoint->address);
    }
    take_words(self->words);
    return dx_fail(
        err, DEXEC_E_TLS, 0, "TLS with %s: %s%s%s", endpoint->address,
        self->words, verdict == X509_V_OK ? "" : ": ",
        verdict == X509_V_OK ? "" : X509_verify_cert_error_string(verdict));
}

static enum dexec_code shake_hands(struct tls_link *self,
                                   const struct dx_endpoint *endpoint,
                                   const struct dx_clock *clock,
                                   uint64_t deadline_ms,
                                   struct dexec_error *err)
{
    for (;;) {
        int left = dx_clock_left(clock, deadline_ms);
        int returned = 0;
        int error = 0;
        unsigned ready = 0;

        ERR_clear_error();
        returned = SSL_connect(self->ssl);
        if (returned == 1) {
            return DEXEC_OK;
        }
        error = SSL_get_error(self->ssl, returned);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
            return fail_handshake(self, error, endpoint, err);
        }
        if (left == 0) {
            return dx_fail(err, DEXEC_E_TIMEOUT, 0,
                           "TLS with %s: no handshake in time",
                           endpoint->address);
        }
        (void)self->lower->ops->wait(
            self->lower,
            error == SSL_ERROR_WANT_WRITE ? DEXEC_WRITABLE : DEXEC_READABLE,
            left, &ready);
    }
}

static void free_tls_link(struct tls_link **self)
{
    if (*self != NULL) {
        tls_free(&(*self)->base);
    }
}

enum dexec_code dx_link_tls_new(struct dx_tls *tls, struct dx_link *lower,
                                const struct dx_endpoint *endpoint,
                                const struct dx_clock *clock,
                                uint64_t deadline_ms, struct dx_link **out_link,
                                struct dexec_error *err)
{
    DX_CLEANUP(free_tls_link)
    struct tls_link *self = dx_mem_alloc(tls->mem, sizeof(*self));
    enum dexec_code rc = DEXEC_OK;

    if (self == NULL) {
        dx_link_free(lower);
        return dx_fail_memory(err);
    }
    *self = (struct tls_link){.base = {.ops = &tls_ops},
                              .mem = tls->mem,
                              .lower = lower,
                              .ssl = SSL_new(tls->context)};
    if (self->ssl == NULL || !attach_bio(self, tls) ||
        !set_peer(self->ssl, endpoint)) {
        ERR_clear_error();
        return dx_fail_memory(err);
    }
    rc = shake_hands(self, endpoint, clock, deadline_ms, err);
    if (rc == DEXEC_OK) {
        *out_link = &self->base;
        self = NULL; /* the caller's now */
    }
    return rc;
}
