/* SPDX-License-Identifier: MIT */
/* test_drydock_diff.c - drydock diff, as a program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define JSON(cases) "{\"drydock\":\"1\",\"cases\":[" cases "]}"
#define CASE(id, verdict, observed)                                            \
    "{\"id\":\"" id "\",\"verdict\":\"" verdict "\",\"observed\":\"" observed  \
    "\"}"

struct row {
    const char *name;
    const char *a; /* what is in the files; NULL = it is not there */
    const char *b;
    int status;
    const char *out; /* standard output, or what is in standard error */
};

static struct row rows[] = {
    {"same_lines", "E1.1.1 pass\nE1.1.2 xfail\n", "E1.1.1 pass\nE1.1.2 xfail\n",
     0, "2 cases, no difference\n"},
    {"order_does_not_count", "E2 pass\nE1 fail\n", "E1 fail\nE2 pass", 0,
     "2 cases, no difference\n"},
    {"report_and_lines", JSON(CASE("E1", "pass", "")), "E1 pass\n", 0,
     "1 cases, no difference\n"},
    {"verdicts", JSON(CASE("E1", "pass", "") "," CASE("E2", "pass", "x")),
     JSON(CASE("E1", "pass", "y") "," CASE("E2", "fail", "got 3")), 1,
     "E2: pass, fail\n    < x\n    > got 3\n2 cases, 1 differences\n"},
    {"one_more", "E1 pass\nE3 pass\n", "E1 pass\nE2 skip\nE3 pass\n", 1,
     "E2: only in B: skip\n3 cases, 1 differences\n"},
    {"one_less", "E1 pass\nE9 info\n", "E1 pass\n", 1,
     "E9: only in A: info\n2 cases, 1 differences\n"},
    {"no_file", NULL, "E1 pass\n", 3, "A: No such file or directory"},
    {"other_has_no_case", "E1 pass\n", "\n\n", 3, "B: it holds no case"},
    {"no_verdict", "E1 passed\n", "E1 pass\n", 3,
     "A: case E1: no verdict is called passed"},
    {"no_lines", "hello\n", "E1 pass\n", 3, "A: neither a report in JSON nor"},
    {"twice", "E1 pass\nE1 pass\n", "E1 pass\n", 3,
     "A: case E1 is there twice"},
    {"cut_json", "{\"cases\":[", "E1 pass\n", 3,
     "A: no report: it has no array of cases"},
    {"no_cases", "{\"cases\":{}}", "E1 pass\n", 3,
     "A: no report: it has no array of cases"},
    {"cases_are_numbers", "{\"cases\":[1]}", "E1 pass\n", 3,
     "A: case : no verdict is called "},
};

static char folder[] = "/tmp/drydock-diff-XXXXXX";

static void put(const char *name, const char *text)
{
    FILE *to = NULL;

    if (text == NULL) {
        return;
    }
    to = fopen(name, "we");
    assert_non_null(to);
    (void)fputs(text, to);
    assert_int_equal(fclose(to), 0);
}

static void diff__row(void **state)
{
    const struct row *row = *state;
    char out[1024] = "";
    FILE *from = NULL;
    size_t len = 0;
    int status = 0;

    put("A", row->a);
    put("B", row->b);
    from = popen(DRYDOCK_PROGRAM " diff A B 2>&1", "r");
    assert_non_null(from);
    len = fread(out, 1, sizeof(out) - 1, from);
    out[len] = '\0';
    status = pclose(from);
    (void)unlink("A");
    (void)unlink("B");

    assert_int_equal(WEXITSTATUS(status), row->status);
    if (row->status == 3) {
        assert_non_null(strstr(out, row->out));
    } else {
        assert_string_equal(out, row->out);
    }
}

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL && chdir(folder) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir(folder);
}

int main(void)
{
    struct CMUnitTest tests[sizeof(rows) / sizeof(rows[0])];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = diff__row,
                                       .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("drydock_diff", tests, set_up,
                                       tear_down);
}
