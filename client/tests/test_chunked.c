/* SPDX-License-Identifier: MIT */
/* test_chunked.c - the chunk decoder, its input cut at every byte. */
#include <string.h>

#include "chunked.h"
#include "limits.h"
#include "table.h"

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    const char *data; /* decoded */
    const char *rest; /* behind the body */
    bool is_over;
    enum dexec_code code;
};

static struct row rows[] = {
    {.name = "chunked__two_chunks_are_joined",
     BYTES("5\r\nhello\r\n4\r\n you\r\n0\r\n\r\nrest"),
     .data = "hello you",
     .rest = "rest",
     .is_over = true},
    {.name = "chunked__nothing",
     BYTES("0\r\n\r\n"),
     .data = "",
     .rest = "",
     .is_over = true},
    {.name = "chunked__hex_in_both_cases_and_leading_zeros",
     BYTES("00A\r\n0123456789\r\n0000000000000000000b\r\n0123456789a\r\n000"
           "\r\n\r\n"),
     .data = "01234567890123456789a",
     .rest = "",
     .is_over = true},
    {.name = "chunked__size_of_two_digits",
     BYTES("10\r\n0123456789abcdef\r\n0\r\n\r\n"),
     .data = "0123456789abcdef",
     .rest = "",
     .is_over = true},
    {.name = "chunked__extensions_are_dropped",
     BYTES("2;a=b\r\nhi\r\n1 \t;c\r\n!\r\n0;d\r\n\r\n"),
     .data = "hi!",
     .rest = "",
     .is_over = true},
    {.name = "chunked__trailers_are_dropped",
     BYTES("1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\ny"),
     .data = "x",
     .rest = "y",
     .is_over = true},
    {.name = "chunked__data_may_hold_line_ends",
     BYTES("4\r\n\r\n\r\n\r\n0\r\n\r\n"),
     .data = "\r\n\r\n",
     .rest = "",
     .is_over = true},
    {.name = "chunked__cut_in_data", BYTES("5\r\nhe"), .data = "he"},
    {.name = "chunked__cut_before_the_end",
     BYTES("1\r\nx\r\n0\r\n"),
     .data = "x"},
    {.name = "chunked__no_size",
     BYTES("\r\nx"),
     .data = "",
     .code = DEXEC_E_PROTOCOL},
    {.name = "chunked__extension_without_size",
     BYTES(";a\r\n"),
     .data = "",
     .code = DEXEC_E_PROTOCOL},
    {.name = "chunked__size_not_hex",
     BYTES("g\r\n"),
     .data = "",
     .code = DEXEC_E_PROTOCOL},
    {.name = "chunked__negative_size",
     BYTES("-1\r\n"),
     .data = "",
     .code = DEXEC_E_PROTOCOL},
    {.name = "chunked__size_beyond_its_limit",
     BYTES("1000000000000000\r\n"),
     .data = "",
     .code = DEXEC_E_PROTOCOL},
    {.name = "chunked__largest_size",
     BYTES("fffffffffffffff\r\nab"),
     .data = "ab"},
    {.name = "chunked__bare_line_feed_after_the_size",
     BYTES("1\nx"),
     .data = "",
     .code = DEXEC_E_PROTOCOL},
    {.name = "chunked__carriage_return_without_line_feed",
     BYTES("1\rx"),
     .data = "",
     .code = DEXEC_E_PROTOCOL},
    {.name = "chunked__data_longer_than_its_size",
     BYTES("1\r\nxy\r\n"),
     .data = "x",
     .code = DEXEC_E_PROTOCOL},
    {.name = "chunked__data_end_without_line_feed",
     BYTES("1\r\nx\ry"),
     .data = "x",
     .code = DEXEC_E_PROTOCOL},
    {.name = "chunked__last_line_without_line_feed",
     BYTES("0\r\n\rx"),
     .data = "",
     .code = DEXEC_E_PROTOCOL},
};

struct run {
    struct dx_chunked chunked;
    char data[64];
    size_t len;
};

static enum dexec_code feed(struct run *run, struct dx_view *in)
{
    struct dx_view data = {0};
    enum dexec_code rc = DEXEC_OK;

    do {
        rc = dx_chunked_next(&run->chunked, in, &data, NULL);
        if (rc == DEXEC_OK && data.len > 0) {
            assert_true(run->len + data.len < sizeof(run->data));
            memcpy(run->data + run->len, data.data, data.len);
            run->len += data.len;
        }
    } while (rc == DEXEC_OK && data.len > 0);
    return rc;
}

static void check_cut_at(const struct row *row, size_t cut)
{
    struct run run = {0};
    struct dx_view first = {.data = (const uint8_t *)row->bytes, .len = cut};
    struct dx_view second = {.data = (const uint8_t *)row->bytes + cut,
                             .len = row->len - cut};
    enum dexec_code rc = feed(&run, &first);

    if (rc == DEXEC_OK) {
        rc = feed(&run, &second);
    }
    assert_int_equal(rc, row->code);
    assert_string_equal(run.data, row->data);
    if (rc == DEXEC_OK) {
        assert_int_equal(dx_chunked_is_over(&run.chunked), row->is_over);
    }
    if (row->is_over) {
        assert_int_equal(first.len + second.len, strlen(row->rest));
    }
}

static void chunked__row(void **state)
{
    const struct row *row = *state;

    for (size_t cut = 0; cut <= row->len; cut++) {
        check_cut_at(row, cut);
    }
}

/* Repeat @c until it is refused; returns how many were taken. */
static size_t taken_of(const char *start, char c)
{
    struct run run = {0};
    struct dx_view in = {.data = (const uint8_t *)start, .len = strlen(start)};
    size_t taken = 0;

    assert_int_equal(feed(&run, &in), DEXEC_OK);
    do {
        in = (struct dx_view){.data = (const uint8_t *)&c, .len = 1};
    } while (feed(&run, &in) == DEXEC_OK && ++taken < 100000);
    return taken;
}

static void chunked__lengths_of_lines_are_limited(void **state)
{
    (void)state;
    assert_int_equal(taken_of("1;", 'a'), DX_CHUNK_LINE_MAX - 2);
    assert_int_equal(taken_of("", '0'), DX_CHUNK_LINE_MAX);
    assert_int_equal(taken_of("0\r\n", 'a'), DX_TRAILERS_MAX);
}

#define MANY_CHUNKS 100000U

static enum dexec_code take_chunk(struct dx_chunked *chunked, const char *text)
{
    struct dx_view in = {.data = (const uint8_t *)text, .len = strlen(text)};
    struct dx_view data = {0};
    enum dexec_code rc = DEXEC_OK;

    while (in.len > 0 && rc == DEXEC_OK) {
        rc = dx_chunked_next(chunked, &in, &data, NULL);
    }
    return rc;
}

/* Send @text over and over until it is refused; returns how often it was
 * taken. */
static size_t chunks_taken(const char *text)
{
    struct dx_chunked chunked = {0};
    size_t taken = 0;

    while (taken < MANY_CHUNKS && take_chunk(&chunked, text) == DEXEC_OK) {
        taken++;
    }
    return taken;
}

#define A10 "aaaaaaaaaa"
#define A100 A10 A10 A10 A10 A10 A10 A10 A10 A10 A10

static void chunked__extensions_are_in_proportion_to_the_data(void **state)
{
    (void)state;
    /* lines of 118 bytes, of which 16 and twice the data are free */
    assert_int_equal(chunks_taken("1;" A100 A10 "1234\r\nx\r\n"),
                     DX_CHUNK_EXCESS_MAX / 100);
    assert_int_equal(chunks_taken("33;" A100 A10 "123\r\n" A10 A10 A10 A10 A10
                                  "a"
                                  "\r\n"),
                     MANY_CHUNKS);
    assert_int_equal(chunks_taken("1\r\nx\r\n"), MANY_CHUNKS);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 2] = {
        cmocka_unit_test(chunked__extensions_are_in_proportion_to_the_data),
        cmocka_unit_test(chunked__lengths_of_lines_are_limited),
    };

    ADD_ROWS(tests + 2, chunked__row, rows);
    return cmocka_run_group_tests_name("chunked", tests, NULL, NULL);
}
