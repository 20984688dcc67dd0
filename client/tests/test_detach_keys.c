/* SPDX-License-Identifier: MIT */
/* test_detach_keys.c - reading the keys that detach, and looking for them. */
#include <stdlib.h>
#include <string.h>

#include "detach_keys.h"
#include "table.h"

struct syntax_row {
    const char *name;
    const char *text;
    const char *keys;
    const char *bad; /* NULL = none: @keys are the result */
};

static struct syntax_row syntax_rows[] = {
    {"syntax__default", "ctrl-p,ctrl-q", "\x10\x11", NULL},
    {"syntax__empty_is_the_default", "", "\x10\x11", NULL},
    {"syntax__characters", "a,Z,0,-", "aZ0-", NULL},
    {"syntax__a_to_z", "ctrl-a,ctrl-z", "\x01\x1a", NULL},
    {"syntax__others", "ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_",
     "\x1b\x1c\x1d\x1e\x1f", NULL},
    {"syntax__del", "DEL", "\x7f", NULL},
    {"syntax__at_is_nul", "ctrl-@", "\0", NULL},
    {"syntax__capital", "ctrl-P", NULL, "ctrl-P"},
    {"syntax__not_a_control_key", "a,ctrl-1,b", NULL, "ctrl-1"},
    {"syntax__nothing_behind_ctrl", "ctrl-", NULL, "ctrl-"},
    {"syntax__two_characters", "ab", NULL, "ab"},
    {"syntax__small_del", "del", NULL, "del"},
    {"syntax__only_a_comma", ",", NULL, ""},
    {"syntax__comma_at_the_end", "a,", NULL, ""},
    {"syntax__blank_in_front", " a", NULL, " a"},
};

static void syntax__row(void **state)
{
    const struct syntax_row *row = *state;
    struct detach_keys keys;
    const char *bad = NULL;
    size_t bad_len = 0;

    if (row->bad == NULL) {
        assert_true(detach_keys_parse(&keys, row->text, &bad, &bad_len));
        assert_true(keys.count > 0);
        assert_memory_equal(keys.keys, row->keys, keys.count);
        assert_int_equal(row->keys[keys.count], 0);
        return;
    }
    assert_false(detach_keys_parse(&keys, row->text, &bad, &bad_len));
    assert_int_equal(bad_len, strlen(row->bad));
    assert_memory_equal(bad, row->bad, bad_len);
}

static void syntax__no_more_keys_than_the_limit(void **state)
{
    char text[2 * DETACH_KEYS_MAX + 2] = "";
    struct detach_keys keys;
    const char *bad = NULL;
    size_t bad_len = 0;
    size_t len = 0;

    (void)state;
    for (size_t i = 0; i < DETACH_KEYS_MAX; i++) {
        text[2 * i] = 'a';
        text[2 * i + 1] = i + 1 < DETACH_KEYS_MAX ? ',' : '\0';
    }
    assert_true(detach_keys_parse(&keys, text, &bad, &bad_len));
    assert_int_equal(keys.count, DETACH_KEYS_MAX);

    len = strlen(text);
    memcpy(text + len, ",b", 3);
    assert_false(detach_keys_parse(&keys, text, &bad, &bad_len));
    assert_ptr_equal(bad, text + len + 1);
}

struct typed_row {
    const char *name;
    const char *keys;
    const char *typed;
    const char *passed;
    bool detaches;
    const char *held;
};

static struct typed_row typed_rows[] = {
    {"typed__other_keys", "a,b", "xyz", "xyz", false, ""},
    {"typed__the_keys", "a,b", "ab", "", true, ""},
    {"typed__the_keys_behind_others", "a,b", "xyab", "xy", true, ""},
    {"typed__what_follows_the_keys_is_dropped", "a,b", "abcd", "", true, ""},
    {"typed__a_beginning_is_held_back", "a,b", "xa", "x", false, "a"},
    {"typed__a_failed_beginning_is_passed_on", "a,b", "axb", "axb", false, ""},
    {"typed__the_first_key_twice", "a,b", "aab", "a", true, ""},
    {"typed__the_first_key_often", "a,b", "aaaa", "aaa", false, "a"},
    {"typed__single_key", "a", "xax", "x", true, ""},
    {"typed__a_beginning_inside_a_beginning", "a,b,a,c", "ababac", "ab", true,
     ""},
    {"typed__held_keys_come_before_others", "a,b,a,c", "abax", "abax", false,
     ""},
    {"typed__repeated_keys", "a,a,b", "aaaab", "aa", true, ""},
};

/* Two reads, cut at @cut, the second one in place as dexec does it. */
static void check_cut_at(const struct typed_row *row, size_t cut)
{
    size_t len = strlen(row->typed);
    struct detach_keys keys;
    const char *bad = NULL;
    size_t bad_len = 0;
    char passed[DETACH_KEYS_MAX + 32] = "";
    char again[DETACH_KEYS_MAX + 32] = "";
    size_t passed_len = 0;
    size_t more = 0;
    bool detaches = false;

    assert_true(detach_keys_parse(&keys, row->keys, &bad, &bad_len));
    detaches = detach_keys_filter(&keys, row->typed, cut, passed, &passed_len);
    if (!detaches) {
        char *typed = again + DETACH_KEYS_MAX;

        memcpy(typed, row->typed + cut, len - cut);
        detaches = detach_keys_filter(&keys, typed, len - cut, again, &more);
        memcpy(passed + passed_len, again, more);
    }
    passed[passed_len + more] = '\0';
    assert_string_equal(passed, row->passed);
    assert_int_equal(detaches, row->detaches);
    assert_int_equal(keys.matched, strlen(row->held));
}

static void typed__row(void **state)
{
    const struct typed_row *row = *state;

    for (size_t cut = 0; cut <= strlen(row->typed); cut++) {
        check_cut_at(row, cut);
    }
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(syntax_rows) + COUNT_OF(typed_rows) + 1] =
        {
            cmocka_unit_test(syntax__no_more_keys_than_the_limit),
        };

    ADD_ROWS(tests + 1, syntax__row, syntax_rows);
    ADD_ROWS(tests + 1 + COUNT_OF(syntax_rows), typed__row, typed_rows);
    return cmocka_run_group_tests_name("detach_keys", tests, NULL, NULL);
}
