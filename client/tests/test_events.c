/* SPDX-License-Identifier: MIT */
/* test_events.c - the JSON of --json. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "events.h"
#include "table.h"

/* In place of cli/output.c and cli/clock.c. */
static char written[512];
static enum output_end next_end;
static int64_t now_ms;

enum output_end output_write(int fd, const void *data, size_t len)
{
    size_t used = strlen(written);

    assert_int_equal(fd, 1);
    assert_true(used + len < sizeof(written));
    memcpy(written + used, data, len);
    written[used + len] = '\0';
    return next_end;
}

int64_t clock_now_ms(void)
{
    return now_ms;
}

static struct events events;

static int set_up(void **state)
{
    (void)state;
    written[0] = '\0';
    next_end = OUTPUT_WRITTEN;
    now_ms = 5000;
    events_begin(&events, true);
    now_ms = 5012;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    events_release(&events);
    return 0;
}

struct row {
    const char *name;
    const char *bytes;
    size_t len;
    const char *data; /* the last member of the event */
};

#define TEXT(s) "\"text\":\"" s "\""
#define BASE64(s) "\"base64\":\"" s "\""

static struct row rows[] = {
    {"output__text", BYTES("hi\r\n"), TEXT("hi\\r\\n")},
    {"output__quotes", BYTES("\"\\"), TEXT("\\\"\\\\")},
    {"output__control", BYTES("\x1b[1m\x7f"), TEXT("\\u001b[1m\x7f")},
    {"output__nul", BYTES("a\0b"), BASE64("YQBi")},
    {"output__two_bytes", BYTES("\xC3\xA9"), TEXT("\xC3\xA9")},
    {"output__three_bytes", BYTES("\xE2\x82\xAC"), TEXT("\xE2\x82\xAC")},
    {"output__four_bytes", BYTES("\xF0\x9F\x98\x80"), TEXT("\xF0\x9F\x98\x80")},
    {"output__last_character", BYTES("\xF4\x8F\xBF\xBF"),
     TEXT("\xF4\x8F\xBF\xBF")},
    {"output__beyond_the_last_character", BYTES("\xF4\x90\x80\x80"),
     BASE64("9JCAgA==")},
    {"output__no_such_lead", BYTES("\xF5\x80\x80\x80"), BASE64("9YCAgA==")},
    {"output__surrogate", BYTES("\xED\xA0\x80"), BASE64("7aCA")},
    {"output__before_the_surrogates", BYTES("\xED\x9F\xBF"),
     TEXT("\xED\x9F\xBF")},
    {"output__overlong_2", BYTES("\xC0\xAF"), BASE64("wK8=")},
    {"output__overlong_3", BYTES("\xE0\x9F\xBF"), BASE64("4J+/")},
    {"output__overlong_4", BYTES("\xF0\x8F\xBF\xBF"), BASE64("8I+/vw==")},
    {"output__continuation_alone", BYTES("\x80"), BASE64("gA==")},
    {"output__cut_character", BYTES("a\xE2\x82"), BASE64("YeKC")},
    {"output__cut_by_another", BYTES("\xE2\x82z"), BASE64("4oJ6")},
    {"output__cut_lead", BYTES("\xC3"), BASE64("ww==")},
    {"output__lead_then_letter", BYTES("\xC3z"), BASE64("w3o=")},
    {"output__all_digits", BYTES("\xFB\xFF\xFE\xFF"), BASE64("+//+/w==")},
};

static void output__row(void **state)
{
    const struct row *row = *state;
    struct dexec_chunk chunk = {
        .kind = DEXEC_KIND_STDOUT, .data = row->bytes, .len = row->len};
    char expected[256];

    events_output(&events, &chunk);
    (void)snprintf(expected, sizeof(expected),
                   "{\"event\":\"output\",\"time_ms\":12,"
                   "\"stream\":\"stdout\",%s}\n",
                   row->data);
    assert_string_equal(written, expected);
    assert_int_equal(events.end, OUTPUT_WRITTEN);
}

static void events__all_others(void **state)
{
    struct dexec_error err = {
        .code = DEXEC_E_NOT_FOUND, .http_status = 404, .message = "no \"x\""};

    (void)state;
    events_created(&events, "4f2a");
    events_resized(&events, 24, 80);
    events_detached(&events, "keys");
    events_exit(&events, -1);
    events_error(&events, &err);
    assert_string_equal(
        written,
        "{\"event\":\"created\",\"time_ms\":12,\"id\":\"4f2a\"}\n"
        "{\"event\":\"resized\",\"time_ms\":12,\"rows\":24,\"columns\":80}\n"
        "{\"event\":\"detached\",\"time_ms\":12,\"by\":\"keys\"}\n"
        "{\"event\":\"exit\",\"time_ms\":12,\"code\":-1}\n"
        "{\"event\":\"error\",\"time_ms\":12,\"code\":\"not-found\","
        "\"http_status\":404,\"message\":\"no \\\"x\\\"\"}\n");
}

static void events__streams_are_named(void **state)
{
    const struct {
        enum dexec_kind kind;
        const char *name;
    } kinds[] = {{DEXEC_KIND_STDIN, "\"stdin\""},
                 {DEXEC_KIND_STDERR, "\"stderr\""},
                 {DEXEC_KIND_SYSTEM, "\"system\""},
                 {DEXEC_KIND_CONSOLE, "\"console\""}};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        struct dexec_chunk chunk = {
            .kind = kinds[i].kind, .data = "x", .len = 1};

        written[0] = '\0';
        events_output(&events, &chunk);
        assert_non_null(strstr(written, kinds[i].name));
    }
}

static void events__off_writes_nothing(void **state)
{
    struct dexec_error err = {.code = DEXEC_E_HTTP};

    (void)state;
    events_begin(&events, false);
    events_created(&events, "4f2a");
    events_error(&events, &err);
    events_prepare_timeout(&events, 10, "x");
    assert_string_equal(written, "");
    assert_null(events_timeout_line(&events));
}

static void events__none_follow_a_lost_reader(void **state)
{
    (void)state;
    next_end = OUTPUT_NO_READER;
    events_exit(&events, 0);
    assert_int_equal(events.end, OUTPUT_NO_READER);

    written[0] = '\0';
    next_end = OUTPUT_WRITTEN;
    events_exit(&events, 0);
    assert_string_equal(written, "");
    assert_int_equal(events.end, OUTPUT_NO_READER);
}

static void events__timeout_is_ready(void **state)
{
    (void)state;
    events_prepare_timeout(&events, 1500, "too late");
    assert_string_equal(events_timeout_line(&events),
                        "{\"event\":\"error\",\"time_ms\":1500,"
                        "\"code\":\"timeout\",\"http_status\":0,"
                        "\"message\":\"too late\"}\n");
    assert_string_equal(written, "");
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 5] = {
        cmocka_unit_test(events__all_others),
        cmocka_unit_test(events__streams_are_named),
        cmocka_unit_test(events__off_writes_nothing),
        cmocka_unit_test(events__none_follow_a_lost_reader),
        cmocka_unit_test(events__timeout_is_ready),
    };

    ADD_ROWS(tests + 5, output__row, rows);
    for (size_t i = 0; i < COUNT_OF(tests); i++) {
        tests[i].setup_func = set_up;
        tests[i].teardown_func = tear_down;
    }
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
