/* SPDX-License-Identifier: MIT */
/*
 * tls_link.h - one client's connection that speaks TLS.
 *
 * HTTP sees it in the clear at first, by a socket pair that bytes are relayed
 * to; then a session takes it, and writes records of its own. Nothing here
 * waits.
 */
#ifndef MD_TLS_LINK_H
#define MD_TLS_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#define MD_TLS_RECORD_MAX 16384 /* bytes of a record: the protocol's bound */

struct md_tls;
struct md_tls_link;

enum md_tls_result {
    MD_TLS_OK = 0,
    MD_TLS_WAIT, /* nothing more can be done before the socket is ready */
    MD_TLS_END,  /* an orderly end: close_notify has come, or HTTP closed */
    MD_TLS_GONE  /* any other end; the link is good for nothing but freeing */
};

/* Serve TLS on @fd, which is non-blocking and the link's from then on. Returns
 * NULL, with @fd closed, without memory. */
struct md_tls_link *md_tls_link_new(const struct md_tls *tls, int fd);

/* Close the connection as it is, without close_notify. NULL is fine. */
void md_tls_link_free(struct md_tls_link *link);

int md_tls_fd(const struct md_tls_link *link);

/* Go on with the handshake. MD_TLS_OK: it is done. */
enum md_tls_result md_tls_accept(struct md_tls_link *link);

/* OpenSSL's reason for MD_TLS_GONE; "" when the client just went away. */
const char *md_tls_words(const struct md_tls_link *link);

/* ---- in the clear ---- */

/* Make the pair. @out_inner: the end for HTTP, yours; @out_outer: ours, to be
 * watched. False when the system refuses. */
bool md_tls_open(struct md_tls_link *link, int *out_inner, int *out_outer);

/*
 * Relay what can be relayed both ways. To be called when either the connection
 * or the outer end of the pair has become readable or writable.
 *
 * Returns MD_TLS_WAIT to go on, MD_TLS_END when HTTP has closed its end and
 * the client has all, close_notify too, or MD_TLS_GONE.
 */
enum md_tls_result md_tls_relay(struct md_tls_link *link);

/* HTTP has closed its end; the rest is on its way to the client. */
bool md_tls_is_closing(const struct md_tls_link *link);

/* Relay no more. @inner, which HTTP keeps and does not use meanwhile: what it
 * has not read comes first in md_tls_read(). */
void md_tls_take(struct md_tls_link *link, int inner);

/* ---- taken ---- */

/* MD_TLS_END: the client has said that nothing more comes. */
enum md_tls_result md_tls_read(struct md_tls_link *link, void *bytes,
                               size_t size, size_t *out_len);

/* Bytes that were decrypted and not read: no event will tell of them. */
bool md_tls_has_pending(const struct md_tls_link *link);

/*
 * Write up to two pieces as one record, as far as they fit into one.
 *
 * Returns MD_TLS_OK when the kernel has all of that record, MD_TLS_WAIT, after
 * which the same bytes must be offered again, or MD_TLS_GONE.
 */
enum md_tls_result md_tls_write(struct md_tls_link *link,
                                const struct iovec *pieces, int count,
                                size_t *out_written);

/* At most @max bytes in a record from now on, instead of MD_TLS_RECORD_MAX. */
void md_tls_set_record(struct md_tls_link *link, size_t max);

/* A write became several records by that. */
bool md_tls_was_cut(const struct md_tls_link *link);

/* Last words, after which nothing is written; only the first ones count.
 * md_tls_end() ends our side by close_notify, md_tls_end_bare() by TCP's FIN
 * alone. The alert is fatal: bad_record_mac, the one that OpenSSL can be
 * brought to send at any time. md_tls_flush() sends them. */
void md_tls_end(struct md_tls_link *link);
void md_tls_end_bare(struct md_tls_link *link);
void md_tls_alert(struct md_tls_link *link);

/* Finish the record that is under way, and send the last words. MD_TLS_OK: the
 * kernel has all. */
enum md_tls_result md_tls_flush(struct md_tls_link *link);

#endif
