/* SPDX-License-Identifier: MIT */
/*
 * test_memory.c - every public call with each of its allocations failing once.
 *
 * The JSON library allocates through hooks of the process, which this program
 * owns: they lead to the same count.
 */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include <dexec/dexec.h>

#include "fake_memory.h"
#include "fake_transport.h"
#include "table.h"

#define HEAD "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define STREAM HEAD "\1\0\0\0\0\0\0\2hi"
#define REFUSED                                                                \
    "HTTP/1.1 404 No\r\nContent-Length: 17\r\n\r\n{\"message\":\"no\"}\n"
#define CREATED "{\"Id\":\"4f2a\"}"
#define EXITED                                                                 \
    "{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7,\"ProcessConfig\":"     \
    "{\"entrypoint\":\"a\",\"arguments\":[\"b\"]}}"

static struct fake_memory memory; /* the hooks have no other way to it */
static const char *const cmd[] = {"cat", "x", NULL};
static const char *const env[] = {"A=1", NULL};

struct world {
    struct fake_script script;
    struct dexec_client *client;
    struct dexec_error err;
};

struct row {
    const char *name;
    enum dexec_code (*call)(struct world *world);
    struct fake_answer answers[2];
    const char *bytes;
    size_t len;
    enum dexec_code clean; /* what it returns when nothing fails */
};

static void *hook_alloc(size_t size)
{
    return fake_memory_alloc(&memory, size);
}

static void hook_release(void *piece)
{
    fake_memory_release(&memory, piece);
}

static struct dexec_create_options create_options(void)
{
    struct dexec_create_options options = DEXEC_CREATE_OPTIONS_INIT;

    options.cmd = cmd;
    options.env = env;
    options.user = "u";
    options.console_rows = 24;
    return options;
}

static enum dexec_code call_new(struct world *world)
{
    struct dexec_allocator allocator = fake_memory_allocator(&memory);
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    struct dexec_client *client = NULL;
    enum dexec_code rc = DEXEC_OK;

    options.host = "unix:///x";
    options.allocator = &allocator;
    rc = dexec_client_new(&options, &client, &world->err);
    assert_int_equal(rc == DEXEC_OK, client != NULL);
    dexec_client_free(client);
    return rc;
}

static enum dexec_code call_create(struct world *world)
{
    struct dexec_create_options options = create_options();
    struct dexec_id id = {.text = "before"};
    enum dexec_code rc =
        dexec_create(world->client, "t1", &options, &id, &world->err);

    assert_string_equal(id.text, rc == DEXEC_OK ? "4f2a" : "before");
    return rc;
}

static enum dexec_code call_start(struct world *world)
{
    struct dexec_stream *stream = NULL;
    enum dexec_code rc =
        dexec_start(world->client, "4f2a", NULL, &stream, &world->err);

    assert_int_equal(rc == DEXEC_OK, stream != NULL);
    dexec_stream_free(stream);
    return rc;
}

static enum dexec_code call_start_detached(struct world *world)
{
    return dexec_start_detached(world->client, "4f2a", false, &world->err);
}

static enum dexec_code call_inspect(struct world *world)
{
    struct dexec_inspect *inspect = NULL;
    enum dexec_code rc =
        dexec_inspect(world->client, "4f2a", &inspect, &world->err);

    assert_int_equal(rc == DEXEC_OK, inspect != NULL);
    dexec_inspect_free(world->client, inspect);
    return rc;
}

static enum dexec_code call_wait(struct world *world)
{
    int64_t code = 77;
    enum dexec_code rc =
        dexec_wait(world->client, "4f2a", 0, &code, &world->err);

    assert_int_equal(code, rc == DEXEC_OK ? 7 : 77);
    return rc;
}

static enum dexec_code call_resize(struct world *world)
{
    return dexec_resize(world->client, "4f2a", 1, 2, &world->err);
}

static enum dexec_code call_run(struct world *world)
{
    struct dexec_create_options create = create_options();
    struct dexec_run_options options = DEXEC_RUN_OPTIONS_INIT;
    int64_t code = 77;
    enum dexec_code rc = DEXEC_OK;

    options.create = &create;
    options.input = "x";
    options.input_len = 1;
    rc = dexec_run(world->client, "t1", &options, &code, &world->err);
    assert_int_equal(code, rc == DEXEC_OK ? 7 : 77);
    return rc;
}

static enum dexec_code call_negotiate(struct world *world)
{
    enum dexec_code rc = dexec_client_negotiate(world->client, &world->err);

    assert_string_equal(dexec_client_api_version(world->client),
                        rc == DEXEC_OK ? "1.40" : "1.41");
    return rc;
}

/* The last one replaces the first, and a value that must be made room for. */
static enum dexec_code call_set_header(struct world *world)
{
    static const char *const names[] = {"A", "B", "a"};
    struct dexec_request request;
    char value[3000] = "";
    enum dexec_code rc = DEXEC_OK;

    memset(value, 'v', sizeof(value) - 1);
    dx_request_init(&request, &world->client->mem, "GET", "/");
    for (size_t i = 0; i < COUNT_OF(names) && rc == DEXEC_OK; i++) {
        rc = dexec_request_set_header(&request, names[i], value, &world->err);
    }
    dx_request_release(&request);
    return rc;
}

static enum dexec_code call_start_by_steps(struct world *world,
                                           const struct dexec_start_options *by)
{
    struct dexec_stream *stream = NULL;
    struct dexec_chunk chunk = {.kind = DEXEC_KIND_NONE};
    size_t written = 0;
    enum dexec_code rc =
        dexec_start_begin(world->client, "4f2a", by, &stream, &world->err);

    assert_int_equal(rc == DEXEC_OK, stream != NULL);
    if (rc == DEXEC_OK) {
        (void)dexec_stream_try_write(stream, "x", 1, &written, NULL);
    }
    while (rc == DEXEC_OK && chunk.kind != DEXEC_KIND_END) {
        rc = dexec_stream_try_next(stream, &chunk, &world->err);
    }
    dexec_stream_free(stream);
    return rc;
}

static enum dexec_code call_start_begin(struct world *world)
{
    return call_start_by_steps(world, NULL);
}

static enum dexec_code call_start_sniffed(struct world *world)
{
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;

    options.sniff = true;
    return call_start_by_steps(world, &options);
}

static enum dexec_code call_start_as_text(struct world *world)
{
    struct dexec_start_options options = DEXEC_START_OPTIONS_INIT;

    options.whole_characters = true;
    return call_start_by_steps(world, &options);
}

static enum dexec_code call_lines(struct world *world)
{
    static const struct dexec_chunk chunks[] = {
        {.kind = DEXEC_KIND_STDOUT, .data = "half", .len = 4},
        {.kind = DEXEC_KIND_STDERR, .data = "a\nhalf", .len = 6},
        {.kind = DEXEC_KIND_STDOUT, .data = "way\n", .len = 4},
        {.kind = DEXEC_KIND_END}};
    struct dexec_lines *lines = NULL;
    struct dexec_line line = {.len = 0};
    size_t count = 0;
    enum dexec_code rc =
        dexec_lines_new(world->client, NULL, &lines, &world->err);

    assert_int_equal(rc == DEXEC_OK, lines != NULL);
    for (size_t i = 0; i < COUNT_OF(chunks) && rc == DEXEC_OK; i++) {
        rc = dexec_lines_feed(lines, &chunks[i], &world->err);
        while (rc == DEXEC_OK && dexec_lines_next(lines, &line)) {
            count++;
        }
    }
    assert_true(rc != DEXEC_OK || count == 3);
    dexec_lines_free(lines);
    return rc;
}

static struct row rows[] = {
    {.name = "memory__negotiate",
     .call = call_negotiate,
     .answers = {{.status = 200, .body = "{\"ApiVersion\":\"1.40\"}"}}},
    {.name = "memory__set_header", .call = call_set_header},
    {.name = "memory__start_begin", .call = call_start_begin, BYTES(STREAM)},
    {.name = "memory__start_begin_refused",
     .call = call_start_begin,
     BYTES(REFUSED),
     .clean = DEXEC_E_NOT_FOUND},
    {.name = "memory__start_sniffed",
     .call = call_start_sniffed,
     BYTES(STREAM)},
    {.name = "memory__start_as_text",
     .call = call_start_as_text,
     BYTES(STREAM)},
    {.name = "memory__lines", .call = call_lines},
    {.name = "memory__client_new", .call = call_new},
    {.name = "memory__create",
     .call = call_create,
     .answers = {{.status = 201, .body = CREATED}}},
    {.name = "memory__start", .call = call_start, BYTES(STREAM)},
    {.name = "memory__start_refused",
     .call = call_start,
     BYTES(REFUSED),
     .clean = DEXEC_E_NOT_FOUND},
    {.name = "memory__start_detached",
     .call = call_start_detached,
     .answers = {{.status = 200}}},
    {.name = "memory__inspect",
     .call = call_inspect,
     .answers = {{.status = 200, .body = EXITED}}},
    {.name = "memory__wait",
     .call = call_wait,
     .answers = {{.status = 200, .body = EXITED}}},
    {.name = "memory__resize",
     .call = call_resize,
     .answers = {{.status = 200}}},
    {.name = "memory__run",
     .call = call_run,
     .answers = {{.status = 201, .body = CREATED},
                 {.status = 200, .body = EXITED}},
     BYTES(STREAM)},
};

/* Make the call with its @fail_at-th allocation failing, 0 = none; returns
 * how many it asked for. */
static size_t call_once(const struct row *row, size_t fail_at,
                        enum dexec_code *out_rc, size_t *out_refused)
{
    struct world world = {.script = {.answers = row->answers,
                                     .answer_count = 2,
                                     .bytes = row->bytes,
                                     .len = row->len}};
    struct dexec_allocator allocator = fake_memory_allocator(&memory);
    size_t before = 0;
    size_t count = 0;

    memory = (struct fake_memory){0};
    assert_int_equal(
        fake_client_new(&world.script, &allocator, &world.client, NULL),
        DEXEC_OK);
    before = memory.count;
    memory.fail_at = fail_at == 0 ? 0 : before + fail_at;
    *out_rc = row->call(&world);
    count = memory.count - before;
    *out_refused = memory.refused;
    assert_int_equal(world.err.code, *out_rc);
    dexec_client_free(world.client);
    assert_int_equal(memory.live, 0);
    assert_int_equal(world.script.links, 0);
    return count;
}

static void memory__row(void **state)
{
    const struct row *row = *state;
    enum dexec_code rc = DEXEC_OK;
    size_t refused = 0;
    size_t count = call_once(row, 0, &rc, &refused);

    assert_int_equal(rc, row->clean);
    assert_true(count > 0);
    for (size_t k = 1; k <= count; k++) {
        (void)call_once(row, k, &rc, &refused);
        assert_int_equal(refused, 1);
        /* A refusal whose message finds no memory is still a refusal. */
        if (row->clean == DEXEC_OK || rc != row->clean) {
            assert_int_equal(rc, DEXEC_E_NOMEM);
        }
    }
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows)];
    cJSON_Hooks hooks = {.malloc_fn = hook_alloc, .free_fn = hook_release};
    int failed = 0;

    if (dexec_global_init() != DEXEC_OK) {
        return 1;
    }
    cJSON_InitHooks(&hooks);
    ADD_ROWS(tests, memory__row, rows);
    failed = cmocka_run_group_tests_name("memory", tests, NULL, NULL);
    cJSON_InitHooks(NULL);
    return failed;
}
