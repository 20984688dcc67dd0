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
#include "part.h"
#include "secrets.h"

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
    struct md_rec_secrets *secrets; /* NULL = nothing is secret; borrowed */
    unsigned connections;
    unsigned requests; /* answered */
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

/* What must not be written from here on; NULL = nothing; borrowed. */
void md_rec_keep_off(struct md_rec *rec, struct md_rec_secrets *secrets);

/* Has writing failed? Then there is no use in going on. */
bool md_rec_has_failed(const struct md_rec *rec);

/* Something was learned of the names: take it in, and write it down. False
 * as md_rec_names_tell(). */
bool md_rec_tell(struct md_rec *rec, const struct md_rec_fact *fact);

/* Write the file. All connections must have been freed. Returns as
 * md_rec_cast_finish(). */
enum mockd_code md_rec_finish(struct md_rec *rec,
                              const struct md_rec_part_options *options,
                              struct md_rec_part_summary *out_summary,
                              struct mockd_error *err);

/* @rec may be NULL. */
void md_rec_free(struct md_rec *rec);

#endif
