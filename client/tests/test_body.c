/* SPDX-License-Identifier: MIT */
/* test_body.c - where a body ends. */
#include <string.h>

#include "body.h"
#include "table.h"

struct row {
    const char *name;
    struct dx_http_head head;
    const char *bytes;
    size_t len;
    size_t data_len; /* of the body's content */
    bool is_over;
    enum dexec_code finish;
};

static struct row rows[] = {
    {.name = "body__without_length_goes_to_the_close",
     .head = {.status = 200},
     BYTES("abc"),
     .data_len = 3},
    {.name = "body__of_a_length",
     .head = {.status = 404, .has_length = true, .length = 2},
     BYTES("abc"),
     .data_len = 2,
     .is_over = true},
    {.name = "body__of_length_0",
     .head = {.status = 200, .has_length = true},
     BYTES("abc"),
     .is_over = true},
    {.name = "body__shorter_than_its_length",
     .head = {.status = 404, .has_length = true, .length = 5},
     BYTES("abc"),
     .data_len = 3,
     .finish = DEXEC_E_CLOSED},
    {.name = "body__chunked_before_length",
     .head =
         {.status = 200, .has_length = true, .length = 1, .is_chunked = true},
     BYTES("2\r\nhi\r\n0\r\n\r\n"),
     .data_len = 2,
     .is_over = true},
    {.name = "body__chunked_without_its_end",
     .head = {.status = 200, .is_chunked = true},
     BYTES("2\r\nhi\r\n"),
     .data_len = 2,
     .finish = DEXEC_E_CLOSED},
    {.name = "body__behind_204_is_empty",
     .head = {.status = 204},
     BYTES("abc"),
     .is_over = true},
    {.name = "body__behind_304_is_empty",
     .head =
         {.status = 304, .has_length = true, .length = 1, .is_chunked = true},
     BYTES("abc"),
     .is_over = true},
    {.name = "body__behind_101_is_no_body",
     .head =
         {.status = 101, .has_length = true, .length = 1, .is_chunked = true},
     BYTES("abc"),
     .data_len = 3},
};

static void body__row(void **state)
{
    const struct row *row = *state;
    struct dx_body body = {0};
    struct dx_view in = {.data = (const uint8_t *)row->bytes, .len = row->len};
    struct dx_view data = {0};
    size_t len = 0;

    dx_body_init(&body, &row->head);
    do {
        assert_int_equal(dx_body_next(&body, &in, &data, NULL), DEXEC_OK);
        len += data.len;
    } while (data.len > 0);

    assert_int_equal(len, row->data_len);
    assert_int_equal(dx_body_is_over(&body), row->is_over);
    assert_int_equal(dx_body_finish(&body, NULL), row->finish);
}

static void body__says_how_much_was_missing(void **state)
{
    const struct dx_http_head head = {
        .status = 404, .has_length = true, .length = 5};
    struct dx_body body = {0};
    struct dexec_error err = {0};

    (void)state;
    dx_body_init(&body, &head);
    (void)dx_body_finish(&body, &err);

    assert_string_equal(err.message,
                        "the daemon closed the connection inside its answer (0 "
                        "of 5 bytes received)");
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 1] = {
        cmocka_unit_test(body__says_how_much_was_missing),
    };

    ADD_ROWS(tests + 1, body__row, rows);
    return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
