/* SPDX-License-Identifier: MIT */
/* program.c - a case program: its command line, its environment, its engine.
 */
#include "program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "clock.h"
#include "listing.h"
#include "run.h"

#define DEFAULT_PROFILE "docker-20.10.24"
#define DEFAULT_TIMEOUT_MS 10000
#define TITLE_MAX 192 /* bytes of "ID NAME", with the NUL */

enum {
    EXIT_CONFORMS = 0,
    EXIT_NOT_CONFORMING = 1,
    EXIT_USAGE = 2,
    EXIT_ENVIRONMENT = 3,
    EXIT_OWN_FAULT = 4,
};

/* One case as a cmocka test. */
struct test {
    const struct dry_target *target;
    const struct dry_case *spec;
    struct dry_run run;
    char title[TITLE_MAX];
};

static int open_results(void)
{
    const char *to = getenv("DRYDOCK_RESULTS");
    char *end = NULL;
    long fd = 0;

    if (to == NULL || *to == '\0') {
        return -1;
    }
    fd = strtol(to, &end, 10);
    if (*end == '\0' && fd >= 0 && fd <= 1 << 20) {
        return dup((int)fd);
    }
    return open(to, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

static void write_result(const struct dry_result *result)
{
    int fd = open_results();
    char *line = dry_result_to_line(result);

    if (fd >= 0 && line != NULL &&
        write(fd, line, strlen(line)) != (ssize_t)strlen(line)) {
        (void)fprintf(stderr, "cannot write the result of %s: %s\n", result->id,
                      strerror(errno));
    }
    free(line);
    if (fd >= 0) {
        (void)close(fd);
    }
}

static int set_up(void **state)
{
    struct test *test = *state;

    test->run = (struct dry_run){.spec = test->spec};
    return 0;
}

static void judge_case(void **state)
{
    struct test *test = *state;

    dry_run_init(&test->run, test->target, test->spec);
    test->spec->check(&test->run);
}

static int tear_down(void **state)
{
    struct test *test = *state;
    struct dry_result *result = &test->run.result;

    result->ms = dry_now_ms() - test->run.started_ms;
    if (result->verdict == DRY_XFAIL || result->verdict == DRY_NONSTRICT) {
        (void)fprintf(stderr, "%s: %s: %s\n", result->id,
                      dry_verdict_name(result->verdict), result->reason);
    }
    write_result(result);
    dry_run_release(&test->run);
    return 0;
}

/* How many tests were made from @area's cases; all of them, or that one. */
static size_t make_tests(const struct dry_area *area,
                         const struct dry_target *target, struct test *tests,
                         struct CMUnitTest *table)
{
    const char *only = getenv("DRYDOCK_CASE");
    size_t count = 0;

    for (size_t i = 0; i < area->count; i++) {
        const struct dry_case *spec = &area->cases[i];

        if (only != NULL && strcmp(only, spec->id) != 0) {
            continue;
        }
        tests[count] = (struct test){.target = target, .spec = spec};
        (void)snprintf(tests[count].title, TITLE_MAX, "%s %s", spec->id,
                       spec->name);
        table[count] = (struct CMUnitTest){.name = tests[count].title,
                                           .test_func = judge_case,
                                           .setup_func = set_up,
                                           .teardown_func = tear_down,
                                           .initial_state = &tests[count]};
        count++;
    }
    return count;
}

static int run_table(const struct dry_area *area,
                     const struct dry_target *target, struct test *tests,
                     struct CMUnitTest *table)
{
    size_t count = make_tests(area, target, tests, table);

    if (count == 0) {
        (void)fprintf(stderr, "case %s: not one of %s's; see --list\n",
                      getenv("DRYDOCK_CASE"), area->name);
        return EXIT_USAGE;
    }
    /* The macro asks for an array; this is the function behind it. */
    return _cmocka_run_group_tests(area->name, table, count, NULL, NULL) == 0
               ? EXIT_CONFORMS
               : EXIT_NOT_CONFORMING;
}

static int run_cases(const struct dry_area *area,
                     const struct dry_target *target)
{
    struct test *tests = calloc(area->count, sizeof(*tests));
    struct CMUnitTest *table = calloc(area->count, sizeof(*table));
    int status = EXIT_OWN_FAULT;

    if (tests != NULL && table != NULL) {
        status = run_table(area, target, tests, table);
    }
    free(tests);
    free(table);
    return status;
}

static uint32_t timeout_from_environment(void)
{
    const char *text = getenv("DRYDOCK_TIMEOUT_MS");
    unsigned long ms = text == NULL ? 0 : strtoul(text, NULL, 10);

    return ms == 0 || ms > UINT32_MAX ? DEFAULT_TIMEOUT_MS : (uint32_t)ms;
}

static int judge_host(const struct dry_area *area, const char *host)
{
    const char *engine = getenv("DRYDOCK_ENGINE");
    struct dry_target target = {.host = host,
                                .container = getenv("DRYDOCK_CONTAINER"),
                                .timeout_ms = timeout_from_environment()};

    if (target.container == NULL) {
        (void)fprintf(stderr,
                      "DRYDOCK_CONTAINER: name a running container "
                      "of %s\n",
                      host);
        return EXIT_USAGE;
    }
    if (engine == NULL || !dry_engine_from_text(&target.engine, engine)) {
        (void)dry_engine_from_text(&target.engine, "other/unknown");
    }
    return run_cases(area, &target);
}

static int judge_mock(const struct dry_area *area)
{
    const char *profile = getenv("DRYDOCK_PROFILE");
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    struct mockd_error err = {0};
    struct mockd *mock = NULL;
    struct dry_target target = {.timeout_ms = timeout_from_environment()};
    int status = 0;

    options.profile = profile == NULL ? DEFAULT_PROFILE : profile;
    options.unix_path = "auto";
    if (mockd_start(&options, &mock, &err) != MOCKD_OK) {
        (void)fprintf(stderr, "mock: %s\n", err.message);
        return EXIT_ENVIRONMENT;
    }
    target.host = mockd_unix_url(mock);
    target.container = mockd_container(mock);
    (void)dry_engine_from_text(&target.engine, options.profile);
    status = run_cases(area, &target);
    mockd_stop(mock);
    return status;
}

/* Open descriptors of this process; the listing's own one is in each count. */
static size_t count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    while (folder != NULL && readdir(folder) != NULL) {
        count++;
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return count;
}

static int judge(const struct dry_area *area)
{
    const char *host = getenv("DRYDOCK_HOST");
    size_t before = 0;
    size_t after = 0;
    int status = 0;

    /* A failed case is a result like any other, and the next one is to run. */
    (void)unsetenv("CMOCKA_TEST_ABORT");
    (void)dexec_global_init();
    before = count_descriptors();
    status = host != NULL ? judge_host(area, host) : judge_mock(area);
    after = count_descriptors();
    if (before != after) {
        (void)fprintf(stderr, "descriptors: %zu before the cases, %zu after\n",
                      before, after);
        return EXIT_OWN_FAULT;
    }
    return status;
}

int dry_program(int argc, char **argv, const struct dry_area *area)
{
    if (argc == 1) {
        return judge(area);
    }
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        return dry_listing_print(area) ? EXIT_CONFORMS : EXIT_OWN_FAULT;
    }
    (void)fprintf(stderr, "%s: unknown argument %s; usage: %s [--list]\n",
                  area->name, argv[1], argv[0]);
    return EXIT_USAGE;
}
