/* SPDX-License-Identifier: MIT */
#include "execcast.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bounds.h"
#include "cleanup.h"
#include "json.h"
#include "life.h"
#include "loader.h"

static enum mockd_code parse_value(struct md_loader *loader,
                                   struct md_json *value,
                                   struct mockd_error *err)
{
    if (loader->has_end) {
        return md_fail(err, MOCKD_E_FIXTURE, "data after the end");
    }
    if (!loader->has_header) {
        return md_header_parse(loader, value, err);
    }
    if (md_json_is_array(value)) {
        return md_event_parse(loader, value, err);
    }
    if (md_json_get(value, "on") != NULL) {
        return md_rule_parse(loader, value, err);
    }
    if (md_json_get(value, "stream") != NULL) {
        return md_stream_parse(loader, value, err);
    }
    if (md_json_get(value, "end") != NULL) {
        return md_end_parse(loader, value, err);
    }
    return md_fail(err, MOCKD_E_FIXTURE,
                   "not a rule (on), a stream, an event or the end");
}

enum mockd_code md_line_parse(struct md_loader *loader, const char *text,
                              size_t len, struct mockd_error *err)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *value = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (len > MD_LINE_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "a line of %zu bytes, the limit is %d; put a large "
                       "payload into a file beside this one",
                       len, MD_LINE_MAX);
    }
    if (len == 0 || text[0] == '#') {
        return MOCKD_OK;
    }
    if (text[0] == '[' && !loader->fixture->is_script) {
        rc = md_json_parse_apart(text, len, &value, &loader->long_text,
                                 &loader->long_len, err);
    } else {
        loader->long_text = NULL;
        rc = md_json_parse(text, len, &value, err);
    }
    return rc == MOCKD_OK ? parse_value(loader, value, err) : rc;
}

static enum mockd_code parse_lines(struct md_loader *loader, char *text,
                                   size_t len, struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;
    char *at = text;
    char *end = text + len;

    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): read_file sets it */
    text[len] = '\0';
    while (at < end && rc == MOCKD_OK) {
        char *line_end = memchr(at, '\n', (size_t)(end - at));

        line_end = line_end == NULL ? end : line_end;
        *line_end = '\0';
        loader->line++;
        rc = md_line_parse(loader, at, (size_t)(line_end - at), err);
        at = line_end + 1;
    }
    if (rc == MOCKD_OK && loader->fixture->is_script && loader->has_header) {
        return MOCKD_OK; /* its end may be left out */
    }
    if (rc == MOCKD_OK && !loader->has_end) {
        loader->line += loader->line == 0 ? 1 : 0;
        rc = md_fail(err, MOCKD_E_FIXTURE,
                     loader->has_header
                         ? "no end; the file was cut"
                         : "no header; the first line begins {\"execcast\":1");
    }
    return rc;
}

/* Now that the arrays stand still: find lives, join rows, check what rules
 * point to. */
static enum mockd_code finish(struct md_loader *loader, struct mockd_error *err)
{
    struct md_fixture *fixture = loader->fixture;
    enum mockd_code rc = md_lives_find(fixture, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    md_rules_join(fixture);
    for (size_t i = fixture->rule_count; i > 0; i--) {
        struct md_rule *rule = &fixture->rules[i - 1];

        if (rule->stream != NULL && rule->stream->first == MD_NO_EVENT &&
            !(fixture->is_script && rule->stream->is_defined)) {
            loader->line = rule->line;
            return md_fail(err, MOCKD_E_FIXTURE,
                           "rule: stream %.60s is nowhere in the file",
                           rule->stream->name);
        }
    }
    for (struct md_stream *at = fixture->streams; at != NULL; at = at->next) {
        if (at->block != MD_NO_EVENT) {
            loader->line = fixture->events[at->block].line;
            return md_fail(err, MOCKD_E_FIXTURE,
                           "event: the block has no end; close it with "
                           "[\"again\"]");
        }
        at->has_reset &= !at->keeps_input;
        if (at->first != MD_NO_EVENT && at->first == at->last &&
            at->head.is_joined) {
            loader->line = fixture->events[at->first].line;
            return md_fail(err, MOCKD_E_FIXTURE,
                           "event: the head is joined, so a < comes after it");
        }
    }
    return MOCKD_OK;
}

static enum mockd_code parse_all(struct md_loader *loader, const char *path,
                                 char *text, size_t len,
                                 struct mockd_error *err)
{
    struct md_fixture *fixture = loader->fixture;
    enum mockd_code rc = parse_lines(loader, text, len, err);

    if (rc == MOCKD_OK) {
        rc = finish(loader, err);
    }
    if (rc != MOCKD_OK) {
        return md_fail_while(err, rc, "%.200s:%u", path,
                             (unsigned)loader->line);
    }
    if (fixture->is_script || loader->has_bulk ||
        fixture->s2c_bytes > MD_HASH_AT_ONCE_MAX) {
        return MOCKD_OK;
    }
    return md_fixture_verify(fixture, err);
}

enum mockd_code md_execcast_parse(const char *path, const char *folder,
                                  char *text, size_t len,
                                  struct md_fixture **out_fixture,
                                  struct mockd_error *err)
{
    MD_CLEANUP(md_fixture_cleanup)
    struct md_fixture *fixture = calloc(1, sizeof(*fixture));
    struct md_loader loader = {.fixture = fixture};
    enum mockd_code rc = MOCKD_OK;

    if (fixture == NULL) {
        return md_fail_nomem(err);
    }
    fixture->path = md_arena_copy(&fixture->arena, path, strlen(path));
    fixture->name = fixture->path;
    fixture->home.arena = &fixture->arena;
    if (folder != NULL) {
        fixture->home.folder =
            md_arena_copy(&fixture->arena, folder, strlen(folder));
    }
    if (fixture->path == NULL ||
        (folder != NULL && fixture->home.folder == NULL)) {
        return md_fail_nomem(err);
    }
    rc = parse_all(&loader, path, text, len, err);
    if (rc == MOCKD_OK) {
        *out_fixture = fixture;
        fixture = NULL; /* the caller's now */
    }
    return rc;
}

static enum mockd_code read_all(int fd, char *text, size_t len,
                                struct mockd_error *err)
{
    size_t done = 0;

    while (done < len) {
        ssize_t got = read(fd, text + done, len - done);

        if (got == 0 || (got < 0 && errno != EINTR)) {
            return md_fail(err, MOCKD_E_SYSTEM, "cannot be read: %s",
                           got == 0 ? "it became shorter" : strerror(errno));
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return MOCKD_OK;
}

static enum mockd_code read_file(const char *path, char **out_text,
                                 size_t *out_len, struct mockd_error *err)
{
    MD_CLEANUP(md_cleanup_close)
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    MD_CLEANUP(md_cleanup_free) char *text = NULL;
    struct stat status;
    enum mockd_code rc = MOCKD_OK;

    if (fd < 0 || fstat(fd, &status) != 0) {
        return md_fail(err, MOCKD_E_SYSTEM, "%s", strerror(errno));
    }
    if (!S_ISREG(status.st_mode) || status.st_size > MD_FILE_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "not a regular file of at most %d bytes", MD_FILE_MAX);
    }
    text = malloc((size_t)status.st_size + 1);
    if (text == NULL) {
        return md_fail_nomem(err);
    }
    rc = read_all(fd, text, (size_t)status.st_size, err);
    if (rc == MOCKD_OK) {
        *out_len = (size_t)status.st_size;
        *out_text = text;
        text = NULL; /* the caller's now */
    }
    return rc;
}

enum mockd_code md_execcast_load(const char *path, const char *shown,
                                 struct md_fixture **out_fixture,
                                 struct mockd_error *err)
{
    MD_CLEANUP(md_cleanup_free) char *text = NULL;
    MD_CLEANUP(md_cleanup_free) char *folder = NULL;
    const char *slash = strrchr(path, '/');
    size_t len = 0;
    enum mockd_code rc = read_file(path, &text, &len, err);

    if (rc != MOCKD_OK) {
        return md_fail_while(err, rc, "%.200s", shown);
    }
    folder =
        slash == NULL
            ? strdup(".")
            : strndup(path, (size_t)(slash - path) + (slash == path ? 1 : 0));
    if (folder == NULL) {
        return md_fail_nomem(err);
    }
    return md_execcast_parse(shown, folder, text, len, out_fixture, err);
}
