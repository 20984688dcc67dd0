/* SPDX-License-Identifier: MIT */
/* errors.c - group E10: refusals, and what is left after them. */
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "exec.h"
#include "expect.h"
#include "program.h"

#define START "{\"Detach\":false,\"Tty\":false}"
#define START_DETACHED "{\"Detach\":true,\"Tty\":false}"

/* One request and the refusal that it must get. */
struct refusal {
    const char *method;
    const char *path; /* NULL = create in the run's container */
    const char *body;
    int status;
    const char *part; /* of the message, in any case of letters */
};

static void check_refusal(struct dry_run *run)
{
    const struct refusal *refusal = run->spec->data;
    const char *path =
        refusal->path == NULL ? dry_container_path(run, "exec") : refusal->path;
    struct dry_reply reply = dry_ask(run, refusal->method, path, refusal->body);

    dry_expect_refusal(run, &reply, refusal->status, refusal->part);
}

/* The text of a second attached start, wherever it comes. */
static void check_second_attached(struct dry_run *run)
{
    static const struct dry_command command = {.script = "echo once"};
    struct dry_exec *exec = dry_execute(run, &command, NULL);
    struct dry_reply reply = dry_ask_start(run, exec, false, true);
    size_t len = 0;
    struct dry_buffer *text = dry_run_bytes(run);
    const unsigned char *data = NULL;

    if (!dry_expect_number(run, "status", 101, reply.answer.status)) {
        return;
    }
    data = dry_stream_bytes(run, &reply, &len);
    for (size_t i = 0; i < len; i++) {
        const char *shown = data[i] == '\0' ? "." : (const char *)&data[i];

        (void)dry_buffer_add(text, shown, 1);
    }
    (void)dry_buffer_add(text, "", 1);
    (void)dry_expect_part(run, "stream", "already run",
                          (const char *)text->data);
    dry_expect_exit(run, exec, 0);
}

static void check_second_detached(struct dry_run *run)
{
    static const struct dry_command command = {.script = "echo once more"};
    struct dry_exec *exec = dry_execute(run, &command, NULL);
    struct dry_reply reply =
        dry_ask(run, "POST", dry_exec_path(run, exec, "start"), START_DETACHED);

    dry_expect_refusal(run, &reply, 409, "");
    dry_expect_exit(run, exec, 0);
}

/* Which stream says it, and that it names the command. */
static void check_text_in_stream(struct dry_run *run)
{
    static const char *const cmd[] = {"drydock-no-such-command", "E10.5.1",
                                      NULL};
    static const struct dry_command command = {.cmd = cmd};
    struct dry_exec *exec = dry_execute(run, &command, NULL);
    const struct dry_buffer *out = &exec->output[DEXEC_KIND_STDOUT];
    const struct dry_buffer *err = &exec->output[DEXEC_KIND_STDERR];
    bool is_on_out = dry_buffer_has(out, "drydock-no-such-command");
    bool is_on_err = dry_buffer_has(err, "drydock-no-such-command");

    (void)dry_expect(run, "the text with the command's name",
                     is_on_out && err->len == 0, "on stdout",
                     is_on_err   ? "on stderr"
                     : is_on_out ? "on stdout, and more on stderr"
                                 : "nowhere");
}

/*
 * Where an unknown user is refused differs: by the create (Docker 28.2 and
 * newer), by the start's status (Podman), or in the stream (older Docker).
 * Nothing runs in any of them, and the user is named.
 */
static void check_unknown_user(struct dry_run *run)
{
    static const char body[] =
        "{\"Cmd\":[\"sh\",\"-c\",\"echo it ran\",\"E10.5.2\"],"
        "\"User\":\"drydock-no-such-user\",\"AttachStdout\":true,"
        "\"AttachStderr\":true}";
    struct dry_reply reply =
        dry_ask(run, "POST", dry_container_path(run, "exec"), body);
    struct dry_exec *exec = dry_run_exec(run);
    struct dry_buffer said = {0};
    size_t len = 0;

    if (reply.answer.status != 400) {
        (void)dry_expect_number(run, "status", 201, reply.answer.status);
        (void)snprintf(exec->id.text, sizeof(exec->id.text), "%s",
                       dry_reply_text(&reply, "Id"));
        reply = dry_ask_start(run, exec, false, true);
    }
    if (reply.answer.status == 101) {
        (void)dry_stream_bytes(run, &reply, &len);
    } else {
        dry_expect_wire(
            run, "the response's body",
            dry_http_read_body(reply.wire, &reply.answer, run->deadline_ms),
            reply.wire);
    }
    said = (struct dry_buffer){.data = reply.wire->in.data,
                               .len = reply.wire->in.len};
    (void)dry_expect(run, "the refusal",
                     dry_buffer_has(&said, "drydock-no-such-user"),
                     "names the user", "does not");
    (void)dry_expect(run, "the command", !dry_buffer_has(&said, "it ran"),
                     "does not run", "runs");
}

/* A row of bad requests, then a good exec. */
static void check_still_serving(struct dry_run *run)
{
    static const char *const bodies[] = {"null", "[]", "{\"Cmd\":7}", "{",
                                         "\"E10.6.1\""};
    static const struct dry_command command = {.script = "echo alive"};
    static const struct dry_bytes expected = DRY_BYTES("alive\n");
    const char *path = dry_container_path(run, "exec");
    struct dry_exec *exec = NULL;

    for (size_t i = 0; i < DRY_COUNT_OF(bodies); i++) {
        struct dry_reply reply = dry_ask(run, "POST", path, bodies[i]);

        (void)dry_expect(run, "a bad create", reply.answer.status >= 400,
                         "refused", "accepted");
    }
    (void)dry_ask(run, "POST", "/exec/" DRY_NO_EXEC "/start", START);
    exec = dry_execute(run, &command, NULL);
    dry_expect_output(run, exec, DEXEC_KIND_STDOUT, &expected);
    dry_expect_exit(run, exec, 0);
}

#define CREATE_IN_NOTHING "/containers/" DRY_NO_CONTAINER "/exec"
#define START_NOTHING "/exec/" DRY_NO_EXEC "/start"

static const struct dry_deviation create_500[] = {
    {.family = "podman",
     .below = "6.0",
     .what = "status",
     .observed = "500",
     .reason = "Podman 3.0-5.8 answers 500 to a create that it cannot use"},
    {0}};

static const struct dry_deviation empty_500[] = {
    {.family = "podman",
     .what = "status",
     .observed = "500",
     .reason = "Podman 3.0-6.1 answers 500 to a create without a command"},
    {0}};

static const struct dry_deviation second_500[] = {
    {.family = "podman",
     .what = "status",
     .observed = "500",
     .reason = "Podman 3.0-6.1 answers 500 to a second start"},
    {0}};

static const struct dry_deviation on_stderr[] = {
    {.family = "podman",
     .what = "the text with the command's name",
     .observed = "on stderr",
     .reason = "Podman 3.0-6.1 sends the text as standard error"},
    {0}};

static const struct dry_case cases[] = {
    {.id = "E10.1.1",
     .name = "a create in an unknown container is 404 and names it",
     .rules = "EX-CREATE-03 EX-ERROR-01 EX-ERROR-02",
     .source = "doc 1.15",
     .why = "a typing mistake; the message is all that people see",
     .check = check_refusal,
     .data = &(const struct refusal){.method = "POST",
                                     .path = CREATE_IN_NOTHING,
                                     .body = "{\"Cmd\":[\"true\",\"E10.1.1\"]}",
                                     .status = 404,
                                     .part = DRY_NO_CONTAINER}},
    {.id = "E10.1.2",
     .name = "an empty Cmd is 400",
     .rules = "EX-CREATE-04 EX-ERROR-01",
     .source = "D 17.09 and newer (moby#9414)",
     .why = "500 makes clients try again for ever",
     .check = check_refusal,
     .data =
         &(const struct refusal){
             .method = "POST",
             .body = "{\"Cmd\":[],\"Env\":[\"DRYDOCK_CASE=E10.1.2\"]}",
             .status = 400,
             .part = ""},
     .deviations = empty_500},
    {.id = "E10.1.3",
     .name = "a missing Cmd is 400",
     .rules = "EX-CREATE-04 EX-ERROR-01",
     .source = "D 17.09 and newer (moby#9414)",
     .why = "500 makes clients try again for ever",
     .check = check_refusal,
     .data =
         &(const struct refusal){.method = "POST",
                                 .body = "{\"AttachStdout\":true,"
                                         "\"Env\":[\"DRYDOCK_CASE=E10.1.3\"]}",
                                 .status = 400,
                                 .part = ""},
     .deviations = empty_500},
    {.id = "E10.1.4",
     .name = "a body that is not JSON is 400",
     .rules = "EX-CREATE-05 EX-ERROR-01",
     .source = "D 17.09 and newer",
     .why = "a cut request must not look like a fault of the daemon",
     .check = check_refusal,
     .data = &(const struct refusal){.method = "POST",
                                     .body = "{\"Cmd\":[\"E10.1.4\"",
                                     .status = 400,
                                     .part = ""},
     .deviations = create_500},
    {.id = "E10.1.5",
     .name = "a Cmd of the wrong type is 400",
     .rules = "EX-CREATE-05 EX-ERROR-01",
     .source = "D 17.09 and newer; the text allows a string, D does not",
     .why = "the commonest mistake of a hand-written request",
     .check = check_refusal,
     .data = &(const struct refusal){.method = "POST",
                                     .body = "{\"Cmd\":\"E10.1.5\"}",
                                     .status = 400,
                                     .part = ""},
     .deviations = create_500},
    {.id = "E10.1.6",
     .name = "a Tty of the wrong type is 400",
     .rules = "EX-CREATE-05 EX-ERROR-01",
     .source = "D 17.09 and newer",
     .why = "\"yes\" for true, from a template",
     .check = check_refusal,
     .data =
         &(const struct refusal){
             .method = "POST",
             .body = "{\"Cmd\":[\"true\",\"E10.1.6\"],\"Tty\":\"yes\"}",
             .status = 400,
             .part = ""},
     .deviations = create_500},
    {.id = "E10.2.1",
     .name = "an attached start of an unknown exec is 404 and names it",
     .rules = "EX-START-01 EX-ERROR-01 EX-ERROR-02",
     .source = "doc 1.15",
     .why = "after a 101 there would be no way to say so",
     .check = check_refusal,
     .data = &(const struct refusal){.method = "POST",
                                     .path = START_NOTHING,
                                     .body = START,
                                     .status = 404,
                                     .part = DRY_NO_EXEC}},
    {.id = "E10.2.2",
     .name = "a detached start of an unknown exec is 404 and names it",
     .rules = "EX-START-01 EX-ERROR-01 EX-ERROR-02",
     .source = "doc 1.15",
     .why = "200 for nothing at all",
     .check = check_refusal,
     .data = &(const struct refusal){.method = "POST",
                                     .path = START_NOTHING,
                                     .body = START_DETACHED,
                                     .status = 404,
                                     .part = DRY_NO_EXEC}},
    {.id = "E10.2.3",
     .name = "a second attached start says in its stream that it has run",
     .level = DRY_DE_FACTO,
     .rules = "EX-START-10 EX-START-11",
     .source = "D 20.10-28.5",
     .why = "a start that is tried again must not run the command again",
     .check = check_second_attached,
     .deviations = second_500},
    {.id = "E10.2.4",
     .name = "a second detached start is 409",
     .rules = "EX-START-10 EX-ERROR-01",
     .source = "doc 1.21",
     .why = "a start that is tried again must not run the command again",
     .check = check_second_detached,
     .deviations = second_500},
    {.id = "E10.5.1",
     .name = "a command that is not found is named on stdout",
     .level = DRY_DE_FACTO,
     .rules = "EX-START-08",
     .source = "D 20.10-28.5",
     .why = "after the 101 the stream is the only place to say it",
     .check = check_text_in_stream,
     .deviations = on_stderr},
    {.id = "E10.5.2",
     .name = "an unknown user is named, and nothing runs",
     .rules = "EX-CREATE-10 EX-ERROR-02",
     .source = "D 28.2: 400 of the create; D before: text in the stream; "
               "P: 500 of the start",
     .why = "running as root instead would be a hole",
     .check = check_unknown_user},
    {.id = "E10.6.1",
     .name = "after a row of bad requests the daemon serves a good one",
     .rules = "EX-ERROR-03",
     .source = "D, P",
     .why = "moby#45770; Podman recovers from a panic on the body null",
     .check = check_still_serving},
};

int main(int argc, char **argv)
{
    static const struct dry_area area = {
        .name = "errors", .cases = cases, .count = DRY_COUNT_OF(cases)};

    return dry_program(argc, argv, &area);
}
