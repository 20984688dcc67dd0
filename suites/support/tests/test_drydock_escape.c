/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "escape.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SPAN(bytes, count) ((struct dry_span){.data = (bytes), .len = (count)})
#define BYTES(s) .bytes = (s), .len = sizeof(s) - 1

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    size_t size; /* of the room, 64 if 0 */
    const char *text;
};

static struct row rows[] = {
    {.name = "nothing", BYTES(""), .text = "\"\""},
    {.name = "printable", BYTES("a b~"), .text = "\"a b~\""},
    {.name = "named", BYTES("\n\r\t\"\\"), .text = "\"\\n\\r\\t\\\"\\\\\""},
    {.name = "nul_and_control",
     BYTES("\0\001\033\177"),
     .text = "\"\\x00\\x01\\x1b\\x7f\""},
    {.name = "not_ascii", BYTES("\303\274\377"), .text = "\"\\xc3\\xbc\\xff\""},
    {.name = "fits_exactly", BYTES("abc"), .size = 9, .text = "\"abc\""},
    {.name = "cut", BYTES("abcdefgh"), .size = 9, .text = "\"abc\"..."},
    {.name = "cut_at_a_whole_character",
     BYTES("ab\001"),
     .size = 10,
     .text = "\"ab\"..."},
};

static void escape__row(void **state)
{
    const struct row *row = *state;
    char text[64];

    dry_escape(text, row->size == 0 ? sizeof(text) : row->size, row->bytes,
               row->len);
    assert_string_equal(text, row->text);
}

static void escape__short_bytes_are_shown_whole(void **state)
{
    char expected[256];
    char observed[256];

    (void)state;
    dry_describe_difference(expected, observed, sizeof(expected), SPAN("ab", 2),
                            SPAN("a\n", 2));
    assert_string_equal(expected, "\"ab\"");
    assert_string_equal(observed, "\"a\\n\"");
}

static void escape__long_bytes_are_shown_around_the_difference(void **state)
{
    char a[1000];
    char b[999];
    char expected[256];
    char observed[256];

    (void)state;
    memset(a, 'x', sizeof(a));
    memset(b, 'x', sizeof(b));
    b[500] = 'y';
    dry_describe_difference(expected, observed, sizeof(expected),
                            SPAN(a, sizeof(a)), SPAN(b, sizeof(b)));
    assert_string_equal(expected,
                        "1000 bytes; from offset 476: "
                        "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"");
    assert_string_equal(observed,
                        "999 bytes; from offset 476: "
                        "\"xxxxxxxxxxxxxxxxxxxxxxxxyxxxxxxxxxxxxxxxxxxxxxxx\"");
}

static void escape__a_prefix_differs_at_its_end(void **state)
{
    char a[200];
    char expected[256];
    char observed[256];

    (void)state;
    memset(a, 'x', sizeof(a));
    dry_describe_difference(expected, observed, sizeof(expected),
                            SPAN(a, sizeof(a)), SPAN(a, sizeof(a) - 1));
    assert_string_equal(observed, "199 bytes; from offset 175: "
                                  "\"xxxxxxxxxxxxxxxxxxxxxxxx\"");
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 3] = {
        cmocka_unit_test(escape__short_bytes_are_shown_whole),
        cmocka_unit_test(escape__long_bytes_are_shown_around_the_difference),
        cmocka_unit_test(escape__a_prefix_differs_at_its_end),
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[i + 3] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = escape__row,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("escape", tests, NULL, NULL);
}
