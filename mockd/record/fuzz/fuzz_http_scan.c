/* SPDX-License-Identifier: MIT */
/*
 * fuzz_http_scan.c - the first byte picks requests or answers and where the
 * rest is cut in two; how it is cut must not change what the scanner says.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/http_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct outcome {
    enum md_rec_scan_event last;
    size_t heads;
    size_t ends;
    size_t body_len;
};

static void drain(struct md_rec_scan *scan, struct md_rec_view in,
                  struct outcome *outcome)
{
    do {
        struct md_rec_view body = {0};
        size_t pos = 0;

        outcome->last = md_rec_scan_next(scan, &in, &body);
        outcome->heads += outcome->last == MD_REC_SCAN_HEAD;
        outcome->ends += outcome->last == MD_REC_SCAN_END;
        outcome->body_len += body.len;
        while (outcome->last == MD_REC_SCAN_HEAD &&
               md_rec_scan_line(scan, &pos, &body)) {
        }
    } while (outcome->last != MD_REC_SCAN_MORE &&
             outcome->last != MD_REC_SCAN_BAD);
}

static struct outcome run(enum md_rec_scan_kind kind, struct md_rec_view all,
                          size_t cut)
{
    struct md_rec_scan *scan = malloc(sizeof(*scan));
    struct outcome outcome = {0};

    if (scan == NULL) {
        abort();
    }
    md_rec_scan_init(scan, kind);
    drain(scan, (struct md_rec_view){.data = all.data, .len = cut}, &outcome);
    drain(scan,
          (struct md_rec_view){.data = all.data + cut, .len = all.len - cut},
          &outcome);
    (void)md_rec_scan_finish(scan);
    free(scan);
    return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum md_rec_scan_kind kind = MD_REC_SCAN_REQUEST;
    struct md_rec_view all = {0};
    struct outcome whole = {0};
    struct outcome cut = {0};

    if (size < 2) {
        return 0;
    }
    kind = (data[0] & 1) != 0 ? MD_REC_SCAN_RESPONSE : MD_REC_SCAN_REQUEST;
    all = (struct md_rec_view){.data = data + 1, .len = size - 1};
    whole = run(kind, all, 0);
    cut = run(kind, all, (data[0] >> 1) % all.len);
    if (whole.last != cut.last || whole.heads != cut.heads ||
        whole.ends != cut.ends || whole.body_len != cut.body_len) {
        abort();
    }
    return 0;
}
