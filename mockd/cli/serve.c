/* SPDX-License-Identifier: MIT */
#include "serve.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <mockd/mockd.h>

enum status {
    STATUS_OK = 0,
    STATUS_NOT_AS_WANTED = 1,
    STATUS_USAGE = 2,
    STATUS_ENVIRONMENT = 3,
    STATUS_FIXTURE = 4
};

#define FAULTS_MAX 256

static const char usage[] =
    "usage: mockd serve --profile NAME | --fixtures DIR\n"
    "                   [--unix PATH|auto] [--tcp HOST:PORT] [OPTION]...\n"
    "\n"
    "Replay recorded exec sessions like the engine they came from.\n"
    "\n"
    "  --profile NAME    a folder of the installed fixtures\n"
    "  --fixtures DIR    every .execcast file below DIR\n"
    "  --unix PATH|auto  listen on a unix socket; auto, which is what happens\n"
    "                    without --unix and --tcp, makes a folder for it\n"
    "  --tcp HOST:PORT   listen on loopback, such as 127.0.0.1:0\n"
    "  --tls-cert FILE   speak TLS there, with this certificate (PEM)\n"
    "  --tls-key FILE    and its key\n"
    "  --tls-ca FILE     and only with clients that have a certificate which "
    "one\n"
    "                    of these signed\n"
    "  --pace PACE       when the next piece is written: asap (default),\n"
    "                    recorded[:PERCENT] (of the time it took),\n"
    "                    gap:MICROSECONDS, lockstep (the client has read the\n"
    "                    one before), step (mockd ctl SOCKET step)\n"
    "  --fault FAULT     arm a fault: NAME[:KEY=VALUE,...], a JSON object, or\n"
    "                    preset:NAME; may be repeated\n"
    "  --bug NAME        be wrong in all answers: a preset of class bug; may "
    "be\n"
    "                    repeated\n"
    "  --admin unix:PATH|auto\n"
    "                    listen there for mockd ctl\n"
    "  --seed N          the same ids of execs each time\n"
    "  --journal FILE    append what happens to FILE, as JSON lines\n"
    "  --ready-fd N      write the ready line to descriptor N, and close it\n"
    "  --exit-with-parent[=PID]\n"
    "                    stop when the parent process ends; at once if it is\n"
    "                    not PID any more\n"
    "  --strict          exit with 1 if a request was not answered by a\n"
    "                    recording, a fault never fired, a fixture was never\n"
    "                    used; which is told on standard error\n"
    "  --allow-unused    with --strict: fixtures need not be used\n"
    "\n"
    "One line of JSON on standard output says that it is ready and where.\n"
    "SIGTERM and SIGINT stop it. Exit status: 0, 1 with --strict, 2 usage,\n"
    "3 environment, 4 a fixture with a mistake.\n";

struct arguments {
    struct mockd_options options;
    const char *faults[FAULTS_MAX];
    bool is_bug[FAULTS_MAX];
    size_t fault_count;
    int ready_fd; /* -1 = standard output */
    bool exits_with_parent;
    long parent; /* its process id */
    bool is_strict;
    bool allows_unused;
};

static int fail_usage(const char *text, const char *operand)
{
    (void)fprintf(stderr, "mockd serve: %s%s; see mockd serve --help\n", text,
                  operand);
    return STATUS_USAGE;
}

static bool read_number(const char *text, long max, long *out_number)
{
    size_t len = strlen(text);

    if (len == 0 || len > 9 || strspn(text, "0123456789") != len) {
        return false;
    }
    *out_number = strtol(text, NULL, 10);
    return *out_number <= max;
}

/* The path of "unix:PATH", or "auto"; NULL when it is neither. */
static const char *admin_path(const char *text)
{
    if (strcmp(text, "auto") == 0) {
        return text;
    }
    if (strncmp(text, "unix:", 5) != 0) {
        return NULL;
    }
    text += 5;
    return strncmp(text, "//", 2) == 0 ? text + 2 : text;
}

enum {
    WITH_FAULT = 256,
    BUG,
    SEED,
    ADMIN,
    READY_FD,
    WITH_PARENT,
    STRICT,
    UNUSED,
    TLS_CERT,
    TLS_KEY,
    TLS_CA
};

static const struct option known[] = {
    {"profile", required_argument, NULL, 'p'},
    {"fixtures", required_argument, NULL, 'f'},
    {"unix", required_argument, NULL, 'u'},
    {"tcp", required_argument, NULL, 't'},
    {"tls-cert", required_argument, NULL, TLS_CERT},
    {"tls-key", required_argument, NULL, TLS_KEY},
    {"tls-ca", required_argument, NULL, TLS_CA},
    {"pace", required_argument, NULL, 'P'},
    {"journal", required_argument, NULL, 'j'},
    {"fault", required_argument, NULL, WITH_FAULT},
    {"bug", required_argument, NULL, BUG},
    {"seed", required_argument, NULL, SEED},
    {"admin", required_argument, NULL, ADMIN},
    {"ready-fd", required_argument, NULL, READY_FD},
    {"exit-with-parent", optional_argument, NULL, WITH_PARENT},
    {"strict", no_argument, NULL, STRICT},
    {"allow-unused", no_argument, NULL, UNUSED},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0}};

/* Those that are kept as they are. */
static const char **plain_option(struct mockd_options *options, int code)
{
    switch (code) {
    case 'p':
        return &options->profile;
    case 'f':
        return &options->fixtures;
    case 'u':
        return &options->unix_path;
    case 't':
        return &options->tcp_address;
    case TLS_CERT:
        return &options->tls_cert;
    case TLS_KEY:
        return &options->tls_key;
    case TLS_CA:
        return &options->tls_ca;
    case 'P':
        return &options->pace;
    case 'j':
        return &options->journal_path;
    default:
        return NULL;
    }
}

/* Returns -1 to go on, else the exit status. */
static int read_option(int code, struct arguments *arguments, const char *given)
{
    long number = 0;

    switch (code) {
    case WITH_FAULT:
    case BUG:
        if (arguments->fault_count == FAULTS_MAX) {
            return fail_usage("too many of --fault or --bug, at ", optarg);
        }
        arguments->is_bug[arguments->fault_count] = code == BUG;
        arguments->faults[arguments->fault_count++] = optarg;
        return -1;
    case ADMIN:
        arguments->options.admin_path = admin_path(optarg);
        return arguments->options.admin_path != NULL
                   ? -1
                   : fail_usage("--admin is auto or unix:PATH, not ", optarg);
    case SEED:
        if (!read_number(optarg, 999999999, &number) || number == 0) {
            return fail_usage("--seed is a number from 1 to 999999999, not ",
                              optarg);
        }
        arguments->options.seed = (uint64_t)number;
        return -1;
    case READY_FD:
        if (!read_number(optarg, 65535, &number)) {
            return fail_usage("--ready-fd is a number, not ", optarg);
        }
        arguments->ready_fd = (int)number;
        return -1;
    case WITH_PARENT:
        arguments->exits_with_parent = true;
        return optarg == NULL ||
                       read_number(optarg, 999999999, &arguments->parent)
                   ? -1
                   : fail_usage("--exit-with-parent has a process id, not ",
                                optarg);
    case STRICT:
        arguments->is_strict = true;
        return -1;
    case UNUSED:
        arguments->allows_unused = true;
        return -1;
    case 'h':
        (void)fputs(usage, stdout);
        return STATUS_OK;
    case ':':
        return fail_usage("a value is missing after ", given);
    default:
        return fail_usage("unknown option ", given);
    }
}

/* The same. */
static int check_tls(const struct mockd_options *options)
{
    bool has_cert = options->tls_cert != NULL;
    bool has_key = options->tls_key != NULL;

    if (options->tcp_address == NULL &&
        (has_cert || has_key || options->tls_ca != NULL)) {
        return fail_usage("--tls-cert, --tls-key and --tls-ca are for --tcp",
                          "");
    }
    if (has_cert != has_key || (options->tls_ca != NULL && !has_cert)) {
        return fail_usage("TLS needs both --tls-cert and --tls-key", "");
    }
    return -1;
}

/* Returns -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, struct arguments *arguments)
{
    struct mockd_options *options = &arguments->options;
    int code = 0;

    opterr = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread */
    while ((code = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
        const char **plain = plain_option(options, code);
        int status = -1;

        if (plain != NULL) {
            *plain = optarg;
        } else {
            status = read_option(code, arguments, argv[optind - 1]);
        }
        if (status >= 0) {
            return status;
        }
    }
    if (optind < argc) {
        return fail_usage("unexpected argument ", argv[optind]);
    }
    if ((options->profile == NULL) == (options->fixtures == NULL)) {
        return fail_usage("give either --profile or --fixtures", "");
    }
    if (arguments->allows_unused && !arguments->is_strict) {
        return fail_usage("--allow-unused is for --strict", "");
    }
    if (options->unix_path == NULL && options->tcp_address == NULL) {
        options->unix_path = "auto";
    }
    return check_tls(options);
}

static void print_json(FILE *out, const char *key, const char *text)
{
    if (text == NULL) {
        return;
    }
    (void)fprintf(out, ",\"%s\":\"", key);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x20) {
            (void)fprintf(out, "\\u%04x", c);
        } else if (c == '"' || c == '\\') {
            (void)fprintf(out, "\\%c", c);
        } else {
            (void)fputc(c, out);
        }
    }
    (void)fputc('"', out);
}

static void print_ready(FILE *out, const struct mockd *mock,
                        const struct mockd_options *options)
{
    (void)fprintf(out, "{\"ready\":true");
    print_json(out, "unix", mockd_unix_url(mock));
    print_json(out, "tcp", mockd_tcp_url(mock));
    (void)fprintf(out, "%s", options->tls_cert == NULL ? "" : ",\"tls\":true");
    print_json(out, "admin", mockd_admin_url(mock));
    (void)fprintf(out, ",\"pid\":%ld", (long)getpid());
    print_json(out, "profile", options->profile);
    print_json(out, "container", mockd_container(mock));
    (void)fprintf(out, ",\"fixtures\":%zu}\n", mockd_fixture_count(mock));
}

/* False with errno when nobody can be told. */
static bool say_ready(const struct mockd *mock,
                      const struct arguments *arguments)
{
    FILE *out =
        arguments->ready_fd < 0 ? stdout : fdopen(arguments->ready_fd, "w");
    bool is_said = false;

    if (out == NULL) {
        return false;
    }
    print_ready(out, mock, &arguments->options);
    is_said = fflush(out) == 0;
    return (out == stdout || fclose(out) == 0) && is_said;
}

static void print_note(void *user, const char *note)
{
    (void)user;
    (void)fprintf(stderr, "%s\n", note);
}

/* The thread that waits for signals does the rest. */
static void stop_by_signal(void *user)
{
    (void)user;
    (void)kill(getpid(), SIGTERM);
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
    case MOCKD_E_TIMEOUT:
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

static int fail_errno(const char *what)
{
    (void)fprintf(stderr, "mockd serve: %s: %s\n", what, strerror(errno));
    return STATUS_ENVIRONMENT;
}

/* The kernel sends SIGTERM when the parent ends. That it had ended before we
 * asked shows by another process being the parent. */
static bool is_parent_there(const struct arguments *arguments)
{
    return !arguments->exits_with_parent ||
           (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 &&
            (long)getppid() == arguments->parent);
}

/* What --strict asks for. */
static int judge(struct mockd *mock, const struct arguments *arguments)
{
    struct mockd_error err = {0};
    char *text = NULL;
    int status = STATUS_OK;

    if (!arguments->is_strict) {
        return STATUS_OK;
    }
    if (mockd_check(mock, arguments->allows_unused, &text, &err) != MOCKD_OK) {
        (void)fprintf(stderr, "mockd serve: %s\n", err.message);
        return STATUS_ENVIRONMENT;
    }
    if (text[0] != '\0') {
        (void)fprintf(stderr, "mockd serve: not as --strict wants it:\n%s",
                      text);
        status = STATUS_NOT_AS_WANTED;
    }
    mockd_text_free(text);
    return status;
}

/* Until a signal of @ends. */
static int serve(const struct arguments *arguments, const sigset_t *ends)
{
    struct mockd_error err = {0};
    struct mockd *mock = NULL;
    enum mockd_code rc = mockd_start(&arguments->options, &mock, &err);
    int status = STATUS_OK;
    int got = 0;

    for (size_t i = 0; rc == MOCKD_OK && i < arguments->fault_count; i++) {
        rc = arm(mock, arguments->faults[i], arguments->is_bug[i], &err);
    }
    if (rc != MOCKD_OK) {
        mockd_stop(mock);
        (void)fprintf(stderr, "mockd serve: %s\n", err.message);
        return status_of(rc);
    }
    if (say_ready(mock, arguments)) {
        (void)sigwait(ends, &got);
        status = judge(mock, arguments);
    } else {
        status = fail_errno(arguments->ready_fd < 0 ? "standard output"
                                                    : "--ready-fd");
    }
    mockd_stop(mock);
    return status;
}

/* As many as we may have: each connection takes one. */
static void take_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int mockd_cli_serve(int argc, char **argv)
{
    struct arguments arguments = {.options = MOCKD_OPTIONS_INIT,
                                  .ready_fd = -1,
                                  .parent = (long)getppid()};
    int status = read_options(argc, argv, &arguments);
    sigset_t ends;

    if (status >= 0) {
        return status;
    }
    arguments.options.on_note = print_note;
    arguments.options.on_stop = stop_by_signal;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &ends, NULL);
    take_descriptors();
    return is_parent_there(&arguments) ? serve(&arguments, &ends) : STATUS_OK;
}
