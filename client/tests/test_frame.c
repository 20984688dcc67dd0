/* SPDX-License-Identifier: MIT */
/* test_frame.c - the frame reader, its input cut at every byte. */
#include <stdio.h>
#include <string.h>

#include <dexec/frame.h>

#include "table.h"

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    const char *log; /* what the reader reports, in order */
    enum dexec_code code;
    const char *message; /* a part of it */
};

static struct row rows[] = {
    {.name = "frame__empty_input_is_a_clean_end", BYTES(""), .log = ""},
    {.name = "frame__one_stdout_frame",
     BYTES("\1\0\0\0\0\0\0\2hi"),
     .log = "1:hi "},
    {.name = "frame__all_four_kinds",
     BYTES("\0\0\0\0\0\0\0\1i\1\0\0\0\0\0\0\1o\2\0\0\0\0\0\0\1e\3\0\0\0\0\0\0"
           "\1s"),
     .log = "0:i 1:o 2:e 3:s "},
    {.name = "frame__empty_frame_is_silent",
     BYTES("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\1b"),
     .log = "2:b "},
    {.name = "frame__only_empty_frames",
     BYTES("\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"),
     .log = ""},
    {.name = "frame__empty_frame_last",
     BYTES("\1\0\0\0\0\0\0\1a\2\0\0\0\0\0\0\0"),
     .log = "1:a "},
    {.name = "frame__padding_may_be_anything",
     BYTES("\1\377\177\1\0\0\0\1a"),
     .log = "1:a "},
    {.name = "frame__payload_may_look_like_a_header",
     BYTES("\1\0\0\0\0\0\0\10\2\0\0\0\0\0\0\1\2\0\0\0\0\0\0\1x"),
     .log = "1:\\2\\0\\0\\0\\0\\0\\0\\1 2:x "},
    {.name = "frame__length_of_two_bytes",
     BYTES("\1\0\0\0\0\0\1\1"),
     .log = "",
     .code = DEXEC_E_CUT_PAYLOAD,
     .message = "0 of 257"},
    {.name = "frame__length_of_four_gigabytes_needs_no_memory",
     BYTES("\1\0\0\0\377\377\377\377abc"),
     .log = "1:abc ",
     .code = DEXEC_E_CUT_PAYLOAD,
     .message = "3 of 4294967295"},
    {.name = "frame__unknown_type_is_a_protocol_error",
     BYTES("\1\0\0\0\0\0\0\1a\4\0\0\0\0\0\0\1x"),
     .log = "1:a ",
     .code = DEXEC_E_PROTOCOL,
     .message = "unknown stream type 4"},
    {.name = "frame__cut_after_one_header_byte",
     BYTES("\1"),
     .log = "",
     .code = DEXEC_E_CUT_HEADER,
     .message = "1 of 8"},
    {.name = "frame__cut_before_the_last_header_byte",
     BYTES("\1\0\0\0\0\0\0"),
     .log = "",
     .code = DEXEC_E_CUT_HEADER,
     .message = "7 of 8"},
    {.name = "frame__cut_in_a_second_header",
     BYTES("\1\0\0\0\0\0\0\1a\1\0\0"),
     .log = "1:a ",
     .code = DEXEC_E_CUT_HEADER,
     .message = "3 of 8"},
    {.name = "frame__cut_inside_a_payload_delivers_what_came",
     BYTES("\1\0\0\0\0\0\0\3hi"),
     .log = "1:hi ",
     .code = DEXEC_E_CUT_PAYLOAD,
     .message = "2 of 3"},
};

#define MANY 3

struct run {
    struct dexec_frame_reader reader;
    struct dexec_error err;
    size_t room; /* chunks a call; 1 to MANY */
    char log[256];
    int last; /* kind; -1 = none yet */
};

static void log_byte(struct run *run, uint8_t c)
{
    size_t used = strlen(run->log);

    (void)snprintf(run->log + used, sizeof(run->log) - used,
                   c < ' ' ? "\\%o" : "%c", (unsigned)c);
}

/* Join pieces of the same kind, so that how the input was cut cannot change
 * the expectation. */
static void log_chunk(struct run *run, const struct dexec_chunk *chunk)
{
    size_t used = strlen(run->log);

    if (run->last == (int)chunk->kind) {
        run->log[used - 1] = '\0'; /* drop the blank */
    } else {
        (void)snprintf(run->log + used, sizeof(run->log) - used,
                       "%d:", (int)chunk->kind);
    }
    for (size_t i = 0; i < chunk->len; i++) {
        log_byte(run, ((const uint8_t *)chunk->data)[i]);
    }
    log_byte(run, ' ');
    run->last = (int)chunk->kind;
}

static enum dexec_code feed(struct run *run, const char *data, size_t len)
{
    struct dexec_input in = {.data = data, .len = len};
    struct dexec_chunk chunks[MANY];
    size_t count = 0;

    do {
        enum dexec_code rc = dexec_frame_read(&run->reader, &in, chunks,
                                              run->room, &count, &run->err);

        if (rc != DEXEC_OK) {
            return rc;
        }
        for (size_t i = 0; i < count; i++) {
            assert_int_not_equal(chunks[i].len, 0);
            log_chunk(run, &chunks[i]);
        }
    } while (count > 0);
    assert_int_equal(in.len, 0);
    return DEXEC_OK;
}

static void check_run(struct run *run, enum dexec_code rc,
                      const struct row *row)
{
    if (rc == DEXEC_OK) {
        rc = dexec_frame_finish(&run->reader, &run->err);
    }
    assert_string_equal(dexec_code_name(rc), dexec_code_name(row->code));
    assert_string_equal(run->log, row->log);
    if (row->message != NULL) {
        assert_non_null(strstr(run->err.message, row->message));
    }
}

static void check_cut_at(const struct row *row, size_t cut, size_t room)
{
    struct run run = {.last = -1, .room = room};
    enum dexec_code rc = feed(&run, row->bytes, cut);

    if (rc == DEXEC_OK) {
        rc = feed(&run, row->bytes + cut, row->len - cut);
    }
    check_run(&run, rc, row);
}

static void check_byte_by_byte(const struct row *row)
{
    struct run run = {.last = -1, .room = 1};
    enum dexec_code rc = DEXEC_OK;

    for (size_t i = 0; i < row->len && rc == DEXEC_OK; i++) {
        rc = feed(&run, row->bytes + i, 1);
    }
    check_run(&run, rc, row);
}

static void frame__row(void **state)
{
    const struct row *row = *state;

    for (size_t cut = 0; cut <= row->len; cut++) {
        for (size_t room = 1; room <= MANY; room++) {
            check_cut_at(row, cut, room);
        }
    }
    check_byte_by_byte(row);
}

static void frame__length_is_four_bytes_big_endian(void **state)
{
    static const uint8_t header[] = {1, 0, 0, 0, 0x01, 0x03, 0x02, 0x04};
    static const uint8_t page[65536];
    struct dexec_frame_reader reader = {0};
    struct dexec_input in = {.data = header, .len = sizeof(header)};
    struct dexec_chunk chunk = {0};
    uint64_t total = 0;
    size_t count = 0;

    (void)state;
    assert_int_equal(dexec_frame_read(&reader, &in, &chunk, 1, &count, NULL),
                     DEXEC_OK);
    while (dexec_frame_finish(&reader, NULL) != DEXEC_OK) {
        in = (struct dexec_input){.data = page, .len = sizeof(page)};
        assert_int_equal(
            dexec_frame_read(&reader, &in, &chunk, 1, &count, NULL), DEXEC_OK);
        assert_int_equal(count, 1);
        total += chunk.len;
    }

    assert_int_equal(total, 0x01030204);
}

static void frame__stops_behind_the_last_chunk_there_is_room_for(void **state)
{
    struct dexec_input in = {.data = "\1\0\0\0\0\0\0\1a\1\0\0\0\0\0\0\1b",
                             .len = 18};
    struct dexec_frame_reader reader = {0};
    struct dexec_chunk chunk = {0};
    size_t count = 0;

    (void)state;
    assert_int_equal(dexec_frame_read(&reader, &in, &chunk, 1, &count, NULL),
                     DEXEC_OK);

    assert_int_equal(count, 1);
    assert_int_equal(chunk.len, 1);
    assert_int_equal(in.len, 9);
}

static void frame__an_unknown_type_is_refused_for_good(void **state)
{
    struct dexec_input in = {.data = "\1\0\0\0\0\0\0\1a\7\0\0\0\0\0\0\1",
                             .len = 17};
    struct dexec_frame_reader reader = {0};
    struct dexec_chunk chunks[2] = {{0}};
    size_t count = 0;

    (void)state;
    assert_int_equal(dexec_frame_read(&reader, &in, chunks, 2, &count, NULL),
                     DEXEC_OK);
    assert_int_equal(count, 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            dexec_frame_read(&reader, &in, chunks, 2, &count, NULL),
            DEXEC_E_PROTOCOL);
    }
    assert_int_equal(dexec_frame_finish(&reader, NULL), DEXEC_E_PROTOCOL);
}

static void frame__kinds_have_names(void **state)
{
    (void)state;
    for (int kind = DEXEC_KIND_STDIN; kind <= DEXEC_KIND_NONE; kind++) {
        assert_string_not_equal(dexec_kind_name((enum dexec_kind)kind),
                                "unknown");
    }
    assert_string_equal(dexec_kind_name(DEXEC_KIND_STDERR), "stderr");
    assert_string_equal(dexec_kind_name((enum dexec_kind)99), "unknown");
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 4] = {
        cmocka_unit_test(frame__length_is_four_bytes_big_endian),
        cmocka_unit_test(frame__stops_behind_the_last_chunk_there_is_room_for),
        cmocka_unit_test(frame__an_unknown_type_is_refused_for_good),
        cmocka_unit_test(frame__kinds_have_names),
    };

    ADD_ROWS(tests + 4, frame__row, rows);
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
