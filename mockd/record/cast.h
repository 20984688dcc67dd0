/* SPDX-License-Identifier: MIT */
/*
 * cast.h - write one recording: session.execcast and the files beside it.
 *
 * The header line names variables that are known at the end only. So streams
 * go to disk as they come, into session.execcast.part, rules stay in memory
 * with the place in it where they belong, and md_rec_cast_finish() puts both
 * together. A recorder that is killed leaves the .part file.
 *
 * Happy path: open, any number of rules, streams and notes, finish, release.
 * The first failure to write is kept and returned by finish; what is written
 * after it is dropped.
 */
#ifndef MD_REC_CAST_H
#define MD_REC_CAST_H

#include <nettle/sha2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "fail.h"
#include "http_scan.h"
#include "names.h"
#include "target.h"

#define MD_REC_FILE_NAME "session.execcast"
#define MD_REC_PART_NAME "session.execcast.part"
#define MD_REC_BODIES_NAME "bodies.bin"

#define MD_REC_RULES_MAX 16384                        /* a session has tens */
#define MD_REC_LINE_MAX ((size_t)1024 * 1024)         /* docs/execcast.md */
#define MD_REC_PAYLOAD_MAX ((size_t)16 * 1024 * 1024) /* docs/execcast.md */

/* Who sent it. Also the index of what exists once for each side. */
enum md_rec_side { MD_REC_CLIENT, MD_REC_ENGINE };

/* A file of payloads beside the recording, made when first written to. */
struct md_rec_sidecar {
    char name[32];
    int fd; /* -1 = not made yet */
    uint64_t len;
};

/* One attached stream; made by md_rec_cast_stream(). */
struct md_rec_stream {
    unsigned number;  /* it is called "s<number>" */
    uint64_t last_us; /* when its last event was */
    bool is_over[2];  /* this side sends no more */
    struct md_rec_sidecar sidecar[2];
};

/* One answer given to one kind of request. */
struct md_rec_rule {
    struct md_rec_target target;
    char *key;      /* JSON text behind "on": phase and match */
    char *answer;   /* JSON text behind key: reply, or upgrade and stream */
    unsigned makes; /* number of the EID it makes; 0 = none */
    unsigned times;
    bool is_reply;
    uint8_t digest[SHA256_DIGEST_SIZE]; /* of the reply */
    uint64_t place; /* offset in the .part file that it stands before */
};

struct md_rec_totals {
    unsigned rules;
    unsigned events;
    unsigned streams;
    uint64_t bytes[2]; /* of streams, by sender */
};

struct md_rec_cast {
    const char *dir; /* borrowed */
    int dir_fd;
    FILE *part;
    uint64_t part_len;
    unsigned current; /* stream that event lines belong to; 0 = none */
    struct sha256_ctx digest;
    struct md_rec_sidecar bodies;
    struct md_rec_rule *rules;
    size_t rule_count;
    size_t rule_room;
    struct md_rec_totals totals;
    struct mockd_error error; /* the first failure; code MOCKD_OK = none */
};

/*
 * Make @dir if it is missing and begin a recording in it.
 *
 * @dir    borrowed until release
 * @force  replace a recording that is there
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (there is one already) or MOCKD_E_SYSTEM.
 */
enum mockd_code md_rec_cast_open(struct md_rec_cast *cast, const char *dir,
                                 bool force, struct mockd_error *err);

/* Close what is open. Without finish before, the .part file stays. */
void md_rec_cast_release(struct md_rec_cast *cast);

/* A comment line, for people. What cannot be printed is escaped. */
void md_rec_cast_note(struct md_rec_cast *cast, const char *fmt, ...)
    MD_REC_PRINTF(2, 3);

/*
 * Add a rule. With is_reply and equal in target and key to an earlier one
 * whose last answer has the same digest it only raises that one's times.
 *
 * @rule  its content is taken over in any case; answer may still be NULL
 *
 * Returns the rule when it is new, for md_rec_cast_body() and the like to
 * fill in its answer; valid until the next call. NULL when it was merged, or
 * there is no room for it.
 */
struct md_rec_rule *md_rec_cast_rule(struct md_rec_cast *cast,
                                     struct md_rec_rule *rule);

/* Add a body's payload to @out, writing it to bodies.bin where it has to. */
void md_rec_cast_body(struct md_rec_cast *cast, struct md_rec_bytes *out,
                      const void *data, size_t len);

/* Begin a stream whose request was complete at @now_us. */
void md_rec_cast_stream(struct md_rec_cast *cast, struct md_rec_stream *stream,
                        uint64_t now_us);

/* Release what a stream holds; it may end at any event. */
void md_rec_cast_stream_release(struct md_rec_stream *stream);

/*
 * The answer's head, its first event.
 *
 * @scan      which has just seen it; its lines are UTF-8
 * @segments  sizes of the pieces it came in
 * @joined    did the last piece hold bytes of the stream as well?
 */
void md_rec_cast_head(struct md_rec_cast *cast, struct md_rec_stream *stream,
                      const struct md_rec_scan *scan,
                      const struct md_rec_bytes *segments, bool joined,
                      uint64_t now_us);

void md_rec_cast_data(struct md_rec_cast *cast, struct md_rec_stream *stream,
                      enum md_rec_side from, struct md_rec_view data,
                      uint64_t now_us);

/* One side sends no more. The format allows that once for each side: what
 * comes after it becomes a note. */
void md_rec_cast_over(struct md_rec_cast *cast, struct md_rec_stream *stream,
                      enum md_rec_side from, bool is_reset, uint64_t now_us);

void md_rec_cast_resize(struct md_rec_cast *cast, struct md_rec_stream *stream,
                        unsigned columns, unsigned rows, uint64_t now_us);

/*
 * Write session.execcast.
 *
 * @header  JSON text of the header without "vars" and the closing brace
 */
enum mockd_code md_rec_cast_finish(struct md_rec_cast *cast, const char *header,
                                   const struct md_rec_names *names,
                                   struct mockd_error *err);

/* Add "head":[...], the lines of a head, to @out. False when a line is not
 * UTF-8, which a recording cannot hold. */
bool md_rec_cast_lines(struct md_rec_bytes *out,
                       const struct md_rec_scan *scan);

#endif
