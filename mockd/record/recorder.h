/* SPDX-License-Identifier: MIT */
/*
 * recorder.h - one recording: what is being written, and what is known of the
 * names in it. Its connections are in tap.h.
 */
#ifndef MD_REC_RECORDER_H
#define MD_REC_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "cast.h"
#include "fail.h"
#include "names.h"

/* What the header says of the engine; NULL = not known. All borrowed. */
struct md_rec_provenance {
    const char *engine; /* "docker", "podman" */
    const char *engine_version;
    const char *api_version;
    const char *transport; /* "unix", "tcp" */
    const char *recorder;  /* "mockd VERSION" */
    const char *recorded;  /* UTC, YYYY-MM-DD */
    const char *kernel;
};

struct md_rec {
    struct md_rec_cast cast;
    struct md_rec_names names;
    char *header; /* JSON text of the header, up to "vars" */
    unsigned connections;
    unsigned requests; /* answered */
};

struct md_rec_summary {
    unsigned requests;
    unsigned execs;
    unsigned streams;
    uint64_t bytes; /* of all streams, both ways */
};

/*
 * Begin a recording.
 *
 * @dir      folder to write to, made if it is missing; borrowed
 * @force    replace a recording that is there
 * @name     for the header
 * @out_rec  give it to md_rec_free()
 *
 * Returns MOCKD_OK or what md_rec_cast_open() returns.
 */
enum mockd_code md_rec_new(const char *dir, bool force, const char *name,
                           const struct md_rec_provenance *provenance,
                           struct md_rec **out_rec, struct mockd_error *err);

/* Has writing failed? Then there is no use in going on. */
bool md_rec_has_failed(const struct md_rec *rec);

/* Write the file. All connections must have been freed. */
enum mockd_code md_rec_finish(struct md_rec *rec,
                              struct md_rec_summary *out_summary,
                              struct mockd_error *err);

/* @rec may be NULL. */
void md_rec_free(struct md_rec *rec);

#endif
