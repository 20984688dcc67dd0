/* SPDX-License-Identifier: MIT */
/* stdin.c - group E5: standard input, half-close, both ways at once. */
#include <stdio.h>
#include <string.h>

#include "exec.h"
#include "expect.h"
#include "program.h"

#define ALL (DRY_STDIN | DRY_STDOUT | DRY_STDERR)

/* The digest of the 1 048 576 bytes "1\n2\n3\n..." */
#define COUNTED_1_MIB_SHA256                                                   \
    "a7a14d0926bda540030fd4c43a64aa0c8a343f5cd735e34b45150c4b0b7a528e"

static void check_byte_at_a_time(struct dry_run *run)
{
    static const struct dry_command command = {.script = "cat; echo end",
                                               .attach = ALL};
    static const char text[] = "one byte at a time, please: 0123456789\n";
    static const struct dry_bytes expected =
        DRY_BYTES("one byte at a time, please: 0123456789\nend\n");
    struct dry_exec *exec = dry_launch(run, &command);

    for (size_t i = 0; i < strlen(text); i++) {
        dry_write(run, exec, &text[i], 1);
    }
    dry_close_stdin(run, exec);
    dry_drain(run, exec);
    dry_expect_output(run, exec, DEXEC_KIND_STDOUT, &expected);
    dry_expect_exit(run, exec, 0);
}

static void check_all_byte_values(struct dry_run *run)
{
    static const struct dry_command command = {.script = "cat; exit 2",
                                               .attach = ALL};
    struct dry_exec *exec = dry_launch(run, &command);
    unsigned char all[256];

    for (size_t i = 0; i < sizeof(all); i++) {
        all[i] = (unsigned char)i;
    }
    dry_write(run, exec, all, sizeof(all));
    dry_close_stdin(run, exec);
    dry_drain(run, exec);
    (void)dry_expect_bytes(run, "stdout", all, sizeof(all),
                           exec->output[DEXEC_KIND_STDOUT].data,
                           exec->output[DEXEC_KIND_STDOUT].len);
    dry_expect_exit(run, exec, 2);
}

/* Each line is answered before the next one is sent. */
static void check_ping_pong(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "while read line; do echo \"pong $line\"; done; exit 6",
        .attach = ALL};
    struct dry_exec *exec = dry_launch(run, &command);

    for (int i = 1; i <= 32; i++) {
        char line[32];

        (void)snprintf(line, sizeof(line), "ping %d\n", i);
        dry_write(run, exec, line, strlen(line));
        (void)snprintf(line, sizeof(line), "pong ping %d\n", i);
        dry_await(run, exec, DEXEC_KIND_STDOUT, line);
    }
    dry_close_stdin(run, exec);
    dry_drain(run, exec);
    dry_expect_exit(run, exec, 6);
}

/* The client never closes its side; the stream ends all the same. */
static void check_end_while_open(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "read line; echo \"$line and out\"; exit 3", .attach = ALL};
    static const struct dry_bytes expected = DRY_BYTES("in and out\n");
    struct dry_exec *exec = dry_launch(run, &command);

    dry_write(run, exec, "in\n", 3);
    dry_drain(run, exec);
    dry_expect_output(run, exec, DEXEC_KIND_STDOUT, &expected);
    dry_expect_exit(run, exec, 3);
}

static void check_end_without_input(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "echo no need to read; exit 1", .attach = ALL};
    static const struct dry_bytes expected = DRY_BYTES("no need to read\n");
    struct dry_exec *exec = dry_launch(run, &command);

    dry_drain(run, exec);
    dry_expect_output(run, exec, DEXEC_KIND_STDOUT, &expected);
    dry_expect_exit(run, exec, 1);
}

/* 32 KiB are sent and all but the first line is left unread. */
static void check_unread_input(struct dry_run *run)
{
    static const struct dry_command command = {
        .script = "echo ready; read line; echo \"first $line\"; exit 8",
        .attach = ALL};
    static const struct dry_bytes input = {.count_to_len = 32768};
    static const struct dry_bytes expected = DRY_BYTES("ready\nfirst 1\n");
    const struct dry_buffer *bytes = dry_bytes_make(run, &input);
    struct dry_exec *exec = dry_launch(run, &command);

    dry_await(run, exec, DEXEC_KIND_STDOUT, "ready\n");
    dry_write(run, exec, bytes->data, bytes->len);
    dry_drain(run, exec);
    dry_expect_output(run, exec, DEXEC_KIND_STDOUT, &expected);
    dry_expect_exit(run, exec, 8);
}

/* The client closes its connection; a second exec sees the process go on. */
static void check_client_gone(struct dry_run *run)
{
    static const struct dry_command stays = {
        .script = "rm -f /tmp/$0.go /tmp/$0.out; echo ready; i=0; "
                  "while [ ! -e /tmp/$0.go ] && [ $i -lt 200 ]; do "
                  "sleep 0.05; i=$((i + 1)); done; "
                  "echo went on >/tmp/$0.tmp; mv /tmp/$0.tmp /tmp/$0.out",
        .attach = DRY_STDOUT | DRY_STDERR};
    static const struct dry_command asks = {
        .script = "touch /tmp/$0.go; i=0; "
                  "while [ ! -e /tmp/$0.out ] && [ $i -lt 200 ]; do "
                  "sleep 0.05; i=$((i + 1)); done; "
                  "cat /tmp/$0.out; rm -f /tmp/$0.go /tmp/$0.out"};
    static const struct dry_bytes expected = DRY_BYTES("went on\n");
    struct dry_exec *exec = dry_launch(run, &stays);

    dry_await(run, exec, DEXEC_KIND_STDOUT, "ready\n");
    dexec_stream_free(exec->stream);
    exec->stream = NULL;
    exec = dry_execute(run, &asks, NULL);
    dry_expect_output(run, exec, DEXEC_KIND_STDOUT, &expected);
}

static const struct dry_deviation unread[] = {
    {.family = "podman",
     .below = "5.0",
     .what = "stdout",
     .observed = "\"ready\\n\"",
     .reason = "Podman 4.3 drops output when its write of unread input fails"},
    {0}};

static const struct dry_case cases[] = {
    {.id = "E5.1.1",
     .name = "a line of input comes back from cat",
     .rules = "EX-STREAM-04 EX-STREAM-05",
     .source = "D, P",
     .why = "the smallest pipe through docker exec -i",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){.command = {.script = "cat", .attach = ALL},
                                    .input = DRY_BYTES("hello\n"),
                                    .out = DRY_BYTES("hello\n")}},
    {.id = "E5.1.2",
     .name = "64 KiB and one byte of input come back from cat",
     .rules = "EX-STREAM-04 EX-STREAM-07",
     .source = "D, P",
     .why = "one byte more than a pipe holds: both sides must move",
     .check = dry_check_script,
     .data = &(const struct dry_script){.command = {.script = "cat; exit 7",
                                                    .attach = ALL},
                                        .input = {.count_to_len = 65537},
                                        .out = {.count_to_len = 65537},
                                        .exit_code = 7}},
    {.id = "E5.1.3",
     .name = "1 MiB of input arrives whole, by its digest",
     .rules = "EX-STREAM-04 EX-STREAM-05",
     .source = "D, P",
     .why = "input lost or doubled on the way is a broken restore",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "sha256sum", .attach = ALL},
             .input = {.count_to_len = 1048576},
             .out = DRY_BYTES(COUNTED_1_MIB_SHA256 "  -\n")}},
    {.id = "E5.1.4",
     .name = "input written byte by byte arrives in order",
     .rules = "EX-STREAM-04",
     .source = "D, P",
     .why = "typing; an engine must not wait for a full buffer",
     .check = check_byte_at_a_time},
    {.id = "E5.1.5",
     .name = "all 256 byte values in one write arrive as they are",
     .rules = "EX-STREAM-04 EX-FRAME-05",
     .source = "D, P",
     .why = "detach keys are looked for where there is no terminal "
            "(Podman 4.3-5.8, byte by byte)",
     .check = check_all_byte_values},
    {.id = "E5.2.1",
     .name = "after a half-close the process reads end of file and goes on",
     .rules = "EX-STREAM-05",
     .source = "D, P 4.3-6.1",
     .why = "moby#37870, podman#7360: output after the half-close was lost",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "cat >/dev/null; sleep 0.1; seq 1 5000; "
                                   "exit 3",
                         .attach = ALL},
             .input = DRY_BYTES("input\n"),
             .out = {.count_to_len = 23893},
             .exit_code = 3}},
    {.id = "E5.3.1",
     .name = "a half-close without any input is end of file at once",
     .rules = "EX-STREAM-05",
     .source = "D, P 4.3-6.1",
     .why = "docker exec -i </dev/null hung",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "wc -c; echo done", .attach = ALL},
             .input = DRY_BYTES(""),
             .out = DRY_BYTES("0\ndone\n")}},
    {.id = "E5.5.1",
     .name = "a process that leaves input unread loses no output",
     .rules = "EX-STREAM-08 EX-STREAM-02",
     .source = "D, P 5.8",
     .why = "head -1 of a long pipe; Podman 4.3 lost what it had said",
     .check = check_unread_input,
     .deviations = unread},
    {.id = "E5.6.1",
     .name = "without AttachStdin the process reads end of file at once",
     .rules = "EX-STREAM-06",
     .source = "D, P",
     .why = "a process that waits for input that nobody can send",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "cat; echo end of file; exit 2"},
             .out = DRY_BYTES("end of file\n"),
             .exit_code = 2}},
    {.id = "E5.7.1",
     .name = "the stream ends with the process though the client stays",
     .rules = "EX-STREAM-02 EX-STREAM-03",
     .source = "D, P",
     .why = "moby#12546, podman#6853: it waited for the client to close",
     .check = check_end_while_open},
    {.id = "E5.7.2",
     .name = "the stream ends with a process that read nothing",
     .rules = "EX-STREAM-02",
     .source = "D, P",
     .why = "moby#12546: docker exec -i hung until a key was pressed",
     .check = check_end_without_input},
    {.id = "E5.8.1",
     .name = "when the client goes away the process goes on",
     .level = DRY_DE_FACTO,
     .rules = "EX-STREAM-09",
     .source = "D, P; moby#35703",
     .why = "a lost connection must not end a migration half-way",
     .check = check_client_gone},
    {.id = "E5.9.1",
     .name = "32 questions are answered one by one",
     .rules = "EX-STREAM-07 EX-STREAM-04",
     .source = "D, P",
     .why = "a buffer that waits for more stops every dialogue",
     .check = check_ping_pong},
};

int main(int argc, char **argv)
{
    static const struct dry_area area = {
        .name = "stdin", .cases = cases, .count = DRY_COUNT_OF(cases)};

    return dry_program(argc, argv, &area);
}
