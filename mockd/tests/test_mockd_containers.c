/* SPDX-License-Identifier: MIT */
/* test_mockd_containers.c - which names and ids are known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cleanup.h"
#include "containers.h"

struct row {
    const char *name;
    const char *removed; /* before the question; NULL = nothing */
    const char *asked;
    bool is_known;
};

static struct row rows[] = {
    {"permanent_name", NULL, "t1", true},
    {"permanent_id", NULL, "aa11bb", true},
    {"unique_prefix", NULL, "aa1", true},
    {"shared_prefix_is_not_unique", NULL, "aa", false},
    {"prefix_of_an_id_known_twice", NULL, "cc", true},
    {"prefix_of_a_name", NULL, "t", false},
    {"empty", NULL, "", false},
    {"longer_than_an_id", NULL, "aa11bbb", false},
    {"added_name", NULL, "new", true},
    {"added_id", NULL, "dd44", true},
    {"removed_by_name", "new", "new", false},
    {"removed_by_name_takes_the_id", "new", "dd44", false},
    {"removed_by_id_takes_the_name", "dd44", "new", false},
    {"permanent_stays", "t1", "t1", true},
    {"removing_the_unknown", "nosuch", "new", true},
};

static struct md_containers containers;

static int set_up(void **state)
{
    (void)state;
    return md_containers_add(&containers, "t1", NULL, true) &&
                   md_containers_add(&containers, NULL, "aa11bb", true) &&
                   md_containers_add(&containers, NULL, "aa22cc", true) &&
                   md_containers_add(&containers, NULL, "cc33", true) &&
                   md_containers_add(&containers, "x", "cc33", true) &&
                   md_containers_add(&containers, "new", "dd44", false)
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    md_containers_release(&containers);
    return 0;
}

static void containers__row(void **state)
{
    const struct row *row = *state;

    if (row->removed != NULL) {
        md_containers_remove(&containers, row->removed);
    }

    assert_int_equal(md_containers_find(&containers, row->asked) != NULL,
                     row->is_known);
}

static void containers__same_twice_is_kept_once(void **state)
{
    size_t before = containers.count;

    (void)state;
    assert_true(md_containers_add(&containers, "t1", NULL, true));
    assert_int_equal(containers.count, before);
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows) + 1] = {
        cmocka_unit_test_setup_teardown(containers__same_twice_is_kept_once,
                                        set_up, tear_down)};

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i + 1] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = containers__row,
                                           .setup_func = set_up,
                                           .teardown_func = tear_down,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_containers", tests, NULL, NULL);
}
