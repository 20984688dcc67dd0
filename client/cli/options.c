/* SPDX-License-Identifier: MIT */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dexec/version.h>

enum { OPT_PRIVILEGED = 256, OPT_DETACH_KEYS, OPT_HELP, OPT_VERSION };

static const struct option long_options[] = {
    {"host", required_argument, NULL, 'H'},
    {"interactive", no_argument, NULL, 'i'},
    {"tty", no_argument, NULL, 't'},
    {"detach", no_argument, NULL, 'd'},
    {"env", required_argument, NULL, 'e'},
    {"workdir", required_argument, NULL, 'w'},
    {"user", required_argument, NULL, 'u'},
    {"privileged", no_argument, NULL, OPT_PRIVILEGED},
    {"detach-keys", required_argument, NULL, OPT_DETACH_KEYS},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {0},
};

static const char usage[] =
    "usage: dexec [OPTION]... CONTAINER COMMAND [ARG...]\n"
    "Run a command in a running container, as docker exec does.\n"
    "\n"
    "  -H, --host URL          the daemon: unix:///PATH or tcp://HOST:PORT\n"
    "                          (default: $DOCKER_HOST, else\n"
    "                          unix:///var/run/docker.sock)\n"
    "  -i, --interactive       pass standard input on\n"
    "  -t, --tty               give the command a terminal\n"
    "  -d, --detach            start it and leave it\n"
    "  -e, --env NAME=VALUE    set a variable; may be repeated\n"
    "  -w, --workdir DIR       where the command starts\n"
    "  -u, --user USER         who it runs as: name, uid or uid:gid\n"
    "      --privileged        with all capabilities\n"
    "      --detach-keys KEYS  the key sequence that detaches a terminal\n"
    "      --help              show this\n"
    "      --version           show the version\n"
    "\n"
    "Exit status: the command's own; 125 when dexec itself failed, 126 when\n"
    "the command cannot be executed, 127 when it was not found.\n";

static enum options_outcome wrong(const char *what, const char *operand)
{
    (void)fprintf(stderr, "dexec: %s%s (try 'dexec --help')\n", what, operand);
    return OPTIONS_WRONG;
}

static enum options_outcome show(const char *text)
{
    return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? OPTIONS_WRONG
                                                          : OPTIONS_DONE;
}

static enum options_outcome add_env(struct options *options, const char *entry)
{
    if (strchr(entry, '=') == NULL || entry[0] == '=') {
        return wrong("-e needs NAME=VALUE, not ", entry);
    }
    options->env[options->env_count++] = entry;
    return OPTIONS_RUN;
}

static enum options_outcome take_flag(struct options *options, int letter)
{
    switch (letter) {
    case 'i':
        options->interactive = true;
        return OPTIONS_RUN;
    case 't':
        options->tty = true;
        return OPTIONS_RUN;
    case 'd':
        options->detach = true;
        return OPTIONS_RUN;
    case OPT_PRIVILEGED:
        options->privileged = true;
        return OPTIONS_RUN;
    case OPT_HELP:
        return show(usage);
    case OPT_VERSION:
        (void)printf("dexec %s\n", dexec_version());
        return show("");
    default:
        break;
    }
    return OPTIONS_WRONG;
}

static enum options_outcome take_option(struct options *options, int letter,
                                        char **argv)
{
    switch (letter) {
    case 'H':
        options->host = optarg;
        return OPTIONS_RUN;
    case 'e':
        return add_env(options, optarg);
    case 'w':
        options->working_dir = optarg;
        return OPTIONS_RUN;
    case 'u':
        options->user = optarg;
        return OPTIONS_RUN;
    case OPT_DETACH_KEYS:
        options->detach_keys = optarg;
        return OPTIONS_RUN;
    case ':':
        return wrong("no value for ", argv[optind - 1]);
    case '?':
        return wrong("unknown option ", argv[optind - 1]);
    default:
        return take_flag(options, letter);
    }
}

/* What is left is CONTAINER COMMAND [ARG...]. */
static enum options_outcome take_operands(struct options *options, int argc,
                                          char **argv)
{
    if (optind >= argc || argv[optind][0] == '\0') {
        return wrong("no container was named", "");
    }
    if (optind + 1 >= argc) {
        return wrong("no command was given for container ", argv[optind]);
    }
    options->container = argv[optind];
    options->cmd = (const char *const *)argv + optind + 1;
    return OPTIONS_RUN;
}

enum options_outcome options_parse(int argc, char **argv,
                                   struct options *out_options)
{
    enum options_outcome outcome = OPTIONS_RUN;
    int letter = 0;

    *out_options = (struct options){0};
    out_options->env = calloc((size_t)argc + 1, sizeof(*out_options->env));
    if (out_options->env == NULL) {
        return wrong("out of memory", "");
    }
    opterr = 0;
    while (outcome == OPTIONS_RUN) {
        /* "+": stop at CONTAINER, so that the command keeps its own. One
         * thread only. */
        letter = getopt_long(/* NOLINT(concurrency-mt-unsafe) */
                             argc, argv, "+:H:itde:w:u:", long_options, NULL);
        if (letter == -1) {
            return take_operands(out_options, argc, argv);
        }
        outcome = take_option(out_options, letter, argv);
    }
    return outcome;
}

void options_release(struct options *options)
{
    free(options->env);
    options->env = NULL;
}
