/* SPDX-License-Identifier: MIT */
/* test_record_secrets.c - where bytes have secrets, however they are cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "record/secrets.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SIZE 1024

enum what { STREAM, BODY, HEAD };

struct row {
    const char *name;
    enum what what;
    const char *pattern;
    const char *text;
    const char *word;
    const char *in;
    const char *out; /* with filler */
};

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static struct row rows[] = {
    {"stream_variable_at_line_start_goes_to_its_end", STREAM, NULL, NULL, NULL,
     "HOME=/root\nDB_PASSWORD=a b;c\nPWD=/\n",
     "HOME=/root\nDB_PASSWORD=xxxxx\nPWD=/\n"},
    {"stream_variable_within_a_line_is_a_word", STREAM, NULL, NULL, NULL,
     "run TOKEN=abc; next 'API_KEY=k' x", "run TOKEN=xxx; next 'API_KEY=x' x"},
    {"stream_variable_in_quotes", STREAM, NULL, NULL, NULL,
     "export TOKEN=\"a b\" c", "export TOKEN=\"xxx\" c"},
    {"stream_name_in_any_case", STREAM, NULL, NULL, NULL, "my_secret_1=v\n",
     "my_secret_1=x\n"},
    {"stream_name_without_a_word_of_the_list", STREAM, NULL, NULL, NULL,
     "USER=root\nX=1\n", "USER=root\nX=1\n"},
    {"stream_empty_value", STREAM, NULL, NULL, NULL, "TOKEN=\nabc\n",
     "TOKEN=\nabc\n"},
    {"stream_value_ended_by_carriage_return", STREAM, NULL, NULL, NULL,
     "TOKEN=abc\r\ndef", "TOKEN=xxx\r\ndef"},
    {"stream_word_of_the_user", STREAM, NULL, NULL, "pin", "BANK_PIN=1234\n",
     "BANK_PIN=xxxx\n"},
    {"stream_text", STREAM, NULL, "hunter2", NULL, "a hunter2 hunterhunter2",
     "a xxxxxxx hunterxxxxxxx"},
    {"stream_text_that_overlaps_itself", STREAM, NULL, "aba", NULL, "ababac",
     "xxxxxc"},
    {"stream_text_cut_off_by_the_end", STREAM, NULL, "hunter2", NULL,
     "say hunter", "say hunter"},
    {"stream_pattern", STREAM, "id-[0-9]+", NULL, NULL, "id-1, id-, id-234",
     "xxxx, id-, xxxxxx"},
    {"stream_pattern_stays_in_its_line", STREAM, "key: .*", NULL, NULL,
     "key: a b\nnext\n", "xxxxxxxx\nnext\n"},
    {"stream_pattern_at_line_starts", STREAM, "^a+", NULL, NULL, "aab\na\nba",
     "xxb\nx\nba"},
    {"stream_pattern_at_line_ends", STREAM, "a+$", NULL, NULL, "baa\nab\na",
     "bxx\nab\nx"},
    {"body_variable_in_a_list", BODY, NULL, NULL, NULL,
     "{\"Env\":[\"A=1\",\"MY_TOKEN=a b\\\"c\\n\",\"B=2\"]}",
     "{\"Env\":[\"A=1\",\"MY_TOKEN=xxxxxx\\n\",\"B=2\"]}"},
    {"body_value_is_learned", BODY, NULL, NULL, NULL,
     "{\"Env\":[\"KEY=sesame\"],\"Cmd\":[\"echo sesame!\"]}",
     "{\"Env\":[\"KEY=xxxxxx\"],\"Cmd\":[\"echo xxxxxx!\"]}"},
    {"body_short_value_is_not_learned", BODY, NULL, NULL, NULL,
     "{\"Env\":[\"KEY=true\"],\"Tty\":true}",
     "{\"Env\":[\"KEY=xxxx\"],\"Tty\":true}"},
    {"body_variable_within_a_command_is_a_word", BODY, NULL, NULL, NULL,
     "{\"Cmd\":[\"sh\",\"-c\",\"A=1 KEY=k; exit 3\"]}",
     "{\"Cmd\":[\"sh\",\"-c\",\"A=1 KEY=x; exit 3\"]}"},
    {"body_keys_that_are_no_variables", BODY, NULL, NULL, NULL,
     "{\"DetachKeys\":\"ctrl-p\",\"Tty\":false}",
     "{\"DetachKeys\":\"ctrl-p\",\"Tty\":false}"},
    {"body_password_of_a_login", BODY, NULL, NULL, NULL,
     "{\"username\":\"u\",\"Password\" : \"pw\",\"x\":\"password\"}",
     "{\"username\":\"u\",\"Password\" : \"xx\",\"x\":\"password\"}"},
    {"body_text_as_go_writes_it", BODY, NULL, "a&b\"c", NULL,
     "{\"x\":\"a\\u0026b\\\"c\"}", "{\"x\":\"xxxxxxxxxxx\"}"},
    {"body_learned_value_as_it_is_meant", BODY, NULL, NULL, NULL,
     "{\"Env\":[\"KEY=a\\u0026bcde\"],\"x\":\"a&bcde\"}",
     "{\"Env\":[\"KEY=xxxxxxxxxxx\"],\"x\":\"xxxxxx\"}"},
    {"body_escape_is_not_cut_at_the_front", BODY, NULL, "name", NULL,
     "{\"x\":\"\\name\"}", "{\"x\":\"\\nxxx\"}"},
    {"body_escape_is_not_cut_at_the_back", BODY, NULL, "ab\\", NULL,
     "{\"x\":\"ab\\\\\"}", "{\"x\":\"xxxx\"}"},
    {"body_that_is_no_json", BODY, NULL, NULL, NULL, "A=1\nTOKEN=\"x y\"\n",
     "A=1\nTOKEN=xxxxx\n"},
    {"head_cookie", HEAD, NULL, NULL, NULL,
     OK_HEAD "Set-Cookie: a=b; c\r\nX: y\r\n\r\n",
     OK_HEAD "Set-Cookie: xxxxxx\r\nX: y\r\n\r\n"},
    {"head_credentials_in_any_case", HEAD, NULL, NULL, NULL,
     OK_HEAD "x-registry-auth:abc\r\nAUTHORIZATION: Basic q\r\n\r\n",
     OK_HEAD "x-registry-auth:xxx\r\nAUTHORIZATION: xxxxxxx\r\n\r\n"},
    {"head_framing_is_left_alone", HEAD, "[0-9]+", NULL, NULL,
     OK_HEAD "Content-Length: 12\r\nX: 12\r\n\r\n",
     OK_HEAD "Content-Length: 12\r\nX: xx\r\n\r\n"},
    {"head_path_of_a_request", HEAD, "a+", NULL, NULL,
     "GET /a?b=aa HTTP/1.1\r\nX: a\r\n\r\n",
     "GET /x?b=xx HTTP/1.1\r\nX: a\r\n\r\n"},
};

struct fixture {
    const struct row *row;
    struct md_rec_secrets *secrets;
    struct md_rec_spans spans;
    struct md_rec_lane lane;
    struct md_rec_scan scan;
    char out[SIZE];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL) {
        return -1;
    }
    fixture->row = *state;
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    md_rec_secrets_free(fixture->secrets);
    md_rec_spans_release(&fixture->spans);
    md_rec_lane_release(&fixture->lane);
    free(fixture);
    return 0;
}

/* Everything anew, for one more try. */
static void begin(struct fixture *fixture, const struct row *row)
{
    md_rec_secrets_free(fixture->secrets);
    md_rec_spans_release(&fixture->spans);
    md_rec_lane_release(&fixture->lane);
    fixture->secrets = md_rec_secrets_new();
    assert_non_null(fixture->secrets);
    if (row->pattern != NULL) {
        assert_int_equal(
            md_rec_secrets_add_pattern(fixture->secrets, row->pattern, NULL),
            MOCKD_OK);
    }
    if (row->text != NULL) {
        assert_int_equal(
            md_rec_secrets_add_text(fixture->secrets, row->text, NULL),
            MOCKD_OK);
    }
    if (row->word != NULL) {
        assert_int_equal(
            md_rec_secrets_add_word(fixture->secrets, row->word, NULL),
            MOCKD_OK);
    }
    (void)snprintf(fixture->out, sizeof(fixture->out), "%s", row->in);
}

/* @base  what the spans count from */
static void cover(struct fixture *fixture, size_t base)
{
    assert_false(fixture->spans.failed);
    for (size_t i = 0; i < fixture->spans.count; i++) {
        const struct md_rec_span *span = &fixture->spans.items[i];

        assert_true(base + span->off + span->len <= strlen(fixture->out));
        assert_true(span->id > 0);
        memset(fixture->out + base + span->off, MD_REC_FILLER,
               (size_t)span->len);
    }
    md_rec_spans_release(&fixture->spans);
}

static struct md_rec_view view_of(const char *text, size_t from, size_t to)
{
    return (struct md_rec_view){.data = (const uint8_t *)text + from,
                                .len = to - from};
}

/* In three pieces, cut at every two places. */
static void check_stream(struct fixture *fixture, const struct row *row,
                         size_t first, size_t second)
{
    const size_t ends[] = {first, second, strlen(row->in)};
    size_t from = 0;
    size_t base = 0; /* of what the lane holds */

    begin(fixture, row);
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        size_t decided = md_rec_lane_feed(
            &fixture->lane, fixture->secrets, view_of(row->in, from, ends[i]),
            i == COUNT_OF(ends) - 1, &fixture->spans);

        cover(fixture, base);
        base += decided;
        from = ends[i];
    }
    assert_int_equal(base, strlen(row->in));
    assert_string_equal(fixture->out, row->out);
}

static void check_body(struct fixture *fixture, const struct row *row)
{
    begin(fixture, row);
    md_rec_secrets_body(fixture->secrets, (const uint8_t *)row->in,
                        strlen(row->in), &fixture->spans);
    cover(fixture, 0);
    assert_string_equal(fixture->out, row->out);
}

static void check_head(struct fixture *fixture, const struct row *row)
{
    struct md_rec_view in = view_of(row->in, 0, strlen(row->in));
    struct md_rec_view body = {0};

    begin(fixture, row);
    md_rec_scan_init(&fixture->scan, row->in[0] == 'H' ? MD_REC_SCAN_RESPONSE
                                                       : MD_REC_SCAN_REQUEST);
    assert_int_equal(md_rec_scan_next(&fixture->scan, &in, &body),
                     MD_REC_SCAN_HEAD);
    md_rec_secrets_head(fixture->secrets, &fixture->scan, &fixture->spans);
    cover(fixture, 0);
    assert_string_equal(fixture->out, row->out);
}

static void secrets__row(void **state)
{
    struct fixture *fixture = *state;
    const struct row *row = fixture->row;

    switch (row->what) {
    case STREAM:
        for (size_t first = 0; first <= strlen(row->in); first++) {
            for (size_t second = first; second <= strlen(row->in); second++) {
                check_stream(fixture, row, first, second);
            }
        }
        break;
    case BODY:
        check_body(fixture, row);
        break;
    case HEAD:
        check_head(fixture, row);
        break;
    }
}

static void
secrets__registry_headers_are_learned_and_what_they_encode(void **state)
{
    /* {"username":"u","password":"open sesame"} */
    static const char request[] =
        "POST /images/create HTTP/1.1\r\nX-Registry-Auth: "
        "eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6Im9wZW4gc2VzYW1lIn0=\r\n\r\n";
    static const struct row row = {
        .in = "eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6Im9wZW4gc2VzYW1lIn0= "
              "open sesame"};
    struct fixture *fixture = *state;
    struct md_rec_view in = view_of(request, 0, strlen(request));
    struct md_rec_view body = {0};

    begin(fixture, &row);
    md_rec_scan_init(&fixture->scan, MD_REC_SCAN_REQUEST);
    assert_int_equal(md_rec_scan_next(&fixture->scan, &in, &body),
                     MD_REC_SCAN_HEAD);
    md_rec_secrets_learn_head(fixture->secrets, &fixture->scan);
    (void)md_rec_lane_feed(&fixture->lane, fixture->secrets,
                           view_of(row.in, 0, strlen(row.in)), true,
                           &fixture->spans);
    cover(fixture, 0);

    assert_string_equal(
        fixture->out,
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx "
        "xxxxxxxxxxx");
}

static void secrets__longest_match_is_found_over_the_last_cut(void **state)
{
    static const struct row row = {.pattern = "<[a-z]+>", .in = ""};
    static char text[MD_REC_PATTERN_SPAN + 1];
    struct fixture *fixture = *state;
    size_t decided = 0;

    memset(text, 'a', MD_REC_PATTERN_SPAN);
    text[0] = '<';
    text[MD_REC_PATTERN_SPAN - 1] = '>';
    begin(fixture, &row);
    decided = md_rec_lane_feed(&fixture->lane, fixture->secrets,
                               view_of(text, 0, MD_REC_PATTERN_SPAN - 1), false,
                               &fixture->spans);
    assert_int_equal(decided, 0);
    (void)md_rec_lane_feed(
        &fixture->lane, fixture->secrets,
        view_of(text, MD_REC_PATTERN_SPAN - 1, MD_REC_PATTERN_SPAN), true,
        &fixture->spans);

    assert_int_equal(fixture->spans.count, 1);
    assert_int_equal(fixture->spans.items[0].len, MD_REC_PATTERN_SPAN);
}

/* It is held as long as it grows. */
static void secrets__match_that_grows_is_found_to_its_end(void **state)
{
    static const struct row row = {.pattern = "<[a-z]+", .in = ""};
    static char text[3 * MD_REC_PATTERN_SPAN];
    struct fixture *fixture = *state;

    memset(text, 'a', sizeof(text));
    text[0] = '<';
    begin(fixture, &row);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(
            md_rec_lane_feed(&fixture->lane, fixture->secrets,
                             view_of(text, i * MD_REC_PATTERN_SPAN,
                                     (i + 1) * MD_REC_PATTERN_SPAN),
                             i == 2, &fixture->spans),
            i == 2 ? sizeof(text) : 0);
    }

    assert_int_equal(fixture->spans.count, 1);
    assert_int_equal(fixture->spans.items[0].len, sizeof(text));
}

/* What is dropped from the front of a line does not make a line of the rest. */
static void secrets__line_start_is_where_the_line_starts(void **state)
{
    static const struct row row = {.pattern = "^b", .in = ""};
    static char text[2 * MD_REC_PATTERN_SPAN];
    struct fixture *fixture = *state;

    memset(text, 'b', sizeof(text));
    begin(fixture, &row);
    assert_int_equal(md_rec_lane_feed(&fixture->lane, fixture->secrets,
                                      view_of(text, 0, MD_REC_PATTERN_SPAN + 9),
                                      false, &fixture->spans),
                     9);
    assert_int_equal(fixture->spans.count, 1);
    md_rec_spans_release(&fixture->spans);
    (void)md_rec_lane_feed(&fixture->lane, fixture->secrets,
                           view_of(text, MD_REC_PATTERN_SPAN + 9, sizeof(text)),
                           true, &fixture->spans);

    assert_int_equal(fixture->spans.count, 0);
}

static void secrets__nothing_is_held_without_a_reason(void **state)
{
    static const struct row row = {.text = "hunter2", .in = "a prompt: "};
    struct fixture *fixture = *state;

    begin(fixture, &row);
    assert_int_equal(md_rec_lane_feed(&fixture->lane, fixture->secrets,
                                      view_of(row.in, 0, strlen(row.in)), false,
                                      &fixture->spans),
                     strlen(row.in));
}

static void secrets__bad_ones_are_refused(void **state)
{
    static const struct row row = {.in = ""};
    struct fixture *fixture = *state;
    struct mockd_error err = {0};

    begin(fixture, &row);
    assert_int_equal(md_rec_secrets_add_pattern(fixture->secrets, "a(b", &err),
                     MOCKD_E_INVALID);
    assert_non_null(strstr(err.message, "--secret 1 is not an extended "));
    assert_int_equal(md_rec_secrets_add_pattern(fixture->secrets, "", &err),
                     MOCKD_E_INVALID);
    assert_int_equal(md_rec_secrets_add_text(fixture->secrets, "", &err),
                     MOCKD_E_INVALID);
    assert_int_equal(md_rec_secrets_add_word(fixture->secrets, "", &err),
                     MOCKD_E_INVALID);
}

static void secrets__more_than_fit_are_told(void **state)
{
    static const struct row row = {.in = ""};
    struct fixture *fixture = *state;
    char body[64];

    begin(fixture, &row);
    for (int i = 0; i < MD_REC_SECRETS_MAX; i++) {
        assert_false(i < 100 && md_rec_secrets_is_full(fixture->secrets));
        (void)snprintf(body, sizeof(body), "[\"KEY=value-%06d\"]", i);
        md_rec_secrets_body(fixture->secrets, (const uint8_t *)body,
                            strlen(body), &fixture->spans);
    }
    assert_true(md_rec_secrets_is_full(fixture->secrets));
}

#define TEST(function)                                                         \
    {                                                                          \
        .name = #function, .test_func = (function), .setup_func = setup,       \
        .teardown_func = teardown                                              \
    }

static const struct CMUnitTest odd[] = {
    TEST(secrets__registry_headers_are_learned_and_what_they_encode),
    TEST(secrets__longest_match_is_found_over_the_last_cut),
    TEST(secrets__match_that_grows_is_found_to_its_end),
    TEST(secrets__line_start_is_where_the_line_starts),
    TEST(secrets__nothing_is_held_without_a_reason),
    TEST(secrets__bad_ones_are_refused),
    TEST(secrets__more_than_fit_are_told),
};

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + COUNT_OF(odd)];

    memcpy(tests, odd, sizeof(odd));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[COUNT_OF(odd) + i] =
            (struct CMUnitTest){.name = rows[i].name,
                                .test_func = secrets__row,
                                .setup_func = setup,
                                .teardown_func = teardown,
                                .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("record_secrets", tests, NULL, NULL);
}
