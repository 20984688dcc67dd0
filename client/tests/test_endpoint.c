/* SPDX-License-Identifier: MIT */
/* test_endpoint.c - addresses of daemons, good and bad. */
#include <stdio.h>
#include <string.h>

#include "endpoint.h"
#include "table.h"

#define A100                                                                   \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                       \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct row {
    const char *name;
    const char *text;
    const char *address;   /* NULL = refused */
    const char *authority; /* or a part of the message */
};

static struct row rows[] = {
    {"endpoint__unix", "unix:///var/run/docker.sock",
     "unix:///var/run/docker.sock", "localhost"},
    {"endpoint__unix_with_blanks_and_percent", "unix:///a b/%2F.sock",
     "unix:///a b/%2F.sock", "localhost"},
    {"endpoint__longest_unix_path", "unix:///" A100 "123456",
     "unix:///" A100 "123456", "localhost"},
    {"endpoint__unix_path_too_long", "unix:///" A100 "1234567", NULL,
     "the path has 108 bytes, a socket address holds 107"},
    {"endpoint__unix_relative", "unix://docker.sock", NULL, "must be absolute"},
    {"endpoint__unix_empty", "unix://", NULL, "must be absolute"},
    {"endpoint__tcp", "tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375",
     "127.0.0.1:2375"},
    {"endpoint__http", "http://docker-host.example:80",
     "tcp://docker-host.example:80", "docker-host.example:80"},
    {"endpoint__final_slash", "http://h:1/", "tcp://h:1", "h:1"},
    {"endpoint__v6", "tcp://[::1]:2375", "tcp://[::1]:2375", "[::1]:2375"},
    {"endpoint__largest_port", "tcp://h:65535", "tcp://h:65535", "h:65535"},
    {"endpoint__port_too_large", "tcp://h:65536", NULL, "1 to 65535"},
    {"endpoint__port_of_six_digits", "tcp://h:000080", NULL, "1 to 65535"},
    {"endpoint__port_0", "tcp://h:0", NULL, "1 to 65535"},
    {"endpoint__no_port", "tcp://h", NULL, "1 to 65535"},
    {"endpoint__empty_port", "tcp://h:", NULL, "1 to 65535"},
    {"endpoint__path_behind_the_port", "tcp://h:1/x", NULL, "1 to 65535"},
    {"endpoint__signed_port", "tcp://h:+1", NULL, "1 to 65535"},
    {"endpoint__no_host", "tcp://:1", NULL, "no valid host name"},
    {"endpoint__user", "tcp://me@h:1", NULL, "1 to 65535"},
    {"endpoint__open_bracket", "tcp://[::1:1", NULL, "no valid host name"},
    {"endpoint__empty_brackets", "tcp://[]:1", NULL, "no valid host name"},
    {"endpoint__host_too_long", "tcp://" A100 A100 A100 ":1", NULL,
     "no valid host name"},
    {"endpoint__https", "https://h:2376", NULL, "use unix:///PATH"},
    {"endpoint__no_scheme", "/var/run/docker.sock", NULL, "use unix:///PATH"},
    {"endpoint__empty", "", NULL, "use unix:///PATH"},
    {"endpoint__upper_case_scheme", "UNIX:///x", NULL, "use unix:///PATH"},
    {"endpoint__line_feed", "unix:///x\n", NULL, "control character"},
};

static void endpoint__row(void **state)
{
    const struct row *row = *state;
    struct dx_endpoint endpoint = {.port = 7};
    struct dexec_error err = {0};
    enum dexec_code rc = dx_endpoint_parse(row->text, &endpoint, &err);

    if (row->address == NULL) {
        assert_int_equal(rc, DEXEC_E_INVALID);
        assert_non_null(strstr(err.message, row->authority));
        assert_int_equal(endpoint.port, 7);
        return;
    }
    assert_int_equal(rc, DEXEC_OK);
    assert_string_equal(endpoint.address, row->address);
    assert_string_equal(endpoint.authority, row->authority);
    assert_int_equal(endpoint.is_unix, endpoint.path[0] == '/');
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows)];

    ADD_ROWS(tests, endpoint__row, rows);
    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
