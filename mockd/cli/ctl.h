/* SPDX-License-Identifier: MIT */
/* ctl.h - mockd ctl: one request to the admin socket of a running mock. */
#ifndef MOCKD_CLI_CTL_H
#define MOCKD_CLI_CTL_H

/* @argv begins with "ctl". Returns the exit status: 0, 1 the mock refused, 2
 * usage, 3 there is no such mock, or it went away. */
int mockd_cli_ctl(int argc, char **argv);

#endif
