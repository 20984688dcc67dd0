/* SPDX-License-Identifier: MIT */
#include "tls_client.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "tls_certs.h"
#include "wire_client.h"

#define WAIT_S 10

/* See the alerts and the tickets that come.
 * NOLINTNEXTLINE(readability-function-size): OpenSSL's signature */
static void note_message(int is_sent, int version, int type, const void *bytes,
                         size_t len, SSL *ssl, void *user)
{
    struct tls_client *client = user;
    const uint8_t *message = bytes;

    (void)version;
    (void)ssl;
    if (is_sent != 0) {
        return;
    }
    if (type == SSL3_RT_ALERT && len == 2) {
        client->is_warning = message[0] == SSL3_AL_WARNING;
        client->alert = message[1];
    }
    client->tickets += type == SSL3_RT_HANDSHAKE && len > 0 &&
                       message[0] == SSL3_MT_NEWSESSION_TICKET;
}

static bool load(SSL_CTX *context, const struct tls_wish *wish)
{
    if (SSL_CTX_load_verify_file(context, tls_cert("ca.pem")) != 1) {
        return false;
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (wish == NULL) {
        return true;
    }
    if (wish->newest != 0 &&
        SSL_CTX_set_max_proto_version(context, wish->newest) != 1) {
        return false;
    }
    return wish->cert == NULL ||
           (SSL_CTX_use_certificate_file(context, tls_cert(wish->cert),
                                         SSL_FILETYPE_PEM) == 1 &&
            SSL_CTX_use_PrivateKey_file(context, tls_cert(wish->key),
                                        SSL_FILETYPE_PEM) == 1);
}

bool tls_shake_hands(struct tls_client *client, int fd,
                     const struct tls_wish *wish)
{
    struct timeval wait = {.tv_sec = WAIT_S};

    *client = (struct tls_client){
        .fd = fd, .context = SSL_CTX_new(TLS_client_method()), .alert = -1};
    if (fd < 0 || client->context == NULL || !load(client->context, wish)) {
        return false;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
    client->ssl = SSL_new(client->context);
    SSL_set_msg_callback(client->ssl, note_message);
    SSL_set_msg_callback_arg(client->ssl, client);
    ERR_clear_error();
    return SSL_set_fd(client->ssl, fd) == 1 && SSL_connect(client->ssl) == 1;
}

bool tls_connect(struct tls_client *client, const char *url,
                 const struct tls_wish *wish)
{
    return tls_shake_hands(client, wire_connect(url), wish);
}

void tls_close(struct tls_client *client)
{
    if (client->context != NULL) {
        SSL_free(client->ssl);
        SSL_CTX_free(client->context);
        (void)close(client->fd);
    }
    *client = (struct tls_client){.fd = -1};
}

bool tls_send(struct tls_client *client, const void *bytes, size_t len)
{
    size_t written = 0;

    ERR_clear_error();
    return SSL_write_ex(client->ssl, bytes, len, &written) == 1 &&
           written == len;
}

bool tls_request(struct tls_client *client, const char *method,
                 const char *target, const char *body, bool has_upgrade)
{
    char text[4096];
    int len = snprintf(
        text, sizeof(text),
        "%s %s HTTP/1.1\r\nHost: d\r\n%sContent-Type: application/json\r\n"
        "Content-Length: %zu\r\n\r\n%s",
        method, target,
        has_upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "",
        body == NULL ? 0 : strlen(body), body == NULL ? "" : body);

    return tls_send(client, text, (size_t)len);
}

bool tls_half_close(struct tls_client *client)
{
    return SSL_shutdown(client->ssl) >= 0;
}

size_t tls_read(struct tls_client *client, void *out, size_t size)
{
    size_t len = 0;

    ERR_clear_error();
    errno = 0;
    if (SSL_read_ex(client->ssl, out, size, &len) != 1) {
        return 0;
    }
    if (client->record_count < TLS_RECORDS_KEPT) {
        client->records[client->record_count] = len;
    }
    client->record_count++;
    return len;
}

bool tls_read_until(struct tls_client *client, char *out, size_t size,
                    const char *end)
{
    size_t used = 0;

    out[0] = '\0';
    while (strstr(out, end) == NULL) {
        size_t len =
            used + 1 < size ? tls_read(client, out + used, size - 1 - used) : 0;

        if (len == 0) {
            return false;
        }
        used += len;
        out[used] = '\0';
    }
    return true;
}

/* After a read of nothing. */
static enum tls_end how_ended(const struct tls_client *client)
{
    int failure = errno;

    if ((SSL_get_shutdown(client->ssl) & SSL_RECEIVED_SHUTDOWN) != 0 &&
        client->alert == SSL_AD_CLOSE_NOTIFY) {
        return TLS_CLEAN;
    }
    if (client->alert > 0 && !client->is_warning) {
        return TLS_FATAL;
    }
    if (failure == ECONNRESET) {
        return TLS_RESET;
    }
    return failure == EAGAIN ? TLS_SILENT : TLS_CUT;
}

enum tls_end tls_read_all(struct tls_client *client, char *out, size_t size,
                          size_t *out_total)
{
    static char page[32768];
    size_t kept = 0;
    size_t len = 0;

    *out_total = 0;
    while ((len = tls_read(client, page, sizeof(page))) > 0) {
        size_t keep = len < size - 1 - kept ? len : size - 1 - kept;

        memcpy(out + kept, page, keep);
        kept += keep;
        *out_total += len;
    }
    out[kept] = '\0';
    return how_ended(client);
}

static bool has_whole_body(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "Content-Length: ");

    return end != NULL && (length == NULL || length > end ||
                           strlen(end + 4) >= strtoul(length + 16, NULL, 10));
}

int tls_ask(struct tls_client *client, const char *method, const char *target,
            const char *body, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    if (!tls_request(client, method, target, body, false)) {
        return 0;
    }
    while (!has_whole_body(out)) {
        size_t len = tls_read(client, out + used, size - 1 - used);

        if (len == 0) {
            return 0;
        }
        used += len;
        out[used] = '\0';
    }
    return (int)strtol(out + strlen("HTTP/1.1 "), NULL, 10);
}
