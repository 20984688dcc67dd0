/* SPDX-License-Identifier: MIT */
/* framing.c - group E1: how output without a terminal is framed. */
#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "exec.h"
#include "expect.h"
#include "frames.h"
#include "program.h"

#define SCRIPT(...)                                                            \
    &(const struct dry_script)                                                 \
    {                                                                          \
        __VA_ARGS__                                                            \
    }

/* What the frames of a whole stream come to. */
struct walk {
    size_t frames;
    size_t empty;
    size_t padded;
    size_t strange; /* of a type that is neither stdout nor stderr */
    struct dry_buffer *payload[3]; /* by type */
    enum dry_walk end;
};

static struct walk walk_stream(struct dry_run *run, const unsigned char *data,
                               size_t len)
{
    struct walk walk = {.end = DRY_WALK_FRAME};
    struct dry_frame frame = {0};

    walk.payload[1] = dry_run_bytes(run);
    walk.payload[2] = dry_run_bytes(run);
    for (;;) {
        walk.end = dry_frame_take(&data, &len, &frame);
        if (walk.end != DRY_WALK_FRAME) {
            return walk;
        }
        walk.frames++;
        walk.empty += frame.len == 0;
        walk.padded += frame.is_padded;
        if (frame.type != 1 && frame.type != 2) {
            walk.strange++;
        } else if (!dry_buffer_add(walk.payload[frame.type], frame.payload,
                                   frame.len)) {
            dry_run_error(run, "no memory for a payload");
        }
    }
}

static const char *end_name(enum dry_walk end)
{
    static const char *const names[] = {
        [DRY_WALK_FRAME] = "inside the walk",
        [DRY_WALK_END] = "between two frames",
        [DRY_WALK_CUT_HEADER] = "inside a header",
        [DRY_WALK_CUT_PAYLOAD] = "inside a payload",
    };

    return names[end];
}

/* Run the script raw and walk its frames. */
static struct walk walk_script(struct dry_run *run,
                               const struct dry_script *script,
                               struct dry_exec **out_exec)
{
    struct dry_exec *exec = dry_create(run, &script->command);
    struct dry_reply reply = dry_ask_start(run, exec, false, true);
    size_t len = 0;
    const unsigned char *data = dry_stream_bytes(run, &reply, &len);

    *out_exec = exec;
    return walk_stream(run, data, len);
}

/* The whole stream is one frame, byte for byte. */
static void check_one_frame(struct dry_run *run)
{
    const struct dry_script *script = run->spec->data;
    struct dry_exec *exec = dry_create(run, &script->command);
    struct dry_reply reply = dry_ask_start(run, exec, false, true);
    const struct dry_buffer *expected = dry_bytes_make(run, &script->out);
    size_t len = 0;
    const unsigned char *data = dry_stream_bytes(run, &reply, &len);

    (void)dry_expect_bytes(run, "stream", expected->data, expected->len, data,
                           len);
    dry_expect_exit(run, exec, script->exit_code);
}

/* All frames are well-formed and their payloads are what was written. */
static void check_layout(struct dry_run *run)
{
    const struct dry_script *script = run->spec->data;
    const struct dry_buffer *out = dry_bytes_make(run, &script->out);
    const struct dry_buffer *err = dry_bytes_make(run, &script->err);
    struct dry_exec *exec = NULL;
    struct walk walk = walk_script(run, script, &exec);

    (void)dry_expect_text(run, "the stream ends", end_name(DRY_WALK_END),
                          end_name(walk.end));
    (void)dry_expect_number(run, "frames of another type than 1 and 2", 0,
                            (int64_t)walk.strange);
    (void)dry_expect_number(run, "frames whose bytes 1 to 3 are not zero", 0,
                            (int64_t)walk.padded);
    (void)dry_expect_bytes(run, "stdout", out->data, out->len,
                           walk.payload[1]->data, walk.payload[1]->len);
    (void)dry_expect_bytes(run, "stderr", err->data, err->len,
                           walk.payload[2]->data, walk.payload[2]->len);
    dry_expect_exit(run, exec, script->exit_code);
}

static void check_no_empty_frame(struct dry_run *run)
{
    struct dry_exec *exec = NULL;
    struct walk walk = walk_script(run, run->spec->data, &exec);

    (void)dry_expect_text(run, "the stream ends", end_name(DRY_WALK_END),
                          end_name(walk.end));
    (void)dry_expect_number(run, "empty frames", 0, (int64_t)walk.empty);
    (void)dry_expect_number(run, "frames", 0, (int64_t)walk.frames);
}

static void check_byte_values(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "i=0; while [ $i -lt 256 ]; do "
                  "printf \"\\\\$(printf %o $i)\"; i=$((i + 1)); done"};
    struct dry_exec *exec = dry_execute(run, &command, NULL);
    unsigned char all[256];

    for (size_t i = 0; i < sizeof(all); i++) {
        all[i] = (unsigned char)i;
    }
    (void)dry_expect_bytes(run, "stdout", all, sizeof(all),
                           exec->output[DEXEC_KIND_STDOUT].data,
                           exec->output[DEXEC_KIND_STDOUT].len);
    dry_expect_exit(run, exec, 0);
}

/* Lines of both streams, written in turn; each stream has its own in order. */
static void check_alternating(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "i=1; while [ $i -le 500 ]; do echo out $i; echo err $i >&2; "
                  "i=$((i + 1)); done"};
    struct dry_exec *exec = dry_execute(run, &command, NULL);
    struct dry_buffer *out = dry_run_bytes(run);
    struct dry_buffer *err = dry_run_bytes(run);

    for (int i = 1; i <= 500; i++) {
        char line[32];

        (void)snprintf(line, sizeof(line), "out %d\n", i);
        (void)dry_buffer_add_text(out, line);
        (void)snprintf(line, sizeof(line), "err %d\n", i);
        (void)dry_buffer_add_text(err, line);
    }
    (void)dry_expect_bytes(run, "stdout", out->data, out->len,
                           exec->output[DEXEC_KIND_STDOUT].data,
                           exec->output[DEXEC_KIND_STDOUT].len);
    (void)dry_expect_bytes(run, "stderr", err->data, err->len,
                           exec->output[DEXEC_KIND_STDERR].data,
                           exec->output[DEXEC_KIND_STDERR].len);
    dry_expect_exit(run, exec, 0);
}

/* The client answers each line, so the order between the streams is fixed. */
static void check_order_between(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "echo one; read x; echo two >&2; read x; echo three",
        .attach = DRY_STDIN | DRY_STDOUT | DRY_STDERR};
    struct dry_exec *exec = dry_launch(run, &command);

    dry_await(run, exec, DEXEC_KIND_STDOUT, "one\n");
    dry_write(run, exec, "1\n", 2);
    dry_await(run, exec, DEXEC_KIND_STDERR, "two\n");
    (void)dry_expect_number(run, "bytes of stdout before the second answer", 4,
                            (int64_t)exec->output[DEXEC_KIND_STDOUT].len);
    dry_write(run, exec, "2\n", 2);
    dry_drain(run, exec);
    (void)dry_expect_bytes(run, "stdout", "one\nthree\n", 10,
                           exec->output[DEXEC_KIND_STDOUT].data,
                           exec->output[DEXEC_KIND_STDOUT].len);
    dry_expect_exit(run, exec, 0);
}

static const struct dry_case cases[] = {
    {.id = "E1.1.1",
     .name = "one short write comes as one frame with a big-endian length",
     .rules = "EX-FRAME-01 EX-FRAME-02",
     .source = "doc, attach: stream format; D 20.10-28.5, P 4.3-5.8",
     .why = "a length read in host order waits for 83 886 080 bytes",
     .check = check_one_frame,
     .data = SCRIPT(.command = {.script = "printf hello"},
                    .out = DRY_BYTES("\1\0\0\0\0\0\0\5hello"))},
    {.id = "E1.1.2",
     .name = "every frame of a long output has zero padding and a known type",
     .rules = "EX-FRAME-01 EX-FRAME-03 EX-FRAME-04",
     .source = "doc, attach: stream format; frames of 32 KiB on D, 8 KiB on P",
     .why = "hand-written demultiplexers take one read for one frame "
            "(docker-modem#195)",
     .check = check_layout,
     .data = SCRIPT(.command = {.script = "seq 1 40000 | head -c 200000"},
                    .out = {.count_to_len = 200000})},
    {.id = "E1.1.3",
     .name = "a short write to standard error comes as one frame of type 2",
     .rules = "EX-FRAME-01 EX-FRAME-02",
     .source = "doc, attach: stream format",
     .why = "clients that print errors apart need the type byte",
     .check = check_one_frame,
     .data = SCRIPT(.command = {.script = "printf oops >&2; exit 3"},
                    .out = DRY_BYTES("\2\0\0\0\0\0\0\4oops"), .exit_code = 3)},
    {.id = "E1.1.4",
     .name = "frames of both streams are well-formed and end between two",
     .rules = "EX-FRAME-01 EX-FRAME-02 EX-FRAME-03",
     .source = "D 20.10-28.5, P 4.3-5.8",
     .why = "two writers without a lock would interleave inside a frame",
     .check = check_layout,
     .data = SCRIPT(.command = {.script = "seq 1 9000 | head -c 40000 >&2 & "
                                          "seq 1 9000 | head -c 40000; wait"},
                    .out = {.count_to_len = 40000},
                    .err = {.count_to_len = 40000})},
    {.id = "E1.2.1",
     .name = "a payload of 1 byte arrives",
     .rules = "EX-FRAME-01",
     .source = "doc, attach: stream format",
     .why = "the smallest length is where off-by-one shows",
     .check = check_one_frame,
     .data = SCRIPT(.command = {.script = "printf x"},
                    .out = DRY_BYTES("\1\0\0\0\0\0\0\1x"))},
    {.id = "E1.2.2",
     .name = "a payload of 256 bytes arrives",
     .rules = "EX-FRAME-01",
     .source = "doc, attach: stream format",
     .why = "the first length that needs its second byte",
     .check = check_layout,
     .data = SCRIPT(.command = {.script = "seq 1 100 | head -c 256"},
                    .out = {.count_to_len = 256})},
    {.id = "E1.2.3",
     .name = "a payload of 65 536 bytes arrives",
     .rules = "EX-FRAME-01 EX-FRAME-04",
     .source = "doc, attach: stream format",
     .why = "a length of two bytes wraps to nothing here",
     .check = check_layout,
     .data = SCRIPT(.command = {.script = "seq 1 20000 | head -c 65536"},
                    .out = {.count_to_len = 65536})},
    {.id = "E1.3.1",
     .name = "standard output and standard error come apart",
     .rules = "EX-FRAME-02 EX-FRAME-04",
     .source = "doc, attach: stream format",
     .why = "dockerode leaks unknown types into stdout",
     .check = dry_check_script,
     .data =
         SCRIPT(.command = {.script = "echo to out; echo to err >&2"},
                .out = DRY_BYTES("to out\n"), .err = DRY_BYTES("to err\n"))},
    {.id = "E1.3.2",
     .name = "with only stdout attached, standard error is discarded",
     .rules = "EX-CREATE-06 EX-FRAME-02",
     .source = "doc 1.15",
     .why = "an unattached pipe that nobody reads blocks the process",
     .check = dry_check_script,
     .data = SCRIPT(.command = {.script = "seq 1 30000 >&2; echo only out",
                                .attach = DRY_STDOUT},
                    .out = DRY_BYTES("only out\n"))},
    {.id = "E1.3.3",
     .name = "with only stderr attached, standard output is discarded",
     .rules = "EX-CREATE-06 EX-FRAME-02",
     .source = "doc 1.15",
     .why = "an unattached pipe that nobody reads blocks the process",
     .check = dry_check_script,
     .data = SCRIPT(.command = {.script = "seq 1 30000; echo only err >&2",
                                .attach = DRY_STDERR},
                    .err = DRY_BYTES("only err\n"))},
    {.id = "E1.4.1",
     .name = "a command without output makes no frame",
     .level = DRY_DE_FACTO,
     .rules = "EX-FRAME-07 EX-FRAME-03",
     .source = "D 20.10-28.5, P 4.3-5.8: none seen in 5 000 frames",
     .why = "docker-py took an empty frame for the end (docker-py#660)",
     .check = check_no_empty_frame,
     .data = SCRIPT(.command = {.script = ":"})},
    {.id = "E1.5.1",
     .name = "lines written in turn to both streams keep each stream's order",
     .rules = "EX-FRAME-04",
     .source = "D, P; no order is promised between the streams (moby#26986)",
     .why = "lost and doubled lines show only in the content",
     .check = check_alternating},
    {.id = "E1.5.2",
     .name = "what was written after an answer arrives after it",
     .rules = "EX-FRAME-04 EX-STREAM-07",
     .source = "D, P",
     .why = "an engine that buffers a stream to its end breaks every prompt",
     .check = check_order_between},
    {.id = "E1.7.1",
     .name = "a payload that looks like frames is not touched",
     .rules = "EX-FRAME-05",
     .source = "D, P",
     .why = "readers that resynchronise on a header-like pattern corrupt data",
     .check = dry_check_script,
     .data =
         SCRIPT(.command = {.script =
                                "printf '\\001\\000\\000\\000\\000\\000\\000"
                                "\\005ABCDE\\002\\000\\000\\000\\000\\000\\000"
                                "\\001F'"},
                .out = DRY_BYTES("\1\0\0\0\0\0\0\5ABCDE\2\0\0\0\0\0\0\1F"))},
    {.id = "E1.7.2",
     .name = "all 256 byte values arrive as they were written",
     .rules = "EX-FRAME-05",
     .source = "D, P",
     .why = "a text conversion anywhere on the way changes them",
     .check = check_byte_values},
    {.id = "E1.7.3",
     .name = "a payload of NUL bytes only arrives",
     .rules = "EX-FRAME-05",
     .source = "D, P",
     .why = "shell-based suites drop NULs and never see them lost",
     .check = dry_check_script,
     .data = SCRIPT(.command = {.script = "printf '\\0\\0\\0\\0\\0\\0\\0\\0'"},
                    .out = DRY_BYTES("\0\0\0\0\0\0\0\0"))},
    {.id = "E1.7.4",
     .name = "invalid UTF-8 arrives as it was written",
     .rules = "EX-FRAME-05",
     .source = "D, P",
     .why = "a decoder in the middle replaces it by U+FFFD",
     .check = dry_check_script,
     .data = SCRIPT(.command = {.script = "printf '\\303\\050\\377\\376"
                                          "\\355\\240\\200'"},
                    .out = DRY_BYTES("\303\050\377\376\355\240\200"))},
};

int main(int argc, char **argv)
{
    static const struct dry_area area = {
        .name = "framing", .cases = cases, .count = DRY_COUNT_OF(cases)};

    return dry_program(argc, argv, &area);
}
