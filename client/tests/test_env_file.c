/* SPDX-License-Identifier: MIT */
/* test_env_file.c - variables from a file in Docker's format. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "env_file.h"
#include "table.h"

#define KNOWN "DEXEC_TEST_KNOWN" /* set to "x=y z" in our environment */
#define UNKNOWN "DEXEC_TEST_UNKNOWN"

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    const char *entries; /* each with ';' behind it */
    const char *wrong;   /* of the message, behind the path; NULL = none */
};

static struct row rows[] = {
    {"env_file__empty", BYTES(""), "", NULL},
    {"env_file__one", BYTES("A=1\n"), "A=1;", NULL},
    {"env_file__no_line_feed_at_the_end", BYTES("A=1\nB=2"), "A=1;B=2;", NULL},
    {"env_file__empty_lines_and_comments",
     BYTES("\n#A=1\n \t\n  # x\nB=2\n#\n"), "B=2;", NULL},
    {"env_file__literal", BYTES("A=\"x y\" 'z' $HOME # no comment \\n \n"),
     "A=\"x y\" 'z' $HOME # no comment \\n ;", NULL},
    {"env_file__equals_signs", BYTES("A==\nB=a=b\n"), "A==;B=a=b;", NULL},
    {"env_file__empty_value", BYTES("A=\n"), "A=;", NULL},
    {"env_file__any_name", BYTES("a.b-c/1=x\n"), "a.b-c/1=x;", NULL},
    {"env_file__twice", BYTES("A=1\nA=2\n"), "A=1;A=2;", NULL},
    {"env_file__white_space_in_front", BYTES(" \t A=1\n"), "A=1;", NULL},
    {"env_file__cr_lf", BYTES("A=1\r\n\r\nB=2\r\n"), "A=1;B=2;", NULL},
    {"env_file__byte_order_mark",
     BYTES("\xEF\xBB\xBF"
           "A=1\n"),
     "A=1;", NULL},
    {"env_file__byte_order_mark_later",
     BYTES("A=1\n\xEF\xBB\xBF"
           "B=1\n"),
     "A=1;\xEF\xBB\xBF"
     "B=1;",
     NULL},
    {"env_file__ours", BYTES(KNOWN "\n"), KNOWN "=x=y z;", NULL},
    {"env_file__ours_is_not_set", BYTES("A=1\n" UNKNOWN "\nB=2\n"), "A=1;B=2;",
     NULL},
    {"env_file__ours_is_overridden", BYTES(KNOWN "=1\n"), KNOWN "=1;", NULL},
    {"env_file__no_name", BYTES("A=1\n\n=x\n"), "A=1;",
     ":3: no name before '='"},
    {"env_file__blank_in_the_name", BYTES("A B=1\n"), "",
     ":1: white space in the name"},
    {"env_file__blank_behind_the_name", BYTES("A =1\n"), "",
     ":1: white space in the name"},
    {"env_file__tab_in_the_name", BYTES("#\nA\tB\n"), "",
     ":2: white space in the name"},
    {"env_file__nul", BYTES("A=1\nB=\0\n"), "A=1;", ":2: a NUL byte"},
};

struct fixture {
    char path[64];
    struct env env;
};

static struct fixture fixture;

static int set_up(void **state)
{
    int fd = -1;

    (void)state;
    fixture = (struct fixture){.path = "/tmp/test_env_file.XXXXXX"};
    fd = mkstemp(fixture.path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    (void)state;
    env_release(&fixture.env);
    return unlink(fixture.path);
}

static void write_file(const char *bytes, size_t len, size_t times)
{
    FILE *file = fopen(fixture.path, "w");

    assert_non_null(file);
    for (size_t i = 0; i < times; i++) {
        assert_int_equal(fwrite(bytes, 1, len, file), len);
    }
    assert_int_equal(fclose(file), 0);
}

static void check_message(const char *message, const char *wrong)
{
    size_t len = strlen(fixture.path);

    assert_memory_equal(message, fixture.path, len);
    assert_string_equal(message + len, wrong);
}

static void env_file__row(void **state)
{
    const struct row *row = *state;
    char message[ENV_FILE_MESSAGE_MAX] = "";
    char entries[256] = "";

    write_file(row->bytes, row->len, 1);
    assert_int_equal(env_file_read(fixture.path, &fixture.env, message),
                     row->wrong == NULL);

    for (size_t i = 0; i < fixture.env.count; i++) {
        size_t used = strlen(entries);

        (void)snprintf(entries + used, sizeof(entries) - used, "%s;",
                       fixture.env.entries[i]);
    }
    assert_string_equal(entries, row->entries);
    if (row->wrong != NULL) {
        check_message(message, row->wrong);
    }
}

static void env_file__many_lines(void **state)
{
    char message[ENV_FILE_MESSAGE_MAX] = "";

    (void)state;
    write_file("A=1\n", 4, 5000);
    assert_true(env_file_read(fixture.path, &fixture.env, message));
    assert_int_equal(fixture.env.count, 5000);
    assert_string_equal(fixture.env.entries[4999], "A=1");
    assert_null(fixture.env.entries[5000]);
}

static void env_file__longest_line(void **state)
{
    char message[ENV_FILE_MESSAGE_MAX] = "";

    (void)state;
    write_file("A=======", 8, ENV_LINE_MAX / 8);
    assert_true(env_file_read(fixture.path, &fixture.env, message));
    assert_int_equal(strlen(fixture.env.entries[0]), ENV_LINE_MAX);
}

static void env_file__longer_line(void **state)
{
    char message[ENV_FILE_MESSAGE_MAX] = "";

    (void)state;
    write_file("A=======", 8, ENV_LINE_MAX / 8 + 1);
    assert_false(env_file_read(fixture.path, &fixture.env, message));
    check_message(message, ":1: the line is too long");
}

/* Comments only, as they cost no memory. */
static void env_file__longer_file(void **state)
{
    static char comment[4096] = "#";
    char message[ENV_FILE_MESSAGE_MAX] = "";

    (void)state;
    memset(comment + 1, 'x', sizeof(comment) - 2);
    comment[sizeof(comment) - 1] = '\n';
    write_file(comment, sizeof(comment), ENV_FILE_MAX / sizeof(comment));
    assert_true(env_file_read(fixture.path, &fixture.env, message));

    write_file(comment, sizeof(comment), ENV_FILE_MAX / sizeof(comment) + 1);
    assert_false(env_file_read(fixture.path, &fixture.env, message));
    check_message(message, ":4097: the file is too long");
}

static void env_file__missing(void **state)
{
    char message[ENV_FILE_MESSAGE_MAX] = "";

    (void)state;
    assert_false(env_file_read("/nonexistent/env", &fixture.env, message));
    assert_string_equal(message, "/nonexistent/env: No such file or directory");
}

static void env_file__folder(void **state)
{
    char message[ENV_FILE_MESSAGE_MAX] = "";

    (void)state;
    assert_false(env_file_read("/", &fixture.env, message));
    assert_string_equal(message, "/: Is a directory");
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 6] = {
        cmocka_unit_test(env_file__many_lines),
        cmocka_unit_test(env_file__longest_line),
        cmocka_unit_test(env_file__longer_line),
        cmocka_unit_test(env_file__longer_file),
        cmocka_unit_test(env_file__missing),
        cmocka_unit_test(env_file__folder),
    };

    if (setenv(KNOWN, "x=y z", 1) != 0 || unsetenv(UNKNOWN) != 0) {
        return EXIT_FAILURE;
    }
    ADD_ROWS(tests + 6, env_file__row, rows);
    for (size_t i = 0; i < COUNT_OF(tests); i++) {
        tests[i].setup_func = set_up;
        tests[i].teardown_func = tear_down;
    }
    return cmocka_run_group_tests_name("env_file", tests, NULL, NULL);
}
