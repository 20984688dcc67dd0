/* SPDX-License-Identifier: MIT */
/* detach.c - group E6: an exec that is started and left. */
#include <stdio.h>

#include "ask.h"
#include "exec.h"
#include "expect.h"
#include "program.h"

#define ROUNDS 8 /* of asking; an engine that needs more has lost it */
#define DETACHED "{\"Detach\":true,\"Tty\":false}"

/* Write the file by which a second exec sees that this one ran to its end. */
#define LEAVE_MARK(text)                                                       \
    "echo " text " >/tmp/$0.tmp; mv /tmp/$0.tmp /tmp/$0.out"

/* Wait for that file, show it, remove it; 10 s at most. */
#define SHOW_MARK                                                              \
    "i=0; while [ ! -e /tmp/$0.out ] && [ $i -lt 200 ]; do sleep 0.05; "       \
    "i=$((i + 1)); done; cat /tmp/$0.out; rm -f /tmp/$0.out"

static void start_detached(struct dry_run *run, const struct dry_exec *exec)
{
    struct dexec_error err = {0};

    dry_expect_ok(run, "start the exec, detached",
                  dexec_start_detached(run->client, exec->id.text, false, &err),
                  &err);
}

static void expect_mark(struct dry_run *run, const struct dry_bytes *mark)
{
    static const struct dry_command show = {.script = SHOW_MARK};
    struct dry_exec *exec = dry_execute(run, &show, NULL);

    dry_expect_output(run, exec, DEXEC_KIND_STDOUT, mark);
}

/* One inspect says that it does not run, and its code, or that it does. */
static bool has_ended(struct dry_run *run, const struct dry_exec *exec,
                      int64_t *out_exit_code)
{
    struct dexec_inspect *inspect = NULL;
    struct dexec_error err = {0};
    bool has_ended = false;

    dry_expect_ok(run, "inspect the exec",
                  dexec_inspect(run->client, exec->id.text, &inspect, &err),
                  &err);
    has_ended = !inspect->running && inspect->has_exit_code;
    *out_exit_code = inspect->exit_code;
    dexec_inspect_free(run->client, inspect);
    return has_ended;
}

/* There is no event for the end of a detached exec: ask some times, with an
 * exec in between, so that a replay has the same questions in it. */
static void expect_final_code(struct dry_run *run, const struct dry_exec *exec,
                              int64_t exit_code)
{
    int64_t observed = -1;
    bool is_over = has_ended(run, exec, &observed);

    for (int round = 1; round <= ROUNDS && !is_over; round++) {
        char script[64];
        const struct dry_command command = {.script = script};

        (void)snprintf(script, sizeof(script), ": round %d", round);
        (void)dry_execute(run, &command, NULL);
        is_over = has_ended(run, exec, &observed);
    }
    if (dry_expect(run, "Running after the end", is_over, "false", "true")) {
        (void)dry_expect_number(run, "ExitCode", exit_code, observed);
    }
}

static void check_status_and_body(struct dry_run *run)
{
    static const struct dry_command command = {.script =
                                                   LEAVE_MARK("answered")};
    static const struct dry_bytes mark = DRY_BYTES("answered\n");
    struct dry_exec *exec = dry_create(run, &command);
    struct dry_reply reply =
        dry_ask(run, "POST", dry_exec_path(run, exec, "start"), DETACHED);

    (void)dry_expect_number(run, "status", 200, reply.answer.status);
    (void)dry_expect_bytes(run, "body", "", 0, reply.body,
                           reply.answer.body_len);
    expect_mark(run, &mark);
}

static void check_runs_to_its_end(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "seq 1 30000; seq 1 30000 >&2; " LEAVE_MARK("to the end")};
    static const struct dry_bytes mark = DRY_BYTES("to the end\n");

    start_detached(run, dry_create(run, &command));
    expect_mark(run, &mark);
}

/* The mark is the process's own pid: a second exec waits until that is gone. */
static void check_exit_code(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = LEAVE_MARK("$$") "; exit 17"};
    static const struct dry_command wait = {
        .script = "i=0; while [ ! -e /tmp/$0.out ] && [ $i -lt 200 ]; do "
                  "sleep 0.05; i=$((i + 1)); done; read pid </tmp/$0.out; "
                  "while [ -d /proc/$pid ] && [ $i -lt 200 ]; do "
                  "sleep 0.05; i=$((i + 1)); done; rm -f /tmp/$0.out; "
                  "echo gone"};
    static const struct dry_bytes expected = DRY_BYTES("gone\n");
    struct dry_exec *exec = dry_create(run, &command);

    start_detached(run, exec);
    dry_expect_output(run, dry_execute(run, &wait, NULL), DEXEC_KIND_STDOUT,
                      &expected);
    expect_final_code(run, exec, 17);
}

/* The answer comes before the process has ended: it waits for our file. */
static void check_answer_at_the_start(struct dry_run *run)
{
    static const struct dry_command clean = {
        .script = "rm -f /tmp/$0.go /tmp/$0.out"};
    static const struct dry_command command = {
        .script = "i=0; while [ ! -e /tmp/$0.go ] && [ $i -lt 200 ]; do "
                  "sleep 0.05; i=$((i + 1)); done; rm -f /tmp/$0.go; "
                  "[ $i -lt 200 ] && " LEAVE_MARK("was waiting")};
    static const struct dry_command go = {.script =
                                              "touch /tmp/$0.go; " SHOW_MARK};
    static const struct dry_bytes mark = DRY_BYTES("was waiting\n");
    struct dry_exec *exec = NULL;

    (void)dry_execute(run, &clean, NULL);
    start_detached(run, dry_create(run, &command));
    exec = dry_execute(run, &go, NULL);
    dry_expect_output(run, exec, DEXEC_KIND_STDOUT, &mark);
}

static void check_attach_flags(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "echo to nobody; " LEAVE_MARK("with flags"),
        .attach = DRY_STDOUT | DRY_STDERR};
    static const struct dry_bytes mark = DRY_BYTES("with flags\n");

    start_detached(run, dry_create(run, &command));
    expect_mark(run, &mark);
}

static void check_no_attach_flags(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "echo to nobody; " LEAVE_MARK("without flags"),
        .attach_none = true};
    static const struct dry_bytes mark = DRY_BYTES("without flags\n");

    start_detached(run, dry_create(run, &command));
    expect_mark(run, &mark);
}

static void check_tty(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "test -t 1 && " LEAVE_MARK("on a terminal"), .tty = true};
    static const struct dry_bytes mark = DRY_BYTES("on a terminal\n");
    struct dry_exec *exec = dry_create(run, &command);
    struct dexec_error err = {0};

    dry_expect_ok(run, "start the exec, detached",
                  dexec_start_detached(run->client, exec->id.text, true, &err),
                  &err);
    expect_mark(run, &mark);
}

static void check_not_found(struct dry_run *run)
{
    static const char *const cmd[] = {"drydock-no-such-command", "E6.1.5",
                                      NULL};
    static const struct dry_command command = {.cmd = cmd};
    struct dry_exec *exec = dry_create(run, &command);
    struct dry_reply reply =
        dry_ask(run, "POST", dry_exec_path(run, exec, "start"), DETACHED);

    dry_expect_refusal(run, &reply, 400, "drydock-no-such-command");
}

static const struct dry_deviation line_feed[] = {
    {.family = "podman",
     .what = "body",
     .observed = "\"\\n\"",
     .reason = "Podman 3.0-6.1 sends one line feed after a detached start"},
    {0}};

static const struct dry_deviation runs_on[] = {
    {.family = "podman",
     .below = "5.4",
     .what = "Running after the end",
     .observed = "true",
     .reason = "Podman 3.0 and 4.3 say that a detached exec runs on, until "
               "they drop the record 5 minutes later"},
    {0}};

static const struct dry_deviation status_500[] = {
    {.family = "podman",
     .what = "status",
     .observed = "500",
     .reason = "Podman 3.0-6.1 answers 500 when the command cannot be "
               "started"},
    {0}};

static const struct dry_case cases[] = {
    {.id = "E6.1.1",
     .name = "a detached start is answered 200 without a body",
     .rules = "EX-START-02 EX-START-07",
     .source = "doc 1.15; D sends Content-Length: 0",
     .why = "clients that parse the body as JSON fail on what is in it",
     .check = check_status_and_body,
     .deviations = line_feed},
    {.id = "E6.1.2",
     .name = "a detached process runs to its end with nobody reading",
     .rules = "EX-START-12",
     .source = "doc 1.15",
     .why = "output that nobody takes must not fill a pipe and block it",
     .check = check_runs_to_its_end},
    {.id = "E6.1.3",
     .name = "the exit code of a detached exec can be had afterwards",
     .rules = "EX-START-12 EX-EXIT-01",
     .source = "doc 1.16",
     .why = "the only way to know how a detached command went",
     .check = check_exit_code,
     .deviations = runs_on},
    {.id = "E6.1.4",
     .name = "a detached start is answered while the process runs",
     .rules = "EX-START-02",
     .source = "doc 1.15",
     .why = "an answer at the end is no detaching",
     .check = check_answer_at_the_start},
    {.id = "E6.1.5",
     .name = "a detached start of what is not there is an error status",
     .rules = "EX-START-09 EX-ERROR-01",
     .source = "D 400",
     .why = "200 would be the last thing heard of it",
     .check = check_not_found,
     .deviations = status_500},
    {.id = "E6.2.1",
     .name = "attach flags do no harm to a detached start",
     .rules = "EX-START-02 EX-START-12",
     .source = "D, P",
     .why = "clients set them always and detach or not at the start",
     .check = check_attach_flags},
    {.id = "E6.2.2",
     .name = "a detached start needs no attach flags",
     .rules = "EX-START-02 EX-START-12",
     .source = "D, P",
     .why = "podman#28686: at least one stream was asked for",
     .check = check_no_attach_flags},
    {.id = "E6.2.3",
     .name = "a detached exec has a terminal if it was asked for",
     .rules = "EX-TTY-01 EX-START-02",
     .source = "D, P",
     .why = "docker exec -dt; a terminal without a reader",
     .check = check_tty},
};

int main(int argc, char **argv)
{
    static const struct dry_area area = {
        .name = "detach", .cases = cases, .count = DRY_COUNT_OF(cases)};

    return dry_program(argc, argv, &area);
}
