/* SPDX-License-Identifier: MIT */
/* main.c - dexec: run a command in a running container. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <dexec/dexec.h>

#include "options.h"
#include "pump.h"
#include "terminal.h"

enum { EXIT_OURS = 125, EXIT_NO_READER = 128 + SIGPIPE };

#define WAIT_MS 10000 /* for the exit code, once the output has ended */

static int fail(const struct dexec_error *err)
{
    terminal_restore();
    (void)fprintf(stderr, "dexec: %s\n", err->message);
    return EXIT_OURS;
}

static struct dexec_create_options create_options(const struct options *options)
{
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;

    create.cmd = options->cmd;
    create.env = options->env_count > 0 ? options->env : NULL;
    create.working_dir = options->working_dir;
    create.user = options->user;
    create.detach_keys = options->detach_keys;
    create.attach_stdin = options->interactive && !options->detach;
    create.attach_stdout = !options->detach;
    create.attach_stderr = !options->detach;
    create.tty = options->tty;
    create.privileged = options->privileged;
    if (options->tty) {
        (void)terminal_size(&create.console_rows, &create.console_columns);
    }
    return create;
}

static int exit_code(struct dexec_client *client, const struct dexec_id *id)
{
    struct dexec_error err = {0};
    int64_t code = 0;

    if (dexec_wait(client, id->text, WAIT_MS, &code, &err) != DEXEC_OK) {
        return fail(&err);
    }
    return code >= 0 && code <= 255 ? (int)code : EXIT_OURS;
}

static int pump_stream(struct dexec_client *client,
                       const struct options *options, const struct dexec_id *id,
                       struct dexec_stream *stream)
{
    struct dexec_error err = {0};
    struct pump pump = {.client = client,
                        .stream = stream,
                        .id = id->text,
                        .takes_input = options->interactive,
                        .is_tty = options->tty,
                        .size_fd = -1};

    if (options->tty && options->interactive && !terminal_make_raw()) {
        (void)fprintf(stderr, "dexec: the terminal cannot be made raw\n");
        return EXIT_OURS;
    }
    if (options->tty) {
        pump.size_fd = terminal_watch_size();
    }
    switch (pump_run(&pump, &err)) {
    case PUMP_OVER:
        return exit_code(client, id);
    case PUMP_NO_READER:
        return EXIT_NO_READER;
    case PUMP_DAEMON_TEXT:
        return EXIT_OURS;
    case PUMP_FAILED:
        break;
    }
    return fail(&err);
}

static int run_attached(struct dexec_client *client,
                        const struct options *options,
                        const struct dexec_create_options *create,
                        const struct dexec_id *id)
{
    struct dexec_start_options start = DEXEC_START_OPTIONS_INIT;
    struct dexec_stream *stream = NULL;
    struct dexec_error err = {0};
    int status = 0;

    start.tty = create->tty;
    start.console_rows = create->console_rows;
    start.console_columns = create->console_columns;
    if (dexec_start(client, id->text, &start, &stream, &err) != DEXEC_OK) {
        return fail(&err);
    }
    status = pump_stream(client, options, id, stream);
    dexec_stream_free(stream);
    return status;
}

static int run(struct dexec_client *client, const struct options *options)
{
    struct dexec_create_options create = create_options(options);
    struct dexec_error err = {0};
    struct dexec_id id = {0};

    if (dexec_create(client, options->container, &create, &id, &err) !=
        DEXEC_OK) {
        return fail(&err);
    }
    if (!options->detach) {
        return run_attached(client, options, &create, &id);
    }
    if (dexec_start_detached(client, id.text, create.tty, &err) != DEXEC_OK) {
        return fail(&err);
    }
    return 0;
}

static int connect_and_run(const struct options *options)
{
    struct dexec_client_options where = DEXEC_CLIENT_OPTIONS_INIT;
    struct dexec_client *client = NULL;
    struct dexec_error err = {0};
    int status = 0;

    where.host = options->host;
    if (dexec_client_new(&where, &client, &err) != DEXEC_OK) {
        return fail(&err);
    }
    status = run(client, options);
    dexec_client_free(client);
    return status;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    int status = EXIT_OURS;

    /* A reader that went away is an error of write(), said in pump.c. */
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        return EXIT_OURS;
    }
    switch (options_parse(argc, argv, &options)) {
    case OPTIONS_RUN:
        status = connect_and_run(&options);
        break;
    case OPTIONS_DONE:
        status = EXIT_SUCCESS;
        break;
    case OPTIONS_WRONG:
        break;
    }
    options_release(&options);
    return status;
}
