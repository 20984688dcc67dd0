/* SPDX-License-Identifier: MIT */
/* test_stream.c - attached streams on scripted connections. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dexec/stream.h>

#include "chunk_log.h"
#include "fake_transport.h"
#include "table.h"

#define HEAD "HTTP/1.1 101 UPGRADED\r\nContent-Type: a/b\r\n\r\n"
#define HEAD_200 "HTTP/1.1 200 OK\r\n\r\n"
#define HI "\1\0\0\0\0\0\0\2hi"
#define ERR "\2\0\0\0\0\0\0\1e"

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    bool tty;
    bool is_silent;
    bool resets;
    const char *log;     /* "kind:bytes ", "end" or the code's name */
    const char *message; /* a part of it */
};

static struct row rows[] = {
    {.name = "stream__frames_behind_the_head",
     BYTES(HEAD HI ERR HI),
     .log = "1:hi 2:e 1:hi end"},
    {.name = "stream__200_is_taken", BYTES(HEAD_200 HI), .log = "1:hi end"},
    {.name = "stream__interim_answer_is_skipped",
     BYTES("HTTP/1.1 100 Continue\r\n\r\n" HEAD HI),
     .log = "1:hi end"},
    {.name = "stream__nothing", BYTES(HEAD), .log = "end"},
    {.name = "stream__raw_type_does_not_make_it_raw",
     BYTES("HTTP/1.1 200 OK\r\nContent-Type: "
           "application/vnd.docker.raw-stream\r\n\r\n" HI),
     .log = "1:hi end"},
    {.name = "stream__terminal_is_raw",
     BYTES(HEAD HI),
     .tty = true,
     .log = "4:\\1\\0\\0\\0\\0\\0\\0\\2hi end"},
    {.name = "stream__multiplexed_type_does_not_make_it_framed",
     BYTES("HTTP/1.1 101 U\r\nContent-Type: "
           "application/vnd.docker.multiplexed-stream\r\n\r\nhi"),
     .tty = true,
     .log = "4:hi end"},
    {.name = "stream__system_error_is_a_kind_of_its_own",
     BYTES(HEAD "\3\0\0\0\0\0\0\1s" HI),
     .log = "3:s 1:hi end"},
    {.name = "stream__empty_frames_are_silent",
     BYTES(HEAD "\1\0\0\0\0\0\0\0" HI "\2\0\0\0\0\0\0\0"),
     .log = "1:hi end"},
    {.name = "stream__chunked_200_is_decoded",
     BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           "4\r\n\1\0\0\0\r\n6\r\n\0\0\0\2hi\r\n9\r\n" ERR "\r\n0\r\n\r\n"),
     .is_silent = true,
     .log = "1:hi 2:e end"},
    {.name = "stream__chunked_terminal",
     BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           "1\r\na\r\n1\r\nb\r\n0\r\n\r\n"),
     .tty = true,
     .log = "4:ab end"},
    {.name = "stream__chunks_without_their_last",
     BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           "a\r\n" HI "\r\n"),
     .log = "1:hi closed",
     .message = "no last chunk"},
    {.name = "stream__last_chunk_inside_a_frame",
     BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           "9\r\n" HI "\r\n0\r\n\r\n"),
     .log = "1:h protocol",
     .message = "CR LF"},
    {.name = "stream__chunked_end_inside_a_header",
     BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
           "2\r\n\1\0\r\n0\r\n\r\n"),
     .log = "cut-header"},
    {.name = "stream__ends_at_its_length",
     BYTES("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" HI),
     .is_silent = true,
     .log = "1:hi end"},
    {.name = "stream__of_length_0_ends_at_once",
     BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
     .is_silent = true,
     .log = "end"},
    {.name = "stream__shorter_than_its_length",
     BYTES("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" HI),
     .log = "1:hi closed",
     .message = "10 of 11"},
    {.name = "stream__cut_header",
     BYTES(HEAD HI "\1\0\0"),
     .log = "1:hi cut-header",
     .message = "3 of 8"},
    {.name = "stream__cut_payload",
     BYTES(HEAD "\1\0\0\0\0\0\0\5hi"),
     .log = "1:hi cut-payload",
     .message = "2 of 5"},
    {.name = "stream__reset_after_output",
     BYTES(HEAD HI),
     .resets = true,
     .log = "1:hi reset",
     .message = "reset"},
    {.name = "stream__unknown_type",
     BYTES(HEAD HI "\11\0\0\0\0\0\0\1x"),
     .log = "1:hi protocol",
     .message = "unknown stream type 9"},
    {.name = "stream__silence_is_a_timeout",
     BYTES(HEAD HI),
     .is_silent = true,
     .log = "1:hi timeout",
     .message = "deadline"},
    {.name = "stream__half_a_header_then_silence",
     BYTES(HEAD HI "\1\0"),
     .is_silent = true,
     .log = "1:hi timeout",
     .message = "deadline"},
    {.name = "start__closed_before_the_head",
     BYTES(""),
     .log = "closed",
     .message = "start exec 4f2a: the daemon closed the connection before it "
                "answered (0 bytes received)"},
    {.name = "start__closed_inside_the_head",
     BYTES("HTTP/1.1 101 UPGRADED\r\nContent-Typ"),
     .log = "closed",
     .message = "start exec 4f2a: the daemon closed the connection inside its "
                "response head (34 bytes received)"},
    {.name = "start__reset_inside_the_head",
     BYTES("HTTP/1.1 101"),
     .resets = true,
     .log = "reset",
     .message = "reset the connection inside its response head (12 bytes"},
    {.name = "start__silence_before_the_head",
     BYTES(""),
     .is_silent = true,
     .log = "timeout",
     .message = "the time was over before it answered"},
    {.name = "start__silence_inside_the_head",
     BYTES("HTTP/1.1 101 UPGRADED\r\n"),
     .is_silent = true,
     .log = "timeout",
     .message = "inside its response head (23 bytes received)"},
    {.name = "start__not_http",
     BYTES("220 smtp ready\r\n"),
     .is_silent = true,
     .log = "protocol",
     .message = "does not begin with HTTP/1."},
    {.name = "start__unknown_exec",
     BYTES("HTTP/1.1 404 Not Found\r\nContent-Length: 25\r\n\r\n"
           "{\"message\":\"No such exec\"}"),
     .is_silent = true,
     .log = "not-found 404",
     .message = "No such exec"},
    {.name = "start__refused_in_chunks",
     BYTES("HTTP/1.1 409 Conflict\r\nTransfer-Encoding: chunked\r\n\r\n"
           "a\r\n{\"message\"\r\n9\r\n:\"paused\"\r\n1\r\n}\r\n0\r\n\r\n"),
     .is_silent = true,
     .log = "conflict 409",
     .message = "paused"},
    {.name = "start__refused_until_the_close",
     BYTES("HTTP/1.1 500 Oops\r\n\r\nplain\ntext"),
     .log = "http 500",
     .message = "plain text"},
    {.name = "start__refused_without_body",
     BYTES("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"),
     .is_silent = true,
     .log = "http 503",
     .message = "HTTP status 503, no message"},
    {.name = "start__redirect_is_a_refusal",
     BYTES("HTTP/1.1 301 Moved\r\nContent-Length: 0\r\n\r\n"),
     .log = "http 301"},
    {.name = "start__204_is_a_refusal",
     BYTES("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"),
     .log = "http 204"},
    {.name = "start__refusal_is_cut",
     BYTES("HTTP/1.1 500 Oops\r\nContent-Length: 20\r\n\r\n{\"mess"),
     .log = "closed 500",
     .message = "inside its answer (6 of 20 bytes received)"},
    {.name = "start__refusal_stalls",
     BYTES("HTTP/1.1 500 Oops\r\nContent-Length: 20\r\n\r\n{\"mess"),
     .is_silent = true,
     .log = "timeout 500",
     .message = "not complete in time"},
    {.name = "start__refusal_is_reset",
     BYTES("HTTP/1.1 500 Oops\r\nContent-Length: 20\r\n\r\n{\"mess"),
     .resets = true,
     .log = "reset 500"},
};

/* Log how @stream ended, which it must have for good. */
static void log_end(struct chunk_log *log, struct dexec_stream *stream,
                    enum dexec_code rc, struct dexec_error *err)
{
    struct dexec_chunk chunk = {0};

    if (rc != DEXEC_OK) {
        log_error(log, err);
    } else {
        log_text(log, "end");
    }
    assert_int_equal(dexec_stream_next(stream, &chunk, err), rc);
}

static void drain(struct dexec_stream *stream, struct chunk_log *log,
                  struct dexec_error *err)
{
    struct dexec_chunk chunk = {0};
    enum dexec_code rc = DEXEC_OK;

    dexec_stream_set_deadline(stream, 1000);
    while ((rc = dexec_stream_next(stream, &chunk, err)) == DEXEC_OK &&
           chunk.kind != DEXEC_KIND_END) {
        log_chunk(log, &chunk);
    }
    log_end(log, stream, rc, err);
}

struct fixture {
    struct fake_script script;
    struct dexec_client *client;
    struct dexec_stream *stream;
    struct dexec_error err;
};

static void open_client(struct fixture *fixture)
{
    assert_int_equal(
        fake_client_new(&fixture->script, NULL, &fixture->client, NULL),
        DEXEC_OK);
}

static void close_all(struct fixture *fixture)
{
    dexec_stream_free(fixture->stream);
    dexec_client_free(fixture->client);
    assert_int_equal(fixture->script.links, 0);
    assert_int_equal(fixture->script.transports, 0);
}

/* Both ways to use a stream must have the same outcome. */
typedef void (*play_fn)(struct fixture *fixture,
                        const struct dexec_start_options *options,
                        struct chunk_log *log);

static void play_waiting(struct fixture *fixture,
                         const struct dexec_start_options *options,
                         struct chunk_log *log)
{
    if (dexec_start(fixture->client, "4f2a", options, &fixture->stream,
                    &fixture->err) == DEXEC_OK) {
        drain(fixture->stream, log, &fixture->err);
    } else {
        assert_null(fixture->stream);
        log_error(log, &fixture->err);
    }
}

/* As an event loop does it. */
static void play_trying(struct fixture *fixture,
                        const struct dexec_start_options *options,
                        struct chunk_log *log)
{
    struct dexec_chunk chunk = {.kind = DEXEC_KIND_NONE};
    enum dexec_code rc = dexec_start_begin(fixture->client, "4f2a", options,
                                           &fixture->stream, &fixture->err);

    assert_int_equal(rc, DEXEC_OK);
    dexec_stream_set_deadline(fixture->stream, 1000);
    while (rc == DEXEC_OK && chunk.kind != DEXEC_KIND_END) {
        rc = dexec_stream_try_next(fixture->stream, &chunk, &fixture->err);
        if (rc == DEXEC_OK && chunk.kind == DEXEC_KIND_NONE) {
            fake_poll(&fixture->script, dexec_stream_wanted(fixture->stream),
                      dexec_stream_timeout_ms(fixture->stream));
        } else if (rc == DEXEC_OK && chunk.kind != DEXEC_KIND_END) {
            log_chunk(log, &chunk);
        }
    }
    log_end(log, fixture->stream, rc, &fixture->err);
}

static void check_outcome(const struct row *row, const struct fixture *fixture,
                          const struct chunk_log *log)
{
    assert_string_equal(log->text, row->log);
    if (row->message != NULL) {
        assert_non_null(strstr(fixture->err.message, row->message));
    }
}

static void play(const struct row *row, const struct fake_script *script,
                 play_fn how, struct dexec_error *out_err)
{
    struct fixture fixture = {.script = *script};
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;
    struct chunk_log log = CHUNK_LOG_INIT;

    options.tty = row->tty;
    open_client(&fixture);
    how(&fixture, &options, &log);
    close_all(&fixture);
    check_outcome(row, &fixture, &log);
    *out_err = fixture.err;
}

static void play_both(const struct row *row, const struct fake_script *script)
{
    struct dexec_error waiting = {0};
    struct dexec_error trying = {0};

    play(row, script, play_waiting, &waiting);
    play(row, script, play_trying, &trying);
    assert_string_equal(trying.message, waiting.message);
}

static void play_all(const struct row *row, size_t piece, size_t cut)
{
    struct fake_script script = {.bytes = row->bytes,
                                 .len = row->len,
                                 .piece = piece,
                                 .cut = cut,
                                 .is_silent = row->is_silent,
                                 .resets = row->resets};

    play_both(row, &script);
    script.waits = true;
    script.write_waits = true;
    script.write_max = 7;
    play_both(row, &script);
}

static void stream__row(void **state)
{
    const struct row *row = *state;

    for (size_t piece = 0; piece <= row->len && piece < 40; piece++) {
        play_all(row, piece, 0);
    }
    for (size_t cut = 1; cut < row->len; cut++) {
        play_all(row, 0, cut);
    }
}

/* ---- single cases ---- */

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    *state = fixture;
    return fixture == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    free(*state);
    return 0;
}

static void start(struct fixture *fixture, const char *bytes, size_t len)
{
    fixture->script.bytes = bytes;
    fixture->script.len = len;
    open_client(fixture);
    assert_int_equal(dexec_start(fixture->client, "4f2a", NULL,
                                 &fixture->stream, &fixture->err),
                     DEXEC_OK);
}

#define START(fixture, bytes) start(fixture, bytes, sizeof(bytes) - 1)

static void start__sends_one_request(void **state)
{
    struct fixture *fixture = *state;

    fixture->script.write_max = 3;
    START(fixture, HEAD);

    assert_string_equal(fixture->script.sent,
                        "POST /v1.41/exec/4f2a/start HTTP/1.1\r\n"
                        "Host: localhost\r\nUser-Agent: test\r\n"
                        "Content-Type: application/json\r\n"
                        "Connection: Upgrade\r\nUpgrade: tcp\r\n"
                        "Content-Length: 28\r\n\r\n"
                        "{\"Detach\":false,\"Tty\":false}");
    assert_int_equal(fixture->script.timeout_ms, 50);
    assert_int_equal(dexec_stream_http_status(fixture->stream), 101);
    assert_string_equal(dexec_stream_content_type(fixture->stream), "a/b");
    close_all(fixture);
}

static void start__can_do_without_upgrade(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;

    fixture->script.bytes = HEAD_200;
    fixture->script.len = sizeof(HEAD_200) - 1;
    options.no_upgrade = true;
    options.tty = true;
    options.console_rows = 24;
    options.console_columns = 80;
    open_client(fixture);
    assert_int_equal(
        dexec_start(fixture->client, "4f2a", &options, &fixture->stream, NULL),
        DEXEC_OK);

    assert_null(strstr(fixture->script.sent, "Upgrade"));
    assert_non_null(
        strstr(fixture->script.sent,
               "{\"Detach\":false,\"Tty\":true,\"ConsoleSize\":[24,80]}"));
    assert_int_equal(dexec_stream_http_status(fixture->stream), 200);
    assert_string_equal(dexec_stream_content_type(fixture->stream), "");
    close_all(fixture);
}

static void start__reads_a_refusal_though_the_request_was_cut_off(void **state)
{
    struct fixture *fixture = *state;
    static const char refusal[] =
        "HTTP/1.1 400 Bad\r\nContent-Length: 3\r\n\r\nbad";

    fixture->script.write_room = 5;
    fixture->script.write_max = 5;
    fixture->script.bytes = refusal;
    fixture->script.len = sizeof(refusal) - 1;
    open_client(fixture);
    assert_int_equal(dexec_start(fixture->client, "4f2a", NULL,
                                 &fixture->stream, &fixture->err),
                     DEXEC_E_HTTP);

    assert_string_equal(fixture->err.message, "start exec 4f2a: bad");
    close_all(fixture);
}

static void start__request_is_not_taken_in_time(void **state)
{
    struct fixture *fixture = *state;

    fixture->script.write_room = 5;
    fixture->script.write_max = 5;
    fixture->script.stalls = true;
    open_client(fixture);
    assert_int_equal(dexec_start(fixture->client, "4f2a", NULL,
                                 &fixture->stream, &fixture->err),
                     DEXEC_E_TIMEOUT);

    assert_int_equal(fixture->script.now_ms, 1000);
    close_all(fixture);
}

static void start__endless_refusal_is_cut(void **state)
{
    struct fixture *fixture = *state;
    static const char head[] = "HTTP/1.1 500 X\r\n\r\nx";
    const size_t len = 1048576;
    char *bytes = malloc(len);

    assert_non_null(bytes);
    memset(bytes, 'x', len);
    memcpy(bytes, head, sizeof(head) - 1);
    fixture->script.bytes = bytes;
    fixture->script.len = len;
    open_client(fixture);
    assert_int_equal(dexec_start(fixture->client, "4f2a", NULL,
                                 &fixture->stream, &fixture->err),
                     DEXEC_E_HTTP);
    free(bytes);

    assert_true(fixture->script.read_len < 262144);
    close_all(fixture);
}

/* A terminal's stream: what one read brings is one chunk. */
static void stream__chunk_is_no_longer_than_the_capacity(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;
    static char bytes[sizeof(HEAD) - 1 + 40000];
    struct dexec_chunk chunk = {0};
    size_t total = 0;

    memset(bytes, 'x', sizeof(bytes));
    memcpy(bytes, HEAD, sizeof(HEAD) - 1);
    fixture->script.bytes = bytes;
    fixture->script.len = sizeof(bytes);
    open_client(fixture);
    options.tty = true;
    options.output_capacity = 16384;
    assert_int_equal(
        dexec_start(fixture->client, "4f2a", &options, &fixture->stream, NULL),
        DEXEC_OK);
    do {
        assert_int_equal(dexec_stream_next(fixture->stream, &chunk, NULL),
                         DEXEC_OK);
        assert_in_range(chunk.len, 0, 16384);
        total += chunk.len;
    } while (chunk.kind != DEXEC_KIND_END);

    assert_int_equal(total, 40000);
    close_all(fixture);
}

static void start__checks_its_options(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;

    open_client(fixture);
    options.output_capacity = 16777217;
    assert_int_equal(
        dexec_start(fixture->client, "x", &options, &fixture->stream, NULL),
        DEXEC_E_INVALID);
    options.size = 1;
    assert_int_equal(
        dexec_start(fixture->client, "x", &options, &fixture->stream, NULL),
        DEXEC_E_INVALID);
    assert_int_equal(
        dexec_start(fixture->client, "", NULL, &fixture->stream, NULL),
        DEXEC_E_INVALID);
    assert_int_equal(
        dexec_start(fixture->client, NULL, NULL, &fixture->stream, NULL),
        DEXEC_E_INVALID);

    assert_int_equal(fixture->script.sent_len, 0);
    close_all(fixture);
}

static void start__passes_a_failed_connect_on(void **state)
{
    struct fixture *fixture = *state;

    fixture->script.connect_code = DEXEC_E_CONNECT;
    open_client(fixture);
    assert_int_equal(dexec_start(fixture->client, "4f2a", NULL,
                                 &fixture->stream, &fixture->err),
                     DEXEC_E_CONNECT);
    assert_string_equal(fixture->err.message,
                        "start exec 4f2a: connect: scripted");
    close_all(fixture);
}

static void stream__timeout_leaves_it_intact(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_chunk chunk = {0};

    fixture->script.echoes_first = true;
    fixture->script.piece = sizeof(HEAD) - 1;
    START(fixture, HEAD HI);
    dexec_stream_set_deadline(fixture->stream, 500);
    assert_int_equal(dexec_stream_next(fixture->stream, &chunk, NULL),
                     DEXEC_E_TIMEOUT);
    assert_int_equal(fixture->script.now_ms, 500);

    (void)snprintf(fixture->script.sent, sizeof(fixture->script.sent), "!");
    assert_int_equal(dexec_stream_next(fixture->stream, &chunk, NULL),
                     DEXEC_OK);
    assert_memory_equal(chunk.data, "hi", 2);
    close_all(fixture);
}

static void stream__write_takes_what_fits(void **state)
{
    struct fixture *fixture = *state;
    size_t before = 0;
    size_t written = 77;

    START(fixture, HEAD);
    before = fixture->script.sent_len;
    fixture->script.write_max = 2;
    assert_int_equal(
        dexec_stream_write(fixture->stream, "abc", 3, &written, NULL),
        DEXEC_OK);
    assert_int_equal(written, 2);
    assert_memory_equal(fixture->script.sent + before, "ab", 2);

    assert_int_equal(
        dexec_stream_write(fixture->stream, NULL, 0, &written, NULL), DEXEC_OK);
    assert_int_equal(written, 0);
    close_all(fixture);
}

static void stream__write_fails_when_the_daemon_is_gone(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_chunk chunk = {0};
    size_t written = 77;

    START(fixture, HEAD HI);
    fixture->script.write_room = 1;
    assert_int_equal(
        dexec_stream_write(fixture->stream, "abc", 3, &written, &fixture->err),
        DEXEC_E_RESET);

    assert_int_equal(written, 77);
    assert_int_equal(dexec_stream_next(fixture->stream, &chunk, NULL),
                     DEXEC_OK);
    assert_memory_equal(chunk.data, "hi", 2);
    close_all(fixture);
}

static void stream__write_waits_until_its_deadline(void **state)
{
    struct fixture *fixture = *state;
    size_t written = 77;

    START(fixture, HEAD HI);
    fixture->script.write_room = 1;
    fixture->script.stalls = true;
    dexec_stream_set_deadline(fixture->stream, 500);
    assert_int_equal(
        dexec_stream_write(fixture->stream, "abc", 3, &written, &fixture->err),
        DEXEC_E_TIMEOUT);

    assert_int_equal(written, 77);
    assert_int_equal(fixture->script.now_ms, 500);
    close_all(fixture);
}

static void stream__close_stdin_once(void **state)
{
    struct fixture *fixture = *state;
    size_t written = 77;

    START(fixture, HEAD);
    assert_false(fixture->script.was_shut);
    assert_int_equal(dexec_stream_close_stdin(fixture->stream, NULL), DEXEC_OK);
    assert_true(fixture->script.was_shut);
    fixture->script.was_shut = false;
    assert_int_equal(dexec_stream_close_stdin(fixture->stream, NULL), DEXEC_OK);
    assert_false(fixture->script.was_shut);

    assert_int_equal(
        dexec_stream_write(fixture->stream, "a", 1, &written, NULL),
        DEXEC_E_INVALID);
    close_all(fixture);
}

static void stream__pending_is_what_next_can_take(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_chunk chunk = {0};

    fixture->script.is_silent = true;
    START(fixture, HEAD HI ERR "\1\0");
    assert_true(dexec_stream_pending(fixture->stream));
    assert_int_equal(dexec_stream_next(fixture->stream, &chunk, NULL),
                     DEXEC_OK);
    assert_true(dexec_stream_pending(fixture->stream));
    assert_int_equal(dexec_stream_next(fixture->stream, &chunk, NULL),
                     DEXEC_OK);

    /* Two bytes of a header are left: no output that could be taken. */
    assert_false(dexec_stream_pending(fixture->stream));
    close_all(fixture);
}

static void stream__wait_is_not_fooled_by_half_a_header(void **state)
{
    struct fixture *fixture = *state;
    unsigned ready = 77;

    fixture->script.is_silent = true;
    fixture->script.piece = sizeof(HEAD) - 1;
    START(fixture, HEAD "\1\0\0");
    dexec_stream_set_deadline(fixture->stream, 100);
    assert_int_equal(
        dexec_stream_wait(fixture->stream, DEXEC_READABLE, &ready, NULL),
        DEXEC_E_TIMEOUT);

    assert_int_equal(ready, 77);
    assert_int_equal(fixture->script.read_len, fixture->script.len);
    close_all(fixture);
}

static void stream__wait_tells_both_directions(void **state)
{
    struct fixture *fixture = *state;
    unsigned ready = 0;
    const unsigned both = (unsigned)DEXEC_READABLE | (unsigned)DEXEC_WRITABLE;

    START(fixture, HEAD HI);
    assert_int_equal(dexec_stream_wait(fixture->stream, both, &ready, NULL),
                     DEXEC_OK);
    assert_int_equal(ready, both);
    assert_int_equal(
        dexec_stream_wait(fixture->stream, DEXEC_READABLE, &ready, NULL),
        DEXEC_OK);
    assert_int_equal(ready, DEXEC_READABLE);
    assert_int_equal(dexec_stream_wait(fixture->stream, 0, &ready, NULL),
                     DEXEC_E_INVALID);
    assert_int_equal(dexec_stream_wait(fixture->stream, 4, &ready, NULL),
                     DEXEC_E_INVALID);
    close_all(fixture);
}

static void stream__end_is_readable(void **state)
{
    struct fixture *fixture = *state;
    unsigned ready = 0;

    START(fixture, HEAD);
    assert_int_equal(
        dexec_stream_wait(fixture->stream, DEXEC_READABLE, &ready, NULL),
        DEXEC_OK);
    assert_int_equal(ready, DEXEC_READABLE);
    assert_true(dexec_stream_pending(fixture->stream));
    close_all(fixture);
}

static void stream__free_of_null_is_harmless(void **state)
{
    (void)state;
    dexec_stream_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

static const struct CMUnitTest single[] = {
    TEST(start__sends_one_request),
    TEST(start__can_do_without_upgrade),
    TEST(start__reads_a_refusal_though_the_request_was_cut_off),
    TEST(start__request_is_not_taken_in_time),
    TEST(start__endless_refusal_is_cut),
    TEST(start__checks_its_options),
    TEST(start__passes_a_failed_connect_on),
    TEST(stream__chunk_is_no_longer_than_the_capacity),
    TEST(stream__timeout_leaves_it_intact),
    TEST(stream__write_takes_what_fits),
    TEST(stream__write_fails_when_the_daemon_is_gone),
    TEST(stream__write_waits_until_its_deadline),
    TEST(stream__close_stdin_once),
    TEST(stream__pending_is_what_next_can_take),
    TEST(stream__wait_is_not_fooled_by_half_a_header),
    TEST(stream__wait_tells_both_directions),
    TEST(stream__end_is_readable),
    TEST(stream__free_of_null_is_harmless),
};

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + COUNT_OF(single)];

    memcpy(tests, single, sizeof(single));
    ADD_ROWS(tests + COUNT_OF(single), stream__row, rows);
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
