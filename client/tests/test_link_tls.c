/* SPDX-License-Identifier: MIT */
/*
 * test_link_tls.c - the TLS link over a wire held in memory, with OpenSSL's
 * own server at its other end: every byte of room is the test's to give.
 */
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dexec/stream.h>

#include "link_tls.h"
#include "table.h"
#include "tls_files.h"

#define BOTH ((unsigned)DEXEC_READABLE | (unsigned)DEXEC_WRITABLE)
#define NO_LIMIT SIZE_MAX

static char folder[64] = "/tmp/dexec-link-XXXXXX";

struct wire {
    struct dx_link base; /* the lower link; first, so that one is the other */
    SSL *server;
    SSL_CTX *context;
    BIO *to_server;
    BIO *to_client;
    size_t room;     /* bytes that the wire still takes */
    bool is_closed;  /* the server's side */
    bool is_deaf;    /* the server does nothing by itself */
    unsigned wanted; /* of the last wait */
    size_t waits;    /* how many there were */
    size_t opens;    /* the n-th wait gives room; 0 = none does */
    uint64_t now_us; /* each wait without a result takes all its time */
    size_t links;
};

struct fixture {
    struct wire wire;
    struct dx_mem mem;
    struct dx_tls *tls;
    struct dx_link *link;
    struct dexec_error err;
};

/* ---- the wire ---- */

static struct wire *wire_of(struct dx_link *link)
{
    return (struct wire *)link;
}

static void let_server_work(struct wire *wire)
{
    if (!wire->is_deaf && !SSL_is_init_finished(wire->server)) {
        (void)SSL_accept(wire->server);
        ERR_clear_error();
    }
}

static enum dx_io wire_read(struct dx_link *link, void *data, size_t size,
                            size_t *out_len)
{
    struct wire *wire = wire_of(link);

    let_server_work(wire);
    if (BIO_read_ex(wire->to_client, data, size, out_len) == 1) {
        return DX_IO_OK;
    }
    return wire->is_closed ? DX_IO_END : DX_IO_AGAIN;
}

static enum dx_io wire_write(struct dx_link *link, const void *data, size_t len,
                             size_t *out_len)
{
    struct wire *wire = wire_of(link);

    if (wire->room == 0) {
        return DX_IO_AGAIN;
    }
    len = len < wire->room ? len : wire->room;
    if (BIO_write_ex(wire->to_server, data, len, out_len) != 1) {
        return DX_IO_RESET;
    }
    wire->room -= wire->room == NO_LIMIT ? 0 : len;
    return DX_IO_OK;
}

static enum dx_io wire_shutdown_write(struct dx_link *link)
{
    (void)link;
    abort(); /* TLS half-closes by a message */
}

static enum dx_io wire_wait(struct dx_link *link, unsigned wanted,
                            int timeout_ms, unsigned *out_ready)
{
    struct wire *wire = wire_of(link);
    unsigned ready = 0;

    wire->wanted = wanted;
    wire->waits++;
    if (wire->waits == wire->opens) {
        wire->room = NO_LIMIT;
    }
    let_server_work(wire);
    ready |= wire->room > 0 ? DEXEC_WRITABLE : 0U;
    ready |= BIO_pending(wire->to_client) > 0 || wire->is_closed
                 ? DEXEC_READABLE
                 : 0U;
    if ((ready & wanted) == 0) {
        wire->now_us += timeout_ms > 0 ? (uint64_t)timeout_ms * 1000U : 0;
        return DX_IO_LATE;
    }
    *out_ready = ready & wanted;
    return DX_IO_OK;
}

static unsigned wire_events(const struct dx_link *link, unsigned wanted)
{
    (void)link;
    return wanted;
}

static int wire_fd(const struct dx_link *link)
{
    (void)link;
    return 77;
}

static const char *wire_words(struct dx_link *link)
{
    (void)link;
    return "";
}

static void wire_free(struct dx_link *link)
{
    wire_of(link)->links--;
}

static const struct dx_link_ops wire_ops = {
    .read = wire_read,
    .write = wire_write,
    .shutdown_write = wire_shutdown_write,
    .wait = wire_wait,
    .events = wire_events,
    .fd = wire_fd,
    .words = wire_words,
    .free = wire_free,
};

static uint64_t now_us(void *user)
{
    return ((struct wire *)user)->now_us;
}

/* ---- the fixture ---- */

static void open_server(struct wire *wire)
{
    wire->base.ops = &wire_ops;
    wire->room = NO_LIMIT;
    wire->links = 1;
    wire->context = SSL_CTX_new(TLS_server_method());
    assert_non_null(wire->context);
    assert_int_equal(SSL_CTX_use_certificate_chain_file(
                         wire->context, tls_file(folder, "server.pem")),
                     1);
    assert_int_equal(SSL_CTX_use_PrivateKey_file(wire->context,
                                                 tls_file(folder, "server.key"),
                                                 SSL_FILETYPE_PEM),
                     1);
    assert_int_equal(SSL_CTX_set_num_tickets(wire->context, 0), 1);
    wire->server = SSL_new(wire->context);
    wire->to_server = BIO_new(BIO_s_mem());
    wire->to_client = BIO_new(BIO_s_mem());
    assert_non_null(wire->server);
    SSL_set_bio(wire->server, wire->to_server, wire->to_client);
    SSL_set_accept_state(wire->server);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct dx_tls_files *files = calloc(1, sizeof(*files));

    assert_non_null(fixture);
    assert_non_null(files);
    assert_true(dx_mem_init(&fixture->mem, NULL));
    open_server(&fixture->wire);
    files->verify = true;
    (void)snprintf(files->ca_file, sizeof(files->ca_file), "%s",
                   tls_file(folder, "ca.pem"));
    assert_int_equal(dx_tls_new(files, &fixture->mem, &fixture->tls, NULL),
                     DEXEC_OK);
    free(files);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    size_t links = 0;

    dx_link_free(fixture->link);
    dx_tls_free(fixture->tls);
    SSL_free(fixture->wire.server);
    SSL_CTX_free(fixture->wire.context);
    links = fixture->wire.links;
    free(fixture);
    return links == 0 ? 0 : -1;
}

static enum dexec_code shake_hands(struct fixture *fixture)
{
    static const struct dx_endpoint endpoint = {.scheme = DX_SCHEME_TLS,
                                                .address = "tcp://[::1]:1",
                                                .host = "localhost"};
    const struct dx_clock clock = {.user = &fixture->wire, .now_us = now_us};

    return dx_link_tls_new(fixture->tls, &fixture->wire.base, &endpoint, &clock,
                           1000, &fixture->link, &fixture->err);
}

static void open_link(struct fixture *fixture)
{
    assert_int_equal(shake_hands(fixture), DEXEC_OK);
    let_server_work(&fixture->wire);
    assert_true(SSL_is_init_finished(fixture->wire.server));
}

static enum dx_io write_text(struct fixture *fixture, const char *text,
                             size_t *out_len)
{
    return fixture->link->ops->write(fixture->link, text, strlen(text),
                                     out_len);
}

static void expect_written(struct fixture *fixture, const char *text)
{
    size_t len = 0;

    assert_int_equal(write_text(fixture, text, &len), DX_IO_OK);
    assert_int_equal(len, strlen(text));
}

/* Nothing to read, which is what makes the link send what it holds. */
static void expect_nothing(struct fixture *fixture)
{
    char byte = 0;
    size_t len = 0;

    assert_int_equal(fixture->link->ops->read(fixture->link, &byte, 1, &len),
                     DX_IO_AGAIN);
}

static void expect_at_server(struct fixture *fixture, const char *text)
{
    char got[64] = "";
    size_t len = 0;
    size_t all = 0;

    while (SSL_read_ex(fixture->wire.server, got + all, sizeof(got) - all - 1,
                       &len) == 1) {
        all += len;
    }
    assert_string_equal(got, text);
}

static void say(struct fixture *fixture, const char *text)
{
    size_t len = 0;

    assert_int_equal(
        SSL_write_ex(fixture->wire.server, text, strlen(text), &len), 1);
}

static unsigned events(const struct fixture *fixture, unsigned wanted)
{
    return fixture->link->ops->events(fixture->link, wanted);
}

/* ---- writing ---- */

static void link_tls__what_was_taken_goes_out_later(void **state)
{
    struct fixture *fixture = *state;
    size_t len = 77;

    open_link(fixture);
    assert_int_equal(events(fixture, DEXEC_READABLE), DEXEC_READABLE);
    fixture->wire.room = 3;
    expect_written(fixture, "abc");
    expect_at_server(fixture, "");
    assert_int_equal(events(fixture, DEXEC_READABLE), BOTH);
    assert_int_equal(write_text(fixture, "def", &len), DX_IO_AGAIN);
    assert_int_equal(len, 77);

    fixture->wire.room = NO_LIMIT;
    expect_nothing(fixture);
    expect_at_server(fixture, "abc");
    assert_int_equal(events(fixture, DEXEC_READABLE), DEXEC_READABLE);
    expect_written(fixture, "def");
    expect_at_server(fixture, "def");
}

static void link_tls__next_write_sends_what_is_held_first(void **state)
{
    struct fixture *fixture = *state;

    open_link(fixture);
    fixture->wire.room = 0;
    expect_written(fixture, "abc");
    fixture->wire.room = NO_LIMIT;
    expect_written(fixture, "def");
    expect_at_server(fixture, "abcdef");
}

static void link_tls__is_not_writable_while_it_holds_bytes(void **state)
{
    struct fixture *fixture = *state;
    const struct dx_link_ops *ops = NULL;
    unsigned ready = 77;

    open_link(fixture);
    ops = fixture->link->ops;
    fixture->wire.room = 0;
    expect_written(fixture, "abc");
    fixture->wire.room = 1; /* too little: the wire can be written, not we */
    assert_int_equal(ops->wait(fixture->link, DEXEC_WRITABLE, 0, &ready),
                     DX_IO_OK);
    assert_int_equal(ready, 0);
    fixture->wire.room = NO_LIMIT;
    assert_int_equal(ops->wait(fixture->link, DEXEC_WRITABLE, 0, &ready),
                     DX_IO_OK);
    assert_int_equal(ready, DEXEC_WRITABLE);
    expect_at_server(fixture, "abc");
}

static void link_tls__takes_a_record_at_a_time(void **state)
{
    struct fixture *fixture = *state;
    static const char data[100000];
    size_t len = 0;

    open_link(fixture);
    assert_int_equal(
        fixture->link->ops->write(fixture->link, data, sizeof(data), &len),
        DX_IO_OK);
    assert_int_equal(len, SSL3_RT_MAX_PLAIN_LENGTH);
}

/* ---- reading ---- */

static void link_tls__rest_of_a_record_is_readable(void **state)
{
    struct fixture *fixture = *state;
    const struct dx_link_ops *ops = NULL;
    unsigned ready = 0;
    char byte = 0;
    size_t len = 0;

    open_link(fixture);
    ops = fixture->link->ops;
    say(fixture, "ab");
    assert_int_equal(ops->read(fixture->link, &byte, 1, &len), DX_IO_OK);
    assert_int_equal(byte, 'a');
    assert_int_equal(BIO_pending(fixture->wire.to_client), 0);
    fixture->wire.waits = 0;
    assert_int_equal(ops->wait(fixture->link, BOTH, 0, &ready), DX_IO_OK);
    assert_true((ready & DEXEC_READABLE) != 0);
    assert_int_equal(ops->read(fixture->link, &byte, 1, &len), DX_IO_OK);
    assert_int_equal(byte, 'b');
    expect_nothing(fixture);
    assert_int_equal(ops->wait(fixture->link, DEXEC_READABLE, 0, &ready),
                     DX_IO_LATE);
}

/* The server's request for them comes with its output; ours go with the next
 * input, so that reading needs no room. */
static void link_tls__keys_are_changed(void **state)
{
    struct fixture *fixture = *state;
    char byte = 0;
    size_t len = 0;

    open_link(fixture);
    assert_int_equal(
        SSL_key_update(fixture->wire.server, SSL_KEY_UPDATE_REQUESTED), 1);
    say(fixture, "a");
    fixture->wire.room = 0;
    assert_int_equal(fixture->link->ops->read(fixture->link, &byte, 1, &len),
                     DX_IO_OK);
    assert_int_equal(byte, 'a');
    expect_nothing(fixture);
    assert_int_equal(events(fixture, DEXEC_READABLE), DEXEC_READABLE);
    expect_written(fixture, "b");
    fixture->wire.room = NO_LIMIT;
    expect_written(fixture, "c");
    expect_at_server(fixture, "bc");
}

static void link_tls__close_notify_is_the_end(void **state)
{
    struct fixture *fixture = *state;
    const struct dx_link_ops *ops = NULL;
    char byte = 0;
    size_t len = 0;

    open_link(fixture);
    ops = fixture->link->ops;
    assert_string_equal(ops->words(fixture->link), "");
    assert_int_equal(ops->fd(fixture->link), 77);
    assert_int_equal(SSL_shutdown(fixture->wire.server), 0);
    assert_int_equal(ops->read(fixture->link, &byte, 1, &len), DX_IO_END);
}

static void link_tls__cut_is_a_reset(void **state)
{
    struct fixture *fixture = *state;
    char byte = 0;
    size_t len = 0;

    open_link(fixture);
    fixture->wire.is_closed = true;
    assert_int_equal(fixture->link->ops->read(fixture->link, &byte, 1, &len),
                     DX_IO_RESET);
}

/* ---- the half-close ---- */

static void link_tls__half_close_waits_for_room(void **state)
{
    struct fixture *fixture = *state;
    const struct dx_link_ops *ops = NULL;

    open_link(fixture);
    ops = fixture->link->ops;
    fixture->wire.room = 0;
    expect_written(fixture, "abc");
    assert_int_equal(ops->shutdown_write(fixture->link), DX_IO_AGAIN);
    fixture->wire.room = 25; /* the record's 3 bytes, 5 + 17 of its own */
    assert_int_equal(ops->shutdown_write(fixture->link), DX_IO_AGAIN);
    assert_int_equal(fixture->wire.room, 0);
    expect_at_server(fixture, "abc");
    assert_int_equal(SSL_get_shutdown(fixture->wire.server), 0);

    fixture->wire.room = NO_LIMIT;
    assert_int_equal(ops->shutdown_write(fixture->link), DX_IO_OK);
    expect_at_server(fixture, "");
    assert_int_equal(SSL_get_shutdown(fixture->wire.server),
                     SSL_RECEIVED_SHUTDOWN);
}

/* ---- the handshake ---- */

static void link_tls__handshake_waits_for_room(void **state)
{
    struct fixture *fixture = *state;

    fixture->wire.room = 0;
    fixture->wire.opens = 1;
    assert_int_equal(shake_hands(fixture), DEXEC_OK);
}

static void link_tls__handshake_without_room_is_late(void **state)
{
    struct fixture *fixture = *state;

    fixture->wire.room = 0;
    assert_int_equal(shake_hands(fixture), DEXEC_E_TIMEOUT);
    assert_int_equal(fixture->wire.wanted, DEXEC_WRITABLE);
    assert_int_equal(fixture->wire.now_us, 1000000);
    assert_string_equal(fixture->err.message,
                        "TLS with tcp://[::1]:1: no handshake in time");
}

static void link_tls__handshake_without_an_answer_is_late(void **state)
{
    struct fixture *fixture = *state;

    fixture->wire.is_deaf = true;
    assert_int_equal(shake_hands(fixture), DEXEC_E_TIMEOUT);
    assert_int_equal(fixture->wire.wanted, DEXEC_READABLE);
    assert_int_equal(fixture->wire.now_us, 1000000);
}

static void link_tls__handshake_is_cut(void **state)
{
    struct fixture *fixture = *state;

    fixture->wire.is_deaf = true;
    fixture->wire.is_closed = true;
    assert_int_equal(shake_hands(fixture), DEXEC_E_TLS);
    assert_string_equal(
        fixture->err.message,
        "TLS with tcp://[::1]:1: the connection ended inside the handshake "
        "(does it speak TLS?)");
}

static int make_files(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && tls_files_make(folder) ? 0 : -1;
}

static int remove_files(void **state)
{
    (void)state;
    tls_files_remove(folder);
    return rmdir(folder);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(link_tls__what_was_taken_goes_out_later),
        TEST(link_tls__next_write_sends_what_is_held_first),
        TEST(link_tls__is_not_writable_while_it_holds_bytes),
        TEST(link_tls__takes_a_record_at_a_time),
        TEST(link_tls__rest_of_a_record_is_readable),
        TEST(link_tls__keys_are_changed),
        TEST(link_tls__close_notify_is_the_end),
        TEST(link_tls__cut_is_a_reset),
        TEST(link_tls__half_close_waits_for_room),
        TEST(link_tls__handshake_waits_for_room),
        TEST(link_tls__handshake_without_room_is_late),
        TEST(link_tls__handshake_without_an_answer_is_late),
        TEST(link_tls__handshake_is_cut),
    };

    return cmocka_run_group_tests_name("link_tls", tests, make_files,
                                       remove_files);
}
