/* SPDX-License-Identifier: MIT */
/* interrupt.c - SIGINT and SIGTERM as a descriptor to poll. */
#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A signal handler can reach nothing but globals. */
static volatile sig_atomic_t noted_signal;
static int ends[2] = {-1, -1};

static void note(int signal_number)
{
    int kept = errno;

    noted_signal = signal_number;
    if (write(ends[1], "", 1) < 0) {
        /* the pipe is full: it is readable already */
    }
    errno = kept;
}

int dry_interrupt_watch(void)
{
    const struct sigaction action = {.sa_handler = note};

    if (pipe(ends) != 0) {
        return -1;
    }
    for (int i = 0; i < 2; i++) {
        (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
        (void)fcntl(ends[i], F_SETFL, O_NONBLOCK);
    }
    if (sigaction(SIGINT, &action, NULL) != 0 ||
        sigaction(SIGTERM, &action, NULL) != 0) {
        return -1;
    }
    return ends[0];
}

int dry_interrupt_signal(void)
{
    return noted_signal;
}

void dry_interrupt_obey(void)
{
    if (noted_signal != 0) {
        const struct sigaction usual = {.sa_handler = SIG_DFL};

        (void)sigaction(noted_signal, &usual, NULL);
        (void)raise(noted_signal);
    }
}
