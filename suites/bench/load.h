/* SPDX-License-Identifier: MIT */
/*
 * load.h - what a client asks a server for as fast as it answers.
 *
 * All by hand on unix sockets, so that the client costs little. Each returns
 * false with a line on standard error when an answer is not as it should be.
 */
#ifndef DRY_LOAD_H
#define DRY_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reading.h"

#define DRY_LOAD_CONNECTIONS 16

/* GET @target @count times, over DRY_LOAD_CONNECTIONS connections that stay;
 * one more before the clocks run. */
bool dry_load_requests(const char *socket, const char *target, size_t count,
                       struct dry_reading *reading);

/* Create an exec; its id's 64 digits, and a NUL, are left in @out_id. */
bool dry_load_create(const char *socket, char out_id[65]);

/* Start exec @id and read its stream to the end, to nowhere. */
bool dry_load_stream(const char *socket, const char *id,
                     struct dry_reading *reading);

/* @count times: create, start and read to the end, inspect. Create and inspect
 * go over one connection, each start over one of its own. */
bool dry_load_rounds(const char *socket, size_t count,
                     struct dry_reading *reading);

/* Start @count execs and leave their streams open. */
bool dry_load_idle(const char *socket, size_t count);

#endif
