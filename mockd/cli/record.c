/* SPDX-License-Identifier: MIT */
/*
 * record.c - the command `mockd record`.
 *
 * By its mode it is one of three (decision 17):
 *
 *   record      client - relay - engine
 *   replay      client - chooser - mock
 *   record-new  client - chooser - mock, or else relay - engine
 *
 * The mock is libmockd in this process, reached by its socket; the chooser
 * and the relay know nothing of it.
 */
#include "record.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <mockd/mockd.h>

#include "files.h"
#include "record/bytes.h"
#include "record/choose.h"
#include "record/fail.h"
#include "record/json_text.h"
#include "record/probe.h"
#include "record/recorder.h"
#include "record/relay.h"
#include "record/socket.h"
#include "record_options.h"

#ifndef MOCKD_VERSION
#define MOCKD_VERSION "unknown"
#endif

#define EXIT_USAGE 2
#define EXIT_ENVIRONMENT 3
#define PROBE_TIMEOUT_MS 10000
#define LINE_MAX_BYTES 16384 /* of the line that says ready */
#define PATH_SIZE 4096
#define NEW_MAX 9999 /* recordings of what was new, in one folder */

/* What one run holds; released in the end, whatever of it there is. */
struct session {
    const struct record_options *options;
    bool is_replaying; /* a mock answers what it can */
    bool is_recording;
    char out[PATH_SIZE]; /* where is recorded */
    struct md_rec_address engine;
    struct md_rec_tls *engine_tls;
    struct md_rec_tls *listen_tls;
    struct md_rec_listener listeners[2];
    size_t listener_count;
    struct md_rec_secrets *secrets;      /* of the recording */
    struct md_rec_secrets *mock_secrets; /* of what the mock is asked */
    struct mockd *mock;
    struct md_rec_address mock_address;
    struct md_rec_listener
        inner; /* of the relay, when a chooser is before it */
    struct md_rec_address inner_address;
    struct md_rec *rec;
    int stop_fd;
    enum mockd_code relay_rc; /* of the relay's own thread */
    struct mockd_error relay_err;
};

static int report(const struct mockd_error *err)
{
    (void)fprintf(stderr, "mockd record: %s\n", err->message);
    return err->code == MOCKD_E_INVALID ? EXIT_USAGE : EXIT_ENVIRONMENT;
}

/* ---- opening ---- */

static bool exists(const char *dir, const char *name)
{
    char path[PATH_SIZE + 32];

    (void)snprintf(path, sizeof(path), "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

/* Is there anything that could be replayed? */
static bool holds_recording(const char *dir)
{
    struct md_files files = {0};
    bool is_found = false;

    if (dir != NULL && md_files_is_folder(dir)) {
        (void)md_files_add(&files, dir, NULL);
        is_found = files.count > 0;
        md_files_release(&files);
    }
    return is_found;
}

/* The first DIR/new-N that is not there. */
static enum mockd_code find_new(struct session *session,
                                struct mockd_error *err)
{
    char name[32];

    for (int i = 1; i <= NEW_MAX; i++) {
        (void)snprintf(name, sizeof(name), "new-%d", i);
        if (!exists(session->options->out, name)) {
            (void)snprintf(session->out, sizeof(session->out), "%.4000s/%s",
                           session->options->out, name);
            return MOCKD_OK;
        }
    }
    return md_rec_fail(err, MOCKD_E_INVALID,
                       "%s has %d folders new-N: put some of them together",
                       session->options->out, NEW_MAX);
}

/* What will this run do? */
static enum mockd_code plan(struct session *session, struct mockd_error *err)
{
    const struct record_options *options = session->options;
    bool is_there = holds_recording(options->out);

    if (options->out != NULL && strlen(options->out) >= PATH_SIZE - 32) {
        return md_rec_fail(err, MOCKD_E_INVALID, "--out is too long");
    }
    (void)snprintf(session->out, sizeof(session->out), "%s",
                   options->out != NULL ? options->out : "");
    switch (options->mode) {
    case RECORD_ALL:
        session->is_recording = true;
        return MOCKD_OK;
    case RECORD_ONCE:
        session->is_recording = !is_there;
        session->is_replaying = is_there;
        return MOCKD_OK;
    case RECORD_NEW:
        session->is_recording = true;
        session->is_replaying = is_there;
        return is_there ? find_new(session, err) : MOCKD_OK;
    case RECORD_REPLAY:
        session->is_replaying = true;
        return MOCKD_OK;
    case RECORD_PASSTHROUGH:
        return MOCKD_OK;
    }
    return MOCKD_OK;
}

static bool needs_engine(const struct session *session)
{
    return session->is_recording || !session->is_replaying;
}

static enum mockd_code open_engine(struct session *session,
                                   struct md_rec_engine *out_engine,
                                   struct mockd_error *err)
{
    const struct record_options *options = session->options;
    const struct md_rec_tls_files *files = &options->upstream_tls;
    enum mockd_code rc = MOCKD_OK;

    if (!needs_engine(session)) {
        return MOCKD_OK;
    }
    rc = md_rec_address_parse(options->upstream, &session->engine, err);
    if (rc == MOCKD_OK && (session->engine.is_tls || files->ca != NULL ||
                           files->cert != NULL || files->key != NULL)) {
        rc = md_rec_tls_client(files, session->engine.host,
                               &session->engine_tls, err);
    }
    return rc == MOCKD_OK ? md_rec_probe(&session->engine, session->engine_tls,
                                         options->upstream, PROBE_TIMEOUT_MS,
                                         out_engine, err)
                          : rc;
}

static enum mockd_code open_tcp(struct session *session,
                                struct mockd_error *err)
{
    const struct record_options *options = session->options;
    struct md_rec_listener *listener =
        &session->listeners[session->listener_count];
    enum mockd_code rc = MOCKD_OK;

    if (options->listen_tls.cert != NULL) {
        rc = md_rec_tls_server(&options->listen_tls, &session->listen_tls, err);
    }
    if (rc == MOCKD_OK) {
        rc = md_rec_listen_tcp(options->tcp_address, options->allow_remote,
                               listener, err);
    }
    if (rc == MOCKD_OK) {
        listener->tls = session->listen_tls;
        session->listener_count++;
    }
    return rc;
}

static enum mockd_code open_listeners(struct session *session,
                                      struct mockd_error *err)
{
    const struct record_options *options = session->options;
    enum mockd_code rc = MOCKD_OK;

    if (options->unix_path != NULL) {
        rc =
            md_rec_listen_unix(options->unix_path, &session->listeners[0], err);
        session->listener_count += rc == MOCKD_OK;
    }
    if (rc == MOCKD_OK && options->tcp_address != NULL) {
        rc = open_tcp(session, err);
    }
    if (rc == MOCKD_OK && session->is_replaying && session->is_recording) {
        rc = md_rec_listen_unix("auto", &session->inner, err);
    }
    if (rc == MOCKD_OK && session->inner.fd >= 0) {
        rc = md_rec_address_parse(session->inner.url, &session->inner_address,
                                  err);
    }
    return rc;
}

/* What nobody could answer, for who looks at the terminal. */
static void say_unanswered(void *user, const char *note)
{
    const struct session *session = user;

    if (!session->is_recording) {
        (void)fprintf(stderr, "mockd record: %s\n", note);
    }
}

static enum mockd_code open_mock(struct session *session,
                                 struct mockd_error *err)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    enum mockd_code rc = MOCKD_OK;

    if (!session->is_replaying) {
        return MOCKD_OK;
    }
    options.fixtures = session->options->out;
    options.unix_path = "auto";
    options.on_note = say_unanswered;
    options.on_note_user = session;
    rc = mockd_start(&options, &session->mock, err);
    if (rc == MOCKD_OK) {
        rc = md_rec_address_parse(mockd_unix_url(session->mock),
                                  &session->mock_address, err);
    }
    return rc;
}

static const char *transport_of(const struct session *session)
{
    if (session->engine.is_unix) {
        return "unix";
    }
    return session->engine_tls != NULL ? "tls" : "tcp";
}

static enum mockd_code open_recording(struct session *session,
                                      const struct md_rec_engine *engine,
                                      struct mockd_error *err)
{
    const struct record_options *options = session->options;
    struct utsname kernel = {0};
    char today[sizeof("2026-12-31")] = "";
    time_t now = time(NULL);
    struct tm utc = {0};
    struct md_rec_provenance provenance = {
        .engine = engine->name,
        .engine_version = engine->version,
        .api_version = engine->api_version,
        .transport = transport_of(session),
        .recorder = "mockd " MOCKD_VERSION,
    };
    enum mockd_code rc = MOCKD_OK;

    if (!session->is_recording) {
        return MOCKD_OK;
    }
    if (gmtime_r(&now, &utc) != NULL &&
        strftime(today, sizeof(today), "%Y-%m-%d", &utc) > 0) {
        provenance.recorded = today;
    }
    if (uname(&kernel) == 0) {
        provenance.kernel = kernel.release;
    }
    rc = md_rec_new(session->out, options->force, options->name, &provenance,
                    &session->rec, err);
    if (rc == MOCKD_OK) {
        md_rec_keep_off(session->rec, session->secrets);
    }
    return rc;
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
    add_member(&line, "mode", record_mode_name(session->options->mode));
    if (needs_engine(session)) {
        add_member(&line, "upstream", session->options->upstream);
    }
    if (session->out[0] != '\0') {
        add_member(&line, "out", session->out);
    }
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
                                    struct mockd_error *err)
{
    struct md_rec_engine engine = {0};
    enum mockd_code rc = plan(session, err);

    /* Two, as each learns, on a thread of its own. */
    if (rc == MOCKD_OK) {
        rc = record_options_secrets(session->options, &session->secrets, err);
    }
    if (rc == MOCKD_OK) {
        rc = record_options_secrets(session->options, &session->mock_secrets,
                                    err);
    }
    if (rc == MOCKD_OK) {
        rc = open_engine(session, &engine, err);
    }
    if (rc == MOCKD_OK) {
        rc = open_stop(session, err);
    }
    if (rc == MOCKD_OK) {
        rc = open_mock(session, err);
    }
    if (rc == MOCKD_OK) {
        rc = open_listeners(session, err);
    }
    return rc == MOCKD_OK ? open_recording(session, &engine, err) : rc;
}

/* ---- serving ---- */

static enum mockd_code relay(const struct session *session,
                             const struct md_rec_listener *listeners,
                             size_t count, struct mockd_error *err)
{
    const struct md_rec_relay_options options = {
        .rec = session->rec,
        .engine = &session->engine,
        .engine_tls = session->engine_tls,
        .listeners = listeners,
        .listener_count = count,
        .stop_fd = session->stop_fd,
    };

    return md_rec_relay_run(&options, err);
}

/* When the relay ends by itself, all of it has to. */
static void *run_relay(void *user)
{
    struct session *session = user;

    session->relay_rc = relay(session, &session->inner, 1, &session->relay_err);
    (void)kill(getpid(), SIGTERM);
    return NULL;
}

static enum mockd_code choose(const struct session *session,
                              struct mockd_error *err)
{
    const struct md_rec_choose_options options = {
        .listeners = session->listeners,
        .listener_count = session->listener_count,
        .mock = &session->mock_address,
        .engine = session->is_recording ? &session->inner_address : NULL,
        .secrets = session->mock_secrets,
        .stop_fd = session->stop_fd,
    };

    return md_rec_choose_run(&options, err);
}

static enum mockd_code choose_and_relay(struct session *session,
                                        struct mockd_error *err)
{
    pthread_t thread;
    enum mockd_code rc = MOCKD_OK;
    int error = pthread_create(&thread, NULL, run_relay, session);

    if (error != 0) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "start a thread: %s",
                           strerror(error));
    }
    rc = choose(session, err);
    (void)kill(getpid(), SIGTERM); /* if it ended by itself, too */
    (void)pthread_join(thread, NULL);
    if (rc == MOCKD_OK && session->relay_rc != MOCKD_OK) {
        *err = session->relay_err;
        rc = session->relay_rc;
    }
    return rc;
}

static enum mockd_code serve(struct session *session, struct mockd_error *err)
{
    enum mockd_code rc = say_ready(session, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (!session->is_replaying) {
        return relay(session, session->listeners, session->listener_count, err);
    }
    return session->is_recording ? choose_and_relay(session, err)
                                 : choose(session, err);
}

/* ---- the end ---- */

static void say_redacted(void *user, unsigned line, const char *text)
{
    (void)fprintf(stderr,
                  "mockd record: %s/" MD_REC_FILE_NAME ":%u: redacted: %s\n",
                  (const char *)user, line, text);
}

static void say_summary(const char *dir,
                        const struct md_rec_part_summary *summary)
{
    (void)fprintf(stderr,
                  "mockd record: %s: %u requests, %u execs, %u streams, "
                  "%" PRIu64 " bytes\n",
                  dir, summary->requests, summary->execs, summary->streams,
                  summary->bytes);
}

/* A folder new-N in which there is nothing new. */
static void remove_empty(const char *dir)
{
    char path[PATH_SIZE + 32];

    (void)snprintf(path, sizeof(path), "%s/" MD_REC_FILE_NAME, dir);
    (void)unlink(path);
    (void)rmdir(dir);
}

static enum mockd_code finish(struct session *session, struct mockd_error *err)
{
    const struct md_rec_part_options options = {
        .force = session->options->force,
        .on_redacted = say_redacted,
        .user = session->out,
    };
    struct md_rec_part_summary summary = {0};
    enum mockd_code rc = MOCKD_OK;

    if (session->rec == NULL) {
        return MOCKD_OK;
    }
    rc = md_rec_finish(session->rec, &options, &summary, err);
    if (rc == MOCKD_OK && session->is_replaying && summary.requests == 0) {
        remove_empty(session->out);
        (void)fprintf(stderr, "mockd record: %s: nothing new\n",
                      session->options->out);
    } else if (rc == MOCKD_OK) {
        say_summary(session->out, &summary);
    }
    return rc;
}

static void close_session(struct session *session)
{
    md_rec_listener_close(&session->listeners[0]);
    md_rec_listener_close(&session->listeners[1]);
    md_rec_listener_close(&session->inner);
    mockd_stop(session->mock);
    md_rec_free(session->rec);
    md_rec_secrets_free(session->secrets);
    md_rec_secrets_free(session->mock_secrets);
    md_rec_tls_free(session->engine_tls);
    md_rec_tls_free(session->listen_tls);
    if (session->stop_fd >= 0) {
        (void)close(session->stop_fd);
    }
}

static int record(const struct record_options *options)
{
    struct session session = {
        .options = options,
        .listeners = {md_rec_listener_none(), md_rec_listener_none()},
        .inner = md_rec_listener_none(),
        .stop_fd = -1,
    };
    struct mockd_error err = {0};
    enum mockd_code rc = open_session(&session, &err);

    if (rc == MOCKD_OK) {
        rc = serve(&session, &err);
    }
    if (rc == MOCKD_OK) {
        rc = finish(&session, &err);
    }
    close_session(&session);
    return rc == MOCKD_OK ? 0 : report(&err);
}

/* ---- --finish ---- */

/* The folder of a journal, from its path. */
static bool find_folder(const char *path, char out_dir[PATH_SIZE])
{
    size_t len = strlen(path);
    size_t name_len = strlen(MD_REC_PART_NAME);

    if (len < name_len || len >= PATH_SIZE ||
        strcmp(path + len - name_len, MD_REC_PART_NAME) != 0) {
        return false;
    }
    len -= name_len;
    if (len > 0 && path[len - 1] != '/') {
        return false;
    }
    (void)snprintf(out_dir, PATH_SIZE, "%.*s", (int)len, path);
    if (len == 0) {
        (void)snprintf(out_dir, PATH_SIZE, ".");
    } else if (len > 1) {
        out_dir[len - 1] = '\0'; /* the slash */
    }
    return true;
}

static int finish_journal(const struct record_options *options)
{
    char dir[PATH_SIZE] = "";
    const struct md_rec_part_options how = {
        .force = options->force, .on_redacted = say_redacted, .user = dir};
    struct md_rec_part_summary summary = {0};
    struct mockd_error err = {0};

    if (!find_folder(options->finish, dir)) {
        (void)fprintf(stderr, "mockd record: not a " MD_REC_PART_NAME ": %s\n",
                      options->finish);
        return EXIT_USAGE;
    }
    if (md_rec_part_finish(dir, &how, &summary, &err) != MOCKD_OK) {
        return report(&err);
    }
    if (summary.dropped_bytes > 0) {
        (void)fprintf(stderr,
                      "mockd record: %s: a last line of %zu bytes was cut and "
                      "is left out\n",
                      dir, summary.dropped_bytes);
    }
    say_summary(dir, &summary);
    return 0;
}

int mockd_cli_record(int argc, char **argv)
{
    static struct record_options options;
    int status = 0;

    options = (struct record_options){0};
    status = record_options_parse(&options, argc, argv);
    if (status != 0) {
        return status;
    }
    if (options.help) {
        return fputs(record_usage, stdout) != EOF ? 0 : EXIT_ENVIRONMENT;
    }
    return options.finish != NULL ? finish_journal(&options) : record(&options);
}
