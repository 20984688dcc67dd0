/* SPDX-License-Identifier: MIT */
/* faults_pieces.c - faults of where the bytes behind the head are cut. */
#include <string.h>

#include "bounds.h"
#include "fault.h"

#define FRAME_HEADER 8U

/* ---- every so many bytes ---- */

static enum mockd_code dribble(struct md_edit *edit, struct mockd_error *err)
{
    const struct md_program *program = edit->program;
    struct md_program cuts = {0};
    size_t step = (size_t)md_edit_number(edit, "bytes");
    uint64_t pause_us = (uint64_t)md_edit_number(edit, "us");
    bool ok = true;

    for (size_t at = program->head_len + step; ok && at < program->bytes.len;
         at += step) {
        ok = md_cuts_add(&cuts, at, pause_us);
    }
    return md_edit_cut(edit, &cuts, ok, err);
}

static enum mockd_code slices(struct md_edit *edit, struct mockd_error *err)
{
    const struct md_program *program = edit->program;
    struct md_program cuts = {0};
    uint64_t avg = (uint64_t)md_edit_number(edit, "avg");
    uint64_t var = (uint64_t)md_edit_number(edit, "var");
    uint64_t least = var < avg ? avg - var : 1;
    uint64_t spread = avg + var - least + 1;
    size_t at = program->head_len;
    bool ok = true;

    for (;;) {
        at += (size_t)(least + md_edit_random(edit) % spread);
        if (!ok || at >= program->bytes.len) {
            return md_edit_cut(edit, &cuts, ok, err);
        }
        ok = md_cuts_add(&cuts, at, 0);
    }
}

static enum mockd_code split_at(struct md_edit *edit, struct mockd_error *err)
{
    struct md_program cuts = {0};
    char item[MD_ITEM_SIZE] = "";
    size_t off = 0;
    bool ok = true;

    while (ok && md_edit_item(edit, "at", &off, item)) {
        size_t at = 0;
        enum mockd_code rc = md_edit_item_place(edit, item, &at, err);

        if (rc != MOCKD_OK) {
            md_program_release(&cuts);
            return rc;
        }
        ok = md_cuts_add(&cuts, at, 0);
    }
    return md_edit_cut(edit, &cuts, ok, err);
}

/* ---- in frames ---- */

/* A cut @off bytes into frame number @frame, or into each where that is -1,
 * that has at least one byte behind it; @of_payload: counted behind the
 * header. */
static enum mockd_code cut_frames(struct md_edit *edit, bool of_payload,
                                  struct mockd_error *err)
{
    const struct md_program *program = edit->program;
    struct md_program cuts = {0};
    size_t off = (size_t)md_edit_number(edit, "n");
    int64_t only = md_edit_number(edit, "frame");
    size_t at = program->head_len;
    size_t len = 0;
    bool ok = true;

    off += of_payload ? FRAME_HEADER : 0;
    for (int64_t i = 0; ok && md_program_frame_len(program, at, &len); i++) {
        if ((only < 0 || only == i) && off < FRAME_HEADER + len) {
            ok = md_cuts_add(&cuts, at + off, 0);
        }
        at += FRAME_HEADER + len;
    }
    return md_edit_cut(edit, &cuts, ok, err);
}

static enum mockd_code split_header(struct md_edit *edit,
                                    struct mockd_error *err)
{
    return cut_frames(edit, false, err);
}

static enum mockd_code split_payload(struct md_edit *edit,
                                     struct mockd_error *err)
{
    return cut_frames(edit, true, err);
}

/* The end of up to @count frames from @at on. */
static size_t group_end(const struct md_program *program, size_t at,
                        int64_t count)
{
    size_t len = 0;

    for (; count > 0 && md_program_frame_len(program, at, &len); count--) {
        at += FRAME_HEADER + len;
    }
    return at;
}

/* Frames between which the client is waited for stay apart. */
static enum mockd_code coalesce(struct md_edit *edit, struct mockd_error *err)
{
    struct md_program *program = edit->program;
    int64_t count = md_edit_number(edit, "k");
    size_t fired = 0;
    size_t at = program->head_len;
    size_t len = 0;

    while (md_program_frame_len(program, at, &len)) {
        size_t next = at + FRAME_HEADER + len;
        size_t end = group_end(program, at, count);

        if (end > next && md_program_join(program, at, end)) {
            fired = fired == 0 ? end : fired;
            next = end;
        }
        at = next;
    }
    return fired > 0 ? md_edit_shown(edit, fired, err)
                     : md_fail(err, MOCKD_E_INVALID,
                               "there are no two frames in this answer "
                               "between which nothing is waited for");
}

/* ---- in characters ---- */

/* Bytes of the UTF-8 character that begins with @byte; 0 = none does. */
static size_t utf8_len(unsigned char byte)
{
    if (byte >= 0xC2 && byte <= 0xDF) {
        return 2;
    }
    if (byte >= 0xE0 && byte <= 0xEF) {
        return 3;
    }
    return byte >= 0xF0 && byte <= 0xF4 ? 4 : 0;
}

static bool is_utf8_at(const char *text, size_t left)
{
    size_t len = utf8_len((unsigned char)text[0]);

    for (size_t i = 1; i < len && i < left; i++) {
        if (((unsigned char)text[i] & 0xC0U) != 0x80U) {
            return false;
        }
    }
    return len > 1 && len <= left;
}

static bool is_crlf_at(const char *text, size_t left)
{
    return left > 1 && text[0] == '\r' && text[1] == '\n';
}

typedef bool (*match_fn)(const char *text, size_t left);

/* The first place behind @from with the first byte of what is looked for
 * before it, or @end. */
static size_t next_inside(const struct md_program *program, size_t from,
                          size_t end, match_fn is_at)
{
    const char *text = program->bytes.data;

    for (size_t at = from; at < end; at++) {
        if (is_at(text + at, end - at)) {
            return at + 1;
        }
    }
    return end;
}

static bool cut_region(struct md_program *cuts,
                       const struct md_program *program, size_t from,
                       size_t end, match_fn is_at)
{
    bool ok = true;

    while (ok && (from = next_inside(program, from, end, is_at)) < end) {
        ok = md_cuts_add(cuts, from, 0);
    }
    return ok;
}

/* Cut in every payload, or in all that is behind the head. */
static enum mockd_code cut_inside(struct md_edit *edit, match_fn is_at,
                                  struct mockd_error *err)
{
    const struct md_program *program = edit->program;
    struct md_program cuts = {0};
    size_t at = program->head_len;
    size_t len = 0;
    bool ok = true;

    if (!program->is_framed) {
        ok = cut_region(&cuts, program, at, program->bytes.len, is_at);
    }
    for (; ok && md_program_frame_len(program, at, &len);
         at += FRAME_HEADER + len) {
        size_t from = at + FRAME_HEADER;

        ok = cut_region(&cuts, program, from, from + len, is_at);
    }
    return md_edit_cut(edit, &cuts, ok, err);
}

static size_t inside_utf8(const struct md_program *program, size_t from,
                          size_t end, void *user)
{
    size_t *first = user; /* where the first frame was parted */
    size_t at = next_inside(program, from, end, is_utf8_at);

    if (at < end && *first == 0) {
        *first = at;
    }
    return at;
}

static enum mockd_code utf8_split(struct md_edit *edit, struct mockd_error *err)
{
    size_t first = 0;

    if (strcmp(md_edit_text(edit, "in"), "one") == 0) {
        return cut_inside(edit, is_utf8_at, err);
    }
    if (!edit->program->is_framed) {
        return md_fail(err, MOCKD_E_INVALID,
                       "the answer has no frames to part a character between");
    }
    if (!md_program_reframe(edit->program, inside_utf8, &first)) {
        return md_edit_no_room(err);
    }
    return first > 0 ? md_edit_shown(edit, first + FRAME_HEADER + 1, err)
                     : md_fail(err, MOCKD_E_INVALID,
                               "no character in this answer has several bytes");
}

static enum mockd_code crlf_split(struct md_edit *edit, struct mockd_error *err)
{
    return cut_inside(edit, is_crlf_at, err);
}

/* ---- time ---- */

/* Around @median_us as a logarithmic normal distribution is: from an eighth of
 * it to eight times it, half of all below it. */
static uint64_t draw_pause(struct md_edit *edit, uint64_t median_us)
{
    uint64_t sum = 0;
    uint64_t shift = 0;
    uint64_t part = 0;

    for (int i = 0; i < 6; i++) { /* six dice: near enough to normal */
        sum += md_edit_random(edit) % 1024;
    }
    shift = sum / 1024; /* 0 to 5: the power of two, and what is between */
    part = sum % 1024;
    return (median_us << shift) / 8 + (median_us << shift) / 8 * part / 1024;
}

static enum mockd_code jitter(struct md_edit *edit, struct mockd_error *err)
{
    const struct md_program *program = edit->program;
    struct md_program pauses = {0};
    uint64_t median_us = (uint64_t)md_edit_number(edit, "us");
    size_t last = program->head_len;
    bool ok = true;

    for (size_t i = 0; ok && i < program->mark_count; i++) {
        const struct md_mark *mark = &program->marks[i];

        if (mark->code == MD_MARK_CUT && mark->at > last) {
            last = mark->at;
            ok = md_program_mark(&pauses, last, MD_MARK_PAUSE,
                                 draw_pause(edit, median_us));
        }
    }
    return md_edit_cut(edit, &pauses, ok, err);
}

/* ---- the list ---- */

static const struct md_fault_param dribble_params[] = {
    MD_TAKES_NUMBER("bytes", 1, MD_PROGRAM_MAX, 1, "bytes of one write"),
    MD_TAKES_NUMBER("us", 0, MD_PAUSE_US_MAX, 0, "microseconds between two"),
    {0}};
static const struct md_fault_param header_params[] = {
    MD_TAKES_NUMBER("n", 1, 7, 4, "bytes of the header before the cut"),
    MD_TAKES_NUMBER("frame", -1, MD_PROGRAM_MAX, -1, "which; -1 = all"),
    {0}};
static const struct md_fault_param payload_params[] = {
    MD_TAKES_NUMBER("n", 0, MD_PROGRAM_MAX, 1,
                    "bytes of the payload before the cut"),
    MD_TAKES_NUMBER("frame", -1, MD_PROGRAM_MAX, -1,
                    "which; -1 = all that are longer"),
    {0}};
static const struct md_fault_param places_params[] = {
    {.name = "at",
     .type = MD_PARAM_PLACES,
     .is_required = true,
     .help = "places, or offsets behind the head"},
    {0}};
static const struct md_fault_param coalesce_params[] = {
    MD_TAKES_NUMBER("k", 2, MD_PROGRAM_MAX, 2, "frames of one write"), {0}};
static const struct md_fault_param slices_params[] = {
    MD_TAKES_NUMBER("avg", 1, MD_PROGRAM_MAX, 64, "bytes of a write"),
    MD_TAKES_NUMBER("var", 0, MD_PROGRAM_MAX, 32,
                    "at most so many more or fewer"),
    {0}};
static const struct md_fault_param utf8_params[] = {
    MD_TAKES_ONE_OF("in", "one|two", "one",
                    "one frame that is cut, or two frames"),
    {0}};
static const struct md_fault_param jitter_params[] = {
    MD_TAKES_NUMBER("us", 1, MD_PAUSE_US_MAX, 1000,
                    "microseconds that half of the pauses are below"),
    {0}};

#define PIECES .group = "pieces", .on = MD_ON_ANY, .standard_on = MD_ON_START
#define FRAMED                                                                 \
    .group = "pieces", .on = MD_ON_START, .standard_on = MD_ON_START,          \
    .needs_frames = true

const struct md_fault_kind md_faults_pieces[] = {
    {.name = "dribble",
     PIECES,
     .wire = "what is behind the head in writes of so many bytes",
     .models = "a slow link, a terminal's echo",
     .params = dribble_params,
     .apply = dribble},
    {.name = "split_header",
     FRAMED,
     .wire = "a write ends inside the eight bytes of a frame's header",
     .models = "readers that want a whole header in one read: "
               "sematext-agent-docker#26",
     .params = header_params,
     .apply = split_header},
    {.name = "split_payload",
     FRAMED,
     .wire = "a write ends inside a frame's payload",
     .models = "readers that begin anew with each chunk",
     .params = payload_params,
     .apply = split_payload},
    {.name = "split_at",
     PIECES,
     .wire = "a write ends at each of the places",
     .models = "readers that begin anew with each chunk",
     .params = places_params,
     .apply = split_at},
    {.name = "coalesce",
     FRAMED,
     .wire = "so many frames in one write",
     .models = "readers that take one frame from each read",
     .params = coalesce_params,
     .apply = coalesce},
    {.name = "slices",
     PIECES,
     .wire = "writes of random lengths, by seed",
     .models = "any network; Toxiproxy's slicer",
     .params = slices_params,
     .apply = slices},
    {.name = "utf8_split",
     PIECES,
     .wire = "a write, or a frame, ends behind the first byte of each UTF-8 "
             "character of several bytes",
     .models = "podman-desktop#17994, luci#8976, chunk.toString()",
     .params = utf8_params,
     .apply = utf8_split},
    {.name = "crlf_split",
     PIECES,
     .wire = "a write ends between CR and LF",
     .models = "line readers; bollard's CRLF",
     .apply = crlf_split},
    {.name = "jitter",
     PIECES,
     .wire = "random pauses behind the writes, by seed",
     .models = "any network; timeouts",
     .params = jitter_params,
     .apply = jitter},
    {0}};
