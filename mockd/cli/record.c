/* SPDX-License-Identifier: MIT */
/* record.c - the command `mockd record`. */
#include "record.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "record/bytes.h"
#include "record/fail.h"
#include "record/json_text.h"
#include "record/probe.h"
#include "record/recorder.h"
#include "record/relay.h"
#include "record/socket.h"

#ifndef MOCKD_VERSION
#define MOCKD_VERSION "unknown"
#endif

#define EXIT_USAGE 2
#define EXIT_ENVIRONMENT 3
#define PROBE_TIMEOUT_MS 10000
#define LINE_MAX_BYTES 16384 /* of the line that says ready */

static const char usage[] =
    "Usage: mockd record --upstream URL --out DIR [OPTION]...\n"
    "Record what clients and a container engine say to each other.\n"
    "\n"
    "  --upstream URL   the engine: unix:///PATH or tcp://HOST:PORT\n"
    "  --out DIR        folder for session.execcast and its files, made if\n"
    "                   it is missing\n"
    "  --name NAME      name of the session, for people; DIR if not given\n"
    "  --unix PATH      listen on this unix socket; auto: a new one, which is\n"
    "                   what happens when no listener is given\n"
    "  --tcp HOST:PORT  listen on loopback TCP; port 0: a free one\n"
    "  --force          replace a recording that is in DIR\n"
    "  --help           show this\n"
    "\n"
    "One line of JSON on standard output says when it is ready, and where. It\n"
    "runs until SIGINT or SIGTERM, and then writes the recording.\n"
    "\n"
    "Exit status: 0 recorded, 2 usage error, 3 the engine, a listener or DIR\n"
    "cannot be used.\n";

struct arguments {
    const char *upstream;
    const char *out;
    const char *name;
    const char *unix_path;
    const char *tcp_address;
    bool force;
    bool help;
};

static int fail_usage(const char *message, const char *operand)
{
    (void)fprintf(stderr, "mockd record: %s%s (see mockd record --help)\n",
                  message, operand);
    return EXIT_USAGE;
}

static int report(const struct mockd_error *err)
{
    (void)fprintf(stderr, "mockd record: %s\n", err->message);
    return err->code == MOCKD_E_INVALID ? EXIT_USAGE : EXIT_ENVIRONMENT;
}

/* Where the value of an option goes; NULL = it has none. */
static const char **find_slot(struct arguments *arguments, int option)
{
    switch (option) {
    case 'u':
        return &arguments->upstream;
    case 'o':
        return &arguments->out;
    case 'n':
        return &arguments->name;
    case 'l':
        return &arguments->unix_path;
    case 't':
        return &arguments->tcp_address;
    default:
        return NULL;
    }
}

static int take_option(struct arguments *arguments, int option,
                       const char *text)
{
    const char **slot = find_slot(arguments, option);

    if (slot != NULL) {
        if (optarg[0] == '\0') {
            return fail_usage("an empty value for ", text);
        }
        *slot = optarg;
        return 0;
    }
    switch (option) {
    case 'f':
        arguments->force = true;
        return 0;
    case 'h':
        arguments->help = true;
        return 0;
    case ':':
        return fail_usage("a value is missing after ", text);
    default:
        return fail_usage("unknown option: ", text);
    }
}

static int check_arguments(struct arguments *arguments, int argc, char **argv)
{
    if (arguments->help) {
        return 0;
    }
    if (optind < argc) {
        return fail_usage("what is this for: ", argv[optind]);
    }
    if (arguments->upstream == NULL) {
        return fail_usage("say which engine to record: ", "--upstream URL");
    }
    if (arguments->out == NULL) {
        return fail_usage("say where to write the recording: ", "--out DIR");
    }
    if (arguments->name == NULL) {
        arguments->name = arguments->out;
    }
    if (arguments->unix_path == NULL && arguments->tcp_address == NULL) {
        arguments->unix_path = "auto";
    }
    return 0;
}

static int parse_arguments(struct arguments *arguments, int argc, char **argv)
{
    static const struct option options[] = {
        {"upstream", required_argument, NULL, 'u'},
        {"out", required_argument, NULL, 'o'},
        {"name", required_argument, NULL, 'n'},
        {"unix", required_argument, NULL, 'l'},
        {"tcp", required_argument, NULL, 't'},
        {"force", no_argument, NULL, 'f'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int rc = 0;

    optind = 1;
    while (rc == 0) {
        int at = optind;
        int option = getopt_long(argc, argv, ":", options, NULL);

        if (option == -1) {
            return check_arguments(arguments, argc, argv);
        }
        rc = take_option(arguments, option, argv[at]);
    }
    return rc;
}

/* What one run holds; released in the end, whatever of it there is. */
struct session {
    struct md_rec_address engine;
    struct md_rec_listener listeners[2];
    size_t listener_count;
    struct md_rec *rec;
    int stop_fd;
};

static enum mockd_code open_listeners(struct session *session,
                                      const struct arguments *arguments,
                                      struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    if (arguments->unix_path != NULL) {
        rc = md_rec_listen_unix(arguments->unix_path, &session->listeners[0],
                                err);
        session->listener_count += rc == MOCKD_OK;
    }
    if (rc == MOCKD_OK && arguments->tcp_address != NULL) {
        rc = md_rec_listen_tcp(arguments->tcp_address,
                               &session->listeners[session->listener_count],
                               err);
        session->listener_count += rc == MOCKD_OK;
    }
    return rc;
}

static enum mockd_code open_recording(struct session *session,
                                      const struct arguments *arguments,
                                      const struct md_rec_engine *engine,
                                      struct mockd_error *err)
{
    struct utsname kernel = {0};
    char today[sizeof("2026-12-31")] = "";
    time_t now = time(NULL);
    struct tm utc = {0};
    struct md_rec_provenance provenance = {
        .engine = engine->name,
        .engine_version = engine->version,
        .api_version = engine->api_version,
        .transport = session->engine.is_unix ? "unix" : "tcp",
        .recorder = "mockd " MOCKD_VERSION,
    };

    if (gmtime_r(&now, &utc) != NULL &&
        strftime(today, sizeof(today), "%Y-%m-%d", &utc) > 0) {
        provenance.recorded = today;
    }
    if (uname(&kernel) == 0) {
        provenance.kernel = kernel.release;
    }
    return md_rec_new(arguments->out, arguments->force, arguments->name,
                      &provenance, &session->rec, err);
}

/* SIGINT and SIGTERM, as something that can be read. */
static enum mockd_code open_stop(struct session *session,
                                 struct mockd_error *err)
{
    sigset_t signals;

    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGINT);
    (void)sigaddset(&signals, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) == 0) {
        session->stop_fd = signalfd(-1, &signals, SFD_CLOEXEC);
    }
    return session->stop_fd >= 0
               ? MOCKD_OK
               : md_rec_fail(err, MOCKD_E_SYSTEM, "wait for signals: %s",
                             strerror(errno));
}

static void add_member(struct md_rec_bytes *line, const char *key,
                       const char *value)
{
    md_rec_bytes_print(line, ",\"%s\":", key);
    md_rec_json_string(line, value, strlen(value));
}

static enum mockd_code say_ready(const struct session *session,
                                 const struct arguments *arguments,
                                 struct mockd_error *err)
{
    struct md_rec_bytes line = md_rec_bytes_new(LINE_MAX_BYTES);
    bool is_written = false;

    md_rec_bytes_text(&line, "{\"ready\":true");
    for (size_t i = 0; i < session->listener_count; i++) {
        const char *url = session->listeners[i].url;

        add_member(&line, strncmp(url, "unix", 4) == 0 ? "unix" : "tcp", url);
    }
    md_rec_bytes_print(&line, ",\"pid\":%ld", (long)getpid());
    add_member(&line, "upstream", arguments->upstream);
    add_member(&line, "out", arguments->out);
    md_rec_bytes_text(&line, "}\n");
    is_written =
        !line.failed && fputs(line.data, stdout) != EOF && fflush(stdout) == 0;
    md_rec_bytes_release(&line);
    return is_written
               ? MOCKD_OK
               : md_rec_fail(err, MOCKD_E_SYSTEM,
                             "write to standard output: %s", strerror(errno));
}

static enum mockd_code open_session(struct session *session,
                                    const struct arguments *arguments,
                                    struct mockd_error *err)
{
    struct md_rec_engine engine = {0};
    enum mockd_code rc =
        md_rec_address_parse(arguments->upstream, &session->engine, err);

    if (rc == MOCKD_OK) {
        rc = md_rec_probe(&session->engine, arguments->upstream,
                          PROBE_TIMEOUT_MS, &engine, err);
    }
    if (rc == MOCKD_OK) {
        rc = open_stop(session, err);
    }
    if (rc == MOCKD_OK) {
        rc = open_listeners(session, arguments, err);
    }
    if (rc == MOCKD_OK) {
        rc = open_recording(session, arguments, &engine, err);
    }
    return rc;
}

static enum mockd_code serve(struct session *session,
                             const struct arguments *arguments,
                             struct mockd_error *err)
{
    const struct md_rec_relay_options options = {
        .rec = session->rec,
        .engine = &session->engine,
        .listeners = session->listeners,
        .listener_count = session->listener_count,
        .stop_fd = session->stop_fd,
    };
    struct md_rec_summary summary = {0};
    enum mockd_code rc = say_ready(session, arguments, err);

    if (rc == MOCKD_OK) {
        rc = md_rec_relay_run(&options, err);
    }
    if (rc == MOCKD_OK) {
        rc = md_rec_finish(session->rec, &summary, err);
    }
    if (rc == MOCKD_OK) {
        (void)fprintf(stderr,
                      "mockd record: %s: %u requests, %u execs, %u streams, "
                      "%" PRIu64 " bytes\n",
                      arguments->out, summary.requests, summary.execs,
                      summary.streams, summary.bytes);
    }
    return rc;
}

static void close_session(struct session *session)
{
    md_rec_listener_close(&session->listeners[0]);
    md_rec_listener_close(&session->listeners[1]);
    md_rec_free(session->rec);
    if (session->stop_fd >= 0) {
        (void)close(session->stop_fd);
    }
}

int mockd_cli_record(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct session session = {
        .listeners = {md_rec_listener_none(), md_rec_listener_none()},
        .stop_fd = -1,
    };
    struct mockd_error err = {0};
    enum mockd_code rc = MOCKD_OK;
    int status = parse_arguments(&arguments, argc, argv);

    if (status != 0) {
        return status;
    }
    if (arguments.help) {
        return fputs(usage, stdout) != EOF ? 0 : EXIT_ENVIRONMENT;
    }
    rc = open_session(&session, &arguments, &err);
    if (rc == MOCKD_OK) {
        rc = serve(&session, &arguments, &err);
    }
    close_session(&session);
    return rc == MOCKD_OK ? 0 : report(&err);
}
