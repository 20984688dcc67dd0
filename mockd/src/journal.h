/* SPDX-License-Identifier: MIT */
/*
 * journal.h - what happened to a mock, one JSON object an event.
 *
 * A ring: the last MD_JOURNAL_ENTRIES_MAX entries, as far as they fit into
 * MD_JOURNAL_BYTES_MAX. docs/control.md lists their members. An entry for
 * which there is no memory is dropped too, and counted.
 *
 * Every function that notes takes NULL for a mock without a journal.
 */
#ifndef MD_JOURNAL_H
#define MD_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "fail.h"

struct md_answer;
struct md_exec;
struct md_faults;
struct md_json;
struct md_target;

/* md_journal_new() makes it. */
struct md_journal;

/* An entry came: its line, without a line end. */
typedef void (*md_entry_fn)(void *user, const char *line, size_t len);

/*
 * @now_us    monotonic; the journal's times count from this call
 * @on_entry  called for each entry; may be NULL
 *
 * Returns NULL without memory. md_journal_free() takes NULL.
 */
struct md_journal *md_journal_new(uint64_t (*now_us)(void),
                                  md_entry_fn on_entry, void *on_entry_user);
void md_journal_free(struct md_journal *journal);

/* Tell nobody of entries any more. */
void md_journal_mute(struct md_journal *journal);

/* Drop all entries, which count as dropped no more; numbers go on. */
void md_journal_clear(struct md_journal *journal);

/* The number of the last entry; the first one is 1. */
uint64_t md_journal_last(const struct md_journal *journal);

/* How many entries were dropped. */
uint64_t md_journal_dropped(const struct md_journal *journal);

uint64_t md_journal_time_us(const struct md_journal *journal);

/* The line of the next entry after @in_out_seq, which becomes its number; NULL
 * at the end. Owned by the journal until anything is noted. */
const char *md_journal_next(const struct md_journal *journal,
                            uint64_t *in_out_seq);

/*
 * The next entry that fits @filter, likewise.
 *
 * @filter  an object: the entry has each of its members, with an equal value;
 *          NULL = any
 */
const char *md_journal_find(const struct md_journal *journal,
                            const struct md_json *filter, uint64_t *in_out_seq);

/* Does an entry's line fit? */
bool md_journal_fits(const char *line, const struct md_json *filter);

/* Append the entries after @since that fit, each with @end behind it; false
 * without memory or room. */
bool md_journal_print(const struct md_journal *journal, uint64_t since,
                      const struct md_json *filter, const char *end,
                      struct md_buf *out);

/* ---- what is noted ---- */

#define MD_NOTED_HEADERS 5

/* The header lines that a request's entry shows. */
extern const char *const md_noted_headers[MD_NOTED_HEADERS];

struct md_noted_request {
    uint64_t connection;
    const char *method;
    const char *target;
    const char *values[MD_NOTED_HEADERS]; /* NULL = not sent */
    const char *body;
    size_t body_len;
};

void md_journal_request(struct md_journal *journal,
                        const struct md_noted_request *request);

/* Its status and who gave it. */
void md_journal_answer(struct md_journal *journal,
                       const struct md_answer *answer);

/* What is known of a stream when something happens to it. */
struct md_noted_stream {
    uint64_t connection;
    const struct md_exec *exec; /* NULL = a plain answer */
    uint64_t input_bytes;
    uint64_t sent_bytes; /* the head included */
    bool is_client_over;
    bool is_engine_over;
    const uint8_t *sha256; /* of the client's bytes; NULL = not shown */
};

void md_journal_stream(struct md_journal *journal, const char *event,
                       const struct md_noted_stream *stream);

/* Fault @number did its work before byte @offset of a connection. */
void md_journal_fired(struct md_journal *journal,
                      const struct md_faults *faults, unsigned number,
                      uint64_t connection, uint64_t offset);

/* An exec is in another phase. */
void md_journal_exec(struct md_journal *journal, const struct md_exec *exec);

/* @target asked for a size: h and w of its query. */
void md_journal_resize(struct md_journal *journal, const struct md_exec *exec,
                       const struct md_target *target);

#endif
