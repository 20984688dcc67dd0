/* SPDX-License-Identifier: MIT */
/*
 * cast.h - write one recording: session.execcast.part, and the files beside
 * it.
 *
 * What is known at the end only, the variables of the header and how often an
 * answer was given, cannot stand where the format wants it. So the .part file
 * is a journal: each line goes to disk by one write as soon as it is known,
 * behind the payloads that it names, and part.h makes the recording of it. A
 * recorder that is killed leaves a journal whose whole lines are good.
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

#include "fail.h"
#include "http_scan.h"
#include "names.h"
#include "part.h"
#include "target.h"

#define MD_REC_BODIES_NAME "bodies.bin"

/* What a mock loads of one recording: what it does not is not written. */
#define MD_REC_RULES_MAX 10000
#define MD_REC_STREAMS_MAX 1024
#define MD_REC_EVENTS_MAX 1000000
#define MD_REC_SIDECARS_MAX 1024
#define MD_REC_HEAD_LINES_MAX 256
#define MD_REC_TIMES_MAX 1000000

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
    char *key;       /* JSON text behind "on": phase and match */
    unsigned makes;  /* number of the EID it makes; 0 = none */
    unsigned stream; /* number of the stream that answers; 0 = a reply does */
    uint8_t digest[SHA256_DIGEST_SIZE]; /* of the reply */
};

struct md_rec_cast {
    const char *dir; /* borrowed */
    int dir_fd;
    int part_fd;      /* locked as long as this writes to it */
    unsigned current; /* stream that event lines belong to; 0 = none */
    unsigned stream_count;
    unsigned event_count;
    unsigned sidecar_count;
    struct md_rec_sidecar bodies;
    struct md_rec_rule *rules;
    size_t rule_count;
    size_t rule_room;
    struct mockd_error error; /* the first failure; code MOCKD_OK = none */
};

/*
 * Make @dir if it is missing and begin a recording in it.
 *
 * @dir     borrowed until release
 * @force   replace a recording that is there
 * @header  JSON text of the header without "vars" and the closing brace
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (there is one already) or MOCKD_E_SYSTEM.
 */
enum mockd_code md_rec_cast_open(struct md_rec_cast *cast, const char *dir,
                                 bool force, const char *header,
                                 struct mockd_error *err);

/* Close what is open. Without finish before, the .part file stays. */
void md_rec_cast_release(struct md_rec_cast *cast);

/* Nothing more may be written, and why; the first reason counts. */
void md_rec_cast_fail(struct md_rec_cast *cast, const char *fmt, ...)
    MD_REC_PRINTF(2, 3);

/* Something was learned of the names: see md_rec_names_tell(). */
void md_rec_cast_fact(struct md_rec_cast *cast, const struct md_rec_fact *fact);

/* A comment line, for people. What cannot be printed is escaped. */
void md_rec_cast_note(struct md_rec_cast *cast, const char *fmt, ...)
    MD_REC_PRINTF(2, 3);

/*
 * Was the same request's last answer this very reply? Then that one's times
 * go up, and there is nothing to add.
 */
bool md_rec_cast_is_repeated(struct md_rec_cast *cast,
                             const struct md_rec_rule *rule);

/*
 * Add a rule.
 *
 * @rule    its content is taken over in any case
 * @answer  JSON text behind the key: reply, or upgrade and stream; NULL = no
 *          memory for it
 */
void md_rec_cast_rule(struct md_rec_cast *cast, struct md_rec_rule *rule,
                      const char *answer);

/* Release what a rule holds that is not added after all. */
void md_rec_rule_release(struct md_rec_rule *rule);

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

/* Make session.execcast of what was written. Returns as
 * md_rec_part_finish(), or the first failure to write. */
enum mockd_code md_rec_cast_finish(struct md_rec_cast *cast,
                                   const struct md_rec_part_options *options,
                                   struct md_rec_part_summary *out_summary,
                                   struct mockd_error *err);

/* Can a recording hold that head of an answer: is it UTF-8, without bare line
 * ends, and of no more than MD_REC_HEAD_LINES_MAX lines? */
bool md_rec_cast_holds(const struct md_rec_scan *scan);

/* Add "head":[...], the lines of a head, to @out. False as
 * md_rec_cast_holds(). */
bool md_rec_cast_lines(struct md_rec_bytes *out,
                       const struct md_rec_scan *scan);

#endif
