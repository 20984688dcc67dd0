/* SPDX-License-Identifier: MIT */
/* verify_text.c - text without what differs from run to run. */
#include "verify_text.h"

#include <ctype.h>
#include <string.h>

#define SHORT_ID_LEN 12  /* of a container's id: its host name */
#define POINTER_DIGITS 6 /* at least, so that 0x1f is not one */
#define EXCERPT_LEN 60   /* bytes shown of a value */
#define EXCERPT_BEFORE 16

struct piece {
    const char *text;
    size_t len;
};

const char *md_verify_name(const struct md_verify_names *names, int var)
{
    return names->live[var] != NULL ? names->live[var]
                                    : names->fixture->vars[var].value;
}

static bool ends_word(struct piece at, size_t len)
{
    return at.len == len || !isalnum((unsigned char)at.text[len]);
}

static bool begins_with(struct piece at, const char *word, size_t len)
{
    return len > 0 && at.len >= len && memcmp(at.text, word, len) == 0 &&
           ends_word(at, len);
}

/* Bytes of the variable's value, recorded or live, that stand here; 0 = it is
 * not here. */
static size_t match_var(const struct md_verify_names *names, size_t var,
                        struct piece at)
{
    const char *values[] = {names->fixture->vars[var].value, names->live[var]};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        size_t len = values[i] == NULL ? 0 : strlen(values[i]);

        if (begins_with(at, values[i], len)) {
            return len;
        }
        if (names->fixture->vars[var].kind == MD_VAR_CID &&
            len > SHORT_ID_LEN && begins_with(at, values[i], SHORT_ID_LEN)) {
            return SHORT_ID_LEN;
        }
    }
    return 0;
}

static size_t count_hex(struct piece at, size_t from)
{
    size_t len = from;

    while (len < at.len && isxdigit((unsigned char)at.text[len]) &&
           !isupper((unsigned char)at.text[len])) {
        len++;
    }
    return len - from;
}

static size_t match_id(struct piece at)
{
    size_t len = count_hex(at, 0);

    return len == MD_VERIFY_ID_LEN && ends_word(at, len) ? len : 0;
}

static size_t match_pointer(struct piece at)
{
    size_t digits = 0;

    if (at.len < 2 || memcmp(at.text, "0x", 2) != 0) {
        return 0;
    }
    digits = count_hex(at, 2);
    return digits >= POINTER_DIGITS && ends_word(at, digits + 2) ? digits + 2
                                                                 : 0;
}

/* fd/14, of the path by which Podman names the socket of an attach */
static size_t match_descriptor(struct piece at)
{
    size_t len = strlen("fd/");

    if (at.len <= len || memcmp(at.text, "fd/", len) != 0 ||
        !isdigit((unsigned char)at.text[len])) {
        return 0;
    }
    while (len < at.len && isdigit((unsigned char)at.text[len])) {
        len++;
    }
    return ends_word(at, len) ? len : 0;
}

/* 2026-11-24T01:08:43.062194727Z or with +01:00 */
static size_t match_date(struct piece at)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    size_t len = strlen(shape);

    if (at.len < len) {
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)at.text[i];

        if (shape[i] == 'd' ? !isdigit(c) : c != (unsigned char)shape[i]) {
            return 0;
        }
    }
    while (len < at.len && (isdigit((unsigned char)at.text[len]) ||
                            strchr(".:+-Z", at.text[len]) != NULL)) {
        len++;
    }
    return len;
}

/* What stands here that varies, and what to write for it; 0 = nothing. */
static size_t match_varying(const struct md_verify_names *names,
                            struct piece at, const char **out_name)
{
    static const struct {
        const char *name;
        size_t (*match)(struct piece at);
    } kinds[] = {{"id", match_id},
                 {"pointer", match_pointer},
                 {"date", match_date},
                 {"fd", match_descriptor}};

    for (size_t i = 0; i < names->fixture->var_count; i++) {
        size_t len = match_var(names, i, at);

        if (len > 0) {
            *out_name = names->fixture->vars[i].name;
            return len;
        }
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t len = kinds[i].match(at);

        if (len > 0) {
            *out_name = kinds[i].name;
            return len;
        }
    }
    return 0;
}

void md_verify_scrub(const struct md_verify_names *names, const char *text,
                     size_t len, struct md_rec_bytes *out)
{
    size_t done = 0;
    size_t at = 0;

    if (len == 0) {
        return; /* there may be no text at all */
    }
    while (at < len) {
        const char *name = NULL;
        size_t varying = 0;

        if (at == 0 || !isalnum((unsigned char)text[at - 1])) {
            varying = match_varying(names, (struct piece){text + at, len - at},
                                    &name);
        }
        if (varying > 0) {
            md_rec_bytes_add(out, text + done, at - done);
            md_rec_bytes_print(out, "<%s>", name);
            done = at + varying;
        }
        at += varying > 0 ? varying : 1;
    }
    md_rec_bytes_add(out, text + done, len - done);
}

static void add_printable(struct md_rec_bytes *out, unsigned char c)
{
    if (c == '\n') {
        md_rec_bytes_text(out, "\\n");
    } else if (c == '\r') {
        md_rec_bytes_text(out, "\\r");
    } else if (isprint(c)) {
        md_rec_bytes_add(out, &c, 1);
    } else {
        md_rec_bytes_print(out, "\\x%02x", c);
    }
}

void md_verify_excerpt(struct md_rec_bytes *out,
                       const struct md_rec_bytes *bytes, size_t at)
{
    size_t from = at > EXCERPT_BEFORE ? at - EXCERPT_BEFORE : 0;
    size_t to =
        bytes->len - from > EXCERPT_LEN ? from + EXCERPT_LEN : bytes->len;

    md_rec_bytes_text(out, from > 0 ? "..." : "");
    for (size_t i = from; i < to; i++) {
        add_printable(out, (unsigned char)bytes->data[i]);
    }
    md_rec_bytes_text(out, to < bytes->len ? "..." : "");
}
