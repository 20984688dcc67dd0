/* SPDX-License-Identifier: MIT */
/* resize.c - group E7: the size of an exec's terminal. */
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "exec.h"
#include "expect.h"
#include "program.h"

#define ALL (DRY_STDIN | DRY_STDOUT | DRY_STDERR)

static void resize(struct dry_run *run, const struct dry_exec *exec,
                   uint16_t rows, uint16_t columns)
{
    struct dexec_error err = {0};

    dry_expect_ok(run, "resize the terminal",
                  dexec_resize(run->client, exec->id.text, rows, columns, &err),
                  &err);
}

static struct dry_reply
ask_resize(struct dry_run *run, const struct dry_exec *exec, const char *query)
{
    char action[64];

    (void)snprintf(action, sizeof(action), "resize%s", query);
    return dry_ask(run, "POST", dry_exec_path(run, exec, action), NULL);
}

/* An exec that waits for a line, so that it can be resized while it runs. */
static struct dry_exec *launch_waiting(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "stty -echo; echo ready; read line; stty size; exit 3",
        .attach = ALL,
        .tty = true};
    struct dry_exec *exec = dry_launch(run, &command);

    dry_await(run, exec, DEXEC_KIND_CONSOLE, "ready\r\n");
    return exec;
}

static void finish_waiting(struct dry_run *run, struct dry_exec *exec)
{
    dry_write(run, exec, "\n", 1);
    dry_drain(run, exec);
    dry_expect_exit(run, exec, 3);
}

static void check_seen(struct dry_run *run)
{
    static const struct dry_bytes expected = DRY_BYTES("ready\r\n40 132\r\n");
    struct dry_exec *exec = launch_waiting(run);

    resize(run, exec, 40, 132);
    finish_waiting(run, exec);
    dry_expect_output(run, exec, DEXEC_KIND_CONSOLE, &expected);
}

static void check_signal(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "trap 'stty size; exit 5' WINCH; echo ready; i=0; "
                  "while [ $i -lt 200 ]; do sleep 0.05; i=$((i + 1)); done; "
                  "echo no signal",
        .attach = DRY_STDOUT | DRY_STDERR,
        .tty = true};
    static const struct dry_bytes expected = DRY_BYTES("ready\r\n33 111\r\n");
    struct dry_exec *exec = dry_launch(run, &command);

    dry_await(run, exec, DEXEC_KIND_CONSOLE, "ready\r\n");
    resize(run, exec, 33, 111);
    dry_drain(run, exec);
    dry_expect_output(run, exec, DEXEC_KIND_CONSOLE, &expected);
    dry_expect_exit(run, exec, 5);
}

static void check_twice(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "stty -echo; echo ready; read line; stty size; read line; "
                  "stty size",
        .attach = ALL,
        .tty = true};
    static const struct dry_bytes expected =
        DRY_BYTES("ready\r\n24 80\r\n50 200\r\n");
    struct dry_exec *exec = dry_launch(run, &command);

    dry_await(run, exec, DEXEC_KIND_CONSOLE, "ready\r\n");
    resize(run, exec, 24, 80);
    dry_write(run, exec, "\n", 1);
    dry_await(run, exec, DEXEC_KIND_CONSOLE, "24 80\r\n");
    resize(run, exec, 50, 200);
    dry_write(run, exec, "\n", 1);
    dry_drain(run, exec);
    dry_expect_output(run, exec, DEXEC_KIND_CONSOLE, &expected);
    dry_expect_exit(run, exec, 0);
}

static void check_status(struct dry_run *run)
{
    struct dry_exec *exec = launch_waiting(run);
    struct dry_reply reply = ask_resize(run, exec, "?h=30&w=100");

    (void)dry_expect_number(run, "status", 200, reply.answer.status);
    finish_waiting(run, exec);
}

/* A query that is refused, while the exec runs. */
struct bad_size {
    const char *query;
    const char *part; /* of the message */
};

static void check_bad_size(struct dry_run *run)
{
    const struct bad_size *bad = run->spec->data;
    struct dry_exec *exec = launch_waiting(run);
    struct dry_reply reply = ask_resize(run, exec, bad->query);

    if (dry_expect_number(run, "status", 400, reply.answer.status)) {
        dry_expect_refusal(run, &reply, 400, bad->part);
    }
    finish_waiting(run, exec);
}

static void check_unknown(struct dry_run *run)
{
    struct dry_reply reply =
        dry_ask(run, "POST", "/exec/" DRY_NO_EXEC "/resize?h=24&w=80", NULL);

    dry_expect_refusal(run, &reply, 404, DRY_NO_EXEC);
}

static void check_after_the_end(struct dry_run *run)
{
    static const struct dry_command command = {.script = "echo short",
                                               .tty = true};
    struct dry_exec *exec = dry_execute(run, &command, NULL);
    struct dry_reply reply = ask_resize(run, exec, "?h=24&w=80");

    (void)dry_expect(run, "status", reply.answer.status >= 400,
                     "400 or greater",
                     reply.answer.status == 200 ? "200" : "201");
    (void)dry_expect(run, "body", dry_reply_text(&reply, "message")[0] != '\0',
                     "a message", reply.body);
}

static const struct dry_deviation created[] = {
    {.family = "podman",
     .what = "status",
     .observed = "201",
     .reason = "Podman 3.0-6.1 answers 201, as the API's text said up to 1.24"},
    {0}};

static const struct dry_deviation no_first_size[] = {
    {.family = "docker",
     .below = "23.0",
     .what = "console",
     .observed = "\"end\\r\\n\"",
     .reason = "Docker up to 20.10 has API 1.41, which has no ConsoleSize"},
    {.family = "podman",
     .below = "6.1",
     .what = "console",
     .observed = "\"end\\r\\n\"",
     .reason = "Podman up to 5.8 ignores ConsoleSize"},
    {0}};

static const struct dry_deviation taken_as_zero[] = {
    {.family = "podman",
     .what = "status",
     .observed = "201",
     .reason = "Podman 3.0-6.1 takes a missing h or w for 0"},
    {0}};

static const struct dry_case cases[] = {
    {.id = "E7.1.1",
     .name = "the process sees the size that it was given",
     .rules = "EX-RESIZE-02",
     .source = "D, P",
     .why = "moby's own test has a TODO here: check that it happened",
     .check = check_seen},
    {.id = "E7.1.2",
     .name = "the process gets SIGWINCH",
     .rules = "EX-RESIZE-02",
     .source = "D, P",
     .why = "editors redraw on the signal, not on the size",
     .check = check_signal},
    {.id = "E7.1.3",
     .name = "each of two sizes is seen in its turn",
     .rules = "EX-RESIZE-02",
     .source = "D, P",
     .why = "a size that is set once, from what the start said",
     .check = check_twice},
    {.id = "E7.2.1",
     .name = "a resize after the end is refused, at once",
     .rules = "EX-RESIZE-06 EX-ERROR-01",
     .source = "D 404 or 500, P 500; moby#35561",
     .why = "a window is resized as its command ends, every day",
     .check = check_after_the_end},
    {.id = "E7.3.1",
     .name = "a missing h is 400",
     .rules = "EX-RESIZE-03 EX-ERROR-01",
     .source = "D 20.10-28.5",
     .why = "a height of 0 breaks every full-screen program",
     .check = check_bad_size,
     .data = &(const struct bad_size){.query = "?w=80", .part = ""},
     .deviations = taken_as_zero},
    {.id = "E7.3.2",
     .name = "a missing w is 400",
     .rules = "EX-RESIZE-03 EX-ERROR-01",
     .source = "D 20.10-28.5",
     .why = "a width of 0 breaks every full-screen program",
     .check = check_bad_size,
     .data = &(const struct bad_size){.query = "?h=24", .part = ""},
     .deviations = taken_as_zero},
    {.id = "E7.3.3",
     .name = "a size that is not a number is 400",
     .rules = "EX-RESIZE-04 EX-ERROR-01",
     .source = "D, P",
     .why = "it was 500 before API 1.32",
     .check = check_bad_size,
     .data = &(const struct bad_size){.query = "?h=tall&w=80", .part = ""}},
    {.id = "E7.4.1",
     .name = "success is 200",
     .level = DRY_SHOULD,
     .rules = "EX-RESIZE-01",
     .source = "doc 1.25",
     .why = "dockerode's resize fails on every Podman for this",
     .check = check_status,
     .deviations = created},
    {.id = "E7.5.1",
     .name = "ConsoleSize of the create is the terminal's first size",
     .rules = "EX-CREATE-08",
     .source = "doc 1.42; D 23.0-28.5",
     .why = "a program that asks before the first resize sees 0 by 0",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "stty size 2>/dev/null; echo end",
                         .tty = true,
                         .rows = 57,
                         .columns = 123},
             .out = DRY_BYTES("57 123\r\nend\r\n")},
     .deviations = no_first_size},
    {.id = "E7.7.1",
     .name = "a resize of an unknown exec is 404 and names it",
     .rules = "EX-RESIZE-05 EX-ERROR-01 EX-ERROR-02",
     .source = "doc 1.15",
     .why = "clients tell a lost exec from a lost daemon by it",
     .check = check_unknown},
};

int main(int argc, char **argv)
{
    static const struct dry_area area = {
        .name = "resize", .cases = cases, .count = DRY_COUNT_OF(cases)};

    return dry_program(argc, argv, &area);
}
