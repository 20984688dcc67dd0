/* SPDX-License-Identifier: MIT */
/* test_duration.c - times as people write them. */
#include <stdlib.h>

#include "duration.h"
#include "table.h"

enum { REFUSED = -1 };

struct row {
    const char *name;
    const char *text;
    int64_t ms;
};

static struct row rows[] = {
    {"duration__seconds", "90", 90000},
    {"duration__fraction", "1.5", 1500},
    {"duration__fraction_alone", ".5", 500},
    {"duration__point_at_the_end", "2.", 2000},
    {"duration__milliseconds", "500ms", 500},
    {"duration__named_seconds", "3s", 3000},
    {"duration__minutes", "2m", 120000},
    {"duration__hours", "1h", 3600000},
    {"duration__half_an_hour", "0.5h", 1800000},
    {"duration__zero", "0", 0},
    {"duration__a_part_of_a_ms_is_one", "0.0001", 1},
    {"duration__a_part_more_is_rounded_up", "1.0001", 1001},
    {"duration__nine_digits_of_fraction", "0.123456789s", 124},
    {"duration__longest", "4294967295ms", 4294967295},
    {"duration__longest_in_hours", "1193h", 4294800000},
    {"duration__too_long", "4294967296ms", REFUSED},
    {"duration__too_many_hours", "1194h", REFUSED},
    {"duration__too_many_digits", "00000000001", REFUSED},
    {"duration__too_many_digits_of_fraction", "0.0000000001", REFUSED},
    {"duration__empty", "", REFUSED},
    {"duration__only_a_unit", "ms", REFUSED},
    {"duration__only_a_point", ".", REFUSED},
    {"duration__negative", "-1", REFUSED},
    {"duration__sign", "+1", REFUSED},
    {"duration__blank", "1 s", REFUSED},
    {"duration__blank_in_front", " 1", REFUSED},
    {"duration__unknown_unit", "1d", REFUSED},
    {"duration__two_units", "1m30s", REFUSED},
    {"duration__exponent", "1e3", REFUSED},
    {"duration__hexadecimal", "0x10", REFUSED},
    {"duration__two_points", "1.2.3", REFUSED},
    {"duration__comma", "1,5", REFUSED},
    {"duration__infinity", "inf", REFUSED},
};

static void duration__row(void **state)
{
    const struct row *row = *state;
    uint32_t ms = 0xABCD;

    if (row->ms == REFUSED) {
        assert_false(duration_parse(row->text, &ms));
        assert_int_equal(ms, 0xABCD);
        return;
    }
    assert_true(duration_parse(row->text, &ms));
    assert_int_equal(ms, row->ms);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows)];

    ADD_ROWS(tests, duration__row, rows);
    return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
