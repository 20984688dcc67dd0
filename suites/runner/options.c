/* SPDX-License-Identifier: MIT */
/* options.c - the command line of drydock. */
#include "options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JOBS_MAX 64
#define TIMEOUT_MAX_S 3600

/* Where an option's value goes; one of the pointers is set. */
struct option {
    const char *name;
    const char **text;
    struct dry_patterns *patterns;
    unsigned *number;
    unsigned max;
    bool *flag;
};

struct arguments {
    char *const *at; /* the next one; NULL ends them */
    char *error;
};

__attribute__((format(printf, 2, 3))) static bool
refuse(struct arguments *arguments, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    (void)vsnprintf(arguments->error, DRY_OPTION_ERROR_MAX, format, values);
    va_end(values);
    return false;
}

static bool take_number(struct arguments *arguments,
                        const struct option *option, const char *value)
{
    char *end = NULL;
    unsigned long number = strtoul(value, &end, 10);

    if (value[0] < '0' || value[0] > '9' || *end != '\0' || number == 0 ||
        number > option->max) {
        return refuse(arguments, "%s %s: expected a number from 1 to %u",
                      option->name, value, option->max);
    }
    *option->number = (unsigned)number;
    return true;
}

static bool take_value(struct arguments *arguments, const struct option *option,
                       const char *value)
{
    if (value == NULL || *value == '\0') {
        return refuse(arguments, "%s: expected a value after it", option->name);
    }
    if (option->number != NULL) {
        return take_number(arguments, option, value);
    }
    if (option->text != NULL) {
        *option->text = value;
        return true;
    }
    if (option->patterns->count == DRY_PATTERNS_MAX) {
        return refuse(arguments, "%s: at most %d of them", option->name,
                      DRY_PATTERNS_MAX);
    }
    option->patterns->items[option->patterns->count++] = value;
    return true;
}

static const struct option *find_option(const struct option *options,
                                        const char *text)
{
    size_t len = strcspn(text, "=");

    for (; options->name != NULL; options++) {
        if (strlen(options->name) == len &&
            strncmp(options->name, text, len) == 0) {
            return options;
        }
    }
    return NULL;
}

/* One option with its value, which may follow "=", stand next, or for -j be
 * written together with it. */
static bool take_option(struct arguments *arguments,
                        const struct option *options)
{
    const char *text = *arguments->at++;
    const struct option *option = find_option(options, text);
    const char *equals = strchr(text, '=');

    if (option == NULL && strncmp(text, "-j", 2) == 0) {
        option = find_option(options, "-j");
        equals = text + 1;
    }
    if (option == NULL) {
        return refuse(arguments,
                      text[0] == '-' ? "%s: unknown option; see drydock --help"
                                     : "%s: unexpected argument; see drydock "
                                       "--help",
                      text);
    }
    if (option->flag != NULL) {
        *option->flag = true;
        return true;
    }
    if (equals != NULL) {
        return take_value(arguments, option, equals + 1);
    }
    return take_value(arguments, option,
                      *arguments->at == NULL ? NULL : *arguments->at++);
}

static bool take_options(struct arguments *arguments,
                         const struct option *options)
{
    while (*arguments->at != NULL) {
        if (!take_option(arguments, options)) {
            return false;
        }
    }
    return true;
}

static bool parse_engine(struct arguments *arguments, struct dry_options *out)
{
    bool wants_help = false;
    const struct option options[] = {
        {.name = "--host", .text = &out->host},
        {.name = "--mock", .text = &out->mock},
        {.name = "--container", .text = &out->container},
        {.name = "--image", .text = &out->image},
        {.name = "--include", .patterns = &out->include},
        {.name = "--exclude", .patterns = &out->exclude},
        {.name = "--jobs", .number = &out->jobs, .max = JOBS_MAX},
        {.name = "-j", .number = &out->jobs, .max = JOBS_MAX},
        {.name = "--timeout", .number = &out->timeout_s, .max = TIMEOUT_MAX_S},
        {.name = "--junit", .text = &out->junit},
        {.name = "--json", .text = &out->json},
        {.name = "--help", .flag = &wants_help},
        {.name = "-h", .flag = &wants_help},
        {0}};

    out->command = DRY_COMMAND_ENGINE;
    if (!take_options(arguments, options)) {
        return false;
    }
    if (wants_help) {
        out->command = DRY_COMMAND_ENGINE_HELP;
    }
    if (out->mock != NULL && (out->host != NULL || out->container != NULL)) {
        return refuse(arguments,
                      "--mock %s: it has a host and a container of "
                      "its own; leave --host and --container out",
                      out->mock);
    }
    return true;
}

static bool parse_list(struct arguments *arguments, struct dry_options *out)
{
    bool wants_help = false;
    const struct option options[] = {
        {.name = "--json", .flag = &out->wants_json},
        {.name = "--help", .flag = &wants_help},
        {.name = "-h", .flag = &wants_help},
        {0}};

    out->command = DRY_COMMAND_LIST;
    if (!take_options(arguments, options)) {
        return false;
    }
    if (wants_help) {
        out->command = DRY_COMMAND_LIST_HELP;
    }
    return true;
}

static bool parse_diff(struct arguments *arguments, struct dry_options *out)
{
    size_t count = 0;

    out->command = DRY_COMMAND_DIFF;
    for (; *arguments->at != NULL; arguments->at++) {
        const char *text = *arguments->at;

        if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0) {
            out->command = DRY_COMMAND_DIFF_HELP;
            return true;
        }
        if (text[0] == '-') {
            return refuse(arguments, "%s: unknown option; see drydock --help",
                          text);
        }
        if (count == 2) {
            return refuse(arguments, "%s: diff takes two files", text);
        }
        out->files[count++] = text;
    }
    return count == 2 || refuse(arguments, "diff: expected two files after it");
}

bool dry_options_parse(struct dry_options *out_options, int argc,
                       char *const *argv, char out_error[DRY_OPTION_ERROR_MAX])
{
    struct arguments arguments = {.at = argv + 1};
    const char *name = argc > 1 ? *arguments.at++ : NULL;

    arguments.error = out_error;
    *out_options = (struct dry_options){.timeout_s = 30};
    if (name == NULL) {
        return refuse(&arguments, "a command is missing; see drydock --help");
    }
    if (strcmp(name, "engine") == 0) {
        return parse_engine(&arguments, out_options);
    }
    if (strcmp(name, "list") == 0) {
        return parse_list(&arguments, out_options);
    }
    if (strcmp(name, "diff") == 0) {
        return parse_diff(&arguments, out_options);
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        out_options->command = DRY_COMMAND_HELP;
        return true;
    }
    if (strcmp(name, "--version") == 0) {
        out_options->command = DRY_COMMAND_VERSION;
        return true;
    }
    return refuse(&arguments,
                  "%s: unknown command; expected engine, list or diff", name);
}

static const char help[] =
    "usage: drydock COMMAND [OPTION]...\n"
    "\n"
    "Conformance suite for the Docker Engine exec API.\n"
    "\n"
    "  engine     judge an engine: Docker, Podman, or a mock of one\n"
    "  list       list the cases with their rules\n"
    "  diff       say on which cases two runs do not agree\n"
    "\n"
    "  --help     this text; drydock engine --help has the options\n"
    "  --version  the version\n"
    "\n"
    "exit status: 0 conforms, 1 does not, 2 usage, 3 environment, 4 our own\n"
    "fault\n";

static const char engine_help[] =
    "usage: drydock engine [OPTION]...\n"
    "\n"
    "Run the conformance cases against an engine, one process each.\n"
    "\n"
    "  --host URL         unix:///PATH, tcp://HOST:PORT; default: "
    "DOCKER_HOST,\n"
    "                     else unix:///var/run/docker.sock\n"
    "  --mock PROFILE     judge a mock that replays PROFILE, such as\n"
    "                     docker-20.10.24, instead of an engine\n"
    "  --container NAME   run in this container, which has busybox in it;\n"
    "                     default: make one, and remove it again\n"
    "  --image REF        make the container from this image; default: our "
    "own,\n"
    "                     imported if it is not there\n"
    "  --include GLOB     only cases whose id matches, such as 'E5.*'\n"
    "  --exclude GLOB     not those; both may be given many times\n"
    "  -j, --jobs N       so many cases at a time; default: one per core, at\n"
    "                     most 8\n"
    "  --timeout SECONDS  for each case; default: 30\n"
    "  --junit FILE       write a JUnit report\n"
    "  --json FILE        write a JSON report\n"
    "\n"
    "exit status: 0 conforms, 1 does not, 2 usage, 3 environment, 4 our own\n"
    "fault\n";

static const char list_help[] = "usage: drydock list [--json]\n"
                                "\n"
                                "List the cases, one a line: id, level, name, "
                                "rules. With --json one object\n"
                                "whose cases hold all that is known of each.\n";

static const char diff_help[] =
    "usage: drydock diff A B\n"
    "\n"
    "Say on which cases two runs do not agree. Each is a report of drydock\n"
    "engine --json, or a file with lines of a case and its verdict.\n"
    "\n"
    "exit status: 0 no difference, 1 some, 2 usage, 3 a file cannot be read\n";

const char *dry_options_help(enum dry_command_name command)
{
    switch (command) {
    case DRY_COMMAND_ENGINE:
    case DRY_COMMAND_ENGINE_HELP:
        return engine_help;
    case DRY_COMMAND_LIST:
    case DRY_COMMAND_LIST_HELP:
        return list_help;
    case DRY_COMMAND_DIFF:
    case DRY_COMMAND_DIFF_HELP:
        return diff_help;
    case DRY_COMMAND_HELP:
    case DRY_COMMAND_VERSION:
        break;
    }
    return help;
}
