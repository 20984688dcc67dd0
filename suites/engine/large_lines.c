/* SPDX-License-Identifier: MIT */
/* large_lines.c - group E3: long lines, much output, odd line ends. */
#include "exec.h"
#include "program.h"

/* One line of so many bytes, without a line feed at its end. */
#define ONE_LINE(command_text, bytes)                                          \
    &(const struct dry_script)                                                 \
    {                                                                          \
        .command = {.script = (command_text)}, .out = {                        \
            .count_to_len = (bytes),                                           \
            .separator = ' '                                                   \
        }                                                                      \
    }

#define WHY_BUFFER                                                             \
    "a buffer of this size somewhere on the way, and an off-by-one in it"

static const struct dry_case cases[] = {
    {.id = "E3.1.1",
     .name = "a single line of 1 MiB arrives whole",
     .rules = "EX-FRAME-06 EX-FRAME-04 EX-STREAM-01",
     .source = "D 20.10-28.5, P 4.3-5.8",
     .why = "readers by line give up at 64 KiB (bufio.Scanner: token too long)",
     .check = dry_check_script,
     .data =
         ONE_LINE("seq 1 200000 | tr '\\n' ' ' | head -c 1048576", 1048576)},
    {.id = "E3.1.2",
     .name = "a single line of 128 KiB arrives whole",
     .rules = "EX-FRAME-06 EX-FRAME-04",
     .source = "D, P",
     .why = "64 KiB more than a read buffer of the usual size",
     .check = dry_check_script,
     .data = ONE_LINE("seq 1 30000 | tr '\\n' ' ' | head -c 131072", 131072)},
    {.id = "E3.1.3",
     .name = "a line of 16 KiB less one byte arrives whole",
     .rules = "EX-FRAME-06",
     .source = "D, P",
     .why = WHY_BUFFER,
     .check = dry_check_script,
     .data = ONE_LINE("seq 1 5000 | tr '\\n' ' ' | head -c 16383", 16383)},
    {.id = "E3.1.4",
     .name = "a line of 16 KiB arrives whole",
     .rules = "EX-FRAME-06",
     .source = "D, P; the log drivers cut lines here, exec must not",
     .why = WHY_BUFFER,
     .check = dry_check_script,
     .data = ONE_LINE("seq 1 5000 | tr '\\n' ' ' | head -c 16384", 16384)},
    {.id = "E3.1.5",
     .name = "a line of 16 KiB and one byte arrives whole",
     .rules = "EX-FRAME-06",
     .source = "D, P; the log drivers cut lines here, exec must not",
     .why = WHY_BUFFER,
     .check = dry_check_script,
     .data = ONE_LINE("seq 1 5000 | tr '\\n' ' ' | head -c 16385", 16385)},
    {.id = "E3.1.6",
     .name = "a line of 32 KiB less one byte arrives whole",
     .rules = "EX-FRAME-06",
     .source = "D: its largest frame is 32 KiB",
     .why = WHY_BUFFER,
     .check = dry_check_script,
     .data = ONE_LINE("seq 1 9000 | tr '\\n' ' ' | head -c 32767", 32767)},
    {.id = "E3.1.7",
     .name = "a line of 32 KiB arrives whole",
     .rules = "EX-FRAME-06",
     .source = "D: its largest frame is 32 KiB",
     .why = WHY_BUFFER,
     .check = dry_check_script,
     .data = ONE_LINE("seq 1 9000 | tr '\\n' ' ' | head -c 32768", 32768)},
    {.id = "E3.1.8",
     .name = "a line of 32 KiB and one byte arrives whole",
     .rules = "EX-FRAME-06",
     .source = "D: its largest frame is 32 KiB",
     .why = WHY_BUFFER,
     .check = dry_check_script,
     .data = ONE_LINE("seq 1 9000 | tr '\\n' ' ' | head -c 32769", 32769)},
    {.id = "E3.2.1",
     .name = "CR, CR LF and NUL are kept as they were written",
     .rules = "EX-FRAME-05",
     .source = "D, P",
     .why = "line readers strip CR, string functions stop at NUL",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "printf 'a\\rb\\r\\nc\\0d\\n\\r\\n\\n'"},
             .out = DRY_BYTES("a\rb\r\nc\0d\n\r\n\n")}},
    {.id = "E3.2.2",
     .name = "a last line without a line feed is not given one",
     .rules = "EX-FRAME-05 EX-STREAM-01",
     .source = "D, P",
     .why = "readers by line drop the rest, or add a line feed",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){.command = {.script = "printf 'one\\ntwo'"},
                                    .out = DRY_BYTES("one\ntwo")}},
    {.id = "E3.2.3",
     .name = "empty lines are kept",
     .rules = "EX-FRAME-05",
     .source = "D, P",
     .why = "splitting on runs of line feeds swallows them",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "printf '\\n\\n\\nx\\n\\n'"},
             .out = DRY_BYTES("\n\n\nx\n\n")}},
    {.id = "E3.3.1",
     .name = "512 KiB on each stream at once arrive whole",
     .rules = "EX-FRAME-04 EX-STREAM-01",
     .source = "D, P",
     .why = "an engine that reads one pipe to its end first stops here",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "seq 1 99999 | head -c 524288 >&2 & "
                                   "seq 1 99999 | head -c 524288; wait"},
             .out = {.count_to_len = 524288},
             .err = {.count_to_len = 524288}}},
    {.id = "E3.4.1",
     .name = "a burst of output before an immediate exit is not lost",
     .rules = "EX-STREAM-01 EX-STREAM-03",
     .source = "D, P",
     .why = "moby#27289: what stands in the pipe at exit was dropped",
     .check = dry_check_script,
     .data =
         &(const struct dry_script){
             .command = {.script = "seq 1 15000 | head -c 65536; exit 9"},
             .out = {.count_to_len = 65536},
             .exit_code = 9}},
};

int main(int argc, char **argv)
{
    static const struct dry_area area = {
        .name = "large_lines", .cases = cases, .count = DRY_COUNT_OF(cases)};

    return dry_program(argc, argv, &area);
}
