/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pool.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What is left of a job when its child has been released. */
struct outcome {
    int status;
    unsigned done; /* how often */
    char result[64];
    char noise[64];
    bool was_started;
    bool was_killed;
};

struct row {
    const char *name;
    const char *script;
    const char *program; /* NULL = /bin/sh */
    uint64_t timeout_ms;
    struct outcome expected; /* its status is an exit status */
    bool is_listing;
};

static struct row rows[] = {
    {.name = "a_result_is_what_is_written_to_descriptor_3",
     .script = "echo result >&3; echo noise; echo more >&2; exit 4",
     .timeout_ms = 10000,
     .expected = {.status = 4, .result = "result\n", .noise = "noise\nmore\n"}},
    {.name = "a_listing_is_what_is_written_to_standard_output",
     .script = "echo listed; echo noise >&2",
     .is_listing = true,
     .timeout_ms = 10000,
     .expected = {.result = "listed\n", .noise = "noise\n"}},
    {.name = "a_setting_reaches_the_child",
     .script = "echo $DRYDOCK_SETTING >&3",
     .timeout_ms = 10000,
     .expected = {.result = "value\n"}},
    {.name = "a_child_is_killed_when_its_time_is_over",
     .script = "echo started >&3; exec sleep 100",
     .timeout_ms = 300,
     .expected = {.was_killed = true, .result = "started\n"}},
    {.name = "a_grandchild_that_holds_the_pipes_holds_nothing_up",
     .script = "sleep 100 & echo done >&3",
     .timeout_ms = 10000,
     .expected = {.result = "done\n"}},
    {.name = "a_program_that_is_not_there_exits_with_127",
     .program = "/drydock-no-such-program",
     .timeout_ms = 10000,
     .expected = {.status = 127,
                  .noise = "/drydock-no-such-program: No such file or "
                           "directory\n"}},
};

static void copy(char out[64], const struct dry_buffer *from)
{
    (void)snprintf(out, 64, "%.*s", (int)from->len,
                   from->data == NULL ? "" : (const char *)from->data);
}

static void note(void *user, struct dry_job *job)
{
    struct outcome *outcome = user;

    outcome->was_started = job->was_started;
    outcome->was_killed = job->child.was_killed;
    outcome->status = job->child.status;
    copy(outcome->result, &job->child.result);
    copy(outcome->noise, &job->child.noise);
    outcome->done++;
}

static void pool__row(void **state)
{
    const struct row *row = *state;
    char shell[] = "sh";
    char option[] = "-c";
    char script[128];
    char setting[] = "DRYDOCK_SETTING=value";
    char *arguments[] = {shell, option, script, NULL};
    struct outcome outcome = {0};
    struct dry_job job = {.program =
                              row->program == NULL ? "/bin/sh" : row->program,
                          .arguments = arguments,
                          .settings = {setting},
                          .is_listing = row->is_listing,
                          .timeout_ms = row->timeout_ms};
    struct dry_pool pool = {.jobs = &job,
                            .count = 1,
                            .parallel = 1,
                            .stop_fd = -1,
                            .on_done = note,
                            .user = &outcome};

    (void)snprintf(script, sizeof(script), "%s",
                   row->script == NULL ? "" : row->script);
    assert_true(dry_pool_run(&pool));

    assert_int_equal(outcome.done, 1);
    assert_true(outcome.was_started);
    assert_int_equal(outcome.was_killed, row->expected.was_killed);
    assert_int_equal(WIFEXITED(outcome.status), !row->expected.was_killed);
    if (!row->expected.was_killed) {
        assert_int_equal(WEXITSTATUS(outcome.status), row->expected.status);
    }
    assert_string_equal(outcome.result, row->expected.result);
    assert_string_equal(outcome.noise, row->expected.noise);
}

static void count(void *user, struct dry_job *job)
{
    unsigned *done = user;

    (void)job;
    (*done)++;
}

static void pool__all_jobs_are_run_some_at_a_time(void **state)
{
    char shell[] = "sh";
    char option[] = "-c";
    char script[] = "exit 0";
    char *arguments[] = {shell, option, script, NULL};
    struct dry_job jobs[20] = {0};
    unsigned done = 0;
    struct dry_pool pool = {.jobs = jobs,
                            .count = COUNT_OF(jobs),
                            .parallel = 3,
                            .stop_fd = -1,
                            .on_done = count,
                            .user = &done};

    (void)state;
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        jobs[i] = (struct dry_job){
            .program = "/bin/sh", .arguments = arguments, .timeout_ms = 10000};
    }
    assert_true(dry_pool_run(&pool));
    assert_int_equal(done, COUNT_OF(jobs));
}

static void pool__a_stop_kills_what_runs_and_starts_no_more(void **state)
{
    char shell[] = "sh";
    char option[] = "-c";
    char script[] = "exec sleep 100";
    char *arguments[] = {shell, option, script, NULL};
    struct dry_job jobs[4] = {0};
    unsigned done = 0;
    int ends[2];
    struct dry_pool pool = {.jobs = jobs,
                            .count = COUNT_OF(jobs),
                            .parallel = 2,
                            .on_done = count,
                            .user = &done};

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "", 1), 1);
    pool.stop_fd = ends[0];
    for (size_t i = 0; i < COUNT_OF(jobs); i++) {
        jobs[i] = (struct dry_job){
            .program = "/bin/sh", .arguments = arguments, .timeout_ms = 100000};
    }
    assert_false(dry_pool_run(&pool));
    assert_int_equal(done, 2);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

/* The grandchild holds the writing end of a pipe of ours until it dies. */
static void pool__what_a_child_leaves_behind_is_killed(void **state)
{
    char shell[] = "sh";
    char option[] = "-c";
    char script[] = "sleep 100 & exit 0";
    char *arguments[] = {shell, option, script, NULL};
    struct dry_job job = {
        .program = "/bin/sh", .arguments = arguments, .timeout_ms = 10000};
    unsigned done = 0;
    int ends[2];
    struct pollfd watched = {.events = POLLIN};
    struct dry_pool pool = {.jobs = &job,
                            .count = 1,
                            .parallel = 1,
                            .stop_fd = -1,
                            .on_done = count,
                            .user = &done};

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_true(dry_pool_run(&pool));
    (void)close(ends[1]);
    watched.fd = ends[0];
    assert_int_equal(poll(&watched, 1, 10000), 1);
    (void)close(ends[0]);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 3] = {
        cmocka_unit_test(pool__what_a_child_leaves_behind_is_killed),
        cmocka_unit_test(pool__all_jobs_are_run_some_at_a_time),
        cmocka_unit_test(pool__a_stop_kills_what_runs_and_starts_no_more),
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[i + 3] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = pool__row,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
