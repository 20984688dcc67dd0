/* SPDX-License-Identifier: MIT */
/* test_mockd_pace.c - what a reader sees of the pieces, by the pace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

/* The sizes of what each read brought, as "210 12 12". */
static void read_pieces(const char *url, char *out, size_t size)
{
    char answer[4096];
    char target[256];
    const char *id = NULL;
    size_t used = 0;
    ssize_t got = 0;
    int fd = -1;

    assert_int_equal(wire_ask(url, "POST", "/containers/t1/exec", HELLO, answer,
                              sizeof(answer)),
                     201);
    id = strstr(answer, "\"Id\":\"");
    assert_non_null(id);
    (void)snprintf(target, sizeof(target), "/exec/%.64s/start", id + 6);
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

static void pace__wrong_words_are_refused(void **state)
{
    static const char *const words[] = {
        "",       "fast",           "gap",      "gap:", "gap:-1",
        "gap:1x", "gap:3600000001", "lockstep "};
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
        cmocka_unit_test(pace__wrong_words_are_refused),
    };

    return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
