/* SPDX-License-Identifier: MIT */
/*
 * http.c - the only file that includes microhttpd.
 *
 * A connection is hijacked by suspending it and writing to its descriptor
 * beneath libmicrohttpd; resumed, its handler refuses, and libmicrohttpd
 * closes it. Bytes that came together with the request's body are lost then,
 * as they are with Docker.
 */
#include "http.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <microhttpd.h>

#include "bounds.h"
#include "journal.h"

#define KEPT_ANSWERS 64     /* of one server */
#define KEPT_BODY_MAX 16384 /* bytes; a longer one is made anew each time */

/* A response as it was last given for a rule: most are the same each time, and
 * to make one takes longer than to choose it. */
struct kept {
    const struct md_rule *rule;
    bool is_head;
    struct md_buf body;
    struct MHD_Response *response; /* NULL = none is kept */
};

struct md_http {
    struct MHD_Daemon *daemon;
    int nothing;       /* a socket that stands for connections that are gone */
    uint64_t detached; /* open connections that were taken from the server */
    uint64_t leaving;  /* those of them that it still counts */
    struct kept kept[KEPT_ANSWERS];
    struct md_http_options options;
};

struct request {
    struct md_http *http;
    struct MHD_Connection *connection;
    char *target;
    struct md_buf body;
    bool is_seen;     /* the handler was called once */
    bool is_too_long; /* the body */
    bool is_broken;   /* no memory for the body */
    bool is_hijacked;
    bool is_detached;
    struct md_exec *inspected; /* an inspect of this one, or NULL ... */
    uint64_t releases;         /* ... while the execs are those */
};

/* Called with the request line's target, before anything else. */
static void *begin_request(void *cls, const char *target,
                           struct MHD_Connection *connection)
{
    struct request *request = calloc(1, sizeof(*request));

    if (request == NULL) {
        return NULL;
    }
    *request = (struct request){.http = cls,
                                .connection = connection,
                                .target = strdup(target),
                                .body = {.max = MD_REQUEST_BODY_MAX}};
    if (request->target == NULL) {
        free(request);
        return NULL;
    }
    return request;
}

/* Its whole answer is out: a start may be waiting for that. */
static void note_inspect(const struct request *request)
{
    struct md_engine *engine = request->http->options.engine;

    if (request->inspected != NULL &&
        request->releases == engine->execs.releases) {
        request->inspected->inspects++;
        engine->has_resized |= engine->faults.first != NULL;
    }
}

static void end_request(void *cls, struct MHD_Connection *connection,
                        void **con_cls, enum MHD_RequestTerminationCode why)
{
    struct request *request = *con_cls;

    (void)cls;
    (void)connection;
    (void)why;
    if (request != NULL) {
        note_inspect(request);
        request->http->leaving -= request->is_detached;
        md_buf_release(&request->body);
        free(request->target);
        free(request);
        *con_cls = NULL;
    }
}

static void discard_log(void *cls, const char *fmt, va_list args)
    MD_PRINTF(2, 0);

static void discard_log(void *cls, const char *fmt, va_list args)
{
    (void)cls;
    (void)fmt;
    (void)args;
}

/* libmicrohttpd makes its own of these. */
static bool is_sent_by_library(const char *line)
{
    static const char *const names[] = {
        "Content-Length:", "Date:", "Connection:", "Transfer-Encoding:"};

    if (strchr("CcDdTt", line[0]) == NULL) {
        return false; /* most of them, at a glance */
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncasecmp(line, names[i], strlen(names[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool add_line(struct MHD_Response *response, const char *line)
{
    const char *colon = strchr(line, ':');
    const char *value = colon == NULL ? NULL : colon + 1;
    size_t len = colon == NULL ? 0 : (size_t)(colon - line);
    char room[128]; /* for any usual name */
    char *name = room;

    if (colon == NULL || is_sent_by_library(line)) {
        return true;
    }
    if (len >= sizeof(room)) {
        name = malloc(len + 1);
    }
    if (name == NULL) {
        return false;
    }
    memcpy(name, line, len);
    name[len] = '\0';
    value += strspn(value, " \t");
    /* a value that libmicrohttpd refuses, such as an empty one, is left out */
    (void)MHD_add_response_header(response, name, value);
    if (name != room) {
        free(name);
    }
    return true;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the library's signature */
static ssize_t no_body(void *cls, uint64_t pos, char *buf, size_t max)
{
    (void)cls;
    (void)pos;
    (void)buf;
    (void)max;
    return MHD_CONTENT_READER_END_OF_STREAM;
}

/* A HEAD that was recorded states a length and has no body to count. */
static bool stated_length(const struct md_answer *answer, uint64_t *out_len)
{
    static const char name[] = "Content-Length:";

    for (size_t i = 0; i < answer->line_count; i++) {
        const char *line = answer->lines[i];

        if (strncasecmp(line, name, strlen(name)) == 0) {
            *out_len = strtoull(line + strlen(name), NULL, 10);
            return true;
        }
    }
    return false;
}

static struct MHD_Response *make_response(struct md_answer *answer,
                                          bool is_head)
{
    struct MHD_Response *response = NULL;
    uint64_t len = 0;

    if (is_head && answer->body.len == 0 && stated_length(answer, &len) &&
        len > 0 && len <= MD_PAYLOAD_MAX) {
        response =
            MHD_create_response_from_callback(len, 1, no_body, NULL, NULL);
    } else {
        response = MHD_create_response_from_buffer(
            answer->body.len, answer->body.data, MHD_RESPMEM_MUST_COPY);
    }
    for (size_t i = 0; response != NULL && i < answer->line_count; i++) {
        if (!add_line(response, answer->lines[i])) {
            MHD_destroy_response(response);
            return NULL;
        }
    }
    return response;
}

static void release_kept(struct kept *kept)
{
    if (kept->response != NULL) {
        MHD_destroy_response(kept->response);
    }
    md_buf_release(&kept->body);
    *kept = (struct kept){0};
}

/* Where the answer may be kept; NULL when it is not the rule's as it stands. */
static struct kept *place_of(struct md_http *http,
                             const struct md_answer *answer)
{
    const struct md_rule *rule = answer->rule;

    if (rule == NULL || answer->lines != rule->reply_head.lines + 1 ||
        answer->body.len > KEPT_BODY_MAX) {
        return NULL;
    }
    return &http->kept[(uintptr_t)rule / sizeof(*rule) % KEPT_ANSWERS];
}

static bool is_kept(const struct kept *kept, const struct md_answer *answer,
                    bool is_head)
{
    return kept->response != NULL && kept->rule == answer->rule &&
           kept->is_head == is_head && kept->body.len == answer->body.len &&
           (kept->body.len == 0 ||
            memcmp(kept->body.data, answer->body.data, kept->body.len) == 0);
}

/* @response is the place's from then on; without memory it is not kept. */
static void keep(struct kept *kept, const struct md_answer *answer,
                 bool is_head, struct MHD_Response *response)
{
    release_kept(kept);
    kept->body.max = KEPT_BODY_MAX;
    if (answer->body.len == 0 ||
        md_buf_add(&kept->body, answer->body.data, answer->body.len)) {
        kept->rule = answer->rule;
        kept->is_head = is_head;
        kept->response = response;
    }
}

static enum MHD_Result queue(struct request *request,
                             const struct md_answer *answer,
                             struct MHD_Response *response)
{
    return MHD_queue_response(request->connection, (unsigned)answer->status,
                              response);
}

static enum MHD_Result send_reply(struct request *request, const char *method,
                                  struct md_answer *answer)
{
    bool is_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    struct kept *kept = place_of(request->http, answer);
    struct MHD_Response *response = NULL;
    enum MHD_Result result = MHD_NO;

    if (kept != NULL && is_kept(kept, answer, is_head)) {
        return queue(request, answer, kept->response);
    }
    response = make_response(answer, is_head);
    if (response == NULL) {
        return MHD_NO;
    }
    result = queue(request, answer, response);
    if (kept != NULL) {
        keep(kept, answer, is_head, response);
    }
    if (kept == NULL || kept->response != response) {
        MHD_destroy_response(response);
    }
    return result;
}

static enum MHD_Result hijack(struct request *request,
                              const struct md_answer *answer)
{
    const struct md_http_options *options = &request->http->options;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    if (info == NULL) {
        return MHD_NO;
    }
    request->is_hijacked = true;
    MHD_suspend_connection(request->connection);
    if (!options->on_stream(options->on_stream_user, answer, info->connect_fd,
                            request)) {
        md_http_give_back(request);
    }
    return MHD_YES;
}

/* Number each connection; the engine counts those of all listeners. */
static void count_connection(void *cls, struct MHD_Connection *connection,
                             void **socket_context,
                             enum MHD_ConnectionNotificationCode code)
{
    struct md_http *http = cls;

    (void)connection;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        http->options.engine->connections++;
        /* not a pointer: a number as wide as one */
        *socket_context = (void *)http->options.engine->connections;
    }
}

static uint64_t number_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info == NULL ? 0 : (uintptr_t)info->socket_context;
}

static void note_request(const struct request *request, uint64_t connection,
                         const struct md_request *asked)
{
    struct md_noted_request noted = {.connection = connection,
                                     .method = asked->method,
                                     .target = asked->target,
                                     .body = asked->body,
                                     .body_len = asked->body_len};

    for (size_t i = 0; i < MD_NOTED_HEADERS; i++) {
        noted.values[i] = MHD_lookup_connection_value(
            request->connection, MHD_HEADER_KIND, md_noted_headers[i]);
    }
    md_journal_request(request->http->options.engine->journal, &noted);
}

static enum MHD_Result answer_request(struct request *request,
                                      const char *method)
{
    struct md_answer answer = {0};
    struct md_request asked = {
        .method = method,
        .target = request->target,
        .body = request->body.data,
        .body_len = request->body.len,
        .has_upgrade =
            MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND,
                                        "Upgrade") != NULL};
    enum MHD_Result result = MHD_NO;

    answer.connection = number_of(request->connection);
    note_request(request, answer.connection, &asked);
    if (request->is_too_long) {
        char text[128];

        (void)snprintf(text, sizeof(text),
                       "mockd: the request's body is over %d bytes",
                       MD_REQUEST_BODY_MAX);
        md_answer_trouble(&answer, 413, text);
    } else {
        md_engine_answer(request->http->options.engine, &asked, &answer);
    }
    md_journal_answer(request->http->options.engine->journal, &answer);
    answer.call = md_on_call_of(method, request->target, answer.is_stream);
    request->inspected = answer.call == MD_ON_INSPECT ? answer.subject : NULL;
    request->releases = request->http->options.engine->execs.releases;
    answer.is_head = strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    answer.is_faulted =
        md_faults_want(&request->http->options.engine->faults, answer.call);
    result = answer.is_stream || answer.is_faulted
                 ? hijack(request, &answer)
                 : send_reply(request, method, &answer);
    md_answer_release(&answer);
    return result;
}

static void collect_body(struct request *request, const char *data, size_t len)
{
    if (len > request->body.max - request->body.len) {
        request->is_too_long = true;
    } else if (!md_buf_add(&request->body, data, len)) {
        request->is_broken = true;
    }
}

/* NOLINTNEXTLINE(readability-function-size): the library's signature */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection,
                              const char *url, const char *method,
                              const char *version, const char *upload_data,
                              size_t *upload_data_size, void **con_cls)
{
    struct request *request = *con_cls;

    (void)cls;
    (void)connection;
    (void)url;
    (void)version;
    if (request == NULL || request->is_hijacked || request->is_broken) {
        return MHD_NO;
    }
    if (!request->is_seen) {
        request->is_seen = true;
        return MHD_YES;
    }
    if (*upload_data_size > 0) {
        collect_body(request, upload_data, *upload_data_size);
        *upload_data_size = 0;
        return MHD_YES;
    }
    return answer_request(request, method);
}

/* What is left when the daemon is stopped. */
static void release(struct md_http *http)
{
    for (size_t i = 0; i < KEPT_ANSWERS; i++) {
        release_kept(&http->kept[i]);
    }
    if (http->nothing >= 0) {
        (void)close(http->nothing);
    }
    free(http);
}

enum mockd_code md_http_start(const struct md_http_options *options,
                              struct md_http **out_http,
                              struct mockd_error *err)
{
    struct md_http *http = calloc(1, sizeof(*http));
    struct MHD_OptionItem listening[] = {
        {options->listen_fd < 0 ? MHD_OPTION_END : MHD_OPTION_LISTEN_SOCKET,
         options->listen_fd, NULL},
        {MHD_OPTION_END, 0, NULL}};
    unsigned flags =
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

    if (http == NULL) {
        return md_fail_nomem(err);
    }
    http->options = *options;
    http->nothing =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (!options->has_date) {
        flags |= MHD_USE_SUPPRESS_DATE_NO_CLOCK;
    }
    if (options->listen_fd < 0) {
        flags |= MHD_USE_NO_LISTEN_SOCKET;
    }
    http->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle, http, MHD_OPTION_EXTERNAL_LOGGER,
        discard_log, NULL, MHD_OPTION_ARRAY, listening,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MD_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MD_CONNECTION_MEMORY,
        MHD_OPTION_URI_LOG_CALLBACK, begin_request, http,
        MHD_OPTION_NOTIFY_COMPLETED, end_request, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, count_connection, http, MHD_OPTION_END);
    if (http->daemon == NULL || http->nothing < 0) {
        release(http);
        return md_fail(err, MOCKD_E_SYSTEM,
                       "the HTTP server could not be started: %s",
                       strerror(errno));
    }
    *out_http = http;
    return MOCKD_OK;
}

void md_http_stop(struct md_http *http)
{
    if (http != NULL) {
        MHD_stop_daemon(http->daemon);
        release(http);
    }
}

int md_http_fd(const struct md_http *http)
{
    return MHD_get_daemon_info(http->daemon, MHD_DAEMON_INFO_EPOLL_FD)
        ->epoll_fd;
}

int md_http_timeout_ms(const struct md_http *http)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms = 0;

    if (http == NULL || MHD_get_timeout(http->daemon, &timeout_ms) != MHD_YES) {
        return -1;
    }
    return timeout_ms < INT_MAX ? (int)timeout_ms : INT_MAX;
}

void md_http_run(struct md_http *http)
{
    if (http != NULL) {
        (void)MHD_run(http->daemon);
    }
}

int md_http_take_listener(struct md_http *http)
{
    return MHD_quiesce_daemon(http->daemon);
}

void md_http_add(struct md_http *http, int fd, const struct sockaddr *address,
                 socklen_t len)
{
    /* it closes the descriptor itself when it refuses */
    (void)MHD_add_connection(http->daemon, fd, address, len);
}

uint64_t md_http_count(const struct md_http *http)
{
    return MHD_get_daemon_info(http->daemon,
                               MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
               ->num_connections -
           http->leaving + http->detached;
}

/* The library shuts down and closes the descriptor it knows: that one stands
 * for another socket by then. */
int md_http_detach(void *connection, struct md_http **out_http)
{
    struct request *request = connection;
    struct md_http *http = request->http;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        request->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int fd = info == NULL || http->detached >= MD_CONNECTIONS_MAX
                 ? -1
                 : fcntl(info->connect_fd, F_DUPFD_CLOEXEC, 0);

    if (fd < 0) {
        return -1;
    }
    if (dup2(http->nothing, info->connect_fd) < 0) {
        (void)close(fd);
        return -1;
    }
    (void)fcntl(info->connect_fd, F_SETFD, FD_CLOEXEC);
    request->is_detached = true;
    http->detached++;
    http->leaving++;
    *out_http = http;
    MHD_resume_connection(request->connection);
    return fd;
}

void md_http_let_go(struct md_http *http)
{
    http->detached--;
}

void md_http_give_back(void *connection)
{
    struct request *request = connection;

    MHD_resume_connection(request->connection);
}
