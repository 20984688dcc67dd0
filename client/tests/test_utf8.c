/* SPDX-License-Identifier: MIT */
/* test_utf8.c - pieces between characters, the input cut at every byte. */
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "utf8.h"

struct open_row {
    const char *name;
    const char *bytes;
    size_t len;
    size_t open;
};

static struct open_row open_rows[] = {
    {.name = "open__nothing", BYTES(""), .open = 0},
    {.name = "open__ascii", BYTES("abc"), .open = 0},
    {.name = "open__nul", BYTES("\0"), .open = 0},
    {.name = "open__lone_continuation", BYTES("\x80"), .open = 0},
    {.name = "open__only_continuations", BYTES("\x80\x80\x80\x80"), .open = 0},
    {.name = "open__overlong_lead", BYTES("\xC1"), .open = 0},
    {.name = "open__first_lead_of_two", BYTES("\xC2"), .open = 1},
    {.name = "open__last_lead_of_two", BYTES("a\xDF"), .open = 1},
    {.name = "open__two_are_whole", BYTES("\xC2\x80"), .open = 0},
    {.name = "open__first_lead_of_three", BYTES("\xE0"), .open = 1},
    {.name = "open__overlong_three", BYTES("\xE0\x9F"), .open = 0},
    {.name = "open__first_of_three", BYTES("\xE0\xA0"), .open = 2},
    {.name = "open__three_are_whole", BYTES("\xE0\xA0\x80"), .open = 0},
    {.name = "open__plain_three", BYTES("ab\xE1\x80"), .open = 2},
    {.name = "open__last_before_surrogates", BYTES("\xED\x9F"), .open = 2},
    {.name = "open__surrogate", BYTES("\xED\xA0"), .open = 0},
    {.name = "open__last_lead_of_three", BYTES("\xEF\xBF"), .open = 2},
    {.name = "open__first_lead_of_four", BYTES("\xF0"), .open = 1},
    {.name = "open__overlong_four", BYTES("\xF0\x8F"), .open = 0},
    {.name = "open__overlong_four_longer", BYTES("\xF0\x8F\x80"), .open = 0},
    {.name = "open__first_of_four", BYTES("\xF0\x90"), .open = 2},
    {.name = "open__three_of_four", BYTES("a\xF1\x80\xBF"), .open = 3},
    {.name = "open__four_are_whole", BYTES("\xF1\x80\xBF\x80"), .open = 0},
    {.name = "open__last_of_four", BYTES("\xF4\x8F"), .open = 2},
    {.name = "open__above_the_last", BYTES("\xF4\x90"), .open = 0},
    {.name = "open__lead_above_the_last", BYTES("\xF5"), .open = 0},
    {.name = "open__never_a_byte", BYTES("\xFF"), .open = 0},
    {.name = "open__second_is_a_letter",
     BYTES("\xE1"
           "a"),
     .open = 0},
    {.name = "open__third_is_a_letter",
     BYTES("\xF1\x80"
           "a"),
     .open = 0},
    {.name = "open__third_is_too_high", BYTES("\xF1\x80\xC0"), .open = 0},
    {.name = "open__lead_after_a_lead", BYTES("\xF1\x80\xE1"), .open = 1},
};

static void open__row(void **state)
{
    const struct open_row *row = *state;
    struct dx_view view = {.data = (const uint8_t *)row->bytes,
                           .len = row->len};

    assert_int_equal(dx_utf8_open(view), row->open);
}

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    const char *pieces; /* fed one byte at a time; a piece ends at each bar */
};

/* However the bytes are cut, a piece ends at one of the bars. */
static struct row rows[] = {
    {.name = "utf8__nothing", BYTES(""), .pieces = ""},
    {.name = "utf8__ascii", BYTES("ab"), .pieces = "61|62|"},
    {.name = "utf8__one_of_each_length",
     BYTES("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80z"),
     .pieces = "61|c3a9|e282ac|f09f9880|7a|"},
    {.name = "utf8__two_of_four",
     BYTES("\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF"),
     .pieces = "f09f9880|f48fbfbf|"},
    {.name = "utf8__ill_formed_is_not_held",
     BYTES("\x80\xBF\xC0\x80\xF5\xFF"),
     .pieces = "80|bf|c0|80|f5|ff|"},
    {.name = "utf8__surrogate_is_not_held",
     BYTES("\xED\xA0\x80"
           "a"),
     .pieces = "ed|a0|80|61|"},
    {.name = "utf8__beginning_that_breaks_off",
     BYTES("\xE2\x82"
           "a\xF0\x9F\x98\x0A"),
     .pieces = "e282|61|f09f98|0a|"},
    {.name = "utf8__lead_after_a_beginning",
     BYTES("\xE2\x82\xC3\xA9\xF0\xF0\x90\x80\x80"),
     .pieces = "e282|c3a9|f0|f0908080|"},
    {.name = "utf8__end_inside_two", BYTES("a\xC3"), .pieces = "61|c3|"},
    {.name = "utf8__end_inside_three", BYTES("\xE2\x82"), .pieces = "e282|"},
    {.name = "utf8__end_inside_four",
     BYTES("\xF0\x9F\x98"),
     .pieces = "f09f98|"},
};

struct run {
    struct dx_utf8 utf8;
    char log[256];
};

static void log_piece(struct run *run, struct dx_view piece)
{
    size_t used = strlen(run->log);

    for (size_t i = 0; i < piece.len; i++) {
        (void)snprintf(run->log + used, sizeof(run->log) - used, "%02x",
                       (unsigned)piece.data[i]);
        used += 2;
    }
    (void)snprintf(run->log + used, sizeof(run->log) - used, "|");
}

/* Take pieces one ahead, as a stream does: the piece before the last must not
 * have changed by then. */
static void feed(struct run *run, const char *bytes, size_t len)
{
    struct dx_view in = {.data = (const uint8_t *)bytes, .len = len};
    struct dx_view piece = dx_utf8_next(&run->utf8, &in);

    while (piece.len > 0) {
        struct dx_view ahead = dx_utf8_next(&run->utf8, &in);

        log_piece(run, piece);
        piece = ahead;
    }
    assert_int_equal(in.len, 0);
}

static void finish(struct run *run)
{
    struct dx_view rest = dx_utf8_finish(&run->utf8);

    if (rest.len > 0) {
        log_piece(run, rest);
    }
    assert_int_equal(dx_utf8_finish(&run->utf8).len, 0);
}

/* The same bytes, and a bar only where there may be one. */
static void check_log(const struct run *run, const struct row *row)
{
    const char *allowed = row->pieces;

    for (const char *p = run->log; *p != '\0'; p++) {
        if (*p != '|' && *allowed == '|') {
            allowed++;
        }
        assert_int_equal(*p, *allowed);
        allowed++;
    }
    assert_int_equal(*allowed, '\0');
}

static void check_cut_at(const struct row *row, size_t cut)
{
    struct run run = {0};

    feed(&run, row->bytes, cut);
    feed(&run, row->bytes + cut, row->len - cut);
    finish(&run);
    check_log(&run, row);
}

static void utf8__row(void **state)
{
    const struct row *row = *state;
    struct run run = {0};

    for (size_t cut = 0; cut <= row->len; cut++) {
        check_cut_at(row, cut);
    }
    for (size_t i = 0; i < row->len; i++) {
        feed(&run, row->bytes + i, 1);
    }
    finish(&run);
    assert_string_equal(run.log, row->pieces);
}

static void utf8__what_needs_no_holding_is_not_copied(void **state)
{
    static const char text[] = "ab\xE2\x82\xAC"
                               "c\xE2\x82";
    struct dx_view in = {.data = (const uint8_t *)text,
                         .len = sizeof(text) - 1};
    struct dx_utf8 utf8 = {0};
    struct dx_view piece = dx_utf8_next(&utf8, &in);

    (void)state;
    assert_ptr_equal(piece.data, text);
    assert_int_equal(piece.len, 6);
    assert_int_equal(in.len, 2);
}

static void utf8__held_piece_outlives_the_next_held(void **state)
{
    struct dx_view first = {.data = (const uint8_t *)"\xE2\x82", .len = 2};
    struct dx_view second = {.data = (const uint8_t *)"\xAC\xF0\x9F", .len = 3};
    struct dx_utf8 utf8 = {0};
    struct dx_view piece = {0};

    (void)state;
    assert_int_equal(dx_utf8_next(&utf8, &first).len, 0);
    piece = dx_utf8_next(&utf8, &second);
    assert_int_equal(dx_utf8_next(&utf8, &second).len, 0);

    assert_int_equal(piece.len, 3);
    assert_memory_equal(piece.data, "\xE2\x82\xAC", 3);
}

int main(void)
{
    struct CMUnitTest tests[2 + COUNT_OF(open_rows) + COUNT_OF(rows)] = {
        cmocka_unit_test(utf8__what_needs_no_holding_is_not_copied),
        cmocka_unit_test(utf8__held_piece_outlives_the_next_held),
    };

    ADD_ROWS(tests + 2, open__row, open_rows);
    ADD_ROWS(tests + 2 + COUNT_OF(open_rows), utf8__row, rows);
    return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
