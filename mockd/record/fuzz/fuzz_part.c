/* SPDX-License-Identifier: MIT */
/*
 * fuzz_part.c - what `mockd record --finish` reads: a journal, which may be
 * anything. It is finished, or a line of it is named and all stays as it was.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/part.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[64];
static int dir_fd = -1;

static void must(bool is_so)
{
    if (!is_so) {
        abort();
    }
}

static void remove_dir(void)
{
    (void)unlinkat(dir_fd, MD_REC_PART_NAME, 0);
    (void)unlinkat(dir_fd, MD_REC_FILE_NAME, 0);
    (void)unlinkat(dir_fd, "s1.bin", 0);
    (void)rmdir(dir);
}

static void write_file(const char *name, const void *data, size_t len)
{
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    must(fd >= 0);
    must(write(fd, data, len) == (ssize_t)len);
    (void)close(fd);
}

/* In memory where there is such a folder: a run is three files. */
static void make_dir(void)
{
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    (void)snprintf(dir, sizeof(dir), "%s/fuzz-part-XXXXXX", root);
    must(mkdtemp(dir) != NULL);
    dir_fd = open(dir, O_RDONLY | O_DIRECTORY);
    must(dir_fd >= 0);
    must(atexit(remove_dir) == 0);
    write_file("s1.bin", "0123456789", 10);
}

static bool has_file(const char *name)
{
    return faccessat(dir_fd, name, F_OK, 0) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct md_rec_part_summary summary = {0};
    struct mockd_error err = {0};
    enum mockd_code rc = MOCKD_OK;

    if (dir_fd < 0) {
        make_dir();
    }
    write_file(MD_REC_PART_NAME, data, size);
    (void)unlinkat(dir_fd, MD_REC_FILE_NAME, 0);
    rc = md_rec_part_finish(dir, NULL, &summary, &err);
    must(rc == MOCKD_OK || rc == MOCKD_E_FIXTURE);
    must(has_file(MD_REC_PART_NAME) == (rc != MOCKD_OK));
    must(has_file(MD_REC_FILE_NAME) == (rc == MOCKD_OK));
    must(!has_file("session.execcast.new"));
    must(summary.dropped_bytes <= size);
    must((err.message[0] != '\0') == (rc != MOCKD_OK));
    return 0;
}
