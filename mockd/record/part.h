/* SPDX-License-Identifier: MIT */
/*
 * part.h - make a recording of its journal, session.execcast.part.
 *
 * A journal is lines of JSON, and comments. Comments, {"stream"} and events
 * stand as they will in the recording; the first line is the header without
 * its vars; the rest has "part":
 *
 *   {"part":"known","ref":"t1"}                   something learned of names:
 *   {"part":"learn","ref":"t1","id":"5f.."}       see md_rec_names_tell()
 *   {"part":"rule","on":["POST /exec/","5f..","/start"],"ref":2,"makes":0,
 *    "stream":1,"text":",\"phase\"..."}           a rule, its name spelled out
 *   {"part":"again","rule":0}                     that rule's times go up
 *
 * Every line is good without those after it. So the journal of a recorder
 * that was killed makes a recording too: of what had happened by then.
 */
#ifndef MD_REC_PART_H
#define MD_REC_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fail.h"

#define MD_REC_FILE_NAME "session.execcast"
#define MD_REC_PART_NAME "session.execcast.part"

/* A rule's line of MD_REC_LINE_MAX, escaped once more. */
#define MD_REC_PART_LINE_MAX ((size_t)3 * 1024 * 1024)

struct md_rec_part_options {
    bool force; /* replace a session.execcast that is there */
    /* Called for each "# redacted: " line of the recording, with its number
     * and what follows; may be NULL. */
    void (*on_redacted)(void *user, unsigned line, const char *text);
    void *user;
};

struct md_rec_part_summary {
    unsigned requests; /* that are answered by rules */
    unsigned execs;
    unsigned streams;
    uint64_t bytes;       /* of all streams, both ways */
    size_t dropped_bytes; /* of a last line that was cut */
};

/*
 * Write DIR/session.execcast, and remove the journal.
 *
 * @options  may be NULL
 *
 * Returns MOCKD_OK or
 *   MOCKD_E_INVALID  there is no journal, a recorder still writes to it, or a
 *                    recording is there already
 *   MOCKD_E_FIXTURE  a line, which the message names, is none of a journal's,
 *                    or names bytes that are not there
 *   MOCKD_E_SYSTEM   reading, writing or memory failed; the journal stays
 */
enum mockd_code md_rec_part_finish(const char *dir,
                                   const struct md_rec_part_options *options,
                                   struct md_rec_part_summary *out_summary,
                                   struct mockd_error *err);

#endif
