/* SPDX-License-Identifier: MIT */
/* test_mockd_query.c - queries that ask for the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "query.h"

enum answer { USUAL, OWN, SAME, OTHER, SHOWN, HIDDEN };

/* USUAL, OWN: of the first parameter. SAME, OTHER: of both. SHOWN, HIDDEN: a
 * container "web" with the id "ab12". */
static struct row {
    const char *name;
    const char *method;
    const char *target; /* escapes are decoded */
    enum answer answer;
} rows[] = {
    {"nothing", "GET", "/containers/json?all=", USUAL},
    {"zero", "GET", "/containers/json?all=0", USUAL},
    {"false_of_any_case", "GET", "/containers/json?all=False", USUAL},
    {"no_limit", "GET", "/containers/json?limit=-1", USUAL},
    {"no_filters", "GET", "/networks?filters=%7B%7D", USUAL},
    {"one", "GET", "/containers/json?all=1", OWN},
    {"a_number", "GET", "/containers/json?limit=-10", OWN},
    {"how_long_a_stop_waits", "POST", "/containers/x/stop?t=10", USUAL},
    {"how_long_a_restart_waits", "POST", "/containers/x/restart?t=10", USUAL},
    {"what_a_start_is_told", "POST", "/containers/x/start?t=10", OWN},
    {"volumes_of_a_removal", "DELETE", "/containers/x?v=true", USUAL},
    {"force_of_a_removal", "DELETE", "/containers/x?force=true", OWN},
    {"volumes_of_an_image", "DELETE", "/images/x?v=true", OWN},
    {"deadly_signal", "POST", "/containers/x/kill?signal=KILL", USUAL},
    {"deadly_number", "POST", "/containers/x/kill?signal=9", USUAL},
    {"another_signal", "POST", "/containers/x/kill?signal=HUP", OWN},
    {"filter_for_a_name", "GET",
     "/containers/json?filters=%7B%22name%22%3A%5B%22x%22%5D%7D", USUAL},
    {"filter_for_more", "GET",
     "/containers/json?filters=%7B%22name%22%3A%5B%22x%22%5D%2C%22status%22%3A"
     "%5B%22x%22%5D%7D",
     OWN},
    {"filters_that_are_none", "GET", "/containers/json?filters=%7B%22name",
     OWN},
    {"root", "GET", "/?v=1", OWN},
    {"flags", "GET", "/x?a=1&a=True", SAME},
    {"texts", "GET", "/x?a=b&a=b", SAME},
    {"keys", "GET", "/x?a=1&b=1", OTHER},
    {"numbers", "GET", "/x?a=1&a=2", OTHER},
    {"filters_as_array_and_object", "GET",
     "/x?filters=%7B%22s%22%3A+%5B%22e%22%2C%22f%22%5D%7D"
     "&filters=%7B%22s%22%3A%7B%22f%22%3Atrue%2C%22e%22%3Atrue%7D%7D",
     SAME},
    {"filters_with_more_values", "GET",
     "/x?filters=%7B%22s%22%3A%5B%22e%22%5D%7D"
     "&filters=%7B%22s%22%3A%5B%22e%22%2C%22f%22%5D%7D",
     OTHER},
    {"filters_with_more_keys", "GET",
     "/x?filters=%7B%22s%22%3A%5B%22e%22%5D%7D"
     "&filters=%7B%22s%22%3A%5B%22e%22%5D%2C%22t%22%3A%5B%22e%22%5D%7D",
     OTHER},
    {"filters_but_for_the_name", "GET",
     "/x?filters=%7B%22s%22%3A%5B%22e%22%5D%7D"
     "&filters=%7B%22s%22%3A%5B%22e%22%5D%2C%22name%22%3A%5B%22e%22%5D%7D",
     SAME},
    {"no_filter_shows", "GET", "/x?all=1", SHOWN},
    {"part_of_a_name", "GET", "/x?filters=%7B%22name%22%3A%5B%22e%22%5D%7D",
     SHOWN},
    {"one_of_two_names", "GET",
     "/x?filters=%7B%22name%22%3A%7B%22x%22%3Atrue%2C%22web%22%3Atrue%7D%7D",
     SHOWN},
    {"another_name", "GET", "/x?filters=%7B%22name%22%3A%5B%22webs%22%5D%7D",
     HIDDEN},
    {"a_name_from_its_start", "GET",
     "/x?filters=%7B%22name%22%3A%5B%22%5E%2Fwe%22%5D%7D", SHOWN},
    {"not_from_its_start", "GET",
     "/x?filters=%7B%22name%22%3A%5B%22%5Eeb%22%5D%7D", HIDDEN},
    {"to_its_end", "GET", "/x?filters=%7B%22name%22%3A%5B%22eb%24%22%5D%7D",
     SHOWN},
    {"not_to_its_end", "GET", "/x?filters=%7B%22name%22%3A%5B%22we%24%22%5D%7D",
     HIDDEN},
    {"front_of_an_id", "GET", "/x?filters=%7B%22id%22%3A%5B%22ab%22%5D%7D",
     SHOWN},
    {"back_of_an_id", "GET", "/x?filters=%7B%22id%22%3A%5B%2212%22%5D%7D",
     HIDDEN},
    {"name_and_id", "GET",
     "/x?filters=%7B%22id%22%3A%5B%22ab%22%5D%2C%22name%22%3A%5B%22x%22%5D%7D",
     HIDDEN},
};

static struct md_arena arena;

static int tear_down(void **state)
{
    (void)state;
    md_arena_release(&arena);
    return 0;
}

static enum answer find_answer(const struct row *row,
                               const struct md_target *target)
{
    switch (row->answer) {
    case USUAL:
    case OWN:
        return md_query_is_usual(target, &target->params[0]) ? USUAL : OWN;
    case SAME:
    case OTHER:
        assert_int_equal(
            md_query_is_same(&target->params[0], &target->params[1]),
            md_query_is_same(&target->params[1], &target->params[0]));
        return md_query_is_same(&target->params[0], &target->params[1]) ? SAME
                                                                        : OTHER;
    case SHOWN:
    case HIDDEN:
        break;
    }
    return md_query_shows(target, "web", "ab12") ? SHOWN : HIDDEN;
}

static void query__row(void **state)
{
    const struct row *row = *state;
    struct md_target target = {0};

    assert_int_equal(
        md_target_parse(&arena, row->method, row->target, &target, NULL),
        MOCKD_OK);

    assert_int_equal(find_answer(row, &target), row->answer);
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows)];

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = query__row,
                                       .teardown_func = tear_down,
                                       .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_query", tests, NULL, NULL);
}
