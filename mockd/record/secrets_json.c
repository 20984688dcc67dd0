/* SPDX-License-Identifier: MIT */
/* secrets_json.c - the secrets of a whole body, which JSON mostly is. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bytes.h"
#include "secrets_own.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A walk through JSON text, a character at a time. */
struct json_walk {
    const uint8_t *data;
    size_t len;
    size_t at;   /* of the character */
    size_t size; /* bytes of it as they stand */
    int c;       /* it, as it is meant; '"' unescaped ends or begins a string */
    bool is_in_string;
    bool is_quote; /* it is such a '"' */
};

static int hex_value(const uint8_t *at)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        if (!isxdigit(at[i])) {
            return '?';
        }
        value = value * 16 +
                (isdigit(at[i]) ? at[i] - '0' : tolower(at[i]) - 'a' + 10);
    }
    return value < 0x80 ? value : '?';
}

static void take_escape(struct json_walk *walk)
{
    static const char letters[] = "nrtbf";
    static const char meant[] = "\n\r\t\b\f";
    const uint8_t *at = walk->data + walk->at;
    size_t left = walk->len - walk->at;
    const char *letter = NULL;

    walk->size = left > 1 ? 2 : 1;
    walk->c = left > 1 ? at[1] : '\\';
    letter = walk->c != 0 ? strchr(letters, walk->c) : NULL;
    if (letter != NULL) {
        walk->c = (unsigned char)meant[letter - letters];
    } else if (walk->c == 'u') {
        walk->size = left >= 6 ? 6 : left;
        walk->c = left >= 6 ? hex_value(at + 2) : '?';
    }
}

/* Step to the next character; false at the end. */
static bool walk_next(struct json_walk *walk)
{
    if (walk->is_quote) {
        walk->is_in_string = !walk->is_in_string;
    }
    walk->at += walk->size;
    if (walk->at >= walk->len) {
        return false;
    }
    walk->size = 1;
    walk->c = walk->data[walk->at];
    walk->is_quote = walk->c == '"';
    if (walk->is_in_string && walk->c == '\\') {
        take_escape(walk);
    }
    return true;
}

static bool is_json(const uint8_t *data, size_t len)
{
    size_t at = 0;

    while (at < len && strchr(" \t\r\n", data[at]) != NULL && data[at] != 0) {
        at++;
    }
    return at < len && (data[at] == '{' || data[at] == '[');
}

/* Add @value as it stands, and as it is meant. */
static void learn_json(struct md_rec_secrets *secrets, const char *what,
                       const uint8_t *value, size_t len)
{
    struct json_walk walk = {.data = value, .len = len, .is_in_string = true};
    struct md_rec_bytes meant = md_rec_bytes_new(len);

    if (len >= MD_REC_LEARNED_MIN) {
        (void)md_rec_secret_text(secrets, MD_REC_SECRET_LEARNED, what, value,
                                 len);
    }
    while (walk_next(&walk)) {
        char c = (char)walk.c;

        md_rec_bytes_add(&meant, &c, 1);
    }
    if (meant.failed) {
        secrets->is_full = true;
    } else if (meant.len >= MD_REC_LEARNED_MIN) {
        (void)md_rec_secret_text(secrets, MD_REC_SECRET_LEARNED, what,
                                 meant.data, meant.len);
    }
    md_rec_bytes_release(&meant);
}

bool md_rec_secret_member(const uint8_t *name, size_t len)
{
    static const char *const names[] = {"password", "identitytoken",
                                        "registrytoken"};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (strlen(names[i]) == len &&
            strncasecmp((const char *)name, names[i], len) == 0) {
            return true;
        }
    }
    return false;
}

/* Where the string whose quote @walk is at ends: its closing quote's offset.
 * @walk stands there afterwards. */
static size_t skip_string(struct json_walk *walk)
{
    while (walk_next(walk) && !walk->is_quote) {
    }
    return walk->at;
}

static void take_member(struct md_rec_secrets *secrets, const uint8_t *value,
                        size_t off, size_t len, struct md_rec_spans *out)
{
    unsigned id = md_rec_secret_called(secrets, "password");

    if (len > 0 && id != 0) {
        md_rec_spans_add(out, off, len, id);
    }
    learn_json(secrets, "password", value, len);
}

/* What the strings of a walk are. */
struct member_walk {
    struct json_walk json;
    bool is_wanted; /* the next string is such a member's */
    bool is_named;  /* the last string was its name */
};

/* A string, from its quote to its end. */
static void member_string(struct md_rec_secrets *secrets,
                          struct member_walk *walk, struct md_rec_spans *out)
{
    const uint8_t *data = walk->json.data;
    size_t len = walk->json.len;
    size_t from = walk->json.at + 1 < len ? walk->json.at + 1 : len;
    size_t to = skip_string(&walk->json);

    to = to < len ? to : len;
    if (walk->is_wanted) {
        take_member(secrets, data + from, from, to - from, out);
    }
    walk->is_named =
        !walk->is_wanted && md_rec_secret_member(data + from, to - from);
    walk->is_wanted = false;
}

/* Find and learn the strings of members that are named for secrets. */
static void json_members(struct md_rec_secrets *secrets, const uint8_t *data,
                         size_t len, struct md_rec_spans *out)
{
    struct member_walk walk = {.json = {.data = data, .len = len}};

    while (walk_next(&walk.json)) {
        if (walk.json.is_quote) {
            member_string(secrets, &walk, out);
        } else if (walk.json.c == ':') {
            walk.is_wanted = walk.is_named;
        } else if (strchr(" \t\r\n", walk.json.c) == NULL) {
            walk.is_wanted = false;
            walk.is_named = false;
        }
    }
}

/* A value of a variable at the start of a JSON string is learned. */
static void learn_value(struct md_rec_secrets *secrets,
                        const struct md_rec_lane *lane, const uint8_t *data,
                        const struct md_rec_span *span)
{
    if (lane->is_name_first && span->len > 0) {
        learn_json(secrets, md_rec_secrets_what(secrets, span->id),
                   data + span->off, (size_t)span->len);
    }
}

static void json_variables(struct md_rec_secrets *secrets, const uint8_t *data,
                           size_t len, struct md_rec_spans *out)
{
    struct json_walk walk = {.data = data, .len = len};
    struct md_rec_lane lane = {0};
    struct md_rec_span span = {0};

    while (walk_next(&walk)) {
        unsigned id = 0;

        if (walk.is_quote || !walk.is_in_string) {
            lane.value_id = 0; /* a string's end ends everything */
            lane.name_len = 0;
            lane.has_begun = false;
        } else {
            id = md_rec_secret_step(&lane, secrets, walk.c);
        }
        if (id != 0) {
            md_rec_spans_add(out, walk.at, walk.size, id);
            span.off = span.id == id ? span.off : walk.at;
            span.id = id;
            span.len = walk.at + walk.size - span.off;
        } else if (span.id != 0) {
            learn_value(secrets, &lane, data, &span);
            span = (struct md_rec_span){0};
        }
    }
}

/* ---- bodies ---- */

/* How many bytes of an escape are left at @off, when that is inside one. */
static size_t rest_of_escape(const uint8_t *data, size_t len, size_t off)
{
    for (size_t back = 1; back < 6 && back <= off && off < len; back++) {
        size_t slashes = 0;
        size_t size = data[off - back + 1] == 'u' ? 6 : 2;

        while (slashes <= off - back && data[off - back - slashes] == '\\') {
            slashes++;
        }
        if (slashes % 2 == 1 && back < size) {
            return size - back < len - off ? size - back : len - off;
        }
    }
    return 0;
}

/* An escape must stay whole, or the text would not be JSON any longer: it
 * goes as its backslash goes. */
static void mend_escapes(const uint8_t *data, size_t len,
                         struct md_rec_spans *spans)
{
    for (size_t i = 0; i < spans->count; i++) {
        struct md_rec_span *span = &spans->items[i];
        size_t end = (size_t)(span->off + span->len);
        size_t cut = rest_of_escape(data, len, (size_t)span->off);

        end += rest_of_escape(data, len, end);
        span->off += cut < end - span->off ? cut : end - span->off;
        span->len = end - span->off;
    }
}

void md_rec_secrets_body(struct md_rec_secrets *secrets, const uint8_t *data,
                         size_t len, struct md_rec_spans *out_spans)
{
    struct md_rec_view all = {.data = data, .len = len};
    struct md_rec_lane lane = {0};

    if (len == 0) {
        return;
    }
    if (!is_json(data, len)) {
        (void)md_rec_lane_feed(&lane, secrets, all, true, out_spans);
        md_rec_lane_release(&lane);
        return;
    }
    json_variables(secrets, data, len, out_spans);
    json_members(secrets, data, len, out_spans);
    (void)md_rec_secret_find(secrets, all, false, true, out_spans);
    mend_escapes(data, len, out_spans);
}
