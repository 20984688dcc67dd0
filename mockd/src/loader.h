/* SPDX-License-Identifier: MIT */
/* loader.h - what the parts of the .execcast loader share. */
#ifndef MD_LOADER_H
#define MD_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fixture.h"

struct md_json;

struct md_loader {
    struct md_fixture *fixture;
    uint32_t line;
    struct md_stream *stream; /* what event lines belong to; NULL = none */
    size_t rule_size;         /* room in fixture->rules */
    size_t event_size;        /* room in fixture->events */
    uint64_t c2s_bytes;
    const char *long_text; /* the line's string that is not in its value ... */
    size_t long_len;       /* ... and its bytes; NULL = there is none */
    bool has_bulk;         /* a payload that is not in the file itself */
    bool has_header;
    bool has_end;
};

/* Take the line loader->line, of whatever kind; text[len] must be NUL. */
enum mockd_code md_line_parse(struct md_loader *loader, const char *text,
                              size_t len, struct mockd_error *err);

/* Each takes one line's value. The messages are without FILE:LINE. */
enum mockd_code md_header_parse(struct md_loader *loader,
                                const struct md_json *line,
                                struct mockd_error *err);
enum mockd_code md_rule_parse(struct md_loader *loader, struct md_json *line,
                              struct mockd_error *err);
enum mockd_code md_stream_parse(struct md_loader *loader,
                                const struct md_json *line,
                                struct mockd_error *err);
enum mockd_code md_event_parse(struct md_loader *loader,
                               const struct md_json *line,
                               struct mockd_error *err);
enum mockd_code md_end_parse(struct md_loader *loader,
                             const struct md_json *line,
                             struct mockd_error *err);

/* Make rows of the rules that are alike, once all are there. */
void md_rules_join(struct md_fixture *fixture);

/* Find the stream called @name, or add it undefined. */
enum mockd_code md_loader_stream(struct md_loader *loader, const char *name,
                                 struct md_stream **out_stream,
                                 struct mockd_error *err);

/* Read an array of head lines. @out_head gets lines and status. */
enum mockd_code md_head_parse(struct md_loader *loader,
                              const struct md_json *lines,
                              struct md_head *out_head,
                              struct mockd_error *err);

/* Read the sizes of a head's segments; @list NULL = it came in one. */
enum mockd_code md_segments_parse(struct md_loader *loader,
                                  const struct md_json *list,
                                  struct md_head *head,
                                  struct mockd_error *err);

/*
 * Read what a step of a script says: @payload is its third item, NULL when it
 * has none. The event's code and payload are set already.
 */
enum mockd_code md_step_parse(struct md_loader *loader,
                              const struct md_json *payload,
                              const struct md_json *attrs,
                              struct md_event *event, struct mockd_error *err);

/* Check that a step may stand where it does, and note what it means for its
 * stream. @code is how it is written. */
enum mockd_code md_step_place(struct md_loader *loader, const char *code,
                              struct md_event *event, struct mockd_error *err);

/*
 * Is each key of @object one of the NULL-terminated @keys, and there once?
 * @what names the object in the message.
 */
enum mockd_code md_keys_check(const struct md_json *object,
                              const char *const *keys, const char *what,
                              struct mockd_error *err);

/* Grow an array by doubling, up to @max items; false when that fails. */
bool md_loader_grow(void **items, size_t count, size_t *size, size_t item_size);

#endif
