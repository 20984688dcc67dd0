/* SPDX-License-Identifier: MIT */
/* test_refusal.c - what a refused request says to people and programs. */
#include <stdlib.h>
#include <string.h>

#include "refusal.h"
#include "table.h"

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    int status;
    enum dexec_code code;
    const char *message;
};

static struct row rows[] = {
    {"refusal__json", BYTES("{\"message\":\"No such container: x\"}\n"), 404,
     DEXEC_E_NOT_FOUND, "No such container: x"},
    {"refusal__conflict", BYTES("{\"message\":\"paused\"}"), 409,
     DEXEC_E_CONFLICT, "paused"},
    {"refusal__other_status", BYTES("{\"message\":\"bad\"}"), 400, DEXEC_E_HTTP,
     "bad"},
    {"refusal__plain_text", BYTES("page not found\n"), 404, DEXEC_E_NOT_FOUND,
     "page not found"},
    {"refusal__text_becomes_one_line",
     BYTES("\r\n\t <h1>\n\n  502 </h1>\x1b[m \r\n"), 502, DEXEC_E_HTTP,
     "<h1> 502 </h1> [m"},
    {"refusal__json_message_becomes_one_line",
     BYTES("{\"message\":\" a\\r\\n\\tb\\u0007 \"}"), 500, DEXEC_E_HTTP, "a b"},
    {"refusal__utf_8_stays", BYTES("{\"message\":\"\xc3\xa9\"}"), 500,
     DEXEC_E_HTTP, "\xc3\xa9"},
    {"refusal__no_body", BYTES(""), 500, DEXEC_E_HTTP,
     "HTTP status 500, no message"},
    {"refusal__only_blanks", BYTES(" \r\n"), 302, DEXEC_E_HTTP,
     "HTTP status 302, no message"},
    {"refusal__empty_message", BYTES("{\"message\":\"\"}"), 500, DEXEC_E_HTTP,
     "HTTP status 500, no message"},
    {"refusal__json_without_message", BYTES("{\"error\":1}"), 500, DEXEC_E_HTTP,
     "{\"error\":1}"},
    {"refusal__nul_ends_a_text", BYTES("abc\0def"), 500, DEXEC_E_HTTP, "abc"},
};

static void refusal__row(void **state)
{
    const struct row *row = *state;
    const struct dx_view body = {.data = (const uint8_t *)row->bytes,
                                 .len = row->len};
    struct dexec_error err = {0};

    assert_int_equal(dx_refusal(row->status, body, &err), row->code);
    assert_int_equal(err.code, row->code);
    assert_int_equal(err.http_status, row->status);
    assert_string_equal(err.message, row->message);
}

static void refusal__long_text_is_cut(void **state)
{
    const size_t len = 100000;
    char *text = malloc(len);
    struct dexec_error err = {0};

    (void)state;
    assert_non_null(text);
    memset(text, 'x', len);
    (void)dx_refusal(500, (struct dx_view){.data = (uint8_t *)text, .len = len},
                     &err);
    free(text);
    assert_int_equal(strlen(err.message), DEXEC_ERROR_MESSAGE_MAX - 1);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 1] = {
        cmocka_unit_test(refusal__long_text_is_cut),
    };

    ADD_ROWS(tests + 1, refusal__row, rows);
    return cmocka_run_group_tests_name("refusal", tests, NULL, NULL);
}
