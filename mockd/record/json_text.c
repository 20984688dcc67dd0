/* SPDX-License-Identifier: MIT */
/* json_text.c - JSON as text: write strings, pass a value on as it is. */
#include "json_text.h"

#include <stdint.h>
#include <string.h>

#include "utf8.h"

static const char *short_escape(unsigned char c)
{
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        return NULL;
    }
}

void md_rec_json_inside(struct md_rec_bytes *out, const void *text, size_t len)
{
    const unsigned char *at = text;

    for (size_t i = 0; i < len; i++) {
        const char *escape = short_escape(at[i]);

        if (escape != NULL) {
            md_rec_bytes_text(out, escape);
        } else if (at[i] < 0x20) {
            md_rec_bytes_print(out, "\\u%04x", (unsigned)at[i]);
        } else {
            md_rec_bytes_add(out, at + i, 1);
        }
    }
}

void md_rec_json_string(struct md_rec_bytes *out, const void *text, size_t len)
{
    md_rec_bytes_text(out, "\"");
    md_rec_json_inside(out, text, len);
    md_rec_bytes_text(out, "\"");
}

struct reader {
    const char *at;
    const char *end;
    struct md_rec_bytes *out;
};

static int peek(const struct reader *in)
{
    return in->at < in->end ? (unsigned char)*in->at : -1;
}

static void skip_blanks(struct reader *in)
{
    while (peek(in) == ' ' || peek(in) == '\t' || peek(in) == '\n' ||
           peek(in) == '\r') {
        in->at++;
    }
}

/* Pass one byte on. */
static void pass(struct reader *in)
{
    md_rec_bytes_add(in->out, in->at, 1);
    in->at++;
}

static bool pass_if(struct reader *in, char wanted)
{
    if (peek(in) != wanted) {
        return false;
    }
    pass(in);
    return true;
}

static bool pass_word(struct reader *in, const char *word)
{
    while (*word != '\0') {
        if (!pass_if(in, *word)) {
            return false;
        }
        word++;
    }
    return true;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(int c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool pass_digits(struct reader *in)
{
    if (!is_digit(peek(in))) {
        return false;
    }
    while (is_digit(peek(in))) {
        pass(in);
    }
    return true;
}

static bool pass_number(struct reader *in)
{
    (void)pass_if(in, '-');
    if (!pass_if(in, '0') && !pass_digits(in)) {
        return false;
    }
    if (pass_if(in, '.') && !pass_digits(in)) {
        return false;
    }
    if (pass_if(in, 'e') || pass_if(in, 'E')) {
        if (!pass_if(in, '+')) {
            (void)pass_if(in, '-');
        }
        return pass_digits(in);
    }
    return true;
}

static bool pass_escape(struct reader *in)
{
    bool is_zero = true;

    pass(in); /* the backslash */
    if (!pass_if(in, 'u')) {
        if (peek(in) <= 0 || strchr("\"\\/bfnrt", peek(in)) == NULL) {
            return false;
        }
        pass(in);
        return true;
    }
    for (int i = 0; i < 4; i++) {
        if (!is_hex(peek(in))) {
            return false;
        }
        is_zero = is_zero && peek(in) == '0';
        pass(in);
    }
    return !is_zero;
}

static bool pass_string(struct reader *in)
{
    if (!pass_if(in, '"')) {
        return false;
    }
    while (peek(in) >= 0x20 && peek(in) != '"') {
        if (peek(in) != '\\') {
            pass(in);
        } else if (!pass_escape(in)) {
            return false;
        }
    }
    return pass_if(in, '"');
}

static bool pass_scalar(struct reader *in)
{
    switch (peek(in)) {
    case '"':
        return pass_string(in);
    case 't':
        return pass_word(in, "true");
    case 'f':
        return pass_word(in, "false");
    case 'n':
        return pass_word(in, "null");
    default:
        return pass_number(in);
    }
}

static bool pass_key(struct reader *in)
{
    skip_blanks(in);
    if (!pass_string(in)) {
        return false;
    }
    skip_blanks(in);
    return pass_if(in, ':');
}

/* The containers open around the reader, innermost last. */
struct nest {
    char close[MD_REC_JSON_DEPTH_MAX];
    size_t depth;
};

/* Go into containers as long as one opens here and is not empty. Leaves the
 * reader at a scalar, or, with @out_done, behind an empty container. */
static bool go_in(struct reader *in, struct nest *nest, bool *out_done)
{
    for (;;) {
        skip_blanks(in);
        if (peek(in) != '{' && peek(in) != '[') {
            return true;
        }
        if (nest->depth == MD_REC_JSON_DEPTH_MAX) {
            return false;
        }
        nest->close[nest->depth] = peek(in) == '{' ? '}' : ']';
        pass(in);
        skip_blanks(in);
        if (pass_if(in, nest->close[nest->depth])) {
            *out_done = true;
            return true;
        }
        nest->depth++;
        if (nest->close[nest->depth - 1] == '}' && !pass_key(in)) {
            return false;
        }
    }
}

/* After a value: leave the containers that end here; a comma means one more
 * value, which *out_more tells. */
static bool go_out(struct reader *in, struct nest *nest, bool *out_more)
{
    *out_more = false;
    while (nest->depth > 0) {
        char close = nest->close[nest->depth - 1];

        skip_blanks(in);
        if (pass_if(in, ',')) {
            *out_more = true;
            return close == ']' || pass_key(in);
        }
        if (!pass_if(in, close)) {
            return false;
        }
        nest->depth--;
    }
    return true;
}

static bool pass_value(struct reader *in)
{
    struct nest nest = {.depth = 0};
    bool more = true;

    while (more) {
        bool done = false;

        if (!go_in(in, &nest, &done) || (!done && !pass_scalar(in)) ||
            !go_out(in, &nest, &more)) {
            return false;
        }
    }
    skip_blanks(in);
    return in->at == in->end;
}

bool md_rec_json_compact(struct md_rec_bytes *out, const void *text, size_t len)
{
    struct reader in = {
        .at = text, .end = (const char *)text + len, .out = out};
    size_t before = out->len;

    if (len > 0 && md_rec_utf8_is_text(text, len) && pass_value(&in) &&
        !out->failed) {
        return true;
    }
    out->len = before;
    return false;
}
