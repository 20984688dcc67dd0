/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "frames.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define WIRE(s) .wire = (s), .len = sizeof(s) - 1

struct row {
    const char *name;
    const char *wire;
    size_t len;
    const char *log; /* TYPE:PAYLOAD of each, "!" after a padded one */
    enum dry_walk end;
};

static struct row rows[] = {
    {.name = "nothing", WIRE(""), .log = "", .end = DRY_WALK_END},
    {.name = "one",
     WIRE("\1\0\0\0\0\0\0\2hi"),
     .log = "1:hi ",
     .end = DRY_WALK_END},
    {.name = "two",
     WIRE("\1\0\0\0\0\0\0\1a\2\0\0\0\0\0\0\1b"),
     .log = "1:a 2:b ",
     .end = DRY_WALK_END},
    {.name = "empty",
     WIRE("\1\0\0\0\0\0\0\0"),
     .log = "1: ",
     .end = DRY_WALK_END},
    {.name = "padding_first",
     WIRE("\1\1\0\0\0\0\0\1a"),
     .log = "1:a! ",
     .end = DRY_WALK_END},
    {.name = "padding_last",
     WIRE("\1\0\0\1\0\0\0\1a"),
     .log = "1:a! ",
     .end = DRY_WALK_END},
    {.name = "other_type",
     WIRE("\7\0\0\0\0\0\0\1a"),
     .log = "7:a ",
     .end = DRY_WALK_END},
    {.name = "cut_in_the_first_byte",
     WIRE("\1"),
     .log = "",
     .end = DRY_WALK_CUT_HEADER},
    {.name = "cut_before_the_last_byte_of_a_header",
     WIRE("\1\0\0\0\0\0\0"),
     .log = "",
     .end = DRY_WALK_CUT_HEADER},
    {.name = "cut_in_a_payload",
     WIRE("\1\0\0\0\0\0\0\1a\2\0\0\0\0\0\0\2b"),
     .log = "1:a ",
     .end = DRY_WALK_CUT_PAYLOAD},
    {.name = "a_length_of_4_gib_is_no_overflow",
     WIRE("\1\0\0\0\377\377\377\377a"),
     .log = "",
     .end = DRY_WALK_CUT_PAYLOAD},
    {.name = "the_length_is_big_endian",
     WIRE("\1\0\0\0\0\0\1\0a"),
     .log = "",
     .end = DRY_WALK_CUT_PAYLOAD},
};

static void frames__row(void **state)
{
    const struct row *row = *state;
    const unsigned char *data = (const unsigned char *)row->wire;
    size_t len = row->len;
    struct dry_frame frame = {0};
    char log[64] = "";
    enum dry_walk walk = DRY_WALK_FRAME;

    while ((walk = dry_frame_take(&data, &len, &frame)) == DRY_WALK_FRAME) {
        size_t used = strlen(log);

        (void)snprintf(log + used, sizeof(log) - used, "%u:%.*s%s ", frame.type,
                       (int)frame.len, (const char *)frame.payload,
                       frame.is_padded ? "!" : "");
    }
    assert_string_equal(log, row->log);
    assert_int_equal(walk, row->end);
}

static void frames__a_length_uses_its_four_bytes(void **state)
{
    static unsigned char wire[8 + 0x010203] = {1, 0, 0, 0, 0, 1, 2, 3};
    const unsigned char *data = wire;
    size_t len = sizeof(wire);
    struct dry_frame frame = {0};

    (void)state;
    assert_int_equal(dry_frame_take(&data, &len, &frame), DRY_WALK_FRAME);
    assert_int_equal(frame.len, 0x010203);
    assert_int_equal(dry_frame_take(&data, &len, &frame), DRY_WALK_END);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 1] = {
        cmocka_unit_test(frames__a_length_uses_its_four_bytes),
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[i + 1] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = frames__row,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
