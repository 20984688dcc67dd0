/* SPDX-License-Identifier: MIT */
/*
 * test_mockd_verify.c - mockd verify: its readers, and the whole command
 * against mocks of real profiles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <mockd/mockd.h>

#include "cleanup.h"
#include "verify.h"
#include "verify_output.h"
#include "verify_text.h"

#define WIRE(text) (text), sizeof(text) - 1
#define ARGUMENTS_MAX 16
#define ID1 "1111111111111111111111111111111111111111111111111111111111111111"
#define ID2 "2222222222222222222222222222222222222222222222222222222222222222"
#define ID3 "3333333333333333333333333333333333333333333333333333333333333333"

/* ------------------------------------------------------- kinds of output */

struct output_row {
    const char *name;
    bool is_raw;
    const char *wire;
    size_t wire_len;
    const char *log; /* each kind that there is, then the frames */
};

static struct output_row output_rows[] = {
    {"raw_is_one_kind", true, WIRE("\1hi"), "output:\1hi"},
    {"one_frame", false, WIRE("\1\0\0\0\0\0\0\2hi"), "stdout:hi 1x2"},
    {"two_of_one_kind_are_joined", false,
     WIRE("\1\0\0\0\0\0\0\2hi\1\0\0\0\0\0\0\1!"), "stdout:hi! 1x2 1x1"},
    {"kinds_come_apart", false,
     WIRE("\2\0\0\0\0\0\0\1e\1\0\0\0\0\0\0\1o\0\0\0\0\0\0\0\1i"),
     "stdin:i stdout:o stderr:e 2x1 1x1 0x1"},
    {"an_empty_frame_is_a_frame", false, WIRE("\1\0\0\0\0\0\0\0"), "1x0"},
    {"an_unknown_kind_is_kept", false, WIRE("\7\0\0\0\0\0\0\1x"),
     "output:x 7x1"},
    {"cut_in_a_header", false, WIRE("\1\0\0"), "cut"},
    {"cut_in_a_payload", false, WIRE("\1\0\0\0\0\0\0\3hi"),
     "stdout:hi 1x3 cut"},
};

static void print_output(const struct md_verify_output *output, char *log,
                         size_t size)
{
    struct md_rec_bytes text = md_rec_bytes_new(size - 1);

    for (size_t i = 0; i < MD_VERIFY_KINDS; i++) {
        const struct md_rec_bytes *data = &output->data[i];

        if (data->len > 0) {
            md_rec_bytes_print(
                &text, "%s:", md_verify_kind_name((enum md_verify_kind)i));
            md_rec_bytes_add(&text, data->data, data->len);
            md_rec_bytes_text(&text, " ");
        }
    }
    for (size_t at = 0; at < output->frames.len;
         at += sizeof(struct md_verify_frame)) {
        struct md_verify_frame frame;

        memcpy(&frame, output->frames.data + at, sizeof(frame));
        md_rec_bytes_print(&text, "%ux%u ", (unsigned)frame.kind,
                           (unsigned)frame.len);
    }
    md_rec_bytes_text(&text, md_verify_output_is_cut(output) ? "cut " : "");
    assert_false(text.failed);
    memcpy(log, text.data, text.len);
    log[text.len > 0 ? text.len - 1 : 0] = '\0';
    md_rec_bytes_release(&text);
}

/* Whatever pieces it comes in, it says the same. */
static void output__row(void **state)
{
    const struct output_row *row = *state;

    for (size_t cut = 0; cut <= row->wire_len; cut++) {
        struct md_verify_output output;
        char log[256];

        md_verify_output_init(&output, !row->is_raw);
        md_verify_output_add(&output, row->wire, cut);
        md_verify_output_add(&output, row->wire + cut, row->wire_len - cut);

        print_output(&output, log, sizeof(log));
        assert_false(md_verify_output_failed(&output));
        md_verify_output_release(&output);
        assert_string_equal(log, row->log);
    }
}

/* ---------------------------------------------------------- what varies */

struct scrub_row {
    const char *name;
    const char *text;
    const char *scrubbed;
};

static struct scrub_row scrub_rows[] = {
    {"nothing", "plain text, 17", "plain text, 17"},
    {"a_recorded_id", "exec " ID1 " has run", "exec <EID1> has run"},
    {"the_live_id_of_it", "exec " ID2 " has run", "exec <EID1> has run"},
    {"another_id", "exec " ID3 ".", "exec <id>."},
    {"an_id_in_a_word_is_no_id", "x" ID3, "x" ID3},
    {"a_longer_number_is_no_id", ID3 "3", ID3 "3"},
    {"a_digest", "sha256:" ID3, "sha256:<id>"},
    {"a_recorded_name", "no container t1!", "no container <NAME>!"},
    {"a_live_name", "no container mine!", "no container <NAME>!"},
    {"a_name_in_a_word", "at1 t12", "at1 t12"},
    {"a_date", "at 2026-11-24T01:08:43.062194727Z,", "at <date>,"},
    {"a_date_with_a_zone", "2026-11-24T01:08:43+01:00", "<date>"},
    {"no_date", "2026-11-24 01:08:43", "2026-11-24 01:08:43"},
    {"an_address", "X: 0x2a935da44990", "X: <pointer>"},
    {"a_small_number", "0x1f", "0x1f"},
    {"a_descriptor", "/proc/self/fd/14/attach", "/proc/self/<fd>/attach"},
};

static void scrub__row(void **state)
{
    const struct scrub_row *row = *state;
    struct md_var vars[] = {{MD_VAR_NAME, "NAME", "t1"},
                            {MD_VAR_EID, "EID1", ID1}};
    struct md_fixture fixture = {.vars = vars, .var_count = 2};
    char live_name[] = "mine";
    char live_id[] = ID2;
    char *live[] = {live_name, live_id};
    const struct md_verify_names names = {.fixture = &fixture, .live = live};
    struct md_rec_bytes out = md_rec_bytes_new(1024);
    char text[1024];

    md_verify_scrub(&names, row->text, strlen(row->text), &out);

    assert_false(out.failed);
    (void)snprintf(text, sizeof(text), "%s", out.data);
    md_rec_bytes_release(&out);
    assert_string_equal(text, row->scrubbed);
}

/* ------------------------------------------------------------ the command */

#define BY_HAND "--container", "t1", "--profile", "recorded"

struct command_row {
    const char *name;
    const char *profile; /* of the mock; NULL = nobody listens; "live": the one
                          * by hand, to verify "recorded" */
    bool is_tcp;
    const char *const arguments[ARGUMENTS_MAX]; /* after --host */
    int status;
    const char *says; /* a part of standard output */
};

static struct command_row command_rows[] = {
    {"attached_is_clean",
     "docker-28.5.2",
     false,
     {"--container", "t1", "--case", "E1.1.1", "--case", "E1.1.2"},
     0,
     "2 recordings, 0 differences"},
    {"over_tcp_too",
     "docker-28.5.2",
     true,
     {"--container", "t1", "--case", "E1.1.1"},
     0,
     "0 differences"},
    {"input_is_sent",
     "podman-5.8.6",
     false,
     {"--container", "t1", "--case", "E5.1.2", "--case", "E5.2.1"},
     0,
     "0 differences"},
    {"a_terminal_is_resized",
     "docker-28.5.2",
     false,
     {"--container", "t1", "--case", "E7.1.3"},
     0,
     "0 differences"},
    {"a_detached_exec_is_asked_until_it_ends",
     "docker-28.5.2",
     false,
     {"--container", "t1", "--case", "E6.1.3"},
     0,
     "0 differences"},
    {"several_streams_at_once",
     "podman-4.3.1",
     false,
     {"--container", "t1", "--case", "E5.8.1"},
     0,
     "0 differences"},
    {"segments_of_a_mock_are_the_recorded_ones",
     "docker-28.5.2",
     false,
     {"--container", "t1", "--segments", "--case", "E1.1.2"},
     0,
     "0 differences"},
    {"bodies_that_are_no_object",
     "docker-28.5.2",
     false,
     {"--container", "t1", "--case", "E10.6.1"},
     0,
     "0 differences"},
    {"its_profile_is_found_by_its_version",
     "docker-20.10.24",
     false,
     {"--container", "t1", "--case", "E8.3.1"},
     0,
     "0 differences"},
    {"a_container_is_made",
     "docker-28.5.2",
     false,
     {"--case", "E1.1.1"},
     0,
     "0 differences"},
    {"an_exit_code_differs",
     "docker-28.5.2",
     false,
     {"--container", "t1", "--profile", "docker-20.10.24", "--case", "E8.3.1"},
     1,
     "E8.3.1/session.execcast:9: GET /exec/{EID1}/json: ExitCode: recorded "
     "126, live 127"},
    {"a_status_differs",
     "podman-5.8.6",
     false,
     {"--container", "t1", "--profile", "docker-28.5.2", "--case", "E10.1.3"},
     1,
     "recorded \"HTTP/1.1 400 Bad Request\", live \"HTTP/1.1 500 Internal "
     "Server Error\""},
    {"a_head_differs",
     "docker-28.5.2",
     false,
     {"--container", "t1", "--profile", "docker-20.10.24", "--case", "E1.1.1"},
     1,
     "head: recorded \"Api-Version: 1.41\", live \"Api-Version: 1.51\""},
    {"a_kind_of_output_differs",
     "podman-5.8.6",
     false,
     {"--container", "t1", "--profile", "docker-28.5.2", "--case", "E10.5.1"},
     1,
     "stderr: recorded \"\", live \"Error: runc"},
    {"a_head_in_another_order",
     "live",
     false,
     {BY_HAND},
     1,
     "session.execcast:8: head: line 3: recorded Connection, live Upgrade"},
    {"a_reset_is_no_end",
     "live",
     true,
     {BY_HAND},
     1,
     "the stream ends in the recording, and is reset live\n"},
    {"frames_count_when_asked",
     "live",
     false,
     {BY_HAND, "--segments"},
     1,
     "frame 0: recorded kind 1 of 2 bytes, live kind 1 of 1"},
    {"a_start_is_refused",
     "live",
     false,
     {BY_HAND},
     1,
     "recorded \"HTTP/1.1 101 UPGRADED\", live \"HTTP/1.1 409 Conflict\""},
    {"a_running_exec_is_waited_for",
     "live",
     false,
     {BY_HAND},
     1,
     "ExitCode: recorded 7, live 8\n"},
    {"and_that_is_all", "live", true, {BY_HAND}, 1, "1 recordings, 4 diff"},
    {"only_scripts",
     "live",
     false,
     {"--container", "t1", "--profile", "scripts"},
     3,
     ""},
    {"an_unknown_case",
     "docker-28.5.2",
     false,
     {"--container", "t1", "--case", "E99"},
     2,
     ""},
    {"an_unknown_profile",
     "docker-28.5.2",
     false,
     {"--profile", "docker-1"},
     2,
     ""},
    {"an_unknown_option", "docker-28.5.2", false, {"--cases", "E1.1.1"}, 2, ""},
    {"an_unknown_container",
     "docker-28.5.2",
     false,
     {"--container", "t9"},
     3,
     ""},
    {"nobody_listens", NULL, false, {"--case", "E1.1.1"}, 3, ""},
};

/* Run the command with its standard output in @out. */
static int run(const char *host, const char *const *arguments, char *out,
               size_t size)
{
    const char *argv[ARGUMENTS_MAX + 4] = {"verify", "--host", host};
    char *copies[ARGUMENTS_MAX + 4] = {NULL};
    int argc = 3;
    int kept = dup(STDOUT_FILENO);
    FILE *file = tmpfile();
    int status = 0;
    size_t len = 0;

    for (; arguments[argc - 3] != NULL; argc++) {
        argv[argc] = arguments[argc - 3];
    }
    for (int i = 0; i < argc; i++) {
        copies[i] = strdup(argv[i]);
    }
    (void)fflush(stdout);
    (void)dup2(fileno(file), STDOUT_FILENO);
    status = mockd_cli_verify(argc, copies);
    (void)fflush(stdout);
    (void)dup2(kept, STDOUT_FILENO);
    (void)close(kept);
    rewind(file);
    len = fread(out, 1, size - 1, file);
    out[len] = '\0';
    (void)fclose(file);
    for (int i = 0; i < argc; i++) {
        free(copies[i]);
    }
    return status;
}

static struct mockd *mock;

static int stop_mock(void **state)
{
    (void)state;
    mockd_stop(mock);
    mock = NULL;
    return 0;
}

static void command__row(void **state)
{
    const struct command_row *row = *state;
    struct mockd_options options = MOCKD_OPTIONS_INIT;
    const char *host = "unix:///nonexistent/docker.sock";
    bool is_by_hand = row->profile != NULL && strcmp(row->profile, "live") == 0;
    char out[16384];
    int status = 0;

    (void)setenv("DRYDOCK_FIXTURES", is_by_hand ? BY_HAND_DIR : SESSIONS_DIR,
                 1);
    options.profile = row->profile;
    options.unix_path = row->is_tcp ? NULL : "auto";
    options.tcp_address = row->is_tcp ? "127.0.0.1:0" : NULL;
    if (row->profile != NULL) {
        assert_int_equal(mockd_start(&options, &mock, NULL), MOCKD_OK);
        host = row->is_tcp ? mockd_tcp_url(mock) : mockd_unix_url(mock);
    }

    status = run(host, row->arguments, out, sizeof(out));

    if (status != row->status || strstr(out, row->says) == NULL) {
        assert_string_equal(out, row->says);
    }
    assert_int_equal(status, row->status);
}

#define ROW_COUNT                                                              \
    (MD_COUNT_OF(output_rows) + MD_COUNT_OF(scrub_rows) +                      \
     MD_COUNT_OF(command_rows))

int main(void)
{
    struct CMUnitTest tests[ROW_COUNT];
    size_t count = 0;

    for (size_t i = 0; i < MD_COUNT_OF(output_rows); i++) {
        tests[count++] = (struct CMUnitTest){.name = output_rows[i].name,
                                             .test_func = output__row,
                                             .initial_state = &output_rows[i]};
    }
    for (size_t i = 0; i < MD_COUNT_OF(scrub_rows); i++) {
        tests[count++] = (struct CMUnitTest){.name = scrub_rows[i].name,
                                             .test_func = scrub__row,
                                             .initial_state = &scrub_rows[i]};
    }
    for (size_t i = 0; i < MD_COUNT_OF(command_rows); i++) {
        tests[count++] = (struct CMUnitTest){.name = command_rows[i].name,
                                             .test_func = command__row,
                                             .teardown_func = stop_mock,
                                             .initial_state = &command_rows[i]};
    }
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
