/* SPDX-License-Identifier: MIT */
/* test_record_payload.c - bytes as payloads, and JSON passed on as it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/json_text.h"
#include "record/payload.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define BYTES(s) .bytes = (s), .len = sizeof(s) - 1

enum form { SEGMENT, BODY, COMPACT };

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    const char *text; /* NULL = refused, nothing added */
    enum form form;
};

static struct row rows[] = {
    {.name = "text_stays", BYTES("hello, world"), .text = "\"hello, world\""},
    {.name = "control_bytes_are_escaped",
     BYTES("a\r\n\t\033\177"),
     .text = "\"a%0D%0A%09%1B%7F\""},
    {.name = "nul_is_escaped", BYTES("\0"), .text = "\"%00\""},
    {.name = "percent_quote_and_backslash_are_escaped",
     BYTES("%\"\\"),
     .text = "\"%25%22%5C\""},
    {.name = "frame_with_a_line",
     BYTES("\1\0\0\0\0\0\0\4out\n"),
     .text = "\"%01%00%00%00%00%00%00%04out%0A\""},
    {.name = "utf8_stays",
     BYTES("na\xc3\xafve \xe2\x9c\x93 \xf0\x9f\x98\x80"),
     .text = "\"na\xc3\xafve \xe2\x9c\x93 \xf0\x9f\x98\x80\""},
    {.name = "utf8_cut_is_escaped",
     BYTES("\xe6\x97\xa5\xe6\x9c"),
     .text = "\"\xe6\x97\xa5%E6%9C\""},
    {.name = "utf8_tail_is_escaped", BYTES("\xac!"), .text = "\"%AC!\""},
    {.name = "overlong_is_escaped",
     BYTES("\xc0\xaf\xe0\x80\xaf"),
     .text = "\"%C0%AF%E0%80%AF\""},
    {.name = "surrogate_is_escaped",
     BYTES("\xed\xa0\x80"),
     .text = "\"%ED%A0%80\""},
    {.name = "above_the_last_character_is_escaped",
     BYTES("\xf4\x90\x80\x80"),
     .text = "\"%F4%90%80%80\""},
    {.name = "c1_control_is_escaped", BYTES("\xc2\x85"), .text = "\"%C2%85\""},
    {.name = "line_separator_is_escaped",
     BYTES("\xe2\x80\xa8"),
     .text = "\"%E2%80%A8\""},
    {.name = "right_to_left_mark_is_escaped",
     BYTES("\xe2\x80\xae"),
     .text = "\"%E2%80%AE\""},
    {.name = "byte_order_mark_is_escaped",
     BYTES("\xef\xbb\xbf"),
     .text = "\"%EF%BB%BF\""},
    {.name = "empty", BYTES(""), .text = "\"\""},
    {.name = "run_of_64_is_text",
     BYTES("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
     .text = "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""},
    {.name = "run_of_65_is_fill",
     BYTES("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
     .text = "{\"fill\":\"41\",\"len\":65}"},
    {.name = "run_but_for_its_last_byte_is_text",
     BYTES("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAb"),
     .text = "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
             "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAb\""},
    {.name = "body_is_json_text",
     BYTES("{\"a\":\"\\\"\"}\n"),
     .form = BODY,
     .text = "{\"text\":\"{\\\"a\\\":\\\"\\\\\\\"\\\"}\\n\"}"},
    {.name = "body_with_controls",
     BYTES("\r\t\1\x7f"),
     .form = BODY,
     .text = "{\"text\":\"\\r\\t\\u0001\x7f\"}"},
    {.name = "body_with_nul_is_refused", BYTES("a\0b"), .form = BODY},
    {.name = "body_of_no_utf8_is_refused", BYTES("a\xff"), .form = BODY},
    {.name = "json_object",
     BYTES(" { \"b\" : [ 1 , true ] ,\n\"a\":null}\r\n"),
     .form = COMPACT,
     .text = "{\"b\":[1,true],\"a\":null}"},
    {.name = "json_blanks_in_strings_stay",
     BYTES("[\" a b \"]"),
     .form = COMPACT,
     .text = "[\" a b \"]"},
    {.name = "json_digits_stay",
     BYTES("[9007199254740993,-0.10e+07,0,1E5]"),
     .form = COMPACT,
     .text = "[9007199254740993,-0.10e+07,0,1E5]"},
    {.name = "json_escapes_stay",
     BYTES("\"\\u003e\\n\\\\\\/\\\"\""),
     .form = COMPACT,
     .text = "\"\\u003e\\n\\\\\\/\\\"\""},
    {.name = "json_double_keys_stay",
     BYTES("{\"a\":1,\"a\":2}"),
     .form = COMPACT,
     .text = "{\"a\":1,\"a\":2}"},
    {.name = "json_empty_containers",
     BYTES("[ ] "),
     .form = COMPACT,
     .text = "[]"},
    {.name = "json_nested_empties",
     BYTES("{\"a\":{ },\"b\":[[],{}]}"),
     .form = COMPACT,
     .text = "{\"a\":{},\"b\":[[],{}]}"},
    {.name = "json_scalar", BYTES("null"), .form = COMPACT, .text = "null"},
    {.name = "json_empty_is_refused", BYTES(""), .form = COMPACT},
    {.name = "json_blank_is_refused", BYTES("  \n"), .form = COMPACT},
    {.name = "json_cut_is_refused", BYTES("{\"a\":1"), .form = COMPACT},
    {.name = "json_two_values_are_refused", BYTES("{} {}"), .form = COMPACT},
    {.name = "json_trailing_comma_is_refused", BYTES("[1,]"), .form = COMPACT},
    {.name = "json_object_comma_is_refused",
     BYTES("{\"a\":1,}"),
     .form = COMPACT},
    {.name = "json_missing_colon_is_refused",
     BYTES("{\"a\" 1}"),
     .form = COMPACT},
    {.name = "json_wrong_close_is_refused", BYTES("[1}"), .form = COMPACT},
    {.name = "json_leading_zero_is_refused", BYTES("01"), .form = COMPACT},
    {.name = "json_bare_point_is_refused", BYTES("1."), .form = COMPACT},
    {.name = "json_bare_minus_is_refused", BYTES("-"), .form = COMPACT},
    {.name = "json_empty_exponent_is_refused", BYTES("1e"), .form = COMPACT},
    {.name = "json_control_in_string_is_refused",
     BYTES("\"\n\""),
     .form = COMPACT},
    {.name = "json_unknown_escape_is_refused",
     BYTES("\"\\x\""),
     .form = COMPACT},
    {.name = "json_short_unicode_escape_is_refused",
     BYTES("\"\\u00g0\""),
     .form = COMPACT},
    {.name = "json_escaped_nul_is_refused",
     BYTES("\"a\\u0000b\""),
     .form = COMPACT},
    {.name = "json_nul_is_refused", BYTES("null\0"), .form = COMPACT},
    {.name = "json_of_no_utf8_is_refused", BYTES("\"\xff\""), .form = COMPACT},
    {.name = "json_word_cut_is_refused", BYTES("tru"), .form = COMPACT},
    {.name = "json_open_string_is_refused", BYTES("\"a"), .form = COMPACT},
};

static bool write_row(const struct row *row, struct md_rec_bytes *out)
{
    switch (row->form) {
    case SEGMENT:
        return md_rec_payload_segment(out, (const uint8_t *)row->bytes,
                                      row->len);
    case BODY:
        return md_rec_payload_body(out, row->bytes, row->len);
    case COMPACT:
        return md_rec_json_compact(out, row->bytes, row->len);
    }
    return false;
}

static void payload__row(void **state)
{
    const struct row *row = *state;
    struct md_rec_bytes out = md_rec_bytes_new(65536);
    bool is_written = false;

    md_rec_bytes_text(&out, "before ");
    is_written = write_row(row, &out);

    assert_int_equal(is_written, row->text != NULL);
    assert_false(out.failed);
    assert_memory_equal(out.data, "before ", 7);
    assert_int_equal(out.len, 7 + (row->text != NULL ? strlen(row->text) : 0));
    if (row->text != NULL) {
        assert_memory_equal(out.data + 7, row->text, out.len - 7);
    }
    md_rec_bytes_release(&out);
}

static int hex(char c)
{
    return c <= '9' ? c - '0' : c - 'A' + 10;
}

/* What docs/execcast.md says a reader does. */
static size_t unescape(const char *text, size_t len, uint8_t *out)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '%') {
            out[count++] = (uint8_t)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            out[count++] = (uint8_t)text[i];
        }
    }
    return count;
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 8;
}

static void payload__escaping_loses_nothing(void **state)
{
    static const uint8_t pool[] = "\xe2\x9c\x93%\"\\\0\1\xff\xc3\xa9 azAZ09\n";
    uint32_t seed = 7;

    (void)state;
    for (int round = 0; round < 2000; round++) {
        uint8_t bytes[48];
        uint8_t back[3 * sizeof(bytes)];
        size_t len = next_random(&seed) % sizeof(bytes);
        struct md_rec_bytes out = md_rec_bytes_new(1024);

        for (size_t i = 0; i < len; i++) {
            bytes[i] = round % 2 == 0
                           ? (uint8_t)next_random(&seed)
                           : pool[next_random(&seed) % (sizeof(pool) - 1)];
        }
        md_rec_payload_escape(&out, bytes, len);
        md_rec_bytes_text(&out, "");
        assert_null(strpbrk(out.data, "\"\\\n"));
        assert_int_equal(unescape(out.data, out.len, back), len);
        assert_memory_equal(back, bytes, len);
        md_rec_bytes_release(&out);
    }
}

/* 100 bytes of which @escapes need one. */
static bool is_b64(size_t escapes)
{
    uint8_t bytes[100];
    struct md_rec_bytes out = md_rec_bytes_new(1024);
    bool found = false;

    memset(bytes, 'a', sizeof(bytes));
    memset(bytes, 1, escapes);
    assert_true(md_rec_payload_segment(&out, bytes, sizeof(bytes)));
    found = strncmp(out.data, "{\"b64\":\"", 8) == 0;
    md_rec_bytes_release(&out);
    return found;
}

static void payload__base64_begins_above_35_percent(void **state)
{
    (void)state;
    assert_false(is_b64(35));
    assert_true(is_b64(36));
}

static void payload__base64_is_padded(void **state)
{
    uint8_t bytes[65] = {0xff};
    struct md_rec_bytes out = md_rec_bytes_new(1024);

    (void)state;
    assert_true(md_rec_payload_segment(&out, bytes, sizeof(bytes)));
    assert_string_equal(
        out.data, "{\"b64\":\"/"
                  "wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                  "AAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}");
    md_rec_bytes_release(&out);
}

static void payload__more_than_4_kib_goes_to_a_file(void **state)
{
    static uint8_t bytes[4097];
    struct md_rec_bytes out = md_rec_bytes_new(65536);

    (void)state;
    memset(bytes, 'a', sizeof(bytes));
    bytes[0] = 'b';
    assert_true(md_rec_payload_segment(&out, bytes, 4096));
    out.len = 0;
    assert_false(md_rec_payload_segment(&out, bytes, 4097));
    assert_false(md_rec_payload_body(&out, bytes, 4097));
    assert_int_equal(out.len, 0);
    bytes[0] = 'a';
    assert_true(md_rec_payload_segment(&out, bytes, 4097));
    assert_string_equal(out.data, "{\"fill\":\"61\",\"len\":4097}");
    md_rec_bytes_release(&out);
}

static bool is_nested_accepted(size_t depth)
{
    char text[2 * (MD_REC_JSON_DEPTH_MAX + 1)];
    struct md_rec_bytes out = md_rec_bytes_new(1024);
    bool is_accepted = false;

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    is_accepted = md_rec_json_compact(&out, text, 2 * depth);
    md_rec_bytes_release(&out);
    return is_accepted;
}

static void payload__json_may_nest_64_deep(void **state)
{
    (void)state;
    assert_true(is_nested_accepted(MD_REC_JSON_DEPTH_MAX));
    assert_false(is_nested_accepted(MD_REC_JSON_DEPTH_MAX + 1));
}

static void bytes__stop_at_their_limit(void **state)
{
    struct md_rec_bytes bytes = md_rec_bytes_new(4);

    (void)state;
    md_rec_bytes_text(&bytes, "abcd");
    assert_false(bytes.failed);
    md_rec_bytes_text(&bytes, "e");
    assert_true(bytes.failed);
    assert_string_equal(bytes.data, "abcd");
    assert_null(md_rec_bytes_take(&bytes));
    assert_false(bytes.failed);
}

int main(void)
{
    enum { ODD = 6 };
    struct CMUnitTest tests[COUNT_OF(rows) + ODD] = {
        cmocka_unit_test(payload__escaping_loses_nothing),
        cmocka_unit_test(payload__base64_begins_above_35_percent),
        cmocka_unit_test(payload__base64_is_padded),
        cmocka_unit_test(payload__more_than_4_kib_goes_to_a_file),
        cmocka_unit_test(payload__json_may_nest_64_deep),
        cmocka_unit_test(bytes__stop_at_their_limit),
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[i + ODD] = (struct CMUnitTest){.name = rows[i].name,
                                             .test_func = payload__row,
                                             .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("record_payload", tests, NULL, NULL);
}
