/* SPDX-License-Identifier: MIT */
/* test_mockd_faults_ends.c - how connections end, seen from the other end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fault_mock.h"
#include "wire_client.h"

static struct fm_row rows[] = {
    {.name = "truncate_at_in_the_head",
     .fault = "truncate_at:at=head:5",
     .has_no_head = true,
     FM_BYTES("HTTP/"),
     .inspect = "\"ExitCode\":7"},
    {.name = "truncate_at_in_a_header",
     .fault = "truncate_at:at=frame:1+3",
     FM_BYTES(FM_OUT "\2\0\0"),
     .inspect = "\"ExitCode\":7"},
    {.name = "truncate_at_in_a_payload",
     .fault = "truncate_at:at=payload:0+1",
     FM_BYTES("\1\0\0\0\0\0\0\4o")},
    {.name = "reset_at_in_a_payload",
     .fault = "reset_at:at=byte:-1",
     .where = FM_TCP,
     FM_BYTES(FM_OUT "\2\0\0\0\0\0\0\4err"),
     .end = FM_RESET,
     .inspect = "\"ExitCode\":7"},
    {.name = "close_unread_behind_all",
     .fault = "close_unread",
     .create = FM_STDIN,
     .send = "hello",
     FM_BYTES("readyfiveend"),
     .end = FM_RESET,
     .inspect = "\"ExitCode\":0"},
    {.name = "close_unread_at_a_place",
     .fault = "close_unread:at=byte:2",
     .create = FM_STDIN,
     .send = "h",
     FM_BYTES("re"),
     .end = FM_RESET},
    {.name = "close_unread_without_stdin",
     .fault = "close_unread",
     .send = "x",
     FM_BYTES(FM_OUT FM_ERR),
     .end = FM_RESET},
    {.name = "close_unread_waits_for_a_byte",
     .fault = "close_unread:at=byte:2",
     .create = FM_STDIN,
     .send = "",
     FM_BYTES("re"),
     .end = FM_SILENCE,
     .is_unfired = true},
    {.name = "stall_at_for_ever",
     .fault = "stall_at:at=frame:1+2",
     FM_BYTES(FM_OUT "\2\0"),
     .end = FM_SILENCE},
    {.name = "stall_at_for_a_while",
     .fault = "stall_at:at=frame:0,ms=40",
     FM_BYTES(FM_OUT FM_ERR),
     .min_ms = 40},
    {.name = "no_eof",
     .fault = "no_eof",
     FM_BYTES(FM_OUT FM_ERR),
     .end = FM_SILENCE,
     .inspect = "\"ExitCode\":7"},
    {.name = "no_eof_waits_as_recorded",
     .fault = "no_eof",
     .create = FM_STDIN,
     .send = "hello",
     .ends_side = true,
     FM_BYTES("readyfiveend"),
     .end = FM_SILENCE,
     .inspect = "\"ExitCode\":0"},
    {.name = "fin_only",
     .fault = "fin_only",
     FM_BYTES(FM_OUT FM_ERR),
     .inspect = "\"ExitCode\":7"},
    {.name = "eof_late",
     .fault = "eof_late:ms=50",
     FM_BYTES(FM_OUT FM_ERR),
     .min_ms = 50},
    {.name = "trailing_bytes_1",
     .fault = "trailing_bytes:n=1",
     FM_BYTES(FM_OUT FM_ERR "\1")},
    {.name = "trailing_bytes_7",
     .fault = "trailing_bytes:n=7",
     FM_BYTES(FM_OUT FM_ERR "\1\0\0\0\0\0\0"),
     .inspect = "\"ExitCode\":7"},
};

static void assert_can_send(int fd)
{
    char page[65536] = {0};

    /* more than any buffer holds: somebody reads it */
    for (int i = 0; i < 100; i++) {
        assert_int_equal(send(fd, page, sizeof(page), MSG_NOSIGNAL),
                         sizeof(page));
    }
}

static void check_fin_only(const char *url)
{
    char id[65];

    fm_arm("fin_only");
    fm_create(FM_HELLO, id);
    fm_fds[0] = fm_start(url, id);
    assert_int_equal(fm_read_end(fm_fds[0], FM_EOF, 0), FM_EOF);
    assert_can_send(fm_fds[0]);
    (void)close(fm_fds[0]);
    fm_fds[0] = -1;
}

static void ends__fin_only_still_reads(void **state)
{
    (void)state;
    check_fin_only(mockd_unix_url(fm_mock));
    check_fin_only(mockd_tcp_url(fm_mock));
    fm_assert_fired("fin_only", 2);
}

static void ends__eof_late_has_exited(void **state)
{
    char id[65];

    (void)state;
    fm_arm("eof_late:ms=3600000");
    fm_create(FM_HELLO, id);
    fm_fds[0] = fm_start(mockd_unix_url(fm_mock), id);
    fm_read_head(fm_fds[0]);
    fm_end_as(fm_fds[0], FM_SILENCE, FM_OUT FM_ERR, 24);
    fm_inspect(id, "\"Running\":false,\"ExitCode\":7");
    fm_assert_fired("eof_late", 1);
}

static void check_blackhole(const char *url, unsigned long fired)
{
    char id[65];

    fm_arm("blackhole_after:ms=20");
    fm_create(FM_STDIN, id);
    fm_fds[0] = fm_start(url, id);
    assert_true(wire_read_until(fm_fds[0], fm_text, sizeof(fm_text), "ready"));
    while (mockd_fired(fm_mock, "blackhole_after") < fired) {
        fm_inspect(id, "\"Running\":true");
    }
    assert_true(wire_send(fm_fds[0], "hello"));
    assert_can_send(fm_fds[0]);
    assert_int_equal(shutdown(fm_fds[0], SHUT_WR), 0);

    fm_end_as(fm_fds[0], FM_SILENCE, "", 0);
    (void)close(fm_fds[0]);
    fm_fds[0] = -1;
}

static void ends__blackhole_after(void **state)
{
    (void)state;
    check_blackhole(mockd_unix_url(fm_mock), 1);
    check_blackhole(mockd_tcp_url(fm_mock), 2);
    fm_assert_fired("blackhole_after", 2);
}

/* A start by @url takes down who is there by either socket. */
static void check_restart(const char *url, unsigned long fired)
{
    char first[65];
    char second[65];

    fm_arm("daemon_restart");
    fm_create(FM_HELLO, first);
    fm_fds[1] = wire_connect(mockd_unix_url(fm_mock));
    fm_fds[2] = wire_connect(mockd_tcp_url(fm_mock));
    for (int i = 1; i <= 2; i++) {
        assert_int_equal(wire_ask_on(fm_fds[i], "GET", "/_ping", NULL, fm_text,
                                     sizeof(fm_text)),
                         200);
    }
    fm_fds[0] = fm_start(url, first);
    fm_read_head(fm_fds[0]);
    for (int i = 0; i <= 2; i++) {
        fm_end_as(fm_fds[i], FM_EOF, "", 0);
        (void)close(fm_fds[i]);
        fm_fds[i] = -1;
    }
    assert_int_equal(wire_ask(mockd_unix_url(fm_mock), "GET",
                              fm_path(first, "json"), NULL, fm_text,
                              sizeof(fm_text)),
                     404);
    assert_int_equal(mockd_fired(fm_mock, "daemon_restart"), fired);
    fm_run(second);
    fm_inspect(second, "\"ExitCode\":7");
}

static void ends__daemon_restart(void **state)
{
    (void)state;
    check_restart(mockd_unix_url(fm_mock), 1);
    check_restart(mockd_tcp_url(fm_mock), 2);
}

static void ends__daemon_restart_takes_time(void **state)
{
    char id[65];
    unsigned long begin = fm_now_ms();

    (void)state;
    fm_arm("daemon_restart:at=head:0,ms=60");
    fm_create(FM_HELLO, id);
    fm_fds[0] = fm_start(mockd_unix_url(fm_mock), id);
    fm_end_as(fm_fds[0], FM_EOF, "", 0);
    fm_fds[1] = wire_connect(mockd_unix_url(fm_mock));
    assert_int_equal(errno, ENOENT);
    fm_fds[1] = wire_connect(mockd_tcp_url(fm_mock));
    assert_int_equal(errno, ECONNREFUSED);
    while (fm_fds[1] < 0) {
        fm_fds[1] = wire_connect(mockd_unix_url(fm_mock));
    }
    assert_true(fm_now_ms() - begin >= 60);
    assert_int_equal(
        wire_ask_on(fm_fds[1], "GET", "/_ping", NULL, fm_text, sizeof(fm_text)),
        200);
    fm_assert_fired("daemon_restart", 1);
}

/* What cannot be done is said, and the answer is as recorded. */
static void check_note(const char *fault, const char *note)
{
    char id[65];

    fm_arm(fault);
    fm_run(id);
    assert_memory_equal(fm_text + fm_len - 24, FM_OUT FM_ERR, 24);
    assert_string_equal(fm_note(), note);
    assert_int_equal(mockd_fired(fm_mock, NULL), 0);
}

static void ends__reset_at_of_a_unix_client(void **state)
{
    (void)state;
    check_note("reset_at:at=end", "fault 1 (reset_at) could not be applied: "
                                  "the client came over a unix socket");
}

static void ends__no_such_place(void **state)
{
    (void)state;
    check_note("stall_at:at=frame:2",
               "fault 1 (stall_at) could not be applied: there is no frame:2 "
               "in this answer: its head has 204 bytes, what follows 24, in 2 "
               "frames");
}

static struct fm_refusal refusals[] = {
    {"reset_at_on_unix", "reset_at:at=end", FM_UNIX,
     "fault reset_at: a unix socket cannot show it; listen on TCP"},
    {"truncate_at_nowhere", "truncate_at", FM_BOTH,
     "fault truncate_at: it needs at"},
    {"no_eof_of_inspect", "no_eof:on=exec.inspect", FM_BOTH,
     "fault no_eof: it cannot be done on exec.inspect"},
    {"trailing_bytes_8", "trailing_bytes:n=8", FM_BOTH,
     "fault trailing_bytes: n must be a whole number from 1 to 7"},
    {"trailing_bytes_0", "trailing_bytes:n=0", FM_BOTH,
     "fault trailing_bytes: n must be a whole number from 1 to 7"},
    {"eof_late_0", "eof_late:ms=0", FM_BOTH, "from 1 to 3600000"},
    {"blackhole_after_nothing", "blackhole_after", FM_BOTH,
     "fault blackhole_after: it needs ms"},
    {"stall_at_no_place", "stall_at:at=middle", FM_BOTH,
     "fault stall_at: at must be a place"},
    {"fin_only_with_a_place", "fin_only:at=end", FM_BOTH,
     "fault fin_only: it has no 'at'"},
};

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } cases[] = {
        {"fin_only_still_reads", ends__fin_only_still_reads},
        {"eof_late_has_exited", ends__eof_late_has_exited},
        {"blackhole_after", ends__blackhole_after},
        {"daemon_restart", ends__daemon_restart},
        {"daemon_restart_takes_time", ends__daemon_restart_takes_time},
        {"reset_at_of_a_unix_client", ends__reset_at_of_a_unix_client},
        {"no_such_place", ends__no_such_place},
    };
    struct CMUnitTest
        tests[MD_COUNT_OF(rows) + MD_COUNT_OF(cases) + MD_COUNT_OF(refusals)];
    size_t count = 0;

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++, count++) {
        tests[count] = (struct CMUnitTest){rows[i].name, fm_play, fm_set_up,
                                           fm_tear_down, &rows[i]};
    }
    for (size_t i = 0; i < MD_COUNT_OF(cases); i++, count++) {
        tests[count] = (struct CMUnitTest){cases[i].name, cases[i].run,
                                           fm_set_up, fm_tear_down, NULL};
    }
    for (size_t i = 0; i < MD_COUNT_OF(refusals); i++, count++) {
        tests[count] = (struct CMUnitTest){refusals[i].name, fm_refuse, NULL,
                                           NULL, &refusals[i]};
    }
    return cmocka_run_group_tests_name("mockd_faults_ends", tests, NULL, NULL);
}
