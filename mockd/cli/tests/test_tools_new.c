/* SPDX-License-Identifier: MIT */
/* test_tools_new.c - the templates lint clean, and a mock plays them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "cleanup.h"
#include "desk.h"
#include "tools.h"
#include "wire_client.h"

#define CREATE                                                                 \
    "{\"AttachStdout\":true,\"AttachStderr\":true,"                            \
    "\"Cmd\":[\"sh\",\"-c\",\"echo out; echo err >&2; exit 3\"]}"
#define ATTACH "{\"Detach\":false,\"Tty\":false}"
#define FRAMES "\1\0\0\0\0\0\0\4out\n\2\0\0\0\0\0\0\4err\n"

static struct mockd *mock;
static int fd = -1;

static int tear_down(void **state)
{
    if (fd >= 0) {
        (void)close(fd);
    }
    fd = -1;
    mockd_stop(mock);
    mock = NULL;
    return desk_tear_down(state);
}

static void write_template(const char *args)
{
    desk_run(md_tool_new, "new", args);
    assert_int_equal(desk.status, 0);
    desk_write("a.execcast", desk.out, desk.out_len);
}

static void new__lints_clean(void **state)
{
    write_template(*state);
    desk_run(md_tool_lint, "lint", "--strict .");

    assert_string_equal(desk.out, "");
    assert_string_equal(desk.err, "");
    assert_int_equal(desk.status, 0);
}

static void start_mock(void)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;

    options.fixtures = ".";
    options.unix_path = "auto";
    assert_int_equal(mockd_start(&options, &mock, NULL), MOCKD_OK);
}

static void assert_inspect(const char *id, const char *words)
{
    char path[128];
    char text[2048];

    (void)snprintf(path, sizeof(path), "/exec/%s/json", id);
    assert_int_equal(
        wire_ask(mockd_unix_url(mock), "GET", path, NULL, text, sizeof(text)),
        200);
    assert_non_null(strstr(text, words));
}

static void new__plays(void **state)
{
    char text[2048];
    char id[65];
    char path[128];
    int error = 0;
    size_t len = 0;

    write_template(*state);
    start_mock();
    assert_int_equal(wire_ask(mockd_unix_url(mock), "POST",
                              "/containers/t1/exec", CREATE, text,
                              sizeof(text)),
                     201);
    (void)snprintf(id, sizeof(id), "%s",
                   strstr(text, "\"Id\":\"") + strlen("\"Id\":\""));
    assert_inspect(id, "\"Running\":false,\"ExitCode\":null");

    fd = wire_connect(mockd_unix_url(mock));
    (void)snprintf(path, sizeof(path), "/exec/%s/start", id);
    assert_true(wire_request(fd, "POST", path, ATTACH, true));
    len = wire_read_all(fd, text, sizeof(text), &error);
    assert_true(len > sizeof(FRAMES));
    assert_memory_equal(text + len - (sizeof(FRAMES) - 1), FRAMES,
                        sizeof(FRAMES) - 1);
    assert_inspect(id, "\"Running\":false,\"ExitCode\":3");
}

struct row {
    const char *name;
    const char *args;
    const char *header; /* what stands in the output */
    const char *err;
    int status;
};

static struct row rows[] = {
    {"a_script", "", "\"script\":true", "", 0},
    {"a_script_that_was_asked_for", "--script x", "\"script\":true", "", 0},
    {"a_recording", "--recording", "\"sha256_s2c\":", "", 0},
    {"the_name_of_a_recording", "--recording web",
     "{\"execcast\":1,\"name\":\"web\",", "", 0},
    {"a_name", "web", "{\"execcast\":1,\"name\":\"web\",", "", 0},
    {"a_name_to_escape", "a\"\\", "\"name\":\"a\\\"\\\\\",", "", 0},
    {"help", "--help", "usage: mockd new", "", 0},
    {"unknown_option", "--name", "",
     "mockd new: unknown option --name; see mockd new --help\n", 2},
    {"two_names", "a b", "",
     "mockd new: one name, not b; see mockd new --help\n", 2},
};

static void new__row(void **state)
{
    const struct row *row = *state;

    desk_run(md_tool_new, "new", row->args);

    assert_non_null(strstr(desk.out, row->header));
    assert_string_equal(desk.err, row->err);
    assert_int_equal(desk.status, row->status);
}

int main(void)
{
    static char script[] = "";
    static char recording[] = "--recording";
    struct CMUnitTest tests[4 + MD_COUNT_OF(rows)] = {
        {"a_script_lints_clean", new__lints_clean, desk_set_up, desk_tear_down,
         script},
        {"a_recording_lints_clean", new__lints_clean, desk_set_up,
         desk_tear_down, recording},
        {"a_script_plays", new__plays, desk_set_up, tear_down, script},
        {"a_recording_plays", new__plays, desk_set_up, tear_down, recording}};

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[4 + i] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = new__row,
                                           .setup_func = desk_set_up,
                                           .teardown_func = desk_tear_down,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("tools_new", tests, NULL, NULL);
}
