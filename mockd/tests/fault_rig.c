/* SPDX-License-Identifier: MIT */
#include "fault_rig.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "compose.h"
#include "engine.h"
#include "listen.h"
#include "loop.h"
#include "runner.h"
#include "wire_client.h"

#define HEAD                                                                   \
    "HTTP/1.1 101 UPGRADED\r\n"                                                \
    "Content-Type: application/vnd.docker.raw-stream\r\n"                      \
    "Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
#define WIRE_MAX ((size_t)32 * 1024 * 1024)

/* ---- what is asked ---- */

static const char *create_body(const char *what)
{
    static char body[128];

    (void)snprintf(body, sizeof(body),
                   "{\"AttachStdout\":true,%s\"Cmd\":[\"%s\"]}",
                   strcmp(what, "tty") == 0     ? "\"Tty\":true,"
                   : strcmp(what, "stdin") == 0 ? "\"AttachStdin\":true,"
                                                : "",
                   what);
    return body;
}

static const char *start_body(const char *what)
{
    return strcmp(what, "tty") == 0 ? "{\"Detach\":false,\"Tty\":true}"
                                    : "{\"Detach\":false,\"Tty\":false}";
}

static const char *start_target(const char *created)
{
    static char target[128];
    const char *id = strstr(created, "\"Id\":\"");

    (void)snprintf(target, sizeof(target), "/exec/%.64s/start",
                   id == NULL ? "" : id + 6);
    return target;
}

/* ---- in memory ---- */

static void put(struct fault_play *play, const char *text)
{
    int len = snprintf(play->log + play->log_len,
                       sizeof(play->log) - play->log_len, "%s", text);

    play->log_len += (size_t)len < sizeof(play->log) - play->log_len
                         ? (size_t)len
                         : sizeof(play->log) - play->log_len - 1;
}

static void put_bytes(struct fault_play *play, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len && play->log_len + 1 < sizeof(play->log); i++) {
        unsigned char byte = (unsigned char)bytes[i];
        char text[8] = {bytes[i]};

        if (byte == '\r' && i + 1 < len && bytes[i + 1] == '\n') {
            text[0] = '|';
            i++;
        } else if (byte == '\0') {
            text[0] = '.';
        } else if (byte < ' ' || byte > '~' || byte == '%') {
            (void)snprintf(text, sizeof(text), "%%%02X", byte);
        }
        put(play, text);
    }
}

static enum md_wire_result log_write(void *self, const struct iovec *pieces,
                                     int count, size_t *out_written)
{
    struct fault_play *play = self;
    const char *data = pieces->iov_base;
    size_t len = pieces->iov_len;
    size_t head = sizeof(HEAD) - 1;
    bool has_head = len >= head && memcmp(data, HEAD, head) == 0;

    (void)count;
    put(play, has_head ? "{H" : "{");
    put_bytes(play, data + (has_head ? head : 0), len - (has_head ? head : 0));
    put(play, "}");
    *out_written = len;
    return MD_WIRE_OK;
}

static void log_mark(void *user, const struct md_mark *mark)
{
    if (mark->code == MD_MARK_FIRED) {
        put(user, "*");
    }
}

static void log_stop(struct fault_play *play, enum md_play why)
{
    static const char *const codes[] = {
        [MD_PLAY_GATE] = "G",  [MD_PLAY_END] = "E",   [MD_PLAY_RESET] = "R",
        [MD_PLAY_OVER] = "O",  [MD_PLAY_STALL] = "S", [MD_PLAY_CLOSE] = "C",
        [MD_PLAY_PAUSE] = "",  [MD_PLAY_FULL] = "?",  [MD_PLAY_GONE] = "?",
        [MD_PLAY_BROKEN] = "?"};

    put(play, codes[why]);
}

static void run(struct fault_play *play, const struct md_program *program)
{
    static const struct md_wire_ops ops = {.write = log_write};
    struct md_wire wire = {.ops = &ops, .self = play};
    struct md_runner runner = {.program = program,
                               .has_stdin = true,
                               .on_mark = log_mark,
                               .on_mark_user = play};
    uint64_t now_us = 1;
    enum md_play why = MD_PLAY_GATE;

    while (why == MD_PLAY_GATE || why == MD_PLAY_PAUSE) {
        why = md_runner_run(&runner, wire, now_us);
        log_stop(play, why);
        if (why == MD_PLAY_GATE) {
            runner.client_bytes += 3;
        } else if (why == MD_PLAY_PAUSE) {
            char text[32];

            (void)snprintf(text, sizeof(text), "(%llu)",
                           (unsigned long long)(runner.resume_us - now_us));
            put(play, text);
            now_us = runner.resume_us;
        }
    }
}

/* Arm each line of @text. */
static enum mockd_code arm_all(struct md_faults *faults, const char *text,
                               struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    while (rc == MOCKD_OK && *text != '\0') {
        char line[256];
        size_t len = strcspn(text, "\n");

        (void)snprintf(line, sizeof(line), "%.*s", (int)len, text);
        rc = md_faults_arm(faults, line, NULL, err);
        text += len + (text[len] == '\n');
    }
    return rc;
}

/* The answer that the fault is for. */
static void ask(struct md_engine *engine, const char *what,
                struct md_answer *answer)
{
    struct md_answer created = {0};
    struct md_request request = {.method = "GET", .target = "/_ping"};

    if (strcmp(what, "ping") != 0) {
        request = (struct md_request){.method = "POST",
                                      .target = "/containers/t1/exec",
                                      .body = create_body(what)};
        request.body_len = strlen(request.body);
        md_engine_answer(engine, &request, &created);
        request = (struct md_request){.method = "POST",
                                      .target = start_target(created.body.data),
                                      .body = start_body(what),
                                      .has_upgrade = true};
        request.body_len = strlen(request.body);
        md_answer_release(&created);
    }
    md_engine_answer(engine, &request, answer);
    answer->call =
        md_on_call_of(request.method, request.target, answer->is_stream);
}

static void edit_and_run(struct fault_play *play, struct md_engine *engine,
                         const struct md_answer *answer, bool is_tcp)
{
    struct md_program program = {0};
    struct md_manners manners = {0};
    struct mockd_error err = {0};
    struct md_edit edit = {.program = &program,
                           .manners = &manners,
                           .is_stream = answer->is_stream,
                           .is_tty = answer->is_tty,
                           .is_tcp = is_tcp};

    if (md_compose(answer, 0, &program, &err) == MOCKD_OK) {
        if (md_faults_want(&engine->faults, answer->call)) {
            (void)md_faults_apply(&engine->faults, answer->call, &edit, &err);
        }
        run(play, &program);
        play->bytes = program.bytes.data;
        play->len = program.bytes.len;
        program.bytes.data = NULL;
    }
    (void)snprintf(play->note, sizeof(play->note), "%s", err.message);
    md_program_release(&program);
}

bool fault_play(struct fault_play *play, const char *fault, const char *what,
                bool is_tcp)
{
    struct md_profile profile = {0};
    struct md_engine engine = {0};
    struct md_answer answer = {0};
    struct mockd_error err = {0};
    bool is_armed = md_profile_load(&profile, FAULT_FIXTURES_DIR, false,
                                    &err) == MOCKD_OK &&
                    md_engine_init(&engine, &profile, 1, &err) == MOCKD_OK;

    *play = (struct fault_play){0};
    engine.faults.has_unix = true;
    engine.faults.has_tcp = is_tcp;
    is_armed = is_armed && arm_all(&engine.faults, fault, &err) == MOCKD_OK;
    (void)snprintf(play->note, sizeof(play->note), "%s", err.message);
    if (is_armed) {
        ask(&engine, what, &answer);
        edit_and_run(play, &engine, &answer, is_tcp);
        md_answer_release(&answer);
    }
    md_engine_release(&engine);
    md_profile_release(&profile);
    return is_armed;
}

void fault_play_release(struct fault_play *play)
{
    free(play->bytes);
    play->bytes = NULL;
}

/* ---- on the wire ---- */

static struct {
    struct md_profile profile;
    struct md_engine engine;
    struct md_loop *loop;
    struct md_listener unix_listener;
    struct md_listener tcp_listener;
    pthread_t thread;
    bool has_thread;
    int fd;
    struct fault_play play;
    char *text;
    char note[512];
} rig;

static void *run_loop(void *user)
{
    (void)user;
    md_loop_run(rig.loop);
    return NULL;
}

static void keep_note(void *user, const char *note)
{
    (void)user;
    (void)snprintf(rig.note, sizeof(rig.note), "%s", note);
}

static bool start_rig(struct mockd_error *err)
{
    if (md_profile_load(&rig.profile, FAULT_FIXTURES_DIR, false, err) !=
            MOCKD_OK ||
        md_engine_init(&rig.engine, &rig.profile, 1, err) != MOCKD_OK ||
        md_loop_new(&rig.engine, &rig.loop, err) != MOCKD_OK ||
        md_listen_unix("auto", "docker.sock", &rig.unix_listener, err) !=
            MOCKD_OK ||
        md_loop_listen(rig.loop, &rig.unix_listener, err) != MOCKD_OK) {
        return false;
    }

    if (md_listen_tcp("127.0.0.1:0", &rig.tcp_listener, err) != MOCKD_OK ||
        md_loop_listen(rig.loop, &rig.tcp_listener, err) != MOCKD_OK) {
        return false;
    }

    rig.engine.on_note = keep_note;
    rig.engine.faults.has_unix = true;
    rig.engine.faults.has_tcp = true;
    rig.has_thread = pthread_create(&rig.thread, NULL, run_loop, NULL) == 0;
    return rig.has_thread;
}

int fault_rig_set_up(void **state)
{
    struct mockd_error err = {0};

    (void)state;
    rig.fd = -1;
    rig.unix_listener.fd = -1;
    rig.tcp_listener.fd = -1;
    rig.text = malloc(WIRE_MAX);
    if (rig.text == NULL || !start_rig(&err)) {
        (void)fprintf(stderr, "%s\n", err.message);
        return -1;
    }
    return 0;
}

int fault_rig_tear_down(void **state)
{
    (void)state;
    if (rig.fd >= 0) {
        (void)close(rig.fd);
    }
    if (rig.has_thread) {
        md_loop_stop(rig.loop);
        (void)pthread_join(rig.thread, NULL);
    }
    md_loop_free(rig.loop);
    md_listener_release(&rig.unix_listener);
    md_listener_release(&rig.tcp_listener);
    md_engine_release(&rig.engine);
    md_profile_release(&rig.profile);
    fault_play_release(&rig.play);
    free(rig.text);
    memset(&rig, 0, sizeof(rig));
    return 0;
}

static uint64_t count_fired(void)
{
    uint64_t fired = 0;

    md_loop_lock(rig.loop);
    for (const struct md_fault *fault = rig.engine.faults.first; fault != NULL;
         fault = fault->next) {
        fired += fault->fired;
    }
    md_loop_unlock(rig.loop);
    return fired;
}

static void arm(const char *fault)
{
    struct mockd_error err = {0};
    enum mockd_code rc = MOCKD_OK;

    md_loop_lock(rig.loop);
    rc = arm_all(&rig.engine.faults, fault, &err);
    md_loop_unlock(rig.loop);
    assert_string_equal(err.message, "");
    assert_int_equal(rc, MOCKD_OK);
}

static const char *what_of(const struct fault_row *row)
{
    return row->play == NULL ? "frames" : row->play;
}

/* Ask on the wire for what the fault is for. */
static void ask_on_wire(const struct fault_row *row)
{
    const char *url =
        row->is_tcp ? rig.tcp_listener.url : rig.unix_listener.url;

    if (strcmp(what_of(row), "ping") == 0) {
        rig.fd = wire_connect(url);
        assert_true(wire_request(rig.fd, "GET", "/_ping", NULL, false));
        return;
    }
    assert_int_equal(wire_ask(url, "POST", "/containers/t1/exec",
                              create_body(what_of(row)), rig.text, WIRE_MAX),
                     201);
    rig.fd = wire_connect(url);
    assert_true(wire_request(rig.fd, "POST", start_target(rig.text),
                             start_body(what_of(row)), true));
}

/* Nothing is to come: look once the mock says that it has come so far. */
static void assert_silence(void)
{
    while (count_fired() == 0) {
    }
    assert_int_equal(recv(rig.fd, rig.text, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
}

static void play_on_wire(const struct fault_row *row)
{
    bool is_silent = strchr(rig.play.log, 'S') != NULL && rig.play.len == 0;
    bool is_reset = strcmp(rig.play.log, "*R") == 0;
    size_t len = 0;
    int failure = 0;

    arm(row->fault);
    ask_on_wire(row);
    if (is_silent) {
        assert_silence();
        return;
    }
    if (strcmp(what_of(row), "stdin") == 0) { /* not with the request */
        assert_int_equal(recv(rig.fd, rig.text, 1, MSG_PEEK), 1);
        assert_true(wire_send(rig.fd, "abc"));
    }
    len = wire_read_all(rig.fd, rig.text, WIRE_MAX, &failure);
    assert_int_equal(failure, is_reset ? ECONNRESET : 0);
    assert_int_equal(len, rig.play.len);
    assert_memory_equal(rig.text, rig.play.bytes, len);
}

void fault_rig_row(void **state)
{
    const struct fault_row *row = *state;
    bool is_armed =
        fault_play(&rig.play, row->fault, what_of(row), row->is_tcp);

    if (row->error != NULL) {
        assert_string_equal(rig.play.note, row->error);
        assert_false(is_armed);
        return;
    }
    if (row->note == NULL) {
        assert_string_equal(rig.play.note, "");
    } else if (strstr(rig.play.note, row->note) == NULL) {
        assert_string_equal(rig.play.note, row->note);
    }
    if (row->log != NULL) {
        assert_string_equal(rig.play.log, row->log);
    } else {
        row->check(rig.play.bytes, rig.play.len);
    }
    play_on_wire(row);
    assert_int_equal(count_fired() + row->lost + (row->note != NULL),
                     rig.engine.faults.count);
}

int fault_rig_run(const char *name, struct fault_row *rows, size_t count)
{
    struct CMUnitTest *tests = calloc(count, sizeof(*tests));
    int failed = 1;

    if (tests != NULL) {
        for (size_t i = 0; i < count; i++) {
            tests[i] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = fault_rig_row,
                                           .setup_func = fault_rig_set_up,
                                           .teardown_func = fault_rig_tear_down,
                                           .initial_state = &rows[i]};
        }
        failed = _cmocka_run_group_tests(name, tests, count, NULL, NULL);
    }
    free(tests);
    return failed;
}
