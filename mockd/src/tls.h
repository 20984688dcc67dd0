/* SPDX-License-Identifier: MIT */
/* tls.h - who a mock that speaks TLS is, and whom it lets in. */
#ifndef MD_TLS_H
#define MD_TLS_H

#include "fail.h"

#define MD_TLS_WORDS_SIZE 160 /* bytes of OpenSSL's reason, with the NUL */

struct md_tls; /* certificates, and what else goes for all connections */
struct ssl_st; /* OpenSSL's SSL */

struct md_tls_files {
    const char *cert; /* PEM, the server's own certificate first */
    const char *key;  /* PEM, without a passphrase */
    const char *ca;   /* PEM: clients must have a certificate that one of these
                       * signed; NULL = they are not asked for any */
};

/* Returns MOCKD_OK, MOCKD_E_INVALID (a file that cannot be used: the message
 * has its path and OpenSSL's reason) or MOCKD_E_SYSTEM (memory). */
enum mockd_code md_tls_new(const struct md_tls_files *files,
                           struct md_tls **out_tls, struct mockd_error *err);

/* Its links are freed before. NULL is fine. */
void md_tls_free(struct md_tls *tls);

/* An SSL object for a new connection, yours; NULL without memory. */
struct ssl_st *md_tls_connection(const struct md_tls *tls);

/* Why OpenSSL failed; its queue of reasons is empty then. */
void md_tls_take_words(char words[MD_TLS_WORDS_SIZE]);

#endif
