/* SPDX-License-Identifier: MIT */
/*
 * test_mockd_nomem.c - loading and answering when memory runs out.
 *
 * The linker leads the mock's allocations through here. A clean run counts
 * them; then each one in turn fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "cleanup.h"
#include "engine.h"
#include "player.h"
#include "verbs.h"

/* NOLINTBEGIN(bugprone-reserved-identifier): the linker's --wrap names them */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

static size_t allocations;
static size_t failing = SIZE_MAX; /* index of the one that fails */

static bool is_refused(void)
{
    allocations++;
    return allocations - 1 == failing;
}

void *__wrap_malloc(size_t size)
{
    return is_refused() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return is_refused() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return is_refused() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
    return is_refused() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    return is_refused() ? NULL : __real_strndup(text, len);
}
/* NOLINTEND(bugprone-reserved-identifier) */

static struct md_profile profile;
static struct md_engine engine;
static struct md_journal *journal;

static void release_all(void)
{
    md_journal_free(journal);
    journal = NULL;
    md_engine_release(&engine);
    md_profile_release(&profile);
}

static int tear_down(void **state)
{
    (void)state;
    failing = SIZE_MAX;
    release_all();
    return 0;
}

static enum mockd_code load(const char *folder, struct mockd_error *err)
{
    enum mockd_code rc = md_profile_load(&profile, folder, false, err);

    return rc == MOCKD_OK ? md_engine_init(&engine, &profile, 1, err) : rc;
}

static void nomem__loading(void **state)
{
    const char *folder = *state;
    size_t total = 0;

    allocations = 0;
    assert_int_equal(load(folder, NULL), MOCKD_OK);
    total = allocations;
    release_all();
    assert_true(total > 10);

    for (size_t i = 0; i < total; i++) {
        struct mockd_error err = {0};

        allocations = 0;
        failing = i;
        assert_int_equal(load(folder, &err), MOCKD_E_SYSTEM);
        assert_non_null(strstr(err.message, "out of memory"));
        release_all();
    }
}

/* One create; with the k-th allocation failing it is an error or a success,
 * and never a crash or a leak. */
static int create(void)
{
    struct md_request request = {
        .method = "POST",
        .target = "/containers/t1/exec",
        .body = "{\"Cmd\":[\"detached\"],\"AttachStdout\":true}",
    };
    struct md_answer answer = {0};
    int status = 0;

    request.body_len = strlen(request.body);
    md_engine_answer(&engine, &request, &answer);
    status = answer.status;
    md_answer_release(&answer);
    return status;
}

static void nomem__answering(void **state)
{
    size_t total = 0;

    assert_int_equal(load(*state, NULL), MOCKD_OK);
    allocations = 0;
    assert_int_equal(create(), 201);
    total = allocations;
    assert_true(total > 3);

    for (size_t i = 0; i < total; i++) {
        int status = 0;

        allocations = 0;
        failing = i;
        status = create();
        assert_true(status == 500 || status == 201 || status == 404);
    }
    failing = SIZE_MAX;
    assert_int_equal(create(), 201);
}

static int send(const char *method, const char *target, const char *body)
{
    struct md_request request = {.method = method,
                                 .target = target,
                                 .body = body,
                                 .body_len = strlen(body)};
    struct md_answer answer = {0};
    int status = 0;

    md_engine_answer(&engine, &request, &answer);
    status = answer.status;
    md_answer_release(&answer);
    return status;
}

/* The same of a container: made, shown in a list, and removed. */
static void live(void)
{
    (void)send("POST", "/containers/create?name=a",
               "{\"Image\":\"bb\",\"Cmd\":[\"sleep\",\"9\"]}");
    (void)send("GET",
               "/containers/json?all=1&filters=%7B%22name%22%3A%5B%22a"
               "%22%5D%7D",
               "");
    (void)send("POST", "/containers/a/start", "");
    (void)send("POST", "/containers/a/exec", "{\"Cmd\":[\"ls\"]}");
    (void)send("DELETE", "/containers/a?force=1", "");
}

static void nomem__making(void **state)
{
    size_t total = 0;

    assert_int_equal(load(*state, NULL), MOCKD_OK);
    allocations = 0;
    live();
    total = allocations;
    assert_true(total > 30);

    for (size_t i = 0; i < total; i++) {
        allocations = 0;
        failing = i;
        live();
        failing = SIZE_MAX;
        (void)send("DELETE", "/containers/a?force=1", "");
    }
    (void)send("POST", "/containers/create?name=a",
               "{\"Image\":\"bb\",\"Cmd\":[\"sleep\",\"9\"]}");
    assert_int_equal(send("POST", "/containers/a/start", ""), 204);
    assert_int_equal(send("DELETE", "/containers/a?force=1", ""), 204);
}

static void nomem__playing(void **state)
{
    struct md_player player = {0};
    struct md_player_options options = {.id = "x"};
    size_t total = 0;

    assert_int_equal(load(*state, NULL), MOCKD_OK);
    options.fixture = profile.fixtures[0];
    options.stream = options.fixture->streams;
    options.head = options.stream->has_usual_head
                       ? &options.fixture->script.stream_heads[0]
                       : &options.stream->head;
    options.has_stdin = true;
    options.var = md_fixture_find_var(options.fixture, "EID1", 4);
    allocations = 0;
    assert_int_equal(md_player_init(&player, &options, NULL), MOCKD_OK);
    total = allocations;
    md_player_release(&player);
    assert_true(total > 0);

    for (size_t i = 0; i < total; i++) {
        struct mockd_error err = {0};

        options.stream->ids_var = MD_NO_VAR;
        allocations = 0;
        failing = i;
        assert_int_equal(md_player_init(&player, &options, &err),
                         MOCKD_E_SYSTEM);
        assert_string_equal(err.message, "out of memory");
    }
}

static uint64_t no_time(void)
{
    return 0;
}

/* Ask the mock; a good answer, an error or, when not even that can be had,
 * nothing. Returns whether it was good. */
static bool ask(const char *line)
{
    const struct md_control control = {&profile, &engine, NULL};
    struct md_buf out = {.max = MD_ADMIN_ANSWER_MAX};
    struct md_wait wait = {0};
    bool is_good = false;

    (void)md_verb_answer(&control, line, strlen(line), &wait, &out);
    is_good = out.len > 0 && strncmp(out.data, "{\"ok\":true", 10) == 0;
    assert_true(is_good || out.len == 0 ||
                (strncmp(out.data, "{\"ok\":false,", 12) == 0 &&
                 strstr(out.data, "\"error\":") != NULL));
    md_buf_release(&out);
    md_wait_release(&wait);
    return is_good;
}

/* With it an answer grows behind its beginning. */
#define LONG_ID "0123456789012345678901234567890123456789"

static const char *const lines[] = {
    "{\"verb\":\"health\"}",
    "{\"verb\":\"execs\"}",
    "{\"verb\":\"arm\",\"id\":\"" LONG_ID
    "\",\"fault\":{\"fault\":\"truncate_at\",\"at\":\"end\"}}",
    "{\"verb\":\"faults\"}",
    "{\"verb\":\"journal\"}",
    "{\"verb\":\"check\"}",
    "{\"verb\":\"load\",\"path\":\"" FIXTURES_DIR "/serve\"}",
    "{\"verb\":\"load\",\"path\":\"" FIXTURES_DIR "/hello/hello.execcast\"}"};

/* What fails leaves the mock as it was. */
static void check_failing(const char *line, size_t at)
{
    size_t faults = engine.faults.count;
    size_t fixtures = profile.count;

    allocations = 0;
    failing = at;
    if (!ask(line)) {
        assert_int_equal(profile.count, fixtures);
        assert_int_equal(engine.given_count, fixtures);
        assert_int_equal(engine.faults.count, faults);
    }
    failing = SIZE_MAX;
}

static void nomem__controlling(void **state)
{
    assert_int_equal(load(*state, NULL), MOCKD_OK);
    journal = md_journal_new(no_time, NULL, NULL);
    engine.journal = journal;
    engine.execs.journal = journal;
    assert_int_equal(create(), 201);

    for (size_t l = 0; l < MD_COUNT_OF(lines); l++) {
        size_t total = 0;

        allocations = 0;
        assert_true(ask(lines[l]));
        total = allocations;
        assert_true(total > 0);
        for (size_t i = 0; i < total; i++) {
            check_failing(lines[l], i);
        }
        assert_true(ask(lines[l]));
    }
}

/* An entry that there is no memory for is counted. */
static void nomem__noting(void **state)
{
    const struct md_noted_request request = {.method = "GET", .target = "/"};
    size_t total = 0;

    (void)state;
    journal = md_journal_new(no_time, NULL, NULL);
    assert_non_null(journal);
    allocations = 0;
    md_journal_request(journal, &request);
    total = allocations;
    assert_true(total > 1);
    for (size_t i = 0; i < total; i++) {
        md_journal_free(journal);
        journal = md_journal_new(no_time, NULL, NULL);
        assert_non_null(journal);
        allocations = 0;
        failing = i;
        md_journal_request(journal, &request);
        failing = SIZE_MAX;
        assert_int_equal(md_journal_dropped(journal), 1);
        assert_int_equal(md_journal_last(journal), 1);
        md_journal_request(journal, &request);
        assert_int_equal(md_journal_dropped(journal), 1);
    }
}

int main(void)
{
    static char phases[] = FIXTURES_DIR "/phases";
    static char streams[] = FIXTURES_DIR "/player";
    static char bulk[] = FIXTURES_DIR "/serve";
    static char scripts[] = FIXTURES_DIR "/../scripts";
    static char lives[] = FIXTURES_DIR "/../lives";
    const struct CMUnitTest tests[] = {
        {"loading_rules", nomem__loading, NULL, tear_down, phases},
        {"loading_streams", nomem__loading, NULL, tear_down, streams},
        {"loading_bulk", nomem__loading, NULL, tear_down, bulk},
        {"loading_scripts", nomem__loading, NULL, tear_down, scripts},
        {"loading_lives", nomem__loading, NULL, tear_down, lives},
        {"making", nomem__making, NULL, tear_down, lives},
        {"answering", nomem__answering, NULL, tear_down, phases},
        {"answering_a_script", nomem__answering, NULL, tear_down, scripts},
        {"playing", nomem__playing, NULL, tear_down, streams},
        {"controlling", nomem__controlling, NULL, tear_down, phases},
        {"noting", nomem__noting, NULL, tear_down, NULL},
        {"playing_a_script", nomem__playing, NULL, tear_down, scripts},
    };

    return cmocka_run_group_tests_name("mockd_nomem", tests, NULL, NULL);
}
