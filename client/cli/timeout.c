/* SPDX-License-Identifier: MIT */
#include "timeout.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exit_status.h"
#include "output.h"
#include "terminal.h"

/* For the handler. */
static char message[128];
static const struct events *all_events;

static timer_t timer;
static bool is_armed;

/* Not to a reader that would hold us up. */
static void say(int fd, const char *text)
{
    struct pollfd out = {.fd = fd, .events = POLLOUT};

    if (text != NULL && poll(&out, 1, 0) == 1) {
        (void)output_write(fd, text, strlen(text));
    }
}

static void on_alarm(int number)
{
    (void)number;
    terminal_restore();
    say(STDOUT_FILENO, events_timeout_line(all_events));
    say(STDERR_FILENO, "dexec: ");
    say(STDERR_FILENO, message);
    say(STDERR_FILENO, "\n");
    _exit(EXIT_TIMED_OUT);
}

static bool catch_alarm(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    sigset_t alarm_only;

    return sigfillset(&action.sa_mask) == 0 && sigemptyset(&alarm_only) == 0 &&
           sigaddset(&alarm_only, SIGALRM) == 0 &&
           sigaction(SIGALRM, &action, NULL) == 0 &&
           sigprocmask(SIG_UNBLOCK, &alarm_only, NULL) == 0;
}

bool timeout_arm(uint32_t ms, struct events *events)
{
    struct sigevent by_signal = {.sigev_notify = SIGEV_SIGNAL,
                                 .sigev_signo = SIGALRM};
    struct itimerspec once = {
        .it_value = {.tv_sec = ms / 1000,
                     .tv_nsec = (long)(ms % 1000) * 1000000}};

    (void)snprintf(message, sizeof(message),
                   "timed out after %u.%03u s; the command may still run",
                   (unsigned)(ms / 1000), (unsigned)(ms % 1000));
    all_events = events;
    events_prepare_timeout(events, ms, message);
    is_armed =
        catch_alarm() && timer_create(CLOCK_MONOTONIC, &by_signal, &timer) == 0;
    return is_armed && timer_settime(timer, 0, &once, NULL) == 0;
}

void timeout_cancel(void)
{
    if (is_armed) {
        is_armed = false;
        (void)timer_delete(timer);
    }
}
