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

#define REQUEST_MAX 8192 /* bytes; those of the tests are far shorter */

struct server {
    int listener;
    char host[160];
    const struct server_step *steps;
    size_t count;
    size_t served;
    pthread_t thread;
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

/* Bytes of the whole request that begins in @text; 0 = not known yet. */
static size_t request_size(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "Content-Length: ");
    size_t size = 0;

    if (end == NULL) {
        return 0;
    }
    size = (size_t)(end - text) + 4;
    if (length != NULL && length < end) {
        size += strtoul(length + strlen("Content-Length: "), NULL, 10);
    }
    return size;
}

/* Is all of a request without a body there but its last byte? */
static bool is_all_but_one(const char *text, size_t len)
{
    return len > 3 && memcmp(text + len - 3, "\r\n\r", 3) == 0 &&
           strstr(text, "Content-Length: ") == NULL;
}

/* Read a request, but for its last byte when @leaves_one: a unix socket that
 * is closed with a byte unread is reset. */
static void read_request(int fd, bool leaves_one)
{
    char text[REQUEST_MAX] = "";
    size_t len = 0;
    size_t size = 0;

    do {
        size_t wanted = size == 0 ? 1 : size - len;
        ssize_t got = recv(fd, text + len, wanted, 0);

        if (got <= 0) {
            return;
        }
        len += (size_t)got;
        size = request_size(text);
        if (leaves_one && (size == len + 1 || is_all_but_one(text, len))) {
            return;
        }
        if (leaves_one && size > len) {
            size--;
        }
    } while (len < size || (size == 0 && len < REQUEST_MAX - 1));
}

static bool send_once(int fd, const struct server_step *step)
{
    size_t segment = step->segment == 0 ? step->len : step->segment;
    bool is_sent = true;

    for (size_t at = 0; at < step->len && is_sent; at += segment) {
        size_t left = step->len - at;

        is_sent =
            send_all(fd, step->bytes + at, left < segment ? left : segment);
    }
    return is_sent;
}

static bool send_step(int fd, const struct server_step *step)
{
    bool is_sent = true;

    for (size_t turn = 0; turn <= step->repeat && is_sent; turn++) {
        is_sent = send_once(fd, step);
    }
    return is_sent;
}

static void hold(int fd)
{
    char rest[4096];

    while (recv(fd, rest, sizeof(rest), 0) > 0) {
    }
}

static void echo(int fd)
{
    char frame[8 + 4096] = {1};
    ssize_t got = 0;

    while ((got = recv(fd, frame + 8, sizeof(frame) - 8, 0)) > 0) {
        uint32_t size = htonl((uint32_t)got);

        memcpy(frame + 4, &size, sizeof(size));
        if (!send_all(fd, frame, (size_t)got + 8)) {
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
    read_request(fd, step->end == SERVER_RESETS);
    if (!send_step(fd, step)) {
        return true;
    }
    switch (step->end) {
    case SERVER_HOLDS:
        hold(fd);
        break;
    case SERVER_ECHOES:
        echo(fd);
        break;
    case SERVER_ONCE:
        return expect_new(server, fd);
    case SERVER_CLOSES:
    case SERVER_RESETS:
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

        if (fd < 0) {
            break; /* the listener was shut down */
        }
        goes_on = serve(server, fd, &server->steps[server->served]);
        (void)close(fd);
        server->served++;
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
