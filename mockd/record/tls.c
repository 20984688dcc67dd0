/* SPDX-License-Identifier: MIT */
/* tls.c - TLS on a socket that is there already, by OpenSSL. */
#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define HOST_SIZE 256  /* a host's name has at most 253 bytes */
#define WORDS_SIZE 160 /* bytes of OpenSSL's reason */

struct md_rec_tls {
    SSL_CTX *context;
    BIO_METHOD *method;
    char host[HOST_SIZE]; /* "" = this is the server */
};

struct md_rec_tls_link {
    SSL *ssl;
    int fd;
    bool is_cut; /* the peer closed below TLS */
    char words[WORDS_SIZE];
};

/* ---- OpenSSL's way to the socket: its own would raise SIGPIPE ---- */

static int bio_write(BIO *bio, const char *data, int len)
{
    const struct md_rec_tls_link *link = BIO_get_data(bio);
    ssize_t done = -1;

    BIO_clear_retry_flags(bio);
    do {
        done = send(link->fd, data, (size_t)len, MSG_NOSIGNAL);
    } while (done < 0 && errno == EINTR);
    if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        BIO_set_retry_write(bio);
    }
    return (int)done;
}

static int bio_read(BIO *bio, char *data, int size)
{
    struct md_rec_tls_link *link = BIO_get_data(bio);
    ssize_t len = -1;

    BIO_clear_retry_flags(bio);
    do {
        len = recv(link->fd, data, (size_t)size, 0);
    } while (len < 0 && errno == EINTR);
    if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        BIO_set_retry_read(bio);
    }
    link->is_cut = link->is_cut || len == 0;
    return (int)len;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

static BIO_METHOD *make_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "mockd record");

    if (method != NULL && (BIO_meth_set_write(method, bio_write) != 1 ||
                           BIO_meth_set_read(method, bio_read) != 1 ||
                           BIO_meth_set_ctrl(method, bio_ctrl) != 1)) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}

/* ---- certificates ---- */

/* The first reason of a failure: the last one tells where it was noticed. The
 * queue is empty afterwards. */
static void take_words(char words[WORDS_SIZE])
{
    unsigned long code = ERR_peek_error();
    const char *reason = ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code))
                                                : ERR_reason_error_string(code);

    (void)snprintf(words, WORDS_SIZE, "%s",
                   reason == NULL ? "no reason given" : reason);
    ERR_clear_error();
}

static enum mockd_code fail_file(struct mockd_error *err, const char *what,
                                 const char *file)
{
    char words[WORDS_SIZE];

    take_words(words);
    return md_rec_fail(err, MOCKD_E_INVALID, "TLS %s %s: %s; expected PEM",
                       what, file, words);
}

/* Nobody is there to be asked for a passphrase. */
/* NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL names the type */
static int no_passphrase(char *buffer, int size, int writes, void *user)
{
    (void)buffer;
    (void)size;
    (void)writes;
    (void)user;
    return 0;
}

static enum mockd_code load_pair(SSL_CTX *context,
                                 const struct md_rec_tls_files *files,
                                 struct mockd_error *err)
{
    if ((files->cert == NULL) != (files->key == NULL)) {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "TLS: a certificate and its key go together: give "
                           "both or neither");
    }
    if (files->cert == NULL) {
        return MOCKD_OK;
    }
    if (SSL_CTX_use_certificate_chain_file(context, files->cert) != 1) {
        return fail_file(err, "certificate", files->cert);
    }
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    if (SSL_CTX_use_PrivateKey_file(context, files->key, SSL_FILETYPE_PEM) !=
        1) {
        return fail_file(err, "key (which may have no passphrase)", files->key);
    }
    return MOCKD_OK;
}

static enum mockd_code load_client(SSL_CTX *context,
                                   const struct md_rec_tls_files *files,
                                   struct mockd_error *err)
{
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (files->ca == NULL) {
        if (SSL_CTX_set_default_verify_paths(context) != 1) {
            return fail_file(err, "CA certificates of", "the system");
        }
    } else if (SSL_CTX_load_verify_locations(context, files->ca, NULL) != 1) {
        return fail_file(err, "CA certificate", files->ca);
    }
    return load_pair(context, files, err);
}

static enum mockd_code load_server(SSL_CTX *context,
                                   const struct md_rec_tls_files *files,
                                   struct mockd_error *err)
{
    if (files->cert == NULL) {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "TLS: to listen takes a certificate and its key");
    }
    /* A connection is one conversation: nobody comes back to it. */
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_num_tickets(context, 0);
    if (files->ca != NULL) {
        SSL_CTX_set_verify(
            context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        if (SSL_CTX_load_verify_locations(context, files->ca, NULL) != 1) {
            return fail_file(err, "CA certificate", files->ca);
        }
    }
    return load_pair(context, files, err);
}

static enum mockd_code fill(struct md_rec_tls *tls,
                            const struct md_rec_tls_files *files,
                            struct mockd_error *err)
{
    if (tls->context == NULL || tls->method == NULL ||
        SSL_CTX_set_min_proto_version(tls->context, TLS1_2_VERSION) != 1) {
        ERR_clear_error();
        return md_rec_fail(err, MOCKD_E_SYSTEM, "TLS: no memory");
    }
    (void)SSL_CTX_set_mode(tls->context,
                           SSL_MODE_ENABLE_PARTIAL_WRITE |
                               SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_options(tls->context, SSL_OP_NO_RENEGOTIATION);
    return tls->host[0] != '\0' ? load_client(tls->context, files, err)
                                : load_server(tls->context, files, err);
}

static enum mockd_code make(const struct md_rec_tls_files *files,
                            const SSL_METHOD *method, const char *host,
                            struct md_rec_tls **out_tls,
                            struct mockd_error *err)
{
    struct md_rec_tls *tls = calloc(1, sizeof(*tls));
    enum mockd_code rc = MOCKD_OK;

    if (tls == NULL) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "no memory");
    }
    (void)snprintf(tls->host, sizeof(tls->host), "%s", host);
    tls->context = SSL_CTX_new(method);
    tls->method = make_method();
    rc = fill(tls, files, err);
    if (rc != MOCKD_OK) {
        md_rec_tls_free(tls);
        return rc;
    }
    *out_tls = tls;
    return MOCKD_OK;
}

enum mockd_code md_rec_tls_client(const struct md_rec_tls_files *files,
                                  const char *host, struct md_rec_tls **out_tls,
                                  struct mockd_error *err)
{
    return make(files, TLS_client_method(), host, out_tls, err);
}

enum mockd_code md_rec_tls_server(const struct md_rec_tls_files *files,
                                  struct md_rec_tls **out_tls,
                                  struct mockd_error *err)
{
    return make(files, TLS_server_method(), "", out_tls, err);
}

void md_rec_tls_free(struct md_rec_tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->context);
        BIO_meth_free(tls->method);
        free(tls);
    }
}

/* ---- one connection ---- */

/* Whom the certificate must name; a name is sent along, an address is not. */
static bool set_peer(SSL *ssl, const struct md_rec_tls *tls)
{
    char host[HOST_SIZE]; /* OpenSSL's macro takes no const */

    memcpy(host, tls->host, sizeof(host));
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1) {
        return true;
    }
    ERR_clear_error();
    return SSL_set1_host(ssl, host) == 1 &&
           SSL_set_tlsext_host_name(ssl, host) == 1;
}

static bool attach(struct md_rec_tls_link *link, const struct md_rec_tls *tls)
{
    BIO *bio = NULL;

    link->ssl = SSL_new(tls->context);
    bio = link->ssl != NULL ? BIO_new(tls->method) : NULL;
    if (bio == NULL) {
        return false;
    }
    BIO_set_data(bio, link);
    BIO_set_init(bio, 1);
    SSL_set_bio(link->ssl, bio, bio);
    if (tls->host[0] == '\0') {
        SSL_set_accept_state(link->ssl);
        return true;
    }
    SSL_set_connect_state(link->ssl);
    return set_peer(link->ssl, tls);
}

struct md_rec_tls_link *md_rec_tls_open(const struct md_rec_tls *tls, int fd)
{
    struct md_rec_tls_link *link = calloc(1, sizeof(*link));

    if (link == NULL) {
        return NULL;
    }
    link->fd = fd;
    if (!attach(link, tls)) {
        ERR_clear_error();
        md_rec_tls_close(link);
        return NULL;
    }
    return link;
}

void md_rec_tls_close(struct md_rec_tls_link *link)
{
    if (link != NULL) {
        SSL_free(link->ssl);
        free(link);
    }
}

/* A certificate's fault is told better by its verdict. */
static void keep_words(struct md_rec_tls_link *link)
{
    long verdict = SSL_get_verify_result(link->ssl);

    if (verdict != X509_V_OK) {
        ERR_clear_error();
        (void)snprintf(link->words, sizeof(link->words), "%s",
                       X509_verify_cert_error_string(verdict));
        return;
    }
    take_words(link->words);
}

/* What a call that did not return 1 means. */
static enum md_rec_io outcome(struct md_rec_tls_link *link, int returned)
{
    int kept = errno;
    int error = SSL_get_error(link->ssl, returned);

    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return MD_REC_IO_AGAIN;
    }
    if (error == SSL_ERROR_ZERO_RETURN) {
        return MD_REC_IO_END;
    }
    if (link->is_cut) {
        ERR_clear_error();
        (void)snprintf(link->words, sizeof(link->words),
                       "the connection ended without close_notify");
        errno = ECONNRESET;
    } else if (error == SSL_ERROR_SSL) {
        keep_words(link);
        errno = EPROTO;
    } else {
        ERR_clear_error();
        (void)snprintf(link->words, sizeof(link->words), "%s", strerror(kept));
        errno = kept;
    }
    return MD_REC_IO_RESET;
}

enum md_rec_io md_rec_tls_shake(struct md_rec_tls_link *link)
{
    int returned = 0;

    ERR_clear_error();
    returned = SSL_do_handshake(link->ssl);
    if (returned == 1) {
        return MD_REC_IO_OK;
    }
    return outcome(link, returned) == MD_REC_IO_AGAIN ? MD_REC_IO_AGAIN
                                                      : MD_REC_IO_RESET;
}

enum md_rec_io md_rec_tls_read(struct md_rec_tls_link *link, void *data,
                               size_t size, size_t *out_len)
{
    int returned = 0;

    ERR_clear_error();
    returned = SSL_read_ex(link->ssl, data, size, out_len);
    return returned == 1 ? MD_REC_IO_OK : outcome(link, returned);
}

enum md_rec_io md_rec_tls_write(struct md_rec_tls_link *link, const void *data,
                                size_t len, size_t *out_len)
{
    enum md_rec_io io = MD_REC_IO_OK;
    int returned = 0;

    ERR_clear_error();
    returned = SSL_write_ex(link->ssl, data, len, out_len);
    io = returned == 1 ? MD_REC_IO_OK : outcome(link, returned);
    return io == MD_REC_IO_END ? MD_REC_IO_RESET : io;
}

enum md_rec_io md_rec_tls_shut(struct md_rec_tls_link *link)
{
    enum md_rec_io io = MD_REC_IO_OK;
    int returned = 0;

    ERR_clear_error();
    /* 0: sent, and the peer's own has not come. A second call would wait for
     * that. */
    returned = SSL_shutdown(link->ssl);
    io = returned >= 0 ? MD_REC_IO_OK : outcome(link, returned);
    return io == MD_REC_IO_END ? MD_REC_IO_RESET : io;
}

bool md_rec_tls_wants_write(const struct md_rec_tls_link *link)
{
    return SSL_want_write(link->ssl);
}

const char *md_rec_tls_words(const struct md_rec_tls_link *link)
{
    return link->words;
}
