/* SPDX-License-Identifier: MIT */
/* test_mockd_json_span.c - values found in JSON text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "json_span.h"

struct row {
    const char *name;
    const char *text;
    const char *path;
    const char *value;  /* NULL = there is none */
    const char *member; /* from its key on; NULL = the same */
    bool has_later;
};

static struct row rows[] = {
    {"all", " {\"a\":1} \n", "", "{\"a\":1}", NULL, false},
    {"a_number_is_all", "17", "", "17", NULL, false},
    {"first", "{\"a\":1,\"b\":2}", "a", "1", "\"a\":1", true},
    {"last", "{\"a\":1,\"b\":2}", "b", "2", "\"b\":2", false},
    {"with_blanks", "{ \"a\" : [ 1 , 2 ] , \"b\" : true }", "a", "[ 1 , 2 ]",
     "\"a\" : [ 1 , 2 ]", true},
    {"an_item", "{\"a\":[\"x\",{\"b\":null}]}", "a.1.b", "null", "\"b\":null",
     false},
    {"first_item", "[10,20]", "0", "10", NULL, true},
    {"second_item", "[10,20]", "1", "20", NULL, false},
    {"no_such_item", "[10,20]", "2", NULL, NULL, false},
    {"an_empty_array", "[]", "0", NULL, NULL, false},
    {"an_empty_object", "{}", "a", NULL, NULL, false},
    {"no_such_key", "{\"a\":1}", "b", NULL, NULL, false},
    {"a_key_that_begins_alike", "{\"ab\":1,\"a\":2}", "a", "2", "\"a\":2",
     false},
    {"a_key_that_goes_on", "{\"a\":1,\"ab\":2}", "ab", "2", "\"ab\":2", false},
    {"inside_a_text_is_nothing", "{\"x\":\"}\\\",\\\"a\\\":\",\"a\":3}", "a",
     "3", "\"a\":3", false},
    {"brackets_in_texts", "{\"x\":[\"]\",\"{\"],\"a\":\"[\"}", "a", "\"[\"",
     "\"a\":\"[\"", false},
    {"behind_a_number", "{\"a\":1}", "a.b", NULL, NULL, false},
    {"the_first_of_two", "{\"a\":1,\"a\":2}", "a", "1", "\"a\":1", true},
};

static void span__row(void **state)
{
    const struct row *row = *state;
    const char *value = row->value == NULL ? "" : row->value;
    const char *member = row->member == NULL ? value : row->member;
    struct md_json_span span = {0};
    bool is_there =
        md_json_span(row->text, strlen(row->text), row->path, &span);

    assert_int_equal(is_there, row->value != NULL);
    if (!is_there) {
        return;
    }
    assert_int_equal(span.end - span.at, strlen(value));
    assert_memory_equal(row->text + span.at, value, span.end - span.at);
    assert_int_equal(span.end - span.member, strlen(member));
    assert_memory_equal(row->text + span.member, member,
                        span.end - span.member);
    assert_int_equal(span.has_later, row->has_later);
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows)];

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = span__row,
                                       .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_json_span", tests, NULL, NULL);
}
