/* SPDX-License-Identifier: MIT */
/*
 * fuzz_session.c - whatever a client does in whatever order, under any fault,
 * a session comes to its end.
 *
 * Input: a fault to arm, as one line; then what the client does, a byte each:
 * its low three bits say what, the others how much.
 */
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "execcast.h"
#include "session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char recording[] =
    "{\"execcast\":1,\"name\":\"f\",\"vars\":{\"NAME\":\"t1\",\"EID1\":"
    "\"21212121\"}}\n"
    "{\"on\":\"POST /containers/{NAME}/exec\",\"reply\":{\"head\":[\"HT"
    "TP/1.1 201 Created\"],\"body\":{\"text\":\"{\\\"Id\\\":\\\"2121212"
    "1\\\"}\"}},\"makes\":\"EID1\"}\n"
    "{\"on\":\"POST /exec/{EID1}/start\",\"upgrade\":true,\"stream\":\""
    "s\"}\n"
    "{\"on\":\"POST /exec/{EID1}/resize?h=24&w=80\",\"reply\":{\"head\""
    ":[\"HTTP/1.1 200 OK\"]}}\n"
    "{\"stream\":\"s\"}\n"
    "[1,\"<H\",[\"HTTP/1.1 101 UPGRADED\",\"Content-Type: application/v"
    "nd.docker.raw-stream\",\"Connection: Upgrade\",\"Upgrade: tcp\"]]\n"
    "[1,\"<\",\"%01%00%00%00%00%00%00%05ready\"]\n"
    "[1,\">\",\"hello\"]\n"
    "[1,\"r\",\"80x24\"]\n"
    "[1,\"<\",\"%01%00%00%00%00%00%00%04five%02%00%00%00%00%00%00%03err"
    "\"]\n"
    "[1,\">.\"]\n"
    "[1,\"<\",\"%01%00%00%00%00%00%00%0821212121\"]\n"
    "[1,\"<.\"]\n"
    "{\"end\":{\"rules\":3,\"events\":8,\"s2c_bytes\":161,\"c2s_bytes\""
    ":5,\"sha256_s2c\":\"4a3728be2e6e758a05e2a0345d79d82b27e14e7c1f64d9"
    "197c4b917da1a0d9d5\"}}\n";

struct world {
    struct md_profile profile;
    struct md_fixture *fixture;
    struct md_engine engine;
    struct md_session *session;
    int client; /* -1 = it is gone */
    int server;
    uint64_t now_us;
    char id[32];
    int ends; /* how often the connection was given back */
};

static uint64_t no_time(void)
{
    return 0;
}

static void note_end(void *user)
{
    struct world *world = user;

    world->ends++;
}

static void open_world(struct world *world)
{
    int ends[2];
    char *text = malloc(sizeof(recording));

    if (text == NULL || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) {
        abort();
    }
    memcpy(text, recording, sizeof(recording));
    if (md_execcast_parse("f", NULL, text, sizeof(recording) - 1,
                          &world->fixture, NULL) != MOCKD_OK) {
        abort();
    }
    free(text);
    world->profile = (struct md_profile){&world->fixture, 1};
    if (md_engine_init(&world->engine, &world->profile, 1, NULL) != MOCKD_OK) {
        abort();
    }
    world->engine.journal = md_journal_new(no_time, NULL, NULL);
    world->engine.execs.journal = world->engine.journal;
    world->engine.faults.has_unix = true;
    world->client = ends[0];
    world->server = ends[1];
    (void)fcntl(world->server, F_SETFL, O_NONBLOCK);
    (void)fcntl(world->client, F_SETFL, O_NONBLOCK);
}

static void close_world(struct world *world)
{
    md_session_free(world->session);
    if (world->client >= 0) {
        (void)close(world->client);
    }
    (void)close(world->server);
    md_journal_free(world->engine.journal);
    md_engine_release(&world->engine);
    md_fixture_free(world->fixture);
}

/* Ask for something of the exec, or make it with @verb NULL. */
static void ask(struct world *world, const char *verb, const char *body,
                struct md_answer *out_answer)
{
    char target[128] = "/containers/t1/exec";
    struct md_request request = {.method = "POST",
                                 .target = target,
                                 .body = body,
                                 .body_len = strlen(body),
                                 .has_upgrade = true};

    if (verb != NULL) {
        (void)snprintf(target, sizeof(target), "/exec/%s/%s", world->id, verb);
    }
    md_engine_answer(&world->engine, &request, out_answer);
    out_answer->call =
        md_on_call_of(request.method, target, out_answer->is_stream);
    out_answer->is_faulted =
        md_faults_want(&world->engine.faults, out_answer->call);
}

static void start_session(struct world *world)
{
    struct md_answer answer = {0};

    ask(world, NULL, "{\"AttachStdin\":true}", &answer);
    (void)snprintf(world->id, sizeof(world->id), "%.8s",
                   strstr(answer.body.data, "Id") + strlen("Id\":\""));
    md_answer_release(&answer);
    ask(world, "start", "{}", &answer);
    if (!answer.is_stream) {
        abort();
    }
    if (md_session_new(&answer, &world->engine, world->server, NULL,
                       &world->session, NULL) == MOCKD_OK) {
        world->session->on_done = note_end;
        world->session->on_done_user = world;
    }
    md_answer_release(&answer);
}

static void act(struct world *world, unsigned what, size_t much)
{
    static char page[65536];
    struct md_answer answer = {0};

    switch (what) {
    case 0:
    case 1:
        (void)send(world->client, page, much + 1, MSG_NOSIGNAL);
        break;
    case 2:
        (void)shutdown(world->client, SHUT_WR);
        break;
    case 3:
        (void)recv(world->client, page, much + 1, 0);
        break;
    case 4:
        (void)recv(world->client, page, sizeof(page), 0);
        break;
    case 5:
        ask(world, "resize?h=24&w=80", "", &answer);
        md_answer_release(&answer);
        break;
    case 6:
        world->now_us += (uint64_t)1 << much;
        break;
    default:
        (void)close(world->client);
        world->client = -1;
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world world = {.now_us = 1};
    const uint8_t *line_end = size == 0 ? NULL : memchr(data, '\n', size);
    size_t used = line_end == NULL ? 0 : (size_t)(line_end - data);
    char *fault = calloc(1, used + 1);

    open_world(&world);
    if (fault == NULL) {
        abort();
    }
    memcpy(fault, line_end == NULL ? (const uint8_t *)"" : data, used);
    (void)md_faults_arm(&world.engine.faults, fault, NULL, NULL);
    free(fault);
    start_session(&world);
    for (size_t i = used; world.session != NULL && i < size; i++) {
        (void)md_session_run(world.session, 0, world.now_us);
        if (world.client >= 0) {
            act(&world, data[i] & 7U, data[i] >> 3);
        }
    }
    if (world.client >= 0) {
        act(&world, 7, 0);
    }
    if (world.session != NULL) {
        (void)md_session_run(world.session, EPOLLHUP, world.now_us);
        if (world.session->state != MD_SESSION_DONE || world.ends != 1) {
            abort(); /* a client that is gone ends every session, once */
        }
    }
    close_world(&world);
    return 0;
}
