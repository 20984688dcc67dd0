/* SPDX-License-Identifier: MIT */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "cleanup.h"

#define SOCKET_KIND (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)
#define BACKLOG 4096 /* the kernel cuts it to net.core.somaxconn */

void md_listener_release(struct md_listener *listener)
{
    if (listener->fd >= 0) {
        (void)close(listener->fd);
    }
    if (listener->path != NULL) {
        (void)unlink(listener->path);
    }
    if (listener->folder != NULL) {
        (void)rmdir(listener->folder);
    }
    free(listener->url);
    free(listener->path);
    free(listener->folder);
    *listener = (struct md_listener){.fd = -1};
}

static enum mockd_code fail_errno(struct mockd_error *err, const char *what)
{
    (void)md_fail(err, MOCKD_E_SYSTEM, "%.300s: %s", what, strerror(errno));
    return MOCKD_E_SYSTEM;
}

/* The absolute form of @path, so that the URL works from everywhere. */
static char *absolute(const char *path)
{
    char folder[PATH_MAX];
    size_t size = strlen(path) + 1;
    char *full = NULL;

    if (path[0] == '/' || getcwd(folder, sizeof(folder)) == NULL) {
        return strdup(path);
    }
    size += strlen(folder) + 1;
    full = malloc(size);
    if (full != NULL) {
        (void)snprintf(full, size, "%s/%s", folder, path);
    }
    return full;
}

static enum mockd_code make_folder(struct md_listener *listener,
                                   const char *name, struct mockd_error *err)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here calls setenv */
    const char *temporary = getenv("TMPDIR");
    size_t size = 0;

    if (temporary == NULL || temporary[0] != '/') {
        temporary = "/tmp";
    }
    size = strlen(temporary) + sizeof("/mockd-XXXXXX/") + strlen(name);
    listener->folder = malloc(size);
    listener->path = malloc(size);
    if (listener->folder == NULL || listener->path == NULL) {
        free(listener->folder);
        free(listener->path);
        listener->folder = NULL;
        listener->path = NULL;
        return md_fail_nomem(err);
    }
    (void)snprintf(listener->folder, size, "%s/mockd-XXXXXX", temporary);
    if (mkdtemp(listener->folder) == NULL) {
        enum mockd_code rc = fail_errno(err, listener->folder);

        free(listener->folder);
        free(listener->path);
        listener->folder = NULL;
        listener->path = NULL;
        return rc;
    }
    (void)snprintf(listener->path, size, "%s/%s", listener->folder, name);
    return MOCKD_OK;
}

static enum mockd_code fill_address(const char *path,
                                    struct sockaddr_un *out_address,
                                    struct mockd_error *err)
{
    size_t len = strlen(path);

    if (len == 0 || len >= sizeof(out_address->sun_path)) {
        return md_fail(err, MOCKD_E_INVALID,
                       "unix path %.200s has %zu bytes, a socket's has 1 to "
                       "%zu; choose a shorter one",
                       path, len, sizeof(out_address->sun_path) - 1);
    }
    *out_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out_address->sun_path, path, len + 1);
    return MOCKD_OK;
}

/* Remove what is at the address, if it is the socket of a dead server. */
static enum mockd_code remove_stale(const struct sockaddr_un *address,
                                    struct mockd_error *err)
{
    const char *path = address->sun_path;
    struct stat status;
    MD_CLEANUP(md_cleanup_close) int fd = -1;

    if (lstat(path, &status) != 0) {
        return MOCKD_OK; /* bind tells what else is wrong */
    }
    if (!S_ISSOCK(status.st_mode)) {
        return md_fail(err, MOCKD_E_SYSTEM,
                       "%.300s: there is a file that is not a socket; remove "
                       "it or choose another path",
                       path);
    }
    fd = socket(AF_UNIX, SOCKET_KIND, 0);
    if (fd < 0) {
        return fail_errno(err, path);
    }
    if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
        errno != ECONNREFUSED) {
        return md_fail(err, MOCKD_E_SYSTEM,
                       "%.300s: another server listens there; stop it or "
                       "choose another path",
                       path);
    }
    return unlink(path) == 0 ? MOCKD_OK : fail_errno(err, path);
}

static enum mockd_code open_unix(struct md_listener *listener, const char *path,
                                 struct mockd_error *err)
{
    struct sockaddr_un address;
    enum mockd_code rc = fill_address(path, &address, err);
    size_t url_size = strlen(path) + sizeof("unix://");

    if (rc == MOCKD_OK) {
        rc = remove_stale(&address, err);
    }
    if (rc != MOCKD_OK) {
        return rc;
    }
    listener->url = malloc(url_size);
    if (listener->url == NULL) {
        return md_fail_nomem(err);
    }
    (void)snprintf(listener->url, url_size, "unix://%s", path);
    listener->fd = socket(AF_UNIX, SOCKET_KIND, 0);
    if (listener->fd < 0 ||
        bind(listener->fd, (const struct sockaddr *)&address,
             sizeof(address)) != 0) {
        return fail_errno(err, path);
    }
    if (listener->path == NULL) {
        listener->path = strdup(path); /* ours now, to be removed */
    }
    if (listener->path == NULL) {
        (void)unlink(path);
        return md_fail_nomem(err);
    }
    return listen(listener->fd, BACKLOG) == 0 ? MOCKD_OK
                                              : fail_errno(err, path);
}

enum mockd_code md_listen_unix(const char *path, const char *name,
                               struct md_listener *out, struct mockd_error *err)
{
    struct md_listener listener = {.fd = -1};
    MD_CLEANUP(md_cleanup_free) char *full = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (strcmp(path, "auto") == 0) {
        rc = make_folder(&listener, name, err);
        full = rc == MOCKD_OK ? strdup(listener.path) : NULL;
    } else {
        full = absolute(path);
    }
    if (rc == MOCKD_OK && full == NULL) {
        rc = md_fail_nomem(err);
    }
    if (rc == MOCKD_OK) {
        rc = open_unix(&listener, full, err);
    }
    if (rc == MOCKD_OK) {
        *out = listener;
    } else {
        md_listener_release(&listener);
    }
    return rc;
}

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static enum mockd_code fail_address(const char *text, struct mockd_error *err)
{
    return md_fail(err, MOCKD_E_INVALID,
                   "tcp address \"%.100s\" is not loopback and a port, such as "
                   "127.0.0.1:0 or [::1]:2375",
                   text);
}

static bool read_port(const char *text, in_port_t *out_port)
{
    size_t len = strlen(text);
    unsigned long port = strtoul(text, NULL, 10);

    if (len == 0 || len > 5 || strspn(text, "0123456789") != len ||
        port > 65535) {
        return false;
    }
    *out_port = htons((uint16_t)port);
    return true;
}

static enum mockd_code parse_address(const char *text, union address *out,
                                     struct mockd_error *err)
{
    const char *colon = strrchr(text, ':');
    size_t host_len = colon == NULL ? 0 : (size_t)(colon - text);
    char host[32];
    in_port_t port = 0;

    if (colon == NULL || host_len >= sizeof(host) ||
        !read_port(colon + 1, &port)) {
        return fail_address(text, err);
    }
    memcpy(host, text, host_len);
    host[host_len] = '\0';
    if (strcmp(host, "[::1]") == 0) {
        *out = (union address){.v6 = {.sin6_family = AF_INET6,
                                      .sin6_addr = IN6ADDR_LOOPBACK_INIT,
                                      .sin6_port = port}};
        return MOCKD_OK;
    }
    *out = (union address){.v4 = {.sin_family = AF_INET, .sin_port = port}};
    if (strcmp(host, "localhost") == 0) {
        out->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else if (inet_pton(AF_INET, host, &out->v4.sin_addr) != 1 ||
               ntohl(out->v4.sin_addr.s_addr) >> 24 != 127) {
        return fail_address(text, err);
    }
    return MOCKD_OK;
}

static socklen_t size_of(const union address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof(address->v6)
                                              : sizeof(address->v4);
}

/* The URL of the address that the kernel gave us. */
static enum mockd_code name_tcp(struct md_listener *listener,
                                struct mockd_error *err)
{
    union address address = {0};
    socklen_t len = sizeof(address);
    char host[INET6_ADDRSTRLEN] = "";
    bool is_v6 = false;
    size_t size = sizeof("tcp://[]:65535") + INET6_ADDRSTRLEN;

    if (getsockname(listener->fd, &address.any, &len) != 0) {
        return fail_errno(err, "tcp");
    }
    is_v6 = address.any.sa_family == AF_INET6;
    (void)inet_ntop(address.any.sa_family,
                    is_v6 ? (const void *)&address.v6.sin6_addr
                          : (const void *)&address.v4.sin_addr,
                    host, sizeof(host));
    listener->url = malloc(size);
    if (listener->url == NULL) {
        return md_fail_nomem(err);
    }
    (void)snprintf(
        listener->url, size, "tcp://%s%s%s:%u", is_v6 ? "[" : "", host,
        is_v6 ? "]" : "",
        (unsigned)ntohs(is_v6 ? address.v6.sin6_port : address.v4.sin_port));
    return MOCKD_OK;
}

static enum mockd_code open_tcp(struct md_listener *listener,
                                const union address *address, const char *text,
                                struct mockd_error *err)
{
    int on = 1;

    listener->fd = socket(address->any.sa_family, SOCKET_KIND, 0);
    if (listener->fd < 0 ||
        setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) !=
            0 ||
        bind(listener->fd, &address->any, size_of(address)) != 0 ||
        listen(listener->fd, BACKLOG) != 0) {
        return fail_errno(err, text);
    }
    return MOCKD_OK;
}

enum mockd_code md_listen_tcp(const char *text, struct md_listener *out,
                              struct mockd_error *err)
{
    struct md_listener listener = {.fd = -1};
    union address address = {0};
    enum mockd_code rc = parse_address(text, &address, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    rc = open_tcp(&listener, &address, text, err);
    if (rc == MOCKD_OK) {
        rc = name_tcp(&listener, err);
    }
    if (rc == MOCKD_OK) {
        *out = listener;
    } else {
        md_listener_release(&listener);
    }
    return rc;
}

static enum mockd_code reopen_unix(struct md_listener *listener,
                                   struct mockd_error *err)
{
    struct sockaddr_un address;
    enum mockd_code rc = fill_address(listener->path, &address, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    (void)unlink(listener->path);
    listener->fd = socket(AF_UNIX, SOCKET_KIND, 0);
    if (listener->fd < 0 ||
        bind(listener->fd, (const struct sockaddr *)&address,
             sizeof(address)) != 0 ||
        listen(listener->fd, BACKLOG) != 0) {
        return fail_errno(err, listener->path);
    }
    return MOCKD_OK;
}

enum mockd_code md_listener_reopen(struct md_listener *listener,
                                   struct mockd_error *err)
{
    union address address = {0};
    enum mockd_code rc = MOCKD_OK;

    if (listener->path != NULL) {
        return reopen_unix(listener, err);
    }
    rc = parse_address(listener->url + strlen("tcp://"), &address, err);
    return rc == MOCKD_OK ? open_tcp(listener, &address, listener->url, err)
                          : rc;
}
