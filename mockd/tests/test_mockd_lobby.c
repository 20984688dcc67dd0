/* SPDX-License-Identifier: MIT */
/*
 * test_mockd_lobby.c - TLS clients before a session has them: what time does to
 * them, and that no byte is lost when one is taken.
 *
 * There is no thread and no clock: both ends of a connection are here, and are
 * run in turn.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "bounds.h"
#include "cleanup.h"
#include "lobby.h"
#include "tls.h"
#include "tls_certs.h"
#include "tls_client.h"
#include "tls_link.h"

static struct md_tls *tls;
static struct md_lobby lobby;
static char last_note[256];

/* ---- time ---- */

static void keep_note(void *user, const char *note)
{
    (void)user;
    (void)strncpy(last_note, note, sizeof(last_note) - 1);
}

static void enter(int out_pair[2], uint64_t now_us)
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, out_pair), 0);
    md_lobby_admit(&lobby, out_pair[0], now_us);
}

static bool is_open(int fd)
{
    char byte = 0;

    return recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static void lobby__handshake_takes_too_long(void **state)
{
    int early[2];
    int late[2];

    (void)state;
    lobby = (struct md_lobby){.tls = tls,
                              .epoll_fd = epoll_create1(EPOLL_CLOEXEC),
                              .on_note = keep_note};
    enter(early, 1000);
    enter(late, 2000);
    assert_int_equal(lobby.wake_us, 1000 + MD_HANDSHAKE_US);
    assert_int_equal(lobby.waiting, 2);

    md_lobby_run(&lobby, 1000 + MD_HANDSHAKE_US - 1);
    assert_true(is_open(early[1]));
    assert_string_equal(last_note, "");
    md_lobby_run(&lobby, 1000 + MD_HANDSHAKE_US);
    assert_false(is_open(early[1]));
    assert_true(is_open(late[1]));
    assert_int_equal(lobby.waiting, 1);
    assert_int_equal(lobby.wake_us, 2000 + MD_HANDSHAKE_US);
    assert_string_equal(last_note,
                        "mockd: no TLS handshake with a client: it took too "
                        "long");

    md_lobby_clear(&lobby);
    assert_false(is_open(late[1]));
    assert_int_equal(lobby.waiting, 0);
    md_lobby_run(&lobby, 3000);
    assert_int_equal(lobby.wake_us, 0);
    (void)close(early[1]);
    (void)close(late[1]);
    (void)close(lobby.epoll_fd);
}

/* ---- taken ---- */

struct link_rig {
    struct md_tls_link *link;
    struct tls_client client;
    int inner; /* HTTP's end */
};

static struct link_rig rig;

/* A client whose handshake is done, and who is served in the clear. */
static int set_up(void **state)
{
    int pair[2];
    int outer = -1;
    bool is_done = false;

    (void)state;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) {
        return -1;
    }
    rig.link = md_tls_link_new(tls, pair[0]);
    rig.client = (struct tls_client){
        .fd = pair[1], .context = SSL_CTX_new(TLS_client_method())};
    rig.client.ssl = SSL_new(rig.client.context);
    (void)SSL_set_fd(rig.client.ssl, pair[1]);
    SSL_set_connect_state(rig.client.ssl);
    (void)fcntl(pair[1], F_SETFL, O_NONBLOCK);
    for (int i = 0; i < 8 && !is_done; i++) {
        is_done = SSL_do_handshake(rig.client.ssl) == 1;
        is_done = md_tls_accept(rig.link) == MD_TLS_OK && is_done;
    }
    (void)fcntl(pair[1], F_SETFL, 0);
    return is_done && md_tls_open(rig.link, &rig.inner, &outer) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    tls_close(&rig.client);
    md_tls_link_free(rig.link);
    (void)close(rig.inner);
    return 0;
}

static void send_text(const char *text)
{
    assert_true(tls_send(&rig.client, text, strlen(text)));
}

static void assert_read(const char *want)
{
    char bytes[64];
    size_t len = 0;

    assert_int_equal(md_tls_read(rig.link, bytes, sizeof(bytes), &len),
                     MD_TLS_OK);
    assert_int_equal(len, strlen(want));
    assert_memory_equal(bytes, want, len);
}

static void assert_http_reads(const char *want)
{
    char bytes[64];

    assert_int_equal(recv(rig.inner, bytes, strlen(want), MSG_DONTWAIT),
                     strlen(want));
    assert_memory_equal(bytes, want, strlen(want));
}

static void assert_client_reads(const char *want)
{
    char bytes[64];

    assert_int_equal(tls_read(&rig.client, bytes, sizeof(bytes)), strlen(want));
    assert_memory_equal(bytes, want, strlen(want));
}

/* What HTTP has not read is the stream's. */
static void lobby__early_bytes_are_kept(void **state)
{
    size_t len = 0;
    char byte = 0;

    (void)state;
    send_text("POST ");
    send_text("early");
    assert_int_equal(md_tls_relay(rig.link), MD_TLS_WAIT);
    assert_http_reads("POST ");
    md_tls_take(rig.link, rig.inner);
    send_text("later");

    assert_true(md_tls_has_pending(rig.link));
    assert_read("early");
    assert_read("later");
    assert_int_equal(md_tls_read(rig.link, &byte, 1, &len), MD_TLS_WAIT);
    assert_true(tls_half_close(&rig.client));
    assert_int_equal(md_tls_read(rig.link, &byte, 1, &len), MD_TLS_END);
}

/* The answer to the request before is on its way when the next one is a
 * start. */
static void lobby__earlier_answers_come_first(void **state)
{
    struct iovec pieces[] = {{(char[]){"head"}, 4}, {(char[]){"data"}, 4}};
    size_t written = 0;

    (void)state;
    assert_int_equal(send(rig.inner, "answer", 6, 0), 6);
    md_tls_take(rig.link, rig.inner);
    assert_int_equal(md_tls_write(rig.link, pieces, 2, &written), MD_TLS_OK);
    assert_int_equal(written, 8);
    assert_client_reads("answer");
    assert_client_reads("headdata");
}

/* Nor is it forgotten when nothing is written behind it. */
static void lobby__earlier_answers_come_before_the_end(void **state)
{
    char byte = 0;

    (void)state;
    assert_int_equal(send(rig.inner, "answer", 6, 0), 6);
    md_tls_take(rig.link, rig.inner);
    md_tls_end(rig.link);
    assert_int_equal(md_tls_flush(rig.link), MD_TLS_OK);
    assert_client_reads("answer");
    assert_int_equal(tls_read(&rig.client, &byte, 1), 0);
    assert_int_equal(SSL_get_shutdown(rig.client.ssl), SSL_RECEIVED_SHUTDOWN);
}

/* A record that the kernel took half of is finished before the last words. */
static void lobby__flush_ends_the_record_first(void **state)
{
    static char page[65536];
    struct iovec piece = {page, sizeof(page)};
    enum md_tls_result result = MD_TLS_OK;
    size_t sent = 0;
    size_t got = 0;
    size_t len = 0;

    (void)state;
    memset(page, 'x', sizeof(page));
    md_tls_take(rig.link, rig.inner);
    while ((result = md_tls_write(rig.link, &piece, 1, &len)) == MD_TLS_OK) {
        assert_int_equal(len, MD_TLS_RECORD_MAX);
        sent += len;
    }
    assert_int_equal(result, MD_TLS_WAIT);
    md_tls_end(rig.link);
    assert_int_equal(md_tls_flush(rig.link), MD_TLS_WAIT);

    while (got < sent) {
        got += tls_read(&rig.client, page, sizeof(page));
        assert_memory_equal(page, "xxxxxxxx", 8);
        (void)md_tls_flush(rig.link);
    }
    assert_int_equal(md_tls_flush(rig.link), MD_TLS_OK);
    /* the record that was under way, and the end */
    assert_int_equal(tls_read(&rig.client, page, sizeof(page)),
                     MD_TLS_RECORD_MAX);
    assert_int_equal(tls_read(&rig.client, page, sizeof(page)), 0);
    assert_int_equal(SSL_get_shutdown(rig.client.ssl), SSL_RECEIVED_SHUTDOWN);
}

/* HTTP reads the client's end, writes, and closes: the client gets all. */
static void lobby__relay_ends_both_ways(void **state)
{
    char byte = 0;

    (void)state;
    send_text("GET");
    assert_true(tls_half_close(&rig.client));
    assert_int_equal(md_tls_relay(rig.link), MD_TLS_WAIT);
    assert_http_reads("GET");
    assert_int_equal(recv(rig.inner, &byte, 1, 0), 0);
    assert_int_equal(send(rig.inner, "answer", 6, 0), 6);
    (void)shutdown(rig.inner, SHUT_RDWR);

    assert_int_equal(md_tls_relay(rig.link), MD_TLS_END);
    assert_client_reads("answer");
    assert_int_equal(tls_read(&rig.client, &byte, 1), 0);
    assert_int_equal(SSL_get_shutdown(rig.client.ssl) & SSL_RECEIVED_SHUTDOWN,
                     SSL_RECEIVED_SHUTDOWN);
}

/* The client's own end is no reason not to be alarmed. */
static void lobby__alert_behind_the_clients_end(void **state)
{
    char byte = 0;
    size_t len = 0;

    (void)state;
    md_tls_take(rig.link, rig.inner);
    send_text("unread");
    assert_true(tls_half_close(&rig.client));
    assert_read("unread");
    assert_int_equal(md_tls_read(rig.link, &byte, 1, &len), MD_TLS_END);
    md_tls_alert(rig.link);
    md_tls_end(rig.link); /* comes too late */
    assert_int_equal(md_tls_flush(rig.link), MD_TLS_OK);
    assert_int_equal(tls_read(&rig.client, &byte, 1), 0);
    assert_int_equal(ERR_GET_REASON(ERR_peek_error()),
                     SSL_R_SSLV3_ALERT_BAD_RECORD_MAC);
}

static int make_tls(void **state)
{
    struct md_tls_files files = {NULL, NULL, NULL};

    (void)state;
    if (tls_certs_make() == NULL) {
        return -1;
    }
    files.cert = tls_cert("server.pem");
    files.key = tls_cert("server.key");
    return md_tls_new(&files, &tls, NULL) == MOCKD_OK ? 0 : -1;
}

static int free_tls(void **state)
{
    (void)state;
    md_tls_free(tls);
    tls_certs_remove();
    return 0;
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(lobby__handshake_takes_too_long),
        cmocka_unit_test_setup_teardown(lobby__early_bytes_are_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lobby__earlier_answers_come_first,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            lobby__earlier_answers_come_before_the_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lobby__flush_ends_the_record_first,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(lobby__relay_ends_both_ways, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(lobby__alert_behind_the_clients_end,
                                        set_up, tear_down),
    };

    (void)signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("mockd_lobby", tests, make_tls,
                                       free_tls);
}
