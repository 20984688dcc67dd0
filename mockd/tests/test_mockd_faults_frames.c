/* SPDX-License-Identifier: MIT */
/* test_mockd_faults_frames.c - each fault of the frames, in memory and on the
 * wire. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fault_rig.h"

#define F1 "{%01......%03one}"
#define F2 "{%02......%04two!}"
#define F3 "{%01......%05three}"
#define PLAIN "{H}" F1 F2 F3 "E"
#define TTY "{H}{a%E2%82%AC|}{b|}E"
#define HEAD_LEN 109

static void check_giant_frame(const char *bytes, size_t len)
{
    static const char header[] = "\1\0\0\0\1\0\0\0gggg";

    assert_int_equal(len, HEAD_LEN + 36 + 8 + 16777216);
    assert_memory_equal(bytes + HEAD_LEN, header, sizeof(header) - 1);
    assert_memory_equal(bytes + HEAD_LEN + 8, bytes + HEAD_LEN + 9, 16777215);
    assert_memory_equal(bytes + len - 36, "\1\0\0\0\0\0\0\3one", 11);
}

static struct fault_row rows[] = {
    {"zero_frame", "zero_frame", .log = "{H}{%01.......}*" F1 F2 F3 "E"},
    {"zero_frame_some", "zero_frame:stream=2,count=2,at=frame:1",
     .log = "{H}" F1 "{%02.......%02.......}*" F2 F3 "E"},
    {"zero_frame_at_the_end", "zero_frame:at=end",
     .log = "{H}" F1 F2 F3 "{%01.......}*E"},
    {"zero_frame_before_a_wait", "zero_frame:at=frame:1", "stdin",
     .log = "{H}{%01......%05ready}{%01.......}*G{%01......%04done}E"},
    {"zero_frame_of_a_tty", "zero_frame", "tty", .log = TTY,
     .note = "the answer has no frames, a terminal's has none"},
    {"zero_frame_on_a_ping", "zero_frame:on=ping",
     .error = "fault zero_frame: it cannot be done on ping"},
    {"zero_frame_nowhere", "zero_frame:at=frame:4", .log = PLAIN,
     .note = "there is no frame:4 in this answer: its head has 109 bytes, "
             "what follows 36, in 3 frames"},
    {"zero_frame_of_stream_256", "zero_frame:stream=256",
     .error = "fault zero_frame: stream must be a whole number from 0 to 255"},
    {"tiny_frames", "tiny_frames:n=2",
     .log = "{H}{%01......%02on%01......%01e}*"
            "{%02......%02tw%02......%02o!}"
            "{%01......%02th%01......%02re%01......%01e}E"},
    {"tiny_frames_of_the_last", "tiny_frames:n=4",
     .log = "{H}" F1 F2 "{%01......%04thre%01......%01e}*E"},
    {"tiny_frames_of_one_byte", "tiny_frames", "stdin",
     .log = "{H}{%01......%01r%01......%01e%01......%01a%01......%01d"
            "%01......%01y}*G{%01......%01d%01......%01o%01......%01n"
            "%01......%01e}E"},
    {"tiny_frames_that_are_not", "tiny_frames:n=5", .log = PLAIN,
     .note = "no frame has more than 5 bytes of payload"},
    {"giant_frame", "giant_frame", .check = check_giant_frame},
    {"giant_frame_somewhere", "giant_frame:len=3,at=frame:1",
     .log = "{H}" F1 "{%01......%03ggg}*" F2 F3 "E"},
    {"giant_frame_beyond_the_bound", "giant_frame:len=67108800", .log = PLAIN,
     .note = "the answer grows beyond 67108864 bytes"},
    {"unknown_stream_type", "unknown_stream_type:t=255,frame=1",
     .log = "{H}" F1 "{%FF......%04two!}*" F3 "E"},
    {"unknown_stream_type_that_is_known", "unknown_stream_type:t=3",
     .error = "fault unknown_stream_type: t must be a whole number from 4 to "
              "255"},
    {"unknown_stream_type_of_none", "unknown_stream_type:frame=3", .log = PLAIN,
     .note = "there is no frame 3 in this answer, it has 3"},
    {"stream0", "stream0", .log = "{H}{.......%03one}*" F2 F3 "E"},
    {"stream0_on_tcp", "stream0", .is_tcp = true,
     .log = "{H}{.......%03one}*" F2 F3 "E"},
    {"systemerr", "systemerr:text=no,at=frame:1",
     .log = "{H}" F1 "{%03......%02no}*E"},
    {"systemerr_in_a_payload", "systemerr:text=no,at=payload:0+1",
     .log = "{H}{%01......%03o}{%03......%02no}*E"},
    {"systemerr_in_the_head", "systemerr:text=no,at=head:1", .log = PLAIN,
     .note = "a frame cannot be put into the head"},
    {"padding", "padding",
     .log = "{H}{%01%01%02%03...%03one}*{%02%01%02%03...%04two!}"
            "{%01%01%02%03...%05three}E"},
    {"padding_of_one", "padding:bytes=%00x,frame=2",
     .log = "{H}" F1 F2 "{%01.x....%05three}*E"},
    {"padding_too_long", "padding:bytes=abcd", .log = PLAIN,
     .note = "a header has room for 1 to 3 bytes, not 4"},
    {"oversize_length", "oversize_length",
     .log = "{H}" F1 F2 "{%01...%FF%FF%FF%FFthree}*E"},
    {"oversize_length_signed", "oversize_length:length=2147483648,frame=0",
     .log = "{H}{%01...%80...one}*" F2 F3 "E"},
    {"oversize_length_by_one", "oversize_length:more=1",
     .log = "{H}" F1 F2 "{%01......%06three}*E"},
    {"oversize_length_that_fits", "oversize_length:frame=0,more=25",
     .log = PLAIN,
     .note = "28 bytes follow that header, so its length cannot be too large "
             "with 28"},
    {"oversize_length_overflow", "oversize_length:more=4294967295",
     .log = PLAIN, .note = "so its length cannot be too large with 4294967300"},
    {"oversize_length_of_33_bits", "oversize_length:length=4294967296",
     .error = "fault oversize_length: length must be a whole number from 1 to "
              "4294967295"},
    {"length_lie", "length_lie:n=-2,frame=1",
     .log = "{H}" F1 "{%02......%02two!}*" F3 "E"},
    {"length_lie_by_all", "length_lie:n=-3",
     .log = "{H}{%01.......one}*" F2 F3 "E"},
    {"length_lie_too_big", "length_lie:n=-4", .log = PLAIN,
     .note = "that frame's payload has only 3 bytes"},
    {"length_lie_upwards", "length_lie:n=1",
     .error = "fault length_lie: n must be a whole number from -67108864 to "
              "-1"},
    {"endian_swap", "endian_swap",
     .log = "{H}{%01...%03...one}*{%02...%04...two!}{%01...%05...three}E"},
    {"endian_swap_of_one", "endian_swap:frame=1",
     .log = "{H}" F1 "{%02...%04...two!}*" F3 "E"},
    {"endian_swap_of_none", "endian_swap:frame=3", .log = PLAIN,
     .note = "there is no such frame, or it would stay as it is"},
    {"tty_as_mux", "tty_as_mux", .log = "{H}{one}*{two!}{three}E"},
    {"tty_as_mux_with_a_wait", "tty_as_mux", "stdin",
     .log = "{H}{ready}*G{done}E"},
    {"tty_that_looks_like_a_header",
     "tty_as_mux:prefix=%01%00%00%00%00%00%00%05", "tty",
     .log = "{H}{%01......%05a%E2%82%AC|}*{b|}E"},
    {"tty_as_tty", "tty_as_mux", "tty", .log = TTY,
     .note = "the answer is raw already; a prefix could be put before it"},
    {"mux_as_tty", "mux_as_tty", "tty",
     .log = "{H}{%01......%06a%E2%82%AC|}*{%01......%03b|}E"},
    {"tty_as_mux_has_no_frames", "tty_as_mux\nsplit_payload",
     .log = "{H}{one}*{two!}{three}E", .note = "the answer has no frames"},
    {"mux_as_tty_has_frames", "mux_as_tty\nsplit_header:frame=1", "tty",
     .log = "{H}{%01......%06a%E2%82%AC|}*{%01...}*{...%03b|}E"},
    {"mux_as_mux", "mux_as_tty", .log = PLAIN,
     .note = "the answer is not a terminal's, or empty"},
    {"bit_flip", "bit_flip:at=payload:1+1,mask=32",
     .log = "{H}" F1 "{%02......%04tWo!}*" F3 "E"},
    {"bit_flip_in_a_ping", "bit_flip:at=head:0,mask=1,on=ping", "ping",
     .log = "{ITTP/1.1 200 OK|Content-Type: text/plain|Content-Length: 2||OK}"
            "*E"},
    {"bit_flip_behind_all", "bit_flip:at=end", .log = PLAIN,
     .note = "only 0 bytes are there, not 1"},
    {"bit_flip_of_no_bit", "bit_flip:at=end,mask=0",
     .error = "fault bit_flip: mask must be a whole number from 1 to 255"},
    {"bit_flip_nowhere", "bit_flip",
     .error = "fault bit_flip: it needs at (which byte)"},
    {"drop", "drop:at=frame:0+6,n=4", .log = "{H}{%01.....e}*" F2 F3 "E"},
    {"drop_over_a_border", "drop:at=payload:0+2,n=9",
     .log = "{H}{%01......%03on}*{two!}" F3 "E"},
    {"drop_too_many", "drop:at=frame:2,n=14", .log = PLAIN,
     .note = "only 13 bytes are there, not 14"},
    {"dup", "dup:at=frame:1+7,n=3",
     .log = "{H}" F1 "{%02......%04tw%04two!}*" F3 "E"},
    {"dup_too_many", "dup:at=byte:-1,n=2", .log = PLAIN,
     .note = "only 1 bytes are there, not 2"},
    {"insert", "insert:at=payload:0+1,bytes=%00x",
     .log = "{H}{%01......%03o.xne}*" F2 F3 "E"},
    {"insert_between_writes", "insert:at=frame:1,bytes=x",
     .log = "{H}" F1 "{x}*" F2 F3 "E"},
    {"insert_nothing", "insert:at=end",
     .error = "fault insert: it needs bytes (what; %HH is a byte)"},
    {"insert_in_the_void", "insert:at=byte:37,bytes=x", .log = PLAIN,
     .note = "there is no byte:37 in this answer: its head has 109 bytes, "
             "what follows 36, in 3 frames"},
    {"insert_far_before", "insert:at=byte:-9223372036854775808,bytes=x",
     .error = "fault insert: at must be a place: head:N, byte:N, byte:-N, "
              "frame:I, frame:I+N, payload:I+N or end"},
    {"swap_frames", "swap_frames:i=2,j=0", .log = "{H}" F3 "*" F2 F1 "E"},
    {"swap_frames_beside", "swap_frames", .log = "{H}" F2 "*" F1 F3 "E"},
    {"swap_frames_with_itself", "swap_frames:i=1", .log = PLAIN,
     .note = "i and j are the same frame"},
    {"swap_frames_with_none", "swap_frames:j=3", .log = PLAIN,
     .note = "there is no frame 3 in this answer, it has 3"},
    {"error_in_stdout_docker", "error_in_stdout",
     .log = "{H}{%01......%86OCI runtime exec failed: exec failed: unable to "
            "start container process: exec: \"nosuch\": executable file not "
            "found in $PATH: unknown|}*E"},
    {"error_in_stdout_podman", "error_in_stdout:engine=podman,text=no,second=1",
     .log = "{H}{%02......%0AError: no%0A%02......<Error: read unixpacket "
            "@->@: read: connection reset by peer%0A}*E"},
    {"error_in_stdout_of_a_tty", "error_in_stdout:text=no", "tty",
     .log = "{H}{no|}*E"},
    {"http_error_midstream", "http_error_midstream:at=frame:1+2",
     .log = "{H}" F1 "{%02.HTTP/1.1 500 Internal Server Error|Content-Type: "
            "text/plain; charset=utf-8|Connection: close||500 Internal Server "
            "Error.....%04two!}*" F3 "E"},
};

int main(void)
{
    return fault_rig_run("mockd_faults_frames", rows, MD_COUNT_OF(rows));
}
