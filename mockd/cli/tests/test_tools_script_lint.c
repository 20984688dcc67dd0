/* SPDX-License-Identifier: MIT */
/* test_tools_script_lint.c - what `mockd lint` says of scripts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "desk.h"
#include "session.h"
#include "tools.h"

struct linted {
    const char *name;
    const char *text;
    const char *out;
};

#define WARNS(line, text) "a.execcast:" line ": warning: " text "\n"
#define NO_KIND(line)                                                          \
    WARNS(line, "byte 0 begins a frame of kind 104; there are 0 to 3, or is "  \
                "it a terminal's stream [bad-frame]")
#define ON_TTY(line)                                                           \
    WARNS(line, "a frame, but the create asks for a terminal, whose output "   \
                "has none: write \"<\", or echo without a stream "             \
                "[terminal-frame]")
#define NO_INPUT(line, text)                                                   \
    WARNS(line, "the create does not attach standard input: " text             \
                " [unattached-input]")
#define SAME(line, other)                                                      \
    WARNS(line, "the same create as a.execcast:" other "; a mock answers "     \
                "with that one only [same-create]")
#define FRAME "%01%00%00%00%00%00%00%03abc"
#define RULE_OF(path, match)                                                   \
    "{\"on\":\"POST /containers/" path "/exec\"," match "\"reply\":{}}\n"
#define CID_HEADER                                                             \
    "{\"execcast\":1,\"script\":true,\"vars\":{" VARS ",\"CID\":\"cc\"}}\n"

static struct linted lints[] = {
    {"nothing_is_wrong", EXEC "[\"<1\",\"a\"]\n[\"exit\",3]\n", ""},
    {"no_steps_and_no_exit", EXEC, ""},
    {"a_date_that_somebody_wrote", EXEC "[\"<1\",\"2026-11-23T22:39:01Z\"]\n",
     ""},
    {"a_secret", EXEC "[\"<1\",\"AKIAIOSFODNN7EXAMPLE\"]\n",
     WARNS("5", "an AWS key id is left in; replace it by as many other "
                "characters [secret]")},
    {"a_secret_in_a_match",
     SCRIPT CREATE_ANY(SUBSET("\"Env\":[\"PASSWORD=abc\"]")) START_ANY S1,
     WARNS("2", "the variable PASSWORD is left in; replace it by as many "
                "other characters [secret]")},
    {"own_variables_count",
     "{\"execcast\":1,\"script\":true,\"vars\":{" VARS
     ",\"EID2\":\"e2\"}}\n" CREATE_ANY("") START_ANY S1,
     "a.execcast: warning: variable EID2 is nowhere in the file "
     "[unused-variable]\n"},
    {"a_stream_without_a_rule", EXEC "{\"stream\":\"s2\"}\n[\"exit\",1]\n",
     WARNS("5", "no rule has stream s2 [unused-stream]")},
    {"an_exec_that_nobody_makes",
     SCRIPT
     "{\"on\":\"POST /containers/{NAME}/exec\",\"reply\":{}}\n" START_ANY S1
         INSPECT_AS("\"immediate\""),
     WARNS("3", "nobody gets here: no create has \"makes\":\"EID1\" "
                "[unmade-exec]")},
    {"text_where_frames_are_read",
     ON_TERMINAL(
         "false") "[\"<1\",\"a\"]\n[\"<\",\"hello\"]\n[\"<\",\"hello\"]\n",
     NO_KIND("6")},
    {"text_where_json_says_no_terminal",
     SCRIPT CREATE_ANY(WHOLE("\"Cmd\":[\"a\"]")) START_ANY S1
     "[\"<\",\"hello world\"]\n",
     NO_KIND("5")},
    {"text_where_nobody_says", EXEC "[\"<\",\"hello\"]\n[\"<1\",\"x\"]\n", ""},
    {"text_on_a_terminal",
     ON_TERMINAL("true") "[\"<\",\"hello\"]\n[\"echo\"]\n", ""},
    {"text_after_a_head_that_refuses",
     ON_TERMINAL(
         "false") "[\"<H\",[\"HTTP/1.1 500 No\",\"Content-Type: a/b\"]]\n"
                  "[\"<\",\"hello\"]\n",
     ""},
    {"two_creates_that_do_not_agree",
     ON_TERMINAL("false") "[\"<\",\"hello\"]\n" CREATE_ANY(
         SUBSET("\"Tty\":true")),
     ""},
    {"two_creates_that_do_not_agree_either",
     ON_TERMINAL("true") "[\"<\",\"hello\"]\n" CREATE_ANY(
         SUBSET("\"Tty\":false")),
     ""},
    {"frames_that_are_written_as_bytes",
     ON_TERMINAL(
         "false") "[\"<\",\"%01%00%00%00\"]\n[\"<\",\"%00%00%00%01a\"]\n"
                  "[\"<\",\"" FRAME FRAME "\"]\n",
     ""},
    {"a_frame_that_is_cut",
     ON_TERMINAL("false") "[\"<\",\"%01%00%00%00%00%00%00%09abc"
                          "\"]\n[\"exit\",0]\n",
     WARNS("5", "stream s1 ends 3 bytes into a frame of 9 [cut-frame]")},
    {"a_header_that_is_cut",
     ON_TERMINAL("false") "[\"<\",\"%01%00\"]\n[\"<.\"]\n",
     WARNS("5", "stream s1 ends 2 bytes into the header of a frame "
                "[cut-frame]")},
    {"a_frame_that_a_reset_cuts",
     ON_TERMINAL("false") "[\"<\",\"%01\"]\n[\"<!\"]\n", ""},
    {"a_frame_that_another_one_cuts",
     ON_TERMINAL(
         "false") "[\"<\",\"%01\"]\n[\"<1\",\"a\"]\n[\"<\",\"hello\"]\n",
     ""},
    {"a_frame_that_a_block_cuts",
     ON_TERMINAL("false") "[\"repeat\",8]\n[\"<\",\"%01\"]\n[\"again\"]\n", ""},
    {"generated_bytes_are_not_judged",
     ON_TERMINAL(
         "false") "[\"<\",{\"prng\":1,\"len\":1099511627776}]\n[\"<\",\"hello"
                  "\"]\n",
     ""},
    {"frames_on_a_terminal",
     ON_TERMINAL("true") "[\"<\",\"a\"]\n[\"<1\",\"a\"]\n[\"<2\",\"a\"]\n",
     ON_TTY("6")},
    {"framed_echo_on_a_terminal", ON_TERMINAL("true") "[\"echo\",1]\n",
     ON_TTY("5")},
    {"bytes_that_cannot_come",
     SCRIPT CREATE_ANY(WHOLE("\"Cmd\":[\"a\"]")) START_ANY S1
     "[\"<1\",\"a\"]\n[\">=\",\"b\"]\n[\">\",1]\n",
     NO_INPUT("6", "these bytes never come")},
    {"an_echo_of_nothing",
     SCRIPT CREATE_ANY(SUBSET("\"AttachStdin\":false")) START_ANY S1
     "[\"echo\",1]\n",
     NO_INPUT("5", "nothing is waited for")},
    {"input_where_nobody_says", EXEC "[\">=\",\"b\"]\n", ""},
    {"input_that_is_attached",
     SCRIPT CREATE_ANY(WHOLE("\"AttachStdin\":true")) START_ANY S1
     "[\">=\",\"b\"]\n",
     ""},
    {"the_same_subset",
     CID_HEADER CREATE_ANY(SUBSET("\"Cmd\":[\"a\"],\"Tty\":true"))
         RULE_OF("{CID}", SUBSET("\"Tty\":true,\"Cmd\":[\"a\"]")),
     SAME("3", "2")},
    {"the_same_pattern",
     CID_HEADER CREATE_ANY("\"match\":{\"pattern\":{\"Cmd\":\"a\"}},")
         RULE_OF("{CID}", "\"match\":{\"pattern\":{\"Cmd\":\"a\"}},"),
     SAME("3", "2")},
    {"the_same_bytes",
     CID_HEADER CREATE_ANY("\"match\":{\"body\":\"a\"},")
         RULE_OF("{CID}", "\"match\":{\"body\":{\"b64\":\"YQ==\"}},"),
     SAME("3", "2")},
    {"anything_twice", CID_HEADER CREATE_ANY("") RULE_OF("{CID}", ""),
     SAME("3", "2")},
    {"another_subset",
     CID_HEADER CREATE_ANY(SUBSET("\"Cmd\":[\"a\"]"))
         RULE_OF("{CID}", SUBSET("\"Cmd\":[\"a\"],\"Tty\":true")),
     ""},
    {"a_subset_and_a_pattern",
     CID_HEADER CREATE_ANY(SUBSET("\"Cmd\":[\"a\"]"))
         RULE_OF("{CID}", "\"match\":{\"subset\":{\"Cmd\":[\"a\"]},\"pattern\":"
                          "{\"User\":\"\"}},"),
     ""},
    {"another_pattern",
     CID_HEADER CREATE_ANY("\"match\":{\"pattern\":{\"Cmd\":\"a\"}},")
         RULE_OF("{CID}", "\"match\":{\"pattern\":{\"Cmd\":\"b\"}},"),
     ""},
    {"other_bytes",
     CID_HEADER CREATE_ANY("\"match\":{\"body\":\"a\"},")
         RULE_OF("{CID}", "\"match\":{\"body\":\"b\"},"),
     ""},
    {"no_bytes_are_not_anything",
     CID_HEADER CREATE_ANY("\"match\":{\"body\":\"\"},") RULE_OF("{CID}", ""),
     ""},
    {"other_containers",
     SCRIPT CREATE_ANY("") RULE_OF("web", "") RULE_OF("db", ""), ""},
    {"answers_in_a_row", SCRIPT CREATE_ANY("") RULE_OF("{NAME}", ""), ""},
};

static struct linted mistakes[] = {
    {"each_of_them",
     EXEC "[\"<9\",\"a\"]\n[\"<1\",\"a\"]\n[\"exit\",256]\n[\"<1\",\"%\"]\n",
     "a.execcast:5: event: unknown code \"<9\"; there are <H < > <. >. <! >! r "
     "<0 <1 <2 <3 >= r= echo exit pause repeat again\n"
     "a.execcast:7: event: exit has a code, 0 to 255\n"
     "a.execcast:8: payload: bad escape \"%\"; write %HH, and %25 for a "
     "percent "
     "sign\n"},
    {"a_block_that_did_not_begin_well",
     EXEC "[\"repeat\",0]\n[\"<1\",\"a\"]\n[\"again\"]\n[\"exit\",-1]\n",
     "a.execcast:5: event: repeat has rounds, 1 to 1000000000000\n"
     "a.execcast:8: event: exit has a code, 0 to 255\n"},
    {"a_block_of_mistakes",
     EXEC "[\"repeat\",2]\n[\"<9\",\"a\"]\n[1,\"again\"]\n",
     "a.execcast:6: event: unknown code \"<9\"; there are <H < > <. >. <! >! r "
     "<0 <1 <2 <3 >= r= echo exit pause repeat again\n"},
    {"again_without_a_block",
     EXEC "[\"again\"]\n{\"stream\":\"s2\"}\n[\"again\"]\n",
     "a.execcast:5: event: again closes a block that [\"repeat\",N] opened and "
     "that has steps\n"
     "a.execcast:7: event: again closes a block that [\"repeat\",N] opened and "
     "that has steps\n"},
    {"a_block_without_an_end", EXEC "[\"repeat\",2]\n[\"<1\",\"a\"]\n",
     "a.execcast:5: event: the block has no end; close it with [\"again\"]\n"},
    {"an_end_that_counts", EXEC "[\"exit\",-1]\n{\"end\":{\"rules\":3}}\n",
     "a.execcast:5: event: exit has a code, 0 to 255\n"
     "a.execcast:6: end: nothing of a script is counted; write {\"end\":{}} or "
     "leave the line out\n"},
    {"data_after_the_end", EXEC "{\"end\":{}}\n[\"exit\",1]\n",
     "a.execcast:6: data after the end\n"},
    {"a_stream_that_is_nowhere", SCRIPT CREATE_ANY("") START_ANY,
     "a.execcast:3: rule: stream s1 is nowhere in the file\n"},
    {"a_script_in_a_recording", HEADER S1 "[\"<1\",\"a\"]\n[\"exit\",1]\n",
     "a.execcast:3: event: the first item is not 0 to 2147483647 "
     "microseconds\n"},
};

static void lint(const struct linted *row, int status)
{
    desk_write("a.execcast", row->text, strlen(row->text));
    desk_run(md_tool_lint, "lint", "a.execcast");

    assert_string_equal(desk.out, row->out);
    assert_string_equal(desk.err, "");
    assert_int_equal(desk.status, status);
}

static void script__is_warned_of(void **state)
{
    lint(*state, MD_STATUS_OK);
}

static void script__is_refused(void **state)
{
    const struct linted *row = *state;

    lint(row, MD_STATUS_FIXTURE);
    desk_run(md_tool_lint, "lint", "--fix a.execcast");
    assert_int_equal(desk.status, MD_STATUS_FIXTURE);
    assert_string_equal(desk_read("a.execcast"), row->text);
}

static void script__is_not_counted(void **state)
{
    static const char *const texts[] = {EXEC, EXEC "{\"end\":{}}\n", EXEC "#"};

    (void)state;
    for (size_t i = 0; i < MD_COUNT_OF(texts); i++) {
        desk_write("a.execcast", texts[i], strlen(texts[i]));
        desk_run(md_tool_lint, "lint", "--fix a.execcast");

        assert_string_equal(desk.out, "");
        assert_string_equal(desk.err, "mockd lint: a.execcast: a script, of "
                                      "which nothing is counted; left as it "
                                      "is\n");
        assert_int_equal(desk.status, MD_STATUS_OK);
        assert_string_equal(desk_read("a.execcast"), texts[i]);
    }
}

/* Two files of one mock: the second is never asked. */
static void script__is_warned_of_in_a_folder(void **state)
{
    (void)state;
    desk_write("d/a.execcast", EXEC, strlen(EXEC));
    desk_write("d/b.execcast", EXEC, strlen(EXEC));
    desk_run(md_tool_lint, "lint", "--strict d");

    assert_string_equal(desk.out,
                        "d/b.execcast:2: warning: the same create as "
                        "d/a.execcast:2; a mock answers with that one only "
                        "[same-create]\n");
    assert_int_equal(desk.status, MD_STATUS_FOUND);
}

/* A script cut anywhere is a mistake or a shorter one, never a crash. */
static void script__may_be_cut(void **state)
{
    static const char whole[] =
        EXEC "[\"repeat\",2]\n[\"<1\",{\"lines\":1,\"width\":9}]\n[\"again\"]\n"
             "{\"end\":{}}\n";

    (void)state;
    for (size_t len = 0; len < sizeof(whole); len++) {
        desk_write("a.execcast", whole, len);
        desk_run(md_tool_lint, "lint", "a.execcast");
        assert_true(desk.status == MD_STATUS_FIXTURE ||
                    desk.status == MD_STATUS_OK);
        assert_true(
            (desk.status == MD_STATUS_OK) ==
            (strstr(desk.out, "warning") != NULL || desk.out[0] == '\0'));
    }
}

#define ROWS (MD_COUNT_OF(lints) + MD_COUNT_OF(mistakes))

static struct CMUnitTest tests[3 + ROWS];
static size_t count;

static void add(const char *name, CMUnitTestFunction function, void *row)
{
    tests[count] =
        (struct CMUnitTest){name, function, desk_set_up, desk_tear_down, row};
    count++;
}

int main(void)
{
    add("is_not_counted", script__is_not_counted, NULL);
    add("is_warned_of_in_a_folder", script__is_warned_of_in_a_folder, NULL);
    add("may_be_cut", script__may_be_cut, NULL);
    for (size_t i = 0; i < MD_COUNT_OF(lints); i++) {
        add(lints[i].name, script__is_warned_of, &lints[i]);
    }
    for (size_t i = 0; i < MD_COUNT_OF(mistakes); i++) {
        add(mistakes[i].name, script__is_refused, &mistakes[i]);
    }
    return cmocka_run_group_tests_name("tools_script_lint", tests, NULL, NULL);
}
