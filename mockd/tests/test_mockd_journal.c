/* SPDX-License-Identifier: MIT */
/* test_mockd_journal.c - the ring of entries, with a clock that tests move. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "cleanup.h"
#include "engine.h"
#include "json.h"

static struct md_journal *journal;
static uint64_t clock_us;
static size_t told;
static char last[8192];

static uint64_t now_us(void)
{
    return clock_us;
}

static void keep(void *user, const char *line, size_t len)
{
    (void)user;
    told++;
    assert_int_equal(strlen(line), len);
    (void)snprintf(last, sizeof(last), "%s", line);
}

static int set_up(void **state)
{
    (void)state;
    clock_us = 1000;
    told = 0;
    last[0] = '\0';
    journal = md_journal_new(now_us, keep, NULL);
    return journal == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    md_journal_free(journal);
    journal = NULL;
    return 0;
}

static void note_request(const char *body, size_t len)
{
    const struct md_noted_request request = {.connection = 7,
                                             .method = "POST",
                                             .target = "/x",
                                             .body = body,
                                             .body_len = len};

    md_journal_request(journal, &request);
}

/* ---- what each entry says */

static void journal__request_shows_its_headers(void **state)
{
    const struct md_noted_request request = {
        .connection = 3,
        .method = "GET",
        .target = "/v1.41/a?b=%20",
        .values = {"d", NULL, "close", NULL, "x\"y"},
        .body = "hi\n",
        .body_len = 3};

    (void)state;
    clock_us += 25;
    md_journal_request(journal, &request);

    assert_string_equal(
        last,
        "{\"seq\":1,\"time_us\":25,\"event\":\"request\",\"connection\":3,"
        "\"method\":\"GET\",\"target\":\"/v1.41/a?b=%20\",\"headers\":{"
        "\"Host\":\"d\",\"Connection\":\"close\",\"User-Agent\":"
        "\"x\\\"y\"},\"body_bytes\":3,\"body\":\"hi\\u000a\"}");
}

static void journal__answer_names_its_rule(void **state)
{
    struct md_fixture fixture = {.path = "a/b.execcast"};
    struct md_rule rule = {.fixture = &fixture, .line = 12};
    struct md_answer answer = {.connection = 2, .status = 201, .rule = &rule};

    (void)state;
    md_journal_answer(journal, &answer);
    assert_non_null(strstr(last, "\"event\":\"answer\",\"connection\":2,"
                                 "\"status\":201,\"stream\":false,\"rule\":"
                                 "\"a/b.execcast:12\"}"));
    answer.rule = NULL;
    md_journal_answer(journal, &answer);
    assert_non_null(strstr(last, "\"rule\":\"mockd\"}"));
    answer.unmatched = "why";
    md_journal_answer(journal, &answer);
    assert_non_null(
        strstr(last, "\"rule\":\"unmatched\",\"message\":\"why\"}"));
}

static void journal__stream_counts_both_ways(void **state)
{
    const uint8_t sha256[MD_SHA256_SIZE] = {0xAB, 0x01};
    const struct md_noted_stream stream = {.connection = 4,
                                           .input_bytes = 5,
                                           .sent_bytes = 130,
                                           .is_client_over = true,
                                           .sha256 = sha256};

    (void)state;
    md_journal_stream(journal, "half_close", &stream);

    assert_non_null(
        strstr(last, "\"event\":\"half_close\",\"connection\":4,"
                     "\"input_bytes\":5,\"sent_bytes\":130,\"client_over\":"
                     "true,\"engine_over\":false,\"sha256\":\"ab0100000000"));
}

static void journal__fired_names_its_fault(void **state)
{
    const struct md_fault_kind kind = {.name = "truncate_at"};
    struct md_fault second = {.kind = &kind, .number = 2};
    struct md_fault first = {.next = &second, .kind = &kind, .number = 1};
    const struct md_faults faults = {.first = &first};

    (void)state;
    md_journal_fired(journal, &faults, 2, 9, 77);
    assert_non_null(strstr(last, "\"event\":\"fired\",\"fault\":2,\"name\":"
                                 "\"truncate_at\",\"connection\":9,"
                                 "\"offset\":77}"));
    md_journal_fired(journal, &faults, 3, 9, 77); /* disarmed meanwhile */
    assert_non_null(strstr(last, "\"fault\":3,\"connection\":9"));
}

static void journal__resize_has_numbers(void **state)
{
    const struct md_param params[] = {{"h", "24"}, {"w", "80"}, {"x", "1"}};
    const struct md_target target = {.params = params, .param_count = 3};
    char id[] = "e1";
    const struct md_exec exec = {.id = id};

    (void)state;
    md_journal_resize(journal, &exec, &target);
    assert_non_null(strstr(last, "\"event\":\"resize\",\"exec\":\"e1\","
                                 "\"height\":24,\"width\":80}"));
}

/* Every line is JSON, whatever a client sends. */
static void journal__hostile_bytes(void **state)
{
    char body[256];
    struct md_json *json = NULL;

    (void)state;
    for (size_t i = 0; i < sizeof(body); i++) {
        body[i] = (char)i;
    }
    note_request(body, sizeof(body));

    assert_int_equal(md_json_parse(last, strlen(last), &json, NULL), MOCKD_OK);
    md_json_free(json);
}

static void journal__long_body_is_cut(void **state)
{
    size_t len = MD_JOURNAL_BODY_MAX + 10;
    MD_CLEANUP(md_cleanup_free) char *body = malloc(len);
    MD_CLEANUP(md_json_cleanup) struct md_json *json = NULL;

    (void)state;
    assert_non_null(body);
    memset(body, 'b', len);
    note_request(body, len);

    assert_int_equal(md_json_parse(last, strlen(last), &json, NULL), MOCKD_OK);
    assert_int_equal(strlen(md_json_text(md_json_get(json, "body"))),
                     MD_JOURNAL_BODY_MAX);
    assert_non_null(strstr(last, "\"body_bytes\":4106"));
}

/* ---- the ring */

static void journal__keeps_so_many(void **state)
{
    uint64_t seq = 0;

    (void)state;
    for (size_t i = 0; i < MD_JOURNAL_ENTRIES_MAX + 5; i++) {
        note_request("", 0);
    }

    assert_int_equal(told, MD_JOURNAL_ENTRIES_MAX + 5);
    assert_int_equal(md_journal_dropped(journal), 5);
    assert_int_equal(md_journal_last(journal), MD_JOURNAL_ENTRIES_MAX + 5);
    assert_non_null(md_journal_next(journal, &seq));
    assert_int_equal(seq, 6);
    seq = MD_JOURNAL_ENTRIES_MAX + 4;
    assert_non_null(md_journal_next(journal, &seq));
    assert_null(md_journal_next(journal, &seq));
    assert_int_equal(seq, MD_JOURNAL_ENTRIES_MAX + 5);
}

static void journal__keeps_so_many_bytes(void **state)
{
    static char body[MD_JOURNAL_BODY_MAX]; /* NUL: each byte becomes three */
    size_t count = MD_JOURNAL_BYTES_MAX / (3 * sizeof(body));
    uint64_t seq = 0;
    size_t bytes = 0;
    const char *line = NULL;

    (void)state;
    for (size_t i = 0; i < count + 100; i++) {
        note_request(body, sizeof(body));
    }
    while ((line = md_journal_next(journal, &seq)) != NULL) {
        bytes += strlen(line);
    }

    assert_true(md_journal_dropped(journal) >= 100);
    assert_true(bytes <= MD_JOURNAL_BYTES_MAX);
    assert_true(bytes > MD_JOURNAL_BYTES_MAX - 6 * sizeof(body));
}

static void journal__clear_goes_on_counting(void **state)
{
    uint64_t seq = 0;

    (void)state;
    note_request("", 0);
    note_request("", 0);
    md_journal_clear(journal);

    assert_null(md_journal_next(journal, &seq));
    assert_int_equal(md_journal_dropped(journal), 0);
    note_request("", 0);
    assert_non_null(md_journal_next(journal, &seq));
    assert_int_equal(seq, 3);
}

static void journal__mute_keeps_noting(void **state)
{
    (void)state;
    md_journal_mute(journal);
    note_request("", 0);
    assert_int_equal(told, 0);
    assert_int_equal(md_journal_last(journal), 1);
}

static void journal__none_is_fine(void **state)
{
    const struct md_faults faults = {0};
    const struct md_noted_request request = {0};
    const struct md_noted_stream stream = {0};
    const struct md_answer answer = {0};
    const struct md_exec exec = {0};
    const struct md_target target = {0};

    (void)state;
    md_journal_request(NULL, &request);
    md_journal_answer(NULL, &answer);
    md_journal_stream(NULL, "end", &stream);
    md_journal_fired(NULL, &faults, 1, 1, 1);
    md_journal_exec(NULL, &exec);
    md_journal_resize(NULL, &exec, &target);
}

/* ---- filters */

struct filter_row {
    const char *name;
    const char *filter;
    bool fits;
};

static struct filter_row filter_rows[] = {
    {"filter_nothing", "{}", true},
    {"filter_text", "{\"event\":\"x\"}", true},
    {"filter_other_text", "{\"event\":\"y\"}", false},
    {"filter_number", "{\"fault\":1,\"event\":\"x\"}", true},
    {"filter_other_number", "{\"fault\":2,\"event\":\"x\"}", false},
    {"filter_number_is_no_text", "{\"fault\":\"1\"}", false},
    {"filter_object", "{\"headers\":{\"Host\":\"d\"}}", true},
    {"filter_part_of_object", "{\"headers\":{}}", false},
    {"filter_absent_member", "{\"nope\":1}", false},
    {"filter_null_is_not_absent", "{\"nope\":null}", false},
    {"filter_false", "{\"over\":false}", true},
};

static void journal__filter(void **state)
{
    const struct filter_row *row = *state;
    MD_CLEANUP(md_json_cleanup) struct md_json *filter = NULL;

    assert_int_equal(
        md_json_parse(row->filter, strlen(row->filter), &filter, NULL),
        MOCKD_OK);
    assert_int_equal(md_journal_fits("{\"event\":\"x\",\"fault\":1,\"over\":"
                                     "false,\"headers\":{\"Host\":\"d\"}}",
                                     filter),
                     row->fits);
}

static void journal__print_what_fits(void **state)
{
    static const char text[] = "{\"body\":\"b\"}";
    MD_CLEANUP(md_json_cleanup) struct md_json *filter = NULL;
    struct md_buf out = {.max = 4096};

    (void)state;
    note_request("b", 1);
    note_request("a", 1);
    note_request("b", 1);
    assert_int_equal(md_json_parse(text, strlen(text), &filter, NULL),
                     MOCKD_OK);
    assert_true(md_journal_print(journal, 1, filter, "\n", &out));
    assert_int_equal(strncmp(out.data, "{\"seq\":3,", 9), 0);
    assert_ptr_equal(strchr(out.data, '\n'), out.data + out.len - 1);
    md_buf_release(&out);
}

#define ROW(function)                                                          \
    cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
    struct CMUnitTest tests[13 + MD_COUNT_OF(filter_rows)] = {
        ROW(journal__request_shows_its_headers),
        ROW(journal__answer_names_its_rule),
        ROW(journal__stream_counts_both_ways),
        ROW(journal__fired_names_its_fault),
        ROW(journal__resize_has_numbers),
        ROW(journal__hostile_bytes),
        ROW(journal__long_body_is_cut),
        ROW(journal__keeps_so_many),
        ROW(journal__keeps_so_many_bytes),
        ROW(journal__clear_goes_on_counting),
        ROW(journal__mute_keeps_noting),
        ROW(journal__none_is_fine),
        ROW(journal__print_what_fits),
    };

    for (size_t i = 0; i < MD_COUNT_OF(filter_rows); i++) {
        tests[13 + i] = (struct CMUnitTest){.name = filter_rows[i].name,
                                            .test_func = journal__filter,
                                            .initial_state = &filter_rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_journal", tests, NULL, NULL);
}
