/* SPDX-License-Identifier: MIT */
/*
 * faults_head.c - faults of the response head: its lines, its cuts, and what
 * is around it. An answer that is quite another: faults_reply.c.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bounds.h"
#include "fault.h"
#include "reason.h"

/* ---- what they share ---- */

static enum mockd_code find_status(const struct md_edit *edit,
                                   struct md_line *out_line,
                                   struct mockd_error *err)
{
    return md_line_status(edit->program, out_line)
               ? MOCKD_OK
               : md_fail(err, MOCKD_E_INVALID, "the answer has no head");
}

static enum mockd_code find_header(const struct md_edit *edit, const char *name,
                                   struct md_line *out_line,
                                   struct mockd_error *err)
{
    return md_line_find(edit->program, name, out_line)
               ? MOCKD_OK
               : md_fail(err, MOCKD_E_INVALID, "the head has no %.64s", name);
}

/* It shows when the whole head is out. */
static enum mockd_code end_head(struct md_edit *edit, bool ok,
                                struct mockd_error *err)
{
    return ok ? md_edit_shown(edit, edit->program->head_len, err)
              : md_edit_no_room(err);
}

static bool replace_line(struct md_program *program, const struct md_line *line,
                         const struct md_buf *with)
{
    return md_program_replace(program, line->at, line->len, with->data,
                              with->len);
}

static bool set_status(struct md_program *program, const char *version,
                       int code, const char *reason)
{
    struct md_buf text = {.max = MD_PROGRAM_MAX};
    struct md_line line;
    bool ok = md_line_status(program, &line) &&
              md_buf_printf(&text, "%s %d %s", version, code, reason) &&
              replace_line(program, &line, &text);

    md_buf_release(&text);
    return ok;
}

static bool add_header(struct md_program *program, const char *name,
                       const char *value)
{
    struct md_buf text = {.max = MD_PROGRAM_MAX};
    bool ok = md_buf_printf(&text, "%s: %s", name, value) &&
              md_line_add(program, text.data, text.len);

    md_buf_release(&text);
    return ok;
}

static size_t drop_upgrade(struct md_program *program)
{
    return md_line_drop(program, "Connection") +
           md_line_drop(program, "Upgrade");
}

static enum mockd_code need_101(const struct md_edit *edit,
                                struct mockd_error *err)
{
    int code = md_line_code(edit->program);

    return code == 101 ? MOCKD_OK
                       : md_fail(err, MOCKD_E_INVALID,
                                 "the answer's status is %d, not 101", code);
}

/* ---- the status line ---- */

static enum mockd_code put_status(struct md_edit *edit, const char *version,
                                  int code, const char *reason,
                                  struct mockd_error *err)
{
    struct md_line line;
    enum mockd_code rc = find_status(edit, &line, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (!set_status(edit->program, version, code, reason)) {
        return md_edit_no_room(err);
    }
    (void)md_line_status(edit->program, &line);
    return md_edit_shown(edit, line.next, err);
}

static enum mockd_code status(struct md_edit *edit, struct mockd_error *err)
{
    int code = (int)md_edit_number(edit, "code");
    const char *text = md_edit_text(edit, "reason");

    return put_status(edit, "HTTP/1.1", code,
                      text[0] == '\0' ? md_reason(code) : text, err);
}

/* @text, over and over up to @len bytes. */
static bool repeat(struct md_buf *out, const char *text, size_t len)
{
    bool ok = md_buf_add_text(out, text);

    while (ok && out->len < len) {
        size_t left = len - out->len;
        size_t some = strlen(text);

        ok = md_buf_add(out, text, some < left ? some : left);
    }
    return ok;
}

static enum mockd_code reason(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf text = {.max = MD_PROGRAM_MAX};
    size_t len = (size_t)md_edit_number(edit, "len");
    const char *given = md_edit_text(edit, "text");
    int code = md_line_code(edit->program);
    enum mockd_code rc = MOCKD_OK;

    given = given[0] == '\0' && len > 0 ? "x" : given;
    rc = repeat(&text, given, len)
             ? put_status(edit, "HTTP/1.1", code, text.data, err)
             : md_edit_no_room(err);
    md_buf_release(&text);
    return rc;
}

static enum mockd_code not_101(struct md_edit *edit, struct mockd_error *err)
{
    enum mockd_code rc = need_101(edit, err);
    bool ok = rc == MOCKD_OK &&
              set_status(edit->program, "HTTP/1.1", 200, md_reason(200));

    if (rc != MOCKD_OK) {
        return rc;
    }
    (void)drop_upgrade(edit->program);
    return end_head(edit, ok, err);
}

static enum mockd_code http10(struct md_edit *edit, struct mockd_error *err)
{
    int code = md_line_code(edit->program);
    struct md_line line;
    enum mockd_code rc = find_status(edit, &line, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    code = code == 101 ? 200 : code;
    (void)drop_upgrade(edit->program);
    return end_head(
        edit, set_status(edit->program, "HTTP/1.0", code, md_reason(code)),
        err);
}

/* ---- one header ---- */

static enum mockd_code no_content_type(struct md_edit *edit,
                                       struct mockd_error *err)
{
    struct md_line line;
    enum mockd_code rc = find_header(edit, "Content-Type", &line, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    (void)md_line_drop(edit->program, "Content-Type");
    return end_head(edit, true, err);
}

static enum mockd_code content_type(struct md_edit *edit,
                                    struct mockd_error *err)
{
    struct md_line line;
    enum mockd_code rc = find_status(edit, &line, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    (void)md_line_drop(edit->program, "Content-Type");
    return end_head(
        edit,
        add_header(edit->program, "Content-Type", md_edit_text(edit, "value")),
        err);
}

static enum mockd_code content_length_on_101(struct md_edit *edit,
                                             struct mockd_error *err)
{
    struct md_buf text = {.max = MD_LINE_MAX};
    enum mockd_code rc = need_101(edit, err);
    bool ok = md_buf_printf(&text, "Content-Length: %" PRId64,
                            md_edit_number(edit, "n"));

    if (rc == MOCKD_OK) {
        rc = end_head(
            edit, ok && md_line_add(edit->program, text.data, text.len), err);
    }
    md_buf_release(&text);
    return rc;
}

static enum mockd_code no_upgrade_headers(struct md_edit *edit,
                                          struct mockd_error *err)
{
    return drop_upgrade(edit->program) > 0
               ? end_head(edit, true, err)
               : md_fail(err, MOCKD_E_INVALID,
                         "the head has neither Connection nor Upgrade");
}

static enum mockd_code connection_close(struct md_edit *edit,
                                        struct mockd_error *err)
{
    struct md_line line;
    enum mockd_code rc = find_status(edit, &line, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    (void)md_line_drop(edit->program, "Connection");
    return end_head(edit, add_header(edit->program, "Connection", "close"),
                    err);
}

static enum mockd_code folded_header(struct md_edit *edit,
                                     struct mockd_error *err)
{
    struct md_line line;
    enum mockd_code rc =
        find_header(edit, md_edit_text(edit, "name"), &line, err);
    size_t value = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    value = md_line_value(edit->program, &line);
    return md_program_insert(edit->program, value, "\r\n ", 3, false)
               ? md_edit_shown(edit, value + 3, err)
               : md_edit_no_room(err);
}

static enum mockd_code dup_header(struct md_edit *edit, struct mockd_error *err)
{
    const char *name = md_edit_text(edit, "name");
    const char *value = md_edit_text(edit, "value");
    struct md_line line;
    struct md_buf copy = {.max = MD_PROGRAM_MAX};
    enum mockd_code rc = find_header(edit, name, &line, err);
    bool ok = true;

    if (rc != MOCKD_OK) {
        return rc;
    }
    ok =
        (value[0] == '\0'
             ? md_buf_add(&copy, edit->program->bytes.data + line.at, line.len)
             : md_buf_printf(&copy, "%s: %s", name, value)) &&
        md_buf_add_text(&copy, "\r\n") &&
        md_program_insert(edit->program, line.next, copy.data, copy.len, false);
    if (ok) {
        rc = md_edit_shown(edit, line.next + copy.len, err);
    }
    md_buf_release(&copy);
    return ok ? rc : md_edit_no_room(err);
}

static enum mockd_code nul_in_header(struct md_edit *edit,
                                     struct mockd_error *err)
{
    struct md_line line;
    enum mockd_code rc =
        find_header(edit, md_edit_text(edit, "name"), &line, err);
    size_t at = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    at = md_line_value(edit->program, &line);
    at += (line.at + line.len - at) / 2;
    return md_program_insert(edit->program, at, "", 1, false)
               ? md_edit_shown(edit, at + 1, err)
               : md_edit_no_room(err);
}

/* ---- all of them ---- */

static enum mockd_code bare_lf(struct md_edit *edit, struct mockd_error *err)
{
    bool is_last_only = strcmp(md_edit_text(edit, "lines"), "last") == 0;
    struct md_rewrite rewrite;
    struct md_line line;
    enum mockd_code rc = find_status(edit, &line, err);
    bool is_there = true;

    if (rc != MOCKD_OK) {
        return rc;
    }
    md_rewrite_begin(&rewrite, edit->program);
    while (is_there) {
        size_t end = line.at + line.len;

        is_there = line.len > 0; /* the empty line is the last one */
        if ((!is_last_only || !is_there) && line.next - end == 2) {
            md_rewrite_keep(&rewrite, end);
            md_rewrite_skip(&rewrite, end + 1);
        }
        (void)md_line_next(edit->program, &line);
    }
    return end_head(edit, md_rewrite_end(&rewrite), err);
}

static enum mockd_code lowercase(struct md_edit *edit, struct mockd_error *err)
{
    struct md_line line;
    enum mockd_code rc = find_status(edit, &line, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    while (md_line_next(edit->program, &line)) {
        char *text = edit->program->bytes.data + line.at;

        for (size_t i = 0; i < line.len && text[i] != ':'; i++) {
            text[i] = (char)tolower((unsigned char)text[i]);
        }
    }
    return end_head(edit, true, err);
}

static enum mockd_code add_lines(struct md_edit *edit, struct md_buf *lines,
                                 bool ok, struct mockd_error *err)
{
    struct md_line line;
    enum mockd_code rc = find_status(edit, &line, err);

    if (rc == MOCKD_OK) {
        rc = end_head(edit,
                      ok && md_line_add(edit->program, lines->data, lines->len),
                      err);
    }
    md_buf_release(lines);
    return rc;
}

static enum mockd_code huge_header(struct md_edit *edit,
                                   struct mockd_error *err)
{
    static const char name[] = "X-Mockd: ";
    struct md_buf text = {.max = MD_PROGRAM_MAX};
    size_t len = (size_t)md_edit_number(edit, "n");
    char *room = md_buf_reserve(&text, sizeof(name) - 1 + len);

    if (room != NULL) {
        memcpy(room, name, sizeof(name) - 1);
        memset(room + sizeof(name) - 1, 'a', len);
        text.len = sizeof(name) - 1 + len;
    }
    return add_lines(edit, &text, room != NULL, err);
}

static enum mockd_code many_headers(struct md_edit *edit,
                                    struct mockd_error *err)
{
    struct md_buf text = {.max = MD_PROGRAM_MAX};
    int64_t count = md_edit_number(edit, "n");
    bool ok = true;

    for (int64_t i = 1; ok && i <= count; i++) {
        ok = md_buf_printf(&text, "X-Mockd-%" PRId64 ": %" PRId64 "%s", i, i,
                           i < count ? "\r\n" : "");
    }
    return add_lines(edit, &text, ok, err);
}

/* ---- how it is written ---- */

static bool is_one_of(const char *line, size_t len, const char *const *names,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t name_len = strlen(names[i]);

        if (len > name_len && line[name_len] == ':' &&
            strncasecmp(line, names[i], name_len) == 0) {
            return true;
        }
    }
    return false;
}

/* Append the header lines that are, or are not, what an engine itself says of
 * the stream. */
static bool copy_lines(const struct md_program *program, bool is_stream_line,
                       struct md_buf *out)
{
    static const char *const names[] = {"Content-Type", "Connection",
                                        "Upgrade"};
    struct md_line line;
    bool ok = md_line_status(program, &line);

    while (ok && md_line_next(program, &line)) {
        const char *text = program->bytes.data + line.at;

        if (is_one_of(text, line.len, names, 3) == is_stream_line) {
            ok =
                md_buf_add(out, text, line.len) && md_buf_add_text(out, "\r\n");
        }
    }
    return ok;
}

/* Go writes a header of its own as four pieces: name, ": ", value, end. */
static bool cut_tokens(struct md_program *cuts,
                       const struct md_program *program,
                       const struct md_line *line)
{
    size_t value = md_line_value(program, line);
    const char *text = program->bytes.data + line->at;
    const char *colon = memchr(text, ':', line->len);

    return (colon == NULL ||
            md_cuts_add(cuts, line->at + (size_t)(colon - text), 0)) &&
           md_cuts_add(cuts, value, 0) &&
           md_cuts_add(cuts, line->at + line->len, 0) &&
           md_cuts_add(cuts, line->next, 0);
}

static enum mockd_code cut_as_docker(struct md_edit *edit, size_t first,
                                     struct mockd_error *err)
{
    struct md_program *program = edit->program;
    struct md_program cuts = {0};
    struct md_line line;
    bool ok = md_cuts_add(&cuts, first, 0) && md_line_status(program, &line);

    while (ok && md_line_next(program, &line)) {
        ok = line.at < first || cut_tokens(&cuts, program, &line);
    }
    ok = ok && md_cuts_add(&cuts, program->head_len, 0);
    return md_edit_cut(edit, &cuts, ok, err);
}

static enum mockd_code engine_head(struct md_edit *edit,
                                   struct mockd_error *err)
{
    static const char usual[] = "Api-Version: 1.51\r\n"
                                "Docker-Experimental: false\r\n"
                                "Ostype: linux\r\n"
                                "Server: Docker/28.5.2 (linux)\r\n";
    bool is_docker = strcmp(md_edit_text(edit, "engine"), "docker") == 0;
    struct md_program *program = edit->program;
    struct md_buf head = {.max = MD_PROGRAM_MAX};
    struct md_line status_line;
    enum mockd_code rc = find_status(edit, &status_line, err);
    size_t first = 0;
    bool ok = true;

    if (rc != MOCKD_OK) {
        return rc;
    }
    ok = md_buf_add(&head, program->bytes.data + status_line.at,
                    status_line.next - status_line.at) &&
         copy_lines(program, true, &head);
    first = head.len;
    if (ok && is_docker) {
        ok = copy_lines(program, false, &head) &&
             (head.len > first || md_buf_add_text(&head, usual));
    }
    ok = ok && md_buf_add_text(&head, "\r\n") &&
         md_program_replace(program, status_line.at,
                            program->head_len - status_line.at, head.data,
                            head.len);
    md_buf_release(&head);
    if (!ok) {
        return md_edit_no_room(err);
    }
    md_program_unmark(program, MD_MARK_CUT, status_line.at + 1,
                      program->head_len - 1);
    return is_docker ? cut_as_docker(edit, status_line.at + first, err)
                     : md_edit_shown(edit, program->head_len, err);
}

static enum mockd_code head_split(struct md_edit *edit, struct mockd_error *err)
{
    struct md_program cuts = {0};
    size_t head_len = edit->program->head_len;
    char item[MD_ITEM_SIZE] = "";
    size_t off = 0;
    bool ok = true;
    bool has_item = false;

    while (ok && md_edit_item(edit, "at", &off, item)) {
        size_t at = strtoul(item, NULL, 10);

        has_item = true;
        if (at >= head_len) {
            md_program_release(&cuts);
            return md_fail(err, MOCKD_E_INVALID,
                           "the head has %zu bytes, it cannot be cut at %zu",
                           head_len, at);
        }
        ok = md_cuts_add(&cuts, at, 0);
    }
    for (size_t at = 1; ok && !has_item && at < head_len; at++) {
        ok = md_cuts_add(&cuts, at, 0);
    }
    return md_edit_cut(edit, &cuts, ok, err);
}

static enum mockd_code head_dribble(struct md_edit *edit,
                                    struct mockd_error *err)
{
    struct md_program cuts = {0};
    size_t step = (size_t)md_edit_number(edit, "bytes");
    uint64_t pause_us = (uint64_t)md_edit_number(edit, "us");
    bool ok = true;

    for (size_t at = step; ok && at < edit->program->head_len; at += step) {
        ok = md_cuts_add(&cuts, at, pause_us);
    }
    return md_edit_cut(edit, &cuts, ok, err);
}

/* Where the first write behind the head ends. */
static size_t first_piece(const struct md_program *program)
{
    for (size_t i = 0; i < program->mark_count; i++) {
        if (program->marks[i].at > program->head_len) {
            return program->marks[i].at;
        }
    }
    return program->bytes.len;
}

static enum mockd_code coalesced_end(const struct md_edit *edit, size_t *out_at,
                                     struct mockd_error *err)
{
    const struct md_program *program = edit->program;
    size_t frames = (size_t)md_edit_number(edit, "frames");
    size_t bytes = (size_t)md_edit_number(edit, "bytes");
    size_t at = program->head_len;
    size_t len = 0;

    if (frames == 0 && bytes == 0) {
        *out_at = first_piece(program);
        return MOCKD_OK;
    }
    if (frames > 0) {
        if (!md_program_frame(program, frames - 1, &at, &len)) {
            return md_fail(err, MOCKD_E_INVALID,
                           "there are no %zu frames in this answer", frames);
        }
        at += 8 + len;
    }
    if (bytes > program->bytes.len - at) {
        return md_fail(err, MOCKD_E_INVALID,
                       "only %zu bytes are there to go with the head, not %zu",
                       program->bytes.len - at, bytes);
    }
    *out_at = at + bytes;
    return MOCKD_OK;
}

static enum mockd_code coalesce_with_head(struct md_edit *edit,
                                          struct mockd_error *err)
{
    struct md_program *program = edit->program;
    size_t end = 0;
    enum mockd_code rc = coalesced_end(edit, &end, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (end == program->head_len || !md_program_join(program, 0, end)) {
        return md_fail(err, MOCKD_E_INVALID,
                       "nothing, or the client, is waited for behind the head");
    }
    return md_edit_done(
        md_program_mark_first(program, end, MD_MARK_CUT, 0) &&
            md_program_mark_first(program, end, MD_MARK_FIRED, edit->number),
        err);
}

/* ---- chunks ---- */

/* The next size of a list that goes round and round. */
static size_t next_size(const struct md_edit *edit, size_t *in_out_off)
{
    char item[MD_ITEM_SIZE] = "";

    if (!md_edit_item(edit, "sizes", in_out_off, item)) {
        *in_out_off = 0;
        (void)md_edit_item(edit, "sizes", in_out_off, item);
    }
    return strtoul(item, NULL, 10);
}

/* Where the next mark but FIRED is behind the place: a chunk ends there. */
static size_t next_stop(const struct md_rewrite *rewrite)
{
    const struct md_program *old = rewrite->old;

    for (size_t i = rewrite->mark; i < old->mark_count; i++) {
        const struct md_mark *mark = &old->marks[i];

        if (mark->at > rewrite->off && mark->code != MD_MARK_FIRED) {
            return mark->at;
        }
    }
    return old->bytes.len;
}

static bool ends_well(const struct md_rewrite *rewrite)
{
    const struct md_program *old = rewrite->old;

    return old->mark_count > 0 &&
           (old->marks[old->mark_count - 1].code == MD_MARK_FIN ||
            old->marks[old->mark_count - 1].code == MD_MARK_CLOSE);
}

static void add_chunk(struct md_rewrite *rewrite, size_t to)
{
    struct md_buf size = {.max = MD_LINE_MAX};

    rewrite->is_broken = rewrite->is_broken ||
                         !md_buf_printf(&size, "%zx\r\n", to - rewrite->off);
    md_rewrite_add(rewrite, size.data, size.len);
    md_rewrite_keep(rewrite, to);
    md_rewrite_add(rewrite, "\r\n", 2);
    md_rewrite_mark(rewrite, MD_MARK_CUT, 0);
    md_buf_release(&size);
}

static bool chunk_body(struct md_edit *edit)
{
    struct md_program *program = edit->program;
    struct md_rewrite rewrite;
    size_t off = 0;

    md_program_unmark(program, MD_MARK_CUT, program->head_len + 1,
                      program->bytes.len);
    md_rewrite_begin(&rewrite, program);
    md_rewrite_keep(&rewrite, program->head_len);
    while (rewrite.off < program->bytes.len && !rewrite.is_broken) {
        size_t size = next_size(edit, &off);
        size_t stop = next_stop(&rewrite);

        md_rewrite_pass(&rewrite);
        add_chunk(&rewrite,
                  size < stop - rewrite.off ? rewrite.off + size : stop);
    }
    md_rewrite_pass(&rewrite);
    if (ends_well(&rewrite)) {
        md_rewrite_add(&rewrite, "0\r\n\r\n", 5);
        md_rewrite_mark(&rewrite, MD_MARK_CUT, 0);
    }
    rewrite.made.is_framed = false;
    return md_rewrite_end(&rewrite);
}

static enum mockd_code chunked_stream(struct md_edit *edit,
                                      struct mockd_error *err)
{
    struct md_line line;
    enum mockd_code rc = find_status(edit, &line, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    (void)drop_upgrade(edit->program);
    (void)md_line_drop(edit->program, "Content-Length");
    return md_edit_done(
               set_status(edit->program, "HTTP/1.1", 200, md_reason(200)) &&
                   add_header(edit->program, "Transfer-Encoding", "chunked") &&
                   chunk_body(edit),
               err) == MOCKD_OK
               ? md_edit_shown(edit, edit->program->head_len + 1, err)
               : MOCKD_E_SYSTEM;
}

/* ---- around it ---- */

static enum mockd_code interim(struct md_edit *edit, struct mockd_error *err)
{
    int code = (int)md_edit_number(edit, "code");
    struct md_buf text = {.max = MD_LINE_MAX};
    struct md_line line;
    enum mockd_code rc = find_status(edit, &line, err);
    bool ok = false;
    size_t len = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    ok = md_buf_printf(&text, "HTTP/1.1 %d %s\r\n%s\r\n", code, md_reason(code),
                       code == 103 ? "Link: </>; rel=preload\r\n" : "") &&
         md_program_insert(edit->program, line.at, text.data, text.len, false);
    len = text.len;
    md_buf_release(&text);
    return md_edit_done(ok && md_program_mark(edit->program, line.at + len,
                                              MD_MARK_CUT, 0),
                        err) == MOCKD_OK
               ? md_edit_shown(edit, line.at + len, err)
               : MOCKD_E_SYSTEM;
}

/* @n bytes of noise at @at, before or behind the marks there. */
static enum mockd_code put_noise(struct md_edit *edit, size_t at,
                                 bool pushes_marks, struct mockd_error *err)
{
    size_t len = (size_t)md_edit_number(edit, "n");
    struct md_buf noise = {.max = MD_PROGRAM_MAX};
    char *room = md_buf_reserve(&noise, len);
    bool ok = false;

    if (room != NULL) {
        for (size_t i = 0; i < len; i++) {
            room[i] = (char)md_edit_random(edit);
        }
        ok = md_program_insert(edit->program, at, room, len, pushes_marks);
    }
    md_buf_release(&noise);
    return ok ? md_edit_shown(edit, at + len, err) : md_edit_no_room(err);
}

static enum mockd_code garbage_before_head(struct md_edit *edit,
                                           struct mockd_error *err)
{
    return put_noise(edit, 0, false, err);
}

static enum mockd_code garbage_after_101(struct md_edit *edit,
                                         struct mockd_error *err)
{
    size_t at = edit->program->head_len;
    enum mockd_code rc = need_101(edit, err);

    if (rc == MOCKD_OK) {
        rc = put_noise(edit, at, true, err);
    }
    return rc == MOCKD_OK
               ? md_edit_done(
                     md_program_mark(edit->program, at, MD_MARK_CUT, 0), err)
               : rc;
}

/* ---- the list ---- */

static const struct md_fault_param engine_params[] = {
    MD_TAKES_ONE_OF("engine", "docker|podman", "docker", "whose head"), {0}};
static const struct md_fault_param split_params[] = {
    {.name = "at",
     .type = MD_PARAM_NUMBERS,
     .min = 1,
     .max = MD_PROGRAM_MAX,
     .help = "offsets in the head; every byte when there are none"},
    {0}};
static const struct md_fault_param dribble_params[] = {
    MD_TAKES_NUMBER("bytes", 1, MD_PROGRAM_MAX, 1, "bytes of one write"),
    MD_TAKES_NUMBER("us", 0, MD_PAUSE_US_MAX, 0, "microseconds between two"),
    {0}};
static const struct md_fault_param coalesce_params[] = {
    MD_TAKES_NUMBER("frames", 0, MD_PROGRAM_MAX, 0,
                    "whole frames; with no bytes either, the first write"),
    MD_TAKES_NUMBER("bytes", 0, MD_PROGRAM_MAX, 0, "and so many bytes more"),
    {0}};
static const struct md_fault_param status_params[] = {
    {.name = "code",
     .is_required = true,
     .min = 100,
     .max = 999,
     .help = "the status"},
    MD_TAKES(MD_PARAM_TEXT, "reason", "", "the reason; else the usual one"),
    {0}};
static const struct md_fault_param reason_params[] = {
    MD_TAKES(MD_PARAM_TEXT, "text", "", "the reason; none when empty"),
    MD_TAKES_NUMBER("len", 0, MD_LINE_MAX, 0, "repeat it to so many bytes"),
    {0}};
static const struct md_fault_param content_type_params[] = {
    {.name = "value",
     .type = MD_PARAM_TEXT,
     .is_required = true,
     .help = "the media type"},
    {0}};
static const struct md_fault_param length_params[] = {
    MD_TAKES_NUMBER("n", 0, INT64_MAX, 0, "what it says"), {0}};
static const struct md_fault_param chunk_params[] = {
    {.name = "sizes",
     .type = MD_PARAM_NUMBERS,
     .min = 1,
     .max = MD_PROGRAM_MAX,
     .standard_text = "1,7,16",
     .help = "sizes of the chunks, over and over"},
    {0}};
static const struct md_fault_param lines_params[] = {
    MD_TAKES_ONE_OF("lines", "all|last", "all", "which lines"), {0}};
static const struct md_fault_param name_params[] = {
    MD_TAKES(MD_PARAM_TEXT, "name", "Content-Type", "the header"), {0}};
static const struct md_fault_param dup_params[] = {
    MD_TAKES(MD_PARAM_TEXT, "name", "Content-Type", "the header"),
    MD_TAKES(MD_PARAM_TEXT, "value", "", "of the second; else the same"),
    {0}};
static const struct md_fault_param huge_params[] = {
    MD_TAKES_NUMBER("n", 0, MD_PROGRAM_MAX, 65536, "bytes of its value"), {0}};
static const struct md_fault_param many_params[] = {
    MD_TAKES_NUMBER("n", 1, 100000, 1000, "how many"), {0}};
static const struct md_fault_param interim_params[] = {
    MD_TAKES_NUMBER("code", 100, 199, 100, "its status"), {0}};
static const struct md_fault_param noise_params[] = {
    MD_TAKES_NUMBER("n", 1, MD_PROGRAM_MAX, 16, "random bytes, by seed"), {0}};

#define HEAD .group = "head", .on = MD_ON_ANY, .standard_on = MD_ON_START
#define START .group = "head", .on = MD_ON_START, .standard_on = MD_ON_START

const struct md_fault_kind md_faults_head[] = {
    {.name = "engine_head",
     START,
     .wire = "docker: the head in one write, then four for each of Docker's "
             "own headers and one for the empty line; podman: one write, "
             "without such headers",
     .models = "what engines do; docker-py#1732 read 66 + 80 bytes",
     .params = engine_params,
     .apply = engine_head},
    {.name = "head_split",
     HEAD,
     .wire = "the head in writes that end at the offsets, or of one byte each",
     .models = "Go's unbuffered head; docker-py#1732",
     .params = split_params,
     .apply = head_split},
    {.name = "head_dribble",
     HEAD,
     .wire = "the head in writes of so many bytes, with time between them",
     .models = "a slow proxy; header timeouts",
     .params = dribble_params,
     .apply = head_dribble},
    {.name = "coalesce_with_head",
     HEAD,
     .wire = "one write with the head and the first frames or bytes",
     .models = "docker-py#1770 lost data; moby#36516 lost a "
               "CloseWrite; docker-modem before 5.0.5 dropped it",
     .params = coalesce_params,
     .apply = coalesce_with_head},
    {.name = "status",
     HEAD,
     .wire = "another status line",
     .models = "docker-socket-proxy#132, haproxy#2684",
     .params = status_params,
     .apply = status},
    {.name = "200_instead_of_101",
     START,
     .wire = "200 OK without Connection and Upgrade, then the stream",
     .models = "Docker when not asked to upgrade; HAProxy 3, "
               "portainer-stack-utils#31 \"unable to upgrade to tcp, "
               "received 200\"",
     .apply = not_101},
    {.name = "reason",
     HEAD,
     .wire = "another reason in the status line, or none",
     .models = "proxies; libmicrohttpd's Switching Protocols",
     .params = reason_params,
     .apply = reason},
    {.name = "no_content_type",
     HEAD,
     .wire = "no Content-Type",
     .models = "Podman before 4; readers that tell the stream by it alone",
     .apply = no_content_type},
    {.name = "content_type",
     HEAD,
     .wire = "another Content-Type",
     .models = "raw-stream for frames, as Docker's API before 1.42 says",
     .params = content_type_params,
     .apply = content_type},
    {.name = "content_length_on_101",
     START,
     .wire = "a Content-Length in the 101",
     .models = "Docker.DotNet#51",
     .params = length_params,
     .apply = content_length_on_101},
    {.name = "chunked_stream",
     START,
     .wire = "200 and Transfer-Encoding: chunked, the stream in chunks that "
             "do not end where frames do",
     .models = "classicswarm#1722, Docker.DotNet#554 and "
               "#566, nginx-basic-auth-proxy#8",
     .params = chunk_params,
     .apply = chunked_stream},
    {.name = "no_upgrade_headers",
     START,
     .wire = "101 without Connection and Upgrade",
     .models = "proxies that drop hop-by-hop headers; Node rejects it",
     .apply = no_upgrade_headers},
    {.name = "connection_close",
     HEAD,
     .wire = "Connection: close instead of what was there",
     .models = "proxies that drop hop-by-hop headers",
     .apply = connection_close},
    {.name = "bare_lf",
     HEAD,
     .wire = "lines of the head end with LF alone",
     .models = "moby's client/hijack_test.go ends its head so",
     .params = lines_params,
     .apply = bare_lf},
    {.name = "folded_header",
     HEAD,
     .wire = "a header's value on a line of its own",
     .models = "RFC 9112 5.2, obsolete folding",
     .params = name_params,
     .apply = folded_header},
    {.name = "dup_header",
     HEAD,
     .wire = "a header twice",
     .models = "proxies that add what is there",
     .params = dup_params,
     .apply = dup_header},
    {.name = "lowercase",
     HEAD,
     .wire = "header names in small letters",
     .models = "proxies that speak HTTP/2 on one side",
     .apply = lowercase},
    {.name = "huge_header",
     HEAD,
     .wire = "one more header, X-Mockd, of so many bytes",
     .models = "limits of a reader",
     .params = huge_params,
     .apply = huge_header},
    {.name = "many_headers",
     HEAD,
     .wire = "so many headers more, X-Mockd-1 and so on",
     .models = "limits of a reader",
     .params = many_params,
     .apply = many_headers},
    {.name = "nul_in_header",
     HEAD,
     .wire = "a NUL in the middle of a header's value",
     .models = "readers that take a head for a C string",
     .params = name_params,
     .apply = nul_in_header},
    {.name = "interim",
     HEAD,
     .wire = "an interim head before the final one",
     .models = "Expect: 100-continue, proxies; RFC 9110 15.2",
     .params = interim_params,
     .apply = interim},
    {.name = "http10",
     HEAD,
     .wire = "HTTP/1.0, and 200 OK where it was 101",
     .models = "Docker.DotNet#566, old proxies",
     .apply = http10},
    {.name = "garbage_before_head",
     HEAD,
     .wire = "noise, then the head",
     .models = "TLS met by plain text, a broken proxy",
     .params = noise_params,
     .apply = garbage_before_head},
    {.name = "garbage_after_101",
     START,
     .wire = "the 101's head, noise, the stream",
     .models = "a broken proxy",
     .params = noise_params,
     .apply = garbage_after_101},
    {0}};
