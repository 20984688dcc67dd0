/* SPDX-License-Identifier: MIT */
#include "pty_session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OUTPUT_MAX 4194304U /* bytes; a test writes less than one */

/* What the shell is told. */
enum { FOREGROUND = 'f', BACKGROUND = 'b' };

/* What it tells: first the program's id, with no status. */
struct report {
    pid_t program;
    int status;
};

struct pty_session {
    int master;
    int orders;  /* to the shell */
    int reports; /* from it */
    pid_t shell;
    pid_t program;
    struct termios mode_before;
    size_t expected; /* bytes of output up to the last that was waited for */
    size_t len;
    char output[OUTPUT_MAX + 1];
};

static int64_t now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool write_all(int fd, const void *data, size_t len)
{
    const char *left = data;

    while (len > 0) {
        ssize_t written = write(fd, left, len);

        if (written < 0 && errno != EINTR) {
            return false;
        }
        if (written > 0) {
            left += written;
            len -= (size_t)written;
        }
    }
    return true;
}

/* ------------------------------------------------------------- the shell */

static void run_program(const char *const *argv)
{
    const struct rlimit no_core = {0};
    char *words[64] = {NULL};

    for (size_t i = 0; argv[i] != NULL && i < 63; i++) {
        words[i] = strdup(argv[i]);
    }
    (void)setpgid(0, 0);
    (void)tcsetpgrp(STDIN_FILENO, getpid());
    (void)signal(SIGTTOU, SIG_DFL);
    (void)setrlimit(RLIMIT_CORE, &no_core); /* SIGQUIT would leave one */
    if (words[0] != NULL) {
        (void)execvp(words[0], words);
    }
    _exit(127);
}

/* Take the terminal back, tell, and wait for an order. Returns false at the
 * end. */
static bool report_and_obey(pid_t program, int status, int orders, int reports)
{
    const struct report report = {.program = program, .status = status};
    char order = 0;

    (void)tcsetpgrp(STDIN_FILENO, getpid());
    if (!write_all(reports, &report, sizeof(report)) ||
        read(orders, &order, 1) != 1 || !WIFSTOPPED(status)) {
        return false;
    }
    if (order == FOREGROUND) {
        (void)tcsetpgrp(STDIN_FILENO, program);
    }
    return kill(-program, SIGCONT) == 0;
}

static void be_shell(const char *const *argv, int orders, int reports)
{
    struct report started = {0};
    int status = 0;

    (void)signal(SIGTTOU, SIG_IGN); /* we set the foreground from behind it */
    started.program = fork();
    if (started.program == 0) {
        run_program(argv);
    }
    (void)setpgid(started.program, started.program);
    if (!write_all(reports, &started, sizeof(started))) {
        _exit(1);
    }
    while (waitpid(started.program, &status, WUNTRACED) > 0 &&
           report_and_obey(started.program, status, orders, reports)) {
    }
    _exit(0);
}

/* Make @slave the terminal of this new process, and 0, 1 and 2. */
static bool take_terminal(const char *slave)
{
    int fd = setsid() < 0 ? -1 : open(slave, O_RDWR); /* ours from now on */

    return fd >= 0 && dup2(fd, STDIN_FILENO) >= 0 &&
           dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0 &&
           (fd <= STDERR_FILENO || close(fd) == 0);
}

static bool spawn(struct pty_session *session, const char *const *argv)
{
    int orders[2] = {-1, -1};
    int reports[2] = {-1, -1};
    const char *slave = ptsname(session->master); /* one thread only */

    if (slave == NULL || pipe(orders) != 0 || pipe(reports) != 0 ||
        fcntl(orders[0], F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(orders[1], F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(reports[0], F_SETFD, FD_CLOEXEC) != 0 ||
        fcntl(reports[1], F_SETFD, FD_CLOEXEC) != 0) {
        return false;
    }
    session->shell = fork();
    if (session->shell == 0) {
        (void)close(orders[1]);
        (void)close(reports[0]);
        (void)close(session->master);
        if (take_terminal(slave)) {
            be_shell(argv, orders[0], reports[1]);
        }
        _exit(1);
    }
    (void)close(orders[0]);
    (void)close(reports[1]);
    session->orders = orders[1];
    session->reports = reports[0];
    return session->shell > 0;
}

/* -------------------------------------------------------------- our side */

/* Take what was written. Returns false when there can be no more. */
static bool take_output(struct pty_session *session)
{
    ssize_t got = session->len == OUTPUT_MAX
                      ? -1
                      : read(session->master, session->output + session->len,
                             OUTPUT_MAX - session->len);

    if (got <= 0) {
        return false;
    }
    session->len += (size_t)got;
    session->output[session->len] = '\0';
    return true;
}

/* Read a report while output is taken, so that nobody waits for us. */
static bool take_report(struct pty_session *session, struct report *out_report)
{
    int64_t deadline_ms = now_ms() + PTY_WAIT_MS;
    struct pollfd fds[] = {{.fd = session->reports, .events = POLLIN},
                           {.fd = session->master, .events = POLLIN}};

    while (now_ms() < deadline_ms) {
        (void)poll(fds, 2, (int)(deadline_ms - now_ms()));
        if (fds[1].revents != 0 && !take_output(session)) {
            fds[1].fd = -1;
        }
        if (fds[0].revents != 0) {
            return read(session->reports, out_report, sizeof(*out_report)) ==
                   sizeof(*out_report);
        }
    }
    return false;
}

static bool open_terminal(struct pty_session *session, uint16_t rows,
                          uint16_t columns)
{
    session->master = posix_openpt(O_RDWR | O_NOCTTY);
    return session->master >= 0 &&
           fcntl(session->master, F_SETFD, FD_CLOEXEC) == 0 &&
           grantpt(session->master) == 0 && unlockpt(session->master) == 0 &&
           pty_resize(session, rows, columns) &&
           tcgetattr(session->master, &session->mode_before) == 0;
}

struct pty_session *pty_start(const char *const *argv, uint16_t rows,
                              uint16_t columns)
{
    struct pty_session *session = calloc(1, sizeof(*session));
    struct report report = {0};

    if (session == NULL) {
        return NULL;
    }
    session->orders = -1;
    session->reports = -1;
    if (!open_terminal(session, rows, columns) || !spawn(session, argv) ||
        !take_report(session, &report)) {
        pty_free(session);
        return NULL;
    }
    session->program = report.program;
    return session;
}

void pty_free(struct pty_session *session)
{
    if (session == NULL) {
        return;
    }
    if (session->program > 0) {
        (void)kill(session->program, SIGKILL);
    }
    (void)close(session->orders);
    if (session->shell > 0) {
        (void)waitpid(session->shell, NULL, 0);
    }
    (void)close(session->reports);
    (void)close(session->master);
    free(session);
}

const struct termios *pty_mode_before(const struct pty_session *session)
{
    return &session->mode_before;
}

bool pty_mode(const struct pty_session *session, struct termios *out_mode)
{
    return tcgetattr(session->master, out_mode) == 0;
}

bool pty_type(struct pty_session *session, const void *keys, size_t len)
{
    return write_all(session->master, keys, len);
}

bool pty_resize(struct pty_session *session, uint16_t rows, uint16_t columns)
{
    const struct winsize size = {.ws_row = rows, .ws_col = columns};

    return ioctl(session->master, TIOCSWINSZ, &size) == 0;
}

bool pty_kill(struct pty_session *session, int number)
{
    return kill(session->program, number) == 0;
}

bool pty_expect(struct pty_session *session, const char *text)
{
    int64_t deadline_ms = now_ms() + PTY_WAIT_MS;
    struct pollfd fd = {.fd = session->master, .events = POLLIN};
    const char *found = NULL;

    while ((found = strstr(session->output + session->expected, text)) ==
           NULL) {
        if (now_ms() >= deadline_ms ||
            (poll(&fd, 1, (int)(deadline_ms - now_ms())) > 0 &&
             !take_output(session))) {
            return false;
        }
    }
    session->expected = (size_t)(found - session->output) + strlen(text);
    return true;
}

const char *pty_output(const struct pty_session *session, size_t *out_len)
{
    *out_len = session->len;
    return session->output;
}

/* What the program wrote at its end may be there behind the report. */
static void take_rest(struct pty_session *session)
{
    struct pollfd fd = {.fd = session->master, .events = POLLIN};

    while (poll(&fd, 1, 0) > 0 && take_output(session)) {
    }
}

bool pty_wait(struct pty_session *session, int *out_status)
{
    struct report report = {0};

    if (!take_report(session, &report)) {
        return false;
    }
    take_rest(session);
    if (!WIFSTOPPED(report.status)) {
        session->program = 0; /* its id may be somebody else's now */
    }
    *out_status = report.status;
    return true;
}

bool pty_go_on(struct pty_session *session, bool in_foreground)
{
    const char order = in_foreground ? FOREGROUND : BACKGROUND;

    return write_all(session->orders, &order, 1);
}
