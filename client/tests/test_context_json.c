/* SPDX-License-Identifier: MIT */
/* test_context_json.c - config.json and meta.json, good and bad. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "context_json.h"
#include "table.h"

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    const char *shown; /* or a part of the message */
    enum dexec_code code;
};

#define BAD(text, json, message)                                               \
    {                                                                          \
        .name = (text), BYTES(json), .shown = (message),                       \
        .code = DEXEC_E_INVALID                                                \
    }

static struct row config_rows[] = {
    {.name = "config__docker",
     BYTES("{\n\t\"auths\": {\"h\": {\"auth\": \"eDp5\"}},\n"
           "\t\"currentContext\": \"staging\"\n}\n"),
     .shown = "staging"},
    {.name = "config__without_context", BYTES("{\"auths\":{}}"), .shown = ""},
    {.name = "config__null_context",
     BYTES("{\"currentContext\":null}"),
     .shown = ""},
    {.name = "config__empty_context",
     BYTES("{\"currentContext\":\"\"}"),
     .shown = ""},
    {.name = "config__key_has_its_case",
     BYTES("{\"currentcontext\":\"no\",\"x\":{\"currentContext\":\"no\"}}"),
     .shown = ""},
    {.name = "config__last_of_a_repeated_key_counts",
     BYTES("{\"currentContext\":\"aa\",\"currentContext\":\"bb\"}"),
     .shown = "bb"},
    {.name = "config__empty_file", BYTES(""), .shown = ""},
    {.name = "config__blank_file", BYTES(" \r\n\t"), .shown = ""},
    {.name = "config__escapes",
     BYTES("{\"currentContext\":\"\\u0061\\\\u0000\"}"),
     .shown = "a\\u0000"},
    BAD("config__number", "{\"currentContext\":5}",
        "currentContext is not a string"),
    BAD("config__not_json", "currentContext: x", "not one JSON object"),
    BAD("config__array", "[]", "not one JSON object"),
    BAD("config__two_objects", "{}{}", "not one JSON object"),
    BAD("config__escaped_nul", "{\"currentContext\":\"a\\u0000b\"}", "NUL"),
    BAD("config__nul_behind", "{}\0", "NUL"),
};

static struct row context_rows[] = {
    {.name = "context__docker",
     BYTES("{\"Name\":\"ab\",\"Metadata\":{},\"Endpoints\":{\"docker\":{"
           "\"Host\":\"tcp://h:1\",\"SkipTLSVerify\":false}}}"),
     .shown = "tcp://h:1 0"},
    {.name = "context__skips_verify",
     BYTES("{\"Endpoints\":{\"docker\":{\"Host\":\"tcp://h:1\","
           "\"SkipTLSVerify\":true}}}"),
     .shown = "tcp://h:1 1"},
    {.name = "context__other_keys_are_skipped",
     BYTES("{\"Endpoints\":{\"kubernetes\":{\"Host\":1},\"docker\":{\"x\":[1],"
           "\"Host\":\"ssh://u@h\",\"SkipTLSVerify\":null}}}"),
     .shown = "ssh://u@h 0"},
    {.name = "context__host_is_not_judged",
     BYTES("{\"Endpoints\":{\"docker\":{\"Host\":\"x\"}}}"),
     .shown = "x 0"},
    BAD("context__empty_file", "", "not one JSON object"),
    BAD("context__no_endpoints", "{\"Name\":\"ab\"}", "no docker endpoint"),
    BAD("context__endpoints_are_a_list", "{\"Endpoints\":[\"docker\"]}",
        "no docker endpoint"),
    BAD("context__no_docker", "{\"Endpoints\":{\"Docker\":{\"Host\":\"x\"}}}",
        "no docker endpoint"),
    BAD("context__docker_is_null", "{\"Endpoints\":{\"docker\":null}}",
        "no docker endpoint"),
    BAD("context__docker_is_a_string", "{\"Endpoints\":{\"docker\":\"x\"}}",
        "no docker endpoint"),
    BAD("context__no_host", "{\"Endpoints\":{\"docker\":{}}}", "has no Host"),
    BAD("context__empty_host", "{\"Endpoints\":{\"docker\":{\"Host\":\"\"}}}",
        "has no Host"),
    BAD("context__host_is_a_list", "{\"Endpoints\":{\"docker\":{\"Host\":[]}}}",
        "Host is not a string"),
    BAD("context__skip_is_a_string",
        "{\"Endpoints\":{\"docker\":{\"Host\":\"x\",\"SkipTLSVerify\":\"no\"}}"
        "}",
        "SkipTLSVerify is not true or false"),
    BAD("context__escaped_nul",
        "{\"Endpoints\":{\"docker\":{\"Host\":\"x\\u0000\"}}}", "NUL"),
};

/* A copy without a byte behind it, so that a reader who goes on is caught. */
static struct dx_view copy_of(const char *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    return (struct dx_view){.data = copy, .len = len};
}

static void check(const struct row *row, enum dexec_code rc,
                  const struct dexec_error *err, const char *text)
{
    assert_string_equal(dexec_code_name(rc), dexec_code_name(row->code));
    if (rc == DEXEC_OK) {
        assert_string_equal(text, row->shown);
        return;
    }
    assert_non_null(strstr(err->message, row->shown));
    assert_string_equal(text, "before");
}

static void config__row(void **state)
{
    const struct row *row = *state;
    struct dx_view text = copy_of(row->bytes, row->len);
    struct dx_context_name name = {.text = "before"};
    struct dexec_error err = {0};
    enum dexec_code rc = dx_json_read_config(text, &name, &err);

    free((void *)(uintptr_t)text.data);
    check(row, rc, &err, name.text);
}

static enum dexec_code show_context(const char *bytes, size_t len, char *shown,
                                    size_t size, struct dexec_error *err)
{
    struct dx_view text = copy_of(bytes, len);
    struct dx_context_meta meta = {.host = "before"};
    enum dexec_code rc = dx_json_read_context(text, &meta, err);

    free((void *)(uintptr_t)text.data);
    (void)snprintf(shown, size, rc == DEXEC_OK ? "%s %d" : "%s", meta.host,
                   meta.skip_tls_verify);
    return rc;
}

static void context__row(void **state)
{
    const struct row *row = *state;
    struct dexec_error err = {0};
    char shown[64] = "";
    enum dexec_code rc =
        show_context(row->bytes, row->len, shown, sizeof(shown), &err);

    check(row, rc, &err, shown);
}

static void context__is_refused_when_cut_anywhere(void **state)
{
    const struct row *row = &context_rows[0];

    (void)state;
    for (size_t len = 0; len < row->len; len++) {
        char shown[64] = "";

        assert_int_equal(
            show_context(row->bytes, len, shown, sizeof(shown), NULL),
            DEXEC_E_INVALID);
        assert_string_equal(shown, "before");
    }
}

static enum dexec_code read_name_of(int len, struct dx_context_name *name)
{
    char json[512] = "";

    (void)snprintf(json, sizeof(json), "{\"currentContext\":\"%0*d\"}", len, 0);
    return dx_json_read_config(
        (struct dx_view){.data = (const uint8_t *)json, .len = strlen(json)},
        name, NULL);
}

static void config__name_has_a_longest(void **state)
{
    struct dx_context_name name = {.text = ""};

    (void)state;
    assert_int_equal(read_name_of(DX_CONTEXT_NAME_MAX + 1, &name),
                     DEXEC_E_INVALID);
    assert_int_equal(read_name_of(DX_CONTEXT_NAME_MAX, &name), DEXEC_OK);
    assert_int_equal(strlen(name.text), DX_CONTEXT_NAME_MAX);
}

static enum dexec_code read_host_of(int len, struct dx_context_meta *meta,
                                    struct dexec_error *err)
{
    char json[1024] = "";

    (void)snprintf(json, sizeof(json),
                   "{\"Endpoints\":{\"docker\":{\"Host\":\"%0*d\"}}}", len, 0);
    return dx_json_read_context(
        (struct dx_view){.data = (const uint8_t *)json, .len = strlen(json)},
        meta, err);
}

static void context__host_has_a_longest(void **state)
{
    struct dx_context_meta meta = {.host = ""};
    struct dexec_error err = {0};

    (void)state;
    assert_int_equal(read_host_of(DX_ADDRESS_SIZE, &meta, &err),
                     DEXEC_E_INVALID);
    assert_string_equal(err.message,
                        "Host has 448 bytes, at most 447 are expected");
    assert_int_equal(read_host_of(DX_ADDRESS_SIZE - 1, &meta, NULL), DEXEC_OK);
    assert_int_equal(strlen(meta.host), DX_ADDRESS_SIZE - 1);
}

int main(void)
{
    struct CMUnitTest
        tests[COUNT_OF(config_rows) + COUNT_OF(context_rows) + 3] = {
            cmocka_unit_test(context__is_refused_when_cut_anywhere),
            cmocka_unit_test(config__name_has_a_longest),
            cmocka_unit_test(context__host_has_a_longest),
        };
    struct CMUnitTest *next = tests + 3;

    ADD_ROWS(next, config__row, config_rows);
    ADD_ROWS(next + COUNT_OF(config_rows), context__row, context_rows);
    return cmocka_run_group_tests_name("context_json", tests, NULL, NULL);
}
