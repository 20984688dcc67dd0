/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bounds.h"
#include "cleanup.h"
#include "execcast.h"

void md_source_release(struct md_source *source)
{
    free(source->path);
    free(source->folder);
    free(source->text);
    free(source->lines);
    *source = (struct md_source){0};
}

static size_t count_lines(const char *text, size_t len)
{
    size_t count = 0;

    for (size_t i = 0; i < len; i++) {
        count += text[i] == '\n' || i + 1 == len ? 1 : 0;
    }
    return count;
}

static enum mockd_code find_lines(struct md_source *source,
                                  struct mockd_error *err)
{
    size_t count = count_lines(source->text, source->len);
    const char *at = source->text;
    const char *end = source->text + source->len;

    source->lines = calloc(count + 1, sizeof(*source->lines));
    if (source->lines == NULL) {
        return md_fail_nomem(err);
    }
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));

        line_end = line_end == NULL ? end : line_end;
        source->lines[source->line_count] =
            (struct md_source_line){at, (size_t)(line_end - at)};
        source->line_count++;
        at = line_end + 1;
    }
    return MOCKD_OK;
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

static enum mockd_code read_file(struct md_source *source, const char *path,
                                 struct mockd_error *err)
{
    /* A FIFO must not hold us up. */
    MD_CLEANUP(md_cleanup_close)
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status;

    if (fd < 0 || fstat(fd, &status) != 0) {
        return md_fail(err, MOCKD_E_SYSTEM, "%s", strerror(errno));
    }
    if (!S_ISREG(status.st_mode) || status.st_size > MD_FILE_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "not a regular file of at most %d bytes", MD_FILE_MAX);
    }
    source->len = (size_t)status.st_size;
    source->text = malloc(source->len + 1);
    if (source->text == NULL) {
        return md_fail_nomem(err);
    }
    return read_all(fd, source->text, source->len, err);
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    if (slash == NULL) {
        return strdup(".");
    }
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

enum mockd_code md_source_read(struct md_source *source, const char *path,
                               struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    *source =
        (struct md_source){.path = strdup(path), .folder = folder_of(path)};
    if (source->path == NULL || source->folder == NULL) {
        return md_fail_nomem(err);
    }
    rc = read_file(source, path, err);
    return rc == MOCKD_OK ? find_lines(source, err) : rc;
}

enum mockd_code md_source_copy(struct md_source *source, const char *path,
                               const char *folder, const char *text, size_t len,
                               struct mockd_error *err)
{
    *source = (struct md_source){
        .path = strdup(path), .text = malloc(len + 1), .len = len};
    if (source->path == NULL || source->text == NULL) {
        return md_fail_nomem(err);
    }
    if (len > 0) {
        memcpy(source->text, text, len);
    }
    if (folder != NULL) {
        source->folder = strdup(folder);
        if (source->folder == NULL) {
            return md_fail_nomem(err);
        }
    }
    return find_lines(source, err);
}

enum mockd_code md_source_load(const struct md_source *source,
                               struct md_fixture **out_fixture,
                               struct mockd_error *err)
{
    /* Loading scrambles the text. */
    MD_CLEANUP(md_cleanup_free) char *copy = malloc(source->len + 1);
    MD_CLEANUP(md_fixture_cleanup) struct md_fixture *fixture = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    memcpy(copy, source->text, source->len);
    rc =
        md_execcast_parse("", source->folder, copy, source->len, &fixture, err);
    if (rc == MOCKD_OK) {
        rc = md_fixture_verify(fixture, err);
    }
    if (rc == MOCKD_OK) {
        *out_fixture = fixture;
        fixture = NULL; /* the caller's now */
    }
    return rc;
}

enum mockd_code md_source_value(const struct md_source *source, uint32_t line,
                                struct md_json **out_json,
                                struct mockd_error *err)
{
    const struct md_source_line *at = &source->lines[line - 1];
    MD_CLEANUP(md_cleanup_free) char *copy = NULL;

    *out_json = NULL;
    if (at->len == 0 || at->text[0] == '#') {
        return MOCKD_OK;
    }
    copy = malloc(at->len + 1);
    if (copy == NULL) {
        return md_fail_nomem(err);
    }
    memcpy(copy, at->text, at->len);
    copy[at->len] = '\0';
    return md_json_parse(copy, at->len, out_json, err);
}

enum mockd_code md_source_header(const struct md_source *source,
                                 struct md_json **out_json,
                                 struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    *out_json = NULL;
    for (uint32_t line = 1;
         line <= source->line_count && *out_json == NULL && rc == MOCKD_OK;
         line++) {
        rc = md_source_value(source, line, out_json, err);
    }
    return rc;
}
