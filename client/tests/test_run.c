/* SPDX-License-Identifier: MIT */
/* test_run.c - a whole run on a scripted daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dexec/run.h>

#include "fake_transport.h"
#include "table.h"

#define HEAD "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define HI "\1\0\0\0\0\0\0\2hi"
#define ERR "\2\0\0\0\0\0\0\1e"
#define CREATED                                                                \
    {                                                                          \
        .status = 201, .body = "{\"Id\":\"4f2a\"}"                             \
    }
#define EXITED                                                                 \
    {                                                                          \
        .status = 200,                                                         \
        .body = "{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7}"           \
    }

static const struct fake_answer good[] = {CREATED, EXITED};
static const char *const cat_cmd[] = {"cat", NULL};

struct fixture {
    struct fake_script script;
    struct dexec_client *client;
    struct dexec_create_options create;
    struct dexec_run_options options;
    struct dexec_error err;
    int64_t exit_code;
    char output[128];
    bool stops;
};

static bool on_output(void *user, enum dexec_kind kind, const void *data,
                      size_t len)
{
    struct fixture *fixture = user;
    size_t used = strlen(fixture->output);

    (void)snprintf(fixture->output + used, sizeof(fixture->output) - used,
                   "%d:%.*s ", (int)kind, (int)len, (const char *)data);
    return !fixture->stops;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    *state = fixture;
    if (fixture == NULL) {
        return -1;
    }
    fixture->create = (struct dexec_create_options)DEXEC_CREATE_OPTIONS_INIT;
    fixture->create.cmd = cat_cmd;
    fixture->options = (struct dexec_run_options)DEXEC_RUN_OPTIONS_INIT;
    fixture->options.create = &fixture->create;
    fixture->options.on_output = on_output;
    fixture->options.on_output_user = fixture;
    fixture->exit_code = 77;
    fixture->script.answers = good;
    fixture->script.answer_count = COUNT_OF(good);
    return fake_client_new(&fixture->script, NULL, &fixture->client, NULL) == 0
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    bool is_clean = fixture->script.links == 0;

    dexec_client_free(fixture->client);
    free(fixture);
    return is_clean ? 0 : -1;
}

static enum dexec_code run(struct fixture *fixture, const char *bytes,
                           size_t len)
{
    fixture->script.bytes = bytes;
    fixture->script.len = len;
    return dexec_run(fixture->client, "t1", &fixture->options,
                     &fixture->exit_code, &fixture->err);
}

#define RUN(fixture, bytes) run(fixture, bytes, sizeof(bytes) - 1)

/* What was written on the link behind the request. */
static const char *input_of(const struct fixture *fixture)
{
    const char *body = strstr(fixture->script.sent, "\r\n\r\n");

    return body == NULL ? "" : strchr(body, '}') + 1;
}

static void run__delivers_output_and_exit_code(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(RUN(fixture, HEAD HI ERR), DEXEC_OK);

    assert_string_equal(fixture->output, "1:hi 2:e ");
    assert_int_equal(fixture->exit_code, 7);
    assert_string_equal(input_of(fixture), "");
    assert_false(fixture->script.was_shut);
}

static void run__needs_no_callback(void **state)
{
    struct fixture *fixture = *state;

    fixture->options.on_output = NULL;
    assert_int_equal(RUN(fixture, HEAD HI), DEXEC_OK);
    assert_int_equal(fixture->exit_code, 7);
}

static void run__attaches_what_it_uses(void **state)
{
    struct fixture *fixture = *state;
    static const struct fake_answer refused[] = {{.status = 500}};

    fixture->script.answers = refused;
    fixture->script.answer_count = 1;
    assert_int_equal(RUN(fixture, HEAD), DEXEC_E_HTTP);
    assert_non_null(strstr(fixture->script.body,
                           "\"AttachStdin\":false,\"AttachStdout\":true,"
                           "\"AttachStderr\":true"));
    fixture->options.input = "";
    assert_int_equal(RUN(fixture, HEAD), DEXEC_E_HTTP);
    assert_non_null(strstr(fixture->script.body, "\"AttachStdin\":true"));
}

static void run__feeds_input_and_half_closes(void **state)
{
    struct fixture *fixture = *state;

    fixture->options.input = "some input";
    fixture->options.input_len = 10;
    fixture->script.write_max = 3;
    fixture->script.waits = true;
    fixture->script.piece = sizeof(HEAD) - 1;
    assert_int_equal(RUN(fixture, HEAD HI HI HI HI HI HI HI), DEXEC_OK);

    assert_string_equal(input_of(fixture), "some input");
    assert_true(fixture->script.was_shut);
}

static void run__empty_input_half_closes_at_once(void **state)
{
    struct fixture *fixture = *state;

    fixture->options.input = "";
    assert_int_equal(RUN(fixture, HEAD HI), DEXEC_OK);
    assert_true(fixture->script.was_shut);
}

static void run__ends_a_terminals_input_by_a_byte(void **state)
{
    struct fixture *fixture = *state;

    fixture->options.input = "x\n";
    fixture->options.input_len = 2;
    fixture->create.tty = true;
    fixture->script.echoes_first = false;
    fixture->script.piece = sizeof(HEAD) - 1;
    assert_int_equal(RUN(fixture, HEAD "0123456789012345678901234567890123456"
                                       "7890123456789012345678901234567890123"),
                     DEXEC_OK);

    assert_string_equal(input_of(fixture), "x\n\004");
    assert_false(fixture->script.was_shut);
}

static void run__reads_on_when_input_is_refused(void **state)
{
    struct fixture *fixture = *state;

    fixture->options.input = "unread";
    fixture->options.input_len = 6;
    fixture->script.write_room = 200;
    fixture->script.write_max = 200;
    fixture->script.piece = sizeof(HEAD) - 1;
    fixture->script.resets = true;
    assert_int_equal(RUN(fixture, HEAD HI HI HI HI HI), DEXEC_OK);

    assert_non_null(strstr(fixture->output, "1:hi "));
    assert_int_equal(fixture->exit_code, 7);
}

static void run__reset_without_input_is_an_error(void **state)
{
    struct fixture *fixture = *state;

    fixture->script.resets = true;
    assert_int_equal(RUN(fixture, HEAD HI), DEXEC_E_RESET);
    assert_int_equal(fixture->exit_code, 77);
}

static void run__reset_inside_a_frame_is_an_error(void **state)
{
    struct fixture *fixture = *state;

    fixture->options.input = "x";
    fixture->options.input_len = 1;
    fixture->script.resets = true;
    assert_int_equal(RUN(fixture, HEAD HI "\1\0"), DEXEC_E_RESET);
    assert_string_equal(fixture->err.message,
                        "exec 4f2a: the connection was reset while output was "
                        "read");
}

static void run__cut_frame_is_an_error(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(RUN(fixture, HEAD "\1\0\0\0\0\0\0\5hi"),
                     DEXEC_E_CUT_PAYLOAD);
    assert_string_equal(fixture->output, "1:hi ");
    assert_int_equal(fixture->exit_code, 77);
}

static void run__stops_when_told(void **state)
{
    struct fixture *fixture = *state;

    fixture->stops = true;
    assert_int_equal(RUN(fixture, HEAD HI ERR), DEXEC_E_STOPPED);
    assert_string_equal(fixture->output, "1:hi ");
    assert_int_equal(fixture->script.calls, 1);
}

static void run__silence_ends_with_the_time(void **state)
{
    struct fixture *fixture = *state;

    fixture->options.timeout_ms = 300;
    fixture->script.is_silent = true;
    assert_int_equal(RUN(fixture, HEAD HI), DEXEC_E_TIMEOUT);
    assert_int_equal(fixture->script.now_ms, 300);
}

static void run__time_covers_the_head_too(void **state)
{
    struct fixture *fixture = *state;

    fixture->options.timeout_ms = 300;
    fixture->script.is_silent = true;
    assert_int_equal(RUN(fixture, "HTTP/1.1 1"), DEXEC_E_TIMEOUT);
    assert_int_equal(fixture->script.now_ms, 300);
}

static void run__time_covers_the_wait_too(void **state)
{
    struct fixture *fixture = *state;
    static const struct fake_answer endless[] = {
        CREATED, {.status = 200, .body = "{\"ID\":\"4f2a\",\"Running\":true}"}};

    fixture->script.answers = endless;
    fixture->options.timeout_ms = 300;
    assert_int_equal(RUN(fixture, HEAD HI), DEXEC_E_TIMEOUT);
    assert_int_equal(fixture->script.now_ms, 300);
}

static void run__checks_its_options(void **state)
{
    struct fixture *fixture = *state;

    fixture->options.create = NULL;
    assert_int_equal(RUN(fixture, ""), DEXEC_E_INVALID);
    fixture->options.create = &fixture->create;
    fixture->create.size = 3;
    assert_int_equal(RUN(fixture, ""), DEXEC_E_INVALID);
    fixture->options.size = 3;
    assert_int_equal(RUN(fixture, ""), DEXEC_E_INVALID);
    assert_int_equal(fixture->script.calls, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(run__delivers_output_and_exit_code),
        TEST(run__needs_no_callback),
        TEST(run__attaches_what_it_uses),
        TEST(run__feeds_input_and_half_closes),
        TEST(run__empty_input_half_closes_at_once),
        TEST(run__ends_a_terminals_input_by_a_byte),
        TEST(run__reads_on_when_input_is_refused),
        TEST(run__reset_without_input_is_an_error),
        TEST(run__reset_inside_a_frame_is_an_error),
        TEST(run__cut_frame_is_an_error),
        TEST(run__stops_when_told),
        TEST(run__silence_ends_with_the_time),
        TEST(run__time_covers_the_head_too),
        TEST(run__time_covers_the_wait_too),
        TEST(run__checks_its_options),
    };

    return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
