/* SPDX-License-Identifier: MIT */
#include "play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CREATE "POST /containers/t1/exec"
#define UPGRADE "Connection: Upgrade\r\nUpgrade: tcp\r\n"
#define UPGRADED                                                               \
    "HTTP/1.1 101 UPGRADED\r\n"                                                \
    "Content-Type: application/vnd.docker.raw-stream\r\n"                      \
    "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
#define ATTACH "{\"Detach\":false}"

const char *play_request(struct stage *stage, const char *line,
                         const char *headers, const char *body)
{
    (void)snprintf(stage->text, sizeof(stage->text),
                   "%s HTTP/1.1\r\nHost: d\r\n%sContent-Length: %zu\r\n\r\n%s",
                   line, headers, strlen(body), body);
    return stage->text;
}

static void print_create(const char *cmd, char out[256])
{
    (void)snprintf(out, 256,
                   "{\"Cmd\":[\"%s\"],\"AttachStdin\":true,"
                   "\"AttachStdout\":true}",
                   cmd);
}

/* The engine may be connected to because of these very bytes. */
static void ask(struct stage *stage, const char *line, const char *headers,
                const char *body)
{
    size_t len = strlen(play_request(stage, line, headers, body));

    stage_say(stage, &stage->client, stage->text, len);
    if (stage->peer.fd < 0) {
        stage_accept(stage);
    }
    stage_hear(&stage->peer, stage->text, len);
}

void play_ask(struct stage *stage, const char *line, const char *headers,
              const char *body, const char *status, const char *answer)
{
    char text[16384];
    int len = 0;

    ask(stage, line, headers, body);
    len = snprintf(text, sizeof(text),
                   "HTTP/1.1 %s\r\nContent-Type: application/json\r\n"
                   "Content-Length: %zu\r\n\r\n%s",
                   status, strlen(answer), answer);
    assert_true(len > 0 && (size_t)len < sizeof(text));
    stage_pass(stage, 'e', text, (size_t)len);
}

void play_start(struct stage *stage, const char *cmd)
{
    char body[256];

    print_create(cmd, body);
    stage_connect(stage);
    md_rec_chan_close(&stage->peer, false);
    play_ask(stage, CREATE, "", body, "201 Created",
             "{\"Id\":\"" PLAY_EID "\"}");
    ask(stage, "POST /exec/" PLAY_EID "/start", UPGRADE, ATTACH);
    stage_pass(stage, 'e', UPGRADED, strlen(UPGRADED));
}

void play_by_engine(struct stage *stage, const char *cmd)
{
    play_start(stage, cmd);
    stage_pass(stage, 'c', "hello", 5);
    stage_pass(stage, 'e', PLAY_FRAME("\5", "hello"));
    stage_pass(stage, 'c', NULL, 0);
    stage_pass(stage, 'e', PLAY_FRAME("\3", "end"));
    stage_pass(stage, 'e', NULL, 0);
}

static void say_create(struct stage *stage, const char *cmd)
{
    char body[256];

    print_create(cmd, body);
    stage_connect(stage);
    (void)play_request(stage, CREATE, "", body);
    stage_say(stage, &stage->client, stage->text, strlen(stage->text));
}

void play_by_mock(struct stage *stage, const char *cmd)
{
    const char *id = NULL;
    char line[128];

    say_create(stage, cmd);
    id = strstr(stage_hear_until(stage, &stage->client, "\"}"), "{\"Id\":\"");
    assert_non_null(id);
    (void)snprintf(line, sizeof(line), "POST /exec/%.64s/start", id + 7);
    (void)play_request(stage, line, UPGRADE, ATTACH);
    stage_say(stage, &stage->client, stage->text, strlen(stage->text));
    (void)stage_hear_until(stage, &stage->client, "\r\n\r\n");
    assert_non_null(strstr(stage->text, " 101 "));

    stage_say(stage, &stage->client, "hello", 5);
    stage_hear(&stage->client, PLAY_FRAME("\5", "hello"));
    assert_int_equal(md_rec_chan_shut(&stage->client), MD_REC_IO_OK);
    stage_hear(&stage->client, PLAY_FRAME("\3", "end"));
    stage_hear_io(&stage->client, MD_REC_IO_END);
}

void play_refused(struct stage *stage, const char *cmd)
{
    say_create(stage, cmd);
    assert_non_null(strstr(stage_hear_until(stage, &stage->client, "\"}"),
                           "{\"message\":\"mockd: no recording answers"));
}
