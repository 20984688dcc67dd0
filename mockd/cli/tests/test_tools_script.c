/* SPDX-License-Identifier: MIT */
/* test_tools_script.c - scripts shown and compared. */
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

#define CID "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
#define EID "e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1"
#define IN_13 "             "
/* ---- show */

struct shown {
    const char *name;
    const char *text;
    const char *args;
    const char *tail; /* what the output ends with */
};

static struct shown shows[] = {
    {"a_header",
     "{\"execcast\":1,\"script\":true,\"engine\":\"podman\",\"provenance\":{"
     "\"engine_version\":\"5\"}}\n",
     "",
     "a.execcast\n  script podman 5, API 1.41\n  engine_version "
     "5\n  NAME t1\n  CID " CID "\n  EID1 " EID "\n"},
    {"a_match",
     SCRIPT "{\"on\":\"GET /x\",\"match\":{\"subset\":{\"a\":1},\"pattern\":{"
            "\"b\":\"^c\"}},\"reply\":{\"head\":[\"HTTP/1.1 200 OK\"]}}\n",
     "",
     "\n2: GET /x\n    match "
     "{\"subset\":{\"a\":1},\"pattern\":{\"b\":\"^c\"}}\n"
     "    -> HTTP/1.1 200 OK\n"},
    {"inspects",
     SCRIPT INSPECT_AS("\"immediate\"") INSPECT_AS("{\"after_polls\":2}")
         INSPECT_AS("\"until_released\""),
     "",
     "\n2: GET /exec/{EID1}/json\n    -> what the exec is; exited at once\n"
     "\n3: GET /exec/{EID1}/json\n    -> what the exec is; exited after 2 more"
     "\n\n4: GET /exec/{EID1}/json\n    -> what the exec is; exited when "
     "released\n"},
    {"frames",
     EXEC "[\"<1\",\"out%0A\"]\n[\"<2\",\"%1B\"]\n[\"<0\",\"\"]\n"
          "[9,\"<3\",\"abc\",{\"frame_len\":2}]\n",
     "",
     "\nstream s1, steps\n" IN_13 "< stdout 4 out%0A\n" IN_13
     "< stderr 1 %1B\n" IN_13 "< stdin 0\n" IN_13
     "< error 3 in frames of 2 abc\n"},
    {"generated_bytes_are_not_made",
     EXEC "[\"<1\",{\"fill\":\"0a\",\"len\":1099511627776},{\"frame_len\":9}]\n"
          "[\"<\",{\"prng\":7,\"len\":1099511627776}]\n"
          "[\">=\",{\"lines\":3,\"width\":8}]\n",
     "--bytes 0",
     IN_13 "< stdout 1099511627776 in frames of 9, fill 0a\n" IN_13
           "< 1099511627776 bytes, prng 7\n" IN_13
           "> exactly 24 bytes or reset, 3 lines of 8\n"},
    {"bytes_that_are_cut", EXEC "[\"<\",\"0123456789\"]\n", "--bytes 4",
     IN_13 "< 10 bytes 0123 .. 6 more\n"},
    {"the_client",
     EXEC "[\">\",5]\n[\">\",\"a\"]\n[\">=\",\"b\",{\"else\":\"go on\"}]\n"
          "[\"r\"]\n[\"r\",\"80x24\"]\n[\"r=\",\"80x24\"]\n[\">.\"]\n"
          "{\"stream\":\"s2\"}\n[\">!\"]\n",
     "",
     "\nstream s1, steps\n" IN_13 "> 5 bytes\n" IN_13 "> 1 byte a\n" IN_13
     "> exactly 1 byte or go on b\n" IN_13 "> resize to any size\n" IN_13
     "> resize to any size\n" IN_13 "> resize to 80x24\n" IN_13
     "> end of this side\n\nstream s2, steps\n" IN_13 "> reset\n"},
    {"the_mock",
     EXEC "[\"pause\",7]\n[\"repeat\",3]\n[\"<\",\".\"]\n[\"again\"]\n"
          "[\"echo\"]\n[\"exit\",3]\n[\"<!\"]\n",
     "",
     "\nstream s1, steps\n" IN_13 "  pause 7 us\n" IN_13
     "  repeat 3 times\n" IN_13 "<   1 byte .\n" IN_13 "  again\n" IN_13
     "< echo as it is\n" IN_13 "  exit 3\n" IN_13 "< reset\n"},
    {"usual_heads",
     EXEC "[\"<H\",101]\n[\"echo\",2]\n[\"<.\"]\n{\"stream\":\"s2\"}\n"
          "[\"<H\"]\n",
     "",
     IN_13 "< the usual head of 101\n" IN_13 "< echo as stderr\n" IN_13
           "< end of this side\n\nstream s2, steps\n" IN_13
           "< the usual head\n"},
    {"a_head",
     EXEC "[\"<H\",[\"HTTP/1.1 200 OK\",\"A: b\"],{\"seg\":[3,22]}]\n", "",
     "\nstream s1, steps\n" IN_13 "< head, 25 bytes in 3+22\n" IN_13
     " HTTP/1.1 200 OK\n" IN_13 " A: b\n"},
    {"hex", EXEC "[\"<1\",\"hi\"]\n[\"<2\",{\"fill\":\"0a\",\"len\":2}]\n",
     "--hex",
     IN_13
     "< stdout 2\n" IN_13
     "   000000 68 69                                            |hi|\n" IN_13
     "< stderr 2, fill 0a\n"},
    {"json",
     EXEC "[\"<H\",200]\n[\"<1\",\"abc\",{\"frame_len\":2}]\n"
          "[\"<\",{\"fill\":\"0a\",\"len\":3}]\n"
          "[\">=\",{\"lines\":1,\"width\":8}]\n[\">\",{\"prng\":1,\"len\":2}]\n"
          "[\"r=\",\"80x24\"]\n[\"echo\",1]\n[\"exit\",3]\n",
     "--json --bytes 2",
     "{\"event\":\"step\",\"line\":5,\"stream\":\"s1\",\"by\":\"engine\","
     "\"code\":\"<H\",\"status\":200}\n"
     "{\"event\":\"step\",\"line\":6,\"stream\":\"s1\",\"by\":\"engine\","
     "\"code\":\"<1\",\"kind\":\"stdout\",\"frame_len\":2,\"bytes\":3,\"data\":"
     "\"ab\",\"cut\":true}\n"
     "{\"event\":\"step\",\"line\":7,\"stream\":\"s1\",\"by\":\"engine\","
     "\"code\":\"<\",\"bytes\":3,\"fill\":\"0a\"}\n"
     "{\"event\":\"step\",\"line\":8,\"stream\":\"s1\",\"by\":\"client\","
     "\"code\":\">=\",\"else\":\"reset\",\"bytes\":8,\"lines\":1,\"width\":8}\n"
     "{\"event\":\"step\",\"line\":9,\"stream\":\"s1\",\"by\":\"client\","
     "\"code\":\">\",\"bytes\":2,\"prng\":1}\n"
     "{\"event\":\"step\",\"line\":10,\"stream\":\"s1\",\"by\":\"client\","
     "\"code\":\"r=\",\"size\":\"80x24\"}\n"
     "{\"event\":\"step\",\"line\":11,\"stream\":\"s1\",\"by\":\"engine\","
     "\"code\":\"echo\",\"kind\":\"stdout\"}\n"
     "{\"event\":\"step\",\"line\":12,\"stream\":\"s1\",\"by\":\"mock\","
     "\"code\":\"exit\",\"count\":3}\n"},
    {"a_header_and_rules_in_json",
     SCRIPT "{\"on\":\"GET /x\",\"match\":{\"subset\":{}},\"reply\":{\"head\":["
            "\"HTTP/1.1 200 OK\"]}}\n" INSPECT_AS("{\"after_polls\":1}"),
     "--json",
     "\"name\":\"x\",\"script\":true,\"engine\":\"docker\",\"provenance\":{},"
     "\"vars\":{\"NAME\":\"t1\",\"CID\":\"" CID "\",\"EID1\":\"" EID "\"}}\n"
     "{\"event\":\"rule\",\"line\":2,\"on\":\"GET /x\",\"times\":1,\"match\":{"
     "\"subset\":{}},\"status\":200,\"head\":[\"HTTP/1.1 200 OK\"],\"bytes\":0,"
     "\"data\":\"\"}\n"
     "{\"event\":\"rule\",\"line\":3,\"on\":\"GET "
     "/exec/{EID1}/json\",\"times\":"
     "1,\"inspect\":{\"after_polls\":1}}\n"},
};

static void script__is_shown(void **state)
{
    const struct shown *row = *state;
    char args[128];
    size_t len = strlen(row->tail);

    desk_write("a.execcast", row->text, strlen(row->text));
    (void)snprintf(args, sizeof(args), "%s%sa.execcast", row->args,
                   row->args[0] == '\0' ? "" : " ");
    desk_run(md_tool_show, "show", args);

    assert_string_equal(desk.err, "");
    assert_int_equal(desk.status, 0);
    assert_true(desk.out_len >= len);
    assert_string_equal(desk.out + desk.out_len - len, row->tail);
}

/* ---- diff */

struct compared {
    const char *name;
    const char *a;
    const char *b;
    const char *out;
};

#define AT(a, b) "a.execcast:" a " b.execcast:" b ": "
#define IN_A(a) "a.execcast:" a ": "
#define IN_B(b) "b.execcast:" b ": "

static struct compared diffs[] = {
    {"nothing", EXEC "[\"exit\",3]\n", EXEC "[\"exit\",3]\n", ""},
    {"what_does_not_count",
     EXEC "[\"<H\"]\n[\"<1\",\"a%62\"]\n[\">\",2]\n[\"<2\",{\"fill\":\"61\","
          "\"len\":3}]\n",
     "# another\n" EXEC "[7,\"<1\",{\"text\":\"ab\"},{\"frame_len\":2}]\n"
     "[\">\",\"xy\"]\n[\"<2\",\"aaa\"]\n{\"end\":{}}\n",
     ""},
    {"a_step", EXEC "[\"<1\",\"a\"]\n[\"exit\",3]\n",
     EXEC "[\"<2\",\"b%00\"]\n[\"exit\",3]\n",
     AT("5", "5") "stream s1: < stdout 1 \"a\" against < stderr 2 \"b%00\"\n"},
    {"a_step_more", EXEC "[\"<1\",\"a\"]\n[\"<1\",\"b\"]\n[\"exit\",3]\n",
     EXEC "[\"<1\",\"a\"]\n[\"exit\",3]\n",
     IN_A("6") "stream s1: < stdout 1 \"b\": only here\n"},
    {"steps_less", EXEC, EXEC "[\"pause\",1]\n[\"r=\",\"80x24\"]\n",
     IN_B("5") "stream s1: pause 1 us: only here\n" IN_B(
         "6") "stream s1: > resize to 80x24: only here\n"},
    {"numbers", EXEC "[\"exit\",3]\n[\"pause\",1]\n",
     EXEC "[\"exit\",4]\n[\"pause\",2]\n",
     AT("5", "5") "stream s1: exit 3 against exit 4\n" AT(
         "6", "6") "stream s1: pause 1 us against pause 2 us\n"},
    {"sizes", EXEC "[\"r=\",\"80x24\"]\n[\"r\"]\n",
     EXEC "[\"r=\",\"80x25\"]\n[\"r\",\"1x1\"]\n",
     AT("5", "5") "stream s1: > resize to 80x24 against > resize to 80x25\n"},
    {"what_else", EXEC "[\">=\",\"a\"]\n",
     EXEC "[\">=\",\"a\",{\"else\":\"go on\"}]\n",
     AT("5", "5") "stream s1: > exactly 1 byte or reset \"a\" against > "
                  "exactly 1 byte or go on \"a\"\n"},
    {"frames_of_another_size", EXEC "[\"<1\",\"abc\"]\n",
     EXEC "[\"<1\",\"abc\",{\"frame_len\":1}]\n",
     AT("5", "5") "stream s1: < stdout 3 \"abc\" against < stdout 3 in frames "
                  "of 1 \"abc\"\n"},
    {"generated_bytes", EXEC "[\"<\",{\"prng\":1,\"len\":1099511627776}]\n",
     EXEC "[\"<\",{\"prng\":2,\"len\":1099511627776}]\n",
     AT("5", "5") "stream s1: < 1099511627776 bytes, prng 1 against < "
                  "1099511627776 bytes, prng 2\n"},
    {"dates_and_names_are_bytes", EXEC "[\"<1\",\"2026-11-23T22:39:01Z\"]\n",
     EXEC "[\"<1\",\"2025-01-03T22:39:01Z\"]\n",
     AT("5", "5") "stream s1: < stdout 20 \"2026-11-23T22:39:01Z\" against < "
                  "stdout 20 \"2025-01-03T22:39:01Z\"\n"},
    {"heads", EXEC "[\"<H\",101]\n",
     EXEC "[\"<H\",[\"HTTP/1.1 200 OK\",\"A: b\"]]\n",
     AT("3", "3") "stream s1: head: the usual one of 101 against lines\n"},
    {"the_lines_of_heads", EXEC "[\"<H\",[\"HTTP/1.1 200 OK\",\"A: b\"]]\n",
     EXEC "[\"<H\",[\"HTTP/1.1 200 OK\",\"A: c\"]]\n",
     AT("3", "3") "stream s1: head: \"A: b\" against \"A: c\"\n"},
    {"inspects", SCRIPT INSPECT_AS("\"immediate\""),
     SCRIPT INSPECT_AS("{\"after_polls\":2}"),
     AT("2", "2") "GET /exec/{EID1}/json: exited at once against exited after "
                  "2 more\n"},
    {"another_answer", SCRIPT INSPECT_AS("\"immediate\""),
     SCRIPT "{\"on\":\"GET /exec/{EID1}/json\",\"reply\":{}}\n",
     AT("2", "2") "GET /exec/{EID1}/json: what the exec is against a reply\n"},
    {"subsets", SCRIPT CREATE_ANY(SUBSET("\"Cmd\":[\"a\"]")),
     SCRIPT CREATE_ANY(SUBSET("\"Cmd\":[\"b\"]")),
     AT("2", "2") "POST /containers/{NAME}/exec: request: Cmd[0]: \"a\" "
                  "against \"b\"\n"},
    {"patterns", SCRIPT CREATE_ANY("\"match\":{\"pattern\":{\"Cmd\":\"a\"}},"),
     SCRIPT CREATE_ANY("\"match\":{\"pattern\":{\"Cmd\":\"b\"}},"),
     AT("2", "2") "POST /containers/{NAME}/exec: request: another pattern\n"},
    {"engines", SCRIPT,
     "{\"execcast\":1,\"script\":true,\"provenance\":{\"api_version\":\"1.41\"}"
     "}\n",
     "a.execcast b.execcast: engine: docker 28.5.2, API 1.51 against "
     "docker 28.5.2, API 1.41\n"},
    {"loose_streams", SCRIPT S1 "[\"exit\",1]\n", SCRIPT S1 "[\"exit\",2]\n",
     AT("3", "3") "stream s1: exit 1 against exit 2\n"},
    {"a_recording", EXEC, HEADER,
     "a.execcast b.execcast: a script against a recording; only two of a kind "
     "are compared\n"},
};

static void write_one(const char *name, const char *text)
{
    char args[64];

    desk_write(name, text, strlen(text));
    (void)snprintf(args, sizeof(args), "--fix %s", name);
    desk_run(md_tool_lint, "lint", args); /* the end of a recording */
    assert_int_equal(desk.status, 0);
}

static void script__is_compared(void **state)
{
    const struct compared *row = *state;

    write_one("a.execcast", row->a);
    write_one("b.execcast", row->b);
    desk_run(md_tool_diff, "diff", "a.execcast b.execcast");

    assert_string_equal(desk.out, row->out);
    assert_string_equal(desk.err, "");
    assert_int_equal(desk.status,
                     row->out[0] == '\0' ? MD_STATUS_OK : MD_STATUS_FOUND);
}

/* ---- every form there is */

static void run_clean(desk_tool_fn tool, const char *args)
{
    desk_run(tool, "tool", args);
    assert_string_equal(desk.err, "");
    assert_int_equal(desk.status, MD_STATUS_OK);
}

static void script__has_many_forms(void **state)
{
    const char *text = desk_read(FORMS);

    (void)state;
    desk_write("a.execcast", text, strlen(text));
    run_clean(md_tool_lint, "--strict a.execcast");
    run_clean(md_tool_show, "--bytes 0 a.execcast");
    run_clean(md_tool_show, "--hex a.execcast");
    run_clean(md_tool_show, "--json a.execcast");
    run_clean(md_tool_diff, "a.execcast a.execcast");
    assert_string_equal(desk.out, "");
}

static struct CMUnitTest tests[1 + MD_COUNT_OF(shows) + MD_COUNT_OF(diffs)] = {
    cmocka_unit_test_setup_teardown(script__has_many_forms, desk_set_up,
                                    desk_tear_down)};

int main(void)
{
    size_t count = 1;

    for (size_t i = 0; i < MD_COUNT_OF(shows); i++) {
        tests[count++] =
            (struct CMUnitTest){shows[i].name, script__is_shown, desk_set_up,
                                desk_tear_down, &shows[i]};
    }
    for (size_t i = 0; i < MD_COUNT_OF(diffs); i++) {
        tests[count++] =
            (struct CMUnitTest){diffs[i].name, script__is_compared, desk_set_up,
                                desk_tear_down, &diffs[i]};
    }
    return cmocka_run_group_tests_name("tools_script", tests, NULL, NULL);
}
