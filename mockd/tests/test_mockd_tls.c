/* SPDX-License-Identifier: MIT */
/* test_mockd_tls.c - a whole mock that speaks TLS, and clients that see each
 * record. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "bounds.h"
#include "cleanup.h"
#include "fault_mock.h"
#include "tls_certs.h"
#include "tls_client.h"
#include "wire_client.h"

#define BIG ((size_t)64 * 1024 * 1024)
#define GROWTH_MAX_KIB 8192
#define SILENCE_MS 60
#define CREATE(cmd) "{\"AttachStdout\":true,\"Cmd\":[\"" cmd "\"]}"
#define RESET "{\"AttachStdin\":true,\"AttachStdout\":true,\"Cmd\":[\"reset\"]}"
#define ATTACH "{\"Detach\":false,\"Tty\":false}"

static struct tls_client clients[3];
static char text[65536];

/* ---- the rig ---- */

static void speak_tls(const char *ca)
{
    fm_options.tls_cert = tls_cert("server.pem");
    fm_options.tls_key = tls_cert("server.key");
    fm_options.tls_ca = tls_cert(ca);
}

static int set_up(void **state)
{
    speak_tls(NULL);
    return fm_set_up(state) == 0 &&
                   mockd_load(fm_mock, TLS_FIXTURES_DIR, NULL) == MOCKD_OK
               ? 0
               : -1;
}

static int set_up_verifying(void **state)
{
    speak_tls("ca.pem");
    return fm_set_up(state);
}

static int set_up_lockstep(void **state)
{
    fm_options.pace = "lockstep";
    return set_up(state);
}

static int set_up_gap(void **state)
{
    fm_options.pace = "gap:20000";
    return set_up(state);
}

static int tear_down(void **state)
{
    for (size_t i = 0; i < MD_COUNT_OF(clients); i++) {
        tls_close(&clients[i]);
    }
    return fm_tear_down(state);
}

static void connect_client(struct tls_client *client)
{
    assert_true(tls_connect(client, mockd_tcp_url(fm_mock), NULL));
}

static int ask(struct tls_client *client, const char *method,
               const char *target, const char *body)
{
    return tls_ask(client, method, target, body, text, sizeof(text));
}

static void start(struct tls_client *client, const char *body, char id[65])
{
    fm_create(body, id);
    connect_client(client);
    assert_true(
        tls_request(client, "POST", fm_path(id, "start"), ATTACH, true));
}

static void await(const char *filter)
{
    struct mockd_error err = {0};

    if (mockd_wait(fm_mock, filter, 0, 10000, NULL, &err) != MOCKD_OK) {
        fail_msg("%s", err.message);
    }
}

static void assert_clean_end(struct tls_client *client, const char *want,
                             size_t want_len)
{
    size_t len = 0;

    assert_int_equal(tls_read_all(client, text, sizeof(text), &len), TLS_CLEAN);
    assert_true(len >= want_len);
    assert_memory_equal(text + len - want_len, want, want_len);
}

/* ---- plain calls ---- */

static void tls__keep_alive(void **state)
{
    (void)state;
    connect_client(&clients[0]);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(&clients[0], "GET", "/_ping", NULL), 200);
        assert_non_null(strstr(text, "\r\n\r\nOK"));
    }
    assert_int_equal(clients[0].tickets, 0);
}

static void tls__pipelined(void **state)
{
    static const char twice[] = "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"
                                "GET /version HTTP/1.1\r\nHost: d\r\n\r\n";

    (void)state;
    connect_client(&clients[0]);
    assert_true(tls_send(&clients[0], twice, sizeof(twice) - 1));
    assert_true(tls_read_until(&clients[0], text, sizeof(text), "MinAPI"));
    assert_non_null(strstr(text, "\r\n\r\nOKHTTP/1.1 200"));
}

static void tls__large_body(void **state)
{
    char page[16384];
    char head[] = "POST /containers/t1/exec HTTP/1.1\r\nHost: d\r\n"
                  "Content-Length: 16777217\r\n\r\n ";

    (void)state;
    memset(page, ' ', sizeof(page));
    connect_client(&clients[0]);
    assert_true(tls_send(&clients[0], head, sizeof(head) - 1));
    for (int i = 0; i < 1024; i++) {
        assert_true(tls_send(&clients[0], page, sizeof(page)));
    }
    assert_true(tls_read_until(&clients[0], text, sizeof(text), "16777216"));
    assert_non_null(strstr(text, "HTTP/1.1 413"));
}

/* The connection is over by HTTP's own decision. */
static void tls__connection_close(void **state)
{
    static const char request[] =
        "GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n";

    (void)state;
    connect_client(&clients[0]);
    assert_true(tls_send(&clients[0], request, sizeof(request) - 1));
    assert_clean_end(&clients[0], "OK", 2);
}

/* ---- streams ---- */

static void tls__exec_on_one_connection(void **state)
{
    const char *id = NULL;
    char path[128];

    (void)state;
    connect_client(&clients[0]);
    assert_int_equal(ask(&clients[0], "POST", "/containers/t1/exec", FM_HELLO),
                     201);
    id = strstr(text, "\"Id\":\"");
    assert_non_null(id);
    (void)snprintf(path, sizeof(path), "/exec/%.64s/start", id + 6);
    assert_true(tls_request(&clients[0], "POST", path, ATTACH, true));
    assert_clean_end(&clients[0], FM_OUT FM_ERR, 24);
    assert_non_null(strstr(text, "HTTP/1.1 101 UPGRADED\r\n"));
    (void)snprintf(strrchr(path, '/'), 8, "/json");
    connect_client(&clients[1]);
    assert_int_equal(ask(&clients[1], "GET", path, NULL), 200);
    assert_non_null(strstr(text, "\"Running\":false,\"ExitCode\":7"));
}

static void tls__half_close(void **state)
{
    char id[65];

    (void)state;
    start(&clients[0], FM_STDIN, id);
    assert_true(tls_read_until(&clients[0], text, sizeof(text), "ready"));
    assert_true(tls_send(&clients[0], "hel", 3));
    fm_inspect(id, "\"Running\":true");
    assert_true(tls_send(&clients[0], "lo", 2));
    assert_true(tls_read_until(&clients[0], text, sizeof(text), "five"));
    fm_inspect(id, "\"Running\":true");
    assert_true(tls_half_close(&clients[0]));
    assert_clean_end(&clients[0], "end", 3);
    fm_inspect(id, "\"Running\":false,\"ExitCode\":0");
    await("{\"event\":\"half_close\"}");
}

/* The engine's close_notify leaves the other direction open. */
static void tls__client_sends_behind_the_end(void **state)
{
    char page[16384] = {0};
    char id[65];
    char byte = 0;

    (void)state;
    start(&clients[0], FM_HELLO, id);
    assert_clean_end(&clients[0], FM_OUT FM_ERR, 24);
    for (int i = 0; i < 400; i++) { /* more than any buffer holds */
        assert_true(tls_send(&clients[0], page, sizeof(page)));
    }
    assert_int_equal(recv(clients[0].fd, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    assert_true(tls_half_close(&clients[0]));
    assert_int_equal(recv(clients[0].fd, &byte, 1, 0), 0);
    await("{\"event\":\"half_close\",\"input_bytes\":6553600}");
}

/* TCP's end alone is none: what was to come may have been cut off. */
static void tls__end_without_close_notify(void **state)
{
    char id[65];

    (void)state;
    start(&clients[0], FM_STDIN, id);
    assert_true(tls_read_until(&clients[0], text, sizeof(text), "ready"));
    assert_true(tls_send(&clients[0], "hello", 5));
    assert_true(tls_read_until(&clients[0], text, sizeof(text), "five"));
    assert_int_equal(shutdown(clients[0].fd, SHUT_WR), 0);
    await("{\"event\":\"client_gone\",\"input_bytes\":5}");
    fm_inspect(id, "\"Running\":false");
}

static void tls__reset(void **state)
{
    char id[65];
    size_t len = 0;

    (void)state;
    start(&clients[0], RESET, id);
    assert_true(tls_read_until(&clients[0], text, sizeof(text), "\r\n\r\n"));
    assert_true(tls_send(&clients[0], "abc", 3));
    assert_int_equal(tls_read_all(&clients[0], text, sizeof(text), &len),
                     TLS_RESET);
    fm_inspect(id, "\"Running\":false");
}

static long peak_kib(void)
{
    struct rusage usage = {0};

    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    return usage.ru_maxrss;
}

/* One client does not read for a while: the mock neither waits for it nor
 * keeps what it does not take. */
static void tls__big_in_constant_memory(void **state)
{
    char id[65];
    size_t len = 0;
    long before = 0;

    (void)state;
    start(&clients[0], CREATE("big"), id);
    assert_true(tls_read_until(&clients[0], text, sizeof(text), "\r\n\r\n"));
    connect_client(&clients[1]);
    assert_int_equal(ask(&clients[1], "GET", "/_ping", NULL), 200);
    before = peak_kib();

    assert_int_equal(tls_read_all(&clients[0], text, sizeof(text), &len),
                     TLS_CLEAN);
    assert_int_equal(len, BIG + BIG / 32768 * 8);
    assert_true(peak_kib() - before < GROWTH_MAX_KIB);
    fm_inspect(id, "\"ExitCode\":5");
}

/* The last bytes are in OpenSSL, in the half of a record that there was no room
 * for: no event tells of them. */
static void tls__half_a_record_is_read_later(void **state)
{
    char page[10000] = {0};
    char path[160];
    char id[65];

    (void)state;
    start(&clients[0],
          "{\"AttachStdin\":true,\"AttachStdout\":true,\"Cmd\":[\"ahead\"]}",
          id);
    assert_true(tls_read_until(&clients[0], text, sizeof(text), "\r\n\r\n"));
    for (int i = 0; i < 7; i++) {
        assert_true(tls_send(&clients[0], page, sizeof(page)));
    }
    await("{\"event\":\"input\",\"input_bytes\":65536}");
    (void)snprintf(path, sizeof(path), "%s?h=50&w=132", fm_path(id, "resize"));
    assert_int_equal(wire_ask(mockd_unix_url(fm_mock), "POST", path, NULL, text,
                              sizeof(text)),
                     200);
    assert_clean_end(&clients[0], "done", 4);
}

static void tls__a_write_is_a_record(void **state)
{
    /* the head; a header and what it announces; the last one does not fit */
    static const size_t want[] = {9, 10, 308, 16384, 3624};
    char id[65];
    size_t len = 0;

    (void)state;
    start(&clients[0], CREATE("pieces"), id);
    assert_int_equal(tls_read_all(&clients[0], text, sizeof(text), &len),
                     TLS_CLEAN);
    assert_int_equal(clients[0].record_count, MD_COUNT_OF(want) + 1);
    assert_memory_equal(text + clients[0].records[0] - 4, "\r\n\r\n", 4);
    assert_memory_equal(clients[0].records + 1, want, sizeof(want));
}

/* ---- pace ---- */

/* Bytes that wait in the kernel when some do. */
static size_t await_bytes(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int count = 0;

    assert_int_equal(poll(&wait, 1, 10000), 1);
    assert_int_equal(ioctl(fd, FIONREAD, &count), 0);
    return (size_t)count;
}

/* There is never more than one record to be read. The end, as FIN in the clear,
 * is no piece, and waits for none. */
static void tls__lockstep(void **state)
{
    const size_t header = 5;
    const size_t tag = 17;
    const size_t close_notify = header + 2 + tag;
    static const size_t want[] = {9, 10, 308, 16384, 3624};
    char id[65];

    (void)state;
    start(&clients[0], CREATE("pieces"), id);
    assert_true(tls_read_until(&clients[0], text, sizeof(text), "\r\n\r\n"));
    for (size_t i = 0; i < MD_COUNT_OF(want); i++) {
        bool is_last = i + 1 == MD_COUNT_OF(want);

        assert_in_range(await_bytes(clients[0].fd), 1,
                        header + want[i] + tag + (is_last ? close_notify : 0));
        assert_int_equal(tls_read(&clients[0], text, sizeof(text)), want[i]);
    }
}

static void tls__gap(void **state)
{
    unsigned long begin = fm_now_ms();
    char id[65];

    (void)state;
    start(&clients[0], CREATE("pieces"), id);
    assert_clean_end(&clients[0], "dddd", 4);
    assert_true(fm_now_ms() - begin >= 100);
}

/* ---- who may come in ---- */

struct peer {
    const char *name;
    struct tls_wish wish;
    bool is_let_in;
};

static struct peer peers[] = {
    {"client_certificate", {"client.pem", "client.key", 0}, true},
    {"client_certificate_1_2",
     {"client.pem", "client.key", TLS1_2_VERSION},
     true},
    {"no_client_certificate", {NULL, NULL, 0}, false},
    {"no_client_certificate_1_2", {NULL, NULL, TLS1_2_VERSION}, false},
    {"strange_client_certificate", {"stranger.pem", "stranger.key", 0}, false},
    {"strange_client_certificate_1_2",
     {"stranger.pem", "stranger.key", TLS1_2_VERSION},
     false},
};

static void tls__peer(void **state)
{
    const struct peer *peer = *state;
    bool is_met = tls_connect(&clients[0], mockd_tcp_url(fm_mock), &peer->wish);

    /* in 1.3 the client's own handshake is over before it is refused */
    assert_int_equal(is_met && ask(&clients[0], "GET", "/_ping", NULL) == 200,
                     peer->is_let_in);
    if (!peer->is_let_in) {
        assert_true(clients[0].alert > 0 && !clients[0].is_warning);
        assert_true(
            tls_connect(&clients[1], mockd_tcp_url(fm_mock), &peers[0].wish));
        assert_non_null(strstr(fm_note(), "no TLS handshake with a client: "));
    }
}

/* A certificate that nobody asked for is not looked at. */
static void tls__certificate_not_wanted(void **state)
{
    const struct tls_wish wish = {"stranger.pem", "stranger.key", 0};

    (void)state;
    assert_true(tls_connect(&clients[0], mockd_tcp_url(fm_mock), &wish));
    assert_int_equal(ask(&clients[0], "GET", "/_ping", NULL), 200);
}

static void tls__plain_text(void **state)
{
    int failure = 0;

    (void)state;
    fm_fds[0] = wire_connect(mockd_tcp_url(fm_mock));
    assert_true(wire_request(fm_fds[0], "GET", "/_ping", NULL, false));
    (void)wire_read_all(fm_fds[0], text, sizeof(text), &failure);
    assert_int_equal(failure, 0);
    assert_string_equal(text,
                        "HTTP/1.0 400 Bad Request\r\n\r\n"
                        "Client sent an HTTP request to an HTTPS server.\n");
    connect_client(&clients[0]); /* the note is behind that answer */
    assert_non_null(strstr(fm_note(), "http request"));
}

static void tls__noise(void **state)
{
    int failure = 0;

    (void)state;
    fm_fds[0] = wire_connect(mockd_tcp_url(fm_mock));
    assert_true(wire_send(fm_fds[0], "what is this, and what comes next?"));
    (void)wire_read_all(fm_fds[0], text, sizeof(text), &failure);
    assert_int_equal(failure, 0);
    connect_client(&clients[0]);
}

/* One says nothing, one stops in the middle, and a third is served. */
static void tls__slow_handshakes(void **state)
{
    (void)state;
    fm_fds[0] = wire_connect(mockd_tcp_url(fm_mock));
    fm_fds[1] = wire_connect(mockd_tcp_url(fm_mock));
    assert_int_equal(send(fm_fds[1], "\26\3\1\2\0\1\0", 7, 0), 7);
    connect_client(&clients[0]);
    assert_int_equal(ask(&clients[0], "GET", "/_ping", NULL), 200);
}

/* As many as may be in a handshake are: the next one waits until one goes. */
static void tls__handshakes_are_bounded(void **state)
{
    static int silent[MD_HANDSHAKES_MAX];
    struct pollfd wait = {.events = POLLIN};
    char hello = 22;

    (void)state;
    for (size_t i = 0; i < MD_HANDSHAKES_MAX; i++) {
        silent[i] = wire_connect(mockd_tcp_url(fm_mock));
        assert_true(silent[i] >= 0);
    }
    /* it is refused as soon as it is let in */
    wait.fd = wire_connect(mockd_tcp_url(fm_mock));
    assert_true(wire_send(wait.fd, "this is not TLS at all"));
    assert_int_equal(poll(&wait, 1, SILENCE_MS), 0);
    (void)close(silent[0]);
    assert_int_equal(poll(&wait, 1, 10000), 1);
    (void)recv(wait.fd, &hello, 1, 0);
    (void)close(wait.fd);
    for (size_t i = 1; i < MD_HANDSHAKES_MAX; i++) {
        (void)close(silent[i]);
    }
    connect_client(&clients[0]);
}

/* Each in another state: the descriptors are counted behind it. */
static void tls__stop(void **state)
{
    char id[65];
    size_t len = 0;

    (void)state;
    start(&clients[0], FM_STDIN, id);
    assert_true(tls_read_until(&clients[0], text, sizeof(text), "ready"));
    connect_client(&clients[1]);
    assert_int_equal(ask(&clients[1], "GET", "/_ping", NULL), 200);
    fm_fds[0] = wire_connect(mockd_tcp_url(fm_mock));

    mockd_stop(fm_mock);
    fm_mock = NULL;

    /* as when the daemon is killed */
    assert_int_equal(tls_read_all(&clients[0], text, sizeof(text), &len),
                     TLS_CUT);
    assert_int_equal(tls_read_all(&clients[1], text, sizeof(text), &len),
                     TLS_CUT);
}

/* ---- options ---- */

struct bad {
    const char *name;
    const char *cert;
    const char *key;
    const char *ca;
    bool has_no_tcp;
    const char *error;
};

static struct bad bad[] = {
    {"no_such_certificate", "nope.pem", "server.key", NULL, false,
     "/nope.pem: No such file or directory; expected PEM"},
    {"no_such_key", "server.pem", "nope.key", NULL, false,
     "/nope.key: No such file or directory; expected PEM"},
    {"no_such_ca", "server.pem", "server.key", "nope.pem", false,
     "/nope.pem: No such file or directory; expected PEM"},
    {"text_for_a_certificate", "text.pem", "server.key", NULL, false,
     "/text.pem: no start line; expected PEM"},
    {"text_for_a_key", "server.pem", "text.pem", NULL, false, "/text.pem: "},
    {"text_for_a_ca", "server.pem", "server.key", "text.pem", false,
     "/text.pem: "},
    {"key_of_another", "server.pem", "client.key", NULL, false,
     "/client.key: key values mismatch; expected PEM"},
    {"key_with_a_passphrase", "server.pem", "locked.key", NULL, false,
     "TLS key (which may have no passphrase)"},
    {"no_key", "server.pem", NULL, NULL, false,
     "options: TLS needs both a certificate and its key"},
    {"no_certificate", NULL, "server.key", NULL, false,
     "options: TLS needs both a certificate and its key"},
    {"only_a_ca", NULL, NULL, "ca.pem", false,
     "options: TLS needs both a certificate and its key"},
    {"no_tcp", "server.pem", "server.key", NULL, true,
     "options: TLS is for a tcp address, and there is none"},
};

static void tls__bad_options(void **state)
{
    const struct bad *row = *state;
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};
    struct mockd *mock = NULL;

    options.fixtures = FIXTURES_DIR;
    options.unix_path = "auto";
    options.tcp_address = row->has_no_tcp ? NULL : "127.0.0.1:0";
    options.tls_cert = tls_cert(row->cert);
    options.tls_key = tls_cert(row->key);
    options.tls_ca = tls_cert(row->ca);
    assert_int_equal(mockd_start(&options, &mock, &err), MOCKD_E_INVALID);
    assert_null(mock);
    if (strstr(err.message, row->error) == NULL) {
        assert_string_equal(err.message, row->error);
    }
}

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
        CMFixtureFunction set_up;
    } cases[] = {
        {"keep_alive", tls__keep_alive, set_up},
        {"pipelined", tls__pipelined, set_up},
        {"large_body", tls__large_body, set_up},
        {"connection_close", tls__connection_close, set_up},
        {"exec_on_one_connection", tls__exec_on_one_connection, set_up},
        {"half_close", tls__half_close, set_up},
        {"client_sends_behind_the_end", tls__client_sends_behind_the_end,
         set_up},
        {"end_without_close_notify", tls__end_without_close_notify, set_up},
        {"reset", tls__reset, set_up},
        {"big_in_constant_memory", tls__big_in_constant_memory, set_up},
        {"half_a_record_is_read_later", tls__half_a_record_is_read_later,
         set_up},
        {"a_write_is_a_record", tls__a_write_is_a_record, set_up},
        {"lockstep", tls__lockstep, set_up_lockstep},
        {"gap", tls__gap, set_up_gap},
        {"certificate_not_wanted", tls__certificate_not_wanted, set_up},
        {"plain_text", tls__plain_text, set_up},
        {"noise", tls__noise, set_up},
        {"slow_handshakes", tls__slow_handshakes, set_up},
        {"handshakes_are_bounded", tls__handshakes_are_bounded, set_up},
        {"stop", tls__stop, set_up},
    };
    struct CMUnitTest
        tests[MD_COUNT_OF(cases) + MD_COUNT_OF(peers) + MD_COUNT_OF(bad)];
    size_t count = 0;

    (void)signal(SIGPIPE, SIG_IGN); /* ours; the mock must not need it */
    for (size_t i = 0; i < MD_COUNT_OF(cases); i++, count++) {
        tests[count] = (struct CMUnitTest){cases[i].name, cases[i].run,
                                           cases[i].set_up, tear_down, NULL};
    }
    for (size_t i = 0; i < MD_COUNT_OF(peers); i++, count++) {
        tests[count] = (struct CMUnitTest){
            peers[i].name, tls__peer, set_up_verifying, tear_down, &peers[i]};
    }
    for (size_t i = 0; i < MD_COUNT_OF(bad); i++, count++) {
        tests[count] = (struct CMUnitTest){bad[i].name, tls__bad_options, NULL,
                                           NULL, &bad[i]};
    }
    return cmocka_run_group_tests_name("mockd_tls", tests, make_certs,
                                       remove_certs);
}
