/* SPDX-License-Identifier: MIT */
/* wire.c - a raw connection to a daemon: bytes out, bytes in, deadlines. */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"

#define HOST_MAX 256 /* bytes; a DNS name has 253 */

static int fd_of(const struct dry_wire *wire)
{
    return wire->fd_plus_one - 1;
}

__attribute__((format(printf, 3, 4))) static enum dry_wire_code
say(struct dry_wire *wire, enum dry_wire_code code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(wire->message, sizeof(wire->message), format, arguments);
    va_end(arguments);
    return code;
}

static enum dry_wire_code wait_for(struct dry_wire *wire, short events,
                                   uint64_t deadline_ms)
{
    struct pollfd watched = {.fd = fd_of(wire), .events = events};
    int ready = 0;

    do {
        ready = poll(&watched, 1, dry_ms_left(deadline_ms));
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) {
        return say(wire, DRY_WIRE_TIMEOUT, "the deadline passed");
    }
    return DRY_WIRE_OK;
}

static enum dry_wire_code connect_to(struct dry_wire *wire, const char *url,
                                     const struct sockaddr *address,
                                     socklen_t len)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return say(wire, DRY_WIRE_CONNECT, "connect to %s: %s", url,
                   strerror(errno));
    }
    wire->fd_plus_one = fd + 1;
    if (connect(fd, address, len) != 0) {
        int cause = errno;

        dry_wire_close(wire);
        return say(wire, DRY_WIRE_CONNECT, "connect to %s: %s", url,
                   strerror(cause));
    }
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    return DRY_WIRE_OK;
}

static enum dry_wire_code open_unix(struct dry_wire *wire, const char *url,
                                    const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (path[0] == '\0' || strlen(path) >= sizeof(address.sun_path)) {
        return say(wire, DRY_WIRE_ADDRESS,
                   "host %s: a socket path has 1 to %zu bytes", url,
                   sizeof(address.sun_path) - 1);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    return connect_to(wire, url, (const struct sockaddr *)&address,
                      sizeof(address));
}

/* Splits "HOST:PORT" or "[HOST]:PORT"; false when it is neither. */
static bool split_address(const char *text, char host[HOST_MAX],
                          const char **out_port)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon == NULL ? 0 : (size_t)(colon - text);

    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len == 0 || len >= HOST_MAX || colon[1] == '\0') {
        return false;
    }
    memcpy(host, text, len);
    host[len] = '\0';
    *out_port = colon + 1;
    return true;
}

static enum dry_wire_code open_tcp(struct dry_wire *wire, const char *url,
                                   const char *address)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    enum dry_wire_code code = DRY_WIRE_CONNECT;
    char host[HOST_MAX];
    const char *port = NULL;
    int failure = 0;

    if (!split_address(address, host, &port)) {
        return say(wire, DRY_WIRE_ADDRESS, "host %s: expected HOST:PORT", url);
    }
    failure = getaddrinfo(host, port, &hints, &found);
    if (failure != 0) {
        return say(wire, DRY_WIRE_CONNECT, "look up %s: %s", url,
                   gai_strerror(failure));
    }
    for (struct addrinfo *at = found; at != NULL && code != DRY_WIRE_OK;
         at = at->ai_next) {
        code = connect_to(wire, url, at->ai_addr, at->ai_addrlen);
    }
    freeaddrinfo(found);
    return code;
}

enum dry_wire_code dry_wire_open(struct dry_wire *wire, const char *url,
                                 uint64_t deadline_ms)
{
    static const struct {
        const char *prefix;
        enum dry_wire_code (*open)(struct dry_wire *, const char *,
                                   const char *);
    } schemes[] = {
        {"unix://", open_unix}, {"tcp://", open_tcp}, {"http://", open_tcp}};

    (void)deadline_ms; /* both kinds connect at once or not at all */
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i].prefix);

        if (strncmp(url, schemes[i].prefix, len) == 0) {
            return schemes[i].open(wire, url, url + len);
        }
    }
    return say(wire, DRY_WIRE_ADDRESS,
               "host %s: expected unix:///PATH, tcp://HOST:PORT or "
               "http://HOST:PORT",
               url);
}

enum dry_wire_code dry_wire_send(struct dry_wire *wire, const void *data,
                                 size_t len, uint64_t deadline_ms)
{
    const unsigned char *bytes = data;
    enum dry_wire_code code = DRY_WIRE_OK;

    while (len > 0 && code == DRY_WIRE_OK) {
        ssize_t sent = send(fd_of(wire), bytes, len, MSG_NOSIGNAL);

        if (sent >= 0) {
            bytes += sent;
            len -= (size_t)sent;
        } else if (errno == EAGAIN) {
            code = wait_for(wire, POLLOUT, deadline_ms);
        } else if (errno != EINTR) {
            code = say(wire, DRY_WIRE_RESET, "write: %s", strerror(errno));
        }
    }
    return code;
}

enum dry_wire_code dry_wire_read(struct dry_wire *wire, uint64_t deadline_ms)
{
    size_t room = 0;
    unsigned char *to = dry_buffer_room(&wire->in, &room);
    enum dry_wire_code code = DRY_WIRE_OK;
    ssize_t got = -1;

    if (to == NULL) {
        return say(wire, DRY_WIRE_FULL, "more than %zu bytes", DRY_BUFFER_MAX);
    }
    code = wait_for(wire, POLLIN, deadline_ms);
    if (code != DRY_WIRE_OK) {
        return code;
    }
    got = recv(fd_of(wire), to, room, 0);
    if (got < 0 && errno != EAGAIN && errno != EINTR) {
        return say(wire, DRY_WIRE_RESET, "read: %s", strerror(errno));
    }
    if (got == 0) {
        wire->is_ended = true;
    } else if (got > 0) {
        wire->in.len += (size_t)got;
    }
    return DRY_WIRE_OK;
}

enum dry_wire_code dry_wire_read_to_end(struct dry_wire *wire,
                                        uint64_t deadline_ms)
{
    enum dry_wire_code code = DRY_WIRE_OK;

    while (code == DRY_WIRE_OK && !wire->is_ended) {
        code = dry_wire_read(wire, deadline_ms);
    }
    return code;
}

void dry_wire_finish(struct dry_wire *wire)
{
    (void)shutdown(fd_of(wire), SHUT_WR);
}

void dry_wire_close(struct dry_wire *wire)
{
    if (wire->fd_plus_one > 0) {
        (void)close(fd_of(wire));
    }
    wire->fd_plus_one = 0;
    wire->is_ended = false;
    dry_buffer_release(&wire->in);
}
