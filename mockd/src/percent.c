/* SPDX-License-Identifier: MIT */
#include "percent.h"

#include <string.h>

/* A digit's value plus one; 0 = none. Fixtures are full of them. */
static const uint8_t digits[256] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
    ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12,
    ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16, ['a'] = 11, ['b'] = 12,
    ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16};

int md_hex_value(char digit)
{
    return digits[(unsigned char)digit] - 1;
}

static int hex_pair(const char *text)
{
    int high = md_hex_value(text[0]);
    int low = high < 0 ? -1 : md_hex_value(text[1]);

    return low < 0 ? -1 : high * 16 + low;
}

bool md_percent_decode(char *text, size_t len, size_t *out_len)
{
    const char *end = text + len;
    char *to = text;

    for (const char *from = text; from < end;) {
        const char *next = memchr(from, '%', (size_t)(end - from));
        size_t plain = (size_t)((next == NULL ? end : next) - from);
        int value = 0;

        memmove(to, from, plain);
        to += plain;
        from += plain;
        if (next == NULL) {
            break;
        }
        value = end - next > 2 ? hex_pair(next + 1) : -1;
        if (value < 0) {
            *out_len = (size_t)(next - text);
            return false;
        }
        *to++ = (char)value;
        from += 3;
    }
    *to = '\0';
    *out_len = (size_t)(to - text);
    return true;
}

bool md_hex_decode(const char *text, uint8_t *out, size_t *out_len)
{
    size_t len = 0;

    for (; *text != '\0'; text += 2) {
        int value = hex_pair(text);

        if (value < 0) {
            return false;
        }
        out[len] = (uint8_t)value;
        len++;
    }
    *out_len = len;
    return true;
}

static int base64_value(char c)
{
    static const char base64[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == '\0' ? NULL : strchr(base64, c);

    return at == NULL ? -1 : (int)(at - base64);
}

/* How many of the four characters are data: 4, 3, 2, or 0 for a mistake. */
static size_t base64_group(const char *text, bool is_last, uint32_t *out_bits)
{
    size_t count = 4;
    uint32_t bits = 0;

    if (is_last && text[3] == '=') {
        count = text[2] == '=' ? 2 : 3;
    }
    for (size_t i = 0; i < 4; i++) {
        int value = i < count ? base64_value(text[i]) : 0;

        if (value < 0) {
            return 0;
        }
        bits = bits << 6 | (uint32_t)value;
    }
    *out_bits = bits;
    return count;
}

bool md_base64_decode(const char *text, uint8_t *out, size_t *out_len)
{
    size_t left = strlen(text);
    size_t len = 0;

    if (left % 4 != 0) {
        return false;
    }
    for (; left > 0; left -= 4, text += 4) {
        uint32_t bits = 0;
        size_t count = base64_group(text, left == 4, &bits);

        if (count == 0) {
            return false;
        }
        for (size_t i = 0; i + 1 < count; i++) {
            out[len] = (uint8_t)(bits >> (16 - 8 * i));
            len++;
        }
    }
    *out_len = len;
    return true;
}
