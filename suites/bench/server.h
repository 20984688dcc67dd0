/* SPDX-License-Identifier: MIT */
/*
 * server.h - an engine that answers every attached start with one file, as
 * fast as the client reads.
 *
 * It knows enough else (ping, one container, create, inspect) for a docker
 * CLI. One connection at a time, one request each.
 */
#ifndef DRY_SERVER_H
#define DRY_SERVER_H

#define DRY_SERVER_EXEC "bench" /* the id of its one exec */

/* Listen on the unix socket @path. Returns the descriptor, or -1 with errno.
 */
int dry_server_listen(const char *path);

/* Serve the stream in @file, an open file that the caller keeps, until
 * @listener fails. */
void dry_server_run(int listener, int file);

#endif
