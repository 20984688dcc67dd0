/* SPDX-License-Identifier: MIT */
/*
 * test_record_redacted.c - the program `mockd record`: secrets pass, and
 * nothing of them is on the disk, at no time; what was replaced is listed.
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

#include "play.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define SESSION "rec/session.execcast"
#define CREATE "POST /containers/t1/exec"
#define CREATED "201 Created", "{\"Id\":\"" PLAY_EID "\"}"
#define START "POST /exec/" PLAY_EID "/start"
#define UPGRADE "Connection: Upgrade\r\nUpgrade: tcp\r\n"
#define UPGRADED "HTTP/1.1 101 UPGRADED\r\nContent-Type: a/b\r\n\r\n"

/* {"username":"u","password":"open sesame"} */
#define LOGIN "eyJ1c2VybmFtZSI6InUiLCJwYXNzd29yZCI6Im9wZW4gc2VzYW1lIn0="
/* {"h":{"auth":"dTpzZXNhbWU="}} */
#define LOGINS "eyJoIjp7ImF1dGgiOiJkVHB6WlhOaGJXVT0ifX0="

#define SAY(who, text)                                                         \
    {                                                                          \
        who, text, sizeof(text) - 1                                            \
    }

struct turn {
    char who;
    const char *text;
    size_t len;
};

struct row {
    const char *name;
    const char *options[5];
    /* One request before the exec, and its answer; NULL = none. */
    const char *line;
    const char *headers;
    const char *status; /* and headers */
    const char *answer;
    const char *create; /* body */
    struct turn turns[5];
    const char *secrets[3];
    const char *lines[4];  /* in the recording */
    const char *listed[3]; /* on standard error */
};

#define TTY "{\"Cmd\":[\"sh\"],\"Tty\":true}"
#define ENV "{\"Cmd\":[\"sh\"],\"Env\":[\"KEY=sesame-1\",\"A=b\"]}"

/* Longer than what stands in a line, and mostly not text. */
#define TEN(text) text text text text text text text text text text
#define BINARY TEN("\1\2\3\4\5\6\7\10\11\12") "sesame-1"

static char bulk[6000]; /* with sesame-1 at byte 5000; main() fills it */
#define BULK(who)                                                              \
    {                                                                          \
        who, bulk, sizeof(bulk)                                                \
    }

static struct row rows[] = {
    {.name = "value_of_a_variable",
     .create = ENV,
     .turns = {SAY('e', "\1\0\0\0\0\0\0\x0dKEY=sesame-1\n"),
               SAY('c', "again sesame-1"),
               SAY('e', "\2\0\0\0\0\0\0\x09sesame-1\n")},
     .secrets = {"sesame-1"},
     .lines = {"\"Env\":[\"KEY=xxxxxxxx\",\"A=b\"]", "%00%0DKEY=xxxxxxxx%0A\"]",
               "\"again xxxxxxxx\"]", "%00%09xxxxxxxx%0A\"]"},
     .listed = {"KEY, 8 bytes, in the body of the request POST /containers/",
                "KEY, 8 bytes, in s1, from the engine, at byte 12",
                "KEY, 8 bytes, in s1, from the client, at byte 6"}},
    {.name = "cut_over_segments_and_frames",
     .create = ENV,
     .turns = {SAY('e', "\1\0\0\0\0\0\0\3ses"), SAY('c', "sesa"),
               SAY('e', "\2\0\0\0\0\0\0\3err\1\0\0\0\0\0\0\3ame"),
               SAY('c', "me-1"), SAY('e', "\1\0\0\0\0\0\0\3-1\n")},
     .secrets = {"sesame-1", "me-1", "sesa"},
     .lines = {"%03xxx\"]", "%03err%01%00%00%00%00%00%00%03xxx\"]",
               "%03xx%0A\"]", "\"xxxx\"]"},
     .listed = {"KEY, 3 bytes, in s1, from the engine, at byte 8",
                "KEY, 3 bytes, in s1, from the engine, at byte 30",
                "KEY, 4 bytes, in s1, from the client, at byte 0"}},
    {.name = "in_base64_and_in_a_file_beside",
     .options = {"--secret-text", "sesame-1"},
     .create = TTY,
     .turns = {SAY('e', BINARY), BULK('e'), BULK('c')},
     .secrets = {"sesame-1"},
     .lines = {"{\"b64\":\"", "{\"file\":\"s1.bin\",\"off\":0,\"len\":6000}",
               "{\"file\":\"s1.in.bin\",\"off\":0,\"len\":6000}"},
     .listed = {"--secret-text 1, 8 bytes, in s1, from the engine, at byte 100",
                "from the engine, at byte 5108", "client, at byte 5000"}},
    {.name = "header_for_a_registry",
     .line = "POST /images/create?fromImage=a",
     .headers = "X-Registry-Auth: " LOGIN "\r\n",
     .status = "200 OK",
     .answer = "{\"status\":\"no open sesame, " LOGIN "\"}",
     .create = TTY,
     .turns = {SAY('e', "open se"), SAY('e', "same")},
     .secrets = {"open sesame", LOGIN, "sesame"},
     .lines = {"no xxxxxxxxxxx, xxxxxx", "\"xxxxxxx\"]", "\"xxxx\"]"},
     .listed = {"X-Registry-Auth, 11 bytes, in the body of the answer to POST "
                "/images/create?fromImage=a at byte 14",
                "X-Registry-Auth, 56 bytes"}},
    {.name = "header_for_many_registries",
     .line = "POST /build",
     .headers = "X-Registry-Config: " LOGINS "\r\n",
     .status = "200 OK",
     .answer = "dTpzZXNhbWU= " LOGINS,
     .create = TTY,
     .secrets = {"dTpzZXNhbWU=", LOGINS},
     .lines = {"{\"text\":\"xxxxxxxxxxxx xxxxxxxx"},
     .listed = {"X-Registry-Config, 12 bytes", "X-Registry-Config, 40 bytes"}},
    {.name = "headers_with_credentials_both_ways",
     .line = "GET /info",
     .headers = "Authorization: Basic dTpwYXNz\r\nCookie: sid=0123\r\n",
     .status = "200 OK\r\nSet-Cookie: sid=4567",
     .answer = "{\"echo\":\"dTpwYXNz sid=0123\"}",
     .create = TTY,
     .secrets = {"dTpwYXNz", "sid=0123", "sid=4567"},
     .lines = {"\"Set-Cookie: xxxxxxxx\"", "xxxxxxxx xxxxxxxx"},
     .listed = {"Authorization, 8 bytes", "Cookie, 8 bytes",
                "Set-Cookie, 8 bytes, in the head of the answer to GET /info"}},
    {.name = "member_of_a_login",
     .line = "POST /auth",
     .headers = "",
     .status = "200 OK",
     .answer = "{\"IdentityToken\":\"sesame-2\",\"Status\":\"ok\"}",
     .create = TTY,
     .turns = {SAY('e', "sesame-2")},
     .secrets = {"sesame-2"},
     .lines = {"{\\\"IdentityToken\\\":\\\"xxxxxxxx\\\",", "\"xxxxxxxx\"]"},
     .listed = {"password, 8 bytes"}},
    {.name = "users_text_in_a_path",
     .options = {"--secret-text", "hunter2"},
     .line = "GET /info?pin=hunter2",
     .headers = "",
     .status = "200 OK",
     .answer = "{}",
     .create = TTY,
     .secrets = {"hunter2"},
     .lines = {"\"GET /info?pin=xxxxxxx\""},
     .listed = {"--secret-text 1, 7 bytes, in a request's path"}},
    {.name = "users_pattern_over_segments",
     .options = {"--secret", "id-[0-9]+"},
     .create = TTY,
     .turns = {SAY('e', "is id"), SAY('e', "-12"), SAY('e', "34."),
               SAY('c', "id-5678 ok")},
     .secrets = {"1234", "-12", "id-5"},
     .lines = {"\"is xx\"]", "\"xxx\"]", "\"xx.\"]", "\"xxxxxxx ok\"]"},
     .listed = {"--secret 1, 2 bytes", "--secret 1, 3 bytes",
                "--secret 1, 7 bytes"}},
    {.name = "users_word_for_variables",
     .options = {"--secret-env", "pin"},
     .create = "{\"Cmd\":[\"sh\"],\"Tty\":true,\"Env\":[\"BANK_PIN=4711\"]}",
     .turns = {SAY('e', "BANK_PIN=4711\r\n")},
     .secrets = {"4711"},
     .lines = {"\"BANK_PIN=xxxx\"", "\"BANK_PIN=xxxx%0D%0A\""},
     .listed = {"BANK_PIN, 4 bytes, in the body", "BANK_PIN, 4 bytes, in s1"}},
};

struct fixture {
    const struct row *row;
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

static void run(struct stage *stage, const struct row *row, const char *mode)
{
    const char *arguments[12] = {"--upstream", stage->engine.url, "--out",
                                 stage->out,   "--mode",          mode};

    for (size_t i = 0; i < COUNT_OF(row->options); i++) {
        arguments[6 + i] = row->options[i];
    }
    assert_int_equal(stage_run(stage, arguments, strcmp(mode, "replay") != 0),
                     -1);
}

static void assert_hidden(struct stage *stage, const char *secret,
                          const char *when)
{
    if (stage_find(stage, secret) > 0) {
        fail_msg("%s is on the disk %s", secret, when);
    }
    if (strstr(stage_read(stage, "stderr"), secret) != NULL) {
        fail_msg("%s is told: %s", secret, stage->text);
    }
}

static void assert_clean(struct stage *stage, const struct row *row,
                         const char *when)
{
    for (size_t i = 0; i < COUNT_OF(row->secrets) && row->secrets[i]; i++) {
        assert_hidden(stage, row->secrets[i], when);
    }
}

/* Up to where the stream is open. */
static void play_front(struct stage *stage, const struct row *row)
{
    stage_connect(stage);
    if (row->line != NULL) {
        play_ask(stage, row->line, row->headers, "", row->status, row->answer);
    }
    play_ask(stage, CREATE, "", row->create, CREATED);
    (void)play_request(stage, START, UPGRADE, "{\"Detach\":false}");
    stage_pass(stage, 'c', stage->text, strlen(stage->text));
    stage_pass(stage, 'e', UPGRADED, strlen(UPGRADED));
}

/* The bytes arrive as they were; stage_pass() looks at that. */
static void play(struct stage *stage, const struct row *row)
{
    play_front(stage, row);
    assert_clean(stage, row, "before the stream");
    for (size_t i = 0; i < COUNT_OF(row->turns) && row->turns[i].who; i++) {
        stage_pass(stage, row->turns[i].who, row->turns[i].text,
                   row->turns[i].len);
        assert_clean(stage, row, "during the stream");
    }
}

/* Each line "FILE:N: redacted: TEXT" on standard error has its "# redacted:
 * TEXT" in line N of the file; returns how many there are. */
static size_t count_listed(struct stage *stage)
{
    static char text[STAGE_TEXT_SIZE];
    static const char mark[] = ": redacted: ";
    size_t count = 0;

    (void)snprintf(text, sizeof(text), "%s", stage_read(stage, "stderr"));
    (void)stage_read(stage, SESSION);
    for (const char *at = strstr(text, mark); at != NULL;
         at = strstr(at + 1, mark)) {
        const char *number = at;
        const char *line = stage->text;
        size_t len = strcspn(at + 2, "\n");

        while (number[-1] != ':') {
            number--;
        }
        for (unsigned long n = strtoul(number, NULL, 10); n > 1; n--) {
            line = strchr(line, '\n');
            assert_non_null(line);
            line++;
        }
        assert_int_equal(strncmp(line, "# ", 2), 0);
        assert_int_equal(strncmp(line + 2, at + 2, len), 0);
        assert_int_equal(line[2 + len], '\n');
        count++;
    }
    return count;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (text = strstr(text, part); text != NULL;
         text = strstr(text + 1, part)) {
        count++;
    }
    return count;
}

static void assert_has(const char *text, const char *words)
{
    if (strstr(text, words) == NULL) {
        fail_msg("no %s in: %s", words, text);
    }
}

static void assert_says(struct stage *stage, const char *file,
                        const char *const *words, size_t count)
{
    (void)stage_read(stage, file);
    for (size_t i = 0; i < count && words[i] != NULL; i++) {
        assert_has(stage->text, words[i]);
    }
}

static void redacted__row(void **state)
{
    struct fixture *fixture = *state;
    const struct row *row = fixture->row;
    struct stage *stage = &fixture->stage;
    const char *const lint[] = {"lint", stage->out, NULL};
    size_t listed = 0;

    run(stage, row, "record-all");
    play(stage, row);
    assert_int_equal(stage_stop(stage, SIGINT), 0);

    assert_clean(stage, row, "in the end");
    assert_says(stage, SESSION, row->lines, COUNT_OF(row->lines));
    assert_says(stage, "stderr", row->listed, COUNT_OF(row->listed));
    listed = count_listed(stage);
    assert_true(listed > 0);
    assert_int_equal(count_of(stage_read(stage, SESSION), "# redacted: "),
                     listed);
    assert_int_equal(stage_tool(stage, lint), 0);
}

/* The front of one is held, and the recorder is killed. */
static void redacted__killed_with_a_piece_of_one(void **state)
{
    static const struct row row = {.create = ENV,
                                   .secrets = {"sesame-1", "sesam", "esame"}};
    struct stage *stage = &((struct fixture *)*state)->stage;
    char part[STAGE_PATH_SIZE];
    const char *const finish[] = {"record", "--finish", part, NULL};
    const char *const words[] = {"%02hi\"]", NULL};

    stage_path(stage, SESSION ".part", part);
    run(stage, &row, "record-all");
    play_front(stage, &row);
    stage_pass(stage, 'e', PLAY_FRAME("\2", "hi"));
    stage_pass(stage, 'e', PLAY_FRAME("\5", "sesam"));
    stage_pass(stage, 'c', "x", 1); /* the frame was looked at by now */
    assert_int_equal(stage_stop(stage, SIGKILL), -1);
    assert_clean(stage, &row, "after a kill");

    assert_int_equal(stage_tool(stage, finish), 0);
    assert_clean(stage, &row, "when it is finished");
    assert_says(stage, SESSION, words, 1);
}

/* The check itself: it does find what is there. */
static void redacted__not_when_told_so(void **state)
{
    static const struct row row = {
        .options = {"--no-redact"},
        .create = ENV,
        .turns = {SAY('e', BINARY), BULK('c')},
    };
    struct stage *stage = &((struct fixture *)*state)->stage;

    run(stage, &row, "record-all");
    play(stage, &row);
    assert_int_equal(stage_stop(stage, SIGINT), 0);

    assert_int_equal(count_listed(stage), 0);
    assert_int_equal(stage_find(stage, "sesame-1"), 2);
}

/* Who replays it may send the secret, and gets filler where it had been. */
static void redacted__a_replay_takes_the_secret(void **state)
{
    static const struct row row = {
        .create = ENV,
        .turns = {SAY('c', "go"), SAY('e', "\1\0\0\0\0\0\0\x08sesame-1")},
    };
    struct stage *stage = &((struct fixture *)*state)->stage;
    const char *id = NULL;
    char line[128];

    run(stage, &row, "record-all");
    play(stage, &row);
    assert_int_equal(stage_stop(stage, SIGINT), 0);
    run(stage, &row, "replay");
    stage_connect(stage);
    (void)play_request(stage, CREATE, "", ENV);
    stage_say(stage, &stage->client, stage->text, strlen(stage->text));
    id = strstr(stage_hear_until(stage, &stage->client, "\"}"), "{\"Id\":\"");
    assert_non_null(id);
    (void)snprintf(line, sizeof(line), "POST /exec/%.64s/start", id + 7);
    (void)play_request(stage, line, UPGRADE, "{\"Detach\":false}");
    stage_say(stage, &stage->client, stage->text, strlen(stage->text));
    (void)stage_hear_until(stage, &stage->client, "\r\n\r\n");
    stage_say(stage, &stage->client, "go", 2);
    stage_hear(&stage->client, PLAY_FRAME("\x08", "xxxxxxxx"));
    assert_int_equal(stage_stop(stage, SIGINT), 0);
}

#define TEST(function)                                                         \
    {                                                                          \
        .name = #function, .test_func = (function), .setup_func = setup,       \
        .teardown_func = teardown                                              \
    }

static const struct CMUnitTest odd[] = {
    TEST(redacted__killed_with_a_piece_of_one),
    TEST(redacted__not_when_told_so),
    TEST(redacted__a_replay_takes_the_secret),
};

int main(void)
{
    static const char word[] = "sesame-1";
    struct CMUnitTest tests[COUNT_OF(rows) + COUNT_OF(odd)];

    memset(bulk, 'b', sizeof(bulk));
    memcpy(bulk + 5000, word, sizeof(word) - 1);
    bulk[17] = 'B';
    memcpy(tests, odd, sizeof(odd));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        tests[COUNT_OF(odd) + i] =
            (struct CMUnitTest){.name = rows[i].name,
                                .test_func = redacted__row,
                                .setup_func = setup,
                                .teardown_func = teardown,
                                .initial_state = &rows[i]};
    }
    return cmocka_run_group_tests_name("record_redacted", tests, NULL, NULL);
}
