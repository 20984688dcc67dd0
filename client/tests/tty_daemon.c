/* SPDX-License-Identifier: MIT */
#include "tty_daemon.h"

#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS = 8, /* dexec has two */
    REQUEST_MAX = 8192,
    REQUESTS = 64, /* that are remembered */
    TYPED_MAX = 4096
};

struct connection {
    int fd; /* -1 = none */
    bool is_stream;
    size_t len;
    char request[REQUEST_MAX];
};

struct tty_daemon {
    struct tty_daemon_options options;
    int listener;
    int wake[2]; /* tells the thread to end */
    pthread_t thread;
    pthread_mutex_t mutex; /* of all below */
    pthread_cond_t change;
    struct connection connections[CONNECTIONS];
    char *requests[REQUESTS];
    size_t request_count;
    size_t typed_len;
    char typed[TYPED_MAX];
};

static bool send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);

        if (sent <= 0) {
            return false;
        }
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

static void answer(int fd, const char *status, const char *body)
{
    char text[512];
    int len = snprintf(text, sizeof(text),
                       "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       status, strlen(body), body);

    (void)send_all(fd, text, (size_t)len);
}

static bool has_stream(const struct tty_daemon *daemon)
{
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (daemon->connections[i].is_stream) {
            return true;
        }
    }
    return false;
}

static void answer_inspect(const struct tty_daemon *daemon, int fd)
{
    char body[128];

    if (has_stream(daemon) || daemon->options.goes_on) {
        answer(fd, "200 OK",
               "{\"ID\":\"4f2a\",\"Running\":true,\"ExitCode\":null}");
        return;
    }
    (void)snprintf(body, sizeof(body),
                   "{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":%d}",
                   daemon->options.exit_code);
    answer(fd, "200 OK", body);
}

static void answer_resize(struct tty_daemon *daemon, int fd)
{
    if (daemon->options.refused_resizes == 0) {
        answer(fd, "200 OK", "");
        return;
    }
    daemon->options.refused_resizes--;
    answer(fd, "500 Internal Server Error", "{\"message\":\"not yet\"}");
}

static void answer_start(struct connection *connection)
{
    static const char head[] =
        "HTTP/1.1 101 UPGRADED\r\n"
        "Content-Type: application/vnd.docker.raw-stream\r\n"
        "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

    connection->is_stream = true;
    (void)send_all(connection->fd, head, sizeof(head) - 1);
}

static void serve(struct tty_daemon *daemon, struct connection *connection)
{
    const char *request = connection->request;
    enum tty_daemon_silence silence = daemon->options.silence;

    if (strstr(request, "/start HTTP/") != NULL) {
        if (silence != SILENT_AT_START) {
            answer_start(connection);
        }
    } else if (strstr(request, "/json HTTP/") != NULL) {
        answer_inspect(daemon, connection->fd);
    } else if (strstr(request, "/resize?") != NULL) {
        answer_resize(daemon, connection->fd);
    } else if (silence != SILENT_AT_CREATE) {
        answer(connection->fd, "201 Created", "{\"Id\":\"4f2a\"}");
    }
}

/* Bytes of the whole request; 0 = not known yet. */
static size_t request_size(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "Content-Length: ");
    size_t size = end == NULL ? 0 : (size_t)(end - text) + 4;

    if (end != NULL && length != NULL && length < end) {
        size += strtoul(length + strlen("Content-Length: "), NULL, 10);
    }
    return size;
}

static void remember(struct tty_daemon *daemon, const char *request)
{
    if (daemon->request_count < REQUESTS) {
        daemon->requests[daemon->request_count++] = strdup(request);
    }
}

static void take_request(struct tty_daemon *daemon,
                         struct connection *connection)
{
    size_t size = 0;

    connection->request[connection->len] = '\0';
    size = request_size(connection->request);
    if (size > 0 && connection->len >= size) {
        connection->len = 0;
        remember(daemon, connection->request);
        serve(daemon, connection);
    }
}

static void take_bytes(struct tty_daemon *daemon, struct connection *connection)
{
    char *to = connection->request + connection->len;
    size_t room = REQUEST_MAX - 1 - connection->len;
    ssize_t got = 0;

    if (connection->is_stream) {
        to = daemon->typed + daemon->typed_len;
        room = TYPED_MAX - daemon->typed_len;
    }
    got = recv(connection->fd, to, room, 0);
    if (got <= 0) {
        (void)close(connection->fd);
        *connection = (struct connection){.fd = -1};
    } else if (connection->is_stream) {
        daemon->typed_len += (size_t)got;
    } else {
        connection->len += (size_t)got;
        take_request(daemon, connection);
    }
}

static void take_connection(struct tty_daemon *daemon)
{
    int fd = accept(daemon->listener, NULL, NULL);
    size_t i = 0;

    if (fd < 0) { /* it died */
        (void)close(daemon->listener);
        daemon->listener = -1;
        return;
    }
    while (i < CONNECTIONS && daemon->connections[i].fd >= 0) {
        i++;
    }
    if (i == CONNECTIONS) {
        (void)close(fd);
    } else {
        daemon->connections[i].fd = fd;
    }
}

enum { AT_LISTENER = CONNECTIONS, AT_WAKE, DESCRIPTORS };

static void choose_descriptors(struct tty_daemon *daemon,
                               struct pollfd fds[DESCRIPTORS])
{
    (void)pthread_mutex_lock(&daemon->mutex);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        fds[i] =
            (struct pollfd){.fd = daemon->connections[i].fd, .events = POLLIN};
    }
    (void)pthread_mutex_unlock(&daemon->mutex);
    fds[AT_LISTENER] =
        (struct pollfd){.fd = daemon->listener, .events = POLLIN};
    fds[AT_WAKE] = (struct pollfd){.fd = daemon->wake[0], .events = POLLIN};
}

static void serve_ready(struct tty_daemon *daemon, const struct pollfd *fds)
{
    (void)pthread_mutex_lock(&daemon->mutex);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (fds[i].revents != 0) {
            take_bytes(daemon, &daemon->connections[i]);
        }
    }
    if (fds[AT_LISTENER].revents != 0) {
        take_connection(daemon);
    }
    (void)pthread_cond_broadcast(&daemon->change);
    (void)pthread_mutex_unlock(&daemon->mutex);
}

static void *run(void *user)
{
    struct tty_daemon *daemon = user;
    struct pollfd fds[DESCRIPTORS];

    choose_descriptors(daemon, fds);
    while (poll(fds, DESCRIPTORS, -1) > 0 && fds[AT_WAKE].revents == 0) {
        serve_ready(daemon, fds);
        choose_descriptors(daemon, fds);
    }
    return NULL;
}

static bool listen_at(struct tty_daemon *daemon, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(address.sun_path)) {
        return false;
    }
    memcpy(address.sun_path, path, strlen(path));
    daemon->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    return daemon->listener >= 0 &&
           bind(daemon->listener, (struct sockaddr *)&address,
                sizeof(address)) == 0 &&
           listen(daemon->listener, CONNECTIONS) == 0;
}

struct tty_daemon *tty_daemon_start(const char *path,
                                    const struct tty_daemon_options *options)
{
    struct tty_daemon *daemon = calloc(1, sizeof(*daemon));

    if (daemon == NULL) {
        return NULL;
    }
    daemon->options = *options;
    daemon->listener = -1;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        daemon->connections[i].fd = -1;
    }
    if (pipe(daemon->wake) != 0 || !listen_at(daemon, path) ||
        pthread_mutex_init(&daemon->mutex, NULL) != 0 ||
        pthread_cond_init(&daemon->change, NULL) != 0 ||
        pthread_create(&daemon->thread, NULL, run, daemon) != 0) {
        (void)close(daemon->listener);
        free(daemon);
        return NULL;
    }
    return daemon;
}

/* The thread may wait on a descriptor: it sees the end and closes. */
static void shut_down(struct tty_daemon *daemon, bool streams_only)
{
    for (size_t i = 0; i < CONNECTIONS; i++) {
        struct connection *connection = &daemon->connections[i];

        if (connection->fd >= 0 && (connection->is_stream || !streams_only)) {
            (void)shutdown(connection->fd, SHUT_RDWR);
            connection->is_stream = false;
        }
    }
}

void tty_daemon_stop(struct tty_daemon *daemon)
{
    if (daemon == NULL) {
        return;
    }
    (void)close(daemon->wake[1]);
    (void)pthread_join(daemon->thread, NULL);
    (void)close(daemon->wake[0]);
    (void)close(daemon->listener);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (daemon->connections[i].fd >= 0) {
            (void)close(daemon->connections[i].fd);
        }
    }
    for (size_t i = 0; i < daemon->request_count; i++) {
        free(daemon->requests[i]);
    }
    (void)pthread_cond_destroy(&daemon->change);
    (void)pthread_mutex_destroy(&daemon->mutex);
    free(daemon);
}

static unsigned count_requests(const struct tty_daemon *daemon,
                               const char *text)
{
    unsigned count = 0;

    for (size_t i = 0; i < daemon->request_count; i++) {
        count += strstr(daemon->requests[i], text) != NULL;
    }
    return count;
}

static struct timespec wait_deadline(void)
{
    struct timespec deadline = {0};

    (void)clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += TTY_DAEMON_WAIT_MS / 1000;
    return deadline;
}

bool tty_daemon_wait(struct tty_daemon *daemon, const char *text,
                     unsigned count)
{
    const struct timespec deadline = wait_deadline();
    bool is_in_time = true;
    bool has_come = false;

    (void)pthread_mutex_lock(&daemon->mutex);
    while (!(has_come = count_requests(daemon, text) >= count) && is_in_time) {
        is_in_time = pthread_cond_timedwait(&daemon->change, &daemon->mutex,
                                            &deadline) == 0;
    }
    (void)pthread_mutex_unlock(&daemon->mutex);
    return has_come;
}

unsigned tty_daemon_count(struct tty_daemon *daemon, const char *text)
{
    unsigned count = 0;

    (void)pthread_mutex_lock(&daemon->mutex);
    count = count_requests(daemon, text);
    (void)pthread_mutex_unlock(&daemon->mutex);
    return count;
}

bool tty_daemon_wait_typed(struct tty_daemon *daemon, const void *typed,
                           size_t len)
{
    const struct timespec deadline = wait_deadline();
    bool is_in_time = true;
    bool is_equal = false;

    (void)pthread_mutex_lock(&daemon->mutex);
    while (daemon->typed_len < len && is_in_time) {
        is_in_time = pthread_cond_timedwait(&daemon->change, &daemon->mutex,
                                            &deadline) == 0;
    }
    is_equal =
        daemon->typed_len == len && memcmp(daemon->typed, typed, len) == 0;
    (void)pthread_mutex_unlock(&daemon->mutex);
    return is_equal;
}

bool tty_daemon_write(struct tty_daemon *daemon, const void *data, size_t len)
{
    int fd = -1;

    (void)pthread_mutex_lock(&daemon->mutex);
    for (size_t i = 0; i < CONNECTIONS; i++) {
        if (daemon->connections[i].is_stream) {
            fd = daemon->connections[i].fd;
        }
    }
    (void)pthread_mutex_unlock(&daemon->mutex);
    return fd >= 0 && send_all(fd, data, len);
}

void tty_daemon_refuse_resizes(struct tty_daemon *daemon, unsigned count)
{
    (void)pthread_mutex_lock(&daemon->mutex);
    daemon->options.refused_resizes = count;
    (void)pthread_mutex_unlock(&daemon->mutex);
}

void tty_daemon_end(struct tty_daemon *daemon)
{
    (void)pthread_mutex_lock(&daemon->mutex);
    shut_down(daemon, true);
    (void)pthread_mutex_unlock(&daemon->mutex);
}

void tty_daemon_die(struct tty_daemon *daemon)
{
    (void)pthread_mutex_lock(&daemon->mutex);
    (void)shutdown(daemon->listener, SHUT_RDWR);
    shut_down(daemon, false);
    (void)pthread_mutex_unlock(&daemon->mutex);
}
