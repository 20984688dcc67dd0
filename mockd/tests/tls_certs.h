/* SPDX-License-Identifier: MIT */
/*
 * tls_certs.h - certificates of a test's own, made anew for each run.
 *
 *     ca.pem                   signed these two:
 *     server.pem, server.key   for 127.0.0.1
 *     client.pem, client.key
 *     stranger.pem, .key       signed by itself
 *     locked.key               server.key with a passphrase
 *     text.pem                 no certificate at all
 */
#ifndef TLS_CERTS_H
#define TLS_CERTS_H

#include <stdbool.h>

/* Make all in a fresh folder. Returns its path, or NULL. */
const char *tls_certs_make(void);

/* Remove them and the folder. */
void tls_certs_remove(void);

/* The path of one; NULL of NULL. Good for the next seven calls. */
const char *tls_cert(const char *name);

#endif
