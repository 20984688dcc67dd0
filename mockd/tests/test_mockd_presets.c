/* SPDX-License-Identifier: MIT */
/* test_mockd_presets.c - what is in fixtures/faults can be armed, all of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "cleanup.h"
#include "json.h"
#include "preset.h"

static struct mockd *mock;
static char **names;
static size_t name_count;
static char folder[] = "/tmp/mockd-test-XXXXXX";
static char path[256];

static int set_up(void **state)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;

    (void)state;
    options.fixtures = FIXTURES_DIR "/hello";
    options.unix_path = "auto";
    options.tcp_address = "127.0.0.1:0";
    return setenv("DRYDOCK_FAULTS", PRESETS_DIR, 1) == 0 &&
                   mockd_start(&options, &mock, NULL) == MOCKD_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    md_presets_free(names, name_count);
    names = NULL;
    name_count = 0;
    mockd_stop(mock);
    mock = NULL;
    return 0;
}

/* Arm them all, so that one run names all that cannot be. */
static void presets__can_be_armed(void **state)
{
    size_t failures = 0;

    (void)state;
    assert_int_equal(md_presets_list(&names, &name_count, NULL), MOCKD_OK);
    assert_true(name_count > 20);
    for (size_t i = 0; i < name_count; i++) {
        struct mockd_error err = {0};
        char fault[128];

        (void)snprintf(fault, sizeof(fault), "preset:%s", names[i]);
        if (mockd_arm(mock, fault, &err) != MOCKD_OK) {
            print_error("%s\n", err.message);
            failures++;
        }
    }
    assert_int_equal(failures, 0);
}

static const struct md_json *class_of(const char *name, struct md_json **json)
{
    assert_int_equal(md_preset_read(name, json, NULL), MOCKD_OK);
    return md_json_get(*json, "class");
}

static void presets__are_bugs_or_are_not(void **state)
{
    size_t bugs = 0;

    (void)state;
    assert_int_equal(md_presets_list(&names, &name_count, NULL), MOCKD_OK);
    for (size_t i = 0; i < name_count; i++) {
        struct mockd_error err = {0};
        struct md_json *json = NULL;
        char fault[128];
        bool is_bug =
            strcmp(md_json_text(class_of(names[i], &json)), "bug") == 0;

        md_json_free(json);
        (void)snprintf(fault, sizeof(fault), "bug:%s", names[i]);
        assert_int_equal(mockd_arm(mock, fault, &err),
                         is_bug ? MOCKD_OK : MOCKD_E_INVALID);
        bugs += is_bug;
    }
    assert_true(bugs > 10);
}

/* What it is given, in order. */
static enum mockd_code keep(void *user, const char *text,
                            struct mockd_error *err)
{
    char *out = user;

    (void)err;
    (void)snprintf(out + strlen(out), 512 - strlen(out), "%s;", text);
    return MOCKD_OK;
}

static enum mockd_code write_and_read(const char *json, bool is_bug, char *out,
                                      struct mockd_error *err)
{
    FILE *file = fopen(path, "we");

    out[0] = '\0';
    assert_non_null(file);
    assert_true(fputs(json, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return md_preset_each(path, is_bug, keep, out, err);
}

#define HEAD "{\"name\":\"x\",\"class\":\"bug\",\"what\":\"w\",\"link\":\"l\","

struct row {
    const char *name;
    const char *json;
    bool is_bug;
    enum mockd_code code;
    const char *want; /* the faults, or what the error has */
};

static struct row rows[] = {
    {"as_it_is", HEAD "\"faults\":[{\"fault\":\"a\",\"times\":2},{\"b\":[1]}]}",
     false, MOCKD_OK, "{\"fault\":\"a\",\"times\":2};{\"b\":[1]};"},
    {"a_bug_is_for_ever",
     HEAD "\"faults\":[{\"fault\":\"a\",\"times\":2},{\"fault\":\"b\"}]}", true,
     MOCKD_OK, "{\"times\":0,\"fault\":\"a\"};{\"times\":0,\"fault\":\"b\"};"},
    {"no_json", "{", false, MOCKD_E_FIXTURE, "not valid JSON"},
    {"no_faults", HEAD "\"faults\":[]}", false, MOCKD_E_FIXTURE,
     "it must have name, class, what, link and faults"},
    {"a_fault_that_is_a_text", HEAD "\"faults\":[\"no_eof\"]}", false,
     MOCKD_E_FIXTURE, "it must have name, class, what, link and faults"},
    {"a_member_more", HEAD "\"more\":1,\"faults\":[{}]}", false,
     MOCKD_E_FIXTURE, "and nothing else"},
    {"no_name", "{\"faults\":[{}]}", false, MOCKD_E_FIXTURE,
     "name must be a text"},
};

static void presets__row(void **state)
{
    const struct row *row = *state;
    struct mockd_error err = {0};
    char out[512];

    assert_int_equal(write_and_read(row->json, row->is_bug, out, &err),
                     row->code);
    if (row->code == MOCKD_OK) {
        assert_string_equal(out, row->want);
    } else if (strstr(err.message, row->want) == NULL) {
        assert_string_equal(err.message, row->want);
    }
}

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof(path), "%s/x.json", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void assert_refused(const char *fault, const char *error)
{
    struct mockd_error err = {0};

    assert_int_equal(mockd_arm(mock, fault, &err), MOCKD_E_INVALID);
    if (strstr(err.message, error) == NULL) {
        assert_string_equal(err.message, error);
    }
}

static void presets__what_is_none(void **state)
{
    (void)state;
    assert_refused("preset:nope", "no preset nope in " PRESETS_DIR
                                  "; mockd faults list shows all");
    assert_refused("bug:podman-5-late-eof",
                   "preset podman-5-late-eof is of class engine, not a bug");
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows) + 3] = {
        cmocka_unit_test_setup_teardown(presets__can_be_armed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(presets__are_bugs_or_are_not, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(presets__what_is_none, set_up,
                                        tear_down),
    };

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i + 3] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = presets__row,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_presets", tests, make_folder,
                                       remove_folder);
}
