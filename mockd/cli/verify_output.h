/* SPDX-License-Identifier: MIT */
/*
 * verify_output.h - what came over a connection, taken apart by kind.
 *
 * Bytes in, bytes out: the recorded stream and the live one go through the
 * same reader, in pieces of any size.
 */
#ifndef MOCKD_CLI_VERIFY_OUTPUT_H
#define MOCKD_CLI_VERIFY_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/bytes.h"

#define MD_VERIFY_FRAME_HEADER 8 /* kind, three zeros, length */
/* Bytes of one kind in one stream; the longest of a case has 5 MiB. */
#define MD_VERIFY_OUTPUT_MAX ((size_t)256 * 1024 * 1024)

enum md_verify_kind {
    MD_VERIFY_STDIN = 0, /* the first three as on the wire */
    MD_VERIFY_STDOUT,
    MD_VERIFY_STDERR,
    MD_VERIFY_RAW, /* a body, a terminal, a frame of unknown kind */
    MD_VERIFY_KINDS
};

struct md_verify_frame {
    uint8_t kind; /* as on the wire */
    uint32_t len;
};

struct md_verify_output {
    bool is_framed;
    uint64_t total; /* payload bytes of all kinds */
    struct md_rec_bytes data[MD_VERIFY_KINDS];
    struct md_rec_bytes frames; /* struct md_verify_frame, one after another */

    /* The reader's own. */
    uint8_t header[MD_VERIFY_FRAME_HEADER];
    size_t header_len;
    uint32_t left; /* of the payload */
    enum md_verify_kind kind;
};

/* Begin a stream of frames, or of bytes as they are. Release it in the end. */
void md_verify_output_init(struct md_verify_output *output, bool is_framed);

void md_verify_output_release(struct md_verify_output *output);

/* Take the next @len bytes. */
void md_verify_output_add(struct md_verify_output *output, const void *data,
                          size_t len);

/* Did memory or MD_VERIFY_OUTPUT_MAX run out? */
bool md_verify_output_failed(const struct md_verify_output *output);

/* Is the last frame not complete? */
bool md_verify_output_is_cut(const struct md_verify_output *output);

/* "stdout" and so on. */
const char *md_verify_kind_name(enum md_verify_kind kind);

#endif
