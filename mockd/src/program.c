/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <stdlib.h>
#include <string.h>

#include "bounds.h"

#define FRAME_HEADER 8U /* bytes */

void md_program_init(struct md_program *program)
{
    *program = (struct md_program){.bytes = {.max = MD_PROGRAM_MAX}};
}

void md_program_release(struct md_program *program)
{
    md_buf_release(&program->bytes);
    free(program->marks);
    *program = (struct md_program){0};
}

bool md_program_insert(struct md_program *program, size_t at, const void *bytes,
                       size_t len, bool pushes_marks)
{
    size_t behind = program->bytes.len - at;
    char *room = md_buf_reserve(&program->bytes, len);

    if (room == NULL) {
        return false;
    }
    memmove(program->bytes.data + at + len, program->bytes.data + at, behind);
    if (len > 0) {
        memcpy(program->bytes.data + at, bytes, len);
    }
    program->bytes.len += len;
    program->bytes.data[program->bytes.len] = '\0';
    for (size_t i = 0; i < program->mark_count; i++) {
        struct md_mark *mark = &program->marks[i];

        if (mark->at > at || (mark->at == at && pushes_marks)) {
            mark->at += len;
        }
    }
    if (at < program->head_len) {
        program->head_len += len;
    }
    return true;
}

void md_program_remove(struct md_program *program, size_t at, size_t len)
{
    size_t end = at + len;

    memmove(program->bytes.data + at, program->bytes.data + end,
            program->bytes.len - end);
    program->bytes.len -= len;
    program->bytes.data[program->bytes.len] = '\0';
    for (size_t i = 0; i < program->mark_count; i++) {
        struct md_mark *mark = &program->marks[i];

        if (mark->at >= end) {
            mark->at -= len;
        } else if (mark->at > at) {
            mark->at = at;
        }
    }
    if (at < program->head_len) {
        program->head_len =
            end < program->head_len ? program->head_len - len : at;
    }
}

static bool make_room(struct md_program *program)
{
    size_t room = program->mark_room == 0 ? 64 : program->mark_room * 2;
    struct md_mark *marks = NULL;

    if (program->mark_count < program->mark_room) {
        return true;
    }
    if (room > MD_MARKS_MAX) {
        return false;
    }
    marks = realloc(program->marks, room * sizeof(*marks));
    if (marks == NULL) {
        return false;
    }
    program->marks = marks;
    program->mark_room = room;
    return true;
}

static bool put_mark(struct md_program *program, size_t index,
                     struct md_mark mark)
{
    if (!make_room(program)) {
        return false;
    }
    memmove(program->marks + index + 1, program->marks + index,
            (program->mark_count - index) * sizeof(*program->marks));
    program->marks[index] = mark;
    program->mark_count++;
    return true;
}

bool md_program_mark(struct md_program *program, size_t at,
                     enum md_mark_code code, uint64_t number)
{
    size_t index = program->mark_count;

    while (index > 0 && program->marks[index - 1].at > at) {
        index--;
    }
    return put_mark(program, index,
                    (struct md_mark){.at = at, .code = code, .number = number});
}

bool md_program_mark_first(struct md_program *program, size_t at,
                           enum md_mark_code code, uint64_t number)
{
    size_t index = 0;

    while (index < program->mark_count && program->marks[index].at < at) {
        index++;
    }
    return put_mark(program, index,
                    (struct md_mark){.at = at, .code = code, .number = number});
}

void md_program_unmark(struct md_program *program, enum md_mark_code code,
                       size_t from, size_t to)
{
    size_t kept = 0;

    for (size_t i = 0; i < program->mark_count; i++) {
        const struct md_mark *mark = &program->marks[i];

        if (mark->code != code || mark->at < from || mark->at > to) {
            program->marks[kept++] = *mark;
        }
    }
    program->mark_count = kept;
}

void md_program_truncate(struct md_program *program, size_t at)
{
    size_t kept = 0;

    for (size_t i = 0; i < program->mark_count; i++) {
        const struct md_mark *mark = &program->marks[i];
        bool stays = mark->code == MD_MARK_CUT || mark->code == MD_MARK_FIRED;

        if (mark->at < at || (mark->at == at && stays)) {
            program->marks[kept++] = *mark;
        }
    }
    program->mark_count = kept;
    md_program_remove(program, at, program->bytes.len - at);
}

bool md_program_frame(const struct md_program *program, size_t index,
                      size_t *out_at, size_t *out_len)
{
    const uint8_t *bytes = (const uint8_t *)program->bytes.data;
    size_t at = program->head_len;

    for (; program->is_framed && at + FRAME_HEADER <= program->bytes.len;
         index--) {
        size_t left = program->bytes.len - at - FRAME_HEADER;
        size_t len = (size_t)bytes[at + 4] << 24 | (size_t)bytes[at + 5] << 16 |
                     (size_t)bytes[at + 6] << 8 | (size_t)bytes[at + 7];

        len = len < left ? len : left;
        if (index == 0) {
            *out_at = at;
            *out_len = len;
            return true;
        }
        at += FRAME_HEADER + len;
    }
    return false;
}
