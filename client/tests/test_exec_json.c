/* SPDX-License-Identifier: MIT */
/* test_exec_json.c - bodies written, and answers read or refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exec_json.h"
#include "limits.h"
#include "table.h"

static struct dx_view view_of(const char *text, size_t len)
{
    return (struct dx_view){.data = (const uint8_t *)text, .len = len};
}

/* ---- inspect ---- */

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    const char *shown; /* or a part of the message */
    enum dexec_code code;
};

#define BAD(text, json, message)                                               \
    {                                                                          \
        .name = "inspect__" text, BYTES(json), .shown = (message),             \
        .code = DEXEC_E_PROTOCOL                                               \
    }

static struct row inspect_rows[] = {
    {.name = "inspect__docker",
     BYTES("{\"ID\":\"ab\",\"Running\":false,\"ExitCode\":7,"
           "\"ProcessConfig\":{\"tty\":true,\"entrypoint\":\"sh\","
           "\"arguments\":[\"-c\",\"exit 7\"],\"privileged\":true,"
           "\"user\":\"u\"},\"OpenStdin\":false,\"OpenStderr\":true,"
           "\"OpenStdout\":true,\"CanRemove\":false,\"ContainerID\":\"cd\","
           "\"DetachKeys\":\"AXo=\",\"Pid\":4711}\n"),
     .shown = "ab cd 0 7 4711 0 1 1 0 AXo= | sh [ -c exit 7 ] 1 1 u"},
    {.name = "inspect__running_docker_has_null",
     BYTES("{\"ID\":\"ab\",\"Running\":true,\"ExitCode\":null,\"Pid\":1}"),
     .shown = "ab - 1 - 1 - - - - - | -"},
    {.name = "inspect__nothing",
     BYTES(" {} \r\n\t"),
     .shown = "- - - - - - - - - - | -"},
    {.name = "inspect__podman_has_null_arguments",
     BYTES("{\"ID\":\"a\",\"Running\":true,\"ExitCode\":0,\"ProcessConfig\":{"
           "\"arguments\":null,\"entrypoint\":\"top\",\"user\":\"\"}}"),
     .shown = "a - 1 0 - - - - - - | top -  - - "},
    {.name = "inspect__32_bit_exit_code",
     BYTES("{\"ID\":\"a\",\"Running\":false,\"ExitCode\":3221225786}"),
     .shown = "a - 0 3221225786 - - - - - - | -"},
    {.name = "inspect__negative_exit_code",
     BYTES("{\"ID\":\"a\",\"Running\":false,\"ExitCode\":-1}"),
     .shown = "a - 0 -1 - - - - - - | -"},
    {.name = "inspect__keys_are_matched_with_their_case",
     BYTES("{\"id\":\"no\",\"ID\":\"a\",\"running\":true,\"Running\":false,"
           "\"exitcode\":5}"),
     .shown = "a - 0 - - - - - - - | -"},
    {.name = "inspect__last_of_a_repeated_key_counts",
     BYTES("{\"ID\":\"a\",\"ID\":\"b\",\"Running\":true,\"Running\":false}"),
     .shown = "b - 0 - - - - - - - | -"},
    {.name = "inspect__escapes_and_utf_8",
     BYTES("{\"ID\":\"a\",\"Running\":false,\"ProcessConfig\":{\"entrypoint\":"
           "\"\\u00e9\\\\u0000\xc3\xa9\",\"arguments\":[\"\"]}}"),
     .shown = "a - 0 - - - - - - - | \xc3\xa9\\u0000\xc3\xa9 [  ] - - -"},
    {.name = "inspect__zero_empty_and_false_are_there",
     BYTES("{\"ID\":\"\",\"ContainerID\":\"\",\"Running\":false,"
           "\"ExitCode\":0,\"Pid\":0,\"OpenStdin\":false,"
           "\"OpenStdout\":false,\"OpenStderr\":false,\"CanRemove\":false,"
           "\"DetachKeys\":\"\",\"ProcessConfig\":{\"arguments\":[],"
           "\"entrypoint\":\"\",\"tty\":false,\"privileged\":false,"
           "\"user\":\"\"}}"),
     .shown = "  0 0 0 0 0 0 0  |  [ ] 0 0 "},
    {.name = "inspect__nulls_are_absent",
     BYTES("{\"ID\":null,\"ContainerID\":null,\"Running\":null,"
           "\"ExitCode\":null,\"Pid\":null,\"OpenStdin\":null,"
           "\"OpenStdout\":null,\"OpenStderr\":null,\"CanRemove\":null,"
           "\"DetachKeys\":null,\"ProcessConfig\":null}"),
     .shown = "- - - - - - - - - - | -"},
    {.name = "inspect__empty_process",
     BYTES("{\"ProcessConfig\":{}}"),
     .shown = "- - - - - - - - - - | - -  - - -"},
    BAD("empty", "", "not one JSON object"),
    BAD("not_json", "<html>", "not one JSON object"),
    BAD("cut", "{\"ID\":\"a\",\"Running\":tr", "not one JSON object"),
    BAD("array", "[]", "not one JSON object"),
    BAD("null", "null", "not one JSON object"),
    BAD("trailing_text", "{\"ID\":\"a\",\"Running\":true} x",
        "not one JSON object"),
    BAD("two_objects", "{\"ID\":\"a\",\"Running\":true}{}",
        "not one JSON object"),
    BAD("nul_behind", "{\"ID\":\"a\",\"Running\":true}\0", "NUL"),
    BAD("nul_inside", "{\"ID\":\"a\0\",\"Running\":true}", "NUL"),
    BAD("escaped_nul", "{\"ID\":\"a\\u0000b\",\"Running\":true}", "NUL"),
    BAD("id_is_a_number", "{\"ID\":1,\"Running\":true}", "ID is not a string"),
    BAD("running_is_a_number", "{\"ID\":\"a\",\"Running\":1}",
        "Running is not true or false"),
    BAD("exit_code_is_a_string",
        "{\"ID\":\"a\",\"Running\":true,\"ExitCode\":\"0\"}",
        "ExitCode is not an integer"),
    BAD("exit_code_is_a_fraction",
        "{\"ID\":\"a\",\"Running\":true,\"ExitCode\":0.5}",
        "ExitCode is not an integer"),
    BAD("exit_code_is_too_large",
        "{\"ID\":\"a\",\"Running\":true,\"ExitCode\":9007199254740992}",
        "ExitCode is not an integer"),
    BAD("exit_code_is_infinite",
        "{\"ID\":\"a\",\"Running\":true,\"ExitCode\":1e400}",
        "ExitCode is not an integer"),
    BAD("exit_code_is_false",
        "{\"ID\":\"a\",\"Running\":true,\"ExitCode\":false}",
        "ExitCode is not an integer"),
    BAD("pid_is_a_string", "{\"ID\":\"a\",\"Running\":true,\"Pid\":\"1\"}",
        "Pid is not an integer"),
    BAD("open_stdin_is_a_string",
        "{\"ID\":\"a\",\"Running\":true,\"OpenStdin\":\"yes\"}",
        "OpenStdin is not true or false"),
    BAD("process_is_a_list",
        "{\"ID\":\"a\",\"Running\":true,\"ProcessConfig\":[]}",
        "ProcessConfig is not an object"),
    BAD("arguments_are_a_string",
        "{\"ID\":\"a\",\"Running\":true,\"ProcessConfig\":{\"arguments\":"
        "\"x\"}}",
        "arguments is not a list"),
    BAD("arguments_are_numbers",
        "{\"ID\":\"a\",\"Running\":true,\"ProcessConfig\":{\"arguments\":[1]"
        "}}",
        "arguments is not a list of strings"),
    BAD("user_is_a_number",
        "{\"ID\":\"a\",\"Running\":true,\"ProcessConfig\":{\"user\":0}}",
        "user is not a string"),
};

/* "-" for what was absent or null. */
struct shown {
    char text[512];
    size_t count;
};

static void add_text(struct shown *shown, const char *text)
{
    size_t used = strlen(shown->text);

    (void)snprintf(shown->text + used, sizeof(shown->text) - used, "%s%s",
                   shown->count++ == 0 ? "" : " ", text == NULL ? "-" : text);
}

static void add_integer(struct shown *shown, bool has, int64_t value)
{
    char text[32] = "";

    (void)snprintf(text, sizeof(text), "%lld", (long long)value);
    add_text(shown, has ? text : NULL);
}

static void add_process(struct shown *shown,
                        const struct dexec_process *process)
{
    add_text(shown, "|");
    if (process == NULL) {
        add_text(shown, NULL);
        return;
    }
    add_text(shown, process->entrypoint);
    add_text(shown, process->arguments == NULL ? NULL : "[");
    for (size_t n = 0;
         process->arguments != NULL && process->arguments[n] != NULL; n++) {
        add_text(shown, process->arguments[n]);
    }
    add_text(shown, process->arguments == NULL ? "" : "]");
    add_integer(shown, process->has_tty, process->tty);
    add_integer(shown, process->has_privileged, process->privileged);
    add_text(shown, process->user);
}

static void show(const struct dexec_inspect *i, struct shown *shown)
{
    add_text(shown, i->id);
    add_text(shown, i->container_id);
    add_integer(shown, i->has_running, i->running);
    add_integer(shown, i->has_exit_code, i->exit_code);
    add_integer(shown, i->has_pid, i->pid);
    add_integer(shown, i->has_open_stdin, i->open_stdin);
    add_integer(shown, i->has_open_stdout, i->open_stdout);
    add_integer(shown, i->has_open_stderr, i->open_stderr);
    add_integer(shown, i->has_can_remove, i->can_remove);
    add_text(shown, i->detach_keys);
    add_process(shown, i->process);
}

static void inspect__row(void **state)
{
    const struct row *row = *state;
    struct dx_mem mem = {0};
    struct dexec_inspect *inspect = NULL;
    struct dexec_error err = {0};
    struct shown shown = {0};
    enum dexec_code rc = DEXEC_OK;

    assert_true(dx_mem_init(&mem, NULL));
    rc = dx_json_read_inspect(view_of(row->bytes, row->len), &mem, &inspect,
                              &err);

    assert_string_equal(dexec_code_name(rc), dexec_code_name(row->code));
    if (rc != DEXEC_OK) {
        assert_null(inspect);
        assert_non_null(strstr(err.message, row->shown));
        return;
    }
    show(inspect, &shown);
    dx_mem_free(&mem, inspect);
    assert_string_equal(shown.text, row->shown);
}

/* ---- id ---- */

static struct row id_rows[] = {
    {.name = "id__docker", BYTES("{\"Id\":\"4f2a\"}\n"), .shown = "4f2a"},
    {.name = "id__other_keys_are_skipped",
     BYTES("{\"Warnings\":[],\"ID\":\"x\",\"Id\":\"4f2a\"}"),
     .shown = "4f2a"},
    {.name = "id__missing",
     BYTES("{\"id\":\"4f2a\"}"),
     .code = DEXEC_E_PROTOCOL,
     .shown = "Id is not a string"},
    {.name = "id__number",
     BYTES("{\"Id\":5}"),
     .code = DEXEC_E_PROTOCOL,
     .shown = "Id is not a string"},
    {.name = "id__empty",
     BYTES("{\"Id\":\"\"}"),
     .code = DEXEC_E_PROTOCOL,
     .shown = "Id has 0 bytes"},
    {.name = "id__all_that_is_allowed",
     BYTES("{\"Id\":\"azAZ09-_\"}"),
     .shown = "azAZ09-_"},
    {.name = "id__slash",
     BYTES("{\"Id\":\"4f/2a\"}"),
     .code = DEXEC_E_PROTOCOL,
     .shown = "Id holds byte 0x2f"},
    {.name = "id__beyond_ascii",
     BYTES("{\"Id\":\"\xc3\xa9\"}"),
     .code = DEXEC_E_PROTOCOL,
     .shown = "Id holds byte 0xc3"},
    {.name = "id__no_answer",
     BYTES(""),
     .code = DEXEC_E_PROTOCOL,
     .shown = "not one JSON object"},
};

static void id__row(void **state)
{
    const struct row *row = *state;
    struct dexec_id id = {.text = "before"};
    struct dexec_error err = {0};
    enum dexec_code rc =
        dx_json_read_id(view_of(row->bytes, row->len), &id, &err);

    assert_int_equal(rc, row->code);
    if (rc != DEXEC_OK) {
        assert_string_equal(id.text, "before");
        assert_non_null(strstr(err.message, row->shown));
        return;
    }
    assert_string_equal(id.text, row->shown);
}

static enum dexec_code read_id_of(size_t len, struct dexec_id *id)
{
    char text[512] = "";

    (void)snprintf(text, sizeof(text), "{\"Id\":\"%0*d\"}", (int)len, 0);
    return dx_json_read_id(view_of(text, strlen(text)), id, NULL);
}

static void id__has_a_longest(void **state)
{
    struct dexec_id id = {0};

    (void)state;
    assert_int_equal(read_id_of(DEXEC_ID_MAX + 1, &id), DEXEC_E_PROTOCOL);
    assert_int_equal(read_id_of(DEXEC_ID_MAX, &id), DEXEC_OK);
    assert_int_equal(strlen(id.text), DEXEC_ID_MAX);
}

/* ---- message ---- */

static struct row message_rows[] = {
    {.name = "message__docker",
     BYTES("{\"message\":\"no such\"}\n"),
     .shown = "no such"},
    {.name = "message__podman",
     BYTES("{\"cause\":\"c\",\"message\":\"m\",\"response\":500}"),
     .shown = "m"},
    {.name = "message__is_cut",
     BYTES("{\"message\":\"0123456789abcdefg\"}"),
     .shown = "0123456789abcde"},
    {.name = "message__other_case", BYTES("{\"Message\":\"m\"}")},
    {.name = "message__number", BYTES("{\"message\":1}")},
    {.name = "message__null", BYTES("{\"message\":null}")},
    {.name = "message__string_alone", BYTES("\"message\"")},
    {.name = "message__plain_text", BYTES("page not found\n")},
    {.name = "message__escaped_nul", BYTES("{\"message\":\"a\\u0000\"}")},
};

static void message__row(void **state)
{
    const struct row *row = *state;
    char message[16] = "before";
    bool found = dx_json_read_message(view_of(row->bytes, row->len), message,
                                      sizeof(message));

    assert_int_equal(found, row->shown != NULL);
    assert_string_equal(message, row->shown != NULL ? row->shown : "before");
}

/* ---- written ---- */

static void write_with(enum dexec_code wanted, const char *wanted_text,
                       const struct dexec_create_options *create,
                       const struct dx_json_start *start, size_t max)
{
    struct dx_mem mem = {0};
    struct dx_buf buf = {0};
    char text[512] = "";
    enum dexec_code rc = DEXEC_OK;

    assert_true(dx_mem_init(&mem, NULL));
    dx_buf_init(&buf, &mem, max);
    rc = create != NULL ? dx_json_write_create(create, &buf, NULL)
                        : dx_json_write_start(start, &buf, NULL);
    (void)snprintf(text, sizeof(text), "%s", dx_buf_text(&buf));
    dx_buf_release(&buf);

    assert_int_equal(rc, wanted);
    assert_string_equal(text, wanted_text);
}

static void create__smallest(void **state)
{
    const char *const cmd[] = {"true", NULL};
    struct dexec_create_options options = DEXEC_CREATE_OPTIONS_INIT;

    (void)state;
    options.cmd = cmd;
    write_with(DEXEC_OK,
               "{\"Cmd\":[\"true\"],\"AttachStdin\":false,\"AttachStdout\":"
               "false,\"AttachStderr\":false,\"Tty\":false,\"Privileged\":"
               "false}",
               &options, NULL, 4096);
}

static void create__all_fields(void **state)
{
    const char *const cmd[] = {"sh", "", "\"\\\n\x01\xc3\xa9", NULL};
    const char *const env[] = {"A=1", NULL};
    struct dexec_create_options options = DEXEC_CREATE_OPTIONS_INIT;

    (void)state;
    options.cmd = cmd;
    options.env = env;
    options.working_dir = "/w";
    options.user = "u:g";
    options.detach_keys = "ctrl-a";
    options.attach_stdin = true;
    options.attach_stdout = true;
    options.attach_stderr = true;
    options.tty = true;
    options.privileged = true;
    options.console_rows = 24;
    options.console_columns = 80;
    write_with(DEXEC_OK,
               "{\"Cmd\":[\"sh\",\"\",\"\\\"\\\\\\n\\u0001\xc3\xa9\"],"
               "\"AttachStdin\":true,\"AttachStdout\":true,\"AttachStderr\":"
               "true,\"Tty\":true,\"Privileged\":true,\"Env\":[\"A=1\"],"
               "\"WorkingDir\":\"/w\",\"User\":\"u:g\",\"DetachKeys\":"
               "\"ctrl-a\",\"ConsoleSize\":[24,80]}",
               &options, NULL, 4096);
}

static void create__longer_than_its_limit(void **state)
{
    const char *const cmd[] = {"true", NULL};
    struct dexec_create_options options = DEXEC_CREATE_OPTIONS_INIT;

    (void)state;
    options.cmd = cmd;
    write_with(DEXEC_E_INVALID, "", &options, NULL, 10);
}

static void start__is_written(void **state)
{
    const struct dx_json_start plain = {.detach = true};
    const struct dx_json_start sized = {
        .tty = true, .console_rows = 0, .console_columns = 65535};

    (void)state;
    write_with(DEXEC_OK, "{\"Detach\":true,\"Tty\":false}", NULL, &plain, 100);
    write_with(DEXEC_OK,
               "{\"Detach\":false,\"Tty\":true,\"ConsoleSize\":[0,65535]}",
               NULL, &sized, 100);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(inspect_rows) + COUNT_OF(id_rows) +
                            COUNT_OF(message_rows) + 5] = {
        cmocka_unit_test(create__smallest),
        cmocka_unit_test(create__all_fields),
        cmocka_unit_test(create__longer_than_its_limit),
        cmocka_unit_test(start__is_written),
        cmocka_unit_test(id__has_a_longest),
    };
    struct CMUnitTest *next = tests + 5;

    ADD_ROWS(next, inspect__row, inspect_rows);
    ADD_ROWS(next + COUNT_OF(inspect_rows), id__row, id_rows);
    ADD_ROWS(next + COUNT_OF(inspect_rows) + COUNT_OF(id_rows), message__row,
             message_rows);
    return cmocka_run_group_tests_name("exec_json", tests, NULL, NULL);
}
