/* SPDX-License-Identifier: MIT */
#include "tls_link.h"

#include <assert.h>
#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls.h"

#define TAIL_SIZE 256     /* bytes of an alert, encrypted: about a hundred */
#define PAGES_LEFT_MAX 64 /* of what comes behind an end: 1 MiB */

enum last_words { NOT_YET = 0, CLOSE_NOTIFY, ALERT, NOTHING };

struct md_tls_link {
    SSL *ssl;
    BIO_METHOD *method; /* its way to the socket */
    int fd;
    int outer;         /* our end of the pair; -1 = none (any more) */
    int inner;         /* HTTP's, once taken, until it is empty; else -1 */
    size_t record_max; /* see md_tls_set_record() */
    size_t retry_len;  /* plain bytes of the record under way; 0 = none is */
    bool was_cut;
    bool is_client_over; /* HTTP was told of it, or cannot be told anything */
    bool is_closing;     /* HTTP has closed its end */
    enum last_words last;
    bool is_last_said; /* it is in the tail, or out */
    bool is_poisoned;  /* what is read is garbage: see say_alert() */
    bool is_tailing;   /* what is written goes to the tail */
    uint8_t tail[TAIL_SIZE];
    size_t tail_len;
    char words[MD_TLS_WORDS_SIZE];
};

/* ---- OpenSSL's way to the socket: no signal, and ours to interfere ---- */

static int keep_tail(struct md_tls_link *link, const char *data, int len)
{
    if ((size_t)len > TAIL_SIZE - link->tail_len) {
        return -1;
    }
    memcpy(link->tail + link->tail_len, data, (size_t)len);
    link->tail_len += (size_t)len;
    return len;
}

static int bio_write(BIO *bio, const char *data, int len)
{
    struct md_tls_link *link = BIO_get_data(bio);
    ssize_t sent = -1;

    BIO_clear_retry_flags(bio);
    if (link->is_tailing) {
        return keep_tail(link, data, len);
    }
    do {
        sent = send(link->fd, data, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno == EAGAIN) {
        BIO_set_retry_write(bio);
    }
    return (int)sent;
}

/* A record's header and what is no record. */
static int make_garbage(char *data, int size)
{
    memset(data, SSL3_VERSION_MAJOR, (size_t)size);
    data[0] = SSL3_RT_APPLICATION_DATA;
    return size;
}

static int bio_read(BIO *bio, char *data, int size)
{
    struct md_tls_link *link = BIO_get_data(bio);
    ssize_t got = -1;

    BIO_clear_retry_flags(bio);
    if (link->is_poisoned) {
        return make_garbage(data, size);
    }
    do {
        got = recv(link->fd, data, (size_t)size, MSG_DONTWAIT);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN) {
        BIO_set_retry_read(bio);
    }
    return (int)got;
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
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "mockd link");

    if (method != NULL && (BIO_meth_set_write(method, bio_write) != 1 ||
                           BIO_meth_set_read(method, bio_read) != 1 ||
                           BIO_meth_set_ctrl(method, bio_ctrl) != 1)) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}

/* ---- a link ---- */

struct md_tls_link *md_tls_link_new(const struct md_tls *tls, int fd)
{
    struct md_tls_link *link = calloc(1, sizeof(*link));
    BIO_METHOD *method = make_method();
    BIO *bio = method == NULL ? NULL : BIO_new(method);

    if (link == NULL || bio == NULL) {
        free(link);
        BIO_free(bio);
        BIO_meth_free(method);
        (void)close(fd);
        return NULL;
    }
    *link = (struct md_tls_link){.ssl = md_tls_connection(tls),
                                 .method = method,
                                 .fd = fd,
                                 .outer = -1,
                                 .inner = -1,
                                 .record_max = MD_TLS_RECORD_MAX};
    if (link->ssl == NULL) {
        BIO_free(bio);
        md_tls_link_free(link);
        return NULL;
    }
    BIO_set_data(bio, link);
    BIO_set_init(bio, 1);
    SSL_set_bio(link->ssl, bio, bio);
    return link;
}

static void close_outer(struct md_tls_link *link)
{
    if (link->outer >= 0) {
        (void)close(link->outer);
    }
    link->outer = -1;
}

void md_tls_link_free(struct md_tls_link *link)
{
    if (link != NULL) {
        SSL_free(link->ssl);
        BIO_meth_free(link->method);
        close_outer(link);
        (void)close(link->fd);
        free(link);
    }
}

int md_tls_fd(const struct md_tls_link *link)
{
    return link->fd;
}

const char *md_tls_words(const struct md_tls_link *link)
{
    return link->words;
}

/* What a call that @returned something but 1 means. */
static enum md_tls_result outcome(struct md_tls_link *link, int returned)
{
    int error = SSL_get_error(link->ssl, returned);

    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return MD_TLS_WAIT;
    }
    if (error == SSL_ERROR_ZERO_RETURN) {
        return MD_TLS_END;
    }
    if (error == SSL_ERROR_SSL) {
        md_tls_take_words(link->words);
    }
    return MD_TLS_GONE;
}

/* What dockerd, as every server in Go, says to one who does not speak TLS. */
static void answer_plain(const struct md_tls_link *link)
{
    static const char answer[] =
        "HTTP/1.0 400 Bad Request\r\n\r\n"
        "Client sent an HTTP request to an HTTPS server.\n";

    (void)send(link->fd, answer, sizeof(answer) - 1,
               MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Bytes that are left unread would reset the connection, and take the alert or
 * the answer that is on its way with them. */
static void part(const struct md_tls_link *link)
{
    char page[MD_TLS_RECORD_MAX];

    (void)shutdown(link->fd, SHUT_WR);
    for (int i = 0; i < PAGES_LEFT_MAX; i++) {
        if (recv(link->fd, page, sizeof(page), MSG_DONTWAIT) <= 0) {
            return;
        }
    }
}

/* Why OpenSSL would not have the client's certificate. */
static void add_verdict(struct md_tls_link *link)
{
    long verdict = SSL_get_verify_result(link->ssl);
    size_t len = strlen(link->words);

    if (len > 0 && verdict != X509_V_OK) {
        (void)snprintf(link->words + len, sizeof(link->words) - len, ": %s",
                       X509_verify_cert_error_string(verdict));
    }
}

enum md_tls_result md_tls_accept(struct md_tls_link *link)
{
    unsigned long error = 0;
    int returned = 0;

    ERR_clear_error();
    returned = SSL_accept(link->ssl);
    if (returned == 1) {
        return MD_TLS_OK;
    }
    error = ERR_peek_error();
    if (outcome(link, returned) == MD_TLS_WAIT) {
        return MD_TLS_WAIT;
    }
    if (ERR_GET_LIB(error) == ERR_LIB_SSL &&
        ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST) {
        answer_plain(link);
    }
    add_verdict(link);
    part(link);
    return MD_TLS_GONE;
}

static enum md_tls_result read_ssl(struct md_tls_link *link, void *bytes,
                                   size_t size, size_t *out_len, bool is_peek)
{
    int returned = 0;

    ERR_clear_error();
    returned = is_peek ? SSL_peek_ex(link->ssl, bytes, size, out_len)
                       : SSL_read_ex(link->ssl, bytes, size, out_len);
    return returned == 1 ? MD_TLS_OK : outcome(link, returned);
}

/* One record. OpenSSL keeps what the kernel does not take at once, and looks at
 * the bytes no more. */
static enum md_tls_result write_record(struct md_tls_link *link,
                                       const void *bytes, size_t len,
                                       size_t *out_written)
{
    enum md_tls_result result = MD_TLS_OK;
    int returned = 0;

    ERR_clear_error();
    returned = SSL_write_ex(link->ssl, bytes, len, out_written);
    if (returned == 1) {
        link->retry_len = 0;
        return MD_TLS_OK;
    }
    result = outcome(link, returned);
    link->retry_len = result == MD_TLS_WAIT ? len : 0;
    return result == MD_TLS_WAIT ? MD_TLS_WAIT : MD_TLS_GONE;
}

/* ---- last words ---- */

/* OpenSSL has no call that sends an alert but close_notify. So it is given
 * something to complain about: a record that cannot be authentic. */
static void say_alert(struct md_tls_link *link)
{
    char page[MD_TLS_RECORD_MAX];
    size_t len = 0;

    SSL_set_shutdown(link->ssl, 0); /* else it reads no more */
    link->is_poisoned = true;
    while (read_ssl(link, page, sizeof(page), &len, false) == MD_TLS_OK) {
    }
}

static void say_last(struct md_tls_link *link)
{
    link->is_last_said = true;
    link->is_tailing = true;
    if (link->last == ALERT) {
        say_alert(link);
    } else if (link->last == CLOSE_NOTIFY) {
        (void)SSL_shutdown(link->ssl);
    } else {
        (void)shutdown(link->fd, SHUT_WR);
    }
    ERR_clear_error();
}

static enum md_tls_result send_tail(struct md_tls_link *link)
{
    while (link->tail_len > 0) {
        ssize_t sent = send(link->fd, link->tail, link->tail_len,
                            MSG_NOSIGNAL | MSG_DONTWAIT);

        if (sent < 0 && errno != EINTR) {
            return errno == EAGAIN ? MD_TLS_WAIT : MD_TLS_GONE;
        }
        if (sent > 0) {
            link->tail_len -= (size_t)sent;
            memmove(link->tail, link->tail + sent, link->tail_len);
        }
    }
    return MD_TLS_OK;
}

static void set_last(struct md_tls_link *link, enum last_words last)
{
    link->last = link->last == NOT_YET ? last : link->last;
}

void md_tls_end(struct md_tls_link *link)
{
    set_last(link, CLOSE_NOTIFY);
}

void md_tls_end_bare(struct md_tls_link *link)
{
    set_last(link, NOTHING);
}

void md_tls_alert(struct md_tls_link *link)
{
    set_last(link, ALERT);
}

/* ---- in the clear ---- */

bool md_tls_open(struct md_tls_link *link, int *out_inner, int *out_outer)
{
    int pair[2] = {-1, -1};

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
                   pair) != 0) {
        return false;
    }
    link->outer = pair[0];
    *out_outer = pair[0];
    *out_inner = pair[1];
    return true;
}

/* Nothing is taken out of one side that the other has not taken in. */
static enum md_tls_result relay_in(struct md_tls_link *link)
{
    char page[MD_TLS_RECORD_MAX];

    while (!link->is_client_over) {
        size_t len = 0;
        ssize_t sent = 0;
        enum md_tls_result result =
            read_ssl(link, page, sizeof(page), &len, true);

        if (result == MD_TLS_END) {
            (void)shutdown(link->outer, SHUT_WR);
            link->is_client_over = true;
        }
        if (result != MD_TLS_OK) {
            return result == MD_TLS_GONE ? MD_TLS_GONE : MD_TLS_WAIT;
        }
        sent = send(link->outer, page, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            (void)read_ssl(link, page, (size_t)sent, &len, false);
        } else {
            link->is_client_over = errno != EAGAIN;
            return MD_TLS_WAIT;
        }
    }
    return MD_TLS_WAIT;
}

/* MD_TLS_OK: all that HTTP has written so far is out. MD_TLS_END: and nothing
 * more will come. */
static enum md_tls_result relay_out(struct md_tls_link *link)
{
    char page[MD_TLS_RECORD_MAX];

    for (;;) {
        size_t written = 0;
        enum md_tls_result result = MD_TLS_OK;
        ssize_t got =
            recv(link->outer, page, sizeof(page), MSG_PEEK | MSG_DONTWAIT);

        if (got <= 0) {
            return got < 0 && errno == EAGAIN ? MD_TLS_OK : MD_TLS_END;
        }
        result = write_record(
            link, page, link->retry_len > 0 ? link->retry_len : (size_t)got,
            &written);
        if (result != MD_TLS_OK) {
            return result;
        }
        (void)recv(link->outer, page, written, MSG_DONTWAIT);
    }
}

/* Once it is taken: MD_TLS_OK when all that HTTP wrote before is out. */
static enum md_tls_result send_earlier(struct md_tls_link *link)
{
    enum md_tls_result result = link->outer >= 0 ? relay_out(link) : MD_TLS_OK;

    if (result == MD_TLS_WAIT || result == MD_TLS_GONE) {
        return result;
    }
    close_outer(link);
    return MD_TLS_OK;
}

enum md_tls_result md_tls_flush(struct md_tls_link *link)
{
    static const char any[MD_TLS_RECORD_MAX];
    enum md_tls_result result = send_earlier(link);
    size_t written = 0;

    if (result == MD_TLS_OK && link->retry_len > 0) {
        result = write_record(link, any, link->retry_len, &written);
    }
    if (result != MD_TLS_OK) {
        return result;
    }
    if (link->last != NOT_YET && !link->is_last_said) {
        say_last(link);
    }
    return send_tail(link);
}

enum md_tls_result md_tls_relay(struct md_tls_link *link)
{
    enum md_tls_result result = MD_TLS_WAIT;

    if (!link->is_closing) {
        if (relay_in(link) == MD_TLS_GONE) {
            return MD_TLS_GONE;
        }
        result = relay_out(link);
        link->is_closing = result == MD_TLS_END;
    }
    if (!link->is_closing) {
        return result == MD_TLS_GONE ? MD_TLS_GONE : MD_TLS_WAIT;
    }
    md_tls_end(link);
    result = md_tls_flush(link);
    if (result == MD_TLS_OK) {
        part(link);
        return MD_TLS_END;
    }
    return result;
}

bool md_tls_is_closing(const struct md_tls_link *link)
{
    return link->is_closing;
}

void md_tls_take(struct md_tls_link *link, int inner)
{
    link->inner = inner;
}

/* ---- taken ---- */

enum md_tls_result md_tls_read(struct md_tls_link *link, void *bytes,
                               size_t size, size_t *out_len)
{
    if (link->inner >= 0) {
        ssize_t got = recv(link->inner, bytes, size, MSG_DONTWAIT);

        if (got > 0) {
            *out_len = (size_t)got;
            return MD_TLS_OK;
        }
        link->inner = -1; /* nobody fills it any more */
    }
    return read_ssl(link, bytes, size, out_len, false);
}

bool md_tls_has_pending(const struct md_tls_link *link)
{
    int count = 0;

    return SSL_pending(link->ssl) > 0 ||
           (link->inner >= 0 && ioctl(link->inner, FIONREAD, &count) == 0 &&
            count > 0);
}

void md_tls_set_record(struct md_tls_link *link, size_t max)
{
    link->record_max = max;
}

bool md_tls_was_cut(const struct md_tls_link *link)
{
    return link->was_cut;
}

enum md_tls_result md_tls_write(struct md_tls_link *link,
                                const struct iovec *pieces, int count,
                                size_t *out_written)
{
    char record[MD_TLS_RECORD_MAX];
    enum md_tls_result result = send_earlier(link);
    size_t len = 0;
    bool is_whole = true;

    if (result != MD_TLS_OK) {
        return result;
    }
    for (int i = 0; i < count && is_whole; i++) {
        size_t room = link->record_max - len;
        size_t taken = pieces[i].iov_len < room ? pieces[i].iov_len : room;

        memcpy(record + len, pieces[i].iov_base, taken);
        len += taken;
        is_whole = taken == pieces[i].iov_len;
    }
    assert(len >= link->retry_len);
    link->was_cut |= !is_whole;
    return write_record(
        link, record, link->retry_len > 0 ? link->retry_len : len, out_written);
}
