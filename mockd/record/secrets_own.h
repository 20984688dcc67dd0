/* SPDX-License-Identifier: MIT */
/* secrets_own.h - what the secrets*.c share. */
#ifndef MD_REC_SECRETS_OWN_H
#define MD_REC_SECRETS_OWN_H

#include <regex.h>

#include "secrets.h"

#define MD_REC_SECRET_WORDS_MAX 64
#define MD_REC_SECRET_WHAT_SIZE (MD_REC_SECRET_NAME_MAX + 33)

enum md_rec_secret_kind {
    MD_REC_SECRET_NAME, /* of a variable or header: its value is one */
    MD_REC_SECRET_TEXT,
    MD_REC_SECRET_LEARNED, /* a text, too */
    MD_REC_SECRET_PATTERN
};

struct md_rec_secret {
    enum md_rec_secret_kind kind;
    char what[MD_REC_SECRET_WHAT_SIZE];
    uint8_t *text; /* of a text */
    size_t len;
    regex_t regex; /* of a pattern */
};

struct md_rec_secrets {
    struct md_rec_secret *items[MD_REC_SECRETS_MAX];
    size_t count;
    size_t pattern_count;
    size_t text_count; /* given by the user */
    char *words[MD_REC_SECRET_WORDS_MAX];
    size_t word_count;
    bool is_full;
};

/* Add a text, unless it is there. False when there is no room or memory,
 * which md_rec_secrets_is_full() tells from then on. */
bool md_rec_secret_text(struct md_rec_secrets *secrets,
                        enum md_rec_secret_kind kind, const char *what,
                        const void *text, size_t len);

/* The id for values of what is called so; 0 = no room or memory. */
unsigned md_rec_secret_called(struct md_rec_secrets *secrets, const char *name);

/* The id of a variable's name; 0 = its value is no secret. */
unsigned md_rec_secret_name(struct md_rec_secrets *secrets, const char *name);

/* One character of a lane; returns the id of the variable whose value it is,
 * or 0. */
unsigned md_rec_secret_step(struct md_rec_lane *lane,
                            struct md_rec_secrets *secrets, int c);

/*
 * All texts and patterns.
 *
 * @is_inside  @in does not begin at the start of a line
 * @is_end     no more will come
 *
 * Returns how many bytes of the end may still become part of one.
 */
size_t md_rec_secret_find(const struct md_rec_secrets *secrets,
                          struct md_rec_view in, bool is_inside, bool is_end,
                          struct md_rec_spans *out);

/* Is that the name of a JSON member whose string is a secret? */
bool md_rec_secret_member(const uint8_t *name, size_t len);

#endif
