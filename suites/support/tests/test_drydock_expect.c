/* SPDX-License-Identifier: MIT */
/*
 * test_drydock_expect.c - which deviations an expectation accepts. What it
 * refuses ends a case by longjmp; test_broken_engine sees that from outside.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "expect.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct dry_deviation deviations[] = {{.family = "docker",
                                                   .from = "20.10",
                                                   .below = "28.0",
                                                   .what = "ExitCode",
                                                   .observed = "126",
                                                   .reason = "too early"},
                                                  {.family = "podman",
                                                   .what = "status",
                                                   .observed = "500",
                                                   .reason = "always so"},
                                                  {0}};

struct row {
    const char *name;
    struct dry_engine engine;
    const char *what;
    int64_t expected;
    int64_t observed;
    const char *reason;
    enum dry_level level;
    enum dry_verdict verdict;
};

static struct row rows[] = {
    {.name = "what_holds_is_a_pass",
     .engine = {"docker", "20.10.24"},
     .what = "ExitCode",
     .expected = 127,
     .observed = 127,
     .verdict = DRY_PASS,
     .reason = ""},
    {.name = "a_known_deviation_of_a_must_is_an_xfail",
     .engine = {"docker", "20.10.24"},
     .what = "ExitCode",
     .expected = 127,
     .observed = 126,
     .verdict = DRY_XFAIL,
     .reason = "too early"},
    {.name = "a_known_deviation_of_a_should_is_nonstrict",
     .level = DRY_SHOULD,
     .engine = {"docker", "20.10.24"},
     .what = "ExitCode",
     .expected = 127,
     .observed = 126,
     .verdict = DRY_NONSTRICT,
     .reason = "too early"},
    {.name = "the_first_version_is_in",
     .engine = {"docker", "20.10"},
     .what = "ExitCode",
     .expected = 127,
     .observed = 126,
     .verdict = DRY_XFAIL,
     .reason = "too early"},
    {.name = "without_bounds_all_versions_are_in",
     .engine = {"podman", "6.1.1"},
     .what = "status",
     .expected = 400,
     .observed = 500,
     .verdict = DRY_XFAIL,
     .reason = "always so"},
    {.name = "the_version_below_is_out",
     .engine = {"docker", "28.0.0"},
     .what = "ExitCode",
     .expected = 127,
     .observed = 126,
     .verdict = DRY_FAIL},
    {.name = "a_version_before_the_first_is_out",
     .engine = {"docker", "19.3"},
     .what = "ExitCode",
     .expected = 127,
     .observed = 126,
     .verdict = DRY_FAIL},
    {.name = "another_family_is_out",
     .engine = {"podman", "20.10.24"},
     .what = "ExitCode",
     .expected = 127,
     .observed = 126,
     .verdict = DRY_FAIL},
    {.name = "no_deviation_is_known_of_other_engines",
     .engine = {"other", "4.3.1"},
     .what = "status",
     .expected = 400,
     .observed = 500,
     .verdict = DRY_FAIL},
    {.name = "another_observation_is_out",
     .engine = {"docker", "20.10.24"},
     .what = "ExitCode",
     .expected = 127,
     .observed = 125,
     .verdict = DRY_FAIL},
    {.name = "another_expectation_is_out",
     .engine = {"docker", "20.10.24"},
     .what = "status",
     .expected = 127,
     .observed = 126,
     .verdict = DRY_FAIL},
    {.name = "an_info_case_that_does_not_hold_is_noted",
     .level = DRY_INFO,
     .engine = {"other", "1"},
     .what = "status",
     .expected = 127,
     .observed = 126,
     .verdict = DRY_NOTED},
};

static struct dry_run run;

/* Where the case is left to, in place of cmocka's own end of a test. */
static jmp_buf left;

/* cmocka's fail(), as the run calls it. */
void __wrap__fail(const char *file, int line);
void __wrap__fail(const char *file, int line)
{
    (void)file;
    (void)line;
    longjmp(left, 1);
}

static void expect__row(void **state)
{
    const struct row *row = *state;
    const struct dry_case spec = {
        .id = "E0.0.0", .level = row->level, .deviations = deviations};
    const struct dry_target target = {.engine = row->engine};

    run = (struct dry_run){.target = &target, .spec = &spec};
    if (setjmp(left) == 0) {
        (void)dry_expect_number(&run, row->what, row->expected, row->observed);
    }
    assert_int_equal(run.result.verdict, row->verdict);
    if (row->reason != NULL) {
        assert_string_equal(run.result.reason, row->reason);
    }
}

static void expect__a_deviation_hides_no_later_failure(void **state)
{
    const struct dry_case spec = {.id = "E0.0.0", .deviations = deviations};
    const struct dry_target target = {.engine = {"podman", "4.3.1"}};

    (void)state;
    run = (struct dry_run){.target = &target, .spec = &spec};
    if (setjmp(left) == 0) {
        assert_false(dry_expect_number(&run, "status", 400, 500));
        assert_int_equal(run.result.verdict, DRY_XFAIL);
        (void)dry_expect_text(&run, "body", "a", "b");
    }
    assert_int_equal(run.result.verdict, DRY_FAIL);
    assert_string_equal(run.result.expected, "body \"a\"");
    assert_string_equal(run.result.observed, "body \"b\"");
}

static void expect__a_part_is_found_in_any_case(void **state)
{
    const struct dry_case spec = {.id = "E0.0.0"};
    const struct dry_target target = {.engine = {"other", "1"}};

    (void)state;
    run = (struct dry_run){.target = &target, .spec = &spec};
    if (setjmp(left) == 0) {
        assert_true(dry_expect_part(&run, "message", "no SUCH", "No such x"));
        (void)dry_expect_part(&run, "message", "such y", "No such x");
    }
    assert_int_equal(run.result.verdict, DRY_FAIL);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 2] = {
        cmocka_unit_test(expect__a_deviation_hides_no_later_failure),
        cmocka_unit_test(expect__a_part_is_found_in_any_case),
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[i + 2] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = expect__row,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("expect", tests, NULL, NULL);
}
