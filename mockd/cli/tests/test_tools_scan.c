/* SPDX-License-Identifier: MIT */
/* test_tools_scan.c - what looks like a date or a secret, and what does not;
 * and foreign bytes made safe to show. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "scan.h"
#include "text.h"

#define LONG "0123456789012345678901234567890123456789"

struct row {
    const char *name;
    const char *text;
    const char *found; /* all of it, a comma after each */
};

static struct row bytes[] = {
    {"nothing", "", ""},
    {"plain_words", "hello, world", ""},
    {"a_date", "at 2026-11-23T22:39:01Z.", "a date and time,"},
    {"a_fraction", "2026-11-23T22:39:01.123456789Z", "a date and time,"},
    {"a_zone", "2026-11-23T22:39:01+02:00", "a date and time,"},
    {"two_dates_count_once", "2026-11-23T22:39:01Z 2026-11-23T22:39:02Z",
     "a date and time,"},
    {"never", "0001-01-01T00:00:00Z", ""},
    {"a_day_alone", "2026-11-23", ""},
    {"digits_before_a_date", "12026-11-23T22:39:01Z", ""},
    {"github", "x=ghp_" LONG, "a GitHub token,"},
    {"github_fine", "github_pat_" LONG, "a GitHub token,"},
    {"gitlab", "glpat-" LONG, "a GitLab token,"},
    {"docker", "dckr_pat_" LONG, "a Docker Hub token,"},
    {"aws", "AKIA0123456789ABCDEF", "an AWS key id,"},
    {"slack", "xoxb-" LONG, "a Slack token,"},
    {"json_web", "eyJhbGciOiJI." LONG "." LONG, "a JSON web token,"},
    {"bearer", "Authorization: Bearer " LONG, "a bearer token,"},
    {"pem", "-----BEGIN RSA PRIVATE KEY-----", "a PEM block,"},
    {"too_short_for_a_token", "ghp_0123456789", ""},
    {"inside_a_word", "aghp_" LONG, ""},
};

struct log {
    char text[512];
};

static void note(void *user, enum md_scan_kind kind, const char *what)
{
    struct log *log = user;
    size_t len = strlen(log->text);

    (void)kind;
    (void)snprintf(log->text + len, sizeof(log->text) - len, "%s,", what);
}

static void scan__bytes(void **state)
{
    const struct row *row = *state;
    size_t len = strlen(row->text);
    struct log log = {""};
    /* of just this size, so that a look beyond it is seen */
    char *copy = malloc(len + (len == 0 ? 1 : 0));

    assert_non_null(copy);
    (void)memcpy(copy, row->text, len);
    md_scan_bytes(copy, len, note, &log);
    free(copy);

    assert_string_equal(log.text, row->found);
}

static struct row members[] = {
    {"nothing_secret", "{\"Cmd\":[\"password\"]}", ""},
    {"a_password", "{\"password\":\"x\"}", "the value of password,"},
    {"any_case", "{\"RegistryToken\":\"x\"}", "the value of RegistryToken,"},
    {"auth", "{\"auth\":\"x\"}", "the value of auth,"},
    {"no_auth", "{\"author\":\"x\",\"auth\":\"\"}", ""},
    {"deep", "[{\"a\":[{\"secret\":\"x\"}]}]", "the value of secret,"},
    {"a_number_is_none", "{\"tokens\":7}", ""},
    {"variables", "{\"Env\":[\"A_TOKEN=x\",\"B=y\",\"API_KEY=\",\"TOKEN\"]}",
     "the variable A_TOKEN,"},
    {"a_host", "{\"Hostname\":\"box\"}", "the value of Hostname,"},
    {"a_domain", "{\"Domainname\":\"example.org\"}",
     "the value of Domainname,"},
    {"an_id_as_a_host",
     "{\"Hostname\":\"0123456789ab\",\"Env\":[\"HOSTNAME=0123456789ab\"]}", ""},
};

static void scan__members(void **state)
{
    const struct row *row = *state;
    struct log log = {""};
    struct md_json *json = NULL;

    assert_int_equal(md_json_parse(row->text, strlen(row->text), &json, NULL),
                     MOCKD_OK);
    md_scan_json(json, note, &log);
    md_json_free(json);

    assert_string_equal(log.text, row->found);
}

/* The found is what is written. */
static struct row texts[] = {
    {"plain", "a b\"c\\", "a b\"c\\ \"a b\\\"c\\\\\""},
    {"percent", "100%", "100%25 \"100%25\""},
    {"controls", "\033[31m\r\n", "%1B[31m%0D%0A \"%1B[31m%0D%0A\""},
    {"utf8", "na\xC3\xAFve", "na\xC3\xAFve \"na\xC3\xAFve\""},
    {"cut_utf8", "\xE6\x97", "%E6%97 \"%E6%97\""},
    {"a_control_in_utf8", "\xC2\x9B", "%C2%9B \"%C2%9B\""},
};

static void text__row(void **state)
{
    const struct row *row = *state;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    int order = 0;

    assert_non_null(out);
    md_text_escaped(out, row->text, strlen(row->text));
    (void)putc(' ', out);
    md_text_quoted(out, row->text, strlen(row->text));
    (void)fclose(out);
    order = strcmp(text, row->found);
    free(text);

    assert_int_equal(order, 0);
}

static void text__json_is_always_utf8(void **state)
{
    static const char wanted[] = "\"a\\\"\\\\\\u000a\\ufffd\xC3\xAF\"";
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    int order = 0;

    (void)state;
    assert_non_null(out);
    md_text_json(out, "a\"\\\n\xFF\xC3\xAF");
    (void)fclose(out);
    order = strcmp(text, wanted);
    free(text);

    assert_int_equal(order, 0);
}

static struct CMUnitTest
    tests[1 + MD_COUNT_OF(bytes) + MD_COUNT_OF(members) + MD_COUNT_OF(texts)];
static size_t count;

static void add(struct row *rows, size_t row_count, CMUnitTestFunction function)
{
    for (size_t i = 0; i < row_count; i++) {
        tests[count] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = function,
                                           .initial_state = &rows[i]};
        count++;
    }
}

int main(void)
{
    add(bytes, MD_COUNT_OF(bytes), scan__bytes);
    add(members, MD_COUNT_OF(members), scan__members);
    add(texts, MD_COUNT_OF(texts), text__row);
    tests[count] =
        (struct CMUnitTest)cmocka_unit_test(text__json_is_always_utf8);
    return cmocka_run_group_tests_name("tools_scan", tests, NULL, NULL);
}
