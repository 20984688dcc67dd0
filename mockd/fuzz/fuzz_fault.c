/* SPDX-License-Identifier: MIT */
/*
 * fuzz_fault.c - any text arms a fault or is refused, and what it makes of an
 * answer can be played and is within its bound.
 *
 * The first byte says what the answer is; each line behind it arms a fault.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "fault.h"
#include "runner.h"

#define FAULTS 4 /* more of them find nothing but time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add(struct md_program *program, const char *bytes, size_t len)
{
    if (!md_buf_add(&program->bytes, bytes, len) ||
        !md_program_mark(program, program->bytes.len, MD_MARK_CUT, 0)) {
        abort();
    }
}

static void compose(struct md_program *program, bool is_framed)
{
    static const char head[] = "HTTP/1.1 101 UPGRADED\r\n"
                               "Content-Type: text/plain\r\n"
                               "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
    static const char out[] = "\1\0\0\0\0\0\0\4h\xC3\xA9\n";
    static const char err[] = "\2\0\0\0\0\0\0\3e\r\n";
    size_t skip = is_framed ? 0 : 8;

    md_program_init(program);
    add(program, head, sizeof(head) - 1);
    program->head_len = program->bytes.len;
    program->is_framed = is_framed;
    add(program, out + skip, sizeof(out) - 1 - skip);
    if (!md_program_mark(program, program->bytes.len, MD_MARK_INPUT, 1)) {
        abort();
    }
    add(program, err + skip, sizeof(err) - 1 - skip);
    add(program, out + skip, sizeof(out) - 1 - skip);
    if (!md_program_mark(program, program->bytes.len, MD_MARK_EXIT, 0) ||
        !md_program_mark(program, program->bytes.len, MD_MARK_FIN, 0)) {
        abort();
    }
}

static char *copy(const char *text, size_t len)
{
    char *made = malloc(len + 1);

    if (made != NULL) {
        memcpy(made, text, len);
        made[len] = '\0';
    }
    return made;
}

static void arm(struct md_faults *faults, const char *text)
{
    while (*text != '\0' && faults->count < FAULTS) {
        size_t len = strcspn(text, "\n");
        char *line = copy(text, len);

        if (line == NULL) {
            return;
        }
        (void)md_faults_arm(faults, line, NULL, NULL);
        free(line);
        text += len + (text[len] == '\n');
    }
}

static enum md_wire_result count_bytes(void *self, const struct iovec *pieces,
                                       int count, size_t *out_written)
{
    size_t *total = self;

    (void)count;
    *total += pieces->iov_len;
    *out_written = pieces->iov_len;
    return MD_WIRE_OK;
}

static void ignore_mark(void *user, const struct md_mark *mark)
{
    (void)user;
    (void)mark;
}

static void play(const struct md_program *program)
{
    static const struct md_wire_ops ops = {.write = count_bytes};
    size_t total = 0;
    struct md_wire wire = {.ops = &ops, .self = &total};
    struct md_runner runner = {.program = program, .on_mark = ignore_mark};
    enum md_play why = MD_PLAY_PAUSE;
    uint64_t now_us = 1;

    while (why == MD_PLAY_PAUSE) {
        why = md_runner_run(&runner, wire, now_us);
        now_us = runner.resume_us > now_us ? runner.resume_us : now_us;
    }
    if (why == MD_PLAY_GATE || why == MD_PLAY_FULL || why == MD_PLAY_GONE ||
        why == MD_PLAY_BROKEN || total > program->bytes.len ||
        (why == MD_PLAY_OVER && total < program->bytes.len)) {
        abort();
    }
}

static void check(const struct md_program *program)
{
    if (program->bytes.len > MD_PROGRAM_MAX ||
        program->mark_count > MD_MARKS_MAX ||
        program->head_len > program->bytes.len) {
        abort();
    }
    for (size_t i = 0; i < program->mark_count; i++) {
        if (program->marks[i].at > program->bytes.len ||
            (i > 0 && program->marks[i - 1].at > program->marks[i].at)) {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    bool is_framed = size > 0 && (data[0] & 1U) == 0;
    bool is_tcp = size > 0 && (data[0] & 2U) != 0;
    struct md_faults faults = {.has_unix = true, .has_tcp = is_tcp};
    struct md_program program;
    struct md_manners manners = {0};
    struct md_edit edit = {.program = &program,
                           .manners = &manners,
                           .is_stream = true,
                           .is_tty = !is_framed,
                           .is_tcp = is_tcp};
    char *text = size == 0 ? NULL : copy((const char *)data + 1, size - 1);

    if (text == NULL) {
        return 0;
    }
    compose(&program, is_framed);
    arm(&faults, text);
    if (md_faults_want(&faults, MD_ON_START)) {
        (void)md_faults_apply(&faults, MD_ON_START, &edit, NULL);
    }
    check(&program);
    play(&program);
    md_program_release(&program);
    md_faults_release(&faults);
    free(text);
    return 0;
}
