/* SPDX-License-Identifier: MIT */
#include "served.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <microhttpd.h>

#include "server.h"

#define PROFILE "docker-28.5.2"
#define SIDECAR "gib.bin"
#define SIDECAR_SIZE ((size_t)16 << 20) /* a payload's largest */
#define SIDECAR_COUNT 64                /* 1 GiB */
#define PIECE_SIZE ((size_t)1 << 20)
#define PIECE_COUNT 1024 /* 1 GiB */
#define CONNECTIONS 64

#define HEAD                                                                   \
    "HTTP/1.1 101 UPGRADED\r\n"                                                \
    "Content-Type: application/vnd.docker.multiplexed-stream\r\n"              \
    "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
#define RULES                                                                  \
    "{\"execcast\":1,\"script\":true}\n"                                       \
    "{\"on\":\"POST /containers/{NAME}/exec\",\"makes\":\"EID1\"}\n"           \
    "{\"on\":\"POST /exec/{EID1}/start\",\"stream\":\"s\"}\n"                  \
    "{\"stream\":\"s\"}\n"

static bool complain(const char *what)
{
    (void)fprintf(stderr, "served: %s: %s\n", what, strerror(errno));
    return false;
}

/* ---- folder and child ---- */

static bool make_folder(struct dry_served *served)
{
    *served = (struct dry_served){.pid = -1};
    (void)snprintf(served->folder, sizeof(served->folder),
                   "/tmp/drydock-served-XXXXXX");
    if (mkdtemp(served->folder) == NULL) {
        return complain("mkdtemp");
    }
    (void)snprintf(served->socket, sizeof(served->socket), "%s/s.sock",
                   served->folder);
    return true;
}

static bool write_file(const struct dry_served *served, const char *name,
                       const char *bytes, size_t len)
{
    char path[DRY_SERVED_PATH];
    FILE *to = NULL;
    bool is_ok = false;

    (void)snprintf(path, sizeof(path), "%s/%s", served->folder, name);
    to = fopen(path, "we");
    is_ok = to != NULL && fwrite(bytes, 1, len, to) == len;
    if (to != NULL) {
        is_ok = fclose(to) == 0 && is_ok;
    }
    return is_ok || complain(path);
}

static void become_child(void)
{
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGPIPE, SIG_IGN);
}

void dry_served_end(struct dry_served *served)
{
    static const char *const names[] = {"s.sock", "x.execcast", SIDECAR};

    if (served->pid > 0) {
        (void)kill(served->pid, SIGKILL);
        while (waitpid(served->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[DRY_SERVED_PATH];

        (void)snprintf(path, sizeof(path), "%s/%s", served->folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(served->folder);
}

unsigned long dry_served_memory(const struct dry_served *served,
                                const char *field)
{
    char path[64];
    char line[256];
    unsigned long kib = 0;
    FILE *from = NULL;

    (void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)served->pid);
    from = fopen(path, "re");
    while (from != NULL && kib == 0 && fgets(line, sizeof(line), from)) {
        if (strncmp(line, field, strlen(field)) == 0) {
            kib = strtoul(line + strlen(field) + 1, NULL, 10);
        }
    }
    if (from != NULL) {
        (void)fclose(from);
    }
    return kib;
}

uint64_t dry_served_cpu(const struct dry_served *served)
{
    char path[96];
    uint64_t total = 0;
    DIR *threads = NULL;
    const struct dirent *entry = NULL;

    (void)snprintf(path, sizeof(path), "/proc/%ld/task", (long)served->pid);
    threads = opendir(path);
    while (threads != NULL && (entry = readdir(threads)) != NULL) {
        unsigned long long ns = 0;
        FILE *from = NULL;

        (void)snprintf(path, sizeof(path), "/proc/%ld/task/%.20s/schedstat",
                       (long)served->pid, entry->d_name);
        from = fopen(path, "re");
        if (from != NULL) {
            total += fscanf(from, "%llu", &ns) == 1 ? ns : 0;
            (void)fclose(from);
        }
    }
    if (threads != NULL) {
        (void)closedir(threads);
    }
    return total;
}

/* ---- the mock ---- */

static bool write_gib(const struct dry_served *served)
{
    static char text[16384];
    char *bytes = malloc(SIDECAR_SIZE);
    size_t used = (size_t)snprintf(text, sizeof(text), "%s", RULES);
    bool is_ok = bytes != NULL;

    for (size_t i = 0; is_ok && i < SIDECAR_SIZE; i++) {
        bytes[i] = (char)(i * 31 >> 3);
    }
    for (size_t i = 0; i < SIDECAR_COUNT; i++) {
        used += (size_t)snprintf(text + used, sizeof(text) - used,
                                 "[\"<\",{\"file\":\"" SIDECAR
                                 "\",\"off\":0,\"len\":%zu}]\n",
                                 SIDECAR_SIZE);
    }
    is_ok = is_ok && write_file(served, SIDECAR, bytes, SIDECAR_SIZE) &&
            write_file(served, "x.execcast", text, used);
    free(bytes);
    return is_ok;
}

static bool write_fixture(const struct dry_served *served,
                          enum dry_fixture fixture)
{
    static const char open_stream[] = RULES "[\"r\"]\n";

    switch (fixture) {
    case DRY_FIXTURE_PROFILE:
        return true;
    case DRY_FIXTURE_GIB:
        return write_gib(served);
    case DRY_FIXTURE_OPEN:
        return write_file(served, "x.execcast", open_stream,
                          strlen(open_stream));
    }
    return false;
}

bool dry_serve_mock(const char *mockd, enum dry_fixture fixture,
                    struct dry_served *out)
{
    bool is_profile = fixture == DRY_FIXTURE_PROFILE;
    char line[256];
    int ends[2] = {-1, -1};
    ssize_t got = 0;

    if (!make_folder(out) || !write_fixture(out, fixture) || pipe(ends) != 0) {
        return complain("fixture");
    }
    out->pid = fork();
    if (out->pid == 0) {
        become_child();
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)execl(mockd, mockd, "serve",
                    is_profile ? "--profile" : "--fixtures",
                    is_profile ? PROFILE : out->folder, "--unix", out->socket,
                    (char *)NULL);
        (void)complain(mockd);
        _exit(EXIT_FAILURE);
    }
    (void)close(ends[1]);
    got = out->pid < 0 ? -1 : read(ends[0], line, sizeof(line)); /* ready */
    (void)close(ends[0]);
    return got > 0 || complain("the mock is not ready");
}

/* ---- the bare ones ---- */

static int listen_at(struct dry_served *out)
{
    int fd = make_folder(out) ? dry_server_listen(out->socket) : -1;

    if (fd < 0) {
        (void)complain("listen");
    }
    return fd;
}

/* Docker's ping. */
static struct MHD_Response *make_ping(void)
{
    static const char *const headers[][2] = {
        {"Api-Version", "1.51"},
        {"Cache-Control", "no-cache, no-store, must-revalidate"},
        {"Content-Type", "text/plain; charset=utf-8"},
        {"Docker-Experimental", "false"},
        {"Ostype", "linux"},
        {"Pragma", "no-cache"},
        {"Server", "Docker/28.5.2 (linux)"},
        {"Swarm", "inactive"}};
    static char body[] = "OK";
    struct MHD_Response *response =
        MHD_create_response_from_buffer(2, body, MHD_RESPMEM_PERSISTENT);

    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        (void)MHD_add_response_header(response, headers[i][0], headers[i][1]);
    }
    return response;
}

/* NOLINTBEGIN(readability-non-const-parameter,readability-function-size): the
 * library's signature */
static enum MHD_Result answer_ping(void *user,
                                   struct MHD_Connection *connection,
                                   const char *url, const char *method,
                                   const char *version, const char *data,
                                   size_t *data_len, void **request)
{
    struct MHD_Response *response = NULL;
    enum MHD_Result result = MHD_NO;

    (void)user;
    (void)url;
    (void)method;
    (void)version;
    (void)data;
    (void)data_len;
    if (*request == NULL) {
        *request = connection; /* answered when the whole of it has come */
        return MHD_YES;
    }
    response = make_ping();
    result = MHD_queue_response(connection, MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}
/* NOLINTEND(readability-non-const-parameter,readability-function-size) */

bool dry_serve_plain(struct dry_served *out)
{
    int listener = listen_at(out);

    if (listener < 0) {
        return false;
    }
    out->pid = fork();
    if (out->pid == 0) {
        become_child();
        if (MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL,
                             answer_ping, NULL, MHD_OPTION_LISTEN_SOCKET,
                             listener, MHD_OPTION_CONNECTION_LIMIT,
                             (unsigned)CONNECTIONS, MHD_OPTION_END) == NULL) {
            (void)complain("libmicrohttpd");
            _exit(EXIT_FAILURE);
        }
        for (;;) {
            (void)pause();
        }
    }
    (void)close(listener); /* who connects now waits in its queue */
    return out->pid > 0 || complain("fork");
}

/* As much memory as the recording's file has, so that neither is in a cache
 * that the other is not. */
static char bytes[SIDECAR_SIZE];

static bool write_all(int fd, const char *from, size_t len)
{
    while (len > 0) {
        ssize_t sent = send(fd, from, len, MSG_NOSIGNAL);

        if (sent < 0) {
            return false;
        }
        from += sent;
        len -= (size_t)sent;
    }
    return true;
}

static void write_gib_to(int fd)
{
    char request[4096];
    bool is_there = recv(fd, request, sizeof(request), 0) > 0 &&
                    write_all(fd, HEAD, strlen(HEAD));

    for (size_t i = 0; i < PIECE_COUNT && is_there; i++) {
        is_there =
            write_all(fd, bytes + i * PIECE_SIZE % SIDECAR_SIZE, PIECE_SIZE);
    }
}

static void write_to_all(int listener)
{
    memset(bytes, 'x', sizeof(bytes));
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd >= 0) {
            write_gib_to(fd);
            (void)close(fd);
        }
    }
}

bool dry_serve_writer(struct dry_served *out)
{
    int listener = listen_at(out);

    if (listener < 0) {
        return false;
    }
    out->pid = fork();
    if (out->pid == 0) {
        become_child();
        write_to_all(listener);
    }
    (void)close(listener);
    return out->pid > 0 || complain("fork");
}
