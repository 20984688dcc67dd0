/* SPDX-License-Identifier: MIT */
/* json.c - the only file that includes cJSON. */
#include "json.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include <cjson/cJSON.h>

/* cJSON's look-ups take a pointer that is not const, and do not write. */
static cJSON *real(const struct md_json *json)
{
    union {
        const struct md_json *in;
        cJSON *out;
    } same = {.in = json};

    return same.out;
}

static struct md_json *wrap(cJSON *json)
{
    union {
        cJSON *in;
        struct md_json *out;
    } same = {.in = json};

    return same.out;
}

/* What the second byte after @first may be: not overlong, no surrogate, not
 * above U+10FFFF. */
static bool is_second(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xE0:
        return second >= 0xA0 && second <= 0xBF;
    case 0xED:
        return second >= 0x80 && second <= 0x9F;
    case 0xF0:
        return second >= 0x90 && second <= 0xBF;
    case 0xF4:
        return second >= 0x80 && second <= 0x8F;
    default:
        return second >= 0x80 && second <= 0xBF;
    }
}

/* Bytes of the UTF-8 sequence at @s, 0 when it is not one (RFC 3629). */
static size_t utf8_len(const unsigned char *s, size_t left)
{
    size_t len = s[0] < 0xE0 ? 2 : s[0] < 0xF0 ? 3 : 4;

    if (s[0] < 0xC2 || s[0] > 0xF4 || len > left || !is_second(s[0], s[1])) {
        return 0;
    }
    for (size_t i = 2; i < len; i++) {
        if ((s[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return len;
}

static enum mockd_code fail_at(struct mockd_error *err, size_t offset,
                               const char *what)
{
    return md_fail(err, MOCKD_E_FIXTURE, "column %zu: %s", offset + 1, what);
}

static bool is_space(unsigned char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Bytes of the character at @s, or 0 with the reason why it may not stand
 * there. */
static size_t step_over(const unsigned char *s, size_t left, bool is_string,
                        const char **out_reason)
{
    size_t len = 1;

    if (s[0] == '\\') {
        *out_reason = "\\u0000 is not allowed in a string";
        len = left < 2 ? 1 : 2;
        return left >= 6 && memcmp(s, "\\u0000", 6) == 0 ? 0 : len;
    }
    if (s[0] >= 0x80) {
        *out_reason = "not UTF-8; escape the byte as %HH";
        return utf8_len(s, left);
    }
    *out_reason = "a control character; escape it";
    return s[0] >= 0x20 || (!is_string && is_space(s[0])) ? 1 : 0;
}

/* ASCII that needs no look at it: most of any file. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

#define EACH_BYTE UINT64_C(0x0101010101010101)
#define TOP_BITS UINT64_C(0x8080808080808080)

/* Marks the top bit of a byte that is below @limit. One before it may be
 * marked, too. */
static uint64_t mark_below(uint64_t bytes, uint8_t limit)
{
    return (bytes - EACH_BYTE * limit) & ~bytes & TOP_BITS;
}

/* Are the eight bytes at @s plain, all of them? */
static bool are_plain(const unsigned char *s)
{
    uint64_t bytes = 0;

    memcpy(&bytes, s, sizeof(bytes));
    return ((bytes & TOP_BITS) | mark_below(bytes, 0x20) |
            mark_below(bytes ^ (EACH_BYTE * '"'), 1) |
            mark_below(bytes ^ (EACH_BYTE * '\\'), 1)) == 0;
}

/* What the parser beneath would let through. */
static enum mockd_code check_text(const char *text, size_t len,
                                  struct mockd_error *err)
{
    const unsigned char *s = (const unsigned char *)text;
    bool is_string = false;
    size_t i = 0;

    while (i < len) {
        const char *reason = NULL;
        size_t step = 0;

        if (len - i >= sizeof(uint64_t) && are_plain(s + i)) {
            i += sizeof(uint64_t);
            continue;
        }
        if (is_plain(s[i])) {
            i++;
            continue;
        }
        step = step_over(s + i, len - i, is_string, &reason);
        if (step == 0) {
            return fail_at(err, i, reason);
        }
        is_string ^= s[i] == '"';
        i += step;
    }
    return MOCKD_OK;
}

enum mockd_code md_json_parse(const char *text, size_t len,
                              struct md_json **out_json,
                              struct mockd_error *err)
{
    enum mockd_code rc = check_text(text, len, err);
    const char *end = NULL;
    cJSON *json = NULL;

    if (rc != MOCKD_OK) {
        return rc;
    }
    errno = 0;
    json = cJSON_ParseWithLengthOpts(text, len + 1, &end, 1);
    if (json == NULL && errno == ENOMEM) {
        return md_fail_nomem(err);
    }
    if (json == NULL) {
        size_t offset = end == NULL ? 0 : (size_t)(end - text);

        return fail_at(err, offset < len ? offset : len,
                       "not valid JSON from here on");
    }
    *out_json = wrap(json);
    return MOCKD_OK;
}

/* The first long string without escapes of the array that @text, which is
 * checked, is; not of what is in the array. False when there is none. */
static bool find_long(const char *text, size_t len, size_t *out_at,
                      size_t *out_len)
{
    const char *end = text + len;
    const char *at = text + 1;

    while (at < end) {
        const char *from = at + strcspn(at, "\"[{");
        const char *close = NULL;

        if (*from != '"') {
            return false;
        }
        from++;
        close = memchr(from, '"', (size_t)(end - from));
        if (close == NULL ||
            memchr(from, '\\', (size_t)(close - from)) != NULL) {
            return false;
        }
        *out_at = (size_t)(from - text);
        *out_len = (size_t)(close - from);
        if (*out_len >= MD_JSON_APART_MIN) {
            return true;
        }
        at = close + 1;
    }
    return false;
}

enum mockd_code md_json_parse_apart(const char *text, size_t len,
                                    struct md_json **out_json,
                                    const char **out_string, size_t *out_len,
                                    struct mockd_error *err)
{
    char rest[MD_JSON_APART_MIN];
    size_t at = 0;
    size_t left_out = 0;
    size_t rest_len = 0;

    *out_string = NULL;
    if (len > MD_JSON_APART_MIN && text[0] == '[' &&
        check_text(text, len, NULL) == MOCKD_OK &&
        find_long(text, len, &at, &left_out) && len - left_out < sizeof(rest)) {
        rest_len = len - left_out;
        memcpy(rest, text, at);
        memcpy(rest + at, text + at + left_out, rest_len - at);
        rest[rest_len] = '\0';
    }
    if (rest_len > 0 &&
        md_json_parse(rest, rest_len, out_json, NULL) == MOCKD_OK) {
        *out_string = text + at;
        *out_len = left_out;
        return MOCKD_OK;
    }
    return md_json_parse(text, len, out_json, err);
}

void md_json_free(struct md_json *json)
{
    cJSON_Delete(real(json));
}

void md_json_cleanup(struct md_json **json)
{
    md_json_free(*json);
}

bool md_json_is_object(const struct md_json *json)
{
    return cJSON_IsObject(real(json));
}

bool md_json_is_array(const struct md_json *json)
{
    return cJSON_IsArray(real(json));
}

bool md_json_is_bool(const struct md_json *json)
{
    return cJSON_IsBool(real(json));
}

bool md_json_is_true(const struct md_json *json)
{
    return cJSON_IsTrue(real(json));
}

const char *md_json_text(const struct md_json *json)
{
    return cJSON_GetStringValue(real(json));
}

bool md_json_integer(const struct md_json *json, int64_t min, int64_t max,
                     int64_t *out_number)
{
    double value = 0;

    if (!cJSON_IsNumber(real(json))) {
        return false;
    }
    value = real(json)->valuedouble;
    if (!(value >= (double)min && value <= (double)max) ||
        (double)(int64_t)value != value) {
        return false;
    }
    *out_number = (int64_t)value;
    return true;
}

bool md_json_is_empty(const struct md_json *json)
{
    const char *text = md_json_text(json);

    return json == NULL || cJSON_IsNull(real(json)) ||
           cJSON_IsFalse(real(json)) || (text != NULL && text[0] == '\0') ||
           (cJSON_IsArray(real(json)) && real(json)->child == NULL);
}

bool md_json_is_equal(const struct md_json *a, const struct md_json *b)
{
    return cJSON_Compare(real(a), real(b), 1);
}

const struct md_json *md_json_get(const struct md_json *json, const char *key)
{
    return md_json_is_object(json)
               ? wrap(cJSON_GetObjectItemCaseSensitive(real(json), key))
               : NULL;
}

const struct md_json *md_json_get_any_case(const struct md_json *json,
                                           const char *key)
{
    const struct md_json *exact = md_json_get(json, key);

    if (exact != NULL || !md_json_is_object(json)) {
        return exact;
    }
    return wrap(cJSON_GetObjectItem(real(json), key));
}

const struct md_json *md_json_first(const struct md_json *json)
{
    return json == NULL ? NULL : wrap(real(json)->child);
}

const struct md_json *md_json_next(const struct md_json *json)
{
    return json == NULL ? NULL : wrap(real(json)->next);
}

const char *md_json_key(const struct md_json *json)
{
    return json == NULL || real(json)->string == NULL ? "" : real(json)->string;
}

size_t md_json_count(const struct md_json *json)
{
    size_t count = 0;

    for (const struct md_json *item = md_json_first(json); item != NULL;
         item = md_json_next(item)) {
        count++;
    }
    return count;
}

struct md_json *md_json_take(struct md_json *json, const char *key)
{
    return md_json_is_object(json)
               ? wrap(cJSON_DetachItemFromObjectCaseSensitive(real(json), key))
               : NULL;
}

bool md_json_print(const struct md_json *json, struct md_buf *out)
{
    char *text = json == NULL ? NULL : cJSON_PrintUnformatted(real(json));
    bool is_done = text != NULL && md_buf_add_text(out, text);

    cJSON_free(text);
    return is_done;
}

static bool quote_ascii(struct md_buf *out, unsigned char c)
{
    char byte = (char)c;

    if (c < 0x20 || c == 0x7F) {
        return md_buf_printf(out, "\\u%04x", c);
    }
    return (c != '"' && c != '\\') ? md_buf_add(out, &byte, 1)
                                   : md_buf_printf(out, "\\%c", c);
}

/* Bytes that stand as they are between quotes. */
static size_t plain_len(const unsigned char *s, size_t len)
{
    size_t i = 0;

    while (len - i >= sizeof(uint64_t) && are_plain(s + i) &&
           memchr(s + i, 0x7F, sizeof(uint64_t)) == NULL) {
        i += sizeof(uint64_t);
    }
    while (i < len && is_plain(s[i]) && s[i] != 0x7F) {
        i++;
    }
    return i;
}

bool md_json_quote_bytes(struct md_buf *out, const void *data, size_t len)
{
    const unsigned char *s = data;
    bool is_done = md_buf_add_text(out, "\"");
    size_t i = 0;

    while (i < len && is_done) {
        size_t plain = plain_len(s + i, len - i);
        size_t step = 0;

        if (plain > 0) {
            is_done = md_buf_add(out, s + i, plain);
            i += plain;
            continue;
        }
        step = s[i] < 0x80 ? 1 : utf8_len(s + i, len - i);
        if (step == 0 || s[i] == '\0') {
            is_done = md_buf_add_text(out, "\xEF\xBF\xBD");
            step = 1;
        } else if (step == 1) {
            is_done = quote_ascii(out, s[i]);
        } else {
            is_done = md_buf_add(out, s + i, step);
        }
        i += step;
    }
    return is_done && md_buf_add_text(out, "\"");
}

bool md_json_quote(struct md_buf *out, const char *text)
{
    return md_json_quote_bytes(out, text, strlen(text));
}
