/* SPDX-License-Identifier: MIT */
/*
 * test_record_ends.c - the program `mockd record`: TLS on both sides with the
 * ends of streams, resets, and recorders that are killed.
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

#include <cmocka.h>

#include "pem.h"
#include "play.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SESSION "rec/session.execcast"
#define ARGUMENTS_MAX 16

enum side { PLAIN, TLS, MUTUAL }; /* mutual: clients need a certificate */

struct fixture {
    const void *row; /* of any table */
    struct stage stage;
    char cert[STAGE_PATH_SIZE]; /* everybody's, and the CA of itself */
    char key[STAGE_PATH_SIZE];
    char other[STAGE_PATH_SIZE]; /* nobody's */
    char other_key[STAGE_PATH_SIZE];
    char url[MD_REC_URL_SIZE];
    char front[STAGE_PATH_SIZE * 3 + 2];
    const char *arguments[ARGUMENTS_MAX + 1];
    size_t count;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct stage *stage = NULL;

    if (fixture == NULL) {
        return -1;
    }
    fixture->row = *state;
    *state = fixture;
    stage = &fixture->stage;
    if (!stage_open(stage)) {
        return -1;
    }
    stage_path(stage, "cert.pem", fixture->cert);
    stage_path(stage, "key.pem", fixture->key);
    stage_path(stage, "other.pem", fixture->other);
    stage_path(stage, "other-key.pem", fixture->other_key);
    return pem_make_pair(fixture->cert, fixture->key) &&
                   pem_make_pair(fixture->other, fixture->other_key)
               ? 0
               : -1;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    stage_close(&fixture->stage);
    free(fixture);
    return 0;
}

/* ---- options ---- */

static void add(struct fixture *fixture, const char *name, const char *value)
{
    assert_true(fixture->count + 2 <= ARGUMENTS_MAX);
    fixture->arguments[fixture->count++] = name;
    fixture->arguments[fixture->count++] = value;
}

static const char *file_of(const struct fixture *fixture, const char *name)
{
    return strcmp(name, "cert") == 0 ? fixture->cert : fixture->other;
}

/* The engine by TCP, and what the recorder is told of it. @host  as the URL
 * has it, @ca, @cert: "cert", "other" or NULL */
static void add_engine(struct fixture *fixture, enum side side,
                       const char *host, const char *ca, const char *cert)
{
    const struct md_rec_tls_files files = {.ca = side == MUTUAL ? fixture->cert
                                                                : NULL,
                                           .cert = fixture->cert,
                                           .key = fixture->key};
    struct stage *stage = &fixture->stage;

    stage_engine_on_tcp(stage);
    (void)snprintf(fixture->url, sizeof(fixture->url), "%s%s", host,
                   strrchr(stage->engine.url, ':'));
    add(fixture, "--upstream", fixture->url);
    if (side != PLAIN) {
        assert_int_equal(md_rec_tls_server(&files, &stage->engine_tls, NULL),
                         MOCKD_OK);
    }
    if (ca != NULL) {
        add(fixture, "--tls-ca", file_of(fixture, ca));
    }
    if (cert != NULL) {
        add(fixture, "--tls-cert", fixture->cert);
        add(fixture, "--tls-key", fixture->key);
    }
}

/* A TCP listener, and the client that comes there. */
static void add_front(struct fixture *fixture, enum side side, bool has_cert)
{
    const struct md_rec_tls_files files = {
        .ca = fixture->cert,
        .cert = has_cert ? fixture->cert : NULL,
        .key = has_cert ? fixture->key : NULL};

    add(fixture, "--tcp", "127.0.0.1:0");
    if (side == PLAIN) {
        return;
    }
    (void)snprintf(fixture->front, sizeof(fixture->front), "%s,%s%s%s",
                   fixture->cert, fixture->key, side == MUTUAL ? "," : "",
                   side == MUTUAL ? fixture->cert : "");
    add(fixture, "--listen-tls", fixture->front);
    assert_int_equal(md_rec_tls_client(&files, "127.0.0.1",
                                       &fixture->stage.client_tls, NULL),
                     MOCKD_OK);
}

static int run(struct fixture *fixture)
{
    add(fixture, "--out", fixture->stage.out);
    return stage_run(&fixture->stage, fixture->arguments, true);
}

static void assert_says(struct stage *stage, const char *file,
                        const char *words)
{
    if (strstr(stage_read(stage, file), words) == NULL) {
        fail_msg("%s: no \"%s\" in: %s", file, words, stage->text);
    }
}

static void assert_is_good(struct stage *stage)
{
    const char *const lint[] = {"lint", stage->out, NULL};

    if (stage_tool(stage, lint) != 0) {
        fail_msg("lint: %s", stage_read(stage, "stdout"));
    }
}

static void begin_replay(struct stage *stage)
{
    const char *const arguments[] = {"--mode", "replay", "--out", stage->out,
                                     NULL};

    md_rec_chan_close(&stage->client, false);
    md_rec_tls_free(stage->client_tls);
    stage->client_tls = NULL;
    assert_int_equal(stage_run(stage, arguments, false), -1);
}

/* ---- TLS ---- */

static struct tls_row {
    const char *name;
    enum side engine;
    enum side front;
    const char *scheme;
    const char *transport;
} tls_rows[] = {
    {"tcp_to_tcp", PLAIN, PLAIN, "tcp://127.0.0.1", "tcp"},
    {"engine_with_tls", TLS, PLAIN, "https://127.0.0.1", "tls"},
    {"engine_with_tls_by_its_options", TLS, PLAIN, "tcp://127.0.0.1", "tls"},
    {"engine_that_wants_a_certificate", MUTUAL, PLAIN, "https://127.0.0.1",
     "tls"},
    {"client_with_tls", PLAIN, TLS, "tcp://127.0.0.1", "tcp"},
    {"client_that_needs_a_certificate", PLAIN, MUTUAL, "tcp://127.0.0.1",
     "tcp"},
    {"both_with_tls", TLS, TLS, "https://127.0.0.1", "tls"},
    {"both_with_certificates", MUTUAL, MUTUAL, "https://127.0.0.1", "tls"},
};

static void tls__row(void **state)
{
    struct fixture *fixture = *state;
    const struct tls_row *row = fixture->row;
    struct stage *stage = &fixture->stage;
    char transport[64];

    add_engine(fixture, row->engine, row->scheme,
               row->engine != PLAIN ? "cert" : NULL,
               row->engine == MUTUAL ? "cert" : NULL);
    add_front(fixture, row->front, row->front == MUTUAL);
    assert_int_equal(run(fixture), -1);
    play_by_engine(stage, "known");
    assert_int_equal(stage_stop(stage, SIGINT), 0);

    (void)snprintf(transport, sizeof(transport), "\"transport\":\"%s\"",
                   row->transport);
    assert_says(stage, SESSION, transport);
    assert_says(stage, SESSION, ",\">.\"]\n");
    assert_says(stage, SESSION, ",\"<.\"]\n{\"end\":");
    assert_is_good(stage);
    begin_replay(stage);
    play_by_mock(stage, "known");
    assert_int_equal(stage_stop(stage, SIGINT), 0);
}

static struct refused_row {
    const char *name;
    enum side engine;
    const char *scheme;
    const char *ca;
    const char *cert;
    const char *words;
} refused_rows[] = {
    {"engine_of_another_ca", TLS, "https://127.0.0.1", "other", NULL,
     "for its version: self-signed certificate: is it an engine"},
    {"engine_of_another_name", TLS, "https://localhost", "cert", NULL,
     "for its version: hostname mismatch"},
    {"engine_without_tls", PLAIN, "https://127.0.0.1", "cert", NULL,
     ": wrong version number: is it an engine"},
    {"no_certificate_for_an_engine_that_wants_one", MUTUAL, "https://127.0.0.1",
     "cert", NULL, "ask https://127.0.0.1:"},
};

/* Nothing is written then. */
static void tls__refused_row(void **state)
{
    struct fixture *fixture = *state;
    const struct refused_row *row = fixture->row;
    struct stage *stage = &fixture->stage;

    add_engine(fixture, row->engine, row->scheme, row->ca, row->cert);
    assert_int_equal(run(fixture), 3);
    assert_says(stage, "stderr", row->words);
    assert_false(stage_has_file(stage, "rec"));
}

static void tls__client_without_a_certificate_is_sent_away(void **state)
{
    struct fixture *fixture = *state;
    struct stage *stage = &fixture->stage;

    add_engine(fixture, PLAIN, "tcp://127.0.0.1", NULL, NULL);
    add_front(fixture, MUTUAL, false);
    assert_int_equal(run(fixture), -1);
    /* With TLS 1.3 the client learns of it after its own handshake. */
    if (stage_try_connect(stage)) {
        stage_hear_io(&stage->client, MD_REC_IO_RESET);
    }
    assert_int_equal(stage_stop(stage, SIGINT), 0);

    assert_says(stage, SESSION, "# a client came, but its TLS failed: ");
    assert_is_good(stage);
}

/* ---- resets ---- */

static struct reset_row {
    const char *name;
    enum side side; /* both sides */
    char who;
    const char *event;
} reset_rows[] = {
    {"client_resets", PLAIN, 'c',
     ",\">!\"]\n# s1: the engine had not ended it\n"},
    {"engine_resets", PLAIN, 'e', ",\"<!\"]\n{\"end\":"},
    {"client_is_cut_off_below_tls", TLS, 'c',
     ",\">!\"]\n# s1: the engine had not ended it\n"},
    {"engine_is_cut_off_below_tls", TLS, 'e', ",\"<!\"]\n{\"end\":"},
};

static void reset__row(void **state)
{
    struct fixture *fixture = *state;
    const struct reset_row *row = fixture->row;
    struct stage *stage = &fixture->stage;
    bool is_client = row->who == 'c';

    add_engine(fixture, row->side,
               row->side == PLAIN ? "tcp://127.0.0.1" : "https://127.0.0.1",
               row->side == PLAIN ? NULL : "cert", NULL);
    add_front(fixture, row->side, false);
    assert_int_equal(run(fixture), -1);
    play_start(stage, "known");
    stage_pass(stage, 'e', PLAY_FRAME("\5", "hello"));
    md_rec_chan_close(is_client ? &stage->client : &stage->peer,
                      row->side == PLAIN);
    stage_hear_io(is_client ? &stage->peer : &stage->client, MD_REC_IO_RESET);
    assert_int_equal(stage_stop(stage, SIGINT), 0);

    assert_says(stage, SESSION, row->event);
    assert_is_good(stage);
}

/* ---- kills ---- */

static const struct {
    char who;
    const char *text; /* NULL = that side ends */
    size_t len;
    const char *line; /* of it in a recording */
} turns[] = {
    {'c', "hello", 5, ",\">\",\"hello\"]\n"},
    {'e', PLAY_FRAME("\5", "hello"),
     ",\"<\",\"%01%00%00%00%00%00%00%05hello\"]\n"},
    {'c', NULL, 0, ",\">.\"]\n"},
    {'e', PLAY_FRAME("\3", "end"), ",\"<\",\"%01%00%00%00%00%00%00%03end\"]\n"},
    {'e', NULL, 0, ",\"<.\"]\n"},
};

/* The recorder is killed behind so many turns; -1: before any request. */
static struct kill_row {
    const char *name;
    int turns;
} kill_rows[] = {
    {"killed_before_any_request", -1},
    {"killed_at_the_start_of_the_stream", 0},
    {"killed_after_the_clients_bytes", 1},
    {"killed_after_the_engines_bytes", 2},
    {"killed_after_the_clients_end", 3},
    {"killed_after_more_of_the_engines", 4},
    {"killed_after_the_end", 5},
};

/* What was written before the last turn is there: the recorder writes a turn
 * down before it reads the next. */
static void assert_has_turns(struct stage *stage, int count)
{
    if (count >= 0) {
        assert_says(stage, SESSION, "\"makes\":\"EID1\"");
    }
    for (int i = 0; i < count - 1; i++) {
        assert_says(stage, SESSION, turns[i].line);
    }
}

static void kill__row(void **state)
{
    struct fixture *fixture = *state;
    const struct kill_row *row = fixture->row;
    struct stage *stage = &fixture->stage;
    char part[STAGE_PATH_SIZE];
    const char *const finish[] = {"record", "--finish", part, NULL};

    stage_path(stage, SESSION ".part", part);
    add(fixture, "--upstream", stage->engine.url);
    assert_int_equal(run(fixture), -1);
    if (row->turns >= 0) {
        play_start(stage, "known");
    }
    for (int i = 0; i < row->turns; i++) {
        stage_pass(stage, turns[i].who, turns[i].text, turns[i].len);
    }
    assert_int_equal(stage_stop(stage, SIGKILL), -1);
    assert_false(stage_has_file(stage, SESSION));

    assert_int_equal(stage_run(stage, fixture->arguments, true), 2);
    assert_says(stage, "stderr", "mockd record --finish it");
    if (stage_tool(stage, finish) != 0) {
        fail_msg("%s", stage_read(stage, "stderr"));
    }
    assert_false(stage_has_file(stage, SESSION ".part"));
    assert_is_good(stage);
    assert_has_turns(stage, row->turns);
    begin_replay(stage);
    if (row->turns == (int)COUNT_OF(turns)) {
        play_by_mock(stage, "known");
    }
    assert_int_equal(stage_stop(stage, SIGINT), 0);
}

/* A recorder that still runs is not finished by somebody else. */
static void kill__a_recorder_that_runs_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    struct stage *stage = &fixture->stage;
    char part[STAGE_PATH_SIZE];
    const char *const finish[] = {"record", "--finish", part, NULL};

    stage_path(stage, SESSION ".part", part);
    add(fixture, "--upstream", stage->engine.url);
    assert_int_equal(run(fixture), -1);

    assert_int_equal(stage_tool(stage, finish), 2);
    assert_says(stage, "stderr", "is being written by a recorder");
    assert_int_equal(stage_stop(stage, SIGINT), 0);
}

#define ROW(table, function)                                                   \
    for (size_t i = 0; i < COUNT_OF(table); i++) {                             \
        tests[count++] = (struct CMUnitTest){.name = (table)[i].name,          \
                                             .test_func = (function),          \
                                             .setup_func = setup,              \
                                             .teardown_func = teardown,        \
                                             .initial_state = &(table)[i]};    \
    }

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(tls_rows) + COUNT_OF(refused_rows) +
                            COUNT_OF(reset_rows) + COUNT_OF(kill_rows) + 2];
    size_t count = 0;

    ROW(tls_rows, tls__row);
    ROW(refused_rows, tls__refused_row);
    ROW(reset_rows, reset__row);
    ROW(kill_rows, kill__row);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
        tls__client_without_a_certificate_is_sent_away, setup, teardown);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test_setup_teardown(
        kill__a_recorder_that_runs_is_left_alone, setup, teardown);
    return cmocka_run_group_tests_name("record_ends", tests, NULL, NULL);
}
