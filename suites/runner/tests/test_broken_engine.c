/* SPDX-License-Identifier: MIT */
/*
 * test_broken_engine.c - the suite can fail: drydock against engines that are
 * wrong in one way each, and against one that is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "tiny_engine.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PATH_SIZE 128

struct row {
    const char *name;
    const char *id;
    const char *verdict;
    enum tiny_bug bug;
    int exit_status;
    const char *observed; /* part of it, or NULL */
};

/* The same cases on an engine without a bug: what fails below does so for the
 * bug. */
#define SOUND(case_id)                                                         \
    {                                                                          \
        .name = "a_sound_engine_passes_" case_id, .bug = TINY_NONE,            \
        .id = (case_id), .verdict = "pass"                                     \
    }

static struct row rows[] = {
    SOUND("E1.1.1"),
    SOUND("E1.1.2"),
    SOUND("E1.1.3"),
    SOUND("E1.3.1"),
    SOUND("E3.1.1"),
    SOUND("E5.1.1"),
    SOUND("E8.1.3"),
    SOUND("E8.2.1"),
    SOUND("E9.5.1"),
    SOUND("E11.1.2"),
    {.name = "a_dropped_last_frame_fails_the_long_line",
     .bug = TINY_DROPS_LAST_FRAME,
     .id = "E3.1.1",
     .verdict = "fail",
     .exit_status = 1,
     .observed = "bytes"},
    {.name = "a_dropped_last_frame_fails_the_one_frame",
     .bug = TINY_DROPS_LAST_FRAME,
     .id = "E1.1.1",
     .verdict = "fail",
     .exit_status = 1,
     .observed = "stream \"\""},
    {.name = "a_doubled_frame_fails_the_layout",
     .bug = TINY_DOUBLES_FIRST_FRAME,
     .id = "E1.1.2",
     .verdict = "fail",
     .exit_status = 1},
    {.name = "a_wrong_stream_type_fails_the_raw_case",
     .bug = TINY_ONE_STREAM_ONLY,
     .id = "E1.1.3",
     .verdict = "fail",
     .exit_status = 1,
     .observed = "\\x01\\x00"},
    {.name = "a_wrong_stream_type_fails_streams_apart",
     .bug = TINY_ONE_STREAM_ONLY,
     .id = "E1.3.1",
     .verdict = "fail",
     .exit_status = 1},
    {.name = "padding_fails_the_layout",
     .bug = TINY_PADS_FRAMES,
     .id = "E1.1.2",
     .verdict = "fail",
     .exit_status = 1,
     .observed = "not zero"},
    {.name = "a_little_endian_length_fails_the_one_frame",
     .bug = TINY_LITTLE_ENDIAN,
     .id = "E1.1.1",
     .verdict = "fail",
     .exit_status = 1},
    {.name = "a_cut_frame_fails_the_layout",
     .bug = TINY_CUTS_LAST_FRAME,
     .id = "E1.1.2",
     .verdict = "fail",
     .exit_status = 1,
     .observed = "inside a payload"},
    {.name = "a_cut_frame_fails_a_case_through_the_client",
     .bug = TINY_CUTS_LAST_FRAME,
     .id = "E3.1.1",
     .verdict = "fail",
     .exit_status = 1},
    {.name = "exit_code_0_for_all_fails_exit_7",
     .bug = TINY_EXITS_WITH_0,
     .id = "E8.1.3",
     .verdict = "fail",
     .exit_status = 1,
     .observed = "ExitCode 0"},
    {.name = "exit_code_0_for_all_fails_the_signal",
     .bug = TINY_EXITS_WITH_0,
     .id = "E8.2.1",
     .verdict = "fail",
     .exit_status = 1},
    {.name = "a_known_deviation_hides_no_other_value",
     .bug = TINY_EXITS_WITH_99,
     .id = "E8.3.1",
     .verdict = "fail",
     .exit_status = 1,
     .observed = "ExitCode 99"},
    {.name = "running_after_the_end_fails_exit_7",
     .bug = TINY_RUNS_ON,
     .id = "E8.1.3",
     .verdict = "fail",
     .exit_status = 1,
     .observed = "Running true"},
    {.name = "a_chunked_200_fails_the_head",
     .bug = TINY_CHUNKS_200,
     .id = "E11.1.2",
     .verdict = "fail",
     .exit_status = 1,
     .observed = "chunked"},
    {.name = "a_stream_without_an_end_times_out",
     .bug = TINY_NEVER_ENDS,
     .id = "E1.3.1",
     .verdict = "timeout",
     .exit_status = 1,
     .observed = "to out"},
    {.name = "an_ignored_half_close_times_out",
     .bug = TINY_IGNORES_HALF_CLOSE,
     .id = "E5.1.1",
     .verdict = "timeout",
     .exit_status = 1,
     .observed = "hello"},
    {.name = "200_for_an_unknown_exec_fails",
     .bug = TINY_SAYS_200_TO_UNKNOWN,
     .id = "E9.5.1",
     .verdict = "fail",
     .exit_status = 1,
     .observed = "status 200"},
};

struct fixture {
    char folder[PATH_SIZE];
    char socket[PATH_SIZE + 8];
    char url[PATH_SIZE + 16];
    char report[PATH_SIZE + 8];
    struct tiny_engine *engine;
    cJSON *json;
};

static struct fixture fixture;

static int set_up(void **state)
{
    const struct row *row = *state;
    const char *temporary = getenv("TMPDIR");

    fixture = (struct fixture){0};
    (void)snprintf(fixture.folder, sizeof(fixture.folder), "%s/drydock-XXXXXX",
                   temporary == NULL ? "/tmp" : temporary);
    if (mkdtemp(fixture.folder) == NULL) {
        return -1;
    }
    (void)snprintf(fixture.socket, sizeof(fixture.socket), "%s/s",
                   fixture.folder);
    (void)snprintf(fixture.url, sizeof(fixture.url), "unix://%s",
                   fixture.socket);
    (void)snprintf(fixture.report, sizeof(fixture.report), "%s/r.json",
                   fixture.folder);
    fixture.engine = tiny_engine_start(fixture.socket, row->bug);
    return fixture.engine == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    tiny_engine_stop(fixture.engine);
    cJSON_Delete(fixture.json);
    (void)unlink(fixture.socket);
    (void)unlink(fixture.report);
    return rmdir(fixture.folder);
}

/* Run drydock; returns its exit status. */
static int run_drydock(const struct row *row)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        (void)execl(DRYDOCK_PROGRAM, "drydock", "engine", "--host", fixture.url,
                    "--container", "tiny", "--include", row->id, "--timeout",
                    "5", "--json", fixture.report, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void read_report(void)
{
    char text[16384];
    FILE *file = fopen(fixture.report, "r");
    size_t len = 0;

    assert_non_null(file);
    len = fread(text, 1, sizeof(text), file);
    (void)fclose(file);
    fixture.json = cJSON_ParseWithLength(text, len);
    assert_non_null(fixture.json);
}

static const char *text_of(const char *name)
{
    const cJSON *cases =
        cJSON_GetObjectItemCaseSensitive(fixture.json, "cases");

    return cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(cases, 0), name));
}

static void broken_engine__row(void **state)
{
    const struct row *row = *state;
    int exit_status = run_drydock(row);

    read_report();
    assert_string_equal(text_of("id"), row->id);
    assert_string_equal(text_of("verdict"), row->verdict);
    assert_int_equal(exit_status, row->exit_status);
    if (row->observed != NULL) {
        assert_non_null(strstr(text_of("observed"), row->observed));
    }
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows)];

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = broken_engine__row,
                                       .setup_func = set_up,
                                       .teardown_func = tear_down,
                                       .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("broken_engine", tests, NULL, NULL);
}
