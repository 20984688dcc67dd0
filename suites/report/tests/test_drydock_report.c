/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "report.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PATH_SIZE 256

#define CASE(the_id, the_verdict, ...)                                         \
    {                                                                          \
        .id = (the_id), .name = "a name", .area = "area",                      \
        .rules = "EX-A-01 EX-B-02", .why = "the bug", .result = {              \
            .verdict = (the_verdict),                                          \
            __VA_ARGS__                                                        \
        }                                                                      \
    }

static const struct dry_report_case cases[] = {
    CASE("E1.1.1", DRY_PASS, .ms = 12),
    CASE("E1.1.2", DRY_FAIL, .ms = 3456, .expected = "a < b & \"c\"",
         .observed = "tab\t, escape \033[1m, cut \xc3"),
    CASE("E1.1.3", DRY_XFAIL, .expected = "status 400",
         .observed = "status 500", .reason = "it's <known>"),
    CASE("E1.1.4", DRY_ERROR, .reason = "our own fault"),
    CASE("E1.1.5", DRY_SKIP, .reason = "excluded by --exclude"),
    CASE("E1.1.6", DRY_NONSTRICT, .reason = "line\nfeed"),
};

static const struct dry_report report = {
    .version = "1.2.3",
    .engine = {.family = "docker", .version = "20.10.24"},
    .host = "unix:///run/d.sock",
    .started = "2026-01-31T12:00:00Z",
    .cases = cases,
    .count = COUNT_OF(cases),
    .exit_status = 4,
};

static const char expected_junit[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<testsuites name=\"drydock\" tests=\"6\" failures=\"1\" errors=\"1\" "
    "skipped=\"2\" time=\"3.468\">\n"
    "  <testsuite name=\"drydock engine\" tests=\"6\" failures=\"1\" "
    "errors=\"1\" skipped=\"2\" time=\"3.468\" "
    "timestamp=\"2026-01-31T12:00:00Z\" hostname=\"unix:///run/d.sock\">\n"
    "    <testcase classname=\"engine.area\" name=\"E1.1.1 a name\" "
    "time=\"0.012\"/>\n"
    "    <testcase classname=\"engine.area\" name=\"E1.1.2 a name\" "
    "time=\"3.456\">\n"
    "      <failure type=\"drydock.fail\" message=\"expected a &lt; b &amp; "
    "&quot;c&quot;, observed tab&#9;, escape ?[1m, cut ?\">"
    "because the bug\n"
    "rule EX-A-01 EX-B-02\n"
    "expected a &lt; b &amp; &quot;c&quot;\n"
    "observed tab&#9;, escape ?[1m, cut ?</failure>\n"
    "    </testcase>\n"
    "    <testcase classname=\"engine.area\" name=\"E1.1.3 a name\" "
    "time=\"0.000\">\n"
    "      <skipped type=\"drydock.xfail\" message=\"it's &lt;known&gt;\"/>\n"
    "    </testcase>\n"
    "    <testcase classname=\"engine.area\" name=\"E1.1.4 a name\" "
    "time=\"0.000\">\n"
    "      <error type=\"drydock.error\" message=\"our own fault\">"
    "because the bug\n"
    "rule EX-A-01 EX-B-02\n"
    "expected \n"
    "observed </error>\n"
    "    </testcase>\n"
    "    <testcase classname=\"engine.area\" name=\"E1.1.5 a name\" "
    "time=\"0.000\">\n"
    "      <skipped type=\"drydock.skip\" message=\"excluded by "
    "--exclude\"/>\n"
    "    </testcase>\n"
    "    <testcase classname=\"engine.area\" name=\"E1.1.6 a name\" "
    "time=\"0.000\">\n"
    "      <system-out>nonstrict: line&#10;feed</system-out>\n"
    "    </testcase>\n"
    "  </testsuite>\n"
    "</testsuites>\n";

/* What a test holds; cmocka leaves a failed one by longjmp. */
static struct {
    char *text;
    cJSON *json;
    char folder[PATH_SIZE];
    char path[PATH_SIZE + 16];
} held;

static int set_up(void **state)
{
    const char *temporary = getenv("TMPDIR");

    (void)state;
    (void)snprintf(held.folder, sizeof(held.folder), "%s/drydock-XXXXXX",
                   temporary == NULL ? "/tmp" : temporary);
    if (mkdtemp(held.folder) == NULL) {
        return -1;
    }
    (void)snprintf(held.path, sizeof(held.path), "%s/report", held.folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(held.text);
    cJSON_Delete(held.json);
    held.text = NULL;
    held.json = NULL;
    (void)unlink(held.path);
    return rmdir(held.folder); /* fails when a draft was left there */
}

static void report__junit_is_this_text(void **state)
{
    (void)state;
    held.text = dry_report_to_junit(&report);
    assert_string_equal(held.text, expected_junit);
}

static const cJSON *member(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static const char *text_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(member(object, name));
}

static void report__json_says_what_was_run(void **state)
{
    (void)state;
    held.text = dry_report_to_json(&report);
    held.json = cJSON_Parse(held.text);

    assert_string_equal(text_of(held.json, "drydock"), "1.2.3");
    assert_string_equal(text_of(member(held.json, "engine"), "family"),
                        "docker");
    assert_string_equal(text_of(member(held.json, "engine"), "version"),
                        "20.10.24");
    assert_string_equal(text_of(held.json, "host"), "unix:///run/d.sock");
    assert_string_equal(text_of(held.json, "started"), "2026-01-31T12:00:00Z");
    assert_int_equal(member(held.json, "exit")->valueint, 4);
}

static void report__json_has_each_case(void **state)
{
    const cJSON *failed = NULL;

    (void)state;
    held.text = dry_report_to_json(&report);
    held.json = cJSON_Parse(held.text);
    failed = cJSON_GetArrayItem(member(held.json, "cases"), 1);

    assert_int_equal(cJSON_GetArraySize(member(held.json, "cases")), 6);
    assert_string_equal(text_of(failed, "id"), "E1.1.2");
    assert_string_equal(text_of(failed, "name"), "a name");
    assert_string_equal(text_of(failed, "level"), "must");
    assert_string_equal(text_of(failed, "verdict"), "fail");
    assert_int_equal(member(failed, "ms")->valueint, 3456);
    assert_string_equal(text_of(failed, "expected"), "a < b & \"c\"");
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetArrayItem(member(failed, "rules"), 1)),
        "EX-B-02");
}

static void report__json_counts_each_verdict(void **state)
{
    static const char *const once[] = {"pass",  "fail", "xfail",
                                       "error", "skip", "nonstrict"};
    const cJSON *counts = NULL;

    (void)state;
    held.text = dry_report_to_json(&report);
    held.json = cJSON_Parse(held.text);
    counts = member(held.json, "counts");

    for (size_t i = 0; i < COUNT_OF(once); i++) {
        assert_int_equal(member(counts, once[i])->valueint, 1);
    }
    assert_int_equal(member(counts, "timeout")->valueint, 0);
}

static void report__save_writes_the_text(void **state)
{
    char message[256] = "";
    char text[64] = "";
    FILE *file = NULL;

    (void)state;
    assert_true(dry_report_save(held.path, "text", message, sizeof(message)));
    file = fopen(held.path, "r");
    assert_non_null(file);
    assert_int_equal(fread(text, 1, sizeof(text) - 1, file), 4);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, "text");
}

static void report__save_replaces_a_file_whole(void **state)
{
    char message[256] = "";
    struct stat info = {0};

    (void)state;
    assert_true(dry_report_save(held.path, "longer", message, sizeof(message)));
    assert_true(dry_report_save(held.path, "x", message, sizeof(message)));
    assert_int_equal(stat(held.path, &info), 0);
    assert_int_equal(info.st_size, 1);
}

static void report__save_into_no_folder_says_so(void **state)
{
    char message[512] = "";
    char path[PATH_SIZE + 32];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/no/report", held.folder);
    assert_false(dry_report_save(path, "text", message, sizeof(message)));
    assert_non_null(strstr(message, "No such file or directory"));
    assert_non_null(strstr(message, path));
}

static void report__save_over_a_folder_leaves_no_draft(void **state)
{
    char message[512] = "";

    (void)state;
    assert_int_equal(mkdir(held.path, 0700), 0);
    assert_false(dry_report_save(held.path, "text", message, sizeof(message)));
    assert_int_equal(rmdir(held.path), 0);
}

int main(void)
{
#define TEST(function)                                                         \
    cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(report__junit_is_this_text),
        TEST(report__json_says_what_was_run),
        TEST(report__json_has_each_case),
        TEST(report__json_counts_each_verdict),
        TEST(report__save_writes_the_text),
        TEST(report__save_replaces_a_file_whole),
        TEST(report__save_into_no_folder_says_so),
        TEST(report__save_over_a_folder_leaves_no_draft),
    };

    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
