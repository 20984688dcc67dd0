/* SPDX-License-Identifier: MIT */
/*
 * secrets.h - what must not reach the disk, and where bytes have it.
 *
 * Nothing in here writes or replaces: a scan answers with spans, and the
 * caller puts MD_REC_FILLER over each of their bytes. Four kinds:
 *
 *   variables  the value behind NAME=, when NAME has one of the words; at the
 *              start of a line, or of a JSON string, to its end, elsewhere as
 *              far as a shell's word goes
 *   members    in JSON, the strings named password, identitytoken and
 *              registrytoken
 *   texts      given by the user, or learned: values of variables in bodies
 *              and of headers with credentials, so that they are found where
 *              nobody names them
 *   patterns   POSIX extended regular expressions, which see a line at a time
 */
#ifndef MD_REC_SECRETS_H
#define MD_REC_SECRETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fail.h"
#include "http_scan.h"

#define MD_REC_FILLER 'x'

/* The longest match of a pattern that is found however it is cut: an RSA key
 * of 4096 bits has 3.3 KiB. So much of a stream is written late if there is a
 * pattern. */
#define MD_REC_PATTERN_SPAN 4096

/* A shorter value says nothing: true, 1, root would be found everywhere. */
#define MD_REC_LEARNED_MIN 6

#define MD_REC_SECRETS_MAX 1024   /* user's, learned, and names of variables */
#define MD_REC_SECRET_NAME_MAX 63 /* bytes of a variable's name that count */

/* Bytes [off, off + len) are the secret called md_rec_secrets_what(id). */
struct md_rec_span {
    uint64_t off;
    uint64_t len;
    unsigned id;
};

struct md_rec_spans {
    struct md_rec_span *items;
    size_t count;
    size_t room;
    bool failed; /* no memory for one: nothing may be written */
};

/* Add a span, joining it with the last one where they touch. */
void md_rec_spans_add(struct md_rec_spans *spans, uint64_t off, uint64_t len,
                      unsigned id);

void md_rec_spans_release(struct md_rec_spans *spans);

struct md_rec_secrets;

/* The words for variables are there already; NULL = no memory. */
struct md_rec_secrets *md_rec_secrets_new(void);

/* @secrets may be NULL. */
void md_rec_secrets_free(struct md_rec_secrets *secrets);

/* All three return MOCKD_OK, MOCKD_E_INVALID (empty, not a regular
 * expression, longer than MD_REC_PATTERN_SPAN) or MOCKD_E_SYSTEM (memory). */
enum mockd_code md_rec_secrets_add_pattern(struct md_rec_secrets *secrets,
                                           const char *regex,
                                           struct mockd_error *err);
/* Also found as a JSON string spells it. */
enum mockd_code md_rec_secrets_add_text(struct md_rec_secrets *secrets,
                                        const char *text,
                                        struct mockd_error *err);
/* One more word that makes a variable's value a secret; case is ignored. */
enum mockd_code md_rec_secrets_add_word(struct md_rec_secrets *secrets,
                                        const char *word,
                                        struct mockd_error *err);

/* What a span's id stands for, "DB_PASSWORD" or "--secret-text 1"; never the
 * secret. */
const char *md_rec_secrets_what(const struct md_rec_secrets *secrets,
                                unsigned id);

/* Does not every value fit that was to be learned? Then it is of no use to
 * go on. */
bool md_rec_secrets_is_full(const struct md_rec_secrets *secrets);

/* Learn from a request's head: Authorization, Cookie, X-Registry-Auth and
 * -Config, and what the last two encode. */
void md_rec_secrets_learn_head(struct md_rec_secrets *secrets,
                               const struct md_rec_scan *scan);

/* Where a whole body has secrets; learns from it first. */
void md_rec_secrets_body(struct md_rec_secrets *secrets, const uint8_t *data,
                         size_t len, struct md_rec_spans *out_spans);

/* Where a head has secrets: in a request's target, as no more of it is
 * recorded; in an answer's header values and reason phrase, but for headers
 * that frame the message. */
void md_rec_secrets_head(struct md_rec_secrets *secrets,
                         const struct md_rec_scan *scan,
                         struct md_rec_spans *out_spans);

/*
 * One sequence of bytes that comes in pieces: what a stream's text is without
 * its frames. Zero is the start of one.
 */
struct md_rec_lane {
    /* Bytes that may still turn out to begin a secret. */
    uint8_t *data;
    size_t len;
    size_t size;
    bool is_inside; /* data is not at the start of a line */
    /* In which variable are we? */
    char name[MD_REC_SECRET_NAME_MAX + 1];
    size_t name_len;
    bool is_name_first; /* it stands at the start of a line */
    bool is_after_line; /* that is where we are */
    bool has_begun;
    unsigned value_id; /* 0 = in no value */
    char value_end;    /* newline, blank for a word, or a quote */
    bool is_value_new; /* its first byte is to come */
};

/*
 * Take the next bytes.
 *
 * @is_end     no more will come; what is held is decided then
 * @out_spans  added to; offsets count from the front of what is held, which
 *             comes before @piece
 *
 * Returns how many bytes from there on are decided and no longer held: no
 * later byte can make a secret of them. Without memory @out_spans has failed.
 */
size_t md_rec_lane_feed(struct md_rec_lane *lane,
                        struct md_rec_secrets *secrets,
                        struct md_rec_view piece, bool is_end,
                        struct md_rec_spans *out_spans);

void md_rec_lane_release(struct md_rec_lane *lane);

#endif
