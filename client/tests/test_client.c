/* SPDX-License-Identifier: MIT */
/* test_client.c - a client's options. */
#include <stdlib.h>
#include <string.h>

#include <dexec/client.h>
#include <dexec/version.h>

#include "client.h"
#include "fake_memory.h"
#include "table.h"

struct row {
    const char *name;
    const char *host;
    const char *api_version;
    const char *user_agent;
    const char *message; /* a part of it; NULL = accepted */
};

static struct row rows[] = {
    {"client__version_1_41", "unix:///x", "1.41", NULL, NULL},
    {"client__largest_version", "unix:///x", "999.999", NULL, NULL},
    {"client__version_with_v", "unix:///x", "v1.41", NULL, "API version"},
    {"client__version_of_one_part", "unix:///x", "1", NULL, "API version"},
    {"client__version_of_three_parts", "unix:///x", "1.2.3", NULL,
     "API version '1.2.3'"},
    {"client__empty_version", "unix:///x", "", NULL, "API version"},
    {"client__version_without_minor", "unix:///x", "1.", NULL, "API version"},
    {"client__version_of_four_digits", "unix:///x", "1.1000", NULL,
     "API version"},
    {"client__version_with_path", "unix:///x", "1.4/../x", NULL, "API version"},
    {"client__user_agent", "unix:///x", NULL, "me/1 (test)", NULL},
    {"client__user_agent_with_line_end", "unix:///x", NULL, "me\r\nX: y",
     "user agent"},
    {"client__empty_user_agent", "unix:///x", NULL, "", "user agent"},
    {"client__empty_host", "", NULL, NULL, "use unix:///PATH"},
    {"client__bad_host", "ftp://x", NULL, NULL, "use unix:///PATH"},
};

static void client__row(void **state)
{
    const struct row *row = *state;
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    struct dexec_client *client = NULL;
    struct dexec_error err = {0};
    enum dexec_code rc = DEXEC_OK;

    options.host = row->host;
    options.api_version = row->api_version;
    options.user_agent = row->user_agent;
    rc = dexec_client_new(&options, &client, &err);

    if (row->message != NULL) {
        assert_int_equal(rc, DEXEC_E_INVALID);
        assert_null(client);
        assert_non_null(strstr(err.message, row->message));
        return;
    }
    assert_int_equal(rc, DEXEC_OK);
    assert_string_equal(dexec_client_host(client), row->host);
    dexec_client_free(client);
}

/* The host that a client without one takes. */
static void check_default_host(const char *docker_host, const char *wanted)
{
    struct dexec_client *client = NULL;
    char host[64] = "";

    assert_int_equal(docker_host == NULL
                         ? unsetenv("DOCKER_HOST")
                         : setenv("DOCKER_HOST", docker_host, 1),
                     0);
    assert_int_equal(dexec_client_new(NULL, &client, NULL), DEXEC_OK);
    assert_true(strlen(dexec_client_host(client)) < sizeof(host));
    memcpy(host, dexec_client_host(client),
           strlen(dexec_client_host(client)) + 1);
    dexec_client_free(client);
    assert_string_equal(host, wanted);
}

static void client__takes_the_host_of_the_environment(void **state)
{
    (void)state;
    check_default_host("tcp://127.0.0.1:99", "tcp://127.0.0.1:99");
    check_default_host("", "unix:///var/run/docker.sock");
    check_default_host(NULL, "unix:///var/run/docker.sock");
}

static void client__has_defaults(void **state)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    struct dexec_client *client = NULL;

    (void)state;
    options.host = "unix:///x";
    assert_int_equal(dexec_client_new(&options, &client, NULL), DEXEC_OK);

    assert_int_equal(client->connect_timeout_ms, 10000);
    assert_int_equal(client->response_timeout_ms, 120000);
    assert_string_equal(client->api_version, "");
    assert_memory_equal(client->user_agent, "libdexec/", 9);
    assert_string_equal(client->user_agent + 9, dexec_version());
    dexec_client_free(client);
}

static void client__unknown_size_is_refused(void **state)
{
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    struct dexec_client *client = NULL;
    struct dexec_error err = {0};

    (void)state;
    options.size = 0;
    assert_int_equal(dexec_client_new(&options, &client, &err),
                     DEXEC_E_INVALID);
    assert_non_null(strstr(err.message, "DEXEC_CLIENT_OPTIONS_INIT"));
}

static void client__allocator_must_be_whole(void **state)
{
    struct fake_memory memory = {0};
    struct dexec_allocator allocator = fake_memory_allocator(&memory);
    struct dexec_client_options options = DEXEC_CLIENT_OPTIONS_INIT;
    struct dexec_client *client = NULL;

    (void)state;
    options.host = "unix:///x";
    options.allocator = &allocator;
    assert_int_equal(dexec_client_new(&options, &client, NULL), DEXEC_OK);
    assert_true(memory.live > 0);
    dexec_client_free(client);
    assert_int_equal(memory.live, 0);

    allocator.resize = NULL;
    assert_int_equal(dexec_client_new(&options, &client, NULL),
                     DEXEC_E_INVALID);
}

static void client__free_of_null_is_harmless(void **state)
{
    (void)state;
    dexec_client_free(NULL);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 5] = {
        cmocka_unit_test(client__takes_the_host_of_the_environment),
        cmocka_unit_test(client__has_defaults),
        cmocka_unit_test(client__unknown_size_is_refused),
        cmocka_unit_test(client__allocator_must_be_whole),
        cmocka_unit_test(client__free_of_null_is_harmless),
    };

    ADD_ROWS(tests + 5, client__row, rows);
    return cmocka_run_group_tests_name("client", tests, NULL, NULL);
}
