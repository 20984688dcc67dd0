/* SPDX-License-Identifier: MIT */
/* faults_frames.c - faults of the frames of a stream, and of its bytes. */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "fault.h"

#define FRAME_HEADER 8U
#define GIANT 16777216 /* bytes: what a reader may take for too much */

enum { STDIN = 0, STDOUT = 1, STDERR = 2, SYSTEMERR = 3 };

/* ---- what they share ---- */

static void put_length(uint8_t *header, size_t len)
{
    header[4] = (uint8_t)(len >> 24);
    header[5] = (uint8_t)(len >> 16);
    header[6] = (uint8_t)(len >> 8);
    header[7] = (uint8_t)len;
}

static bool add_frame(struct md_buf *out, unsigned stream, const void *payload,
                      size_t len)
{
    uint8_t header[FRAME_HEADER] = {(uint8_t)stream};

    put_length(header, len);
    return md_buf_add(out, header, sizeof(header)) &&
           md_buf_add(out, payload, len);
}

/* Put @bytes, which it releases, in at @at; where writes end there, as a write
 * of its own before what is waited for. */
static enum mockd_code put_in(struct md_edit *edit, size_t at,
                              struct md_buf *bytes, bool ok,
                              struct mockd_error *err)
{
    struct md_program *program = edit->program;
    size_t len = bytes->len;
    bool is_border = false;

    for (size_t i = 0; i < program->mark_count; i++) {
        is_border = is_border || program->marks[i].at == at;
    }
    ok = ok && md_program_insert(program, at, bytes->data, len, true) &&
         (!is_border || md_program_mark(program, at, MD_MARK_CUT, 0));
    md_buf_release(bytes);
    return ok ? md_edit_shown(edit, at + len, err) : md_edit_no_room(err);
}

/* What is behind @at goes; @bytes, which it releases, and our end come. */
static enum mockd_code end_with(struct md_edit *edit, size_t at,
                                struct md_buf *bytes, bool ok,
                                struct mockd_error *err)
{
    struct md_program *program = edit->program;
    size_t end = at + bytes->len;

    if (ok && at >= program->head_len) {
        md_program_truncate(program, at);
        ok = md_program_insert(program, at, bytes->data, bytes->len, false) &&
             md_program_mark(program, at, MD_MARK_CUT, 0) &&
             md_program_mark(program, end, MD_MARK_CUT, 0) &&
             md_program_mark(program, end, MD_MARK_EXIT, 0) &&
             md_program_mark(program, end, MD_MARK_FIRED, edit->number) &&
             md_program_mark(program, end, MD_MARK_FIN, 0);
    } else if (ok) {
        md_buf_release(bytes);
        return md_fail(err, MOCKD_E_INVALID,
                       "a frame cannot be put into the head");
    }
    md_buf_release(bytes);
    return md_edit_done(ok, err);
}

/* ---- frames more ---- */

static enum mockd_code zero_frame(struct md_edit *edit, struct mockd_error *err)
{
    unsigned stream = (unsigned)md_edit_number(edit, "stream");
    int64_t count = md_edit_number(edit, "count");
    struct md_buf frames = {.max = MD_PROGRAM_MAX};
    size_t at = 0;
    enum mockd_code rc = md_edit_place(edit, "at", &at, err);
    bool ok = true;

    if (rc != MOCKD_OK) {
        return rc;
    }
    for (int64_t i = 0; ok && i < count; i++) {
        ok = add_frame(&frames, stream, "", 0);
    }
    return put_in(edit, at, &frames, ok, err);
}

static enum mockd_code giant_frame(struct md_edit *edit,
                                   struct mockd_error *err)
{
    size_t len = (size_t)md_edit_number(edit, "len");
    struct md_buf frame = {.max = MD_PROGRAM_MAX};
    size_t at = 0;
    enum mockd_code rc = md_edit_place(edit, "at", &at, err);
    char *room = NULL;

    if (rc != MOCKD_OK) {
        return rc;
    }
    room = md_buf_reserve(&frame, FRAME_HEADER + len);
    if (room != NULL) {
        memset(room, 0, FRAME_HEADER);
        room[0] = STDOUT;
        put_length((uint8_t *)room, len);
        memset(room + FRAME_HEADER, 'g', len);
        frame.len = FRAME_HEADER + len;
    }
    return put_in(edit, at, &frame, room != NULL, err);
}

static enum mockd_code systemerr(struct md_edit *edit, struct mockd_error *err)
{
    const char *text = md_edit_text(edit, "text");
    struct md_buf frame = {.max = MD_PROGRAM_MAX};
    size_t at = 0;
    enum mockd_code rc = md_edit_place(edit, "at", &at, err);

    return rc == MOCKD_OK
               ? end_with(edit, at, &frame,
                          add_frame(&frame, SYSTEMERR, text, strlen(text)), err)
               : rc;
}

/* Podman's text is a line on stderr, Docker's one on stdout; a terminal gets
 * them as they are. */
static bool write_error(const struct md_edit *edit, struct md_buf *out)
{
    bool is_docker = strcmp(md_edit_text(edit, "engine"), "docker") == 0;
    const char *text = md_edit_text(edit, "text");
    struct md_buf line = {.max = MD_PROGRAM_MAX};
    bool ok = false;

    if (text[0] == '\0') {
        text = is_docker
                   ? "OCI runtime exec failed: exec failed: unable to start "
                     "container process: exec: \"nosuch\": executable file not "
                     "found in $PATH: unknown"
                   : "crun: executable file `nosuch` not found in $PATH: No "
                     "such file or directory: OCI runtime attempted to invoke "
                     "a command that was not found";
    }
    ok = is_docker ? md_buf_printf(&line, "%s\r\n", text)
                   : md_buf_printf(&line, "Error: %s\n", text);
    if (ok && edit->program->is_framed) {
        ok = add_frame(out, is_docker ? STDOUT : STDERR, line.data, line.len);
    } else if (ok) {
        ok = md_buf_add(out, line.data, line.len);
    }
    md_buf_release(&line);
    return ok;
}

static bool write_second_error(const struct md_edit *edit, struct md_buf *out)
{
    static const char text[] =
        "Error: read unixpacket @->@: read: connection reset by peer\n";

    if (md_edit_number(edit, "second") == 0) {
        return true;
    }
    return edit->program->is_framed
               ? add_frame(out, STDERR, text, sizeof(text) - 1)
               : md_buf_add(out, text, sizeof(text) - 1);
}

static enum mockd_code error_in_stdout(struct md_edit *edit,
                                       struct mockd_error *err)
{
    struct md_buf bytes = {.max = MD_PROGRAM_MAX};
    bool ok = write_error(edit, &bytes) && write_second_error(edit, &bytes);

    return end_with(edit, edit->program->head_len, &bytes, ok, err);
}

static enum mockd_code http_error_midstream(struct md_edit *edit,
                                            struct mockd_error *err)
{
    static const char text[] = "HTTP/1.1 500 Internal Server Error\r\n"
                               "Content-Type: text/plain; charset=utf-8\r\n"
                               "Connection: close\r\n\r\n"
                               "500 Internal Server Error";
    struct md_buf bytes = {.max = MD_PROGRAM_MAX};
    size_t at = 0;
    enum mockd_code rc = md_edit_place(edit, "at", &at, err);

    return rc == MOCKD_OK
               ? put_in(edit, at, &bytes,
                        md_buf_add(&bytes, text, sizeof(text) - 1), err)
               : rc;
}

/* ---- other frames ---- */

static size_t so_many(const struct md_program *program, size_t from, size_t end,
                      void *user)
{
    const size_t *count = user;

    (void)program;
    return *count < end - from ? from + *count : end;
}

static enum mockd_code tiny_frames(struct md_edit *edit,
                                   struct mockd_error *err)
{
    struct md_program *program = edit->program;
    size_t count = (size_t)md_edit_number(edit, "n");
    size_t at = program->head_len;
    size_t len = 0;

    while (md_program_frame_len(program, at, &len) && len <= count) {
        at += FRAME_HEADER + len;
    }
    if (!md_program_frame_len(program, at, &len)) {
        return md_fail(err, MOCKD_E_INVALID,
                       "no frame has more than %zu bytes of payload", count);
    }
    return md_program_reframe(program, so_many, &count)
               ? md_edit_shown(edit, at + FRAME_HEADER + count + 1, err)
               : md_edit_no_room(err);
}

static enum mockd_code set_stream(struct md_edit *edit, unsigned stream,
                                  struct mockd_error *err)
{
    size_t at = 0;
    size_t len = 0;
    enum mockd_code rc = md_edit_frame(edit, "frame", &at, &len, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    edit->program->bytes.data[at] = (char)stream;
    return md_edit_shown(edit, at + 1, err);
}

static enum mockd_code unknown_stream_type(struct md_edit *edit,
                                           struct mockd_error *err)
{
    return set_stream(edit, (unsigned)md_edit_number(edit, "t"), err);
}

static enum mockd_code stream0(struct md_edit *edit, struct mockd_error *err)
{
    return set_stream(edit, STDIN, err);
}

/* Lets @change work on each header that is asked for; it says whether it did
 * anything. */
typedef bool (*change_fn)(uint8_t *header, const void *user);

static enum mockd_code change_headers(struct md_edit *edit, change_fn change,
                                      const void *user, struct mockd_error *err)
{
    struct md_program *program = edit->program;
    int64_t only = md_edit_number(edit, "frame");
    size_t at = program->head_len;
    size_t first = 0;
    size_t len = 0;

    for (int64_t i = 0; md_program_frame_len(program, at, &len); i++) {
        uint8_t *header = (uint8_t *)program->bytes.data + at;

        if ((only < 0 || only == i) && change(header, user) && first == 0) {
            first = at + FRAME_HEADER;
        }
        at += FRAME_HEADER + len;
    }
    return first > 0 ? md_edit_shown(edit, first, err)
                     : md_fail(err, MOCKD_E_INVALID,
                               "there is no such frame, or it would stay as "
                               "it is");
}

static bool put_padding(uint8_t *header, const void *user)
{
    const struct md_buf *bytes = user;

    memcpy(header + 1, bytes->data, bytes->len);
    return true;
}

static enum mockd_code padding(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf bytes = {.max = MD_FAULT_TEXT_MAX};
    enum mockd_code rc = MOCKD_OK;

    if (!md_edit_bytes(edit, "bytes", &bytes)) {
        return md_edit_no_room(err);
    }
    rc =
        bytes.len >= 1 && bytes.len <= 3
            ? change_headers(edit, put_padding, &bytes, err)
            : md_fail(err, MOCKD_E_INVALID,
                      "a header has room for 1 to 3 bytes, not %zu", bytes.len);
    md_buf_release(&bytes);
    return rc;
}

static bool swap_ends(uint8_t *header, const void *user)
{
    uint8_t swapped[4] = {header[7], header[6], header[5], header[4]};
    bool is_other = memcmp(header + 4, swapped, sizeof(swapped)) != 0;

    (void)user;
    memcpy(header + 4, swapped, sizeof(swapped));
    return is_other;
}

/* ---- lengths that are not true ---- */

static enum mockd_code endian_swap(struct md_edit *edit,
                                   struct mockd_error *err)
{
    return change_headers(edit, swap_ends, NULL, err);
}

static enum mockd_code last_frame(const struct md_edit *edit, size_t *out_at,
                                  size_t *out_len, struct mockd_error *err)
{
    const struct md_program *program = edit->program;
    size_t at = program->head_len;
    size_t len = 0;
    bool is_there = false;

    while (md_program_frame_len(program, at, &len)) {
        is_there = true;
        *out_at = at;
        *out_len = len;
        at += FRAME_HEADER + len;
    }
    return is_there ? MOCKD_OK
                    : md_fail(err, MOCKD_E_INVALID,
                              "there is no frame in this answer");
}

static enum mockd_code say_length(struct md_edit *edit, size_t at, size_t len,
                                  struct mockd_error *err)
{
    put_length((uint8_t *)edit->program->bytes.data + at, len);
    return md_edit_shown(edit, at + FRAME_HEADER, err);
}

static enum mockd_code oversize_length(struct md_edit *edit,
                                       struct mockd_error *err)
{
    uint64_t says = (uint64_t)md_edit_number(edit, "length");
    uint64_t more = (uint64_t)md_edit_number(edit, "more");
    size_t at = 0;
    size_t len = 0;
    enum mockd_code rc = md_edit_number(edit, "frame") < 0
                             ? last_frame(edit, &at, &len, err)
                             : md_edit_frame(edit, "frame", &at, &len, err);
    size_t left = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    left = edit->program->bytes.len - at - FRAME_HEADER;
    says = more > 0 ? len + more : says;
    return says > left && says <= UINT32_MAX
               ? say_length(edit, at, (size_t)says, err)
               : md_fail(err, MOCKD_E_INVALID,
                         "%zu bytes follow that header, so its length cannot "
                         "be too large with %llu",
                         left, (unsigned long long)says);
}

static enum mockd_code length_lie(struct md_edit *edit, struct mockd_error *err)
{
    size_t fewer = (size_t)-md_edit_number(edit, "n");
    size_t at = 0;
    size_t len = 0;
    enum mockd_code rc = md_edit_frame(edit, "frame", &at, &len, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    return fewer <= len
               ? say_length(edit, at, len - fewer, err)
               : md_fail(err, MOCKD_E_INVALID,
                         "that frame's payload has only %zu bytes", len);
}

/* ---- the wrong kind of stream ---- */

static enum mockd_code tty_as_mux(struct md_edit *edit, struct mockd_error *err)
{
    struct md_program *program = edit->program;
    struct md_buf prefix = {.max = MD_FAULT_TEXT_MAX};
    bool ok = md_edit_bytes(edit, "prefix", &prefix);
    size_t at = program->head_len;
    struct md_rewrite rewrite;
    size_t len = 0;

    if (ok && prefix.len == 0 && !program->is_framed) {
        md_buf_release(&prefix);
        return md_fail(err, MOCKD_E_INVALID,
                       "the answer is raw already; a prefix could be put "
                       "before it");
    }
    md_rewrite_begin(&rewrite, program);
    md_rewrite_keep(&rewrite, at);
    md_rewrite_pass(&rewrite);
    md_rewrite_add(&rewrite, prefix.data, prefix.len);
    for (; md_program_frame_len(program, at, &len); at += FRAME_HEADER + len) {
        md_rewrite_keep(&rewrite, at);
        md_rewrite_pass(&rewrite);
        md_rewrite_skip(&rewrite, at + FRAME_HEADER);
    }
    md_buf_release(&prefix);
    if (!ok || !md_rewrite_end(&rewrite)) {
        return md_edit_no_room(err);
    }
    program->is_framed = false;
    return md_edit_shown(edit, program->head_len + 1, err);
}

/* Where the write that begins here ends. */
static size_t next_border(const struct md_rewrite *rewrite)
{
    const struct md_program *old = rewrite->old;

    for (size_t i = rewrite->mark; i < old->mark_count; i++) {
        if (old->marks[i].at > rewrite->off) {
            return old->marks[i].at;
        }
    }
    return old->bytes.len;
}

static enum mockd_code mux_as_tty(struct md_edit *edit, struct mockd_error *err)
{
    struct md_program *program = edit->program;
    struct md_rewrite rewrite;

    if (program->is_framed || program->bytes.len == program->head_len) {
        return md_fail(err, MOCKD_E_INVALID,
                       "the answer is not a terminal's, or empty");
    }
    md_rewrite_begin(&rewrite, program);
    md_rewrite_keep(&rewrite, program->head_len);
    while (rewrite.off < program->bytes.len) {
        uint8_t header[FRAME_HEADER] = {STDOUT};
        size_t end = next_border(&rewrite);

        put_length(header, end - rewrite.off);
        md_rewrite_pass(&rewrite);
        md_rewrite_add(&rewrite, header, sizeof(header));
        md_rewrite_keep(&rewrite, end);
    }
    rewrite.made.is_framed = true;
    return md_rewrite_end(&rewrite)
               ? md_edit_shown(edit, program->head_len + FRAME_HEADER, err)
               : md_edit_no_room(err);
}

/* ---- any bytes ---- */

/* Resolve "at" where at least @len bytes follow. */
static enum mockd_code find_bytes(const struct md_edit *edit, size_t len,
                                  size_t *out_at, struct mockd_error *err)
{
    enum mockd_code rc = md_edit_place(edit, "at", out_at, err);
    size_t left = rc == MOCKD_OK ? edit->program->bytes.len - *out_at : 0;

    return rc != MOCKD_OK || len <= left
               ? rc
               : md_fail(err, MOCKD_E_INVALID,
                         "only %zu bytes are there, not %zu", left, len);
}

static enum mockd_code bit_flip(struct md_edit *edit, struct mockd_error *err)
{
    size_t at = 0;
    enum mockd_code rc = find_bytes(edit, 1, &at, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    edit->program->bytes.data[at] = (char)(edit->program->bytes.data[at] ^
                                           (int)md_edit_number(edit, "mask"));
    return md_edit_shown(edit, at + 1, err);
}

static enum mockd_code drop(struct md_edit *edit, struct mockd_error *err)
{
    size_t len = (size_t)md_edit_number(edit, "n");
    size_t at = 0;
    enum mockd_code rc = find_bytes(edit, len, &at, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    md_program_remove(edit->program, at, len);
    return md_edit_shown(edit, at, err);
}

static enum mockd_code dup(struct md_edit *edit, struct mockd_error *err)
{
    size_t len = (size_t)md_edit_number(edit, "n");
    struct md_buf copy = {.max = MD_PROGRAM_MAX};
    size_t at = 0;
    enum mockd_code rc = find_bytes(edit, len, &at, err);
    bool ok = false;

    if (rc != MOCKD_OK) {
        return rc;
    }
    ok = md_buf_add(&copy, edit->program->bytes.data + at, len) &&
         md_program_insert(edit->program, at, copy.data, len, false);
    md_buf_release(&copy);
    return ok ? md_edit_shown(edit, at + 2 * len, err) : md_edit_no_room(err);
}

static enum mockd_code insert(struct md_edit *edit, struct mockd_error *err)
{
    struct md_buf bytes = {.max = MD_FAULT_TEXT_MAX};
    size_t at = 0;
    enum mockd_code rc = md_edit_place(edit, "at", &at, err);

    return rc == MOCKD_OK ? put_in(edit, at, &bytes,
                                   md_edit_bytes(edit, "bytes", &bytes), err)
                          : rc;
}

static enum mockd_code swap_frames(struct md_edit *edit,
                                   struct mockd_error *err)
{
    const struct md_program *program = edit->program;
    const char *i =
        md_edit_number(edit, "i") < md_edit_number(edit, "j") ? "i" : "j";
    struct md_rewrite rewrite;
    size_t at[2] = {0};
    size_t len[2] = {0};
    enum mockd_code rc = md_edit_frame(edit, i, &at[0], &len[0], err);

    if (rc == MOCKD_OK) {
        rc = md_edit_frame(edit, i[0] == 'i' ? "j" : "i", &at[1], &len[1], err);
    }
    if (rc == MOCKD_OK && at[0] == at[1]) {
        rc = md_fail(err, MOCKD_E_INVALID, "i and j are the same frame");
    }
    if (rc != MOCKD_OK) {
        return rc;
    }
    md_rewrite_begin(&rewrite, edit->program);
    for (int k = 0; k < 2; k++) {
        int other = 1 - k;

        md_rewrite_keep(&rewrite, at[k]);
        md_rewrite_pass(&rewrite);
        md_rewrite_add(&rewrite, program->bytes.data + at[other],
                       FRAME_HEADER + len[other]);
        md_rewrite_skip(&rewrite, at[k] + FRAME_HEADER + len[k]);
    }
    return md_rewrite_end(&rewrite)
               ? md_edit_shown(edit, at[0] + FRAME_HEADER + len[1], err)
               : md_edit_no_room(err);
}

/* ---- the list ---- */

static const struct md_fault_param zero_params[] = {
    MD_TAKES_NUMBER("stream", 0, 255, STDOUT, "its first byte"),
    MD_TAKES_NUMBER("count", 1, 1000000, 1, "how many"),
    MD_TAKES(MD_PARAM_PLACE, "at", "byte:0", "where"),
    {0}};
static const struct md_fault_param tiny_params[] = {
    MD_TAKES_NUMBER("n", 1, MD_PROGRAM_MAX, 1, "bytes of a payload at most"),
    {0}};
static const struct md_fault_param giant_params[] = {
    MD_TAKES_NUMBER("len", 1, MD_PROGRAM_MAX, GIANT, "bytes of its payload"),
    MD_TAKES(MD_PARAM_PLACE, "at", "byte:0", "where"),
    {0}};
static const struct md_fault_param type_params[] = {
    MD_TAKES_NUMBER("t", 4, 255, 4, "its first byte"),
    MD_TAKES_NUMBER("frame", 0, MD_PROGRAM_MAX, 0, "which"),
    {0}};
static const struct md_fault_param frame_params[] = {
    MD_TAKES_NUMBER("frame", 0, MD_PROGRAM_MAX, 0, "which"), {0}};
static const struct md_fault_param systemerr_params[] = {
    MD_TAKES(MD_PARAM_TEXT, "text", "mockd was asked to fail", "its payload"),
    MD_TAKES(MD_PARAM_PLACE, "at", "end", "where; the stream ends behind it"),
    {0}};
static const struct md_fault_param padding_params[] = {
    MD_TAKES(MD_PARAM_BYTES, "bytes", "%01%02%03", "1 to 3 bytes"),
    MD_TAKES_NUMBER("frame", -1, MD_PROGRAM_MAX, -1, "which; -1 = all"),
    {0}};
static const struct md_fault_param oversize_params[] = {
    MD_TAKES_NUMBER("length", 1, UINT32_MAX, UINT32_MAX, "what it says"),
    MD_TAKES_NUMBER("more", 0, UINT32_MAX, 0, "or so many more than there are"),
    MD_TAKES_NUMBER("frame", -1, MD_PROGRAM_MAX, -1, "which; -1 = the last"),
    {0}};
static const struct md_fault_param lie_params[] = {
    MD_TAKES_NUMBER("n", -MD_PROGRAM_MAX, -1, -1, "how much too little"),
    MD_TAKES_NUMBER("frame", 0, MD_PROGRAM_MAX, 0, "which"),
    {0}};
static const struct md_fault_param swap_end_params[] = {
    MD_TAKES_NUMBER("frame", -1, MD_PROGRAM_MAX, -1, "which; -1 = all"), {0}};
static const struct md_fault_param prefix_params[] = {
    MD_TAKES(MD_PARAM_BYTES, "prefix", "",
             "bytes before it, such as %01%00%00%00%00%00%00%05"),
    {0}};
static const struct md_fault_param flip_params[] = {
    {.name = "at",
     .type = MD_PARAM_PLACE,
     .is_required = true,
     .help = "which byte"},
    MD_TAKES_NUMBER("mask", 1, 255, 1, "its bits that change"),
    {0}};
static const struct md_fault_param bytes_params[] = {
    {.name = "at",
     .type = MD_PARAM_PLACE,
     .is_required = true,
     .help = "from where on"},
    MD_TAKES_NUMBER("n", 1, MD_PROGRAM_MAX, 1, "how many bytes"),
    {0}};
static const struct md_fault_param insert_params[] = {
    {.name = "at",
     .type = MD_PARAM_PLACE,
     .is_required = true,
     .help = "where"},
    {.name = "bytes",
     .type = MD_PARAM_BYTES,
     .is_required = true,
     .help = "what; %HH is a byte"},
    {0}};
static const struct md_fault_param swap_params[] = {
    MD_TAKES_NUMBER("i", 0, MD_PROGRAM_MAX, 0, "one frame"),
    MD_TAKES_NUMBER("j", 0, MD_PROGRAM_MAX, 1, "the other"),
    {0}};
static const struct md_fault_param error_params[] = {
    MD_TAKES_ONE_OF("engine", "docker|podman", "docker", "whose error"),
    MD_TAKES(MD_PARAM_TEXT, "text", "", "what it says; else as engines do"),
    MD_TAKES_NUMBER("second", 0, 1, 0, "1: Podman's second error behind it"),
    {0}};
static const struct md_fault_param midstream_params[] = {
    MD_TAKES(MD_PARAM_PLACE, "at", "end", "where"), {0}};

#define STREAM .group = "frames", .on = MD_ON_START, .standard_on = MD_ON_START
#define FRAMED STREAM, .needs_frames = true
#define BYTES .group = "frames", .on = MD_ON_ANY, .standard_on = MD_ON_START

const struct md_fault_kind md_faults_frames[] = {
    {.name = "zero_frame",
     FRAMED,
     .wire = "frames with a length of 0",
     .models = "Docker 1.13 sent one for each stream; docker-py#660 and #1732 "
               "took it for the end",
     .params = zero_params,
     .apply = zero_frame},
    {.name = "tiny_frames",
     FRAMED,
     .wire = "each frame as many of so few bytes",
     .models = "buffers that grow with the number of frames",
     .params = tiny_params,
     .apply = tiny_frames},
    {.name = "giant_frame",
     FRAMED,
     .wire = "one frame more, with so many bytes",
     .models = "readers that keep a whole frame",
     .params = giant_params,
     .apply = giant_frame},
    {.name = "unknown_stream_type",
     FRAMED,
     .wire = "a frame whose first byte is 4 to 255",
     .models = "StdCopy's \"Unrecognized input header\", docker-py's "
               "ValueError, docker-modem#195",
     .params = type_params,
     .apply = unknown_stream_type},
    {.name = "stream0",
     FRAMED,
     .wire = "a frame whose first byte is 0",
     .models = "moby's stdcopy writes it to stdout",
     .params = frame_params,
     .apply = stream0},
    {.name = "systemerr",
     FRAMED,
     .wire = "a frame whose first byte is 3, then the end of our side",
     .models = "moby's stdcopy takes it for the daemon's error; most readers "
               "do not know it",
     .params = systemerr_params,
     .apply = systemerr},
    {.name = "padding",
     FRAMED,
     .wire = "the bytes behind a frame's first one are not 0",
     .models = "readers that look for 00 00 00",
     .params = padding_params,
     .apply = padding},
    {.name = "oversize_length",
     FRAMED,
     .wire = "a length larger than all that follows",
     .models = "allocation for what was promised; signed overflow; Go's "
               "StdCopy grows its buffer to it",
     .params = oversize_params,
     .apply = oversize_length},
    {.name = "length_lie",
     FRAMED,
     .wire = "a length smaller than the payload: what follows is out of step",
     .models = "proxies that corrupt",
     .params = lie_params,
     .apply = length_lie},
    {.name = "endian_swap",
     FRAMED,
     .wire = "lengths with the least byte first",
     .models = "naive ports",
     .params = swap_end_params,
     .apply = endian_swap},
    {.name = "tty_as_mux",
     STREAM,
     .wire = "raw bytes where frames are expected; with a prefix, raw bytes "
             "that look like a header",
     .models = "dozzle#4382 waited for ever, kubernetes#16670, "
               "moby#19950 \"Unrecognized input header\"",
     .params = prefix_params,
     .apply = tty_as_mux},
    {.name = "mux_as_tty",
     STREAM,
     .wire = "frames where a terminal's raw bytes are expected",
     .models = "clients that start with another Tty than they created with",
     .apply = mux_as_tty},
    {.name = "bit_flip",
     BYTES,
     .wire = "a byte with other bits",
     .models = "corruption",
     .params = flip_params,
     .apply = bit_flip},
    {.name = "drop",
     BYTES,
     .wire = "bytes are missing",
     .models = "corruption",
     .params = bytes_params,
     .apply = drop},
    {.name = "dup",
     BYTES,
     .wire = "bytes come twice",
     .models = "corruption",
     .params = bytes_params,
     .apply = dup},
    {.name = "insert",
     BYTES,
     .wire = "bytes more",
     .models = "corruption",
     .params = insert_params,
     .apply = insert},
    {.name = "swap_frames",
     FRAMED,
     .wire = "two frames in each other's place",
     .models = "corruption; readers that join streams in their order",
     .params = swap_params,
     .apply = swap_frames},
    {.name = "error_in_stdout",
     STREAM,
     .wire = "behind the head only the start's error, then the end of our "
             "side: on stdout as Docker does, on stderr as Podman does",
     .models = "a command that cannot be run; a second start on Docker",
     .params = error_params,
     .apply = error_in_stdout},
    {.name = "http_error_midstream",
     STREAM,
     .wire = "HTTP/1.1 500 and the rest of an error inside the stream",
     .models = "Go's net/http that writes behind a hijack, proxies",
     .params = midstream_params,
     .apply = http_error_midstream},
    {0}};
