/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

bool md_program_frame_len(const struct md_program *program, size_t at,
                          size_t *out_len)
{
    size_t left = program->bytes.len - at;
    const uint8_t *header = NULL;
    size_t len = 0;

    if (!program->is_framed || at > program->bytes.len || left < FRAME_HEADER) {
        return false;
    }
    header = (const uint8_t *)program->bytes.data + at;
    len = (size_t)header[4] << 24 | (size_t)header[5] << 16 |
          (size_t)header[6] << 8 | (size_t)header[7];
    left -= FRAME_HEADER;
    *out_len = len < left ? len : left;
    return true;
}

bool md_program_frame(const struct md_program *program, size_t index,
                      size_t *out_at, size_t *out_len)
{
    size_t at = program->head_len;
    size_t len = 0;

    for (; md_program_frame_len(program, at, &len); index--) {
        if (index == 0) {
            *out_at = at;
            *out_len = len;
            return true;
        }
        at += FRAME_HEADER + len;
    }
    return false;
}

bool md_program_replace(struct md_program *program, size_t at, size_t old_len,
                        const void *bytes, size_t len)
{
    if (!md_program_insert(program, at, bytes, len, false)) {
        return false;
    }
    md_program_remove(program, at + len, old_len);
    return true;
}

static bool is_wait(enum md_mark_code code)
{
    return code == MD_MARK_INPUT || code == MD_MARK_INPUT_END ||
           code == MD_MARK_RESIZE || code == MD_MARK_BYTES ||
           code == MD_MARK_INSPECT;
}

static bool is_end(enum md_mark_code code)
{
    return code == MD_MARK_EXIT || code == MD_MARK_STALL ||
           code == MD_MARK_FIN || code == MD_MARK_RESET ||
           code == MD_MARK_CLOSE || code == MD_MARK_ALERT;
}

bool md_program_merge(struct md_program *program, const struct md_program *more)
{
    size_t count = program->mark_count + more->mark_count;
    size_t old = program->mark_count;
    size_t new = more->mark_count;
    struct md_mark *marks = NULL;

    if (new == 0) {
        return true;
    }
    marks = count > MD_MARKS_MAX
                ? NULL
                : realloc(program->marks, count * sizeof(*marks));
    if (marks == NULL) {
        return false;
    }
    program->marks = marks;
    program->mark_count = count;
    program->mark_room = count;
    while (new > 0) { /* from the back: nothing is overwritten unread */
        bool is_old = old > 0 && marks[old - 1].at >= more->marks[new - 1].at;

        marks[--count] = is_old ? marks[--old] : more->marks[--new];
    }
    return true;
}

bool md_program_join(struct md_program *program, size_t from, size_t to)
{
    size_t first = 0;
    size_t end = 0;
    size_t kept = 0;

    while (first < program->mark_count && program->marks[first].at <= from) {
        first++;
    }
    for (end = first; end < program->mark_count && program->marks[end].at < to;
         end++) {
        if (is_wait(program->marks[end].code)) {
            return false;
        }
    }
    kept = first;
    for (size_t i = first; i < program->mark_count; i++) {
        struct md_mark mark = program->marks[i];

        if (i < end &&
            (mark.code == MD_MARK_CUT || mark.code == MD_MARK_PAUSE)) {
            continue;
        }
        mark.at = i < end ? to : mark.at;
        program->marks[kept++] = mark;
    }
    program->mark_count = kept;
    return true;
}

static void put_header(uint8_t *header, size_t len)
{
    header[4] = (uint8_t)(len >> 24);
    header[5] = (uint8_t)(len >> 16);
    header[6] = (uint8_t)(len >> 8);
    header[7] = (uint8_t)len;
}

bool md_program_reframe(struct md_program *program, md_piece_fn next,
                        void *user)
{
    struct md_rewrite rewrite = {0};
    size_t at = program->head_len;
    size_t len = 0;

    md_rewrite_begin(&rewrite, program);
    md_rewrite_keep(&rewrite, at);
    for (; md_program_frame_len(program, at, &len); at += FRAME_HEADER + len) {
        uint8_t header[FRAME_HEADER];
        size_t from = at + FRAME_HEADER;
        size_t end = from + len;

        memcpy(header, program->bytes.data + at, sizeof(header));
        while (from < end && !rewrite.is_broken) {
            size_t to = next(program, from, end, user);

            put_header(header, to - from);
            md_rewrite_pass(&rewrite);
            md_rewrite_add(&rewrite, header, sizeof(header));
            md_rewrite_skip(&rewrite, from);
            md_rewrite_keep(&rewrite, to);
            from = to;
        }
        md_rewrite_keep(&rewrite, end);
    }
    return md_rewrite_end(&rewrite);
}

/* ---- written anew ---- */

void md_rewrite_begin(struct md_rewrite *rewrite, struct md_program *program)
{
    *rewrite = (struct md_rewrite){.old = program};
    md_program_init(&rewrite->made);
    rewrite->made.is_framed = program->is_framed;
    md_rewrite_add(rewrite, "", 0); /* a program always has a buffer */
}

/* Take over the marks before @to; @is_there: so are the bytes between. */
static void take_marks(struct md_rewrite *rewrite, size_t to, bool is_there)
{
    const struct md_program *old = rewrite->old;
    size_t len = rewrite->made.bytes.len;

    for (; rewrite->mark < old->mark_count && !rewrite->is_broken;
         rewrite->mark++) {
        struct md_mark mark = old->marks[rewrite->mark];

        if (mark.at >= to) {
            break;
        }
        mark.at = is_there ? len + (mark.at - rewrite->off) : len;
        rewrite->is_broken =
            !put_mark(&rewrite->made, rewrite->made.mark_count, mark);
    }
    if (rewrite->off < old->head_len && to >= old->head_len) {
        rewrite->made.head_len =
            is_there ? len + (old->head_len - rewrite->off) : len;
    }
}

void md_rewrite_keep(struct md_rewrite *rewrite, size_t to)
{
    take_marks(rewrite, to, true);
    if (to > rewrite->off) {
        md_rewrite_add(rewrite, rewrite->old->bytes.data + rewrite->off,
                       to - rewrite->off);
        rewrite->off = to;
    }
}

void md_rewrite_skip(struct md_rewrite *rewrite, size_t to)
{
    take_marks(rewrite, to, false);
    rewrite->off = to > rewrite->off ? to : rewrite->off;
}

void md_rewrite_pass(struct md_rewrite *rewrite)
{
    const struct md_program *old = rewrite->old;

    while (rewrite->mark < old->mark_count) {
        const struct md_mark *mark = &old->marks[rewrite->mark];

        if (mark->at > rewrite->off || is_end(mark->code)) {
            return;
        }
        md_rewrite_mark(rewrite, mark->code, mark->number);
        rewrite->mark++;
    }
}

void md_rewrite_add(struct md_rewrite *rewrite, const void *bytes, size_t len)
{
    if (!rewrite->is_broken) {
        rewrite->is_broken = !md_buf_add(&rewrite->made.bytes, bytes, len);
    }
}

void md_rewrite_mark(struct md_rewrite *rewrite, enum md_mark_code code,
                     uint64_t number)
{
    struct md_mark mark = {
        .at = rewrite->made.bytes.len, .code = code, .number = number};

    if (!rewrite->is_broken) {
        rewrite->is_broken =
            !put_mark(&rewrite->made, rewrite->made.mark_count, mark);
    }
}

bool md_rewrite_end(struct md_rewrite *rewrite)
{
    md_rewrite_keep(rewrite, rewrite->old->bytes.len);
    take_marks(rewrite, SIZE_MAX, true);
    if (rewrite->is_broken) {
        md_program_release(&rewrite->made);
        return false;
    }
    md_program_release(rewrite->old);
    *rewrite->old = rewrite->made;
    rewrite->made = (struct md_program){0};
    return true;
}

/* ---- lines of the head ---- */

static bool read_line(const struct md_program *program, size_t at,
                      struct md_line *out_line)
{
    const char *start = program->bytes.data + at;
    const char *end = NULL;
    size_t len = 0;

    *out_line = (struct md_line){.at = at, .next = at};
    if (at >= program->head_len) {
        return false;
    }
    end = memchr(start, '\n', program->head_len - at);
    len = end == NULL ? program->head_len - at : (size_t)(end - start);
    out_line->next = at + len + (end != NULL);
    out_line->len = len > 0 && start[len - 1] == '\r' ? len - 1 : len;
    return out_line->len > 0;
}

/* The status in "HTTP/1.x NNN", else 0. */
static int read_code(const struct md_program *program,
                     const struct md_line *line)
{
    const char *text = program->bytes.data + line->at;
    int code = 0;

    if (line->len < 12 || memcmp(text, "HTTP/1.", 7) != 0) {
        return 0;
    }
    for (int i = 9; i < 12; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return 0;
        }
        code = code * 10 + (text[i] - '0');
    }
    return code;
}

bool md_line_status(const struct md_program *program, struct md_line *out_line)
{
    size_t at = 0;

    while (read_line(program, at, out_line)) {
        struct md_line line = *out_line;
        int code = read_code(program, &line);

        if (code < 100 || code > 199 || code == 101) {
            return true;
        }
        while (md_line_next(program, &line)) {
        }
        at = line.next;
    }
    return false;
}

int md_line_code(const struct md_program *program)
{
    struct md_line line;

    return md_line_status(program, &line) ? read_code(program, &line) : 0;
}

bool md_line_next(const struct md_program *program, struct md_line *in_out)
{
    return read_line(program, in_out->next, in_out);
}

bool md_line_find(const struct md_program *program, const char *name,
                  struct md_line *out_line)
{
    size_t len = strlen(name);
    struct md_line line;
    bool is_there = md_line_status(program, &line);

    while (is_there && md_line_next(program, &line)) {
        const char *text = program->bytes.data + line.at;

        if (line.len > len && text[len] == ':' &&
            strncasecmp(text, name, len) == 0) {
            *out_line = line;
            return true;
        }
    }
    return false;
}

size_t md_line_value(const struct md_program *program,
                     const struct md_line *line)
{
    const char *text = program->bytes.data + line->at;
    const char *colon = memchr(text, ':', line->len);
    size_t at = colon == NULL ? line->len : (size_t)(colon - text) + 1;

    while (at < line->len && text[at] == ' ') {
        at++;
    }
    return line->at + at;
}

bool md_line_add(struct md_program *program, const void *lines, size_t len)
{
    struct md_line line;
    bool is_there = md_line_status(program, &line);

    while (is_there && md_line_next(program, &line)) {
    }
    /* without an empty line there is no last one */
    if (!is_there || line.next == line.at ||
        md_buf_reserve(&program->bytes, len + 2) == NULL) {
        return false;
    }
    return md_program_insert(program, line.at, "\r\n", 2, false) &&
           md_program_insert(program, line.at, lines, len, false);
}

size_t md_line_drop(struct md_program *program, const char *name)
{
    struct md_line line;
    size_t count = 0;

    while (md_line_find(program, name, &line)) {
        md_program_remove(program, line.at, line.next - line.at);
        count++;
    }
    return count;
}

static bool is_last_code(enum md_mark_code code)
{
    return code == MD_MARK_FIN || code == MD_MARK_RESET ||
           code == MD_MARK_CLOSE || code == MD_MARK_STALL ||
           code == MD_MARK_ALERT;
}

enum md_mark_code md_program_take_end(struct md_program *program)
{
    enum md_mark_code end = MD_MARK_FIN;
    size_t kept = 0;

    for (size_t i = 0; i < program->mark_count; i++) {
        const struct md_mark *mark = &program->marks[i];
        bool is_last = mark->at == program->bytes.len;

        if (is_last && is_last_code(mark->code)) {
            end = mark->code;
        } else if (!is_last || mark->code != MD_MARK_EXIT) {
            program->marks[kept++] = *mark;
        }
    }
    program->mark_count = kept;
    return end;
}
