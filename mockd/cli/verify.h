/* SPDX-License-Identifier: MIT */
/* verify.h - the command `mockd verify`. */
#ifndef MOCKD_CLI_VERIFY_H
#define MOCKD_CLI_VERIFY_H

/*
 * Ask a live engine what a profile's recordings asked theirs, and print each
 * difference that a client would see.
 *
 * @argv  argv[0] is "verify"
 *
 * Returns the exit status: 0 none, 1 there are differences, 2 usage, 3 the
 * engine cannot be reached or used, or a recording cannot be read.
 */
int mockd_cli_verify(int argc, char **argv);

#endif
