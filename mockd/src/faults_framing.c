/* SPDX-License-Identifier: MIT */
/* faults_framing.c - faults of how the body of a plain answer is sent. */
#include <stdio.h>
#include <string.h>

#include "edit.h"
#include "edit_json.h"

#define ON_PLAIN                                                               \
    .group = "control", .on = MD_ON_ANY & ~MD_ON_START,                        \
    .standard_on = MD_ON_INSPECT

static enum mockd_code length_mismatch(struct md_edit *edit,
                                       struct mockd_error *err)
{
    struct md_program *program = edit->program;
    int64_t length = (int64_t)(program->bytes.len - program->head_len) +
                     md_edit_number(edit, "n");
    char text[32];

    if (length < 0) {
        return md_fail(err, MOCKD_E_INVALID,
                       "the answer's body has only %zu bytes",
                       program->bytes.len - program->head_len);
    }
    (void)snprintf(text, sizeof(text), "%lld", (long long)length);
    return md_edit_header(program, "Content-Length", text)
               ? md_edit_fired(edit, program->head_len, err)
               : md_edit_no_room(err);
}

/* The body becomes @bytes, which are released here, with another framing. */
static enum mockd_code reframe(struct md_edit *edit, bool is_made,
                               struct md_buf *bytes, struct mockd_error *err)
{
    struct md_program *program = edit->program;

    is_made = is_made &&
              md_edit_body_only(program, program->head_len,
                                program->bytes.len - program->head_len,
                                bytes->data, bytes->len) &&
              md_edit_header(program, "Content-Length", NULL) &&
              md_edit_header(program, "Transfer-Encoding", "chunked");
    md_buf_release(bytes);
    return is_made ? md_edit_fired(edit, program->head_len, err)
                   : md_edit_no_room(err);
}

/* The body in chunks of @size bytes, each with @extension. */
static bool add_chunks(struct md_buf *out, const struct md_edit *edit,
                       size_t size, const char *extension)
{
    size_t len = 0;
    const char *body = md_edit_body_of(edit, &len);
    bool ok = true;

    for (size_t at = 0; ok && at < len; at += size) {
        size_t chunk = len - at < size ? len - at : size;

        ok = md_buf_printf(out, "%zx%s\r\n", chunk, extension) &&
             md_buf_add(out, body + at, chunk) && md_buf_add_text(out, "\r\n");
    }
    return ok && md_buf_printf(out, "0%s\r\n", extension);
}

static enum mockd_code chunk_ext(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf bytes = {.max = edit->program->bytes.max};
    bool is_made = add_chunks(&bytes, edit, 64, ";mockd=\"a;b\";c") &&
                   md_buf_add_text(&bytes, "\r\n");

    return reframe(edit, is_made, &bytes, err);
}

static enum mockd_code chunk_1byte(struct md_edit *edit,
                                   struct mockd_error *err)
{
    struct md_buf bytes = {.max = edit->program->bytes.max};
    bool is_made =
        add_chunks(&bytes, edit, 1, "") && md_buf_add_text(&bytes, "\r\n");

    return reframe(edit, is_made, &bytes, err);
}

static enum mockd_code trailers(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf bytes = {.max = edit->program->bytes.max};
    bool is_made =
        add_chunks(&bytes, edit, 64, "") &&
        md_buf_add_text(&bytes, "X-Mockd-Trailer: 1\r\nExpires: 0\r\n\r\n") &&
        md_edit_header(edit->program, "Trailer", "X-Mockd-Trailer, Expires");

    return reframe(edit, is_made, &bytes, err);
}

static uint32_t crc32_of(const char *bytes, size_t len)
{
    uint32_t crc = 0xFFFFFFFFU;

    for (size_t i = 0; i < len; i++) {
        crc ^= (unsigned char)bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xEDB88320U : 0);
        }
    }
    return ~crc;
}

static bool add_little(struct md_buf *out, uint32_t number, size_t size)
{
    unsigned char bytes[4] = {
        (unsigned char)number, (unsigned char)(number >> 8),
        (unsigned char)(number >> 16), (unsigned char)(number >> 24)};

    return md_buf_add(out, bytes, size);
}

/* RFC 1952, with stored blocks (RFC 1951, 3.2.4): nothing is compressed. */
static bool add_gzip(struct md_buf *out, const char *bytes, size_t len)
{
    static const unsigned char head[10] = {0x1F, 0x8B, 8, 0, 0,
                                           0,    0,    0, 0, 255};
    size_t at = 0;
    bool ok = md_buf_add(out, head, sizeof(head));

    do {
        uint32_t size = len - at < 65535 ? (uint32_t)(len - at) : 65535;

        ok = ok && add_little(out, at + size == len, 1) &&
             add_little(out, size, 2) && add_little(out, ~size, 2) &&
             (size == 0 || md_buf_add(out, bytes + at, size));
        at += size;
    } while (ok && at < len);
    return ok && add_little(out, crc32_of(bytes, len), 4) &&
           add_little(out, (uint32_t)len, 4);
}

static enum mockd_code gzip(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf bytes = {.max = edit->program->bytes.max};
    size_t len = 0;
    const char *body = md_edit_body_of(edit, &len);
    enum mockd_code rc = MOCKD_OK;

    if (add_gzip(&bytes, body, len) &&
        md_edit_header(edit->program, "Content-Encoding", "gzip")) {
        rc = md_edit_put(edit, 0, len, bytes.data, bytes.len, err);
    } else {
        rc = md_edit_no_room(err);
    }
    md_buf_release(&bytes);
    return rc;
}

static const struct md_fault_param no_params[] = {{0}};

static const struct md_fault_param mismatch_params[] = {
    {.name = "n",
     .min = -1000000,
     .max = 1000000,
     .is_required = true,
     .help = "what is added to the length"},
    {0}};

const struct md_fault_kind md_faults_framing[] = {
    {.name = "length_mismatch",
     ON_PLAIN,
     .wire = "Content-Length is not that of the body",
     .models = "proxies that edit; MockServer's ConnectionOptions",
     .params = mismatch_params,
     .apply = length_mismatch},
    {.name = "chunk_ext",
     ON_PLAIN,
     .wire = "the body in chunks of up to 64 bytes, with extensions",
     .models = "RFC 9112, 7.1.1: a recipient must ignore them",
     .params = no_params,
     .apply = chunk_ext},
    {.name = "chunk_1byte",
     ON_PLAIN,
     .wire = "the body in chunks of one byte",
     .models = "engines that write through an encoder without a buffer",
     .params = no_params,
     .apply = chunk_1byte},
    {.name = "trailers",
     ON_PLAIN,
     .wire = "the body in chunks, header lines behind them",
     .models = "RFC 9112, 7.1.2: proxies that add them",
     .params = no_params,
     .apply = trailers},
    {.name = "gzip",
     ON_PLAIN,
     .wire = "Content-Encoding: gzip, and a gzip body",
     .models = "proxies that compress for a client that did not ask",
     .params = no_params,
     .apply = gzip},
    {0}};
