/* SPDX-License-Identifier: MIT */
/* secrets_head.c - the secrets of HTTP heads. */
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cjson/cJSON.h>

#include "secrets_own.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The value of a header line, without blanks around; NULL = another header. */
static bool find_value(struct md_rec_view line, const char *name,
                       struct md_rec_view *out_value)
{
    size_t len = strlen(name);

    if (line.len <= len || line.data[len] != ':' ||
        strncasecmp((const char *)line.data, name, len) != 0) {
        return false;
    }
    len++;
    while (len < line.len &&
           (line.data[len] == ' ' || line.data[len] == '\t')) {
        len++;
    }
    *out_value =
        (struct md_rec_view){.data = line.data + len, .len = line.len - len};
    return true;
}

static void learn_member(struct md_rec_secrets *secrets, const char *what,
                         const cJSON *json)
{
    const char *text = cJSON_GetStringValue(json);

    if (text != NULL && strlen(text) >= MD_REC_LEARNED_MIN &&
        json->string != NULL &&
        (md_rec_secret_member((const uint8_t *)json->string,
                              strlen(json->string)) ||
         strcasecmp(json->string, "auth") == 0)) {
        (void)md_rec_secret_text(secrets, MD_REC_SECRET_LEARNED, what, text,
                                 strlen(text));
    }
}

/* X-Registry-Auth is an object, X-Registry-Config an object of such. */
static void learn_registry_json(struct md_rec_secrets *secrets,
                                const char *what, const cJSON *json)
{
    const cJSON *member = NULL;
    const cJSON *inner = NULL;

    cJSON_ArrayForEach(member, json)
    {
        learn_member(secrets, what, member);
        cJSON_ArrayForEach(inner, member)
        {
            learn_member(secrets, what, inner);
        }
    }
}

/* Either alphabet of base64, as clients differ. */
static void learn_base64(struct md_rec_secrets *secrets, const char *what,
                         struct md_rec_view value)
{
    struct base64_decode_ctx context;
    char *text = malloc(value.len + 1);
    uint8_t *raw = malloc(BASE64_DECODE_LENGTH(value.len) + 1);
    size_t len = BASE64_DECODE_LENGTH(value.len);
    cJSON *json = NULL;

    if (text == NULL || raw == NULL) {
        secrets->is_full = true;
    } else {
        for (size_t i = 0; i < value.len; i++) {
            char c = (char)value.data[i];

            c = (char)(c == '-' ? '+' : c);
            text[i] = (char)(c == '_' ? '/' : c);
        }
        base64_decode_init(&context);
        if (base64_decode_update(&context, &len, raw, value.len, text) == 1) {
            json = cJSON_ParseWithLength((const char *)raw, len);
            learn_registry_json(secrets, what, json);
            cJSON_Delete(json);
        }
    }
    free(text);
    free(raw);
}

static const struct {
    const char *name;
    bool is_base64;
    bool has_scheme; /* "Basic ..." */
} credentials[] = {
    {"Authorization", false, true},   {"Proxy-Authorization", false, true},
    {"Cookie", false, false},         {"Set-Cookie", false, false},
    {"X-Registry-Auth", true, false}, {"X-Registry-Config", true, false},
};

static void learn_line(struct md_rec_secrets *secrets, struct md_rec_view line)
{
    for (size_t i = 0; i < COUNT_OF(credentials); i++) {
        struct md_rec_view value = {0};
        const uint8_t *blank = NULL;

        if (!find_value(line, credentials[i].name, &value) || value.len == 0) {
            continue;
        }
        blank = memchr(value.data, ' ', value.len);
        if (credentials[i].has_scheme && blank != NULL) {
            value.len -= (size_t)(blank + 1 - value.data);
            value.data = blank + 1;
        }
        if (credentials[i].is_base64) {
            learn_base64(secrets, credentials[i].name, value);
        }
        if (value.len >= MD_REC_LEARNED_MIN) {
            (void)md_rec_secret_text(secrets, MD_REC_SECRET_LEARNED,
                                     credentials[i].name, value.data,
                                     value.len);
        }
    }
}

void md_rec_secrets_learn_head(struct md_rec_secrets *secrets,
                               const struct md_rec_scan *scan)
{
    struct md_rec_view line = {0};
    size_t pos = 0;

    (void)md_rec_scan_line(scan, &pos, &line); /* the start line */
    while (md_rec_scan_line(scan, &pos, &line)) {
        learn_line(secrets, line);
    }
}

static bool is_framing(struct md_rec_view line)
{
    static const char *const names[] = {"Content-Length", "Transfer-Encoding",
                                        "Connection", "Upgrade",
                                        "Content-Type"};
    struct md_rec_view ignored = {0};

    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (find_value(line, names[i], &ignored)) {
            return true;
        }
    }
    return false;
}

/* The id for a header that is secret as a whole; 0 = it is not. */
static unsigned find_header(struct md_rec_secrets *secrets,
                            struct md_rec_view line,
                            struct md_rec_view *out_value)
{
    for (size_t i = 0; i < COUNT_OF(credentials); i++) {
        if (find_value(line, credentials[i].name, out_value)) {
            return md_rec_secret_called(secrets, credentials[i].name);
        }
    }
    return 0;
}

/* What of a line may be replaced: a value, a reason phrase, a target. */
static struct md_rec_view find_part(const struct md_rec_scan *scan,
                                    struct md_rec_view line, bool is_first)
{
    const size_t status_len = sizeof("HTTP/1.1 200") - 1;
    const uint8_t *colon = memchr(line.data, ':', line.len);
    size_t front = colon != NULL ? (size_t)(colon + 1 - line.data) : 0;

    if (is_first && scan->kind == MD_REC_SCAN_REQUEST) {
        return scan->target;
    }
    if (is_first) {
        front = status_len < line.len ? status_len : line.len;
    } else if (is_framing(line)) {
        front = line.len;
    }
    return (struct md_rec_view){.data = line.data + front,
                                .len = line.len - front};
}

static void scan_line(struct md_rec_secrets *secrets,
                      const struct md_rec_scan *scan, struct md_rec_view line,
                      bool is_first, struct md_rec_spans *out)
{
    struct md_rec_view part = find_part(scan, line, is_first);
    struct md_rec_spans found = {0};
    struct md_rec_view value = {0};
    unsigned id = is_first ? 0 : find_header(secrets, line, &value);

    if (id != 0) {
        md_rec_spans_add(out, (uint64_t)(value.data - scan->head), value.len,
                         id);
        return;
    }
    (void)md_rec_secret_find(secrets, part, true, true, &found);
    for (size_t i = 0; i < found.count; i++) {
        md_rec_spans_add(
            out, (uint64_t)(part.data - scan->head) + found.items[i].off,
            found.items[i].len, found.items[i].id);
    }
    out->failed = out->failed || found.failed;
    md_rec_spans_release(&found);
}

void md_rec_secrets_head(struct md_rec_secrets *secrets,
                         const struct md_rec_scan *scan,
                         struct md_rec_spans *out_spans)
{
    struct md_rec_view line = {0};
    size_t pos = 0;
    bool is_first = true;

    while (md_rec_scan_line(scan, &pos, &line)) {
        scan_line(secrets, scan, line, is_first, out_spans);
        if (scan->kind == MD_REC_SCAN_REQUEST) {
            return;
        }
        is_first = false;
    }
}
