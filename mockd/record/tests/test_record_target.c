/* SPDX-License-Identifier: MIT */
/* test_record_target.c - request lines as rules say them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "record/target.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct row {
    const char *name;
    const char *method;
    const char *target;
    const char *on; /* NULL = refused */
    const char *literal;
    enum md_rec_ref ref;
    enum md_rec_call call;
};

#define CONTAINER(text) .ref = MD_REC_REF_CONTAINER, .literal = (text)
#define EXEC(text) .ref = MD_REC_REF_EXEC, .literal = (text)

#define SLASHES_63                                                             \
    "///////////////////////////////////////////////////////////////"
#define AMPERSANDS_63                                                          \
    "&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&"

static struct row rows[] = {
    {.name = "ping", .method = "HEAD", .target = "/_ping", .on = "HEAD /_ping"},
    {.name = "version_is_dropped",
     .method = "GET",
     .target = "/v1.41/info",
     .on = "GET /info"},
    {.name = "only_a_version_is_dropped",
     .method = "GET",
     .target = "/v1.41",
     .on = "GET /v1.41"},
    {.name = "volumes_is_no_version",
     .method = "GET",
     .target = "/volumes",
     .on = "GET /volumes"},
    {.name = "version_needs_two_numbers",
     .method = "GET",
     .target = "/v1./info",
     .on = "GET /v1./info"},
    {.name = "origin_is_dropped",
     .method = "GET",
     .target = "http://docker/v1.24/exec/ab/json",
     .on = "GET /exec/ab/json",
     EXEC("ab"),
     .call = MD_REC_CALL_INSPECT},
    {.name = "create",
     .method = "POST",
     .target = "/v1.40/containers/t1/exec",
     .on = "POST /containers/t1/exec",
     CONTAINER("t1"),
     .call = MD_REC_CALL_CREATE},
    {.name = "start",
     .method = "POST",
     .target = "/exec/ab/start",
     .on = "POST /exec/ab/start",
     EXEC("ab"),
     .call = MD_REC_CALL_START},
    {.name = "start_with_query",
     .method = "POST",
     .target = "/exec/ab/start?x=1",
     .on = "POST /exec/ab/start?x=1",
     EXEC("ab"),
     .call = MD_REC_CALL_START},
    {.name = "get_of_start_is_none",
     .method = "GET",
     .target = "/exec/ab/start",
     .on = "GET /exec/ab/start",
     EXEC("ab")},
    {.name = "resize",
     .method = "POST",
     .target = "/exec/ab/resize?h=2&w=3",
     .on = "POST /exec/ab/resize?h=2&w=3",
     EXEC("ab"),
     .call = MD_REC_CALL_RESIZE},
    {.name = "container_inspect",
     .method = "GET",
     .target = "/containers/t1/json?size=1",
     .on = "GET /containers/t1/json?size=1",
     CONTAINER("t1"),
     .call = MD_REC_CALL_CONTAINER_INSPECT},
    {.name = "container_list_names_none",
     .method = "GET",
     .target = "/containers/json?all=1",
     .on = "GET /containers/json?all=1"},
    {.name = "container_create_names_none",
     .method = "POST",
     .target = "/containers/create?name=t2",
     .on = "POST /containers/create?name=t2",
     .call = MD_REC_CALL_CONTAINER_CREATE},
    {.name = "container_prune_names_none",
     .method = "POST",
     .target = "/containers/prune",
     .on = "POST /containers/prune"},
    {.name = "container_called_createx",
     .method = "POST",
     .target = "/containers/createx/start",
     .on = "POST /containers/createx/start",
     CONTAINER("createx")},
    {.name = "delete",
     .method = "DELETE",
     .target = "/containers/t1?force=1",
     .on = "DELETE /containers/t1?force=1",
     CONTAINER("t1")},
    {.name = "empty_name",
     .method = "GET",
     .target = "/containers//json",
     .on = "GET /containers//json"},
    {.name = "image_called_exec",
     .method = "GET",
     .target = "/images/exec/json",
     .on = "GET /images/exec/json"},
    {.name = "brace_is_refused", .method = "GET", .target = "/exec/{a}/json"},
    /* A mock would not load these. */
    {.name = "method_in_small_letters", .method = "get", .target = "/info"},
    {.name = "method_that_is_none", .method = "", .target = "/info"},
    {.name = "no_path", .method = "OPTIONS", .target = "*"},
    {.name = "two_versions", .method = "GET", .target = "/v1.1/v1.2/info"},
    {.name = "longer_version", .method = "GET", .target = "/v1.2.3/info"},
    {.name = "escape_that_is_cut", .method = "GET", .target = "/a%4"},
    {.name = "escape_that_is_none", .method = "GET", .target = "/a?b=%4g"},
    {.name = "escaped_nul", .method = "GET", .target = "/a%00"},
    {.name = "escape",
     .method = "GET",
     .target = "/a%20b?c=%7B",
     .on = "GET /a%20b?c=%7B"},
    {.name = "as_many_parts_as_there_may_be",
     .method = "GET",
     .target = SLASHES_63 "/?" AMPERSANDS_63,
     .on = "GET " SLASHES_63 "/?" AMPERSANDS_63},
    {.name = "longer_path", .method = "GET", .target = SLASHES_63 "//"},
    {.name = "longer_query", .method = "GET", .target = "/?" AMPERSANDS_63 "&"},
    {.name = "no_utf8_is_refused", .method = "GET", .target = "/exec/\xff"},
};

static struct md_rec_view view(const char *text)
{
    return (struct md_rec_view){.data = (const uint8_t *)text,
                                .len = strlen(text)};
}

static void target__row(void **state)
{
    const struct row *row = *state;
    struct md_rec_target target = {0};
    const char *problem =
        md_rec_target_parse(view(row->method), view(row->target), &target);

    if (row->on == NULL) {
        assert_non_null(problem);
        assert_null(target.on);
        return;
    }
    assert_null(problem);
    assert_string_equal(target.on, row->on);
    assert_int_equal(target.ref, row->ref);
    assert_int_equal(target.call, row->call);
    assert_int_equal(target.ref_len,
                     row->literal != NULL ? strlen(row->literal) : 0);
    if (row->literal != NULL) {
        assert_memory_equal(target.on + target.ref_off, row->literal,
                            target.ref_len);
    }
    md_rec_target_release(&target);
}

static void target__numbers_of_a_query(void **state)
{
    struct md_rec_target target = {0};
    unsigned value = 77;

    (void)state;
    assert_null(md_rec_target_parse(
        view("POST"), view("/exec/a/resize?hw=9&h=24&w=65535&x=65536&y=3z&z="),
        &target));
    assert_true(md_rec_target_number(&target, "h", &value));
    assert_int_equal(value, 24);
    assert_true(md_rec_target_number(&target, "w", &value));
    assert_int_equal(value, 65535);
    assert_false(md_rec_target_number(&target, "x", &value));
    assert_false(md_rec_target_number(&target, "y", &value));
    assert_false(md_rec_target_number(&target, "z", &value));
    assert_false(md_rec_target_number(&target, "none", &value));
    assert_int_equal(value, 65535);
    md_rec_target_release(&target);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 1] = {
        cmocka_unit_test(target__numbers_of_a_query),
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[i + 1] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = target__row,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("record_target", tests, NULL, NULL);
}
