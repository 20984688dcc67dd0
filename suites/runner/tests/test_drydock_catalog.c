/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "catalog.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct dry_catalog catalog;

static int set_up(void **state)
{
    static const char *const ids[] = {"E1.1.1", "E1.1.2",  "E1.2.1",
                                      "E2.9.1", "E2.10.1", "E11.1.1"};

    (void)state;
    catalog = (struct dry_catalog){0};
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        char line[256];

        (void)snprintf(line, sizeof(line),
                       "{\"id\":\"%s\",\"name\":\"n\",\"level\":\"must\","
                       "\"rules\":[\"A-1\",\"A-2\"],\"why\":\"w\","
                       "\"area\":\"a\"}",
                       ids[i]);
        if (!dry_catalog_add(&catalog, "p", line, strlen(line))) {
            return -1;
        }
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dry_catalog_release(&catalog);
    return 0;
}

struct row {
    const char *name;
    struct dry_patterns include;
    struct dry_patterns exclude;
    const char *chosen; /* ids with a blank after each */
    const char *error;
};

static struct row rows[] = {
    {.name = "without_patterns_all_are_chosen",
     .chosen = "E1.1.1 E1.1.2 E1.2.1 E2.9.1 E2.10.1 E11.1.1 "},
    {.name = "an_id_is_a_pattern",
     .include = {{"E1.1.2"}, 1},
     .chosen = "E1.1.2 "},
    {.name = "a_star_matches_many",
     .include = {{"E1.*"}, 1},
     .chosen = "E1.1.1 E1.1.2 E1.2.1 "},
    {.name = "a_question_mark_matches_one",
     .include = {{"E1.1.?"}, 1},
     .chosen = "E1.1.1 E1.1.2 "},
    {.name = "a_set_matches_its_letters",
     .include = {{"E[12].[19].1"}, 1},
     .chosen = "E1.1.1 E2.9.1 "},
    {.name = "two_patterns_both_count",
     .include = {{"E1.2.1", "E2.*"}, 2},
     .chosen = "E1.2.1 E2.9.1 E2.10.1 "},
    {.name = "exclude_takes_from_include",
     .include = {{"E1.*"}, 1},
     .exclude = {{"E1.1.*"}, 1},
     .chosen = "E1.2.1 "},
    {.name = "a_pattern_without_a_match_names_the_nearest",
     .include = {{"E1.1.3"}, 1},
     .error = "E1.1.3: matches no case; nearest: E1.1.1 E1.1.2 E1.2.1"},
    {.name = "an_exclude_without_a_match_is_an_error_too",
     .exclude = {{"E9.9.1"}, 1},
     .error = "E9.9.1: matches no case; nearest: E2.9.1 E1.1.1 E1.2.1"},
    {.name = "a_prefix_is_not_a_match",
     .include = {{"E11"}, 1},
     .error = "E11: matches no case; nearest: E1.1.1 E1.1.2 E1.2.1"},
    {.name = "nothing_left_is_an_error",
     .include = {{"E1.1.1"}, 1},
     .exclude = {{"E1.*"}, 1},
     .error = "no case is left to run: --exclude takes all that --include "
              "gives"},
};

static void catalog__row(void **state)
{
    const struct row *row = *state;
    char error[DRY_CATALOG_ERROR_MAX] = "";
    char chosen[256] = "";
    bool is_good =
        dry_catalog_choose(&catalog, &row->include, &row->exclude, error);

    for (size_t i = 0; is_good && i < catalog.count; i++) {
        size_t used = strlen(chosen);

        if (catalog.cases[i].is_chosen) {
            (void)snprintf(chosen + used, sizeof(chosen) - used, "%s ",
                           catalog.cases[i].id);
        }
    }
    assert_string_equal(error, row->error == NULL ? "" : row->error);
    assert_string_equal(chosen, row->chosen == NULL ? "" : row->chosen);
}

static int set_up_row(void **state)
{
    return set_up(state);
}

static void catalog__rules_are_joined(void **state)
{
    (void)state;
    assert_string_equal(catalog.cases[0].rules, "A-1 A-2");
}

static void catalog__ids_are_compared_by_their_numbers(void **state)
{
    (void)state;
    assert_true(dry_id_compare("E2.9.1", "E2.10.1") < 0);
    assert_true(dry_id_compare("E11.1.1", "E2.1.1") > 0);
    assert_true(dry_id_compare("E1.1", "E1.1.1") < 0);
    assert_int_equal(dry_id_compare("E1.1.1", "E1.1.1"), 0);
}

static void catalog__a_line_that_is_no_case_is_refused(void **state)
{
    static const char perhaps[] =
        "{\"id\":\"E1.1.1\",\"name\":\"n\",\"level\":\"perhaps\","
        "\"rules\":[],\"why\":\"w\",\"area\":\"a\"}";
    static const char *const lines[] = {"", "[]", "{}", "{\"id\":\"E1.1.1\"}",
                                        perhaps};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_false(
            dry_catalog_add(&catalog, "p", lines[i], strlen(lines[i])));
    }
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 3] = {
        cmocka_unit_test_setup_teardown(catalog__rules_are_joined, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            catalog__ids_are_compared_by_their_numbers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            catalog__a_line_that_is_no_case_is_refused, set_up, tear_down),
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[i + 3] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = catalog__row,
                                           .setup_func = set_up_row,
                                           .teardown_func = tear_down,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
