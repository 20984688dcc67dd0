/* SPDX-License-Identifier: MIT */
/* test_drydock_bench.c - the bench's readers count every byte and frame, and
 * their failures are told. No time is looked at. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "attach.h"
#include "decode.h"
#include "row.h"
#include "run.h"
#include "shape.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define READ_SIZE 65536U

static const struct dry_scale tiny = {.counts = 8192, .giants = 1024};

/* ---- every shape, every reader ---- */

struct stream {
    const char *name;
    struct dry_shape_size size;
};

/* What the tiny streams are; worked out by hand, and the drawn lengths of
 * "mixed" by another program. */
static struct stream streams[] = {
    {"f1", {.frames = 1024, .payload = 1024, .stream = 9216}},
    {"f64", {.frames = 512, .payload = 32768, .stream = 36864}},
    {"f1k", {.frames = 128, .payload = 131072, .stream = 132096}},
    {"alt1k", {.frames = 128, .payload = 131072, .stream = 132096}},
    {"f8k", {.frames = 16, .payload = 131072, .stream = 131200}},
    {"f32k", {.frames = 4, .payload = 131072, .stream = 131104}},
    {"f1m", {.frames = 1, .payload = 1048576, .stream = 1048584}},
    {"f512m", {.frames = 1, .payload = 524288, .stream = 524296}},
    {"mixed", {.frames = 11, .payload = 64040, .stream = 64128}},
    {"cliff", {.frames = 10001, .payload = 26384, .stream = 106392}},
};

struct scratch {
    char folder[64];
    char file[80];
    char socket[80];
    char program[80]; /* of the peer "." */
    struct dry_place place;
    pid_t server; /* 0 = none */
};

static struct scratch scratch;

static int set_up(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    scratch = (struct scratch){0};
    (void)snprintf(scratch.folder, sizeof(scratch.folder),
                   "%s/bench-test-XXXXXX", tmp == NULL ? "/tmp" : tmp);
    if (mkdtemp(scratch.folder) == NULL) {
        return -1;
    }
    (void)snprintf(scratch.file, sizeof(scratch.file), "%s/f", scratch.folder);
    (void)snprintf(scratch.program, sizeof(scratch.program), "%s/run",
                   scratch.folder);
    (void)snprintf(scratch.socket, sizeof(scratch.socket), "%s/s",
                   scratch.folder);
    scratch.place = (struct dry_place){.programs = scratch.folder,
                                       .peers = scratch.folder,
                                       .file = scratch.file,
                                       .socket = scratch.socket};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (scratch.server > 0) {
        dry_serve_end(scratch.server);
    }
    (void)unlink(scratch.file);
    (void)unlink(scratch.socket);
    return rmdir(scratch.folder);
}

static void write_stream(const struct dry_shape *shape)
{
    FILE *to = fopen(scratch.file, "we");

    assert_non_null(to);
    assert_true(dry_shape_write(shape, tiny, to));
    assert_int_equal(fclose(to), 0);
}

static struct dry_reading decode(const char *mode)
{
    struct dry_reading reading = {0};
    FILE *from = fopen(scratch.file, "re");

    assert_non_null(from);
    assert_true(dry_decode(mode, fileno(from), &reading));
    (void)fclose(from);
    return reading;
}

static void check_decoders(const struct dry_shape_size *size)
{
    struct dry_reading loop = decode("loop");
    struct dry_reading walker = decode("walker");
    struct dry_reading libdexec = decode("libdexec");

    assert_int_equal(loop.bytes, size->stream);
    assert_int_equal(walker.bytes, size->payload);
    assert_int_equal(walker.pieces, size->frames);
    assert_int_equal(libdexec.bytes, size->payload);
    if (size->stream <= READ_SIZE) { /* one read: nothing is cut */
        assert_int_equal(libdexec.pieces, size->frames);
    }
    assert_true(libdexec.pieces >= size->frames);
    assert_int_equal(decode("idle").bytes, 0);
}

static void check_attached(const struct dry_shape_size *size)
{
    struct dry_reading reading = {0};

    scratch.server = dry_serve(&scratch.place);
    assert_true(scratch.server > 0);
    assert_true(dry_attach("libdexec", scratch.socket, &reading));
    assert_int_equal(reading.bytes, size->payload);
    assert_true(reading.pieces >= size->frames);
    assert_true(dry_attach("raw", scratch.socket, &reading));
    assert_int_equal(reading.bytes, size->stream);
    assert_true(dry_attach("idle", scratch.socket, &reading));
    assert_int_equal(reading.bytes, 0);
}

static void bench__stream(void **state)
{
    const struct stream *stream = *state;
    const struct dry_shape *shape = dry_shape_find(stream->name);
    struct dry_shape_size size = dry_shape_measure(shape, tiny);

    write_stream(shape);

    assert_int_equal(size.frames, stream->size.frames);
    assert_int_equal(size.payload, stream->size.payload);
    assert_int_equal(size.stream, stream->size.stream);
    check_decoders(&size);
    check_attached(&size);
}

static void bench__alternating_frames_are_stdout_and_stderr(void **state)
{
    static const uint8_t types[] = {1, 2, 1, 2};
    FILE *from = NULL;

    (void)state;
    write_stream(dry_shape_find("alt1k"));
    from = fopen(scratch.file, "re");

    assert_non_null(from);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        assert_int_equal(fgetc(from), types[i]);
        assert_int_equal(fseek(from, 1031, SEEK_CUR), 0);
    }
    (void)fclose(from);
}

static void bench__a_cut_stream_is_no_reading(void **state)
{
    (void)state;
    static const char *const modes[] = {"walker", "libdexec"};
    struct dry_reading reading = {0};

    write_stream(dry_shape_find("f64"));
    assert_int_equal(truncate(scratch.file, 36863), 0);
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        FILE *from = fopen(scratch.file, "re");

        assert_non_null(from);
        assert_false(dry_decode(modes[i], fileno(from), &reading));
        (void)fclose(from);
    }
}

/* ---- runs ---- */

static const struct dry_shape_size some = {.frames = 1, .payload = 1};

static void write_program(const char *text)
{
    FILE *to = fopen(scratch.program, "we");

    assert_non_null(to);
    assert_true(fprintf(to, "#!/bin/sh\n%s\n", text) > 0);
    assert_int_equal(fclose(to), 0);
    assert_int_equal(chmod(scratch.program, 0700), 0);
}

struct run {
    const char *name;
    const char *program; /* a shell's; NULL = there is none */
    const char *reason;
    size_t count; /* samples after three rounds, of which two are a peer's */
    uint64_t peak_kib; /* of the first; 0 = not looked at */
};

static struct run runs[] = {
    {.name = "bench__a_peer_runs_its_rounds",
     .program = "echo 3 2 1",
     .reason = "",
     .count = 2},
    {.name = "bench__a_reader_may_tell_its_peak",
     .program = "echo 3 2 1 17",
     .reason = "",
     .count = 2,
     .peak_kib = 17},
    {.name = "bench__a_wrong_count_is_a_failure",
     .program = "echo 3 2 7",
     .reason = "read 7 bytes of 1"},
    {.name = "bench__an_exit_status_is_a_failure",
     .program = "echo 3 2 1; exit 4",
     .reason = "ended with 4"},
    {.name = "bench__a_line_without_numbers_is_a_failure",
     .program = "echo three",
     .reason = "printed no line of three numbers"},
    {.name = "bench__a_peer_that_is_not_there_says_why",
     .reason = "not built: run ci/bench"},
};

static void bench__run(void **state)
{
    const struct dry_reader reader = {.name = "p", .peer = ".", .mode = "m"};
    const struct run *run = *state;
    struct dry_turns turns = {.reader = &reader};

    if (run->program != NULL) {
        write_program(run->program);
    }
    dry_run_rounds(&scratch.place, &some, &turns, 1, 3, 2);
    (void)unlink(scratch.program);

    assert_string_equal(turns.reason, run->reason);
    assert_int_equal(turns.count, run->count);
    if (run->peak_kib > 0) {
        assert_int_equal(turns.samples[0].peak_kib, run->peak_kib);
    }
}

static struct CMUnitTest test_of(const char *name, CMUnitTestFunction test,
                                 void *row)
{
    return (struct CMUnitTest){.name = name,
                               .test_func = test,
                               .setup_func = set_up,
                               .teardown_func = tear_down,
                               .initial_state = row};
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(streams) + COUNT_OF(runs) + 2];
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(streams); i++) {
        tests[count++] = test_of(streams[i].name, bench__stream, &streams[i]);
    }
    for (size_t i = 0; i < COUNT_OF(runs); i++) {
        tests[count++] = test_of(runs[i].name, bench__run, &runs[i]);
    }
    tests[count++] = test_of("bench__a_cut_stream_is_no_reading",
                             bench__a_cut_stream_is_no_reading, NULL);
    tests[count++] =
        test_of("bench__alternating_frames_are_stdout_and_stderr",
                bench__alternating_frames_are_stdout_and_stderr, NULL);
    /* The macro asks for an array; this is the function behind it. */
    return _cmocka_run_group_tests("drydock_bench", tests, count, NULL, NULL);
}
