/* SPDX-License-Identifier: MIT */
/*
 * tools.h - the commands for people who read and write fixtures.
 *
 * Each takes its own arguments, argv[0] being its name, writes to @out and
 * @err, and returns the exit status. What was written to @out may still be in
 * its buffer: the caller flushes it and looks for errors.
 */
#ifndef MD_TOOLS_H
#define MD_TOOLS_H

#include <stdio.h>

enum md_status {
    MD_STATUS_OK = 0,
    MD_STATUS_FOUND = 1, /* differences, or warnings with --strict */
    MD_STATUS_USAGE = 2,
    MD_STATUS_ENVIRONMENT = 3,
    MD_STATUS_FIXTURE = 4 /* a fixture with a mistake */
};

int md_tool_diff(int argc, char **argv, FILE *out, FILE *err);
int md_tool_lint(int argc, char **argv, FILE *out, FILE *err);
int md_tool_new(int argc, char **argv, FILE *out, FILE *err);
int md_tool_show(int argc, char **argv, FILE *out, FILE *err);

#endif
