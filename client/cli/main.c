/* SPDX-License-Identifier: MIT */
/* main.c - dexec: run a command in a running container. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "events.h"
#include "exit_status.h"
#include "options.h"
#include "output.h"
#include "session.h"
#include "timeout.h"

/* Where one of 0, 1, 2 is closed, a connection would take its place. Opened
 * the wrong way round, to fail as the closed one would. */
static bool fill_descriptors(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) == -1 &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd) {
            return false;
        }
    }
    return true;
}

/* The exit status, once every event was to have been written. */
static int check_events(const struct events *events, int status)
{
    switch (events->end) {
    case OUTPUT_WRITTEN:
        return status;
    case OUTPUT_NO_READER:
        return EXIT_NO_READER;
    case OUTPUT_FAILED:
        break;
    }
    if (status != EXIT_OURS) { /* else this or something else was said */
        (void)fputs("dexec: writing to standard output failed\n", stderr);
    }
    return EXIT_OURS;
}

static int run(const struct options *options)
{
    struct events events;
    int status = EXIT_OURS;

    events_begin(&events, options->json);
    if (options->timeout_ms > 0 && !timeout_arm(options->timeout_ms, &events)) {
        (void)fputs("dexec: no timer could be set for --timeout\n", stderr);
    } else {
        status = check_events(&events, session_run(options, &events));
    }
    timeout_cancel();
    events_release(&events);
    return status;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    int status = EXIT_OURS;

    /* A reader that went away is an error of write(), said in output.c. */
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || !fill_descriptors()) {
        return EXIT_OURS;
    }
    switch (options_parse(argc, argv, &options)) {
    case OPTIONS_RUN:
        status = run(&options);
        break;
    case OPTIONS_DONE:
        status = EXIT_SUCCESS;
        break;
    case OPTIONS_WRONG:
        break;
    }
    options_release(&options);
    return status;
}
