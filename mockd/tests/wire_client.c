/* SPDX-License-Identifier: MIT */
#include "wire_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WAIT_MS 10000
#define PAGE 65536

static int connect_to(const struct sockaddr *address, socklen_t len)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, address, len) != 0) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

int wire_connect(const char *url)
{
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    struct sockaddr_in tcp = {.sin_family = AF_INET};

    if (strncmp(url, "unix://", 7) == 0) {
        (void)snprintf(path.sun_path, sizeof(path.sun_path), "%s", url + 7);
        return connect_to((const struct sockaddr *)&path, sizeof(path));
    }
    tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    tcp.sin_port = htons((uint16_t)strtoul(strrchr(url, ':') + 1, NULL, 10));
    return connect_to((const struct sockaddr *)&tcp, sizeof(tcp));
}

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

bool wire_send(int fd, const char *text)
{
    return send_all(fd, text, strlen(text));
}

bool wire_request(int fd, const char *method, const char *target,
                  const char *body, bool has_upgrade)
{
    char head[1024];

    (void)snprintf(head, sizeof(head),
                   "%s %s HTTP/1.1\r\nHost: d\r\n%s"
                   "Content-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n",
                   method, target,
                   has_upgrade ? "Connection: Upgrade\r\nUpgrade: tcp\r\n" : "",
                   body == NULL ? 0 : strlen(body));
    return wire_send(fd, head) && (body == NULL || wire_send(fd, body));
}

static bool wait_readable(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};

    return poll(&wait, 1, WAIT_MS) == 1;
}

bool wire_read_until(int fd, char *out, size_t size, const char *end)
{
    size_t used = 0;

    out[0] = '\0';
    while (strstr(out, end) == NULL) {
        ssize_t got = -1;

        if (used + 1 == size || !wait_readable(fd)) {
            return false;
        }
        got = recv(fd, out + used, size - used - 1, 0);
        if (got <= 0) {
            return false;
        }
        used += (size_t)got;
        out[used] = '\0';
    }
    return true;
}

size_t wire_read_all(int fd, char *out, size_t size, int *out_errno)
{
    static char page[PAGE];
    size_t total = 0;
    size_t kept = 0;

    *out_errno = 0;
    for (;;) {
        ssize_t got = wait_readable(fd) ? recv(fd, page, sizeof(page), 0) : -1;
        size_t keep = size - 1 - kept;

        if (got <= 0) {
            *out_errno = got < 0 ? errno : 0;
            out[kept] = '\0';
            return total;
        }
        keep = (size_t)got < keep ? (size_t)got : keep;
        memcpy(out + kept, page, keep);
        kept += keep;
        total += (size_t)got;
    }
}

static bool has_whole_body(const char *text)
{
    const char *head_end = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "Content-Length: ");

    if (head_end == NULL) {
        return false;
    }
    return length == NULL || length > head_end ||
           strlen(head_end + 4) >= strtoul(length + 16, NULL, 10);
}

int wire_ask_on(int fd, const char *method, const char *target,
                const char *body, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    if (!wire_request(fd, method, target, body, false)) {
        return 0;
    }
    while (!has_whole_body(out)) {
        ssize_t got = -1;

        if (used + 1 < size && wait_readable(fd)) {
            got = recv(fd, out + used, size - used - 1, 0);
        }
        if (got <= 0) {
            return 0;
        }
        used += (size_t)got;
        out[used] = '\0';
    }
    return (int)strtol(out + strlen("HTTP/1.1 "), NULL, 10);
}

int wire_ask(const char *url, const char *method, const char *target,
             const char *body, char *out, size_t size)
{
    int fd = wire_connect(url);
    int status = fd < 0 ? 0 : wire_ask_on(fd, method, target, body, out, size);

    if (fd >= 0) {
        (void)close(fd);
    }
    return status;
}
