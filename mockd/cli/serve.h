/* SPDX-License-Identifier: MIT */
/* serve.h - mockd serve: replay fixtures until told to stop. */
#ifndef MOCKD_CLI_SERVE_H
#define MOCKD_CLI_SERVE_H

/* @argv begins with "serve". Returns the exit status: 0, 1 not as --strict
 * wants it, 2 usage, 3 the environment, 4 a fixture with a mistake. */
int mockd_cli_serve(int argc, char **argv);

#endif
