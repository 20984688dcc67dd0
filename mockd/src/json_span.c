/* SPDX-License-Identifier: MIT */
#include "json_span.h"

#include <stdio.h>
#include <string.h>

struct cursor {
    const char *text;
    size_t len;
    size_t at;
};

static void skip_space(struct cursor *in)
{
    while (in->at < in->len && strchr(" \t\r\n", in->text[in->at]) != NULL) {
        in->at++;
    }
}

static void skip_string(struct cursor *in)
{
    for (in->at++; in->at < in->len && in->text[in->at] != '"'; in->at++) {
        in->at += in->text[in->at] == '\\';
    }
    in->at++;
}

/* Valid JSON lets brackets be counted without telling them apart. */
static void skip_value(struct cursor *in)
{
    size_t depth = 0;

    skip_space(in);
    do {
        char c = in->text[in->at];

        if (c == '"') {
            skip_string(in);
        } else if (c == '{' || c == '[') {
            depth++;
            in->at++;
        } else if (c == '}' || c == ']') {
            depth--;
            in->at++;
        } else if (depth > 0) {
            in->at++;
        } else {
            in->at += strcspn(in->text + in->at, ",]} \t\r\n");
        }
    } while (depth > 0 && in->at < in->len);
}

/* The next member or item of the object or array that the cursor is in. */
static bool next_member(struct cursor *in, bool is_object,
                        struct md_json_span *out)
{
    in->at++; /* the bracket or the comma */
    skip_space(in);
    if (in->at >= in->len || strchr("]}", in->text[in->at]) != NULL) {
        return false;
    }
    out->member = in->at;
    if (is_object) {
        skip_string(in);
        skip_space(in);
        in->at++; /* the colon */
        skip_space(in);
    }
    out->at = in->at;
    skip_value(in);
    out->end = in->at;
    skip_space(in);
    out->has_later = in->at < in->len && in->text[in->at] == ',';
    return true;
}

static bool is_named(const char *text, const struct md_json_span *span,
                     bool is_object, size_t index, const char *name,
                     size_t name_len)
{
    char number[32];

    if (is_object) {
        return text[span->member] == '"' &&
               strncmp(text + span->member + 1, name, name_len) == 0 &&
               text[span->member + 1 + name_len] == '"';
    }
    (void)snprintf(number, sizeof(number), "%zu", index);
    return strlen(number) == name_len && strncmp(number, name, name_len) == 0;
}

/* @inout is a value; make it the one called @name in it. */
static bool step_in(const char *text, const char *name, size_t name_len,
                    struct md_json_span *inout)
{
    struct cursor in = {text, inout->end, inout->at};
    bool is_object = text[inout->at] == '{';
    struct md_json_span span = {0};

    if (!is_object && text[inout->at] != '[') {
        return false;
    }
    for (size_t i = 0; next_member(&in, is_object, &span); i++) {
        if (is_named(text, &span, is_object, i, name, name_len)) {
            *inout = span;
            return true;
        }
    }
    return false;
}

bool md_json_span(const char *text, size_t len, const char *path,
                  struct md_json_span *out)
{
    struct cursor in = {text, len, 0};
    struct md_json_span span = {0};

    skip_space(&in);
    if (in.at == len) {
        return false;
    }
    span.member = in.at;
    span.at = in.at;
    skip_value(&in);
    span.end = in.at;
    while (*path != '\0') {
        size_t name_len = strcspn(path, ".");

        if (!step_in(text, path, name_len, &span)) {
            return false;
        }
        path += name_len;
        path += *path == '.';
    }
    *out = span;
    return true;
}
