/* SPDX-License-Identifier: MIT */
/* test_mockd_match.c - creates are compared by meaning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "json.h"
#include "match.h"

struct row {
    const char *name;
    const char *wanted;
    const char *got;
    const char *differs; /* the field, or NULL when they fit */
};

static struct row rows[] = {
    {"same", "{\"Cmd\":[\"ls\"]}", "{\"Cmd\":[\"ls\"]}", NULL},
    {"absent_null_false_and_empty_are_one",
     "{\"Cmd\":[\"ls\"],\"Env\":[],\"Tty\":false,\"User\":\"\"}",
     "{\"Cmd\":[\"ls\"],\"Env\":null,\"WorkingDir\":\"\",\"Privileged\":null}",
     NULL},
    {"keys_of_any_case", "{\"Cmd\":[\"ls\"],\"Tty\":true}",
     "{\"cmd\":[\"ls\"],\"tTY\":true}", NULL},
    {"unknown_keys_are_ignored", "{\"Cmd\":[\"ls\"]}",
     "{\"Cmd\":[\"ls\"],\"Container\":\"x\",\"hijack\":true}", NULL},
    {"order_of_arguments", "{\"Cmd\":[\"a\",\"b\"]}", "{\"Cmd\":[\"b\",\"a\"]}",
     "Cmd"},
    {"empty_argument_counts", "{\"Cmd\":[\"a\",\"\"]}", "{\"Cmd\":[\"a\"]}",
     "Cmd"},
    {"tty", "{\"Cmd\":[\"a\"]}", "{\"Cmd\":[\"a\"],\"Tty\":true}", "Tty"},
    {"stdin", "{\"AttachStdin\":true}", "{}", "AttachStdin"},
    {"stdout", "{\"AttachStdout\":true}", "{}", "AttachStdout"},
    {"stderr", "{}", "{\"AttachStderr\":true}", "AttachStderr"},
    {"env", "{\"Env\":[\"A=1\"]}", "{\"Env\":[\"A=2\"]}", "Env"},
    {"user", "{}", "{\"User\":\"root\"}", "User"},
    {"working_dir", "{\"WorkingDir\":\"/\"}", "{}", "WorkingDir"},
    {"privileged", "{}", "{\"Privileged\":true}", "Privileged"},
    {"detach_keys_not_recorded", "{}", "{\"DetachKeys\":\"ctrl-a\"}", NULL},
    {"detach_keys_recorded", "{\"DetachKeys\":\"ctrl-a\"}", "{}", "DetachKeys"},
    {"console_size_not_recorded", "{}", "{\"ConsoleSize\":[24,80]}", NULL},
    {"console_size_recorded", "{\"ConsoleSize\":[24,80]}",
     "{\"ConsoleSize\":[25,80]}", "ConsoleSize"},
    {"no_object_is_not_an_empty_one", "[]", "{}", "Cmd"},
    {"no_object_is_that_one_only", "\"a\"", "\"b\"", "Cmd"},
    {"the_same_that_is_no_object", "[]", "[]", NULL},
    {"null_is_null", "null", "null", NULL},
    {"null_is_no_array", "null", "[]", "Cmd"},
};

static struct md_json *wanted;
static struct md_json *got;

static int tear_down(void **state)
{
    (void)state;
    md_json_free(wanted);
    md_json_free(got);
    wanted = NULL;
    got = NULL;
    return 0;
}

static void match__row(void **state)
{
    const struct row *row = *state;
    const char *field = NULL;

    assert_int_equal(
        md_json_parse(row->wanted, strlen(row->wanted), &wanted, NULL),
        MOCKD_OK);
    assert_int_equal(md_json_parse(row->got, strlen(row->got), &got, NULL),
                     MOCKD_OK);

    field = md_match_create(wanted, got);

    if (row->differs == NULL) {
        assert_null(field);
    } else {
        assert_non_null(field);
        assert_string_equal(field, row->differs);
    }
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows)];

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = match__row,
                                       .teardown_func = tear_down,
                                       .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_match", tests, NULL, NULL);
}
