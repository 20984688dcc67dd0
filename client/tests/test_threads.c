/* SPDX-License-Identifier: MIT */
/*
 * test_threads.c - many execs on many threads, with a client for each thread
 * and with one for all. The tsan preset is what this program is made for.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <dexec/dexec.h>

#include "table.h"

enum { THREADS = 8, EXECS_EACH = 4, EXECS = THREADS * EXECS_EACH };
enum { CONNECTIONS_MAX = EXECS * 4, INPUT_LEN = 20000, TIMEOUT_MS = 30000 };
enum { AT_ONCE = 12 }; /* more than the handles that a client keeps */

/* ---- a daemon with a thread for each connection ---- */

struct daemon {
    char folder[64];
    char path[96];
    int listener;
    pthread_t thread;
    pthread_t connections[CONNECTIONS_MAX];
    size_t count;
    atomic_uint last_id;
    pthread_mutex_t lock; /* of the next two */
    pthread_cond_t all_came;
    unsigned came; /* requests for the exec "crowd" */
};

struct connection {
    struct daemon *daemon;
    int fd;
};

static bool send_text(int fd, const char *text)
{
    return send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

static void echo(int fd)
{
    char frame[8 + 4096] = {1};
    ssize_t got = 0;

    while ((got = recv(fd, frame + 8, sizeof(frame) - 8, 0)) > 0) {
        frame[6] = (char)(got >> 8);
        frame[7] = (char)(got & 0xFF);
        if (send(fd, frame, (size_t)got + 8, MSG_NOSIGNAL) != got + 8) {
            return;
        }
    }
}

static bool read_request(int fd, char *head, size_t size)
{
    size_t len = 0;
    size_t body = 0;
    const char *length = NULL;
    char byte = 0;

    while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0) {
        if (len == size - 1 || recv(fd, head + len, 1, 0) != 1) {
            return false;
        }
        len++;
    }
    head[len] = '\0';
    length = strstr(head, "Content-Length: ");
    body = length == NULL ? 0 : strtoul(length + 16, NULL, 10);
    while (body > 0 && recv(fd, &byte, 1, 0) == 1) {
        body--;
    }
    return body == 0;
}

/* Not one is answered before all AT_ONCE have come. */
static void wait_for_crowd(struct daemon *daemon)
{
    (void)pthread_mutex_lock(&daemon->lock);
    daemon->came++;
    (void)pthread_cond_broadcast(&daemon->all_came);
    while (daemon->came < AT_ONCE) {
        (void)pthread_cond_wait(&daemon->all_came, &daemon->lock);
    }
    (void)pthread_mutex_unlock(&daemon->lock);
}

/* An exec's id is a number; so is its exit code. */
static bool answer(struct daemon *daemon, int fd, const char *head)
{
    char body[128] = "";
    char text[256] = "";
    const char *status = "200 OK";

    if (strstr(head, "/start ") != NULL) {
        if (send_text(fd, "HTTP/1.1 101 UPGRADED\r\n\r\n")) {
            echo(fd);
        }
        return false;
    }
    if (strncmp(head, "GET /exec/crowd/", 16) == 0) {
        wait_for_crowd(daemon);
    }
    if (strncmp(head, "POST", 4) == 0) {
        status = "201 Created";
        (void)snprintf(body, sizeof(body), "{\"Id\":\"%u\"}",
                       atomic_fetch_add(&daemon->last_id, 1U) + 1U);
    } else {
        (void)snprintf(body, sizeof(body),
                       "{\"ID\":\"x\",\"Running\":false,\"ExitCode\":%lu}",
                       strtoul(head + strlen("GET /exec/"), NULL, 10));
    }
    (void)snprintf(text, sizeof(text),
                   "HTTP/1.1 %s\r\nContent-Length: %zu\r\n\r\n%s", status,
                   strlen(body), body);
    return send_text(fd, text);
}

static void *serve(void *user)
{
    struct connection *connection = user;
    char head[4096];

    while (read_request(connection->fd, head, sizeof(head)) &&
           answer(connection->daemon, connection->fd, head)) {
    }
    (void)close(connection->fd);
    free(connection);
    return NULL;
}

static void *accept_all(void *user)
{
    struct daemon *daemon = user;
    int fd = -1;

    while (daemon->count < CONNECTIONS_MAX &&
           (fd = accept(daemon->listener, NULL, NULL)) >= 0) {
        struct connection *connection = malloc(sizeof(*connection));

        if (connection == NULL) {
            abort();
        }
        *connection = (struct connection){.daemon = daemon, .fd = fd};
        if (pthread_create(&daemon->connections[daemon->count], NULL, serve,
                           connection) != 0) {
            abort();
        }
        daemon->count++;
    }
    return NULL;
}

static void start_daemon(struct daemon *daemon)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    *daemon = (struct daemon){.folder = "/tmp/dexec-threads-XXXXXX"};
    assert_int_equal(pthread_mutex_init(&daemon->lock, NULL), 0);
    assert_int_equal(pthread_cond_init(&daemon->all_came, NULL), 0);
    assert_non_null(mkdtemp(daemon->folder));
    (void)snprintf(daemon->path, sizeof(daemon->path), "%s/s", daemon->folder);
    memcpy(address.sun_path, daemon->path, strlen(daemon->path));
    daemon->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(
        bind(daemon->listener, (struct sockaddr *)&address, sizeof(address)),
        0);
    assert_int_equal(listen(daemon->listener, EXECS), 0);
    assert_int_equal(pthread_create(&daemon->thread, NULL, accept_all, daemon),
                     0);
}

/* Its clients have gone. */
static void stop_daemon(struct daemon *daemon)
{
    (void)shutdown(daemon->listener, SHUT_RDWR);
    (void)pthread_join(daemon->thread, NULL);
    for (size_t i = 0; i < daemon->count; i++) {
        (void)pthread_join(daemon->connections[i], NULL);
    }
    (void)close(daemon->listener);
    (void)pthread_cond_destroy(&daemon->all_came);
    (void)pthread_mutex_destroy(&daemon->lock);
    (void)unlink(daemon->path);
    (void)rmdir(daemon->folder);
}

/* ---- threads of execs ---- */

struct counters {
    atomic_uint requests;
    atomic_uint events;
    atomic_uint of_connection[EXECS + 1]; /* streams are numbered from 1 */
    atomic_uint strange;                  /* numbers that are none of those */
};

/* cmocka cannot fail on another thread: what went wrong is kept as text. */
struct worker {
    pthread_t thread;
    unsigned number;
    struct daemon *daemon;
    struct counters *counters;
    struct dexec_client *client; /* shared; NULL = make one */
    struct dexec_error err;
    char fault[64];
};

static bool on_request(void *user, struct dexec_request *request)
{
    struct counters *counters = user;

    atomic_fetch_add(&counters->requests, 1U);
    return dexec_request_set_header(request, "X-Test", "1", NULL) == DEXEC_OK;
}

static void on_trace(void *user, const struct dexec_trace *trace)
{
    struct counters *counters = user;

    if (trace->connection > EXECS) {
        atomic_fetch_add(&counters->strange, 1U);
    } else if (trace->event == DEXEC_TRACE_HALF_CLOSE) {
        atomic_fetch_add(&counters->of_connection[trace->connection], 1U);
    }
    atomic_fetch_add(&counters->events, 1U);
}

static enum dexec_code make_client(const struct daemon *daemon,
                                   struct counters *counters,
                                   struct dexec_client **out_client,
                                   struct dexec_error *err)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    char host[128] = "";

    (void)snprintf(host, sizeof(host), "unix://%s", daemon->path);
    options.host = host;
    options.total_timeout_ms = TIMEOUT_MS;
    options.on_request = on_request;
    options.on_request_user = counters;
    options.on_trace = on_trace;
    options.on_trace_user = counters;
    return dexec_client_new(&options, out_client, err);
}

/* The text that only exec @n of @worker writes. */
static void fill(char *text, const struct worker *worker, unsigned n)
{
    for (size_t i = 0; i < INPUT_LEN; i++) {
        text[i] = (char)('a' + (i * (worker->number + 3) + i / 7 + n) % 26);
    }
}

static enum dexec_code write_all(struct dexec_stream *stream, const char *text,
                                 struct dexec_error *err)
{
    enum dexec_code rc = DEXEC_OK;
    size_t written = 0;

    for (size_t at = 0; at < INPUT_LEN && rc == DEXEC_OK; at += written) {
        rc = dexec_stream_write(stream, text + at, INPUT_LEN - at, &written,
                                err);
    }
    return rc == DEXEC_OK ? dexec_stream_close_stdin(stream, err) : rc;
}

/* Does all of @text come back? */
static enum dexec_code read_all(struct worker *worker,
                                struct dexec_stream *stream, const char *text)
{
    struct dexec_chunk chunk = {0};
    size_t at = 0;
    enum dexec_code rc = DEXEC_OK;

    while ((rc = dexec_stream_next(stream, &chunk, &worker->err)) == DEXEC_OK &&
           chunk.kind != DEXEC_KIND_END) {
        if (chunk.len > INPUT_LEN - at ||
            memcmp(chunk.data, text + at, chunk.len) != 0) {
            (void)snprintf(worker->fault, sizeof(worker->fault),
                           "other bytes than were sent at %zu", at);
            return DEXEC_E_PROTOCOL;
        }
        at += chunk.len;
    }
    if (rc == DEXEC_OK && at != INPUT_LEN) {
        (void)snprintf(worker->fault, sizeof(worker->fault),
                       "only %zu bytes came back", at);
    }
    return rc;
}

static enum dexec_code do_streams(struct worker *worker,
                                  struct dexec_client *client, const char *id,
                                  const char *text)
{
    struct dexec_stream *stream = NULL;
    enum dexec_code rc = dexec_start(client, id, NULL, &stream, &worker->err);

    if (rc == DEXEC_OK) {
        rc = write_all(stream, text, &worker->err);
    }
    if (rc == DEXEC_OK) {
        rc = read_all(worker, stream, text);
    }
    dexec_stream_free(stream);
    return rc;
}

static enum dexec_code do_exec(struct worker *worker,
                               struct dexec_client *client, unsigned n)
{
    static const char *const cmd[] = {"cat", NULL};
    struct dexec_create_options options = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_id id;
    char text[INPUT_LEN];
    int64_t code = 0;
    enum dexec_code rc = DEXEC_OK;

    fill(text, worker, n);
    options.cmd = cmd;
    rc = dexec_create(client, "t1", &options, &id, &worker->err);
    if (rc == DEXEC_OK) {
        rc = do_streams(worker, client, id.text, text);
    }
    if (rc == DEXEC_OK) {
        rc = dexec_wait(client, id.text, TIMEOUT_MS, &code, &worker->err);
    }
    if (rc == DEXEC_OK && code != strtol(id.text, NULL, 10)) {
        (void)snprintf(worker->fault, sizeof(worker->fault),
                       "another exec's exit code");
    }
    return rc;
}

static void *work(void *user)
{
    struct worker *worker = user;
    struct dexec_client *own = NULL;
    enum dexec_code rc = DEXEC_OK;

    if (worker->client == NULL) {
        rc = make_client(worker->daemon, worker->counters, &own, &worker->err);
    }
    for (unsigned n = 0; n < EXECS_EACH && rc == DEXEC_OK; n++) {
        rc = do_exec(worker, own != NULL ? own : worker->client, n);
    }
    dexec_client_free(own);
    return NULL;
}

static void run_workers(struct daemon *daemon, struct dexec_client *shared,
                        struct counters *counters)
{
    static struct worker workers[THREADS];

    for (unsigned i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.number = i,
                                     .daemon = daemon,
                                     .counters = counters,
                                     .client = shared};
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        (void)pthread_join(workers[i].thread, NULL);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        assert_string_equal(workers[i].err.message, "");
        assert_string_equal(workers[i].fault, "");
    }
    assert_int_equal(counters->requests, EXECS * 3); /* create, start, wait */
    assert_true(counters->events > EXECS * 6);
    assert_int_equal(counters->strange, 0);
}

static void threads__client_of_its_own_for_each(void **state)
{
    struct counters counters = {0};
    struct daemon daemon;

    (void)state;
    start_daemon(&daemon);
    run_workers(&daemon, NULL, &counters);
    stop_daemon(&daemon);
    for (unsigned i = 1; i <= EXECS_EACH; i++) {
        assert_int_equal(counters.of_connection[i], THREADS);
    }
}

static void threads__one_client_for_all(void **state)
{
    struct counters counters = {0};
    struct dexec_client *client = NULL;
    struct daemon daemon;

    (void)state;
    start_daemon(&daemon);
    assert_int_equal(make_client(&daemon, &counters, &client, NULL), DEXEC_OK);
    run_workers(&daemon, client, &counters);
    dexec_client_free(client);
    stop_daemon(&daemon);
    for (unsigned i = 1; i <= EXECS; i++) {
        assert_int_equal(counters.of_connection[i], 1);
    }
}

static void *inspect_once(void *user)
{
    struct worker *worker = user;
    struct dexec_inspect *about = NULL;

    (void)dexec_inspect(worker->client, "crowd", &about, &worker->err);
    dexec_inspect_free(worker->client, about);
    return NULL;
}

/* One that was lost would hold its connection open, and with it the daemon's
 * thread, for ever. */
static void threads__more_calls_at_once_than_are_kept(void **state)
{
    static struct worker workers[AT_ONCE];
    struct counters counters = {0};
    struct dexec_client *client = NULL;
    struct daemon daemon;

    (void)state;
    start_daemon(&daemon);
    assert_int_equal(make_client(&daemon, &counters, &client, NULL), DEXEC_OK);
    for (size_t i = 0; i < AT_ONCE; i++) {
        workers[i] = (struct worker){.client = client};
        assert_int_equal(
            pthread_create(&workers[i].thread, NULL, inspect_once, &workers[i]),
            0);
    }
    for (size_t i = 0; i < AT_ONCE; i++) {
        (void)pthread_join(workers[i].thread, NULL);
    }
    dexec_client_free(client);
    stop_daemon(&daemon);
    assert_int_equal(daemon.count, AT_ONCE);
    for (size_t i = 0; i < AT_ONCE; i++) {
        assert_string_equal(workers[i].err.message, "");
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads__client_of_its_own_for_each),
        cmocka_unit_test(threads__one_client_for_all),
        cmocka_unit_test(threads__more_calls_at_once_than_are_kept),
    };

    if (dexec_global_init() != DEXEC_OK) {
        return 1;
    }
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
