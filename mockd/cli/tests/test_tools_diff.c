/* SPDX-License-Identifier: MIT */
/* test_tools_diff.c - what differs by meaning, and what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "desk.h"
#include "session.h"
#include "tools.h"

#define END "[9,\"<.\"]\n"
#define HEADER_OF(name, cid, eid)                                              \
    "{\"execcast\":1,\"name\":\"" name                                         \
    "\",\"provenance\":{\"recorded\":\"" name "\"},\"vars\":{\"NAME\":\"" name \
    "\",\"CID\":\"" cid "\",\"EID1\":\"" eid "\"}}\n"
#define ONE_ID "11111111111111111111"
#define TWO_ID "22222222222222222222"
#define ONE HEADER_OF("one", ONE_ID, "aaaa1aaaa1aaaa1")
#define TWO HEADER_OF("second", TWO_ID, "bbbb2bbbb2bbbb2")
#define REPLY(head, body)                                                      \
    "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 200 OK\"" head         \
    "],\"body\":{\"text\":\"" body "\"}}}\n"
#define JSON(body) REPLY("", body)
#define PLAIN(head) REPLY(head, "")
#define TTY                                                                    \
    HEADER CREATE_OF("{NAME}", "\"Cmd\":[\"true\"],\"Tty\":true") START STREAM

struct row {
    const char *name;
    const char *a;
    const char *b;
    const char *out;
    const char *args; /* an option, or NULL */
};

static struct row rows[] = {
    {"nothing", SESSION END, SESSION END, "", NULL},
    {"names_and_ids_are_variables",
     ONE JSON("{\\\"Id\\\":\\\"" ONE_ID "\\\",\\\"N\\\":\\\"/one\\\"}"),
     TWO JSON("{\\\"Id\\\":\\\"" TWO_ID "\\\",\\\"N\\\":\\\"/second\\\"}"), "",
     NULL},
    {"short_ids_are_variables", ONE JSON("111111111111 one"),
     TWO JSON("222222222222 second"), "", NULL},
    {"other_ids_are_not", ONE JSON("{\\\"Id\\\":\\\"3333\\\"}"),
     TWO JSON("{\\\"Id\\\":\\\"4444\\\"}"),
     "a.execcast:2 b.execcast:2: GET /x: body: Id: \"3333\" against "
     "\"4444\"\n",
     NULL},
    {"ids_in_frames_are_variables",
     ONE START "{\"stream\":\"s1\"}\n" HEAD(
         "") "[1,\"<\",\"%01%00%00%00%00%00%00%10aaaa1aaaa1aaaa1x\"]\n",
     TWO START "{\"stream\":\"s1\"}\n" HEAD(
         "") "[1,\"<\",\"%01%00%00%00%00%00%00%10bbbb2bbb\"]\n[1,\"<\","
             "\"b2bbbb2x\"]\n",
     "", NULL},
    {"dates_in_bodies",
     HEADER JSON("{\\\"at\\\":\\\"2026-11-23T22:39:01Z\\\"}"),
     HEADER JSON("{\\\"at\\\":\\\"2025-01-03T22:39:01.123Z\\\"}"), "", NULL},
    {"never_is_no_date",
     HEADER JSON("{\\\"at\\\":\\\"2026-11-23T22:39:01Z\\\"}"),
     HEADER JSON("{\\\"at\\\":\\\"0001-01-01T00:00:00Z\\\"}"),
     "a.execcast:2 b.execcast:2: GET /x: body: at: \"2026-11-23T22:39:01Z\" "
     "against \"0001-01-01T00:00:00Z\"\n",
     NULL},
    {"process_ids_and_times", HEADER JSON("{\\\"Pid\\\":7,\\\"time\\\":5}"),
     HEADER JSON("{\\\"Pid\\\":8,\\\"time\\\":6}"), "", NULL},
    {"no_process_is_another", HEADER JSON("{\\\"Pid\\\":7}"),
     HEADER JSON("{\\\"Pid\\\":0}"),
     "a.execcast:2 b.execcast:2: GET /x: body: Pid: 7 against 0\n", NULL},
    {"heads_of_the_run",
     HEADER PLAIN(",\"Date: a\",\"Content-Length: 1\",\"X-Reference-Id: 1\""),
     HEADER PLAIN(",\"Date: b\",\"Content-Length: 2\",\"X-Reference-Id: 2\""),
     "", NULL},
    {"status", HEADER PLAIN(""),
     HEADER "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 404 No\"]}}\n",
     "a.execcast:2 b.execcast:2: GET /x: head: \"HTTP/1.1 200 OK\" against "
     "\"HTTP/1.1 404 No\"\n",
     NULL},
    {"a_header_value", HEADER PLAIN(",\"A: 1\",\"B: 2\""),
     HEADER PLAIN(",\"A: 1\",\"B: 3\""),
     "a.execcast:2 b.execcast:2: GET /x: head: \"B: 2\" against \"B: 3\"\n",
     NULL},
    {"a_header_less", HEADER PLAIN(",\"A: 1\",\"B: 2\""),
     HEADER PLAIN(",\"B: 2\""),
     "a.execcast:2 b.execcast:2: GET /x: head: \"A: 1\" against nothing\n",
     NULL},
    {"a_date_less", HEADER PLAIN(",\"Date: 1\""), HEADER PLAIN(""),
     "a.execcast:2 b.execcast:2: GET /x: head: \"Date: 1\" against nothing\n",
     NULL},
    {"the_order_of_headers", HEADER PLAIN(",\"A: 1\",\"B: 2\""),
     HEADER PLAIN(",\"B: 2\",\"A: 1\""),
     "a.execcast:2 b.execcast:2: GET /x: head: nothing against \"B: 2\"\n"
     "a.execcast:2 b.execcast:2: GET /x: head: \"B: 2\" against nothing\n",
     NULL},
    {"the_case_of_a_header", HEADER PLAIN(",\"A: 1\""),
     HEADER PLAIN(",\"a: 1\""),
     "a.execcast:2 b.execcast:2: GET /x: head: \"A: 1\" against nothing\n"
     "a.execcast:2 b.execcast:2: GET /x: head: nothing against \"a: 1\"\n",
     NULL},
    {"the_order_of_keys", HEADER JSON("{\\\"a\\\":1,\\\"b\\\":2}"),
     HEADER JSON("{ \\\"b\\\":2,\\\"a\\\":1}"), "", NULL},
    {"members", HEADER JSON("{\\\"a\\\":{\\\"b\\\":[1,2]},\\\"c\\\":1}"),
     HEADER JSON("{\\\"a\\\":{\\\"b\\\":[1,3,4]},\\\"d\\\":1}"),
     "a.execcast:2 b.execcast:2: GET /x: body: a.b[1]: 2 against 3\n"
     "a.execcast:2 b.execcast:2: GET /x: body: a.b[2]: nothing against 4\n"
     "a.execcast:2 b.execcast:2: GET /x: body: c: 1 against nothing\n"
     "a.execcast:2 b.execcast:2: GET /x: body: d: nothing against 1\n",
     NULL},
    {"text", HEADER JSON("hello"), HEADER JSON("help"),
     "a.execcast:2 b.execcast:2: GET /x: body: byte 3: \"lo\" against \"p\"\n",
     NULL},
    {"text_that_ends", HEADER JSON("hello"), HEADER JSON("hel"),
     "a.execcast:2 b.execcast:2: GET /x: body: byte 3: \"lo\" against the "
     "end\n",
     NULL},
    {"exit_codes_by_phase",
     SESSION END INSPECT("running", "{\\\"ExitCode\\\":null}")
         INSPECT("exited", "{\\\"ExitCode\\\":0}"),
     SESSION END INSPECT("exited", "{\\\"ExitCode\\\":1}")
         INSPECT("running", "{\\\"ExitCode\\\":null}"),
     "a.execcast:8 b.execcast:7: GET /exec/{EID1}/json, exited: body: "
     "ExitCode: 0 against 1\n",
     NULL},
    {"a_rule_more", HEADER CREATE JSON("x"), HEADER CREATE,
     "a.execcast:3: GET /x: only here\n", NULL},
    {"a_path_cannot_move_the_cursor",
     HEADER "{\"on\":\"GET /\\u001b[2J\",\"reply\":{\"head\":[\"HTTP/1.1 200 "
            "OK\"]}}\n",
     HEADER, "a.execcast:2: GET /?[2J: only here\n", NULL},
    {"a_rule_less", HEADER CREATE, HEADER CREATE JSON("x"),
     "b.execcast:3: GET /x: only here\n", NULL},
    {"a_row_that_is_longer", HEADER JSON("1") JSON("2"), HEADER JSON("1"),
     "a.execcast:3: GET /x: only here\n", NULL},
    {"times",
     HEADER "{\"on\":\"GET /x\",\"times\":2,\"reply\":{\"head\":["
            "\"HTTP/1.1 200 OK\"]}}\n",
     HEADER PLAIN(""),
     "a.execcast:2 b.execcast:2: GET /x: times: 2 against 1\n", NULL},
    {"requests_by_meaning",
     HEADER CREATE_OF("{NAME}", "\"Cmd\":[\"true\"],\"Tty\":false"),
     HEADER CREATE_OF("{NAME}", "\"cmd\":[\"true\"],\"User\":\"\""), "", NULL},
    {"a_request", HEADER CREATE,
     HEADER CREATE_OF("{NAME}", "\"Cmd\":[\"false\"]"),
     "a.execcast:2 b.execcast:2: POST /containers/{NAME}/exec: request: "
     "Cmd[0]: \"true\" against \"false\"\n",
     NULL},
    {"a_reply_for_a_stream", SESSION END,
     HEADER CREATE
     "{\"on\":\"POST /exec/{EID1}/start\",\"phase\":\"created\","
     "\"match\":{\"json\":{\"Detach\":false}}," JSON_REPLY("409 No", "x") "}\n",
     "a.execcast:3: POST /exec/{EID1}/start, created: only here\n"
     "b.execcast:3: POST /exec/{EID1}/start, created: only here\n",
     NULL},
    {"a_variable_more", "{\"execcast\":1,\"vars\":{" VARS ",\"ANY1\":\"z\"}}\n",
     HEADER, "a.execcast: variable ANY1: only here\n", NULL},
    {"times_and_segments_do_not_count",
     SESSION "[1,\"<\",\"" OUT "\"]\n[1,\">\",\"ab\"]\n" END,
     SESSION "[2,\"<\",\"%01%00\"]\n[3,\">\",\"a\"]\n[1,\"<\",\"%00%00%00%00%00"
             "%04out%0A\"]\n[1,\">\",\"b\"]\n" END,
     "", NULL},
    {"segments_count_when_asked",
     SESSION "[1,\"<\",\"" OUT "\"]\n[1,\">\",\"ab\"]\n" END,
     SESSION "[2,\"<\",\"%01%00\"]\n[3,\">\",\"a\"]\n[1,\"<\",\"%00%00%00%00%00"
             "%04out%0A\"]\n[1,\">\",\"b\"]\n" END,
     "a.execcast:3 b.execcast:3: stream s1: engine's segments: 12 against 2 "
     "10\n"
     "a.execcast:3 b.execcast:3: stream s1: client's segments: 2 against 1 "
     "1\n",
     "--segments"},
    {"segments_of_a_head",
     HEADER CREATE START "{\"stream\":\"s1\"}\n" HEAD(",{\"seg\":[5,33]}") END,
     HEADER CREATE START "{\"stream\":\"s1\"}\n" HEAD("") END,
     "a.execcast:3 b.execcast:3: stream s1: head: 2 segments against 1, or "
     "other sizes\n",
     "--segments"},
    {"a_joined_head",
     HEADER CREATE START "{\"stream\":\"s1\"}\n" HEAD(
         ",{\"joined\":true}") "[1,\"<\",\"" OUT "\"]\n" END,
     SESSION "[1,\"<\",\"" OUT "\"]\n" END,
     "a.execcast:3 b.execcast:3: stream s1: head: joined: true against "
     "false\n",
     "--segments"},
    {"frames", SESSION "[1,\"<\",\"" OUT "%02%00%00%00%00%00%00%02ab\"]\n" END,
     SESSION "[1,\"<\",\"" OUT "%02%00%00%00%00%00%00%02ax\"]\n" END,
     "a.execcast:3 b.execcast:3: stream s1: engine: byte 21: @12 stderr 2 "
     "\"ab\" against @12 stderr 2 \"ax\"\n",
     NULL},
    {"the_kind_of_a_frame",
     SESSION "[1,\"<\",\"" OUT "%02%00%00%00%00%00%00%02ab\"]\n" END,
     SESSION "[1,\"<\",\"" OUT "%01%00%00%00%00%00%00%02ab\"]\n" END,
     "a.execcast:3 b.execcast:3: stream s1: engine: byte 12: @12 stderr 2 "
     "\"ab\" against @12 stdout 2 \"ab\"\n",
     NULL},
    {"a_frame_less", SESSION "[1,\"<\",\"" OUT OUT "\"]\n" END,
     SESSION "[1,\"<\",\"" OUT "\"]\n" END,
     "a.execcast:3 b.execcast:3: stream s1: engine: byte 12: @12 stdout 4 "
     "\"out%0A\" against the end\n",
     NULL},
    {"a_cut_header", SESSION "[1,\"<\",\"" OUT "%01%00\"]\n" END,
     SESSION "[1,\"<\",\"" OUT "%02%00\"]\n" END,
     "a.execcast:3 b.execcast:3: stream s1: engine: byte 12: @12 a cut header "
     "against @12 a cut header\n",
     NULL},
    {"raw_bytes", TTY "[1,\"<\",\"hello\"]\n" END,
     TTY "[1,\"<\",\"help\"]\n" END,
     "a.execcast:3 b.execcast:3: stream s1: engine: byte 3: \"lo\" against "
     "\"p\"\n",
     NULL},
    {"client_bytes", SESSION "[1,\">\",\"ab\"]\n" END,
     SESSION "[1,\">\",\"ac\"]\n" END,
     "a.execcast:3 b.execcast:3: stream s1: client: byte 1: \"b\" against "
     "\"c\"\n",
     NULL},
    {"how_it_ends", SESSION END, SESSION "[1,\"<!\"]\n[1,\">.\"]\n",
     "a.execcast:3 b.execcast:3: stream s1: engine: closes against resets\n"
     "a.execcast:3 b.execcast:3: stream s1: client: stays against closes\n",
     NULL},
    {"resizes", TTY "[1,\"r\",\"80x24\"]\n" END,
     TTY "[1,\"r\",\"81x24\"]\n[1,\"r\",\"1x1\"]\n" END,
     "a.execcast:3 b.execcast:3: stream s1: resizes: 80x24 against 81x24 "
     "1x1\n",
     NULL},
    {"gates", SESSION "[1,\">.\",{\"sync\":\"free\"}]\n" END,
     SESSION "[1,\">.\"]\n" END,
     "a.execcast:3 b.execcast:3: stream s1: gates that do not wait: 1 against "
     "0\n",
     NULL},
    {"the_head_of_a_stream", SESSION END,
     HEADER CREATE START
     "{\"stream\":\"s1\"}\n[0,\"<H\",[\"HTTP/1.1 101 UP\"]]\n" END,
     "a.execcast:3 b.execcast:3: stream head: \"Content-Type: x/y\" against "
     "nothing\n",
     NULL},
    {"streams_without_a_rule", HEADER CREATE STREAM "[1,\">\",\"a\"]\n",
     HEADER CREATE STREAM "[1,\">\",\"b\"]\n",
     "a.execcast:3 b.execcast:3: stream s1: client: byte 0: \"a\" against "
     "\"b\"\n",
     NULL},
    {"a_stream_without_a_rule_more", HEADER CREATE STREAM, HEADER CREATE,
     "a.execcast:3: stream s1: only here\n", NULL},
};

static void count_again(const char *name)
{
    char args[64];

    (void)snprintf(args, sizeof(args), "--fix %s", name);
    desk_run(md_tool_lint, "lint", args);
    assert_string_equal(desk.out, "");
    assert_int_equal(desk.status, 0);
}

static void write_fixture(const char *name, const char *text)
{
    desk_write(name, text, strlen(text));
    count_again(name);
}

static void diff__row(void **state)
{
    const struct row *row = *state;
    char args[128];

    write_fixture("a.execcast", row->a);
    write_fixture("b.execcast", row->b);
    (void)snprintf(args, sizeof(args), "%s%sa.execcast b.execcast",
                   row->args == NULL ? "" : row->args,
                   row->args == NULL ? "" : " ");
    desk_run(md_tool_diff, "diff", args);

    assert_string_equal(desk.out, row->out);
    assert_string_equal(desk.err, "");
    assert_int_equal(desk.status,
                     row->out[0] == '\0' ? MD_STATUS_OK : MD_STATUS_FOUND);
}

struct run {
    const char *name;
    const char *files[4]; /* with wrong in their name: they do not load */
    const char *args;
    const char *out; /* NULL = not looked at */
    const char *err;
    int status;
};

static struct run runs[] = {
    {"help", {NULL}, "--help", NULL, "", 0},
    {"one_file",
     {NULL},
     "a",
     "",
     "mockd diff: name two files or two folders; see mockd diff --help\n",
     2},
    {"unknown_option",
     {NULL},
     "--what a b",
     "",
     "mockd diff: unknown option --what; see mockd diff --help\n",
     2},
    {"a_file_and_a_folder",
     {"d/a.execcast", "b.execcast"},
     "d b.execcast",
     "",
     "mockd diff: a file and a folder: b.execcast; see mockd diff --help\n",
     2},
    {"not_there",
     {"a.execcast"},
     "a.execcast b.execcast",
     "",
     "mockd diff: b.execcast: No such file or directory\n",
     3},
    {"both_broken",
     {"wrong1", "wrong2"},
     "wrong1 wrong2",
     "",
     "mockd diff: wrong1:1: column 1: not valid JSON from here on\n"
     "mockd diff: wrong2:1: column 1: not valid JSON from here on\n",
     4},
    {"folders",
     {"d/a.execcast", "d/e/a.execcast", "f/a.execcast", "f/e/b.execcast"},
     "d/ f",
     "d/e/a.execcast: only here\nf/e/b.execcast: only here\n",
     "",
     1},
    {"a_folder_called_like_a_file",
     {"d/e.execcast", "d/e/a.execcast", "f/e.execcast"},
     "d f",
     "d/e/a.execcast: only here\n",
     "",
     1},
    {"folders_with_a_broken_file",
     {"d/a.execcast", "d/wrong.execcast", "f/a.execcast", "f/wrong.execcast"},
     "d f",
     "",
     "mockd diff: d/wrong.execcast:1: column 1: not valid JSON from here on\n"
     "mockd diff: f/wrong.execcast:1: column 1: not valid JSON from here on\n",
     4},
    {"an_empty_folder",
     {"d/x", "f/a.execcast"},
     "d f",
     "",
     "mockd diff: d: no .execcast file in it or below\n",
     4},
};

static void diff__run(void **state)
{
    const struct run *run = *state;

    for (size_t i = 0; i < MD_COUNT_OF(run->files) && run->files[i] != NULL;
         i++) {
        if (strstr(run->files[i], "wrong") != NULL) {
            desk_write(run->files[i], "wrong", 5);
        } else {
            write_fixture(run->files[i], HEADER CREATE);
        }
    }
    desk_run(md_tool_diff, "diff", run->args);

    if (run->out != NULL) {
        assert_string_equal(desk.out, run->out);
    }
    assert_string_equal(desk.err, run->err);
    assert_int_equal(desk.status, run->status);
}

int main(void)
{
    static struct CMUnitTest tests[MD_COUNT_OF(rows) + MD_COUNT_OF(runs)];
    size_t count = 0;

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[count++] = (struct CMUnitTest){
            rows[i].name, diff__row, desk_set_up, desk_tear_down, &rows[i]};
    }
    for (size_t i = 0; i < MD_COUNT_OF(runs); i++) {
        tests[count++] = (struct CMUnitTest){
            runs[i].name, diff__run, desk_set_up, desk_tear_down, &runs[i]};
    }
    return cmocka_run_group_tests_name("tools_diff", tests, NULL, NULL);
}
