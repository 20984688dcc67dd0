/* SPDX-License-Identifier: MIT */
/*
 * test_record_modes.c - the program `mockd record`: what each mode asks, of
 * whom, and what is in the folder then; and what it says of wrong options.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "play.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SESSION "rec/session.execcast"
#define NEW "rec/new-1/session.execcast"

enum by {
    BY_NOBODY, /* it does not even begin */
    BY_ENGINE,
    BY_MOCK,
    BY_REFUSAL
};

struct row {
    const char *name;
    const char *mode;
    const char *before; /* where a recording of "known" is; NULL = nowhere */
    const char *option;
    const char *cmd;
    bool is_asked; /* for its version, the engine */
    enum by by;
    int status;
    const char *words; /* on standard error */
    const char *files[2];
    const char *no_file;
};

static struct row rows[] = {
    {"record_all",
     "record-all",
     NULL,
     NULL,
     "known",
     true,
     BY_ENGINE,
     0,
     "rec: 2 requests, 1 execs, 1 streams, 138 bytes",
     {SESSION},
     NEW},
    {"record_all_leaves_what_is_there",
     "record-all",
     "rec",
     NULL,
     "known",
     true,
     BY_NOBODY,
     2,
     "is there already: give another --out, or --force",
     {SESSION},
     NEW},
    {"record_all_by_force",
     "record-all",
     "rec",
     "--force",
     "other",
     true,
     BY_ENGINE,
     0,
     "2 requests",
     {SESSION},
     NEW},
    {"record_once_without_a_recording",
     "record-once",
     NULL,
     NULL,
     "known",
     true,
     BY_ENGINE,
     0,
     "2 requests",
     {SESSION},
     NEW},
    {"record_once_with_one",
     "record-once",
     "rec",
     NULL,
     "known",
     false,
     BY_MOCK,
     0,
     "",
     {SESSION},
     NEW},
    {"record_once_asks_no_engine",
     "record-once",
     "rec",
     NULL,
     "other",
     false,
     BY_REFUSAL,
     0,
     "mockd record: mockd: no recording answers POST",
     {SESSION},
     NEW},
    {"record_new_without_a_recording",
     "record-new",
     NULL,
     NULL,
     "known",
     true,
     BY_ENGINE,
     0,
     "2 requests",
     {SESSION},
     NEW},
    {"record_new_of_what_is_known",
     "record-new",
     "rec",
     NULL,
     "known",
     true,
     BY_MOCK,
     0,
     "rec: nothing new\n",
     {SESSION},
     "rec/new-1"},
    {"record_new_of_what_is_not",
     "record-new",
     "rec",
     NULL,
     "other",
     true,
     BY_ENGINE,
     0,
     "new-1: 2 requests",
     {SESSION, NEW},
     "rec/new-2"},
    {"record_new_of_what_is_known_below",
     "record-new",
     "rec/below",
     NULL,
     "known",
     true,
     BY_MOCK,
     0,
     "nothing new\n",
     {"rec/below/session.execcast"},
     SESSION},
    {"replay",
     "replay",
     "rec",
     NULL,
     "known",
     false,
     BY_MOCK,
     0,
     "",
     {SESSION},
     NEW},
    {"replay_of_what_is_below",
     "replay",
     "rec/below",
     NULL,
     "known",
     false,
     BY_MOCK,
     0,
     "",
     {"rec/below/session.execcast"},
     SESSION},
    {"replay_of_what_is_not_known",
     "replay",
     "rec",
     NULL,
     "other",
     false,
     BY_REFUSAL,
     0,
     "mockd record: mockd: no recording answers POST",
     {SESSION},
     NEW},
    {"replay_without_a_recording",
     "replay",
     NULL,
     NULL,
     "known",
     false,
     BY_NOBODY,
     3,
     "rec",
     {NULL},
     SESSION},
    {"passthrough",
     "passthrough",
     NULL,
     NULL,
     "known",
     true,
     BY_ENGINE,
     0,
     "",
     {NULL},
     "rec"},
    {"passthrough_besides_a_recording",
     "passthrough",
     "rec",
     NULL,
     "other",
     true,
     BY_ENGINE,
     0,
     "",
     {SESSION},
     NEW},
};

struct fixture {
    const void *row; /* of either table */
    struct stage stage;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL) {
        return -1;
    }
    fixture->row = *state;
    *state = fixture;
    return stage_open(&fixture->stage) ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    stage_close(&fixture->stage);
    free(fixture);
    return 0;
}

static int run(struct stage *stage, const char *mode, const char *out,
               const char *option, bool is_asked)
{
    char front[STAGE_PATH_SIZE];
    const char *arguments[] = {
        "--upstream", stage->engine.url, "--unix", front,  "--out",
        out,          "--mode",          mode,     option, NULL};

    stage_path(stage, "r.sock", front);
    return stage_run(stage, arguments, is_asked);
}

/* A recording of "known" in DIR/@folder. */
static void record_before(struct stage *stage, const char *folder)
{
    char out[STAGE_PATH_SIZE];

    stage_path(stage, folder, out);
    if (strcmp(out, stage->out) != 0) {
        assert_int_equal(mkdir(stage->out, 0700), 0);
    }
    assert_int_equal(run(stage, "record-all", out, NULL, true), -1);
    play_by_engine(stage, "known");
    assert_int_equal(stage_stop(stage, SIGINT), 0);
}

static void play(struct stage *stage, const struct row *row)
{
    switch (row->by) {
    case BY_NOBODY:
        break;
    case BY_ENGINE:
        play_by_engine(stage, row->cmd);
        break;
    case BY_MOCK:
        play_by_mock(stage, row->cmd);
        break;
    case BY_REFUSAL:
        play_refused(stage, row->cmd);
        break;
    }
    assert_false(stage_has_visitor(stage));
}

static void check_files(struct stage *stage, const struct row *row)
{
    const char *const lint[] = {"lint", "--strict", stage->out, NULL};

    if (strstr(stage_read(stage, "stderr"), row->words) == NULL ||
        (row->words[0] == '\0' && stage->text[0] != '\0')) {
        fail_msg("standard error: %s", stage->text);
    }
    for (size_t i = 0; i < COUNT_OF(row->files) && row->files[i] != NULL; i++) {
        assert_true(stage_has_file(stage, row->files[i]));
    }
    assert_false(stage_has_file(stage, row->no_file));
    assert_int_equal(stage_find(stage, "\"part\":"), 0);
    if (row->files[0] != NULL && stage_tool(stage, lint) != 0) {
        fail_msg("lint: %s", stage_read(stage, "stdout"));
    }
}

static void modes__row(void **state)
{
    struct fixture *fixture = *state;
    const struct row *row = fixture->row;
    struct stage *stage = &fixture->stage;
    int status = 0;

    if (row->before != NULL) {
        record_before(stage, row->before);
    }
    status = run(stage, row->mode, stage->out, row->option, row->is_asked);
    if (row->by != BY_NOBODY) {
        assert_int_equal(status, -1);
        play(stage, row);
        status = stage_stop(stage, SIGTERM);
    }
    assert_int_equal(status, row->status);
    check_files(stage, row);
}

/* What the engine answered once can be had without it. */
static void modes__what_was_new_is_known_the_next_time(void **state)
{
    struct stage *stage = &((struct fixture *)*state)->stage;

    record_before(stage, "rec");
    assert_int_equal(run(stage, "record-new", stage->out, NULL, true), -1);
    play_by_mock(stage, "known");
    play_by_engine(stage, "other");
    play_by_mock(stage, "known");
    assert_int_equal(stage_stop(stage, SIGINT), 0);

    assert_int_equal(run(stage, "record-new", stage->out, NULL, true), -1);
    play_by_mock(stage, "other");
    play_by_mock(stage, "known");
    assert_int_equal(stage_stop(stage, SIGINT), 0);
    assert_non_null(strstr(stage_read(stage, "stderr"), "nothing new"));
    assert_true(stage_has_file(stage, NEW));
    assert_false(stage_has_file(stage, "rec/new-2"));
}

/* ---- options ---- */

static struct usage_row {
    const char *name;
    const char *arguments[8];
    int status;
    const char *words; /* on standard error */
} usage_rows[] = {
    {"no_engine", {"--out", "d"}, 2, "say which engine to record: --upstream"},
    {"no_folder", {"--upstream", "unix:///e"}, 2, "the recording: --out DIR"},
    {"no_folder_to_replay",
     {"--mode", "replay"},
     2,
     "say which recordings to replay: --out DIR"},
    {"unknown_mode", {"--mode", "x"}, 2, "no mode, there are record-all, "},
    {"unknown_option", {"--x"}, 2, "unknown option: --x"},
    {"missing_value", {"--out"}, 2, "a value is missing after --out"},
    {"empty_value", {"--out", ""}, 2, "an empty value for --out"},
    {"stray_word",
     {"--upstream", "unix:///e", "--out", "d", "x"},
     2,
     "what is this for: x"},
    {"listener_that_is_none",
     {"--listen", "http://h:1"},
     2,
     "listen on unix:///PATH or tcp://HOST:PORT, not on http://h:1"},
    {"certificate_without_key",
     {"--listen-tls", "cert"},
     2,
     "expected CERT,KEY[,CA]: --listen-tls cert"},
    {"certificate_with_too_much",
     {"--listen-tls", "a,b,c,d"},
     2,
     "expected CERT,KEY[,CA]"},
    {"tls_without_a_tcp_listener",
     {"--upstream", "unix:///e", "--out", "d", "--listen-tls", "a,b"},
     2,
     "--listen-tls is for a TCP listener"},
    {"tls_to_a_unix_socket",
     {"--upstream", "unix:///e", "--out", "d", "--tls-ca", "a"},
     2,
     "there is no TLS on unix:///e"},
    {"half_a_pair",
     {"--upstream", "tcp://127.0.0.1:1", "--out", "d", "--tls-cert", "a"},
     2,
     "give both or neither"},
    {"ca_that_is_not_there",
     {"--upstream", "https://127.0.0.1:1", "--out", "d", "--tls-ca",
      "/nowhere/ca.pem"},
     2,
     "TLS CA certificate /nowhere/ca.pem"},
    {"secrets_to_be_written",
     {"--upstream", "unix:///e", "--out", "d", "--secret", "a", "--no-redact"},
     2,
     "secrets are to be kept, and written: --no-redact"},
    {"secret_that_is_no_expression",
     {"--upstream", "unix:///e", "--out", "d", "--secret", "a("},
     2,
     "--secret 1 is not an extended regular expression"},
    {"engine_of_another_kind",
     {"--upstream", "ftp://e", "--out", "d"},
     2,
     "not the URL of an engine: ftp://e"},
    {"engine_that_is_not_there",
     {"--upstream", "unix:///nowhere/e.sock", "--out", "d"},
     3,
     "connect to unix:///nowhere/e.sock: No such file"},
    {"journal_of_another_name",
     {"--finish", "x/session.execcast"},
     2,
     "not a session.execcast.part: x/session.execcast"},
    {"journal_that_is_not_there",
     {"--finish", "/nowhere/session.execcast.part"},
     2,
     "open the folder /nowhere: No such file"},
    {"help", {"--help"}, 0, ""},
};

static void usage__row(void **state)
{
    struct fixture *fixture = *state;
    const struct usage_row *row = fixture->row;
    const char *arguments[COUNT_OF(row->arguments) + 2] = {"record"};

    memcpy(arguments + 1, row->arguments, sizeof(row->arguments));
    assert_int_equal(stage_tool(&fixture->stage, arguments), row->status);
    if (strstr(stage_read(&fixture->stage, "stderr"), row->words) == NULL) {
        fail_msg("%s", fixture->stage.text);
    }
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + COUNT_OF(usage_rows) + 1];
    size_t count = 0;

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[count++] = (struct CMUnitTest){.name = rows[i].name,
                                             .test_func = modes__row,
                                             .setup_func = setup,
                                             .teardown_func = teardown,
                                             .initial_state = &rows[i]};
    }
    for (size_t i = 0; i < COUNT_OF(usage_rows); i++) {
        tests[count++] = (struct CMUnitTest){.name = usage_rows[i].name,
                                             .test_func = usage__row,
                                             .setup_func = setup,
                                             .teardown_func = teardown,
                                             .initial_state = &usage_rows[i]};
    }
    tests[count++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
        modes__what_was_new_is_known_the_next_time, setup, teardown);
    return cmocka_run_group_tests_name("record_modes", tests, NULL, NULL);
}
