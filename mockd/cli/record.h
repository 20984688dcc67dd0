/* SPDX-License-Identifier: MIT */
/* record.h - the command `mockd record`. */
#ifndef MOCKD_CLI_RECORD_H
#define MOCKD_CLI_RECORD_H

/*
 * Record what a client and an engine say, until SIGINT or SIGTERM.
 *
 * @argv  argv[0] is "record"
 *
 * Returns the exit status: 0, 2 for a usage error, 3 when the engine, a
 * listener or the folder cannot be used.
 */
int mockd_cli_record(int argc, char **argv);

#endif
