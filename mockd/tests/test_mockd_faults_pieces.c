/* SPDX-License-Identifier: MIT */
/* test_mockd_faults_pieces.c - where writes end, in memory and on the wire. */
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

static struct fault_row rows[] = {
    {"dribble", "dribble:bytes=10",
     .log = "{H}{%01......%03on}*{e}{%02......%04t}{wo!}{%01......}{%05three}"
            "E"},
    {"dribble_slowly", "dribble:bytes=2,us=9", "tty",
     .log = "{H}{a%E2}*(9){%82%AC}(9){|}(9){b%0D}(9){%0A}E"},
    {"dribble_of_a_ping", "dribble:on=ping", "ping",
     .log = "{HTTP/1.1 200 OK|Content-Type: text/plain|Content-Length: 2||O}*"
            "{K}E"},
    {"dribble_of_it_all", "dribble:bytes=36", .log = PLAIN,
     .note = "there is nothing in this answer to cut so"},
    {"dribble_of_nothing", "dribble:bytes=0",
     .error = "fault dribble: bytes must be a whole number from 1 to "
              "67108864"},
    {"dribble_backwards", "dribble:us=-1",
     .error = "fault dribble: us must be a whole number from 0 to "
              "3600000000"},
    {"split_header", "split_header:n=1",
     .log = "{H}{%01}*{......%03one}{%02}{......%04two!}{%01}{......%05three}"
            "E"},
    {"split_header_of_one", "split_header:n=7,frame=1",
     .log = "{H}" F1 "{%02......}*{%04two!}" F3 "E"},
    {"split_header_on_tcp", "split_header:frame=2", .is_tcp = true,
     .log = "{H}" F1 F2 "{%01...}*{...%05three}E"},
    {"split_header_behind_it", "split_header:n=8",
     .error = "fault split_header: n must be a whole number from 1 to 7"},
    {"split_header_of_none", "split_header:frame=3", .log = PLAIN,
     .note = "there is nothing in this answer to cut so"},
    {"split_header_of_a_tty", "split_header", "tty",
     .log = "{H}{a%E2%82%AC|}{b|}E",
     .note = "the answer has no frames, a terminal's has none"},
    {"split_header_of_a_ping", "split_header:on=ping",
     .error = "fault split_header: it cannot be done on ping"},
    {"split_payload", "split_payload:n=3",
     .log = "{H}" F1 "{%02......%04two}*{!}{%01......%05thr}{ee}E"},
    {"split_payload_from_header", "split_payload:n=0,frame=0",
     .log = "{H}{%01......%03}*{one}" F2 F3 "E"},
    {"split_payload_too_far", "split_payload:n=5", .log = PLAIN,
     .note = "there is nothing in this answer to cut so"},
    {"split_at",
     "{\"fault\":\"split_at\",\"at\":\"head:5,frame:1+3, payload:2+1\"}",
     .log = "{HTTP/}*{1.1 101 UPGRADED|Content-Type: application/vnd.docker."
            "raw-stream|Connection: Upgrade|Upgrade: tcp||}" F1
            "{%02..}{....%04two!}{%01......%05t}{hree}E"},
    {"split_at_offset", "split_at:at=2",
     .log = "{H}{%01.}*{.....%03one}" F2 F3 "E"},
    {"split_at_offset_from_the_end", "split_at:at=-1",
     .log = "{H}" F1 F2 "{%01......%05thre}*{e}E"},
    {"split_at_no_such_place", "split_at:at=frame:3", .log = PLAIN,
     .note = "there is no frame:3 in this answer: its head has 109 bytes, "
             "what follows 36, in 3 frames"},
    {"split_at_no_place", "split_at:at=here",
     .error = "fault split_at: here has no place in at, which is places, or "
              "offsets behind the head"},
    {"split_at_nothing", "split_at:at=",
     .error = "fault split_at: at must be a list: places, or offsets behind "
              "the head"},
    {"coalesce", "coalesce",
     .log = "{H}{%01......%03one%02......%04two!}*" F3 "E"},
    {"coalesce_all", "coalesce:k=9",
     .log = "{H}{%01......%03one%02......%04two!%01......%05three}*E"},
    {"coalesce_over_a_wait", "coalesce", "stdin",
     .log = "{H}{%01......%05ready}G{%01......%04done}E",
     .note = "there are no two frames in this answer"},
    {"coalesce_one", "coalesce:k=1",
     .error = "fault coalesce: k must be a whole number from 2 to 67108864"},
    {"slices_of_one_length", "slices:avg=12,var=0",
     .log = "{H}" F1 "{%02}*{......%04two!}{%01}{......%05three}E"},
    {"slices", "slices:avg=5,var=4,seed=1",
     .log = "{H}{%01.....}*{.%03one}{%02..}{....}{%04tw}{o!}{%01.}{.....%05}"
            "{t}{hree}E"},
    {"utf8_split", "utf8_split", "text",
     .log = "{H}{%01......%05h%C3}*{%A9|}{%02......%08ok %E2}{%82%AC|}E"},
    {"utf8_split_in_two_frames", "utf8_split:in=two", "text",
     .log = "{H}{%01......%02h%C3%01......%03%A9|}*"
            "{%02......%04ok %E2%02......%04%82%AC|}E"},
    {"utf8_split_of_a_tty", "utf8_split", "tty",
     .log = "{H}{a%E2}*{%82%AC|}{b|}E"},
    {"utf8_split_of_ascii", "utf8_split", .log = PLAIN,
     .note = "there is nothing in this answer to cut so"},
    {"utf8_split_of_ascii_in_two_frames", "utf8_split:in=two", .log = PLAIN,
     .note = "no character in this answer has several bytes"},
    {"utf8_split_of_a_tty_in_two_frames", "utf8_split:in=two", "tty",
     .log = "{H}{a%E2%82%AC|}{b|}E",
     .note = "the answer has no frames to part a character between"},
    {"utf8_split_in_three", "utf8_split:in=three",
     .error = "fault utf8_split: in must be one of one|two"},
    {"crlf_split", "crlf_split", "tty",
     .log = "{H}{a%E2%82%AC%0D}*{%0A}{b%0D}{%0A}E"},
    {"crlf_split_in_frames", "crlf_split", "text",
     .log = "{H}{%01......%05h%C3%A9%0D}*{%0A}"
            "{%02......%08ok %E2%82%AC%0D}{%0A}E"},
    {"jitter", "jitter:us=1000,seed=1",
     .log = "{H}" F1 "*(486)" F2 "(1678)" F3 "(2251)E"},
    {"jitter_without_end", "jitter:us=3600000001",
     .error = "fault jitter: us must be a whole number from 1 to 3600000000"},
};

/* Those that choose: the same seed, the same writes; another one, others. */
static const char *const seeded[] = {
    "slices:avg=4,var=3,seed=",
    "jitter:seed=",
    "garbage_before_head:seed=",
    "garbage_after_101:seed=",
};

static int count_same(const char *fault, const char *first_seed,
                      const char *seed, int runs)
{
    struct fault_play first;
    struct fault_play other;
    char text[128];
    int same = 0;

    (void)snprintf(text, sizeof(text), "%s%s", fault, first_seed);
    (void)fault_play(&first, text, "frames", false);
    (void)snprintf(text, sizeof(text), "%s%s", fault, seed);
    for (int i = 0; i < runs; i++) {
        (void)fault_play(&other, text, "frames", false);
        same += strcmp(first.log, other.log) == 0 && other.log_len > 0;
        fault_play_release(&other);
    }
    fault_play_release(&first);
    return same;
}

static void faults__a_seed_decides(void **state)
{
    (void)state;
    for (size_t i = 0; i < MD_COUNT_OF(seeded); i++) {
        assert_int_equal(count_same(seeded[i], "7", "7", 100), 100);
        assert_int_equal(count_same(seeded[i], "7", "8", 1), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults__a_seed_decides)};

    return fault_rig_run("mockd_faults_pieces", rows, MD_COUNT_OF(rows)) +
           cmocka_run_group_tests_name("mockd_faults_seeds", tests, NULL, NULL);
}
