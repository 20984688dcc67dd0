/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verdict.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void verdict__a_result_survives_its_line(void **state)
{
    static const struct dry_result result = {.id = "E1.2.3",
                                             .level = DRY_DE_FACTO,
                                             .verdict = DRY_NONSTRICT,
                                             .ms = 1234,
                                             .expected = "a \"b\"\n",
                                             .observed = "\\x00",
                                             .reason = "gr\303\274n"};
    struct dry_result read = {0};
    char *line = dry_result_to_line(&result);

    (void)state;
    assert_non_null(line);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_true(dry_result_from_line(&read, line, strlen(line)));
    free(line);
    assert_memory_equal(&read, &result, sizeof(read));
}

static void verdict__names_lead_back(void **state)
{
    (void)state;
    for (int i = 0; i < DRY_VERDICTS; i++) {
        enum dry_verdict verdict = DRY_VERDICTS;

        assert_true(dry_verdict_from_name(dry_verdict_name((enum dry_verdict)i),
                                          &verdict));
        assert_int_equal(verdict, i);
    }
    for (int i = 0; i < DRY_LEVELS; i++) {
        enum dry_level level = DRY_LEVELS;

        assert_true(
            dry_level_from_name(dry_level_name((enum dry_level)i), &level));
        assert_int_equal(level, i);
    }
}

static void verdict__only_these_conform(void **state)
{
    static const bool conforms[DRY_VERDICTS] = {
        [DRY_PASS] = true,  [DRY_NONSTRICT] = true, [DRY_XFAIL] = true,
        [DRY_NOTED] = true, [DRY_SKIP] = true,
    };

    (void)state;
    for (int i = 0; i < DRY_VERDICTS; i++) {
        assert_int_equal(dry_verdict_conforms((enum dry_verdict)i),
                         conforms[i]);
    }
}

#define LINE(id, verdict, ms)                                                  \
    "{\"id\":\"" id "\",\"verdict\":\"" verdict                                \
    "\",\"level\":\"must\",\"ms\":" ms                                         \
    ",\"expected\":\"\",\"observed\":\"\",\"reason\":\"\"}"

static void verdict__a_line_that_is_no_result_is_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "{}",
        "[]",
        LINE("E1.1.1", "perhaps", "1"),
        LINE("E1.1.1", "pass", "-1"),
        LINE("E1.1.1", "pass", "\"1\""),
        LINE("E1.1.1111111111111111111111111", "pass", "1"),
    };
    struct dry_result read = {0};

    (void)state;
    assert_true(dry_result_from_line(&read, LINE("E1.1.1", "pass", "1"),
                                     strlen(LINE("E1.1.1", "pass", "1"))));
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_false(dry_result_from_line(&read, lines[i], strlen(lines[i])));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdict__a_result_survives_its_line),
        cmocka_unit_test(verdict__names_lead_back),
        cmocka_unit_test(verdict__only_these_conform),
        cmocka_unit_test(verdict__a_line_that_is_no_result_is_refused),
    };

    return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
