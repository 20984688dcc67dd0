/* SPDX-License-Identifier: MIT */
#include "payload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bounds.h"
#include "cleanup.h"
#include "generate.h"
#include "json.h"
#include "percent.h"

static enum mockd_code fail_too_long(struct mockd_error *err)
{
    return md_fail(err, MOCKD_E_FIXTURE,
                   "payload: over %d bytes; split it into several events",
                   MD_PAYLOAD_MAX);
}

static enum mockd_code fail_too_much(struct mockd_error *err)
{
    return md_fail(err, MOCKD_E_FIXTURE,
                   "payload: over %lld bytes; repeat it in a block",
                   (long long)MD_GENERATED_MAX);
}

static enum mockd_code parse_escaped(const char *text, size_t len,
                                     struct md_payload_home *home,
                                     struct md_payload *out,
                                     struct mockd_error *err)
{
    size_t decoded = 0;
    char *copy = md_arena_copy(home->arena, text, len);

    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    if (!md_percent_decode(copy, len, &decoded)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: bad escape \"%.3s\"; write %%HH, and %%25 for "
                       "a percent sign",
                       text + decoded);
    }
    out->bytes = (const uint8_t *)copy;
    out->len = decoded;
    return MOCKD_OK;
}

static enum mockd_code parse_text(const struct md_json *value,
                                  struct md_payload_home *home,
                                  struct md_payload *out,
                                  struct mockd_error *err)
{
    const char *text = md_json_text(md_json_get(value, "text"));

    if (text == NULL) {
        return md_fail(err, MOCKD_E_FIXTURE, "payload: text is not a string");
    }
    out->len = strlen(text);
    out->bytes =
        (const uint8_t *)md_arena_copy(home->arena, text, strlen(text));
    return out->bytes == NULL ? md_fail_nomem(err) : MOCKD_OK;
}

static enum mockd_code parse_b64(const struct md_json *value,
                                 struct md_payload_home *home,
                                 struct md_payload *out,
                                 struct mockd_error *err)
{
    const char *text = md_json_text(md_json_get(value, "b64"));
    uint8_t *bytes = NULL;
    size_t len = 0;

    if (text == NULL) {
        return md_fail(err, MOCKD_E_FIXTURE, "payload: b64 is not a string");
    }
    bytes = md_arena_alloc(home->arena, strlen(text) / 4 * 3 + 1);
    if (bytes == NULL) {
        return md_fail_nomem(err);
    }
    if (!md_base64_decode(text, bytes, &len)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: \"%.20s\" is not padded base64", text);
    }
    out->bytes = bytes;
    out->len = len;
    return MOCKD_OK;
}

static enum mockd_code parse_fill(const struct md_json *value,
                                  struct md_payload_home *home,
                                  struct md_payload *out,
                                  struct mockd_error *err)
{
    const char *text = md_json_text(md_json_get(value, "fill"));
    int64_t len = 0;
    uint8_t *bytes = NULL;

    if (text == NULL || !md_json_integer(md_json_get(value, "len"), 0,
                                         INT64_C(1) << 53, &len)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: fill needs hex digits and a len in bytes");
    }
    if (len > (home->is_script ? MD_GENERATED_MAX : MD_PAYLOAD_MAX)) {
        return home->is_script ? fail_too_much(err) : fail_too_long(err);
    }
    bytes = md_arena_alloc(home->arena, strlen(text) / 2 + 1);
    if (bytes == NULL) {
        return md_fail_nomem(err);
    }
    if (!md_hex_decode(text, bytes, &out->pattern_len) ||
        out->pattern_len == 0) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: fill \"%.20s\" is not pairs of hex digits",
                       text);
    }
    out->kind = MD_PAYLOAD_FILL;
    out->bytes = bytes;
    out->len = (uint64_t)len;
    return MOCKD_OK;
}

static enum mockd_code parse_prng(const struct md_json *value,
                                  struct md_payload_home *home,
                                  struct md_payload *out,
                                  struct mockd_error *err)
{
    int64_t seed = 0;
    int64_t len = 0;

    (void)home;
    if (!md_json_integer(md_json_get(value, "prng"), 0, INT64_C(1) << 53,
                         &seed) ||
        !md_json_integer(md_json_get(value, "len"), 0, INT64_C(1) << 53,
                         &len)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: prng needs a seed from 0 to 2^53 and a len in "
                       "bytes");
    }
    if (len > MD_GENERATED_MAX) {
        return fail_too_much(err);
    }
    out->kind = MD_PAYLOAD_PRNG;
    out->seed = (uint64_t)seed;
    out->len = (uint64_t)len;
    return MOCKD_OK;
}

static enum mockd_code parse_lines(const struct md_json *value,
                                   struct md_payload_home *home,
                                   struct md_payload *out,
                                   struct mockd_error *err)
{
    int64_t lines = 0;
    int64_t width = 0;

    (void)home;
    if (!md_json_integer(md_json_get(value, "lines"), 0, MD_GENERATED_MAX,
                         &lines) ||
        !md_json_integer(md_json_get(value, "width"), MD_LINES_WIDTH_MIN,
                         MD_LINES_WIDTH_MAX, &width)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: lines needs how many there are, and the width "
                       "of each: %d to %d bytes with its line feed",
                       MD_LINES_WIDTH_MIN, MD_LINES_WIDTH_MAX);
    }
    if (lines > MD_GENERATED_MAX / width) {
        return fail_too_much(err);
    }
    out->kind = MD_PAYLOAD_LINES;
    out->width = (size_t)width;
    out->len = (uint64_t)lines * (uint64_t)width;
    return MOCKD_OK;
}

static enum mockd_code stat_sidecar(const char *path, const char *name,
                                    uint64_t *out_size, struct mockd_error *err)
{
    struct stat status;

    if (lstat(path, &status) != 0) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: file %.100s: %s; it belongs beside this file",
                       name, strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: file %.100s is not a regular file", name);
    }
    *out_size = (uint64_t)status.st_size;
    return MOCKD_OK;
}

static enum mockd_code add_sidecar(struct md_payload_home *home,
                                   const char *name,
                                   struct md_sidecar **out_sidecar,
                                   struct mockd_error *err)
{
    size_t folder_len = strlen(home->folder);
    size_t size = folder_len + strlen(name) + 2;
    struct md_sidecar *sidecar = md_arena_alloc(home->arena, sizeof(*sidecar));
    char *path = md_arena_alloc(home->arena, size);
    enum mockd_code rc = MOCKD_OK;

    if (sidecar == NULL || path == NULL) {
        return md_fail_nomem(err);
    }
    if (home->sidecar_count == MD_SIDECARS_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: more than %d sidecars in one file",
                       MD_SIDECARS_MAX);
    }
    (void)snprintf(path, size, "%s/%s", home->folder, name);
    *sidecar = (struct md_sidecar){.next = home->sidecars,
                                   .path = path,
                                   .name = path + folder_len + 1,
                                   .fd = -1};
    rc = stat_sidecar(path, name, &sidecar->size, err);
    if (rc == MOCKD_OK) {
        home->sidecars = sidecar;
        home->sidecar_count++;
        *out_sidecar = sidecar;
    }
    return rc;
}

static enum mockd_code find_sidecar(struct md_payload_home *home,
                                    const char *name,
                                    struct md_sidecar **out_sidecar,
                                    struct mockd_error *err)
{
    if (name[0] == '\0' || strchr(name, '/') != NULL ||
        strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: file \"%.100s\" must be a bare name, without "
                       "a slash",
                       name);
    }
    if (home->folder == NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: file %.100s: there is no folder to look in",
                       name);
    }
    for (struct md_sidecar *at = home->sidecars; at != NULL; at = at->next) {
        if (strcmp(at->name, name) == 0) {
            *out_sidecar = at;
            return MOCKD_OK;
        }
    }
    return add_sidecar(home, name, out_sidecar, err);
}

static enum mockd_code parse_file(const struct md_json *value,
                                  struct md_payload_home *home,
                                  struct md_payload *out,
                                  struct mockd_error *err)
{
    const char *name = md_json_text(md_json_get(value, "file"));
    int64_t off = 0;
    int64_t len = 0;
    enum mockd_code rc = MOCKD_OK;

    if (name == NULL ||
        !md_json_integer(md_json_get(value, "off"), 0, INT64_C(1) << 52,
                         &off) ||
        !md_json_integer(md_json_get(value, "len"), 0, INT64_C(1) << 52,
                         &len)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: file needs a name, off and len in bytes");
    }
    if (len > MD_PAYLOAD_MAX) {
        return fail_too_long(err);
    }
    rc = find_sidecar(home, name, &out->file, err);
    if (rc != MOCKD_OK) {
        return rc;
    }
    if ((uint64_t)off + (uint64_t)len > out->file->size) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "payload: file %.100s has %llu bytes, %lld are needed",
                       name, (unsigned long long)out->file->size,
                       (long long)off + (long long)len);
    }
    out->kind = MD_PAYLOAD_FILE;
    out->off = (uint64_t)off;
    out->len = (uint64_t)len;
    return MOCKD_OK;
}

typedef enum mockd_code (*parse_fn)(const struct md_json *value,
                                    struct md_payload_home *home,
                                    struct md_payload *out,
                                    struct mockd_error *err);

static const struct {
    const char *key;
    size_t key_count; /* keys that the form has */
    parse_fn parse;
    bool is_script; /* only a script has it */
} forms[] = {
    {"text", 1, parse_text, false}, {"b64", 1, parse_b64, false},
    {"file", 3, parse_file, false}, {"fill", 2, parse_fill, false},
    {"prng", 2, parse_prng, true},  {"lines", 2, parse_lines, true},
};

enum mockd_code md_payload_parse(const struct md_json *value,
                                 struct md_payload_home *home,
                                 struct md_payload *out_payload,
                                 struct mockd_error *err)
{
    struct md_payload payload = {0};
    const char *text = md_json_text(value);
    enum mockd_code rc = MOCKD_OK;
    parse_fn parse = NULL;

    for (size_t i = 0; i < MD_COUNT_OF(forms) && parse == NULL; i++) {
        if (md_json_get(value, forms[i].key) != NULL &&
            md_json_count(value) == forms[i].key_count &&
            (home->is_script || !forms[i].is_script)) {
            parse = forms[i].parse;
        }
    }
    if (text != NULL) {
        rc = parse_escaped(text, strlen(text), home, &payload, err);
    } else if (parse != NULL) {
        rc = parse(value, home, &payload, err);
    } else {
        rc = md_fail(err, MOCKD_E_FIXTURE,
                     home->is_script
                         ? "payload: not a string, {text}, {b64}, "
                           "{file, off, len}, {fill, len}, {prng, len} or "
                           "{lines, width}"
                         : "payload: not a string, {text}, {b64}, "
                           "{file, off, len} or {fill, len}");
    }
    if (rc == MOCKD_OK) {
        *out_payload = payload;
    }
    return rc;
}

enum mockd_code md_payload_parse_text(const char *text, size_t len,
                                      struct md_payload_home *home,
                                      struct md_payload *out_payload,
                                      struct mockd_error *err)
{
    struct md_payload payload = {0};
    enum mockd_code rc = parse_escaped(text, len, home, &payload, err);

    if (rc == MOCKD_OK) {
        *out_payload = payload;
    }
    return rc;
}

static enum mockd_code open_sidecar(struct md_sidecar *file,
                                    struct mockd_error *err)
{
    if (file->fd < 0) {
        file->fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW |
                                        O_NONBLOCK | O_NOCTTY);
    }
    if (file->fd < 0) {
        return md_fail(err, MOCKD_E_SYSTEM, "%.300s: %s", file->path,
                       strerror(errno));
    }
    return MOCKD_OK;
}

static enum mockd_code read_file(const struct md_payload *payload, uint64_t off,
                                 uint8_t *out, size_t len,
                                 struct mockd_error *err)
{
    enum mockd_code rc = open_sidecar(payload->file, err);
    size_t done = 0;

    while (rc == MOCKD_OK && done < len) {
        ssize_t got = pread(payload->file->fd, out + done, len - done,
                            (off_t)(payload->off + off + done));

        if (got > 0) {
            done += (size_t)got;
        } else if (got == 0 || errno != EINTR) {
            rc = md_fail(err, MOCKD_E_SYSTEM,
                         "%.300s: shorter than it was when it was loaded",
                         payload->file->path);
        }
    }
    return rc;
}

int md_payload_file(const struct md_payload *payload)
{
    return payload->kind == MD_PAYLOAD_FILE &&
                   open_sidecar(payload->file, NULL) == MOCKD_OK
               ? payload->file->fd
               : -1;
}

enum mockd_code md_payload_read(const struct md_payload *payload, uint64_t off,
                                void *out_bytes, size_t len,
                                struct mockd_error *err)
{
    if (len == 0) {
        return MOCKD_OK;
    }
    switch (payload->kind) {
    case MD_PAYLOAD_BYTES:
        memcpy(out_bytes, payload->bytes + off, len);
        return MOCKD_OK;
    case MD_PAYLOAD_FILL:
        md_generate_fill(payload->bytes, payload->pattern_len, off, out_bytes,
                         len);
        return MOCKD_OK;
    case MD_PAYLOAD_PRNG:
        md_generate_prng(payload->seed, off, out_bytes, len);
        return MOCKD_OK;
    case MD_PAYLOAD_LINES:
        md_generate_lines(payload->width, off, out_bytes, len);
        return MOCKD_OK;
    case MD_PAYLOAD_FILE:
        return read_file(payload, off, out_bytes, len, err);
    }
    return md_fail(err, MOCKD_E_SYSTEM, "payload: of no known kind");
}

void md_payload_home_release(struct md_payload_home *home)
{
    for (struct md_sidecar *at = home->sidecars; at != NULL; at = at->next) {
        if (at->fd >= 0) {
            (void)close(at->fd);
        }
    }
    *home = (struct md_payload_home){0};
}
