/* SPDX-License-Identifier: MIT */
/*
 * tls_client.h - a raw client that speaks TLS, and sees its records.
 *
 * Every wait ends after ten seconds.
 */
#ifndef TLS_CLIENT_H
#define TLS_CLIENT_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#define TLS_RECORDS_KEPT 256

struct tls_wish {
    const char *cert; /* of tls_cert(); NULL = none */
    const char *key;
    int newest; /* TLS1_2_VERSION; 0 = any */
};

/* Zero-initialise. */
struct tls_client {
    int fd;
    SSL_CTX *context;
    SSL *ssl;
    int alert;        /* that came last: its description; -1 = none did */
    bool is_warning;  /* and its level */
    unsigned tickets; /* for sessions to be resumed, that came */
    size_t records[TLS_RECORDS_KEPT]; /* bytes in each that was read */
    size_t record_count;
};

/* How the other side ended. */
enum tls_end {
    TLS_CLEAN = 0, /* close_notify */
    TLS_CUT,       /* TCP's FIN without it */
    TLS_RESET,
    TLS_FATAL, /* an alert: see client->alert */
    TLS_SILENT /* nothing came in time */
};

/* Connect to "tcp://127.0.0.1:PORT" and shake hands; @wish may be NULL. False
 * when that fails. The server's certificate must be of ca.pem. */
bool tls_connect(struct tls_client *client, const char *url,
                 const struct tls_wish *wish);

/* The same on a connection that there is. */
bool tls_shake_hands(struct tls_client *client, int fd,
                     const struct tls_wish *wish);

/* Close the connection as it is. Twice is harmless. */
void tls_close(struct tls_client *client);

bool tls_send(struct tls_client *client, const void *bytes, size_t len);

/* As wire_request(), in one record. */
bool tls_request(struct tls_client *client, const char *method,
                 const char *target, const char *body, bool has_upgrade);

/* End our side by close_notify. */
bool tls_half_close(struct tls_client *client);

/* Read what one record has. Returns 0 at an end, which tls_end() tells. */
size_t tls_read(struct tls_client *client, void *out, size_t size);

/* Read until @end has come, and keep what came, NUL-terminated. False when it
 * does not come, or does not fit. */
bool tls_read_until(struct tls_client *client, char *out, size_t size,
                    const char *end);

/* Read to the end. Keeps the first @size - 1 bytes, NUL-terminated. */
enum tls_end tls_read_all(struct tls_client *client, char *out, size_t size,
                          size_t *out_total);

/* A request on a connection that stays open. Returns the status, 0 when it
 * failed; the answer is read by its Content-Length. */
int tls_ask(struct tls_client *client, const char *method, const char *target,
            const char *body, char *out, size_t size);

#endif
