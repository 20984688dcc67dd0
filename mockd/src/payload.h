/* SPDX-License-Identifier: MIT */
/*
 * payload.h - the bytes of a body or an event, in one of the forms of
 * docs/execcast.md; bytes of a sidecar stay in the file until they are sent,
 * and generated ones are made then.
 */
#ifndef MD_PAYLOAD_H
#define MD_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "fail.h"

struct md_json;

/* A file beside the fixture, opened when it is first read. */
struct md_sidecar {
    struct md_sidecar *next;
    const char *path;
    const char *name; /* the last part of path */
    uint64_t size;    /* bytes, as seen while loading */
    int fd;           /* -1 = not open */
};

/* What payloads of one fixture share. Zero plus a folder is empty. */
struct md_payload_home {
    struct md_arena *arena;
    const char *folder; /* NULL = there is none, so no sidecars */
    struct md_sidecar *sidecars;
    size_t sidecar_count;
    bool is_script; /* generated payloads, of up to MD_GENERATED_MAX bytes */
};

enum md_payload_kind {
    MD_PAYLOAD_BYTES = 0,
    MD_PAYLOAD_FILE,
    MD_PAYLOAD_FILL,
    MD_PAYLOAD_PRNG,
    MD_PAYLOAD_LINES
};

/* Zero is an empty payload. */
struct md_payload {
    enum md_payload_kind kind;
    uint64_t len;            /* bytes */
    const uint8_t *bytes;    /* BYTES: len of them; FILL: the pattern */
    size_t pattern_len;      /* FILL */
    size_t width;            /* LINES: bytes of each */
    uint64_t seed;           /* PRNG */
    uint64_t off;            /* FILE: where in the sidecar */
    struct md_sidecar *file; /* FILE */
};

/*
 * Read a payload's description. What it points to lives as long as @home's
 * arena. @value may be NULL, which is a mistake like any other.
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE or MOCKD_E_SYSTEM.
 */
enum mockd_code md_payload_parse(const struct md_json *value,
                                 struct md_payload_home *home,
                                 struct md_payload *out_payload,
                                 struct mockd_error *err);

/* The same of a payload that is a string, without the string around it. */
enum mockd_code md_payload_parse_text(const char *text, size_t len,
                                      struct md_payload_home *home,
                                      struct md_payload *out_payload,
                                      struct mockd_error *err);

/*
 * Copy bytes @off to @off + @len of the payload, which are within it.
 *
 * Returns MOCKD_OK, or MOCKD_E_SYSTEM when a sidecar is not there any more.
 */
enum mockd_code md_payload_read(const struct md_payload *payload, uint64_t off,
                                void *out_bytes, size_t len,
                                struct mockd_error *err);

/* The open sidecar that has the payload's bytes, from payload->off on, or -1:
 * it is in none, or that cannot be opened. Owned by the payload. */
int md_payload_file(const struct md_payload *payload);

/* Close the sidecars. */
void md_payload_home_release(struct md_payload_home *home);

#endif
