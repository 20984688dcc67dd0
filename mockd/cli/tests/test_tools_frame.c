/* SPDX-License-Identifier: MIT */
/* test_tools_frame.c - frames in pieces, wherever the bytes are cut. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "frame.h"

#define WIRE(text) .wire = (text), .len = sizeof(text) - 1
#define LOG_MAX 512

struct row {
    const char *name;
    const char *wire;
    size_t len;
    const char *log; /* of each frame, its pieces joined */
};

static struct row rows[] = {
    {"nothing", WIRE(""), ""},
    {"one", WIRE("\1\0\0\0\0\0\0\2hi"), "@0 stdout 2 hi."},
    {"two", WIRE("\1\0\0\0\0\0\0\2hi\2\0\0\0\0\0\0\1x"),
     "@0 stdout 2 hi.@10 stderr 1 x."},
    {"empty_ones", WIRE("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"),
     "@0 stdout 0 .@8 stderr 0 ."},
    {"stdin_and_error", WIRE("\0\0\0\0\0\0\0\1a\3\0\0\0\0\0\0\1b"),
     "@0 stdin 1 a.@9 error 1 b."},
    {"no_known_kind", WIRE("\4\0\0\0\0\0\0\1a"), "@0 ? 1 a."},
    {"every_byte_of_the_length", WIRE("\1\0\0\0\1\2\3\4x"),
     "@0 stdout 16909060 x"},
    {"the_longest", WIRE("\1\0\0\0\377\377\377\377x"),
     "@0 stdout 4294967295 x"},
    {"padding_counts_for_nothing", WIRE("\1\7\7\7\0\0\0\1x"), "@0 stdout 1 x."},
    {"a_cut_header", WIRE("\1\0\0\0\0\0\0\1x\2\0\0"), "@0 stdout 1 x.@9 3"},
    {"a_cut_payload", WIRE("\1\0\0\0\0\0\0\3x"), "@0 stdout 3 x"},
};

struct log {
    char text[LOG_MAX];
    size_t header; /* bytes of the present header seen */
    size_t payload;
};

static void note(struct log *log, const char *before, uint64_t number)
{
    size_t len = strlen(log->text);

    (void)snprintf(log->text + len, sizeof(log->text) - len, "%s%" PRIu64,
                   before, number);
}

static void note_text(struct log *log, const char *text, size_t text_len)
{
    size_t len = strlen(log->text);

    (void)snprintf(log->text + len, sizeof(log->text) - len, "%.*s",
                   (int)text_len, text);
}

static void note_frame(struct log *log, const struct md_frame *frame)
{
    size_t payload = frame->len - frame->header_len;
    const char *kind = NULL;

    assert_int_equal(frame->header_from, log->header);
    log->header += frame->header_len;
    if (frame->header_from == 0) {
        note(log, "@", frame->offset);
        note_text(log, " ", 1);
    }
    if (!frame->has_header) {
        return;
    }
    assert_int_equal(log->header, MD_FRAME_HEADER);
    if (frame->header_len > 0) {
        kind = md_frame_kind_name(frame->kind);
        note_text(log, kind == NULL ? "?" : kind, 10);
        note(log, " ", frame->length);
        note_text(log, " ", 1);
        log->payload = 0;
    }
    assert_int_equal(frame->payload_from, log->payload);
    log->payload += payload;
    note_text(log, (const char *)frame->bytes + frame->header_len, payload);
    if (log->payload == frame->length) {
        note_text(log, ".", 1);
        log->header = 0;
    }
}

static void feed(struct md_frame_reader *reader, struct log *log,
                 const char *data, size_t len)
{
    const uint8_t *bytes = (const uint8_t *)data;
    struct md_frame frame;

    while (md_frame_next(reader, &bytes, &len, &frame)) {
        assert_true(frame.len > 0);
        note_frame(log, &frame);
    }
}

static void frame__row(void **state)
{
    const struct row *row = *state;

    for (size_t cut = 0; cut <= row->len; cut++) {
        struct md_frame_reader reader = {0};
        struct log log = {0};

        feed(&reader, &log, row->wire, cut);
        feed(&reader, &log, row->wire + cut, row->len - cut);
        if (log.header > 0 && log.header < MD_FRAME_HEADER) {
            note(&log, "", log.header);
        }
        assert_string_equal(log.text, row->log);
    }
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows)];

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = frame__row,
                                       .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("tools_frame", tests, NULL, NULL);
}
