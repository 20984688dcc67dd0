/* SPDX-License-Identifier: MIT */
/*
 * test_pieces.c - whole characters and sniffed items, as a stream gives them.
 * What one byte more or less does to each is in test_utf8.c and test_sniff.c.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dexec/stream.h>

#include "chunk_log.h"
#include "fake_transport.h"
#include "table.h"

#define HEAD "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define CHUNKED "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
#define OUT(n) "\1\0\0\0\0\0\0" n
#define ERR(n) "\2\0\0\0\0\0\0" n

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    bool tty;
    bool resets;
    const char *log;
};

struct fixture {
    struct fake_script script;
    struct dexec_client *client;
    struct dexec_stream *stream;
    struct dexec_error err;
};

static void open_stream(struct fixture *fixture,
                        const struct dexec_start_options *options)
{
    assert_int_equal(
        fake_client_new(&fixture->script, NULL, &fixture->client, NULL),
        DEXEC_OK);
    assert_int_equal(dexec_start(fixture->client, "4f2a", options,
                                 &fixture->stream, &fixture->err),
                     DEXEC_OK);
}

static void close_all(struct fixture *fixture)
{
    dexec_stream_free(fixture->stream);
    dexec_client_free(fixture->client);
    assert_int_equal(fixture->script.links, 0);
}

/* ---- whole characters ---- */

/* e acute is c3 a9, the euro sign e2 82 ac, a clef f0 9d 84 9e. */
static struct row text_rows[] = {
    {.name = "text__character_across_frames",
     BYTES(HEAD OUT("\2") "a\xc3" OUT("\2") "\xa9"
                                            "b"),
     .log = "1:a\\xc3\\xa9b end"},
    {.name = "text__kinds_are_held_apart",
     BYTES(HEAD OUT("\2") "a\xe2" ERR("\3") "x\xf0\x9d" OUT(
         "\2") "\x82\xac" ERR("\2") "\x84\x9e"),
     .log = "1:a 2:x 1:\\xe2\\x82\\xac 2:\\xf0\\x9d\\x84\\x9e end"},
    {.name = "text__end_brings_what_was_held",
     BYTES(HEAD OUT("\2") "a\xe2" ERR("\3") "x\xf0\x9d"),
     .log = "1:a 2:x 1:\\xe2 2:\\xf0\\x9d end"},
    {.name = "text__reset_brings_what_was_held",
     BYTES(HEAD OUT("\2") "a\xe2" ERR("\3") "x\xf0\x9d"),
     .resets = true,
     .log = "1:a 2:x 1:\\xe2 2:\\xf0\\x9d reset"},
    {.name = "text__cut_payload_brings_what_was_held",
     BYTES(HEAD OUT("\4") "a\xe2\x82"),
     .log = "1:a\\xe2\\x82 cut-payload"},
    {.name = "text__unknown_type_brings_what_was_held",
     BYTES(HEAD OUT("\2") "a\xe2"
                          "\11\0\0\0\0\0\0\1x"),
     .log = "1:a\\xe2 protocol"},
    {.name = "text__character_after_character_in_frames_of_one_byte",
     BYTES(HEAD OUT("\1") "\xc3" OUT("\1") "\xa9" OUT("\1") "\xc3" OUT(
         "\1") "\xa8" OUT("\1") "\xe2" OUT("\1") "\x82" OUT("\1") "\xac"),
     .log = "1:\\xc3\\xa9\\xc3\\xa8\\xe2\\x82\\xac end"},
    {.name = "text__ill_formed_bytes_pass",
     BYTES(HEAD OUT("\4") "\x80\xff\xe1(" ERR("\1") "b"),
     .log = "1:\\x80\\xff\\xe1( 2:b end"},
    {.name = "text__in_chunks",
     BYTES(CHUNKED "a\r\n" OUT("\3") "a\xe2\r\n1\r\n\x82\r\n9\r\n" OUT(
         "\1") "\xac\r\n0\r\n\r\n"),
     .log = "1:a\\xe2\\x82\\xac end"},
    {.name = "text__held_at_the_last_chunk",
     BYTES(CHUNKED "a\r\n" OUT("\2") "a\xe2\r\n0\r\n\r\n"),
     .log = "1:a\\xe2 end"},
    {.name = "text__terminal",
     BYTES(HEAD "a\xe2\x82\xac\xf0\x9d\x84\x9e\xc3"),
     .tty = true,
     .log = "4:a\\xe2\\x82\\xac\\xf0\\x9d\\x84\\x9e\\xc3 end"},
};

/* Length of the character that @bytes begin with, 0 = none. */
static size_t lead_len(unsigned char byte)
{
    if (byte == 0xc3) {
        return 2;
    }
    if (byte == 0xe2) {
        return 3;
    }
    return byte == 0xf0 ? 4 : 0;
}

/* Before the end no chunk may stop inside one of the characters above. */
static void check_whole(const struct dexec_chunk *chunk, bool is_over)
{
    const unsigned char *bytes = chunk->data;

    for (size_t i = 0; i < chunk->len && !is_over; i++) {
        assert_true(lead_len(bytes[i]) <= chunk->len - i);
    }
}

static void play_text(const struct row *row, size_t piece, size_t cut)
{
    struct fixture fixture = {.script = {.bytes = row->bytes,
                                         .len = row->len,
                                         .piece = piece,
                                         .cut = cut,
                                         .resets = row->resets}};
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;
    struct chunk_log log = CHUNK_LOG_INIT;
    struct dexec_chunk chunk = {0};
    enum dexec_code rc = DEXEC_OK;

    options.tty = row->tty;
    options.whole_characters = true;
    open_stream(&fixture, &options);
    while ((rc = dexec_stream_next(fixture.stream, &chunk, &fixture.err)) ==
               DEXEC_OK &&
           chunk.kind != DEXEC_KIND_END) {
        check_whole(&chunk, dexec_stream_wanted(fixture.stream) == 0);
        log_chunk(&log, &chunk);
    }
    if (rc == DEXEC_OK) {
        log_text(&log, "end");
    } else {
        log_error(&log, &fixture.err);
    }
    close_all(&fixture);
    assert_string_equal(log.text, row->log);
}

static void text__row(void **state)
{
    const struct row *row = *state;

    play_text(row, 1, 0);
    for (size_t cut = 0; cut < row->len; cut++) {
        play_text(row, 0, cut);
    }
}

/* The first half may be all that has come when the process waits for input. */
static void text__half_a_character_is_no_output(void **state)
{
    struct fixture fixture = {.script = {.bytes = HEAD OUT("\2") "a\xc3",
                                         .len = sizeof(HEAD) - 1 + 10,
                                         .is_silent = true}};
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;
    struct dexec_chunk chunk = {0};

    (void)state;
    options.whole_characters = true;
    open_stream(&fixture, &options);
    assert_int_equal(dexec_stream_try_next(fixture.stream, &chunk, NULL),
                     DEXEC_OK);
    assert_int_equal(chunk.len, 1);
    assert_memory_equal(chunk.data, "a", 1);
    assert_false(dexec_stream_pending(fixture.stream));
    assert_int_equal(dexec_stream_try_next(fixture.stream, &chunk, NULL),
                     DEXEC_OK);
    assert_int_equal(chunk.kind, DEXEC_KIND_NONE);
    close_all(&fixture);
}

/* ---- sniffing ---- */

#define FRAMES OUT("\1") "a" ERR("\1") "b"

/* All behind the head in one read, but for what cuts it; see sniff.h. */
static struct row sniff_rows[] = {
    {.name = "sniff__frames", BYTES(HEAD FRAMES), .log = "1:a 2:b end"},
    {.name = "sniff__empty_frames_are_items",
     BYTES(HEAD OUT("\0") FRAMES ERR("\0")),
     .log = "1: 1:a 2:b 2: end"},
    {.name = "sniff__type_0",
     BYTES(HEAD "\0\0\0\0\0\0\0\1x"),
     .log = "0:x end"},
    {.name = "sniff__padding_is_not_looked_at",
     BYTES(HEAD "\1xyz\0\0\0\1a"),
     .log = "1:a end"},
    {.name = "sniff__end_inside_a_header",
     BYTES(HEAD FRAMES "\1\0\0"),
     .log = "1:a 2:b 4:\\1\\0\\0 end"},
    {.name = "sniff__end_inside_a_payload",
     BYTES(HEAD OUT("\12") "abcd"),
     .log = "4:abcd end"},
    {.name = "sniff__in_chunks",
     BYTES(CHUNKED "9\r\n" OUT("\1") "a\r\n4\r\n\2\0\0\0\r\n5\r\n\0\0\0\1b\r\n"
                                     "0\r\n\r\n"),
     .log = "1:a 2:b end"},
    {.name = "sniff__last_chunk_inside_a_header",
     BYTES(CHUNKED "2\r\n\1\0\r\n0\r\n\r\n"),
     .log = "4:\\1\\0 end"},
    {.name = "sniff__items_before_an_error",
     BYTES(CHUNKED "12\r\n" FRAMES "\r\nnope\r\n"),
     .log = "1:a 2:b protocol"},
    {.name = "sniff__chunks_without_their_last",
     BYTES(CHUNKED "9\r\n" OUT("\1") "a\r\n"),
     .log = "1:a closed"},
    {.name = "sniff__reset",
     BYTES(HEAD FRAMES),
     .resets = true,
     .log = "1:a 2:b reset"},
    {.name = "sniff__terminals_option_does_not_count",
     BYTES(HEAD FRAMES),
     .tty = true,
     .log = "1:a 2:b end"},
};

/* These come out otherwise when they are cut otherwise: one read a row. */
static struct row sniff_whole_rows[] = {
    {.name = "sniff__terminal",
     BYTES(HEAD "hello\r\n"),
     .log = "4:hello\\15\\12 end"},
    {.name = "sniff__error_frame_is_raw_with_what_follows",
     BYTES(HEAD "\3\0\0\0\0\0\0\1s" FRAMES),
     .log = "4:\\3\\0\\0\\0\\0\\0\\0\\1s\\1\\0\\0\\0\\0\\0\\0\\1a"
            "\\2\\0\\0\\0\\0\\0\\0\\1b end"},
    {.name = "sniff__terminal_that_begins_as_a_frame",
     BYTES(HEAD "\1bcdefghi"),
     .log = "4:i end"},
    {.name = "sniff__terminals_lone_1", BYTES(HEAD "\1"), .log = "4:\\1 end"},
    {.name = "sniff__terminal_in_chunks",
     BYTES(CHUNKED "5\r\nhello\r\n1\r\n\n\r\n0\r\n\r\n"),
     .log = "4:hello\\12 end"},
    {.name = "sniff__text_behind_a_frame",
     BYTES(HEAD OUT("\1") "ahello"),
     .log = "1:a 4:hello end"},
};

/* Cut behind the error frame: what follows is seen as frames again. */
static struct row sniff_cut_row = {
    .name = "sniff__error_frame_alone",
    BYTES(HEAD "\3\0\0\0\0\0\0\1s" FRAMES),
    .log = "4:\\3\\0\\0\\0\\0\\0\\0\\1s 1:a 2:b end"};

static void play_sniffed(const struct row *row, size_t piece, size_t cut)
{
    struct fixture fixture = {.script = {.bytes = row->bytes,
                                         .len = row->len,
                                         .piece = piece,
                                         .cut = cut,
                                         .resets = row->resets}};
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;
    struct chunk_log log = CHUNK_LOG_INIT;
    struct dexec_chunk chunk = {0};
    enum dexec_code rc = DEXEC_OK;

    log.is_pieces = true;
    options.tty = row->tty;
    options.sniff = true;
    open_stream(&fixture, &options);
    while ((rc = dexec_stream_next(fixture.stream, &chunk, &fixture.err)) ==
               DEXEC_OK &&
           chunk.kind != DEXEC_KIND_END) {
        log_chunk(&log, &chunk);
    }
    if (rc == DEXEC_OK) {
        log_text(&log, "end");
    } else {
        log_error(&log, &fixture.err);
    }
    assert_true(dexec_stream_is_between_frames(fixture.stream));
    close_all(&fixture);
    assert_string_equal(log.text, row->log);
}

static void sniff__row(void **state)
{
    const struct row *row = *state;

    play_sniffed(row, 1, 0);
    for (size_t cut = 0; cut < row->len; cut++) {
        play_sniffed(row, 0, cut);
    }
}

static void sniff__whole_row(void **state)
{
    play_sniffed(*state, 0, 0);
}

static void sniff__cut_row(void **state)
{
    play_sniffed(*state, 0, sizeof(HEAD) - 1 + 9);
}

/* More items than one pass makes, all before the error. */
static void sniff__many_items_before_an_error(void **state)
{
    enum { COUNT = 150 };
    static char bytes[sizeof(CHUNKED) + 16 + (size_t)COUNT * 8 + 8] =
        CHUNKED "4b0\r\n";
    struct fixture fixture = {.script = {.bytes = bytes}};
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;
    struct dexec_chunk chunk = {0};
    size_t at = strlen(bytes);
    size_t items = 0;

    (void)state;
    for (int i = 0; i < COUNT; i++) {
        bytes[at] = 1;
        at += 8;
    }
    (void)snprintf(bytes + at, sizeof(bytes) - at, "\r\nnope\r\n");
    fixture.script.len = at + 8;
    options.sniff = true;
    open_stream(&fixture, &options);
    while (dexec_stream_next(fixture.stream, &chunk, &fixture.err) ==
           DEXEC_OK) {
        assert_int_equal(chunk.kind, DEXEC_KIND_STDOUT);
        items++;
    }
    assert_int_equal(fixture.err.code, DEXEC_E_PROTOCOL);
    assert_int_equal(items, COUNT);
    close_all(&fixture);
}

static void sniff__excludes_whole_characters(void **state)
{
    struct fixture fixture = {.script = {.is_silent = true}};
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;

    (void)state;
    options.sniff = true;
    options.whole_characters = true;
    assert_int_equal(
        fake_client_new(&fixture.script, NULL, &fixture.client, NULL),
        DEXEC_OK);
    assert_int_equal(dexec_start(fixture.client, "4f2a", &options,
                                 &fixture.stream, &fixture.err),
                     DEXEC_E_INVALID);
    assert_string_equal(fixture.err.message,
                        "start exec 4f2a: sniff and whole_characters exclude "
                        "each other: sniffed items are as bollard cuts them");
    assert_int_equal(fixture.script.sent_len, 0);
    close_all(&fixture);
}

int main(void)
{
    static const struct CMUnitTest single[] = {
        cmocka_unit_test(text__half_a_character_is_no_output),
        cmocka_unit_test(sniff__many_items_before_an_error),
        cmocka_unit_test(sniff__excludes_whole_characters),
    };
    struct CMUnitTest tests[COUNT_OF(single) + COUNT_OF(text_rows) +
                            COUNT_OF(sniff_rows) + COUNT_OF(sniff_whole_rows) +
                            1];
    struct CMUnitTest *next = tests + COUNT_OF(single);

    memcpy(tests, single, sizeof(single));
    ADD_ROWS(next, text__row, text_rows);
    next += COUNT_OF(text_rows);
    ADD_ROWS(next, sniff__row, sniff_rows);
    next += COUNT_OF(sniff_rows);
    ADD_ROWS(next, sniff__whole_row, sniff_whole_rows);
    next += COUNT_OF(sniff_whole_rows);
    add_rows(next, sniff__cut_row, &sniff_cut_row, 1, sizeof(sniff_cut_row));
    return cmocka_run_group_tests_name("pieces", tests, NULL, NULL);
}
