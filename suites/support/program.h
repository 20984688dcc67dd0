/* SPDX-License-Identifier: MIT */
/*
 * program.h - a case program: its command line, its environment, its engine.
 *
 * PROGRAM --list prints one line of JSON for each case. Without arguments the
 * program runs its cases, one cmocka test each:
 *
 *   DRYDOCK_HOST        the daemon; without it a mock is started in process
 *   DRYDOCK_CONTAINER   a running container there
 *   DRYDOCK_ENGINE      its FAMILY/VERSION; no deviation is known without it
 *   DRYDOCK_PROFILE     what the mock replays; docker-20.10.24 if not said
 *   DRYDOCK_CASE        run the case with this id and no other
 *   DRYDOCK_RESULTS     a descriptor's number or a file: one line of JSON is
 *                       appended for each case
 *   DRYDOCK_TIMEOUT_MS  for each case; 10 000 if not said
 */
#ifndef DRY_PROGRAM_H
#define DRY_PROGRAM_H

#include "case.h"

/*
 * Be the program of @area. Returns its exit status: 0 when all cases conform,
 * 1 when one does not, 2 for a usage error, 3 when there is nothing to judge,
 * 4 for a descriptor that was left open.
 */
int dry_program(int argc, char **argv, const struct dry_area *area);

#endif
