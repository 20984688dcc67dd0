/* SPDX-License-Identifier: MIT */
#include "replace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

static enum mockd_code fail_errno(const char *what, struct mockd_error *err)
{
    return md_fail(err, MOCKD_E_SYSTEM, "%s: %s", what, strerror(errno));
}

/* "/a/b" gives "/a/.b.XXXXXX"; yours. */
static char *temporary_name(const char *path)
{
    size_t size = strlen(path) + sizeof("..XXXXXX");
    const char *name = strrchr(path, '/') + 1;
    char *made = malloc(size);

    if (made != NULL) {
        (void)snprintf(made, size, "%.*s.%s.XXXXXX", (int)(name - path), path,
                       name);
    }
    return made;
}

static enum mockd_code write_all(int fd, const char *text, size_t len,
                                 struct mockd_error *err)
{
    size_t done = 0;

    while (done < len) {
        ssize_t put = write(fd, text + done, len - done);

        if (put < 0 && errno != EINTR) {
            return fail_errno("write", err);
        }
        done += put > 0 ? (size_t)put : 0;
    }
    return fsync(fd) == 0 ? MOCKD_OK : fail_errno("write", err);
}

static enum mockd_code write_beside(const char *path, const char *made, int fd,
                                    const char *text, size_t len,
                                    struct mockd_error *err)
{
    struct stat status;
    enum mockd_code rc = MOCKD_OK;

    if (stat(path, &status) != 0 || fchmod(fd, status.st_mode & 07777) != 0) {
        return fail_errno("its mode", err);
    }
    rc = write_all(fd, text, len, err);
    if (rc == MOCKD_OK && rename(made, path) != 0) {
        rc = fail_errno("rename", err);
    }
    return rc;
}

enum mockd_code md_replace_file(const char *path, const char *text, size_t len,
                                struct mockd_error *err)
{
    MD_CLEANUP(md_cleanup_free) char *real = realpath(path, NULL);
    MD_CLEANUP(md_cleanup_free) char *made = NULL;
    MD_CLEANUP(md_cleanup_close) int fd = -1;
    enum mockd_code rc = MOCKD_OK;

    if (real == NULL) {
        return fail_errno("its place", err);
    }
    made = temporary_name(real);
    if (made == NULL) {
        return md_fail_nomem(err);
    }
    fd = mkstemp(made);
    if (fd < 0) {
        return fail_errno("a file beside it", err);
    }
    rc = write_beside(real, made, fd, text, len, err);
    if (rc != MOCKD_OK) {
        (void)unlink(made);
    }
    return rc;
}
