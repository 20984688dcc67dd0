/* SPDX-License-Identifier: MIT */
/* http.c - group E11: the heads of 101 and 200, and what follows them. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ask.h"
#include "exec.h"
#include "expect.h"
#include "program.h"

#define ALL (DRY_STDIN | DRY_STDOUT | DRY_STDERR)
#define RAW "application/vnd.docker.raw-stream"
#define MULTIPLEXED "application/vnd.docker.multiplexed-stream"

/* A header has the value, in any case of letters. */
static void expect_header(struct dry_run *run, const struct dry_reply *reply,
                          const char *name, const char *expected)
{
    const char *observed = dry_reply_header(run, reply, name);

    (void)dry_expect(run, name, strcasecmp(expected, observed) == 0,
                     expected[0] == '\0' ? "absent" : expected,
                     observed[0] == '\0' ? "absent" : observed);
}

static void expect_stream(struct dry_run *run, const struct dry_reply *reply,
                          const struct dry_bytes *expected)
{
    size_t len = 0;
    const unsigned char *data = dry_stream_bytes(run, reply, &len);

    (void)dry_expect_bytes(run, "stream", expected->data, expected->len, data,
                           len);
}

static void expect_no_framing(struct dry_run *run,
                              const struct dry_reply *reply)
{
    expect_header(run, reply, "Content-Length", "");
    expect_header(run, reply, "Transfer-Encoding", "");
}

static void check_101(struct dry_run *run)
{
    static const struct dry_command command = {.script = "printf upgraded"};
    static const struct dry_bytes expected =
        DRY_BYTES("\1\0\0\0\0\0\0\10upgraded");
    struct dry_exec *exec = dry_create(run, &command);
    struct dry_reply reply = dry_ask_start(run, exec, false, true);

    (void)dry_expect_number(run, "status", 101, reply.answer.status);
    expect_header(run, &reply, "Connection", "Upgrade");
    expect_header(run, &reply, "Upgrade", "tcp");
    expect_no_framing(run, &reply);
    expect_stream(run, &reply, &expected);
}

static void check_200(struct dry_run *run)
{
    static const struct dry_command command = {.script = "printf plain"};
    static const struct dry_bytes expected = DRY_BYTES("\1\0\0\0\0\0\0\5plain");
    struct dry_exec *exec = dry_create(run, &command);
    struct dry_reply reply = dry_ask_start(run, exec, false, false);

    (void)dry_expect_number(run, "status", 200, reply.answer.status);
    expect_no_framing(run, &reply);
    expect_stream(run, &reply, &expected);
}

static void check_200_tty(struct dry_run *run)
{
    static const struct dry_command command = {.script = "echo plain terminal",
                                               .tty = true};
    static const struct dry_bytes expected = DRY_BYTES("plain terminal\r\n");
    struct dry_exec *exec = dry_create(run, &command);
    struct dry_reply reply = dry_ask_start(run, exec, true, false);

    (void)dry_expect_number(run, "status", 200, reply.answer.status);
    expect_header(run, &reply, "Content-Type", RAW);
    expect_no_framing(run, &reply);
    expect_stream(run, &reply, &expected);
}

/* An attached start asks to be upgraded, a detached one has nothing to be. */
static void check_detached_upgrade(struct dry_run *run)
{
    static const struct dry_command command = {.script = "exit 11"};
    static const char body[] = "{\"Detach\":true,\"Tty\":false}";
    struct dry_exec *exec = dry_create(run, &command);
    struct dry_request request = {.method = "POST",
                                  .path = dry_exec_path(run, exec, "start"),
                                  .extra_headers =
                                      "Connection: Upgrade\r\nUpgrade: tcp\r\n",
                                  .body = body,
                                  .body_len = strlen(body),
                                  .keeps_alive = true};
    struct dry_wire *wire = dry_ask_wire(run);
    struct dry_answer answer = {0};

    dry_expect_wire(run, "send a request",
                    dry_http_send(wire, &request, run->deadline_ms), wire);
    dry_expect_wire(run, "a response head",
                    dry_http_read_head(wire, &answer, run->deadline_ms), wire);
    (void)dry_expect_number(run, "status", 200, answer.status);
}

static void check_stdin_over_200(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "tr a-z A-Z; exit 12", .attach = ALL, .no_upgrade = true};
    static const struct dry_bytes input = DRY_BYTES("both ways\n");
    static const struct dry_bytes expected = DRY_BYTES("BOTH WAYS\n");
    struct dry_exec *exec = dry_execute(run, &command, &input);

    dry_expect_output(run, exec, DEXEC_KIND_STDOUT, &expected);
    dry_expect_exit(run, exec, 12);
}

static void check_dialogue_over_200(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "read a; echo \"1 $a\"; read b; echo \"2 $b\"; exit 13",
        .attach = ALL,
        .no_upgrade = true};
    struct dry_exec *exec = dry_launch(run, &command);

    dry_write(run, exec, "one\n", 4);
    dry_await(run, exec, DEXEC_KIND_STDOUT, "1 one\n");
    dry_write(run, exec, "two\n", 4);
    dry_await(run, exec, DEXEC_KIND_STDOUT, "2 two\n");
    dry_drain(run, exec);
    dry_expect_exit(run, exec, 13);
}

static void check_type_framed(struct dry_run *run)
{
    static const struct dry_command command = {.script = "echo framed"};
    struct dry_exec *exec = dry_create(run, &command);
    struct dry_reply reply = dry_ask_start(run, exec, false, true);
    const char *type = dry_reply_header(run, &reply, "Content-Type");
    size_t len = 0;

    (void)dry_stream_bytes(run, &reply, &len);
    (void)dry_expect(run, "Content-Type",
                     strcmp(type, RAW) == 0 || strcmp(type, MULTIPLEXED) == 0,
                     RAW " or " MULTIPLEXED, type);
}

static void check_type_tty(struct dry_run *run)
{
    static const struct dry_command command = {.script = "echo terminal",
                                               .tty = true};
    static const struct dry_bytes expected = DRY_BYTES("terminal\r\n");
    struct dry_exec *exec = dry_create(run, &command);
    struct dry_reply reply = dry_ask_start(run, exec, true, true);

    expect_header(run, &reply, "Content-Type", RAW);
    expect_stream(run, &reply, &expected);
}

/* A refusal keeps the connection; create and inspect go over it too. */
static void check_keep_alive(struct dry_run *run)
{
    static const char body[] = "{\"Cmd\":[\"true\",\"E11.6.1\"]}";
    struct dry_wire *wire = dry_ask_wire(run);
    struct dry_reply reply =
        dry_ask_on(run, wire, "GET", "/exec/" DRY_NO_EXEC "/json", NULL);
    struct dry_exec *exec = dry_run_exec(run);

    (void)dry_expect_number(run, "status of an unknown exec", 404,
                            reply.answer.status);
    reply =
        dry_ask_on(run, wire, "POST", dry_container_path(run, "exec"), body);
    (void)dry_expect_number(run, "status of the create after it", 201,
                            reply.answer.status);
    (void)snprintf(exec->id.text, sizeof(exec->id.text), "%s",
                   dry_reply_text(&reply, "Id"));
    reply =
        dry_ask_on(run, wire, "GET", dry_exec_path(run, exec, "json"), NULL);
    (void)dry_expect_number(run, "status of the inspect after that", 200,
                            reply.answer.status);
}

static const struct dry_case cases[] = {
    {.id = "E11.1.1",
     .name = "with Upgrade the answer is 101 and says tcp",
     .rules = "EX-START-03",
     .source = "doc 1.17",
     .why = "haproxy#2684: proxies pass on only what is a real upgrade",
     .check = check_101},
    {.id = "E11.1.2",
     .name = "without Upgrade the answer is 200 without length or chunks",
     .rules = "EX-START-04",
     .source = "D, P",
     .why = "docker-py, dockerode and curl ask this way",
     .check = check_200},
    {.id = "E11.1.3",
     .name = "without Upgrade a terminal's stream is raw too",
     .rules = "EX-START-04 EX-START-05 EX-START-06",
     .source = "D, P",
     .why = "docker-py and dockerode ask this way",
     .check = check_200_tty},
    {.id = "E11.1.4",
     .name = "a detached start is 200 though Upgrade was asked for",
     .rules = "EX-START-02",
     .source = "D, P",
     .why = "bollard and the Go client send the headers always",
     .check = check_detached_upgrade},
    {.id = "E11.2.1",
     .name = "the Content-Type of a framed stream is one of the two",
     .level = DRY_DE_FACTO,
     .rules = "EX-START-05",
     .source = "doc 1.42; D 20.10-28.5, P",
     .why = "clients choose their reader by it, and must know the words",
     .check = check_type_framed},
    {.id = "E11.2.2",
     .name = "the Content-Type of a terminal's stream is raw-stream",
     .level = DRY_DE_FACTO,
     .rules = "EX-START-05",
     .source = "doc 1.42; D 20.10-28.5, P",
     .why = "multiplexed-stream would send clients looking for frames",
     .check = check_type_tty},
    {.id = "E11.5.1",
     .name = "without Upgrade input reaches the process and can be closed",
     .rules = "EX-START-04 EX-STREAM-04 EX-STREAM-05",
     .source = "D, P",
     .why = "moby#43799: Docker Desktop's proxy lost this direction",
     .check = check_stdin_over_200},
    {.id = "E11.5.2",
     .name = "without Upgrade both directions move at the same time",
     .rules = "EX-START-04 EX-STREAM-07",
     .source = "D, P",
     .why = "a server that reads the body first never answers",
     .check = check_dialogue_over_200},
    {.id = "E11.6.1",
     .name = "a connection is kept after a 404",
     .level = DRY_DE_FACTO,
     .rules = "EX-ERROR-04 EX-ERROR-03",
     .source = "D, P",
     .why = "pooled connections that end unasked fail the next request",
     .check = check_keep_alive},
};

int main(int argc, char **argv)
{
    static const struct dry_area area = {
        .name = "http", .cases = cases, .count = DRY_COUNT_OF(cases)};

    return dry_program(argc, argv, &area);
}
