/* SPDX-License-Identifier: MIT */
/* test_record_scan.c - the HTTP scanner, cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/http_scan.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define LOG_SIZE 512
#define WIRE(s) .wire = (s), .wire_len = sizeof(s) - 1

/*
 * The log: "H<method or status>[u]" a head, u = with Upgrade; "B<body>" what
 * came of its body; "E" its end; "!" bad. At the end of the input: "." for
 * between two messages, "E" or "!".
 */
struct row {
    const char *name;
    const char *wire;
    size_t wire_len;
    const char *log;
    enum md_rec_scan_kind kind;
    bool without_body; /* every answer is one to HEAD */
};

#define CHUNKS_4 "1\r\na\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n"
#define REQ MD_REC_SCAN_REQUEST
#define RES MD_REC_SCAN_RESPONSE

static struct row rows[] = {
    {.name = "nothing", WIRE(""), .log = ".", .kind = REQ},
    {.name = "request_without_body",
     WIRE("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n"),
     .log = "HGET E .",
     .kind = REQ},
    {.name = "request_without_headers",
     WIRE("GET / HTTP/1.0\r\n\r\n"),
     .log = "HGET E .",
     .kind = REQ},
    {.name = "request_with_length",
     WIRE("POST /x HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"),
     .log = "HPOST Bhello E .",
     .kind = REQ},
    {.name = "header_names_in_any_case",
     WIRE("POST /x HTTP/1.1\r\ncontent-LENGTH:  2 \r\nUPGRADE: tcp\r\n\r\nhi"),
     .log = "HPOSTu Bhi E .",
     .kind = REQ},
    {.name = "upgrade_may_be_empty",
     WIRE("POST /x HTTP/1.1\r\nUpgrade:\r\n\r\n"),
     .log = "HPOSTu E .",
     .kind = REQ},
    {.name = "other_names_are_not_upgrade",
     WIRE("POST /x HTTP/1.1\r\nX-Upgrade: tcp\r\nUpgrad: 1\r\n\r\n"),
     .log = "HPOST E .",
     .kind = REQ},
    {.name = "request_chunked",
     WIRE("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
          "3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n"),
     .log = "HPOST Babc0123456789 E .",
     .kind = REQ},
    {.name = "chunk_extensions_and_trailers_are_skipped",
     WIRE("POST /x HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n"
          "1;a=b\r\nz\r\n0;c\r\nTrailer: v\r\nMore: w\r\n\r\n"),
     .log = "HPOST Bz E .",
     .kind = REQ},
    {.name = "chunk_size_is_hexadecimal",
     WIRE("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
          "1b\r\nabcdefghijklmnopqrstuvwxyz.\r\n0\r\n\r\n"),
     .log = "HP Babcdefghijklmnopqrstuvwxyz. E .",
     .kind = REQ},
    {.name = "any_number_of_chunks",
     WIRE("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n" CHUNKS_4 CHUNKS_4
              CHUNKS_4 CHUNKS_4 "0\r\n\r\n"),
     .log = "HP Baaaaaaaaaaaaaaaa E .",
     .kind = REQ},
    {.name = "trailer_of_one_letter",
     WIRE("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
          "0\r\nT\r\n\r\n"),
     .log = "H200 E .",
     .kind = RES},
    {.name = "chunked_beats_length",
     WIRE("POST /x HTTP/1.1\r\nContent-Length: 9\r\n"
          "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
     .log = "HPOST E .",
     .kind = REQ},
    {.name = "two_requests_in_one_piece",
     WIRE("POST /a HTTP/1.1\r\nContent-Length: 1\r\n\r\nx"
          "GET /b HTTP/1.1\r\n\r\n"),
     .log = "HPOST Bx E HGET E .",
     .kind = REQ},
    {.name = "length_is_not_kept_for_the_next",
     WIRE("POST /a HTTP/1.1\r\nUpgrade: a\r\nContent-Length: 1\r\n\r\nx"
          "POST /b HTTP/1.1\r\n\r\n"),
     .log = "HPOSTu Bx E HPOST E .",
     .kind = REQ},
    {.name = "chunk_sizes_are_not_kept_for_the_next",
     WIRE("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
          "0\r\n\r\nP / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
          "2\r\nbc\r\n0\r\n\r\n"),
     .log = "HP Ba E HP Bbc E .",
     .kind = REQ},
    {.name = "empty_lines_before_a_request",
     WIRE("\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
     .log = "HGET E .",
     .kind = REQ},
    {.name = "same_length_twice",
     WIRE("P / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx"),
     .log = "HP Bx E .",
     .kind = REQ},
    {.name = "two_lengths_are_bad",
     WIRE("P / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
     .log = "!",
     .kind = REQ},
    {.name = "length_that_does_not_fit_is_bad",
     WIRE("P / HTTP/1.1\r\nContent-Length: 18446744073709551617\r\n\r\n"),
     .log = "!",
     .kind = REQ},
    {.name = "negative_length_is_bad",
     WIRE("P / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
     .log = "!",
     .kind = REQ},
    {.name = "line_feed_alone_is_bad",
     WIRE("GET / HTTP/1.1\n\n"),
     .log = "!",
     .kind = REQ},
    {.name = "line_feed_alone_in_a_header_is_bad",
     WIRE("GET / HTTP/1.1\r\nHost: d\n\r\n"),
     .log = "!",
     .kind = REQ},
    {.name = "header_without_colon_is_bad",
     WIRE("GET / HTTP/1.1\r\nnonsense\r\n\r\n"),
     .log = "!",
     .kind = REQ},
    {.name = "http_2_is_bad",
     WIRE("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
     .log = "!",
     .kind = REQ},
    {.name = "request_without_target_is_bad",
     WIRE("GET HTTP/1.1\r\n\r\n"),
     .log = "!",
     .kind = REQ},
    {.name = "frames_are_bad",
     WIRE("\1\0\0\0\0\0\0\1\n"),
     .log = "!",
     .kind = REQ},
    {.name = "chunk_without_size_is_bad",
     WIRE("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"),
     .log = "HP !",
     .kind = REQ},
    {.name = "chunk_that_is_longer_is_bad",
     WIRE("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"),
     .log = "HP Ba !",
     .kind = REQ},
    {.name = "chunk_end_without_line_feed_is_bad",
     WIRE("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r0"),
     .log = "HP Ba !",
     .kind = REQ},
    {.name = "chunk_size_of_16_digits_is_bad",
     WIRE("P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
          "0000000000000001\r\na\r\n"),
     .log = "HP !",
     .kind = REQ},
    {.name = "end_inside_a_head_is_bad",
     WIRE("GET / HTTP/1.1\r\n"),
     .log = "!",
     .kind = REQ},
    {.name = "end_inside_a_body_is_bad",
     WIRE("P / HTTP/1.1\r\nContent-Length: 2\r\n\r\nx"),
     .log = "HP Bx !",
     .kind = REQ},
    {.name = "answer_with_length",
     WIRE("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"),
     .log = "H201 B{} E .",
     .kind = RES},
    {.name = "answer_without_reason",
     WIRE("HTTP/1.1 204\r\n\r\n"),
     .log = "H204 E .",
     .kind = RES},
    {.name = "answer_of_no_length_ends_with_the_connection",
     WIRE("HTTP/1.1 200 OK\r\n\r\nabc\r\n\r\n"),
     .log = "H200 Babc\r\n\r\n E",
     .kind = RES},
    {.name = "answer_of_length_0",
     WIRE("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
     .log = "H200 E .",
     .kind = RES},
    {.name = "upgraded_answer_goes_on_for_ever",
     WIRE("HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n"
          "HTTP"),
     .log = "H101u BHTTP E",
     .kind = RES},
    {.name = "interim_answer_has_no_body",
     WIRE("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
          "Content-Length: 1\r\n\r\nx"),
     .log = "H100 E H200 Bx E .",
     .kind = RES},
    {.name = "answers_204_and_304_have_no_body",
     WIRE("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n"
          "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n"),
     .log = "H204 E H304 E .",
     .kind = RES},
    {.name = "answer_to_head_has_no_body",
     WIRE("HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
     .log = "H200 E H200 E .",
     .kind = RES,
     .without_body = true},
    {.name = "status_of_two_digits_is_bad",
     WIRE("HTTP/1.1 20 OK\r\n\r\n"),
     .log = "!",
     .kind = RES},
    {.name = "status_of_four_digits_is_bad",
     WIRE("HTTP/1.1 2000 OK\r\n\r\n"),
     .log = "!",
     .kind = RES},
    {.name = "status_below_100_is_bad",
     WIRE("HTTP/1.1 099 OK\r\n\r\n"),
     .log = "!",
     .kind = RES},
    {.name = "empty_line_before_an_answer_is_bad",
     WIRE("\r\nHTTP/1.1 200 OK\r\n\r\n"),
     .log = "!",
     .kind = RES},
    {.name = "not_an_answer_is_bad",
     WIRE("HTTPS/1.1 200 OK\r\n\r\n"),
     .log = "!",
     .kind = RES},
};

struct run {
    struct md_rec_scan scan;
    char log[LOG_SIZE];
    bool is_in_body; /* the log's last entry is one */
};

static void run_log(struct run *run, const char *text, size_t len, bool is_body)
{
    size_t used = strlen(run->log);

    if (used > 0 && (!is_body || !run->is_in_body)) {
        run->log[used++] = ' ';
    }
    (void)snprintf(run->log + used, sizeof(run->log) - used, "%s%.*s",
                   is_body && !run->is_in_body ? "B" : "", (int)len, text);
    run->is_in_body = is_body;
}

static void run_head(struct run *run, const struct row *row)
{
    char text[64];
    int len = 0;

    if (row->kind == REQ) {
        len = snprintf(text, sizeof(text), "H%.*s%s", (int)run->scan.method.len,
                       (const char *)run->scan.method.data,
                       run->scan.has_upgrade ? "u" : "");
    } else {
        len = snprintf(text, sizeof(text), "H%d%s", run->scan.status,
                       run->scan.has_upgrade ? "u" : "");
    }
    run_log(run, text, (size_t)len, false);
    if (row->without_body) {
        md_rec_scan_without_body(&run->scan);
    }
}

/* Returns false once the scanner said that it is bad. */
static bool run_feed(struct run *run, const struct row *row, size_t from,
                     size_t to)
{
    struct md_rec_view in = {.data = (const uint8_t *)row->wire + from,
                             .len = to - from};

    for (;;) {
        struct md_rec_view body = {0};

        switch (md_rec_scan_next(&run->scan, &in, &body)) {
        case MD_REC_SCAN_MORE:
            return true;
        case MD_REC_SCAN_HEAD:
            run_head(run, row);
            break;
        case MD_REC_SCAN_BODY:
            assert_true(body.len > 0);
            run_log(run, (const char *)body.data, body.len, true);
            break;
        case MD_REC_SCAN_END:
            run_log(run, "E", 1, false);
            break;
        case MD_REC_SCAN_BAD:
            assert_non_null(run->scan.problem);
            run_log(run, "!", 1, false);
            return false;
        }
    }
}

static void run_finish(struct run *run)
{
    enum md_rec_scan_event event = md_rec_scan_finish(&run->scan);

    if (event == MD_REC_SCAN_MORE) {
        run_log(run, ".", 1, false);
    } else {
        run_log(run, event == MD_REC_SCAN_END ? "E" : "!", 1, false);
    }
}

static void check_row_cut_at(const struct row *row, size_t cut)
{
    static struct run run; /* holds a head of the largest size */

    run.log[0] = '\0';
    run.is_in_body = false;
    md_rec_scan_init(&run.scan, row->kind);
    if (run_feed(&run, row, 0, cut) &&
        run_feed(&run, row, cut, row->wire_len)) {
        run_finish(&run);
    }
    assert_string_equal(run.log, row->log);
}

static void scan__row(void **state)
{
    const struct row *row = *state;

    for (size_t cut = 0; cut <= row->wire_len; cut++) {
        check_row_cut_at(row, cut);
    }
}

static void scan__row_byte_by_byte(void **state)
{
    static struct run run;
    const struct row *row = *state;
    bool is_good = true;

    run.log[0] = '\0';
    run.is_in_body = false;
    md_rec_scan_init(&run.scan, row->kind);
    for (size_t i = 0; is_good && i < row->wire_len; i++) {
        is_good = run_feed(&run, row, i, i + 1);
    }
    if (is_good) {
        run_finish(&run);
    }
    assert_string_equal(run.log, row->log);
}

static void scan__head_lines_are_verbatim(void **state)
{
    static const char wire[] =
        "HTTP/1.1 101 UPGRADED\r\nUpgrade:  tcp \r\nX:\r\n\r\n";
    static const char *const lines[] = {"HTTP/1.1 101 UPGRADED",
                                        "Upgrade:  tcp ", "X:"};
    static struct md_rec_scan scan;
    struct md_rec_view in = {.data = (const uint8_t *)wire,
                             .len = sizeof(wire) - 1};
    struct md_rec_view line = {0};
    size_t pos = 0;

    (void)state;
    md_rec_scan_init(&scan, MD_REC_SCAN_RESPONSE);
    assert_int_equal(md_rec_scan_next(&scan, &in, &line), MD_REC_SCAN_HEAD);

    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_true(md_rec_scan_line(&scan, &pos, &line));
        assert_int_equal(line.len, strlen(lines[i]));
        assert_memory_equal(line.data, lines[i], line.len);
    }
    assert_false(md_rec_scan_line(&scan, &pos, &line));
    assert_int_equal(scan.head_len, sizeof(wire) - 1);
}

/* A head of @len bytes in all: the request line, one header, an empty line. */
static enum md_rec_scan_event scan_head_of(size_t len)
{
    static const uint8_t end[] = {'\r', '\n', '\r', '\n'};
    static const uint8_t start[] = {'G', ' ', '/', ' ', 'H',  'T',  'T', 'P',
                                    '/', '1', '.', '1', '\r', '\n', 'X', ':'};
    static struct md_rec_scan scan;
    uint8_t *wire = malloc(len);
    struct md_rec_view in = {.data = wire, .len = len};
    struct md_rec_view body = {0};
    enum md_rec_scan_event event = MD_REC_SCAN_MORE;

    assert_non_null(wire);
    memset(wire, 'x', len);
    memcpy(wire, start, sizeof(start));
    memcpy(wire + len - sizeof(end), end, sizeof(end));
    md_rec_scan_init(&scan, MD_REC_SCAN_REQUEST);
    event = md_rec_scan_next(&scan, &in, &body);
    free(wire);
    return event;
}

static void scan__head_may_have_64_kib(void **state)
{
    (void)state;
    assert_int_equal(scan_head_of(MD_REC_HEAD_MAX), MD_REC_SCAN_HEAD);
    assert_int_equal(scan_head_of(MD_REC_HEAD_MAX + 1), MD_REC_SCAN_BAD);
}

static void scan__trailers_are_bounded(void **state)
{
    static const char start[] =
        "P / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n";
    static struct md_rec_scan scan;
    struct md_rec_view in = {.data = (const uint8_t *)start,
                             .len = sizeof(start) - 1};
    struct md_rec_view body = {0};
    enum md_rec_scan_event event = MD_REC_SCAN_MORE;

    (void)state;
    md_rec_scan_init(&scan, MD_REC_SCAN_REQUEST);
    assert_int_equal(md_rec_scan_next(&scan, &in, &body), MD_REC_SCAN_HEAD);
    assert_int_equal(md_rec_scan_next(&scan, &in, &body), MD_REC_SCAN_MORE);
    for (size_t i = 0; i <= MD_REC_HEAD_MAX; i++) {
        in = (struct md_rec_view){.data = (const uint8_t *)"x", .len = 1};
        event = md_rec_scan_next(&scan, &in, &body);
    }
    assert_int_equal(event, MD_REC_SCAN_BAD);
}

int main(void)
{
    struct CMUnitTest tests[2 * COUNT_OF(rows) + 3] = {
        cmocka_unit_test(scan__head_lines_are_verbatim),
        cmocka_unit_test(scan__head_may_have_64_kib),
        cmocka_unit_test(scan__trailers_are_bounded),
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[2 * i + 3] = (struct CMUnitTest){.name = rows[i].name,
                                               .test_func = scan__row,
                                               .initial_state = &rows[i]};
        tests[2 * i + 4] =
            (struct CMUnitTest){.name = rows[i].name,
                                .test_func = scan__row_byte_by_byte,
                                .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("record_scan", tests, NULL, NULL);
}
