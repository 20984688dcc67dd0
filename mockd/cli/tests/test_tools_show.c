/* SPDX-License-Identifier: MIT */
/* test_tools_show.c - what `mockd show` writes of small sessions. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "desk.h"
#include "session.h"
#include "tools.h"

#define END "[9,\"<.\"]\n"
#define BARE "{\"execcast\":1,\"name\":\"x\"}\n"
#define TTY                                                                    \
    HEADER CREATE_OF("{NAME}", "\"Cmd\":[\"true\"],\"Tty\":true") START STREAM
#define IN_16 "              "
#define HEAD_SHOWN                                                             \
    "    0.000400 < head, 38 bytes in 38\n" IN_16 "HTTP/1.1 101 UP\n" IN_16    \
    "Content-Type: x/y\n"

struct row {
    const char *name;
    const char *text;
    const char *args;
    const char *out;  /* all of it ... */
    const char *tail; /* ... or what it ends with */
};

static struct row rows[] = {
    {"a_header",
     "{\"execcast\":1,\"name\":\"a "
     "name\",\"provenance\":{\"engine\":\"docker\","
     "\"kernel\":\"\\u001b[1m\"},\"vars\":{\"NAME\":\"t1\"}}\n",
     "", "a.execcast: a name\n  engine docker\n  kernel %1B[1m\n  NAME t1\n",
     NULL},
    {"a_rule",
     BARE "{\"on\":\"POST /x?y=1\",\"match\":{\"json\":{\"a\":[1,true]}},"
          "\"times\":3,\"reply\":{\"head\":[\"HTTP/1.1 200 OK\",\"A: b\"],"
          "\"body\":\"hi%00\"}}\n",
     "",
     "a.execcast: x\n\n2: POST /x?y=1, 3 times\n    body {\"a\":[1,true]}\n"
     "    -> HTTP/1.1 200 OK\n       A: b\n       hi%00\n",
     NULL},
    {"a_create_and_a_start", HEADER CREATE START STREAM, "",
     "a.execcast: x\n  NAME t1\n  EID1 e1e1e1e1\n"
     "\n2: POST /containers/{NAME}/exec, makes EID1\n"
     "    body {\"Cmd\":[\"true\"]}\n"
     "    -> HTTP/1.1 201 Created\n"
     "       Content-Type: application/json\n"
     "       {\"Id\":\"e1e1e1e1\"}\n"
     "\n3: POST /exec/{EID1}/start, created, with Upgrade\n"
     "    body {\"Detach\":false}\n"
     "    -> stream s1\n"
     "\nstream s1, frames\n" HEAD_SHOWN,
     NULL},
    {"a_body_that_is_cut",
     BARE "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 200 OK\"],"
          "\"body\":\"0123456789\"}}\n",
     "--bytes 4", NULL, "       0123 .. 6 more\n"},
    {"a_body_that_is_long",
     BARE "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 200 OK\"],"
          "\"body\":{\"fill\":\"61\",\"len\":66}}}\n",
     "", NULL,
     "       aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     " .. 2 more\n"},
    {"all_of_a_body",
     BARE "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 200 OK\"],"
          "\"body\":{\"fill\":\"61\",\"len\":66}}}\n",
     "--bytes 0", NULL,
     " "
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"},
    {"frames",
     SESSION "[35000000,\"<\",\"" OUT "%02%00%00%00%00%00%00%01x\"]\n" END, "",
     NULL,
     HEAD_SHOWN "   35.000400 < segment 1, 21 bytes\n" IN_16
                "@0 stdout 4 out%0A\n" IN_16 "@12 stderr 1 x\n"
                "   35.000409 < end of this side\n"},
    {"a_frame_in_segments",
     SESSION "[1,\"<\",\"%01%00%00\"]\n[1,\"<\",\"%00%00%00%00%04ou\"]\n[1,\"<"
             "\",\"t\"]\n[1,\"<\",\"%0A\"]\n" END,
     "", NULL,
     "    0.000401 < segment 1, 3 bytes\n" IN_16 "@0 header 1 to 3 of 8\n"
     "    0.000402 < segment 2, 7 bytes\n" IN_16
     "@0 header 4 to 8 of 8 stdout 4 ou\n"
     "    0.000403 < segment 3, 1 byte\n" IN_16 "@0 stdout 4 from 2 t\n"
     "    0.000404 < segment 4, 1 byte\n" IN_16 "@0 stdout 4 from 3 %0A\n"
     "    0.000413 < end of this side\n"},
    {"a_frame_that_is_cut", SESSION "[1,\"<\",\"" OUT "\"]\n[1,\"<!\"]\n",
     "--bytes 2", NULL,
     IN_16 "@0 stdout 4 ou .. 2 more\n"
           "    0.000402 < reset\n"},
    {"no_known_kind", SESSION "[1,\"<\",\"abcdefgh\"]\n", "", NULL,
     IN_16 "@0 kind 97 1701209960\n"},
    {"both_directions",
     SESSION "[1,\">\",\"in\"]\n[1,\"<\",\"" OUT
             "\"]\n[1,\">\",\"more\"]\n[1,\">.\",{\"sync\":\"free\"}]\n" END,
     "", NULL,
     "    0.000401 > segment 1, 2 bytes\n" IN_16 "@0 in\n"
     "    0.000402 < segment 1, 12 bytes\n" IN_16 "@0 stdout 4 out%0A\n"
     "    0.000403 > segment 2, 4 bytes\n" IN_16 "@2 more\n"
     "    0.000404 > end of this side, does not wait\n"
     "    0.000413 < end of this side\n"},
    {"a_terminal",
     TTY "[1,\"r\",\"80x24\"]\n[1,\"<\",\"%1B[1m$\"]\n[1,\">!\"]\n", "", NULL,
     "\nstream s1, raw\n" HEAD_SHOWN "    0.000401 > resize to 80x24\n"
     "    0.000402 < segment 1, 5 bytes\n" IN_16 "@0 %1B[1m$\n"
     "    0.000403 > reset\n"},
    {"a_head_in_segments",
     HEADER CREATE START "{\"stream\":\"s1\"}\n" HEAD(
         ",{\"seg\":[5,33],\"joined\":true}") "[1,\"<\",\"\"]\n",
     "", NULL,
     "    0.000400 < head, 38 bytes in 5+33, joined with the next "
     "segment\n" IN_16 "HTTP/1.1 101 UP\n" IN_16 "Content-Type: x/y\n"
     "    0.000401 < segment 1, 0 bytes\n"},
    {"hex",
     SESSION "[1,\"<\",\"%01%00%00\"]\n[1,\"<\",\"%00%00%00%00%0B0123456789\"]"
             "\n[1,\"<\",\"z\"]\n[1,\">\",\"a\"]\n",
     "--hex", NULL,
     "    0.000401 < segment 1, 3 bytes\n" IN_16 "@0 header 1 to 3 of 8\n" IN_16
     "  000000 01 00 00                                         |...|\n"
     "    0.000402 < segment 2, 15 bytes\n" IN_16
     "@0 header 4 to 8 of 8 stdout 11\n" IN_16
     "  000003 00 00 00 00 0b 30 31 32 33 34 35 36 37 38 39     "
     "|.....0123456789|\n"
     "    0.000403 < segment 3, 1 byte\n" IN_16 "@0 stdout 11 from 10\n" IN_16
     "  000012 7a                                               |z|\n"
     "    0.000404 > segment 1, 1 byte\n" IN_16
     "  000000 61                                               |a|\n"},
    {"hex_that_is_cut", TTY "[1,\"<\",\"0123456789abcdefXYZ\"]\n",
     "--hex --bytes 17", NULL,
     IN_16
     "  000000 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  "
     "|0123456789abcdef|\n" IN_16
     "  000010 58                                               |X|\n" IN_16
     "  .. 2 more\n"},
    {"json",
     "{\"execcast\":1,\"name\":\"q\\\"\",\"provenance\":{\"engine\":\"e\"},"
     "\"vars\":{" VARS "}}\n" CREATE START STREAM
     "[1,\">\",\"\\\"\"]\n[1,\"<\",\"" OUT
     "%01%00\"]\n[1,\">.\",{\"sync\":\"free\"}]\n[1,\"<!\"]\n",
     "--json --bytes 2",
     "{\"event\":\"session\",\"file\":\"a.execcast\",\"name\":\"q\\\"\","
     "\"provenance\":{\"engine\":\"e\"},\"vars\":{" VARS "}}\n"
     "{\"event\":\"rule\",\"line\":2,\"on\":\"POST /containers/{NAME}/exec\","
     "\"makes\":\"EID1\",\"times\":1,\"json\":{\"Cmd\":[\"true\"]},\"status\":"
     "201,\"head\":[\"HTTP/1.1 201 Created\",\"Content-Type: application/json"
     "\"],\"bytes\":17,\"data\":\"{\\\"\",\"cut\":true}\n"
     "{\"event\":\"rule\",\"line\":3,\"on\":\"POST /exec/{EID1}/start\","
     "\"phase\":\"created\",\"upgrade\":true,\"times\":1,\"json\":{\"Detach\":"
     "false},\"stream\":\"s1\"}\n"
     "{\"event\":\"head\",\"line\":5,\"stream\":\"s1\",\"us\":400,\"by\":"
     "\"engine\",\"bytes\":38,\"segments\":[38],\"joined\":false,\"head\":["
     "\"HTTP/1.1 101 UP\",\"Content-Type: x/y\"]}\n"
     "{\"event\":\"segment\",\"line\":6,\"stream\":\"s1\",\"us\":401,\"by\":"
     "\"client\",\"number\":1,\"offset\":0,\"bytes\":1}\n"
     "{\"event\":\"raw\",\"line\":6,\"stream\":\"s1\",\"us\":401,\"by\":"
     "\"client\",\"offset\":0,\"bytes\":1,\"data\":\"\\\"\"}\n"
     "{\"event\":\"segment\",\"line\":7,\"stream\":\"s1\",\"us\":402,\"by\":"
     "\"engine\",\"number\":1,\"offset\":0,\"bytes\":14}\n"
     "{\"event\":\"frame\",\"line\":7,\"stream\":\"s1\",\"us\":402,\"by\":"
     "\"engine\",\"offset\":0,\"header_from\":0,\"header_bytes\":8,\"kind\":"
     "\"stdout\",\"length\":4,\"from\":0,\"bytes\":4,\"data\":\"ou\",\"cut\":"
     "true}\n"
     "{\"event\":\"frame\",\"line\":7,\"stream\":\"s1\",\"us\":402,\"by\":"
     "\"engine\",\"offset\":12,\"header_from\":0,\"header_bytes\":2}\n"
     "{\"event\":\"end\",\"line\":8,\"stream\":\"s1\",\"us\":403,\"by\":"
     "\"client\",\"free\":true}\n"
     "{\"event\":\"reset\",\"line\":9,\"stream\":\"s1\",\"us\":404,\"by\":"
     "\"engine\"}\n",
     NULL},
    {"the_rest_of_a_frame_in_json",
     SESSION "[1,\"<\",\"%01%00%00%00%00%00%00%04ou\"]\n[1,\"<\",\"t\"]\n",
     "--json", NULL,
     "{\"event\":\"frame\",\"line\":7,\"stream\":\"s1\",\"us\":402,\"by\":"
     "\"engine\",\"offset\":0,\"header_from\":8,\"header_bytes\":0,\"kind\":"
     "\"stdout\",\"length\":4,\"from\":2,\"bytes\":1,\"data\":\"t\"}\n"},
    {"a_resize_in_json", TTY "[1,\"r\",\"80x24\"]\n", "--json", NULL,
     "{\"event\":\"resize\",\"line\":6,\"stream\":\"s1\",\"us\":401,\"by\":"
     "\"client\",\"size\":\"80x24\"}\n"},
};

static void write_fixture(const char *text)
{
    desk_write("a.execcast", text, strlen(text));
    desk_run(md_tool_lint, "lint", "--fix a.execcast");
    assert_string_equal(desk.out, "");
    assert_int_equal(desk.status, 0);
}

static void show__row(void **state)
{
    const struct row *row = *state;
    char args[128];

    write_fixture(row->text);
    (void)snprintf(args, sizeof(args), "%s%sa.execcast", row->args,
                   row->args[0] == '\0' ? "" : " ");
    desk_run(md_tool_show, "show", args);

    if (row->out != NULL) {
        assert_string_equal(desk.out, row->out);
    } else {
        assert_true(desk.out_len > strlen(row->tail));
        assert_string_equal(desk.out + desk.out_len - strlen(row->tail),
                            row->tail);
    }
    assert_string_equal(desk.err, "");
    assert_int_equal(desk.status, 0);
}

struct run {
    const char *name;
    const char *args;
    const char *err;
    int status;
};

static struct run runs[] = {
    {"help", "--help", "", 0},
    {"no_file", "", "mockd show: name a file; see mockd show --help\n", 2},
    {"unknown_option", "--what",
     "mockd show: unknown option --what; see mockd show --help\n", 2},
    {"no_number", "--bytes",
     "mockd show: a value is missing after --bytes; see mockd show --help\n",
     2},
    {"a_wrong_number", "--bytes 7x a",
     "mockd show: --bytes is not a number: 7x; see mockd show --help\n", 2},
    {"a_negative_number", "--bytes -1 a",
     "mockd show: --bytes is not a number: -1; see mockd show --help\n", 2},
    {"hex_and_json", "--hex --json a",
     "mockd show: either --hex or --json; see mockd show --help\n", 2},
    {"not_there", "b.execcast",
     "mockd show: b.execcast: No such file or directory\n", 3},
    {"a_folder", ".",
     "mockd show: .: not a regular file of at most 268435456 bytes\n", 4},
    {"a_cut_file_and_one_that_is_not_there", "a.execcast b.execcast",
     "mockd show: a.execcast:2: no end; the file was cut\n"
     "mockd show: b.execcast: No such file or directory\n",
     4},
};

static void show__run(void **state)
{
    const struct run *run = *state;

    desk_write("a.execcast", HEADER CREATE, strlen(HEADER CREATE));
    desk_run(md_tool_show, "show", run->args);

    assert_string_equal(desk.err, run->err);
    assert_int_equal(desk.status, run->status);
}

/* What it writes to @path, a terminal or not. */
static void show_to(FILE *out)
{
    char tool[] = "show";
    char file[] = "a.execcast";
    char *argv[] = {tool, file, NULL};

    assert_non_null(out);
    assert_int_equal(md_tool_show(2, argv, out, stderr), 0);
    (void)fclose(out);
}

static void show__colour_is_for_terminals(void **state)
{
    char text[4096] = "";
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    size_t len = 0;

    (void)state;
    assert_true(terminal >= 0 && grantpt(terminal) == 0 &&
                unlockpt(terminal) == 0);
    write_fixture(HEADER CREATE START STREAM "[1,\"<\",\"%02%00%00%00%00%00%00%"
                                             "01x\"]\n");
    show_to(fopen("plain", "w"));
    assert_null(strchr(desk_read("plain"), '\033'));

    show_to(fopen(ptsname(terminal), "w"));
    while (len < sizeof(text) - 1) {
        ssize_t got = read(terminal, text + len, sizeof(text) - 1 - len);

        if (got <= 0) {
            break;
        }
        len += (size_t)got;
    }
    (void)close(terminal);
    assert_non_null(strstr(text, "\033[31m x\033[0m"));
}

int main(void)
{
    static struct CMUnitTest tests[1 + MD_COUNT_OF(rows) + MD_COUNT_OF(runs)] =
        {cmocka_unit_test_setup_teardown(show__colour_is_for_terminals,
                                         desk_set_up, desk_tear_down)};
    size_t count = 1;

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[count++] = (struct CMUnitTest){
            rows[i].name, show__row, desk_set_up, desk_tear_down, &rows[i]};
    }
    for (size_t i = 0; i < MD_COUNT_OF(runs); i++) {
        tests[count++] = (struct CMUnitTest){
            runs[i].name, show__run, desk_set_up, desk_tear_down, &runs[i]};
    }
    return cmocka_run_group_tests_name("tools_show", tests, NULL, NULL);
}
