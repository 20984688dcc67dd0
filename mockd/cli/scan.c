/* SPDX-License-Identifier: MIT */
#include "scan.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"

#define WORD_SHOWN 40 /* bytes of a name in a message */

/* What registries and clouds hand out; after the prefix come at least as many
 * letters, digits, '-', '_' and '.'. */
static const struct {
    const char *prefix;
    size_t rest;
    const char *what;
} tokens[] = {
    {"ghp_", 30, "a GitHub token"},
    {"gho_", 30, "a GitHub token"},
    {"ghs_", 30, "a GitHub token"},
    {"github_pat_", 30, "a GitHub token"},
    {"glpat-", 20, "a GitLab token"},
    {"dckr_pat_", 20, "a Docker Hub token"},
    {"dckr_oat_", 20, "a Docker Hub token"},
    {"AKIA", 16, "an AWS key id"},
    {"xoxb-", 20, "a Slack token"},
    {"eyJ", 40, "a JSON web token"},
    {"Bearer ", 16, "a bearer token"},
    {"-----BEGIN ", 0, "a PEM block"},
};

/* Parts of names whose values are nobody's business. */
static const char *const secret_names[] = {
    "passw",      "secret",     "token",       "api_key",   "apikey",
    "access_key", "credential", "private_key", "passphrase"};

static const char *const secret_heads[] = {
    "Authorization",   "Proxy-Authorization",
    "X-Registry-Auth", "X-Registry-Config",
    "Cookie",          "Set-Cookie"};

static bool is_shape(const char *text, const char *shape)
{
    for (; *shape != '\0'; shape++, text++) {
        if (*shape == '0' ? !isdigit((unsigned char)*text) : *shape != *text) {
            return false;
        }
    }
    return true;
}

size_t md_scan_date(const char *text, size_t len)
{
    static const char shape[] = "0000-00-00T00:00:00";
    size_t used = strlen(shape);

    if (len < used || !is_shape(text, shape)) {
        return 0;
    }
    if (used < len && text[used] == '.') {
        used++;
        while (used < len && isdigit((unsigned char)text[used])) {
            used++;
        }
    }
    if (used < len && text[used] == 'Z') {
        return used + 1;
    }
    if (len - used >= 6 && (text[used] == '+' || text[used] == '-') &&
        is_shape(text + used + 1, "00:00")) {
        return used + 6;
    }
    return used;
}

static bool is_token_byte(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.';
}

static const char *token_at(const char *text, size_t len)
{
    for (size_t i = 0; i < MD_COUNT_OF(tokens); i++) {
        size_t used = strlen(tokens[i].prefix);
        size_t rest = 0;

        if (len < used || memcmp(text, tokens[i].prefix, used) != 0) {
            continue;
        }
        while (used + rest < len && is_token_byte(text[used + rest])) {
            rest++;
        }
        if (rest >= tokens[i].rest) {
            return tokens[i].what;
        }
    }
    return NULL;
}

/* Each kind once: one message a payload is enough to look at it. */
void md_scan_bytes(const void *bytes, size_t len, md_scan_fn on_found,
                   void *user)
{
    const char *text = bytes;
    bool has_date = false;
    bool has_secret = false;
    const char *what = NULL;

    for (size_t i = 0; i < len; i++) {
        bool is_start = i == 0 || !isalnum((unsigned char)text[i - 1]);

        if (is_start && !has_date && isdigit((unsigned char)text[i]) &&
            md_scan_date(text + i, len - i) > 0 &&
            strncmp(text + i, "0001-", 5) != 0) {
            has_date = true;
            on_found(user, MD_SCAN_DATE, "a date and time");
        }
        what = is_start && !has_secret ? token_at(text + i, len - i) : NULL;
        if (what != NULL) {
            has_secret = true;
            on_found(user, MD_SCAN_SECRET, what);
        }
    }
}

static bool has_part(const char *name, size_t len, const char *part)
{
    for (size_t i = 0; i + strlen(part) <= len; i++) {
        if (strncasecmp(name + i, part, strlen(part)) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_secret_name(const char *name, size_t len)
{
    for (size_t i = 0; i < MD_COUNT_OF(secret_names); i++) {
        if (has_part(name, len, secret_names[i])) {
            return true;
        }
    }
    return false;
}

static void report_name(enum md_scan_kind kind, const char *what,
                        const char *name, size_t len, md_scan_fn on_found,
                        void *user)
{
    char text[WORD_SHOWN + 40];

    (void)snprintf(text, sizeof(text), "%s %.*s", what,
                   (int)(len < WORD_SHOWN ? len : WORD_SHOWN), name);
    on_found(user, kind, text);
}

/* A container's host name is the front of its id, if nobody chose one. */
static bool is_short_id(const char *text)
{
    return strlen(text) == 12 && strspn(text, "0123456789abcdef") == 12;
}

static void scan_variable(const char *text, md_scan_fn on_found, void *user)
{
    const char *equals = text == NULL ? NULL : strchr(text, '=');

    if (equals == NULL || equals[1] == '\0') {
        return;
    }
    if (is_secret_name(text, (size_t)(equals - text))) {
        report_name(MD_SCAN_SECRET, "the variable", text,
                    (size_t)(equals - text), on_found, user);
    } else if (strncmp(text, "HOSTNAME=", 9) == 0 && !is_short_id(text + 9)) {
        report_name(MD_SCAN_HOST, "the variable", text, 8, on_found, user);
    }
}

static void scan_member(const struct md_json *member, md_scan_fn on_found,
                        void *user)
{
    const char *key = md_json_key(member);
    const char *text = md_json_text(member);

    if (strcasecmp(key, "Env") == 0) {
        for (const struct md_json *at = md_json_first(member); at != NULL;
             at = md_json_next(at)) {
            scan_variable(md_json_text(at), on_found, user);
        }
        return;
    }
    if (text == NULL || text[0] == '\0') {
        return;
    }
    if (is_secret_name(key, strlen(key)) || strcasecmp(key, "auth") == 0) {
        report_name(MD_SCAN_SECRET, "the value of", key, strlen(key), on_found,
                    user);
    } else if ((strcasecmp(key, "Hostname") == 0 ||
                strcasecmp(key, "Domainname") == 0) &&
               !is_short_id(text)) {
        report_name(MD_SCAN_HOST, "the value of", key, strlen(key), on_found,
                    user);
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): the parser beneath bounds the depth */
void md_scan_json(const struct md_json *json, md_scan_fn on_found, void *user)
{
    for (const struct md_json *at = md_json_first(json); at != NULL;
         at = md_json_next(at)) {
        if (md_json_is_object(json)) {
            scan_member(at, on_found, user);
        }
        md_scan_json(at, on_found, user);
    }
}

void md_scan_head_line(const char *line, md_scan_fn on_found, void *user)
{
    size_t len = strcspn(line, ":");

    for (size_t i = 0; i < MD_COUNT_OF(secret_heads); i++) {
        if (strlen(secret_heads[i]) == len &&
            strncasecmp(line, secret_heads[i], len) == 0) {
            report_name(MD_SCAN_SECRET, "the header", line, len, on_found,
                        user);
            return;
        }
    }
    md_scan_bytes(line, strlen(line), on_found, user);
}
