/* SPDX-License-Identifier: MIT */
/* test_mockd_pattern.c - regular expressions on a create's members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "cleanup.h"
#include "json.h"
#include "pattern.h"

struct row {
    const char *name;
    const char *pattern;
    const char *got;
    const char *differs; /* the member, or NULL when all fit */
};

static struct row rows[] = {
    {"words_joined_by_blanks", "{\"Cmd\":\"^ls -l /tmp$\"}",
     "{\"Cmd\":[\"ls\",\"-l\",\"/tmp\"]}", NULL},
    {"a_part_is_enough", "{\"Cmd\":\"-l\"}", "{\"Cmd\":[\"ls\",\"-l\"]}", NULL},
    {"other_words", "{\"Cmd\":\"^ls$\"}", "{\"Cmd\":[\"ls\",\"-l\"]}", "Cmd"},
    {"each_word_by_itself", "{\"Cmd\":[\"^ls$\",\"^-\"]}",
     "{\"Cmd\":[\"ls\",\"-l\"]}", NULL},
    {"one_word_differs", "{\"Cmd\":[\"^ls$\",\"^-\"]}",
     "{\"Cmd\":[\"ls\",\"l\"]}", "Cmd"},
    {"a_word_too_many", "{\"Cmd\":[\"^ls$\"]}", "{\"Cmd\":[\"ls\",\"-l\"]}",
     "Cmd"},
    {"a_word_too_few", "{\"Cmd\":[\"^ls$\",\"\"]}", "{\"Cmd\":[\"ls\"]}",
     "Cmd"},
    {"no_words_at_all", "{\"Cmd\":[\"\"]}", "{}", "Cmd"},
    {"a_string", "{\"User\":\"^[0-9]+$\"}", "{\"User\":\"1000\"}", NULL},
    {"a_string_in_a_key_of_another_case", "{\"User\":\"^root$\"}",
     "{\"user\":\"root\"}", NULL},
    {"absent_is_empty", "{\"User\":\"^$\"}", "{}", NULL},
    {"null_is_empty", "{\"User\":\"^$\"}", "{\"User\":null}", NULL},
    {"absent_is_not_something", "{\"User\":\".\"}", "{}", "User"},
    {"a_number_fits_nothing", "{\"User\":\"\"}", "{\"User\":1}", "User"},
    {"a_word_that_is_a_number", "{\"Cmd\":\"\"}", "{\"Cmd\":[1]}", "Cmd"},
    {"each_member_must_fit", "{\"Cmd\":\"ls\",\"User\":\"root\"}",
     "{\"Cmd\":[\"ls\"],\"User\":\"x\"}", "User"},
    {"alternatives_and_counts", "{\"Cmd\":\"^(ls|cat){1,2}$\"}",
     "{\"Cmd\":[\"lscat\"]}", NULL},
    {"a_request_that_is_no_object", "{\"Cmd\":\"x\"}", "[]", "Cmd"},
};

struct world {
    struct md_json *json;
    struct md_json *got;
    struct md_pattern *pattern;
};

static struct world world;

static int tear_down(void **state)
{
    (void)state;
    md_json_free(world.json);
    md_json_free(world.got);
    md_pattern_free(world.pattern);
    world = (struct world){0};
    return 0;
}

static void parse(const char *text, struct md_json **out_json)
{
    assert_int_equal(md_json_parse(text, strlen(text), out_json, NULL),
                     MOCKD_OK);
}

static void pattern__row(void **state)
{
    const struct row *row = *state;
    const char *differs = NULL;

    parse(row->pattern, &world.json);
    parse(row->got, &world.got);
    assert_int_equal(md_pattern_parse(world.json, &world.pattern, NULL),
                     MOCKD_OK);

    differs = md_pattern_match(world.pattern, world.got);

    assert_string_equal(differs == NULL ? "" : differs,
                        row->differs == NULL ? "" : row->differs);
}

/* {"Cmd":"aaa.."} or {"Cmd":["aaa.."]} with @len of them. */
static char *make_text(const char *before, size_t len, const char *after)
{
    size_t start = strlen(before);
    size_t size = start + len + strlen(after) + 1;
    char *text = malloc(size);

    assert_non_null(text);
    (void)snprintf(text, size, "%s%*s%s", before, (int)len, "", after);
    memset(text + start, 'a', len);
    return text;
}

static void pattern__length_has_a_limit(void **state)
{
    static const enum mockd_code codes[] = {MOCKD_OK, MOCKD_E_FIXTURE};

    (void)state;
    for (size_t more = 0; more <= 1; more++) {
        char *text = make_text("{\"Cmd\":\"", MD_PATTERN_MAX + more, "\"}");

        parse(text, &world.json);
        free(text);
        assert_int_equal(md_pattern_parse(world.json, &world.pattern, NULL),
                         codes[more]);
        (void)tear_down(NULL);
    }
}

static void pattern__subject_has_a_limit(void **state)
{
    static const bool fits[] = {true, false, true, false};

    (void)state;
    for (size_t i = 0; i < MD_COUNT_OF(fits); i++) {
        size_t len = MD_SUBJECT_MAX + i % 2;
        char *text = i < 2 ? make_text("{\"Cmd\":[\"", len, "\"]}")
                           : make_text("{\"Cmd\":\"", len, "\"}");

        parse("{\"Cmd\":\"a\"}", &world.json);
        parse(text, &world.got);
        free(text);
        assert_int_equal(md_pattern_parse(world.json, &world.pattern, NULL),
                         MOCKD_OK);
        assert_int_equal(md_pattern_match(world.pattern, world.got) == NULL,
                         fits[i]);
        (void)tear_down(NULL);
    }
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows) + 2] = {
        cmocka_unit_test_teardown(pattern__length_has_a_limit, tear_down),
        cmocka_unit_test_teardown(pattern__subject_has_a_limit, tear_down)};

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i + 2] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = pattern__row,
                                           .teardown_func = tear_down,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_pattern", tests, NULL, NULL);
}
