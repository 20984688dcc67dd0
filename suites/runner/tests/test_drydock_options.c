/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "options.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define ARGS_MAX 8

struct row {
    const char *name;
    const char *args[ARGS_MAX]; /* after the program's name */
    enum dry_command_name command;
    const char *error; /* NULL = accepted */
};

static struct row rows[] = {
    {.name = "engine", .args = {"engine"}, .command = DRY_COMMAND_ENGINE},
    {.name = "list", .args = {"list"}, .command = DRY_COMMAND_LIST},
    {.name = "list_json",
     .args = {"list", "--json"},
     .command = DRY_COMMAND_LIST},
    {.name = "help", .args = {"--help"}, .command = DRY_COMMAND_HELP},
    {.name = "version", .args = {"--version"}, .command = DRY_COMMAND_VERSION},
    {.name = "engine_help",
     .args = {"engine", "--host", "x", "--help"},
     .command = DRY_COMMAND_ENGINE_HELP},
    {.name = "diff", .args = {"diff", "a", "b"}, .command = DRY_COMMAND_DIFF},
    {.name = "diff_help",
     .args = {"diff", "-h"},
     .command = DRY_COMMAND_DIFF_HELP},
    {.name = "diff_of_one",
     .args = {"diff", "a"},
     .error = "diff: expected two files after it"},
    {.name = "diff_of_three",
     .args = {"diff", "a", "b", "c"},
     .error = "c: diff takes two files"},
    {.name = "diff_option",
     .args = {"diff", "--json", "a"},
     .error = "--json: unknown option; see drydock --help"},
    {.name = "no_command", .error = "a command is missing; see drydock --help"},
    {.name = "unknown_command",
     .args = {"egnine"},
     .error = "egnine: unknown command; expected engine, list or diff"},
    {.name = "unknown_option",
     .args = {"engine", "--hots=x"},
     .error = "--hots=x: unknown option; see drydock --help"},
    {.name = "prefix_of_an_option",
     .args = {"engine", "--hos", "x"},
     .error = "--hos: unknown option; see drydock --help"},
    {.name = "option_of_the_other_command",
     .args = {"list", "--junit", "x"},
     .error = "--junit: unknown option; see drydock --help"},
    {.name = "stray_argument",
     .args = {"engine", "E1.1.1"},
     .error = "E1.1.1: unexpected argument; see drydock --help"},
    {.name = "value_missing",
     .args = {"engine", "--junit"},
     .error = "--junit: expected a value after it"},
    {.name = "value_empty",
     .args = {"engine", "--junit="},
     .error = "--junit: expected a value after it"},
    {.name = "jobs_zero",
     .args = {"engine", "-j", "0"},
     .error = "-j 0: expected a number from 1 to 64"},
    {.name = "jobs_negative",
     .args = {"engine", "-j-1"},
     .error = "-j -1: expected a number from 1 to 64"},
    {.name = "jobs_too_many",
     .args = {"engine", "--jobs=65"},
     .error = "--jobs 65: expected a number from 1 to 64"},
    {.name = "timeout_no_number",
     .args = {"engine", "--timeout", "3s"},
     .error = "--timeout 3s: expected a number from 1 to 3600"},
    {.name = "mock_with_host",
     .args = {"engine", "--mock", "p-1", "--host", "x"},
     .error = "--mock p-1: it has a host and a container of its own; leave "
              "--host and --container out"},
};

static bool parse(struct dry_options *options, const char *const *args,
                  char error[DRY_OPTION_ERROR_MAX])
{
    static char name[] = "drydock";
    char copies[ARGS_MAX][64];
    char *argv[ARGS_MAX + 2] = {name};
    int argc = 1;

    for (; argc <= ARGS_MAX && args[argc - 1] != NULL; argc++) {
        argv[argc] = strncpy(copies[argc - 1], args[argc - 1], 63);
        copies[argc - 1][63] = '\0';
    }
    return dry_options_parse(options, argc, argv, error);
}

static void options__row(void **state)
{
    const struct row *row = *state;
    struct dry_options options;
    char error[DRY_OPTION_ERROR_MAX] = "";
    bool is_accepted = parse(&options, row->args, error);

    assert_string_equal(error, row->error == NULL ? "" : row->error);
    assert_int_equal(is_accepted, row->error == NULL);
    if (is_accepted) {
        assert_int_equal(options.command, row->command);
    }
}

static const struct option_values {
    const char *name;
    const char *args[ARGS_MAX];
} spellings[] = {
    {"next argument", {"engine", "-j", "7", "--timeout", "9"}},
    {"equals sign", {"engine", "-j=7", "--timeout=9"}},
    {"together", {"engine", "-j7", "--timeout=9"}},
    {"long", {"engine", "--jobs", "7", "--timeout", "9"}},
};

static void options__a_value_may_be_written_in_each_way(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(spellings); i++) {
        struct dry_options options;
        char error[DRY_OPTION_ERROR_MAX] = "";

        assert_true(parse(&options, spellings[i].args, error));
        assert_int_equal(options.jobs, 7);
        assert_int_equal(options.timeout_s, 9);
    }
}

static void options__all_patterns_count(void **state)
{
    static const char *const args[] = {
        "engine",    "--include", "E1.*", "--include=E2.*",
        "--exclude", "E1.1.1",    NULL};
    struct dry_options options;
    char error[DRY_OPTION_ERROR_MAX] = "";

    (void)state;
    assert_true(parse(&options, args, error));
    assert_int_equal(options.include.count, 2);
    assert_int_equal(options.exclude.count, 1);
}

static void options__defaults_are_30_seconds_and_no_target(void **state)
{
    static const char *const args[] = {"engine", NULL};
    struct dry_options options;
    char error[DRY_OPTION_ERROR_MAX] = "";

    (void)state;
    assert_true(parse(&options, args, error));
    assert_int_equal(options.timeout_s, 30);
    assert_null(options.host);
    assert_null(options.container);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 3] = {
        cmocka_unit_test(options__a_value_may_be_written_in_each_way),
        cmocka_unit_test(options__all_patterns_count),
        cmocka_unit_test(options__defaults_are_30_seconds_and_no_target),
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[i + 3] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = options__row,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
