/* SPDX-License-Identifier: MIT */
/*
 * Happy path: client, create, start, pump until the output ends, exit code.
 * It ends early when the keys to detach were typed, when nobody reads our
 * output, and at the first error.
 */
#include "session.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <dexec/dexec.h>

#include "detach_keys.h"
#include "exit_status.h"
#include "pump.h"
#include "terminal.h"
#include "trace.h"

#define WAIT_MS 10000  /* for the exit code, once the output has ended */
#define SETTLE_MS 2000 /* the same of a terminal; see end_of_terminal() */

struct session {
    const struct options *options;
    struct events *events;
    struct detach_keys detach_keys; /* what of them was typed */
    struct dexec_client *client;
    struct dexec_id id;
};

static int fail(struct session *session, const struct dexec_error *err)
{
    terminal_restore();
    events_error(session->events, err);
    (void)fprintf(stderr, "dexec: %s\n", err->message);
    return EXIT_OURS;
}

static int fail_with(struct session *session, enum dexec_code code,
                     const char *message)
{
    struct dexec_error err = {.code = code};

    (void)snprintf(err.message, sizeof(err.message), "%s", message);
    return fail(session, &err);
}

static int fail_start(struct session *session, const struct dexec_error *err)
{
    (void)fail(session, err);
    return exit_status_of_start(err);
}

static int leave(struct session *session, const char *by)
{
    terminal_restore();
    events_detached(session->events, by);
    return EXIT_SUCCESS;
}

/* The cursor stands behind whatever the command wrote last. */
static int leave_terminal(struct session *session, const char *by)
{
    int status = leave(session, by);

    (void)fprintf(stderr, "\ndexec: detached from %s; the command goes on\n",
                  session->options->container);
    return status;
}

static bool types_into_terminal(const struct options *options)
{
    return options->tty && options->interactive && !options->detach;
}

static struct dexec_create_options create_options(const struct options *options)
{
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;

    create.cmd = options->cmd;
    create.env = (const char *const *)options->env.entries;
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

static bool is_running(struct session *session)
{
    struct dexec_inspect *inspect = NULL;
    struct dexec_error unused = {0};
    bool runs = dexec_inspect(session->client, session->id.text, &inspect,
                              &unused) == DEXEC_OK &&
                inspect->running;

    dexec_inspect_free(session->client, inspect);
    return runs;
}

static int exit_code(struct session *session, int64_t code)
{
    events_exit(session->events, code);
    return code >= 0 && code <= 255 ? (int)code : EXIT_OURS;
}

static int end_of_pipes(struct session *session)
{
    struct dexec_error err = {0};
    int64_t code = 0;

    if (dexec_wait(session->client, session->id.text, WAIT_MS, &code, &err) !=
        DEXEC_OK) {
        return fail(session, &err);
    }
    return exit_code(session, code);
}

/*
 * Engines end a terminal's stream when the command has ended, and know its
 * exit code by then or some ms later; or when they saw keys to detach that we
 * did not know of, and then it goes on. So does a command whose exit is not
 * known within SETTLE_MS, and which the daemon says still runs.
 */
static int end_of_terminal(struct session *session)
{
    struct dexec_error err = {0};
    int64_t code = 0;
    enum dexec_code rc =
        dexec_wait(session->client, session->id.text, SETTLE_MS, &code, &err);

    if (rc == DEXEC_OK) {
        return exit_code(session, code);
    }
    if (rc == DEXEC_E_TIMEOUT && is_running(session)) {
        return leave_terminal(session, "daemon");
    }
    return fail(session, &err);
}

static int end_of_output(struct session *session)
{
    return types_into_terminal(session->options) ? end_of_terminal(session)
                                                 : end_of_pipes(session);
}

static int pump_stream(struct session *session, struct dexec_stream *stream)
{
    const struct options *options = session->options;
    struct dexec_error err = {0};
    struct pump pump = {.client = session->client,
                        .stream = stream,
                        .id = session->id.text,
                        .takes_input = options->interactive,
                        .is_tty = options->tty,
                        .size_fd = options->tty ? terminal_watch_size() : -1,
                        .events = session->events};
    enum pump_end end = PUMP_OVER;

    if (types_into_terminal(options)) {
        pump.detach_keys = &session->detach_keys;
        if (!terminal_make_raw()) {
            return fail_with(session, DEXEC_E_INVALID,
                             "the terminal cannot be made raw");
        }
    }
    end = pump_run(&pump, &err);
    terminal_restore();
    switch (end) {
    case PUMP_OVER:
        return end_of_output(session);
    case PUMP_DETACHED:
        return leave_terminal(session, "keys");
    case PUMP_NO_READER:
        return EXIT_NO_READER;
    case PUMP_DAEMON_TEXT:
        return fail_with(session, DEXEC_E_CLOSED,
                         "the daemon sent an error in the output");
    case PUMP_FAILED:
        break;
    }
    return fail(session, &err);
}

static int run_attached(struct session *session,
                        const struct dexec_create_options *create)
{
    struct dexec_start_options start = DEXEC_START_OPTIONS_INIT;
    struct dexec_stream *stream = NULL;
    struct dexec_error err = {0};
    int status = 0;

    start.tty = create->tty;
    start.console_rows = create->console_rows;
    start.console_columns = create->console_columns;
    if (dexec_start(session->client, session->id.text, &start, &stream, &err) !=
        DEXEC_OK) {
        return fail_start(session, &err);
    }
    events_started(session->events, stream);
    status = pump_stream(session, stream);
    dexec_stream_free(stream);
    return status;
}

static int run(struct session *session)
{
    struct dexec_create_options create = create_options(session->options);
    struct dexec_error err = {0};

    if (dexec_create(session->client, session->options->container, &create,
                     &session->id, &err) != DEXEC_OK) {
        return fail(session, &err);
    }
    events_created(session->events, session->id.text);
    if (!session->options->detach) {
        return run_attached(session, &create);
    }
    if (dexec_start_detached(session->client, session->id.text, create.tty,
                             &err) != DEXEC_OK) {
        return fail_start(session, &err);
    }
    return leave(session, "option");
}

/* --tls does not verify by itself, as with the docker command. */
static struct dexec_client_options client_options(const struct options *options)
{
    struct dexec_client_options where = DEXEC_CLIENT_OPTIONS_INIT;
    /* One thread only. */
    const char *verify =
        getenv("DOCKER_TLS_VERIFY"); /* NOLINT(concurrency-mt-unsafe) */
    bool must_verify =
        options->tls_verify || (verify != NULL && verify[0] != '\0');

    where.host = options->host;
    where.context = options->context;
    where.podman = options->podman;
    where.tls = options->tls || options->tls_verify;
    where.tls_no_verify = options->tls && !must_verify;
    where.tls_ca_file = options->tls_ca_file;
    where.tls_cert_file = options->tls_cert_file;
    where.tls_key_file = options->tls_key_file;
    where.api_version = options->api_version;
    where.on_trace = options->trace ? trace_print : NULL;
    return where;
}

static int connect_and_run(struct session *session)
{
    const struct options *options = session->options;
    struct dexec_client_options where = client_options(options);
    struct dexec_error err = {0};
    int status = 0;

    if (dexec_client_new(&where, &session->client, &err) != DEXEC_OK) {
        return fail(session, &err);
    }
    if (options->negotiates &&
        dexec_client_negotiate(session->client, &err) != DEXEC_OK) {
        status = fail(session, &err);
    } else {
        status = run(session);
    }
    dexec_client_free(session->client);
    return status;
}

int session_run(const struct options *options, struct events *events)
{
    struct session session = {
        .options = options, .events = events, .detach_keys = options->keys};

    if (types_into_terminal(options) && isatty(STDIN_FILENO) == 0) {
        return fail_with(&session, DEXEC_E_INVALID,
                         "the input device is not a TTY: leave out -t");
    }
    return connect_and_run(&session);
}
