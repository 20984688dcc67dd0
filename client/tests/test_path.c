/* SPDX-License-Identifier: MIT */
/* test_path.c - request paths. */
#include <stdio.h>
#include <string.h>

#include "limits.h"
#include "path.h"
#include "table.h"

struct row {
    const char *name;
    struct dx_path path;
    const char *text; /* NULL = refused */
    const char *message;
};

static struct row rows[] = {
    {"path__versioned",
     {"1.41", "containers", "t1", "exec"},
     "/v1.41/containers/t1/exec",
     NULL},
    {"path__unversioned",
     {"", "exec", "4f2a", "json"},
     "/exec/4f2a/json",
     NULL},
    {"path__query_is_left_alone",
     {"", "exec", "4f2a", "resize?h=1&w=2"},
     "/exec/4f2a/resize?h=1&w=2",
     NULL},
    {"path__names_are_encoded",
     {"", "containers", "a b/c%?#&+\n\x7f\xc3\xa9\"", "exec"},
     "/containers/a%20b%2Fc%25%3F%23%26%2B%0A%7F%C3%A9%22/exec",
     NULL},
    {"path__unreserved_stay",
     {"", "containers", "azAZ09-._~", "exec"},
     "/containers/azAZ09-._~/exec",
     NULL},
    {"path__empty_container",
     {"", "containers", "", "exec"},
     NULL,
     "the container name is empty"},
    {"path__no_container",
     {"", "containers", NULL, "exec"},
     NULL,
     "the container name is empty"},
    {"path__dot",
     {"", "exec", ".", "json"},
     NULL,
     "the exec id is '.', which means another path"},
    {"path__two_dots",
     {"", "containers", "..", "exec"},
     NULL,
     "the container name is '..', which means another path"},
    {"path__three_dots_are_a_name",
     {"", "containers", "...", "exec"},
     "/containers/.../exec",
     NULL},
    {"path__empty_id", {"", "exec", "", "json"}, NULL, "the exec id is empty"},
};

static void path__row(void **state)
{
    const struct row *row = *state;
    struct dx_mem mem = {0};
    struct dx_buf buf = {0};
    struct dexec_error err = {0};
    char text[256] = "";
    enum dexec_code rc = DEXEC_OK;

    assert_true(dx_mem_init(&mem, NULL));
    dx_buf_init(&buf, &mem, DX_PATH_MAX);
    rc = dx_path_write(&row->path, &buf, &err);
    (void)snprintf(text, sizeof(text), "%s", dx_buf_text(&buf));
    dx_buf_release(&buf);

    assert_int_equal(rc, row->text != NULL ? DEXEC_OK : DEXEC_E_INVALID);
    assert_string_equal(text, row->text != NULL ? row->text : "");
    assert_string_equal(err.message, row->text != NULL ? "" : row->message);
}

static enum dexec_code write_name_of(size_t len, size_t *out_len)
{
    struct dx_mem mem = {0};
    struct dx_buf buf = {0};
    char name[DX_NAME_MAX + 2];
    const struct dx_path path = {"999.999", "containers", name, "exec"};
    enum dexec_code rc = DEXEC_OK;

    memset(name, ' ', len);
    name[len] = '\0';
    assert_true(dx_mem_init(&mem, NULL));
    dx_buf_init(&buf, &mem, DX_PATH_MAX);
    rc = dx_path_write(&path, &buf, NULL);
    *out_len = buf.len;
    dx_buf_release(&buf);
    return rc;
}

static void path__longest_name_fits(void **state)
{
    size_t len = 0;

    (void)state;
    assert_int_equal(write_name_of(DX_NAME_MAX, &len), DEXEC_OK);
    assert_int_equal(len, strlen("/v999.999/containers//exec") +
                              3 * (size_t)DX_NAME_MAX);
    assert_int_equal(write_name_of(DX_NAME_MAX + 1, &len), DEXEC_E_INVALID);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 1] = {
        cmocka_unit_test(path__longest_name_fits),
    };

    ADD_ROWS(tests + 1, path__row, rows);
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
