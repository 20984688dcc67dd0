/* SPDX-License-Identifier: MIT */
/* secrets.c - what must not reach the disk, and where bytes have it. */
#include "secrets.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bytes.h"
#include "json_text.h"
#include "secrets_own.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const char *const usual_words[] = {
    "PASSWORD", "PASSWD", "SECRET", "TOKEN", "KEY", "CREDENTIAL", "AUTH"};

/* ---- spans ---- */

void md_rec_spans_add(struct md_rec_spans *spans, uint64_t off, uint64_t len,
                      unsigned id)
{
    struct md_rec_span *last =
        spans->count > 0 ? &spans->items[spans->count - 1] : NULL;
    struct md_rec_span *items = NULL;
    size_t room = spans->room > 0 ? spans->room * 2 : 16;

    if (last != NULL && last->id == id && off >= last->off &&
        off <= last->off + last->len) {
        if (off + len > last->off + last->len) {
            last->len = off + len - last->off;
        }
        return;
    }
    if (spans->items == NULL || spans->count == spans->room) {
        items = realloc(spans->items, room * sizeof(*items));
        if (items == NULL) {
            spans->failed = true;
            return;
        }
        spans->items = items;
        spans->room = room;
    }
    spans->items[spans->count++] =
        (struct md_rec_span){.off = off, .len = len, .id = id};
}

void md_rec_spans_release(struct md_rec_spans *spans)
{
    free(spans->items);
    *spans = (struct md_rec_spans){0};
}

/* ---- what is secret ---- */

static void free_secret(struct md_rec_secret *secret)
{
    if (secret->kind == MD_REC_SECRET_PATTERN) {
        regfree(&secret->regex);
    }
    free(secret->text);
    free(secret);
}

struct md_rec_secrets *md_rec_secrets_new(void)
{
    struct md_rec_secrets *secrets = calloc(1, sizeof(*secrets));

    for (size_t i = 0; secrets != NULL && i < COUNT_OF(usual_words); i++) {
        if (md_rec_secrets_add_word(secrets, usual_words[i], NULL) !=
            MOCKD_OK) {
            md_rec_secrets_free(secrets);
            return NULL;
        }
    }
    return secrets;
}

void md_rec_secrets_free(struct md_rec_secrets *secrets)
{
    if (secrets == NULL) {
        return;
    }
    for (size_t i = 0; i < secrets->count; i++) {
        free_secret(secrets->items[i]);
    }
    for (size_t i = 0; i < secrets->word_count; i++) {
        free(secrets->words[i]);
    }
    free(secrets);
}

/* A new one, which is not in the list yet; NULL = no room or memory. */
static struct md_rec_secret *new_secret(struct md_rec_secrets *secrets,
                                        enum md_rec_secret_kind kind,
                                        const char *what)
{
    struct md_rec_secret *secret = NULL;

    if (secrets->count < MD_REC_SECRETS_MAX) {
        secret = calloc(1, sizeof(*secret));
    }
    if (secret == NULL) {
        secrets->is_full = true;
        return NULL;
    }
    secret->kind = kind;
    (void)snprintf(secret->what, sizeof(secret->what), "%s", what);
    return secret;
}

/* The id of what is added, from 1. */
static unsigned keep(struct md_rec_secrets *secrets,
                     struct md_rec_secret *secret)
{
    secrets->items[secrets->count++] = secret;
    return (unsigned)secrets->count;
}

static bool has_text(const struct md_rec_secrets *secrets, const void *text,
                     size_t len)
{
    for (size_t i = 0; i < secrets->count; i++) {
        const struct md_rec_secret *at = secrets->items[i];

        if (at->text != NULL && at->len == len &&
            memcmp(at->text, text, len) == 0) {
            return true;
        }
    }
    return false;
}

bool md_rec_secret_text(struct md_rec_secrets *secrets,
                        enum md_rec_secret_kind kind, const char *what,
                        const void *text, size_t len)
{
    struct md_rec_secret *secret = NULL;

    if (len == 0 || has_text(secrets, text, len)) {
        return true;
    }
    secret = new_secret(secrets, kind, what);
    if (secret == NULL) {
        return false;
    }
    secret->text = malloc(len);
    if (secret->text == NULL) {
        secrets->is_full = true;
        free_secret(secret);
        return false;
    }
    memcpy(secret->text, text, len);
    secret->len = len;
    (void)keep(secrets, secret);
    return true;
}

unsigned md_rec_secret_called(struct md_rec_secrets *secrets, const char *name)
{
    struct md_rec_secret *secret = NULL;

    for (size_t i = 0; i < secrets->count; i++) {
        if (secrets->items[i]->kind == MD_REC_SECRET_NAME &&
            strcmp(secrets->items[i]->what, name) == 0) {
            return (unsigned)i + 1;
        }
    }
    secret = new_secret(secrets, MD_REC_SECRET_NAME, name);
    return secret != NULL ? keep(secrets, secret) : 0;
}

static enum mockd_code fail_full(struct mockd_error *err)
{
    return md_rec_fail(err, MOCKD_E_SYSTEM,
                       "there are more than %d secrets, or no memory",
                       MD_REC_SECRETS_MAX);
}

static enum mockd_code check_length(const char *option, const char *text,
                                    struct mockd_error *err)
{
    if (text[0] != '\0' && strlen(text) <= MD_REC_PATTERN_SPAN) {
        return MOCKD_OK;
    }
    return md_rec_fail(err, MOCKD_E_INVALID,
                       "%s has %zu bytes: 1 to %d are possible", option,
                       strlen(text), MD_REC_PATTERN_SPAN);
}

enum mockd_code md_rec_secrets_add_pattern(struct md_rec_secrets *secrets,
                                           const char *regex,
                                           struct mockd_error *err)
{
    struct md_rec_secret *secret = NULL;
    char what[MD_REC_SECRET_WHAT_SIZE];
    char words[128] = "";
    enum mockd_code rc = check_length("--secret", regex, err);
    int problem = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    (void)snprintf(what, sizeof(what), "--secret %zu",
                   secrets->pattern_count + 1);
    secret = new_secret(secrets, MD_REC_SECRET_PATTERN, what);
    if (secret == NULL) {
        return fail_full(err);
    }
    problem = regcomp(&secret->regex, regex, REG_EXTENDED | REG_NEWLINE);
    if (problem != 0) {
        (void)regerror(problem, &secret->regex, words, sizeof(words));
        free(secret);
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "%s is not an extended regular expression: %s", what,
                           words);
    }
    secrets->pattern_count++;
    (void)keep(secrets, secret);
    return MOCKD_OK;
}

/* As Go's encoder writes it, which has \u0026 for &. */
static void add_go_json(struct md_rec_bytes *out, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("<>&", *text) != NULL) {
            md_rec_bytes_print(out, "\\u%04x", (unsigned)*text);
        } else {
            md_rec_json_inside(out, text, 1);
        }
    }
}

enum mockd_code md_rec_secrets_add_text(struct md_rec_secrets *secrets,
                                        const char *text,
                                        struct mockd_error *err)
{
    struct md_rec_bytes json = md_rec_bytes_new(MD_REC_PATTERN_SPAN * 6 + 1);
    struct md_rec_bytes go = md_rec_bytes_new(MD_REC_PATTERN_SPAN * 6 + 1);
    char what[MD_REC_SECRET_WHAT_SIZE];
    enum mockd_code rc = check_length("--secret-text", text, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    (void)snprintf(what, sizeof(what), "--secret-text %zu",
                   ++secrets->text_count);
    md_rec_json_inside(&json, text, strlen(text));
    add_go_json(&go, text);
    if (json.failed || go.failed ||
        !md_rec_secret_text(secrets, MD_REC_SECRET_TEXT, what, text,
                            strlen(text)) ||
        !md_rec_secret_text(secrets, MD_REC_SECRET_TEXT, what, json.data,
                            json.len) ||
        !md_rec_secret_text(secrets, MD_REC_SECRET_TEXT, what, go.data,
                            go.len)) {
        rc = fail_full(err);
    }
    md_rec_bytes_release(&json);
    md_rec_bytes_release(&go);
    return rc;
}

enum mockd_code md_rec_secrets_add_word(struct md_rec_secrets *secrets,
                                        const char *word,
                                        struct mockd_error *err)
{
    size_t len = strlen(word);

    if (len == 0 || len > MD_REC_SECRET_NAME_MAX) {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "--secret-env: %s: 1 to %d bytes are possible", word,
                           MD_REC_SECRET_NAME_MAX);
    }
    if (secrets->word_count == MD_REC_SECRET_WORDS_MAX) {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "--secret-env: at most %d words are possible",
                           MD_REC_SECRET_WORDS_MAX);
    }
    secrets->words[secrets->word_count] = strdup(word);
    if (secrets->words[secrets->word_count] == NULL) {
        return fail_full(err);
    }
    secrets->word_count++;
    return MOCKD_OK;
}

const char *md_rec_secrets_what(const struct md_rec_secrets *secrets,
                                unsigned id)
{
    return secrets->items[id - 1]->what;
}

bool md_rec_secrets_is_full(const struct md_rec_secrets *secrets)
{
    return secrets->is_full;
}

/* ---- names of variables ---- */

static bool contains_word(const char *name, const char *word)
{
    size_t len = strlen(word);

    for (; *name != '\0'; name++) {
        if (strncasecmp(name, word, len) == 0) {
            return true;
        }
    }
    return false;
}

unsigned md_rec_secret_name(struct md_rec_secrets *secrets, const char *name)
{
    bool is_secret = false;

    for (size_t i = 0; i < secrets->word_count && !is_secret; i++) {
        is_secret = contains_word(name, secrets->words[i]);
    }
    if (!is_secret) {
        return 0;
    }
    return md_rec_secret_called(secrets, name);
}

/* ---- texts and patterns ---- */

static void find_text(const struct md_rec_secret *secret, unsigned id,
                      const uint8_t *data, size_t len, struct md_rec_spans *out)
{
    size_t at = 0;

    while (len - at >= secret->len) {
        const uint8_t *hit =
            memchr(data + at, secret->text[0], len - at - secret->len + 1);

        if (hit == NULL) {
            return;
        }
        at = (size_t)(hit - data);
        if (memcmp(hit, secret->text, secret->len) == 0) {
            md_rec_spans_add(out, at, secret->len, id);
        }
        at++;
    }
}

/* Length of the longest end of @data that could begin this text. */
static size_t held_by_text(const struct md_rec_secret *secret,
                           const uint8_t *data, size_t len)
{
    size_t most = secret->len - 1 < len ? secret->len - 1 : len;

    for (size_t size = most; size > 0; size--) {
        if (memcmp(data + len - size, secret->text, size) == 0) {
            return size;
        }
    }
    return 0;
}

/* The next match at or behind @at; false = there is none. */
static bool match_next(const struct md_rec_secret *secret,
                       struct md_rec_view in, size_t at, int flags,
                       struct md_rec_span *out_match)
{
    regmatch_t match = {.rm_so = (regoff_t)at, .rm_eo = (regoff_t)in.len};

    if (regexec(&secret->regex, (const char *)in.data, 1, &match,
                REG_STARTEND | flags) != 0) {
        return false;
    }
    out_match->off = (uint64_t)match.rm_so;
    out_match->len = (uint64_t)(match.rm_eo - match.rm_so);
    return true;
}

/* Returns how much of the end the pattern may still want. @flags  of
 * regexec(), but for where a line starts. */
static size_t find_pattern(const struct md_rec_secret *secret, unsigned id,
                           struct md_rec_view in, bool is_inside, int flags,
                           struct md_rec_spans *out)
{
    size_t held = in.len < MD_REC_PATTERN_SPAN ? in.len : MD_REC_PATTERN_SPAN;
    struct md_rec_span match = {0};
    size_t at = 0;

    while (at < in.len) {
        bool is_line = at == 0 ? !is_inside : in.data[at - 1] == '\n';
        size_t end = 0;

        if (!match_next(secret, in, at, flags | (is_line ? 0 : REG_NOTBOL),
                        &match)) {
            break;
        }
        end = (size_t)(match.off + match.len);
        if (match.len > 0) {
            md_rec_spans_add(out, match.off, match.len, id);
        }
        if (end == in.len && in.len - match.off > held) {
            held = (size_t)(in.len - match.off); /* it may still grow */
        }
        at = end > at ? end : at + 1;
    }
    return held;
}

/* All patterns. They are given a copy with a NUL behind it: regexec() may be
 * told where bytes end, but what checks its use does not know. */
static size_t find_patterns(const struct md_rec_secrets *secrets,
                            struct md_rec_view in, bool is_inside, bool is_end,
                            struct md_rec_spans *out)
{
    uint8_t *copy = malloc(in.len + 1);
    size_t held = 0;

    if (copy == NULL) {
        out->failed = true;
        return 0;
    }
    memcpy(copy, in.data, in.len);
    copy[in.len] = '\0';
    in.data = copy;
    for (size_t i = 0; i < secrets->count; i++) {
        if (secrets->items[i]->kind == MD_REC_SECRET_PATTERN) {
            size_t wanted =
                find_pattern(secrets->items[i], (unsigned)i + 1, in, is_inside,
                             is_end ? 0 : REG_NOTEOL, out);

            held = wanted > held ? wanted : held;
        }
    }
    free(copy);
    return held;
}

size_t md_rec_secret_find(const struct md_rec_secrets *secrets,
                          struct md_rec_view in, bool is_inside, bool is_end,
                          struct md_rec_spans *out)
{
    size_t held = 0;

    if (in.len == 0) {
        return 0;
    }
    for (size_t i = 0; i < secrets->count; i++) {
        const struct md_rec_secret *secret = secrets->items[i];
        size_t wanted = 0;

        if (secret->text != NULL) {
            find_text(secret, (unsigned)i + 1, in.data, in.len, out);
            wanted = held_by_text(secret, in.data, in.len);
        }
        held = wanted > held ? wanted : held;
    }
    if (secrets->pattern_count > 0) {
        size_t wanted = find_patterns(secrets, in, is_inside, is_end, out);

        held = wanted > held ? wanted : held;
    }
    return is_end ? 0 : held;
}
