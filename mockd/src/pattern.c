/* SPDX-License-Identifier: MIT */
#include "pattern.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "buf.h"
#include "json.h"

struct member {
    char *key;
    bool is_words; /* one expression for each item of an array */
    size_t first;  /* in the pattern's expressions */
    size_t count;
};

struct md_pattern {
    struct member members[MD_PATTERNS_MAX];
    size_t member_count;
    regex_t expressions[MD_PATTERNS_MAX];
    size_t expression_count;
    struct md_buf text; /* as it was written */
};

void md_pattern_free(struct md_pattern *pattern)
{
    if (pattern == NULL) {
        return;
    }
    for (size_t i = 0; i < pattern->member_count; i++) {
        free(pattern->members[i].key);
    }
    for (size_t i = 0; i < pattern->expression_count; i++) {
        regfree(&pattern->expressions[i]);
    }
    md_buf_release(&pattern->text);
    free(pattern);
}

bool md_pattern_is_equal(const struct md_pattern *a, const struct md_pattern *b)
{
    return a == b ||
           (a != NULL && b != NULL && strcmp(a->text.data, b->text.data) == 0);
}

/* The larger number of a {m,n}, whose brace is at @text; 0 when it has none. */
static unsigned long read_most(const char *text)
{
    char *end = NULL;
    unsigned long least = strtoul(text + 1, &end, 10);
    unsigned long most = *end == ',' ? strtoul(end + 1, NULL, 10) : 0;

    return most > least ? most : least;
}

/* What the library does not bound: a count copies what it is about, and a
 * back-reference makes matching take time without limit. */
static bool is_tame(const char *text)
{
    unsigned long copies = 1;

    for (; *text != '\0'; text++) {
        unsigned long most = *text == '{' ? read_most(text) : 1;

        if (*text == '\\' && text[1] >= '0' && text[1] <= '9') {
            return false;
        }
        if (most > MD_PATTERN_COPIES_MAX) {
            return false; /* before the product overflows */
        }
        copies *= most > 1 ? most : 1;
        if (copies > MD_PATTERN_COPIES_MAX) {
            return false;
        }
    }
    return true;
}

static enum mockd_code compile(struct md_pattern *pattern, const char *key,
                               const char *text, struct mockd_error *err)
{
    regex_t *out = &pattern->expressions[pattern->expression_count];
    char reason[128] = "";
    int failure = 0;

    if (text == NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "pattern: %.60s is not a string or an array of them; "
                       "put it into subset",
                       key);
    }
    if (pattern->expression_count == MD_PATTERNS_MAX ||
        strlen(text) > MD_PATTERN_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "pattern: %.60s: more than %d expressions, or one over "
                       "%d bytes",
                       key, MD_PATTERNS_MAX, MD_PATTERN_MAX);
    }
    if (!is_tame(text)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "pattern: %.60s: no back-references, and counts in "
                       "braces whose product is at most %d",
                       key, MD_PATTERN_COPIES_MAX);
    }
    failure = regcomp(out, text, REG_EXTENDED | REG_NOSUB);
    if (failure == REG_ESPACE) {
        return md_fail_nomem(err);
    }
    if (failure != 0) {
        (void)regerror(failure, out, reason, sizeof(reason));
        return md_fail(err, MOCKD_E_FIXTURE, "pattern: %.60s: \"%.60s\": %s",
                       key, text, reason);
    }
    pattern->expression_count++;
    return MOCKD_OK;
}

static enum mockd_code add_member(struct md_pattern *pattern,
                                  const struct md_json *item,
                                  struct mockd_error *err)
{
    const char *key = md_json_key(item);
    struct member member = {.is_words = md_json_is_array(item),
                            .first = pattern->expression_count};
    enum mockd_code rc = MOCKD_OK;

    if (pattern->member_count == MD_PATTERNS_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE, "pattern: more than %d members",
                       MD_PATTERNS_MAX);
    }
    if (!member.is_words) {
        rc = compile(pattern, key, md_json_text(item), err);
    }
    for (const struct md_json *at = member.is_words ? md_json_first(item)
                                                    : NULL;
         at != NULL && rc == MOCKD_OK; at = md_json_next(at)) {
        rc = compile(pattern, key, md_json_text(at), err);
    }
    if (rc != MOCKD_OK) {
        return rc;
    }
    member.count = pattern->expression_count - member.first;
    member.key = strdup(key);
    if (member.key == NULL) {
        return md_fail_nomem(err);
    }
    pattern->members[pattern->member_count] = member;
    pattern->member_count++;
    return MOCKD_OK;
}

enum mockd_code md_pattern_parse(const struct md_json *object,
                                 struct md_pattern **out_pattern,
                                 struct mockd_error *err)
{
    struct md_pattern *pattern = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (!md_json_is_object(object) || md_json_count(object) == 0) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "pattern: not an object of regular expressions");
    }
    pattern = calloc(1, sizeof(*pattern));
    if (pattern == NULL) {
        return md_fail_nomem(err);
    }
    for (const struct md_json *item = md_json_first(object);
         item != NULL && rc == MOCKD_OK; item = md_json_next(item)) {
        rc = add_member(pattern, item, err);
    }
    pattern->text.max = MD_LINE_MAX;
    if (rc == MOCKD_OK && !md_json_print(object, &pattern->text)) {
        rc = md_fail_nomem(err);
    }
    if (rc != MOCKD_OK) {
        md_pattern_free(pattern);
        return rc;
    }
    *out_pattern = pattern;
    return MOCKD_OK;
}

static bool fits(const regex_t *expression, const char *text)
{
    return text != NULL && strlen(text) <= MD_SUBJECT_MAX &&
           regexec(expression, text, 0, NULL, 0) == 0;
}

/* A string as it is, an array's strings with blanks between them. */
static bool fits_joined(const regex_t *expression, const struct md_json *got)
{
    struct md_buf joined = {.max = MD_SUBJECT_MAX};
    bool is_good = true;

    if (got == NULL || md_json_is_empty(got)) {
        return fits(expression, "");
    }
    if (!md_json_is_array(got)) {
        return fits(expression, md_json_text(got));
    }
    for (const struct md_json *item = md_json_first(got);
         item != NULL && is_good; item = md_json_next(item)) {
        const char *text = md_json_text(item);

        is_good =
            text != NULL &&
            (item == md_json_first(got) || md_buf_add_text(&joined, " ")) &&
            md_buf_add_text(&joined, text);
    }
    is_good =
        is_good && fits(expression, joined.data == NULL ? "" : joined.data);
    md_buf_release(&joined);
    return is_good;
}

static bool fits_words(const struct md_pattern *pattern,
                       const struct member *member, const struct md_json *got)
{
    const struct md_json *item =
        md_json_is_array(got) ? md_json_first(got) : NULL;

    for (size_t i = 0; i < member->count; i++, item = md_json_next(item)) {
        if (!fits(&pattern->expressions[member->first + i],
                  md_json_text(item))) {
            return false;
        }
    }
    return item == NULL;
}

const char *md_pattern_match(const struct md_pattern *pattern,
                             const struct md_json *got)
{
    for (size_t i = 0; i < pattern->member_count; i++) {
        const struct member *member = &pattern->members[i];
        const struct md_json *value = md_json_get_any_case(got, member->key);

        if (member->is_words
                ? !fits_words(pattern, member, value)
                : !fits_joined(&pattern->expressions[member->first], value)) {
            return member->key;
        }
    }
    return NULL;
}
