/* SPDX-License-Identifier: MIT */
/* test_record_writer.c - scripted conversations, and the files they become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "record/exchange.h"
#include "record/recorder.h"
#include "record/tap.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define STEPS_MAX 20
#define TAPS_MAX 4
#define FILE_MAX 65536

enum act { STOP, SAY, CLOSE, RESET, GONE };

/* @who 'c' the client, 'e' the engine; GONE: the connection ends */
struct step {
    enum act act;
    int conn;
    char who;
    uint64_t at_us;
    const char *bytes;
    size_t len;
};

#define C(conn, at, s)                                                         \
    {                                                                          \
        SAY, conn, 'c', at, s, sizeof(s) - 1                                   \
    }
#define E(conn, at, s)                                                         \
    {                                                                          \
        SAY, conn, 'e', at, s, sizeof(s) - 1                                   \
    }
#define C_CLOSE(conn, at)                                                      \
    {                                                                          \
        CLOSE, conn, 'c', at, NULL, 0                                          \
    }
#define E_CLOSE(conn, at)                                                      \
    {                                                                          \
        CLOSE, conn, 'e', at, NULL, 0                                          \
    }
#define C_RESET(conn, at)                                                      \
    {                                                                          \
        RESET, conn, 'c', at, NULL, 0                                          \
    }
#define E_RESET(conn, at)                                                      \
    {                                                                          \
        RESET, conn, 'e', at, NULL, 0                                          \
    }
#define ENDS(conn)                                                             \
    {                                                                          \
        GONE, conn, 'c', 0, NULL, 0                                            \
    }

struct row {
    const char *name;
    struct step steps[STEPS_MAX];
    const char *vars;  /* the content of the header's object */
    const char *lines; /* between the header and the end */
    const char *end;   /* up to the digest; NULL = no stream, see rules */
    unsigned rules;
};

#define CID "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

#define CREATE                                                                 \
    "POST /v1.41/containers/t1/exec HTTP/1.1\r\nContent-Length: 14\r\n\r\n"    \
    "{\"Cmd\":[\"ls\"]}"
#define CREATED(id)                                                            \
    "HTTP/1.1 201 Created\r\nContent-Length: 11\r\n\r\n{\"Id\":\"" id "\"}"
#define START(id)                                                              \
    "POST /v1.41/exec/" id "/start HTTP/1.1\r\nUpgrade: tcp\r\n"               \
    "Content-Length: 16\r\n\r\n{\"Detach\":false}"
#define DETACH                                                                 \
    "POST /exec/e1/start HTTP/1.1\r\nContent-Length: 15\r\n\r\n"               \
    "{\"Detach\":true}"
#define UPGRADED "HTTP/1.1 101 UPGRADED\r\nUpgrade: tcp\r\n\r\n"
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define INSPECT "GET /exec/e1/json HTTP/1.1\r\n\r\n"
#define IS_RUNNING                                                             \
    "HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n{\"Running\":true}"
#define HAS_EXITED                                                             \
    "HTTP/1.1 200 OK\r\nContent-Length: 17\r\n\r\n{\"Running\":false}"

#define VARS "\"NAME\":\"t1\",\"EID1\":\"e1\""
#define R_CREATE(id, eid)                                                      \
    "{\"on\":\"POST /containers/{NAME}/exec\","                                \
    "\"match\":{\"json\":{\"Cmd\":[\"ls\"]}},\"reply\":{\"head\":"             \
    "[\"HTTP/1.1 201 Created\",\"Content-Length: 11\"],"                       \
    "\"body\":{\"text\":\"{\\\"Id\\\":\\\"" id "\\\"}\"}},"                    \
    "\"makes\":\"" eid "\"}\n"
#define R_START(eid, stream)                                                   \
    "{\"on\":\"POST /exec/{" eid "}/start\",\"phase\":\"created\","            \
    "\"match\":{\"json\":{\"Detach\":false}},"                                 \
    "\"upgrade\":true,\"stream\":\"" stream "\"}\n"
#define R_DETACH                                                               \
    "{\"on\":\"POST /exec/{EID1}/start\",\"phase\":\"created\","               \
    "\"match\":{\"json\":{\"Detach\":true}},\"reply\":{\"head\":"              \
    "[\"HTTP/1.1 200 OK\",\"Content-Length: 0\"]}}\n"
#define R_INSPECT(phase, len, running, times)                                  \
    "{\"on\":\"GET /exec/{EID1}/json\",\"phase\":\"" phase "\","               \
    "\"reply\":{\"head\":[\"HTTP/1.1 200 OK\",\"Content-Length: " len "\"],"   \
    "\"body\":{\"text\":\"{\\\"Running\\\":" running "}\"}}" times "}\n"
#define HEAD_101 "[\"HTTP/1.1 101 UPGRADED\",\"Upgrade: tcp\"]"

static struct row rows[] = {
    {.name = "nothing", .vars = "", .lines = ""},
    {.name = "attached_exec",
     .steps = {C(0, 0, CREATE), E(0, 10, CREATED("e1")), C(1, 20, START("e1")),
               E(1, 120, UPGRADED), C_CLOSE(1, 150),
               E(1, 1150, "\1\0\0\0\0\0\0\3hi\n"), E_CLOSE(1, 1250), ENDS(1),
               C(0, 2000, INSPECT), E(0, 2001, HAS_EXITED)},
     .vars = VARS,
     .lines = R_CREATE("e1", "EID1") R_START(
         "EID1", "s1") "{\"stream\":\"s1\"}\n"
                       "[100,\"<H\"," HEAD_101 ",{\"seg\":[39]}]\n"
                       "[30,\">.\"]\n"
                       "[1000,\"<\",\"%01%00%00%00%00%00%00%03hi%0A\"]\n"
                       "[100,\"<.\"]\n" R_INSPECT("exited", "17", "false", ""),
     .end = "{\"end\":{\"rules\":3,\"events\":4,\"s2c_bytes\":50,"
            "\"c2s_bytes\":0,"},
    {.name = "head_in_three_segments_the_last_with_data",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(0, 5, START("e1")),
               E(0, 6, "HTTP/1.1 101 UPGRADED\r"), E(0, 7, "\n"),
               E(0, 9, "Upgrade: tcp\r\n\r\nab"), E(0, 10, "c"),
               E_CLOSE(0, 11)},
     .vars = VARS,
     .lines = R_CREATE("e1", "EID1")
         R_START("EID1", "s1") "{\"stream\":\"s1\"}\n"
                               "[4,\"<H\"," HEAD_101
                               ",{\"seg\":[22,1,16],\"joined\":true}]\n"
                               "[0,\"<\",\"ab\"]\n"
                               "[1,\"<\",\"c\"]\n"
                               "[1,\"<.\"]\n",
     .end = "{\"end\":{\"rules\":2,\"events\":4,\"s2c_bytes\":42,"
            "\"c2s_bytes\":0,"},
    {.name = "head_behind_the_answer_before_it",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")),
               C(0, 2, INSPECT START("e1")), E(0, 3, HAS_EXITED UPGRADED "x"),
               E_CLOSE(0, 4)},
     .vars = VARS,
     .lines = R_CREATE("e1", "EID1") R_INSPECT("created", "17", "false", "")
         R_START("EID1", "s1") "{\"stream\":\"s1\"}\n"
                               "[1,\"<H\"," HEAD_101
                               ",{\"seg\":[39],\"joined\":true}]\n"
                               "[0,\"<\",\"x\"]\n"
                               "[1,\"<.\"]\n",
     .end = "{\"end\":{\"rules\":3,\"events\":3,\"s2c_bytes\":40,"
            "\"c2s_bytes\":0,"},
    {.name = "two_streams_alternate",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(0, 2, CREATE),
               E(0, 3, CREATED("e2")), C(1, 10, START("e1")),
               C(2, 20, START("e2")), E(2, 30, UPGRADED), E(1, 40, UPGRADED),
               E(1, 50, "a"), E(2, 60, "b"), C(2, 61, "in"), E(1, 70, "c"),
               E_CLOSE(2, 80), E_CLOSE(1, 90)},
     .vars = "\"NAME\":\"t1\",\"EID1\":\"e1\",\"EID2\":\"e2\"",
     .lines = R_CREATE("e1", "EID1") R_CREATE("e2", "EID2") R_START(
         "EID2", "s1") "{\"stream\":\"s1\"}\n"
                       "[10,\"<H\"," HEAD_101 ",{\"seg\":[39]}]\n" R_START(
                           "EID1", "s2") "{\"stream\":\"s2\"}\n"
                                         "[30,\"<H\"," HEAD_101
                                         ",{\"seg\":[39]}]\n"
                                         "[10,\"<\",\"a\"]\n"
                                         "{\"stream\":\"s1\"}\n"
                                         "[30,\"<\",\"b\"]\n"
                                         "[1,\">\",\"in\"]\n"
                                         "{\"stream\":\"s2\"}\n"
                                         "[20,\"<\",\"c\"]\n"
                                         "{\"stream\":\"s1\"}\n"
                                         "[19,\"<.\"]\n"
                                         "{\"stream\":\"s2\"}\n"
                                         "[20,\"<.\"]\n",
     .end = "{\"end\":{\"rules\":4,\"events\":8,\"s2c_bytes\":81,"
            "\"c2s_bytes\":2,"},
    {.name = "client_bytes_before_the_answer_belong_to_the_stream",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")),
               C(0, 5, START("e1") "now"), C(0, 6, "GET /"), C_CLOSE(0, 7),
               E(0, 8, UPGRADED "x"), E(0, 9, "y"), E_CLOSE(0, 10)},
     .vars = VARS,
     .lines = R_CREATE("e1", "EID1")
         R_START("EID1", "s1") "{\"stream\":\"s1\"}\n"
                               "[3,\"<H\"," HEAD_101
                               ",{\"seg\":[39],\"joined\":true}]\n"
                               "[0,\"<\",\"x\"]\n"
                               "[0,\">\",\"now\"]\n"
                               "[0,\">\",\"GET /\"]\n"
                               "[0,\">.\"]\n"
                               "[1,\"<\",\"y\"]\n"
                               "[1,\"<.\"]\n",
     .end = "{\"end\":{\"rules\":2,\"events\":7,\"s2c_bytes\":41,"
            "\"c2s_bytes\":8,"},
    {.name = "request_behind_a_detached_start",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(0, 2, DETACH INSPECT),
               E(0, 3, OK), E(0, 4, IS_RUNNING)},
     .vars = VARS,
     .lines =
         R_CREATE("e1", "EID1") R_DETACH R_INSPECT("running", "16", "true", ""),
     .rules = 3},
    {.name = "start_without_upgrade",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")),
               C(0, 2, "POST /exec/e1/start HTTP/1.1\r\n\r\n"),
               E(0, 3, "HTTP/1.1 200 OK\r\nX: y\r\n\r\n"), E(0, 4, "z"),
               E_CLOSE(0, 5)},
     .vars = VARS,
     .lines = R_CREATE(
         "e1",
         "EID1") "{\"on\":\"POST /exec/{EID1}/start\",\"phase\":\"created\","
                 "\"upgrade\":false,\"stream\":\"s1\"}\n"
                 "{\"stream\":\"s1\"}\n"
                 "[1,\"<H\",[\"HTTP/1.1 200 OK\",\"X: y\"],{\"seg\":[25]}]\n"
                 "[1,\"<\",\"z\"]\n"
                 "[1,\"<.\"]\n",
     .end = "{\"end\":{\"rules\":2,\"events\":3,\"s2c_bytes\":26,"
            "\"c2s_bytes\":0,"},
    {.name = "resize_that_the_engine_took",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(1, 2, START("e1")),
               E(1, 3, UPGRADED),
               C(0, 5, "POST /exec/e1/resize?h=24&w=80 HTTP/1.1\r\n\r\n"),
               E(0, 9, OK), E(1, 10, "x"), E_CLOSE(1, 11),
               C(0, 12, "POST /exec/e1/resize?h=25&w=81 HTTP/1.1\r\n\r\n"),
               E(0, 13, OK)},
     .vars = VARS,
     .lines = R_CREATE("e1", "EID1") R_START(
         "EID1", "s1") "{\"stream\":\"s1\"}\n"
                       "[1,\"<H\"," HEAD_101 ",{\"seg\":[39]}]\n"
                       "[6,\"r\",\"80x24\"]\n"
                       "{\"on\":\"POST /exec/{EID1}/resize?h=24&w=80\","
                       "\"phase\":\"running\",\"reply\":{\"head\":"
                       "[\"HTTP/1.1 200 OK\",\"Content-Length: 0\"]}}\n"
                       "{\"stream\":\"s1\"}\n"
                       "[1,\"<\",\"x\"]\n"
                       "[1,\"<.\"]\n"
                       "{\"on\":\"POST /exec/{EID1}/resize?h=25&w=81\","
                       "\"phase\":\"exited\",\"reply\":{\"head\":"
                       "[\"HTTP/1.1 200 OK\",\"Content-Length: 0\"]}}\n",
     .end = "{\"end\":{\"rules\":4,\"events\":4,\"s2c_bytes\":40,"
            "\"c2s_bytes\":0,"},
    {.name = "resize_that_was_refused",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(1, 2, START("e1")),
               E(1, 3, UPGRADED),
               C(0, 5, "POST /exec/e1/resize?h=24&w=80 HTTP/1.1\r\n\r\n"),
               E(0, 9, "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n"),
               E_CLOSE(1, 11)},
     .vars = VARS,
     .lines = R_CREATE("e1", "EID1")
         R_START("EID1", "s1") "{\"stream\":\"s1\"}\n"
                               "[1,\"<H\"," HEAD_101 ",{\"seg\":[39]}]\n"
                               "{\"on\":\"POST /exec/{EID1}/resize?h=24&w=80\","
                               "\"phase\":\"running\",\"reply\":{\"head\":"
                               "[\"HTTP/1.1 500 Oh\",\"Content-Length: 0\"]}}\n"
                               "{\"stream\":\"s1\"}\n"
                               "[8,\"<.\"]\n",
     .end = "{\"end\":{\"rules\":3,\"events\":2,\"s2c_bytes\":39,"
            "\"c2s_bytes\":0,"},
    {.name = "detached_exec_runs_until_an_inspect_says_no",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(0, 2, INSPECT),
               E(0, 3, HAS_EXITED), C(0, 4, DETACH), E(0, 5, OK),
               C(0, 6, INSPECT), E(0, 7, IS_RUNNING), C(0, 8, INSPECT),
               E(0, 9, IS_RUNNING), C(0, 10, INSPECT), E(0, 11, HAS_EXITED),
               C(0, 12, INSPECT), E(0, 13, HAS_EXITED)},
     .vars = VARS,
     .lines = R_CREATE("e1", "EID1") R_INSPECT("created", "17", "false", "")
         R_DETACH R_INSPECT("running", "16", "true", ",\"times\":2")
             R_INSPECT("exited", "17", "false", ",\"times\":2"),
     .rules = 5},
    {.name = "refused_attached_start",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(0, 2, START("e1")),
               E(0, 3, "HTTP/1.1 409 No\r\nContent-Length: 0\r\n\r\n"),
               C(0, 4, INSPECT), E(0, 5, HAS_EXITED)},
     .vars = VARS,
     .lines = R_CREATE(
         "e1",
         "EID1") "{\"on\":\"POST /exec/{EID1}/start\",\"phase\":\"created\","
                 "\"match\":{\"json\":{\"Detach\":false}},\"reply\":{\"head\":"
                 "[\"HTTP/1.1 409 No\",\"Content-Length: 0\"]}}\n" R_INSPECT(
                     "exited", "17", "false", ""),
     .rules = 3},
    {.name = "equal_answers_in_a_row_but_for_their_date",
     .steps = {C(0, 0, "GET /_ping HTTP/1.1\r\n\r\n"),
               E(0, 1,
                 "HTTP/1.1 200 OK\r\nDate: a\r\nContent-Length: 2\r\n"
                 "\r\nOK"),
               C(0, 2, "GET /v1.41/_ping HTTP/1.1\r\n\r\n"),
               E(0, 3,
                 "HTTP/1.1 200 OK\r\nDate: b\r\nContent-Length: 2\r\n"
                 "\r\nOK"),
               C(0, 4, "GET /_ping HTTP/1.1\r\n\r\n"),
               E(0, 5, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nKO"),
               C(0, 6, "GET /_ping HTTP/1.1\r\n\r\n"),
               E(0, 7, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK")},
     .vars = "",
     .lines = "{\"on\":\"GET /_ping\",\"reply\":{\"head\":[\"HTTP/1.1 200 "
              "OK\",\"Date: a\",\"Content-Length: 2\"],\"body\":{\"text\":"
              "\"OK\"}},\"times\":2}\n"
              "{\"on\":\"GET /_ping\",\"reply\":{\"head\":[\"HTTP/1.1 200 "
              "OK\",\"Content-Length: 2\"],\"body\":{\"text\":\"KO\"}}}\n"
              "{\"on\":\"GET /_ping\",\"reply\":{\"head\":[\"HTTP/1.1 200 "
              "OK\",\"Content-Length: 2\"],\"body\":{\"text\":\"OK\"}}}\n",
     .rules = 3},
    {.name = "answer_to_head_and_chunked_answer",
     .steps = {C(0, 0, "HEAD /_ping HTTP/1.1\r\n\r\n"),
               E(0, 1, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
               C(0, 2, "GET /info HTTP/1.1\r\n\r\n"),
               E(0, 3,
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")},
     .vars = "",
     .lines = "{\"on\":\"HEAD /_ping\",\"reply\":{\"head\":[\"HTTP/1.1 200 "
              "OK\",\"Content-Length: 2\"]}}\n"
              "{\"on\":\"GET /info\",\"reply\":{\"head\":[\"HTTP/1.1 200 "
              "OK\",\"Transfer-Encoding: chunked\"],\"body\":{\"text\":"
              "\"{}\"}}}\n",
     .rules = 2},
    {.name = "answer_that_ends_with_the_connection",
     .steps = {C(0, 0, "GET /info HTTP/1.0\r\n\r\n"),
               E(0, 1, "HTTP/1.1 200 OK\r\n\r\n{"), E(0, 2, "}"),
               E_CLOSE(0, 3)},
     .vars = "",
     .lines = "{\"on\":\"GET /info\",\"reply\":{\"head\":[\"HTTP/1.1 200 "
              "OK\"],\"body\":{\"text\":\"{}\"}}}\n",
     .rules = 1},
    {.name = "container_by_name_by_id_and_by_prefix",
     .steps = {C(0, 0, "POST /containers/t1/pause HTTP/1.1\r\n\r\n"),
               E(0, 1, OK),
               C(0, 2,
                 "POST /containers/cccc/pause HTTP/1.1\r\n"
                 "\r\n"),
               E(0, 3, OK),
               C(0, 4,
                 "GET /containers/cccc/json HTTP/1.1\r\n"
                 "\r\n"),
               E(0, 5,
                 "HTTP/1.1 200 OK\r\nContent-Length: 86\r\n\r\n{\"Id\":\"" CID
                 "\",\"Name\":\"/t1\"}"),
               C(0, 6, "POST /containers/" CID "/kill HTTP/1.1\r\n\r\n"),
               E(0, 7, OK),
               C(0, 8, "POST /containers/ccccc/stop HTTP/1.1\r\n\r\n"),
               E(0, 9, OK)},
     .vars = "\"NAME\":\"t1\",\"CID\":\"" CID "\"",
     .lines = "{\"on\":\"POST /containers/{NAME}/pause\",\"reply\":{\"head\":["
              "\"HTTP/1.1 200 OK\",\"Content-Length: 0\"]}}\n"
              "{\"on\":\"POST /containers/{CID}/pause\",\"reply\":{\"head\":["
              "\"HTTP/1.1 200 OK\",\"Content-Length: 0\"]}}\n"
              "{\"on\":\"GET /containers/{CID}/json\",\"reply\":{\"head\":["
              "\"HTTP/1.1 200 OK\",\"Content-Length: 86\"],\"body\":{\"text\":"
              "\"{\\\"Id\\\":\\\"" CID "\\\",\\\"Name\\\":\\\"/t1\\\"}\"}}}\n"
              "{\"on\":\"POST /containers/{CID}/kill\",\"reply\":{\"head\":["
              "\"HTTP/1.1 200 OK\",\"Content-Length: 0\"]}}\n"
              "{\"on\":\"POST /containers/{CID}/stop\",\"reply\":{\"head\":["
              "\"HTTP/1.1 200 OK\",\"Content-Length: 0\"]}}\n",
     .rules = 5},
    {.name = "container_id_from_an_execs_inspect",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(0, 2, INSPECT),
               E(0, 3,
                 "HTTP/1.1 200 OK\r\nContent-Length: 82\r\n\r\n"
                 "{\"ContainerID\":\"" CID "\"}")},
     .vars = "\"NAME\":\"t1\",\"CID\":\"" CID "\",\"EID1\":\"e1\"",
     .lines = R_CREATE(
         "e1",
         "EID1") "{\"on\":\"GET /exec/{EID1}/json\",\"phase\":\"created\","
                 "\"reply\":{\"head\":[\"HTTP/1.1 200 OK\",\"Content-Length: "
                 "82\"],"
                 "\"body\":{\"text\":\"{\\\"ContainerID\\\":\\\"" CID
                 "\\\"}\"}}}\n",
     .rules = 2},
    {.name = "short_id_is_no_name",
     .steps = {C(0, 0, "POST /containers/cccccccccccc/exec HTTP/1.1\r\n\r\n"),
               E(0, 1, CREATED("e1")), C(0, 2, INSPECT),
               E(0, 3,
                 "HTTP/1.1 200 OK\r\nContent-Length: 82\r\n\r\n"
                 "{\"ContainerID\":\"" CID "\"}")},
     .vars = "\"CID\":\"" CID "\",\"EID1\":\"e1\"",
     .lines =
         "{\"on\":\"POST /containers/{CID}/exec\",\"match\":{\"body\":"
         "\"\"},\"reply\":{\"head\":"
         "[\"HTTP/1.1 201 Created\",\"Content-Length: 11\"],\"body\":"
         "{\"text\":\"{\\\"Id\\\":\\\"e1\\\"}\"}},\"makes\":\"EID1\"}\n"
         "{\"on\":\"GET /exec/{EID1}/json\",\"phase\":\"created\","
         "\"reply\":{\"head\":[\"HTTP/1.1 200 OK\",\"Content-Length: 82\"],"
         "\"body\":{\"text\":\"{\\\"ContainerID\\\":\\\"" CID "\\\"}\"}}}\n",
     .rules = 2},
    {.name = "new_container_has_name_and_id",
     .steps =
         {C(0, 0, "POST /containers/create?name=t9 HTTP/1.1\r\n\r\n"),
          E(0, 1,
            "HTTP/1.1 201 Created\r\nContent-Length: 73\r\n\r\n{\"Id\":\"" CID
            "\"}"),
          C(0, 2, "DELETE /containers/t9?force=1 HTTP/1.1\r\n\r\n"),
          E(0, 3, "HTTP/1.1 204 No Content\r\n\r\n")},
     .vars = "\"NAME\":\"t9\",\"CID\":\"" CID "\"",
     .lines = "{\"on\":\"POST /containers/create?name=t9\",\"reply\":{\"head\":"
              "[\"HTTP/1.1 201 Created\",\"Content-Length: 73\"],\"body\":"
              "{\"text\":\"{\\\"Id\\\":\\\"" CID "\\\"}\"}}}\n"
              "{\"on\":\"DELETE /containers/{NAME}?force=1\",\"reply\":"
              "{\"head\":[\"HTTP/1.1 204 No Content\"]}}\n",
     .rules = 2},
    {.name = "unknown_container_and_unknown_exec",
     .steps = {C(0, 0, "GET /containers/no1/json HTTP/1.1\r\n\r\n"),
               E(0, 1, "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nno1"),
               C(0, 2, "POST /exec/no2/start HTTP/1.1\r\n\r\n"),
               E(0, 3, "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nno2"),
               C(0, 4, "GET /exec/no2/json HTTP/1.1\r\n\r\n"),
               E(0, 5, "HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nno2")},
     .vars = "\"ANY1\":\"no1\",\"ANY2\":\"no2\"",
     .lines = "{\"on\":\"GET /containers/{ANY1}/json\",\"reply\":{\"head\":["
              "\"HTTP/1.1 404 No\",\"Content-Length: 3\"],\"body\":{\"text\":"
              "\"no1\"}}}\n"
              "{\"on\":\"POST /exec/{ANY2}/start\",\"reply\":{\"head\":["
              "\"HTTP/1.1 404 No\",\"Content-Length: 3\"],\"body\":{\"text\":"
              "\"no2\"}}}\n"
              "{\"on\":\"GET /exec/{ANY2}/json\",\"reply\":{\"head\":["
              "\"HTTP/1.1 404 No\",\"Content-Length: 3\"],\"body\":{\"text\":"
              "\"no2\"}}}\n",
     .rules = 3},
    {.name = "unknown_container_that_is_known_later",
     .steps = {C(0, 0, "POST /containers/t1/kill HTTP/1.1\r\n\r\n"),
               E(0, 1, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"),
               C(0, 2, "POST /containers/t1/kill HTTP/1.1\r\n\r\n"),
               E(0, 3, OK)},
     .vars = "\"NAME\":\"t1\"",
     .lines = "{\"on\":\"POST /containers/{NAME}/kill\",\"reply\":{\"head\":["
              "\"HTTP/1.1 404 No\",\"Content-Length: 0\"]}}\n"
              "{\"on\":\"POST /containers/{NAME}/kill\",\"reply\":{\"head\":["
              "\"HTTP/1.1 200 OK\",\"Content-Length: 0\"]}}\n",
     .rules = 2},
    {.name = "exec_from_before_the_recording",
     .steps = {C(0, 0, INSPECT), E(0, 1, HAS_EXITED), C(0, 2, START("e1")),
               E(0, 3, UPGRADED), E(0, 4, "x"), E_CLOSE(0, 5)},
     .vars = "",
     .lines = "# left out: GET /exec/e1/json: its exec was made before the "
              "recording began\n"
              "# connection 1, at POST /exec/e1/start: its exec was made "
              "before the recording began; from here on it is not recorded\n",
     .rules = 0},
    {.name = "body_that_is_no_json",
     .steps = {C(0, 0, "POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\n{\"\n"),
               E(0, 1, OK)},
     .vars = "",
     .lines = "{\"on\":\"POST /x\",\"match\":{\"body\":\"{%22%0A\"},\"reply\":"
              "{\"head\":[\"HTTP/1.1 200 OK\",\"Content-Length: 0\"]}}\n",
     .rules = 1},
    {.name = "image_import_matches_anything",
     .steps = {C(0, 0,
                 "POST /images/create?fromSrc=- HTTP/1.1\r\n"
                 "Content-Length: 3\r\n\r\ntar"),
               E(0, 1, OK)},
     .vars = "",
     .lines = "{\"on\":\"POST /images/create?fromSrc=-\",\"reply\":{\"head\":["
              "\"HTTP/1.1 200 OK\",\"Content-Length: 0\"]}}\n",
     .rules = 1},
    {.name = "interim_answer_is_noted",
     .steps = {C(0, 0, "POST /x HTTP/1.1\r\nContent-Length: 1\r\n\r\n"),
               E(0, 1, "HTTP/1.1 100 Continue\r\n\r\n"), C(0, 2, "1"),
               E(0, 3, OK)},
     .vars = "",
     .lines = "# interim answer 100 to POST /x\n"
              "{\"on\":\"POST /x\",\"match\":{\"json\":1},\"reply\":{\"head\":["
              "\"HTTP/1.1 200 OK\",\"Content-Length: 0\"]}}\n",
     .rules = 1},
    {.name = "client_that_does_not_speak_http",
     .steps = {C(0, 0, "\1\2\3\n"), E(0, 1, "what\r\n"), C_CLOSE(0, 2)},
     .vars = "",
     .lines = "# connection 1, at no request: a head line that ends without "
              "CR; from here on it is not recorded\n",
     .rules = 0},
    {.name = "other_upgrade_is_noted",
     .steps = {C(0, 0, "POST /containers/t1/attach HTTP/1.1\r\n\r\n"),
               E(0, 1, UPGRADED "x"), C(0, 2, "y"), E_CLOSE(0, 3)},
     .vars = "",
     .lines = "# connection 1, at POST /containers/t1/attach: it was upgraded "
              "to something else than an exec's stream; from here on it is "
              "not recorded\n",
     .rules = 0},
    {.name = "reset_by_the_engine",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(0, 2, START("e1")),
               E(0, 3, UPGRADED), E_RESET(0, 4), ENDS(0), C(1, 5, INSPECT),
               E(1, 6, IS_RUNNING)},
     .vars = VARS,
     .lines = R_CREATE("e1", "EID1") R_START(
         "EID1", "s1") "{\"stream\":\"s1\"}\n"
                       "[1,\"<H\"," HEAD_101 ",{\"seg\":[39]}]\n"
                       "[1,\"<!\"]\n" R_INSPECT("exited", "16", "true", ""),
     .end = "{\"end\":{\"rules\":3,\"events\":2,\"s2c_bytes\":39,"
            "\"c2s_bytes\":0,"},
    {.name = "reset_by_the_client_leaves_the_exec_running",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(0, 2, START("e1")),
               E(0, 3, UPGRADED), C_RESET(0, 4), ENDS(0), C(1, 5, INSPECT),
               E(1, 6, IS_RUNNING), C(1, 7, INSPECT), E(1, 8, HAS_EXITED)},
     .vars = VARS,
     .lines = R_CREATE("e1", "EID1")
         R_START("EID1", "s1") "{\"stream\":\"s1\"}\n"
                               "[1,\"<H\"," HEAD_101 ",{\"seg\":[39]}]\n"
                               "[1,\">!\"]\n"
                               "# s1: the engine had not ended it\n" R_INSPECT(
                                   "running", "16", "true", "")
                                   R_INSPECT("exited", "17", "false", ""),
     .end = "{\"end\":{\"rules\":4,\"events\":2,\"s2c_bytes\":39,"
            "\"c2s_bytes\":0,"},
    {.name = "client_that_is_gone_after_its_end",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(0, 2, START("e1")),
               E(0, 3, UPGRADED), C_CLOSE(0, 4), C_RESET(0, 5)},
     .vars = VARS,
     .lines = R_CREATE("e1", "EID1") R_START(
         "EID1", "s1") "{\"stream\":\"s1\"}\n"
                       "[1,\"<H\"," HEAD_101 ",{\"seg\":[39]}]\n"
                       "[1,\">.\"]\n"
                       "# s1: after its end the client reset the connection\n"
                       "# s1: the engine had not ended it\n",
     .end = "{\"end\":{\"rules\":2,\"events\":2,\"s2c_bytes\":39,"
            "\"c2s_bytes\":0,"},
    {.name = "time_that_is_longer_than_a_number",
     .steps = {C(0, 0, CREATE), E(0, 1, CREATED("e1")), C(0, 2, START("e1")),
               E(0, 3, UPGRADED), E_CLOSE(0, 9000000003)},
     .vars = VARS,
     .lines = R_CREATE("e1", "EID1")
         R_START("EID1", "s1") "{\"stream\":\"s1\"}\n"
                               "[1,\"<H\"," HEAD_101 ",{\"seg\":[39]}]\n"
                               "[2147483647,\"<.\"]\n",
     .end = "{\"end\":{\"rules\":2,\"events\":2,\"s2c_bytes\":39,"
            "\"c2s_bytes\":0,"},
};

static const struct md_rec_provenance provenance = {
    .engine = "docker", .transport = "unix", .recorded = "2026-11-23"};

struct fixture {
    const struct row *row; /* NULL = a test of its own */
    char dir[32];
    struct md_rec *rec;
    struct md_rec_tap *taps[TAPS_MAX];
    char content[FILE_MAX];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL) {
        return -1;
    }
    fixture->row = *state;
    (void)snprintf(fixture->dir, sizeof(fixture->dir),
                   "/tmp/record-test-XXXXXX");
    *state = fixture;
    return mkdtemp(fixture->dir) != NULL ? 0 : -1;
}

static void remove_file(const struct fixture *fixture, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir, name);
    (void)unlink(path);
}

static int teardown(void **state)
{
    static const char *const names[] = {
        MD_REC_FILE_NAME, MD_REC_PART_NAME, MD_REC_BODIES_NAME,
        "s1.bin",         "s1.in.bin",      "session.execcast.new"};
    struct fixture *fixture = *state;

    for (size_t i = 0; i < TAPS_MAX; i++) {
        md_rec_tap_free(fixture->taps[i]);
    }
    md_rec_free(fixture->rec);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        remove_file(fixture, names[i]);
    }
    (void)rmdir(fixture->dir);
    free(fixture);
    return 0;
}

static void begin(struct fixture *fixture)
{
    struct mockd_error err = {0};

    assert_int_equal(md_rec_new(fixture->dir, false, "a \"test\"", &provenance,
                                &fixture->rec, &err),
                     MOCKD_OK);
}

static struct md_rec_tap *get_tap(struct fixture *fixture, int conn)
{
    if (fixture->taps[conn] == NULL) {
        fixture->taps[conn] = md_rec_tap_new(fixture->rec);
    }
    assert_non_null(fixture->taps[conn]);
    return fixture->taps[conn];
}

static void do_step(struct fixture *fixture, const struct step *step)
{
    struct md_rec_tap *tap = get_tap(fixture, step->conn);
    enum md_rec_side from = step->who == 'c' ? MD_REC_CLIENT : MD_REC_ENGINE;

    switch (step->act) {
    case SAY:
        md_rec_tap_data(
            tap, from,
            (struct md_rec_view){.data = (const uint8_t *)step->bytes,
                                 .len = step->len},
            step->at_us);
        break;
    case CLOSE:
    case RESET:
        md_rec_tap_over(tap, from, step->act == RESET, step->at_us);
        break;
    case GONE:
        md_rec_tap_free(tap);
        fixture->taps[step->conn] = NULL;
        break;
    case STOP:
        break;
    }
}

static const char *read_file(struct fixture *fixture, const char *name,
                             size_t *out_len)
{
    char path[128];
    FILE *file = NULL;

    (void)snprintf(path, sizeof(path), "%s/%s", fixture->dir, name);
    file = fopen(path, "r");
    assert_non_null(file);
    *out_len = fread(fixture->content, 1, FILE_MAX - 1, file);
    fixture->content[*out_len] = '\0';
    (void)fclose(file);
    return fixture->content;
}

static const char *finish(struct fixture *fixture,
                          struct md_rec_part_summary *out_summary)
{
    struct mockd_error err = {0};
    size_t len = 0;

    for (size_t i = 0; i < TAPS_MAX; i++) {
        md_rec_tap_free(fixture->taps[i]);
        fixture->taps[i] = NULL;
    }
    assert_int_equal(md_rec_finish(fixture->rec, NULL, out_summary, &err),
                     MOCKD_OK);
    return read_file(fixture, MD_REC_FILE_NAME, &len);
}

static void writer__row(void **state)
{
    static char expected[FILE_MAX];
    struct fixture *fixture = *state;
    const struct row *row = fixture->row;
    struct md_rec_part_summary summary = {0};
    char end[128];
    char *digest = NULL;

    begin(fixture);
    for (size_t i = 0; i < STEPS_MAX && row->steps[i].act != STOP; i++) {
        do_step(fixture, &row->steps[i]);
    }

    (void)finish(fixture, &summary);

    (void)snprintf(end, sizeof(end),
                   "{\"end\":{\"rules\":%u,\"events\":0,\"s2c_bytes\":0,"
                   "\"c2s_bytes\":0,",
                   row->rules);
    (void)snprintf(expected, sizeof(expected),
                   "{\"execcast\":1,\"name\":\"a \\\"test\\\"\","
                   "\"provenance\":{\"engine\":\"docker\","
                   "\"transport\":\"unix\",\"recorded\":\"2026-11-23\"},"
                   "\"vars\":{%s}}\n%s%s",
                   row->vars, row->lines, row->end != NULL ? row->end : end);
    digest = strstr(fixture->content, "\"sha256_s2c\"");
    assert_non_null(digest);
    *digest = '\0';
    assert_string_equal(fixture->content, expected);
}

static void play(struct fixture *fixture, const struct step *steps)
{
    for (size_t i = 0; steps[i].act != STOP; i++) {
        do_step(fixture, &steps[i]);
    }
}

static const struct step attach[] = {C(0, 0, CREATE),
                                     E(0, 1, CREATED("e1")),
                                     C(0, 2, START("e1")),
                                     E(0, 3, UPGRADED),
                                     {STOP, 0, 'c', 0, NULL, 0}};

static void writer__end_has_digest_and_summary_counts(void **state)
{
    static const struct step hi[] = {E(0, 4, "hi"),
                                     C(0, 5, "you"),
                                     E_CLOSE(0, 6),
                                     {STOP, 0, 'c', 0, NULL, 0}};
    struct fixture *fixture = *state;
    struct md_rec_part_summary summary = {0};
    const char *text = NULL;

    begin(fixture);
    play(fixture, attach);
    play(fixture, hi);
    text = finish(fixture, &summary);

    assert_non_null(strstr(text, "\"c2s_bytes\":3,\"sha256_s2c\":\""
                                 "01091e8bb9c492db89a06f58897dede59767fa2b80b65"
                                 "3fd88205f297f056d16\"}}\n"));
    assert_int_equal(summary.requests, 2);
    assert_int_equal(summary.execs, 1);
    assert_int_equal(summary.streams, 1);
    assert_int_equal(summary.bytes, 44);
}

/* Bytes that no fill and no text can stand for. */
static struct step long_step(char who, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(i * 7 + (uint8_t)who);
    }
    return (struct step){SAY, 0, who, 9, (const char *)bytes, len};
}

static void writer__long_segments_stand_in_files(void **state)
{
    static uint8_t bytes[3][5000];
    struct fixture *fixture = *state;
    struct step steps[] = {long_step('e', bytes[0], 5000),
                           long_step('c', bytes[1], 4097),
                           long_step('e', bytes[2], 4999),
                           {STOP, 0, 'c', 0, NULL, 0}};
    struct md_rec_part_summary summary = {0};
    const char *text = NULL;
    size_t len = 0;

    begin(fixture);
    play(fixture, attach);
    play(fixture, steps);
    text = finish(fixture, &summary);

    assert_non_null(strstr(
        text, "[6,\"<\",{\"file\":\"s1.bin\",\"off\":0,\"len\":5000}]\n"
              "[0,\">\",{\"file\":\"s1.in.bin\",\"off\":0,\"len\":4097}]\n"
              "[0,\"<\",{\"file\":\"s1.bin\",\"off\":5000,\"len\":4999}]\n"));
    text = read_file(fixture, "s1.bin", &len);
    assert_int_equal(len, 9999);
    assert_memory_equal(text, bytes[0], 5000);
    assert_memory_equal(text + 5000, bytes[2], 4999);
    text = read_file(fixture, "s1.in.bin", &len);
    assert_int_equal(len, 4097);
    assert_memory_equal(text, bytes[1], 4097);
}

static void writer__long_bodies_stand_in_a_file_once(void **state)
{
    static const struct step ask = C(0, 0, "GET /info HTTP/1.1\r\n\r\n");
    static const struct step head =
        E(0, 1, "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n");
    static uint8_t bytes[5000];
    struct fixture *fixture = *state;
    const struct step body = long_step('e', bytes, sizeof(bytes));
    struct md_rec_part_summary summary = {0};
    const char *text = NULL;
    size_t len = 0;

    begin(fixture);
    for (int i = 0; i < 3; i++) {
        do_step(fixture, &ask);
        do_step(fixture, &head);
        do_step(fixture, &body);
    }
    text = finish(fixture, &summary);

    assert_non_null(strstr(text, "\"body\":{\"file\":\"bodies.bin\",\"off\":0,"
                                 "\"len\":5000}},\"times\":3}\n"));
    text = read_file(fixture, MD_REC_BODIES_NAME, &len);
    assert_int_equal(len, 5000);
    assert_memory_equal(text, bytes, 5000);
    assert_int_equal(summary.requests, 3);
}

/* A request of @path with a body of @len letters, and its answer. */
static const char *record_body_of(struct fixture *fixture, const char *path,
                                  size_t len)
{
    static const struct step answer = E(0, 1, OK);
    struct md_rec_part_summary summary = {0};
    char head[96];
    uint8_t *bytes = malloc(len + 1);
    struct step steps[2] = {0};

    assert_non_null(bytes);
    memset(bytes, 'a', len);
    (void)snprintf(head, sizeof(head),
                   "POST %s HTTP/1.1\r\nContent-Length: %zu\r\n\r\n", path,
                   len);
    steps[0] = (struct step){SAY, 0, 'c', 0, head, strlen(head)};
    steps[1] = (struct step){SAY, 0, 'c', 0, (const char *)bytes, len};
    begin(fixture);
    do_step(fixture, &steps[0]);
    do_step(fixture, &steps[1]);
    do_step(fixture, &answer);
    free(bytes);
    return finish(fixture, &summary);
}

static void writer__body_of_64_kib_is_matched(void **state)
{
    const char *text = record_body_of(*state, "/x", MD_REC_MATCH_RAW_MAX);

    assert_non_null(strstr(text, "\"match\":{\"body\":{\"fill\":\"61\","
                                 "\"len\":65536}},"));
}

static void writer__longer_body_is_not_matched(void **state)
{
    const char *text = record_body_of(*state, "/x", MD_REC_MATCH_RAW_MAX + 1);

    assert_non_null(strstr(text, "{\"on\":\"POST /x\",\"reply\":"));
}

/* Either would answer every create if it were a rule without a match. */
static void writer__create_without_a_body_matches_no_body(void **state)
{
    const char *text = record_body_of(*state, "/containers/t1/exec", 0);

    assert_non_null(strstr(text, "\"match\":{\"body\":\"\"},\"reply\":"));
}

static void writer__create_too_long_to_match_is_left_out(void **state)
{
    const char *text =
        record_body_of(*state, "/containers/t1/exec", MD_REC_MATCH_MAX + 1);

    assert_null(strstr(text, "\"on\":"));
    assert_non_null(strstr(text, "too long to be told from others"));
}

static void writer__long_create_that_is_no_json_is_left_out(void **state)
{
    const char *text =
        record_body_of(*state, "/containers/t1/exec", MD_REC_MATCH_RAW_MAX + 1);

    assert_null(strstr(text, "\"on\":"));
    assert_non_null(strstr(text, "too long to be told from others"));
}

static void writer__answer_over_16_mib_is_left_out(void **state)
{
    static const struct step steps[] = {
        C(0, 0, "GET /x HTTP/1.1\r\n\r\n"),
        E(0, 1, "HTTP/1.1 200 OK\r\nContent-Length: 16777217\r\n\r\n"),
        {STOP, 0, 'c', 0, NULL, 0}};
    static uint8_t page[65536];
    static const struct step more = {SAY,         0, 'e', 2, (const char *)page,
                                     sizeof(page)};
    static const struct step last = E(0, 3, "x");
    struct fixture *fixture = *state;
    struct md_rec_part_summary summary = {0};

    begin(fixture);
    play(fixture, steps);
    for (size_t i = 0; i < MD_REC_PAYLOAD_MAX / sizeof(page); i++) {
        do_step(fixture, &more);
    }
    do_step(fixture, &last);

    assert_non_null(strstr(finish(fixture, &summary),
                           "\n# left out: GET /x: its answer is longer than "
                           "16 MiB\n{\"end\":{\"rules\":0,"));
}

static void writer__held_bytes_are_bounded(void **state)
{
    static uint8_t page[65536];
    static const struct step more = {SAY,         0, 'c', 3, (const char *)page,
                                     sizeof(page)};
    static const struct step start = C(0, 2, START("e1"));
    struct fixture *fixture = *state;
    struct md_rec_part_summary summary = {0};
    const char *text = NULL;

    begin(fixture);
    do_step(fixture, &attach[0]);
    do_step(fixture, &attach[1]);
    do_step(fixture, &start);
    for (size_t i = 0; i <= MD_REC_HELD_MAX / sizeof(page); i++) {
        do_step(fixture, &more);
    }
    do_step(fixture, &attach[3]);
    text = finish(fixture, &summary);

    assert_non_null(strstr(text, "# connection 1, at POST /exec/e1/start: more "
                                 "than 1 MiB from the client before"));
    assert_null(strstr(text, "\"stream\""));
}

static void writer__waiting_requests_are_bounded(void **state)
{
    static const struct step ask = C(0, 0, "GET /_ping HTTP/1.1\r\n\r\n");
    struct fixture *fixture = *state;
    struct md_rec_part_summary summary = {0};

    begin(fixture);
    for (size_t i = 0; i <= MD_REC_PIPELINE_MAX; i++) {
        do_step(fixture, &ask);
    }

    assert_non_null(strstr(finish(fixture, &summary),
                           "\n# connection 1, at GET /_ping: more than 64 "
                           "requests without an answer"));
}

static void writer__recording_is_not_replaced_without_force(void **state)
{
    struct fixture *fixture = *state;
    struct md_rec_part_summary summary = {0};
    struct mockd_error err = {0};
    struct md_rec *rec = NULL;

    begin(fixture);
    (void)finish(fixture, &summary);

    assert_int_equal(
        md_rec_new(fixture->dir, false, "x", &provenance, &rec, &err),
        MOCKD_E_INVALID);
    assert_non_null(strstr(err.message, "session.execcast is there already"));
    assert_int_equal(
        md_rec_new(fixture->dir, true, "x", &provenance, &rec, &err), MOCKD_OK);
    md_rec_free(rec);
}

static void writer__recorder_that_dies_leaves_its_part(void **state)
{
    struct fixture *fixture = *state;
    struct mockd_error err = {0};
    struct md_rec *rec = NULL;
    size_t len = 0;

    begin(fixture);
    play(fixture, attach);
    md_rec_tap_free(fixture->taps[0]);
    fixture->taps[0] = NULL;
    md_rec_free(fixture->rec);
    fixture->rec = NULL;

    assert_non_null(strstr(read_file(fixture, MD_REC_PART_NAME, &len),
                           "{\"stream\":\"s1\"}\n[1,\"<H\","));
    assert_int_equal(
        md_rec_new(fixture->dir, false, "x", &provenance, &rec, &err),
        MOCKD_E_INVALID);
    assert_non_null(strstr(err.message, "session.execcast.part is there"));
}

static void writer__folder_is_made(void **state)
{
    struct fixture *fixture = *state;
    struct md_rec_part_summary summary = {0};

    assert_int_equal(rmdir(fixture->dir), 0);
    begin(fixture);
    (void)finish(fixture, &summary);
}

static void writer__folder_that_cannot_be_made_is_named(void **state)
{
    struct mockd_error err = {0};
    struct md_rec *rec = NULL;

    (void)state;
    assert_int_equal(
        md_rec_new("/dev/null/x", false, "x", &provenance, &rec, &err),
        MOCKD_E_SYSTEM);
    assert_non_null(strstr(err.message, "/dev/null/x: "));
}

#define TEST(function)                                                         \
    {                                                                          \
        .name = #function, .test_func = (function), .setup_func = setup,       \
        .teardown_func = teardown                                              \
    }

static const struct CMUnitTest odd[] = {
    TEST(writer__end_has_digest_and_summary_counts),
    TEST(writer__long_segments_stand_in_files),
    TEST(writer__long_bodies_stand_in_a_file_once),
    TEST(writer__body_of_64_kib_is_matched),
    TEST(writer__longer_body_is_not_matched),
    TEST(writer__create_without_a_body_matches_no_body),
    TEST(writer__create_too_long_to_match_is_left_out),
    TEST(writer__long_create_that_is_no_json_is_left_out),
    TEST(writer__answer_over_16_mib_is_left_out),
    TEST(writer__held_bytes_are_bounded),
    TEST(writer__waiting_requests_are_bounded),
    TEST(writer__recording_is_not_replaced_without_force),
    TEST(writer__recorder_that_dies_leaves_its_part),
    TEST(writer__folder_is_made),
    TEST(writer__folder_that_cannot_be_made_is_named),
};

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + COUNT_OF(odd)];

    memcpy(tests, odd, sizeof(odd));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[COUNT_OF(odd) + i] =
            (struct CMUnitTest){.name = rows[i].name,
                                .test_func = writer__row,
                                .setup_func = setup,
                                .teardown_func = teardown,
                                .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("record_writer", tests, NULL, NULL);
}
