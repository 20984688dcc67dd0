/* SPDX-License-Identifier: MIT */
#include "text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "record/utf8.h"

#define HEX_ROW 16

/* Bytes of the printable character at the front, 0 when there is none. */
static size_t printable_len(const uint8_t *bytes, size_t len)
{
    uint32_t code = 0;
    size_t used = md_rec_utf8_next(bytes, len, &code);

    return used > 0 && code != '%' && md_rec_utf8_is_printable(code) ? used : 0;
}

static void put_escaped(FILE *out, const uint8_t *bytes, size_t len,
                        bool is_json)
{
    while (len > 0) {
        size_t used = printable_len(bytes, len);

        if (is_json && (bytes[0] == '"' || bytes[0] == '\\')) {
            (void)putc('\\', out);
        }
        if (used == 0) {
            (void)fprintf(out, "%%%02X", bytes[0]);
            used = 1;
        } else {
            (void)fwrite(bytes, 1, used, out);
        }
        bytes += used;
        len -= used;
    }
}

void md_text_escaped(FILE *out, const void *bytes, size_t len)
{
    put_escaped(out, bytes, len, false);
}

void md_text_quoted(FILE *out, const void *bytes, size_t len)
{
    (void)putc('"', out);
    put_escaped(out, bytes, len, true);
    (void)putc('"', out);
}

/* Bytes of the character at the front; *out_is says if it may be shown. */
static size_t step(const char *text, bool *out_is)
{
    uint32_t code = 0;
    size_t used = md_rec_utf8_next((const uint8_t *)text, strlen(text), &code);

    *out_is = used > 0 && md_rec_utf8_is_printable(code);
    return used == 0 ? 1 : used;
}

void md_text_plain(FILE *out, const char *text)
{
    while (*text != '\0') {
        bool is_shown = false;
        size_t used = step(text, &is_shown);

        (void)fwrite(is_shown ? text : "?", 1, is_shown ? used : 1, out);
        text += used;
    }
}

void md_text_clean(char *text)
{
    while (*text != '\0') {
        bool is_shown = false;
        size_t used = step(text, &is_shown);

        if (!is_shown) {
            memset(text, '?', used);
        }
        text += used;
    }
}

void md_text_json(FILE *out, const char *text)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t len = strlen(text);

    (void)putc('"', out);
    while (len > 0) {
        uint32_t code = 0;
        size_t used = md_rec_utf8_next(at, len, &code);

        if (used == 0) {
            (void)fputs("\\ufffd", out); /* a path may be anything */
            used = 1;
        } else if (code < 0x20 || code == 0x7F) {
            (void)fprintf(out, "\\u%04" PRIx32, code);
        } else {
            (void)fputs(code == '"' || code == '\\' ? "\\" : "", out);
            (void)fwrite(at, 1, used, out);
        }
        at += used;
        len -= used;
    }
    (void)putc('"', out);
}

static void put_hex_row(FILE *out, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < HEX_ROW; i++) {
        if (i < len) {
            (void)fprintf(out, " %02x", bytes[i]);
        } else {
            (void)fputs("   ", out);
        }
    }
    (void)fputs("  |", out);
    for (size_t i = 0; i < len; i++) {
        (void)putc(bytes[i] >= 0x20 && bytes[i] < 0x7F ? bytes[i] : '.', out);
    }
    (void)fputs("|\n", out);
}

void md_text_hex(FILE *out, const uint8_t *bytes, size_t len, uint64_t offset,
                 const char *indent)
{
    for (size_t at = 0; at < len; at += HEX_ROW) {
        size_t row = len - at < HEX_ROW ? len - at : HEX_ROW;

        (void)fprintf(out, "%s%06" PRIx64, indent, offset + at);
        put_hex_row(out, bytes + at, row);
    }
}
