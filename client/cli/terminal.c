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
static volatile sig_atomic_t is_raw;
static int size_pipe[2] = {-1, -1};

void terminal_restore(void)
{
    if (is_raw) {
        is_raw = 0;
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &saved);
    }
}

/* Put the terminal back, then die of the signal as if we had not caught it:
 * SA_RESETHAND has set the default again. */
static void on_deadly_signal(int number)
{
    terminal_restore();
    (void)raise(number);
}

static bool catch (int number, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    return sigemptyset(&action.sa_mask) == 0 &&
           sigaction(number, &action, NULL) == 0;
}

static bool catch_deadly_signals(void)
{
    static const int numbers[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (!catch (numbers[i], on_deadly_signal, (int)SA_RESETHAND)) {
            return false;
        }
    }
    return true;
}

/* What cfmakeraw() does, which POSIX lacks. */
static struct termios raw_of(const struct termios *cooked)
{
    struct termios raw = *cooked;

    raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR |
                               IGNCR | ICRNL | IXON);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    raw.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    raw.c_cflag |= (tcflag_t)CS8;
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    return raw;
}

bool terminal_make_raw(void)
{
    struct termios raw;

    if (!isatty(STDIN_FILENO)) {
        return true;
    }
    if (tcgetattr(STDIN_FILENO, &saved) != 0 || atexit(terminal_restore) != 0 ||
        !catch_deadly_signals()) {
        return false;
    }
    raw = raw_of(&saved);
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

/* A full pipe is fine: there is a notice in it. */
static void on_size_change(int number)
{
    int before = errno;
    ssize_t written = write(size_pipe[1], "", 1);

    (void)number;
    (void)written;
    errno = before;
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
