/* SPDX-License-Identifier: MIT */
/* part_own.h - what part.c and part_read.c share. */
#ifndef MD_REC_PART_OWN_H
#define MD_REC_PART_OWN_H

#include <nettle/sha2.h>
#include <stdio.h>

#include "bytes.h"
#include "names.h"
#include "part.h"

struct cJSON;

struct md_rec_part {
    const char *dir;
    const struct md_rec_part_options *options;
    int dir_fd;
    FILE *in;
    FILE *out;
    struct md_rec_bytes line; /* without its line feed */
    unsigned line_number;
    bool has_line; /* false = the end, or a line that was cut */
    struct md_rec_names names;
    char *header;    /* up to the closing brace */
    unsigned *times; /* by rule */
    size_t rule_count;
    size_t rule_room;
    bool *has_head; /* by stream, from 1 */
    size_t stream_room;
    unsigned current; /* stream that events belong to */
    unsigned events;
    uint64_t bytes[2]; /* of streams, by sender */
    struct sha256_ctx digest;
    /* of the second pass */
    size_t rule_at;
    unsigned rules_written;
    unsigned lines_written;
    unsigned written_current; /* stream that the output is at */
    struct md_rec_part_summary summary;
    struct mockd_error *err;
};

/* Failures: of a file, as errno tells; of memory; of the line at hand. */
enum mockd_code md_rec_part_fail_system(const struct md_rec_part *part,
                                        const char *name);
enum mockd_code md_rec_part_fail_memory(const struct md_rec_part *part);
enum mockd_code md_rec_part_fail_line(const struct md_rec_part *part,
                                      const char *why);

/* Read the next whole line; has_line tells whether there is one. */
enum mockd_code md_rec_part_next_line(struct md_rec_part *part);

/* The first pass: learn all that a recording has at its front and its end. */
enum mockd_code md_rec_part_read(struct md_rec_part *part);

/* From here on events are of the stream called @name. */
enum mockd_code md_rec_part_take_stream(struct md_rec_part *part,
                                        const char *name);

/* A number that a recorder wrote; false = it is none. */
bool md_rec_part_get_count(const struct cJSON *json, const char *key,
                           unsigned *out_count);

#endif
