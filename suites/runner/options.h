/* SPDX-License-Identifier: MIT */
/* options.h - the command line of drydock. */
#ifndef DRY_OPTIONS_H
#define DRY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define DRY_PATTERNS_MAX 64      /* of --include, and of --exclude */
#define DRY_OPTION_ERROR_MAX 256 /* bytes, with the final NUL */

enum dry_command_name {
    DRY_COMMAND_ENGINE,
    DRY_COMMAND_LIST,
    DRY_COMMAND_DIFF,
    DRY_COMMAND_HELP,
    DRY_COMMAND_ENGINE_HELP,
    DRY_COMMAND_LIST_HELP,
    DRY_COMMAND_DIFF_HELP,
    DRY_COMMAND_VERSION,
};

struct dry_patterns {
    const char *items[DRY_PATTERNS_MAX];
    size_t count;
};

/* Pointers are borrowed from the arguments. */
struct dry_options {
    enum dry_command_name command;
    const char *host;      /* NULL = from the environment */
    const char *mock;      /* a profile, or NULL */
    const char *container; /* NULL = make one */
    const char *image;     /* for making one; NULL = our own */
    struct dry_patterns include;
    struct dry_patterns exclude;
    unsigned jobs;      /* 0 = as many as cores, at most 8 */
    unsigned timeout_s; /* for each case */
    const char *junit;
    const char *json;
    bool wants_json;      /* of list */
    const char *files[2]; /* of diff */
};

/*
 * Read the arguments.
 *
 * Returns true, or false with one line in @out_error.
 */
bool dry_options_parse(struct dry_options *out_options, int argc,
                       char *const *argv, char out_error[DRY_OPTION_ERROR_MAX]);

/* The text for --help of @command. */
const char *dry_options_help(enum dry_command_name command);

#endif
