/* SPDX-License-Identifier: MIT */
/*
 * exec.h - drive one exec of a case through libdexec.
 *
 * Every call ends the case when it does not go well, and no call waits longer
 * than the case's deadline.
 */
#ifndef DRY_EXEC_H
#define DRY_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/dexec.h>

#include "run.h"

#define DRY_STDIN (1U << 0)
#define DRY_STDOUT (1U << 1)
#define DRY_STDERR (1U << 2)

/* What to run, so that no two execs of all suites have the same create. */
struct dry_command {
    const char *script;     /* sh -c SCRIPT ID, ID being the case's, or ... */
    const char *const *cmd; /* ... this, with the case's id in it */
    const char *const *env;
    const char *working_dir;
    const char *user;
    unsigned attach; /* DRY_STDIN etc.; 0 = standard output and error */
    bool attach_none;
    bool tty;
    uint16_t rows; /* of the terminal, with columns; 0 = not said */
    uint16_t columns;
    bool no_upgrade; /* start without an Upgrade header */
};

/* A string of bytes in a table: literal, or counted up as by seq. */
struct dry_bytes {
    const char *data;
    size_t len;
    size_t count_to_len; /* the first so many bytes of "1 2 3 ..." instead */
    char separator;      /* between the numbers; 0 = line feed */
};

#define DRY_BYTES(literal)                                                     \
    {                                                                          \
        .data = (literal), .len = sizeof(literal) - 1                          \
    }

/* A whole conversation as a row: run, feed, close, compare. */
struct dry_script {
    struct dry_command command;
    struct dry_bytes input; /* fed when DRY_STDIN is attached, then closed */
    struct dry_bytes out;   /* the console with a terminal */
    struct dry_bytes err;
    int exit_code;
};

/* Register the command. */
struct dry_exec *dry_create(struct dry_run *run,
                            const struct dry_command *command);

/* Start it with its streams attached. */
void dry_start(struct dry_run *run, struct dry_exec *exec,
               const struct dry_command *command);

/* Create and start. */
struct dry_exec *dry_launch(struct dry_run *run,
                            const struct dry_command *command);

/* Write all bytes to its standard input and collect output meanwhile. */
void dry_write(struct dry_run *run, struct dry_exec *exec, const void *data,
               size_t len);

void dry_close_stdin(struct dry_run *run, struct dry_exec *exec);

/* Collect output until @kind has said @text. */
void dry_await(struct dry_run *run, struct dry_exec *exec, enum dexec_kind kind,
               const char *text);

/* Collect output to the end of the stream, then close it. */
void dry_drain(struct dry_run *run, struct dry_exec *exec);

/* Run @command to its end: launch, feed, close, drain. */
struct dry_exec *dry_execute(struct dry_run *run,
                             const struct dry_command *command,
                             const struct dry_bytes *input);

/* Expect all that @kind has said to be @expected; @what is its name there. */
void dry_expect_output(struct dry_run *run, const struct dry_exec *exec,
                       enum dexec_kind kind, const struct dry_bytes *expected);

/* Expect one inspect, now, to say that it ended with @exit_code. */
void dry_expect_exit(struct dry_run *run, const struct dry_exec *exec,
                     int64_t exit_code);

/* The check of a case whose data is a struct dry_script. */
void dry_check_script(struct dry_run *run);

/* The bytes themselves, in memory of the run. */
const struct dry_buffer *dry_bytes_make(struct dry_run *run,
                                        const struct dry_bytes *bytes);

#endif
