/* SPDX-License-Identifier: MIT */
/* tty.c - group E4: an exec with a terminal. */
#include <string.h>

#include "ask.h"
#include "exec.h"
#include "expect.h"
#include "program.h"

#define TTY_SCRIPT(text, output)                                               \
    &(const struct dry_script)                                                 \
    {                                                                          \
        .command = {.script = (text), .tty = true}, .out = DRY_BYTES(output)   \
    }

/* A conversation: wait for one text, send another, read to the end. */
struct dialogue {
    struct dry_command command;
    const char *wait_for;
    struct dry_bytes send;
    struct dry_bytes console; /* all of it */
    int exit_code;
};

static void check_dialogue(struct dry_run *run)
{
    const struct dialogue *dialogue = run->spec->data;
    struct dry_exec *exec = dry_launch(run, &dialogue->command);

    dry_await(run, exec, DEXEC_KIND_CONSOLE, dialogue->wait_for);
    dry_write(run, exec, dialogue->send.data, dialogue->send.len);
    dry_drain(run, exec);
    dry_expect_output(run, exec, DEXEC_KIND_CONSOLE, &dialogue->console);
    dry_expect_exit(run, exec, dialogue->exit_code);
}

/* The bytes after the head are the terminal's, and nothing else. */
static void check_raw(struct dry_run *run)
{
    const struct dry_script *script = run->spec->data;
    const struct dry_buffer *expected = dry_bytes_make(run, &script->out);
    struct dry_exec *exec = dry_create(run, &script->command);
    struct dry_reply reply = dry_ask_start(run, exec, true, true);
    size_t len = 0;
    const unsigned char *data = dry_stream_bytes(run, &reply, &len);

    (void)dry_expect_bytes(run, "stream", expected->data, expected->len, data,
                           len);
    dry_expect_exit(run, exec, 0);
}

static const struct dry_case cases[] = {
    {.id = "E4.1.1",
     .name = "the stream of a terminal has no frames",
     .rules = "EX-START-06 EX-TTY-03",
     .source = "doc 1.15",
     .why = "dozzle#4382: a demultiplexer on raw bytes waits for ever",
     .check = check_raw,
     .data = TTY_SCRIPT("echo raw", "raw\r\n")},
    {.id = "E4.2.1",
     .name = "bytes that imitate a frame pass through a terminal",
     .rules = "EX-START-06 EX-FRAME-05",
     .source = "D, P",
     .why = "clients that guess the mode from the first byte guess wrong",
     .check = dry_check_script,
     .data = TTY_SCRIPT("printf '\\001\\000\\000\\000\\000\\000\\000\\003abc'",
                        "\1\0\0\0\0\0\0\3"
                        "abc")},
    {.id = "E4.3.1",
     .name = "standard error comes in the same stream, in order",
     .rules = "EX-TTY-02",
     .source = "doc 1.15",
     .why = "a terminal has one output; what is lost is the error",
     .check = dry_check_script,
     .data = TTY_SCRIPT("echo one; echo two >&2; echo three",
                        "one\r\ntwo\r\nthree\r\n")},
    {.id = "E4.4.1",
     .name = "descriptors 0, 1 and 2 are one terminal",
     .rules = "EX-TTY-01",
     .source = "doc 1.15",
     .why = "programs choose colours and prompts by isatty",
     .check = dry_check_script,
     .data = TTY_SCRIPT(
         "for f in 0 1 2; do test -t $f && echo tty $f; done; "
         "[ $(readlink /proc/$$/fd/0) = $(readlink /proc/$$/fd/2) ] && "
         "echo one",
         "tty 0\r\ntty 1\r\ntty 2\r\none\r\n")},
    {.id = "E4.4.2",
     .name = "without a terminal no descriptor is one",
     .rules = "EX-TTY-01",
     .source = "doc 1.15",
     .why = "a script that thinks it is watched asks questions",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "for f in 0 1 2; do test -t $f && "
                                   "echo tty $f; done; echo none"},
             .out = DRY_BYTES("none\n")}},
    {.id = "E4.4.3",
     .name = "a line feed comes as CR LF, a CR as it is",
     .rules = "EX-TTY-03",
     .source = "D, P",
     .why = "log collectors compare lines and find a CR at their ends",
     .check = dry_check_script,
     .data = TTY_SCRIPT("printf 'a\\nb\\rc\\r\\n'", "a\r\nb\rc\r\r\n")},
    {.id = "E4.4.4",
     .name = "input is echoed and reaches the process as a line",
     .rules = "EX-TTY-03 EX-STREAM-04",
     .source = "D, P",
     .why = "an echo in the wrong place doubles every typed line",
     .check = check_dialogue,
     .data =
         &(const struct dialogue){
             .command = {.script = "echo ready; read line; "
                                   "echo \"got $line\"; exit 4",
                         .attach = DRY_STDIN | DRY_STDOUT | DRY_STDERR,
                         .tty = true},
             .wait_for = "ready\r\n",
             .send = DRY_BYTES("hello there\n"),
             .console = DRY_BYTES("ready\r\nhello there\r\n"
                                  "got hello there\r\n"),
             .exit_code = 4}},
    {.id = "E4.5.1",
     .name = "ctrl-C reaches the process as SIGINT",
     .rules = "EX-TTY-04",
     .source = "D, P",
     .why = "without a controlling terminal the byte is only a byte",
     .check = check_dialogue,
     .data =
         &(const struct dialogue){
             .command = {.script = "trap 'echo caught; exit 9' INT; "
                                   "stty -echo; echo ready; i=0; "
                                   "while [ $i -lt 200 ]; do sleep 0.05; "
                                   "i=$((i + 1)); done; echo nothing",
                         .attach = DRY_STDIN | DRY_STDOUT | DRY_STDERR,
                         .tty = true},
             .wait_for = "ready\r\n",
             .send = DRY_BYTES("\3"),
             .console = DRY_BYTES("ready\r\ncaught\r\n"),
             .exit_code = 9}},
    {.id = "E4.5.2",
     .name = "a process killed by ctrl-C has 130",
     .rules = "EX-TTY-04 EX-EXIT-02",
     .source = "D, P",
     .why = "scripts tell an interrupt from a failure by this number",
     .check = check_dialogue,
     .data =
         &(const struct dialogue){
             .command = {.script = "stty -echo; echo ready; exec sleep 10",
                         .attach = DRY_STDIN | DRY_STDOUT | DRY_STDERR,
                         .tty = true},
             .wait_for = "ready\r\n",
             .send = DRY_BYTES("\3"),
             .console = DRY_BYTES("ready\r\n"),
             .exit_code = 130}},
    {.id = "E4.5.3",
     .name = "ctrl-D ends the input of a process on a terminal",
     .rules = "EX-TTY-04",
     .source = "D, P; a half-close ends the whole stream on D (moby#38457)",
     .why = "there is no other portable end of input on a terminal",
     .check = check_dialogue,
     .data =
         &(const struct dialogue){
             .command = {.script = "stty -echo; echo ready; cat; echo end",
                         .attach = DRY_STDIN | DRY_STDOUT | DRY_STDERR,
                         .tty = true},
             .wait_for = "ready\r\n",
             .send = DRY_BYTES("line\n\4"),
             .console = DRY_BYTES("ready\r\nline\r\nend\r\n")}},
    {.id = "E4.6.1",
     .name = "TERM is xterm in an exec with a terminal",
     .level = DRY_DE_FACTO,
     .rules = "EX-TTY-05",
     .source = "D 20.10-28.5, P 4.3-5.8",
     .why = "editors and pagers refuse to start without it",
     .check = dry_check_script,
     .data = TTY_SCRIPT("echo \"$TERM\"", "xterm\r\n")},
    {.id = "E4.6.2",
     .name = "TERM given in Env wins over the engine's own",
     .rules = "EX-CREATE-07",
     .source = "doc 1.25",
     .why = "clients pass their own terminal's name on",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "echo \"$TERM\" set",
                         .env = (const char *const[]){"TERM=vt100", NULL},
                         .tty = true},
             .out = DRY_BYTES("vt100 set\r\n")}},
    {.id = "E4.10.1",
     .name = "64 KiB through a terminal arrive whole",
     .rules = "EX-START-06 EX-STREAM-01",
     .source = "D, P",
     .why = "a terminal's buffer has 4 KiB; the end is lost first",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "seq 1 20000 | tr '\\n' ' ' | "
                                   "head -c 65536",
                         .tty = true},
             .out = {.count_to_len = 65536, .separator = ' '}}},
};

int main(int argc, char **argv)
{
    static const struct dry_area area = {
        .name = "tty", .cases = cases, .count = DRY_COUNT_OF(cases)};

    return dry_program(argc, argv, &area);
}
