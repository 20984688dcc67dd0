/* SPDX-License-Identifier: MIT */
#include "ssh.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "fail.h"
#include "limits.h"

#define ARGUMENTS_MAX 24

extern char **environ;

struct dx_ssh {
    const struct dx_mem *mem;
    int fd;
    int error_fd; /* where its standard error can be read */
    pid_t pid;    /* 0 = not running */
    size_t words_len;
    char words[DX_SSH_WORDS_SIZE]; /* all that is left of it */
};

struct arguments {
    const char *list[ARGUMENTS_MAX];
    size_t count;
    char timeout[sizeof("ConnectTimeout=4294967")];
    char port[sizeof("65535")];
    char socket[sizeof("unix://") + DX_UNIX_PATH_MAX];
};

static void add(struct arguments *arguments, const char *word)
{
    arguments->list[arguments->count++] = word;
}

/* As the docker command has them. */
static void write_arguments(const struct dx_endpoint *endpoint,
                            uint32_t timeout_ms, struct arguments *arguments)
{
    (void)snprintf(arguments->timeout, sizeof(arguments->timeout),
                   "ConnectTimeout=%lu",
                   ((unsigned long)timeout_ms + 999U) / 1000U);
    (void)snprintf(arguments->port, sizeof(arguments->port), "%u",
                   (unsigned)endpoint->port);
    (void)snprintf(arguments->socket, sizeof(arguments->socket), "unix://%s",
                   endpoint->path);
    add(arguments, "ssh");
    add(arguments, "-o");
    add(arguments, arguments->timeout);
    add(arguments, "-T");
    if (endpoint->user[0] != '\0') {
        add(arguments, "-l");
        add(arguments, endpoint->user);
    }
    if (endpoint->port != 0) {
        add(arguments, "-p");
        add(arguments, arguments->port);
    }
    add(arguments, "--");
    add(arguments, endpoint->host);
    add(arguments, "docker");
    if (endpoint->path[0] != '\0') {
        add(arguments, "--host");
        add(arguments, arguments->socket);
    }
    add(arguments, "system");
    add(arguments, "dial-stdio");
    add(arguments, NULL);
}

/* Ours may be blocked or ignored; ssh starts as a shell would start it. */
static int set_signals(posix_spawnattr_t *attributes)
{
    sigset_t none;
    sigset_t defaults;
    int rc = 0;

    (void)sigemptyset(&none);
    (void)sigemptyset(&defaults);
    (void)sigaddset(&defaults, SIGPIPE);
    rc = posix_spawnattr_setsigmask(attributes, &none);
    if (rc == 0) {
        rc = posix_spawnattr_setsigdefault(attributes, &defaults);
    }
    if (rc == 0) {
        rc = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK |
                                                      POSIX_SPAWN_SETSIGDEF);
    }
    return rc;
}

static int set_files(posix_spawn_file_actions_t *actions, int far_fd,
                     int error_fd)
{
    int rc = posix_spawn_file_actions_adddup2(actions, far_fd, STDIN_FILENO);

    if (rc == 0) {
        rc = posix_spawn_file_actions_adddup2(actions, far_fd, STDOUT_FILENO);
    }
    if (rc == 0) {
        rc = posix_spawn_file_actions_adddup2(actions, error_fd, STDERR_FILENO);
    }
    return rc;
}

/* Returns 0 or an errno. */
static int spawn(struct dx_ssh *ssh, const struct arguments *arguments,
                 int far_fd, int error_fd)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int rc = posix_spawn_file_actions_init(&actions);

    if (rc != 0) {
        return rc;
    }
    rc = posix_spawnattr_init(&attributes);
    if (rc == 0) {
        rc = set_files(&actions, far_fd, error_fd);
        if (rc == 0) {
            rc = set_signals(&attributes);
        }
        if (rc == 0) { /* it promises to leave the words as they are */
            rc = posix_spawnp(&ssh->pid, "ssh", &actions, &attributes,
                              (char *const *)(const void *)arguments->list,
                              environ);
        }
        (void)posix_spawnattr_destroy(&attributes);
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    return rc;
}

static void close_fd(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

/* Ours must not wait and must not reach other programs. The writing end of
 * standard error does not wait either: ssh's words may be lost, not ssh. */
static bool prepare(int fd)
{
    return fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

static int start(struct dx_ssh *ssh, const struct arguments *arguments)
{
    DX_CLEANUP(close_fd) int far_fd = -1;
    DX_CLEANUP(close_fd) int error_fd = -1;
    int pair[2] = {-1, -1};
    int errors[2] = {-1, -1};

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) {
        return errno;
    }
    ssh->fd = pair[0];
    far_fd = pair[1];
    if (pipe(errors) != 0) {
        return errno;
    }
    ssh->error_fd = errors[0];
    error_fd = errors[1];
    if (!prepare(ssh->fd) || !prepare(ssh->error_fd) || !prepare(error_fd)) {
        return errno;
    }
    return spawn(ssh, arguments, far_fd, error_fd);
}

enum dexec_code dx_ssh_open(const struct dx_endpoint *endpoint,
                            uint32_t timeout_ms, const struct dx_mem *mem,
                            struct dx_ssh **out_ssh, struct dexec_error *err)
{
    struct dx_ssh *ssh = dx_mem_alloc(mem, sizeof(*ssh));
    struct arguments arguments = {.count = 0};
    char reason[128] = "";
    int number = 0;

    if (ssh == NULL) {
        return dx_fail_memory(err);
    }
    *ssh = (struct dx_ssh){.mem = mem, .fd = -1, .error_fd = -1};
    write_arguments(endpoint, timeout_ms, &arguments);
    number = start(ssh, &arguments);
    if (number == 0) {
        *out_ssh = ssh;
        return DEXEC_OK;
    }
    ssh->pid = 0;
    dx_ssh_close(ssh);
    (void)strerror_r(number, reason, sizeof(reason));
    return dx_fail(err, DEXEC_E_CONNECT, 0,
                   "connect to %s: the ssh program cannot be run: %s",
                   endpoint->address, reason);
}

int dx_ssh_fd(const struct dx_ssh *ssh)
{
    return ssh->fd;
}

/* Keep the end of what there is to read. */
static void read_words(struct dx_ssh *ssh)
{
    char piece[DX_SSH_WORDS_SIZE / 2];
    ssize_t len = 0;

    while ((len = read(ssh->error_fd, piece, sizeof(piece))) > 0) {
        size_t got = (size_t)len;
        size_t room = sizeof(ssh->words) - 1 - ssh->words_len;

        if (got > room) {
            memmove(ssh->words, ssh->words + (got - room),
                    ssh->words_len - (got - room));
            ssh->words_len -= got - room;
        }
        memcpy(ssh->words + ssh->words_len, piece, got);
        ssh->words_len += got;
    }
    ssh->words[ssh->words_len] = '\0';
}

const char *dx_ssh_words(struct dx_ssh *ssh)
{
    const char *line = NULL;

    read_words(ssh);
    while (ssh->words_len > 0 && (ssh->words[ssh->words_len - 1] == '\n' ||
                                  ssh->words[ssh->words_len - 1] == '\r')) {
        ssh->words[--ssh->words_len] = '\0';
    }
    line = strrchr(ssh->words, '\n');
    return line == NULL ? ssh->words : line + 1;
}

void dx_ssh_close(struct dx_ssh *ssh)
{
    close_fd(&ssh->fd);
    close_fd(&ssh->error_fd);
    if (ssh->pid > 0) {
        (void)kill(ssh->pid, SIGTERM);
        while (waitpid(ssh->pid, NULL, 0) < 0 && errno == EINTR) {
        }
    }
    dx_mem_free(ssh->mem, ssh);
}
