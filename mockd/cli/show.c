/* SPDX-License-Identifier: MIT */
/* show.c - the command `mockd show`: a session for people. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "fixture.h"
#include "source.h"
#include "text.h"
#include "tools.h"
#include "view.h"

static const char usage[] =
    "usage: mockd show [--bytes N] [--hex] [--json] FILE...\n"
    "\n"
    "Show recorded sessions: requests, answers, and each stream in one time\n"
    "line of both directions, its frames decoded; of a script its steps.\n"
    "\n"
    "  --bytes N  show at most N bytes of each body and piece; 0: all of "
    "them;\n"
    "             64 if not given\n"
    "  --hex      show the bytes of streams in hexadecimal, but not those "
    "that\n"
    "             a script only generates\n"
    "  --json     one JSON object a line instead\n"
    "  --help     show this\n"
    "\n"
    "Exit status: 0, 2 usage, 3 a file cannot be read, 4 a fixture with a\n"
    "mistake. The highest one of all files.\n";

static int fail_usage(FILE *err, const char *text, const char *operand)
{
    (void)fprintf(err, "mockd show: %s%s; see mockd show --help\n", text,
                  operand);
    return MD_STATUS_USAGE;
}

static bool read_count(const char *text, size_t *out_count)
{
    char *end = NULL;
    unsigned long long count = strtoull(text, &end, 10);

    if (text[0] < '0' || text[0] > '9' || *end != '\0' || count > UINT32_MAX) {
        return false;
    }
    *out_count = (size_t)count;
    return true;
}

/* Returns -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, struct md_view *view, FILE *err)
{
    static const struct option known[] = {
        {"bytes", required_argument, NULL, 'b'},
        {"hex", no_argument, NULL, 'x'},
        {"json", no_argument, NULL, 'j'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0}};
    const char *bytes = "";
    bool is_number = true;
    int code = 0;

    opterr = 0;
    optind = 0; /* the tests come here more than once */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
    while ((code = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
        switch (code) {
        case 'b':
            is_number = read_count(optarg, &view->max);
            bytes = optarg;
            break;
        case 'x':
            view->is_hex = true;
            break;
        case 'j':
            view->is_json = true;
            break;
        case 'h':
            (void)fputs(usage, view->out);
            return MD_STATUS_OK;
        case ':':
            return fail_usage(err, "a value is missing after ",
                              argv[optind - 1]);
        default:
            return fail_usage(err, "unknown option ", argv[optind - 1]);
        }
    }
    if (!is_number) {
        return fail_usage(err, "--bytes is not a number: ", bytes);
    }
    if (view->is_hex && view->is_json) {
        return fail_usage(err, "either --hex or --json", "");
    }
    return optind < argc ? -1 : fail_usage(err, "name a file", "");
}

static int show_file(struct md_view *view, const char *path, FILE *err)
{
    MD_CLEANUP(md_source_release) struct md_source source = {0};
    MD_CLEANUP(md_fixture_cleanup) struct md_fixture *fixture = NULL;
    struct mockd_error error = {0};
    enum mockd_code rc = md_source_read(&source, path, &error);

    if (rc == MOCKD_OK) {
        rc = md_source_load(&source, &fixture, &error);
    }
    if (rc == MOCKD_OK) {
        rc = md_view_fixture(view, &source, fixture, &error);
    }
    if (rc == MOCKD_OK) {
        return MD_STATUS_OK;
    }
    (void)fputs("mockd show: ", err);
    md_text_plain(err, path);
    (void)fputs(error.message[0] == ':' ? "" : ": ", err);
    md_text_plain(err, error.message);
    (void)putc('\n', err);
    return rc == MOCKD_E_FIXTURE ? MD_STATUS_FIXTURE : MD_STATUS_ENVIRONMENT;
}

/* Only for people who look at it at this moment. */
static bool wants_colour(FILE *out)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here calls setenv */
    const char *refused = getenv("NO_COLOR");
    int fd = fileno(out);

    return fd >= 0 && isatty(fd) == 1 &&
           (refused == NULL || refused[0] == '\0');
}

int md_tool_show(int argc, char **argv, FILE *out, FILE *err)
{
    struct md_view view = {
        .out = out, .max = 64, .has_colour = wants_colour(out)};
    int worst = read_options(argc, argv, &view, err);

    if (worst >= 0) {
        return worst;
    }
    worst = MD_STATUS_OK;
    for (int i = optind; i < argc; i++) {
        int status = show_file(&view, argv[i], err);

        worst = status > worst ? status : worst;
    }
    return worst;
}
