/* SPDX-License-Identifier: MIT */
/*
 * test_hooks.c - on_request, and on_trace for plain calls, on real sockets:
 * what the daemon gets is what counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <dexec/dexec.h>

#include "script_server.h"
#include "table.h"

#define HEAD "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define EXITED                                                                 \
    "HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n"                            \
    "{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7}"
#define CREATED                                                                \
    "HTTP/1.1 201 Created\r\nContent-Length: 13\r\n\r\n{\"Id\":\"4f2a\"}"
#define VERSION                                                                \
    "HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\n{\"ApiVersion\":\"1.40\"}"
#define NOTHING "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

struct fixture {
    char folder[64];
    char path[96];
    struct server *server;
    struct server_seen seen;
    struct dexec_client *client;
    struct dexec_error err;
    bool refuses;
    size_t requests; /* that the hook saw */
    char line[256];  /* of the last, as the hook saw it */
    char sent[4096]; /* as on_trace was told */
    size_t sent_len;
    char received[4096];
    size_t received_len;
};

struct row {
    const char *name;
    enum dexec_code (*call)(struct fixture *fixture);
    const char *bytes; /* the answer */
    size_t len;
    const char *line;
    bool has_json;
    const char *message; /* when it is refused */
};

/* ---- the five calls, and the one that asks for the version ---- */

static enum dexec_code call_create(struct fixture *fixture)
{
    static const char *const cmd[] = {"cat", NULL};
    struct dexec_create_options options = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_id id;

    options.cmd = cmd;
    return dexec_create(fixture->client, "a b", &options, &id, &fixture->err);
}

static enum dexec_code call_start(struct fixture *fixture)
{
    struct dexec_stream *stream = NULL;
    enum dexec_code rc =
        dexec_start(fixture->client, "4f2a", NULL, &stream, &fixture->err);

    dexec_stream_free(stream);
    return rc;
}

static enum dexec_code call_start_detached(struct fixture *fixture)
{
    return dexec_start_detached(fixture->client, "4f2a", false, &fixture->err);
}

static enum dexec_code call_inspect(struct fixture *fixture)
{
    struct dexec_inspect *inspect = NULL;
    enum dexec_code rc =
        dexec_inspect(fixture->client, "4f2a", &inspect, &fixture->err);

    dexec_inspect_free(fixture->client, inspect);
    return rc;
}

static enum dexec_code call_resize(struct fixture *fixture)
{
    return dexec_resize(fixture->client, "4f2a", 24, 80, &fixture->err);
}

static enum dexec_code call_negotiate(struct fixture *fixture)
{
    return dexec_client_negotiate(fixture->client, &fixture->err);
}

#define REFUSED "the caller's on_request refused the request"

static struct row rows[] = {
    {.name = "hooks__create",
     .call = call_create,
     BYTES(CREATED),
     .line = "POST /containers/a%20b/exec",
     .has_json = true,
     .message = "create exec in a b: " REFUSED},
    {.name = "hooks__start",
     .call = call_start,
     BYTES(HEAD),
     .line = "POST /exec/4f2a/start",
     .has_json = true,
     .message = "start exec 4f2a: " REFUSED},
    {.name = "hooks__start_detached",
     .call = call_start_detached,
     BYTES(NOTHING),
     .line = "POST /exec/4f2a/start",
     .has_json = true,
     .message = "start exec 4f2a: " REFUSED},
    {.name = "hooks__inspect",
     .call = call_inspect,
     BYTES(EXITED),
     .line = "GET /exec/4f2a/json",
     .message = "inspect exec 4f2a: " REFUSED},
    {.name = "hooks__resize",
     .call = call_resize,
     BYTES(NOTHING),
     .line = "POST /exec/4f2a/resize?h=24&w=80",
     .has_json = true,
     .message = "resize exec 4f2a: " REFUSED},
    {.name = "hooks__negotiate",
     .call = call_negotiate,
     BYTES(VERSION),
     .line = "GET /version",
     .message = "negotiate the API version: " REFUSED},
};

/* ---- the fixture ---- */

static bool on_request(void *user, struct dexec_request *request)
{
    struct fixture *fixture = user;

    fixture->requests++;
    (void)snprintf(fixture->line, sizeof(fixture->line), "%s %s",
                   dexec_request_method(request), dexec_request_path(request));
    assert_int_equal(
        dexec_request_set_header(request, "X-Token", "a b;c", NULL), DEXEC_OK);
    assert_int_equal(dexec_request_set_header(request, "X-Empty", "", NULL),
                     DEXEC_OK);
    assert_int_equal(dexec_request_set_header(request, "Host", "other", NULL),
                     DEXEC_OK);
    assert_int_equal(
        dexec_request_set_header(request, "User-Agent", "mine", NULL),
        DEXEC_OK);
    assert_int_equal(dexec_request_set_header(request, "Upgrade", "x", NULL),
                     DEXEC_E_INVALID);
    return !fixture->refuses;
}

static void add_bytes(char *bytes, size_t *len, const struct dexec_trace *trace)
{
    assert_true(*len + trace->len <= sizeof(((struct fixture *)0)->sent));
    memcpy(bytes + *len, trace->data, trace->len);
    *len += trace->len;
}

static void on_trace(void *user, const struct dexec_trace *trace)
{
    struct fixture *fixture = user;

    if (trace->connection != 0) {
        return; /* streams are in test_trace.c */
    }
    assert_true(trace->event == DEXEC_TRACE_SENT ||
                trace->event == DEXEC_TRACE_RECEIVED);
    assert_int_equal(trace->segment, 0);
    if (trace->event == DEXEC_TRACE_SENT) {
        add_bytes(fixture->sent, &fixture->sent_len, trace);
    } else {
        add_bytes(fixture->received, &fixture->received_len, trace);
    }
}

static void open_fixture(struct fixture *fixture,
                         const struct server_step *steps, bool has_hooks)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;

    (void)snprintf(fixture->folder, sizeof(fixture->folder),
                   "/tmp/dexec-hooks-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/s",
                   fixture->folder);
    fixture->server = server_start(fixture->path, steps, 1);
    assert_non_null(fixture->server);
    options.host = server_host(fixture->server);
    options.on_request = has_hooks ? on_request : NULL;
    options.on_request_user = fixture;
    options.on_trace = has_hooks ? on_trace : NULL;
    options.on_trace_user = fixture;
    assert_int_equal(dexec_client_new(&options, &fixture->client, NULL),
                     DEXEC_OK);
}

static size_t close_fixture(struct fixture *fixture)
{
    size_t served = 0;

    dexec_client_free(fixture->client);
    served = server_stop(fixture->server);
    (void)unlink(fixture->path);
    assert_int_equal(rmdir(fixture->folder), 0);
    return served;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = text; (at = strstr(at, part)) != NULL; at++) {
        count++;
    }
    return count;
}

/* ---- rows ---- */

static void check_head(const struct row *row, const char *head)
{
    static const char *const lines[] = {"\r\nX-Token: a b;c\r\n",
                                        "\r\nHost: other\r\n",
                                        "\r\nUser-Agent: mine\r\n"};
    char line[256] = "";

    (void)snprintf(line, sizeof(line), "%s HTTP/1.1\r\n", row->line);
    assert_memory_equal(head, line, strlen(line));
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        assert_int_equal(count_of(head, lines[i]), 1);
    }
    assert_int_equal(count_of(head, "\r\nX-Empty:"), 1);
    assert_int_equal(count_of(head, "\r\nHost:"), 1);
    assert_int_equal(count_of(head, "libdexec"), 0);
    assert_int_equal(count_of(head, "\r\nContent-Type: application/json\r\n"),
                     row->has_json ? 1 : 0);
}

static void check_trace(const struct row *row, const struct fixture *fixture)
{
    size_t head_len = strlen(fixture->seen.head);

    if (row->call == call_start) {
        assert_int_equal(fixture->sent_len + fixture->received_len, 0);
        return;
    }
    assert_int_equal(fixture->sent_len, head_len + fixture->seen.body_len);
    assert_memory_equal(fixture->sent, fixture->seen.head, head_len);
    assert_int_equal(fixture->received_len, row->len);
    assert_memory_equal(fixture->received, row->bytes, row->len);
}

static void check_accepted(const struct row *row)
{
    struct fixture fixture = {.refuses = false};
    const struct server_step step = {
        .bytes = row->bytes, .len = row->len, .seen = &fixture.seen};
    enum dexec_code rc = DEXEC_OK;

    open_fixture(&fixture, &step, true);
    rc = row->call(&fixture);
    assert_int_equal(close_fixture(&fixture), 1);

    assert_string_equal(fixture.err.message, "");
    assert_int_equal(rc, DEXEC_OK);
    assert_int_equal(fixture.requests, 1);
    assert_string_equal(fixture.line, row->line);
    check_head(row, fixture.seen.head);
    check_trace(row, &fixture);
}

static void check_refused(const struct row *row)
{
    struct fixture fixture = {.refuses = true};
    const struct server_step step = {.bytes = row->bytes, .len = row->len};

    open_fixture(&fixture, &step, true);
    assert_int_equal(row->call(&fixture), DEXEC_E_STOPPED);
    assert_int_equal(close_fixture(&fixture), 0);

    assert_int_equal(fixture.requests, 1);
    assert_string_equal(fixture.err.message, row->message);
    assert_int_equal(fixture.sent_len, 0);
}

static void check_without(const struct row *row)
{
    struct fixture fixture = {.refuses = false};
    const struct server_step step = {
        .bytes = row->bytes, .len = row->len, .seen = &fixture.seen};

    open_fixture(&fixture, &step, false);
    assert_int_equal(row->call(&fixture), DEXEC_OK);
    assert_int_equal(close_fixture(&fixture), 1);

    assert_int_equal(fixture.requests, 0);
    assert_int_equal(fixture.sent_len + fixture.received_len, 0);
    assert_int_equal(count_of(fixture.seen.head, "X-Token"), 0);
    assert_int_equal(count_of(fixture.seen.head, "\r\nHost: localhost\r\n"), 1);
}

static void hooks__row(void **state)
{
    check_accepted(*state);
    check_refused(*state);
    check_without(*state);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows)];

    if (dexec_global_init() != DEXEC_OK) {
        return 1;
    }
    ADD_ROWS(tests, hooks__row, rows);
    return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
