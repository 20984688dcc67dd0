/* SPDX-License-Identifier: MIT */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fail.h"

#define SHOWN 200        /* bytes of a path that a message repeats */
#define PIECE_SIZE 4096U /* bytes read at once */

static const char *system_get_env(void *user, const char *name)
{
    (void)user;
    return getenv(name);
}

static bool system_exists(void *user, const char *path)
{
    (void)user;
    return access(path, F_OK) == 0;
}

static void close_file(const int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
}

static enum dexec_code fail_read(const char *path, int number,
                                 struct dexec_error *err)
{
    char reason[128] = "";

    if (strerror_r(number, reason, sizeof(reason)) != 0 || reason[0] == '\0') {
        return dx_fail(err, DEXEC_E_INVALID, 0, "%.*s: cannot be read", SHOWN,
                       path);
    }
    if (reason[0] >= 'A' && reason[0] <= 'Z') {
        reason[0] = (char)(reason[0] - 'A' + 'a');
    }
    return dx_fail(err, DEXEC_E_INVALID, 0, "%.*s: cannot be read: %s", SHOWN,
                   path, reason);
}

static enum dexec_code read_all(int fd, const char *path, struct dx_buf *buf,
                                struct dexec_error *err)
{
    char piece[PIECE_SIZE];
    ssize_t got = 0;

    do {
        enum dexec_code rc = DEXEC_OK;

        got = read(fd, piece, sizeof(piece));
        if (got < 0 && errno != EINTR) {
            return fail_read(path, errno, err);
        }
        rc = dx_buf_append(buf, piece, got > 0 ? (size_t)got : 0);
        if (rc == DEXEC_E_NOMEM) {
            return dx_fail_memory(err);
        }
        if (rc != DEXEC_OK) {
            return dx_fail(err, DEXEC_E_INVALID, 0,
                           "%.*s: longer than %zu bytes", SHOWN, path,
                           buf->max);
        }
    } while (got != 0);
    return DEXEC_OK;
}

static enum dexec_code system_read_file(void *user, const char *path,
                                        struct dx_buf *buf, bool *out_exists,
                                        struct dexec_error *err)
{
    /* Not blocking: a pipe would wait for its writer. */
    DX_CLEANUP(close_file)
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat about = {0};
    enum dexec_code rc = DEXEC_OK;

    (void)user;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        *out_exists = false;
        return DEXEC_OK;
    }
    if (fd < 0 || fstat(fd, &about) != 0) {
        return fail_read(path, errno, err);
    }
    if (!S_ISREG(about.st_mode)) {
        return dx_fail(err, DEXEC_E_INVALID, 0, "%.*s: not a regular file",
                       SHOWN, path);
    }
    rc = read_all(fd, path, buf, err);
    if (rc == DEXEC_OK) {
        *out_exists = true;
    }
    return rc;
}

struct dx_world dx_world_system(void)
{
    return (struct dx_world){.get_env = system_get_env,
                             .read_file = system_read_file,
                             .exists = system_exists,
                             .uid = (unsigned)getuid()};
}
