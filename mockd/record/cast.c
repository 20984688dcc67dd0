/* SPDX-License-Identifier: MIT */
/* cast.c - write one recording: session.execcast and the files beside it. */
#include "cast.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json_text.h"
#include "payload.h"
#include "utf8.h"

#define DT_MAX 2147483647 /* docs/execcast.md */

static void keep_failure(struct md_rec_cast *cast, const char *name)
{
    if (cast->error.code == MOCKD_OK) {
        (void)md_rec_fail(&cast->error, MOCKD_E_SYSTEM, "write %s/%s: %s",
                          cast->dir, name, strerror(errno));
    }
}

void md_rec_cast_fail(struct md_rec_cast *cast, const char *fmt, ...)
{
    va_list args;

    if (cast->error.code != MOCKD_OK) {
        return;
    }
    cast->error.code = MOCKD_E_SYSTEM;
    va_start(args, fmt);
    (void)vsnprintf(cast->error.message, sizeof(cast->error.message), fmt,
                    args);
    va_end(args);
}

static void fail_full(struct md_rec_cast *cast, int max, const char *what)
{
    if (cast->error.code == MOCKD_OK) {
        (void)md_rec_fail(&cast->error, MOCKD_E_SYSTEM,
                          "more than %d %s in one recording: record in parts",
                          max, what);
    }
}

static void keep_no_memory(struct md_rec_cast *cast)
{
    errno = ENOMEM;
    keep_failure(cast, MD_REC_FILE_NAME);
}

static bool exists(int dir_fd, const char *name)
{
    return faccessat(dir_fd, name, F_OK, 0) == 0;
}

static enum mockd_code open_dir(struct md_rec_cast *cast, bool force,
                                struct mockd_error *err)
{
    if (mkdir(cast->dir, 0777) != 0 && errno != EEXIST) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "make the folder %s: %s",
                           cast->dir, strerror(errno));
    }
    cast->dir_fd = open(cast->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (cast->dir_fd < 0) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "open the folder %s: %s",
                           cast->dir, strerror(errno));
    }
    if (!force && exists(cast->dir_fd, MD_REC_FILE_NAME)) {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "%s/" MD_REC_FILE_NAME
                           " is there already: give another --out, or --force",
                           cast->dir);
    }
    if (!force && exists(cast->dir_fd, MD_REC_PART_NAME)) {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "%s/" MD_REC_PART_NAME
                           " is there: a recording was cut off or still runs; "
                           "mockd record --finish it, give another --out, or "
                           "--force",
                           cast->dir);
    }
    return MOCKD_OK;
}

static int open_new(const struct md_rec_cast *cast, const char *name)
{
    return openat(cast->dir_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
                  0666);
}

/* Locked, so that nobody finishes it while it grows. */
static enum mockd_code open_part(struct md_rec_cast *cast,
                                 struct mockd_error *err)
{
    cast->part_fd = openat(cast->dir_fd, MD_REC_PART_NAME,
                           O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (cast->part_fd < 0) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "write %s/%s: %s", cast->dir,
                           MD_REC_PART_NAME, strerror(errno));
    }
    if (flock(cast->part_fd, LOCK_EX | LOCK_NB) != 0) {
        return md_rec_fail(err, MOCKD_E_INVALID,
                           "%s/" MD_REC_PART_NAME
                           " is being written by another recorder",
                           cast->dir);
    }
    if (ftruncate(cast->part_fd, 0) != 0) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "write %s/%s: %s", cast->dir,
                           MD_REC_PART_NAME, strerror(errno));
    }
    return MOCKD_OK;
}

static struct md_rec_sidecar no_sidecar(void)
{
    return (struct md_rec_sidecar){.fd = -1};
}

static struct md_rec_cast no_cast(void)
{
    return (struct md_rec_cast){
        .dir_fd = -1, .part_fd = -1, .bodies = no_sidecar()};
}

static void put_line(struct md_rec_cast *cast, struct md_rec_bytes *line);

static void put_header(struct md_rec_cast *cast, const char *header)
{
    struct md_rec_bytes line = md_rec_bytes_new(MD_REC_LINE_MAX);

    md_rec_bytes_text(&line, header);
    md_rec_bytes_text(&line, "}");
    put_line(cast, &line);
}

enum mockd_code md_rec_cast_open(struct md_rec_cast *cast, const char *dir,
                                 bool force, const char *header,
                                 struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    *cast = no_cast();
    cast->dir = dir;
    (void)snprintf(cast->bodies.name, sizeof(cast->bodies.name), "%s",
                   MD_REC_BODIES_NAME);
    rc = open_dir(cast, force, err);
    if (rc == MOCKD_OK) {
        rc = open_part(cast, err);
    }
    if (rc == MOCKD_OK) {
        put_header(cast, header);
        rc = cast->error.code;
    }
    if (cast->error.code != MOCKD_OK) {
        (void)unlinkat(cast->dir_fd, MD_REC_PART_NAME, 0);
        if (err != NULL) {
            *err = cast->error;
        }
    }
    if (rc != MOCKD_OK) {
        md_rec_cast_release(cast);
    }
    return rc;
}

void md_rec_rule_release(struct md_rec_rule *rule)
{
    md_rec_target_release(&rule->target);
    free(rule->key);
    rule->key = NULL;
}

static void close_sidecar(struct md_rec_sidecar *sidecar)
{
    if (sidecar->fd >= 0) {
        (void)close(sidecar->fd);
    }
    sidecar->fd = -1;
}

void md_rec_cast_release(struct md_rec_cast *cast)
{
    for (size_t i = 0; i < cast->rule_count; i++) {
        md_rec_rule_release(&cast->rules[i]);
    }
    free(cast->rules);
    cast->rules = NULL;
    cast->rule_count = 0;
    if (cast->dir == NULL) {
        return; /* never opened, or released already */
    }
    if (cast->part_fd >= 0) {
        (void)close(cast->part_fd);
    }
    close_sidecar(&cast->bodies);
    if (cast->dir_fd >= 0) {
        (void)close(cast->dir_fd);
    }
    *cast = no_cast();
}

/* Write all of it; false and errno when that failed. */
static bool write_fully(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t done = write(fd, data, len);

        if (done < 0 && errno != EINTR) {
            return false;
        }
        if (done > 0) {
            data += done;
            len -= (size_t)done;
        }
    }
    return true;
}

/* Append a line to the journal, or a stream's line and an event's; @line is
 * released. */
static void put_line(struct md_rec_cast *cast, struct md_rec_bytes *line)
{
    md_rec_bytes_text(line, "\n");
    if (line->failed) {
        keep_no_memory(cast);
    } else if (cast->error.code == MOCKD_OK &&
               !write_fully(cast->part_fd, line->data, line->len)) {
        keep_failure(cast, MD_REC_PART_NAME);
    }
    md_rec_bytes_release(line);
}

static void add_member(struct md_rec_bytes *line, const char *key,
                       const char *value)
{
    if (value != NULL) {
        md_rec_bytes_print(line, ",\"%s\":", key);
        md_rec_json_string(line, value, strlen(value));
    }
}

void md_rec_cast_fact(struct md_rec_cast *cast, const struct md_rec_fact *fact)
{
    struct md_rec_bytes line = md_rec_bytes_new(MD_REC_PART_LINE_MAX);

    md_rec_bytes_print(&line, "{\"part\":\"%s\"", md_rec_fact_name(fact->kind));
    add_member(&line, "ref", fact->ref);
    add_member(&line, "name", fact->name);
    add_member(&line, "id", fact->id);
    md_rec_bytes_text(&line, "}");
    put_line(cast, &line);
}

void md_rec_cast_note(struct md_rec_cast *cast, const char *fmt, ...)
{
    struct md_rec_bytes line = md_rec_bytes_new(MD_REC_LINE_MAX);
    char text[1024];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    md_rec_bytes_text(&line, "# ");
    md_rec_payload_escape(&line, (const uint8_t *)text, strlen(text));
    put_line(cast, &line);
}

static void write_sidecar(struct md_rec_cast *cast,
                          struct md_rec_sidecar *sidecar, const void *data,
                          size_t len)
{
    if (cast->error.code != MOCKD_OK) {
        return;
    }
    if (sidecar->fd < 0 && cast->sidecar_count++ == MD_REC_SIDECARS_MAX) {
        fail_full(cast, MD_REC_SIDECARS_MAX, "files beside");
        return;
    }
    if (sidecar->fd < 0) {
        sidecar->fd = open_new(cast, sidecar->name);
    }
    if (sidecar->fd < 0 || !write_fully(sidecar->fd, data, len)) {
        keep_failure(cast, sidecar->name);
        return;
    }
    sidecar->len += len;
}

static bool is_same_request(const struct md_rec_rule *a,
                            const struct md_rec_rule *b)
{
    return strcmp(a->target.on, b->target.on) == 0 &&
           strcmp(a->key, b->key) == 0;
}

static bool is_same_reply(const struct md_rec_rule *a,
                          const struct md_rec_rule *b)
{
    return a->stream == 0 && b->stream == 0 && a->makes == 0 && b->makes == 0 &&
           memcmp(a->digest, b->digest, sizeof(a->digest)) == 0;
}

bool md_rec_cast_is_repeated(struct md_rec_cast *cast,
                             const struct md_rec_rule *rule)
{
    struct md_rec_bytes line = md_rec_bytes_new(MD_REC_PART_LINE_MAX);
    size_t at = cast->rule_count;

    if (rule->key == NULL || rule->target.on == NULL) {
        return false; /* to be failed by who adds it */
    }
    while (at > 0 && !is_same_request(&cast->rules[at - 1], rule)) {
        at--;
    }
    if (at == 0 || !is_same_reply(&cast->rules[at - 1], rule)) {
        return false;
    }
    md_rec_bytes_print(&line, "{\"part\":\"again\",\"rule\":%zu}", at - 1);
    put_line(cast, &line);
    return true;
}

static bool make_room(struct md_rec_cast *cast)
{
    size_t room = cast->rule_room > 0 ? cast->rule_room * 2 : 64;
    struct md_rec_rule *rules = NULL;

    if (cast->rule_count == MD_REC_RULES_MAX) {
        fail_full(cast, MD_REC_RULES_MAX, "different answers");
        return false;
    }
    if (cast->rule_count < cast->rule_room) {
        return true;
    }
    rules = realloc(cast->rules, room * sizeof(*rules));
    if (rules == NULL) {
        keep_no_memory(cast);
        return false;
    }
    cast->rules = rules;
    cast->rule_room = room;
    return true;
}

/* {"part":"rule","on":["POST /exec/","5f..","/start"],"ref":2,"stream":1,
 * "text":"..."}: all that the rule's line needs but the variable's name. */
static void put_rule(struct md_rec_cast *cast, const struct md_rec_rule *rule,
                     const char *answer)
{
    struct md_rec_bytes line = md_rec_bytes_new(MD_REC_PART_LINE_MAX);
    const struct md_rec_target *target = &rule->target;
    size_t before =
        target->ref != MD_REC_REF_NONE ? target->ref_off : strlen(target->on);
    size_t after = target->ref != MD_REC_REF_NONE
                       ? target->ref_off + target->ref_len
                       : before;

    md_rec_bytes_text(&line, "{\"part\":\"rule\",\"on\":[");
    md_rec_json_string(&line, target->on, before);
    md_rec_bytes_text(&line, ",");
    md_rec_json_string(&line, target->on + before, after - before);
    md_rec_bytes_text(&line, ",");
    md_rec_json_string(&line, target->on + after, strlen(target->on + after));
    md_rec_bytes_print(&line, "],\"ref\":%d,\"makes\":%u,\"stream\":%u",
                       (int)target->ref, rule->makes, rule->stream);
    md_rec_bytes_text(&line, ",\"text\":\"");
    md_rec_json_inside(&line, rule->key, strlen(rule->key));
    md_rec_json_inside(&line, answer, strlen(answer));
    md_rec_bytes_text(&line, "\"}");
    put_line(cast, &line);
}

void md_rec_cast_rule(struct md_rec_cast *cast, struct md_rec_rule *rule,
                      const char *answer)
{
    bool is_whole =
        rule->key != NULL && rule->target.on != NULL && answer != NULL;

    if (!is_whole) {
        keep_no_memory(cast);
    }
    if (!is_whole || cast->error.code != MOCKD_OK || !make_room(cast)) {
        md_rec_rule_release(rule);
        return;
    }
    put_rule(cast, rule, answer);
    cast->rules[cast->rule_count++] = *rule;
    cast->current = 0; /* a rule line may come between two events */
    *rule = (struct md_rec_rule){0};
}

void md_rec_cast_body(struct md_rec_cast *cast, struct md_rec_bytes *out,
                      const void *data, size_t len)
{
    uint64_t off = cast->bodies.len;

    if (!md_rec_payload_body(out, data, len)) {
        write_sidecar(cast, &cast->bodies, data, len);
        md_rec_payload_file(out, cast->bodies.name, off, len);
    }
}

bool md_rec_cast_holds(const struct md_rec_scan *scan)
{
    struct md_rec_view line = {0};
    size_t pos = 0;
    size_t count = 0;

    while (md_rec_scan_line(scan, &pos, &line)) {
        if (++count > MD_REC_HEAD_LINES_MAX ||
            !md_rec_utf8_is_text(line.data, line.len) ||
            memchr(line.data, '\r', line.len) != NULL ||
            memchr(line.data, '\n', line.len) != NULL) {
            return false;
        }
    }
    return true;
}

bool md_rec_cast_lines(struct md_rec_bytes *out, const struct md_rec_scan *scan)
{
    struct md_rec_view line = {0};
    size_t pos = 0;
    const char *comma = "";

    if (!md_rec_cast_holds(scan)) {
        return false;
    }
    md_rec_bytes_text(out, "[");
    while (md_rec_scan_line(scan, &pos, &line)) {
        md_rec_bytes_text(out, comma);
        comma = ",";
        md_rec_json_string(out, line.data, line.len);
    }
    md_rec_bytes_text(out, "]");
    return true;
}

void md_rec_cast_stream(struct md_rec_cast *cast, struct md_rec_stream *stream,
                        uint64_t now_us)
{
    if (cast->stream_count == MD_REC_STREAMS_MAX) {
        fail_full(cast, MD_REC_STREAMS_MAX, "streams");
    }
    *stream = (struct md_rec_stream){
        .number = ++cast->stream_count,
        .last_us = now_us,
        .sidecar = {no_sidecar(), no_sidecar()},
    };
    (void)snprintf(stream->sidecar[MD_REC_ENGINE].name,
                   sizeof(stream->sidecar[0].name), "s%u.bin", stream->number);
    (void)snprintf(stream->sidecar[MD_REC_CLIENT].name,
                   sizeof(stream->sidecar[0].name), "s%u.in.bin",
                   stream->number);
}

void md_rec_cast_stream_release(struct md_rec_stream *stream)
{
    close_sidecar(&stream->sidecar[0]);
    close_sidecar(&stream->sidecar[1]);
}

/* "[DT,"CODE"", after the line that says whose events these are. */
static struct md_rec_bytes begin_event(struct md_rec_cast *cast,
                                       struct md_rec_stream *stream,
                                       const char *code, uint64_t now_us)
{
    struct md_rec_bytes line = md_rec_bytes_new(MD_REC_LINE_MAX);
    uint64_t dt = now_us > stream->last_us ? now_us - stream->last_us : 0;

    if (cast->event_count++ == MD_REC_EVENTS_MAX) {
        fail_full(cast, MD_REC_EVENTS_MAX, "events");
    }
    if (cast->current != stream->number) {
        cast->current = stream->number;
        md_rec_bytes_print(&line, "{\"stream\":\"s%u\"}\n", stream->number);
    }
    stream->last_us += dt;
    md_rec_bytes_print(&line, "[%" PRIu64 ",\"%s\"", dt < DT_MAX ? dt : DT_MAX,
                       code);
    return line;
}

static void end_event(struct md_rec_cast *cast, struct md_rec_bytes *line)
{
    md_rec_bytes_text(line, "]");
    put_line(cast, line);
}

void md_rec_cast_head(struct md_rec_cast *cast, struct md_rec_stream *stream,
                      const struct md_rec_scan *scan,
                      const struct md_rec_bytes *segments, bool joined,
                      uint64_t now_us)
{
    struct md_rec_bytes line = begin_event(cast, stream, "<H", now_us);

    md_rec_bytes_text(&line, ",");
    (void)md_rec_cast_lines(&line, scan);
    md_rec_bytes_text(&line, ",{\"seg\":[");
    md_rec_bytes_add(&line, segments->data, segments->len);
    md_rec_bytes_text(&line, joined ? "],\"joined\":true}" : "]}");
    end_event(cast, &line);
}

void md_rec_cast_data(struct md_rec_cast *cast, struct md_rec_stream *stream,
                      enum md_rec_side from, struct md_rec_view data,
                      uint64_t now_us)
{
    struct md_rec_sidecar *sidecar = &stream->sidecar[from];
    struct md_rec_bytes line =
        begin_event(cast, stream, from == MD_REC_ENGINE ? "<" : ">", now_us);

    md_rec_bytes_text(&line, ",");
    if (!md_rec_payload_segment(&line, data.data, data.len)) {
        md_rec_payload_file(&line, sidecar->name, sidecar->len, data.len);
        write_sidecar(cast, sidecar, data.data, data.len);
    }
    end_event(cast, &line);
}

void md_rec_cast_over(struct md_rec_cast *cast, struct md_rec_stream *stream,
                      enum md_rec_side from, bool is_reset, uint64_t now_us)
{
    static const char *const codes[2][2] = {
        [MD_REC_CLIENT] = {">.", ">!"},
        [MD_REC_ENGINE] = {"<.", "<!"},
    };
    struct md_rec_bytes line = {0};

    if (stream->is_over[from]) {
        md_rec_cast_note(cast, "s%u: after its end the %s %s", stream->number,
                         from == MD_REC_ENGINE ? "engine" : "client",
                         is_reset ? "reset the connection" : "closed again");
        return;
    }
    stream->is_over[from] = true;
    line = begin_event(cast, stream, codes[from][is_reset], now_us);
    end_event(cast, &line);
}

void md_rec_cast_resize(struct md_rec_cast *cast, struct md_rec_stream *stream,
                        unsigned columns, unsigned rows, uint64_t now_us)
{
    struct md_rec_bytes line = begin_event(cast, stream, "r", now_us);

    md_rec_bytes_print(&line, ",\"%ux%u\"", columns, rows);
    end_event(cast, &line);
}

enum mockd_code md_rec_cast_finish(struct md_rec_cast *cast,
                                   const struct md_rec_part_options *options,
                                   struct md_rec_part_summary *out_summary,
                                   struct mockd_error *err)
{
    if (cast->error.code != MOCKD_OK) {
        if (err != NULL) {
            *err = cast->error;
        }
        return cast->error.code;
    }
    (void)close(cast->part_fd); /* which gives the lock away */
    cast->part_fd = -1;
    return md_rec_part_finish(cast->dir, options, out_summary, err);
}
