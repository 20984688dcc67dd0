/* SPDX-License-Identifier: MIT */
/*
 * fuzz_tap.c - two connections, whose clients and engine say anything: pieces
 * of the input, a byte before each one telling whose it is and how long. What
 * is recorded of it can be finished, and a mock loads it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "profile.h"
#include "record/recorder.h"
#include "record/tap.h"

#define TAPS 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[64];

static void must(bool is_so)
{
    if (!is_so) {
        abort();
    }
}

static void empty_dir(void)
{
    DIR *stream = opendir(dir);
    const struct dirent *entry = NULL;

    must(stream != NULL);
    while ((entry = readdir(stream)) != NULL) {
        (void)unlinkat(dirfd(stream), entry->d_name, 0);
    }
    (void)closedir(stream);
}

static void remove_dir(void)
{
    empty_dir();
    (void)rmdir(dir);
}

/* In memory where there is such a folder: a run is some files. */
static void make_dir(void)
{
    const char *root = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

    (void)snprintf(dir, sizeof(dir), "%s/fuzz-tap-XXXXXX", root);
    must(mkdtemp(dir) != NULL);
    must(atexit(remove_dir) == 0);
}

struct end {
    struct md_rec_tap *tap;
    bool is_over[2];
};

static void close_side(struct end *end, enum md_rec_side from, bool is_reset,
                       uint64_t now_us)
{
    if (!end->is_over[from]) {
        md_rec_tap_over(end->tap, from, is_reset, now_us);
    }
    end->is_over[from] = true;
    end->is_over[1 - from] = end->is_over[1 - from] || is_reset;
}

/* Bit 7: which connection, bit 6: whose bytes, the rest: how many, none for an
 * end, and all that are left for 63. */
static void say(struct end ends[TAPS], uint8_t what, struct md_rec_view *in,
                uint64_t now_us)
{
    struct end *end = &ends[what >> 7];
    enum md_rec_side from = (what & 64) != 0 ? MD_REC_ENGINE : MD_REC_CLIENT;
    size_t len = what & 63;
    struct md_rec_view piece = {.data = in->data,
                                .len = len < 63 && len * 4 < in->len ? len * 4
                                                                     : in->len};

    if (len == 0) {
        close_side(end, from, (in->len & 1) != 0, now_us);
        return;
    }
    if (piece.len > 0 && !end->is_over[from]) {
        md_rec_tap_data(end->tap, from, piece, now_us);
    }
    in->data += piece.len;
    in->len -= piece.len;
}

static void check_load(void)
{
    struct md_profile profile = {0};
    struct mockd_error err = {0};

    if (md_profile_load(&profile, dir, false, &err) != MOCKD_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        abort();
    }
    md_profile_release(&profile);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct md_rec_provenance provenance = {.engine = "test"};
    struct md_rec_view in = {.data = data, .len = size};
    struct md_rec_part_summary summary = {0};
    struct md_rec_secrets *secrets = md_rec_secrets_new();
    struct end ends[TAPS] = {0};
    struct mockd_error err = {0};
    struct md_rec *rec = NULL;

    if (dir[0] == '\0') {
        make_dir();
    }
    must(secrets != NULL &&
         md_rec_new(dir, true, "fuzz", &provenance, &rec, NULL) == MOCKD_OK);
    md_rec_keep_off(rec, secrets);
    for (size_t i = 0; i < TAPS; i++) {
        ends[i].tap = md_rec_tap_new(rec);
        must(ends[i].tap != NULL);
    }
    for (uint64_t now_us = 0; in.len > 0; now_us += 10) {
        uint8_t what = in.data[0];

        in.data++;
        in.len--;
        say(ends, what, &in, now_us);
    }
    for (size_t i = 0; i < TAPS; i++) {
        md_rec_tap_free(ends[i].tap);
    }
    if (md_rec_finish(rec, NULL, &summary, &err) != MOCKD_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        abort();
    }
    md_rec_free(rec);
    md_rec_secrets_free(secrets);
    check_load();
    empty_dir();
    return 0;
}
