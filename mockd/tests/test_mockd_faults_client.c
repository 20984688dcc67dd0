/* SPDX-License-Identifier: MIT */
/* test_mockd_faults_client.c - how the client is listened to, or is not. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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

#define ECHO(len, text) "\1\0\0\0\0\0\0" len text

static struct fm_row rows[] = {
    {.name = "no_read_for_ever",
     .fault = "no_read",
     .create = FM_STDIN,
     .send = "hello",
     .ends_side = true,
     FM_BYTES("ready"),
     .end = FM_SILENCE,
     .inspect = "\"Running\":true"},
    {.name = "no_read_for_a_while",
     .fault = "no_read:ms=40",
     .create = FM_STDIN,
     .send = "hello",
     .ends_side = true,
     FM_BYTES("readyfiveend"),
     .min_ms = 40},
    {.name = "no_read_of_a_client_that_says_nothing",
     .fault = "no_read",
     FM_BYTES(FM_OUT FM_ERR),
     .is_unfired = true},
    {.name = "slow_read",
     .fault = "slow_read:rate=100",
     .create = FM_STDIN,
     .send = "hello",
     .ends_side = true,
     FM_BYTES("readyfiveend"),
     .min_ms = 50},
    {.name = "early_close",
     .fault = "early_close:n=3",
     .create = FM_STDIN,
     .send = "abc",
     FM_BYTES("readyfiveend"),
     .inspect = "\"ExitCode\":0"},
    {.name = "early_close_waits",
     .fault = "early_close:n=3",
     .create = FM_STDIN,
     .send = "ab",
     FM_BYTES(""),
     .end = FM_SILENCE,
     .is_unfired = true},
    {.name = "early_close_when_no_more_can_come",
     .fault = "early_close:n=3",
     .create = FM_STDIN,
     .send = "ab",
     .ends_side = true,
     FM_BYTES("readyfiveend")},
    {.name = "half_close_ignored",
     .fault = "half_close_ignored",
     .create = FM_STDIN,
     .send = "hello",
     .ends_side = true,
     FM_BYTES("readyfive"),
     .end = FM_SILENCE,
     .inspect = "\"Running\":true"},
    {.name = "half_close_ignored_opens_no_other_gate",
     .fault = "half_close_ignored",
     .create = FM_STDIN,
     .ends_side = true,
     FM_BYTES("ready"),
     .end = FM_SILENCE},
    {.name = "half_close_is_close",
     .fault = "half_close_is_close",
     .create = FM_STDIN,
     .ends_side = true,
     FM_BYTES("ready"),
     .inspect = "\"Running\":false"},
    {.name = "stdin_echo",
     .fault = "stdin_echo",
     .create = FM_STDIN,
     .send = "abc",
     .ends_side = true,
     FM_BYTES(ECHO("\3", "abc")),
     .inspect = "\"Running\":false"},
    {.name = "stdin_echo_without_stdin",
     .fault = "stdin_echo",
     FM_BYTES(""),
     .is_unfired = true},
    {.name = "require_stdin",
     .fault = "require_stdin:n=3",
     .send = "abc",
     FM_BYTES(FM_OUT FM_ERR)},
    {.name = "require_stdin_waits",
     .fault = "require_stdin:n=3",
     .send = "ab",
     FM_BYTES(""),
     .end = FM_SILENCE,
     .inspect = "\"Running\":true",
     .is_unfired = true},
    {.name = "require_stdin_or_the_end",
     .fault = "require_stdin:n=3",
     .send = "ab",
     .ends_side = true,
     FM_BYTES(FM_OUT FM_ERR)},
};

static int start_stdin(const char *url, char *out_id)
{
    int fd = -1;

    fm_create(FM_STDIN, out_id);
    fd = fm_start(url, out_id);
    fm_read_head(fd);
    return fd;
}

/* Send until the kernel takes no more for a while. */
static size_t fill(int fd)
{
    static const char page[4096];
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    size_t total = 0;

    while (poll(&wait, 1, 60) == 1) {
        ssize_t sent =
            send(fd, page, sizeof(page), MSG_DONTWAIT | MSG_NOSIGNAL);

        assert_true(sent > 0 || errno == EAGAIN);
        total += sent > 0 ? (size_t)sent : 0;
        assert_true(total < 100000000);
    }
    return total;
}

static size_t fill_at(const char *url)
{
    char id[65];
    int small = 4096;
    size_t total = 0;

    fm_fds[0] = start_stdin(url, id);
    assert_int_equal(
        setsockopt(fm_fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
    total = fill(fm_fds[0]);
    (void)close(fm_fds[0]);
    fm_fds[0] = -1;
    return total;
}

static void client__no_read_blocks_the_client(void **state)
{
    (void)state;
    fm_arm("no_read:times=2");
    assert_true(fill_at(mockd_unix_url(fm_mock)) > 0);
    assert_true(fill_at(mockd_tcp_url(fm_mock)) > 0);
    fm_assert_fired("no_read", 2);
}

static void client__rcvbuf(void **state)
{
    size_t usual = 0;

    (void)state;
    fm_arm("no_read:times=2");
    usual = fill_at(mockd_tcp_url(fm_mock));
    fm_arm("rcvbuf:n=4096");
    assert_true(fill_at(mockd_tcp_url(fm_mock)) < usual / 2);
    fm_assert_fired("rcvbuf", 1);
}

static void check_early_close(const char *url)
{
    char id[65];

    fm_arm("early_close:n=3");
    fm_fds[0] = start_stdin(url, id);
    assert_true(wire_send(fm_fds[0], "abc"));
    fm_end_as(fm_fds[0], FM_EOF, "readyfiveend", 12);
    while (send(fm_fds[0], "x", 1, MSG_NOSIGNAL) == 1) {
        /* TCP learns of it by the answer to the first one */
    }
    assert_int_equal(errno, EPIPE);
    (void)close(fm_fds[0]);
    fm_fds[0] = -1;
}

static void client__early_close_breaks_the_pipe(void **state)
{
    (void)state;
    check_early_close(mockd_unix_url(fm_mock));
    check_early_close(mockd_tcp_url(fm_mock));
    fm_assert_fired("early_close", 2);
}

/* What comes together with the request is lost anyway. */
static void wait_running(const char *id)
{
    do {
        (void)wire_ask(mockd_unix_url(fm_mock), "GET", fm_path(id, "json"),
                       NULL, fm_text, sizeof(fm_text));
    } while (strstr(fm_text, "\"Running\":true") == NULL);
}

static void check_drop(const char *url)
{
    char id[65];

    fm_arm("drop_early_stdin:ms=60");
    fm_create(FM_STDIN, id);
    fm_fds[0] = fm_start(url, id);
    wait_running(id);
    assert_true(wire_send(fm_fds[0], "early"));
    fm_read_head(fm_fds[0]);
    fm_end_as(fm_fds[0], FM_SILENCE, "ready", 5);
    assert_true(wire_send(fm_fds[0], "hello"));
    fm_end_as(fm_fds[0], FM_SILENCE, "five", 4);
    (void)close(fm_fds[0]);
    fm_fds[0] = -1;
}

static void client__drop_early_stdin(void **state)
{
    (void)state;
    check_drop(mockd_unix_url(fm_mock));
    check_drop(mockd_tcp_url(fm_mock));
    assert_int_equal(mockd_fired(fm_mock, "drop_early_stdin"), 2);
}

static void client__without_drop_early_stdin(void **state)
{
    char id[65];

    (void)state;
    fm_arm("stall_at:at=head:0,ms=60");
    fm_create(FM_STDIN, id);
    fm_fds[0] = fm_start(mockd_unix_url(fm_mock), id);
    wait_running(id);
    assert_true(wire_send(fm_fds[0], "early"));
    fm_read_head(fm_fds[0]);
    fm_end_as(fm_fds[0], FM_SILENCE, "readyfive", 9);
}

static void client__stdin_echo_goes_on(void **state)
{
    char id[65];

    (void)state;
    fm_arm("stdin_echo");
    fm_fds[0] = start_stdin(mockd_tcp_url(fm_mock), id);
    for (int i = 0; i < 3; i++) {
        assert_true(wire_send(fm_fds[0], "ab"));
        fm_end_as(fm_fds[0], FM_SILENCE, ECHO("\2", "ab"), 10);
    }
    fm_inspect(id, "\"Running\":true");
    assert_int_equal(shutdown(fm_fds[0], SHUT_WR), 0);
    fm_end_as(fm_fds[0], FM_EOF, "", 0);
    fm_assert_fired("stdin_echo", 1);
}

/* Frames of stdout, in pieces that begin and end anywhere. */
struct demux {
    unsigned char header[8];
    size_t header_len;
    size_t left;
    size_t payload;
};

static void count_payload(struct demux *in, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (in->left > 0) {
            in->left--;
            in->payload++;
            continue;
        }
        in->header[in->header_len++] = (unsigned char)bytes[i];
        if (in->header_len == sizeof(in->header)) {
            assert_memory_equal(in->header, "\1\0\0\0", 4);
            in->left = (size_t)in->header[5] << 16 |
                       (size_t)in->header[6] << 8 | in->header[7];
            in->header_len = 0;
        }
    }
}

/* A client that sends and does not read is held up; then all comes back. */
static void client__stdin_echo_keeps_a_bound(void **state)
{
    char id[65];
    struct demux in = {.left = 0};
    size_t sent = 0;

    (void)state;
    fm_arm("stdin_echo");
    fm_fds[0] = start_stdin(mockd_unix_url(fm_mock), id);
    sent = fill(fm_fds[0]);
    assert_true(sent < (size_t)8 * 1024 * 1024);
    assert_int_equal(shutdown(fm_fds[0], SHUT_WR), 0);
    for (;;) {
        ssize_t got = recv(fm_fds[0], fm_text, sizeof(fm_text), 0);

        assert_true(got >= 0);
        if (got == 0) {
            break;
        }
        count_payload(&in, fm_text, (size_t)got);
    }
    assert_int_equal(in.payload, sent);
    assert_int_equal(in.left + in.header_len, 0);
    fm_assert_fired("stdin_echo", 1);
}

static struct fm_refusal refusals[] = {
    {"rcvbuf_on_unix", "rcvbuf", FM_UNIX,
     "fault rcvbuf: a unix socket cannot show it; listen on TCP"},
    {"slow_read_without_rate", "slow_read", FM_BOTH,
     "fault slow_read: it needs rate"},
    {"slow_read_0", "slow_read:rate=0", FM_BOTH, "from 1 to 10000000"},
    {"early_close_negative", "early_close:n=-1", FM_BOTH, "from 0 to"},
    {"require_stdin_0", "require_stdin:n=0", FM_BOTH, "from 1 to"},
    {"no_read_of_create", "no_read:on=exec.create", FM_BOTH,
     "fault no_read: it cannot be done on exec.create"},
    {"half_close_ignored_with_ms", "half_close_ignored:ms=1", FM_BOTH,
     "it has no 'ms'"},
    {"half_close_is_close_nowhere", "half_close_is_close:on=ping", FM_BOTH,
     "it cannot be done on ping"},
    {"drop_early_stdin_negative", "drop_early_stdin:ms=-1", FM_BOTH,
     "from 0 to 3600000"},
    {"stdin_echo_of_inspect", "stdin_echo:on=exec.inspect", FM_BOTH,
     "it cannot be done on exec.inspect"},
};

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } cases[] = {
        {"no_read_blocks_the_client", client__no_read_blocks_the_client},
        {"rcvbuf", client__rcvbuf},
        {"early_close_breaks_the_pipe", client__early_close_breaks_the_pipe},
        {"drop_early_stdin", client__drop_early_stdin},
        {"without_drop_early_stdin", client__without_drop_early_stdin},
        {"stdin_echo_goes_on", client__stdin_echo_goes_on},
        {"stdin_echo_keeps_a_bound", client__stdin_echo_keeps_a_bound},
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
    return cmocka_run_group_tests_name("mockd_faults_client", tests, NULL,
                                       NULL);
}
