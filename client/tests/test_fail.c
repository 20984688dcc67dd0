/* SPDX-License-Identifier: MIT */
/* test_fail.c - messages: one line, cut where the room ends. */
#include <string.h>

#include "fail.h"
#include "table.h"

static void fail__fills_all_fields(void **state)
{
    struct dexec_error err = {0};

    (void)state;
    assert_int_equal(dx_fail(&err, DEXEC_E_HTTP, 500, "answer %d", 42),
                     DEXEC_E_HTTP);

    assert_int_equal(err.code, DEXEC_E_HTTP);
    assert_int_equal(err.http_status, 500);
    assert_string_equal(err.message, "answer 42");
}

static void fail__while_goes_before_the_cause(void **state)
{
    struct dexec_error err = {0};

    (void)state;
    (void)dx_fail(&err, DEXEC_E_NOT_FOUND, 404, "gone");
    assert_int_equal(dx_fail_while(&err, DEXEC_E_NOT_FOUND, "start %s", "x"),
                     DEXEC_E_NOT_FOUND);

    assert_string_equal(err.message, "start x: gone");
    assert_int_equal(err.http_status, 404);
}

static void fail__long_message_is_cut(void **state)
{
    char text[DEXEC_ERROR_MESSAGE_MAX * 2];
    struct dexec_error err = {0};

    (void)state;
    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    (void)dx_fail(&err, DEXEC_E_INVALID, 0, "%s", text);
    assert_int_equal(strlen(err.message), DEXEC_ERROR_MESSAGE_MAX - 1);
    (void)dx_fail_while(&err, DEXEC_E_INVALID, "%s", "while");

    assert_int_equal(strlen(err.message), DEXEC_ERROR_MESSAGE_MAX - 1);
    assert_memory_equal(err.message, "while: aaaa", 11);
}

static void fail__message_is_one_line(void **state)
{
    struct dexec_error err = {0};

    (void)state;
    (void)dx_fail(&err, DEXEC_E_INVALID, 0, "a\nb\x7f\x1b%s", "\xc3\xa9");
    (void)dx_fail_while(&err, DEXEC_E_INVALID, "c\r\n");

    assert_string_equal(err.message, "c??: a?b??\xc3\xa9");
}

static void fail__takes_no_error_struct(void **state)
{
    (void)state;
    assert_int_equal(dx_fail(NULL, DEXEC_E_RESET, 0, "x"), DEXEC_E_RESET);
    assert_int_equal(dx_fail_while(NULL, DEXEC_E_RESET, "x"), DEXEC_E_RESET);
    assert_int_equal(dx_fail_memory(NULL), DEXEC_E_NOMEM);
}

static void fail__every_code_has_its_own_name(void **state)
{
    (void)state;
    for (int a = DEXEC_OK; a <= DEXEC_E_TLS; a++) {
        for (int b = DEXEC_OK; b < a; b++) {
            assert_string_not_equal(dexec_code_name((enum dexec_code)a),
                                    dexec_code_name((enum dexec_code)b));
        }
        assert_string_not_equal(dexec_code_name((enum dexec_code)a), "unknown");
    }
    assert_string_equal(dexec_code_name((enum dexec_code)99), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fail__fills_all_fields),
        cmocka_unit_test(fail__while_goes_before_the_cause),
        cmocka_unit_test(fail__long_message_is_cut),
        cmocka_unit_test(fail__message_is_one_line),
        cmocka_unit_test(fail__takes_no_error_struct),
        cmocka_unit_test(fail__every_code_has_its_own_name),
    };

    return cmocka_run_group_tests_name("fail", tests, NULL, NULL);
}
