/* SPDX-License-Identifier: MIT */
/* faults.h - mockd faults: what can be made to go wrong. */
#ifndef MOCKD_CLI_FAULTS_H
#define MOCKD_CLI_FAULTS_H

/* @argv begins with "faults". Returns the exit status: 0, 2 usage or an
 * unknown name, 3 the environment, 4 a preset with a mistake. */
int mockd_cli_faults(int argc, char **argv);

#endif
