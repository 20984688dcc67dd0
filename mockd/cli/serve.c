/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <mockd/mockd.h>

enum status {
    STATUS_OK = 0,
    STATUS_USAGE = 2,
    STATUS_ENVIRONMENT = 3,
    STATUS_FIXTURE = 4
};

#define FAULTS_MAX 256

static const char usage[] =
    "usage: mockd serve --profile NAME | --fixtures DIR\n"
    "                   [--unix PATH|auto] [--tcp HOST:PORT]\n"
    "\n"
    "Replay recorded exec sessions like the engine they came from.\n"
    "\n"
    "  --profile NAME    a folder of the installed fixtures\n"
    "  --fixtures DIR    every .execcast file below DIR\n"
    "  --unix PATH|auto  listen on a unix socket; auto, which is what happens\n"
    "                    without --unix and --tcp, makes a folder for it\n"
    "  --tcp HOST:PORT   listen on loopback, such as 127.0.0.1:0\n"
    "  --pace PACE       when the next piece is written: asap (default),\n"
    "                    lockstep (the client has read the one before),\n"
    "                    gap:MICROSECONDS\n"
    "  --fault FAULT     arm a fault: NAME[:KEY=VALUE,...], a JSON object, or\n"
    "                    preset:NAME; may be repeated\n"
    "  --bug NAME        be wrong in all answers: a preset of class bug; may "
    "be\n"
    "                    repeated\n"
    "\n"
    "One line of JSON on standard output says that it is ready and where.\n"
    "SIGTERM and SIGINT stop it. Exit status: 0, 2 usage, 3 environment,\n"
    "4 a fixture with a mistake.\n";

static int fail_usage(const char *text, const char *operand)
{
    (void)fprintf(stderr, "mockd serve: %s%s; see mockd serve --help\n", text,
                  operand);
    return STATUS_USAGE;
}

struct faults {
    const char *list[FAULTS_MAX];
    bool is_bug[FAULTS_MAX];
    size_t count;
    const char *one_too_many;
};

static void add_fault(struct faults *faults, const char *fault, bool is_bug)
{
    if (faults->count == FAULTS_MAX) {
        faults->one_too_many = fault;
        return;
    }
    faults->is_bug[faults->count] = is_bug;
    faults->list[faults->count++] = fault;
}

/* Returns -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, struct mockd_options *options,
                        struct faults *faults)
{
    static const struct option known[] = {
        {"profile", required_argument, NULL, 'p'},
        {"fixtures", required_argument, NULL, 'f'},
        {"unix", required_argument, NULL, 'u'},
        {"tcp", required_argument, NULL, 't'},
        {"fault", required_argument, NULL, 'F'},
        {"pace", required_argument, NULL, 'P'},
        {"bug", required_argument, NULL, 'b'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int code = 0;

    opterr = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread */
    while ((code = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
        switch (code) {
        case 'p':
            options->profile = optarg;
            break;
        case 'f':
            options->fixtures = optarg;
            break;
        case 'u':
            options->unix_path = optarg;
            break;
        case 't':
            options->tcp_address = optarg;
            break;
        case 'F':
        case 'b':
            add_fault(faults, optarg, code == 'b');
            break;
        case 'P':
            options->pace = optarg;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            return STATUS_OK;
        case ':':
            return fail_usage("a value is missing after ", argv[optind - 1]);
        default:
            return fail_usage("unknown option ", argv[optind - 1]);
        }
    }
    if (faults->one_too_many != NULL) {
        return fail_usage("too many of --fault or --bug, at ",
                          faults->one_too_many);
    }
    if (optind < argc) {
        return fail_usage("unexpected argument ", argv[optind]);
    }
    if ((options->profile == NULL) == (options->fixtures == NULL)) {
        return fail_usage("give either --profile or --fixtures", "");
    }
    return -1;
}

static void print_json(const char *key, const char *text)
{
    if (text == NULL) {
        return;
    }
    printf(",\"%s\":\"", key);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x20) {
            printf("\\u%04x", c);
        } else if (c == '"' || c == '\\') {
            printf("\\%c", c);
        } else {
            (void)putchar(c);
        }
    }
    (void)putchar('"');
}

static bool print_ready(const struct mockd *mock,
                        const struct mockd_options *options)
{
    printf("{\"ready\":true");
    print_json("unix", mockd_unix_url(mock));
    print_json("tcp", mockd_tcp_url(mock));
    printf(",\"pid\":%ld", (long)getpid());
    print_json("profile", options->profile);
    print_json("container", mockd_container(mock));
    printf(",\"fixtures\":%zu}\n", mockd_fixture_count(mock));
    return fflush(stdout) == 0;
}

static void print_note(void *user, const char *note)
{
    (void)user;
    (void)fprintf(stderr, "%s\n", note);
}

static int status_of(enum mockd_code code)
{
    switch (code) {
    case MOCKD_OK:
        return STATUS_OK;
    case MOCKD_E_INVALID:
        return STATUS_USAGE;
    case MOCKD_E_FIXTURE:
        return STATUS_FIXTURE;
    case MOCKD_E_SYSTEM:
        return STATUS_ENVIRONMENT;
    }
    return STATUS_ENVIRONMENT;
}

static enum mockd_code arm(struct mockd *mock, const char *fault, bool is_bug,
                           struct mockd_error *err)
{
    char text[1024];

    if (!is_bug) {
        return mockd_arm(mock, fault, err);
    }
    (void)snprintf(text, sizeof(text), "bug:%s", fault);
    return mockd_arm(mock, text, err);
}

int mockd_cli_serve(int argc, char **argv)
{
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};
    struct mockd *mock = NULL;
    enum mockd_code rc = MOCKD_OK;
    struct faults faults = {.count = 0};
    int status = read_options(argc, argv, &options, &faults);
    sigset_t ends;
    int got = 0;

    if (status >= 0) {
        return status;
    }
    if (options.unix_path == NULL && options.tcp_address == NULL) {
        options.unix_path = "auto";
    }
    options.on_note = print_note;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    rc = mockd_start(&options, &mock, &err);
    for (size_t i = 0; rc == MOCKD_OK && i < faults.count; i++) {
        rc = arm(mock, faults.list[i], faults.is_bug[i], &err);
    }
    if (rc != MOCKD_OK) {
        mockd_stop(mock);
        (void)fprintf(stderr, "mockd serve: %s\n", err.message);
        return status_of(rc);
    }
    if (print_ready(mock, &options)) {
        (void)sigwait(&ends, &got);
        status = STATUS_OK;
    } else {
        (void)fprintf(stderr, "mockd serve: standard output: %s\n",
                      strerror(errno));
        status = STATUS_ENVIRONMENT;
    }
    mockd_stop(mock);
    return status;
}
