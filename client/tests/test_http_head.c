/* SPDX-License-Identifier: MIT */
/* test_http_head.c - the head parser, its input cut at every byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_head.h"
#include "table.h"

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    const char *rest;  /* what is left behind the head */
    const char *shown; /* "status length chunked type", or a part of an error */
    enum dexec_code code;
    bool is_part; /* the head is not whole */
};

#define OK_ROW(text, a, b, c)                                                  \
    {                                                                          \
        .name = "head__" text, BYTES(a), .rest = (b), .shown = (c)             \
    }
#define BAD_ROW(text, a, b)                                                    \
    {                                                                          \
        .name = "head__" text, BYTES(a), .shown = (b),                         \
        .code = DEXEC_E_PROTOCOL                                               \
    }

static struct row rows[] = {
    OK_ROW("docker_101",
           "HTTP/1.1 101 UPGRADED\r\n"
           "Content-Type: application/vnd.docker.raw-stream\r\n"
           "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n\1\0\0",
           "\1", "101 -1 0 application/vnd.docker.raw-stream"),
    OK_ROW("other_reason_phrase", "HTTP/1.1 101 Switching Protocols\r\n\r\n",
           "", "101 -1 0 "),
    OK_ROW("empty_reason_phrase", "HTTP/1.1 200 \r\n\r\nx", "x", "200 -1 0 "),
    OK_ROW("no_reason_phrase", "HTTP/1.1 200\r\n\r\n", "", "200 -1 0 "),
    OK_ROW("reason_beyond_ascii", "HTTP/1.1 200 \xc3\xa9\r\n\r\n", "",
           "200 -1 0 "),
    OK_ROW("http_1_0", "HTTP/1.0 404 Not Found\r\nContent-Length: 5\r\n\r\nab",
           "ab", "404 5 0 "),
    OK_ROW("names_in_any_case_blanks_trimmed",
           "HTTP/1.1 200 OK\r\ncOnTeNt-LeNgTh: \t 12 \t\r\ncontent-TYPE:a/b "
           "\r\n\r\n",
           "", "200 12 0 a/b"),
    OK_ROW("empty_value", "HTTP/1.1 200 OK\r\nX-Empty:\r\n\r\n", "",
           "200 -1 0 "),
    OK_ROW("chunked_wins_over_length",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n"
           "Content-Length: 3\r\n\r\n",
           "", "200 3 1 "),
    OK_ROW("same_length_twice",
           "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: "
           "3\r\n\r\n",
           "", "200 3 0 "),
    OK_ROW("interim_100_is_dropped",
           "HTTP/1.1 100 Continue\r\nContent-Length: 7\r\n\r\nHTTP/1.1 101 "
           "U\r\n\r\nz",
           "z", "101 -1 0 "),
    OK_ROW("two_interims_are_dropped",
           "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: "
           "x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
           "", "200 -1 0 "),
    OK_ROW("status_999", "HTTP/1.1 999 ?\r\n\r\n", "", "999 -1 0 "),
    OK_ROW("crlf_in_the_rest_stays", "HTTP/1.1 200 OK\r\n\r\n\r\n\r\n",
           "\r\n\r\n", "200 -1 0 "),
    {.name = "head__cut_before_the_last_line_feed_is_not_whole",
     BYTES("HTTP/1.1 200 OK\r\nA: b\r\n\r"),
     .is_part = true},
    {.name = "head__only_interim_is_not_whole",
     BYTES("HTTP/1.1 100 Continue\r\n\r\n"),
     .is_part = true},
    BAD_ROW("not_http", "SSH-2.0-OpenSSH\r\n", "does not begin with HTTP/1."),
    BAD_ROW("http_2", "HTTP/2 200\r\n\r\n", "does not begin with HTTP/1."),
    BAD_ROW("http_1_2", "HTTP/1.2 200 OK\r\n\r\n", "unsupported version"),
    BAD_ROW("no_blank_before_status", "HTTP/1.1x200 OK\r\n\r\n", "no status"),
    BAD_ROW("status_of_two_digits", "HTTP/1.1 20 OK\r\n\r\n", "three digits"),
    BAD_ROW("status_of_four_digits", "HTTP/1.1 2000 OK\r\n\r\n", "100 to 999"),
    BAD_ROW("status_below_100", "HTTP/1.1 099 OK\r\n\r\n", "100 to 999"),
    BAD_ROW("short_status_line", "HTTP/1.1\r\n\r\n", "not a status line"),
    BAD_ROW("empty_first_line", "\r\nHTTP/1.1 200 OK\r\n\r\n",
            "not a status line"),
    BAD_ROW("bare_line_feed", "HTTP/1.1 200 OK\n\n", "is not CR LF"),
    BAD_ROW("bare_carriage_return", "HTTP/1.1 200 OK\rX\r\n", "is not CR LF"),
    BAD_ROW("two_carriage_returns", "HTTP/1.1 200 OK\r\r\n", "is not CR LF"),
    BAD_ROW("nul_in_a_value", "HTTP/1.1 200 OK\r\nA: \0b\r\n\r\n",
            "byte 0x00 at offset 20"),
    BAD_ROW("control_character", "HTTP/1.1 200 OK\r\nA: \x1b[m\r\n\r\n",
            "byte 0x1b"),
    BAD_ROW("delete_character", "HTTP/1.1 200 O\x7f\r\n\r\n", "byte 0x7f"),
    BAD_ROW("folded_header", "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "folded"),
    BAD_ROW("header_without_colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
            "'nonsense' is not 'name: value'"),
    BAD_ROW("header_without_name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n",
            "not 'name: value'"),
    BAD_ROW("blank_before_the_colon", "HTTP/1.1 200 OK\r\nA : x\r\n\r\n",
            "not 'name: value'"),
    BAD_ROW("length_not_a_number",
            "HTTP/1.1 200 OK\r\nContent-Length: "
            "0x5\r\n\r\n",
            "'0x5' is not a length"),
    BAD_ROW("negative_length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            "'-1' is not a length"),
    BAD_ROW("empty_length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
            "is not a length"),
    BAD_ROW("length_beyond_64_bits",
            "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551621\r\n\r\n",
            "is not a length"),
    BAD_ROW("two_lengths",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: "
            "2\r\n\r\n",
            "two different"),
    BAD_ROW("unknown_coding",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "unsupported Transfer-Encoding 'gzip, chunked'"),
};

/* Feed @len bytes; returns the code, and where the head ended. */
static enum dexec_code feed(struct dx_head_reader *reader, const char *data,
                            size_t len, bool *out_done, size_t *out_used,
                            struct dexec_error *err)
{
    struct dx_view in = {.data = (const uint8_t *)data, .len = len};
    enum dexec_code rc = dx_head_next(reader, &in, out_done, err);

    *out_used = len - in.len;
    return rc;
}

static void show(const struct dx_http_head *head, char *text, size_t size)
{
    (void)snprintf(text, size, "%d %lld %d %s", head->status,
                   head->has_length ? (long long)head->length : -1,
                   (int)head->is_chunked, head->content_type);
}

static void check_good(const struct row *row, struct dx_head_reader *reader,
                       bool is_done, size_t used)
{
    char text[512] = "";

    assert_int_equal(is_done, !row->is_part);
    if (is_done) {
        show(&reader->head, text, sizeof(text));
        assert_string_equal(text, row->shown);
        assert_memory_equal(row->bytes + used, row->rest, strlen(row->rest));
    }
}

static void check_cut_at(const struct row *row, size_t cut)
{
    struct dx_head_reader reader = {0};
    struct dexec_error err = {0};
    bool is_done = false;
    size_t used = 0;
    enum dexec_code rc = feed(&reader, row->bytes, cut, &is_done, &used, &err);

    if (rc == DEXEC_OK && !is_done) {
        assert_int_equal(used, cut);
        rc = feed(&reader, row->bytes + cut, row->len - cut, &is_done, &used,
                  &err);
        used += cut;
    }
    assert_string_equal(dexec_code_name(rc), dexec_code_name(row->code));
    if (rc == DEXEC_OK) {
        check_good(row, &reader, is_done, used);
    } else {
        assert_non_null(strstr(err.message, row->shown));
    }
}

static void head__row(void **state)
{
    const struct row *row = *state;

    for (size_t cut = 0; cut <= row->len; cut++) {
        check_cut_at(row, cut);
    }
}

/* A head of @fill header bytes in lines of @line bytes. */
static enum dexec_code feed_long(size_t line, size_t lines,
                                 struct dx_head_reader *reader,
                                 struct dexec_error *err)
{
    char *text = malloc(line + 1);
    size_t used = 0;
    bool is_done = false;
    enum dexec_code rc =
        feed(reader, "HTTP/1.1 200 OK\r\n", 17, &is_done, &used, err);

    assert_non_null(text);
    memset(text, 'a', line);
    text[1] = ':';
    text[line - 2] = '\r';
    text[line - 1] = '\n';
    for (size_t i = 0; i < lines && rc == DEXEC_OK; i++) {
        rc = feed(reader, text, line, &is_done, &used, err);
    }
    free(text);
    if (rc == DEXEC_OK) {
        rc = feed(reader, "\r\n", 2, &is_done, &used, err);
        assert_int_equal(is_done, rc == DEXEC_OK);
    }
    return rc;
}

static void head__one_long_header_is_taken(void **state)
{
    struct dx_head_reader reader = {0};

    (void)state;
    assert_int_equal(feed_long(DX_HEAD_MAX - 19, 1, &reader, NULL), DEXEC_OK);
    assert_int_equal(reader.received, DX_HEAD_MAX);
}

static void head__longer_than_its_limit_is_refused(void **state)
{
    struct dx_head_reader reader = {0};
    struct dexec_error err = {0};

    (void)state;
    assert_int_equal(feed_long(DX_HEAD_MAX - 18, 1, &reader, &err),
                     DEXEC_E_PROTOCOL);
    assert_string_equal(err.message, "http head: longer than 65536 bytes");
}

static void head__number_of_headers_is_limited(void **state)
{
    struct dx_head_reader most = {0};
    struct dx_head_reader more = {0};
    struct dexec_error err = {0};

    (void)state;
    assert_int_equal(feed_long(10, DX_HEADERS_MAX, &most, NULL), DEXEC_OK);
    assert_int_equal(feed_long(10, DX_HEADERS_MAX + 1, &more, &err),
                     DEXEC_E_PROTOCOL);
    assert_string_equal(err.message, "http head: more than 256 headers");
}

static void head__long_content_type_is_cut(void **state)
{
    static const char start[] = "HTTP/1.1 200 OK\r\nContent-Type: ";
    struct dx_head_reader reader = {0};
    bool is_done = false;
    size_t used = 0;

    (void)state;
    assert_int_equal(
        feed(&reader, start, sizeof(start) - 1, &is_done, &used, NULL),
        DEXEC_OK);
    for (size_t i = 0; i < 2000; i++) {
        assert_int_equal(feed(&reader, "x", 1, &is_done, &used, NULL),
                         DEXEC_OK);
    }
    assert_int_equal(feed(&reader, "\r\n\r\n", 4, &is_done, &used, NULL),
                     DEXEC_OK);

    assert_true(is_done);
    assert_int_equal(strlen(reader.head.content_type),
                     DX_CONTENT_TYPE_SIZE - 1);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 4] = {
        cmocka_unit_test(head__one_long_header_is_taken),
        cmocka_unit_test(head__longer_than_its_limit_is_refused),
        cmocka_unit_test(head__number_of_headers_is_limited),
        cmocka_unit_test(head__long_content_type_is_cut),
    };

    ADD_ROWS(tests + 4, head__row, rows);
    return cmocka_run_group_tests_name("http_head", tests, NULL, NULL);
}
