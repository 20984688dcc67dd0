/* SPDX-License-Identifier: MIT */
/*
 * test_tls.c - TLS as libcurl does it for plain calls and as we do it for
 * streams, against a daemon of our own.
 */
#define _DEFAULT_SOURCE /* forkpty() */

#include <dirent.h>
#include <openssl/ssl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <dexec/dexec.h>

#include "chunk_log.h"
#include "fake_memory.h"
#include "table.h"
#include "tls_files.h"
#include "tls_server.h"

#define HEAD "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define HI "\1\0\0\0\0\0\0\2hi"
#define BYE "\2\0\0\0\0\0\0\3bye"
#define EXITED                                                                 \
    "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n"                            \
    "{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7}"
#define CREATED                                                                \
    "HTTP/1.1 201 Created\r\nContent-Length: 13\r\n\r\n{\"Id\":\"4f2a\"}"

enum { SHORT_MS = 100, LONG_MS = 20000 };

static char folder[64] = "/tmp/dexec-tls-XXXXXX";

struct fixture {
    struct tls_server *server;
    struct dexec_client *client;
    struct dexec_stream *stream;
    struct dexec_error err;
};

struct row {
    const char *name;
    const char *certificate; /* the server's; NULL = "server" */
    bool wants_certificate;
    int newest;
    enum tls_step_kind kind;
    const char *bytes; /* of the answer; NULL = the right ones */
    size_t len;
    const char *host; /* that the client asks for; NULL = 127.0.0.1 */
    const char *ca;   /* NULL = ca.pem */
    const char *pair; /* NULL = none; client.pem and client.key */
    bool no_verify;
    uint32_t connect_ms;
    enum dexec_code plain; /* what inspect returns */
    enum dexec_code start;
    const char *message;       /* a part of both */
    const char *start_message; /* where it is another */
};

static struct row rows[] = {
    {.name = "tls__newest_version"},
    {.name = "tls__1_2", .newest = TLS1_2_VERSION},
    {.name = "tls__host_name", .host = "localhost"},
    {.name = "tls__client_certificate",
     .wants_certificate = true,
     .pair = "client"},
    {.name = "tls__client_certificate_in_1_2",
     .wants_certificate = true,
     .newest = TLS1_2_VERSION,
     .pair = "client"},
    {.name = "tls__certificate_that_nobody_wants", .pair = "client"},
    {.name = "tls__no_client_certificate_in_1_2",
     .wants_certificate = true,
     .newest = TLS1_2_VERSION,
     .plain = DEXEC_E_TLS,
     .start = DEXEC_E_TLS,
     .message = "alert handshake failure"},
    /* In 1.3 the client's handshake is over before it is refused. */
    {.name = "tls__no_client_certificate",
     .wants_certificate = true,
     .plain = DEXEC_E_TLS,
     .start = DEXEC_E_RESET,
     .message = "alert certificate required"},
    {.name = "tls__other_hosts_certificate",
     .certificate = "other",
     .plain = DEXEC_E_TLS,
     .start = DEXEC_E_TLS,
     .message = "127.0.0.1",
     .start_message = "certificate verify failed: IP address mismatch"},
    {.name = "tls__other_names_certificate",
     .certificate = "other",
     .host = "localhost",
     .plain = DEXEC_E_TLS,
     .start = DEXEC_E_TLS,
     .message = "localhost",
     .start_message = "certificate verify failed: hostname mismatch"},
    {.name = "tls__untrusted_ca",
     .ca = "strange.pem",
     .plain = DEXEC_E_TLS,
     .start = DEXEC_E_TLS,
     .message = "unable to get local issuer certificate"},
    {.name = "tls__expired_certificate",
     .certificate = "old",
     .plain = DEXEC_E_TLS,
     .start = DEXEC_E_TLS,
     .message = "certificate has expired"},
    {.name = "tls__anything_goes_unverified",
     .certificate = "old",
     .ca = "strange.pem",
     .host = "localhost",
     .no_verify = true},
    {.name = "tls__plain_text_server",
     .kind = TLS_IS_PLAIN,
     BYTES("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
     .plain = DEXEC_E_TLS,
     .start = DEXEC_E_TLS,
     .message = "wrong version number"},
    {.name = "tls__server_that_goes_away",
     .kind = TLS_IS_PLAIN,
     BYTES(""),
     .plain = DEXEC_E_TLS,
     .start = DEXEC_E_TLS,
     .message = "TLS with tcp://127.0.0.1",
     .start_message = "the connection ended inside the handshake (does it"},
    {.name = "tls__handshake_that_never_ends",
     .kind = TLS_IS_SILENT,
     .connect_ms = SHORT_MS,
     .plain = DEXEC_E_TIMEOUT,
     .start = DEXEC_E_TIMEOUT,
     .message = "no connection in time",
     .start_message = "no handshake in time"},
};

/* ---- the fixture ---- */

static size_t count_fds(void)
{
    DIR *fds = opendir("/proc/self/fd");
    size_t count = 0;

    assert_non_null(fds);
    while (readdir(fds) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        count++;
    }
    (void)closedir(fds);
    return count;
}

static void start_server(struct fixture *fixture,
                         const struct tls_server_options *options)
{
    fixture->server = tls_server_start(options);
    assert_non_null(fixture->server);
}

static void open_client(struct fixture *fixture, const struct row *row)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    char host[64] = "";
    char name[64] = "";

    (void)snprintf(host, sizeof(host), "tcp://%s:%u",
                   row->host == NULL ? "127.0.0.1" : row->host,
                   tls_server_port(fixture->server));
    options.host = host;
    options.tls_ca_file =
        tls_file(folder, row->ca == NULL ? "ca.pem" : row->ca);
    if (row->pair != NULL) {
        (void)snprintf(name, sizeof(name), "%s.pem", row->pair);
        options.tls_cert_file = tls_file(folder, name);
        (void)snprintf(name, sizeof(name), "%s.key", row->pair);
        options.tls_key_file = tls_file(folder, name);
    }
    options.tls_no_verify = row->no_verify;
    options.connect_timeout_ms =
        row->connect_ms == 0 ? LONG_MS : row->connect_ms;
    options.response_timeout_ms = LONG_MS;
    options.total_timeout_ms = LONG_MS;
    assert_int_equal(dexec_client_new(&options, &fixture->client, NULL),
                     DEXEC_OK);
}

static size_t close_fixture(struct fixture *fixture)
{
    size_t served = 0;

    dexec_stream_free(fixture->stream);
    dexec_client_free(fixture->client);
    served = tls_server_stop(fixture->server);
    fixture->stream = NULL;
    fixture->client = NULL;
    return served;
}

static enum dexec_code inspect(struct fixture *fixture)
{
    struct dexec_inspect *about = NULL;
    enum dexec_code rc =
        dexec_inspect(fixture->client, "4f2a", &about, &fixture->err);

    if (rc == DEXEC_OK) {
        assert_int_equal(about->exit_code, 7);
    }
    dexec_inspect_free(fixture->client, about);
    return rc;
}

static enum dexec_code start(struct fixture *fixture)
{
    return dexec_start(fixture->client, "4f2a", NULL, &fixture->stream,
                       &fixture->err);
}

static void drain(struct fixture *fixture, struct chunk_log *log)
{
    struct dexec_chunk chunk = {0};
    enum dexec_code rc = DEXEC_OK;

    while ((rc = dexec_stream_next(fixture->stream, &chunk, &fixture->err)) ==
               DEXEC_OK &&
           chunk.kind != DEXEC_KIND_END) {
        log_chunk(log, &chunk);
    }
    if (rc == DEXEC_OK) {
        log_text(log, "end");
    } else {
        log_error(log, &fixture->err);
    }
}

/* ---- rows ---- */

static void check_message(const struct fixture *fixture, const char *part)
{
    if (strstr(fixture->err.message, part) == NULL) {
        print_error("message: %s\n", fixture->err.message);
    }
    assert_non_null(strstr(fixture->err.message, part));
}

static struct tls_step step_of(const struct row *row, bool starts)
{
    const char *usual = starts ? HEAD HI : EXITED;
    size_t usual_len = starts ? sizeof(HEAD HI) - 1 : sizeof(EXITED) - 1;
    bool is_usual = row->bytes == NULL;

    return (struct tls_step){.kind = row->kind,
                             .bytes = is_usual ? usual : row->bytes,
                             .len = is_usual ? usual_len : row->len};
}

static void check_outcome(const struct row *row, const struct fixture *fixture,
                          bool starts)
{
    const char *message = starts && row->start_message != NULL
                              ? row->start_message
                              : row->message;

    if (message != NULL) {
        check_message(fixture, message);
    }
    assert_int_equal(fixture->err.code, starts ? row->start : row->plain);
}

static void start_and_drain(struct fixture *fixture)
{
    struct chunk_log log = CHUNK_LOG_INIT;

    if (start(fixture) == DEXEC_OK) {
        drain(fixture, &log);
        assert_string_equal(log.text, "1:hi end");
    }
}

static void check(const struct row *row, bool starts)
{
    const struct tls_step step = step_of(row, starts);
    const struct tls_server_options options = {
        .folder = folder,
        .certificate = row->certificate == NULL ? "server" : row->certificate,
        .wants_certificate = row->wants_certificate,
        .newest = row->newest,
        .steps = &step,
        .count = 1};
    struct fixture fixture = {.server = NULL};
    size_t fds = count_fds();

    start_server(&fixture, &options);
    open_client(&fixture, row);
    if (starts) {
        start_and_drain(&fixture);
    } else {
        (void)inspect(&fixture);
    }
    assert_int_equal(close_fixture(&fixture), 1);
    if (fixture.err.code == DEXEC_OK) {
        assert_string_equal(tls_server_name(fixture.server),
                            row->host == NULL ? "" : row->host);
    }
    tls_server_free(fixture.server);
    assert_int_equal(count_fds(), fds);
    check_outcome(row, &fixture, starts);
}

static void tls__row(void **state)
{
    check(*state, false);
    check(*state, true);
}

/* ---- streams ---- */

static const struct row plain_row = {.name = ""};

static void serve(struct fixture *fixture, struct tls_server_options *options,
                  const struct tls_step *steps, size_t count)
{
    *options = (struct tls_server_options){.folder = folder,
                                           .certificate = "server",
                                           .steps = steps,
                                           .count = count};
    start_server(fixture, options);
    open_client(fixture, &plain_row);
}

static void stream__of_records_of_one_byte(void **state)
{
    static const struct tls_step step = {.kind = TLS_ANSWERS,
                                         .bytes = HEAD HI BYE HI,
                                         .len = sizeof(HEAD HI BYE HI) - 1,
                                         .record = 1};
    struct tls_server_options options;
    struct fixture fixture = {.server = NULL};
    struct chunk_log log = CHUNK_LOG_INIT;

    (void)state;
    serve(&fixture, &options, &step, 1);
    assert_int_equal(start(&fixture), DEXEC_OK);
    drain(&fixture, &log);
    assert_int_equal(close_fixture(&fixture), 1);
    tls_server_free(fixture.server);
    assert_string_equal(log.text, "1:hi 2:bye 1:hi end");
}

/* An end that anybody on the way could have made. */
static void stream__end_without_close_notify_is_a_reset(void **state)
{
    static const struct tls_step step = {
        .kind = TLS_CUTS, .bytes = HEAD HI, .len = sizeof(HEAD HI) - 1};
    static const int newest[] = {0, TLS1_2_VERSION};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(newest); i++) {
        const struct tls_server_options options = {.folder = folder,
                                                   .certificate = "server",
                                                   .newest = newest[i],
                                                   .steps = &step,
                                                   .count = 1};
        struct fixture fixture = {.server = NULL};
        struct chunk_log log = CHUNK_LOG_INIT;

        start_server(&fixture, &options);
        open_client(&fixture, &plain_row);
        assert_int_equal(start(&fixture), DEXEC_OK);
        drain(&fixture, &log);
        assert_int_equal(close_fixture(&fixture), 1);
        tls_server_free(fixture.server);
        assert_string_equal(log.text, "1:hi reset");
    }
}

/* The server says bye only to a close_notify, not to an end. */
static void stream__half_close_is_a_close_notify(void **state)
{
    static const struct tls_step step = {.kind = TLS_ECHOES,
                                         .bytes = HEAD,
                                         .len = sizeof(HEAD) - 1,
                                         .last = BYE,
                                         .last_len = sizeof(BYE) - 1};
    struct tls_server_options options;
    struct fixture fixture = {.server = NULL};
    struct chunk_log log = CHUNK_LOG_INIT;
    size_t written = 0;

    (void)state;
    serve(&fixture, &options, &step, 1);
    assert_int_equal(start(&fixture), DEXEC_OK);
    assert_true(dexec_stream_fd(fixture.stream) >= 0);
    assert_int_equal(
        dexec_stream_write(fixture.stream, "abc", 3, &written, NULL), DEXEC_OK);
    assert_int_equal(written, 3);
    assert_int_equal(dexec_stream_close_stdin(fixture.stream, NULL), DEXEC_OK);
    drain(&fixture, &log);
    assert_int_equal(close_fixture(&fixture), 1);
    assert_int_equal(tls_server_got(fixture.server), 3);
    tls_server_free(fixture.server);
    assert_string_equal(log.text, "1:abc 2:bye end");
}

static bool count_output(void *user, enum dexec_kind kind, const void *data,
                         size_t len)
{
    (void)kind;
    (void)data;
    *(size_t *)user += len;
    return true;
}

/* Neither side reads before it has written all: only who does both at once
 * gets on. */
static void check_run(enum tls_step_kind kind, size_t output_len)
{
    const struct tls_step steps[] = {
        {.kind = TLS_ANSWERS, .bytes = CREATED, .len = sizeof(CREATED) - 1},
        {.kind = kind, .bytes = HEAD, .len = sizeof(HEAD) - 1},
        {.kind = TLS_ANSWERS, .bytes = EXITED, .len = sizeof(EXITED) - 1}};
    static const char *const cmd[] = {"cat", NULL};
    static const char input[4 * 1024 * 1024];
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_run_options run = DEXEC_RUN_OPTIONS_INIT;
    struct tls_server_options options;
    struct fixture fixture = {.server = NULL};
    size_t len = 0;
    int64_t code = 0;

    create.cmd = cmd;
    run.create = &create;
    run.input = input;
    run.input_len = sizeof(input);
    run.on_output = count_output;
    run.on_output_user = &len;
    serve(&fixture, &options, steps, 3);
    (void)dexec_run(fixture.client, "t1", &run, &code, &fixture.err);
    (void)close_fixture(&fixture);
    assert_string_equal(fixture.err.message, "");
    assert_int_equal(tls_server_got(fixture.server), sizeof(input));
    tls_server_free(fixture.server);
    assert_int_equal(code, 7);
    assert_int_equal(len, output_len == 0 ? sizeof(input) : output_len);
}

static void stream__both_ways_at_once(void **state)
{
    (void)state;
    check_run(TLS_ECHOES, 0);
}

static void stream__daemon_that_writes_all_first(void **state)
{
    (void)state;
    check_run(TLS_FLOODS, TLS_FLOOD_LEN);
}

/* As an event loop: what was taken must go out though nothing more is
 * written, and the half-close behind it. */
static void stream__without_waiting(void **state)
{
    static const struct tls_step step = {.kind = TLS_FLOODS,
                                         .bytes = HEAD,
                                         .len = sizeof(HEAD) - 1,
                                         .last = BYE,
                                         .last_len = sizeof(BYE) - 1};
    static const char data[65536];
    struct tls_server_options options;
    struct fixture fixture = {.server = NULL};
    struct dexec_chunk chunk = {0};
    unsigned ready = 0;
    size_t taken = 0;
    size_t written = 1;
    size_t got = 0;

    (void)state;
    serve(&fixture, &options, &step, 1);
    assert_int_equal(
        dexec_start_begin(fixture.client, "4f2a", NULL, &fixture.stream, NULL),
        DEXEC_OK);
    while (dexec_stream_http_status(fixture.stream) == 0) {
        assert_int_equal(
            dexec_stream_wait(fixture.stream, DEXEC_READABLE, &ready, NULL),
            DEXEC_OK);
    }
    /* The daemon does not read: until no more is taken. */
    while (written > 0) {
        assert_int_equal(dexec_stream_try_write(fixture.stream, data,
                                                sizeof(data), &written, NULL),
                         DEXEC_OK);
        taken += written;
    }
    assert_true((dexec_stream_wanted(fixture.stream) & DEXEC_WRITABLE) != 0);
    assert_int_equal(dexec_stream_close_stdin(fixture.stream, NULL), DEXEC_OK);
    assert_true((dexec_stream_wanted(fixture.stream) & DEXEC_WRITABLE) != 0);
    while (dexec_stream_next(fixture.stream, &chunk, &fixture.err) ==
               DEXEC_OK &&
           chunk.kind != DEXEC_KIND_END) {
        got += chunk.len;
    }
    assert_string_equal(fixture.err.message, "");
    assert_int_equal(close_fixture(&fixture), 1);
    assert_int_equal(got, TLS_FLOOD_LEN + 3);
    assert_int_equal(tls_server_got(fixture.server), taken);
    tls_server_free(fixture.server);
}

/* SIGPIPE has its default action here: it would end the program. */
static void stream__write_after_the_daemon_went(void **state)
{
    static const struct tls_step step = {
        .kind = TLS_CUTS, .bytes = HEAD, .len = sizeof(HEAD) - 1};
    static const char data[65536];
    struct tls_server_options options;
    struct fixture fixture = {.server = NULL};
    struct chunk_log log = CHUNK_LOG_INIT;
    size_t written = 0;

    (void)state;
    assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    serve(&fixture, &options, &step, 1);
    assert_int_equal(start(&fixture), DEXEC_OK);
    drain(&fixture, &log);
    assert_string_equal(log.text, "reset");
    assert_int_equal(dexec_stream_write(fixture.stream, data, sizeof(data),
                                        &written, &fixture.err),
                     DEXEC_E_RESET);
    assert_int_equal(close_fixture(&fixture), 1);
    tls_server_free(fixture.server);
}

/* Make a client and a call with the @fail_at-th allocation failing, 0 = none;
 * returns how many were asked for. */
static size_t call_once(unsigned port, size_t fail_at, bool starts,
                        enum dexec_code *out_rc)
{
    struct fake_memory memory = {.fail_at = fail_at};
    struct dexec_allocator allocator = fake_memory_allocator(&memory);
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    struct fixture fixture = {.server = NULL};
    char host[64] = "";

    (void)snprintf(host, sizeof(host), "tcp://127.0.0.1:%u", port);
    options.host = host;
    options.tls_ca_file = tls_file(folder, "ca.pem");
    options.allocator = &allocator;
    *out_rc = dexec_client_new(&options, &fixture.client, &fixture.err);
    if (*out_rc == DEXEC_OK) {
        *out_rc = (starts ? start : inspect)(&fixture);
    }
    dexec_stream_free(fixture.stream);
    dexec_client_free(fixture.client);
    assert_int_equal(memory.live, 0);
    assert_int_equal(memory.refused, fail_at == 0 ? 0 : 1);
    return memory.count;
}

static void check_memory(const char *answer, bool starts)
{
    static struct tls_step steps[64];
    const struct tls_server_options options = {.folder = folder,
                                               .certificate = "server",
                                               .steps = steps,
                                               .count = COUNT_OF(steps)};
    struct fixture fixture = {.server = NULL};
    enum dexec_code rc = DEXEC_OK;
    unsigned port = 0;
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        steps[i] = (struct tls_step){
            .kind = TLS_ANSWERS, .bytes = answer, .len = strlen(answer)};
    }
    start_server(&fixture, &options);
    port = tls_server_port(fixture.server);
    count = call_once(port, 0, starts, &rc);
    assert_int_equal(rc, DEXEC_OK);
    assert_true(count > 3 && count < COUNT_OF(steps));
    for (size_t k = 1; k <= count; k++) {
        (void)call_once(port, k, starts, &rc);
        assert_int_equal(rc, DEXEC_E_NOMEM);
    }
    (void)tls_server_stop(fixture.server);
    tls_server_free(fixture.server);
}

static void tls__without_memory(void **state)
{
    (void)state;
    check_memory(HEAD, true);
    check_memory(EXITED, false);
}

/* ---- files ---- */

struct files_row {
    const char *name;
    const char *ca;
    const char *certificate;
    const char *key;
    bool no_verify;
    enum dexec_code code;
    const char *message; /* a part; FOLDER stands for the folder */
};

static struct files_row files_rows[] = {
    {.name = "files__pair",
     .ca = "ca.pem",
     .certificate = "client.pem",
     .key = "client.key"},
    {.name = "files__ca_is_text",
     .ca = "text.pem",
     .code = DEXEC_E_TLS,
     .message = "TLS CA certificate FOLDER/text.pem: "},
    {.name = "files__certificate_is_text",
     .ca = "ca.pem",
     .certificate = "text.pem",
     .key = "client.key",
     .code = DEXEC_E_TLS,
     .message = "TLS certificate FOLDER/text.pem: "},
    {.name = "files__key_is_text",
     .ca = "ca.pem",
     .certificate = "client.pem",
     .key = "text.pem",
     .code = DEXEC_E_TLS,
     .message = "TLS key (which may have no passphrase) FOLDER/text.pem: "},
    {.name = "files__key_is_a_certificate",
     .ca = "ca.pem",
     .certificate = "client.pem",
     .key = "client.pem",
     .code = DEXEC_E_TLS,
     .message = "TLS key (which may have no passphrase) FOLDER/client.pem: "},
    {.name = "files__key_of_another_certificate",
     .ca = "ca.pem",
     .certificate = "client.pem",
     .key = "server.key",
     .code = DEXEC_E_TLS,
     .message = "FOLDER/server.key: key values mismatch"},
    {.name = "files__first_of_two_keys_counts",
     .ca = "ca.pem",
     .certificate = "client.pem",
     .key = "two.key"},
    {.name = "files__key_with_a_passphrase",
     .ca = "ca.pem",
     .certificate = "client.pem",
     .key = "locked.key",
     .code = DEXEC_E_TLS,
     .message = "TLS key (which may have no passphrase) FOLDER/locked.key: "},
    {.name = "files__are_read_unverified_too",
     .ca = "text.pem",
     .certificate = "client.pem",
     .key = "server.key",
     .no_verify = true,
     .code = DEXEC_E_TLS,
     .message = "FOLDER/server.key: key values mismatch"},
};

static void expand(const char *text, char *out, size_t size)
{
    const char *at = strstr(text, "FOLDER");

    if (at == NULL) {
        (void)snprintf(out, size, "%s", text);
    } else {
        (void)snprintf(out, size, "%.*s%s%s", (int)(at - text), text, folder,
                       at + strlen("FOLDER"));
    }
}

static enum dexec_code make_client(const struct files_row *row,
                                   struct dexec_error *err)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    struct dexec_client *client = NULL;
    enum dexec_code rc = DEXEC_OK;

    options.host = "tcp://127.0.0.1:1";
    options.tls_ca_file = tls_file(folder, row->ca);
    options.tls_cert_file = tls_file(folder, row->certificate);
    options.tls_key_file = tls_file(folder, row->key);
    options.tls_no_verify = row->no_verify;
    rc = dexec_client_new(&options, &client, err);
    dexec_client_free(client);
    return rc;
}

static void files__row(void **state)
{
    const struct files_row *row = *state;
    struct dexec_error err = {0};
    char wanted[256] = "";

    assert_int_equal(make_client(row, &err), row->code);
    if (row->message != NULL) {
        expand(row->message, wanted, sizeof(wanted));
        if (strstr(err.message, wanted) == NULL) {
            print_error("message: %s\n", err.message);
        }
        assert_non_null(strstr(err.message, wanted));
    }
}

/* On a terminal of its own, which OpenSSL would ask. */
static void files__nobody_is_asked_for_a_passphrase(void **state)
{
    static struct files_row row = {
        .ca = "ca.pem", .certificate = "client.pem", .key = "locked.key"};
    char asked[256] = "";
    int terminal = -1;
    int status = -1;
    pid_t child = forkpty(&terminal, NULL, NULL, NULL);

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        _exit(make_client(&row, &(struct dexec_error){0}) == DEXEC_E_TLS ? 0
                                                                         : 1);
    }
    if (read(terminal, asked, sizeof(asked) - 1) > 0) {
        (void)kill(child, SIGKILL); /* it would wait for an answer */
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    (void)close(terminal);
    assert_string_equal(asked, "");
    assert_int_equal(status, 0);
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && tls_files_make(folder) &&
                   setenv("DOCKER_CONFIG", folder, 1) == 0 &&
                   unsetenv("DOCKER_CERT_PATH") == 0
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    tls_files_remove(folder);
    return rmdir(folder);
}

int main(void)
{
    static const struct CMUnitTest single[] = {
        cmocka_unit_test(stream__of_records_of_one_byte),
        cmocka_unit_test(stream__end_without_close_notify_is_a_reset),
        cmocka_unit_test(stream__half_close_is_a_close_notify),
        cmocka_unit_test(stream__both_ways_at_once),
        cmocka_unit_test(stream__daemon_that_writes_all_first),
        cmocka_unit_test(stream__without_waiting),
        cmocka_unit_test(stream__write_after_the_daemon_went),
        cmocka_unit_test(tls__without_memory),
        cmocka_unit_test(files__nobody_is_asked_for_a_passphrase),
    };
    struct CMUnitTest
        tests[COUNT_OF(single) + COUNT_OF(rows) + COUNT_OF(files_rows)];
    struct CMUnitTest *next = tests + COUNT_OF(single);

    if (dexec_global_init() != DEXEC_OK) {
        return 1;
    }
    memcpy(tests, single, sizeof(single));
    ADD_ROWS(next, tls__row, rows);
    next += COUNT_OF(rows);
    ADD_ROWS(next, files__row, files_rows);
    return cmocka_run_group_tests_name("tls", tests, set_up, tear_down);
}
