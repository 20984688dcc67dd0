/* SPDX-License-Identifier: MIT */
#include "edit.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Where the line that begins at @at ends, its CRLF included. */
static size_t line_end(const struct md_program *program, size_t at)
{
    const char *data = program->bytes.data;

    while (at < program->head_len && data[at] != '\n') {
        at++;
    }
    return at < program->head_len ? at + 1 : program->head_len;
}

/* Where the line @name begins; where the empty line does if there is none. */
static size_t find_line(const struct md_program *program, const char *name,
                        bool *out_is_there)
{
    const char *data = program->bytes.data;
    size_t name_len = strlen(name);
    size_t at = line_end(program, 0);

    *out_is_there = false;
    while (at + 2 < program->head_len) {
        if (at + name_len < program->head_len && data[at + name_len] == ':' &&
            strncasecmp(data + at, name, name_len) == 0) {
            *out_is_there = true;
            return at;
        }
        at = line_end(program, at);
    }
    return at;
}

static bool put_line(struct md_program *program, size_t at, const char *name,
                     const char *value)
{
    struct md_buf line = {.max = program->bytes.max};
    bool ok = md_buf_printf(&line, "%s: %s\r\n", name, value) &&
              md_program_insert(program, at, line.data, line.len, false);

    md_buf_release(&line);
    return ok;
}

bool md_edit_header(struct md_program *program, const char *name,
                    const char *value)
{
    bool is_there = false;
    size_t at = find_line(program, name, &is_there);

    if (is_there) {
        md_program_remove(program, at, line_end(program, at) - at);
    }
    return value == NULL || put_line(program, at, name, value);
}

bool md_edit_body_only(struct md_program *program, size_t at, size_t old_len,
                       const void *bytes, size_t len)
{
    md_program_remove(program, at, old_len);
    return md_program_insert(program, at, bytes, len, true);
}

bool md_edit_body(struct md_program *program, size_t at, size_t old_len,
                  const void *bytes, size_t len)
{
    char length[32];

    if (!md_edit_body_only(program, at, old_len, bytes, len)) {
        return false;
    }
    (void)snprintf(length, sizeof(length), "%zu",
                   program->bytes.len - program->head_len);
    return md_edit_header(program, "Content-Length", length);
}

bool md_edit_answer(struct md_program *program, const char *status,
                    const char *body)
{
    size_t status_len = line_end(program, 0);
    struct md_buf line = {.max = program->bytes.max};
    bool ok = md_buf_printf(&line, "HTTP/1.1 %s\r\n", status);

    if (ok) {
        md_program_remove(program, 0, status_len);
        ok = md_program_insert(program, 0, line.data, line.len, false);
    }
    md_buf_release(&line);
    return ok && md_edit_header(program, "Content-Type", "application/json") &&
           md_edit_body(program, program->head_len,
                        program->bytes.len - program->head_len, body,
                        strlen(body));
}
