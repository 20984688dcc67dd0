/* SPDX-License-Identifier: MIT */
/*
 * fuzz_request.c - whatever a client asks gets an answer, and each exec that
 * it makes another.
 *
 * Input: requests, parted by the byte 1E; the first line of each is
 * "METHOD TARGET", the rest its body. The first exec that was made may be
 * called 21212121.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "execcast.h"
#include "profile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUESTS_MAX 16

static const char recording[] =
    "{\"execcast\":1,\"script\":true,\"vars\":{\"NAME\":\"t1\",\"EID1\":"
    "\"21212121\"}}\n"
    "{\"on\":\"POST /containers/{NAME}/exec\",\"match\":{\"subset\":"
    "{\"Cmd\":[\"a\",\"b\"]}},\"makes\":\"EID1\"}\n"
    "{\"on\":\"POST /containers/{NAME}/exec\",\"match\":{\"pattern\":"
    "{\"Cmd\":\"^ls\",\"User\":\"[a-z]+\"}},\"makes\":\"EID1\"}\n"
    "{\"on\":\"POST /containers/{NAME}/exec\",\"match\":{\"json\":"
    "{\"Cmd\":[\"sh\",\"-c\",\"x\"],\"Tty\":true}},\"makes\":\"EID1\"}\n"
    "{\"on\":\"POST /exec/{EID1}/start\",\"stream\":\"s\"}\n"
    "{\"on\":\"GET /exec/{EID1}/json\",\"inspect\":{\"after_polls\":2}}\n"
    "{\"on\":\"GET /info\",\"reply\":{\"head\":200,\"body\":{\"text\":\"1\"}},"
    "\"times\":2}\n"
    "{\"on\":\"GET /containers/json?all=1\",\"reply\":{\"head\":200}}\n"
    "{\"stream\":\"s\"}\n[\"<1\",\"x\"]\n[\"exit\",3]\n";

static struct md_profile profile;
static struct md_engine engine;

static void count_note(void *user, const char *note)
{
    size_t *bytes = user;

    *bytes += strlen(note);
}

static void begin(size_t *noted)
{
    static struct md_fixture *fixtures[1];
    char text[sizeof(recording)];

    memcpy(text, recording, sizeof(text));
    if (md_execcast_parse("f", NULL, text, sizeof(text) - 1, &fixtures[0],
                          NULL) != MOCKD_OK) {
        abort();
    }
    profile = (struct md_profile){.fixtures = fixtures, .count = 1};
    if (md_engine_init(&engine, &profile, 1, NULL) != MOCKD_OK) {
        abort();
    }
    engine.on_note = count_note;
    engine.on_note_user = noted;
}

/* @line is "METHOD TARGET", @body what follows it. */
static void ask(char *line, const char *body, size_t len)
{
    char *target = strchr(line, ' ');
    struct md_answer answer = {0};
    struct md_request request = {.method = line,
                                 .body = body,
                                 .body_len = len,
                                 .has_upgrade = len % 2 == 0};

    if (target == NULL) {
        return;
    }
    *target = '\0';
    request.target = target + 1;
    md_engine_answer(&engine, &request, &answer);
    if (answer.status < 100 || answer.status > 999 ||
        (answer.is_stream && answer.exec == NULL)) {
        abort();
    }
    md_answer_release(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char *at = text;
    size_t noted = 0;

    if (text == NULL) {
        abort();
    }
    memcpy(text, data, size);
    text[size] = '\0';
    begin(&noted);
    for (int i = 0; i < REQUESTS_MAX && at < text + size; i++) {
        size_t left = (size_t)(text + size - at);
        char *next = memchr(at, 0x1E, left);
        char *end = next == NULL ? text + size : next;
        char *line_end = memchr(at, '\n', (size_t)(end - at));
        char *body = line_end == NULL ? end : line_end + 1;

        if (line_end != NULL) {
            *line_end = '\0';
        }
        ask(at, body, (size_t)(end - body));
        at = next == NULL ? text + size : next + 1;
    }
    md_engine_release(&engine);
    md_fixture_free(profile.fixtures[0]);
    free(text);
    return 0;
}
