/* SPDX-License-Identifier: MIT */
/* main.c - the command drydock. */
#include <stdio.h>

#include "diff.h"
#include "options.h"
#include "session.h"

int main(int argc, char **argv)
{
    struct dry_options options;
    char error[DRY_OPTION_ERROR_MAX];

    if (!dry_options_parse(&options, argc, argv, error)) {
        (void)fprintf(stderr, "drydock: %s\n", error);
        return DRY_EXIT_USAGE;
    }
    switch (options.command) {
    case DRY_COMMAND_ENGINE:
        return dry_session_engine(&options);
    case DRY_COMMAND_LIST:
        return dry_session_list(&options);
    case DRY_COMMAND_DIFF:
        return dry_diff(&options);
    case DRY_COMMAND_VERSION:
        (void)printf("drydock %s\n", DRY_VERSION);
        break;
    case DRY_COMMAND_HELP:
    case DRY_COMMAND_ENGINE_HELP:
    case DRY_COMMAND_LIST_HELP:
    case DRY_COMMAND_DIFF_HELP:
        (void)fputs(dry_options_help(options.command), stdout);
        break;
    }
    return fflush(stdout) == 0 ? DRY_EXIT_CONFORMS : DRY_EXIT_ENVIRONMENT;
}
