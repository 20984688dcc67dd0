/* SPDX-License-Identifier: MIT */
/* verify_output.c - what came over a connection, taken apart by kind. */
#include "verify_output.h"

#include <string.h>

void md_verify_output_init(struct md_verify_output *output, bool is_framed)
{
    *output = (struct md_verify_output){
        .is_framed = is_framed,
        .frames = md_rec_bytes_new(MD_VERIFY_OUTPUT_MAX),
        .kind = MD_VERIFY_RAW,
    };
    for (size_t i = 0; i < MD_VERIFY_KINDS; i++) {
        output->data[i] = md_rec_bytes_new(MD_VERIFY_OUTPUT_MAX);
    }
}

void md_verify_output_release(struct md_verify_output *output)
{
    for (size_t i = 0; i < MD_VERIFY_KINDS; i++) {
        md_rec_bytes_release(&output->data[i]);
    }
    md_rec_bytes_release(&output->frames);
}

static void add_payload(struct md_verify_output *output, const uint8_t *data,
                        size_t len)
{
    md_rec_bytes_add(&output->data[output->kind], data, len);
    output->total += len;
}

static void begin_frame(struct md_verify_output *output)
{
    const uint8_t *header = output->header;
    struct md_verify_frame frame = {
        .kind = header[0],
        .len = (uint32_t)header[4] << 24 | (uint32_t)header[5] << 16 |
               (uint32_t)header[6] << 8 | header[7]};

    output->kind = header[0] < MD_VERIFY_RAW ? (enum md_verify_kind)header[0]
                                             : MD_VERIFY_RAW;
    output->left = frame.len;
    output->header_len = 0;
    md_rec_bytes_add(&output->frames, &frame, sizeof(frame));
}

/* One header or payload, or what there is of it. Returns how much it was. */
static size_t take_piece(struct md_verify_output *output, const uint8_t *data,
                         size_t len)
{
    size_t wanted = MD_VERIFY_FRAME_HEADER - output->header_len;

    if (output->left > 0) {
        len = len < output->left ? len : output->left;
        add_payload(output, data, len);
        output->left -= (uint32_t)len;
        return len;
    }
    len = len < wanted ? len : wanted;
    memcpy(output->header + output->header_len, data, len);
    output->header_len += len;
    if (output->header_len == MD_VERIFY_FRAME_HEADER) {
        begin_frame(output);
    }
    return len;
}

void md_verify_output_add(struct md_verify_output *output, const void *data,
                          size_t len)
{
    const uint8_t *at = data;

    if (!output->is_framed) {
        add_payload(output, at, len);
        return;
    }
    while (len > 0) {
        size_t taken = take_piece(output, at, len);

        at += taken;
        len -= taken;
    }
}

bool md_verify_output_failed(const struct md_verify_output *output)
{
    bool failed = output->frames.failed;

    for (size_t i = 0; i < MD_VERIFY_KINDS; i++) {
        failed |= output->data[i].failed;
    }
    return failed;
}

bool md_verify_output_is_cut(const struct md_verify_output *output)
{
    return output->left > 0 || output->header_len > 0;
}

const char *md_verify_kind_name(enum md_verify_kind kind)
{
    switch (kind) {
    case MD_VERIFY_STDIN:
        return "stdin";
    case MD_VERIFY_STDOUT:
        return "stdout";
    case MD_VERIFY_STDERR:
        return "stderr";
    case MD_VERIFY_RAW:
    case MD_VERIFY_KINDS:
        break;
    }
    return "output";
}
