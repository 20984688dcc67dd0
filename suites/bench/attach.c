/* SPDX-License-Identifier: MIT */
#include "attach.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <dexec/dexec.h>

#include "server.h"

#define READ_SIZE 65536
#define HOST_SIZE 128 /* bytes; "unix://" and a socket's path */

/* ---- libdexec ---- */

static enum dexec_code make_client(const char *path,
                                   struct dexec_client **out_client,
                                   struct dexec_error *err)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    char host[HOST_SIZE];

    (void)snprintf(host, sizeof(host), "unix://%s", path);
    options.host = host;
    return dexec_client_new(&options, out_client, err);
}

static enum dexec_code read_stream(struct dexec_client *client,
                                   struct dry_reading *reading,
                                   struct dexec_error *err)
{
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;
    struct dexec_stream *stream = NULL;
    struct dexec_chunk chunk = {0};
    enum dexec_code rc =
        dexec_start(client, DRY_SERVER_EXEC, &options, &stream, err);

    while (rc == DEXEC_OK) {
        rc = dexec_stream_next(stream, &chunk, err);
        if (rc != DEXEC_OK || chunk.kind == DEXEC_KIND_END) {
            break;
        }
        reading->bytes += chunk.len;
        reading->pieces++;
    }
    dexec_stream_free(stream);
    return rc;
}

static bool run_client(const char *path, struct dry_reading *reading,
                       bool is_idle)
{
    struct dexec_client *client = NULL;
    struct dexec_error err = {0};
    enum dexec_code rc = make_client(path, &client, &err);

    if (rc == DEXEC_OK && !is_idle) {
        *reading = dry_reading_begin();
        rc = read_stream(client, reading, &err);
        dry_reading_end(reading);
    }
    dexec_client_free(client);
    if (rc != DEXEC_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
    }
    return rc == DEXEC_OK;
}

static bool run_libdexec(const char *path, struct dry_reading *reading)
{
    return run_client(path, reading, false);
}

static bool run_idle(const char *path, struct dry_reading *reading)
{
    return run_client(path, reading, true);
}

/* ---- by hand ---- */

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    if (fd >= 0 &&
        connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* The server lets nothing follow the head before it was read. */
static bool take_head(int fd)
{
    static const char request[] =
        "POST /exec/" DRY_SERVER_EXEC "/start HTTP/1.1\r\n"
        "Host: docker\r\n"
        "Connection: Upgrade\r\n"
        "Upgrade: tcp\r\n"
        "Content-Type: application/json\r\n"
        "Content-Length: 28\r\n\r\n"
        "{\"Detach\":false,\"Tty\":false}";
    char head[4096];
    size_t len = 0;

    if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0) {
        return false;
    }
    while (len < 4 || memcmp(head + len - 4, "\r\n\r\n", 4) != 0) {
        ssize_t got = recv(fd, head + len, sizeof(head) - len, 0);

        if (got <= 0) {
            return false;
        }
        len += (size_t)got;
    }
    return strncmp(head, "HTTP/1.1 101 ", 13) == 0;
}

static bool run_raw(const char *path, struct dry_reading *reading)
{
    static char buffer[READ_SIZE];
    ssize_t got = 1;
    int fd = -1;
    bool is_ok = false;

    *reading = dry_reading_begin();
    fd = connect_to(path);
    is_ok = fd >= 0 && take_head(fd);
    while (is_ok && got > 0) {
        got = recv(fd, buffer, sizeof(buffer), 0);
        is_ok = got >= 0;
        reading->bytes += is_ok ? (uint64_t)got : 0;
        reading->pieces += got > 0;
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    dry_reading_end(reading);
    if (!is_ok) {
        (void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
    }
    return is_ok;
}

bool dry_attach(const char *mode, const char *path,
                struct dry_reading *out_reading)
{
    static const struct {
        const char *name;
        bool (*run)(const char *path, struct dry_reading *reading);
    } modes[] = {
        {"libdexec", run_libdexec}, {"raw", run_raw}, {"idle", run_idle}};

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(mode, modes[i].name) == 0) {
            *out_reading = (struct dry_reading){0};
            return modes[i].run(path, out_reading);
        }
    }
    (void)fprintf(stderr, "unknown mode %s: libdexec, raw or idle\n", mode);
    return false;
}
