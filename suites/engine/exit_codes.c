/* SPDX-License-Identifier: MIT */
/* exit_codes.c - group E8: the exit code, and when it is known. */
#include <stdio.h>

#include "exec.h"
#include "expect.h"
#include "program.h"

#define EXITS(code_script, code)                                               \
    &(const struct dry_script)                                                 \
    {                                                                          \
        .command = {.script = (code_script)}, .exit_code = (code)              \
    }

/* A command that cannot be started, and what is left of it. */
struct refused {
    struct dry_command command;
    int exit_code; /* -1 = any that is neither null nor 0 */
};

/*
 * Start what cannot be started. Where the refusal shows is not this case's
 * business (E10.5 is): it may come as a status or as text in the stream.
 */
static void start_refused(struct dry_run *run, struct dry_exec *exec,
                          const struct dry_command *command)
{
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;
    struct dexec_error err = {0};
    enum dexec_code code = DEXEC_OK;

    options.tty = command->tty;
    code =
        dexec_start(run->client, exec->id.text, &options, &exec->stream, &err);
    if (code != DEXEC_E_HTTP && code != DEXEC_E_CONFLICT) {
        dry_expect_ok(run, "start the exec, attached", code, &err);
        dry_drain(run, exec);
    }
}

static void check_refused(struct dry_run *run)
{
    const struct refused *refused = run->spec->data;
    struct dry_exec *exec = dry_create(run, &refused->command);
    struct dexec_inspect *inspect = NULL;
    struct dexec_error err = {0};
    bool has_code = false;
    int64_t code = 0;

    start_refused(run, exec, &refused->command);
    if (refused->exit_code >= 0) {
        dry_expect_exit(run, exec, refused->exit_code);
        return;
    }
    dry_expect_ok(run, "inspect the exec",
                  dexec_inspect(run->client, exec->id.text, &inspect, &err),
                  &err);
    has_code = inspect->has_exit_code;
    code = inspect->exit_code;
    dexec_inspect_free(run->client, inspect);
    (void)dry_expect(run, "ExitCode", has_code && code != 0,
                     "neither null nor 0", has_code ? "0" : "null");
}

/* The end of the stream and one inspect, eight times. */
static void check_one_inspect_is_final(struct dry_run *run)
{
    for (int round = 1; round <= 8; round++) {
        char script[64];
        struct dry_command command = {.script = script};
        struct dry_exec *exec = NULL;

        (void)snprintf(script, sizeof(script), "echo round %d; exit %d", round,
                       round);
        exec = dry_execute(run, &command, NULL);
        dry_expect_exit(run, exec, round);
    }
}

#define BELOW_28                                                               \
    "Docker up to 27 says 126 for every failed start (moby#45795, fixed in "   \
    "28.0)"

static const struct dry_deviation not_found[] = {{.family = "docker",
                                                  .below = "28.0",
                                                  .what = "ExitCode",
                                                  .observed = "126",
                                                  .reason = BELOW_28},
                                                 {0}};

static const struct dry_deviation directory[] = {
    {.family = "podman",
     .from = "5.4",
     .below = "6.0",
     .what = "ExitCode",
     .observed = "125",
     .reason = "Podman 5.4 and 5.8 on runc say 125 for a directory"},
    {0}};

static const struct dry_case cases[] = {
    {.id = "E8.1.1",
     .name = "exit 0 is reported as 0",
     .rules = "EX-EXIT-01 EX-STREAM-03",
     .source = "doc 1.16",
     .why = "null, not 0, is what says that the code is unknown",
     .check = dry_check_script,
     .data = EXITS("exit 0", 0)},
    {.id = "E8.1.2",
     .name = "exit 1 is reported as 1",
     .rules = "EX-EXIT-01 EX-STREAM-03",
     .source = "doc 1.16",
     .why = "the commonest failure; every health check depends on it",
     .check = dry_check_script,
     .data = EXITS("exit 1", 1)},
    {.id = "E8.1.3",
     .name = "exit 7 is reported as 7",
     .rules = "EX-EXIT-01 EX-STREAM-03",
     .source = "doc 1.16",
     .why = "a code that is only ever 0 or 1 hides the process's own",
     .check = dry_check_script,
     .data = EXITS("exit 7", 7)},
    {.id = "E8.1.4",
     .name = "a process's own exit 125 is reported as 125",
     .rules = "EX-EXIT-01",
     .source = "doc 1.16",
     .why = "125 to 127 are also the engine's codes for a failed start",
     .check = dry_check_script,
     .data = EXITS("exit 125", 125)},
    {.id = "E8.1.5",
     .name = "a process's own exit 126 is reported as 126",
     .rules = "EX-EXIT-01",
     .source = "doc 1.16",
     .why = "125 to 127 are also the engine's codes for a failed start",
     .check = dry_check_script,
     .data = EXITS("exit 126", 126)},
    {.id = "E8.1.6",
     .name = "a process's own exit 127 is reported as 127",
     .rules = "EX-EXIT-01",
     .source = "doc 1.16",
     .why = "125 to 127 are also the engine's codes for a failed start",
     .check = dry_check_script,
     .data = EXITS("exit 127", 127)},
    {.id = "E8.1.7",
     .name = "exit 255 is reported as 255",
     .rules = "EX-EXIT-01",
     .source = "doc 1.16",
     .why = "a signed byte says -1",
     .check = dry_check_script,
     .data = EXITS("exit 255", 255)},
    {.id = "E8.1.8",
     .name = "exit 256 wraps to 0",
     .rules = "EX-EXIT-01",
     .source = "D, P; the kernel keeps eight bits",
     .why = "a wait status that is not decoded says 256",
     .check = dry_check_script,
     .data = EXITS("exit 256", 0)},
    {.id = "E8.1.9",
     .name = "an exit code comes with all the output before it",
     .rules = "EX-EXIT-01 EX-STREAM-01",
     .source = "D, P",
     .why = "moby#27289: output lost when the process ends at once",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "echo out; echo err >&2; exit 42"},
             .out = DRY_BYTES("out\n"),
             .err = DRY_BYTES("err\n"),
             .exit_code = 42}},
    {.id = "E8.2.1",
     .name = "a process killed by SIGKILL has 137",
     .rules = "EX-EXIT-02",
     .source = "D 20.10-28.5, P 4.3-5.8",
     .why = "an out-of-memory kill is told by this number alone",
     .check = dry_check_script,
     .data = EXITS("kill -KILL $$", 137)},
    {.id = "E8.2.2",
     .name = "a process killed by SIGTERM has 143",
     .rules = "EX-EXIT-02",
     .source = "D 20.10-28.5, P 4.3-5.8",
     .why = "128 + n is how a shell, and so everybody, tells a signal",
     .check = dry_check_script,
     .data = EXITS("kill -TERM $$", 143)},
    {.id = "E8.3.1",
     .name = "a command that is not found has 127",
     .rules = "EX-EXIT-03",
     .source = "D 28.0 and newer, P 4.3-5.8",
     .why = "moby#45795: 126 for whatever could not be started",
     .check = check_refused,
     .data =
         &(const struct refused){
             .command = {.cmd = (const char *const[]){"drydock-no-such-command",
                                                      "E8.3.1", NULL}},
             .exit_code = 127},
     .deviations = not_found},
    {.id = "E8.3.2",
     .name = "a directory as the command has 126",
     .rules = "EX-EXIT-04",
     .source = "D 20.10-28.5, P 4.3",
     .why = "127 would tell people to look for a missing file",
     .check = check_refused,
     .data =
         &(const struct refused){
             .command = {.cmd = (const char *const[]){"/tmp", "E8.3.2", NULL}},
             .exit_code = 126},
     .deviations = directory},
    {.id = "E8.3.3",
     .name = "a file without execute permission has 126",
     .rules = "EX-EXIT-04",
     .source = "D 20.10-28.5, P 4.3-5.8",
     .why = "127 would tell people to look for a missing file",
     .check = check_refused,
     .data =
         &(const struct refused){
             .command = {.cmd = (const char *const[]){"/etc/passwd", "E8.3.3",
                                                      NULL}},
             .exit_code = 126}},
    {.id = "E8.3.4",
     .name = "a missing working directory leaves a code that is not 0",
     .rules = "EX-EXIT-05",
     .source = "D 126, 127 from 28.0; P 127",
     .why = "0 for a command that never ran makes every build green",
     .check = check_refused,
     .data =
         &(const struct refused){
             .command = {.script = "echo never",
                         .working_dir = "/drydock-no-such-directory"},
             .exit_code = -1}},
    {.id = "E8.4.1",
     .name = "after the end of the stream one inspect has the final code",
     .rules = "EX-STREAM-03 EX-EXIT-01",
     .source = "D, P; the docker CLI asks once",
     .why = "moby#19607, socktainer#305: still running, or no code yet",
     .check = check_one_inspect_is_final},
    {.id = "E8.5.1",
     .name = "closing its output early does not end a process's exec",
     .rules = "EX-STREAM-02 EX-STREAM-03",
     .source = "D 20.10-28.5, P 4.3-5.8",
     .why = "taking the end of output for the end of the process has no code",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "echo bye; exec >&- 2>&-; sleep 0.2; "
                                   "exit 5"},
             .out = DRY_BYTES("bye\n"),
             .exit_code = 5}},
};

int main(int argc, char **argv)
{
    static const struct dry_area area = {
        .name = "exit_codes", .cases = cases, .count = DRY_COUNT_OF(cases)};

    return dry_program(argc, argv, &area);
}
