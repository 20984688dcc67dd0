/* SPDX-License-Identifier: MIT */
/*
 * test_begin.c - streams that never wait, step by step on scripted
 * connections. That they come to what waiting streams do is in test_stream.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dexec/stream.h>

#include "fake_transport.h"
#include "table.h"

#define HEAD "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define HI "\1\0\0\0\0\0\0\2hi"
#define REFUSED "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno"
#define BOTH ((unsigned)DEXEC_READABLE | (unsigned)DEXEC_WRITABLE)

struct fixture {
    struct fake_script script;
    struct dexec_client *client;
    struct dexec_stream *stream;
    struct dexec_error err;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    *state = fixture;
    return fixture == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    size_t links = 0;

    dexec_stream_free(fixture->stream);
    dexec_client_free(fixture->client);
    links = fixture->script.links;
    free(fixture);
    return links == 0 ? 0 : -1;
}

static void say(struct fixture *fixture, const char *bytes, size_t len)
{
    fixture->script.bytes = bytes;
    fixture->script.len = len;
}

#define SAY(fixture, bytes) say(fixture, bytes, sizeof(bytes) - 1)

/* Begin on a daemon that says nothing yet. */
static void begin(struct fixture *fixture)
{
    fixture->script.is_silent = true;
    assert_int_equal(
        fake_client_new(&fixture->script, NULL, &fixture->client, NULL),
        DEXEC_OK);
    assert_int_equal(dexec_start_begin(fixture->client, "4f2a", NULL,
                                       &fixture->stream, &fixture->err),
                     DEXEC_OK);
}

static enum dexec_code try_next(struct fixture *fixture,
                                enum dexec_kind *out_kind)
{
    struct dexec_chunk chunk = {.kind = DEXEC_KIND_SYSTEM};
    enum dexec_code rc =
        dexec_stream_try_next(fixture->stream, &chunk, &fixture->err);

    *out_kind = chunk.kind;
    return rc;
}

static void expect_kind(struct fixture *fixture, enum dexec_kind wanted)
{
    enum dexec_kind kind = DEXEC_KIND_SYSTEM;

    assert_int_equal(try_next(fixture, &kind), DEXEC_OK);
    assert_int_equal(kind, wanted);
}

static void expect_error(struct fixture *fixture, enum dexec_code code)
{
    enum dexec_kind kind = DEXEC_KIND_SYSTEM;

    assert_int_equal(try_next(fixture, &kind), code);
    assert_int_equal(kind, DEXEC_KIND_SYSTEM); /* not touched */
}

static size_t try_write(struct fixture *fixture, const char *text)
{
    size_t written = 77;

    assert_int_equal(dexec_stream_try_write(fixture->stream, text, strlen(text),
                                            &written, &fixture->err),
                     DEXEC_OK);
    return written;
}

/* An open stream, on which all that was said has been read. */
static void open_stream(struct fixture *fixture)
{
    begin(fixture);
    SAY(fixture, HEAD);
    expect_kind(fixture, DEXEC_KIND_NONE);
    assert_int_equal(dexec_stream_http_status(fixture->stream), 101);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);
}

/* Has the whole request gone out, and nothing but it? */
static bool request_is_out(const struct fixture *fixture)
{
    return fixture->script.sent_len > 0 &&
           fixture->script.sent[fixture->script.sent_len - 1] == '}';
}

/* ---- the request and its answer ---- */

static void begin__sends_nothing_by_itself(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);

    assert_int_equal(fixture->script.sent_len, 0);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_WRITABLE);
    assert_int_equal(dexec_stream_timeout_ms(fixture->stream), 1000);
    assert_int_equal(dexec_stream_http_status(fixture->stream), 0);
    assert_string_equal(dexec_stream_content_type(fixture->stream), "");
    assert_false(dexec_stream_pending(fixture->stream));
}

static void begin__wants_to_write_until_the_request_is_out(void **state)
{
    struct fixture *fixture = *state;
    size_t turns = 0;

    fixture->script.write_waits = true;
    fixture->script.write_max = 10;
    begin(fixture);
    while (!request_is_out(fixture)) {
        expect_kind(fixture, DEXEC_KIND_NONE);
        if (!request_is_out(fixture)) {
            assert_int_equal(dexec_stream_wanted(fixture->stream),
                             DEXEC_WRITABLE);
            assert_int_equal(fixture->script.sent_len, 10 * turns);
        }
        fixture->script.may_write = true;
        turns++;
    }

    assert_true(turns > 10);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);
}

static void begin__answer_opens_it(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    expect_kind(fixture, DEXEC_KIND_NONE);
    assert_true(request_is_out(fixture));
    SAY(fixture, HEAD HI);
    expect_kind(fixture, DEXEC_KIND_STDOUT);
    expect_kind(fixture, DEXEC_KIND_NONE);
    assert_int_equal(dexec_stream_timeout_ms(fixture->stream), -1);

    fixture->script.is_silent = false;
    expect_kind(fixture, DEXEC_KIND_END);
    expect_kind(fixture, DEXEC_KIND_END);
    assert_int_equal(dexec_stream_wanted(fixture->stream), 0);
    assert_int_equal(dexec_stream_timeout_ms(fixture->stream), -1);
    assert_true(dexec_stream_pending(fixture->stream));
}

static void begin__refusal_comes_out_of_try_next(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    SAY(fixture, REFUSED);
    for (int turn = 0; turn < 2; turn++) {
        fixture->err = (struct dexec_error){0};
        expect_error(fixture, DEXEC_E_NOT_FOUND);
        assert_int_equal(fixture->err.http_status, 404);
        assert_string_equal(fixture->err.message, "start exec 4f2a: no");
    }
    assert_int_equal(dexec_stream_wanted(fixture->stream), 0);
    assert_int_equal(dexec_stream_timeout_ms(fixture->stream), -1);
    assert_int_equal(dexec_stream_http_status(fixture->stream), 0);
}

static void begin__other_calls_bring_the_answer_too(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_chunk chunk = {0};
    unsigned ready = 0;

    fixture->script.waits = true;
    fixture->script.write_waits = true;
    begin(fixture);
    SAY(fixture, HEAD HI);
    assert_int_equal(
        dexec_stream_wait(fixture->stream, DEXEC_WRITABLE, &ready, NULL),
        DEXEC_OK);
    assert_int_equal(ready, DEXEC_WRITABLE);
    assert_int_equal(dexec_stream_http_status(fixture->stream), 101);
    assert_int_equal(
        dexec_stream_wait(fixture->stream, DEXEC_READABLE, &ready, NULL),
        DEXEC_OK);
    assert_int_equal(ready, DEXEC_READABLE);
    assert_int_equal(dexec_stream_next(fixture->stream, &chunk, NULL),
                     DEXEC_OK);
    assert_memory_equal(chunk.data, "hi", 2);
}

static void begin__next_waits_for_the_answer(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_chunk chunk = {0};

    fixture->script.waits = true;
    fixture->script.write_waits = true;
    begin(fixture);
    SAY(fixture, HEAD HI);
    assert_int_equal(dexec_stream_next(fixture->stream, &chunk, NULL),
                     DEXEC_OK);
    assert_memory_equal(chunk.data, "hi", 2);
}

static void begin__may_be_freed_at_any_time(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture); /* nothing sent */
    dexec_stream_free(fixture->stream);
    fixture->stream = NULL;
    dexec_client_free(fixture->client);
    begin(fixture); /* no answer */
    expect_kind(fixture, DEXEC_KIND_NONE);
    dexec_stream_free(fixture->stream);
    fixture->stream = NULL;
    dexec_client_free(fixture->client);
    begin(fixture); /* half a refusal */
    SAY(fixture, "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nno");
    expect_kind(fixture, DEXEC_KIND_NONE);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);
}

static void begin__fails_at_once_where_nothing_can_be_sent(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;

    fixture->script.connect_code = DEXEC_E_CONNECT;
    assert_int_equal(
        fake_client_new(&fixture->script, NULL, &fixture->client, NULL),
        DEXEC_OK);
    assert_int_equal(dexec_start_begin(fixture->client, "4f2a", NULL,
                                       &fixture->stream, &fixture->err),
                     DEXEC_E_CONNECT);
    assert_string_equal(fixture->err.message,
                        "start exec 4f2a: connect: scripted");
    assert_int_equal(dexec_start_begin(fixture->client, "", NULL,
                                       &fixture->stream, &fixture->err),
                     DEXEC_E_INVALID);
    options.size++;
    assert_int_equal(dexec_start_begin(fixture->client, "4f2a", &options,
                                       &fixture->stream, &fixture->err),
                     DEXEC_E_INVALID);
    assert_non_null(strstr(fixture->err.message, "DEXEC_START_OPTIONS_INIT"));
    assert_null(fixture->stream);
}

/* ---- time ---- */

static void begin__response_timeout_is_final(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    fixture->script.now_ms = 999;
    expect_kind(fixture, DEXEC_KIND_NONE);
    assert_int_equal(dexec_stream_timeout_ms(fixture->stream), 1);
    fixture->script.now_ms = 1000;
    expect_error(fixture, DEXEC_E_TIMEOUT);
    assert_string_equal(fixture->err.message,
                        "start exec 4f2a: the time was over before it "
                        "answered (0 bytes received)");

    SAY(fixture, HEAD HI);
    expect_error(fixture, DEXEC_E_TIMEOUT);
    assert_int_equal(dexec_stream_wanted(fixture->stream), 0);
    assert_int_equal(dexec_stream_timeout_ms(fixture->stream), -1);
}

static void begin__callers_deadline_is_not_final(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    dexec_stream_set_deadline(fixture->stream, 500);
    assert_int_equal(dexec_stream_timeout_ms(fixture->stream), 500);
    fixture->script.now_ms = 500;
    expect_error(fixture, DEXEC_E_TIMEOUT);
    assert_string_equal(fixture->err.message,
                        "the stream's deadline has passed");

    dexec_stream_set_deadline(fixture->stream, 0);
    assert_int_equal(dexec_stream_timeout_ms(fixture->stream), 500);
    SAY(fixture, HEAD HI);
    expect_kind(fixture, DEXEC_KIND_STDOUT);
}

static void begin__answer_in_time_ends_its_timeout(void **state)
{
    struct fixture *fixture = *state;

    open_stream(fixture);
    fixture->script.now_ms = 5000;
    expect_kind(fixture, DEXEC_KIND_NONE);
    SAY(fixture, HEAD HI);
    expect_kind(fixture, DEXEC_KIND_STDOUT);
}

/* A daemon that sends no end of empty frames must not keep the caller's loop
 * in one call past the deadline. */
static void begin__output_before_the_deadline_is_given_after_it(void **state)
{
    struct fixture *fixture = *state;

    open_stream(fixture);
    dexec_stream_set_deadline(fixture->stream, 500);
    fixture->script.now_ms = 500;
    SAY(fixture, HEAD HI);
    expect_kind(fixture, DEXEC_KIND_STDOUT);
    expect_error(fixture, DEXEC_E_TIMEOUT);
}

/* ---- standard input ---- */

static void begin__write_waits_for_the_answer(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    assert_int_equal(try_write(fixture, "abc"), 0);
    assert_true(request_is_out(fixture));
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);

    SAY(fixture, HEAD);
    assert_int_equal(try_write(fixture, "abc"), 3);
    assert_memory_equal(fixture->script.sent + fixture->script.sent_len - 4,
                        "}abc", 4);
    expect_kind(fixture, DEXEC_KIND_NONE);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);
}

static void begin__unwritten_input_is_wanted_after_the_answer(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    assert_int_equal(try_write(fixture, "abc"), 0);
    SAY(fixture, HEAD);
    expect_kind(fixture, DEXEC_KIND_NONE);
    assert_int_equal(dexec_stream_wanted(fixture->stream), BOTH);
}

static void begin__blocking_write_waits_for_the_answer(void **state)
{
    struct fixture *fixture = *state;
    size_t written = 0;

    fixture->script.waits = true;
    fixture->script.write_waits = true;
    begin(fixture);
    SAY(fixture, HEAD);
    assert_int_equal(
        dexec_stream_write(fixture->stream, "abc", 3, &written, NULL),
        DEXEC_OK);
    assert_int_equal(written, 3);
    assert_memory_equal(fixture->script.sent + fixture->script.sent_len - 4,
                        "}abc", 4);
}

static void begin__blocking_write_has_the_response_timeout(void **state)
{
    struct fixture *fixture = *state;
    size_t written = 77;

    begin(fixture);
    assert_int_equal(
        dexec_stream_write(fixture->stream, "abc", 3, &written, &fixture->err),
        DEXEC_E_TIMEOUT);
    assert_int_equal(written, 77);
    assert_int_equal(fixture->script.now_ms, 1000);
    assert_non_null(strstr(fixture->err.message, "before it answered"));
}

/* They would be the next request on a connection that the daemon keeps. */
static void begin__refused_start_takes_no_input(void **state)
{
    struct fixture *fixture = *state;
    size_t written = 77;

    begin(fixture);
    SAY(fixture, REFUSED);
    assert_int_equal(dexec_stream_try_write(fixture->stream, "abc", 3, &written,
                                            &fixture->err),
                     DEXEC_E_RESET);
    assert_int_equal(
        dexec_stream_write(fixture->stream, "abc", 3, &written, &fixture->err),
        DEXEC_E_RESET);
    assert_int_equal(written, 77);
    assert_true(request_is_out(fixture));
    expect_error(fixture, DEXEC_E_NOT_FOUND);
}

static void begin__half_close_waits_for_the_answer(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture);
    assert_int_equal(dexec_stream_close_stdin(fixture->stream, NULL), DEXEC_OK);
    expect_kind(fixture, DEXEC_KIND_NONE);
    assert_false(fixture->script.was_shut);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);

    SAY(fixture, HEAD);
    expect_kind(fixture, DEXEC_KIND_NONE);
    assert_true(fixture->script.was_shut);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);
}

static void begin__half_close_that_must_wait_is_wanted(void **state)
{
    struct fixture *fixture = *state;

    open_stream(fixture);
    fixture->script.shut_waits = 2;
    assert_int_equal(dexec_stream_close_stdin(fixture->stream, NULL), DEXEC_OK);
    for (int turn = 0; turn < 2; turn++) {
        assert_false(fixture->script.was_shut);
        assert_int_equal(dexec_stream_wanted(fixture->stream), BOTH);
        fake_poll(&fixture->script, DEXEC_WRITABLE, -1);
        expect_kind(fixture, DEXEC_KIND_NONE);
    }
    assert_true(fixture->script.was_shut);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);
}

/* The daemon says no more before it has seen the half-close. */
static void begin__who_waits_for_output_sends_the_half_close(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_chunk chunk = {0};
    unsigned ready = 0;

    for (int turn = 0; turn < 2; turn++) {
        fixture->script = (struct fake_script){.ends_by_shut = true};
        open_stream(fixture);
        fixture->script.shut_waits = 1;
        SAY(fixture, HEAD HI);
        assert_int_equal(dexec_stream_close_stdin(fixture->stream, NULL),
                         DEXEC_OK);
        dexec_stream_set_deadline(fixture->stream, 500);
        if (turn == 0) {
            assert_int_equal(dexec_stream_wait(fixture->stream, DEXEC_READABLE,
                                               &ready, NULL),
                             DEXEC_OK);
        }
        assert_int_equal(dexec_stream_next(fixture->stream, &chunk, NULL),
                         DEXEC_OK);
        assert_memory_equal(chunk.data, "hi", 2);
        assert_int_equal(fixture->script.now_ms, 0);
        dexec_stream_free(fixture->stream);
        dexec_client_free(fixture->client);
    }
    fixture->stream = NULL;
    fixture->client = NULL;
}

static void begin__half_close_finds_the_connection_gone(void **state)
{
    struct fixture *fixture = *state;

    open_stream(fixture);
    fixture->script.shut_resets = true;
    assert_int_equal(dexec_stream_close_stdin(fixture->stream, &fixture->err),
                     DEXEC_E_RESET);
    assert_string_equal(fixture->err.message,
                        "close standard input: the connection is gone");
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);
}

static void begin__rest_of_a_write_is_wanted(void **state)
{
    struct fixture *fixture = *state;

    open_stream(fixture);
    fixture->script.write_max = 2;
    assert_int_equal(try_write(fixture, "abc"), 2);
    assert_int_equal(dexec_stream_wanted(fixture->stream), BOTH);
    expect_kind(fixture, DEXEC_KIND_NONE);
    assert_int_equal(dexec_stream_wanted(fixture->stream), BOTH);
    assert_int_equal(try_write(fixture, "c"), 1);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);

    fixture->script.write_room = fixture->script.sent_len;
    fixture->script.stalls = true;
    assert_int_equal(try_write(fixture, "d"), 0);
    assert_int_equal(dexec_stream_wanted(fixture->stream), BOTH);
    assert_int_equal(try_write(fixture, ""), 0);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);
}

/* What it waits for is over once it returns. */
static void begin__blocking_write_leaves_nothing_wanted(void **state)
{
    struct fixture *fixture = *state;
    size_t written = 0;

    open_stream(fixture);
    fixture->script.write_max = 2;
    assert_int_equal(
        dexec_stream_write(fixture->stream, "abc", 3, &written, NULL),
        DEXEC_OK);
    assert_int_equal(written, 2);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);
}

static void begin__half_close_gives_the_rest_of_a_write_up(void **state)
{
    struct fixture *fixture = *state;
    size_t written = 77;

    open_stream(fixture);
    fixture->script.write_max = 2;
    assert_int_equal(try_write(fixture, "abc"), 2);
    assert_int_equal(dexec_stream_close_stdin(fixture->stream, NULL), DEXEC_OK);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);

    assert_int_equal(
        dexec_stream_try_write(fixture->stream, "c", 1, &written, NULL),
        DEXEC_E_INVALID);
    assert_int_equal(written, 77);
}

/* A descriptor that takes no more is writable: the caller's loop would spin. */
static void begin__failed_write_is_not_wanted_again(void **state)
{
    struct fixture *fixture = *state;
    size_t written = 77;

    open_stream(fixture);
    fixture->script.write_max = 2;
    assert_int_equal(try_write(fixture, "abc"), 2);
    fixture->script.write_room = 1;
    assert_int_equal(dexec_stream_try_write(fixture->stream, "c", 1, &written,
                                            &fixture->err),
                     DEXEC_E_RESET);
    assert_string_equal(fixture->err.message, "the daemon takes no more input");
    assert_int_equal(written, 77);
    assert_int_equal(dexec_stream_wanted(fixture->stream), DEXEC_READABLE);

    SAY(fixture, HEAD HI);
    expect_kind(fixture, DEXEC_KIND_STDOUT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(begin__sends_nothing_by_itself),
        TEST(begin__wants_to_write_until_the_request_is_out),
        TEST(begin__answer_opens_it),
        TEST(begin__refusal_comes_out_of_try_next),
        TEST(begin__other_calls_bring_the_answer_too),
        TEST(begin__next_waits_for_the_answer),
        TEST(begin__may_be_freed_at_any_time),
        TEST(begin__fails_at_once_where_nothing_can_be_sent),
        TEST(begin__response_timeout_is_final),
        TEST(begin__callers_deadline_is_not_final),
        TEST(begin__answer_in_time_ends_its_timeout),
        TEST(begin__output_before_the_deadline_is_given_after_it),
        TEST(begin__write_waits_for_the_answer),
        TEST(begin__unwritten_input_is_wanted_after_the_answer),
        TEST(begin__blocking_write_waits_for_the_answer),
        TEST(begin__blocking_write_has_the_response_timeout),
        TEST(begin__refused_start_takes_no_input),
        TEST(begin__half_close_waits_for_the_answer),
        TEST(begin__half_close_that_must_wait_is_wanted),
        TEST(begin__who_waits_for_output_sends_the_half_close),
        TEST(begin__half_close_finds_the_connection_gone),
        TEST(begin__rest_of_a_write_is_wanted),
        TEST(begin__blocking_write_leaves_nothing_wanted),
        TEST(begin__half_close_gives_the_rest_of_a_write_up),
        TEST(begin__failed_write_is_not_wanted_again),
    };

    return cmocka_run_group_tests_name("begin", tests, NULL, NULL);
}
