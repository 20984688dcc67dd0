/* SPDX-License-Identifier: MIT */
/* unpack.c - the bytes that a payload of a journal stands for, counted. */
#include "unpack.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/base64.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#define PAGE_SIZE 16384
#define OFF_MAX 9007199254740992.0 /* 2^53: so far JSON counts */

#define BAD "a payload that is none"

struct sink {
    struct sha256_ctx *digest;
    uint64_t count;
};

static void add(struct sink *sink, const void *data, size_t len)
{
    sink->count += len;
    if (sink->digest != NULL) {
        sha256_update(sink->digest, len, data);
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
                                      : -1;
}

/* The byte that two hex digits stand for, or -1. */
static int hex_byte(const char *at)
{
    int high = hex_digit(at[0]);
    int low = high >= 0 ? hex_digit(at[1]) : -1;

    return low >= 0 ? high * 16 + low : -1;
}

static const char *unpack_text(struct sink *sink, const char *text)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "%");
        int value = 0;
        uint8_t byte = 0;

        add(sink, text, plain);
        text += plain;
        if (*text == '\0') {
            break;
        }
        value = hex_byte(text + 1);
        if (value < 0) {
            return BAD;
        }
        byte = (uint8_t)value;
        add(sink, &byte, 1);
        text += 3;
    }
    return NULL;
}

static const char *unpack_b64(struct sink *sink, const char *text)
{
    struct base64_decode_ctx context;
    size_t len = BASE64_DECODE_LENGTH(strlen(text));
    uint8_t *data = malloc(len + 1);
    bool is_good = false;

    if (data == NULL) {
        return "no memory";
    }
    base64_decode_init(&context);
    is_good =
        base64_decode_update(&context, &len, data, strlen(text), text) == 1 &&
        base64_decode_final(&context) == 1;
    if (is_good) {
        add(sink, data, len);
    }
    free(data);
    return is_good ? NULL : BAD;
}

static const char *unpack_fill(struct sink *sink, const char *hex, uint64_t len)
{
    uint8_t page[PAGE_SIZE];
    int value = strlen(hex) == 2 ? hex_byte(hex) : -1;

    if (value < 0) {
        return BAD; /* a recorder writes one byte only */
    }
    memset(page, value, sizeof(page));
    while (len > 0) {
        size_t step = len < sizeof(page) ? (size_t)len : sizeof(page);

        add(sink, page, step);
        len -= step;
    }
    return NULL;
}

static const char *copy_piece(struct sink *sink, int fd, uint64_t off,
                              uint64_t len)
{
    uint8_t page[PAGE_SIZE];

    while (len > 0) {
        size_t most = len < sizeof(page) ? (size_t)len : sizeof(page);
        ssize_t done = pread(fd, page, most, (off_t)off);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return "the file that it names is too short";
        }
        add(sink, page, (size_t)done);
        off += (uint64_t)done;
        len -= (uint64_t)done;
    }
    return NULL;
}

static const char *unpack_file(struct sink *sink, int dir_fd, const char *name,
                               double off, uint64_t len)
{
    const char *problem = NULL;
    int fd = -1;

    if (strchr(name, '/') != NULL || off < 0 || off > OFF_MAX) {
        return BAD;
    }
    fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return "the file that it names cannot be read";
    }
    problem = copy_piece(sink, fd, (uint64_t)off, len);
    (void)close(fd);
    return problem;
}

static const char *get_text(const cJSON *json, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
}

static const char *unpack_object(struct sink *sink, int dir_fd,
                                 const cJSON *json)
{
    const cJSON *len = cJSON_GetObjectItemCaseSensitive(json, "len");
    const cJSON *off = cJSON_GetObjectItemCaseSensitive(json, "off");

    if (get_text(json, "b64") != NULL) {
        return unpack_b64(sink, get_text(json, "b64"));
    }
    if (!cJSON_IsNumber(len) || len->valueint < 0 ||
        len->valueint > MD_REC_UNPACK_MAX) {
        return BAD;
    }
    if (get_text(json, "fill") != NULL) {
        return unpack_fill(sink, get_text(json, "fill"),
                           (uint64_t)len->valueint);
    }
    if (get_text(json, "file") == NULL || !cJSON_IsNumber(off)) {
        return BAD;
    }
    return unpack_file(sink, dir_fd, get_text(json, "file"), off->valuedouble,
                       (uint64_t)len->valueint);
}

static const char *unpack_head(struct sink *sink, const cJSON *lines)
{
    const cJSON *line = NULL;

    cJSON_ArrayForEach(line, lines)
    {
        const char *text = cJSON_GetStringValue(line);

        if (text == NULL) {
            return BAD;
        }
        add(sink, text, strlen(text));
        add(sink, "\r\n", 2);
    }
    add(sink, "\r\n", 2);
    return NULL;
}

const char *md_rec_unpack(int dir_fd, const struct cJSON *payload,
                          struct sha256_ctx *digest, uint64_t *counter)
{
    struct sink sink = {.digest = digest};
    const char *problem = NULL;

    if (cJSON_IsString(payload)) {
        problem = unpack_text(&sink, payload->valuestring);
    } else if (cJSON_IsArray(payload)) {
        problem = unpack_head(&sink, payload);
    } else {
        problem = unpack_object(&sink, dir_fd, payload);
    }
    *counter += sink.count;
    return problem;
}
