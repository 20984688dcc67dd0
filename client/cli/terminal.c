/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* Signal handlers need them, and there is one terminal. */
static struct termios saved;
static struct termios raw;
static volatile sig_atomic_t is_raw;
static int size_pipe[2] = {-1, -1};

/* To set a terminal from its background stops us, and spoils it for whoever
 * has it now. */
static bool is_in_background(void)
{
    pid_t foreground = tcgetpgrp(STDIN_FILENO);

    return foreground >= 0 && foreground != getpgrp();
}

static void set_to(const struct termios *mode)
{
    if (!is_in_background()) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, mode);
    }
}

void terminal_restore(void)
{
    if (is_raw) {
        is_raw = 0;
        set_to(&saved);
    }
}

/* A full pipe is fine: there is a notice in it. */
static void note_size_change(void)
{
    ssize_t written = write(size_pipe[1], "", 1);

    (void)written;
}

static void on_size_change(int number)
{
    int before = errno;

    (void)number;
    note_size_change();
    errno = before;
}

/* No handler is interrupted by another. */
static bool catch (int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    return sigfillset(&action.sa_mask) == 0 &&
           sigaction(number, &action, NULL) == 0;
}

/* Put the terminal back, then die of the signal as if we had not caught it:
 * SA_RESETHAND has set the default again. */
static void on_deadly_signal(int number)
{
    terminal_restore();
    (void)raise(number);
}

/* Whoever had the terminal meanwhile may have changed it, and its size. */
static void on_continue(int number)
{
    int before = errno;

    (void)number;
    if (is_raw) {
        set_to(&raw);
    }
    note_size_change();
    errno = before;
}

/* Stop as if we had not caught it: a group of processes that nobody could
 * wake, for one, is not stopped at all. */
static void on_stop(int number)
{
    int before = errno;
    sigset_t stop_only;

    if (is_raw) {
        set_to(&saved);
    }
    (void)sigemptyset(&stop_only);
    (void)sigaddset(&stop_only, number);
    (void)raise(number); /* SA_RESETHAND has set the default again */
    (void)sigprocmask(SIG_UNBLOCK, &stop_only, NULL);
    (void)catch (number, on_stop, (int)SA_RESETHAND | SA_RESTART);
    on_continue(SIGCONT);
    errno = before;
}

static bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 &&
           action.sa_handler == SIG_IGN;
}

/* What whoever started us ignores, as nohup does, stays so. */
static bool catch_signals(void)
{
    static const struct {
        int number;
        void (*handler)(int);
        int flags;
    } caught[] = {
        {SIGHUP, on_deadly_signal, (int)SA_RESETHAND},
        {SIGINT, on_deadly_signal, (int)SA_RESETHAND},
        {SIGQUIT, on_deadly_signal, (int)SA_RESETHAND},
        {SIGTERM, on_deadly_signal, (int)SA_RESETHAND},
        {SIGTSTP, on_stop, (int)SA_RESETHAND | SA_RESTART},
        {SIGCONT, on_continue, SA_RESTART},
    };

    for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
        if (!is_ignored(caught[i].number) &&
            !catch (caught[i].number, caught[i].handler, caught[i].flags)) {
            return false;
        }
    }
    return true;
}

/* What cfmakeraw() does, which POSIX lacks. */
static struct termios raw_of(const struct termios *cooked)
{
    struct termios mode = *cooked;

    mode.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR |
                                IGNCR | ICRNL | IXON);
    mode.c_oflag &= ~(tcflag_t)OPOST;
    mode.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    mode.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    mode.c_cflag |= (tcflag_t)CS8;
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    return mode;
}

bool terminal_make_raw(void)
{
    if (!isatty(STDIN_FILENO)) {
        return true;
    }
    /* In the background the first of these stops us: the mode to save is the
     * one that we find in the foreground. */
    if (tcdrain(STDIN_FILENO) != 0 || tcgetattr(STDIN_FILENO, &saved) != 0 ||
        atexit(terminal_restore) != 0) {
        return false;
    }
    raw = raw_of(&saved);
    if (!catch_signals()) {
        return false;
    }
    is_raw = 1; /* before it is so: a signal may come in between */
    return tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

bool terminal_size(uint16_t *out_rows, uint16_t *out_columns)
{
    static const int fds[] = {STDOUT_FILENO, STDIN_FILENO};

    for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
        struct winsize size = {0};

        if (ioctl(fds[i], TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
            size.ws_col > 0) {
            *out_rows = size.ws_row;
            *out_columns = size.ws_col;
            return true;
        }
    }
    return false;
}

static bool make_quiet(int fd)
{
    return fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

int terminal_watch_size(void)
{
    if (pipe(size_pipe) != 0 || !make_quiet(size_pipe[0]) ||
        !make_quiet(size_pipe[1]) ||
        !catch (SIGWINCH, on_size_change, SA_RESTART)) {
        return -1;
    }
    return size_pipe[0];
}

void terminal_size_seen(void)
{
    char notices[64];

    while (read(size_pipe[0], notices, sizeof(notices)) > 0) {
    }
}
