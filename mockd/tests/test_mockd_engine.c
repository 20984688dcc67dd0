/* SPDX-License-Identifier: MIT */
/* test_mockd_engine.c - requests in, answers out, without a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "engine.h"

#define STEPS_MAX 14
#define DETACH "{\"Detach\":true}"
#define ATTACH "{\"Detach\":false}"

struct step {
    const char *method;
    const char *target; /* $ is the exec that was created last */
    const char *body;   /* NULL = none; otherwise a Cmd or a whole object */
    int status;
    const char *want; /* part of the body, or a stream's first data */
};

struct row {
    const char *name;
    struct step steps[STEPS_MAX];
};

/* "UPGRADE" is a POST with the Upgrade header; "END" ends the exec's stream. */
static struct row rows[] = {
    {"create_makes_a_fresh_id",
     {{"POST", "/containers/t1/exec", "detached", 201, "{\"Id\":\"$\"}"},
      {"GET", "/exec/$/json", NULL, 200, "{\"ID\":\"$\",\"Running\":false"}}},
    {"the_recorded_id_is_not_known",
     {{"POST", "/containers/t1/exec", "detached", 201, ""},
      {"GET",
       "/exec/a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1/"
       "json",
       NULL, 404, "mockd: no recording answers GET /exec/a1a1"}}},
    {"any_version_prefix",
     {{"POST", "/v1.24/containers/t1/exec", "detached", 201, "Id"},
      {"GET", "/v1.999/exec/$/json", NULL, 200, "$"}}},
    {"container_by_unique_prefix",
     {{"POST", "/containers/c1c1/exec", "detached", 201, "Id"}}},
    {"detached_runs_until_its_answers_are_used_up",
     {{"POST", "/containers/t1/exec", "detached", 201, "Id"},
      {"GET", "/exec/$/json", NULL, 200, "\"Running\":false,\"ExitCode\":null"},
      {"GET", "/exec/$/json", NULL, 200, "\"Running\":false,\"ExitCode\":null"},
      {"POST", "/exec/$/start", DETACH, 200, ""},
      {"GET", "/exec/$/json", NULL, 200, "\"Running\":true"},
      {"POST", "/exec/$/resize?w=80&h=24", NULL, 200, ""},
      {"GET", "/exec/$/json", NULL, 200, "\"Running\":true"},
      {"GET", "/exec/$/json", NULL, 200, "\"ExitCode\":5"},
      {"GET", "/exec/$/json", NULL, 200, "\"ExitCode\":5"}}},
    {"each_exec_has_its_own_life",
     {{"POST", "/containers/t1/exec", "detached", 201, "Id"},
      {"POST", "/exec/$/start", DETACH, 200, ""},
      {"POST", "/containers/t1/exec", "detached", 201, "Id"},
      {"GET", "/exec/$/json", NULL, 200, "\"ExitCode\":null"}}},
    {"a_resize_to_another_size",
     {{"POST", "/containers/t1/exec", "detached", 201, "Id"},
      {"POST", "/exec/$/start", DETACH, 200, ""},
      {"POST", "/exec/$/resize?h=50&w=132", NULL, 200, ""},
      {"POST", "/exec/$/resize?h=0&w=132", NULL, 404, "h=0"},
      {"POST", "/exec/$/resize?h=x&w=132", NULL, 404, "h=x"}}},
    {"what_was_not_recorded_in_this_phase",
     {{"POST", "/containers/t1/exec", "detached", 201, "Id"},
      {"POST", "/exec/$/resize?h=24&w=80", NULL, 501,
       "mockd: no recording answers POST /exec/$/resize?h=24&w=80 while the "
       "exec is created; " FIXTURES_DIR
       "/phases/a-detached.execcast has it only for running; record one with "
       "mockd record"}}},
    {"attached_stream_then_answers_in_a_row",
     {{"POST", "/containers/t1/exec", "attached", 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101, "text/tty"},
      {"GET", "/exec/$/json", NULL, 501, "running"},
      {"END", "", NULL, 0, ""},
      {"GET", "/exec/$/json", NULL, 200, "\"Running\":true"},
      {"GET", "/exec/$/json", NULL, 200, "\"Running\":false"},
      {"GET", "/exec/$/json", NULL, 200, "\"Running\":false"}}},
    {"detached_start_of_an_attached_exec_is_borrowed",
     {{"POST", "/containers/t1/exec", "attached", 201, "Id"},
      {"POST", "/exec/$/start", DETACH, 200, ""},
      {"GET", "/exec/$/json", NULL, 200, "\"ID\":\"$\",\"Running\":true"}}},
    {"attached_start_without_a_stream_is_refused",
     {{"POST", "/containers/t1/exec", "detached", 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 501,
       "mockd: no recording answers POST /exec/$/start with Upgrade in this "
       "way; "}}},
    {"way_that_nobody_shows",
     {{"POST", "/containers/t1/exec", "attached", 201, "Id"},
      {"POST", "/exec/$/start", ATTACH, 501, "in this way"}}},
    {"the_same_create_twice",
     {{"POST", "/containers/t1/exec", "twice", 201, "Id"},
      {"GET", "/exec/$/json", NULL, 200, "\"ExitCode\":1"},
      {"POST", "/containers/t1/exec", "twice", 201, "Id"},
      {"GET", "/exec/$/json", NULL, 200, "\"ExitCode\":2"},
      {"POST", "/containers/t1/exec", "twice", 201, "Id"},
      {"GET", "/exec/$/json", NULL, 200, "\"ExitCode\":2"}}},
    {"create_with_most_fields_wins",
     {{"POST", "/containers/t1/exec",
       "{\"Cmd\":[\"fields\"],\"AttachStdout\":true,\"ConsoleSize\":[24,80]}",
       201, "Id"},
      {"GET", "/exec/$/json", NULL, 200, "\"ExitCode\":2"},
      {"POST", "/containers/t1/exec", "fields", 201, "Id"},
      {"GET", "/exec/$/json", NULL, 200, "\"ExitCode\":1"}}},
    {"create_that_nobody_recorded",
     {{"POST", "/containers/t1/exec",
       "{\"Cmd\":[\"detached\"],\"AttachStdout\":true,\"Tty\":true}", 404,
       "mockd: no recording answers POST /containers/t1/exec running "
       "[\\\"detached\\\"]; closest: " FIXTURES_DIR
       "/phases/a-detached.execcast:3 running [\\\"detached\\\"], which "
       "differs in Tty; record one with mockd record"}}},
    {"answers_in_a_row_of_no_exec",
     {{"GET", "/info", NULL, 200, "1"},
      {"GET", "/info", NULL, 200, "2"},
      {"HEAD", "/info", NULL, 200, "2"},
      {"GET", "/info", NULL, 200, "3"},
      {"GET", "/info", NULL, 200, "3"}}},
    {"body_as_json_or_as_bytes",
     {{"POST", "/auth", "{\"b\":[2],\"a\":1}", 200, "json"},
      {"POST", "/auth", "{\"b\":[2],\"a\":2}", 404, "no recording"}}},
    {"unknown_name_is_shown_as_it_was_sent",
     {{"GET", "/containers/nope/json", NULL, 404,
       "{\"message\":\"No such container: nope\"}"},
      {"GET", "/containers/a%22%5C/json", NULL, 404,
       "No such container: a\\\"\\\\"}}},
    {"containers_come_and_go",
     {{"GET", "/containers/fresh/json", NULL, 404, "fresh"},
      {"POST", "/containers/create?name=fresh", "{}", 201, "{\"Id\":\""},
      {"GET", "/containers/fresh/json", NULL, 200, "{}"},
      {"DELETE", "/containers/fresh?v=1&force=1", NULL, 204, ""},
      {"GET", "/containers/fresh/json", NULL, 404, "fresh"}}},
    {"query_must_be_recorded",
     {{"GET", "/info?x=1", NULL, 404, "GET /info?x=1"}}},
    {"bad_target", {{"GET", "/%zz", NULL, 400, "bad percent escape"}}},
};

struct world {
    struct md_profile profile;
    struct md_engine engine;
    struct md_answer answer;
    struct md_exec *last;
    char body[512];
    char target[256];
    char want[512];
};

static struct world world;

static int set_up(void **state)
{
    (void)state;
    world = (struct world){0};
    return md_profile_load(&world.profile, FIXTURES_DIR "/phases", false,
                           NULL) == MOCKD_OK &&
                   md_engine_init(&world.engine, &world.profile, 1, NULL) ==
                       MOCKD_OK
               ? 0
               : -1;
}

static int tear_down(void **state)
{
    (void)state;
    md_answer_release(&world.answer);
    md_engine_release(&world.engine);
    md_profile_release(&world.profile);
    return 0;
}

/* Write @text with the last exec's id in the place of each $. */
static void expand(const char *text, char *out, size_t size)
{
    size_t used = 0;

    for (; *text != '\0' && used + 1 < size; text++) {
        bool is_id = *text == '$' && world.last != NULL;
        int len = snprintf(out + used, size - used, "%.*s", is_id ? 255 : 1,
                           is_id ? world.last->id : text);

        used += (size_t)len;
    }
    out[used < size ? used : size - 1] = '\0';
}

static void fill_body(const char *body)
{
    const char *form = body[0] == '{' ? "%s"
                       : strcmp(body, "attached") == 0
                           ? "{\"AttachStdout\":true,\"Tty\":true,"
                             "\"Cmd\":[\"%s\"]}"
                           : "{\"AttachStdout\":true,\"Cmd\":[\"%s\"]}";
    const char *at = strstr(form, "%s");

    (void)snprintf(world.body, sizeof(world.body), "%.*s%s%s", (int)(at - form),
                   form, body, at + 2);
}

/* The exec whose id is in a create's answer. */
static void note_created(void)
{
    const char *id = strstr(world.answer.body.data, "\"Id\":\"");
    char copy[65] = "";
    struct md_exec *found = NULL;

    if (id != NULL) {
        (void)snprintf(copy, sizeof(copy), "%s", id + strlen("\"Id\":\""));
        found = md_execs_find(&world.engine.execs, copy);
    }
    world.last = found == NULL ? world.last : found;
}

static void ask(const struct step *step)
{
    bool has_upgrade = strcmp(step->method, "UPGRADE") == 0;
    struct md_request request = {.method = has_upgrade ? "POST" : step->method,
                                 .target = world.target,
                                 .has_upgrade = has_upgrade};

    expand(step->target, world.target, sizeof(world.target));
    if (step->body != NULL) {
        fill_body(step->body);
        request.body = world.body;
        request.body_len = strlen(world.body);
    }
    md_answer_release(&world.answer);
    md_engine_answer(&world.engine, &request, &world.answer);
}

static void take(const struct step *step)
{
    const char *got = NULL;

    if (strcmp(step->method, "END") == 0) {
        md_exec_move(world.last, MD_PHASE_EXITED);
        return;
    }
    ask(step);
    assert_int_equal(world.answer.status, step->status);
    if (world.answer.is_stream) {
        got = md_head_value(world.answer.head, "Content-Type");
    } else {
        got = world.answer.body.len == 0 ? "" : world.answer.body.data;
        if (step->status == 201 && world.answer.body.len > 0) {
            note_created();
        }
    }
    expand(step->want, world.want, sizeof(world.want));
    if (strstr(got, world.want) == NULL) {
        assert_string_equal(got, world.want);
    }
}

static void engine__row(void **state)
{
    const struct row *row = *state;

    for (size_t i = 0; i < STEPS_MAX && row->steps[i].method != NULL; i++) {
        take(&row->steps[i]);
    }
}

static void engine__body_of_raw_bytes(void **state)
{
    struct md_request request = {
        .method = "POST", .target = "/auth", .body = "\0raw", .body_len = 4};

    (void)state;
    md_engine_answer(&world.engine, &request, &world.answer);

    assert_int_equal(world.answer.status, 200);
    assert_string_equal(world.answer.body.data, "body");
}

static void count_note(void *user, const char *note)
{
    int *count = user;

    *count += strncmp(note, "mockd: no recording answers GET /nothing", 40) == 0
                  ? 1
                  : 100;
}

static void engine__notes_what_it_cannot_answer(void **state)
{
    struct step step = {"GET", "/nothing", NULL, 404, "/nothing"};
    struct step known = {"GET", "/info", NULL, 200, "1"};
    int count = 0;

    (void)state;
    world.engine.on_note = count_note;
    world.engine.on_note_user = &count;
    take(&step);
    take(&known);

    assert_int_equal(count, 1);
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows) + 2] = {
        cmocka_unit_test_setup_teardown(engine__body_of_raw_bytes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(engine__notes_what_it_cannot_answer,
                                        set_up, tear_down),
    };

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i + 2] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = engine__row,
                                           .setup_func = set_up,
                                           .teardown_func = tear_down,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_engine", tests, NULL, NULL);
}
