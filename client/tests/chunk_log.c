/* SPDX-License-Identifier: MIT */
#include "chunk_log.h"

#include <stdio.h>
#include <string.h>

#include "table.h"

void log_text(struct chunk_log *log, const char *text)
{
    size_t used = strlen(log->text);

    assert_true(used + strlen(text) < sizeof(log->text));
    (void)snprintf(log->text + used, sizeof(log->text) - used, "%s", text);
}

void log_bytes(struct chunk_log *log, const void *data, size_t len)
{
    const unsigned char *bytes = data;

    for (size_t i = 0; i < len; i++) {
        char text[8] = "";

        (void)snprintf(text, sizeof(text),
                       bytes[i] > '~'   ? "\\x%x"
                       : bytes[i] < ' ' ? "\\%o"
                                        : "%c",
                       (unsigned)bytes[i]);
        log_text(log, text);
    }
}

void log_chunk(struct chunk_log *log, const struct dexec_chunk *chunk)
{
    char kind[16] = "";

    assert_true(chunk->len > 0 || log->is_pieces);
    if (log->last == (int)chunk->kind && !log->is_pieces) {
        log->text[strlen(log->text) - 1] = '\0'; /* drop the blank */
    } else {
        (void)snprintf(kind, sizeof(kind), "%d:", (int)chunk->kind);
        log_text(log, kind);
    }
    log_bytes(log, chunk->data, chunk->len);
    log_text(log, " ");
    log->last = (int)chunk->kind;
}

void log_error(struct chunk_log *log, const struct dexec_error *err)
{
    char text[64] = "";

    (void)snprintf(text, sizeof(text), err->http_status == 0 ? "%s" : "%s %d",
                   dexec_code_name(err->code), err->http_status);
    log_text(log, text);
}
