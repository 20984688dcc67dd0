/* SPDX-License-Identifier: MIT */
#include "percent.h"

#include <string.h>

int md_hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    return -1;
}

static int hex_pair(const char *text)
{
    int high = md_hex_value(text[0]);
    int low = high < 0 ? -1 : md_hex_value(text[1]);

    return low < 0 ? -1 : high * 16 + low;
}

bool md_percent_decode(char *text, size_t len, size_t *out_len)
{
    const char *first = memchr(text, '%', len);
    size_t used = first == NULL ? len : (size_t)(first - text);
    size_t at = used;

    while (at < len) {
        int value = (unsigned char)text[at];
        size_t step = 1;

        if (text[at] == '%') {
            value = len - at > 2 ? hex_pair(text + at + 1) : -1;
            step = 3;
        }
        if (value < 0) {
            *out_len = at;
            return false;
        }
        text[used] = (char)value;
        used++;
        at += step;
    }
    text[used] = '\0';
    *out_len = used;
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
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c == '\0' ? NULL : strchr(digits, c);

    return at == NULL ? -1 : (int)(at - digits);
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
