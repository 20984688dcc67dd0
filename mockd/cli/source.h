/* SPDX-License-Identifier: MIT */
/*
 * source.h - an .execcast file as it is written: its text and its lines.
 *
 * The loader keeps what a replay needs; times, sizes and order stand here.
 */
#ifndef MD_SOURCE_H
#define MD_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "fixture.h"
#include "json.h"

struct md_source_line {
    const char *text; /* without its line feed; not NUL-terminated */
    size_t len;
};

/* Zero is an empty one. */
struct md_source {
    char *path;   /* as it was given */
    char *folder; /* where its sidecars are; NULL = it has none */
    char *text;
    size_t len;
    struct md_source_line *lines;
    size_t line_count;
};

/* A file, and what it loaded to. Borrowed. */
struct md_side {
    const struct md_source *source;
    const struct md_fixture *fixture;
};

/*
 * Read the file @path.
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (too large, not a regular file) or
 * MOCKD_E_SYSTEM (it cannot be read, memory). Messages are without the path.
 * Release @source in each case.
 */
enum mockd_code md_source_read(struct md_source *source, const char *path,
                               struct mockd_error *err);

/* The same from memory; @folder as above. */
enum mockd_code md_source_copy(struct md_source *source, const char *path,
                               const char *folder, const char *text, size_t len,
                               struct mockd_error *err);

void md_source_release(struct md_source *source);

/*
 * Load it, and hash all of its streams.
 *
 * @out_fixture  yours; md_fixture_free()
 *
 * Returns what md_execcast_parse() does. The message of a mistake begins with
 * ":LINE: ", so that it can follow the path.
 */
enum mockd_code md_source_load(const struct md_source *source,
                               struct md_fixture **out_fixture,
                               struct mockd_error *err);

/*
 * The value of line @line, counted from 1.
 *
 * @out_json  yours; NULL for a comment or an empty line
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (not JSON) or MOCKD_E_SYSTEM (memory).
 */
enum mockd_code md_source_value(const struct md_source *source, uint32_t line,
                                struct md_json **out_json,
                                struct mockd_error *err);

/* The first value, a header if the file loads; else as md_source_value(). */
enum mockd_code md_source_header(const struct md_source *source,
                                 struct md_json **out_json,
                                 struct mockd_error *err);

#endif
