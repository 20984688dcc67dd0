/* SPDX-License-Identifier: MIT */
/*
 * tls.h - TLS on a socket that is there already, by OpenSSL.
 *
 * tls.c is the only file of the recorder that includes openssl/. Users read
 * and write through chan.h.
 */
#ifndef MD_REC_TLS_H
#define MD_REC_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "fail.h"

struct md_rec_tls;      /* certificates, for any number of connections */
struct md_rec_tls_link; /* one connection */

/* PEM files; NULL = not given. All borrowed for the call. */
struct md_rec_tls_files {
    const char *ca;   /* client: who vouches for the engine, NULL = those whom
                       * the system trusts; server: who vouches for a client,
                       * which must have a certificate then */
    const char *cert; /* cert and key: both or neither; a server has them */
    const char *key;  /* without a passphrase */
};

/* What became of a call. */
enum md_rec_io {
    MD_REC_IO_OK,
    MD_REC_IO_AGAIN, /* wait for the descriptor, as the events say */
    MD_REC_IO_END,   /* the peer ended its side, in good order */
    MD_REC_IO_RESET  /* any other end, errno tells: for TLS also an end
                      * without close_notify (ECONNRESET) or a broken record
                      * (EPROTO) */
};

/*
 * Certificates for calling the engine at @host, whose certificate must name
 * that host or address.
 *
 * Returns MOCKD_OK, or MOCKD_E_INVALID: a file that cannot be read, is not
 * PEM, or a key that does not fit; or MOCKD_E_SYSTEM: memory.
 */
enum mockd_code md_rec_tls_client(const struct md_rec_tls_files *files,
                                  const char *host, struct md_rec_tls **out_tls,
                                  struct mockd_error *err);

/* Certificates for being called. Returns as md_rec_tls_client(). */
enum mockd_code md_rec_tls_server(const struct md_rec_tls_files *files,
                                  struct md_rec_tls **out_tls,
                                  struct mockd_error *err);

/* @tls may be NULL. Its links must be gone. */
void md_rec_tls_free(struct md_rec_tls *tls);

/* TLS over @fd, which stays the caller's and does not block; NULL = no
 * memory. */
struct md_rec_tls_link *md_rec_tls_open(const struct md_rec_tls *tls, int fd);

void md_rec_tls_close(struct md_rec_tls_link *link);

/* Go on with the handshake: OK when it is done. */
enum md_rec_io md_rec_tls_shake(struct md_rec_tls_link *link);

/* One record, or what is left of it; *out_len > 0 with OK. */
enum md_rec_io md_rec_tls_read(struct md_rec_tls_link *link, void *data,
                               size_t size, size_t *out_len);

/* From the front of @data; after AGAIN the same bytes must come again. */
enum md_rec_io md_rec_tls_write(struct md_rec_tls_link *link, const void *data,
                                size_t len, size_t *out_len);

/* close_notify: this side ends, the other one goes on. Once only. */
enum md_rec_io md_rec_tls_shut(struct md_rec_tls_link *link);

/* After AGAIN: does it wait for room to write? Else for bytes to read. */
bool md_rec_tls_wants_write(const struct md_rec_tls_link *link);

/* Why the last call returned RESET; valid until the next one. */
const char *md_rec_tls_words(const struct md_rec_tls_link *link);

#endif
