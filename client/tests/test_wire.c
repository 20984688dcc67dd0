/* SPDX-License-Identifier: MIT */
/*
 * test_wire.c - the library on real sockets, against a daemon that follows a
 * script: everything that can go wrong between two processes.
 */
#include <dirent.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <dexec/dexec.h>

#include "script_server.h"
#include "table.h"

#define HEAD "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define HI "\1\0\0\0\0\0\0\2hi"
#define DONE "{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7}"
#define DONE_HEAD "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n"

#define X100                                                                   \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                       \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define LONG_BODY "HTTP/1.1 200 OK\r\n\r\n" X100 X100 X100 X100
#define LONG_LINE "HTTP/1.1 200 OK\r\nX-Filler: " X100 X100 X100 X100

/* Of what is meant to time out, and of what is not. */
/* MEDIUM_MS: one call succeeds in it on any machine, the next is to be late. */
enum { SHORT_MS = 100, MEDIUM_MS = 2000, LONG_MS = 20000 };

struct row {
    const char *name;
    struct server_step step;
    const char *inspect; /* outcome of each call; NULL = not made */
    const char *start;
    const char *message;
};

#define STEP(s) .step = {.bytes = (s), .len = sizeof(s) - 1}
#define STEP_END(s, e) .step = {.bytes = (s), .len = sizeof(s) - 1, .end = (e)}

static struct row rows[] = {
    {.name = "wire__silence",
     STEP_END("", SERVER_HOLDS),
     .inspect = "timeout",
     .start = "timeout"},
    {.name = "wire__closed_without_an_answer",
     STEP(""),
     .inspect = "closed",
     .start = "closed",
     .message = "closed the connection before it answered"},
    {.name = "wire__closed_inside_the_status_line",
     STEP("HTTP/1.1 200 O"),
     .start = "closed",
     .message = "inside its response head (14 bytes received)"},
    {.name = "wire__closed_inside_the_head",
     STEP("HTTP/1.1 200 OK\r\nContent-Le"),
     .inspect = "closed",
     .start = "closed",
     .message = "closed the connection inside its response head"},
    {.name = "wire__closed_before_the_empty_line",
     STEP("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"),
     .inspect = "closed",
     .start = "closed",
     .message = "inside its response head"},
    {.name = "wire__silence_inside_the_head",
     STEP_END("HTTP/1.1 200 OK\r\n", SERVER_HOLDS),
     .inspect = "timeout",
     .start = "timeout"},
    {.name = "wire__reset_without_an_answer",
     STEP_END("", SERVER_RESETS),
     .inspect = "reset",
     .start = "reset"},
    {.name = "wire__reset_inside_the_head",
     STEP_END("HTTP/1.1 200 OK\r\n", SERVER_RESETS),
     .inspect = "reset",
     .start = "reset"},
    {.name = "wire__not_http",
     STEP_END("220 smtp ready\r\n", SERVER_HOLDS),
     .inspect = "protocol",
     .start = "protocol"},
    {.name = "wire__refused_with_json",
     STEP("HTTP/1.1 404 Not Found\r\nContent-Length: 27\r\n\r\n"
          "{\"message\":\"No such thing\"}"),
     .inspect = "not-found 404",
     .start = "not-found 404",
     .message = "No such thing"},
    {.name = "wire__refused_with_text",
     STEP("HTTP/1.1 409 Conflict\r\nContent-Length: 8\r\n\r\nwrong!\r\n"),
     .inspect = "conflict 409",
     .start = "conflict 409",
     .message = "exec 4f2a: wrong!"},
    {.name = "wire__refused_without_body",
     STEP("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"),
     .inspect = "http 500",
     .start = "http 500",
     .message = "HTTP status 500, no message"},
    {.name = "wire__refused_until_the_close",
     STEP("HTTP/1.0 500 Oops\r\n\r\n{\"message\":\"bad\"}"),
     .inspect = "http 500",
     .start = "http 500",
     .message = "bad"},
    {.name = "wire__refused_in_chunks",
     STEP("HTTP/1.1 500 Oops\r\nTransfer-Encoding: chunked\r\n\r\n"
          "3\r\nbad\r\n0\r\n\r\n"),
     .inspect = "http 500",
     .start = "http 500",
     .message = "bad"},
    {.name = "wire__refusal_is_shorter_than_its_length",
     STEP("HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\nbad"),
     .inspect = "closed 500",
     .start = "closed 500",
     .message = "closed the connection inside its answer (3 "},
    {.name = "wire__refusal_after_an_interim_answer",
     STEP("HTTP/1.1 100 Continue\r\n\r\n"
          "HTTP/1.1 500 Oops\r\nContent-Length: 3\r\n\r\nbad"),
     .inspect = "http 500",
     .start = "http 500",
     .message = "bad"},
    {.name = "wire__redirect_is_not_followed",
     STEP("HTTP/1.1 301 Moved\r\nLocation: /other\r\nContent-Length: "
          "0\r\n\r\n"),
     .inspect = "http 301",
     .start = "http 301",
     .message = "HTTP status 301"},
    {.name = "wire__only_an_interim_answer",
     STEP("HTTP/1.1 100 Continue\r\n\r\n"),
     .inspect = "closed",
     .start = "closed"},
    {.name = "wire__endless_head",
     .step = {.bytes = LONG_LINE, .len = sizeof(LONG_LINE) - 1, .repeat = 4000},
     .start = "protocol",
     .message = "longer than 65536 bytes"},
    {.name = "wire__many_headers",
     .step = {.bytes = "HTTP/1.1 200 OK\r\n", .len = 17, .repeat = 9000},
     .inspect = "protocol",
     .start = "protocol"},
    {.name = "wire__endless_answer",
     .step = {.bytes = LONG_BODY,
              .len = sizeof(LONG_BODY) - 1,
              .repeat = 10000},
     .inspect = "protocol 200",
     .message = "longer than 1048576 bytes"},
    {.name = "wire__upgrade_unasked",
     STEP_END(HEAD HI, SERVER_HOLDS),
     .inspect = "protocol 101"},
    {.name = "wire__inspect", STEP(DONE_HEAD DONE), .inspect = "exit 7"},
    {.name = "wire__inspect_in_bytes",
     .step = {.bytes = DONE_HEAD DONE,
              .len = sizeof(DONE_HEAD DONE) - 1,
              .segment = 1},
     .inspect = "exit 7"},
    {.name = "wire__inspect_answer_is_not_json",
     STEP("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnope"),
     .inspect = "protocol",
     .message = "inspect exec 4f2a: the answer is not one JSON object"},
    {.name = "wire__head_and_frames_in_one_segment",
     STEP(HEAD HI HI),
     .start = "1:hi 1:hi end"},
    {.name = "wire__segments_of_one_byte",
     .step = {.bytes = HEAD HI HI, .len = sizeof(HEAD HI HI) - 1, .segment = 1},
     .start = "1:hi 1:hi end"},
    {.name = "wire__interim_answer_before_the_stream",
     STEP("HTTP/1.1 100 Continue\r\n\r\n" HEAD HI),
     .start = "1:hi end"},
    {.name = "wire__200_instead_of_101",
     STEP("HTTP/1.1 200 OK\r\n\r\n" HI),
     .start = "1:hi end"},
    {.name = "wire__cut_frame_header",
     STEP(HEAD HI "\1\0\0\0"),
     .start = "1:hi cut-header"},
    {.name = "wire__cut_payload",
     STEP(HEAD HI "\1\0\0\0\0\0\0\3ab"),
     .start = "1:hi 1:ab cut-payload"},
    {.name = "wire__reset_of_the_stream",
     STEP_END(HEAD HI, SERVER_RESETS),
     .start = "1:hi reset"},
    {.name = "wire__silence_in_the_stream",
     STEP_END(HEAD HI, SERVER_HOLDS),
     .start = "1:hi timeout"},
};

/* ---- the fixture: a folder for sockets, one server, one client ---- */

struct fixture {
    char folder[64];
    char path[96];
    size_t fds; /* open before */
    struct server *server;
    struct dexec_client *client;
    struct dexec_stream *stream;
    struct dexec_error err;
    uint32_t timeout_ms;
    char log[256];
};

static size_t count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    if (folder == NULL) {
        return 0;
    }
    while (readdir(folder) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        count++;
    }
    (void)closedir(folder);
    return count;
}

static void open_fixture(struct fixture *fixture)
{
    *fixture = (struct fixture){.folder = "/tmp/dexec-wire-XXXXXX",
                                .timeout_ms = LONG_MS};
    fixture->fds = count_fds();
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/s",
                   fixture->folder);
}

static void open_client_on(struct fixture *fixture, const char *host)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;

    options.host = host;
    options.response_timeout_ms = fixture->timeout_ms;
    assert_int_equal(dexec_client_new(&options, &fixture->client, NULL),
                     DEXEC_OK);
}

static void serve(struct fixture *fixture, const struct server_step *steps,
                  size_t count)
{
    fixture->server = server_start(fixture->path, steps, count);
    assert_non_null(fixture->server);
    open_client_on(fixture, server_host(fixture->server));
}

static size_t close_fixture(struct fixture *fixture)
{
    size_t served = 0;

    dexec_stream_free(fixture->stream);
    dexec_client_free(fixture->client);
    served = server_stop(fixture->server);
    (void)unlink(fixture->path);
    assert_int_equal(rmdir(fixture->folder), 0);
    assert_int_equal(count_fds(), fixture->fds);
    return served;
}

/* ---- rows ---- */

static void log_text(struct fixture *fixture, const char *text)
{
    size_t used = strlen(fixture->log);

    (void)snprintf(fixture->log + used, sizeof(fixture->log) - used, "%s",
                   text);
}

static void log_error(struct fixture *fixture)
{
    char text[32] = "";

    (void)snprintf(
        text, sizeof(text), fixture->err.http_status == 0 ? "%s" : "%s %d",
        dexec_code_name(fixture->err.code), fixture->err.http_status);
    log_text(fixture, text);
}

static void try_inspect(struct fixture *fixture)
{
    struct dexec_inspect *inspect = NULL;

    if (dexec_inspect(fixture->client, "4f2a", &inspect, &fixture->err) !=
        DEXEC_OK) {
        log_error(fixture);
        return;
    }
    log_text(fixture, inspect->exit_code == 7 ? "exit 7" : "other exit");
    dexec_inspect_free(fixture->client, inspect);
}

static void log_chunk(struct fixture *fixture, const struct dexec_chunk *chunk,
                      size_t *at)
{
    char text[64] = "";

    /* A frame may come in pieces: those of these tests have two bytes. */
    if (*at % 2 == 0) {
        (void)snprintf(text, sizeof(text), "%d:", (int)chunk->kind);
        log_text(fixture, text);
    }
    (void)snprintf(text, sizeof(text), "%.*s", (int)chunk->len,
                   (const char *)chunk->data);
    log_text(fixture, text);
    *at += chunk->len;
    if (*at % 2 == 0) {
        log_text(fixture, " ");
    }
}

static void drain(struct fixture *fixture)
{
    struct dexec_chunk chunk = {0};
    size_t at = 0;

    dexec_stream_set_deadline(fixture->stream, fixture->timeout_ms);
    while (dexec_stream_next(fixture->stream, &chunk, &fixture->err) ==
           DEXEC_OK) {
        if (chunk.kind == DEXEC_KIND_END) {
            log_text(fixture, "end");
            return;
        }
        log_chunk(fixture, &chunk, &at);
    }
    log_error(fixture);
}

static void try_start(struct fixture *fixture)
{
    if (dexec_start(fixture->client, "4f2a", NULL, &fixture->stream,
                    &fixture->err) != DEXEC_OK) {
        log_error(fixture);
        return;
    }
    drain(fixture);
}

static void check(const struct row *row, void (*call)(struct fixture *),
                  const char *wanted)
{
    struct fixture fixture;

    if (wanted == NULL) {
        return;
    }
    open_fixture(&fixture);
    if (strstr(wanted, "timeout") != NULL) {
        fixture.timeout_ms = SHORT_MS;
    }
    serve(&fixture, &row->step, 1);
    call(&fixture);
    assert_int_equal(close_fixture(&fixture), 1);
    assert_string_equal(fixture.log, wanted);
    if (row->message != NULL) {
        assert_non_null(strstr(fixture.err.message, row->message));
    }
}

static void wire__row(void **state)
{
    const struct row *row = *state;

    check(row, try_inspect, row->inspect);
    check(row, try_start, row->start);
}

/* ---- connecting ---- */

/* Neither call may reach a daemon at @host. */
static void check_unreachable(struct fixture *fixture, const char *host,
                              const char *reason)
{
    char wanted[512] = "";

    open_client_on(fixture, host);
    for (int call = 0; call < 2; call++) {
        fixture->log[0] = '\0';
        (call == 0 ? try_inspect : try_start)(fixture);
        (void)snprintf(wanted, sizeof(wanted),
                       "%s exec 4f2a: connect to %s: %s",
                       call == 0 ? "inspect" : "start", host, reason);
        assert_string_equal(fixture->log, "connect");
        assert_string_equal(fixture->err.message, wanted);
    }
}

static void connect__no_such_socket(void **state)
{
    struct fixture fixture;
    char host[128] = "";

    (void)state;
    open_fixture(&fixture);
    (void)snprintf(host, sizeof(host), "unix://%s", fixture.path);
    check_unreachable(&fixture, host, "no such file or directory");
    (void)close_fixture(&fixture);
}

static void connect__nobody_listens(void **state)
{
    struct fixture fixture;
    char host[128] = "";
    FILE *file = NULL;

    (void)state;
    open_fixture(&fixture);
    file = fopen(fixture.path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    (void)snprintf(host, sizeof(host), "unix://%s", fixture.path);
    check_unreachable(&fixture, host, "connection refused");
    (void)close_fixture(&fixture);
}

static void connect__permission_denied(void **state)
{
    static const struct server_step step = {.bytes = ""};
    struct fixture fixture;
    char host[128] = "";

    (void)state;
    if (geteuid() == 0) {
        print_message("skipped: root may open every socket\n");
        skip();
    }
    open_fixture(&fixture);
    fixture.server = server_start(fixture.path, &step, 1);
    assert_non_null(fixture.server);
    assert_int_equal(chmod(fixture.path, 0), 0);
    (void)snprintf(host, sizeof(host), "unix://%s", fixture.path);
    check_unreachable(&fixture, host, "permission denied");
    (void)close_fixture(&fixture);
}

static void connect__tcp_port_is_closed(void **state)
{
    static const struct server_step step = {.bytes = ""};
    struct fixture fixture;
    char host[128] = "";

    (void)state;
    open_fixture(&fixture);
    fixture.server = server_start(NULL, &step, 0);
    assert_non_null(fixture.server);
    (void)snprintf(host, sizeof(host), "%s", server_host(fixture.server));
    (void)server_stop(fixture.server);
    fixture.server = NULL;
    check_unreachable(&fixture, host, "connection refused");
    (void)close_fixture(&fixture);
}

static void connect__path_too_long_for_a_socket(void **state)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    struct dexec_client *client = NULL;
    char host[200] = "unix:///";

    (void)state;
    memset(host + 8, 'a', 107);
    options.host = host;
    assert_int_equal(dexec_client_new(&options, &client, NULL),
                     DEXEC_E_INVALID);
}

/* ---- more than one answer ---- */

static const char *const cat_cmd[] = {"cat", NULL};

static bool count_output(void *user, enum dexec_kind kind, const void *data,
                         size_t len)
{
    uint64_t *sum = user;
    const unsigned char *bytes = data;

    for (size_t i = 0; i < len; i++) {
        *sum = *sum * 31 + bytes[i] + (uint64_t)kind;
    }
    return true;
}

#define CREATED_ANSWER                                                         \
    "HTTP/1.1 201 Created\r\nContent-Length: 13\r\n\r\n{\"Id\":\"4f2a\"}"
#define CREATED                                                                \
    {                                                                          \
        .bytes = CREATED_ANSWER, .len = sizeof(CREATED_ANSWER) - 1             \
    }
#define EXITED                                                                 \
    {                                                                          \
        .bytes = DONE_HEAD DONE, .len = sizeof(DONE_HEAD DONE) - 1             \
    }

/* A megabyte through a daemon that stops reading until it is read from.
 */
static void check_run(const char *path)
{
    static const struct server_step steps[] = {
        CREATED,
        {.bytes = HEAD, .len = sizeof(HEAD) - 1, .end = SERVER_ECHOES},
        EXITED};
    const size_t len = 1048576;
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_run_options options = DEXEC_RUN_OPTIONS_INIT;
    struct fixture fixture;
    unsigned char *input = malloc(len);
    uint64_t wanted = 0;
    uint64_t sum = 0;
    int64_t exit_code = 0;
    enum dexec_code rc = DEXEC_OK;

    assert_non_null(input);
    for (size_t i = 0; i < len; i++) {
        input[i] = (unsigned char)(i * 7 + i / 251);
    }
    (void)count_output(&wanted, DEXEC_KIND_STDOUT, input, len);
    create.cmd = cat_cmd;
    options.create = &create;
    options.input = input;
    options.input_len = len;
    options.timeout_ms = LONG_MS;
    options.on_output = count_output;
    options.on_output_user = &sum;
    open_fixture(&fixture);
    fixture.server = server_start(path == NULL ? NULL : fixture.path, steps, 3);
    assert_non_null(fixture.server);
    open_client_on(&fixture, server_host(fixture.server));
    rc = dexec_run(fixture.client, "t1", &options, &exit_code, &fixture.err);
    free(input);
    assert_int_equal(close_fixture(&fixture), 3);

    assert_string_equal(fixture.err.message, "");
    assert_int_equal(rc, DEXEC_OK);
    assert_int_equal(exit_code, 7);
    assert_true(sum == wanted);
}

static void wire__run_over_a_unix_socket(void **state)
{
    (void)state;
    check_run("");
}

static void wire__run_over_tcp(void **state)
{
    (void)state;
    check_run(NULL);
}

/* SIGPIPE has its default action here: it would end the program. */
static void wire__daemon_closes_while_we_write(void **state)
{
    static const struct server_step step = {
        .bytes = HEAD HI, .len = sizeof(HEAD HI) - 1, .end = SERVER_CLOSES};
    static const char data[65536];
    struct fixture fixture;
    enum dexec_code rc = DEXEC_OK;
    size_t written = 0;

    (void)state;
    assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    open_fixture(&fixture);
    serve(&fixture, &step, 1);
    assert_int_equal(dexec_start(fixture.client, "4f2a", NULL, &fixture.stream,
                                 &fixture.err),
                     DEXEC_OK);
    dexec_stream_set_deadline(fixture.stream, LONG_MS);
    while (rc == DEXEC_OK) {
        rc = dexec_stream_write(fixture.stream, data, sizeof(data), &written,
                                &fixture.err);
    }
    drain(&fixture);
    assert_int_equal(close_fixture(&fixture), 1);

    assert_int_equal(rc, DEXEC_E_RESET);
    assert_memory_equal(fixture.log, "1:hi ", 5);
}

/* libcurl would send it again when a reused connection turns out dead. */
static void wire__a_post_has_a_new_connection(void **state)
{
    static const char done[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    static const struct server_step steps[] = {
        {.bytes = DONE_HEAD DONE,
         .len = sizeof(DONE_HEAD DONE) - 1,
         .end = SERVER_ONCE},
        {.bytes = done, .len = sizeof(done) - 1}};
    struct fixture fixture;
    enum dexec_code rc = DEXEC_OK;

    (void)state;
    open_fixture(&fixture);
    serve(&fixture, steps, 2);
    try_inspect(&fixture);
    rc = dexec_start_detached(fixture.client, "4f2a", false, &fixture.err);
    assert_int_equal(close_fixture(&fixture), 2);

    assert_string_equal(fixture.log, "exit 7");
    assert_int_equal(rc, DEXEC_OK);
}

/* A kept connection has been made: what is late is the answer. */
static void wire__second_answer_on_a_connection_is_late(void **state)
{
    static const struct server_step steps[] = {
        {.bytes = DONE_HEAD DONE,
         .len = sizeof(DONE_HEAD DONE) - 1,
         .end = SERVER_STAYS},
        {.bytes = "", .end = SERVER_HOLDS}};
    struct fixture fixture;
    char message[128] = "";

    (void)state;
    open_fixture(&fixture);
    fixture.timeout_ms = MEDIUM_MS;
    serve(&fixture, steps, 2);
    try_inspect(&fixture);
    assert_string_equal(fixture.log, "exit 7");
    fixture.log[0] = '\0';
    try_inspect(&fixture);
    assert_int_equal(close_fixture(&fixture), 2);

    assert_string_equal(fixture.log, "timeout");
    (void)snprintf(message, sizeof(message),
                   "inspect exec 4f2a: no answer within %d ms", MEDIUM_MS);
    assert_string_equal(fixture.err.message, message);
}

/* One that is asked for but not accepted; the queue of those is then full. */
static int fill_queue(const struct sockaddr_in *address)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    assert_true(fd >= 0);
    (void)connect(fd, (const struct sockaddr *)address, sizeof(*address));
    return fd;
}

/* Neither time-out may stand in for the other. */
static void connect__not_in_time(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    struct fixture fixture;
    char host[64] = "";
    char message[128] = "";
    int fds[3] = {-1, -1, -1};

    (void)state;
    open_fixture(&fixture);
    fds[0] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fds[0], (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(fds[0], 0), 0);
    assert_int_equal(getsockname(fds[0], (struct sockaddr *)&address, &len), 0);
    fds[1] = fill_queue(&address);
    fds[2] = fill_queue(&address);
    (void)snprintf(host, sizeof(host), "tcp://127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
    options.host = host;
    options.connect_timeout_ms = SHORT_MS;
    options.response_timeout_ms = LONG_MS;
    assert_int_equal(dexec_client_new(&options, &fixture.client, NULL),
                     DEXEC_OK);
    for (int call = 0; call < 2; call++) {
        fixture.log[0] = '\0';
        (call == 0 ? try_inspect : try_start)(&fixture);
        (void)snprintf(message, sizeof(message),
                       "%s exec 4f2a: connect to %s: no connection in time",
                       call == 0 ? "inspect" : "start", host);
        assert_string_equal(fixture.log, "timeout");
        assert_string_equal(fixture.err.message, message);
    }
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        (void)close(fds[i]);
    }
    (void)close_fixture(&fixture);
}

static const struct CMUnitTest single[] = {
    cmocka_unit_test(wire__second_answer_on_a_connection_is_late),
    cmocka_unit_test(connect__not_in_time),
    cmocka_unit_test(connect__no_such_socket),
    cmocka_unit_test(connect__nobody_listens),
    cmocka_unit_test(connect__permission_denied),
    cmocka_unit_test(connect__tcp_port_is_closed),
    cmocka_unit_test(connect__path_too_long_for_a_socket),
    cmocka_unit_test(wire__run_over_a_unix_socket),
    cmocka_unit_test(wire__run_over_tcp),
    cmocka_unit_test(wire__daemon_closes_while_we_write),
    cmocka_unit_test(wire__a_post_has_a_new_connection),
};

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + COUNT_OF(single)];

    if (dexec_global_init() != DEXEC_OK) {
        return 1;
    }
    memcpy(tests, single, sizeof(single));
    ADD_ROWS(tests + COUNT_OF(single), wire__row, rows);
    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
