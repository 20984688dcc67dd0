/* SPDX-License-Identifier: MIT */
/* test_mockd_faults_head.c - each fault of the head, in memory and on the
 * wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fault_rig.h"

#define ST "HTTP/1.1 101 UPGRADED|"
#define OK "HTTP/1.1 200 OK|"
#define CT "Content-Type: application/vnd.docker.raw-stream|"
#define CO "Connection: Upgrade|"
#define UP "Upgrade: tcp|"
#define F1 "{%01......%03one}"
#define F23 "{%02......%04two!}{%01......%05three}"
#define BODY F1 F23 "E"
#define PLAIN "{H}" BODY
#define DOCKER(name, value) "{" name "}{: }{" value "}{|}"

/* The head by itself, then the stream as recorded. */
static void assert_stream(const char *bytes, size_t len, size_t head)
{
    static const char stream[] = "\1\0\0\0\0\0\0\3one\2\0\0\0\0\0\0\4two!"
                                 "\1\0\0\0\0\0\0\5three";

    assert_int_equal(len, head + sizeof(stream) - 1);
    assert_memory_equal(bytes + head, stream, sizeof(stream) - 1);
}

static void check_huge_header(const char *bytes, size_t len)
{
    static const char tail[] = "aa\r\n\r\n";
    const char *line = strstr(bytes, "\r\nX-Mockd: a");
    size_t end = 0;

    assert_non_null(line);
    end = (size_t)(line - bytes) + strlen("\r\nX-Mockd: ");
    assert_int_equal(strspn(bytes + end, "a"), 1000000);
    assert_memory_equal(bytes + end + 1000000 - 2, tail, sizeof(tail) - 1);
    assert_stream(bytes, len, end + 1000000 + 4);
}

static void check_many_headers(const char *bytes, size_t len)
{
    const char *end = strstr(bytes, "\r\n\r\n");

    assert_non_null(end);
    assert_non_null(strstr(bytes, "\r\nX-Mockd-1: 1\r\nX-Mockd-2: 2\r\n"));
    assert_memory_equal(end - strlen("X-Mockd-5000: 5000"),
                        "X-Mockd-5000: 5000", strlen("X-Mockd-5000: 5000"));
    assert_stream(bytes, len, (size_t)(end - bytes) + 4);
}

static void check_garbage_before(const char *bytes, size_t len)
{
    static const char head[] = "HTTP/1.1 101 UPGRADED\r\nContent-Type: ";

    assert_memory_equal(bytes + 1000, head, sizeof(head) - 1);
    assert_memory_not_equal(bytes, bytes + 500, 500);
    assert_stream(bytes, len, 1000 + 109);
}

static void check_garbage_after(const char *bytes, size_t len)
{
    assert_memory_equal(bytes + 109 - 4, "\r\n\r\n", 4);
    assert_memory_not_equal(bytes + 109, bytes + 609, 500);
    assert_stream(bytes, len, 1000 + 109);
}

static void check_long_reason(const char *bytes, size_t len)
{
    static const char head[] = "HTTP/1.1 101 ababababa\r\nContent-Type: ";

    assert_memory_equal(bytes, head, sizeof(head) - 1);
    assert_stream(bytes, len, 109 + 1);
}

static struct fault_row rows[] = {
    {"slow_head_by_nothing", "slow_head:ms=0", .log = "*" PLAIN},
    {"engine_head_docker", "engine_head:engine=docker",
     .log = "{" ST CT CO UP "}*" DOCKER("Api-Version", "1.51")
         DOCKER("Docker-Experimental", "false") DOCKER("Ostype", "linux")
             DOCKER("Server", "Docker/28.5.2 (linux)") "{|}" BODY},
    {"engine_head_podman", "engine_head:engine=podman", .log = "{H}*" BODY},
    {"engine_head_of_nobody", "engine_head:engine=rkt",
     .error = "fault engine_head: engine must be one of docker|podman"},
    {"head_split", "{\"fault\":\"head_split\",\"at\":\"10,108\"}",
     .log = "{HTTP/1.1 1}*{01 UPGRADED|" CT CO "Upgrade: tcp|%0D}{%0A}" BODY},
    {"head_split_at_one", "head_split:at=13",
     .log = "{HTTP/1.1 101 }*{UPGRADED|" CT CO UP "|}" BODY},
    {"head_split_outside", "head_split:at=109", .log = PLAIN,
     .note = "the head has 109 bytes, it cannot be cut at 109"},
    {"head_split_at_nothing", "head_split:at=0",
     .error = "fault head_split: 0 has no place in at, which is offsets in "
              "the head; every byte when there are none"},
    {"head_split_every_byte", "head_split:on=ping", "ping",
     .log = "{H}*{T}{T}{P}{/}{1}{.}{1}{ }{2}{0}{0}{ }{O}{K}{%0D}{%0A}{C}{o}"
            "{n}{t}{e}{n}{t}{-}{T}{y}{p}{e}{:}{ }{t}{e}{x}{t}{/}{p}{l}{a}{i}"
            "{n}{%0D}{%0A}{C}{o}{n}{t}{e}{n}{t}{-}{L}{e}{n}{g}{t}{h}{:}{ }{2}"
            "{%0D}{%0A}{%0D}{%0AOK}E"},
    {"head_dribble", "head_dribble:bytes=50,us=7",
     .log = "{HTTP/1.1 101 UPGRADED|Content-Type: application/v}*(7){nd."
            "docker.raw-stream|Connection: Upgrade|Upgrade}(7){: tcp||}" BODY},
    {"head_dribble_of_the_whole", "head_dribble:bytes=109", .log = PLAIN,
     .note = "there is nothing in this answer to cut so"},
    {"head_dribble_of_nothing", "head_dribble:bytes=0",
     .error = "fault head_dribble: bytes must be a whole number from 1 to "
              "67108864"},
    {"coalesce_with_head_frames", "coalesce_with_head:frames=2",
     .log = "{H%01......%03one%02......%04two!}*{%01......%05three}E"},
    {"coalesce_with_head_bytes", "coalesce_with_head:bytes=3",
     .log = "{H%01..}*{....%03one}" F23 "E"},
    {"coalesce_with_head_both", "coalesce_with_head:frames=1,bytes=3",
     .log = "{H%01......%03one%02..}*{....%04two!}{%01......%05three}E"},
    {"coalesce_with_head_first_write", "coalesce_with_head", "tty",
     .log = "{Ha%E2%82%AC|}*{b|}E"},
    {"coalesce_with_head_too_many", "coalesce_with_head:frames=4", .log = PLAIN,
     .note = "there are no 4 frames in this answer"},
    {"coalesce_with_head_too_long", "coalesce_with_head:bytes=37", .log = PLAIN,
     .note = "only 36 bytes are there to go with the head, not 37"},
    {"coalesce_with_head_over_a_wait", "coalesce_with_head:frames=2", "stdin",
     .log = "{H}{%01......%05ready}G{%01......%04done}E",
     .note = "is waited for behind the head"},
    {"status", "status:code=503",
     .log = "{HTTP/1.1 503 Service Unavailable|" CT CO UP "|}*" BODY},
    {"status_and_reason",
     "{\"fault\":\"status\",\"code\":299,\"reason\":\"a b\"}",
     .log = "{HTTP/1.1 299 a b|" CT CO UP "|}*" BODY},
    {"status_of_two_digits", "status:code=99",
     .error = "fault status: code must be a whole number from 100 to 999"},
    {"status_of_nothing", "status",
     .error = "fault status: it needs code (the status)"},
    {"200_instead_of_101", "200_instead_of_101", .log = "{" OK CT "|}*" BODY},
    {"200_instead_of_200", "200_instead_of_101:on=ping",
     .error = "fault 200_instead_of_101: it cannot be done on ping"},
    {"reason", "{\"fault\":\"reason\",\"text\":\"Switching Protocols\"}",
     .log = "{HTTP/1.1 101 Switching Protocols|" CT CO UP "|}*" BODY},
    {"reason_empty", "reason", .log = "{HTTP/1.1 101 |" CT CO UP "|}*" BODY},
    {"reason_long", "reason:text=ab,len=9", .check = check_long_reason},
    {"no_content_type", "no_content_type", .log = "{" ST CO UP "|}*" BODY},
    {"no_content_type_on_tcp", "no_content_type", .is_tcp = true,
     .log = "{" ST CO UP "|}*" BODY},
    {"content_type",
     "content_type:value=application/vnd.docker.multiplexed-stream",
     .log = "{" ST CO UP "Content-Type: application/vnd.docker."
            "multiplexed-stream||}*" BODY},
    {"content_length_on_101", "content_length_on_101:n=0",
     .log = "{" ST CT CO UP "Content-Length: 0||}*" BODY},
    {"content_length_below_0", "content_length_on_101:n=-1",
     .error = "fault content_length_on_101: n must be a whole number from 0 to "
              "9223372036854775807"},
    {"chunked_stream", "chunked_stream",
     .log = "{" OK CT "Transfer-Encoding: chunked||}{1|%01|}*{7|......%03|}"
            "{10|one%02......%04two!%01|}{1|.|}{7|.....%05t|}{4|hree|}{0||}E"},
    {"chunked_stream_sizes", "chunked_stream:sizes=100",
     .log = "{" OK CT "Transfer-Encoding: chunked||}{24|%01......%03one"
            "%02......%04two!%01......%05three|}*{0||}E"},
    {"chunked_stream_with_a_wait", "chunked_stream:sizes=100", "stdin",
     .log = "{" OK CT "Transfer-Encoding: chunked||}{d|%01......%05ready|}*G"
            "{c|%01......%04done|}{0||}E"},
    {"chunked_stream_of_nothing",
     "{\"fault\":\"chunked_stream\","
     "\"sizes\":\"1,0\"}",
     .error = "fault chunked_stream: 0 has no place in sizes, which is sizes "
              "of the chunks, over and over"},
    {"no_upgrade_headers", "no_upgrade_headers", .log = "{" ST CT "|}*" BODY},
    {"connection_close", "connection_close",
     .log = "{" ST CT UP "Connection: close||}*" BODY},
    {"bare_lf", "bare_lf",
     .log = "{HTTP/1.1 101 UPGRADED%0AContent-Type: application/vnd.docker."
            "raw-stream%0AConnection: Upgrade%0AUpgrade: tcp%0A%0A}*" BODY},
    {"bare_lf_last", "bare_lf:lines=last", .log = "{" ST CT CO UP "%0A}*" BODY},
    {"bare_lf_of_none", "bare_lf:lines=none",
     .error = "fault bare_lf: lines must be one of all|last"},
    {"folded_header", "folded_header",
     .log = "{" ST "Content-Type: | application/vnd.docker.raw-stream|" CO UP
            "|}*" BODY},
    {"folded_header_that_is_not_there", "folded_header:name=Server",
     .log = PLAIN, .note = "the head has no Server"},
    {"dup_header", "dup_header:name=upgrade",
     .log = "{" ST CT CO UP UP "|}*" BODY},
    {"dup_header_with_another_value", "dup_header:value=text/html",
     .log = "{" ST CT "Content-Type: text/html|" CO UP "|}*" BODY},
    {"lowercase", "lowercase",
     .log = "{" ST "content-type: application/vnd.docker.raw-stream|"
            "connection: Upgrade|upgrade: tcp||}*" BODY},
    {"huge_header", "huge_header:n=1000000", .check = check_huge_header},
    {"huge_header_beyond_the_bound", "huge_header:n=67108864", .log = PLAIN,
     .note = "the answer grows beyond 67108864 bytes"},
    {"huge_header_too_huge", "huge_header:n=67108865",
     .error = "fault huge_header: n must be a whole number from 0 to "
              "67108864"},
    {"many_headers", "many_headers:n=5000", .check = check_many_headers},
    {"nul_in_header", "nul_in_header:name=Upgrade",
     .log = "{" ST CT CO "Upgrade: t.cp||}*" BODY},
    {"interim_100", "interim", .log = "{HTTP/1.1 100 Continue||}*{H}" BODY},
    {"interim_103", "interim:code=103",
     .log = "{HTTP/1.1 103 Early Hints|Link: </>; rel=preload||}*{H}" BODY},
    {"interim_200", "interim:code=200",
     .error = "fault interim: code must be a whole number from 100 to 199"},
    {"http10", "http10", .log = "{HTTP/1.0 200 OK|" CT "|}*" BODY},
    {"http10_of_a_ping", "http10:on=ping", "ping",
     .log = "{HTTP/1.0 200 OK|Content-Type: text/plain|Content-Length: 2||OK}"
            "*E"},
    {"slow_head", "slow_head:ms=3", .log = "(3000)*" PLAIN},
    {"slow_head_too_slow", "slow_head:ms=3600001",
     .error = "fault slow_head: ms must be a whole number from 0 to 3600000"},
    {"no_head", "no_head", .log = "*S"},
    {"empty_reply", "empty_reply", .log = "*E"},
    {"reset_before_head", "reset_before_head", .is_tcp = true, .log = "*R"},
    {"reset_before_head_on_unix", "reset_before_head",
     .error = "fault reset_before_head: a unix socket cannot show it; listen "
              "on TCP"},
    {"garbage_before_head", "garbage_before_head:n=1000,seed=5",
     .check = check_garbage_before},
    {"garbage_after_101", "garbage_after_101:n=1000,seed=5",
     .check = check_garbage_after},
    {"error_json",
     "{\"fault\":\"error_json\",\"code\":409,\"message\":\"a \\\"b\\\"\"}",
     .log = "{HTTP/1.1 409 Conflict|Content-Type: application/json|"
            "Content-Length: 22||{\"message\":\"a \\\"b\\\"\"}%0A}*E"},
    {"error_json_on_a_ping", "error_json:on=ping,message=no", "ping",
     .log = "{HTTP/1.1 500 Internal Server Error|Content-Type: "
            "application/json|Content-Length: 17||{\"message\":\"no\"}%0A}*E"},
    {"error_json_that_is_none", "error_json:code=200",
     .error = "fault error_json: code must be a whole number from 300 to 599"},
    {"error_text", "error_text:code=400,message=no",
     .log = "{HTTP/1.1 400 Bad Request|Content-Type: text/plain; "
            "charset=utf-8|Content-Length: 2||no}*E"},
    {"error_html", "error_html",
     .log = "{HTTP/1.1 502 Bad Gateway|Content-Type: text/html|Content-Length: "
            "93||<html><head><title>502 Bad Gateway</title></head>|"
            "<body><h1>Bad Gateway</h1></body></html>|}*E"},
    {"error_empty", "error_empty",
     .log = "{HTTP/1.1 503 Service Unavailable|Content-Length: 0||}*E"},
    {"error_no_length", "error_no_length:code=404,message=no",
     .log = "{HTTP/1.1 404 Not Found|Content-Type: application/json||"
            "{\"message\":\"no\"}%0A}*E"},
    {"idle_close", "idle_close:ms=2,on=ping", "ping",
     .log = "{HTTP/1.1 200 OK|Content-Type: text/plain|Content-Length: 2||OK}"
            "(2000)*E"},
    {"final_head_behind_an_interim_one", "interim\nstatus:code=503\nlowercase",
     .log = "{HTTP/1.1 100 Continue||}*{HTTP/1.1 503 Service Unavailable|"
            "content-type: application/vnd.docker.raw-stream|"
            "connection: Upgrade|upgrade: tcp||}**" BODY},
    {"cut_again_behind_a_coalesced_one",
     "coalesce_with_head:frames=2\nhead_split:at=21",
     .log = "{HTTP/1.1 101 UPGRADED}*{|" CT CO UP "|%01......%03one"
            "%02......%04two!}*{%01......%05three}E"},
    {"reply_without_frames", "error_json:message=no\nsplit_header",
     .log = "{HTTP/1.1 500 Internal Server Error|Content-Type: "
            "application/json|Content-Length: 17||{\"message\":\"no\"}%0A}*E",
     .note = "the answer has no frames"},
    {"status_that_is_never_seen", "status:code=503\nempty_reply", .log = "*E",
     .lost = 1},
    {"status_of_no_head", "empty_reply\nstatus:code=503", .log = "*E",
     .note = "the answer has no head"},
    {"chunks_without_frames", "chunked_stream:sizes=50\nsplit_payload",
     .log = "{" OK CT "Transfer-Encoding: chunked||}{24|%01......%03one"
            "%02......%04two!%01......%05three|}*{0||}E",
     .note = "the answer has no frames"},
    {"idle_close_of_a_stream", "idle_close:on=exec.start",
     .error = "fault idle_close: it cannot be done on exec.start"},
};

int main(void)
{
    return fault_rig_run("mockd_faults_head", rows, MD_COUNT_OF(rows));
}
