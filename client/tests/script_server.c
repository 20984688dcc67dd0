/* SPDX-License-Identifier: MIT */
#include "script_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUEST_MAX 8192 /* bytes of a head; the longest path has 3328 */
#define SMALL_BUFFER                                                           \
    4096 /* bytes; the system makes the least possible of it                   \
          */

struct server {
    int listener;
    char host[160];
    const struct server_step *steps;
    size_t count;
    size_t served;
    pthread_t thread;
};

static bool send_all(int fd, const struct server_step *step, const char *data,
                     size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, data, len, MSG_NOSIGNAL);

        if (sent <= 0) {
            return false;
        }
        if (step->seen != NULL) {
            step->seen->sent += (size_t)sent;
        }
        data += sent;
        len -= (size_t)sent;
    }
    return true;
}

static size_t body_size(const char *head)
{
    const char *length = strstr(head, "Content-Length: ");

    return length == NULL
               ? 0
               : strtoul(length + strlen("Content-Length: "), NULL, 10);
}

/* Read up to the empty line, or up to all but the last byte of it when there
 * is no body and @leaves_one. Returns false when the client went away. */
static bool read_head(int fd, bool leaves_one, char *head)
{
    size_t len = 0;

    while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0) {
        if (leaves_one && len > 3 && memcmp(head + len - 3, "\r\n\r", 3) == 0 &&
            body_size(head) == 0) {
            return true;
        }
        if (len == REQUEST_MAX - 1 || recv(fd, head + len, 1, 0) != 1) {
            return false;
        }
        len++;
    }
    return true;
}

static void skip(int fd, size_t len)
{
    char piece[65536];

    while (len > 0) {
        ssize_t got =
            recv(fd, piece, len < sizeof(piece) ? len : sizeof(piece), 0);

        if (got <= 0) {
            return;
        }
        len -= (size_t)got;
    }
}

/* Read a request, but for its last byte when it shall be reset: a unix socket
 * that is closed with a byte unread is. */
static void read_request(int fd, const struct server_step *step)
{
    char head[REQUEST_MAX] = "";
    bool leaves_one = step->end == SERVER_RESETS;
    size_t left = 0;

    if (!read_head(fd, leaves_one, head)) {
        return;
    }
    left = body_size(head);
    if (step->seen != NULL) {
        (void)snprintf(step->seen->line, sizeof(step->seen->line), "%.*s",
                       (int)strcspn(head, "\r"), head);
        memcpy(step->seen->head, head, sizeof(step->seen->head));
        step->seen->body_len = left;
    }
    if (!step->leaves_body) {
        skip(fd, leaves_one && left > 0 ? left - 1 : left);
    }
}

static bool send_once(int fd, const struct server_step *step)
{
    size_t segment = step->segment == 0 ? step->len : step->segment;
    bool is_sent = true;

    for (size_t at = 0; at < step->len && is_sent; at += segment) {
        size_t left = step->len - at;

        is_sent = send_all(fd, step, step->bytes + at,
                           left < segment ? left : segment);
    }
    return is_sent;
}

static void hold(int fd)
{
    char rest[4096];

    while (recv(fd, rest, sizeof(rest), 0) > 0) {
    }
}

/* What had come is taken, so that the close is not a reset. */
static void turn_deaf(int fd)
{
    char byte = 0;

    (void)recv(fd, &byte, 1, 0);
    (void)shutdown(fd, SHUT_RD);
    hold(fd);
}

static void keep_little_on_its_way(int fd)
{
    int size = SMALL_BUFFER;

    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static bool send_step(int fd, const struct server_step *step)
{
    bool is_sent = true;

    if (step->then_times == SERVER_ENDLESS) {
        keep_little_on_its_way(fd);
    }
    for (size_t turn = 0; turn <= step->repeat && is_sent; turn++) {
        is_sent = send_once(fd, step);
    }
    if (step->turns_deaf) {
        turn_deaf(fd);
    }
    for (size_t turn = 0; turn < step->then_times && is_sent; turn++) {
        is_sent = send_all(fd, step, step->then, step->then_len);
    }
    return is_sent && send_all(fd, step, step->last, step->last_len);
}

static void echo(int fd, const struct server_step *step)
{
    char frame[8 + 4096] = {1};
    ssize_t got = 0;

    while ((got = recv(fd, frame + 8, sizeof(frame) - 8, 0)) > 0) {
        uint32_t size = htonl((uint32_t)got);

        memcpy(frame + 4, &size, sizeof(size));
        if (!send_all(fd, step, frame, (size_t)got + 8)) {
            return;
        }
    }
}

/* Returns false when a second request came before a new connection. */
static bool expect_new(const struct server *server, int fd)
{
    struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
                           {.fd = server->listener, .events = POLLIN}};

    (void)poll(fds, 2, -1);
    return fds[1].revents != 0;
}

/* Returns false at the script's end. */
static bool serve(const struct server *server, int fd,
                  const struct server_step *step)
{
    read_request(fd, step);
    if (!send_step(fd, step)) {
        return true;
    }
    switch (step->end) {
    case SERVER_HOLDS:
        hold(fd);
        break;
    case SERVER_ECHOES:
        echo(fd, step);
        break;
    case SERVER_ONCE:
        return expect_new(server, fd);
    case SERVER_CLOSES:
    case SERVER_RESETS:
    case SERVER_STAYS:
        break;
    }
    return true;
}

static void *run(void *user)
{
    struct server *server = user;
    bool goes_on = true;

    while (goes_on && server->served < server->count) {
        int fd = accept(server->listener, NULL, NULL);
        const struct server_step *step = NULL;

        if (fd < 0) {
            break; /* the listener was shut down */
        }
        do {
            step = &server->steps[server->served];
            goes_on = serve(server, fd, step);
            server->served++;
        } while (goes_on && step->end == SERVER_STAYS &&
                 server->served < server->count);
        (void)close(fd);
    }
    (void)shutdown(server->listener, SHUT_RDWR);
    return NULL;
}

static bool listen_unix(struct server *server, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(address.sun_path)) {
        return false;
    }
    memcpy(address.sun_path, path, strlen(path));
    (void)snprintf(server->host, sizeof(server->host), "unix://%s", path);
    server->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    return server->listener >= 0 &&
           bind(server->listener, (struct sockaddr *)&address,
                sizeof(address)) == 0 &&
           listen(server->listener, 8) == 0;
}

static bool listen_tcp(struct server *server)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);

    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (server->listener < 0 ||
        bind(server->listener, (struct sockaddr *)&address, len) != 0 ||
        listen(server->listener, 8) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&address, &len) != 0) {
        return false;
    }
    (void)snprintf(server->host, sizeof(server->host), "tcp://127.0.0.1:%u",
                   (unsigned)ntohs(address.sin_port));
    return true;
}

struct server *server_start(const char *path, const struct server_step *steps,
                            size_t count)
{
    struct server *server = calloc(1, sizeof(*server));

    if (server == NULL) {
        return NULL;
    }
    server->listener = -1;
    server->steps = steps;
    server->count = count;
    if (!(path != NULL ? listen_unix(server, path) : listen_tcp(server)) ||
        pthread_create(&server->thread, NULL, run, server) != 0) {
        (void)close(server->listener);
        free(server);
        return NULL;
    }
    return server;
}

const char *server_host(const struct server *server)
{
    return server->host;
}

size_t server_stop(struct server *server)
{
    size_t served = 0;

    if (server == NULL) {
        return 0;
    }
    (void)shutdown(server->listener, SHUT_RDWR);
    (void)pthread_join(server->thread, NULL);
    (void)close(server->listener);
    served = server->served;
    free(server);
    return served;
}
