/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct row {
    const char *name;
    const char *json; /* an answer to GET /version, or ... */
    const char *text; /* ... a name of an engine */
    const char *family;
    const char *version; /* family NULL = refused */
};

static struct row rows[] = {
    {.name = "docker",
     .json = "{\"Components\":[{\"Name\":\"Engine\"},{\"Name\":\"runc\"}],"
             "\"Version\":\"20.10.24+dfsg1\"}",
     .family = "docker",
     .version = "20.10.24+dfsg1"},
    {.name = "podman",
     .json = "{\"Version\":\"4.3.1\",\"Components\":[{\"Name\":\"Conmon\"},"
             "{\"Name\":\"Podman Engine\"}]}",
     .family = "podman",
     .version = "4.3.1"},
    {.name = "podman_wins_over_engine",
     .json = "{\"Components\":[{\"Name\":\"Engine\"},"
             "{\"Name\":\"Podman Engine\"}]}",
     .family = "podman",
     .version = ""},
    {.name = "other",
     .json = "{\"Components\":[{\"Name\":\"Engine of ours\"}],"
             "\"Version\":\"1\"}",
     .family = "other",
     .version = "1"},
    {.name = "no_components",
     .json = "{\"Version\":\"1\"}",
     .family = "other",
     .version = "1"},
    {.name = "strange_components",
     .json = "{\"Components\":[1,null,{\"Name\":7}],\"Version\":7}",
     .family = "other",
     .version = ""},
    {.name = "no_object", .json = "[]"},
    {.name = "no_json", .json = "<html>"},
    {.name = "nothing", .json = ""},
    {.name = "slash",
     .text = "docker/28.5.2",
     .family = "docker",
     .version = "28.5.2"},
    {.name = "profile",
     .text = "podman-4.3.1",
     .family = "podman",
     .version = "4.3.1"},
    {.name = "dash_in_the_version",
     .text = "docker/29.0-rc.1",
     .family = "docker",
     .version = "29.0-rc.1"},
    {.name = "no_version", .text = "docker-"},
    {.name = "no_family", .text = "-1"},
    {.name = "no_separator", .text = "docker"},
};

static void engine__row(void **state)
{
    const struct row *row = *state;
    struct dry_engine engine = {0};
    bool is_read = row->json != NULL ? dry_engine_from_json(&engine, row->json,
                                                            strlen(row->json))
                                     : dry_engine_from_text(&engine, row->text);

    assert_int_equal(is_read, row->family != NULL);
    if (is_read) {
        assert_string_equal(engine.family, row->family);
        assert_string_equal(engine.version, row->version);
    }
}

static const struct {
    const char *left;
    const char *right;
    int order;
} versions[] = {
    {"20.10.24", "20.10.24", 0},
    {"20.10.24+dfsg1", "20.10.24", 0},
    {"20.10.5", "20.10.24", -1},
    {"28.0", "27.5.1", 1},
    {"28", "28.0.0", 0},
    {"28.0.1", "28", 1},
    {"4.3.1", "10.0", -1},
    {"", "1", -1},
    {"v28", "0", 0},
};

static void engine__versions_are_compared_number_by_number(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        int order = dry_version_compare(versions[i].left, versions[i].right);

        assert_int_equal((order > 0) - (order < 0), versions[i].order);
    }
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 1] = {
        cmocka_unit_test(engine__versions_are_compared_number_by_number),
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[i + 1] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = engine__row,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
