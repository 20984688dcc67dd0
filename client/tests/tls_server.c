/* SPDX-License-Identifier: MIT */
#include "tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls_files.h"

#define PIECE 16384

struct tls_server {
    const struct tls_server_options *options;
    SSL_CTX *context;
    int listener;
    unsigned port;
    size_t served;
    size_t got;
    char name[256];
    pthread_t thread;
};

static bool send_all(SSL *ssl, const char *data, size_t len, size_t record)
{
    size_t written = 0;

    for (size_t at = 0; at < len; at += written) {
        size_t size = record == 0 || len - at < record ? len - at : record;

        if (SSL_write_ex(ssl, data + at, size, &written) != 1) {
            return false;
        }
    }
    return true;
}

static size_t body_size(const char *head)
{
    const char *length = strstr(head, "Content-Length: ");

    return length == NULL
               ? 0
               : strtoul(length + strlen("Content-Length: "), NULL, 10);
}

static bool read_request(SSL *ssl)
{
    char head[8192] = "";
    size_t len = 0;
    size_t body = 0;
    size_t got = 0;

    while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0) {
        if (len == sizeof(head) - 1 ||
            SSL_read_ex(ssl, head + len, 1, &got) != 1) {
            return false;
        }
        len++;
    }
    body = body_size(head);
    while (body > 0 && SSL_read_ex(ssl, head, 1, &got) == 1) {
        body--;
    }
    return body == 0;
}

static bool send_frame(SSL *ssl, char *frame, size_t len)
{
    uint32_t size = htonl((uint32_t)len);

    frame[0] = 1;
    memcpy(frame + 4, &size, sizeof(size));
    return send_all(ssl, frame, len + 8, 0);
}

static void echo(struct tls_server *server, SSL *ssl,
                 const struct tls_step *step)
{
    static char frame[8 + PIECE];
    size_t got = 0;

    memset(frame, 0, sizeof(frame));
    for (size_t sent = 0; step->kind == TLS_FLOODS && sent < TLS_FLOOD_LEN;
         sent += PIECE) {
        if (!send_frame(ssl, frame, PIECE)) {
            return;
        }
    }
    while (SSL_read_ex(ssl, frame + 8, PIECE, &got) == 1) {
        server->got += got;
        if (step->kind == TLS_ECHOES && !send_frame(ssl, frame, got)) {
            return;
        }
    }
    if (SSL_get_shutdown(ssl) == SSL_RECEIVED_SHUTDOWN) {
        (void)send_all(ssl, step->last, step->last_len, 0);
    }
}

/* What the client still sends is taken, so that our close is no reset. */
static void hold(int fd)
{
    char rest[4096];

    while (recv(fd, rest, sizeof(rest), 0) > 0) {
    }
}

/* Returns false when the client may still have something to say. */
static bool serve_tls(struct tls_server *server, SSL *ssl,
                      const struct tls_step *step)
{
    const char *name = NULL;

    if (SSL_accept(ssl) != 1) {
        return false;
    }
    name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)snprintf(server->name, sizeof(server->name), "%s",
                   name == NULL ? "" : name);
    if (!read_request(ssl) ||
        !send_all(ssl, step->bytes, step->len, step->record)) {
        return false;
    }
    if (step->kind == TLS_ECHOES || step->kind == TLS_FLOODS) {
        server->got = 0;
        echo(server, ssl, step);
    }
    if (step->kind != TLS_CUTS) {
        (void)SSL_shutdown(ssl);
    }
    return true;
}

static void serve(struct tls_server *server, int fd,
                  const struct tls_step *step)
{
    SSL *ssl = NULL;
    bool is_over = false;

    switch (step->kind) {
    case TLS_IS_PLAIN:
        (void)send(fd, step->bytes, step->len, MSG_NOSIGNAL);
        break;
    case TLS_IS_SILENT:
        hold(fd);
        break;
    case TLS_ANSWERS:
    case TLS_CUTS:
    case TLS_ECHOES:
    case TLS_FLOODS:
        ssl = SSL_new(server->context);
        is_over = ssl != NULL && SSL_set_fd(ssl, fd) == 1 &&
                  serve_tls(server, ssl, step);
        SSL_free(ssl);
        ERR_clear_error();
        break;
    }
    if (!is_over) {
        (void)shutdown(fd, SHUT_WR);
        hold(fd);
    }
}

static void *run(void *user)
{
    struct tls_server *server = user;
    sigset_t pipe;

    /* OpenSSL's own socket writes raise it when the client has gone. */
    (void)sigemptyset(&pipe);
    (void)sigaddset(&pipe, SIGPIPE);
    (void)pthread_sigmask(SIG_BLOCK, &pipe, NULL);
    while (server->served < server->options->count) {
        int fd = accept(server->listener, NULL, NULL);

        if (fd < 0) {
            break; /* the listener was shut down */
        }
        serve(server, fd, &server->options->steps[server->served]);
        (void)close(fd);
        server->served++;
    }
    return NULL;
}

static bool make_context(struct tls_server *server)
{
    const struct tls_server_options *options = server->options;
    char name[64] = "";
    const char *certificate = NULL;
    const char *key = NULL;

    (void)snprintf(name, sizeof(name), "%s.pem", options->certificate);
    certificate = tls_file(options->folder, name);
    (void)snprintf(name, sizeof(name), "%s.key", options->certificate);
    key = tls_file(options->folder, name);
    server->context = SSL_CTX_new(TLS_server_method());
    if (server->context == NULL ||
        SSL_CTX_use_certificate_chain_file(server->context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(server->context, key, SSL_FILETYPE_PEM) !=
            1 ||
        SSL_CTX_set_max_proto_version(server->context, options->newest) != 1) {
        return false;
    }
    if (options->wants_certificate) {
        SSL_CTX_set_verify(server->context,
                           SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                           NULL);
        return SSL_CTX_load_verify_locations(
                   server->context, tls_file(options->folder, "ca.pem"),
                   NULL) == 1;
    }
    return true;
}

static bool listen_tcp(struct tls_server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);

    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (server->listener < 0 ||
        bind(server->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(server->listener, 8) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) != 0) {
        return false;
    }
    server->port = ntohs(address.sin_port);
    return true;
}

struct tls_server *tls_server_start(const struct tls_server_options *options)
{
    struct tls_server *server = calloc(1, sizeof(*server));

    if (server == NULL) {
        return NULL;
    }
    server->options = options;
    server->listener = -1;
    if (!make_context(server) || !listen_tcp(server) ||
        pthread_create(&server->thread, NULL, run, server) != 0) {
        tls_server_free(server);
        return NULL;
    }
    return server;
}

unsigned tls_server_port(const struct tls_server *server)
{
    return server->port;
}

const char *tls_server_name(const struct tls_server *server)
{
    return server->name;
}

size_t tls_server_got(const struct tls_server *server)
{
    return server->got;
}

size_t tls_server_stop(struct tls_server *server)
{
    (void)shutdown(server->listener, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    return server->served;
}

void tls_server_free(struct tls_server *server)
{
    SSL_CTX_free(server->context);
    if (server->listener >= 0) {
        (void)close(server->listener);
    }
    free(server);
}
