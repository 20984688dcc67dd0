/* SPDX-License-Identifier: MIT */
#include "decode.h"

#include <errno.h>
#include <stdalign.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <dexec/frame.h>

#define READ_SIZE 65536
#define ROOM 64

/* A page's alignment, so that every mode's reads cost the kernel the same. */
static alignas(4096) uint8_t buffer[READ_SIZE];

static bool take(int fd, size_t *out_len)
{
    ssize_t got = 0;

    do {
        got = read(fd, buffer, READ_SIZE);
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        (void)fprintf(stderr, "read: %s\n", strerror(errno));
        return false;
    }
    *out_len = (size_t)got;
    return true;
}

static bool run_loop(int fd, struct dry_reading *reading)
{
    size_t len = 0;
    bool is_ok = true;

    do {
        is_ok = take(fd, &len);
        reading->bytes += len;
        reading->pieces += len > 0;
    } while (is_ok && len > 0);
    return is_ok;
}

/* ---- the plain walker ---- */

struct walk {
    uint8_t header[8];
    size_t header_len;
    size_t left; /* bytes of the payload still to come */
    uint64_t frames;
    uint64_t bytes;
};

static size_t length_in(const uint8_t *header)
{
    return (size_t)header[4] << 24 | (size_t)header[5] << 16 |
           (size_t)header[6] << 8 | (size_t)header[7];
}

static void begin_payload(struct walk *walk, const uint8_t *header)
{
    walk->left = length_in(header);
    walk->frames++;
    walk->header_len = 0;
}

static void walk_over(struct walk *walk, const uint8_t *at, const uint8_t *end)
{
    while (at < end) {
        size_t len = (size_t)(end - at);

        if (walk->left > 0) {
            len = walk->left < len ? walk->left : len;
            walk->bytes += len;
            walk->left -= len;
            at += len;
            continue;
        }
        if (walk->header_len == 0 && len >= sizeof(walk->header)) {
            begin_payload(walk, at);
            at += sizeof(walk->header);
            continue;
        }
        walk->header[walk->header_len++] = *at++;
        if (walk->header_len == sizeof(walk->header)) {
            begin_payload(walk, walk->header);
        }
    }
}

static bool run_walker(int fd, struct dry_reading *reading)
{
    struct walk walk = {0};
    size_t len = 0;
    bool is_ok = true;

    do {
        is_ok = take(fd, &len);
        if (is_ok) {
            walk_over(&walk, buffer, buffer + len);
        }
    } while (is_ok && len > 0);
    reading->bytes = walk.bytes;
    reading->pieces = walk.frames;
    return is_ok && walk.left == 0 && walk.header_len == 0;
}

/* ---- libdexec ---- */

static enum dexec_code feed(struct dexec_frame_reader *reader, size_t len,
                            struct dry_reading *reading,
                            struct dexec_error *err)
{
    struct dexec_input in = {.data = buffer, .len = len};
    enum dexec_code rc = DEXEC_OK;

    while (rc == DEXEC_OK && in.len > 0) {
        struct dexec_chunk chunks[ROOM];
        size_t count = 0;

        rc = dexec_frame_read(reader, &in, chunks, ROOM, &count, err);
        for (size_t i = 0; i < count; i++) {
            reading->bytes += chunks[i].len;
        }
        reading->pieces += count;
    }
    return rc;
}

static bool run_libdexec(int fd, struct dry_reading *reading)
{
    struct dexec_frame_reader reader = {0};
    struct dexec_error err = {0};
    enum dexec_code rc = DEXEC_OK;
    size_t len = 0;

    do {
        if (!take(fd, &len)) {
            return false;
        }
        rc = feed(&reader, len, reading, &err);
    } while (rc == DEXEC_OK && len > 0);
    if (rc == DEXEC_OK) {
        rc = dexec_frame_finish(&reader, &err);
    }
    if (rc != DEXEC_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
    }
    return rc == DEXEC_OK;
}

static bool run_idle(int fd, struct dry_reading *reading)
{
    (void)fd;
    (void)reading;
    return true;
}

bool dry_decode(const char *mode, int fd, struct dry_reading *out_reading)
{
    static const struct {
        const char *name;
        bool (*run)(int fd, struct dry_reading *reading);
    } modes[] = {{"libdexec", run_libdexec},
                 {"walker", run_walker},
                 {"loop", run_loop},
                 {"idle", run_idle}};

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(mode, modes[i].name) == 0) {
            bool is_ok = true;

            *out_reading = dry_reading_begin();
            is_ok = modes[i].run(fd, out_reading);
            dry_reading_end(out_reading);
            return is_ok;
        }
    }
    (void)fprintf(stderr, "unknown mode %s: libdexec, walker, loop or idle\n",
                  mode);
    return false;
}
