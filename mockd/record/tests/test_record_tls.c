/* SPDX-License-Identifier: MIT */
/*
 * test_record_tls.c - the relay with TLS on both sides, and the test as the
 * client and the engine.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "pem.h"
#include "record/duplex.h"
#include "record/relay.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BULK_LEN ((size_t)4 * 1024 * 1024)
#define PATH_SIZE 64

struct fixture {
    char dir[32];
    char cert[PATH_SIZE]; /* signed by itself, for 127.0.0.1 */
    char key[PATH_SIZE];
    char other[PATH_SIZE]; /* another one */
    char other_key[PATH_SIZE];
    struct md_rec_tls *client_tls; /* the test's, as a client */
    struct md_rec_tls *engine_tls; /* the test's, as the engine */
    struct md_rec_tls *front_tls;  /* the relay's, to clients */
    struct md_rec_tls *back_tls;   /* the relay's, to the engine */
    struct md_rec_listener engine;
    struct md_rec_listener front;
    struct md_rec_address engine_address;
    struct md_rec_address front_address;
    struct md_rec *rec;
    int stop[2];
    int never[2]; /* nobody writes to it */
    pthread_t thread;
    bool is_running;
    struct md_rec_chan client;
    struct md_rec_chan peer; /* the engine's end */
};

static bool make_files(struct fixture *fixture)
{
    (void)snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/tls-test-XXXXXX");
    if (mkdtemp(fixture->dir) == NULL) {
        return false;
    }
    (void)snprintf(fixture->cert, PATH_SIZE, "%s/cert.pem", fixture->dir);
    (void)snprintf(fixture->key, PATH_SIZE, "%s/key.pem", fixture->dir);
    (void)snprintf(fixture->other, PATH_SIZE, "%s/other.pem", fixture->dir);
    (void)snprintf(fixture->other_key, PATH_SIZE, "%s/other-key.pem",
                   fixture->dir);
    return pem_make_pair(fixture->cert, fixture->key) &&
           pem_make_pair(fixture->other, fixture->other_key);
}

/* Everybody has the same certificate, and wants to see it. */
static bool make_contexts(struct fixture *fixture)
{
    const struct md_rec_tls_files files = {
        .ca = fixture->cert, .cert = fixture->cert, .key = fixture->key};

    return md_rec_tls_client(&files, "127.0.0.1", &fixture->client_tls, NULL) ==
               MOCKD_OK &&
           md_rec_tls_client(&files, "127.0.0.1", &fixture->back_tls, NULL) ==
               MOCKD_OK &&
           md_rec_tls_server(&files, &fixture->engine_tls, NULL) == MOCKD_OK &&
           md_rec_tls_server(&files, &fixture->front_tls, NULL) == MOCKD_OK;
}

static bool open_relay(struct fixture *fixture)
{
    static const struct md_rec_provenance provenance = {.engine = "test"};

    fixture->engine = md_rec_listener_none();
    fixture->front = md_rec_listener_none();
    return md_rec_listen_tcp("127.0.0.1:0", false, &fixture->engine, NULL) ==
               MOCKD_OK &&
           md_rec_listen_tcp("127.0.0.1:0", false, &fixture->front, NULL) ==
               MOCKD_OK &&
           md_rec_address_parse(fixture->engine.url, &fixture->engine_address,
                                NULL) == MOCKD_OK &&
           md_rec_address_parse(fixture->front.url, &fixture->front_address,
                                NULL) == MOCKD_OK &&
           md_rec_new(fixture->dir, false, "tls", &provenance, &fixture->rec,
                      NULL) == MOCKD_OK;
}

static void *run_relay(void *user)
{
    struct fixture *fixture = user;
    const struct md_rec_relay_options options = {
        .rec = fixture->rec,
        .engine = &fixture->engine_address,
        .engine_tls = fixture->back_tls,
        .listeners = &fixture->front,
        .listener_count = 1,
        .stop_fd = fixture->stop[0],
    };

    (void)md_rec_relay_run(&options, NULL);
    return NULL;
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL) {
        return -1;
    }
    *state = fixture;
    fixture->client = md_rec_chan_none();
    fixture->peer = md_rec_chan_none();
    if (pipe(fixture->stop) != 0 || pipe(fixture->never) != 0 ||
        !make_files(fixture) || !make_contexts(fixture) ||
        !open_relay(fixture)) {
        return -1;
    }
    fixture->front.tls = fixture->front_tls;
    if (pthread_create(&fixture->thread, NULL, run_relay, fixture) != 0) {
        return -1;
    }
    fixture->is_running = true;
    return 0;
}

static void stop_relay(struct fixture *fixture)
{
    if (fixture->is_running) {
        (void)write(fixture->stop[1], "", 1);
        (void)pthread_join(fixture->thread, NULL);
        fixture->is_running = false;
    }
}

static int teardown(void **state)
{
    static const char *const names[] = {
        "cert.pem",       "key.pem",        "other.pem", "other-key.pem",
        MD_REC_FILE_NAME, MD_REC_PART_NAME, "s1.bin"};
    struct fixture *fixture = *state;
    char path[128];

    md_rec_chan_close(&fixture->client, false);
    md_rec_chan_close(&fixture->peer, false);
    stop_relay(fixture);
    md_rec_listener_close(&fixture->engine);
    md_rec_listener_close(&fixture->front);
    md_rec_free(fixture->rec);
    md_rec_tls_free(fixture->client_tls);
    md_rec_tls_free(fixture->engine_tls);
    md_rec_tls_free(fixture->front_tls);
    md_rec_tls_free(fixture->back_tls);
    for (size_t i = 0; i < 2; i++) {
        (void)close(fixture->stop[i]);
        (void)close(fixture->never[i]);
    }
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(fixture->dir);
    free(fixture);
    return 0;
}

/* ---- both ends ---- */

static void connect_client(struct fixture *fixture,
                           const struct md_rec_tls *tls)
{
    int fd = md_rec_socket_connect(&fixture->front_address);

    assert_true(fd >= 0);
    assert_true(md_rec_chan_open(&fixture->client, fd, tls, true));
}

static void accept_engine(struct fixture *fixture, const struct md_rec_tls *tls)
{
    struct pollfd ready = {.fd = fixture->engine.fd, .events = POLLIN};
    int fd = -1;

    assert_int_equal(poll(&ready, 1, 20000), 1);
    fd = md_rec_socket_accept(fixture->engine.fd);
    assert_true(fd >= 0);
    assert_true(md_rec_chan_open(&fixture->peer, fd, tls, false));
}

static void connect_both(struct fixture *fixture)
{
    connect_client(fixture, fixture->client_tls);
    accept_engine(fixture, fixture->engine_tls);
    assert_true(md_rec_duplex_ready(&fixture->peer, fixture->never[0]));
    assert_true(md_rec_duplex_ready(&fixture->client, fixture->never[0]));
}

static void say(struct fixture *fixture, struct md_rec_chan *chan,
                const char *text)
{
    assert_true(
        md_rec_duplex_send(chan, fixture->never[0], text, strlen(text)));
}

static enum md_rec_io read_some(struct fixture *fixture,
                                struct md_rec_chan *chan, void *data,
                                size_t size, size_t *out_len)
{
    enum md_rec_io io = MD_REC_IO_AGAIN;

    while (io == MD_REC_IO_AGAIN) {
        io = md_rec_chan_read(chan, data, size, out_len);
        if (io == MD_REC_IO_AGAIN) {
            bool is_ready = false;

            assert_true(md_rec_duplex_wait(chan, &is_ready, NULL, NULL,
                                           fixture->never[0]));
        }
    }
    return io;
}

static void hear(struct fixture *fixture, struct md_rec_chan *chan,
                 const char *text)
{
    char got[256] = "";
    size_t done = 0;

    while (done < strlen(text)) {
        size_t len = 0;

        assert_int_equal(
            read_some(fixture, chan, got + done, sizeof(got) - 1 - done, &len),
            MD_REC_IO_OK);
        done += len;
    }
    assert_string_equal(got, text);
}

static void hear_io(struct fixture *fixture, struct md_rec_chan *chan,
                    enum md_rec_io wanted)
{
    char byte = 0;
    size_t len = 0;

    assert_int_equal(read_some(fixture, chan, &byte, 1, &len), wanted);
}

static const char created[] =
    "HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n{\"Id\":\"e1\"}";
static const char start[] =
    "POST /exec/e1/start HTTP/1.1\r\nUpgrade: tcp\r\n\r\n";

/* An exec whose stream is open. */
static void start_exec(struct fixture *fixture)
{
    connect_both(fixture);
    say(fixture, &fixture->client, "POST /containers/c/exec HTTP/1.1\r\n\r\n");
    hear(fixture, &fixture->peer, "POST /containers/c/exec HTTP/1.1\r\n\r\n");
    say(fixture, &fixture->peer, created);
    hear(fixture, &fixture->client, created);
    say(fixture, &fixture->client, start);
    hear(fixture, &fixture->peer, start);
    say(fixture, &fixture->peer, "HTTP/1.1 101 UPGRADED\r\n\r\n");
    hear(fixture, &fixture->client, "HTTP/1.1 101 UPGRADED\r\n\r\n");
}

/* The recording, once all is over. */
static void assert_recorded(struct fixture *fixture, const char *part)
{
    struct md_rec_part_summary summary = {0};
    char path[128];
    char text[8192] = "";
    FILE *file = NULL;

    stop_relay(fixture);
    assert_int_equal(md_rec_finish(fixture->rec, NULL, &summary, NULL),
                     MOCKD_OK);
    (void)snprintf(path, sizeof(path), "%s/" MD_REC_FILE_NAME, fixture->dir);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    (void)fclose(file);
    if (strstr(text, part) == NULL) {
        fail_msg("%s", text);
    }
}

static void tls__client_ends_its_side_only(void **state)
{
    struct fixture *fixture = *state;

    start_exec(fixture);
    say(fixture, &fixture->client, "in");
    assert_int_equal(md_rec_chan_shut(&fixture->client), MD_REC_IO_OK);
    hear(fixture, &fixture->peer, "in");
    hear_io(fixture, &fixture->peer, MD_REC_IO_END);
    say(fixture, &fixture->peer, "out");
    hear(fixture, &fixture->client, "out");
    assert_int_equal(md_rec_chan_shut(&fixture->peer), MD_REC_IO_OK);
    hear_io(fixture, &fixture->client, MD_REC_IO_END);

    assert_recorded(fixture, ",\">.\"]\n");
}

static void tls__engine_ends_its_side_only(void **state)
{
    struct fixture *fixture = *state;

    start_exec(fixture);
    say(fixture, &fixture->peer, "out");
    assert_int_equal(md_rec_chan_shut(&fixture->peer), MD_REC_IO_OK);
    hear(fixture, &fixture->client, "out");
    hear_io(fixture, &fixture->client, MD_REC_IO_END);
    say(fixture, &fixture->client, "in");
    hear(fixture, &fixture->peer, "in");
    assert_int_equal(md_rec_chan_shut(&fixture->client), MD_REC_IO_OK);
    hear_io(fixture, &fixture->peer, MD_REC_IO_END);

    assert_recorded(fixture, ",\"<.\"]\n");
}

static void tls__engine_that_is_cut_off_is_a_reset(void **state)
{
    struct fixture *fixture = *state;

    start_exec(fixture);
    md_rec_chan_close(&fixture->peer, false); /* no close_notify */
    hear_io(fixture, &fixture->client, MD_REC_IO_RESET);

    assert_recorded(fixture, ",\"<!\"]\n");
}

static void tls__client_that_is_cut_off_is_a_reset(void **state)
{
    struct fixture *fixture = *state;

    start_exec(fixture);
    md_rec_chan_close(&fixture->client, false);
    hear_io(fixture, &fixture->peer, MD_REC_IO_RESET);

    assert_recorded(fixture, ",\">!\"]\n");
}

static void tls__one_record_is_one_event(void **state)
{
    struct fixture *fixture = *state;

    start_exec(fixture);
    for (int i = 0; i < 3; i++) {
        say(fixture, &fixture->peer, "one");
    }
    hear(fixture, &fixture->client, "oneoneone");
    assert_int_equal(md_rec_chan_shut(&fixture->peer), MD_REC_IO_OK);
    hear_io(fixture, &fixture->client, MD_REC_IO_END);

    assert_recorded(fixture, "\"events\":5,");
}

/* Byte @at of what is sent. */
static unsigned char bulk_byte(size_t at)
{
    return (unsigned char)(at / 65536 % 251);
}

/* Send what goes now; how much that was. */
static size_t send_bulk(struct fixture *fixture, size_t sent)
{
    char page[65536];
    size_t left = sizeof(page) - sent % sizeof(page);
    size_t len = 0;
    enum md_rec_io io = MD_REC_IO_AGAIN;

    memset(page, bulk_byte(sent), sizeof(page));
    io = md_rec_chan_write(&fixture->client, page, left, &len);
    assert_true(io == MD_REC_IO_OK || io == MD_REC_IO_AGAIN);
    return len;
}

static size_t take_bulk(struct fixture *fixture, size_t taken)
{
    char page[65536];
    size_t len = 0;

    assert_int_equal(
        read_some(fixture, &fixture->peer, page, sizeof(page), &len),
        MD_REC_IO_OK);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal((unsigned char)page[i], bulk_byte(taken + i));
    }
    return len;
}

/* Where both sides can only go on when the relay minds what TLS waits for. */
static void tls__bulk_goes_through(void **state)
{
    struct fixture *fixture = *state;
    size_t sent = 0;
    size_t taken = 0;

    connect_both(fixture);
    while (taken < BULK_LEN) {
        size_t more = sent < BULK_LEN ? send_bulk(fixture, sent) : 0;

        sent += more;
        taken += more == 0 ? take_bulk(fixture, taken) : 0;
    }
    assert_int_equal(taken, BULK_LEN);
}

static void tls__client_without_a_certificate_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct md_rec_tls_files files = {.ca = fixture->cert};
    struct md_rec_tls *bare = NULL;

    assert_int_equal(md_rec_tls_client(&files, "127.0.0.1", &bare, NULL),
                     MOCKD_OK);
    connect_client(fixture, bare);
    accept_engine(fixture, fixture->engine_tls);
    /* TLS 1.3 tells a client after its own handshake. */
    if (md_rec_duplex_ready(&fixture->client, fixture->never[0])) {
        hear_io(fixture, &fixture->client, MD_REC_IO_RESET);
    }
    md_rec_chan_close(&fixture->client, false);
    md_rec_tls_free(bare);

    assert_recorded(fixture, "# a client came, but its TLS failed: ");
}

static void tls__engine_of_another_ca_is_refused(void **state)
{
    struct fixture *fixture = *state;
    const struct md_rec_tls_files files = {.cert = fixture->other,
                                           .key = fixture->other_key};
    struct md_rec_tls *other = NULL;

    assert_int_equal(md_rec_tls_server(&files, &other, NULL), MOCKD_OK);
    connect_client(fixture, fixture->client_tls);
    accept_engine(fixture, other);
    if (md_rec_duplex_ready(&fixture->peer, fixture->never[0])) {
        hear_io(fixture, &fixture->peer, MD_REC_IO_RESET);
    }
    md_rec_chan_close(&fixture->peer, false);
    md_rec_tls_free(other);

    assert_recorded(fixture, "the engine could not be connected to: self");
}

/* Without the relay: client and engine at one another. */
static void tls__what_is_cut_off_says_so(void **state)
{
    struct fixture *fixture = *state;
    int fd = md_rec_socket_connect(&fixture->engine_address);
    bool is_client = false;
    bool is_engine = false;

    assert_true(
        md_rec_chan_open(&fixture->client, fd, fixture->client_tls, true));
    accept_engine(fixture, fixture->engine_tls);
    while (!is_client || !is_engine) {
        is_client =
            is_client || md_rec_chan_ready(&fixture->client) == MD_REC_IO_OK;
        is_engine =
            is_engine || md_rec_chan_ready(&fixture->peer) == MD_REC_IO_OK;
    }
    md_rec_chan_close(&fixture->peer, false); /* no close_notify */
    hear_io(fixture, &fixture->client, MD_REC_IO_RESET);

    assert_string_equal(md_rec_chan_words(&fixture->client),
                        "the connection ended without close_notify");
}

static void tls__files_that_are_none_are_named(void **state)
{
    struct fixture *fixture = *state;
    const struct md_rec_tls_files no_ca = {.ca = "/nowhere/ca.pem"};
    const struct md_rec_tls_files half = {.cert = fixture->cert};
    const struct md_rec_tls_files strange = {.cert = fixture->cert,
                                             .key = fixture->other_key};
    struct md_rec_tls *tls = NULL;
    struct mockd_error err = {0};

    assert_int_equal(md_rec_tls_client(&no_ca, "h", &tls, &err),
                     MOCKD_E_INVALID);
    assert_non_null(strstr(err.message, "TLS CA certificate /nowhere/ca.pem"));
    assert_int_equal(md_rec_tls_client(&half, "h", &tls, &err),
                     MOCKD_E_INVALID);
    assert_non_null(strstr(err.message, "give both or neither"));
    assert_int_equal(md_rec_tls_server(&strange, &tls, &err), MOCKD_E_INVALID);
    assert_non_null(strstr(err.message, "other-key.pem"));
}

#define TEST(function)                                                         \
    {                                                                          \
        .name = #function, .test_func = (function), .setup_func = setup,       \
        .teardown_func = teardown                                              \
    }

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(tls__client_ends_its_side_only),
        TEST(tls__engine_ends_its_side_only),
        TEST(tls__engine_that_is_cut_off_is_a_reset),
        TEST(tls__client_that_is_cut_off_is_a_reset),
        TEST(tls__one_record_is_one_event),
        TEST(tls__bulk_goes_through),
        TEST(tls__client_without_a_certificate_is_refused),
        TEST(tls__engine_of_another_ca_is_refused),
        TEST(tls__what_is_cut_off_says_so),
        TEST(tls__files_that_are_none_are_named),
    };

    return cmocka_run_group_tests_name("record_tls", tests, NULL, NULL);
}
