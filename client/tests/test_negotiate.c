/* SPDX-License-Identifier: MIT */
/* test_negotiate.c - which API version a client takes from a daemon. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dexec/dexec.h>

#include "fake_transport.h"
#include "table.h"

#define HEAD "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define FAILED "negotiate the API version: "

struct row {
    const char *name;
    struct fake_answer answer;
    enum dexec_code code;
    const char *version; /* afterwards; it was 1.30 before */
    const char *message;
};

#define SAYS(text) .answer = {.status = 200, .body = (text)}

static struct row rows[] = {
    {.name = "negotiate__older_daemon",
     SAYS("{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}"),
     .version = "1.41"},
    {.name = "negotiate__daemon_of_our_version",
     SAYS("{\"ApiVersion\":\"" DEXEC_API_VERSION "\"}"),
     .version = DEXEC_API_VERSION},
    {.name = "negotiate__newer_daemon",
     SAYS("{\"ApiVersion\":\"1.54\",\"MinAPIVersion\":\"1.24\"}"),
     .version = DEXEC_API_VERSION},
    {.name = "negotiate__newer_major",
     SAYS("{\"ApiVersion\":\"2.0\"}"),
     .version = DEXEC_API_VERSION},
    {.name = "negotiate__numbers_are_not_fractions",
     SAYS("{\"ApiVersion\":\"1.6\"}"),
     .version = "1.6"},
    {.name = "negotiate__largest_parts",
     SAYS("{\"ApiVersion\":\"999.999\"}"),
     .version = DEXEC_API_VERSION},
    {.name = "negotiate__oldest_is_just_ours",
     SAYS("{\"ApiVersion\":\"1.60\",\"MinAPIVersion\":\"" DEXEC_API_VERSION
          "\"}"),
     .version = DEXEC_API_VERSION},
    {.name = "negotiate__oldest_is_too_new",
     SAYS("{\"ApiVersion\":\"1.60\",\"MinAPIVersion\":\"1.54\"}"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED "the daemon speaks no API older than 1.54, this library "
                       "none newer than " DEXEC_API_VERSION},
    {.name = "negotiate__no_version",
     SAYS("{\"Version\":\"20.10\"}"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED "the daemon's ApiVersion '' is not MAJOR.MINOR"},
    {.name = "negotiate__one_part",
     SAYS("{\"ApiVersion\":\"1\"}"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED "the daemon's ApiVersion '1' is not MAJOR.MINOR"},
    {.name = "negotiate__three_parts",
     SAYS("{\"ApiVersion\":\"1.2.3\"}"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED "the daemon's ApiVersion '1.2.3' is not MAJOR.MINOR"},
    {.name = "negotiate__empty_version",
     SAYS("{\"ApiVersion\":\"\"}"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED "the daemon's ApiVersion '' is not MAJOR.MINOR"},
    {.name = "negotiate__letters_behind_it",
     SAYS("{\"ApiVersion\":\"1.4x\"}"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED "the daemon's ApiVersion '1.4x' is not MAJOR.MINOR"},
    {.name = "negotiate__part_of_four_digits",
     SAYS("{\"ApiVersion\":\"1.1000\"}"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED "the daemon's ApiVersion '1.1000' is not MAJOR.MINOR"},
    {.name = "negotiate__part_of_a_path",
     SAYS("{\"ApiVersion\":\"1.4/../x\"}"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED "the daemon's ApiVersion '1.4/../x' is not MAJOR.MINOR"},
    {.name = "negotiate__longer_than_is_kept",
     SAYS("{\"ApiVersion\":\"1.41xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED "the daemon's ApiVersion '1.41xxxxxxxxxxxxxxxxxxxxxxxx"},
    {.name = "negotiate__number",
     SAYS("{\"ApiVersion\":1.41}"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED},
    {.name = "negotiate__oldest_is_a_number",
     SAYS("{\"ApiVersion\":\"1.41\",\"MinAPIVersion\":1}"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED},
    {.name = "negotiate__not_json",
     SAYS("nope"),
     .code = DEXEC_E_PROTOCOL,
     .message = FAILED},
    {.name = "negotiate__refused",
     .answer = {.status = 500, .body = "{\"message\":\"no\"}"},
     .code = DEXEC_E_HTTP,
     .message = FAILED "no"},
    {.name = "negotiate__nobody_there",
     .answer = {.code = DEXEC_E_CONNECT},
     .code = DEXEC_E_CONNECT,
     .message = FAILED "exchange: scripted"},
};

static void open_client(struct fake_script *script,
                        struct dexec_client **out_client, const char *version)
{
    struct dexec_client_options options = fake_client_options();

    options.api_version = version;
    assert_int_equal(fake_client_new_by(script, &options, out_client, NULL),
                     DEXEC_OK);
}

static void negotiate__row(void **state)
{
    const struct row *row = *state;
    struct fake_script script = {.answers = &row->answer, .answer_count = 1};
    struct dexec_client *client = NULL;
    struct dexec_error err = {0};

    open_client(&script, &client, "1.30");
    assert_int_equal(dexec_client_negotiate(client, &err), row->code);

    assert_string_equal(script.method, "GET");
    assert_string_equal(script.path, "/version");
    assert_string_equal(dexec_client_api_version(client),
                        row->version == NULL ? "1.30" : row->version);
    assert_int_equal(err.code, row->code);
    if (row->message != NULL) {
        assert_memory_equal(err.message, row->message, strlen(row->message));
    }
    dexec_client_free(client);
}

/* The version in the paths of requests of both kinds. */
static void expect_version(struct fake_script *script,
                           struct dexec_client *client, const char *prefix)
{
    struct dexec_inspect *inspect = NULL;
    struct dexec_stream *stream = NULL;
    char line[64] = "";

    assert_int_equal(dexec_inspect(client, "4f2a", &inspect, NULL), DEXEC_OK);
    dexec_inspect_free(client, inspect);
    (void)snprintf(line, sizeof(line), "%s/exec/4f2a/json", prefix);
    assert_string_equal(script->path, line);

    script->sent_len = 0;
    script->read_len = 0;
    assert_int_equal(dexec_start(client, "4f2a", NULL, &stream, NULL),
                     DEXEC_OK);
    dexec_stream_free(stream);
    (void)snprintf(line, sizeof(line), "POST %s/exec/4f2a/start HTTP/1.1\r\n",
                   prefix);
    assert_memory_equal(script->sent, line, strlen(line));
}

static void negotiate__later_requests_have_the_version(void **state)
{
    static const struct fake_answer answers[] = {
        {.status = 200, .body = "{\"ID\":\"4f2a\"}"},
        {.status = 200, .body = "{\"ApiVersion\":\"1.40\"}"},
        {.status = 200, .body = "{\"ID\":\"4f2a\"}"}};
    struct fake_script script = {.answers = answers,
                                 .answer_count = COUNT_OF(answers),
                                 .bytes = HEAD,
                                 .len = sizeof(HEAD) - 1};
    struct dexec_client *client = NULL;

    (void)state;
    open_client(&script, &client, NULL);
    assert_string_equal(dexec_client_api_version(client), "");
    expect_version(&script, client, "");
    assert_int_equal(dexec_client_negotiate(client, NULL), DEXEC_OK);
    expect_version(&script, client, "/v1.40");
    dexec_client_free(client);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 1] = {
        cmocka_unit_test(negotiate__later_requests_have_the_version)};

    ADD_ROWS(tests + 1, negotiate__row, rows);
    return cmocka_run_group_tests_name("negotiate", tests, NULL, NULL);
}
