/* SPDX-License-Identifier: MIT */
/* part.c - make a recording of its journal, session.execcast.part. */
#include "part.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "cast.h"
#include "json_text.h"
#include "part_own.h"

#define NEW_NAME "session.execcast.new" /* renamed once it is complete */

/* ---- writing ---- */

static const char *get_text(const cJSON *json, const char *key)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, key));
}

static enum mockd_code put(struct md_rec_part *part, const char *data,
                           size_t len)
{
    part->lines_written++;
    if (fwrite(data, 1, len, part->out) != len ||
        fputc('\n', part->out) == EOF) {
        return md_rec_part_fail_system(part, NEW_NAME);
    }
    return MOCKD_OK;
}

/* A line that is released. */
static enum mockd_code put_bytes(struct md_rec_part *part,
                                 struct md_rec_bytes *line)
{
    enum mockd_code rc = line->failed ? md_rec_part_fail_memory(part)
                                      : put(part, line->data, line->len);

    md_rec_bytes_release(line);
    return rc;
}

static enum mockd_code write_header(struct md_rec_part *part)
{
    struct md_rec_bytes line = md_rec_bytes_new(MD_REC_LINE_MAX);

    md_rec_bytes_text(&line, part->header);
    md_rec_bytes_text(&line, ",\"vars\":");
    md_rec_names_write(&part->names, &line);
    md_rec_bytes_text(&line, "}");
    return put_bytes(part, &line);
}

/* @on  what stands before the name, the name, what stands behind it */
static void add_on(struct md_rec_bytes *line, const struct md_rec_names *names,
                   const char *const on[3], unsigned ref)
{
    char variable[MD_REC_VARIABLE_SIZE];

    md_rec_json_inside(line, on[0], strlen(on[0]));
    if (ref != MD_REC_REF_NONE &&
        md_rec_names_variable(names, (enum md_rec_ref)ref, on[1], variable)) {
        md_rec_bytes_print(line, "{%s}", variable);
    } else {
        md_rec_json_inside(line, on[1], strlen(on[1]));
    }
    md_rec_json_inside(line, on[2], strlen(on[2]));
}

static enum mockd_code write_rule(struct md_rec_part *part, const cJSON *json)
{
    struct md_rec_bytes line = md_rec_bytes_new(MD_REC_LINE_MAX);
    const cJSON *array = cJSON_GetObjectItemCaseSensitive(json, "on");
    const char *text = get_text(json, "text");
    const char *on[3] = {NULL, NULL, NULL};
    unsigned times = 0;
    unsigned ref = 0;
    unsigned makes = 0;
    unsigned stream = 0;

    if (part->rule_at == part->rule_count) {
        return md_rec_part_fail_line(part, "it was not there a moment ago");
    }
    times = part->times[part->rule_at++];
    for (int i = 0; i < 3; i++) {
        on[i] = cJSON_GetStringValue(cJSON_GetArrayItem(array, i));
        text = on[i] != NULL ? text : NULL;
    }
    if (text == NULL || !md_rec_part_get_count(json, "ref", &ref) ||
        !md_rec_part_get_count(json, "makes", &makes) ||
        !md_rec_part_get_count(json, "stream", &stream) ||
        ref > MD_REC_REF_EXEC) {
        return md_rec_part_fail_line(part, "not a rule");
    }
    if (stream > 0 &&
        (stream >= part->stream_room || !part->has_head[stream])) {
        return MOCKD_OK; /* it was cut before the answer */
    }
    md_rec_bytes_text(&line, "{\"on\":\"");
    add_on(&line, &part->names, on, ref);
    md_rec_bytes_text(&line, "\"");
    md_rec_bytes_text(&line, text);
    if (makes > 0) {
        md_rec_bytes_print(&line, ",\"makes\":\"EID%u\"", makes);
    }
    if (times > 1) {
        md_rec_bytes_print(&line, ",\"times\":%u", times);
    }
    md_rec_bytes_text(&line, "}");
    part->rules_written++;
    part->summary.requests += times;
    return put_bytes(part, &line);
}

/* The line that says whose events follow, when one does. */
static enum mockd_code write_event(struct md_rec_part *part)
{
    char name[64];
    enum mockd_code rc = MOCKD_OK;

    if (part->written_current != part->current) {
        part->written_current = part->current;
        (void)snprintf(name, sizeof(name), "{\"stream\":\"s%u\"}",
                       part->current);
        rc = put(part, name, strlen(name));
    }
    return rc == MOCKD_OK ? put(part, part->line.data, part->line.len) : rc;
}

static enum mockd_code write_comment(struct md_rec_part *part)
{
    const char redacted[] = "# redacted: ";
    enum mockd_code rc = put(part, part->line.data, part->line.len);

    if (part->options != NULL && part->options->on_redacted != NULL &&
        strncmp(part->line.data, redacted, strlen(redacted)) == 0) {
        part->options->on_redacted(part->options->user, part->lines_written,
                                   part->line.data + strlen(redacted));
    }
    return rc;
}

static enum mockd_code write_object(struct md_rec_part *part)
{
    cJSON *json = cJSON_ParseWithLength(part->line.data, part->line.len);
    const char *kind = get_text(json, "part");
    enum mockd_code rc = MOCKD_OK;

    if (json == NULL) {
        rc = md_rec_part_fail_memory(part); /* it was JSON the first time */
    } else if (kind == NULL && get_text(json, "stream") != NULL) {
        rc = md_rec_part_take_stream(part, get_text(json, "stream"));
    } else if (kind != NULL && strcmp(kind, "rule") == 0) {
        rc = write_rule(part, json);
        part->written_current = 0;
    }
    cJSON_Delete(json);
    return rc;
}

static enum mockd_code write_line(struct md_rec_part *part)
{
    switch (part->line.data[0]) {
    case '#':
        return write_comment(part);
    case '[':
        return write_event(part);
    default:
        return write_object(part);
    }
}

static enum mockd_code write_end(struct md_rec_part *part)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    char hex[2 * SHA256_DIGEST_SIZE + 1];
    char line[512];

    sha256_digest(&part->digest, sizeof(digest), digest);
    for (size_t i = 0; i < sizeof(digest); i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", (unsigned)digest[i]);
    }
    (void)snprintf(line, sizeof(line),
                   "{\"end\":{\"rules\":%u,\"events\":%u,\"s2c_bytes\":%" PRIu64
                   ",\"c2s_bytes\":%" PRIu64 ",\"sha256_s2c\":\"%s\"}}",
                   part->rules_written, part->events,
                   part->bytes[MD_REC_ENGINE], part->bytes[MD_REC_CLIENT], hex);
    return put(part, line, strlen(line));
}

static enum mockd_code write_all(struct md_rec_part *part)
{
    enum mockd_code rc = write_header(part);

    rewind(part->in);
    part->line_number = 0;
    rc = rc == MOCKD_OK ? md_rec_part_next_line(part) : rc;
    while (rc == MOCKD_OK && part->has_line) {
        rc = write_line(part);
        rc = rc == MOCKD_OK ? md_rec_part_next_line(part) : rc;
    }
    return rc == MOCKD_OK ? write_end(part) : rc;
}

/* ---- files ---- */

static FILE *open_file(const struct md_rec_part *part, const char *name,
                       int flags, const char *mode)
{
    int fd = openat(part->dir_fd, name, flags | O_CLOEXEC, 0666);
    FILE *file = fd >= 0 ? fdopen(fd, mode) : NULL;

    if (file == NULL && fd >= 0) {
        (void)close(fd);
    }
    return file;
}

static enum mockd_code open_journal(struct md_rec_part *part)
{
    part->dir_fd = open(part->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (part->dir_fd < 0) {
        return md_rec_fail(part->err, MOCKD_E_INVALID, "open the folder %s: %s",
                           part->dir, strerror(errno));
    }
    part->in = open_file(part, MD_REC_PART_NAME, O_RDONLY, "r");
    if (part->in == NULL) {
        return md_rec_fail(
            part->err, errno == ENOENT ? MOCKD_E_INVALID : MOCKD_E_SYSTEM,
            "%s/" MD_REC_PART_NAME ": %s", part->dir, strerror(errno));
    }
    if (flock(fileno(part->in), LOCK_EX | LOCK_NB) != 0) {
        return md_rec_fail(part->err, MOCKD_E_INVALID,
                           "%s/" MD_REC_PART_NAME
                           " is being written by a recorder: stop that first",
                           part->dir);
    }
    if ((part->options == NULL || !part->options->force) &&
        faccessat(part->dir_fd, MD_REC_FILE_NAME, F_OK, 0) == 0) {
        return md_rec_fail(part->err, MOCKD_E_INVALID,
                           "%s/" MD_REC_FILE_NAME
                           " is there already: move it away, or --force",
                           part->dir);
    }
    return MOCKD_OK;
}

static enum mockd_code write_file(struct md_rec_part *part)
{
    enum mockd_code rc = MOCKD_OK;

    part->out = open_file(part, NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC, "w");
    if (part->out == NULL) {
        return md_rec_part_fail_system(part, NEW_NAME);
    }
    rc = write_all(part);
    if (fclose(part->out) != 0 && rc == MOCKD_OK) {
        rc = md_rec_part_fail_system(part, NEW_NAME);
    }
    part->out = NULL;
    if (rc == MOCKD_OK &&
        renameat(part->dir_fd, NEW_NAME, part->dir_fd, MD_REC_FILE_NAME) != 0) {
        rc = md_rec_part_fail_system(part, MD_REC_FILE_NAME);
    }
    (void)unlinkat(part->dir_fd, rc == MOCKD_OK ? MD_REC_PART_NAME : NEW_NAME,
                   0);
    return rc;
}

static void release(struct md_rec_part *part)
{
    md_rec_names_release(&part->names);
    md_rec_bytes_release(&part->line);
    free(part->header);
    free(part->times);
    free(part->has_head);
    if (part->in != NULL) {
        (void)fclose(part->in);
    }
    if (part->dir_fd >= 0) {
        (void)close(part->dir_fd);
    }
    free(part);
}

enum mockd_code md_rec_part_finish(const char *dir,
                                   const struct md_rec_part_options *options,
                                   struct md_rec_part_summary *out_summary,
                                   struct mockd_error *err)
{
    struct md_rec_part *part = calloc(1, sizeof(*part));
    enum mockd_code rc = MOCKD_OK;

    if (part == NULL) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "no memory");
    }
    part->dir = dir;
    part->options = options;
    part->dir_fd = -1;
    part->line = md_rec_bytes_new(MD_REC_PART_LINE_MAX);
    part->err = err;
    sha256_init(&part->digest);
    rc = open_journal(part);
    rc = rc == MOCKD_OK ? md_rec_part_read(part) : rc;
    rc = rc == MOCKD_OK ? write_file(part) : rc;
    if (rc == MOCKD_OK) {
        part->summary.execs = (unsigned)part->names.exec_count;
        part->summary.bytes = part->bytes[0] + part->bytes[1];
        *out_summary = part->summary;
    }
    release(part);
    return rc;
}
