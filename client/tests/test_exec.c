/* SPDX-License-Identifier: MIT */
/* test_exec.c - the plain calls on scripted answers. */
#include <stdlib.h>
#include <string.h>

#include <dexec/exec.h>

#include "fake_transport.h"
#include "table.h"

#define RUNNING "{\"ID\":\"4f2a\",\"Running\":true,\"ExitCode\":null,\"Pid\":1}"
#define NO_CODE "{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":null}"
#define DONE_7 "{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7}"

static const char *const true_cmd[] = {"true", NULL};

struct fixture {
    struct fake_script script;
    struct dexec_client *client;
    struct dexec_error err;
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    *state = fixture;
    return fixture == NULL || fake_client_new(&fixture->script, NULL,
                                              &fixture->client, NULL) != 0
               ? -1
               : 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    dexec_client_free(fixture->client);
    free(fixture);
    return 0;
}

#define ANSWER(fixture, ...)                                                   \
    static const struct fake_answer answers[] = {__VA_ARGS__};                 \
    (fixture)->script.answers = answers;                                       \
    (fixture)->script.answer_count = COUNT_OF(answers)

static enum dexec_code create(struct fixture *fixture, const char *container,
                              struct dexec_id *out_id)
{
    struct dexec_create_options options = DEXEC_CREATE_OPTIONS_INIT;

    options.cmd = true_cmd;
    return dexec_create(fixture->client, container, &options, out_id,
                        &fixture->err);
}

static void create__posts_and_returns_the_id(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_id id = {0};

    ANSWER(fixture, {.status = 201, .body = "{\"Id\":\"4f2a\"}"});
    assert_int_equal(create(fixture, "my box", &id), DEXEC_OK);

    assert_string_equal(id.text, "4f2a");
    assert_string_equal(fixture->script.method, "POST");
    assert_string_equal(fixture->script.path,
                        "/v1.41/containers/my%20box/exec");
    assert_non_null(strstr(fixture->script.body, "{\"Cmd\":[\"true\"],"));
    assert_int_equal(fixture->script.timeout_ms, 1000);
}

static void create__passes_the_daemons_words_on(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_id id = {.text = "before"};

    ANSWER(fixture,
           {.status = 404, .body = "{\"message\":\"No such container: x\"}"});
    assert_int_equal(create(fixture, "x", &id), DEXEC_E_NOT_FOUND);

    assert_string_equal(fixture->err.message,
                        "create exec in x: No such container: x");
    assert_int_equal(fixture->err.http_status, 404);
    assert_string_equal(id.text, "before");
}

static void create__answer_without_id_is_a_protocol_error(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_id id = {0};

    ANSWER(fixture, {.status = 201, .body = "{}"});
    assert_int_equal(create(fixture, "x", &id), DEXEC_E_PROTOCOL);
    assert_string_equal(fixture->err.message,
                        "create exec in x: the answer's Id is not a string");
}

static void create__checks_its_arguments(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_create_options options = DEXEC_CREATE_OPTIONS_INIT;
    const char *const none[] = {NULL};
    struct dexec_id id = {0};

    assert_int_equal(
        dexec_create(fixture->client, "x", &options, &id, &fixture->err),
        DEXEC_E_INVALID);
    assert_string_equal(fixture->err.message,
                        "create exec in x: no command was given");
    options.cmd = none;
    assert_int_equal(dexec_create(fixture->client, "x", &options, &id, NULL),
                     DEXEC_E_INVALID);
    assert_int_equal(create(fixture, "", &id), DEXEC_E_INVALID);
    assert_int_equal(create(fixture, NULL, &id), DEXEC_E_INVALID);
    options.cmd = true_cmd;
    options.size--;
    assert_int_equal(dexec_create(fixture->client, "x", &options, &id, NULL),
                     DEXEC_E_INVALID);
    assert_int_equal(dexec_create(fixture->client, "x", NULL, &id, NULL),
                     DEXEC_E_INVALID);

    assert_int_equal(fixture->script.calls, 0);
}

static void start_detached__says_so(void **state)
{
    struct fixture *fixture = *state;

    ANSWER(fixture, {.status = 200, .body = "\n"});
    assert_int_equal(
        dexec_start_detached(fixture->client, "4f2a", true, &fixture->err),
        DEXEC_OK);

    assert_string_equal(fixture->script.path, "/v1.41/exec/4f2a/start");
    assert_string_equal(fixture->script.body, "{\"Detach\":true,\"Tty\":true}");
}

static void start_detached__conflict(void **state)
{
    struct fixture *fixture = *state;

    ANSWER(fixture, {.status = 409, .body = "{\"message\":\"has run\"}"});
    assert_int_equal(
        dexec_start_detached(fixture->client, "4f2a", false, &fixture->err),
        DEXEC_E_CONFLICT);
    assert_string_equal(fixture->err.message, "start exec 4f2a: has run");
}

static void inspect__gives_what_was_said(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_inspect *inspect = NULL;

    ANSWER(fixture, {.status = 200, .body = DONE_7});
    assert_int_equal(
        dexec_inspect(fixture->client, "4f2a", &inspect, &fixture->err),
        DEXEC_OK);

    assert_int_equal(inspect->exit_code, 7);
    assert_string_equal(fixture->script.method, "GET");
    assert_string_equal(fixture->script.path, "/v1.41/exec/4f2a/json");
    assert_string_equal(fixture->script.body, "");
    dexec_inspect_free(fixture->client, inspect);
    dexec_inspect_free(fixture->client, NULL);
}

static void inspect__failed_exchange_is_passed_on(void **state)
{
    struct fixture *fixture = *state;
    struct dexec_inspect *inspect = NULL;

    ANSWER(fixture, {.code = DEXEC_E_RESET});
    assert_int_equal(dexec_inspect(fixture->client, "0123456789abcdef",
                                   &inspect, &fixture->err),
                     DEXEC_E_RESET);
    assert_null(inspect);
    assert_string_equal(fixture->err.message,
                        "inspect exec 0123456789ab: exchange: scripted");
}

static void wait__asks_until_there_is_a_code(void **state)
{
    struct fixture *fixture = *state;
    int64_t code = 77;

    ANSWER(fixture, {.status = 200, .body = RUNNING},
           {.status = 200, .body = NO_CODE}, {.status = 200, .body = DONE_7});
    assert_int_equal(
        dexec_wait(fixture->client, "4f2a", 0, &code, &fixture->err), DEXEC_OK);

    assert_int_equal(code, 7);
    assert_int_equal(fixture->script.calls, 3);
    assert_int_equal(fixture->script.now_ms, 1 + 2);
}

static void wait__pauses_grow_to_100_ms(void **state)
{
    struct fixture *fixture = *state;
    int64_t code = 77;

    ANSWER(fixture, {.status = 200, .body = RUNNING});
    assert_int_equal(
        dexec_wait(fixture->client, "4f2a", 10000, &code, &fixture->err),
        DEXEC_E_TIMEOUT);

    assert_int_equal(code, 77);
    assert_int_equal(fixture->script.now_ms, 10000);
    assert_in_range(fixture->script.calls, 100, 110);
    assert_string_equal(fixture->err.message,
                        "wait for exec 4f2a: it has not ended in time");
}

static void wait__gives_a_call_no_more_than_is_left(void **state)
{
    struct fixture *fixture = *state;
    int64_t code = 77;

    ANSWER(fixture, {.status = 200, .body = RUNNING});
    assert_int_equal(dexec_wait(fixture->client, "4f2a", 20, &code, NULL),
                     DEXEC_E_TIMEOUT);
    assert_in_range(fixture->script.timeout_ms, 1, 20);
}

static void wait__ends_with_the_first_error(void **state)
{
    struct fixture *fixture = *state;
    int64_t code = 77;

    ANSWER(fixture, {.status = 200, .body = RUNNING},
           {.status = 404, .body = "{\"message\":\"gone\"}"});
    assert_int_equal(
        dexec_wait(fixture->client, "4f2a", 0, &code, &fixture->err),
        DEXEC_E_NOT_FOUND);
    assert_int_equal(code, 77);
}

static void resize__sends_both_sizes(void **state)
{
    struct fixture *fixture = *state;

    ANSWER(fixture, {.status = 201});
    assert_int_equal(
        dexec_resize(fixture->client, "4f2a", 65535, 0, &fixture->err),
        DEXEC_OK);
    assert_string_equal(fixture->script.method, "POST");
    assert_string_equal(fixture->script.path,
                        "/v1.41/exec/4f2a/resize?h=65535&w=0");
    assert_string_equal(fixture->script.body, "");
}

static void resize__refusal(void **state)
{
    struct fixture *fixture = *state;

    ANSWER(fixture, {.status = 500, .body = "cannot resize\n"});
    assert_int_equal(
        dexec_resize(fixture->client, "4f2a", 24, 80, &fixture->err),
        DEXEC_E_HTTP);
    assert_string_equal(fixture->err.message,
                        "resize exec 4f2a: cannot resize");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(create__posts_and_returns_the_id),
        TEST(create__passes_the_daemons_words_on),
        TEST(create__answer_without_id_is_a_protocol_error),
        TEST(create__checks_its_arguments),
        TEST(start_detached__says_so),
        TEST(start_detached__conflict),
        TEST(inspect__gives_what_was_said),
        TEST(inspect__failed_exchange_is_passed_on),
        TEST(wait__asks_until_there_is_a_code),
        TEST(wait__pauses_grow_to_100_ms),
        TEST(wait__gives_a_call_no_more_than_is_left),
        TEST(wait__ends_with_the_first_error),
        TEST(resize__sends_both_sizes),
        TEST(resize__refusal),
    };

    return cmocka_run_group_tests_name("exec", tests, NULL, NULL);
}
