/* SPDX-License-Identifier: MIT */
/* main.c - the command mockd: picks the subcommand. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl.h"
#include "faults.h"
#include "record.h"
#include "serve.h"
#include "tools.h"
#include "verify.h"

static const char usage[] =
    "usage: mockd serve ...   replay recorded exec sessions\n"
    "       mockd ctl ...     look at a running mock, and change it\n"
    "       mockd record ...  record sessions of a real engine\n"
    "       mockd verify ...  compare a real engine with its recordings\n"
    "       mockd faults ...  what serve can make go wrong\n"
    "       mockd lint ...    say what is wrong with recordings\n"
    "       mockd show ...    show what is in them\n"
    "       mockd diff ...    say how two of them differ\n"
    "       mockd new ...     print one to begin with\n"
    "       mockd --version\n"
    "\n"
    "Each has --help.\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"serve", mockd_cli_serve},   {"ctl", mockd_cli_ctl},
    {"record", mockd_cli_record}, {"verify", mockd_cli_verify},
    {"faults", mockd_cli_faults},
};

static const struct {
    const char *name;
    int (*run)(int argc, char **argv, FILE *out, FILE *err);
} tools[] = {
    {"lint", md_tool_lint},
    {"show", md_tool_show},
    {"diff", md_tool_diff},
    {"new", md_tool_new},
};

/* What was written may not have arrived: a full disk is no success. */
static int finish(const char *name, int status)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return status;
    }
    (void)fprintf(stderr, "mockd %s: standard output: %s\n", name,
                  strerror(errno));
    return status > MD_STATUS_ENVIRONMENT ? status : MD_STATUS_ENVIRONMENT;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
        if (strcmp(name, tools[i].name) == 0) {
            return finish(name,
                          tools[i].run(argc - 1, argv + 1, stdout, stderr));
        }
    }
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        (void)fputs(usage, stdout);
        return 0;
    }
    if (strcmp(name, "--version") == 0) {
        puts("mockd " MOCKD_VERSION);
        return 0;
    }
    (void)fprintf(stderr,
                  "mockd: %s%s; there are serve, ctl, record, verify, faults, "
                  "lint, show, diff and new\n",
                  name[0] == '\0' ? "no command given" : "unknown command ",
                  name);
    return 2;
}
