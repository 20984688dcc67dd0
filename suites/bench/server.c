/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <errno.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REQUEST_MAX 16384     /* bytes; the CLI's longest has under 2 KiB */
#define SEND_BUFFER (4 << 20) /* bytes; measured to be the fastest */
#define SEND_PIECE ((size_t)1 << 20)

int dry_server_listen(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = -1;

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    (void)unlink(path);
    if (fd >= 0 &&
        (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
         listen(fd, 8) != 0)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool send_text(int fd, const char *text)
{
    size_t len = strlen(text);

    return send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Bytes of the whole request that begins in @text; 0 = not known yet. */
static size_t request_size(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length: ");
    size_t size = 0;

    if (end == NULL) {
        return 0;
    }
    size = (size_t)(end - text) + 4;
    if (length != NULL && length < end) {
        size += strtoul(length + 18, NULL, 10);
    }
    return size;
}

/* All of the request with its body: a unix socket that is closed with a byte
 * unread is reset. */
static bool read_request(int fd, char *text)
{
    size_t len = 0;
    size_t size = 0;

    while (size == 0 || len < size) {
        ssize_t got = recv(fd, text + len, REQUEST_MAX - len, 0);

        if (got <= 0) { /* 0 too when there is no room left */
            return false;
        }
        len += (size_t)got;
        text[len] = '\0';
        size = request_size(text);
    }
    return true;
}

/* Wait until the client has read what was sent: docker-py loses stream bytes
 * that come together with the head. */
static void wait_for_reader(int fd)
{
    int unread = 0;

    while (ioctl(fd, SIOCOUTQ, &unread) == 0 && unread > 0) {
        (void)sched_yield();
    }
}

static void send_stream(int fd, int file)
{
    const int size = SEND_BUFFER;
    char byte = 0;
    off_t at = 0;
    ssize_t sent = 1;

    if (!send_text(fd, "HTTP/1.1 101 UPGRADED\r\n"
                       "Content-Type: application/vnd.docker."
                       "multiplexed-stream\r\n"
                       "Connection: Upgrade\r\n"
                       "Upgrade: tcp\r\n\r\n")) {
        return;
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    wait_for_reader(fd);
    while (sent > 0) {
        sent = sendfile(fd, file, &at, SEND_PIECE);
    }
    (void)shutdown(fd, SHUT_WR);
    while (recv(fd, &byte, 1, 0) > 0) { /* until the client is gone */
    }
}

static void answer(int fd, const char *request)
{
    static const struct {
        const char *part; /* of the request line */
        const char *status;
        const char *body;
    } answers[] = {
        {"/_ping", "200 OK", ""},
        {"/exec/" DRY_SERVER_EXEC "/json", "200 OK",
         "{\"ID\":\"" DRY_SERVER_EXEC "\",\"Running\":false,\"ExitCode\":0}"},
        {"/exec", "201 Created", "{\"Id\":\"" DRY_SERVER_EXEC "\"}"},
        {"/containers/", "200 OK",
         "{\"Id\":\"bench\",\"State\":{\"Running\":true},\"Config\":{}}"},
        {"", "404 Not Found", "{\"message\":\"not part of the bench\"}"},
    };
    char text[512];
    size_t i = 0;

    while (strstr(request, answers[i].part) == NULL) {
        i++;
    }
    (void)snprintf(text, sizeof(text),
                   "HTTP/1.1 %s\r\nApi-Version: 1.43\r\nOstype: linux\r\n"
                   "Content-Type: application/json\r\nConnection: close\r\n"
                   "Content-Length: %zu\r\n\r\n%s",
                   answers[i].status, strlen(answers[i].body), answers[i].body);
    (void)send_text(fd, text);
}

static void serve(int fd, int file)
{
    char request[REQUEST_MAX + 1];

    if (!read_request(fd, request)) {
        return;
    }
    request[strcspn(request, "\r")] = '\0';
    if (strstr(request, "/start ") != NULL) {
        send_stream(fd, file);
    } else {
        answer(fd, request);
    }
}

void dry_server_run(int listener, int file)
{
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0 && errno != EINTR) {
            return;
        }
        if (fd >= 0) {
            serve(fd, file);
            (void)close(fd);
        }
    }
}
