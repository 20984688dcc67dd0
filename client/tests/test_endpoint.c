/* SPDX-License-Identifier: MIT */
/* test_endpoint.c - addresses of daemons, good and bad. */
#include <stdio.h>
#include <string.h>

#include "endpoint.h"
#include "table.h"

#define A100                                                                   \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                       \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A253                                                                   \
    A64 A64 A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
                "a"

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
    {"endpoint__no_path_but_a_slash", "tcp://h:1//", NULL, "1 to 65535"},
    {"endpoint__https", "https://h:2376/", "https://h:2376", "h:2376"},
    {"endpoint__https_v6", "https://[::1]:2376", "https://[::1]:2376",
     "[::1]:2376"},
    {"endpoint__https_without_port", "https://h", NULL, "1 to 65535"},
    {"endpoint__https_without_host", "https://:1", NULL,
     "no valid host name, use https://HOST:PORT"},
    {"endpoint__ssh", "ssh://h", "ssh://h", "localhost"},
    {"endpoint__ssh_with_all", "ssh://me@h.example:22/run/docker.sock",
     "ssh://me@h.example:22/run/docker.sock", "localhost"},
    {"endpoint__ssh_final_slash", "ssh://h:22/", "ssh://h:22", "localhost"},
    {"endpoint__ssh_v6", "ssh://me@[fe80::1]:22", "ssh://me@[fe80::1]:22",
     "localhost"},
    {"endpoint__ssh_v6_needs_no_port", "ssh://[::1]/s", "ssh://[::1]/s",
     "localhost"},
    {"endpoint__ssh_user_with_at", "ssh://me+x@corp@h/a@b:1",
     "ssh://me+x@corp@h/a@b:1", "localhost"},
    {"endpoint__ssh_longest", "ssh://" A64 "@" A253 ":65535/" A100 "123456",
     "ssh://" A64 "@" A253 ":65535/" A100 "123456", "localhost"},
    {"endpoint__ssh_without_host", "ssh://", NULL, "no valid host name"},
    {"endpoint__ssh_user_without_host", "ssh://me@", NULL,
     "no valid host name"},
    {"endpoint__ssh_host_is_an_option", "ssh://-oProxyCommand=x", NULL,
     "no valid host name"},
    {"endpoint__ssh_host_with_a_dash_first", "ssh://me@-h", NULL,
     "no valid host name"},
    {"endpoint__ssh_host_too_long", "ssh://" A253 "abc", NULL,
     "no valid host name"},
    {"endpoint__ssh_user_is_an_option", "ssh://-l@h", NULL, "no valid user"},
    {"endpoint__ssh_user_empty", "ssh://@h", NULL, "no valid user"},
    {"endpoint__ssh_user_too_long", "ssh://" A64 "a@h", NULL, "no valid user"},
    {"endpoint__ssh_user_for_a_shell", "ssh://$(x)@h", NULL, "no valid user"},
    {"endpoint__ssh_user_encoded", "ssh://a%40b@h", NULL, "no valid user"},
    {"endpoint__ssh_port_0", "ssh://h:0", NULL, "1 to 65535"},
    {"endpoint__ssh_port_too_large", "ssh://h:65536/s", NULL, "1 to 65535"},
    {"endpoint__ssh_empty_port", "ssh://h:/s", NULL, "1 to 65535"},
    {"endpoint__ssh_text_behind_the_port", "ssh://h:22x", NULL, "1 to 65535"},
    {"endpoint__ssh_host_for_a_shell", "ssh://h;x", NULL, "1 to 65535"},
    {"endpoint__ssh_query", "ssh://h?x=1", NULL, "only a port"},
    {"endpoint__ssh_fragment", "ssh://h#x", NULL, "only a port"},
    {"endpoint__ssh_query_of_a_path", "ssh://h/s?x=1", NULL,
     "neither a query nor a fragment"},
    {"endpoint__ssh_fragment_of_a_path", "ssh://h/s#x", NULL,
     "neither a query nor a fragment"},
    {"endpoint__ssh_path_for_a_shell", "ssh://h/s' 'x", NULL,
     "the socket's path may have"},
    {"endpoint__ssh_path_encoded", "ssh://h/%20", NULL,
     "the socket's path may have"},
    {"endpoint__ssh_path_too_long", "ssh://h/" A100 "1234567", NULL,
     "up to 107"},
    {"endpoint__ssh_password", "ssh://me:secret@h", NULL,
     "host ssh://me: it must not hold a password"},
    {"endpoint__ssh_empty_password", "ssh://me:@h", NULL,
     "host ssh://me: it must not hold a password"},
    {"endpoint__no_scheme", "/var/run/docker.sock", NULL, "use unix:///PATH"},
    {"endpoint__empty", "", NULL, "use unix:///PATH"},
    {"endpoint__upper_case_scheme", "UNIX:///x", NULL, "use unix:///PATH"},
    {"endpoint__password_with_a_slash_is_not_repeated", "ssh://me:sec/ret@h",
     NULL, "host ssh://me: only a port"},
    {"endpoint__password_for_tcp_is_not_repeated", "tcp://me:secret@h:1", NULL,
     "host tcp://me: a port"},
    {"endpoint__password_for_https_is_not_repeated", "https://me:secret@h:1",
     NULL, "host https://me: a port"},
    {"endpoint__password_without_scheme_is_not_repeated", "me:secret@h", NULL,
     "host me: use unix:///PATH"},
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
        assert_null(strstr(err.message, "ret@"));
        assert_int_equal(endpoint.port, 7);
        return;
    }
    assert_int_equal(rc, DEXEC_OK);
    assert_string_equal(endpoint.address, row->address);
    assert_string_equal(endpoint.authority, row->authority);
}

struct parts_row {
    const char *name;
    const char *text;
    const char *user;
    const char *host;
    const char *path;
    uint16_t port;
    enum dx_scheme scheme;
};

static struct parts_row parts_rows[] = {
    {"parts__unix", "unix:///s", "", "", "/s", 0, DX_SCHEME_UNIX},
    {"parts__tcp", "tcp://h:1", "", "h", "", 1, DX_SCHEME_TCP},
    {"parts__http", "http://[::1]:1/", "", "[::1]", "", 1, DX_SCHEME_TCP},
    {"parts__https", "https://[::1]:1", "", "[::1]", "", 1, DX_SCHEME_TLS},
    {"parts__ssh", "ssh://h", "", "h", "", 0, DX_SCHEME_SSH},
    {"parts__ssh_with_all", "ssh://me@h:22/s", "me", "h", "/s", 22,
     DX_SCHEME_SSH},
    {"parts__ssh_v6_has_no_brackets", "ssh://a@b@[::1]:22/", "a@b", "::1", "",
     22, DX_SCHEME_SSH},
};

static void parts__row(void **state)
{
    const struct parts_row *row = *state;
    struct dx_endpoint endpoint = {.port = 7};

    assert_int_equal(dx_endpoint_parse(row->text, &endpoint, NULL), DEXEC_OK);

    assert_int_equal(endpoint.scheme, row->scheme);
    assert_string_equal(endpoint.user, row->user);
    assert_string_equal(endpoint.host, row->host);
    assert_string_equal(endpoint.path, row->path);
    assert_int_equal(endpoint.port, row->port);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + COUNT_OF(parts_rows)];
    struct CMUnitTest *next = tests;

    ADD_ROWS(next, endpoint__row, rows);
    ADD_ROWS(next + COUNT_OF(rows), parts__row, parts_rows);
    return cmocka_run_group_tests_name("endpoint", tests, NULL, NULL);
}
