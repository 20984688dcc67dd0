/* SPDX-License-Identifier: MIT */
/*
 * tls_server.h - a daemon that speaks TLS: a thread that serves one
 * connection after the other by a script.
 */
#ifndef TESTS_TLS_SERVER_H
#define TESTS_TLS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

enum tls_step_kind {
    TLS_ANSWERS,   /* bytes, then close_notify */
    TLS_CUTS,      /* bytes, then the connection's end without close_notify */
    TLS_ECHOES,    /* bytes; input comes back as frames, up to the client's
                    * close_notify; then last, then close_notify */
    TLS_FLOODS,    /* bytes; then frames of zeros, FLOOD_LEN in all, before any
                    * input is read; then as TLS_ECHOES */
    TLS_IS_SILENT, /* no handshake, until the client goes */
    TLS_IS_PLAIN   /* bytes as they are, without TLS */
};

enum { TLS_FLOOD_LEN = 8 * 1024 * 1024 };

struct tls_step {
    enum tls_step_kind kind;
    const char *bytes; /* sent once the request was read */
    size_t len;
    size_t record; /* bytes of one TLS record at most; 0 = all */
    const char *last;
    size_t last_len;
};

struct tls_server_options {
    const char *folder;      /* of tls_files.h */
    const char *certificate; /* "server" has server.pem and server.key */
    bool wants_certificate;  /* a client's, by ca.pem */
    int newest;              /* TLS1_2_VERSION; 0 = any */
    const struct tls_step *steps;
    size_t count;
};

struct tls_server;

/* Listen on 127.0.0.1. @options are borrowed. NULL = it was not possible. */
struct tls_server *tls_server_start(const struct tls_server_options *options);

unsigned tls_server_port(const struct tls_server *server);

/* The name that the last client asked for, "" = none; once it has stopped. */
const char *tls_server_name(const struct tls_server *server);

/* Bytes of input of the last flood or echo; once it has stopped. */
size_t tls_server_got(const struct tls_server *server);

/* Clients must have gone. Connections that never came are not waited for.
 * Returns how many were served. */
size_t tls_server_stop(struct tls_server *server);

void tls_server_free(struct tls_server *server);

#endif
