/* SPDX-License-Identifier: MIT */
#include "tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct md_tls {
    SSL_CTX *context;
};

/* The first reason is the deepest one. */
void md_tls_take_words(char words[MD_TLS_WORDS_SIZE])
{
    unsigned long error = ERR_peek_error();
    const char *reason = ERR_SYSTEM_ERROR(error)
                             ? strerror(ERR_GET_REASON(error))
                             : ERR_reason_error_string(error);

    (void)snprintf(words, MD_TLS_WORDS_SIZE, "%s",
                   reason == NULL ? "no reason given" : reason);
    ERR_clear_error();
}

static enum mockd_code fail_file(struct mockd_error *err, const char *what,
                                 const char *file)
{
    char words[MD_TLS_WORDS_SIZE];

    md_tls_take_words(words);
    return md_fail(err, MOCKD_E_INVALID, "%s %.200s: %s; expected PEM", what,
                   file, words);
}

/* Nobody is there to be asked for a passphrase. */
/* NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's signature */
static int no_passphrase(char *buffer, int size, int writes, void *user)
{
    (void)buffer;
    (void)size;
    (void)writes;
    (void)user;
    return -1;
}

static enum mockd_code load_files(SSL_CTX *context,
                                  const struct md_tls_files *files,
                                  struct mockd_error *err)
{
    STACK_OF(X509_NAME) *names = NULL;

    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    if (SSL_CTX_use_certificate_chain_file(context, files->cert) != 1) {
        return fail_file(err, "TLS certificate", files->cert);
    }
    if (SSL_CTX_use_PrivateKey_file(context, files->key, SSL_FILETYPE_PEM) !=
        1) {
        return fail_file(err, "TLS key (which may have no passphrase)",
                         files->key);
    }
    if (files->ca == NULL) {
        return MOCKD_OK;
    }
    names = SSL_load_client_CA_file(files->ca);
    if (names == NULL || SSL_CTX_load_verify_file(context, files->ca) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return fail_file(err, "TLS CA certificate", files->ca);
    }
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context,
                       SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return MOCKD_OK;
}

/* No tickets: a client that resumed would show no certificate, and records
 * that nobody asked for would stand between those of the answer. */
static enum mockd_code fill_tls(struct md_tls *tls,
                                const struct md_tls_files *files,
                                struct mockd_error *err)
{
    SSL_CTX *context = tls->context;

    if (context == NULL ||
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_num_tickets(context, 0) != 1) {
        ERR_clear_error();
        return md_fail_nomem(err);
    }
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_options(context,
                              SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return load_files(context, files, err);
}

enum mockd_code md_tls_new(const struct md_tls_files *files,
                           struct md_tls **out_tls, struct mockd_error *err)
{
    struct md_tls *tls = calloc(1, sizeof(*tls));
    enum mockd_code rc = MOCKD_OK;

    if (tls == NULL) {
        return md_fail_nomem(err);
    }
    ERR_clear_error();
    tls->context = SSL_CTX_new(TLS_server_method());
    rc = fill_tls(tls, files, err);
    if (rc != MOCKD_OK) {
        md_tls_free(tls);
        return rc;
    }
    *out_tls = tls;
    return MOCKD_OK;
}

void md_tls_free(struct md_tls *tls)
{
    if (tls != NULL) {
        SSL_CTX_free(tls->context);
        free(tls);
    }
}

struct ssl_st *md_tls_connection(const struct md_tls *tls)
{
    return SSL_new(tls->context);
}
