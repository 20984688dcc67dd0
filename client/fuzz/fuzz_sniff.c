/* SPDX-License-Identifier: MIT */
/*
 * fuzz_sniff.c - the sniffer against its table, which is followed here by the
 * position in the whole input: what must the next item be?
 *
 * The first byte picks the size of the reads: up to 16, or up to 16 KiB.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "limits.h"
#include "sniff.h"

#define CAPACITY DX_STREAM_BUFFER_MIN

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct model {
    const uint8_t *data;
    size_t at;   /* bytes that came out or were headers */
    size_t fed;  /* bytes that were read */
    size_t left; /* bytes of the payload still to come */
    bool is_in_payload;
    bool is_in_pieces;
    enum dexec_kind kind;
};

static void require(bool is_true)
{
    if (!is_true) {
        abort();
    }
}

static void read_header(struct model *model)
{
    const uint8_t *header = model->data + model->at;

    if (!model->is_in_payload && model->fed - model->at >= 8 &&
        header[0] <= 2) {
        model->kind = (enum dexec_kind)header[0];
        model->left = (size_t)header[4] * 16777216U + header[5] * 65536U +
                      header[6] * 256U + header[7];
        model->is_in_payload = true;
        model->is_in_pieces = false;
        model->at += 8;
    }
}

/* What the table makes of the bytes read; false when it waits for more. */
static bool expect(struct model *model, bool at_end, struct dexec_chunk *item)
{
    size_t there = 0;
    bool is_raw = false;

    read_header(model);
    there = model->fed - model->at;
    *item = (struct dexec_chunk){DEXEC_KIND_CONSOLE, model->data + model->at,
                                 there};
    if (!model->is_in_payload) {
        is_raw = there > 0 && (at_end || model->data[model->at] > 2);
    } else if (there >= model->left) {
        item->len = model->left;
        item->kind = model->kind;
        model->is_in_payload = false;
    } else if (there >= CAPACITY || (there > 0 && model->is_in_pieces)) {
        item->kind = model->kind;
        model->is_in_pieces = true;
    } else {
        is_raw = there > 0 && at_end;
    }
    if (item->kind == DEXEC_KIND_CONSOLE && !is_raw) {
        return false;
    }
    model->left -= item->kind == DEXEC_KIND_CONSOLE ? 0 : item->len;
    model->at += item->len;
    return true;
}

static void take_items(struct dx_sniff *sniff, struct model *model, bool at_end)
{
    struct dexec_chunk item = {0};
    struct dexec_chunk wanted = {0};

    while (dx_sniff_next(sniff, at_end, &item)) {
        require(expect(model, at_end, &wanted));
        require(item.kind == wanted.kind && item.len == wanted.len);
        require(item.len == 0 || memcmp(item.data, wanted.data, item.len) == 0);
    }
    require(!expect(model, at_end, &wanted));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dx_mem mem = {0};
    struct dx_sniff sniff = {0};
    struct model model = {0};
    size_t step = 0;

    if (size == 0) {
        return 0;
    }
    model.data = data + 1;
    step = data[0] < 128 ? data[0] % 16U + 1 : (data[0] - 127U) * 128U;
    require(dx_mem_init(&mem, NULL));
    dx_sniff_init(&sniff, &mem, CAPACITY);
    while (model.fed < size - 1) {
        struct dx_view read = {.data = model.data + model.fed,
                               .len = size - 1 - model.fed};

        read.len = read.len < step ? read.len : step;
        model.fed += read.len;
        require(dx_sniff_feed(&sniff, read, NULL) == DEXEC_OK);
        take_items(&sniff, &model, false);
    }
    take_items(&sniff, &model, true);
    dx_sniff_release(&sniff);
    return 0;
}
