/* SPDX-License-Identifier: MIT */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ANSWER_MAX 16384 /* bytes of a plain answer */
#define READ_SIZE ((size_t)1 << 18)
/* E1.1.1's, so that a profile answers it */
#define CREATE                                                                 \
    "{\"AttachStdin\":false,\"AttachStdout\":true,\"AttachStderr\":true,"      \
    "\"Tty\":false,\"Privileged\":false,"                                      \
    "\"Cmd\":[\"sh\",\"-c\",\"printf hello\",\"E1.1.1\"]}"
#define START "{\"Detach\":false,\"Tty\":false}"

static bool complain(const char *what, const char *detail)
{
    (void)fprintf(stderr, "load: %s: %.300s\n", what, detail);
    return false;
}

static int dial(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd >= 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        fd = -1;
    }
    if (fd < 0) {
        (void)complain(path, strerror(errno));
    }
    return fd;
}

static bool send_all(int fd, const char *bytes, size_t len)
{
    return send(fd, bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Bytes of the whole answer that begins in @text; 0 = not known yet. */
static size_t answer_size(const char *text)
{
    const char *end = strstr(text, "\r\n\r\n");
    const char *length = strcasestr(text, "\r\nContent-Length: ");

    if (end == NULL) {
        return 0;
    }
    return (size_t)(end - text) + 4 +
           (length != NULL && length < end
                ? strtoul(length + strlen("\r\nContent-Length: "), NULL, 10)
                : 0);
}

/* Read one plain answer; its text is left in @text. */
static bool read_answer(int fd, char text[ANSWER_MAX], const char *status)
{
    size_t len = 0;
    size_t size = 0;

    do {
        ssize_t got = recv(fd, text + len, ANSWER_MAX - 1 - len, 0);

        if (got <= 0) {
            return complain("no answer", got == 0 ? "end" : strerror(errno));
        }
        len += (size_t)got;
        text[len] = '\0';
        size = size == 0 ? answer_size(text) : size;
    } while ((size == 0 || len < size) && len + 1 < ANSWER_MAX);
    return strncmp(text + strlen("HTTP/1.1 "), status, 3) == 0 ||
           complain("answer", text);
}

static size_t write_request(char out[512], const char *method,
                            const char *target, const char *body,
                            const char *more)
{
    return (size_t)snprintf(out, 512,
                            "%s %s HTTP/1.1\r\nHost: bench\r\n"
                            "Content-Type: application/json\r\n%s"
                            "Content-Length: %zu\r\n\r\n%s",
                            method, target, more, strlen(body), body);
}

static bool ask(int fd, const char *method, const char *target,
                const char *body, const char *status, char text[ANSWER_MAX])
{
    char request[512];
    size_t len = write_request(request, method, target, body, "");

    return send_all(fd, request, len) && read_answer(fd, text, status);
}

static bool request_all(const int fds[DRY_LOAD_CONNECTIONS],
                        const char *request, size_t len)
{
    char text[ANSWER_MAX];
    bool is_ok = true;

    for (size_t i = 0; i < DRY_LOAD_CONNECTIONS && is_ok; i++) {
        is_ok = send_all(fds[i], request, len);
    }
    for (size_t i = 0; i < DRY_LOAD_CONNECTIONS && is_ok; i++) {
        is_ok = read_answer(fds[i], text, "200");
    }
    return is_ok;
}

bool dry_load_requests(const char *socket, const char *target, size_t count,
                       struct dry_reading *reading)
{
    int fds[DRY_LOAD_CONNECTIONS];
    char request[512];
    size_t len =
        (size_t)snprintf(request, sizeof(request),
                         "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", target);
    bool is_ok = true;

    for (size_t i = 0; i < DRY_LOAD_CONNECTIONS; i++) {
        fds[i] = dial(socket);
        is_ok = is_ok && fds[i] >= 0;
    }
    is_ok = is_ok && request_all(fds, request, len);
    *reading = dry_reading_begin();
    for (size_t i = 0; i < count && is_ok; i += DRY_LOAD_CONNECTIONS) {
        is_ok = request_all(fds, request, len);
    }
    dry_reading_end(reading);
    for (size_t i = 0; i < DRY_LOAD_CONNECTIONS; i++) {
        (void)close(fds[i]);
    }
    return is_ok;
}

static bool create_on(int fd, char out_id[65])
{
    char text[ANSWER_MAX];
    const char *id = NULL;

    if (!ask(fd, "POST", "/containers/t1/exec", CREATE, "201", text)) {
        return false;
    }
    id = strstr(text, "\"Id\":\"");
    if (id == NULL) {
        return complain("create", text);
    }
    (void)snprintf(out_id, 65, "%s", id + strlen("\"Id\":\""));
    return true;
}

bool dry_load_create(const char *socket, char out_id[65])
{
    int fd = dial(socket);
    bool is_ok = fd >= 0 && create_on(fd, out_id);

    (void)close(fd);
    return is_ok;
}

/* A connection that the start was sent on, or -1. */
static int start(const char *socket, const char *id)
{
    char target[128];
    char request[512];
    int fd = dial(socket);
    size_t len = 0;

    (void)snprintf(target, sizeof(target), "/exec/%s/start", id);
    len = write_request(request, "POST", target, START,
                        "Connection: Upgrade\r\nUpgrade: tcp\r\n");
    if (fd >= 0 && !send_all(fd, request, len)) {
        (void)complain("start", strerror(errno));
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* Read to the end; the head counts. */
static bool drain(int fd, uint64_t *out_bytes)
{
    static char bytes[READ_SIZE];
    ssize_t got = 0;

    *out_bytes = 0;
    while ((got = recv(fd, bytes, sizeof(bytes), 0)) > 0) {
        if (*out_bytes == 0 && strncmp(bytes, "HTTP/1.1 101", 12) != 0) {
            return complain("start", bytes);
        }
        *out_bytes += (uint64_t)got;
    }
    return got == 0 || complain("stream", strerror(errno));
}

bool dry_load_stream(const char *socket, const char *id,
                     struct dry_reading *reading)
{
    int fd = -1;
    bool is_ok = false;

    *reading = dry_reading_begin();
    fd = start(socket, id);
    is_ok = fd >= 0 && drain(fd, &reading->bytes);
    dry_reading_end(reading);
    (void)close(fd);
    return is_ok;
}

static bool play_round(int fd, const char *socket)
{
    char id[65];
    char target[128];
    char text[ANSWER_MAX];
    uint64_t bytes = 0;
    int stream = -1;
    bool is_ok = create_on(fd, id);

    if (!is_ok) {
        return false;
    }
    stream = start(socket, id);
    is_ok = stream >= 0 && drain(stream, &bytes);
    (void)close(stream);
    (void)snprintf(target, sizeof(target), "/exec/%s/json", id);
    return is_ok && ask(fd, "GET", target, "", "200", text) &&
           (strstr(text, "\"Running\":false") != NULL ||
            complain("inspect", text));
}

bool dry_load_rounds(const char *socket, size_t count,
                     struct dry_reading *reading)
{
    int fd = dial(socket);
    bool is_ok = fd >= 0 && play_round(fd, socket);

    *reading = dry_reading_begin();
    for (size_t i = 0; i < count && is_ok; i++) {
        is_ok = play_round(fd, socket);
    }
    dry_reading_end(reading);
    (void)close(fd);
    return is_ok;
}

bool dry_load_idle(const char *socket, size_t count)
{
    char text[ANSWER_MAX];
    int fd = dial(socket);
    bool is_ok = fd >= 0;

    for (size_t i = 0; i < count && is_ok; i++) {
        char id[65];
        int stream = -1;

        is_ok = create_on(fd, id);
        stream = is_ok ? start(socket, id) : -1; /* stays open */
        is_ok = stream >= 0 && read_answer(stream, text, "101");
    }
    (void)close(fd);
    return is_ok;
}
