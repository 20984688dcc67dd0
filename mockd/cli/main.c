/* SPDX-License-Identifier: MIT */
/* main.c - the command mockd: picks the subcommand. */
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "record.h"
#include "serve.h"
#include "verify.h"

static const char usage[] =
    "usage: mockd serve ...   replay recorded exec sessions\n"
    "       mockd record ...  record sessions of a real engine\n"
    "       mockd verify ...  compare a real engine with its recordings\n"
    "       mockd faults ...  what serve can make go wrong\n"
    "       mockd --version\n"
    "\n"
    "Each has --help.\n";

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"serve", mockd_cli_serve},
    {"record", mockd_cli_record},
    {"verify", mockd_cli_verify},
    {"faults", mockd_cli_faults},
};

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(name, commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
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
    (void)fprintf(
        stderr, "mockd: %s%s; there are serve, record, verify and faults\n",
        name[0] == '\0' ? "no command given" : "unknown command ", name);
    return 2;
}
