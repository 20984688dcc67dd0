/* SPDX-License-Identifier: MIT */
/* verify.c - the command `mockd verify`. */
#include "verify.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "profile.h"
#include "record/probe.h"
#include "verify_guest.h"
#include "verify_session.h"

enum status {
    STATUS_CLEAN = 0,
    STATUS_DRIFT = 1,
    STATUS_USAGE = 2,
    STATUS_ENVIRONMENT = 3
};

#define CASES_MAX 256
#define PROBE_TIMEOUT_MS 10000
#define NAME_SIZE 256

static const char usage[] =
    "usage: mockd verify --host URL [OPTION]...\n"
    "\n"
    "Ask a live engine what a profile's recordings asked theirs, and print\n"
    "each difference that a client would see, one a line.\n"
    "\n"
    "  --host URL        the engine: unix:///PATH or tcp://HOST:PORT\n"
    "  --profile NAME    the profile; default: the one of the engine's "
    "version\n"
    "  --case ID         only the recording of this name; may be repeated\n"
    "  --container NAME  run in this container, made from drydock's image;\n"
    "                    default: make one, and remove it again\n"
    "  --segments        compare the sizes of frames too\n"
    "  --help            show this\n"
    "\n"
    "Exit status: 0 no difference, 1 differences, 2 usage, 3 the engine "
    "cannot\n"
    "be reached or used, or a recording cannot be read.\n";

struct arguments {
    const char *host;
    const char *profile;
    const char *container;
    const char *cases[CASES_MAX];
    size_t case_count;
    bool with_segments;
};

static int fail_usage(const char *text, const char *operand)
{
    (void)fprintf(stderr, "mockd verify: %s%s; see mockd verify --help\n", text,
                  operand);
    return STATUS_USAGE;
}

/* Returns -1 to go on, else the exit status. */
static int take_option(struct arguments *arguments, int code, const char *text)
{
    switch (code) {
    case 'H':
        arguments->host = optarg;
        return -1;
    case 'p':
        arguments->profile = optarg;
        return -1;
    case 'C':
        arguments->container = optarg;
        return -1;
    case 'c':
        if (arguments->case_count == CASES_MAX) {
            return fail_usage("too many of --case, from ", optarg);
        }
        arguments->cases[arguments->case_count++] = optarg;
        return -1;
    case 's':
        arguments->with_segments = true;
        return -1;
    case 'h':
        (void)fputs(usage, stdout);
        return STATUS_CLEAN;
    case ':':
        return fail_usage("a value is missing after ", text);
    default:
        return fail_usage("unknown option ", text);
    }
}

static int read_options(int argc, char **argv, struct arguments *arguments)
{
    static const struct option known[] = {
        {"host", required_argument, NULL, 'H'},
        {"profile", required_argument, NULL, 'p'},
        {"case", required_argument, NULL, 'c'},
        {"container", required_argument, NULL, 'C'},
        {"segments", no_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    int status = -1;

    optind = 1;
    opterr = 0;
    while (status == -1) {
        int at = optind;
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): before any thread */
        int code = getopt_long(argc, argv, ":h", known, NULL);

        if (code == -1) {
            break;
        }
        status = take_option(arguments, code, argv[at]);
    }
    if (status == -1 && optind < argc) {
        return fail_usage("unexpected argument ", argv[optind]);
    }
    if (status == -1 && arguments->host == NULL) {
        return fail_usage("say which engine: ", "--host URL");
    }
    if (status == -1 && arguments->container != NULL &&
        strpbrk(arguments->container, "/?#% \r\n") != NULL) {
        return fail_usage("not the name of a container: ",
                          arguments->container);
    }
    return status;
}

/* docker-28.5.2 for the engine that calls itself 28.5.2+dfsg4 */
static enum mockd_code name_profile(const struct md_rec_address *address,
                                    const char *host, char out[NAME_SIZE],
                                    struct mockd_error *err)
{
    struct md_rec_engine engine = {0};
    enum mockd_code rc =
        md_rec_probe(address, NULL, host, PROBE_TIMEOUT_MS, &engine, err);

    if (rc == MOCKD_OK) {
        (void)snprintf(out, NAME_SIZE, "%.100s-%.*s", engine.name,
                       (int)strcspn(engine.version, "+~"), engine.version);
    }
    return rc;
}

static enum mockd_code load_profile(const char *name,
                                    struct md_profile *profile,
                                    struct mockd_error *err)
{
    MD_CLEANUP(md_cleanup_free) char *folder = NULL;
    enum mockd_code rc = md_profile_find(name, &folder, err);

    return rc == MOCKD_OK ? md_profile_load(profile, folder, true, err) : rc;
}

static bool is_wanted(const struct arguments *arguments, const char *name)
{
    for (size_t i = 0; i < arguments->case_count; i++) {
        if (strcmp(arguments->cases[i], name) == 0) {
            return true;
        }
    }
    return arguments->case_count == 0;
}

/* A script asked nobody: there is nothing to ask the engine again. */
static enum mockd_code check_recordings(const struct arguments *arguments,
                                        const struct md_profile *profile,
                                        struct mockd_error *err)
{
    for (size_t i = 0; i < profile->count; i++) {
        if (!profile->fixtures[i]->is_script &&
            is_wanted(arguments, profile->fixtures[i]->name)) {
            return MOCKD_OK;
        }
    }
    return md_fail(err, MOCKD_E_FIXTURE,
                   "%s are all scripts, written by hand; only recordings are "
                   "verified",
                   arguments->case_count == 0 ? "the profile's files"
                                              : "these cases");
}

static enum mockd_code check_cases(const struct arguments *arguments,
                                   const struct md_profile *profile,
                                   struct mockd_error *err)
{
    for (size_t i = 0; i < arguments->case_count; i++) {
        size_t at = 0;

        while (at < profile->count &&
               strcmp(profile->fixtures[at]->name, arguments->cases[i]) != 0) {
            at++;
        }
        if (at == profile->count) {
            return md_fail(err, MOCKD_E_INVALID,
                           "--case %.60s: the profile has no such recording",
                           arguments->cases[i]);
        }
    }
    return MOCKD_OK;
}

static enum mockd_code verify_all(const struct arguments *arguments,
                                  const struct md_verify_engine *engine,
                                  const struct md_profile *profile,
                                  struct md_verify_report *report,
                                  size_t *out_count, struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    for (size_t i = 0; i < profile->count && rc == MOCKD_OK; i++) {
        if (!profile->fixtures[i]->is_script &&
            is_wanted(arguments, profile->fixtures[i]->name)) {
            rc = md_verify_session(engine, profile->fixtures[i], report, err);
            *out_count += 1;
        }
    }
    return rc;
}

/* With the container that was named, or one of our own. */
static enum mockd_code verify(const struct arguments *arguments,
                              const struct md_rec_address *address,
                              const struct md_profile *profile,
                              struct md_verify_report *report,
                              size_t *out_count, struct mockd_error *err)
{
    struct md_verify_guest guest = {.container = ""};
    struct md_verify_engine engine = {.address = *address,
                                      .container = arguments->container,
                                      .with_segments =
                                          arguments->with_segments};
    enum mockd_code rc = MOCKD_OK;

    if (arguments->container == NULL) {
        rc = md_verify_guest_make(address, &guest, err);
        engine.container = guest.container;
    }
    if (rc == MOCKD_OK) {
        rc = md_verify_guest_find(address, engine.container,
                                  engine.container_id, err);
    }
    if (rc == MOCKD_OK) {
        rc = verify_all(arguments, &engine, profile, report, out_count, err);
    }
    md_verify_guest_remove(address, &guest);
    return rc;
}

static enum mockd_code run(const struct arguments *arguments,
                           struct md_profile *profile,
                           struct md_verify_report *report, size_t *out_count,
                           struct mockd_error *err)
{
    struct md_rec_address address = {0};
    char name[NAME_SIZE] = "";
    enum mockd_code rc = md_rec_address_parse(arguments->host, &address, err);

    if (rc == MOCKD_OK && address.is_tls) {
        rc = md_rec_fail(err, MOCKD_E_INVALID,
                         "%s: no TLS here; give unix:///PATH or "
                         "tcp://HOST:PORT",
                         arguments->host);
    }
    if (rc == MOCKD_OK) {
        rc = name_profile(&address, arguments->host, name, err);
    }
    if (rc == MOCKD_OK) {
        rc =
            load_profile(arguments->profile == NULL ? name : arguments->profile,
                         profile, err);
    }
    if (rc == MOCKD_OK) {
        rc = check_cases(arguments, profile, err);
    }
    if (rc == MOCKD_OK) {
        rc = check_recordings(arguments, profile, err);
    }
    return rc == MOCKD_OK
               ? verify(arguments, &address, profile, report, out_count, err)
               : rc;
}

static int status_of(enum mockd_code rc, const struct md_verify_report *report)
{
    if (rc != MOCKD_OK) {
        return rc == MOCKD_E_INVALID ? STATUS_USAGE : STATUS_ENVIRONMENT;
    }
    return report->shown > 0 ? STATUS_DRIFT : STATUS_CLEAN;
}

int mockd_cli_verify(int argc, char **argv)
{
    struct arguments arguments = {0};
    struct md_profile profile = {0};
    struct md_verify_report *report = NULL;
    struct mockd_error err = {0};
    size_t count = 0;
    enum mockd_code rc = MOCKD_OK;
    int status = read_options(argc, argv, &arguments);

    if (status >= 0) {
        return status;
    }
    report = calloc(1, sizeof(*report));
    rc = report == NULL ? md_fail_nomem(&err)
                        : run(&arguments, &profile, report, &count, &err);
    if (rc != MOCKD_OK) {
        (void)fprintf(stderr, "mockd verify: %s\n", err.message);
    } else {
        printf("%zu recordings, %u differences, %u more of heads like them\n",
               count, report->shown, report->repeated);
    }
    status = report == NULL ? STATUS_ENVIRONMENT : status_of(rc, report);
    md_profile_release(&profile);
    free(report);
    return status;
}
