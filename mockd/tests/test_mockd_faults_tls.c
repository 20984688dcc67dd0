/* SPDX-License-Identifier: MIT */
/* test_mockd_faults_tls.c - faults of TLS, and others over it, as a client sees
 * them that looks at the records. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fault_mock.h"
#include "tls_certs.h"
#include "tls_client.h"
#include "wire_client.h"

#define ATTACH "{\"Detach\":false,\"Tty\":false}"
#define PIECES "{\"AttachStdout\":true,\"Cmd\":[\"pieces\"]}"
#define MAX_RECORDS 24

static struct tls_client client;
static char text[65536];

/* One attached exec; want is the end of what comes. */
struct row {
    const char *name;
    const char *fault;
    const char *more; /* another fault, armed before it; NULL = none */
    const char *create;
    const char *send; /* once the head has come; our side ends behind it */
    const char *want;
    size_t want_len;
    enum tls_end end;
    bool has_no_head;
    bool keeps_side;             /* our side is not ended */
    size_t records[MAX_RECORDS]; /* behind the head, the last is 0; not looked
                                  * at when there are none */
};

#define WANT(bytes) .want = (bytes), .want_len = sizeof(bytes) - 1

static struct row rows[] = {
    {.name = "no_close_notify",
     .fault = "tls_no_close_notify",
     WANT(FM_OUT FM_ERR),
     .end = TLS_CUT},
    {.name = "no_close_notify_with_stdin",
     .fault = "tls_no_close_notify",
     .create = FM_STDIN,
     .send = "hello",
     WANT("five"
          "end"),
     .end = TLS_CUT},
    {.name = "no_close_notify_behind_truncate_at",
     .fault = "tls_no_close_notify",
     .more = "truncate_at:at=frame:1",
     WANT(FM_OUT),
     .end = TLS_CUT},
    {.name = "no_close_notify_of_a_close",
     .fault = "tls_no_close_notify",
     .more = "half_close_is_close",
     .create = FM_STDIN,
     .send = "",
     WANT(""),
     .end = TLS_CUT},
    {.name = "alert",
     .fault = "tls_alert",
     WANT(FM_OUT FM_ERR),
     .end = TLS_FATAL},
    {.name = "alert_in_a_payload",
     .fault = "tls_alert:at=payload:1+2",
     WANT(FM_OUT "\2\0\0\0\0\0\0\4er"),
     .end = TLS_FATAL},
    {.name = "alert_in_the_head",
     .fault = "tls_alert:at=head:5",
     WANT("HTTP/"),
     .end = TLS_FATAL,
     .has_no_head = true},
    {.name = "alert_before_all",
     .fault = "tls_alert:at=head:0",
     WANT(""),
     .end = TLS_FATAL,
     .has_no_head = true},
    {.name = "alert_behind_the_clients_end",
     .fault = "tls_alert",
     .create = FM_STDIN,
     .send = "hello",
     WANT("five"
          "end"),
     .end = TLS_FATAL},
    {.name = "alert_with_no_close_notify",
     .fault = "tls_alert",
     .more = "tls_no_close_notify",
     WANT(FM_OUT FM_ERR),
     .end = TLS_FATAL},
    {.name = "records_of_5",
     .fault = "tls_records:size=5",
     WANT(FM_OUT FM_ERR),
     .records = {5, 5, 2, 5, 5, 2}},
    {.name = "records_of_1",
     .fault = "tls_records",
     .more = "truncate_at:at=byte:4",
     WANT("\1\0\0\0"),
     .records = {1, 1, 1, 1}},
    {.name = "records_of_1000",
     .fault = "tls_records:size=1000",
     .create = PIECES,
     WANT("dddddddd"),
     .records = {9,    10,   308,  1000, 1000, 1000, 1000, 1000,
                 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000,
                 1000, 1000, 1000, 1000, 1000, 1000, 1000, 8}},
    /* others */
    {.name = "truncate_at",
     .fault = "truncate_at:at=frame:1+3",
     WANT(FM_OUT "\2\0\0")},
    {.name = "reset_at",
     .fault = "reset_at:at=frame:1",
     WANT(FM_OUT),
     .end = TLS_RESET},
    {.name = "close_unread",
     .fault = "close_unread",
     .create = FM_STDIN,
     .keeps_side = true,
     .send = "hello",
     WANT("five"
          "end"),
     .end = TLS_RESET},
    {.name = "split_at",
     .fault = "split_at:at=1 frame:1+2",
     WANT(FM_OUT FM_ERR),
     .records = {1, 11, 2, 10}},
    {.name = "coalesce",
     .fault = "coalesce",
     WANT(FM_OUT FM_ERR),
     .records = {24}},
    {.name = "coalesce_with_head",
     .fault = "coalesce_with_head:frames=1",
     WANT(FM_OUT FM_ERR),
     .has_no_head = true,
     .records = {216, 12}},
    {.name = "stdin_echo",
     .fault = "stdin_echo",
     .create = FM_STDIN,
     .send = "hello",
     WANT("\1\0\0\0\0\0\0\5hello")},
    {.name = "early_close",
     .fault = "early_close:n=2",
     .create = FM_STDIN,
     .send = "he",
     WANT("readyfiveend")},
    {.name = "half_close_is_close",
     .fault = "half_close_is_close",
     .create = FM_STDIN,
     .send = "",
     WANT("")},
    {.name = "slow_read",
     .fault = "slow_read:rate=100",
     .create = FM_STDIN,
     .send = "hello",
     WANT("five"
          "end")},
};

static int set_up(void **state)
{
    fm_options.tls_cert = tls_cert("server.pem");
    fm_options.tls_key = tls_cert("server.key");
    return fm_set_up(state) == 0 &&
                   mockd_load(fm_mock, TLS_FIXTURES_DIR, NULL) == MOCKD_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    tls_close(&client);
    return fm_tear_down(state);
}

static void start(const char *body)
{
    char id[65];

    fm_create(body == NULL ? FM_HELLO : body, id);
    assert_true(tls_connect(&client, mockd_tcp_url(fm_mock), NULL));
    assert_true(
        tls_request(&client, "POST", fm_path(id, "start"), ATTACH, true));
}

static void assert_records(const struct row *row, size_t before)
{
    size_t count = 0;

    while (count < MAX_RECORDS && row->records[count] > 0) {
        assert_int_equal(client.records[before + count], row->records[count]);
        count++;
    }
    if (count > 0 && count < MAX_RECORDS) {
        assert_int_equal(client.record_count, before + count);
    }
}

static void tls__row(void **state)
{
    const struct row *row = *state;
    size_t before = 0;
    size_t len = 0;

    if (row->more != NULL) {
        fm_arm(row->more);
    }
    fm_arm(row->fault);
    start(row->create);
    if (!row->has_no_head) {
        assert_true(tls_read_until(&client, text, sizeof(text), "\r\n\r\n"));
        before = client.record_count;
    }
    if (row->send != NULL) {
        assert_true(row->send[0] == '\0' ||
                    tls_send(&client, row->send, strlen(row->send)));
        assert_true(row->keeps_side || tls_half_close(&client));
    }
    assert_int_equal(tls_read_all(&client, text, sizeof(text), &len), row->end);
    assert_true(len >= row->want_len && len < sizeof(text));
    assert_memory_equal(text + len - row->want_len, row->want, row->want_len);
    assert_records(row, before);
    if (row->end == TLS_FATAL) {
        assert_int_equal(client.alert, SSL_AD_BAD_RECORD_MAC);
    } else if (row->end == TLS_CUT) {
        assert_int_equal(client.alert, -1);
    }
    fm_assert_fired(row->fault, 1);
}

/* A plain answer, and its connection. */
static void tls__plain_answers(void **state)
{
    size_t len = 0;

    (void)state;
    fm_arm("tls_no_close_notify:on=ping");
    assert_true(tls_connect(&client, mockd_tcp_url(fm_mock), NULL));
    assert_true(tls_request(&client, "GET", "/_ping", NULL, false));
    assert_int_equal(tls_read_all(&client, text, sizeof(text), &len), TLS_CUT);
    assert_string_equal(text + len - 2, "OK");
    tls_close(&client);

    fm_arm("tls_alert:on=ping,at=byte:1");
    assert_true(tls_connect(&client, mockd_tcp_url(fm_mock), NULL));
    assert_int_equal(
        tls_ask(&client, "GET", "/version", NULL, text, sizeof(text)), 200);
    assert_true(tls_request(&client, "GET", "/_ping", NULL, false));
    assert_int_equal(tls_read_all(&client, text, sizeof(text), &len),
                     TLS_FATAL);
    assert_string_equal(text + len - 2, "\nO");
    assert_int_equal(mockd_fired(fm_mock, NULL), 2);
}

/* No write of this answer is longer than a record. */
static void tls__records_that_do_not_show(void **state)
{
    size_t len = 0;

    (void)state;
    fm_arm("tls_records:size=16383");
    start(NULL);
    assert_int_equal(tls_read_all(&client, text, sizeof(text), &len),
                     TLS_CLEAN);
    assert_int_equal(mockd_fired(fm_mock, NULL), 0);
}

static void tls__alert_in_1_2(void **state)
{
    const struct tls_wish wish = {.newest = TLS1_2_VERSION};
    size_t len = 0;

    (void)state;
    fm_arm("tls_alert:on=ping,at=head:4");
    assert_true(tls_connect(&client, mockd_tcp_url(fm_mock), &wish));
    assert_true(tls_request(&client, "GET", "/_ping", NULL, false));
    assert_int_equal(tls_read_all(&client, text, sizeof(text), &len),
                     TLS_FATAL);
    assert_int_equal(client.alert, SSL_AD_BAD_RECORD_MAC);
    assert_string_equal(text, "HTTP");
}

/* Bytes are read and counted as they are in the clear, not as they are on the
 * wire: what waits for five waits for five. */
static void tls__close_unread_counts_plain_bytes(void **state)
{
    size_t len = 0;

    (void)state;
    fm_arm("close_unread");
    start(FM_STDIN);
    assert_true(tls_read_until(&client, text, sizeof(text), "ready"));
    assert_true(tls_send(&client, "hel", 3));
    assert_int_equal(mockd_wait(fm_mock,
                                "{\"event\":\"input\",\"input_bytes\":3}", 0,
                                10000, NULL, NULL),
                     MOCKD_OK);
    assert_int_equal(mockd_fired(fm_mock, NULL), 0);
    assert_true(tls_send(&client, "lo", 2));
    assert_int_equal(tls_read_all(&client, text, sizeof(text), &len),
                     TLS_RESET);
    assert_string_equal(text, "fiveend");
    fm_assert_fired("close_unread", 1);
}

/* Those who are connected see what a killed daemon leaves; the listener is made
 * anew, with its TLS. */
static void tls__daemon_restart(void **state)
{
    struct tls_client idle = {0};
    size_t len = 0;

    (void)state;
    assert_true(tls_connect(&idle, mockd_tcp_url(fm_mock), NULL));
    assert_int_equal(tls_ask(&idle, "GET", "/_ping", NULL, text, sizeof(text)),
                     200);
    fm_fds[0] = wire_connect(mockd_tcp_url(fm_mock)); /* in its handshake */
    fm_arm("daemon_restart");
    start(NULL);
    assert_int_equal(tls_read_all(&client, text, sizeof(text), &len), TLS_CUT);
    assert_int_equal(tls_read_all(&idle, text, sizeof(text), &len), TLS_CUT);
    fm_end_as(fm_fds[0], FM_EOF, "", 0);
    tls_close(&idle);
    tls_close(&client);

    start(NULL);
    assert_int_equal(tls_read_all(&client, text, sizeof(text), &len),
                     TLS_CLEAN);
    fm_assert_fired("daemon_restart", 1);
}

/* One that is in its handshake is a connection, too. */
static void tls__max_conns(void **state)
{
    (void)state;
    fm_arm("max_conns:n=1");
    fm_fds[0] = wire_connect(mockd_tcp_url(fm_mock));
    fm_fds[1] = wire_connect(mockd_tcp_url(fm_mock));
    assert_int_equal(mockd_wait(fm_mock, "{\"event\":\"fired\",\"fault\":1}", 0,
                                10000, NULL, NULL),
                     MOCKD_OK);
    (void)close(fm_fds[0]);
    fm_fds[0] = -1;
    assert_true(tls_shake_hands(&client, fm_fds[1], NULL));
    fm_fds[1] = -1; /* the client's now */
    assert_int_equal(
        tls_ask(&client, "GET", "/_ping", NULL, text, sizeof(text)), 200);
}

static void tls__a_unix_client(void **state)
{
    char id[65];

    (void)state;
    fm_arm("tls_alert");
    fm_run(id);
    assert_string_equal(fm_note(), "fault 1 (tls_alert) could not be applied: "
                                   "the client came over a unix socket");
    assert_int_equal(mockd_fired(fm_mock, NULL), 0);
}

static struct fm_refusal refusals[] = {
    {"no_close_notify_without_tls", "tls_no_close_notify", FM_BOTH,
     "fault tls_no_close_notify: only TLS can show it; listen on TCP with a "
     "certificate"},
    {"alert_on_unix", "tls_alert", FM_UNIX,
     "fault tls_alert: a unix socket cannot show it; listen on TCP"},
    {"records_without_tls", "tls_records:size=9", FM_TCP,
     "fault tls_records: only TLS can show it"},
    {"records_of_0", "tls_records:size=0", FM_TCP,
     "fault tls_records: size must be a whole number from 1 to 16383"},
    {"records_of_16384", "tls_records:size=16384", FM_TCP,
     "fault tls_records: size must be a whole number from 1 to 16383"},
};

static int make_certs(void **state)
{
    (void)state;
    return tls_certs_make() == NULL ? -1 : 0;
}

static int remove_certs(void **state)
{
    (void)state;
    tls_certs_remove();
    return 0;
}

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } cases[] = {
        {"plain_answers", tls__plain_answers},
        {"records_that_do_not_show", tls__records_that_do_not_show},
        {"alert_in_1_2", tls__alert_in_1_2},
        {"close_unread_counts_plain_bytes",
         tls__close_unread_counts_plain_bytes},
        {"daemon_restart", tls__daemon_restart},
        {"max_conns", tls__max_conns},
        {"a_unix_client", tls__a_unix_client},
    };
    struct CMUnitTest
        tests[MD_COUNT_OF(rows) + MD_COUNT_OF(cases) + MD_COUNT_OF(refusals)];
    size_t count = 0;

    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < MD_COUNT_OF(rows); i++, count++) {
        tests[count] = (struct CMUnitTest){rows[i].name, tls__row, set_up,
                                           tear_down, &rows[i]};
    }
    for (size_t i = 0; i < MD_COUNT_OF(cases); i++, count++) {
        tests[count] = (struct CMUnitTest){cases[i].name, cases[i].run, set_up,
                                           tear_down, NULL};
    }
    for (size_t i = 0; i < MD_COUNT_OF(refusals); i++, count++) {
        tests[count] = (struct CMUnitTest){refusals[i].name, fm_refuse, NULL,
                                           NULL, &refusals[i]};
    }
    return cmocka_run_group_tests_name("mockd_faults_tls", tests, make_certs,
                                       remove_certs);
}
