/* SPDX-License-Identifier: MIT */
/* test_mockd_faults_control.c - the calls around a stream, and who may
 * connect. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "cleanup.h"
#include "fault_mock.h"
#include "wire_client.h"

/* ---- answers ---- */

#define ID "\"ID\":\"@\","
#define TAIL "\"ProcessConfig\":{\"tty\":false,\"entrypoint\":\"sh\"},\"Pid\":"
#define CREATED "{" ID "\"Running\":false,\"ExitCode\":null," TAIL "0}\n"
#define EXITED_WITH(code)                                                      \
    "{" ID "\"Running\":false,\"ExitCode\":" code "," TAIL "42}\n"
#define RUNNING "{" ID "\"Running\":true,\"ExitCode\":null," TAIL "42}\n"
#define EXITED EXITED_WITH("7")

enum call { INSPECT_CREATED = 0, INSPECT_EXITED, PING, CREATE };

struct row {
    const char *name;
    const char *fault;
    enum call call;
    const char *want;       /* the body; @ = the exec's id, ^ = NUL */
    const char *status;     /* NULL = what it is without the fault */
    const char *head;       /* what the head has; NULL = anything */
    const char *lacks;      /* and what it has not */
    bool has_other_framing; /* its Content-Length is not that of the body */
    bool is_unfired;
    unsigned long min_ms;
};

static struct row rows[] = {
    {.name = "json_type_string",
     .fault = "json_type:path=Running,type=string",
     .call = INSPECT_CREATED,
     .want = "{" ID "\"Running\":\"text\",\"ExitCode\":null," TAIL "0}\n"},
    {.name = "json_type_number",
     .fault = "json_type:path=Running,type=number",
     .call = INSPECT_CREATED,
     .want = "{" ID "\"Running\":7,\"ExitCode\":null," TAIL "0}\n"},
    {.name = "json_type_object",
     .fault = "json_type:path=Running,type=object",
     .call = INSPECT_CREATED,
     .want = "{" ID "\"Running\":{\"a\":1},\"ExitCode\":null," TAIL "0}\n"},
    {.name = "json_type_array",
     .fault = "json_type:path=ID,type=array",
     .call = INSPECT_CREATED,
     .want = "{\"ID\":[1],\"Running\":false,\"ExitCode\":null," TAIL "0}\n"},
    {.name = "json_type_boolean",
     .fault = "json_type:path=ProcessConfig.tty,type=boolean",
     .call = INSPECT_CREATED,
     .want = "{" ID
             "\"Running\":false,\"ExitCode\":null,\"ProcessConfig\":{\"tty\":"
             "true,\"entrypoint\":\"sh\"},\"Pid\":0}\n"},
    {.name = "json_type_null",
     .fault = "json_type:path=ProcessConfig,type=null",
     .call = INSPECT_CREATED,
     .want =
         "{" ID "\"Running\":false,\"ExitCode\":null,\"ProcessConfig\":null,"
         "\"Pid\":0}\n"},
    {.name = "json_type_all",
     .fault = "json_type:path=,type=array",
     .call = INSPECT_CREATED,
     .want = "[1]\n"},
    {.name = "json_missing_first",
     .fault = "json_missing:path=ID",
     .call = INSPECT_CREATED,
     .want = "{\"Running\":false,\"ExitCode\":null," TAIL "0}\n"},
    {.name = "json_missing_last",
     .fault = "json_missing:path=Pid",
     .call = INSPECT_CREATED,
     .want = "{" ID
             "\"Running\":false,\"ExitCode\":null,\"ProcessConfig\":{\"tty\":"
             "false,\"entrypoint\":\"sh\"}}\n"},
    {.name = "json_missing_inside",
     .fault = "json_missing:path=ProcessConfig.entrypoint",
     .call = INSPECT_CREATED,
     .want = "{" ID
             "\"Running\":false,\"ExitCode\":null,\"ProcessConfig\":{\"tty\":"
             "false},\"Pid\":0}\n"},
    {.name = "json_missing_of_create",
     .fault = "json_missing:path=Id,on=exec.create",
     .call = CREATE,
     .want = "{}\n"},
    {.name = "json_null",
     .fault = "json_null:path=ID",
     .call = INSPECT_CREATED,
     .want = "{\"ID\":null,\"Running\":false,\"ExitCode\":null," TAIL "0}\n"},
    {.name = "json_extra",
     .fault = "json_extra",
     .call = INSPECT_CREATED,
     .want = "{\"mockd\":{\"a\":[1,null,\"b\"]}," ID
             "\"Running\":false,\"ExitCode\":null," TAIL "0}\n"},
    {.name = "json_extra_inside",
     .fault = "json_extra:path=ProcessConfig,value=5",
     .call = INSPECT_CREATED,
     .want = "{" ID
             "\"Running\":false,\"ExitCode\":null,\"ProcessConfig\":{\"mockd\":"
             "5,\"tty\":false,\"entrypoint\":\"sh\"},\"Pid\":0}\n"},
    {.name = "json_dup",
     .fault = "json_dup:path=Running,value=true",
     .call = INSPECT_CREATED,
     .want = "{" ID "\"Running\":false,\"Running\":true,\"ExitCode\":null," TAIL
             "0}\n"},
    {.name = "json_dup_standard",
     .fault = "json_dup:path=Pid",
     .call = INSPECT_CREATED,
     .want = "{" ID "\"Running\":false,\"ExitCode\":null," TAIL
             "0,\"Pid\":null}\n"},
    {.name = "json_huge",
     .fault = "json_huge:n=5",
     .call = INSPECT_CREATED,
     .want = "{\"mockd\":\"xxxxx\"," ID
             "\"Running\":false,\"ExitCode\":null," TAIL "0}\n"},
    {.name = "json_deep",
     .fault = "json_deep:n=3",
     .call = INSPECT_CREATED,
     .want = "{\"mockd\":[[[]]]," ID "\"Running\":false,\"ExitCode\":null," TAIL
             "0}\n"},
    {.name = "json_nul_escaped",
     .fault = "json_nul",
     .call = INSPECT_CREATED,
     .want = "{\"mockd\":\"a\\u0000b\"," ID
             "\"Running\":false,\"ExitCode\":null," TAIL "0}\n"},
    {.name = "json_nul_raw",
     .fault = "json_nul:as=raw",
     .call = INSPECT_CREATED,
     .want = "{\"mockd\":\"a^b\"," ID
             "\"Running\":false,\"ExitCode\":null," TAIL "0}\n"},
    {.name = "json_bad_utf8",
     .fault = "json_bad_utf8",
     .call = INSPECT_CREATED,
     .want = "{\"mockd\":\"a\xFF\xC0\x80"
             "b\"," ID "\"Running\":false,\"ExitCode\":null," TAIL "0}\n"},
    {.name = "json_bom",
     .fault = "json_bom",
     .call = INSPECT_CREATED,
     .want = "\xEF\xBB\xBF" CREATED},
    {.name = "json_trailing",
     .fault = "json_trailing",
     .call = INSPECT_CREATED,
     .want = CREATED "{} xyz"},
    {.name = "json_trailing_own",
     .fault = "json_trailing:bytes=%2C%00",
     .call = INSPECT_CREATED,
     .want = CREATED ",^"},
    {.name = "json_truncated",
     .fault = "json_truncated",
     .call = INSPECT_CREATED,
     .want = "{" ID "\"Running\":false,\"ExitCode\":null," TAIL "0"},
    {.name = "json_truncated_by_10",
     .fault = "json_truncated:n=10",
     .call = INSPECT_CREATED,
     .want = "{" ID
             "\"Running\":false,\"ExitCode\":null,\"ProcessConfig\":{\"tty\":"
             "false,\"entrypoint\":\"sh\""},
    {.name = "json_missing_what_is_not_there",
     .fault = "json_missing:path=Nope",
     .call = INSPECT_CREATED,
     .want = CREATED,
     .is_unfired = true},
    {.name = "json_null_of_no_json",
     .fault = "json_null:path=ID,on=ping",
     .call = PING,
     .want = "OK",
     .is_unfired = true},

    {.name = "length_mismatch_more",
     .fault = "length_mismatch:n=5,on=ping",
     .call = PING,
     .want = "OK",
     .head = "Content-Length: 7\r\n",
     .has_other_framing = true},
    {.name = "length_mismatch_less",
     .fault = "length_mismatch:n=-1,on=ping",
     .call = PING,
     .want = "OK",
     .head = "Content-Length: 1\r\n",
     .has_other_framing = true},
    {.name = "length_mismatch_below_0",
     .fault = "length_mismatch:n=-3,on=ping",
     .call = PING,
     .want = "OK",
     .is_unfired = true},
    {.name = "chunk_ext",
     .fault = "chunk_ext:on=ping",
     .call = PING,
     .want = "2;mockd=\"a;b\";c\r\nOK\r\n0;mockd=\"a;b\";c\r\n\r\n",
     .head = "Transfer-Encoding: chunked\r\n",
     .lacks = "Content-Length",
     .has_other_framing = true},
    {.name = "chunk_1byte",
     .fault = "chunk_1byte:on=ping",
     .call = PING,
     .want = "1\r\nO\r\n1\r\nK\r\n0\r\n\r\n",
     .head = "Transfer-Encoding: chunked\r\n",
     .lacks = "Content-Length",
     .has_other_framing = true},
    {.name = "trailers",
     .fault = "trailers:on=ping",
     .call = PING,
     .want = "2\r\nOK\r\n0\r\nX-Mockd-Trailer: 1\r\nExpires: 0\r\n\r\n",
     .head = "Trailer: X-Mockd-Trailer, Expires\r\n",
     .lacks = "Content-Length",
     .has_other_framing = true},
    {.name = "gzip",
     .fault = "gzip:on=ping",
     .call = PING,
     .want = "\x1F\x8B\x08^^^^^^\xFF\1\2^\xFD\xFFOK-\xD9"
             "6\xD7\2^^^",
     .head = "Content-Encoding: gzip\r\n"},

    {.name = "exit_code_number",
     .fault = "exit_code:v=137",
     .call = INSPECT_EXITED,
     .want = EXITED_WITH("137")},
    {.name = "exit_code_null",
     .fault = "exit_code:v=null",
     .call = INSPECT_EXITED,
     .want = EXITED_WITH("null")},
    {.name = "exit_code_json_null",
     .fault = "{\"fault\":\"exit_code\",\"v\":null}",
     .call = INSPECT_EXITED,
     .want = EXITED_WITH("null")},
    {.name = "exit_code_text",
     .fault = "exit_code:v=\"3\"",
     .call = INSPECT_EXITED,
     .want = EXITED_WITH("\"3\"")},
    {.name = "exit_code_float",
     .fault = "exit_code:v=3.0",
     .call = INSPECT_EXITED,
     .want = EXITED_WITH("3.0")},
    {.name = "exit_code_missing",
     .fault = "exit_code:v=missing",
     .call = INSPECT_EXITED,
     .want = "{" ID "\"Running\":false," TAIL "42}\n"},
    {.name = "exit_code_over_int32",
     .fault = "exit_code:v=2147942405",
     .call = INSPECT_EXITED,
     .want = EXITED_WITH("2147942405")},
    {.name = "exit_code_negative",
     .fault = "exit_code:v=-1",
     .call = INSPECT_EXITED,
     .want = EXITED_WITH("-1")},
    {.name = "exit_code_before_the_exit",
     .fault = "exit_code:v=1",
     .call = INSPECT_CREATED,
     .want = CREATED,
     .is_unfired = true},
    {.name = "inspect_lag",
     .fault = "inspect_lag",
     .call = INSPECT_EXITED,
     .want = RUNNING},
    {.name = "inspect_lag_before_the_exit",
     .fault = "inspect_lag",
     .call = INSPECT_CREATED,
     .want = CREATED,
     .is_unfired = true},
    {.name = "inspect_404_after_exit",
     .fault = "inspect_404_after_exit",
     .call = INSPECT_EXITED,
     .want = "{\"message\":\"No such exec instance: @\"}\n",
     .status = "HTTP/1.1 404 Not Found\r\n"},
    {.name = "inspect_404_not_before",
     .fault = "inspect_404_after_exit",
     .call = INSPECT_CREATED,
     .want = CREATED,
     .is_unfired = true},
    {.name = "inspect_500",
     .fault = "inspect_500",
     .call = INSPECT_CREATED,
     .want = "{\"message\":\"exec session state is not available\"}\n",
     .status = "HTTP/1.1 500 Internal Server Error\r\n"},
    {.name = "inspect_500_own",
     .fault = "inspect_500:message=no",
     .call = INSPECT_CREATED,
     .want = "{\"message\":\"no\"}\n",
     .status = "HTTP/1.1 500 Internal Server Error\r\n"},
    {.name = "inspect_stall_for_a_while",
     .fault = "inspect_stall:ms=40",
     .call = INSPECT_CREATED,
     .want = CREATED,
     .min_ms = 40},
    {.name = "create_error_404",
     .fault = "create_error:code=404",
     .call = CREATE,
     .want = "{\"message\":\"No such container: t1\"}\n",
     .status = "HTTP/1.1 404 Not Found\r\n",
     .head = "Content-Type: application/json\r\n"},
    {.name = "create_error_409",
     .fault = "create_error",
     .call = CREATE,
     .want =
         "{\"message\":\"Container t1 is paused, unpause the container before "
         "exec\"}\n",
     .status = "HTTP/1.1 409 Conflict\r\n"},
    {.name = "create_error_500",
     .fault = "create_error:code=500",
     .call = CREATE,
     .want = "{\"message\":\"container state improper\"}\n",
     .status = "HTTP/1.1 500 Internal Server Error\r\n"},
    {.name = "create_error_own",
     .fault = "create_error:code=418,message=a \"pot\"",
     .call = CREATE,
     .want = "{\"message\":\"a \\\"pot\\\"\"}\n",
     .status = "HTTP/1.1 418 Error\r\n"},
    {.name = "ping_no_api_version",
     .fault = "ping_no_api_version",
     .call = PING,
     .want = "OK",
     .lacks = "Api-Version"},
    {.name = "version_too_old",
     .fault = "version_too_old",
     .call = CREATE,
     .want =
         "{\"message\":\"client version 1.12 is too old. Minimum supported API "
         "version is 1.24, please upgrade your client to a newer version\"}\n",
     .status = "HTTP/1.1 400 Bad Request\r\n"},
    {.name = "version_too_new",
     .fault = "version_too_new:client=1.52,limit=1.41",
     .call = CREATE,
     .want =
         "{\"message\":\"client version 1.52 is too new. Maximum supported API "
         "version is 1.41\"}\n",
     .status = "HTTP/1.1 400 Bad Request\r\n"},
    {.name = "slow_create",
     .fault = "slow_create:ms=40",
     .call = CREATE,
     .want = "{\"Id\":\"@\"}\n",
     .min_ms = 40},
};

/* @want with the id and the NULs in it. */
static size_t fill_want(const char *want, const char *id, char *out)
{
    size_t len = 0;

    for (; *want != '\0'; want++) {
        const char *from = *want == '@' ? id : want;
        size_t count = *want == '@' ? strlen(id) : 1;

        memcpy(out + len, from, count);
        len += count;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = (char)(out[i] == '^' ? '\0' : out[i]);
    }
    return len;
}

/* The id that an answer to create shows, if it shows one. */
static void read_id(const char *body, char *out_id)
{
    const char *id = strstr(body, "{\"Id\":\"");

    if (id != NULL) {
        (void)snprintf(out_id, 65, "%s", id + strlen("{\"Id\":\""));
    }
}

static void ask(const struct row *row, const char *url, char *id)
{
    static const char *const status[] = {
        "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 201 Created\r\n"};
    const char *want = row->status == NULL ? status[row->call] : row->status;
    bool is_create = row->call == CREATE;
    bool is_ping = row->call == PING;

    fm_fds[0] = wire_connect(url);
    assert_true(wire_request(fm_fds[0], is_create ? "POST" : "GET",
                             is_create ? "/containers/t1/exec"
                             : is_ping ? "/_ping"
                                       : fm_path(id, "json"),
                             is_create ? FM_HELLO : NULL, false));
    assert_int_equal(fm_read_end(fm_fds[0], FM_EOF, 0), FM_EOF);
    if (strncmp(fm_text, want, strlen(want)) != 0) {
        assert_string_equal(fm_text, want);
    }
}

static void check_answer(const struct row *row, char *id)
{
    static char want[8192];
    char length[64];
    char *body = strstr(fm_text, "\r\n\r\n");
    size_t want_len = 0;

    assert_non_null(body);
    body += 4;
    if (row->call == CREATE) {
        read_id(body, id);
    }
    want_len = fill_want(row->want, id, want);
    assert_int_equal(fm_len - (size_t)(body - fm_text), want_len);
    assert_memory_equal(body, want, want_len);
    body[-2] = '\0';
    if (row->head != NULL && strstr(fm_text, row->head) == NULL) {
        assert_string_equal(fm_text, row->head);
    }
    if (row->lacks != NULL && strstr(fm_text, row->lacks) != NULL) {
        assert_string_equal(fm_text, row->lacks);
    }
    (void)snprintf(length, sizeof(length), "Content-Length: %zu\r\n", want_len);
    if (!row->has_other_framing && strstr(fm_text, length) == NULL) {
        assert_string_equal(fm_text, length);
    }
}

static void control__answer(void **state)
{
    const struct row *row = *state;
    const char *urls[] = {mockd_unix_url(fm_mock), mockd_tcp_url(fm_mock)};
    const char *fault = row->fault[0] == '{' ? "exit_code" : row->fault;

    for (size_t i = 0; i < MD_COUNT_OF(urls); i++) {
        char id[65] = "";
        unsigned long begin = fm_now_ms();

        if (row->call == INSPECT_EXITED) {
            fm_run(id);
        } else if (row->call == INSPECT_CREATED) {
            fm_create(FM_HELLO, id);
        }
        fm_arm(row->fault);
        ask(row, urls[i], id);
        check_answer(row, id);
        assert_true(fm_now_ms() - begin >= row->min_ms);
        (void)close(fm_fds[0]);
        fm_fds[0] = -1;
        if (i > 0) {
            break;
        }
        assert_int_equal(fm_tear_down(NULL), 0);
        assert_int_equal(fm_set_up(NULL), 0);
        urls[1] = mockd_tcp_url(fm_mock);
    }
    if (row->is_unfired) {
        assert_int_equal(mockd_fired(fm_mock, NULL), 0);
        return;
    }
    fm_assert_fired(fault, 1);
}

/* ---- what takes more than one answer ---- */

static void control__inspect_lag_in_polls(void **state)
{
    char id[65];

    (void)state;
    fm_arm("inspect_lag:polls=2");
    fm_run(id);
    fm_inspect(id, "\"Running\":true,\"ExitCode\":null");
    fm_inspect(id, "\"Running\":true,\"ExitCode\":null");
    fm_inspect(id, "\"Running\":false,\"ExitCode\":7");
    fm_run(id); /* each exec has its own */
    fm_inspect(id, "\"Running\":true,\"ExitCode\":null");
    fm_assert_fired("inspect_lag", 3);
}

static void control__inspect_lag_in_time(void **state)
{
    char id[65];
    unsigned long begin = 0;

    (void)state;
    fm_arm("inspect_lag:us=40000");
    fm_run(id);
    begin = fm_now_ms();
    do {
        fm_inspect(id, "\"ExitCode\":");
    } while (strstr(fm_text, "\"Running\":true,\"ExitCode\":null") != NULL);
    assert_true(fm_now_ms() - begin >= 39);
    assert_true(mockd_fired(fm_mock, "inspect_lag") > 0);
}

static void control__inspect_flap(void **state)
{
    char id[65];

    (void)state;
    fm_arm("inspect_flap");
    fm_run(id);
    fm_inspect(id, "\"Running\":true,\"ExitCode\":null");
    fm_inspect(id, "\"Running\":false,\"ExitCode\":7");
    fm_inspect(id, "\"Running\":true,\"ExitCode\":null");
    fm_inspect(id, "\"Running\":false,\"ExitCode\":7");
    fm_inspect(id, "\"Running\":false,\"ExitCode\":7");
    fm_assert_fired("inspect_flap", 3);
}

static void control__inspect_stall_for_ever(void **state)
{
    char id[65];

    (void)state;
    fm_arm("inspect_stall");
    fm_create(FM_HELLO, id);
    fm_fds[0] = wire_connect(mockd_unix_url(fm_mock));
    assert_true(
        wire_request(fm_fds[0], "GET", fm_path(id, "json"), NULL, false));
    fm_end_as(fm_fds[0], FM_SILENCE, "", 0);
    fm_inspect(id, "\"ExitCode\":null"); /* the next one is answered */
    fm_assert_fired("inspect_stall", 1);
}

static void control__exit_before_eof(void **state)
{
    char id[65];

    (void)state;
    fm_arm("exit_before_eof:at=byte:5,us=0");
    fm_create(FM_STDIN, id);
    fm_fds[0] = fm_start(mockd_tcp_url(fm_mock), id);
    fm_read_head(fm_fds[0]);
    fm_end_as(fm_fds[0], FM_SILENCE, "ready", 5);
    fm_inspect(id, "\"Running\":false,\"ExitCode\":0");
    assert_true(wire_send(fm_fds[0], "hello"));
    assert_int_equal(shutdown(fm_fds[0], SHUT_WR), 0);
    fm_end_as(fm_fds[0], FM_EOF, "fiveend", 7);
    fm_assert_fired("exit_before_eof", 1);
}

static void control__exit_before_eof_takes_time(void **state)
{
    char id[65];

    (void)state;
    fm_arm("exit_before_eof:us=2000000000");
    fm_create(FM_HELLO, id);
    fm_fds[0] = fm_start(mockd_unix_url(fm_mock), id);
    fm_read_head(fm_fds[0]);
    fm_inspect(id, "\"Running\":false,\"ExitCode\":7");
    fm_end_as(fm_fds[0], FM_SILENCE, "", 0);
    fm_assert_fired("exit_before_eof", 1);
}

static void check_reorder(const char *url)
{
    char id[65];

    fm_arm("reorder");
    fm_create(FM_HELLO, id);
    fm_inspect(id, "\"Running\":false"); /* an old one does not count */
    fm_fds[0] = fm_start(url, id);
    fm_end_as(fm_fds[0], FM_SILENCE, "", 0);
    fm_inspect(id, "\"Running\":true");
    fm_read_head(fm_fds[0]);
    fm_end_as(fm_fds[0], FM_EOF, FM_OUT FM_ERR, 24);
    (void)close(fm_fds[0]);
    fm_fds[0] = -1;
}

static void control__reorder(void **state)
{
    (void)state;
    check_reorder(mockd_unix_url(fm_mock));
    check_reorder(mockd_tcp_url(fm_mock));
    fm_assert_fired("reorder", 2);
}

/* More than one of the blocks that gzip stores. */
static void control__gzip_of_a_large_body(void **state)
{
    static char body[200000];
    const unsigned char *bytes = (const unsigned char *)body;
    char id[65];
    int failure = 0;
    size_t len = 0;
    const char *found = NULL;

    (void)state;
    fm_arm("json_huge:n=70000");
    fm_arm("gzip");
    fm_create(FM_HELLO, id);
    fm_fds[0] = wire_connect(mockd_unix_url(fm_mock));
    assert_true(
        wire_request(fm_fds[0], "GET", fm_path(id, "json"), NULL, false));
    len = wire_read_all(fm_fds[0], body, sizeof(body), &failure);
    found = strstr(body, "\r\n\r\n");
    assert_non_null(found);
    bytes += found + 4 - body;
    len -= (size_t)(found + 4 - body);
    assert_true(len > 70000 + 10 + 5 + 5 + 8);
    assert_memory_equal(bytes + 10, "\0\xFF\xFF\0\0", 5);
    assert_int_equal(bytes[15 + 65535], 1); /* the last block */
    assert_int_equal(bytes[len - 4] | bytes[len - 3] << 8 |
                         bytes[len - 2] << 16,
                     len - 10 - 5 - 5 - 8);
    fm_assert_fired("gzip", 1);
    fm_assert_fired("json_huge", 1);
}

/* ---- who may connect ---- */

static int ping_on(int fd)
{
    return wire_ask_on(fd, "GET", "/_ping", NULL, fm_text, sizeof(fm_text));
}

static void check_connect_error(const char *url, int want)
{
    int fd = wire_connect(url);

    assert_int_equal(fd, -1);
    assert_int_equal(errno, want);
}

static void control__accept_delay(void **state)
{
    const char *urls[] = {mockd_unix_url(fm_mock), mockd_tcp_url(fm_mock)};

    (void)state;
    fm_arm("accept_delay:ms=40");
    for (size_t i = 0; i < MD_COUNT_OF(urls); i++) {
        unsigned long begin = fm_now_ms();

        fm_fds[i] = wire_connect(urls[i]);
        assert_int_equal(ping_on(fm_fds[i]), 200);
        assert_true(fm_now_ms() - begin >= 40);
        assert_int_equal(ping_on(fm_fds[i]), 200); /* it is in */
    }
    fm_assert_fired("accept_delay", 2);
}

static void check_max_conns(const char *url, unsigned long fired)
{
    for (int i = 0; i < 2; i++) {
        fm_fds[i] = wire_connect(url);
        assert_int_equal(ping_on(fm_fds[i]), 200);
    }
    fm_fds[2] = wire_connect(url);
    assert_true(fm_fds[2] >= 0);
    assert_true(wire_request(fm_fds[2], "GET", "/_ping", NULL, false));
    fm_end_as(fm_fds[2], FM_SILENCE, "", 0);
    assert_int_equal(mockd_fired(fm_mock, "max_conns"), fired);
    (void)close(fm_fds[0]);
    fm_fds[0] = -1;
    assert_true(wire_read_until(fm_fds[2], fm_text, sizeof(fm_text), "OK"));
    for (int i = 1; i < 3; i++) {
        (void)close(fm_fds[i]);
        fm_fds[i] = -1;
    }
}

static void control__max_conns(void **state)
{
    (void)state;
    fm_arm("max_conns:n=2");
    check_max_conns(mockd_unix_url(fm_mock), 1);
    check_max_conns(mockd_tcp_url(fm_mock), 2);
}

/* Who is connected stays so; the mock serves on. */
static void control__enoent(void **state)
{
    (void)state;
    fm_fds[0] = wire_connect(mockd_unix_url(fm_mock));
    assert_int_equal(ping_on(fm_fds[0]), 200);
    fm_arm("enoent");
    check_connect_error(mockd_unix_url(fm_mock), ENOENT);
    assert_int_equal(ping_on(fm_fds[0]), 200);
    fm_fds[1] = wire_connect(mockd_tcp_url(fm_mock));
    assert_int_equal(ping_on(fm_fds[1]), 200);
    fm_assert_fired("enoent", 1);
}

static void control__enoent_for_a_while(void **state)
{
    unsigned long begin = fm_now_ms();

    (void)state;
    fm_arm("enoent:ms=40");
    check_connect_error(mockd_unix_url(fm_mock), ENOENT);
    while (fm_fds[0] < 0) {
        fm_fds[0] = wire_connect(mockd_unix_url(fm_mock));
    }
    assert_true(fm_now_ms() - begin >= 40);
    assert_int_equal(ping_on(fm_fds[0]), 200);
}

static void control__econnrefused(void **state)
{
    (void)state;
    fm_fds[0] = wire_connect(mockd_tcp_url(fm_mock));
    assert_int_equal(ping_on(fm_fds[0]), 200);
    fm_arm("econnrefused");
    check_connect_error(mockd_unix_url(fm_mock), ECONNREFUSED);
    check_connect_error(mockd_tcp_url(fm_mock), ECONNREFUSED);
    assert_int_equal(ping_on(fm_fds[0]), 200);
    fm_assert_fired("econnrefused", 1);
}

static void control__econnrefused_for_a_while(void **state)
{
    (void)state;
    fm_arm("econnrefused:ms=40");
    check_connect_error(mockd_tcp_url(fm_mock), ECONNREFUSED);
    while (fm_fds[0] < 0) {
        fm_fds[0] = wire_connect(mockd_tcp_url(fm_mock));
    }
    assert_int_equal(ping_on(fm_fds[0]), 200);
}

/* Connect without waiting: 0 or the error. */
static int connect_now(int fd, const struct sockaddr *address, socklen_t len)
{
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return connect(fd, address, len) == 0 ? 0 : errno;
}

static void control__backlog_full(void **state)
{
    struct sockaddr_un path = {.sun_family = AF_UNIX};
    struct sockaddr_in tcp = {.sin_family = AF_INET};
    struct pollfd wait = {.events = POLLOUT};

    (void)state;
    fm_arm("backlog_full");
    (void)snprintf(path.sun_path, sizeof(path.sun_path), "%s",
                   mockd_unix_url(fm_mock) + strlen("unix://"));
    tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    tcp.sin_port = htons(
        (uint16_t)strtoul(strrchr(mockd_tcp_url(fm_mock), ':') + 1, NULL, 10));
    fm_fds[0] = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(
        connect_now(fm_fds[0], (const struct sockaddr *)&path, sizeof(path)),
        EAGAIN);
    fm_fds[1] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(
        connect_now(fm_fds[1], (const struct sockaddr *)&tcp, sizeof(tcp)),
        EINPROGRESS);
    wait.fd = fm_fds[1];
    assert_int_equal(poll(&wait, 1, 60), 0);
    fm_assert_fired("backlog_full", 1);
}

static void control__backlog_full_for_a_while(void **state)
{
    (void)state;
    fm_arm("backlog_full:ms=40");
    while (ping_on(fm_fds[0]) != 200) {
        if (fm_fds[0] >= 0) {
            (void)close(fm_fds[0]);
        }
        /* who waits in connect is told when the socket closes */
        fm_fds[0] = wire_connect(mockd_unix_url(fm_mock));
    }
    fm_assert_fired("backlog_full", 1);
}

/* As a user who is not root; the exit status tells. */
static int try_eacces(void)
{
    struct mockd_error err = {0};

    if (fm_set_up(NULL) != 0) {
        return 1;
    }
    if (mockd_arm(fm_mock, "eacces", &err) != MOCKD_OK) {
        return 2;
    }
    if (wire_connect(mockd_unix_url(fm_mock)) >= 0 || errno != EACCES) {
        return 3;
    }
    if (mockd_fired(fm_mock, "eacces") != 1 ||
        ping_on(wire_connect(mockd_tcp_url(fm_mock))) != 200) {
        return 4;
    }
    mockd_stop(fm_mock);
    return 0;
}

static void control__eacces(void **state)
{
    pid_t child = -1;
    int status = -1;

    (void)state;
    mockd_stop(fm_mock); /* a fork takes no thread along, but its locks */
    fm_mock = NULL;
    child = fork();
    if (child == 0) {
        bool is_nobody =
            geteuid() != 0 || (setgid(65534) == 0 && setuid(65534) == 0);

        _exit(is_nobody ? try_eacces() : 5);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void control__eacces_is_nothing_to_root(void **state)
{
    struct mockd_error err = {0};

    (void)state;
    if (geteuid() != 0) {
        skip();
    }
    assert_int_equal(mockd_arm(fm_mock, "eacces", &err), MOCKD_E_INVALID);
    assert_string_equal(err.message,
                        "fault eacces: root may connect all the same; run the "
                        "mock as another user");
    fm_fds[0] = wire_connect(mockd_unix_url(fm_mock));
    assert_int_equal(ping_on(fm_fds[0]), 200);
}

/* One hand on the door after the other. */
static void control__doors_in_a_row(void **state)
{
    char id[65];

    (void)state;
    fm_arm("max_conns:n=100");
    fm_arm("econnrefused:ms=10");
    fm_arm("daemon_restart:on=ping");
    while (fm_fds[0] < 0) {
        fm_fds[0] = wire_connect(mockd_unix_url(fm_mock));
    }
    assert_int_equal(ping_on(fm_fds[0]), 0);
    fm_run(id);
    fm_inspect(id, "\"ExitCode\":7");
    fm_assert_fired("daemon_restart", 1);
}

static struct fm_refusal refusals[] = {
    {"enoent_on_tcp", "enoent", FM_TCP,
     "fault enoent: TCP cannot show it; listen on a unix socket"},
    {"eacces_on_tcp", "eacces", FM_TCP,
     "fault eacces: TCP cannot show it; listen on a unix socket"},
    {"enoent_of_an_answer", "enoent:nth=2", FM_UNIX,
     "fault enoent: it works on the listeners, from when it is armed, and has "
     "no 'nth'"},
    {"max_conns_0", "max_conns:n=0", FM_BOTH, "from 1 to"},
    {"max_conns_without_n", "max_conns", FM_BOTH, "it needs n"},
    {"inspect_lag_of_create", "inspect_lag:on=exec.create", FM_BOTH,
     "it cannot be done on exec.create"},
    {"json_type_of_no_type", "json_type:path=a,type=integer", FM_BOTH,
     "type must be one of string|number|boolean|object|array|null"},
    {"json_type_without_type", "json_type:path=a", FM_BOTH, "it needs type"},
    {"json_huge_over_its_bound", "json_huge:n=33554433", FM_BOTH,
     "from 1 to 33554432"},
    {"json_nul_of_another_form", "json_nul:as=x", FM_BOTH,
     "as must be one of escape|raw"},
    {"json_of_a_stream", "json_bom:on=exec.start", FM_BOTH,
     "it cannot be done on exec.start"},
    {"create_error_200", "create_error:code=200", FM_BOTH, "from 400 to 599"},
    {"ping_no_api_version_of_inspect", "ping_no_api_version:on=exec.inspect",
     FM_BOTH, "it cannot be done on exec.inspect"},
    {"exit_code_without_v", "exit_code", FM_BOTH, "it needs v"},
    {"reorder_of_ping", "reorder:on=ping", FM_BOTH,
     "it cannot be done on ping"},
};

#define CASE(name)                                                             \
    {                                                                          \
#name, control__##name                                                 \
    }

int main(void)
{
    static const struct {
        const char *name;
        CMUnitTestFunction run;
    } cases[] = {
        CASE(inspect_lag_in_polls),
        CASE(inspect_lag_in_time),
        CASE(inspect_flap),
        CASE(inspect_stall_for_ever),
        CASE(exit_before_eof),
        CASE(exit_before_eof_takes_time),
        CASE(reorder),
        CASE(gzip_of_a_large_body),
        CASE(accept_delay),
        CASE(max_conns),
        CASE(enoent),
        CASE(enoent_for_a_while),
        CASE(econnrefused),
        CASE(econnrefused_for_a_while),
        CASE(backlog_full),
        CASE(backlog_full_for_a_while),
        CASE(eacces_is_nothing_to_root),
        CASE(doors_in_a_row),
    };
    struct CMUnitTest tests[MD_COUNT_OF(rows) + MD_COUNT_OF(cases) +
                            MD_COUNT_OF(refusals) + 1] = {
        /* it forks: there must be no mock, and no thread, here */
        {.name = "eacces", .test_func = control__eacces}};
    size_t count = 1;

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++, count++) {
        tests[count] = (struct CMUnitTest){rows[i].name, control__answer,
                                           fm_set_up, fm_tear_down, &rows[i]};
    }
    for (size_t i = 0; i < MD_COUNT_OF(cases); i++, count++) {
        tests[count] = (struct CMUnitTest){cases[i].name, cases[i].run,
                                           fm_set_up, fm_tear_down, NULL};
    }
    for (size_t i = 0; i < MD_COUNT_OF(refusals); i++, count++) {
        tests[count] = (struct CMUnitTest){refusals[i].name, fm_refuse, NULL,
                                           NULL, &refusals[i]};
    }
    return cmocka_run_group_tests_name("mockd_faults_control", tests, NULL,
                                       NULL);
}
