/* SPDX-License-Identifier: MIT */
/* payload.c - bytes as the payload of an .execcast line. */
#include "payload.h"

#include <inttypes.h>
#include <nettle/base64.h>
#include <string.h>

#include "json_text.h"
#include "utf8.h"

/* Per cent of bytes that need an escape; from there on base64 is shorter. */
#define B64_FROM_PERCENT 35

/* How many bytes at the front can stand as they are; 0 = escape one. */
static size_t plain_front(const uint8_t *data, size_t len)
{
    uint32_t code = 0;
    size_t step = md_rec_utf8_next(data, len, &code);

    if (step == 0 || !md_rec_utf8_is_printable(code) || code == '%' ||
        code == '"' || code == '\\') {
        return 0;
    }
    return step;
}

void md_rec_payload_escape(struct md_rec_bytes *out, const uint8_t *data,
                           size_t len)
{
    size_t done = 0;

    while (done < len) {
        size_t plain = plain_front(data + done, len - done);

        if (plain > 0) {
            md_rec_bytes_add(out, data + done, plain);
            done += plain;
        } else {
            md_rec_bytes_print(out, "%%%02X", (unsigned)data[done]);
            done++;
        }
    }
}

static size_t count_escapes(const uint8_t *data, size_t len)
{
    size_t done = 0;
    size_t count = 0;

    while (done < len) {
        size_t plain = plain_front(data + done, len - done);

        count += plain == 0;
        done += plain > 0 ? plain : 1;
    }
    return count;
}

static void add_b64(struct md_rec_bytes *out, const uint8_t *data, size_t len)
{
    char text[BASE64_ENCODE_RAW_LENGTH(MD_REC_PAYLOAD_INLINE_MAX)];

    base64_encode_raw(text, len, data);
    md_rec_bytes_text(out, "{\"b64\":\"");
    md_rec_bytes_add(out, text, BASE64_ENCODE_RAW_LENGTH(len));
    md_rec_bytes_text(out, "\"}");
}

static bool is_fill(const uint8_t *data, size_t len)
{
    return len > MD_REC_PAYLOAD_SHORT && memcmp(data, data + 1, len - 1) == 0;
}

bool md_rec_payload_segment(struct md_rec_bytes *out, const uint8_t *data,
                            size_t len)
{
    if (is_fill(data, len)) {
        md_rec_bytes_print(out, "{\"fill\":\"%02X\",\"len\":%zu}",
                           (unsigned)data[0], len);
        return true;
    }
    if (len > MD_REC_PAYLOAD_INLINE_MAX) {
        return false;
    }
    if (len > MD_REC_PAYLOAD_SHORT &&
        count_escapes(data, len) * 100 > len * B64_FROM_PERCENT) {
        add_b64(out, data, len);
        return true;
    }
    md_rec_bytes_text(out, "\"");
    md_rec_payload_escape(out, data, len);
    md_rec_bytes_text(out, "\"");
    return true;
}

bool md_rec_payload_body(struct md_rec_bytes *out, const void *data, size_t len)
{
    if (len > MD_REC_PAYLOAD_INLINE_MAX || !md_rec_utf8_is_text(data, len)) {
        return false;
    }
    md_rec_bytes_text(out, "{\"text\":");
    md_rec_json_string(out, data, len);
    md_rec_bytes_text(out, "}");
    return true;
}

void md_rec_payload_file(struct md_rec_bytes *out, const char *name,
                         uint64_t off, size_t len)
{
    md_rec_bytes_print(out, "{\"file\":\"%s\",\"off\":%" PRIu64 ",\"len\":%zu}",
                       name, off, len);
}
