/* SPDX-License-Identifier: MIT */
#include "duration.h"

#include <stddef.h>
#include <string.h>

#define DIGITS "0123456789"
#define WHOLE_MAX 10   /* digits: 2^32 ms has as many */
#define FRACTION_MAX 9 /* digits: of an hour that is a fraction of a ms */

static const struct {
    const char *name;
    uint64_t ms;
} units[] = {{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};

static uint64_t unit_ms(const char *name)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(name, units[i].name) == 0) {
            return units[i].ms;
        }
    }
    return 0;
}

static uint64_t number(const char *digits, size_t count)
{
    uint64_t value = 0;

    for (size_t i = 0; i < count; i++) {
        value = value * 10 + (uint64_t)(digits[i] - '0');
    }
    return value;
}

bool duration_parse(const char *text, uint32_t *out_ms)
{
    size_t whole = strspn(text, DIGITS);
    const char *fraction = text + whole + (text[whole] == '.');
    size_t parts = fraction == text + whole ? 0 : strspn(fraction, DIGITS);
    uint64_t unit = unit_ms(fraction + parts);
    uint64_t scale = 1;
    uint64_t ms = 0;

    if (whole + parts == 0 || whole > WHOLE_MAX || parts > FRACTION_MAX ||
        unit == 0) {
        return false;
    }
    for (size_t i = 0; i < parts; i++) {
        scale *= 10;
    }
    ms = number(text, whole) * unit +
         (number(fraction, parts) * unit + scale - 1) / scale;
    if (ms > UINT32_MAX) {
        return false;
    }
    *out_ms = (uint32_t)ms;
    return true;
}
