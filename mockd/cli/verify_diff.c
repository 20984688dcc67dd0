/* SPDX-License-Identifier: MIT */
/* verify_diff.c - what a client would see differ, said to a report. */
#include "verify_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cleanup.h"
#include "json.h"

#define LINES_MAX 256 /* of a head; a recording has no more either */
#define PATH_SIZE 256 /* of a JSON member's name, with its parents' */
#define TEXT_MAX 512  /* of an excerpt: 60 bytes, escaped */
#define DEPTH_MAX 16  /* of JSON; an inspect answer has three levels */
#define VALUE_MAX 65536

/* A head, as lines without varying parts. */
struct lines {
    char *text[LINES_MAX];
    size_t count;
};

static void release_lines(struct lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        free(lines->text[i]);
    }
}

static size_t name_len(const char *line)
{
    return strcspn(line, ":");
}

static bool is_called(const char *line, size_t len, const char *name)
{
    return len == strlen(name) && strncasecmp(line, name, len) == 0;
}

/* What HTTP lets every server do in its own way. */
static bool is_transport(const char *line, size_t len)
{
    static const char *const names[] = {"Connection", "Content-Length", "Date",
                                        "Transfer-Encoding"};

    for (size_t i = 0; i < MD_COUNT_OF(names); i++) {
        if (is_called(line, len, names[i])) {
            return true;
        }
    }
    return false;
}

static void add_line(const struct md_verify_diff *diff, struct lines *lines,
                     const char *text, size_t len, bool is_stream)
{
    struct md_rec_bytes line = md_rec_bytes_new(VALUE_MAX);
    const char *colon = memchr(text, ':', len);
    size_t name = colon == NULL ? len : (size_t)(colon - text);
    char *copy = NULL;

    if (lines->count == LINES_MAX || (!is_stream && is_transport(text, name))) {
        return;
    }
    if (is_called(text, name, "Date")) {
        md_rec_bytes_text(&line, "Date: <date>");
    } else {
        md_verify_scrub(diff->names, text, len, &line);
    }
    copy = md_rec_bytes_take(&line);
    if (copy != NULL) {
        lines->text[lines->count++] = copy;
    }
}

static void read_recorded(const struct md_verify_diff *diff,
                          const struct md_head *head, bool is_stream,
                          struct lines *out)
{
    for (size_t i = 1; i < head->line_count; i++) {
        add_line(diff, out, head->lines[i], strlen(head->lines[i]), is_stream);
    }
}

static void read_live(const struct md_verify_diff *diff,
                      const struct md_rec_bytes *head, bool is_stream,
                      struct lines *out)
{
    const char *at = strstr(head->data, "\r\n");

    while (at != NULL && at[2] != '\r' && at[2] != '\0') {
        at += 2;
        add_line(diff, out, at, strcspn(at, "\r"), is_stream);
        at = strstr(at, "\r\n");
    }
}

/* The line of @lines that has the name of @wanted. */
static const char *find_line(const struct lines *lines, const char *wanted)
{
    size_t len = name_len(wanted);

    for (size_t i = 0; i < lines->count; i++) {
        if (name_len(lines->text[i]) == len &&
            strncasecmp(lines->text[i], wanted, len) == 0) {
            return lines->text[i];
        }
    }
    return NULL;
}

/* What the engine says for a line that was recorded. False when it has none
 * of that name. */
static bool diff_line(const struct md_verify_diff *diff, const char *recorded,
                      const struct lines *live)
{
    const char *other = find_line(live, recorded);

    if (other == NULL) {
        md_verify_differ_once(diff->report, diff->line,
                              "head: recorded \"%.200s\", live none", recorded);
    } else if (strcmp(other, recorded) != 0) {
        md_verify_differ_once(diff->report, diff->line,
                              "head: recorded \"%.200s\", live \"%.200s\"",
                              recorded, other);
    }
    return other != NULL;
}

/* True when the names are the same on both sides, in whatever order. */
static bool diff_lines(const struct md_verify_diff *diff,
                       const struct lines *recorded, const struct lines *live)
{
    bool is_same = recorded->count == live->count;

    for (size_t i = 0; i < recorded->count; i++) {
        is_same &= diff_line(diff, recorded->text[i], live);
    }
    for (size_t i = 0; i < live->count; i++) {
        if (find_line(recorded, live->text[i]) == NULL) {
            is_same = false;
            md_verify_differ_once(diff->report, diff->line,
                                  "head: recorded none, live \"%.200s\"",
                                  live->text[i]);
        }
    }
    return is_same;
}

static void diff_order(const struct md_verify_diff *diff,
                       const struct lines *recorded, const struct lines *live)
{
    for (size_t i = 0; i < recorded->count && i < live->count; i++) {
        size_t len = name_len(recorded->text[i]);

        if (name_len(live->text[i]) != len ||
            strncmp(recorded->text[i], live->text[i], len) != 0) {
            md_verify_differ_once(diff->report, diff->line,
                                  "head: line %zu: recorded %.*s, live %.*s",
                                  i + 2, (int)len, recorded->text[i],
                                  (int)name_len(live->text[i]), live->text[i]);
            return;
        }
    }
}

bool md_verify_diff_head(const struct md_verify_diff *diff,
                         const struct md_head *recorded,
                         const struct md_verify_link *live)
{
    MD_CLEANUP(release_lines) struct lines old = {.count = 0};
    MD_CLEANUP(release_lines) struct lines new = {.count = 0};
    const char *status = live->head.data;
    size_t len = strcspn(status, "\r");

    if (strlen(recorded->lines[0]) != len ||
        memcmp(recorded->lines[0], status, len) != 0) {
        md_verify_differ(diff->report, diff->line,
                         "%s: recorded \"%.100s\", live \"%.*s\"", diff->where,
                         recorded->lines[0], len > 100 ? 100 : (int)len,
                         status);
    }
    if (recorded->status != live->status) {
        return false; /* other heads go with another status */
    }
    read_recorded(diff, recorded, live->is_stream, &old);
    read_live(diff, &live->head, live->is_stream, &new);
    if (diff_lines(diff, &old, &new)) {
        diff_order(diff, &old, &new);
    }
    return true;
}

/* Print both values, from where they begin to differ. */
static void say_values(const struct md_verify_diff *diff, const char *what,
                       bool is_json, const struct md_rec_bytes *recorded,
                       const struct md_rec_bytes *live)
{
    MD_CLEANUP(md_rec_bytes_release)
    struct md_rec_bytes old = md_rec_bytes_new(TEXT_MAX);
    MD_CLEANUP(md_rec_bytes_release)
    struct md_rec_bytes new = md_rec_bytes_new(TEXT_MAX);
    size_t at = 0;

    while (at < recorded->len && at < live->len &&
           recorded->data[at] == live->data[at]) {
        at++;
    }
    md_verify_excerpt(&old, recorded, at);
    md_verify_excerpt(&new, live, at);
    md_verify_differ(diff->report, diff->line,
                     is_json ? "%s: %s: recorded %s, live %s"
                             : "%s: %s: recorded \"%s\", live \"%s\"",
                     diff->where, what, old.data, new.data);
}

static bool is_equal(const struct md_rec_bytes *a, const struct md_rec_bytes *b)
{
    return a->len == b->len &&
           (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* Compare without what varies; @what says what it is. */
static void diff_bytes(const struct md_verify_diff *diff, const char *what,
                       bool is_json, const struct md_rec_bytes *recorded,
                       const struct md_rec_bytes *live)
{
    MD_CLEANUP(md_rec_bytes_release)
    struct md_rec_bytes old = md_rec_bytes_new(2 * MD_VERIFY_OUTPUT_MAX);
    MD_CLEANUP(md_rec_bytes_release)
    struct md_rec_bytes new = md_rec_bytes_new(2 * MD_VERIFY_OUTPUT_MAX);

    if (is_equal(recorded, live)) {
        return;
    }
    md_verify_scrub(diff->names, recorded->data, recorded->len, &old);
    md_verify_scrub(diff->names, live->data, live->len, &new);
    if (old.failed || new.failed || !is_equal(&old, &new)) {
        say_values(diff, what, is_json, &old, &new);
    }
}

static void print_value(const struct md_json *json, struct md_rec_bytes *out)
{
    struct md_buf text = {.max = VALUE_MAX};

    if (json == NULL) {
        md_rec_bytes_text(out, "none");
    } else if (md_json_print(json, &text)) {
        md_rec_bytes_add(out, text.data, text.len);
    }
    md_buf_release(&text);
}

/* A process id is another one each time; that there is one, is not. */
static bool is_pid_pair(const char *path, const struct md_json *recorded,
                        const struct md_json *live)
{
    int64_t number = 0;

    return strcmp(path, "Pid") == 0 &&
           md_json_integer(recorded, 1, INT32_MAX, &number) &&
           md_json_integer(live, 1, INT32_MAX, &number);
}

static void diff_value(const struct md_verify_diff *diff, const char *path,
                       const struct md_json *recorded,
                       const struct md_json *live)
{
    MD_CLEANUP(md_rec_bytes_release)
    struct md_rec_bytes old = md_rec_bytes_new(VALUE_MAX);
    MD_CLEANUP(md_rec_bytes_release)
    struct md_rec_bytes new = md_rec_bytes_new(VALUE_MAX);

    if (is_pid_pair(path, recorded, live)) {
        return;
    }
    print_value(recorded, &old);
    print_value(live, &new);
    diff_bytes(diff, path, true, &old, &new);
}

static void diff_json(const struct md_verify_diff *diff, const char *path,
                      const struct md_json *recorded,
                      const struct md_json *live, int depth);

/* Members that only one side has are "none" on the other. */
/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX bounds it */
static void diff_members(const struct md_verify_diff *diff, const char *path,
                         const struct md_json *recorded,
                         const struct md_json *live, int depth)
{
    char name[PATH_SIZE];
    const struct md_json *at = NULL;

    for (at = md_json_first(recorded); at != NULL; at = md_json_next(at)) {
        (void)snprintf(name, sizeof(name), "%s%s%s", path,
                       path[0] == '\0' ? "" : ".", md_json_key(at));
        diff_json(diff, name, at, md_json_get(live, md_json_key(at)),
                  depth + 1);
    }
    for (at = md_json_first(live); at != NULL; at = md_json_next(at)) {
        if (md_json_get(recorded, md_json_key(at)) == NULL) {
            (void)snprintf(name, sizeof(name), "%s%s%s", path,
                           path[0] == '\0' ? "" : ".", md_json_key(at));
            diff_value(diff, name, NULL, at);
        }
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX bounds it */
static void diff_json(const struct md_verify_diff *diff, const char *path,
                      const struct md_json *recorded,
                      const struct md_json *live, int depth)
{
    if (depth < DEPTH_MAX && md_json_is_object(recorded) &&
        md_json_is_object(live)) {
        diff_members(diff, path, recorded, live, depth);
    } else {
        diff_value(diff, path, recorded, live);
    }
}

/* An array stands for its first item. */
static const struct md_json *first_of(const struct md_json *json)
{
    return md_json_is_array(json) ? md_json_first(json) : json;
}

/* Only which members there are. */
static void diff_shape(const struct md_verify_diff *diff,
                       const struct md_json *recorded,
                       const struct md_json *live)
{
    const struct md_json *at = NULL;

    recorded = first_of(recorded);
    live = first_of(live);
    if (!md_json_is_object(recorded) || !md_json_is_object(live)) {
        return;
    }
    for (at = md_json_first(recorded); at != NULL; at = md_json_next(at)) {
        if (md_json_get(live, md_json_key(at)) == NULL) {
            md_verify_differ(diff->report, diff->line,
                             "%s: %.100s: live has none", diff->where,
                             md_json_key(at));
        }
    }
    for (at = md_json_first(live); at != NULL; at = md_json_next(at)) {
        if (md_json_get(recorded, md_json_key(at)) == NULL) {
            md_verify_differ(diff->report, diff->line,
                             "%s: %.100s: recorded has none", diff->where,
                             md_json_key(at));
        }
    }
}

static struct md_json *parse(const struct md_rec_bytes *bytes)
{
    struct md_json *json = NULL;

    if (bytes->len > 0) {
        (void)md_json_parse(bytes->data, bytes->len, &json, NULL);
    }
    return json;
}

void md_verify_diff_body(const struct md_verify_diff *diff,
                         const struct md_rec_bytes *recorded,
                         const struct md_rec_bytes *live, bool is_ours)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *old = parse(recorded);
    MD_CLEANUP(md_json_cleanup) struct md_json *new = parse(live);

    if (old == NULL || new == NULL) {
        diff_bytes(diff, "body", false, recorded, live);
    } else if (is_ours) {
        diff_json(diff, "", old, new, 0);
    } else {
        diff_shape(diff, old, new);
    }
}

static void diff_frames(const struct md_verify_diff *diff,
                        const struct md_verify_output *recorded,
                        const struct md_verify_output *live)
{
    size_t size = sizeof(struct md_verify_frame);
    size_t old_count = recorded->frames.len / size;
    size_t new_count = live->frames.len / size;
    struct md_verify_frame old = {0};
    struct md_verify_frame new = {0};

    for (size_t i = 0; i < old_count && i < new_count; i++) {
        memcpy(&old, recorded->frames.data + i * size, size);
        memcpy(&new, live->frames.data + i * size, size);
        if (old.kind != new.kind || old.len != new.len) {
            md_verify_differ(
                diff->report, diff->line,
                "%s: frame %zu: recorded kind %u of %u bytes, live kind "
                "%u of %u",
                diff->where, i, (unsigned)old.kind, (unsigned)old.len,
                (unsigned)new.kind, (unsigned)new.len);
            return;
        }
    }
    if (old_count != new_count) {
        md_verify_differ(diff->report, diff->line,
                         "%s: recorded %zu frames, live %zu", diff->where,
                         old_count, new_count);
    }
}

void md_verify_diff_output(const struct md_verify_diff *diff,
                           const struct md_verify_output *recorded,
                           const struct md_verify_output *live,
                           bool with_segments)
{
    for (size_t i = 0; i < MD_VERIFY_KINDS; i++) {
        diff_bytes(diff, md_verify_kind_name((enum md_verify_kind)i), false,
                   &recorded->data[i], &live->data[i]);
    }
    if (md_verify_output_is_cut(recorded) != md_verify_output_is_cut(live)) {
        md_verify_differ(
            diff->report, diff->line, "%s: the stream %s, live %s", diff->where,
            md_verify_output_is_cut(recorded)
                ? "was recorded to stop inside a frame"
                : "was recorded to stop between two frames",
            md_verify_output_is_cut(live) ? "inside one" : "between two");
    }
    if (with_segments) {
        diff_frames(diff, recorded, live);
    }
}
