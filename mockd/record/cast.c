/* SPDX-License-Identifier: MIT */
/* cast.c - write one recording: session.execcast and the files beside it. */
#include "cast.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json_text.h"
#include "payload.h"
#include "utf8.h"

#define NEW_NAME "session.execcast.new" /* renamed once it is complete */
#define DT_MAX 2147483647               /* docs/execcast.md */

static void keep_failure(struct md_rec_cast *cast, const char *name)
{
    if (cast->error.code == MOCKD_OK) {
        (void)md_rec_fail(&cast->error, MOCKD_E_SYSTEM, "write %s/%s: %s",
                          cast->dir, name, strerror(errno));
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
                           "give another --out, or --force",
                           cast->dir);
    }
    return MOCKD_OK;
}

static int open_new(const struct md_rec_cast *cast, const char *name)
{
    return openat(cast->dir_fd, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC,
                  0666);
}

static FILE *open_file(const struct md_rec_cast *cast, const char *name)
{
    int fd = open_new(cast, name);
    FILE *file = fd >= 0 ? fdopen(fd, "w+") : NULL;

    if (file == NULL && fd >= 0) {
        (void)close(fd);
    }
    return file;
}

static struct md_rec_sidecar no_sidecar(void)
{
    return (struct md_rec_sidecar){.fd = -1};
}

enum mockd_code md_rec_cast_open(struct md_rec_cast *cast, const char *dir,
                                 bool force, struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    *cast =
        (struct md_rec_cast){.dir = dir, .dir_fd = -1, .bodies = no_sidecar()};
    (void)snprintf(cast->bodies.name, sizeof(cast->bodies.name), "%s",
                   MD_REC_BODIES_NAME);
    sha256_init(&cast->digest);
    rc = open_dir(cast, force, err);
    if (rc == MOCKD_OK) {
        cast->part = open_file(cast, MD_REC_PART_NAME);
        if (cast->part == NULL) {
            rc = md_rec_fail(err, MOCKD_E_SYSTEM, "write %s/%s: %s", dir,
                             MD_REC_PART_NAME, strerror(errno));
        }
    }
    if (rc != MOCKD_OK) {
        md_rec_cast_release(cast);
    }
    return rc;
}

static void release_rule(struct md_rec_rule *rule)
{
    md_rec_target_release(&rule->target);
    free(rule->key);
    free(rule->answer);
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
        release_rule(&cast->rules[i]);
    }
    free(cast->rules);
    cast->rules = NULL;
    cast->rule_count = 0;
    if (cast->dir == NULL) {
        return; /* never opened, or released already */
    }
    if (cast->part != NULL) {
        (void)fclose(cast->part);
    }
    close_sidecar(&cast->bodies);
    if (cast->dir_fd >= 0) {
        (void)close(cast->dir_fd);
    }
    *cast = (struct md_rec_cast){.dir_fd = -1, .bodies = no_sidecar()};
}

/* Append one line to the .part file; @line is released. */
static void put_line(struct md_rec_cast *cast, struct md_rec_bytes *line)
{
    md_rec_bytes_text(line, "\n");
    if (line->failed) {
        keep_no_memory(cast);
    } else if (cast->error.code == MOCKD_OK) {
        if (fwrite(line->data, 1, line->len, cast->part) != line->len) {
            keep_failure(cast, MD_REC_PART_NAME);
        }
        cast->part_len += line->len;
    }
    md_rec_bytes_release(line);
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

static void write_sidecar(struct md_rec_cast *cast,
                          struct md_rec_sidecar *sidecar, const void *data,
                          size_t len)
{
    if (cast->error.code != MOCKD_OK) {
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

/* The last answer to the same request, if it was this one too. */
static struct md_rec_rule *find_repeated(struct md_rec_cast *cast,
                                         const struct md_rec_rule *rule)
{
    for (size_t i = cast->rule_count; i > 0; i--) {
        struct md_rec_rule *at = &cast->rules[i - 1];

        if (is_same_request(at, rule)) {
            bool is_equal =
                at->is_reply && rule->is_reply && at->makes == 0 &&
                rule->makes == 0 &&
                memcmp(at->digest, rule->digest, sizeof(at->digest)) == 0;
            return is_equal ? at : NULL;
        }
    }
    return NULL;
}

static bool make_room(struct md_rec_cast *cast)
{
    size_t room = cast->rule_room > 0 ? cast->rule_room * 2 : 64;
    struct md_rec_rule *rules = NULL;

    if (cast->rule_count == MD_REC_RULES_MAX) {
        if (cast->error.code == MOCKD_OK) {
            (void)md_rec_fail(&cast->error, MOCKD_E_INVALID,
                              "more than %d different answers in one "
                              "recording: record in parts",
                              MD_REC_RULES_MAX);
        }
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

struct md_rec_rule *md_rec_cast_rule(struct md_rec_cast *cast,
                                     struct md_rec_rule *rule)
{
    struct md_rec_rule *repeated = NULL;

    if (rule->key == NULL || rule->target.on == NULL) {
        keep_no_memory(cast);
    } else {
        repeated = find_repeated(cast, rule);
    }
    if (repeated != NULL) {
        repeated->times++;
    }
    if (repeated != NULL || cast->error.code != MOCKD_OK || !make_room(cast)) {
        release_rule(rule);
        return NULL;
    }
    rule->times = 1;
    rule->place = cast->part_len;
    cast->rules[cast->rule_count] = *rule;
    cast->current = 0; /* a rule line may come between two events */
    return &cast->rules[cast->rule_count++];
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

bool md_rec_cast_lines(struct md_rec_bytes *out, const struct md_rec_scan *scan)
{
    struct md_rec_view line = {0};
    size_t pos = 0;

    md_rec_bytes_text(out, "[");
    while (md_rec_scan_line(scan, &pos, &line)) {
        if (!md_rec_utf8_is_text(line.data, line.len)) {
            return false;
        }
        if (out->data[out->len - 1] != '[') {
            md_rec_bytes_text(out, ",");
        }
        md_rec_json_string(out, line.data, line.len);
    }
    md_rec_bytes_text(out, "]");
    return true;
}

void md_rec_cast_stream(struct md_rec_cast *cast, struct md_rec_stream *stream,
                        uint64_t now_us)
{
    *stream = (struct md_rec_stream){
        .number = ++cast->totals.streams,
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

    if (cast->current != stream->number) {
        cast->current = stream->number;
        md_rec_bytes_print(&line, "{\"stream\":\"s%u\"}", stream->number);
        put_line(cast, &line);
    }
    stream->last_us += dt;
    cast->totals.events++;
    md_rec_bytes_print(&line, "[%" PRIu64 ",\"%s\"", dt < DT_MAX ? dt : DT_MAX,
                       code);
    return line;
}

static void end_event(struct md_rec_cast *cast, struct md_rec_bytes *line)
{
    md_rec_bytes_text(line, "]");
    put_line(cast, line);
}

static void count(struct md_rec_cast *cast, enum md_rec_side from,
                  const void *data, size_t len)
{
    cast->totals.bytes[from] += len;
    if (from == MD_REC_ENGINE) {
        sha256_update(&cast->digest, len, data);
    }
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
    count(cast, MD_REC_ENGINE, scan->head, scan->head_len);
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
    count(cast, from, data.data, data.len);
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
    (void)fflush(cast->part);
}

void md_rec_cast_resize(struct md_rec_cast *cast, struct md_rec_stream *stream,
                        unsigned columns, unsigned rows, uint64_t now_us)
{
    struct md_rec_bytes line = begin_event(cast, stream, "r", now_us);

    md_rec_bytes_print(&line, ",\"%ux%u\"", columns, rows);
    end_event(cast, &line);
}

static void add_on(struct md_rec_bytes *line,
                   const struct md_rec_target *target,
                   const struct md_rec_names *names)
{
    char variable[MD_REC_VARIABLE_SIZE];
    const char *rest = target->on + target->ref_off + target->ref_len;
    char *literal = strndup(target->on + target->ref_off, target->ref_len);

    if (literal == NULL) {
        line->failed = true;
    } else if (target->ref != MD_REC_REF_NONE &&
               md_rec_names_variable(names, target->ref, literal, variable)) {
        md_rec_json_inside(line, target->on, target->ref_off);
        md_rec_bytes_print(line, "{%s}", variable);
        md_rec_json_inside(line, rest, strlen(rest));
    } else {
        md_rec_json_inside(line, target->on, strlen(target->on));
    }
    free(literal);
}

static void write_rule(struct md_rec_cast *cast, FILE *to,
                       const struct md_rec_rule *rule,
                       const struct md_rec_names *names)
{
    struct md_rec_bytes line = md_rec_bytes_new(MD_REC_LINE_MAX);

    md_rec_bytes_text(&line, "{\"on\":\"");
    add_on(&line, &rule->target, names);
    md_rec_bytes_text(&line, "\"");
    md_rec_bytes_text(&line, rule->key);
    md_rec_bytes_text(&line, rule->answer != NULL ? rule->answer : "");
    line.failed = line.failed || rule->answer == NULL;
    if (rule->makes > 0) {
        md_rec_bytes_print(&line, ",\"makes\":\"EID%u\"", rule->makes);
    }
    if (rule->times > 1) {
        md_rec_bytes_print(&line, ",\"times\":%u", rule->times);
    }
    md_rec_bytes_text(&line, "}\n");
    if (line.failed) {
        keep_no_memory(cast);
    } else if (fwrite(line.data, 1, line.len, to) != line.len) {
        keep_failure(cast, MD_REC_FILE_NAME);
    }
    md_rec_bytes_release(&line);
}

/* Copy the .part file from where it was left off up to @end. */
static void copy_part(struct md_rec_cast *cast, FILE *to, uint64_t *from,
                      uint64_t end)
{
    char page[16384];

    while (*from < end && cast->error.code == MOCKD_OK) {
        size_t most =
            end - *from < sizeof(page) ? (size_t)(end - *from) : sizeof(page);

        if (fread(page, 1, most, cast->part) != most) {
            keep_failure(cast, MD_REC_PART_NAME);
        } else if (fwrite(page, 1, most, to) != most) {
            keep_failure(cast, MD_REC_FILE_NAME);
        }
        *from += most;
    }
}

static void write_header(struct md_rec_cast *cast, FILE *to, const char *header,
                         const struct md_rec_names *names)
{
    struct md_rec_bytes line = md_rec_bytes_new(MD_REC_LINE_MAX);

    md_rec_bytes_text(&line, header);
    md_rec_bytes_text(&line, ",\"vars\":");
    md_rec_names_write(names, &line);
    md_rec_bytes_text(&line, "}\n");
    if (line.failed) {
        keep_no_memory(cast);
    } else if (fwrite(line.data, 1, line.len, to) != line.len) {
        keep_failure(cast, MD_REC_FILE_NAME);
    }
    md_rec_bytes_release(&line);
}

static void write_end(struct md_rec_cast *cast, FILE *to)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    char hex[2 * SHA256_DIGEST_SIZE + 1];

    sha256_digest(&cast->digest, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned)digest[i]);
    }
    if (fprintf(to,
                "{\"end\":{\"rules\":%u,\"events\":%u,\"s2c_bytes\":%" PRIu64
                ",\"c2s_bytes\":%" PRIu64 ",\"sha256_s2c\":\"%s\"}}\n",
                cast->totals.rules, cast->totals.events,
                cast->totals.bytes[MD_REC_ENGINE],
                cast->totals.bytes[MD_REC_CLIENT], hex) < 0) {
        keep_failure(cast, MD_REC_FILE_NAME);
    }
}

static void write_all(struct md_rec_cast *cast, FILE *to, const char *header,
                      const struct md_rec_names *names)
{
    uint64_t copied = 0;

    if (fflush(cast->part) != 0 || fseek(cast->part, 0, SEEK_SET) != 0) {
        keep_failure(cast, MD_REC_PART_NAME);
        return;
    }
    write_header(cast, to, header, names);
    for (size_t i = 0; i < cast->rule_count; i++) {
        copy_part(cast, to, &copied, cast->rules[i].place);
        write_rule(cast, to, &cast->rules[i], names);
    }
    copy_part(cast, to, &copied, cast->part_len);
    cast->totals.rules = (unsigned)cast->rule_count;
    write_end(cast, to);
}

enum mockd_code md_rec_cast_finish(struct md_rec_cast *cast, const char *header,
                                   const struct md_rec_names *names,
                                   struct mockd_error *err)
{
    FILE *to = NULL;

    if (cast->error.code == MOCKD_OK) {
        to = open_file(cast, NEW_NAME);
        if (to == NULL) {
            keep_failure(cast, NEW_NAME);
        } else {
            write_all(cast, to, header, names);
        }
    }
    if (to != NULL && fclose(to) != 0) {
        keep_failure(cast, NEW_NAME);
    }
    if (cast->error.code == MOCKD_OK &&
        renameat(cast->dir_fd, NEW_NAME, cast->dir_fd, MD_REC_FILE_NAME) != 0) {
        keep_failure(cast, MD_REC_FILE_NAME);
    }
    if (cast->error.code != MOCKD_OK) {
        if (err != NULL) {
            *err = cast->error;
        }
        return cast->error.code;
    }
    (void)unlinkat(cast->dir_fd, MD_REC_PART_NAME, 0);
    return MOCKD_OK;
}
