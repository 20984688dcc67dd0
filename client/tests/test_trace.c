/* SPDX-License-Identifier: MIT */
/*
 * test_trace.c - what on_trace is told of a stream, event by event. Plain
 * calls are in test_hooks.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dexec/stream.h>

#include "fake_transport.h"
#include "table.h"

#define REQUEST                                                                \
    "POST /v1.41/exec/4f2a/start HTTP/1.1\r\n"                                 \
    "Host: localhost\r\nUser-Agent: test\r\n"                                  \
    "Content-Type: application/json\r\n"                                       \
    "Connection: Upgrade\r\nUpgrade: tcp\r\n"                                  \
    "Content-Length: 28\r\n\r\n"                                               \
    "{\"Detach\":false,\"Tty\":false}"
#define HEAD "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define HI "\1\0\0\0\0\0\0\2hi"
#define ERR "\2\0\0\0\0\0\0\1e"

enum { HEAD_LEN = sizeof(HEAD) - 1 };

struct fixture {
    struct fake_script script;
    struct dexec_client *client;
    struct dexec_stream *stream;
    char log[2048];    /* all events but FRAME */
    char frames[2048]; /* those without their segment */
    char sent[4096];
    size_t sent_len;
    char received[4096];
    size_t received_len;
    unsigned segment_of_frame[16];
    uint64_t offset_of_frame[16];
    size_t frame_count;
    unsigned connection; /* of the last event */
    uint64_t time_us;
};

static void add_text(char *log, size_t size, const char *text)
{
    size_t used = strlen(log);

    assert_true(used + strlen(text) < size);
    (void)snprintf(log + used, size - used, "%s", text);
}

static void keep(char *bytes, size_t *len, const struct dexec_trace *trace)
{
    assert_int_equal(trace->offset, *len);
    assert_true(trace->len > 0);
    memcpy(bytes + *len, trace->data, trace->len);
    *len += trace->len;
}

static void note_frame(struct fixture *fixture, const struct dexec_trace *trace)
{
    char text[64] = "";

    (void)snprintf(text, sizeof(text), "%u@%u:%u ", (unsigned)trace->kind,
                   (unsigned)trace->offset, (unsigned)trace->frame_length);
    add_text(fixture->frames, sizeof(fixture->frames), text);
    assert_true(fixture->frame_count < COUNT_OF(fixture->segment_of_frame));
    fixture->segment_of_frame[fixture->frame_count] = trace->segment;
    fixture->offset_of_frame[fixture->frame_count] = trace->offset;
    fixture->frame_count++;
}

/* "sent SEGMENT@OFFSET+LEN". */
static void on_trace(void *user, const struct dexec_trace *trace)
{
    static const char *const names[] = {
        [DEXEC_TRACE_SENT] = "sent",   [DEXEC_TRACE_RECEIVED] = "received",
        [DEXEC_TRACE_FRAME] = "frame", [DEXEC_TRACE_HALF_CLOSE] = "half-close",
        [DEXEC_TRACE_END] = "end",     [DEXEC_TRACE_RESET] = "reset"};
    struct fixture *fixture = user;
    char text[64] = "";

    fixture->connection = trace->connection;
    fixture->time_us = trace->time_us;
    if (trace->event == DEXEC_TRACE_FRAME) {
        note_frame(fixture, trace);
    }
    if (trace->event == DEXEC_TRACE_SENT) {
        keep(fixture->sent, &fixture->sent_len, trace);
    } else if (trace->event == DEXEC_TRACE_RECEIVED) {
        keep(fixture->received, &fixture->received_len, trace);
    } else {
        assert_null(trace->data);
        assert_int_equal(trace->len, 0);
    }
    (void)snprintf(text, sizeof(text), "%s %u@%u+%u ", names[trace->event],
                   trace->segment, (unsigned)trace->offset,
                   (unsigned)trace->len);
    add_text(fixture->log, sizeof(fixture->log), text);
}

static void open_client(struct fixture *fixture)
{
    struct dexec_client_options options = fake_client_options();

    options.on_trace = on_trace;
    options.on_trace_user = fixture;
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

static enum dexec_code drain(struct fixture *fixture)
{
    struct dexec_chunk chunk = {0};
    enum dexec_code rc = DEXEC_OK;

    while (rc == DEXEC_OK && chunk.kind != DEXEC_KIND_END) {
        rc = dexec_stream_next(fixture->stream, &chunk, NULL);
    }
    return rc;
}

/* ---- frames, wherever they are cut ---- */

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    bool tty;
    bool sniff;
    bool resets;
    const char *frames; /* "KIND@OFFSET:LENGTH " */
    const char *last;   /* event */
};

static struct row rows[] = {
    {.name = "trace__frames_one_after_the_other",
     BYTES(HEAD HI ERR HI),
     .frames = "1@0:2 2@10:1 1@19:2 ",
     .last = "end"},
    {.name = "trace__empty_frames_are_told",
     BYTES(HEAD "\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0" HI),
     .frames = "1@0:0 2@8:0 1@16:2 ",
     .last = "end"},
    {.name = "trace__frame_of_4_gib",
     BYTES(HEAD "\1\0\0\0\xff\xfe\xfd\xfc" HI),
     .frames = "1@0:4294901244 ",
     .last = "end"},
    {.name = "trace__systems_error",
     BYTES(HEAD "\3\0\0\0\0\0\0\1s" HI),
     .frames = "3@0:1 1@9:2 ",
     .last = "end"},
    {.name = "trace__half_a_header_is_none",
     BYTES(HEAD HI "\1\0\0\0\0\0\0"),
     .frames = "1@0:2 ",
     .last = "end"},
    {.name = "trace__reset",
     BYTES(HEAD HI),
     .resets = true,
     .frames = "1@0:2 ",
     .last = "reset"},
    {.name = "trace__terminal_has_no_frames",
     BYTES(HEAD HI),
     .tty = true,
     .frames = "",
     .last = "end"},
    {.name = "trace__sniffed_stream_has_no_frames",
     BYTES(HEAD HI),
     .sniff = true,
     .frames = "",
     .last = "end"},
};

static void play(const struct row *row, struct fixture *fixture)
{
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;

    fixture->script.bytes = row->bytes;
    fixture->script.len = row->len;
    fixture->script.resets = row->resets;
    options.tty = row->tty;
    options.sniff = row->sniff;
    open_client(fixture);
    assert_int_equal(
        dexec_start(fixture->client, "4f2a", &options, &fixture->stream, NULL),
        DEXEC_OK);
    (void)drain(fixture);
    close_all(fixture);
}

static void check(const struct row *row, const struct fixture *fixture)
{
    char last[64] = "";
    size_t len = strlen(fixture->log);

    assert_string_equal(fixture->frames, row->frames);
    assert_int_equal(fixture->sent_len, fixture->script.sent_len);
    assert_memory_equal(fixture->sent, fixture->script.sent, fixture->sent_len);
    assert_int_equal(fixture->received_len, row->len);
    assert_memory_equal(fixture->received, row->bytes, row->len);
    (void)snprintf(last, sizeof(last), "@%zu+0 ", row->len);
    assert_true(len > strlen(last));
    assert_string_equal(fixture->log + len - strlen(last), last);
    assert_non_null(strstr(fixture->log, row->last));
}

static void trace__row(void **state)
{
    const struct row *row = *state;

    for (size_t cut = 0; cut < row->len; cut++) {
        struct fixture fixture = {.script = {.cut = cut}};

        play(row, &fixture);
        check(row, &fixture);
        for (size_t i = 0; i < fixture.frame_count; i++) {
            bool is_first =
                cut == 0 || HEAD_LEN + fixture.offset_of_frame[i] < cut;

            assert_int_equal(fixture.segment_of_frame[i], is_first ? 1 : 2);
        }
    }
}

static void trace__bytes_one_by_one(void **state)
{
    struct fixture fixture = {.script = {.piece = 1}};

    (void)state;
    play(&rows[0], &fixture);
    check(&rows[0], &fixture);
    for (size_t i = 0; i < fixture.frame_count; i++) {
        assert_int_equal(fixture.segment_of_frame[i],
                         HEAD_LEN + fixture.offset_of_frame[i] + 1);
    }
}

/* ---- the sequence ---- */

static void expect_log(const struct fixture *fixture, const char *wanted)
{
    char text[1024] = "";

    (void)snprintf(text, sizeof(text), "sent 0@0+%zu %s", sizeof(REQUEST) - 1,
                   wanted);
    assert_string_equal(fixture->log, text);
}

static void trace__tells_all_in_order(void **state)
{
    struct fixture fixture = {.script = {.bytes = HEAD HI ERR,
                                         .len = sizeof(HEAD HI ERR) - 1,
                                         .cut = HEAD_LEN}};
    char wanted[512] = "";
    size_t written = 0;

    (void)state;
    open_client(&fixture);
    assert_int_equal(
        dexec_start(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_OK);
    assert_int_equal(
        dexec_stream_write(fixture.stream, "abc", 3, &written, NULL), DEXEC_OK);
    assert_int_equal(dexec_stream_close_stdin(fixture.stream, NULL), DEXEC_OK);
    assert_int_equal(drain(&fixture), DEXEC_OK);

    (void)snprintf(wanted, sizeof(wanted),
                   "received 1@0+%d sent 1@%zu+3 half-close 1@%zu+0 "
                   "received 2@%d+19 frame 2@0+0 frame 2@10+0 end 2@%d+0 ",
                   HEAD_LEN, sizeof(REQUEST) - 1, sizeof(REQUEST) + 2, HEAD_LEN,
                   HEAD_LEN + 19);
    expect_log(&fixture, wanted);
    assert_memory_equal(fixture.sent, REQUEST "abc", sizeof(REQUEST "abc") - 1);
    close_all(&fixture);
}

static void trace__half_close_is_told_when_it_was_sent(void **state)
{
    struct fixture fixture = {
        .script = {.bytes = HEAD, .len = HEAD_LEN, .is_silent = true}};
    struct dexec_chunk chunk = {0};

    (void)state;
    open_client(&fixture);
    assert_int_equal(
        dexec_start(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_OK);
    fixture.script.shut_waits = 1;
    assert_int_equal(dexec_stream_close_stdin(fixture.stream, NULL), DEXEC_OK);
    assert_null(strstr(fixture.log, "half-close"));
    fixture.script.shut_waits = 0;
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(dexec_stream_try_next(fixture.stream, &chunk, NULL),
                         DEXEC_OK);
        expect_log(&fixture, "received 1@0+25 half-close 1@190+0 ");
    }
    close_all(&fixture);
}

/* Nobody was told of it, so it was not one. */
static void trace__half_close_that_failed_is_none(void **state)
{
    struct fixture fixture = {.script = {.bytes = HEAD,
                                         .len = HEAD_LEN,
                                         .is_silent = true,
                                         .shut_resets = true}};

    (void)state;
    open_client(&fixture);
    assert_int_equal(
        dexec_start(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_OK);
    assert_int_equal(dexec_stream_close_stdin(fixture.stream, NULL),
                     DEXEC_E_RESET);
    assert_null(strstr(fixture.log, "half-close"));
    close_all(&fixture);
}

static void trace__short_writes_are_events_of_their_own(void **state)
{
    struct fixture fixture = {
        .script = {.bytes = HEAD, .len = HEAD_LEN, .write_max = 180}};

    (void)state;
    open_client(&fixture);
    assert_int_equal(
        dexec_start(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_OK);
    assert_string_equal(fixture.log, "sent 0@0+180 sent 0@180+10 "
                                     "received 1@0+25 ");
    close_all(&fixture);
}

/* A frame's offset counts what the chunks hold, not their size lines. */
static void trace__frames_in_chunks(void **state)
{
    static const char bytes[] = CHUNKED "4\r\n\1\0\0\0\r\n6\r\n\0\0\0\2hi\r\n"
                                        "9\r\n" ERR "\r\n0\r\n\r\n";

    (void)state;
    for (size_t cut = 0; cut < sizeof(bytes) - 1; cut++) {
        struct fixture fixture = {.script = {.bytes = bytes,
                                             .len = sizeof(bytes) - 1,
                                             .cut = cut,
                                             .is_silent = true}};

        open_client(&fixture);
        assert_int_equal(
            dexec_start(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
            DEXEC_OK);
        assert_int_equal(drain(&fixture), DEXEC_OK);
        assert_string_equal(fixture.frames, "1@0:2 2@10:1 ");
        close_all(&fixture);
    }
}

static void trace__refused_start(void **state)
{
    static const char bytes[] = "HTTP/1.1 404 No\r\n\r\nno";
    struct fixture fixture = {
        .script = {.bytes = bytes, .len = sizeof(bytes) - 1, .cut = 19}};

    (void)state;
    open_client(&fixture);
    assert_int_equal(
        dexec_start(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_E_NOT_FOUND);
    expect_log(&fixture, "received 1@0+19 received 2@19+2 end 2@21+0 ");
    close_all(&fixture);
}

static void trace__counts_connections(void **state)
{
    struct fixture fixture = {.script = {.bytes = HEAD, .len = HEAD_LEN}};
    struct dexec_stream *second = NULL;

    (void)state;
    open_client(&fixture);
    assert_int_equal(
        dexec_start(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_OK);
    assert_int_equal(fixture.connection, 1);
    fixture.script.read_len = 0;
    fixture.sent_len = 0;
    fixture.received_len = 0;
    assert_int_equal(dexec_start(fixture.client, "4f2a", NULL, &second, NULL),
                     DEXEC_OK);
    assert_int_equal(fixture.connection, 2);
    assert_int_equal(dexec_stream_close_stdin(fixture.stream, NULL), DEXEC_OK);
    assert_int_equal(fixture.connection, 1);
    dexec_stream_free(second);
    close_all(&fixture);
}

static void trace__time_begins_with_the_client(void **state)
{
    struct fixture fixture = {
        .script = {.bytes = HEAD, .len = HEAD_LEN, .now_ms = 5}};

    (void)state;
    open_client(&fixture);
    fixture.script.now_ms = 12;
    assert_int_equal(
        dexec_start(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_OK);
    assert_int_equal(fixture.time_us, 7000);
    close_all(&fixture);
}

int main(void)
{
    static const struct CMUnitTest single[] = {
        cmocka_unit_test(trace__bytes_one_by_one),
        cmocka_unit_test(trace__tells_all_in_order),
        cmocka_unit_test(trace__half_close_is_told_when_it_was_sent),
        cmocka_unit_test(trace__half_close_that_failed_is_none),
        cmocka_unit_test(trace__short_writes_are_events_of_their_own),
        cmocka_unit_test(trace__frames_in_chunks),
        cmocka_unit_test(trace__refused_start),
        cmocka_unit_test(trace__counts_connections),
        cmocka_unit_test(trace__time_begins_with_the_client),
    };
    struct CMUnitTest tests[COUNT_OF(rows) + COUNT_OF(single)];

    memcpy(tests, single, sizeof(single));
    ADD_ROWS(tests + COUNT_OF(single), trace__row, rows);
    return cmocka_run_group_tests_name("trace", tests, NULL, NULL);
}
