/* SPDX-License-Identifier: MIT */
/* save.c - put a report onto the disk, whole or not at all. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

#define PATH_SIZE 4096 /* Linux takes no longer path */

static bool write_all(int fd, const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        ssize_t done = write(fd, text, len);

        if (done < 0 && errno != EINTR) {
            return false;
        }
        text += done > 0 ? done : 0;
        len -= done > 0 ? (size_t)done : 0;
    }
    return fchmod(fd, 0644) == 0;
}

bool dry_report_save(const char *path, const char *text, char *out_message,
                     size_t size)
{
    char draft[PATH_SIZE];
    int len = snprintf(draft, sizeof(draft), "%s.XXXXXX", path);
    int fd = -1;
    bool is_good = false;

    if (len < 0 || (size_t)len >= sizeof(draft)) {
        (void)snprintf(out_message, size, "report: a path of at most %d bytes",
                       PATH_SIZE - 8);
        return false;
    }
    fd = mkstemp(draft);
    is_good = fd >= 0 && write_all(fd, text);
    if (fd >= 0 && close(fd) != 0) {
        is_good = false;
    }
    if (is_good && rename(draft, path) == 0) {
        return true;
    }
    (void)snprintf(out_message, size, "report %s: %s", path, strerror(errno));
    if (fd >= 0) {
        (void)unlink(draft);
    }
    return false;
}
