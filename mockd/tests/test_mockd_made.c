/* SPDX-License-Identifier: MIT */
/* test_mockd_made.c - containers that clients make: ids, names, stages, lists.
 * What was recorded of them is in lives/. */
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
#define BOX "{\"Image\":\"bb\",\"Cmd\":[\"sleep\",\"9\"]"
#define T1 "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
#define T1_ITEM "{\"Id\":\"" T1 "\",\"Names\":[\"/t1\"],\"State\":\"running\"}"
#define FILTER(key, value)                                                     \
    "filters=%7B%22" key "%22%3A%7B%22" value "%22%3Atrue%7D%7D"

struct step {
    const char *method;
    const char *target; /* $ is the id made last, % its first 12 digits */
    const char *body;
    int status;
    const char *want; /* the answer's beginning; $ and % as above */
};

static struct row {
    const char *name;
    struct step steps[STEPS_MAX];
} rows[] = {
    {"a_life",
     {{"POST", "/containers/create?name=box", BOX "}", 201, "{\"Id\":\"$\"}"},
      {"GET", "/containers/box/json", NULL, 200,
       "{\"Id\":\"$\",\"Name\":\"/box\",\"Hostname\":\"%\",\"State\":{"
       "\"Status\":\"created\""},
      {"POST", "/containers/$/start", NULL, 204, ""},
      {"GET", "/containers/%/json", NULL, 200,
       "{\"Id\":\"$\",\"Name\":\"/box\",\"Hostname\":\"%\",\"State\":{"
       "\"Status\":\"running\""},
      {"POST", "/containers/box/stop", NULL, 204, ""},
      {"POST", "/containers/box/wait", NULL, 200, "{\"StatusCode\":137}"},
      {"GET", "/containers/$/json", NULL, 200,
       "{\"Id\":\"$\",\"Name\":\"/box\",\"Hostname\":\"%\",\"State\":{"
       "\"Status\":\"exited\""},
      {"POST", "/containers/$/start", NULL, 204, ""},
      {"POST", "/containers/$/kill?signal=SIGKILL", NULL, 204, ""},
      {"DELETE", "/containers/$?v=1&force=false", NULL, 204, ""},
      {"GET", "/containers/$/json", NULL, 404,
       "{\"message\":\"No such container: $\"}"},
      {"GET", "/containers/box/json", NULL, 404,
       "{\"message\":\"No such container: box\"}"}}},
    {"what_was_recorded_is_not_there",
     {{"GET", "/containers/box/json", NULL, 404, "{\"message\":\"No such"},
      {"GET",
       "/containers/"
       "b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2/json",
       NULL, 404, "{\"message\":\"No such container: b2b2"},
      {"DELETE", "/containers/whatever", NULL, 404,
       "{\"message\":\"No such container: whatever\"}"},
      {"GET", "/containers/t1/json", NULL, 200, "{\"Id\":\"" T1}}},
    {"another_name",
     {{"POST", "/containers/create?name=mine&Image=bb", BOX "}", 201, "{"},
      {"GET", "/containers/mine/json", NULL, 200,
       "{\"Id\":\"$\",\"Name\":\"/mine\""},
      {"GET", "/containers/box/json", NULL, 404, "{\"message\""}}},
    {"no_name_takes_the_recorded_one",
     {{"POST", "/containers/create", "{\"Image\":\"bb\"}", 201, "{"},
      {"GET", "/containers/other/json", NULL, 200,
       "{\"Id\":\"$\",\"Name\":\"/other\",\"Hostname\":\"%\",\"Own\":true"},
      {"POST", "/containers/create", "{\"Image\":\"bb\"}", 201, "{"},
      {"GET", "/containers/other_2/json", NULL, 200,
       "{\"Id\":\"$\",\"Name\":\"/other_2\""}}},
    {"a_name_in_use",
     {{"POST", "/containers/create?name=mine", BOX "}", 201, "{"},
      {"POST", "/containers/create?name=mine", BOX "}", 409,
       "{\"message\":\"mine, not boxes or a-box, is in use by $\"}"},
      {"POST", "/containers/create?name=t1", BOX "}", 409,
       "{\"message\":\"t1, not boxes or a-box, is in use by " T1},
      {"DELETE", "/containers/mine", NULL, 501,
       "{\"message\":\"mockd: no recording answers DELETE /containers/mine "
       "while the container is created; " FIXTURES_DIR
       "/../lives/b-lives.execcast has it only for running, exited; record one "
       "with mockd record\"}"}}},
    {"removed_by_the_front_of_its_id",
     {{"POST", "/containers/create?name=a", BOX "}", 201, "{"},
      {"POST", "/containers/%/start", NULL, 204, ""},
      {"DELETE", "/containers/%?force=1", NULL, 204, ""},
      {"GET", "/containers/a/json", NULL, 404, "{\"message\":\"No such"}}},
    {"a_name_that_is_none",
     {{"POST", "/containers/create?name=a%22b", BOX "}", 201, "{"},
      {"GET", "/containers/$/json", NULL, 200,
       "{\"Id\":\"$\",\"Name\":\"/box\""}}},
    {"what_was_not_recorded_at_this_stage",
     {{"POST", "/containers/create?name=a", BOX "}", 201, "{"},
      {"GET", "/containers/a/changes", NULL, 501,
       "{\"message\":\"mockd: no recording answers GET /containers/a/changes "
       "while the container is created; "},
      {"GET", "/containers/t1/changes", NULL, 200, "[\"t1\"]"},
      {"POST", "/containers/a/start", NULL, 204, ""},
      {"GET", "/containers/a/changes", NULL, 200, "[\"a runs\"]"}}},
    {"create_by_meaning",
     {{"POST", "/containers/create?name=a",
       BOX ",\"Env\":null,\"Labels\":{\"a\":\"b\"},\"HostConfig\":{}}", 201,
       "{"},
      {"POST", "/containers/create?name=b", BOX ",\"Env\":[\"A=1\"]}", 404,
       "{\"message\":\"mockd: no recording"},
      {"POST", "/containers/create?name=c", "{\"Image\":\"cc\"}", 404,
       "{\"message\":\"mockd: no recording"}}},
    {"each_has_its_own_life",
     {{"POST", "/containers/create?name=a", BOX "}", 201, "{"},
      {"POST", "/containers/a/start", NULL, 204, ""},
      {"POST", "/containers/create?name=b", BOX "}", 201, "{"},
      {"GET", "/containers/b/json", NULL, 200,
       "{\"Id\":\"$\",\"Name\":\"/b\",\"Hostname\":\"%\",\"State\":{"
       "\"Status\":\"created\""},
      {"DELETE", "/containers/a", NULL, 409, "{\"message\":\"running\"}"},
      {"DELETE", "/containers/a?force=True", NULL, 204, ""},
      {"POST", "/containers/b/start", NULL, 204, ""}}},
    {"a_life_lends_to_another",
     {{"POST", "/containers/create", "{\"Image\":\"bb\"}", 201, "{"},
      {"POST", "/containers/$/start", NULL, 204, ""},
      {"POST", "/containers/$/stop?t=7", NULL, 204, ""},
      {"GET", "/containers/$/json", NULL, 200,
       "{\"Id\":\"$\",\"Name\":\"/other\",\"Hostname\":\"%\",\"State\":{"
       "\"Status\":\"exited\""},
      {"POST", "/containers/$/wait", NULL, 200, "{\"StatusCode\":137}"}}},
    {"another_signal_ends_nothing",
     {{"POST", "/containers/create?name=a", BOX "}", 201, "{"},
      {"POST", "/containers/a/start", NULL, 204, ""},
      {"POST", "/containers/a/kill?signal=HUP", NULL, 204, ""},
      {"DELETE", "/containers/a", NULL, 409, "{\"message\":\"running\"}"}}},
    {"a_wait_is_over_at_once",
     {{"POST", "/containers/create?name=a", BOX "}", 201, "{"},
      {"POST", "/containers/a/start", NULL, 204, ""},
      {"POST", "/containers/a/wait", NULL, 200, "{\"StatusCode\":137}"},
      {"GET", "/containers/a/json", NULL, 200,
       "{\"Id\":\"$\",\"Name\":\"/a\",\"Hostname\":\"%\",\"State\":{"
       "\"Status\":\"exited\""}}},
    {"removed_at_its_exit",
     {{"POST", "/containers/create?name=a",
       BOX ",\"HostConfig\":{\"AutoRemove\":true}}", 201, "{"},
      {"POST", "/containers/a/start", NULL, 204, ""},
      {"POST", "/containers/a/stop", NULL, 204, ""},
      {"GET", "/containers/a/json", NULL, 404, "{\"message\":\"No such"}}},
    {"exec_where_it_runs",
     {{"POST", "/containers/create?name=a", BOX "}", 201, "{"},
      {"POST", "/containers/a/exec", "{\"Cmd\":[\"ls\"]}", 409,
       "{\"message\":\"$ is not running\"}"},
      {"POST", "/containers/a/start", NULL, 204, ""},
      {"GET", "/containers/a/top", NULL, 200, "{\"Titles\":[\"$\"]}"},
      {"EXEC", "/containers/a/exec", "{\"Cmd\":[\"ls\"]}", 201, "{\"Id\":\""},
      {"GET", "/exec/!/json", NULL, 200, "{\"ID\":\"!\",\"ContainerID\":\"$\""},
      {"POST", "/containers/a/exec", "{\"Cmd\":[\"x\"]}", 404,
       "{\"message\":\"mockd: no recording"},
      {"POST", "/containers/a/stop", NULL, 204, ""},
      {"POST", "/containers/a/exec", "{\"Cmd\":[\"y\"]}", 409,
       "{\"message\":\"$ has ended\"}"},
      {"GET", "/containers/a/top", NULL, 200, "{\"Titles\":[\"$\"]}"}}},
    {"lists",
     {{"GET", "/containers/json", NULL, 200, "[" T1_ITEM "]\n"},
      {"GET", "/containers/json?all=true", NULL, 200, "[" T1_ITEM "]\n"},
      {"POST", "/containers/create?name=a", BOX "}", 201, "{"},
      {"GET", "/containers/json", NULL, 200, "[" T1_ITEM "]\n"},
      {"GET", "/containers/json?limit=-1&all=1&size=0", NULL, 200,
       "[{\"Id\":\"$\",\"Names\":[\"/a\"],\"State\":\"created\"}," T1_ITEM},
      {"POST", "/containers/a/start", NULL, 204, ""},
      {"GET", "/containers/json", NULL, 200,
       "[{\"Id\":\"$\",\"Names\":[\"/a\"],\"State\":\"running\"}," T1_ITEM},
      {"POST", "/containers/a/stop", NULL, 204, ""},
      {"GET", "/containers/json", NULL, 200, "[" T1_ITEM "]\n"},
      {"GET", "/containers/json?all=1&" FILTER("status", "exited"), NULL, 200,
       "[{\"Id\":\"$\",\"Names\":[\"/a\"],\"State\":\"exited\"}]\n"},
      {"DELETE", "/containers/a", NULL, 204, ""},
      {"GET", "/containers/json?all=1&" FILTER("status", "exited"), NULL, 200,
       "[]\n"}}},
    {"lists_of_a_name",
     {{"POST", "/containers/create?name=a", BOX "}", 201, "{"},
      {"POST", "/containers/create", "{\"Image\":\"bb\"}", 201, "{"},
      {"GET", "/containers/json?all=1&" FILTER("name", "the"), NULL, 200,
       "[{\"Id\":\"$\",\"Names\":[\"/other\"],\"State\":\"created\"}]\n"},
      {"GET", "/containers/json?" FILTER("name", "t1"), NULL, 200,
       "[" T1_ITEM "]\n"},
      {"GET", "/containers/json?" FILTER("id", "%"), NULL, 200, "[]\n"}}},
};

static struct {
    struct md_profile profile;
    struct md_engine engine;
    struct md_answer answer;
    char made[65];
    char exec[65];
    char target[512];
    char want[1024];
} world;

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    return md_profile_load(&world.profile, FIXTURES_DIR "/../lives", false,
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

/* What stands for a character, and how much of it. A % of a target's escapes
 * has a digit behind it. */
static const char *stand_in(const char *at, int *out_len)
{
    *out_len = 64;
    if (*at == '$') {
        return world.made;
    }
    if (*at == '!') {
        return world.exec;
    }
    if (*at == '%' && (at[1] < '0' || at[1] > '9')) {
        *out_len = 12;
        return world.made;
    }
    *out_len = 1;
    return at;
}

static void expand(const char *text, char *out, size_t size)
{
    size_t used = 0;

    out[0] = '\0';
    for (; *text != '\0' && used < size; text++) {
        int len = 0;
        const char *shown = stand_in(text, &len);

        used += (size_t)snprintf(out + used, size - used, "%.*s", len, shown);
    }
}

static void note_id(char out_id[65])
{
    const char *id = strstr(world.answer.body.data, "\"Id\":\"");

    assert_non_null(id);
    (void)snprintf(out_id, 65, "%s", id + strlen("\"Id\":\""));
}

static void take(const struct step *step)
{
    bool is_exec = strcmp(step->method, "EXEC") == 0;
    struct md_request request = {
        .method = is_exec ? "POST" : step->method,
        .target = world.target,
        .body = step->body,
        .body_len = step->body == NULL ? 0 : strlen(step->body)};
    const char *got = NULL;

    expand(step->target, world.target, sizeof(world.target));
    md_answer_release(&world.answer);
    md_engine_answer(&world.engine, &request, &world.answer);
    got = world.answer.body.len == 0 ? "" : world.answer.body.data;
    if (world.answer.status == 201) {
        note_id(is_exec ? world.exec : world.made);
    }
    expand(step->want, world.want, sizeof(world.want));
    if (strncmp(got, world.want, strlen(world.want)) != 0) {
        assert_string_equal(got, world.want);
    }
    assert_int_equal(world.answer.status, step->status);
}

static void made__row(void **state)
{
    const struct row *row = *state;

    for (size_t i = 0; i < STEPS_MAX && row->steps[i].method != NULL; i++) {
        take(&row->steps[i]);
    }
}

static void made__ids_are_fresh(void **state)
{
    const struct step step = {"POST", "/containers/create",
                              "{\"Image\":\"bb\"}", 201, "{\"Id\":\"$\"}"};
    char first[65];

    (void)state;
    take(&step);
    (void)snprintf(first, sizeof(first), "%s", world.made);
    take(&step);

    assert_string_not_equal(first, world.made);
    assert_true(strncmp(first, "c3c3", 4) != 0);
    assert_int_equal(strlen(first), 64);
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows) + 1] = {
        cmocka_unit_test_setup_teardown(made__ids_are_fresh, set_up,
                                        tear_down)};

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i + 1] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = made__row,
                                           .setup_func = set_up,
                                           .teardown_func = tear_down,
                                           .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_made", tests, NULL, NULL);
}
