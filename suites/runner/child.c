/* SPDX-License-Identifier: MIT */
/* child.c - one case program as a process: started, listened to, ended. */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RESULT_FD 3 /* where a child finds its end of the result pipe */

/* Both ends close-on-exec; the reading one does not wait. */
static bool open_pipe(int ends[2])
{
    if (pipe(ends) != 0) {
        return false;
    }
    for (size_t i = 0; i < 2; i++) {
        (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    }
    (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return true;
}

/* Runs in the child; nothing here returns to the caller. */
_Noreturn static void become(const char *program, char *const *arguments,
                             char *const *settings, int result, int noise)
{
    int nothing = open("/dev/null", O_RDONLY);

    (void)setpgid(0, 0);
    /* dup2 onto itself would keep close-on-exec */
    result = fcntl(result, F_DUPFD_CLOEXEC, RESULT_FD + 1);
    (void)dup2(nothing, STDIN_FILENO);
    (void)dup2(noise, STDERR_FILENO);
    if (settings == NULL) {
        (void)dup2(result, STDOUT_FILENO);
    } else {
        (void)dup2(noise, STDOUT_FILENO);
        (void)dup2(result, RESULT_FD);
    }
    for (; settings != NULL && *settings != NULL; settings++) {
        (void)putenv(*settings);
    }
    (void)execv(program, arguments);
    (void)fprintf(stderr, "%s: %s\n", program, strerror(errno));
    _exit(127);
}

bool dry_child_start(struct dry_child *out_child, const char *program,
                     char *const *arguments, char *const *settings,
                     bool is_listing)
{
    int result[2] = {-1, -1};
    int noise[2] = {-1, -1};
    pid_t pid = -1;

    if (!open_pipe(result)) {
        return false;
    }
    if (!open_pipe(noise)) {
        (void)close(result[0]);
        (void)close(result[1]);
        return false;
    }
    (void)fflush(NULL);
    pid = fork();
    if (pid == 0) {
        become(program, arguments, is_listing ? NULL : settings, result[1],
               noise[1]);
    }
    (void)close(result[1]);
    (void)close(noise[1]);
    if (pid < 0) {
        (void)close(result[0]);
        (void)close(noise[0]);
        return false;
    }
    (void)setpgid(pid, pid); /* whichever of us comes first */
    *out_child =
        (struct dry_child){.pid = pid,
                           .process_fd = (int)syscall(SYS_pidfd_open, pid, 0),
                           .result_fd = result[0],
                           .noise_fd = noise[0]};
    if (out_child->process_fd < 0) {
        dry_child_reap(out_child); /* its end would never be seen */
        return false;
    }
    return true;
}

static void take(int fd, struct dry_buffer *into, size_t max)
{
    char piece[4096];
    ssize_t got = 0;

    do {
        got = read(fd, piece, sizeof(piece));
        if (got > 0 && into->len + (size_t)got <= max) {
            (void)dry_buffer_add(into, piece, (size_t)got);
        }
    } while (got > 0 || (got < 0 && errno == EINTR));
}

void dry_child_listen(struct dry_child *child)
{
    take(child->result_fd, &child->result, DRY_BUFFER_MAX);
    take(child->noise_fd, &child->noise, DRY_CHILD_NOISE_MAX);
}

void dry_child_kill(struct dry_child *child)
{
    child->was_killed = true;
    (void)kill(-child->pid, SIGKILL);
}

void dry_child_reap(struct dry_child *child)
{
    pid_t got = 0;

    (void)kill(-child->pid, SIGKILL);
    do {
        got = waitpid(child->pid, &child->status, 0);
    } while (got < 0 && errno == EINTR);
    dry_child_listen(child);
    (void)close(child->result_fd);
    (void)close(child->noise_fd);
    if (child->process_fd >= 0) {
        (void)close(child->process_fd);
    }
    child->pid = 0;
}

void dry_child_release(struct dry_child *child)
{
    dry_buffer_release(&child->result);
    dry_buffer_release(&child->noise);
}
