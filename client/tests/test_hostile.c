/* SPDX-License-Identifier: MIT */
/*
 * test_hostile.c - a daemon that lies, babbles or goes away, and arguments
 * that nobody should pass: a defined error, no hang, bounded memory.
 *
 * Each row is played twice, the second time without a struct dexec_error. All
 * memory is counted but libcurl's; the JSON library allocates through hooks of
 * the process, which this program owns.
 */
#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include <dexec/dexec.h>

#include "fake_transport.h"
#include "limits.h"
#include "script_server.h"
#include "table.h"

/* Of what is meant to time out, and of what is not. */
enum { SHORT_MS = 100, LONG_MS = 20000 };

/* The calls that a row is played with. */
enum {
    CREATE = 1,
    INSPECT = 2,
    RESIZE = 4,
    DETACHED = 8,
    START = 16,
    WAIT = 32,
    RUN = 64,
    PLAIN = CREATE | INSPECT | RESIZE | DETACHED,
    ALL = PLAIN | START
};

/* What a call that reads no large answer may hold at once: a stream's buffer,
 * a refusal's text while it grows, and small things. */
#define HELD_MAX                                                               \
    (DX_STREAM_BUFFER_DEFAULT + 2 * (size_t)DX_REFUSAL_MAX + 32768U)

/* An answer while it grows. */
#define HELD_ANSWER (2 * (size_t)DX_ANSWER_MAX)

/* The smallest value of a list takes two bytes, and a node in the tree. */
#define HELD_TREE (DX_ANSWER_MAX / 2 * (sizeof(cJSON) + 8) + HELD_ANSWER)

/* ---- memory ---- */

static struct {
    size_t held; /* bytes */
    size_t peak; /* since it was last set to 0 */
} memory;

/* Before each piece, and as large as the strictest alignment. */
union prefix {
    size_t size;
    max_align_t align;
};

static void count_more(size_t size)
{
    memory.held += size;
    memory.peak = memory.held > memory.peak ? memory.held : memory.peak;
}

static void *count_alloc(size_t size)
{
    union prefix *piece = malloc(sizeof(*piece) + size);

    if (piece == NULL) {
        return NULL;
    }
    piece->size = size;
    count_more(size);
    return piece + 1;
}

static void count_release(void *memory_of)
{
    if (memory_of != NULL) {
        union prefix *piece = (union prefix *)memory_of - 1;

        memory.held -= piece->size;
        free(piece);
    }
}

static void *client_alloc(void *user, size_t size)
{
    (void)user;
    return count_alloc(size);
}

static void client_release(void *user, void *memory_of)
{
    (void)user;
    count_release(memory_of);
}

/* Old and new at once, as realloc() does at its worst. */
static void *client_resize(void *user, void *memory_of, size_t size)
{
    void *grown = client_alloc(user, size);

    if (grown != NULL && memory_of != NULL) {
        size_t old = ((union prefix *)memory_of - 1)->size;

        memcpy(grown, memory_of, old < size ? old : size);
        count_release(memory_of);
    }
    return grown;
}

static const struct dexec_allocator allocator = {
    .alloc = client_alloc, .resize = client_resize, .release = client_release};

/* ---- one daemon, one client ---- */

static const char *const cat_cmd[] = {"cat", NULL};

struct fixture {
    char folder[64];
    char path[80];
    size_t fds;
    size_t held;
    struct server *server;
    struct dexec_client *client;
    struct dexec_stream *stream;
    struct dexec_error err;
    struct dexec_error *err_or_null; /* what calls are given */
    const char *container;
    const char *id;
    const char *const *cmd;
    const char *const *env;
    uint32_t timeout_ms;
    char log[256]; /* what a call that went well gave */
};

static size_t count_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    size_t count = 0;

    if (folder == NULL) {
        return 0;
    }
    while (readdir(folder) != NULL) { /* NOLINT(concurrency-mt-unsafe) */
        count++;
    }
    (void)closedir(folder);
    return count;
}

static void open_fixture(struct fixture *fixture,
                         const struct server_step *steps, size_t count,
                         uint32_t timeout_ms)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;

    *fixture = (struct fixture){.folder = "/tmp/dexec-hostile-XXXXXX",
                                .held = memory.held,
                                .err_or_null = &fixture->err,
                                .container = "t1",
                                .id = "4f2a",
                                .cmd = cat_cmd,
                                .timeout_ms = timeout_ms};
    memory.peak = 0;
    fixture->fds = count_fds();
    assert_non_null(mkdtemp(fixture->folder));
    (void)snprintf(fixture->path, sizeof(fixture->path), "%s/s",
                   fixture->folder);
    fixture->server = server_start(fixture->path, steps, count);
    assert_non_null(fixture->server);
    options.host = server_host(fixture->server);
    options.response_timeout_ms = timeout_ms;
    options.allocator = &allocator;
    assert_int_equal(dexec_client_new(&options, &fixture->client, NULL),
                     DEXEC_OK);
}

/* Returns how many connections came. */
static size_t close_fixture(struct fixture *fixture)
{
    size_t served = 0;

    dexec_stream_free(fixture->stream);
    dexec_client_free(fixture->client);
    served = server_stop(fixture->server);
    (void)unlink(fixture->path);
    assert_int_equal(rmdir(fixture->folder), 0);
    assert_int_equal(count_fds(), fixture->fds);
    assert_int_equal(memory.held, fixture->held);
    return served;
}

/* ---- calls ---- */

static enum dexec_code call_create(struct fixture *fixture)
{
    struct dexec_create_options options = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_id id = {.text = "before"};
    enum dexec_code rc = DEXEC_OK;

    options.cmd = fixture->cmd;
    options.env = fixture->env;
    rc = dexec_create(fixture->client, fixture->container, &options, &id,
                      fixture->err_or_null);
    if (rc == DEXEC_OK || strcmp(id.text, "before") != 0) {
        (void)snprintf(fixture->log, sizeof(fixture->log), "id %s", id.text);
    }
    return rc;
}

static enum dexec_code call_inspect(struct fixture *fixture)
{
    struct dexec_inspect *inspect = NULL;
    enum dexec_code rc = dexec_inspect(fixture->client, fixture->id, &inspect,
                                       fixture->err_or_null);

    if (inspect == NULL) {
        return rc;
    }
    (void)snprintf(fixture->log, sizeof(fixture->log),
                   inspect->has_exit_code ? "exit %lld" : "no exit",
                   (long long)inspect->exit_code);
    dexec_inspect_free(fixture->client, inspect);
    return rc;
}

static enum dexec_code call_resize(struct fixture *fixture)
{
    return dexec_resize(fixture->client, fixture->id, 24, 80,
                        fixture->err_or_null);
}

static enum dexec_code call_detached(struct fixture *fixture)
{
    return dexec_start_detached(fixture->client, fixture->id, false,
                                fixture->err_or_null);
}

static enum dexec_code call_wait(struct fixture *fixture)
{
    int64_t exit_code = 0;
    enum dexec_code rc =
        dexec_wait(fixture->client, fixture->id, fixture->timeout_ms,
                   &exit_code, fixture->err_or_null);

    if (rc == DEXEC_OK) {
        (void)snprintf(fixture->log, sizeof(fixture->log), "exit %lld",
                       (long long)exit_code);
    }
    return rc;
}

static enum dexec_code call_start(struct fixture *fixture)
{
    struct dexec_chunk chunk = {0};
    size_t got = 0;
    enum dexec_code rc = dexec_start(fixture->client, fixture->id, NULL,
                                     &fixture->stream, fixture->err_or_null);

    if (rc != DEXEC_OK) {
        return rc;
    }
    dexec_stream_set_deadline(fixture->stream, fixture->timeout_ms);
    while (rc == DEXEC_OK && chunk.kind != DEXEC_KIND_END) {
        rc = dexec_stream_next(fixture->stream, &chunk, fixture->err_or_null);
        got += rc == DEXEC_OK ? chunk.len : 0;
    }
    if (got > 0 || rc == DEXEC_OK) {
        (void)snprintf(fixture->log, sizeof(fixture->log), "%zu bytes", got);
    }
    dexec_stream_free(fixture->stream);
    fixture->stream = NULL;
    return rc;
}

static bool count_output(void *user, enum dexec_kind kind, const void *data,
                         size_t len)
{
    size_t *got = user;

    (void)kind;
    (void)data;
    *got += len;
    return true;
}

/* More than any socket holds, so that the daemon stops reading before. */
static const char input[16U * 1048576U];

static enum dexec_code call_run(struct fixture *fixture)
{
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_run_options options = DEXEC_RUN_OPTIONS_INIT;
    size_t got = 0;
    int64_t exit_code = -1;
    enum dexec_code rc = DEXEC_OK;

    create.cmd = fixture->cmd;
    create.env = fixture->env;
    options.create = &create;
    options.input = input;
    options.input_len = sizeof(input);
    options.timeout_ms = fixture->timeout_ms;
    options.on_output = count_output;
    options.on_output_user = &got;
    rc = dexec_run(fixture->client, fixture->container, &options, &exit_code,
                   fixture->err_or_null);
    if (rc == DEXEC_OK) {
        (void)snprintf(fixture->log, sizeof(fixture->log),
                       "%zu bytes, exit %lld", got, (long long)exit_code);
    }
    return rc;
}

static const struct call {
    unsigned bit;
    const char *operand; /* what its messages begin with */
    const char *line;    /* of its request, around the name */
    const char *line_end;
    enum dexec_code (*make)(struct fixture *fixture);
} calls[] = {
    {CREATE, "create exec in t1: ", "POST /containers/", "/exec HTTP/1.1",
     call_create},
    {INSPECT, "inspect exec 4f2a: ", "GET /exec/", "/json HTTP/1.1",
     call_inspect},
    {RESIZE, "resize exec 4f2a: ", "POST /exec/", "/resize?h=24&w=80 HTTP/1.1",
     call_resize},
    {DETACHED, "start exec 4f2a: ", "POST /exec/", "/start HTTP/1.1",
     call_detached},
    {START, "", "POST /exec/", "/start HTTP/1.1", call_start},
    {WAIT, "", "GET /exec/", "/json HTTP/1.1", call_wait},
    {RUN, "", "POST /containers/", "/exec HTTP/1.1", call_run},
};

/* "ok", or code and status, and in front of it what the call gave. */
static void show(const struct fixture *fixture, enum dexec_code rc, char *text,
                 size_t size)
{
    int used =
        snprintf(text, size, "%s%s%s", fixture->log,
                 fixture->log[0] == '\0' ? "" : ", ", dexec_code_name(rc));

    if (fixture->err.http_status != 0) {
        (void)snprintf(text + used, size - (size_t)used, " %d",
                       fixture->err.http_status);
    }
}

/* ---- one answer ---- */

struct row {
    const char *name;
    struct server_step step;
    unsigned calls;
    const char *wanted;  /* what show() makes of it */
    const char *message; /* a piece of it; NULL = nothing */
    size_t most_sent;    /* bytes; 0 = the daemon ends by itself */
    size_t most_held;    /* bytes; 0 = HELD_MAX */
};

#define X10 "xxxxxxxxxx"
#define X50 X10 X10 X10 X10 X10
#define X100 X50 X50
#define X650 X100 X100 X100 X100 X100 X100 X50

#define OK "HTTP/1.1 200 OK\r\n"
#define UPGRADED "HTTP/1.1 101 UPGRADED\r\n\r\n"
#define LENGTH(n) "Content-Length: " #n "\r\n\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"
#define HI "\1\0\0\0\0\0\0\2hi"
#define DONE "{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7}" /* 42 */
#define ID "{\"Id\":\"4f2a\"}"                                    /* 13 */

#define SENT(s) .bytes = (s), .len = sizeof(s) - 1
#define STEP(s) .step = {SENT(s)}
#define HELD(s) .step = {SENT(s), .end = SERVER_HOLDS}
#define THEN(s, n) .then = (s), .then_len = sizeof(s) - 1, .then_times = (n)
#define LAST(s) .last = (s), .last_len = sizeof(s) - 1
#define FOR_EVER(s, more) .step = {SENT(s), THEN(more, SERVER_ENDLESS)}

/* Faster than the client: there is always something to read. */
#define AT_FULL_SPEED(s, more) .step = {SENT(s), THEN(more, SERVER_ENDLESS / 2)}
#define FOUR(s) s s s s
#define TEN(s) s s s s s s s s s s
#define NOTHING_400 FOUR(TEN(TEN("\1\0\0\0\0\0\0\0")))

/* A head of DX_HEAD_MAX bytes and those of @more; then @body. */
#define LONG_HEAD(more, body)                                                  \
    .step = {SENT("HTTP/1.1 200 0123456789abcdefghi" more "\r\n"),             \
             THEN("A: " X650 "\r\n", 100), LAST("\r\n" body)}

#define INSPECTED(value)                                                       \
    OK "\r\n{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":" value "}"
#define CREATED(value) OK "\r\n{\"Id\":" value "}"

/* What a client may have read of an endless answer when it gives up. */
#define SENT_HEAD (3 * (size_t)DX_HEAD_MAX)
#define SENT_REFUSAL (3 * (size_t)DX_REFUSAL_MAX)
#define SENT_ANSWER ((size_t)DX_ANSWER_MAX + DX_ANSWER_MAX / 4)

static struct row rows[] = {
    /* status lines */
    {"status__none", STEP("HTTP/1.1\r\n\r\n"), ALL, "protocol"},
    {"status__empty_line_first", HELD("\r\n\r\n"), ALL, "protocol"},
    {"status__is_a_word", STEP("HTTP/1.1 OK\r\n\r\n"), ALL, "protocol"},
    {"status__two_digits", STEP("HTTP/1.1 20 OK\r\n\r\n"), ALL, "protocol"},
    {"status__four_digits", STEP("HTTP/1.1 2000 OK\r\n\r\n"), ALL, "protocol"},
    {"status__negative", STEP("HTTP/1.1 -200 OK\r\n\r\n"), ALL, "protocol"},
    {"status__000", STEP("HTTP/1.1 000 OK\r\n\r\n"), ALL, "protocol"},
    {"status__099", STEP("HTTP/1.1 099 OK\r\n\r\n"), ALL, "protocol"},
    {"status__999", HELD("HTTP/1.1 999 ?\r\n" LENGTH(0)), ALL, "http 999",
     "HTTP status 999"},
    {"status__204_has_no_body", HELD("HTTP/1.1 204 No\r\n\r\n"), START,
     "http 204", "HTTP status 204, no message"},
    {"status__204_is_not_created", HELD("HTTP/1.1 204 No\r\n\r\n"),
     CREATE | INSPECT, "protocol", "not one JSON object"},
    {"status__304_has_no_body", HELD("HTTP/1.1 304 No\r\n" LENGTH(5)), ALL,
     "http 304", "HTTP status 304, no message"},
    {"version__1_9", STEP("HTTP/1.9 200 OK\r\n\r\n"), ALL, "protocol"},
    {"version__2", STEP("HTTP/2 200\r\n\r\n"), START, "protocol",
     "does not begin with HTTP/1."},
    {"version__0_9", STEP("<html>hello</html>"), ALL, "protocol"},
    {"version__icy", STEP("ICY 200 OK\r\n\r\n"), ALL, "protocol"},
    {"version__lower_case", STEP("http/1.1 200 OK\r\n\r\n"), START, "protocol",
     "does not begin with HTTP/1."},

    /* heads */
    {"head__binary", STEP(OK "\xff\xfe\x01\x02\r\n\r\n"), ALL, "protocol"},
    {"head__nul", STEP(OK "A: \0b\r\n\r\n"), ALL, "protocol"},
    {"head__escape", STEP(OK "A: \x1b[m\r\n\r\n"), START, "protocol",
     "byte 0x1b"},
    {"head__no_colon", STEP(OK "nonsense\r\n\r\n"), ALL, "protocol"},
    {"head__folded", STEP(OK "A: b\r\n c\r\n\r\n"), START, "protocol",
     "folded"},
    {"head__bare_line_feeds", STEP("HTTP/1.1 200 OK\n\n"), START, "protocol",
     "not CR LF"},
    {"head__longest_of_a_start", LONG_HEAD("", HI), START, "2 bytes, ok"},
    {"head__too_long_of_a_start", LONG_HEAD("x", HI), START, "protocol",
     "longer than 65536 bytes"},
    {"head__longest_of_a_plain_call", LONG_HEAD("", DONE), INSPECT,
     "exit 7, ok"},
    {"head__too_long_of_a_plain_call", LONG_HEAD("x", DONE), INSPECT,
     "protocol", "longer than 65536 bytes"},

    /* lengths */
    {"length__negative", HELD(OK LENGTH(-1)), ALL, "protocol"},
    {"length__empty", HELD(OK LENGTH()), ALL, "protocol"},
    {"length__hex", HELD(OK LENGTH(0x10)), START, "protocol",
     "'0x10' is not a length"},
    {"length__plus", HELD(OK LENGTH(+5)), START, "protocol",
     "'+5' is not a length"},
    {"length__list", HELD(OK "Content-Length: 5, 6\r\n\r\n"), START, "protocol",
     "'5, 6' is not a length"},
    {"length__2_to_63", HELD(OK LENGTH(9223372036854775808)), START, "protocol",
     "not a length"},
    {"length__2_to_64", HELD(OK LENGTH(18446744073709551616)), START,
     "protocol", "not a length"},
    {"length__largest", STEP(OK LENGTH(999999999999999999) DONE), PLAIN,
     "closed 200", "(42 "},
    {"length__largest_of_a_stream", STEP(OK LENGTH(999999999999999999) HI),
     START, "2 bytes, closed", "(10 of 999999999999999999"},
    {"length__two_different", HELD(OK "Content-Length: 42\r\n" LENGTH(43) DONE),
     START, "protocol", "two different"},
    {"length__too_long", STEP(OK LENGTH(43) DONE), PLAIN, "closed 200",
     "inside its answer (42 "},
    {"length__too_long_of_a_stream", STEP(OK LENGTH(11) HI), START,
     "2 bytes, closed", "(10 of 11 "},
    {"length__too_short", HELD(OK LENGTH(41) DONE), CREATE | INSPECT,
     "protocol", "not one JSON object"},
    {"length__too_short_where_nobody_reads", HELD(OK LENGTH(41) DONE),
     RESIZE | DETACHED, "ok"},
    {"length__cuts_a_payload", HELD(OK LENGTH(9) HI), START,
     "1 bytes, cut-payload"},
    {"length__cuts_a_frame_header", HELD(OK LENGTH(3) HI), START, "cut-header"},
    {"length__before_chunks_is_not_looked_at",
     STEP(OK "Content-Length: 3\r\n" CHUNKED "2a\r\n" DONE "\r\n0\r\n\r\n"),
     INSPECT, "exit 7, ok"},
    {"length__behind_chunks_is_not_looked_at",
     STEP(OK "Transfer-Encoding: chunked\r\n" LENGTH(3) "2a\r\n" DONE
                                                        "\r\n0\r\n\r\n"),
     INSPECT, "exit 7, ok"},
    {"length__and_chunks_of_a_stream",
     STEP(OK "Content-Length: 3\r\n" CHUNKED "a\r\n" HI "\r\n0\r\n\r\n"), START,
     "2 bytes, ok"},

    /* chunks */
    {"coding__gzip", STEP(OK "Transfer-Encoding: gzip\r\n\r\n" DONE), ALL,
     "protocol"},
    {"coding__twice",
     STEP(OK "Transfer-Encoding: chunked\r\n" CHUNKED "0\r\n\r\n"), START,
     "protocol", "expected one 'chunked'"},
    {"chunk__size_is_not_hex", HELD(OK CHUNKED "zz\r\n"), START, "protocol",
     "where a chunk size belongs"},
    {"chunk__size_is_negative", HELD(OK CHUNKED "-1\r\n"), START, "protocol",
     "where a chunk size belongs"},
    {"chunk__size_is_2_to_63", HELD(OK CHUNKED "8000000000000000\r\n"), START,
     "protocol", "more than 15 hex digits"},
    {"chunk__size_is_too_small", HELD(OK CHUNKED "2\r\nhixx"), START,
     "protocol", "where a CR LF belongs"},
    {"chunk__last_is_missing", STEP(OK CHUNKED "2\r\nhi\r\n"), PLAIN,
     "closed 200"},
    {"chunk__last_is_missing_in_a_stream", STEP(OK CHUNKED "a\r\n" HI "\r\n"),
     START, "2 bytes, closed", "no last chunk"},
    {"chunk__refusal_is_wrong", HELD("HTTP/1.1 500 No\r\n" CHUNKED "zz\r\n"),
     START, "protocol 500", "where a chunk size belongs"},

    /* 101 */
    {"upgrade__of_a_plain_call", HELD(UPGRADED HI), PLAIN, "protocol 101",
     "switches protocols unasked"},
    {"upgrade__with_lengths_is_a_stream",
     STEP("HTTP/1.1 101 U\r\nContent-Length: 3\r\n" CHUNKED HI), START,
     "2 bytes, ok"},
    {"upgrade__garbage", HELD(UPGRADED "garbage!!"), START, "protocol",
     "unknown stream type 103"},
    {"upgrade__json", HELD(UPGRADED "{\"message\":\"x\"}"), START, "protocol",
     "unknown stream type 123"},
    {"upgrade__twice", HELD(UPGRADED UPGRADED), START, "protocol",
     "unknown stream type 72"},
    {"upgrade__type_4", HELD(UPGRADED HI "\4\0\0\0\0\0\0\1x"), START,
     "2 bytes, protocol", "unknown stream type 4"},
    {"upgrade__longest_frame_is_cut",
     STEP(UPGRADED "\1\0\0\0\xff\xff\xff\xffhi"), START,
     "2 bytes, cut-payload"},

    /* endless */
    {"endless__not_http", FOR_EVER("", X650), ALL, "protocol", NULL, SENT_HEAD},
    {"endless__interim_answers_of_a_start",
     FOR_EVER("", "HTTP/1.1 100 Continue\r\n\r\n"), START, "protocol",
     "longer than 65536", SENT_HEAD},
    {"endless__interim_answers", FOR_EVER("", "HTTP/1.1 100 Continue\r\n\r\n"),
     PLAIN, "protocol", "longer than 65536", SENT_HEAD},
    {"endless__headers_of_a_start", FOR_EVER(OK, "A: " X650 "\r\n"), START,
     "protocol", "longer than 65536", SENT_HEAD},
    {"endless__headers", FOR_EVER(OK, "A: " X650 "\r\n"), PLAIN, "protocol",
     "longer than 65536", SENT_HEAD},
    {"endless__short_headers_of_a_start", FOR_EVER(OK, "A:\r\n"), START,
     "protocol", "more than 256 headers", SENT_HEAD},
    {"endless__short_headers", FOR_EVER(OK, "A:\r\n"), PLAIN, "protocol", NULL,
     SENT_HEAD},
    {"endless__header_of_a_start", FOR_EVER(OK "A: ", X650), START, "protocol",
     "longer than 65536", SENT_HEAD},
    {"endless__phrase_of_a_start", FOR_EVER("HTTP/1.1 200 ", X650), START,
     "protocol", "longer than 65536", SENT_HEAD},
    {"endless__answer", FOR_EVER(OK "\r\n", X650), PLAIN, "protocol 200",
     "longer than 1048576", SENT_ANSWER, HELD_ANSWER},
    {"endless__refusal", FOR_EVER("HTTP/1.1 500 No\r\n\r\n", X650), PLAIN,
     "protocol 500", "longer than 1048576", SENT_ANSWER, HELD_ANSWER},
    {"endless__refusal_of_a_start", FOR_EVER("HTTP/1.1 500 No\r\n\r\n", X650),
     START, "http 500", X100, SENT_REFUSAL},
    {"endless__json_of_a_refused_start",
     FOR_EVER("HTTP/1.1 404 No\r\n\r\n{\"message\":\"", X650), START,
     "not-found 404", X100, SENT_REFUSAL},
    {"endless__chunk_extension", FOR_EVER(OK CHUNKED "1;", X650), START,
     "protocol", "around a chunk", SENT_HEAD},
    {"endless__chunk_size", FOR_EVER(OK CHUNKED, "00000000"), START, "protocol",
     "around a chunk", SENT_HEAD},
    {"endless__chunk_extensions", FOR_EVER(OK CHUNKED, "1;" X650 "\r\n\1\r\n"),
     START, "17 bytes, protocol", "chunk extensions", SENT_HEAD},
    {"endless__chunk_extensions_of_a_refusal",
     FOR_EVER("HTTP/1.1 500 No\r\n" CHUNKED, "1;" X650 "\r\nx\r\n"), START,
     "protocol 500", "chunk extensions", SENT_REFUSAL},
    {"endless__small_chunks_of_a_refusal",
     FOR_EVER("HTTP/1.1 500 No\r\n" CHUNKED,
              "1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n1\r\nx\r\n"),
     START, "http 500", X100, 7 * (size_t)DX_REFUSAL_MAX},
    {"endless__trailers", FOR_EVER(OK CHUNKED "0\r\n", "A: " X650 "\r\n"),
     START, "protocol", "around a chunk", SENT_HEAD},
    {"endless__trailer", FOR_EVER(OK CHUNKED "0\r\nA:", X650), START,
     "protocol", "around a chunk", SENT_HEAD},

    /* JSON: memory goes into nodes of it */
    {"json__html", STEP(OK "\r\n<html>"), CREATE | INSPECT, "protocol",
     "not one JSON object"},
    {"json__empty", STEP(OK LENGTH(0)), CREATE | INSPECT, "protocol",
     "not one JSON object"},
    {"json__cut", STEP(OK "\r\n{\"ID\":\"4f2a\",\"Id\":\"4f2a\",\"Runn"),
     CREATE | INSPECT | WAIT, "protocol", "not one JSON object"},
    {"json__two_objects", STEP(OK "\r\n" ID DONE), CREATE | INSPECT, "protocol",
     "not one JSON object"},
    {"json__nul", STEP(OK "\r\n{\"ID\":\"4f2a\",\"Id\":\"4f2a\"\0}"),
     CREATE | INSPECT, "protocol", "NUL"},
    {"json__lone_surrogate", STEP(CREATED("\"\\ud800\"")), CREATE | INSPECT,
     "protocol", "not one JSON object"},
    {"json__many_numbers",
     .step = {SENT(OK "\r\n{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7,"
                      "\"x\":[0"),
              THEN(",0,0,0,0,0,0,0,0,0,0", 50000), LAST("]}")},
     INSPECT, "exit 7, ok", .most_held = HELD_TREE},
    {"json__many_arguments",
     .step = {SENT(OK "\r\n{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7,"
                      "\"ProcessConfig\":{\"arguments\":[\"\""),
              THEN(",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"", 34000),
              LAST("]}}")},
     INSPECT, "exit 7, ok", .most_held = HELD_TREE},
    {"json__many_keys",
     .step = {SENT(OK "\r\n{\"ID\":\"4f2a\",\"Running\":false,\"ExitCode\":7"),
              THEN(",\"\":0,\"\":0,\"\":0,\"\":0,\"\":0,\"\":0,\"\":0,\"\":0,"
                   "\"\":0,\"\":0",
                   20000),
              LAST("}")},
     INSPECT, "exit 7, ok", .most_held = HELD_TREE},
    {"json__deep",
     .step = {SENT(OK "\r\n{\"ID\":"), THEN("[[[[[[[[[[", 100000)},
     CREATE | INSPECT, "protocol", "not one JSON object",
     .most_held = HELD_TREE},
    {"json__many_numbers_in_a_refused_start",
     .step = {SENT("HTTP/1.1 500 No\r\n\r\n{\"message\":\"no\",\"x\":[0"),
              THEN(",0,0,0,0,0,0,0,0,0,0", 3000), LAST("]}")},
     START, "http 500", "start exec 4f2a: no",
     .most_held = HELD_TREE / 16 + HELD_MAX},

    /* the Id of a create */
    {"id__missing", STEP(OK "\r\n{}"), CREATE, "protocol",
     "Id is not a string"},
    {"id__null", STEP(CREATED("null")), CREATE, "protocol",
     "Id is not a string"},
    {"id__number", STEP(CREATED("4")), CREATE, "protocol",
     "Id is not a string"},
    {"id__list", STEP(CREATED("[\"4f2a\"]")), CREATE, "protocol",
     "Id is not a string"},
    {"id__empty", STEP(CREATED("\"\"")), CREATE, "protocol", "Id has 0 bytes"},
    {"id__slash", STEP(CREATED("\"4f2a/../5\"")), CREATE, "protocol",
     "Id holds byte 0x2f"},
    {"id__two_dots", STEP(CREATED("\"..\"")), CREATE, "protocol",
     "Id holds byte 0x2e"},
    {"id__line_end", STEP(CREATED("\"4f\\r\\n2a\"")), CREATE, "protocol",
     "Id holds byte 0x0d"},
    {"id__of_10000_bytes",
     .step = {SENT(OK "\r\n{\"Id\":\""), THEN(X100, 100), LAST("\"}")}, CREATE,
     "protocol", "Id has 10000 bytes, expected 1 to 128"},

    /* exit codes */
    {"exit_code__null", STEP(INSPECTED("null")), INSPECT, "no exit, ok"},
    {"exit_code__string", STEP(INSPECTED("\"7\"")), INSPECT | WAIT, "protocol",
     "ExitCode is not an integer"},
    {"exit_code__true", STEP(INSPECTED("true")), INSPECT | WAIT, "protocol",
     "ExitCode is not an integer"},
    {"exit_code__fraction", STEP(INSPECTED("0.5")), INSPECT | WAIT, "protocol",
     "ExitCode is not an integer"},
    {"exit_code__1e300", STEP(INSPECTED("1e300")), INSPECT | WAIT, "protocol",
     "ExitCode is not an integer"},
    {"exit_code__1e999", STEP(INSPECTED("-1e999")), INSPECT | WAIT, "protocol",
     "ExitCode is not an integer"},
    {"exit_code__2_to_53_and_1", STEP(INSPECTED("9007199254740993")),
     INSPECT | WAIT, "protocol", "ExitCode is not an integer"},
    {"exit_code__list", STEP(INSPECTED("[7]")), INSPECT | WAIT, "protocol",
     "ExitCode is not an integer"},
    {"exit_code__7_0", STEP(INSPECTED("7.0")), INSPECT | WAIT, "exit 7, ok"},
    {"exit_code__negative", STEP(INSPECTED("-1")), INSPECT | WAIT,
     "exit -1, ok"},
    {"exit_code__256", STEP(INSPECTED("256")), INSPECT | WAIT, "exit 256, ok"},

    /* input that the daemon does not take */
    {"input__is_not_taken_while_output_comes",
     .step = {SENT(UPGRADED), .turns_deaf = true, THEN(HI, 10000)}, RUN,
     "20000 bytes, exit 7, ok"},
    {"input__is_not_taken_then_a_cut",
     .step = {SENT(UPGRADED), .turns_deaf = true, THEN(HI, 10),
              LAST("\1\0\0\0\0\0\0\2h")},
     RUN, "cut-payload"},
    {"input__meets_a_closed_connection", STEP(UPGRADED HI), RUN,
     "2 bytes, exit 7, ok"},

    /* heads that libcurl by itself takes, or waits for */
    {"length__2_to_63_of_a_plain_call", HELD(OK LENGTH(9223372036854775808)),
     PLAIN, "protocol"},
    {"length__2_to_64_of_a_plain_call", HELD(OK LENGTH(18446744073709551616)),
     PLAIN, "protocol"},
    {"length__plus_of_a_plain_call", HELD(OK LENGTH(+5)), PLAIN, "protocol"},
    {"length__list_of_a_plain_call", HELD(OK "Content-Length: 5, 6\r\n\r\n"),
     PLAIN, "protocol"},
    {"length__hex_of_a_plain_call", HELD(OK LENGTH(0x10)), PLAIN, "protocol"},
    {"length__two_different_of_a_plain_call",
     HELD(OK "Content-Length: 42\r\n" LENGTH(43) DONE), PLAIN, "protocol"},
    {"version__2_of_a_plain_call", STEP("HTTP/2 200\r\n\r\n"),
     RESIZE | DETACHED, "protocol"},
    {"version__lower_case_of_a_plain_call", STEP("http/1.1 200 OK\r\n\r\n"),
     RESIZE | DETACHED, "protocol"},
    {"head__escape_of_a_plain_call", STEP(OK "A: \x1b[m\r\n\r\n"),
     RESIZE | DETACHED, "protocol"},
    {"head__folded_of_a_plain_call", STEP(OK "A: b\r\n c\r\n\r\n"),
     RESIZE | DETACHED, "protocol"},
    {"head__bare_line_feeds_of_a_plain_call", STEP("HTTP/1.1 200 OK\n\n"),
     RESIZE | DETACHED, "protocol"},
    {"coding__twice_of_a_plain_call",
     STEP(OK "Transfer-Encoding: chunked\r\n" CHUNKED "0\r\n\r\n"),
     RESIZE | DETACHED, "protocol"},

    /* libcurl's own limit */
    {"endless__header", FOR_EVER(OK "A: ", X650), PLAIN, "protocol",
     "longer than 65536", SENT_HEAD},
    {"endless__phrase", FOR_EVER("HTTP/1.1 200 ", X650), PLAIN, "protocol",
     "longer than 65536", SENT_HEAD},

    {"endless__chunk_extension_of_a_plain_call",
     FOR_EVER(OK CHUNKED "1;", X650), PLAIN, "protocol 200", NULL, SENT_ANSWER},
    {"endless__chunk_extensions_of_a_plain_call",
     FOR_EVER(OK CHUNKED, "1;" X650 "\r\nx\r\n"), PLAIN, "protocol 200", NULL,
     SENT_ANSWER, HELD_ANSWER},

    {"chunk__size_is_not_hex_of_a_plain_call", HELD(OK CHUNKED "zz\r\n"), PLAIN,
     "protocol 200"},
    {"chunk__size_is_2_to_63_of_a_plain_call",
     HELD(OK CHUNKED "8000000000000000\r\n"), PLAIN, "protocol 200"},
    {"chunk__size_is_too_small_of_a_plain_call", HELD(OK CHUNKED "2\r\nhixx"),
     PLAIN, "protocol 200"},
    {"chunk__refusal_of_a_plain_call_is_wrong",
     HELD("HTTP/1.1 500 No\r\n" CHUNKED "zz\r\n"), PLAIN, "protocol 500"},
    {"endless__trailer_of_a_plain_call", FOR_EVER(OK CHUNKED "0\r\nA:", X650),
     PLAIN, "protocol 200", NULL, SENT_HEAD},

    {"endless__empty_frames_pass_the_deadline",
     AT_FULL_SPEED(UPGRADED, NOTHING_400), START, "timeout"},
};

static const struct server_step created = {
    SENT("HTTP/1.1 201 Created\r\n" LENGTH(13) ID)};
static const struct server_step exited = {SENT(OK LENGTH(42) DONE)};

/* What one playing of a row came to. */
struct outcome {
    enum dexec_code rc;
    char text[300];
    struct dexec_error err;
    struct server_seen seen;
    size_t peak;
};

static void play(const struct row *row, const struct call *call, bool with_err,
                 struct outcome *outcome)
{
    bool is_late = strstr(row->wanted, "timeout") != NULL;
    bool is_run = call->bit == RUN;
    struct server_step steps[] = {created, row->step, exited};
    struct fixture fixture;

    *outcome = (struct outcome){.rc = DEXEC_OK};
    steps[1].seen = &outcome->seen;
    open_fixture(&fixture, is_run ? steps : steps + 1, is_run ? 3 : 1,
                 is_late ? SHORT_MS : LONG_MS);
    fixture.err_or_null = with_err ? &fixture.err : NULL;
    outcome->rc = call->make(&fixture);
    outcome->peak = memory.peak;
    (void)close_fixture(&fixture);
    outcome->err = fixture.err;
    show(&fixture, outcome->rc, outcome->text, sizeof(outcome->text));
}

static void check_err(const struct row *row, const struct call *call,
                      const struct dexec_error *err)
{
    size_t len = strlen(call->operand);

    if (err->code == DEXEC_OK) {
        return;
    }
    assert_int_equal(strncmp(err->message, call->operand, len), 0);
    if (row->message != NULL && strstr(err->message, row->message) == NULL) {
        print_error("'%s' holds no '%s'\n", err->message, row->message);
        fail();
    }
}

static void check_bounds(const struct row *row, const struct outcome *outcome)
{
    assert_in_range(outcome->peak, 1,
                    row->most_held == 0 ? HELD_MAX : row->most_held);
    if (row->most_sent != 0) {
        assert_in_range(outcome->seen.sent, 1, row->most_sent);
    }
}

static void check_call(const struct row *row, const struct call *call)
{
    struct outcome first;
    struct outcome second;

    play(row, call, true, &first);
    assert_string_equal(first.text, row->wanted);
    if (first.rc != DEXEC_OK || call->bit != RUN) {
        assert_int_equal(first.err.code, first.rc);
    }
    check_err(row, call, &first.err);
    check_bounds(row, &first);

    play(row, call, false, &second);
    assert_string_equal(dexec_code_name(second.rc), dexec_code_name(first.rc));
    check_bounds(row, &second);
}

static void hostile__row(void **state)
{
    const struct row *row = *state;

    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        if ((row->calls & calls[i].bit) != 0) {
            check_call(row, &calls[i]);
        }
    }
}

/* ---- an answer that ends at each of its bytes ---- */

struct cut_row {
    const char *name;
    unsigned call;
    const char *bytes;
    size_t len;
    size_t head_len;
    enum server_end end;
    const char *in_head; /* what an end there comes to */
    const char *in_body;
    const char *whole;
};

#define CUT_MAX 256U

#define CUT(text, bit, head, body, status, wanted)                             \
    {                                                                          \
        "closed__" text, bit, SENT(head body),                                 \
            .head_len = sizeof(head) - 1, .end = SERVER_CLOSES,                \
            .in_head = "closed", .in_body = "closed" status, .whole = (wanted) \
    }
#define RESET(text, bit, head, body, status, wanted)                           \
    {                                                                          \
        "reset__" text, bit, SENT(head body),                                  \
            .head_len = sizeof(head) - 1, .end = SERVER_RESETS,                \
            .in_head = "reset", .in_body = "reset" status, .whole = (wanted)   \
    }

#define CREATED_HEAD                                                           \
    "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
#define REFUSED_HEAD "HTTP/1.1 404 Not Found\r\n" LENGTH(16)
#define REFUSED_BODY "{\"message\":\"no\"}"
#define NONE_HEAD "HTTP/1.1 404 Not Found\r\n" LENGTH(0)

static struct cut_row cut_rows[] = {
    CUT("create", CREATE, CREATED_HEAD LENGTH(13), ID, " 201", "id 4f2a, ok"),
    CUT("inspect", INSPECT, OK LENGTH(42), DONE, " 200", "exit 7, ok"),
    CUT("resize", RESIZE, OK LENGTH(0), "", "", "ok"),
    CUT("resize_refused", RESIZE, REFUSED_HEAD, REFUSED_BODY, " 404",
        "not-found 404"),
    CUT("start_detached", DETACHED, OK LENGTH(0), "", "", "ok"),
    CUT("start_detached_refused", DETACHED, REFUSED_HEAD, REFUSED_BODY, " 404",
        "not-found 404"),
    CUT("start", START, UPGRADED, "", "", "0 bytes, ok"),
    CUT("start_refused", START, REFUSED_HEAD, REFUSED_BODY, " 404",
        "not-found 404"),
    RESET("create", CREATE, NONE_HEAD, "", "", "not-found 404"),
    RESET("inspect", INSPECT, NONE_HEAD, "", "", "not-found 404"),
    RESET("resize", RESIZE, OK LENGTH(0), "", "", "ok"),
    RESET("start_detached", DETACHED, OK LENGTH(0), "", "", "ok"),
    RESET("start", START, UPGRADED, "", "", "reset"),
    RESET("start_refused", START, REFUSED_HEAD, REFUSED_BODY, " 404",
          "not-found 404"),
    CUT("create_in_chunks", CREATE, CREATED_HEAD CHUNKED,
        "d\r\n" ID "\r\n0\r\n\r\n", " 201", "id 4f2a, ok"),
    RESET("create_in_its_body", CREATE, CREATED_HEAD LENGTH(13), ID, " 201",
          "id 4f2a, ok"),
    RESET("inspect_in_its_body", INSPECT, OK LENGTH(42), DONE, " 200",
          "exit 7, ok"),
    RESET("resize_in_its_body", RESIZE, REFUSED_HEAD, REFUSED_BODY, " 404",
          "not-found 404"),
    RESET("start_detached_in_its_body", DETACHED, REFUSED_HEAD, REFUSED_BODY,
          " 404", "not-found 404"),
};

static const struct call *find_call(unsigned bit)
{
    const struct call *call = calls;

    while (call->bit != bit) {
        call++;
    }
    return call;
}

static const char *wanted_at(const struct cut_row *row, size_t cut)
{
    if (cut < row->head_len) {
        return row->in_head;
    }
    return cut < row->len ? row->in_body : row->whole;
}

/* Returns the first cut that comes to something else; the answer's length and
 * one when there is none. */
static size_t find_wrong_cut(const struct cut_row *row, struct fixture *fixture,
                             char *text, size_t size)
{
    const struct call *call = find_call(row->call);

    for (size_t cut = 0; cut <= row->len; cut++) {
        enum dexec_code rc = DEXEC_OK;

        fixture->log[0] = '\0';
        fixture->err = (struct dexec_error){0};
        rc = call->make(fixture);
        show(fixture, rc, text, size);
        if (strcmp(text, wanted_at(row, cut)) != 0 ||
            strncmp(fixture->err.message, call->operand,
                    rc == DEXEC_OK ? 0 : strlen(call->operand)) != 0) {
            return cut;
        }
    }
    return row->len + 1;
}

static void cut__row(void **state)
{
    const struct cut_row *row = *state;
    struct server_step steps[CUT_MAX];
    struct fixture fixture;
    char text[300] = "";
    size_t cut = 0;

    assert_in_range(row->len, 1, CUT_MAX - 1);
    for (size_t i = 0; i <= row->len; i++) {
        steps[i] = (struct server_step){
            .bytes = row->bytes, .len = i, .end = row->end};
    }
    open_fixture(&fixture, steps, row->len + 1, LONG_MS);
    cut = find_wrong_cut(row, &fixture, text, sizeof(text));
    (void)close_fixture(&fixture);
    if (cut <= row->len) {
        print_error("cut at %zu: '%s' (%s)\n", cut, text, fixture.err.message);
        fail();
    }
}

/* ---- names ---- */

#define LONGEST DX_NAME_MAX
#define NONE_STEP(s)                                                           \
    {                                                                          \
        SENT(NONE_HEAD), .seen = (s)                                           \
    }

struct name_row {
    const char *name;
    const char *text;
    size_t times;        /* of text; 0 = a NULL name */
    const char *encoded; /* text in a path; NULL = refused before anything is
                          * sent */
    const char *message;
};

static struct name_row name_rows[] = {
    {"name__null", "", 0, NULL, "is empty"},
    {"name__empty", "", 1, NULL, "is empty"},
    {"name__dot", ".", 1, NULL, "is '.', which means another path"},
    {"name__two_dots", "..", 1, NULL, "is '..', which means another path"},
    {"name__blanks", " a b ", 1, "%20a%20b%20", NULL},
    {"name__percent", "%2e%00", 1, "%252e%2500", NULL},
    {"name__slashes", "../a/", 1, "..%2Fa%2F", NULL},
    {"name__query", "a?b=c&d", 1, "a%3Fb%3Dc%26d", NULL},
    {"name__fragment", "a#b", 1, "a%23b", NULL},
    {"name__line_end", "a\r\nX: y\r\n\r\n", 1, "a%0D%0AX%3A%20y%0D%0A%0D%0A",
     NULL},
    {"name__utf_8", "\xc3\xa9\xe2\x82\xac", 1, "%C3%A9%E2%82%AC", NULL},
    {"name__not_utf_8", "\xff\x80", 1, "%FF%80", NULL},
    {"name__longest", "/", LONGEST, "%2F", NULL},
    {"name__too_long", "/", LONGEST + 1, NULL, "is longer than 1024 bytes"},
};

static void repeat(const char *text, size_t times, char *out, size_t size)
{
    size_t len = strlen(text);

    assert_true(len * times < size);
    for (size_t i = 0; i < times; i++) {
        memcpy(out + i * len, text, len);
    }
    out[len * times] = '\0';
}

static void check_name(const struct name_row *row, const struct call *call)
{
    struct server_seen seen = {.line = ""};
    const struct server_step steps[] = {NONE_STEP(&seen)};
    struct fixture fixture;
    char name[LONGEST + 2] = "";
    char encoded[3 * LONGEST + 1] = "";
    char line[sizeof(seen.line)] = "";
    char text[300] = "";
    enum dexec_code rc = DEXEC_OK;

    repeat(row->text, row->times, name, sizeof(name));
    open_fixture(&fixture, steps, 1, LONG_MS);
    fixture.container = row->times == 0 ? NULL : name;
    fixture.id = fixture.container;
    rc = call->make(&fixture);
    assert_int_equal(close_fixture(&fixture), row->encoded == NULL ? 0 : 1);
    show(&fixture, rc, text, sizeof(text));

    if (row->encoded == NULL) {
        assert_string_equal(text, "invalid");
        assert_non_null(strstr(fixture.err.message, row->message));
        return;
    }
    repeat(row->encoded, row->times, encoded, sizeof(encoded));
    (void)snprintf(line, sizeof(line), "%s%s%s", call->line, encoded,
                   call->line_end);
    assert_string_equal(text, "not-found 404");
    assert_string_equal(seen.line, line);
}

static void name__row(void **state)
{
    for (size_t i = 0; i < COUNT_OF(calls); i++) {
        check_name(*state, &calls[i]);
    }
}

/* ---- commands ---- */

struct command_row {
    const char *name;
    size_t len;   /* of one argument */
    size_t count; /* of variables */
    size_t variable_len;
    unsigned call;
    const char *wanted;
};

#define KB100 102400U
#define MANY 100000U

/* A request as a tree, and as text while that grows. */
#define HELD_REQUEST (6 * (size_t)DX_REQUEST_MAX)

static struct command_row command_rows[] = {
    {"command__of_100_kb_is_created", KB100, 0, 0, CREATE, "id 4f2a, ok"},
    {"command__of_100_kb_is_run", KB100, 0, 0, RUN, "2 bytes, exit 7, ok"},
    {"command__100000_variables_are_created", 1, MANY, 10, CREATE,
     "id 4f2a, ok"},
    {"command__100000_variables_are_run", 1, MANY, 10, RUN,
     "2 bytes, exit 7, ok"},
    {"command__all_bytes_are_escaped", KB100, MANY, 20, CREATE, "id 4f2a, ok"},
    {"command__too_long_is_not_created", 1, MANY, 200, CREATE, "invalid"},
    {"command__too_long_is_not_run", 1, MANY, 200, RUN, "invalid"},
};

static char *make_text(size_t len)
{
    char *text = malloc(len + 1);

    assert_non_null(text);
    memset(text, 'x', len);
    text[len] = '\0';
    return text;
}

static void check_command(const struct command_row *row, const char *argument,
                          const char *const *env)
{
    const char *const cmd[] = {"echo", argument, NULL};
    struct server_seen seen = {.line = ""};
    const struct server_step steps[] = {
        {SENT("HTTP/1.1 201 Created\r\n" LENGTH(13) ID), .seen = &seen},
        {SENT(UPGRADED HI)},
        exited};
    size_t content = row->len + row->count * row->variable_len;
    bool is_sent = strcmp(row->wanted, "invalid") != 0;
    struct fixture fixture;
    char text[300] = "";
    enum dexec_code rc = DEXEC_OK;

    open_fixture(&fixture, steps, 3, LONG_MS);
    fixture.cmd = cmd;
    fixture.env = env;
    rc = find_call(row->call)->make(&fixture);
    assert_in_range(memory.peak, content, HELD_REQUEST);
    (void)close_fixture(&fixture);
    show(&fixture, rc, text, sizeof(text));
    assert_string_equal(text, row->wanted);
    if (is_sent) {
        assert_in_range(seen.body_len, content, DX_REQUEST_MAX);
        return;
    }
    assert_non_null(strstr(fixture.err.message,
                           "the command with its environment is longer than "
                           "16777216 bytes as JSON"));
}

static void command__row(void **state)
{
    const struct command_row *row = *state;
    char *argument = make_text(row->len);
    char *variable = make_text(row->variable_len);
    const char **env = calloc(row->count + 1, sizeof(*env));

    assert_non_null(env);
    for (size_t i = 0; i < row->count; i++) {
        env[i] = variable;
    }
    check_command(row, argument, env);
    free(env);
    free(variable);
    free(argument);
}

/* ---- more than one answer ---- */

/* What came behind an answer is no answer to the next question. */
static void hostile__forged_answer_is_not_taken(void **state)
{
    static const struct server_step steps[] = {
        {SENT(OK LENGTH(42) DONE INSPECTED("9")), .end = SERVER_HOLDS},
        {SENT(INSPECTED("8"))}};
    struct fixture fixture;
    size_t served = 0;

    (void)state;
    open_fixture(&fixture, steps, 2, LONG_MS);
    assert_int_equal(call_inspect(&fixture), DEXEC_OK);
    assert_string_equal(fixture.log, "exit 7");
    assert_int_equal(call_inspect(&fixture), DEXEC_OK);
    served = close_fixture(&fixture);

    assert_string_equal(fixture.log, "exit 8");
    assert_int_equal(served, 2);
}

static void hostile__run_that_went_well_leaves_err_alone(void **state)
{
    static const struct server_step steps[] = {
        {SENT("HTTP/1.1 201 Created\r\n" LENGTH(13) ID)},
        {SENT(UPGRADED), .turns_deaf = true, THEN(HI, 10)},
        {SENT(OK LENGTH(42) DONE)}};
    struct fixture fixture;
    enum dexec_code rc = DEXEC_OK;

    (void)state;
    open_fixture(&fixture, steps, 3, LONG_MS);
    rc = call_run(&fixture);
    (void)close_fixture(&fixture);

    assert_int_equal(rc, DEXEC_OK);
    assert_string_equal(fixture.err.message, "");
    assert_int_equal(fixture.err.code, DEXEC_OK);
}

/* On a clock of its own: as if the caller took 60 ms for each piece. */
static bool take_60_ms(void *user, enum dexec_kind kind, const void *data,
                       size_t len)
{
    struct fake_script *script = user;

    (void)kind;
    (void)data;
    (void)len;
    script->now_ms += 60;
    return true;
}

static void hostile__output_does_not_hold_off_the_deadline(void **state)
{
    static const struct fake_answer answers[] = {{.status = 201, .body = ID},
                                                 {.status = 200, .body = DONE}};
    static const char bytes[] = UPGRADED TEN(HI);
    struct fake_script script = {.answers = answers,
                                 .answer_count = 2,
                                 .bytes = bytes,
                                 .len = sizeof(bytes) - 1,
                                 .piece = 10};
    struct dexec_create_options create = DEXEC_CREATE_OPTIONS_INIT;
    struct dexec_run_options options = DEXEC_RUN_OPTIONS_INIT;
    struct dexec_client *client = NULL;
    int64_t exit_code = 0;
    enum dexec_code rc = DEXEC_OK;

    (void)state;
    create.cmd = cat_cmd;
    options.create = &create;
    options.timeout_ms = 100;
    options.on_output = take_60_ms;
    options.on_output_user = &script;
    assert_int_equal(fake_client_new(&script, NULL, &client, NULL), DEXEC_OK);
    rc = dexec_run(client, "t1", &options, &exit_code, NULL);
    dexec_client_free(client);

    assert_int_equal(rc, DEXEC_E_TIMEOUT);
    assert_in_range(script.now_ms, 100, 160);
}

static const struct CMUnitTest single[] = {
    cmocka_unit_test(hostile__forged_answer_is_not_taken),
    cmocka_unit_test(hostile__output_does_not_hold_off_the_deadline),
    cmocka_unit_test(hostile__run_that_went_well_leaves_err_alone),
};

int main(void)
{
    static struct CMUnitTest tests[COUNT_OF(single) + COUNT_OF(rows) +
                                   COUNT_OF(cut_rows) + COUNT_OF(name_rows) +
                                   COUNT_OF(command_rows)];
    struct CMUnitTest *next = tests + COUNT_OF(single);
    cJSON_Hooks hooks = {.malloc_fn = count_alloc, .free_fn = count_release};

    /* Its default action would end the program. */
    if (dexec_global_init() != DEXEC_OK ||
        signal(SIGPIPE, SIG_DFL) == SIG_ERR) {
        return 1;
    }
    cJSON_InitHooks(&hooks);
    memcpy(tests, single, sizeof(single));
    ADD_ROWS(next, hostile__row, rows);
    next += COUNT_OF(rows);
    ADD_ROWS(next, cut__row, cut_rows);
    next += COUNT_OF(cut_rows);
    ADD_ROWS(next, name__row, name_rows);
    next += COUNT_OF(name_rows);
    ADD_ROWS(next, command__row, command_rows);
    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
