/* SPDX-License-Identifier: MIT */
/* test_mockd_pace.c - what a reader sees of the pieces, by the pace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "pace.h"
#include "wire_client.h"

#define HELLO                                                                  \
    "{\"AttachStdout\":true,\"AttachStderr\":true,"                            \
    "\"Cmd\":[\"sh\",\"-c\",\"echo out; echo err >&2; exit 7\"]}"
#define ATTACH "{\"Detach\":false,\"Tty\":false}"
#define RUNS 50

static struct mockd *mock;

static void start(const char *pace)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};

    options.fixtures = FIXTURES_DIR;
    options.unix_path = "auto";
    options.tcp_address = "127.0.0.1:0";
    options.pace = pace;
    assert_int_equal(mockd_start(&options, &mock, &err), MOCKD_OK);
}

static int stop(void **state)
{
    (void)state;
    mockd_stop(mock);
    mock = NULL;
    return 0;
}

/* The path that starts a new exec. */
static void create(const char *url, char *out_target, size_t size)
{
    char answer[4096];
    const char *id = NULL;

    assert_int_equal(wire_ask(url, "POST", "/containers/t1/exec", HELLO, answer,
                              sizeof(answer)),
                     201);
    id = strstr(answer, "\"Id\":\"");
    assert_non_null(id);
    (void)snprintf(out_target, size, "/exec/%.64s/start", id + 6);
}

/* The sizes of what each read brought, as "210 12 12". */
static void read_pieces(const char *url, char *out, size_t size)
{
    char answer[4096];
    char target[256];
    size_t used = 0;
    ssize_t got = 0;
    int fd = -1;

    create(url, target, sizeof(target));
    fd = wire_connect(url);
    assert_true(fd >= 0);
    assert_true(wire_request(fd, "POST", target, ATTACH, true));
    out[0] = '\0';
    while ((got = recv(fd, answer, sizeof(answer), 0)) > 0) {
        used += (size_t)snprintf(out + used, size - used, "%s%zd",
                                 used == 0 ? "" : " ", got);
    }
    assert_int_equal(got, 0);
    (void)close(fd);
}

static void check_pieces(const char *url)
{
    char first[256];
    char pieces[256];

    read_pieces(url, first, sizeof(first));
    assert_non_null(strstr(first, " 12 12")); /* the frames, one by one */
    for (int i = 1; i < RUNS; i++) {
        read_pieces(url, pieces, sizeof(pieces));
        assert_string_equal(pieces, first);
    }
}

static void pace__lockstep_shows_the_pieces_on_a_unix_socket(void **state)
{
    (void)state;
    start("lockstep");
    check_pieces(mockd_unix_url(mock));
}

static void pace__lockstep_shows_the_pieces_on_tcp(void **state)
{
    (void)state;
    start("lockstep");
    check_pieces(mockd_tcp_url(mock));
}

static uint64_t now_us(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000U + (uint64_t)now.tv_nsec / 1000U;
}

static void pace__gap_takes_its_time(void **state)
{
    char pieces[256];
    uint64_t before = 0;

    (void)state;
    start("gap:5000");
    before = now_us();
    read_pieces(mockd_unix_url(mock), pieces, sizeof(pieces));
    assert_true(now_us() - before >= 10000); /* two gaps at least */
    assert_non_null(strstr(pieces, " 12 12"));
}

/* The fixture's times: 412 + 35007 + 100 + 1210 us. */
static uint64_t time_of(const char *pace, const char *fault)
{
    char pieces[256];
    uint64_t before = 0;

    start(pace);
    assert_true(fault == NULL || mockd_arm(mock, fault, NULL) == MOCKD_OK);
    before = now_us();
    read_pieces(mockd_unix_url(mock), pieces, sizeof(pieces));
    before = now_us() - before;
    mockd_stop(mock);
    mock = NULL;
    return before;
}

static void pace__recorded_takes_as_long(void **state)
{
    (void)state;
    assert_true(time_of("recorded", NULL) >= 36729);
    assert_true(time_of("recorded:300", NULL) >= 110187);
    assert_true(time_of("recorded", "trailing_bytes:n=1") >= 36729);
}

static void wait_held(uint64_t *in_out_seq)
{
    char *entry = NULL;

    assert_int_equal(mockd_wait(mock, "{\"event\":\"held\"}", *in_out_seq,
                                10000, &entry, NULL),
                     MOCKD_OK);
    assert_non_null(strstr(entry, "\"seq\":"));
    *in_out_seq = strtoull(strstr(entry, "\"seq\":") + 6, NULL, 10);
    mockd_text_free(entry);
}

/* Not a byte comes before it is let go. */
static void pace__step_waits_for_each(void **state)
{
    static const ssize_t sizes[] = {110, 94, 12, 12};
    char bytes[4096];
    char target[256];
    uint64_t seq = 0;
    int fd = -1;

    (void)state;
    start("step");
    assert_int_equal(mockd_step(mock, 0, 1, NULL), MOCKD_E_INVALID);
    create(mockd_unix_url(mock), target, sizeof(target));
    fd = wire_connect(mockd_unix_url(mock));
    assert_true(wire_request(fd, "POST", target, ATTACH, true));
    for (size_t i = 0; i < 4; i++) {
        wait_held(&seq);
        assert_int_equal(recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT), -1);
        assert_int_equal(mockd_step(mock, 0, 1, NULL), MOCKD_OK);
        assert_int_equal(recv(fd, bytes, sizeof(bytes), 0), sizes[i]);
    }
    assert_int_equal(recv(fd, bytes, sizeof(bytes), 0), 0);
    (void)close(fd);
}

static void pace__steps_are_saved_up(void **state)
{
    char bytes[4096];
    char target[256];
    uint64_t seq = 0;
    int failure = 0;
    int fd = -1;

    (void)state;
    start("step");
    create(mockd_unix_url(mock), target, sizeof(target));
    fd = wire_connect(mockd_unix_url(mock));
    assert_true(wire_request(fd, "POST", target, ATTACH, true));
    wait_held(&seq);
    assert_int_equal(mockd_step(mock, 999, 1, NULL), MOCKD_E_INVALID);
    assert_int_equal(mockd_step(mock, 0, 100, NULL), MOCKD_OK);
    assert_true(wire_read_all(fd, bytes, sizeof(bytes), &failure) > 24);
    assert_int_equal(failure, 0);
    (void)close(fd);
}

/* The connection that an entry of the journal tells of. */
static uint64_t wait_held_on(uint64_t *in_out_seq)
{
    char *entry = NULL;
    uint64_t connection = 0;

    assert_int_equal(mockd_wait(mock, "{\"event\":\"held\"}", *in_out_seq,
                                10000, &entry, NULL),
                     MOCKD_OK);
    connection = strtoull(strstr(entry, "\"connection\":") + 13, NULL, 10);
    *in_out_seq = strtoull(strstr(entry, "\"seq\":") + 6, NULL, 10);
    mockd_text_free(entry);
    return connection;
}

/* Of two streams the older one, and only that one. */
static void pace__step_of_one_connection(void **state)
{
    char bytes[4096];
    char target[256];
    uint64_t seq = 0;
    uint64_t connections[2] = {0};
    int fds[2] = {-1, -1};

    (void)state;
    start("step");
    for (size_t i = 0; i < 2; i++) {
        create(mockd_unix_url(mock), target, sizeof(target));
        fds[i] = wire_connect(mockd_unix_url(mock));
        assert_true(wire_request(fds[i], "POST", target, ATTACH, true));
        connections[i] = wait_held_on(&seq);
    }
    assert_int_equal(mockd_step(mock, connections[0], 1, NULL), MOCKD_OK);
    assert_int_equal(recv(fds[0], bytes, sizeof(bytes), 0), 110);
    assert_int_equal(wait_held_on(&seq), connections[0]);
    assert_int_equal(recv(fds[1], bytes, sizeof(bytes), MSG_DONTWAIT), -1);
    (void)close(fds[0]);
    (void)close(fds[1]);
}

static void pace__wrong_words_are_refused(void **state)
{
    static const char *const words[] = {
        "",       "fast",           "gap",       "gap:",      "gap:-1",
        "gap:1x", "gap:3600000001", "lockstep ", "recorded:", "recorded:10001"};
    struct md_pace pace;

    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct mockd_error err = {0};

        assert_int_equal(md_pace_parse(words[i], &pace, &err), MOCKD_E_INVALID);
        assert_non_null(strstr(err.message, "expected asap"));
    }
    assert_int_equal(md_pace_parse("gap:250", &pace, NULL), MOCKD_OK);
    assert_int_equal(pace.gap_us, 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(
            pace__lockstep_shows_the_pieces_on_a_unix_socket, stop),
        cmocka_unit_test_teardown(pace__lockstep_shows_the_pieces_on_tcp, stop),
        cmocka_unit_test_teardown(pace__gap_takes_its_time, stop),
        cmocka_unit_test_teardown(pace__recorded_takes_as_long, stop),
        cmocka_unit_test_teardown(pace__step_waits_for_each, stop),
        cmocka_unit_test_teardown(pace__steps_are_saved_up, stop),
        cmocka_unit_test_teardown(pace__step_of_one_connection, stop),
        cmocka_unit_test(pace__wrong_words_are_refused),
    };

    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
