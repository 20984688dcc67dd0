/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "http.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct row {
    const char *name;
    const char *answer; /* what the daemon sends before it closes */
    enum dry_wire_code head;
    int status;
    enum dry_wire_code body;
    const char *text; /* of the body */
};

static struct row rows[] = {
    {.name = "length",
     .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
     .status = 200,
     .text = "hi"},
    {.name = "length_in_any_case",
     .answer = "HTTP/1.1 404 X\r\ncontent-LENGTH:3 \r\n\r\nno\n",
     .status = 404,
     .text = "no\n"},
    {.name = "no_body",
     .answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
     .status = 200,
     .text = ""},
    {.name = "to_the_end",
     .answer = "HTTP/1.0 200 OK\r\n\r\nall of it",
     .status = 200,
     .text = "all of it"},
    {.name = "chunks",
     .answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
               "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n",
     .status = 200,
     .text = "abc0123456789"},
    {.name = "interim_answers_are_passed_over",
     .answer = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nA: b\r\n\r\n"
               "HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx",
     .status = 201,
     .text = "x"},
    {.name = "upgraded_is_final",
     .answer = "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\nstream",
     .status = 101,
     .text = "stream"},
    {.name = "no_reason_phrase",
     .answer = "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx",
     .status = 200,
     .text = "x"},
    {.name = "cut_head",
     .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
     .head = DRY_WIRE_CLOSED},
    {.name = "nothing", .answer = "", .head = DRY_WIRE_CLOSED},
    {.name = "not_http",
     .answer = "SSH-2.0-OpenSSH\r\n\r\n",
     .head = DRY_WIRE_CLOSED},
    {.name = "bad_length",
     .answer = "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
     .head = DRY_WIRE_CLOSED},
    {.name = "cut_body",
     .answer = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi",
     .status = 200,
     .body = DRY_WIRE_CLOSED},
    {.name = "cut_chunk",
     .answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi",
     .status = 200,
     .body = DRY_WIRE_CLOSED},
};

static struct dry_wire wire;

static int tear_down(void **state)
{
    (void)state;
    dry_wire_close(&wire);
    return 0;
}

/* The other end sends the answer and closes. */
static void make_wire(const char *text)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends),
                     0);
    wire = (struct dry_wire){.fd_plus_one = ends[0] + 1};
    assert_int_equal(write(ends[1], text, strlen(text)), strlen(text));
    (void)close(ends[1]);
}

static void http__row(void **state)
{
    const struct row *row = *state;
    uint64_t deadline_ms = dry_now_ms() + 10000;
    struct dry_answer answer = {0};

    make_wire(row->answer);
    assert_int_equal(dry_http_read_head(&wire, &answer, deadline_ms),
                     row->head);
    assert_int_equal(answer.status, row->status);
    if (row->head != DRY_WIRE_OK) {
        return;
    }
    assert_int_equal(dry_http_read_body(&wire, &answer, deadline_ms),
                     row->body);
    if (row->body == DRY_WIRE_OK) {
        assert_int_equal(answer.body_len, strlen(row->text));
        assert_memory_equal(wire.in.data + answer.head_len, row->text,
                            answer.body_len);
    }
}

static void http__a_header_is_found_in_any_case(void **state)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nX-Date: no\r\n"
                               "dAtE:  \t today \r\nDate: tomorrow\r\n\r\n";
    char value[DRY_HTTP_VALUE_MAX];

    (void)state;
    assert_int_equal(dry_http_header(head, strlen(head), "Date", value), 2);
    assert_string_equal(value, "today");
    assert_int_equal(dry_http_header(head, strlen(head), "Dat", value), 0);
}

static void http__a_silent_daemon_is_a_timeout(void **state)
{
    struct dry_answer answer = {0};
    int ends[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends),
                     0);
    wire = (struct dry_wire){.fd_plus_one = ends[0] + 1};
    assert_int_equal(dry_http_read_head(&wire, &answer, dry_now_ms()),
                     DRY_WIRE_TIMEOUT);
    (void)close(ends[1]);
}

static void http__an_address_of_another_kind_is_refused(void **state)
{
    static const char *const urls[] = {
        "", "/run/d.sock", "ssh://x", "tcp://nowhere", "tcp://:1", "unix://"};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(urls); i++) {
        wire = (struct dry_wire){0};
        assert_int_equal(dry_wire_open(&wire, urls[i], 0), DRY_WIRE_ADDRESS);
        assert_non_null(strstr(wire.message, urls[i]));
    }
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 3] = {
        cmocka_unit_test(http__a_header_is_found_in_any_case),
        cmocka_unit_test_teardown(http__a_silent_daemon_is_a_timeout,
                                  tear_down),
        cmocka_unit_test(http__an_address_of_another_kind_is_refused),
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[i + 3] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = http__row,
                                           .teardown_func = tear_down,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
