/* SPDX-License-Identifier: MIT */
/* exec.c - drive one exec of a case through libdexec. */
#include "exec.h"

#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "expect.h"

#define NUMBER_MAX 24 /* digits of a size_t and a separator */

static const char *const kind_names[] = {
    [DEXEC_KIND_STDIN] = "stdin",     [DEXEC_KIND_STDOUT] = "stdout",
    [DEXEC_KIND_STDERR] = "stderr",   [DEXEC_KIND_SYSTEM] = "system error",
    [DEXEC_KIND_CONSOLE] = "console",
};

struct dry_exec *dry_create(struct dry_run *run,
                            const struct dry_command *command)
{
    const char *const shell[] = {"sh", "-c", command->script, run->spec->id,
                                 NULL};
    unsigned attach =
        command->attach == 0 ? DRY_STDOUT | DRY_STDERR : command->attach;
    struct dexec_create_options options = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_error err = {0};
    struct dry_exec *exec = dry_run_exec(run);

    attach = command->attach_none ? 0 : attach;
    options.cmd = command->script != NULL ? shell : command->cmd;
    options.env = command->env;
    options.working_dir = command->working_dir;
    options.user = command->user;
    options.attach_stdin = (attach & DRY_STDIN) != 0;
    options.attach_stdout = (attach & DRY_STDOUT) != 0;
    options.attach_stderr = (attach & DRY_STDERR) != 0;
    options.tty = command->tty;
    options.console_rows = command->rows;
    options.console_columns = command->columns;
    dry_expect_ok(run, "create the exec",
                  dexec_create(run->client, run->target->container, &options,
                               &exec->id, &err),
                  &err);
    return exec;
}

void dry_start(struct dry_run *run, struct dry_exec *exec,
               const struct dry_command *command)
{
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;
    struct dexec_error err = {0};

    options.tty = command->tty;
    options.no_upgrade = command->no_upgrade;
    dry_expect_ok(
        run, "start the exec, attached",
        dexec_start(run->client, exec->id.text, &options, &exec->stream, &err),
        &err);
}

struct dry_exec *dry_launch(struct dry_run *run,
                            const struct dry_command *command)
{
    struct dry_exec *exec = dry_create(run, command);

    dry_start(run, exec, command);
    return exec;
}

/* Say what the stream has said so far, as part of "nothing came". */
static void describe_so_far(char *out, size_t size, const struct dry_exec *exec,
                            const char *cause)
{
    int used = snprintf(out, size, "%s; so far", cause);

    for (size_t kind = 0; kind < DEXEC_KIND_END; kind++) {
        const struct dry_buffer *said = &exec->output[kind];
        char tail[160];

        if (said->len == 0 || used < 0 || (size_t)used >= size) {
            continue;
        }
        dry_escape(tail, sizeof(tail), said->data,
                   said->len < 60 ? said->len : 60);
        used += snprintf(out + used, size - (size_t)used, " %s %s (%zu bytes)",
                         kind_names[kind], tail, said->len);
    }
}

static void expect_stream(struct dry_run *run, const struct dry_exec *exec,
                          const char *doing, enum dexec_code code,
                          const struct dexec_error *err)
{
    char observed[DRY_TEXT_MAX];

    if (code == DEXEC_OK) {
        return;
    }
    describe_so_far(observed, sizeof(observed), exec,
                    code == DEXEC_E_TIMEOUT ? "nothing before the deadline"
                                            : err->message);
    if (code == DEXEC_E_TIMEOUT) {
        dry_run_timeout(run, doing, observed);
    }
    dry_run_fail(run, doing, observed);
}

/* Take one piece of output. Returns false at the end of the stream. */
static bool take_piece(struct dry_run *run, struct dry_exec *exec,
                       const char *doing)
{
    struct dexec_chunk chunk = {0};
    struct dexec_error err = {0};

    dexec_stream_set_deadline(exec->stream, dry_run_ms_left(run));
    expect_stream(run, exec, doing,
                  dexec_stream_next(exec->stream, &chunk, &err), &err);
    if (chunk.kind == DEXEC_KIND_END) {
        return false;
    }
    if (!dry_buffer_add(&exec->output[chunk.kind], chunk.data, chunk.len)) {
        dry_run_fail(run, "output of at most 4 MiB", "more");
    }
    return true;
}

void dry_write(struct dry_run *run, struct dry_exec *exec, const void *data,
               size_t len)
{
    const char *doing = "write to standard input";
    const char *bytes = data;
    struct dexec_error err = {0};

    while (len > 0) {
        unsigned ready = 0;
        size_t written = 0;

        dexec_stream_set_deadline(exec->stream, dry_run_ms_left(run));
        expect_stream(run, exec, doing,
                      dexec_stream_wait(exec->stream,
                                        DEXEC_READABLE | DEXEC_WRITABLE, &ready,
                                        &err),
                      &err);
        if ((ready & DEXEC_READABLE) != 0 && !take_piece(run, exec, doing)) {
            dry_run_fail(run, doing, "the stream ended");
        }
        if ((ready & DEXEC_WRITABLE) != 0) {
            expect_stream(
                run, exec, doing,
                dexec_stream_write(exec->stream, bytes, len, &written, &err),
                &err);
        }
        bytes += written;
        len -= written;
    }
}

void dry_close_stdin(struct dry_run *run, struct dry_exec *exec)
{
    struct dexec_error err = {0};

    expect_stream(run, exec, "half-close standard input",
                  dexec_stream_close_stdin(exec->stream, &err), &err);
}

void dry_await(struct dry_run *run, struct dry_exec *exec, enum dexec_kind kind,
               const char *text)
{
    char doing[DRY_TEXT_MAX];
    int used = snprintf(doing, sizeof(doing), "%s with ", kind_names[kind]);

    dry_escape(doing + used, sizeof(doing) - (size_t)used, text, strlen(text));
    while (!dry_buffer_has(&exec->output[kind], text)) {
        if (!take_piece(run, exec, doing)) {
            char observed[DRY_TEXT_MAX];

            describe_so_far(observed, sizeof(observed), exec,
                            "the stream ended");
            dry_run_fail(run, doing, observed);
        }
    }
}

void dry_drain(struct dry_run *run, struct dry_exec *exec)
{
    while (take_piece(run, exec, "the end of the stream")) {
    }
    dexec_stream_free(exec->stream);
    exec->stream = NULL;
}

static void count_up(struct dry_run *run, struct dry_buffer *out, size_t len,
                     char separator)
{
    for (unsigned long number = 1; out->len < len; number++) {
        char text[NUMBER_MAX];
        int used = snprintf(text, sizeof(text), "%lu%c", number,
                            separator == '\0' ? '\n' : separator);

        if (used < 0 || !dry_buffer_add(out, text, (size_t)used)) {
            dry_run_error(run, "no memory for the expected bytes");
        }
    }
    out->len = len;
}

const struct dry_buffer *dry_bytes_make(struct dry_run *run,
                                        const struct dry_bytes *bytes)
{
    struct dry_buffer *out = dry_run_bytes(run);

    if (bytes->count_to_len > 0) {
        count_up(run, out, bytes->count_to_len, bytes->separator);
    } else if (!dry_buffer_add(out, bytes->data, bytes->len)) {
        dry_run_error(run, "no memory for the expected bytes");
    }
    return out;
}

struct dry_exec *dry_execute(struct dry_run *run,
                             const struct dry_command *command,
                             const struct dry_bytes *input)
{
    struct dry_exec *exec = dry_launch(run, command);

    if ((command->attach & DRY_STDIN) != 0) {
        const struct dry_buffer *bytes = dry_bytes_make(run, input);

        dry_write(run, exec, bytes->data, bytes->len);
        dry_close_stdin(run, exec);
    }
    dry_drain(run, exec);
    return exec;
}

void dry_expect_output(struct dry_run *run, const struct dry_exec *exec,
                       enum dexec_kind kind, const struct dry_bytes *expected)
{
    const struct dry_buffer *bytes = dry_bytes_make(run, expected);

    (void)dry_expect_bytes(run, kind_names[kind], bytes->data, bytes->len,
                           exec->output[kind].data, exec->output[kind].len);
}

/* What one inspect says; the strings of it are not kept. */
struct state {
    bool running;
    bool has_exit_code;
    int64_t exit_code;
};

static struct state ask_state(struct dry_run *run, const struct dry_exec *exec)
{
    struct dexec_inspect *inspect = NULL;
    struct dexec_error err = {0};
    struct state state = {0};

    dry_expect_ok(run, "inspect the exec",
                  dexec_inspect(run->client, exec->id.text, &inspect, &err),
                  &err);
    state = (struct state){.running = inspect->running,
                           .has_exit_code = inspect->has_exit_code,
                           .exit_code = inspect->exit_code};
    dexec_inspect_free(run->client, inspect);
    return state;
}

void dry_expect_exit(struct dry_run *run, const struct dry_exec *exec,
                     int64_t exit_code)
{
    struct state state = ask_state(run, exec);

    (void)dry_expect(run, "Running", !state.running, "false", "true");
    if (dry_expect(run, "ExitCode", state.has_exit_code, "a number", "null")) {
        (void)dry_expect_number(run, "ExitCode", exit_code, state.exit_code);
    }
}

void dry_check_script(struct dry_run *run)
{
    static const struct dry_bytes nothing = {.data = ""};
    const struct dry_script *script = run->spec->data;
    bool tty = script->command.tty;
    struct dry_exec *exec = dry_execute(run, &script->command, &script->input);

    dry_expect_output(run, exec, DEXEC_KIND_CONSOLE,
                      tty ? &script->out : &nothing);
    dry_expect_output(run, exec, DEXEC_KIND_STDOUT,
                      tty ? &nothing : &script->out);
    dry_expect_output(run, exec, DEXEC_KIND_STDERR,
                      tty ? &nothing : &script->err);
    dry_expect_output(run, exec, DEXEC_KIND_STDIN, &nothing);
    dry_expect_output(run, exec, DEXEC_KIND_SYSTEM, &nothing);
    dry_expect_exit(run, exec, script->exit_code);
}
