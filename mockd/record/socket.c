/* SPDX-License-Identifier: MIT */
/* socket.c - addresses, listeners and connections of the recording relay. */
#include "socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 128 /* clients that connect at the same moment */
#define SOCKET_NAME "docker.sock"

_Static_assert(sizeof(((struct sockaddr_un *)0)->sun_path) ==
                   MD_REC_PATH_MAX + 1,
               "the limit is the kernel's");

static enum mockd_code set_unix(const char *path,
                                struct md_rec_address *out_address,
                                struct mockd_error *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};

    if (path[0] == '\0') {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "the path of the unix socket is empty");
    }
    if (strlen(path) > MD_REC_PATH_MAX) {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "the unix socket's path has %zu bytes, at most %d "
                           "are possible: %s",
                           strlen(path), MD_REC_PATH_MAX, path);
    }
    memcpy(name.sun_path, path, strlen(path));
    *out_address =
        (struct md_rec_address){.is_unix = true, .len = sizeof(name)};
    memcpy(&out_address->storage, &name, sizeof(name));
    return MOCKD_OK;
}

/* Cut "HOST:PORT" or "[HOST]:PORT" in two; returns the port or NULL. */
static const char *split(const char *text, char out_host[MD_REC_HOST_SIZE])
{
    const char *colon = strrchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;

    if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    }
    if (len == 0 || len >= MD_REC_HOST_SIZE || colon[1] == '\0') {
        return NULL;
    }
    memcpy(out_host, text, len);
    out_host[len] = '\0';
    return colon + 1;
}

/* @url  for messages */
static enum mockd_code look_up(const char *text, const char *url,
                               struct md_rec_address *out_address,
                               struct mockd_error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    char host[MD_REC_HOST_SIZE];
    const char *port = split(text, host);
    int rc = 0;

    if (port == NULL || strtoul(port, NULL, 10) > 65535 ||
        port[strspn(port, "0123456789")] != '\0') {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "not an address: %s (expected HOST:PORT)", url);
    }
    rc = getaddrinfo(host, port, &hints, &found);
    if (rc != 0) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "look up %s: %s", host,
                           gai_strerror(rc));
    }
    *out_address = (struct md_rec_address){.len = found->ai_addrlen};
    memcpy(&out_address->storage, found->ai_addr, found->ai_addrlen);
    memcpy(out_address->host, host, sizeof(host));
    freeaddrinfo(found);
    return MOCKD_OK;
}

/* Behind @scheme, or NULL. */
static const char *without(const char *scheme, const char *url)
{
    size_t len = strlen(scheme);

    return strncmp(url, scheme, len) == 0 ? url + len : NULL;
}

enum mockd_code md_rec_address_parse(const char *url,
                                     struct md_rec_address *out_address,
                                     struct mockd_error *err)
{
    const char *path = without("unix://", url);
    const char *plain = without("tcp://", url);
    const char *tls = without("https://", url);
    enum mockd_code rc = MOCKD_OK;

    if (path != NULL) {
        return set_unix(path, out_address, err);
    }
    if (plain == NULL && tls == NULL) {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "not the URL of an engine: %s (expected "
                           "unix:///PATH, tcp://HOST:PORT or "
                           "https://HOST:PORT)",
                           url);
    }
    rc = look_up(plain != NULL ? plain : tls, url, out_address, err);
    if (rc == MOCKD_OK) {
        out_address->is_tls = tls != NULL;
    }
    return rc;
}

static int new_socket(const struct md_rec_address *address)
{
    int family = address->storage.ss_family;
    int on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0 && !address->is_unix) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    return fd;
}

static void close_keeping_errno(int fd)
{
    int kept = errno;

    (void)close(fd);
    errno = kept;
}

int md_rec_socket_connect(const struct md_rec_address *address)
{
    int fd = new_socket(address);

    if (fd < 0) {
        return -1;
    }
    if (connect(fd, (const struct sockaddr *)&address->storage, address->len) !=
            0 &&
        errno != EINPROGRESS) {
        close_keeping_errno(fd);
        return -1;
    }
    return fd;
}

int md_rec_socket_error(int fd)
{
    int error = 0;
    socklen_t len = sizeof(error);

    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        return errno;
    }
    return error;
}

int md_rec_socket_accept(int listener)
{
    int on = 1;
    int fd = accept(listener, NULL, NULL);

    if (fd < 0) {
        return -1;
    }
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        close_keeping_errno(fd);
        return -1;
    }
    /* Fails on a unix socket, which does not wait to send anyway. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return fd;
}

void md_rec_socket_reset(int fd)
{
    const struct linger now = {.l_onoff = 1, .l_linger = 0};

    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    (void)close(fd);
}

struct md_rec_listener md_rec_listener_none(void)
{
    return (struct md_rec_listener){.fd = -1};
}

static int listen_on(const struct md_rec_address *address)
{
    int on = 1;
    int fd = new_socket(address);

    if (fd < 0) {
        return -1;
    }
    if (!address->is_unix) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    }
    if (bind(fd, (const struct sockaddr *)&address->storage, address->len) !=
            0 ||
        listen(fd, BACKLOG) != 0) {
        close_keeping_errno(fd);
        return -1;
    }
    return fd;
}

/* A new folder under TMPDIR, and the path of the socket in it. */
static enum mockd_code make_folder(struct md_rec_listener *listener,
                                   char path[MD_REC_URL_SIZE],
                                   struct mockd_error *err)
{
    const char *parent = getenv("TMPDIR");
    int len = 0;

    if (parent == NULL || parent[0] == '\0') {
        parent = "/tmp";
    }
    len = snprintf(listener->dir, sizeof(listener->dir), "%s/mockd-XXXXXX",
                   parent);
    if (len < 0 || (size_t)len + strlen("/" SOCKET_NAME) > MD_REC_PATH_MAX) {
        listener->dir[0] = '\0';
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "TMPDIR is too long for a unix socket: %s: give "
                           "--unix PATH",
                           parent);
    }
    if (mkdtemp(listener->dir) == NULL) {
        listener->dir[0] = '\0';
        return md_rec_fail(err, MOCKD_E_SYSTEM, "make a folder in %s: %s",
                           parent, strerror(errno));
    }
    (void)snprintf(path, MD_REC_URL_SIZE, "%s/" SOCKET_NAME, listener->dir);
    return MOCKD_OK;
}

static enum mockd_code bind_unix(struct md_rec_listener *listener,
                                 const char *path, struct mockd_error *err)
{
    struct md_rec_address address = {0};
    enum mockd_code rc = set_unix(path, &address, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    listener->fd = listen_on(&address);
    if (listener->fd < 0) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "listen on %s: %s", path,
                           strerror(errno));
    }
    (void)snprintf(listener->url, sizeof(listener->url), "unix://%s", path);
    return MOCKD_OK;
}

enum mockd_code md_rec_listen_unix(const char *path,
                                   struct md_rec_listener *out_listener,
                                   struct mockd_error *err)
{
    struct md_rec_listener listener = md_rec_listener_none();
    char own_path[MD_REC_URL_SIZE] = "";
    enum mockd_code rc = MOCKD_OK;

    if (strcmp(path, "auto") == 0) {
        rc = make_folder(&listener, own_path, err);
        path = own_path;
    }
    if (rc == MOCKD_OK) {
        rc = bind_unix(&listener, path, err);
    }
    if (rc != MOCKD_OK) {
        md_rec_listener_close(&listener);
        return rc;
    }
    *out_listener = listener;
    return MOCKD_OK;
}

static bool is_loopback(const struct md_rec_address *address)
{
    struct sockaddr_in v4 = {0};
    struct sockaddr_in6 v6 = {0};

    if (address->storage.ss_family == AF_INET) {
        memcpy(&v4, &address->storage, sizeof(v4));
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    memcpy(&v6, &address->storage, sizeof(v6));
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

static enum mockd_code print_tcp_url(struct md_rec_listener *listener,
                                     struct mockd_error *err)
{
    struct sockaddr_storage name = {0};
    socklen_t len = sizeof(name);
    char host[INET6_ADDRSTRLEN];
    char port[sizeof("65535")];
    bool is_v6 = false;

    if (getsockname(listener->fd, (struct sockaddr *)&name, &len) != 0 ||
        getnameinfo((struct sockaddr *)&name, len, host, sizeof(host), port,
                    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        return md_rec_fail(err, MOCKD_E_SYSTEM,
                           "find the port that was bound: %s", strerror(errno));
    }
    is_v6 = name.ss_family == AF_INET6;
    (void)snprintf(listener->url, sizeof(listener->url), "tcp://%s%.64s%s:%.8s",
                   is_v6 ? "[" : "", host, is_v6 ? "]" : "", port);
    return MOCKD_OK;
}

enum mockd_code md_rec_listen_tcp(const char *address, bool is_remote_allowed,
                                  struct md_rec_listener *out_listener,
                                  struct mockd_error *err)
{
    struct md_rec_listener listener = md_rec_listener_none();
    struct md_rec_address where = {0};
    enum mockd_code rc = look_up(address, address, &where, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (!is_remote_allowed && !is_loopback(&where)) {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "%s is not loopback: an engine is root for who "
                           "can reach it; give 127.0.0.1:PORT, or "
                           "--allow-remote",
                           address);
    }
    listener.fd = listen_on(&where);
    if (listener.fd < 0) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "listen on %s: %s", address,
                           strerror(errno));
    }
    rc = print_tcp_url(&listener, err);
    if (rc != MOCKD_OK) {
        md_rec_listener_close(&listener);
        return rc;
    }
    *out_listener = listener;
    return MOCKD_OK;
}

void md_rec_listener_close(struct md_rec_listener *listener)
{
    const char scheme[] = "unix://";

    if (listener->fd >= 0) {
        (void)close(listener->fd);
        if (strncmp(listener->url, scheme, strlen(scheme)) == 0) {
            (void)unlink(listener->url + strlen(scheme));
        }
    }
    if (listener->dir[0] != '\0') {
        (void)rmdir(listener->dir);
    }
    *listener = md_rec_listener_none();
}
