/* SPDX-License-Identifier: MIT */
/*
 * test_record_relay.c - the relay in a thread, with the test on both sides of
 * it: as the client, and as the engine.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "record/relay.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BULK_LEN ((size_t)8 * 1024 * 1024)
/* What the relay and four socket buffers can hold between the two ends; the
 * kernel lets TCP's grow to 6 MiB each, so this is for unix sockets. */
#define ON_THE_WAY_MAX ((size_t)3 * 1024 * 1024)
#define CROWD 50

struct fixture {
    bool is_tcp;
    size_t fds_before;
    char dir[32];
    struct md_rec_listener engine; /* where the test is the engine */
    struct md_rec_listener front;  /* where it is the client */
    struct md_rec_address engine_address;
    struct md_rec *rec;
    int stop[2];
    pthread_t thread;
    bool is_running;
    enum mockd_code rc;
};

static size_t count_fds(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t count = 0;

    while (dir != NULL && readdir(dir) != NULL) {
        count++;
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return count;
}

static void *run_relay(void *user)
{
    struct fixture *fixture = user;
    const struct md_rec_relay_options options = {
        .rec = fixture->rec,
        .engine = &fixture->engine_address,
        .listeners = &fixture->front,
        .listener_count = 1,
        .stop_fd = fixture->stop[0],
    };

    fixture->rc = md_rec_relay_run(&options, NULL);
    return NULL;
}

static bool listen_on(const struct fixture *fixture,
                      struct md_rec_listener *listener)
{
    return (fixture->is_tcp
                ? md_rec_listen_tcp("127.0.0.1:0", false, listener, NULL)
                : md_rec_listen_unix("auto", listener, NULL)) == MOCKD_OK;
}

static bool open_all(struct fixture *fixture)
{
    static const struct md_rec_provenance provenance = {.engine = "test"};

    return mkdtemp(fixture->dir) != NULL && pipe(fixture->stop) == 0 &&
           listen_on(fixture, &fixture->engine) &&
           listen_on(fixture, &fixture->front) &&
           md_rec_address_parse(fixture->engine.url, &fixture->engine_address,
                                NULL) == MOCKD_OK &&
           md_rec_new(fixture->dir, false, "relay", &provenance, &fixture->rec,
                      NULL) == MOCKD_OK;
}

static int setup(void **state, bool is_tcp)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL) {
        return -1;
    }
    *state = fixture;
    fixture->is_tcp = is_tcp;
    fixture->fds_before = count_fds();
    fixture->engine = md_rec_listener_none();
    fixture->front = md_rec_listener_none();
    (void)snprintf(fixture->dir, sizeof(fixture->dir),
                   "/tmp/record-test-XXXXXX");
    if (!open_all(fixture) ||
        pthread_create(&fixture->thread, NULL, run_relay, fixture) != 0) {
        return -1;
    }
    fixture->is_running = true;
    return 0;
}

static int setup_unix(void **state)
{
    return setup(state, false);
}

static int setup_tcp(void **state)
{
    return setup(state, true);
}

static void stop_relay(struct fixture *fixture)
{
    if (fixture->is_running) {
        (void)write(fixture->stop[1], "", 1);
        (void)pthread_join(fixture->thread, NULL);
        fixture->is_running = false;
    }
}

static void remove_dir(const struct fixture *fixture)
{
    static const char *const names[] = {MD_REC_FILE_NAME, MD_REC_PART_NAME,
                                        "s1.bin", "s1.in.bin"};
    char path[128];

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(fixture->dir);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    size_t fds_before = fixture->fds_before;

    stop_relay(fixture);
    md_rec_listener_close(&fixture->engine);
    md_rec_listener_close(&fixture->front);
    md_rec_free(fixture->rec);
    (void)close(fixture->stop[0]);
    (void)close(fixture->stop[1]);
    remove_dir(fixture);
    free(fixture);
    /* A failed test has left its own descriptors open. */
    return count_fds() == fds_before ? 0 : -1;
}

/* No wait of these tests lasts for ever. */
static int with_timeout(int fd)
{
    const struct timeval limit = {.tv_sec = 20};

    assert_true(fd >= 0);
    assert_int_equal(
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
    assert_int_equal(
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)), 0);
    return fd;
}

static int open_client(const struct fixture *fixture)
{
    struct md_rec_address address = {0};
    int fd = -1;

    assert_int_equal(md_rec_address_parse(fixture->front.url, &address, NULL),
                     MOCKD_OK);
    fd = socket(address.storage.ss_family, SOCK_STREAM, 0);
    (void)with_timeout(fd);
    assert_int_equal(
        connect(fd, (const struct sockaddr *)&address.storage, address.len), 0);
    return fd;
}

/* The listener does not block, so wait for a connection to come. */
static int accept_engine(const struct fixture *fixture)
{
    fd_set readable;
    struct timeval limit = {.tv_sec = 20};

    FD_ZERO(&readable);
    FD_SET(fixture->engine.fd, &readable);
    assert_int_equal(
        select(fixture->engine.fd + 1, &readable, NULL, NULL, &limit), 1);
    return with_timeout(accept(fixture->engine.fd, NULL, NULL));
}

static void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void hear(int fd, const char *text)
{
    char got[256] = "";

    assert_true(strlen(text) < sizeof(got));
    assert_int_equal(recv(fd, got, strlen(text), MSG_WAITALL), strlen(text));
    assert_string_equal(got, text);
}

static void hear_end(int fd)
{
    char byte = 0;

    assert_int_equal(recv(fd, &byte, 1, 0), 0);
}

static void relay__passes_bytes_both_ways(void **state)
{
    struct fixture *fixture = *state;
    int client = open_client(fixture);
    int engine = accept_engine(fixture);

    say(client, "ping");
    hear(engine, "ping");
    say(engine, "pong");
    hear(client, "pong");
    (void)close(client);
    hear_end(engine);
    (void)close(engine);
}

static void relay__keeps_the_clients_half_close(void **state)
{
    struct fixture *fixture = *state;
    int client = open_client(fixture);
    int engine = accept_engine(fixture);

    say(client, "in");
    (void)shutdown(client, SHUT_WR);
    hear(engine, "in");
    hear_end(engine);
    say(engine, "out");
    hear(client, "out");
    (void)close(engine);
    hear_end(client);
    (void)close(client);
}

static void relay__keeps_the_engines_half_close(void **state)
{
    struct fixture *fixture = *state;
    int client = open_client(fixture);
    int engine = accept_engine(fixture);

    say(engine, "out");
    (void)shutdown(engine, SHUT_WR);
    hear(client, "out");
    hear_end(client);
    say(client, "in");
    hear(engine, "in");
    (void)close(client);
    hear_end(engine);
    (void)close(engine);
}

static uint8_t bulk_byte(size_t at)
{
    return (uint8_t)(at * 31 + (at >> 16));
}

/* Write what is taken without waiting; returns how much. */
static size_t push_bulk(int fd, size_t from)
{
    static uint8_t page[65536];
    size_t len =
        BULK_LEN - from < sizeof(page) ? BULK_LEN - from : sizeof(page);
    ssize_t done = 0;

    for (size_t i = 0; i < len; i++) {
        page[i] = bulk_byte(from + i);
    }
    done = send(fd, page, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    assert_true(done > 0 || errno == EAGAIN || errno == EWOULDBLOCK);
    return done > 0 ? (size_t)done : 0;
}

static size_t pull_bulk(int fd, size_t from)
{
    uint8_t page[4096];
    ssize_t done = recv(fd, page, sizeof(page), 0);

    assert_true(done > 0);
    for (size_t i = 0; i < (size_t)done; i++) {
        assert_int_equal(page[i], bulk_byte(from + i));
    }
    return (size_t)done;
}

/* The reader takes 4 KiB whenever the writer can get rid of nothing. */
static size_t pump(int writer, int reader)
{
    size_t written = 0;
    size_t taken = 0;
    size_t on_the_way = 0;

    while (taken < BULK_LEN) {
        size_t step = written < BULK_LEN ? push_bulk(writer, written) : 0;

        written += step;
        on_the_way =
            written - taken > on_the_way ? written - taken : on_the_way;
        taken += step == 0 ? pull_bulk(reader, taken) : 0;
    }
    return on_the_way;
}

static void relay__does_not_read_what_a_slow_client_does_not_take(void **state)
{
    struct fixture *fixture = *state;
    int client = open_client(fixture);
    int engine = accept_engine(fixture);
    size_t on_the_way = pump(engine, client);

    if (!fixture->is_tcp) {
        assert_true(on_the_way < ON_THE_WAY_MAX);
    }
    (void)close(engine);
    hear_end(client);
    (void)close(client);
}

static void relay__does_not_read_what_a_slow_engine_does_not_take(void **state)
{
    struct fixture *fixture = *state;
    int client = open_client(fixture);
    int engine = accept_engine(fixture);
    size_t on_the_way = pump(client, engine);

    if (!fixture->is_tcp) {
        assert_true(on_the_way < ON_THE_WAY_MAX);
    }
    (void)shutdown(client, SHUT_WR);
    hear_end(engine);
    (void)close(engine);
    hear_end(client);
    (void)close(client);
}

static void hear_reset(int fd)
{
    char byte = 0;

    assert_int_equal(recv(fd, &byte, 1, 0), -1);
    assert_int_equal(errno, ECONNRESET);
}

static void relay__passes_the_engines_reset_on(void **state)
{
    struct fixture *fixture = *state;
    int client = open_client(fixture);
    int engine = accept_engine(fixture);

    say(client, "x");
    hear(engine, "x");
    md_rec_socket_reset(engine);
    hear_reset(client);
    (void)close(client);
}

static void relay__passes_the_clients_reset_on(void **state)
{
    struct fixture *fixture = *state;
    int client = open_client(fixture);
    int engine = accept_engine(fixture);

    say(engine, "x");
    hear(client, "x");
    md_rec_socket_reset(client);
    hear_reset(engine);
    (void)close(engine);
}

/* The engine sees the end first, and then that nobody takes what it sends. */
static void relay__passes_on_that_the_client_went_away(void **state)
{
    struct fixture *fixture = *state;
    int client = open_client(fixture);
    int engine = accept_engine(fixture);
    ssize_t done = 0;

    say(engine, "x");
    hear(client, "x");
    (void)close(client);
    hear_end(engine);
    /* The first bytes find out that nobody is there. */
    while (done >= 0) {
        done = send(engine, "y", 1, MSG_NOSIGNAL);
    }
    assert_true(errno == EPIPE || errno == ECONNRESET);
    (void)close(engine);
}

static void relay__serves_many_at_once(void **state)
{
    struct fixture *fixture = *state;
    int clients[CROWD];
    int engines[CROWD];
    char text[16];

    for (int i = 0; i < CROWD; i++) {
        clients[i] = open_client(fixture);
        engines[i] = accept_engine(fixture);
    }
    for (int i = 0; i < CROWD; i++) {
        (void)snprintf(text, sizeof(text), "client %d", i);
        say(clients[i], text);
    }
    for (int i = 0; i < CROWD; i++) {
        (void)snprintf(text, sizeof(text), "client %d", i);
        hear(engines[i], text);
        (void)close(engines[i]);
        hear_end(clients[i]);
        (void)close(clients[i]);
    }
}

static void relay__goes_on_when_the_engine_cannot_be_reached(void **state)
{
    struct fixture *fixture = *state;
    char byte = 0;
    int client = -1;

    md_rec_listener_close(&fixture->engine);
    for (int i = 0; i < 3; i++) {
        client = open_client(fixture);
        assert_true(recv(client, &byte, 1, 0) <= 0);
        (void)close(client);
    }
}

static void relay__closes_connections_when_it_is_stopped(void **state)
{
    struct fixture *fixture = *state;
    int client = open_client(fixture);
    int engine = accept_engine(fixture);

    stop_relay(fixture);
    assert_int_equal(fixture->rc, MOCKD_OK);
    hear_end(client);
    hear_end(engine);
    (void)close(client);
    (void)close(engine);
}

static void relay__records_what_passes(void **state)
{
    static const char created[] =
        "HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n{\"Id\":\"e1\"}";
    struct fixture *fixture = *state;
    struct md_rec_part_summary summary = {0};
    char path[128];
    char text[4096] = "";
    FILE *file = NULL;
    int client = open_client(fixture);
    int engine = accept_engine(fixture);

    say(client, "POST /containers/c/exec HTTP/1.1\r\n\r\n");
    hear(engine, "POST /containers/c/exec HTTP/1.1\r\n\r\n");
    say(engine, created);
    hear(client, created);
    say(client, "POST /exec/e1/start HTTP/1.1\r\nUpgrade: tcp\r\n\r\n");
    hear(engine, "POST /exec/e1/start HTTP/1.1\r\nUpgrade: tcp\r\n\r\n");
    say(engine, "HTTP/1.1 101 UPGRADED\r\n\r\n");
    hear(client, "HTTP/1.1 101 UPGRADED\r\n\r\n");
    say(client, "in");
    (void)shutdown(client, SHUT_WR);
    hear(engine, "in");
    hear_end(engine);
    say(engine, "out");
    hear(client, "out");
    (void)close(engine);
    hear_end(client);
    (void)close(client);
    stop_relay(fixture);
    assert_int_equal(md_rec_finish(fixture->rec, NULL, &summary, NULL),
                     MOCKD_OK);

    (void)snprintf(path, sizeof(path), "%s/" MD_REC_FILE_NAME, fixture->dir);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
    (void)fclose(file);
    assert_non_null(strstr(text, ",\"<H\",[\"HTTP/1.1 101 UPGRADED\"],"
                                 "{\"seg\":[25]}]\n"));
    assert_non_null(strstr(text, ",\">\",\"in\"]\n"));
    assert_non_null(strstr(text, ",\">.\"]\n"));
    assert_non_null(strstr(text, ",\"<\",\"out\"]\n"));
    assert_non_null(strstr(text, ",\"<.\"]\n{\"end\":{\"rules\":2,\"events\":5,"
                                 "\"s2c_bytes\":28,\"c2s_bytes\":2,"));
}

#define ON(transport, function)                                                \
    {                                                                          \
        .name = #function "__" #transport, .test_func = (function),            \
        .setup_func = setup_##transport, .teardown_func = teardown             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON(unix, relay__passes_bytes_both_ways),
        ON(tcp, relay__passes_bytes_both_ways),
        ON(unix, relay__keeps_the_clients_half_close),
        ON(tcp, relay__keeps_the_clients_half_close),
        ON(unix, relay__keeps_the_engines_half_close),
        ON(tcp, relay__keeps_the_engines_half_close),
        ON(unix, relay__does_not_read_what_a_slow_client_does_not_take),
        ON(tcp, relay__does_not_read_what_a_slow_client_does_not_take),
        ON(unix, relay__does_not_read_what_a_slow_engine_does_not_take),
        ON(tcp, relay__does_not_read_what_a_slow_engine_does_not_take),
        ON(tcp, relay__passes_the_engines_reset_on),
        ON(tcp, relay__passes_the_clients_reset_on),
        ON(unix, relay__passes_on_that_the_client_went_away),
        ON(tcp, relay__passes_on_that_the_client_went_away),
        ON(unix, relay__serves_many_at_once),
        ON(tcp, relay__serves_many_at_once),
        ON(unix, relay__goes_on_when_the_engine_cannot_be_reached),
        ON(tcp, relay__goes_on_when_the_engine_cannot_be_reached),
        ON(unix, relay__closes_connections_when_it_is_stopped),
        ON(tcp, relay__closes_connections_when_it_is_stopped),
        ON(unix, relay__records_what_passes),
        ON(tcp, relay__records_what_passes),
    };

    return cmocka_run_group_tests_name("record_relay", tests, NULL, NULL);
}
