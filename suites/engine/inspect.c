/* SPDX-License-Identifier: MIT */
/* inspect.c - group E9: what the daemon says of an exec. */
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "exec.h"
#include "expect.h"
#include "program.h"

#define ROUNDS 5 /* of asking for the pid of a running process */
#define ALL (DRY_STDIN | DRY_STDOUT | DRY_STDERR)

static const char *type_name(const cJSON *value)
{
    static const struct {
        int type;
        const char *name;
    } types[] = {{cJSON_False, "a boolean"}, {cJSON_True, "a boolean"},
                 {cJSON_NULL, "null"},       {cJSON_Number, "a number"},
                 {cJSON_String, "a string"}, {cJSON_Array, "an array"},
                 {cJSON_Object, "an object"}};

    for (size_t i = 0; value != NULL && i < DRY_COUNT_OF(types); i++) {
        if ((value->type & 0xff) == types[i].type) {
            return types[i].name;
        }
    }
    return "absent";
}

static const cJSON *member(const struct dry_reply *reply, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(reply->json, name);
}

static struct dry_reply inspect(struct dry_run *run,
                                const struct dry_exec *exec)
{
    struct dry_reply reply =
        dry_ask(run, "GET", dry_exec_path(run, exec, "json"), NULL);

    (void)dry_expect_number(run, "status", 200, reply.answer.status);
    (void)dry_expect(run, "body", cJSON_IsObject(reply.json), "a JSON object",
                     reply.body);
    return reply;
}

static void expect_bool(struct dry_run *run, const struct dry_reply *reply,
                        const char *name, bool expected)
{
    const cJSON *value = member(reply, name);

    (void)dry_expect(run, name,
                     cJSON_IsBool(value) &&
                         (cJSON_IsTrue(value) != 0) == expected,
                     expected ? "true" : "false",
                     cJSON_IsTrue(value)    ? "true"
                     : cJSON_IsFalse(value) ? "false"
                                            : type_name(value));
}

static void expect_null_code(struct dry_run *run, const struct dry_reply *reply)
{
    const cJSON *code = member(reply, "ExitCode");
    char observed[32];

    (void)snprintf(observed, sizeof(observed), "%.0f",
                   cJSON_IsNumber(code) ? code->valuedouble : 0.0);
    (void)dry_expect(run, "ExitCode", cJSON_IsNull(code), "null",
                     cJSON_IsNumber(code) ? observed : type_name(code));
}

static void expect_pid(struct dry_run *run, const struct dry_reply *reply,
                       bool is_running)
{
    const cJSON *pid = member(reply, "Pid");
    bool is_positive = cJSON_IsNumber(pid) && pid->valuedouble > 0;
    bool is_zero = cJSON_IsNumber(pid) && pid->valuedouble == 0;

    (void)dry_expect(run, "Pid", is_running ? is_positive : is_zero,
                     is_running ? "positive" : "0",
                     is_positive ? "positive"
                     : is_zero   ? "0"
                                 : type_name(pid));
}

static void check_types(struct dry_run *run)
{
    static const struct dry_command command = {.script = "exit 5"};
    static const struct {
        const char *name;
        const char *type;
    } members[] = {
        {"ID", "a string"},          {"Running", "a boolean"},
        {"ExitCode", "a number"},    {"ProcessConfig", "an object"},
        {"OpenStdin", "a boolean"},  {"OpenStderr", "a boolean"},
        {"OpenStdout", "a boolean"}, {"CanRemove", "a boolean"},
        {"ContainerID", "a string"}, {"DetachKeys", "a string"},
        {"Pid", "a number"},
    };
    struct dry_reply reply = inspect(run, dry_execute(run, &command, NULL));

    for (size_t i = 0; i < DRY_COUNT_OF(members); i++) {
        const char *type = type_name(member(&reply, members[i].name));

        (void)dry_expect(run, members[i].name,
                         strcmp(type, members[i].type) == 0, members[i].type,
                         type);
    }
}

static void check_created(struct dry_run *run)
{
    static const struct dry_command command = {.script = "echo never started"};
    struct dry_reply reply = inspect(run, dry_create(run, &command));

    expect_bool(run, &reply, "Running", false);
    expect_pid(run, &reply, false);
    expect_null_code(run, &reply);
}

static bool has_pid(const struct dry_reply *reply)
{
    const cJSON *pid = member(reply, "Pid");

    return cJSON_IsNumber(pid) && pid->valuedouble > 0;
}

/*
 * Docker (20.10) hands out output before it has noted the pid. The rule is
 * about the running process, so some questions are allowed, each after a line
 * to and from it.
 */
static struct dry_reply inspect_running(struct dry_run *run,
                                        struct dry_exec *exec)
{
    struct dry_reply reply = inspect(run, exec);

    for (int round = 1; round <= ROUNDS && !has_pid(&reply); round++) {
        char line[32];

        (void)snprintf(line, sizeof(line), "round %d\n", round);
        dry_write(run, exec, line, strlen(line));
        dry_await(run, exec, DEXEC_KIND_STDOUT, line);
        reply = inspect(run, exec);
    }
    return reply;
}

static void check_running(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "echo ready; while read line && [ -n \"$line\" ]; do "
                  "echo \"$line\"; done; exit 6",
        .attach = ALL};
    struct dry_exec *exec = dry_launch(run, &command);
    struct dry_reply reply = {0};

    dry_await(run, exec, DEXEC_KIND_STDOUT, "ready\n");
    reply = inspect_running(run, exec);
    dry_write(run, exec, "\n", 1);
    dry_drain(run, exec);
    expect_bool(run, &reply, "Running", true);
    expect_pid(run, &reply, true);
    expect_null_code(run, &reply);
    dry_expect_exit(run, exec, 6);
}

static void check_exited(struct dry_run *run)
{
    static const struct dry_command command = {.script = "echo over; exit 23"};
    struct dry_reply reply = inspect(run, dry_execute(run, &command, NULL));
    const cJSON *code = member(&reply, "ExitCode");

    expect_bool(run, &reply, "Running", false);
    (void)dry_expect(run, "ExitCode",
                     cJSON_IsNumber(code) && code->valuedouble == 23, "23",
                     type_name(code));
}

static void check_process_config(struct dry_run *run)
{
    static const char *const cmd[] = {"echo", "E9.3.1", "two words", "", NULL};
    static const struct dry_command command = {.cmd = cmd, .tty = true};
    struct dry_reply reply = inspect(run, dry_create(run, &command));
    const cJSON *config = member(&reply, "ProcessConfig");
    const cJSON *tty = cJSON_GetObjectItemCaseSensitive(config, "tty");
    const cJSON *arguments =
        cJSON_GetObjectItemCaseSensitive(config, "arguments");
    const char *entrypoint = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(config, "entrypoint"));
    char *text = cJSON_PrintUnformatted(arguments);
    struct dry_buffer *kept = dry_run_bytes(run);

    if (text != NULL) {
        (void)dry_buffer_add_text(kept, text);
    }
    cJSON_free(text);
    (void)dry_expect(run, "tty", cJSON_IsTrue(tty), "true", type_name(tty));
    (void)dry_expect_text(run, "entrypoint", "echo",
                          entrypoint == NULL ? "" : entrypoint);
    (void)dry_expect_bytes(run, "arguments", "[\"E9.3.1\",\"two words\",\"\"]",
                           strlen("[\"E9.3.1\",\"two words\",\"\"]"),
                           kept->data, kept->len);
}

/* Three execs that attach one stream each. */
static void check_flags(struct dry_run *run)
{
    static const unsigned flags[] = {DRY_STDIN, DRY_STDOUT, DRY_STDERR};

    for (size_t i = 0; i < DRY_COUNT_OF(flags); i++) {
        const struct dry_command command = {.script = "echo never started",
                                            .attach = flags[i]};
        struct dry_reply reply = inspect(run, dry_create(run, &command));

        expect_bool(run, &reply, "OpenStdin", flags[i] == DRY_STDIN);
        expect_bool(run, &reply, "OpenStdout", flags[i] == DRY_STDOUT);
        expect_bool(run, &reply, "OpenStderr", flags[i] == DRY_STDERR);
    }
}

static void check_unknown(struct dry_run *run)
{
    struct dry_reply reply =
        dry_ask(run, "GET", "/exec/" DRY_NO_EXEC "/json", NULL);

    dry_expect_refusal(run, &reply, 404, DRY_NO_EXEC);
}

static void check_ids(struct dry_run *run)
{
    static const struct dry_command command = {.script = "echo never run"};
    struct dry_exec *exec = dry_create(run, &command);
    struct dry_reply reply = inspect(run, exec);
    struct dry_reply container =
        dry_ask(run, "GET", dry_container_path(run, "json"), NULL);

    (void)dry_expect_text(run, "ID", exec->id.text,
                          dry_reply_text(&reply, "ID"));
    (void)dry_expect_number(run, "status of the container's inspect", 200,
                            container.answer.status);
    (void)dry_expect_text(run, "ContainerID", dry_reply_text(&container, "Id"),
                          dry_reply_text(&reply, "ContainerID"));
}

static void check_fresh_ids(struct dry_run *run)
{
    static const struct dry_command first = {.script = "echo first"};
    static const struct dry_command second = {.script = "echo second"};
    const struct dry_exec *a = dry_create(run, &first);
    const struct dry_exec *b = dry_create(run, &second);

    (void)dry_expect(run, "the second id", strcmp(a->id.text, b->id.text) != 0,
                     "another one", "the first one's");
    (void)dry_expect_number(run, "hex digits of an id", 64,
                            (int64_t)strspn(a->id.text, "0123456789abcdef"));
}

static const struct dry_deviation zero_code[] = {
    {.family = "podman",
     .what = "ExitCode",
     .observed = "0",
     .reason = "Podman 3.0-6.1 says 0 while there is no exit code"},
    {0}};

static const struct dry_case cases[] = {
    {.id = "E9.1.1",
     .name = "all members are there, each of its type",
     .rules = "EX-INSPECT-01",
     .source = "doc 1.16, Pid 1.25",
     .why = "typed clients fail as a whole on one member",
     .check = check_types},
    {.id = "E9.2.1",
     .name = "an exec that was created does not run and has no exit code",
     .rules = "EX-INSPECT-02 EX-INSPECT-04 EX-CREATE-02",
     .source = "D 20.10-28.5",
     .why = "spotify/docker-client#679: null is not 0",
     .check = check_created,
     .deviations = zero_code},
    {.id = "E9.2.2",
     .name = "a running exec says so, with a pid and no exit code",
     .rules = "EX-INSPECT-02 EX-INSPECT-03",
     .source = "doc 1.25",
     .why = "0 while it runs reads as success",
     .check = check_running,
     .deviations = zero_code},
    {.id = "E9.2.3",
     .name = "an exec that has ended says so, with its exit code",
     .rules = "EX-STREAM-03 EX-EXIT-01",
     .source = "D, P",
     .why = "moby#19607",
     .check = check_exited},
    {.id = "E9.3.1",
     .name = "ProcessConfig says what was asked for",
     .rules = "EX-INSPECT-05",
     .source = "doc 1.16",
     .why = "an argument that is empty, or has a blank, shows here",
     .check = check_process_config},
    {.id = "E9.4.1",
     .name = "OpenStdin, OpenStdout and OpenStderr mirror the attach flags",
     .rules = "EX-INSPECT-06",
     .source = "D, P",
     .why = "two flags that are mixed up look right with all three set",
     .check = check_flags},
    {.id = "E9.5.1",
     .name = "an unknown exec is 404 and is named",
     .rules = "EX-INSPECT-07 EX-ERROR-01 EX-ERROR-02",
     .source = "doc 1.16",
     .why = "records go some minutes after the end; clients must know",
     .check = check_unknown},
    {.id = "E9.6.1",
     .name = "ID and ContainerID are the ids in full",
     .rules = "EX-INSPECT-08",
     .source = "doc 1.16",
     .why = "a name or a short id cannot be compared",
     .check = check_ids},
    {.id = "E9.6.2",
     .name = "each create gives a new id of 64 hex digits",
     .rules = "EX-CREATE-01",
     .source = "doc 1.15; D 20.10-28.5, P 3.0-6.1",
     .why = "clients use the id as a key and as a path",
     .check = check_fresh_ids},
};

int main(int argc, char **argv)
{
    static const struct dry_area area = {
        .name = "inspect", .cases = cases, .count = DRY_COUNT_OF(cases)};

    return dry_program(argc, argv, &area);
}
