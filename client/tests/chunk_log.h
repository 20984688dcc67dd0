/* SPDX-License-Identifier: MIT */
/*
 * chunk_log.h - what came out of a stream, as one line of text: "1:hi 2:e
 * end". Neighbouring chunks of a kind are one, so that cutting the input
 * cannot change the line.
 */
#ifndef TESTS_CHUNK_LOG_H
#define TESTS_CHUNK_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include <dexec/stream.h>

struct chunk_log {
    char text[2048];
    int last;       /* kind of the last chunk, -1 = none */
    bool is_pieces; /* neighbours are not joined, an empty chunk is one too */
};

#define CHUNK_LOG_INIT                                                         \
    {                                                                          \
        .last = -1                                                             \
    }

void log_text(struct chunk_log *log, const char *text);

/* Bytes below a blank as octal numbers, those above 126 as hex. */
void log_bytes(struct chunk_log *log, const void *data, size_t len);

void log_chunk(struct chunk_log *log, const struct dexec_chunk *chunk);

/* "not-found 404". */
void log_error(struct chunk_log *log, const struct dexec_error *err);

#endif
