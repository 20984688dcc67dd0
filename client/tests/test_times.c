/* SPDX-License-Identifier: MIT */
/*
 * test_times.c - which time-out ends what, and when, on a clock that moves
 * only when somebody waits.
 */
#include <stdlib.h>
#include <string.h>

#include <dexec/run.h>

#include "fake_transport.h"
#include "table.h"

#define HEAD "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define HI "\1\0\0\0\0\0\0\2hi"
#define CREATED "{\"Id\":\"4f2a\"}"
#define EXITED "{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7}"

static const char *const cat_cmd[] = {"cat", NULL};

/* A daemon that falls silent behind its bytes; the connect time-out is 50. */
struct row {
    const char *name;
    const char *bytes;
    size_t len;
    uint32_t response_ms; /* 0 = 1000 */
    uint32_t idle_ms;
    uint32_t total_ms;
    uint32_t run_ms; /* dexec_run()'s own */
    bool runs;       /* dexec_run(), else dexec_start() and reading */
    bool is_deaf;    /* takes 5 bytes */
    uint32_t at_ms;  /* when the time-out came */
    const char *message;
};

static struct row rows[] = {
    {.name = "times__of_the_answer",
     BYTES(""),
     .at_ms = 1000,
     .message = "start exec 4f2a: the time was over before it answered (0 "
                "bytes received)"},
    {.name = "times__of_the_answer_by_default",
     BYTES(""),
     .response_ms = UINT32_MAX,
     .at_ms = 120000,
     .message = "start exec 4f2a: the time was over before it answered (0 "
                "bytes received)"},
    {.name = "times__of_half_an_answer",
     BYTES("HTTP/1.1 "),
     .at_ms = 1000,
     .message = "start exec 4f2a: the time was over inside its response head "
                "(9 bytes received)"},
    {.name = "times__of_a_request",
     BYTES(""),
     .is_deaf = true,
     .at_ms = 1000,
     .message = "start exec 4f2a: the daemon did not take the request in time"},
    {.name = "times__of_a_refusal",
     BYTES("HTTP/1.1 500 No\r\n\r\n"),
     .at_ms = 1000,
     .message = "start exec 4f2a: the answer was not complete in time"},
    {.name = "times__total_is_shorter_than_the_answers",
     BYTES(""),
     .total_ms = 400,
     .at_ms = 400,
     .message = "start exec 4f2a: the time was over before it answered (0 "
                "bytes received)"},
    {.name = "times__answers_is_over_with_the_answer",
     BYTES(HEAD),
     .response_ms = 100,
     .total_ms = 5000,
     .at_ms = 5000,
     .message = "the stream's deadline has passed"},
    {.name = "times__idle_stream",
     BYTES(HEAD HI),
     .idle_ms = 300,
     .at_ms = 300,
     .message = "no byte went either way for 300 ms"},
    {.name = "times__total_of_a_stream",
     BYTES(HEAD HI),
     .total_ms = 400,
     .at_ms = 400,
     .message = "the stream's deadline has passed"},
    {.name = "times__idle_before_total",
     BYTES(HEAD HI),
     .idle_ms = 399,
     .total_ms = 400,
     .at_ms = 399,
     .message = "no byte went either way for 399 ms"},
    {.name = "times__total_before_idle",
     BYTES(HEAD HI),
     .idle_ms = 401,
     .total_ms = 400,
     .at_ms = 400,
     .message = "the stream's deadline has passed"},
    {.name = "times__run_has_the_total_one",
     BYTES(HEAD HI),
     .runs = true,
     .total_ms = 700,
     .at_ms = 700,
     .message = "exec 4f2a: the stream's deadline has passed"},
    {.name = "times__runs_own_comes_first",
     BYTES(HEAD HI),
     .runs = true,
     .run_ms = 200,
     .total_ms = 100,
     .at_ms = 200,
     .message = "exec 4f2a: the stream's deadline has passed"},
    {.name = "times__run_that_is_not_answered",
     BYTES(""),
     .runs = true,
     .total_ms = 700,
     .at_ms = 700,
     .message = "start exec 4f2a: the time was over before it answered (0 "
                "bytes received)"},
    {.name = "times__idle_run",
     BYTES(HEAD HI),
     .runs = true,
     .idle_ms = 300,
     .total_ms = 700,
     .at_ms = 300,
     .message = "exec 4f2a: no byte went either way for 300 ms"},
};

struct fixture {
    struct fake_script script;
    struct dexec_client *client;
    struct dexec_stream *stream;
    struct dexec_error err;
};

static void open_client(struct fixture *fixture, const struct row *row)
{
    struct dexec_client_options options = fake_client_options();

    if (row->response_ms != 0) {
        options.response_timeout_ms =
            row->response_ms == UINT32_MAX ? 0 : row->response_ms;
    }
    options.idle_timeout_ms = row->idle_ms;
    options.total_timeout_ms = row->total_ms;
    assert_int_equal(
        fake_client_new_by(&fixture->script, &options, &fixture->client, NULL),
        DEXEC_OK);
}

static void close_all(struct fixture *fixture)
{
    dexec_stream_free(fixture->stream);
    dexec_client_free(fixture->client);
    assert_int_equal(fixture->script.links, 0);
}

static enum dexec_code start_and_read(struct fixture *fixture)
{
    struct dexec_chunk chunk = {0};
    enum dexec_code rc = dexec_start(fixture->client, "4f2a", NULL,
                                     &fixture->stream, &fixture->err);

    while (rc == DEXEC_OK) {
        rc = dexec_stream_next(fixture->stream, &chunk, &fixture->err);
    }
    return rc;
}

static enum dexec_code run(struct fixture *fixture, uint32_t timeout_ms)
{
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_run_options options = DEXEC_RUN_OPTIONS_INIT;
    int64_t code = 77;
    enum dexec_code rc = DEXEC_OK;

    create.cmd = cat_cmd;
    options.create = &create;
    options.timeout_ms = timeout_ms;
    rc = dexec_run(fixture->client, "t1", &options, &code, &fixture->err);
    assert_int_equal(code, rc == DEXEC_OK ? 7 : 77);
    return rc;
}

static void times__row(void **state)
{
    static const struct fake_answer created = {.status = 201, .body = CREATED};
    const struct row *row = *state;
    struct fixture fixture = {.script = {.answers = &created,
                                         .answer_count = 1,
                                         .bytes = row->bytes,
                                         .len = row->len,
                                         .write_max = row->is_deaf ? 5 : 0,
                                         .write_room = row->is_deaf ? 5 : 0,
                                         .stalls = row->is_deaf,
                                         .is_silent = true}};

    open_client(&fixture, row);
    assert_int_equal(row->runs ? run(&fixture, row->run_ms)
                               : start_and_read(&fixture),
                     DEXEC_E_TIMEOUT);

    assert_string_equal(fixture.err.message, row->message);
    assert_int_equal(fixture.script.now_ms, row->at_ms);
    close_all(&fixture);
}

/* ---- single cases ---- */

/* Neither what a byte brought before nor a time-out told counts again. */
static void times__idle_time_begins_anew(void **state)
{
    static const struct row row = {.idle_ms = 300};
    struct fixture fixture = {.script = {.bytes = HEAD HI,
                                         .len = sizeof(HEAD) - 1,
                                         .is_silent = true}};
    struct dexec_chunk chunk = {0};
    size_t written = 0;

    (void)state;
    open_client(&fixture, &row);
    assert_int_equal(start_and_read(&fixture), DEXEC_E_TIMEOUT);
    assert_int_equal(fixture.script.now_ms, 300);

    assert_int_equal(dexec_stream_timeout_ms(fixture.stream), 300);
    fixture.script.now_ms = 500; /* a byte of ours */
    assert_int_equal(
        dexec_stream_try_write(fixture.stream, "a", 1, &written, NULL),
        DEXEC_OK);
    assert_int_equal(dexec_stream_timeout_ms(fixture.stream), 300);

    fixture.script.now_ms = 700; /* one of the daemon's */
    fixture.script.len = sizeof(HEAD HI) - 1;
    assert_int_equal(dexec_stream_try_next(fixture.stream, &chunk, NULL),
                     DEXEC_OK);
    assert_int_equal(chunk.kind, DEXEC_KIND_STDOUT);
    fixture.script.now_ms = 800;
    assert_int_equal(dexec_stream_timeout_ms(fixture.stream), 200);

    fixture.script.now_ms = 1000;
    assert_int_equal(
        dexec_stream_try_next(fixture.stream, &chunk, &fixture.err),
        DEXEC_E_TIMEOUT);
    assert_int_equal(dexec_stream_try_next(fixture.stream, &chunk, NULL),
                     DEXEC_OK);
    assert_int_equal(chunk.kind, DEXEC_KIND_NONE);
    close_all(&fixture);
}

static void times__write_is_idle_too(void **state)
{
    static const struct row row = {.idle_ms = 300};
    struct fixture fixture = {
        .script = {.bytes = HEAD, .len = sizeof(HEAD) - 1, .is_silent = true}};
    size_t written = 77;
    unsigned ready = 77;

    (void)state;
    open_client(&fixture, &row);
    assert_int_equal(
        dexec_start(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_OK);
    fixture.script.write_room = 1;
    fixture.script.stalls = true;
    assert_int_equal(
        dexec_stream_write(fixture.stream, "a", 1, &written, &fixture.err),
        DEXEC_E_TIMEOUT);
    assert_int_equal(fixture.script.now_ms, 300);
    assert_string_equal(fixture.err.message,
                        "no byte went either way for 300 ms");
    assert_int_equal(written, 77);

    assert_int_equal(
        dexec_stream_wait(fixture.stream, DEXEC_WRITABLE, &ready, &fixture.err),
        DEXEC_E_TIMEOUT);
    assert_int_equal(fixture.script.now_ms, 600);
    assert_int_equal(ready, 77);
    close_all(&fixture);
}

/* An empty frame in single bytes: each call may look at one, late as it is. */
static void
times__bytes_without_output_do_not_outlast_the_deadline(void **state)
{
    static const struct row row = {.total_ms = 400};
    struct fixture fixture = {.script = {.bytes = HEAD "\1\0\0\0\0\0\0\0",
                                         .len = sizeof(HEAD) - 1,
                                         .piece = sizeof(HEAD) - 1,
                                         .is_silent = true}};
    struct dexec_chunk chunk = {0};

    (void)state;
    open_client(&fixture, &row);
    assert_int_equal(
        dexec_start(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_OK);
    fixture.script.piece = 1;
    fixture.script.len += 8;
    fixture.script.now_ms = 400;
    assert_int_equal(dexec_stream_next(fixture.stream, &chunk, &fixture.err),
                     DEXEC_E_TIMEOUT);
    assert_int_equal(fixture.script.read_len, sizeof(HEAD));
    assert_int_equal(
        dexec_stream_try_next(fixture.stream, &chunk, &fixture.err),
        DEXEC_E_TIMEOUT);
    assert_int_equal(fixture.script.read_len, sizeof(HEAD) + 1);
    close_all(&fixture);
}

static void times__connecting_has_its_own(void **state)
{
    static const struct row row = {.total_ms = 0};
    static const struct row total = {.total_ms = 20};
    struct fixture fixture = {.script = {.is_silent = true}};

    (void)state;
    open_client(&fixture, &row);
    assert_int_equal(
        dexec_start_begin(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_OK);
    assert_int_equal(fixture.script.timeout_ms, 50);
    close_all(&fixture);

    fixture = (struct fixture){.script = {.is_silent = true}};
    open_client(&fixture, &total);
    assert_int_equal(
        dexec_start_begin(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_OK);
    assert_int_equal(fixture.script.timeout_ms, 20);
    assert_int_equal(dexec_stream_timeout_ms(fixture.stream), 20);
    close_all(&fixture);
}

static void times__plain_calls_have_the_response_timeout_alone(void **state)
{
    static const struct row row = {.idle_ms = 10, .total_ms = 20};
    static const struct fake_answer answer = {.status = 200, .body = EXITED};
    struct fixture fixture = {
        .script = {.answers = &answer, .answer_count = 1}};
    struct dexec_inspect *inspect = NULL;

    (void)state;
    open_client(&fixture, &row);
    assert_int_equal(dexec_inspect(fixture.client, "4f2a", &inspect, NULL),
                     DEXEC_OK);
    assert_int_equal(fixture.script.timeout_ms, 1000);
    dexec_inspect_free(fixture.client, inspect);
    close_all(&fixture);
}

static void times__run_shares_its_time_with_its_calls(void **state)
{
    static const struct row row = {.total_ms = 700};
    static const struct fake_answer answers[] = {
        {.status = 201, .body = CREATED}, {.status = 200, .body = EXITED}};
    struct fixture fixture = {.script = {.answers = answers,
                                         .answer_count = 2,
                                         .bytes = HEAD HI,
                                         .len = sizeof(HEAD HI) - 1}};

    (void)state;
    open_client(&fixture, &row);
    assert_int_equal(run(&fixture, 0), DEXEC_OK);
    assert_int_equal(fixture.script.timeout_ms, 700); /* the inspect's */
    fixture.script.read_len = 0;
    fixture.script.calls = 0;
    assert_int_equal(run(&fixture, 60), DEXEC_OK);
    assert_int_equal(fixture.script.timeout_ms, 60);
    close_all(&fixture);
}

int main(void)
{
    static const struct CMUnitTest single[] = {
        cmocka_unit_test(times__idle_time_begins_anew),
        cmocka_unit_test(times__write_is_idle_too),
        cmocka_unit_test(
            times__bytes_without_output_do_not_outlast_the_deadline),
        cmocka_unit_test(times__connecting_has_its_own),
        cmocka_unit_test(times__plain_calls_have_the_response_timeout_alone),
        cmocka_unit_test(times__run_shares_its_time_with_its_calls),
    };
    struct CMUnitTest tests[COUNT_OF(rows) + COUNT_OF(single)];

    memcpy(tests, single, sizeof(single));
    ADD_ROWS(tests + COUNT_OF(single), times__row, rows);
    return cmocka_run_group_tests_name("times", tests, NULL, NULL);
}
