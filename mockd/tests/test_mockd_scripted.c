/* SPDX-License-Identifier: MIT */
/* test_mockd_scripted.c - what scripts answer, without a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cleanup.h"
#include "engine.h"
#include "execcast.h"

#define STEPS_MAX 10
#define SCRIPTS_MAX 3
#define TEXT_MAX 4096
#define DETACH "{'Detach':true}"
#define ATTACH "{'Detach':false,'Tty':false}"
#define TTY "{'Detach':false,'Tty':true}"
#define CREATE "/containers/t1/exec"
#define SCRIPT "{'execcast':1,'script':true}\n"
#define PODMAN "{'execcast':1,'script':true,'engine':'podman'}\n"
#define MAKE "{'on':'POST /containers/{NAME}/exec','makes':'EID1'"
#define START "{'on':'POST /exec/{EID1}/start','stream':'s'}\n{'stream':'s'}\n"
#define EXIT_3 MAKE "}\n" START "['exit',3]\n"
#define INSPECT "{'on':'GET /exec/{EID1}/json','inspect':"
#define CID "c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0"
#define EID "e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1"
#define CMD(cmd) "{'Cmd':[" cmd "]}"
#define DOCKER_LINES                                                           \
    "Docker-Experimental: false|Ostype: linux|Server: Docker/28.5.2 (linux)|"

/* "UPGRADE" is a POST with the Upgrade header, "EXIT" the end of the exec's
 * process, "RELEASE" a control call. ' stands for ", $ for the exec's id. */
struct step {
    const char *method;
    const char *target;
    const char *body;
    int status;
    const char *want; /* part of the head's lines, a |, and the body */
};

struct row {
    const char *name;
    const char *scripts[SCRIPTS_MAX];
    struct step steps[STEPS_MAX];
};

/* Two answers to two creates tell which rule was chosen. */
#define ANSWER(match, status)                                                  \
    "{'on':'POST /containers/{NAME}/exec','match':" match                      \
    ",'reply':{'head':" #status "}}\n"

static struct row rows[] = {
    {"usual_create",
     {SCRIPT EXIT_3},
     {{"POST", CREATE, CMD("'x'"), 201,
       "Api-Version: 1.51|Content-Type: application/json|" DOCKER_LINES
       "|{'Id':'$'}\n"}}},
    {"usual_create_of_podman",
     {PODMAN EXIT_3},
     {{"POST", CREATE, CMD("'x'"), 201,
       "Api-Version: 1.41|Content-Type: application/json|"
       "Libpod-Api-Version: 5.8.6|Server: Libpod/5.8.6 (linux)||{'Id':'$'}"}}},
    {"versions_of_the_header",
     {"{'execcast':1,'script':true,'provenance':{'engine_version':'27.1',"
      "'api_version':'1.40'}}\n" EXIT_3},
     {{"POST", CREATE, CMD("'x'"), 201, "Api-Version: 1.40|"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101, "raw-stream"},
      {"GET", "/exec/$/json", NULL, 200, "Server: Docker/27.1 (linux)|"}}},
    {"variables_of_the_header",
     {"{'execcast':1,'script':true,'vars':{'NAME':'web','CID':'abcd','EID1':"
      "'0123456789abcdef'}}\n" EXIT_3},
     {{"POST", "/containers/web/exec", CMD("'x'"), 201, "{'Id':'$'}"},
      {"GET", "/exec/$/json", NULL, 200, "'ContainerID':'abcd'"}}},
    {"inspect_of_docker",
     {SCRIPT EXIT_3},
     {{"POST", CREATE,
       "{'Cmd':['sh','-c','a\\\\b'],'AttachStdout':true,'User':'root',"
       "'DetachKeys':'ctrl-a,z','Privileged':true}",
       201, "Id"},
      {"GET", "/exec/$/json", NULL, 200,
       "Content-Type: application/json|" DOCKER_LINES
       "|{'ID':'$','Running':false,'ExitCode':null,'ProcessConfig':{'tty':"
       "false,'entrypoint':'sh','arguments':['-c','a\\\\b'],'privileged':true,"
       "'user':'root'},'OpenStdin':false,'OpenStderr':false,'OpenStdout':true,"
       "'CanRemove':false,'ContainerID':'" CID "','DetachKeys':'AXo=','Pid':0}"
       "\n"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101, ""},
      {"GET", "/exec/$/json", NULL, 200, "'Running':true,'ExitCode':null,"},
      {"GET", "/exec/$/json", NULL, 200, "'Pid':4242}"},
      {"EXIT", "", NULL, 0, ""},
      {"GET", "/exec/$/json", NULL, 200, "'Running':false,'ExitCode':3,"},
      {"GET", "/exec/$/json", NULL, 200, "'Pid':4242}"}}},
    {"inspect_of_podman",
     {PODMAN EXIT_3},
     {{"POST", CREATE, "{'Cmd':['ls'],'Tty':true}", 201, "Id"},
      {"GET", "/exec/$/json", NULL, 200,
       "{'CanRemove':false,'ContainerID':'" CID
       "','DetachKeys':'','ExitCode':0,'ID':'$','OpenStderr':false,"
       "'OpenStdin':false,'OpenStdout':false,'Running':false,'Pid':0,"
       "'ProcessConfig':{'arguments':null,'entrypoint':'ls','privileged':"
       "false,'tty':true,'user':''}}\n"},
      {"UPGRADE", "/exec/$/start", TTY, 101, ""},
      {"GET", "/exec/$/json", NULL, 200,
       "'ExitCode':0,'ID':'$','OpenStderr':false,'OpenStdin':false,"
       "'OpenStdout':false,'Running':true,'Pid':4242,"},
      {"EXIT", "", NULL, 0, ""},
      {"GET", "/exec/$/json", NULL, 200, "'Running':false,'Pid':0,"},
      {"GET", "/exec/$/json", NULL, 200, "{'CanRemove':true,"},
      {"GET", "/exec/$/json", NULL, 200, "'ExitCode':3,"}}},
    {"detach_keys_that_are_none",
     {SCRIPT EXIT_3},
     {{"POST", CREATE, "{'Cmd':['x'],'DetachKeys':'ctrl-shift'}", 201, "Id"},
      {"GET", "/exec/$/json", NULL, 200, "'DetachKeys':''"},
      {"POST", CREATE, "{'Cmd':['x'],'DetachKeys':'a,b,c,d'}", 201, "Id"},
      {"GET", "/exec/$/json", NULL, 200, "'DetachKeys':'YWJjZA=='"}}},
    {"still_running_for_some_polls",
     {SCRIPT EXIT_3 INSPECT "{'after_polls':2}}\n"},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101, ""},
      {"GET", "/exec/$/json", NULL, 200, "'Running':true,'ExitCode':null"},
      {"EXIT", "", NULL, 0, ""},
      {"GET", "/exec/$/json", NULL, 200, "'Running':true,'ExitCode':null"},
      {"GET", "/exec/$/json", NULL, 200, "'Running':true,'ExitCode':null"},
      {"GET", "/exec/$/json", NULL, 200, "'Running':false,'ExitCode':3"},
      {"GET", "/exec/$/json", NULL, 200, "'Running':false,'ExitCode':3"}}},
    {"still_running_until_released",
     {SCRIPT EXIT_3 INSPECT "'until_released'}\n"},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101, ""},
      {"EXIT", "", NULL, 0, ""},
      {"GET", "/exec/$/json", NULL, 200, "'Running':true,'ExitCode':null"},
      {"GET", "/exec/$/json", NULL, 200, "'Running':true,'ExitCode':null"},
      {"RELEASE", "$", NULL, 1, ""},
      {"RELEASE", "nope", NULL, 0, ""},
      {"GET", "/exec/$/json", NULL, 200, "'Running':false,'ExitCode':3"}}},
    {"released_before_it_exits",
     {SCRIPT EXIT_3 INSPECT "'until_released'}\n"},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101, ""},
      {"RELEASE", "$", NULL, 1, ""},
      {"GET", "/exec/$/json", NULL, 200, "'Running':true"},
      {"EXIT", "", NULL, 0, ""},
      {"GET", "/exec/$/json", NULL, 200, "'ExitCode':3"}}},
    {"inspect_by_phase_with_a_literal_body",
     {SCRIPT EXIT_3 "{'on':'GET /exec/{EID1}/json','phase':'running','reply':"
                    "{'body':'{}'}}\n" INSPECT "'immediate'}\n"},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"GET", "/exec/$/json", NULL, 200, "'ExitCode':null"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101, ""},
      {"GET", "/exec/$/json", NULL, 200, "|{}"}}},
    {"heads_of_starts_on_docker",
     {SCRIPT EXIT_3},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101,
       "HTTP/1.1 101 UPGRADED|Content-Type: "
       "application/vnd.docker.multiplexed-stream|Connection: Upgrade|"
       "Upgrade: tcp|Api-Version: 1.51|" DOCKER_LINES "|"},
      {"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"POST", "/exec/$/start", ATTACH, 200,
       "HTTP/1.1 200 OK|Content-Type: application/vnd.docker.raw-stream|"
       "Api-Version: 1.51|" DOCKER_LINES "|"},
      {"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", TTY, 101, "raw-stream"},
      {"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/v1.41/exec/$/start", ATTACH, 101, "raw-stream"}}},
    {"heads_of_starts_on_podman",
     {PODMAN EXIT_3},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101,
       "HTTP/1.1 101 UPGRADED|Content-Type: application/vnd.docker.raw-stream|"
       "Connection: Upgrade|Upgrade: tcp||"},
      {"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"POST", "/v1.42/exec/$/start", ATTACH, 200, "multiplexed-stream"}}},
    {"head_of_a_status",
     {SCRIPT MAKE "}\n" START "['<H',200]\n"},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 200, "HTTP/1.1 200 OK|"}}},
    {"head_of_lines",
     {SCRIPT MAKE "}\n" START "['<H',['HTTP/1.1 200 Fine','X-Y: " EID "']]\n"},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 200,
       "HTTP/1.1 200 Fine|X-Y: " EID "|"}}},
    {"a_stream_is_not_played_twice",
     {SCRIPT EXIT_3},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101, ""},
      {"UPGRADE", "/exec/$/start", ATTACH, 501, "while the exec is running"}}},
    {"detached_start_of_docker",
     {SCRIPT EXIT_3 INSPECT "{'after_polls':1}}\n"},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"POST", "/exec/$/start", DETACH, 200,
       "Api-Version: 1.51|" DOCKER_LINES "|"},
      {"GET", "/exec/$/json", NULL, 200, "'Running':true"},
      {"GET", "/exec/$/json", NULL, 200, "'ExitCode':3"}}},
    {"detached_start_of_podman",
     {PODMAN EXIT_3},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"POST", "/exec/$/start", DETACH, 200,
       "Content-Type: text/plain; charset=us-ascii|"},
      {"GET", "/exec/$/json", NULL, 200, "'ExitCode':3"}}},
    {"start_that_is_refused",
     {SCRIPT MAKE "}\n{'on':'POST /exec/{EID1}/start','reply':{'head':409,"
                  "'body':'no'}}\n"},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 409, "|no"},
      {"GET", "/exec/$/json", NULL, 200, "'Running':false,'ExitCode':0"}}},
    {"usual_resize",
     {SCRIPT EXIT_3},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"POST", "/exec/$/resize?h=24&w=80", NULL, 404, "no recording"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101, ""},
      {"POST", "/exec/$/resize?h=24&w=80", NULL, 200, ""}}},
    {"usual_resize_of_podman",
     {PODMAN EXIT_3},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", ATTACH, 101, ""},
      {"POST", "/exec/$/resize?h=24&w=80", NULL, 201, ""}}},
    {"usual_replies",
     {SCRIPT "{'on':'GET /_ping','reply':{'body':'OK'}}\n"
             "{'on':'DELETE /containers/{NAME}','reply':{}}\n"
             "{'on':'GET /info','reply':{'head':503,'body':'{}'}}\n"},
     {{"GET", "/_ping", NULL, 200, "Content-Type: text/plain; charset=utf-8|"},
      {"DELETE", "/containers/t1", NULL, 204,
       "Api-Version: 1.51|" DOCKER_LINES "|"},
      {"GET", "/info", NULL, 503, "|{}"}}},
    {"a_subset_needs_its_members_only",
     {SCRIPT ANSWER("{'subset':{'cmd':['a','b'],'Tty':true,'User':''}}", 299)},
     {{"POST", CREATE, "{'Cmd':['a','b'],'Tty':true,'Env':['X=1']}", 299, ""},
      {"POST", CREATE, "{'Cmd':['a'],'Tty':true}", 404, ""},
      {"POST", CREATE, "{'Cmd':['a','b','c'],'Tty':true}", 404, ""},
      {"POST", CREATE, "{'Cmd':['a','b'],'Tty':true,'User':'x'}", 404, ""},
      {"POST", CREATE, "{'Cmd':['a','b']}", 404, ""},
      {"POST", CREATE, "[1]", 404, ""}}},
    {"a_pattern_and_a_subset_together",
     {SCRIPT ANSWER("{'pattern':{'Cmd':'^sh -c '},'subset':{'Tty':true}}",
                    299)},
     {{"POST", CREATE, "{'Cmd':['sh','-c','x'],'Tty':true}", 299, ""},
      {"POST", CREATE, "{'Cmd':['sh','-c','x']}", 404, ""},
      {"POST", CREATE, "{'Cmd':['sh'],'Tty':true}", 404, ""}}},
    {"exact_before_subset_before_pattern_before_nothing",
     {SCRIPT "{'on':'POST /containers/{NAME}/exec','reply':{'head':290}}\n",
      SCRIPT ANSWER("{'pattern':{'Cmd':'.','User':'','WorkingDir':''}}", 291)
          ANSWER("{'subset':{'Cmd':['a'],'User':''}}", 292),
      SCRIPT ANSWER("{'json':{'Cmd':['a']}}", 293)},
     {{"POST", CREATE, CMD("'a'"), 293, ""},
      {"POST", CREATE, "{'Cmd':['a'],'Tty':true}", 292, ""},
      {"POST", CREATE, CMD("'b'"), 291, ""},
      {"POST", CREATE, CMD(""), 290, ""}}},
    {"most_members_then_the_first",
     {SCRIPT ANSWER("{'subset':{'Cmd':['a']}}", 290)
          ANSWER("{'subset':{'Cmd':['a'],'Tty':true}}", 291)
              ANSWER("{'subset':{'Cmd':['a'],'User':''}}", 292)},
     {{"POST", CREATE, "{'Cmd':['a'],'Tty':true}", 291, ""},
      {"POST", CREATE, "{'Cmd':['a']}", 292, ""},
      {"POST", CREATE, "{'Cmd':['a'],'User':'x'}", 290, ""}}},
    {"subsets_that_are_alike_are_answers_in_a_row",
     {SCRIPT ANSWER("{'subset':{'Cmd':['a']}}", 290) ANSWER(
         "{'subset':{'Cmd':['a']}}", 291) ANSWER("{'pattern':{'Cmd':'b'}}", 292)
          ANSWER("{'pattern':{'Cmd':'b'}}", 293)},
     {{"POST", CREATE, CMD("'a'"), 290, ""},
      {"POST", CREATE, CMD("'a'"), 291, ""},
      {"POST", CREATE, CMD("'b'"), 292, ""},
      {"POST", CREATE, CMD("'b'"), 293, ""},
      {"POST", CREATE, CMD("'a'"), 291, ""}}},
    {"a_subset_of_a_start",
     {SCRIPT MAKE "}\n{'on':'POST /exec/{EID1}/start','match':{'subset':"
                  "{'ConsoleSize':[24,80]}},'reply':{'head':418}}\n" START},
     {{"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", "{'ConsoleSize':[24,80]}", 418, ""},
      {"POST", CREATE, CMD("'x'"), 201, "Id"},
      {"UPGRADE", "/exec/$/start", "{'ConsoleSize':[24,81]}", 101, ""}}},
};

struct world {
    struct md_profile profile;
    struct md_fixture *fixtures[SCRIPTS_MAX];
    struct md_engine engine;
    struct md_answer answer;
    struct md_exec *last;
    char got[TEXT_MAX];
};

static struct world world;

static int set_up(void **state)
{
    (void)state;
    world = (struct world){.profile = {.fixtures = world.fixtures}};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    md_answer_release(&world.answer);
    md_engine_release(&world.engine);
    for (size_t i = 0; i < SCRIPTS_MAX; i++) {
        md_fixture_free(world.fixtures[i]);
        world.fixtures[i] = NULL;
    }
    return 0;
}

/* Write @text with " for each ' and the last exec's id for each $. */
static char *expand(const char *text, char *out)
{
    const char *id = world.last == NULL ? "$" : world.last->id;
    size_t used = 0;

    for (; *text != '\0'; text++) {
        size_t len = *text == '$' ? strlen(id) : 1;

        assert_true(used + len < TEXT_MAX);
        memcpy(out + used,
               *text == '$'    ? id
               : *text == '\'' ? "\""
                               : text,
               len);
        used += len;
    }
    out[used] = '\0';
    return out;
}

static void load(const struct row *row)
{
    char text[TEXT_MAX];
    struct mockd_error err = {0};

    for (size_t i = 0; i < SCRIPTS_MAX && row->scripts[i] != NULL; i++) {
        (void)expand(row->scripts[i], text);
        (void)md_execcast_parse("f", NULL, text, strlen(text),
                                &world.fixtures[i], &err);
        assert_string_equal(err.message, "");
        world.profile.count++;
    }
    assert_int_equal(md_engine_init(&world.engine, &world.profile, 1, NULL),
                     MOCKD_OK);
}

static void add_got(const char *text)
{
    assert_true(strlen(world.got) + strlen(text) < TEXT_MAX);
    (void)strncat(world.got, text, TEXT_MAX - strlen(world.got) - 1);
}

static void log_answer(void)
{
    const struct md_answer *answer = &world.answer;

    world.got[0] = '\0';
    if (answer->is_stream) {
        for (size_t i = 0; i < answer->head->line_count; i++) {
            add_got(answer->head->lines[i]);
            add_got("|");
        }
    } else {
        for (size_t i = 0; i < answer->line_count; i++) {
            add_got(answer->lines[i]);
            add_got("|");
        }
    }
    add_got("|");
    add_got(answer->body.data == NULL ? "" : answer->body.data);
}

/* The exec whose id is in a create's answer. */
static void note_created(void)
{
    const char *at = strstr(world.got, "{\"Id\":\"");
    char id[65] = "";

    if (world.answer.status == 201 && at != NULL) {
        at += strlen("{\"Id\":\"");
        (void)snprintf(id, sizeof(id), "%.*s", (int)strcspn(at, "\""), at);
        world.last = md_execs_find(&world.engine.execs, id);
        assert_non_null(world.last);
    }
}

static void ask(const struct step *step)
{
    bool has_upgrade = strcmp(step->method, "UPGRADE") == 0;
    char target[TEXT_MAX];
    char body[TEXT_MAX];
    struct md_request request = {.method = has_upgrade ? "POST" : step->method,
                                 .target = expand(step->target, target),
                                 .has_upgrade = has_upgrade};

    if (step->body != NULL) {
        request.body = expand(step->body, body);
        request.body_len = strlen(body);
    }
    md_answer_release(&world.answer);
    md_engine_answer(&world.engine, &request, &world.answer);
    log_answer();
    note_created();
}

static void take(const struct step *step)
{
    char want[TEXT_MAX];

    if (strcmp(step->method, "EXIT") == 0) {
        md_exec_move(world.last, MD_PHASE_EXITED);
        return;
    }
    if (strcmp(step->method, "RELEASE") == 0) {
        assert_int_equal(
            md_engine_release_exec(&world.engine, expand(step->target, want)),
            step->status);
        return;
    }
    ask(step);
    (void)expand(step->want, want);
    if (strstr(world.got, want) == NULL) {
        assert_string_equal(world.got, want);
    }
    assert_int_equal(world.answer.status, step->status);
}

static void scripted__row(void **state)
{
    const struct row *row = *state;

    load(row);
    for (size_t i = 0; i < STEPS_MAX && row->steps[i].method != NULL; i++) {
        take(&row->steps[i]);
    }
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows)];

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                       .test_func = scripted__row,
                                       .setup_func = set_up,
                                       .teardown_func = tear_down,
                                       .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_scripted", tests, NULL, NULL);
}
