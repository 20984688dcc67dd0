/* SPDX-License-Identifier: MIT */
/* test_request.c - requests as bytes, and what a hook may do to them. */
#include <string.h>

#include "fake_memory.h"
#include "limits.h"
#include "request.h"
#include "table.h"

/* A header that a hook sets, and what the request then is. */
struct row {
    const char *name;
    const char *field;
    const char *value;
    enum dexec_code code;
    const char *text; /* a part of the request, or of the message */
};

static struct row rows[] = {
    {"request__adds_a_header", "X-Registry-Auth", "abc", DEXEC_OK,
     "Content-Type: application/json\r\nX-Registry-Auth: abc\r\nConnection"},
    {"request__adds_an_empty_header", "X-Empty", "", DEXEC_OK,
     "\r\nX-Empty: \r\n"},
    {"request__adds_utf_8", "X-Name", "\xc3\xa9", DEXEC_OK,
     "\r\nX-Name: \xc3\xa9\r\n"},
    {"request__replaces_user_agent_in_any_case", "user-agent", "mine", DEXEC_OK,
     "HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
     "user-agent: mine\r\nConnection"},
    {"request__replaces_host", "Host", "docker", DEXEC_OK,
     "HTTP/1.1\r\nUser-Agent: test\r\nContent-Type: application/json\r\n"
     "Host: docker\r\n"},
    {"request__refuses_a_blank_in_a_name", "X Y", "v", DEXEC_E_INVALID,
     "header 'X Y': expected a name"},
    {"request__refuses_a_colon_in_a_name", "X:", "v", DEXEC_E_INVALID,
     "header 'X:': expected a name"},
    {"request__refuses_an_empty_name", "", "v", DEXEC_E_INVALID,
     "header '': expected a name"},
    {"request__refuses_no_name", NULL, "v", DEXEC_E_INVALID,
     "header '': expected a name"},
    {"request__refuses_no_value", "X", NULL, DEXEC_E_INVALID,
     "header 'X': expected a name of letters, digits and dashes, and a value"},
    {"request__refuses_a_line_end_in_a_value", "X", "a\r\nY: b",
     DEXEC_E_INVALID, "header X: the value holds a control character"},
    {"request__refuses_a_delete_in_a_value", "X", "\177", DEXEC_E_INVALID,
     "header X: the value holds a control character"},
    {"request__keeps_connection", "connection", "close", DEXEC_E_INVALID,
     "header connection: the library sets it"},
    {"request__keeps_content_length", "Content-Length", "0", DEXEC_E_INVALID,
     "the library sets it"},
    {"request__keeps_transfer_encoding", "Transfer-Encoding", "chunked",
     DEXEC_E_INVALID, "the library sets it"},
    {"request__keeps_upgrade", "UPGRADE", "h2c", DEXEC_E_INVALID,
     "the library sets it"},
    {"request__keeps_expect", "Expect", "100-continue", DEXEC_E_INVALID,
     "the library sets it"},
};

struct hook {
    const struct row *row;
    enum dexec_code code;
    struct dexec_error err;
};

static bool set_one(void *user, struct dexec_request *request)
{
    struct hook *hook = user;

    assert_string_equal(dexec_request_method(request), "POST");
    assert_string_equal(dexec_request_path(request), "/exec/4f2a/start");
    hook->code = dexec_request_set_header(request, hook->row->field,
                                          hook->row->value, &hook->err);
    return true;
}

struct fixture {
    struct dx_mem mem;
    struct dexec_request request;
    struct dx_request_habits habits;
    struct dx_buf buf;
};

static void set_up(struct fixture *fixture)
{
    assert_true(dx_mem_init(&fixture->mem, NULL));
    dx_buf_init(&fixture->buf, &fixture->mem, DX_REQUEST_MAX);
    dx_request_init(&fixture->request, &fixture->mem, "POST",
                    "/exec/4f2a/start");
    fixture->habits =
        (struct dx_request_habits){.host = "localhost", .user_agent = "test"};
}

static void tear_down(struct fixture *fixture)
{
    dx_request_release(&fixture->request);
    dx_buf_release(&fixture->buf);
}

static const char *write_it(struct fixture *fixture, bool upgrade)
{
    const struct dx_view body = {.data = (const uint8_t *)"{}", .len = 2};

    assert_int_equal(
        dx_request_write(&fixture->request, upgrade, body, &fixture->buf, NULL),
        DEXEC_OK);
    return dx_buf_text(&fixture->buf);
}

static void request__row(void **state)
{
    struct hook hook = {.row = *state};
    struct fixture fixture = {0};

    set_up(&fixture);
    fixture.habits.on_request = set_one;
    fixture.habits.on_request_user = &hook;
    assert_int_equal(
        dx_request_fill(&fixture.request, &fixture.habits, true, NULL),
        DEXEC_OK);

    assert_string_equal(dexec_code_name(hook.code),
                        dexec_code_name(hook.row->code));
    if (hook.code == DEXEC_OK) {
        assert_non_null(strstr(write_it(&fixture, true), hook.row->text));
    } else {
        assert_non_null(strstr(hook.err.message, hook.row->text));
    }
    tear_down(&fixture);
}

static void request__asks_for_an_upgrade(void **state)
{
    struct fixture fixture = {0};

    (void)state;
    set_up(&fixture);
    assert_int_equal(
        dx_request_fill(&fixture.request, &fixture.habits, true, NULL),
        DEXEC_OK);
    assert_string_equal(
        write_it(&fixture, true),
        "POST /exec/4f2a/start HTTP/1.1\r\nHost: localhost\r\n"
        "User-Agent: test\r\nContent-Type: application/json\r\n"
        "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}");
    tear_down(&fixture);
}

static void request__without_upgrade_or_json(void **state)
{
    struct fixture fixture = {0};

    (void)state;
    set_up(&fixture);
    assert_int_equal(
        dx_request_fill(&fixture.request, &fixture.habits, false, NULL),
        DEXEC_OK);
    assert_string_equal(write_it(&fixture, false),
                        "POST /exec/4f2a/start HTTP/1.1\r\nHost: localhost\r\n"
                        "User-Agent: test\r\nContent-Length: 2\r\n\r\n{}");
    tear_down(&fixture);
}

static bool refuse(void *user, struct dexec_request *request)
{
    (void)user;
    (void)request;
    return false;
}

static void request__a_hook_may_refuse(void **state)
{
    struct fixture fixture = {0};

    (void)state;
    set_up(&fixture);
    fixture.habits.on_request = refuse;
    assert_int_equal(
        dx_request_fill(&fixture.request, &fixture.habits, true, NULL),
        DEXEC_E_STOPPED);
    tear_down(&fixture);
}

/* One header of half the limit fits, a second does not; the first stays. */
static void request__headers_are_bounded(void **state)
{
    static char value[DX_REQUEST_FIELDS_MAX / 2];
    struct fixture fixture = {0};
    struct dexec_error err = {0};
    size_t before = 0;

    (void)state;
    set_up(&fixture);
    memset(value, 'v', sizeof(value) - 1);
    assert_int_equal(
        dexec_request_set_header(&fixture.request, "A", value, &err), DEXEC_OK);
    before = fixture.request.fields.len;
    assert_int_equal(
        dexec_request_set_header(&fixture.request, "B", value, &err),
        DEXEC_E_INVALID);
    assert_non_null(strstr(err.message, "header B: more than 32768 bytes"));
    assert_int_equal(fixture.request.fields.len, before);
    assert_int_equal(
        dexec_request_set_header(&fixture.request, "a", "short", &err),
        DEXEC_OK);
    assert_int_equal(fixture.request.fields.len, sizeof("a") + sizeof("short"));
    tear_down(&fixture);
}

static void request__no_memory(void **state)
{
    struct fake_memory memory = {.fail_at = 1};
    struct dexec_allocator allocator = fake_memory_allocator(&memory);
    struct fixture fixture = {0};

    (void)state;
    set_up(&fixture);
    assert_true(dx_mem_init(&fixture.mem, &allocator));
    assert_int_equal(dexec_request_set_header(&fixture.request, "A", "b", NULL),
                     DEXEC_E_NOMEM);
    tear_down(&fixture);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 5] = {
        cmocka_unit_test(request__asks_for_an_upgrade),
        cmocka_unit_test(request__without_upgrade_or_json),
        cmocka_unit_test(request__a_hook_may_refuse),
        cmocka_unit_test(request__headers_are_bounded),
        cmocka_unit_test(request__no_memory),
    };

    ADD_ROWS(tests + 5, request__row, rows);
    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
