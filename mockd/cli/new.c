/* SPDX-License-Identifier: MIT */
/* new.c - the command `mockd new`: a fixture to begin with. */
#include <getopt.h>
#include <string.h>

#include "template.h"
#include "text.h"
#include "tools.h"

static const char usage[] =
    "usage: mockd new [--recording] [NAME]\n"
    "\n"
    "Print a fixture to begin with, that mockd serve plays: a script of an "
    "exec\n"
    "that writes to both streams and exits with 3. NAME goes into its header.\n"
    "\n"
    "  --script     a script, in which only what matters stands; the default\n"
    "  --recording  the same in the form of a recording, every byte of it; "
    "after\n"
    "               a change mockd lint --fix counts its end line again\n"
    "  --help       show this\n"
    "\n"
    "Exit status: 0, 2 usage.\n";

struct arguments {
    const char *name;
    const char *template;
};

static int fail_usage(FILE *err, const char *text, const char *operand)
{
    (void)fprintf(err, "mockd new: %s%s; see mockd new --help\n", text,
                  operand);
    return MD_STATUS_USAGE;
}

/* Returns -1 to go on, else the exit status. */
static int read_options(int argc, char **argv, struct arguments *arguments,
                        FILE *out, FILE *err)
{
    static const struct option known[] = {{"script", no_argument, NULL, 's'},
                                          {"recording", no_argument, NULL, 'r'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int code = 0;

    opterr = 0;
    optind = 0; /* the tests come here more than once */
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): there are no threads */
    while ((code = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
        switch (code) {
        case 's':
            arguments->template = md_template;
            break;
        case 'r':
            arguments->template = md_template_recording;
            break;
        case 'h':
            (void)fputs(usage, out);
            return MD_STATUS_OK;
        default:
            return fail_usage(err, "unknown option ", argv[optind - 1]);
        }
    }
    if (argc - optind > 1) {
        return fail_usage(err, "one name, not ", argv[argc - 1]);
    }
    if (optind < argc) {
        arguments->name = argv[optind];
    }
    return -1;
}

int md_tool_new(int argc, char **argv, FILE *out, FILE *err)
{
    struct arguments arguments = {"by-hand", md_template};
    int status = read_options(argc, argv, &arguments, out, err);
    const char *place = NULL;

    if (status >= 0) {
        return status;
    }
    place = strstr(arguments.template, MD_TEMPLATE_NAME);
    (void)fwrite(arguments.template, 1, (size_t)(place - arguments.template),
                 out);
    md_text_json(out, arguments.name);
    (void)fputs(place + strlen(MD_TEMPLATE_NAME), out);
    return MD_STATUS_OK;
}
