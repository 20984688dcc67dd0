/* SPDX-License-Identifier: MIT */
/* test_tools_lint.c - each finding of `mockd lint`, and what --fix does. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "desk.h"
#include "session.h"
#include "tools.h"

#define END "[9,\"<.\"]\n"
#define SUM_OF_NOTHING                                                         \
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define END_LINE                                                               \
    "{\"end\":{\"rules\":0,\"events\":0,\"s2c_bytes\":0,\"c2s_bytes\":0,"      \
    "\"sha256_s2c\":\"" SUM_OF_NOTHING "\"}}\n"
#define ASKS(line, body)                                                       \
    "{\"on\":\"GET " line "\"," JSON_REPLY("200 OK", body) "}\n"
#define TOKEN "0123456789012345678901234567890123456789"

struct row {
    const char *name;
    const char *text; /* of a.execcast; its end is counted first */
    const char *out;
};

/* What loads, and should not be left as it is. */
static struct row warnings[] = {
    {"nothing_is_wrong", SESSION "[1,\"<\",\"" OUT "\"]\n" END, ""},
    {"a_variable_that_is_nowhere",
     "{\"execcast\":1,\"vars\":{" VARS
     ",\"EID2\":\"zz\"}}\n" CREATE START STREAM END,
     "a.execcast: warning: variable EID2 is nowhere in the file "
     "[unused-variable]\n"},
    {"an_id_of_a_name_is_used",
     "{\"execcast\":1,\"vars\":{" VARS
     ",\"CID\":\"cc\"}}\n" CREATE START STREAM END,
     ""},
    {"a_variable_in_a_body_is_used",
     "{\"execcast\":1,\"vars\":{" VARS
     ",\"CID7\":\"c7c7\"}}\n" CREATE START STREAM END ASKS("/info", "c7c7"),
     ""},
    {"a_stream_without_a_rule", HEADER CREATE STREAM END,
     "a.execcast:3: warning: no rule has stream s1 [unused-stream]\n"},
    {"a_stream_without_anything", SESSION END "{\"stream\":\"s2\"}\n",
     "a.execcast:7: warning: no rule has stream s2 [unused-stream]\n"},
    {"a_date_in_a_body",
     HEADER CREATE ASKS("/x", "{\\\"at\\\":\\\"2026-11-23T22:39:01.5Z\\\"}"),
     "a.execcast:3: warning: a date and time is left in; it differs from run "
     "to run [date]\n"},
    {"no_date_that_means_never",
     HEADER CREATE ASKS("/x", "{\\\"at\\\":\\\"0001-01-01T00:00:00Z\\\"}"), ""},
    {"a_date_in_a_frame",
     SESSION "[1,\"<\",\"%01%00%00%00%00%00%00%142026-11-23T22:39:01Z\"]\n" END,
     "a.execcast:6: warning: a date and time is left in; it differs from run "
     "to run [date]\n"},
    {"a_host_name_in_a_body",
     HEADER CREATE ASKS("/x",
                        "{\\\"Config\\\":{\\\"Hostname\\\":\\\"box\\\"}}"),
     "a.execcast:3: warning: the value of Hostname is left in; it names a "
     "machine [host-name]\n"},
    {"a_short_id_is_no_host_name",
     HEADER CREATE ASKS("/x", "{\\\"Hostname\\\":\\\"0123456789ab\\\"}"), ""},
    {"a_host_name_in_an_environment",
     HEADER CREATE_OF("{NAME}", "\"Env\":[\"HOSTNAME=box\"]"),
     "a.execcast:2: warning: the variable HOSTNAME is left in; it names a "
     "machine [host-name]\n"},
    {"a_password_in_an_environment",
     HEADER CREATE_OF("{NAME}", "\"Env\":[\"A=1\",\"DB_PASSWORD=x\"]"),
     "a.execcast:2: warning: the variable DB_PASSWORD is left in; replace it "
     "by as many other characters [secret]\n"},
    {"an_empty_password_is_none",
     HEADER CREATE_OF("{NAME}", "\"Env\":[\"PASSWORD=\"]"), ""},
    {"a_token_in_a_member",
     HEADER CREATE ASKS("/x", "{\\\"IdentityToken\\\":\\\"x\\\"}"),
     "a.execcast:3: warning: the value of IdentityToken is left in; replace it "
     "by as many other characters [secret]\n"},
    {"a_token_in_a_frame",
     SESSION "[1,\"<\",\"%01%00%00%00%00%00%00%2Cghp_" TOKEN "\"]\n" END,
     "a.execcast:6: warning: a GitHub token is left in; replace it by as many "
     "other characters [secret]\n"},
    {"a_token_from_the_client",
     SESSION "[1,\">\",\"x dckr_pat_" TOKEN "\"]\n" END,
     "a.execcast:6: warning: a Docker Hub token is left in; replace it by as "
     "many other characters [secret]\n"},
    {"a_token_in_a_comment", HEADER CREATE "# glpat-" TOKEN "\n",
     "a.execcast:3: warning: a GitLab token is left in; replace it by as many "
     "other characters [secret]\n"},
    {"a_secret_header",
     HEADER CREATE
     "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 200 OK\","
     "\"Authorization: x\"]}}\n",
     "a.execcast:3: warning: the header Authorization is left in; replace it "
     "by as many other characters [secret]\n"},
    {"two_creates_for_one_request",
     "{\"execcast\":1,\"vars\":{" VARS
     ",\"CID\":\"cc\"}}\n" CREATE CREATE_OF("{CID}", "\"cmd\":[\"true\"]"),
     "a.execcast:3: warning: the same create as a.execcast:2; a mock answers "
     "with that one only [same-create]\n"},
    {"two_creates_for_one_request_one_with_more_fields",
     "{\"execcast\":1,\"vars\":{" VARS ",\"CID\":\"cc\"}}\n" CREATE CREATE_OF(
         "{CID}", "\"Cmd\":[\"true\"],\"Tty\":false"),
     "a.execcast:2: warning: the same create as a.execcast:3; a mock answers "
     "with that one only [same-create]\n"},
    {"two_creates_in_a_row", HEADER CREATE CREATE, ""},
    {"two_creates_that_differ",
     HEADER CREATE CREATE_OF("{NAME}", "\"Cmd\":[\"true\"],\"Tty\":true"), ""},
    {"a_create_with_more_fields_is_another",
     HEADER CREATE CREATE_OF("{NAME}",
                             "\"Cmd\":[\"true\"],\"DetachKeys\":\"a\""),
     ""},
    {"a_body_without_a_type",
     HEADER CREATE "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 200 "
                   "OK\"],\"body\":\"x\"}}\n",
     "a.execcast:3: warning: the head has no Content-Type "
     "[no-content-type]\n"},
    {"no_body_needs_no_type",
     HEADER CREATE "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 204 "
                   "No\"]}}\n",
     ""},
    {"a_stream_without_a_type",
     HEADER CREATE START
     "{\"stream\":\"s1\"}\n[0,\"<H\",[\"HTTP/1.1 200 OK\"]]\n" END,
     "a.execcast:5: warning: the head has no Content-Type "
     "[no-content-type]\n"},
    {"a_frame_of_no_kind", SESSION "[1,\"<\",\"hello world\"]\n" END,
     "a.execcast:6: warning: byte 0 begins a frame of kind 104; there are 0 "
     "to 3, or is it a terminal's stream [bad-frame]\n"},
    {"a_terminal_has_no_frames",
     HEADER CREATE_OF("{NAME}", "\"Tty\":true") START STREAM
     "[1,\"<\",\"hello world\"]\n" END,
     ""},
    {"a_multiplexed_terminal_has_frames",
     HEADER CREATE_OF("{NAME}", "\"Tty\":true") START
     "{\"stream\":\"s1\"}\n[0,\"<H\",[\"HTTP/1.1 200 OK\",\"Content-Type: "
     "application/vnd.docker.multiplexed-stream\"]]\n[1,\"<\",\"%01\"]\n" END,
     "a.execcast:7: warning: stream s1 ends 1 bytes into the header of a "
     "frame [cut-frame]\n"},
    {"a_cut_header", SESSION "[1,\"<\",\"" OUT "%01%00\"]\n" END,
     "a.execcast:7: warning: stream s1 ends 2 bytes into the header of a "
     "frame [cut-frame]\n"},
    {"a_cut_header_in_two_segments",
     SESSION "[1,\"<\",\"" OUT "%01\"]\n[1,\"<\",\"%00\"]\n" END,
     "a.execcast:8: warning: stream s1 ends 2 bytes into the header of a "
     "frame [cut-frame]\n"},
    {"a_cut_payload",
     SESSION "[1,\"<\",\"%01%00%00%00%00%00%00%04o\"]\n[1,\"<\",\"u\"]\n" END,
     "a.execcast:8: warning: stream s1 ends 2 bytes into a frame of 4 "
     "[cut-frame]\n"},
    {"a_header_alone", SESSION "[1,\"<\",\"%01%00%00%00%00%00%00%04\"]\n" END,
     "a.execcast:7: warning: stream s1 ends 0 bytes into a frame of 4 "
     "[cut-frame]\n"},
    {"a_reset_explains_a_cut", SESSION "[1,\"<\",\"%01\"]\n[1,\"<!\"]\n", ""},
    {"a_client_that_left_explains_a_cut",
     SESSION "[1,\"<\",\"%01\"]\n[1,\">!\"]\n", ""},
};

static void lint__warns(void **state)
{
    const struct row *row = *state;

    desk_write("a.execcast", row->text, strlen(row->text));
    desk_run(md_tool_lint, "lint", "--fix a.execcast");
    assert_string_equal(desk.out, "");
    assert_int_equal(desk.status, 0);

    desk_run(md_tool_lint, "lint", "a.execcast");
    assert_string_equal(desk.out, row->out);
    assert_int_equal(desk.status, MD_STATUS_OK);

    desk_run(md_tool_lint, "lint", "--strict a.execcast");
    assert_string_equal(desk.out, row->out);
    assert_int_equal(desk.status,
                     row->out[0] == '\0' ? MD_STATUS_OK : MD_STATUS_FOUND);
}

/* What does not load: as it stands, and all of it. */
static struct row mistakes[] = {
    {"nothing", "",
     "a.execcast:1: no header; the first line begins {\"execcast\":1\n"},
    {"no_end", HEADER CREATE, "a.execcast:2: no end; the file was cut\n"},
    {"a_wrong_end", HEADER CREATE END_LINE,
     "a.execcast:3: end: rules says 0, counted 1; the file was cut or "
     "edited\n"},
    {"binary",
     "\x7F"
     "ELF\2\1\1\n\0\0",
     "a.execcast:1: column 5: a control character; escape it\n"},
    {"what_is_quoted_cannot_move_the_cursor",
     HEADER "{\"on\":\"\\u001b[2J\\u009b/x\"}\n",
     "a.execcast:2: on: \"?[2J?/x\" is not a method, a blank and a path\n"},
    {"a_header_that_is_none", "{\"execcast\":2}\n" CREATE START,
     "a.execcast:1: header: execcast is not 1, the only version there is\n"},
    {"two_rules",
     HEADER "{\"on\":1}\n" CREATE "{\"on\":\"GET /x\",\"times\":0}\n" END_LINE,
     "a.execcast:2: rule: on is not a string\n"
     "a.execcast:4: rule: has no answer; it needs a reply or a stream\n"},
    {"cut_json_and_a_bad_event",
     HEADER CREATE "{\"on\"\n" START STREAM "[0,\"<\",\"%4\"]\n" END_LINE,
     "a.execcast:3: column 6: not valid JSON from here on\n"
     "a.execcast:7: payload: bad escape \"%4\"; write %HH, and %25 for a "
     "percent sign\n"},
    {"a_head_explains_what_follows",
     HEADER CREATE START
     "{\"stream\":\"s1\"}\n[0,\"<H\",[\"x\"]]\n[1,\"<\","
     "\"a\"]\n[1,\"<.\"]\n{\"stream\":\"s2\"}\n" HEAD("") "[1,\"<\",7]\n",
     "a.execcast:5: head: \"x\" is not a status line\n"
     "a.execcast:10: payload: not a string, {text}, {b64}, {file, off, len} or "
     "{fill, len}\n"},
    {"a_stream_name_explains_what_follows",
     HEADER "{\"stream\":7}\n" HEAD("") "[1,\"<.\"]\n",
     "a.execcast:2: stream: not a name\n"},
    {"streams_that_are_missing",
     HEADER CREATE START
     "{\"on\":\"POST /exec/{EID1}/start\",\"upgrade\":false,\"stream\":\"s2\"}"
     "\n" END_LINE,
     "a.execcast:3: rule: stream s1 is nowhere in the file\n"
     "a.execcast:4: rule: stream s2 is nowhere in the file\n"},
    {"data_after_the_end", HEADER END_LINE CREATE END_LINE,
     "a.execcast:3: data after the end\n"
     "a.execcast:4: data after the end\n"},
    {"a_joined_head_alone",
     HEADER CREATE START "{\"stream\":\"s1\"}\n" HEAD(
         ",{\"joined\":true}") "{\"end\":{\"rules\":2,\"events\":1,\"s2c_"
                               "bytes\":38,\"c2s_bytes\":0,"
                               "\"sha256_s2c\":\"" SUM_OF_NOTHING "\"}}\n",
     "a.execcast:5: event: the head is joined, so a < comes after it\n"},
    {"a_sidecar_that_is_missing",
     HEADER CREATE "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 200 "
                   "OK\"],\"body\":{\"file\":\"b.bin\",\"off\":0,\"len\":1}}}"
                   "\n" END_LINE,
     "a.execcast:3: payload: file b.bin: No such file or directory; it belongs "
     "beside this file\n"},
};

static void lint__refuses(void **state)
{
    const struct row *row = *state;

    desk_write("a.execcast", row->text, strlen(row->text));
    desk_run(md_tool_lint, "lint", "a.execcast");
    assert_string_equal(desk.out, row->out);
    assert_int_equal(desk.status, MD_STATUS_FIXTURE);
}

/* Files that are there, and what a run says. */
struct run {
    const char *name;
    const char *files[4]; /* counted and clean, but for .bin: two bytes */
    const char *args;
    const char *out; /* NULL = not looked at */
    const char *err;
    int status;
};

static struct run runs[] = {
    {"help", {NULL}, "--help", NULL, "", 0},
    {"no_file",
     {NULL},
     "",
     "",
     "mockd lint: name a file or folder; see mockd lint --help\n",
     2},
    {"unknown_option",
     {NULL},
     "--what a",
     "",
     "mockd lint: unknown option --what; see mockd lint --help\n",
     2},
    {"fix_and_strict",
     {NULL},
     "--fix --strict a",
     "",
     "mockd lint: --fix does not warn: leave --strict out; see mockd lint "
     "--help\n",
     2},
    {"fix_of_a_folder",
     {"a.execcast"},
     "--fix .",
     "",
     "mockd lint: --fix takes files, not a folder: .; see mockd lint --help\n",
     2},
    {"a_file_that_is_not_there",
     {NULL},
     "a.execcast",
     "",
     "mockd lint: a.execcast: No such file or directory\n",
     3},
    {"a_device",
     {NULL},
     "/dev/null",
     "/dev/null: not a regular file of at most 268435456 bytes\n",
     "",
     4},
    {"an_empty_folder",
     {"d/x.bin"},
     "d",
     "d: no .execcast file in it or below\n",
     "",
     4},
    {"it_goes_on_after_a_file",
     {"b.execcast", "c/x.bin"},
     "a.execcast c b.execcast",
     "c: no .execcast file in it or below\n",
     "mockd lint: a.execcast: No such file or directory\n",
     4},
    {"a_folder_and_one_below",
     {"d/a.execcast", "d/e/b.execcast"},
     "d/",
     "d/e/b.execcast:2: warning: the same create as d/a.execcast:2; a mock "
     "answers with that one only [same-create]\n",
     "",
     0},
    {"files_are_no_set",
     {"d/a.execcast", "d/b.execcast"},
     "d/a.execcast d/b.execcast",
     "",
     "",
     0},
    {"a_sidecar_that_nothing_uses",
     {"d/a.execcast", "d/s1.bin", "e/a.execcast"},
     "d",
     "d/s1.bin: warning: no fixture of the folder uses this file "
     "[unused-sidecar]\n",
     "",
     0},
    {"sidecars_of_files_that_were_not_asked_for",
     {"d/a.execcast", "d/b.execcast", "d/s1.bin"},
     "d/a.execcast",
     "",
     "",
     0},
    {"as_json",
     {"d/a.execcast", "d/s\"1.bin"},
     "--json --strict d",
     "{\"file\":\"d/s\\\"1.bin\",\"line\":0,\"severity\":\"warning\","
     "\"finding\":\"unused-sidecar\",\"message\":\"no fixture of the folder "
     "uses this file\"}\n",
     "",
     1},
    {"a_mistake_as_json",
     {"d/s1.bin"},
     "--json d/s1.bin",
     "{\"file\":\"d/s1.bin\",\"line\":1,\"severity\":\"error\",\"finding\":"
     "\"mistake\",\"message\":\"column 1: not valid JSON from here on\"}\n",
     "",
     4},
};

static void write_files(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count && names[i] != NULL; i++) {
        const char *text =
            strstr(names[i], ".bin") != NULL ? "xy" : HEADER CREATE;
        char args[128];

        desk_write(names[i], text, strlen(text));
        if (text[0] == '{') {
            (void)snprintf(args, sizeof(args), "--fix %s", names[i]);
            desk_run(md_tool_lint, "lint", args);
            assert_int_equal(desk.status, 0);
        }
    }
}

static void lint__run(void **state)
{
    const struct run *run = *state;

    write_files(run->files, MD_COUNT_OF(run->files));
    desk_run(md_tool_lint, "lint", run->args);

    if (run->out != NULL) {
        assert_string_equal(desk.out, run->out);
    }
    assert_string_equal(desk.err, run->err);
    assert_int_equal(desk.status, run->status);
}

/* What --fix makes of a file. @out is the file, or NULL: it is as it was. */
static struct row fixes[] = {
    {"a_wrong_end", HEADER "{\"end\":{\"rules\":7}}\n# after\n",
     HEADER END_LINE "# after\n"},
    {"an_end_of_nothing", HEADER "{\"end\":{}}\n", HEADER END_LINE},
    {"no_end", HEADER "\n# last\n", HEADER "\n# last\n" END_LINE},
    {"no_last_line_feed", HEADER "# last", HEADER "# last\n" END_LINE},
    {"an_end_that_fits", HEADER END_LINE, NULL},
    {"no_header", "# nothing\n", NULL},
    {"another_mistake", HEADER "{\"on\":1}\n", NULL},
    {"data_after_the_end", HEADER "{\"end\":{}}\n" CREATE, NULL},
    {"nothing", "", NULL},
};

static void lint__fixes(void **state)
{
    const struct row *row = *state;

    desk_write("a.execcast", row->text, strlen(row->text));
    assert_int_equal(chmod("a.execcast", 0640), 0);
    desk_run(md_tool_lint, "lint", "--fix a.execcast");

    assert_string_equal(desk_read("a.execcast"),
                        row->out == NULL ? row->text : row->out);
    assert_int_equal(desk_count("."), 1); /* no other file is left */
    if (row->out != NULL) {
        struct stat status;

        assert_int_equal(desk.status, 0);
        assert_int_equal(stat("a.execcast", &status), 0);
        assert_int_equal(status.st_mode & 07777, 0640);
    }
}

static void lint__a_variable_in_a_sidecar_is_used(void **state)
{
    static const char text[] =
        "{\"execcast\":1,\"vars\":{\"CID\":\"c7c7\"}}\n"
        "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 200 OK\",\"Content-"
        "Type: x\"],\"body\":{\"file\":\"b.bin\",\"off\":0,\"len\":8}}}\n";

    (void)state;
    desk_write("a.execcast", text, strlen(text));
    desk_write("b.bin", "id: c7c7", 8);
    desk_run(md_tool_lint, "lint", "--fix a.execcast");
    desk_run(md_tool_lint, "lint", ".");

    assert_string_equal(desk.out, "");
    assert_int_equal(desk.status, MD_STATUS_OK);
}

static void lint__fix_keeps_a_symbolic_link(void **state)
{
    struct stat status;

    (void)state;
    desk_write("d/a.execcast", HEADER, strlen(HEADER));
    assert_int_equal(symlink("d/a.execcast", "b.execcast"), 0);
    desk_run(md_tool_lint, "lint", "--fix b.execcast");

    assert_int_equal(desk.status, 0);
    assert_int_equal(lstat("b.execcast", &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_string_equal(desk_read("d/a.execcast"), HEADER END_LINE);
}

/* A disk that takes no more bytes. */
static void lint__fix_loses_nothing_on_a_failure(void **state)
{
    struct rlimit before;
    struct rlimit none;

    (void)state;
    desk_write("a.execcast", HEADER, strlen(HEADER));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = (struct rlimit){.rlim_cur = 10, .rlim_max = before.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    (void)setrlimit(RLIMIT_FSIZE, &none);
    desk_run(md_tool_lint, "lint", "--fix a.execcast");
    (void)setrlimit(RLIMIT_FSIZE, &before);

    assert_int_equal(desk.status, MD_STATUS_ENVIRONMENT);
    assert_string_equal(desk.err, "mockd lint: a.execcast: write: File too "
                                  "large\n");
    assert_string_equal(desk_read("a.execcast"), HEADER);
    assert_int_equal(desk_count("."), 1);
}

/* A file cut anywhere is a mistake, never a crash; and --fix makes either a
 * file that loads of it, or leaves it. */
static void lint__a_cut_file(void **state)
{
    static const char whole[] = SESSION "[1,\"<\",\"" OUT "\"]\n" END;

    (void)state;
    for (size_t len = 0; len < strlen(whole); len++) {
        desk_write("a.execcast", whole, len);
        desk_run(md_tool_lint, "lint", "a.execcast");
        assert_int_equal(desk.status, MD_STATUS_FIXTURE);
        desk_run(md_tool_lint, "lint", "--fix a.execcast");
        if (desk.status == MD_STATUS_OK) {
            desk_run(md_tool_lint, "lint", "a.execcast");
            assert_int_equal(desk.status, MD_STATUS_OK);
        }
    }
}

static struct CMUnitTest tests[4 + MD_COUNT_OF(warnings) +
                               MD_COUNT_OF(mistakes) + MD_COUNT_OF(runs) +
                               MD_COUNT_OF(fixes)];
static size_t count;

static void add(const char *name, CMUnitTestFunction function, void *row)
{
    tests[count] = (struct CMUnitTest){.name = name,
                                       .test_func = function,
                                       .setup_func = desk_set_up,
                                       .teardown_func = desk_tear_down,
                                       .initial_state = row};
    count++;
}

int main(void)
{
    add("a_variable_in_a_sidecar_is_used",
        lint__a_variable_in_a_sidecar_is_used, NULL);
    add("fix_keeps_a_symbolic_link", lint__fix_keeps_a_symbolic_link, NULL);
    add("fix_loses_nothing_on_a_failure", lint__fix_loses_nothing_on_a_failure,
        NULL);
    add("a_cut_file", lint__a_cut_file, NULL);
    for (size_t i = 0; i < MD_COUNT_OF(warnings); i++) {
        add(warnings[i].name, lint__warns, &warnings[i]);
    }
    for (size_t i = 0; i < MD_COUNT_OF(mistakes); i++) {
        add(mistakes[i].name, lint__refuses, &mistakes[i]);
    }
    for (size_t i = 0; i < MD_COUNT_OF(runs); i++) {
        add(runs[i].name, lint__run, &runs[i]);
    }
    for (size_t i = 0; i < MD_COUNT_OF(fixes); i++) {
        add(fixes[i].name, lint__fixes, &fixes[i]);
    }
    return cmocka_run_group_tests_name("tools_lint", tests, NULL, NULL);
}
