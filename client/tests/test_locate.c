/* SPDX-License-Identifier: MIT */
/* test_locate.c - where the daemon is, in one world a row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "fail.h"
#include "fake_memory.h"
#include "locate.h"
#include "table.h"

/* The SHA-256 of "staging", as sha256sum has it. */
#define HASH "e919a75364398a449f860aeadddc57fa0502145a4e63959ddb33c417a48dc0da"
#define META(home) home "/contexts/meta/" HASH "/meta.json"
#define TLS(home) home "/contexts/tls/" HASH "/docker"
#define DOCKER(fields) "{\"Endpoints\":{\"docker\":{" fields "}}}"
#define HOST(text) DOCKER("\"Host\":\"" text "\"")
#define D "/h/.docker"
#define CURRENT "{\"currentContext\":\"staging\"}"

#define A100                                                                   \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"                       \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* main() makes them too long to be the path of a file. */
static char long_config[DX_FILE_PATH_SIZE + 50] = "DOCKER_CONFIG=/";
static char long_home[DX_FILE_PATH_SIZE + 50] = "HOME=/";
static char long_cert_path[DX_FILE_PATH_SIZE + 50] = "DOCKER_CERT_PATH=/";
static char long_file[DX_FILE_PATH_SIZE + 1] = "/";

struct file {
    const char *path;
    const char *text; /* NULL = it cannot be read */
};

struct row {
    const char *name;
    struct dx_where where;
    const char *env[5];   /* NAME=value; HOME=/h is set besides */
    struct file files[5]; /* all that exists */
    const char *shown;    /* or a part of the message */
    enum dexec_code code;
};

#define BAD .code = DEXEC_E_INVALID

static struct row rows[] = {
    /* which host */
    {"locate__nothing_said", .shown = "unix:///var/run/docker.sock unix"},
    {"locate__host_wins",
     {.host = "tcp://a:1"},
     .env = {"DOCKER_HOST=tcp://b:1", "DOCKER_CONTEXT=staging"},
     .files = {{D "/config.json", NULL}},
     .shown = "tcp://a:1 tcp"},
    {"locate__context_comes_before_docker_host",
     {.context = "staging"},
     .env = {"DOCKER_HOST=tcp://b:1", "DOCKER_CONTEXT=other"},
     .files = {{META(D), HOST("tcp://c:1")}, {D "/config.json", NULL}},
     .shown = "tcp://c:1 tcp"},
    {"locate__docker_host_comes_before_docker_context",
     .env = {"DOCKER_HOST=tcp://b:1", "DOCKER_CONTEXT=staging"},
     .files = {{META(D), HOST("tcp://c:1")}, {D "/config.json", NULL}},
     .shown = "tcp://b:1 tcp"},
    {"locate__docker_context_comes_before_config",
     .env = {"DOCKER_HOST=", "DOCKER_CONTEXT=staging"},
     .files = {{META(D), HOST("tcp://c:1")}, {D "/config.json", NULL}},
     .shown = "tcp://c:1 tcp"},
    {"locate__config_names_the_context", .env = {"DOCKER_CONTEXT="},
     .files = {{META(D), HOST("ssh://me@c")}, {D "/config.json", CURRENT}},
     .shown = "ssh://me@c ssh"},
    {"locate__config_without_context", .files = {{D "/config.json", "{}"}},
     .shown = "unix:///var/run/docker.sock unix"},
    {"locate__config_is_blank", .files = {{D "/config.json", ""}},
     .shown = "unix:///var/run/docker.sock unix"},
    {"locate__config_of_docker_config", .env = {"DOCKER_CONFIG=/cfg"},
     .files = {{META("/cfg"), HOST("unix:///c.sock")},
               {"/cfg/config.json", CURRENT},
               {D "/config.json", NULL}},
     .shown = "unix:///c.sock unix"},
    {"locate__no_home", .env = {"HOME="},
     .files = {{"/.docker/config.json", NULL}},
     .shown = "unix:///var/run/docker.sock unix"},
    {"locate__default_context_is_docker_host",
     {.context = "default"},
     .env = {"DOCKER_HOST=tcp://b:1"},
     .shown = "tcp://b:1 tcp"},
    {"locate__default_context_is_the_default_socket",
     {.context = "default"},
     .env = {"DOCKER_CONTEXT=staging"},
     .files = {{D "/config.json", NULL}},
     .shown = "unix:///var/run/docker.sock unix"},
    {"locate__default_context_of_docker_context",
     .env = {"DOCKER_CONTEXT=default"}, .files = {{D "/config.json", NULL}},
     .shown = "unix:///var/run/docker.sock unix"},
    {"locate__default_context_of_config",
     .files = {{D "/config.json", "{\"currentContext\":\"default\"}"}},
     .shown = "unix:///var/run/docker.sock unix"},

    /* what is wrong with it */
    {"locate__host_and_context",
     {.host = "tcp://a:1", .context = "staging"},
     .shown = "give one of them",
     BAD},
    {"locate__host_and_podman",
     {.host = "tcp://a:1", .podman = true},
     .shown = "give one of them",
     BAD},
    {"locate__context_and_podman",
     {.context = "staging", .podman = true},
     .shown = "give one of them",
     BAD},
    {"locate__host_is_malformed",
     {.host = "a:1"},
     .shown = "host a:1: use unix:///PATH",
     BAD},
    {"locate__empty_host", {.host = ""}, .shown = "use unix:///PATH", BAD},
    {"locate__docker_host_is_malformed", .env = {"DOCKER_HOST=tcp://b"},
     .shown = "DOCKER_HOST: host tcp://b: a port", BAD},
    {"locate__context_is_unknown",
     {.context = "staging"},
     .shown = "context 'staging': there is none; looked for " META(D),
     BAD},
    {"locate__context_of_config_is_unknown",
     .files = {{D "/config.json", CURRENT}},
     .shown = "context 'staging': there is none; looked for " META(D), BAD},
    {"locate__context_without_any_folder",
     {.context = "staging"},
     .env = {"HOME="},
     .shown = "context 'staging': there is none; looked for DOCKER_CONFIG or "
              "HOME",
     BAD},
    {"locate__context_name_is_empty",
     {.context = ""},
     .shown = "context '': a name has",
     BAD},
    {"locate__context_name_of_one_letter",
     {.context = "a"},
     .shown = "context 'a': a name has",
     BAD},
    {"locate__context_name_is_a_path", .env = {"DOCKER_CONTEXT=a/../b"},
     .shown = "context 'a/../b': a name has", BAD},
    {"locate__context_name_goes_up",
     {.context = "ab/.."},
     .shown = "context 'ab/..': a name has",
     BAD},
    {"locate__context_name_begins_with_a_mark",
     .files = {{D "/config.json", "{\"currentContext\":\"-ab\"}"}},
     .shown = "context '-ab': a name has", BAD},
    {"locate__context_name_too_long",
     {.context = A100 A100 A100},
     .shown = "a name has 2 to 255",
     BAD},
    {"locate__context_name_of_all_marks",
     {.context = "0_.+-"},
     .shown = "context '0_.+-': there is none",
     BAD},
    {"locate__config_is_malformed", .files = {{D "/config.json", "{"}},
     .shown = D "/config.json: not one JSON object", BAD},
    {"locate__config_cannot_be_read", .files = {{D "/config.json", NULL}},
     .shown = D "/config.json: unreadable", BAD},
    {"locate__meta_is_malformed",
     {.context = "staging"},
     .files = {{META(D), "[]"}},
     .shown = "/meta.json: not one JSON object",
     BAD},
    {"locate__meta_cannot_be_read",
     {.context = "staging"},
     .files = {{META(D), NULL}},
     .shown = "/meta.json: unreadable",
     BAD},
    {"locate__context_without_docker_endpoint",
     {.context = "staging"},
     .files = {{META(D), "{\"Endpoints\":{}}"}},
     .shown = "/meta.json: the context has no docker endpoint",
     BAD},
    {"locate__context_host_is_malformed",
     {.context = "staging"},
     .files = {{META(D), HOST("npipe:////./pipe/x")}},
     .shown = "/meta.json: host npipe:////./pipe/x: use unix:///PATH",
     BAD},
    {"locate__docker_config_too_long", .env = {long_config},
     .shown = "the path has more than 4095 bytes", BAD},
    {"locate__home_too_long", .env = {long_home},
     .shown = "the path of its .docker has more than 4095 bytes", BAD},

    /* Podman */
    {"podman__container_host",
     {.podman = true},
     .env = {"CONTAINER_HOST=tcp://p:1", "DOCKER_HOST=unix:///d.sock"},
     .shown = "tcp://p:1 tcp"},
    {"podman__docker_host",
     {.podman = true},
     .env = {"CONTAINER_HOST=ssh://p", "DOCKER_HOST=unix:///d.sock"},
     .files = {{"/run/podman/podman.sock", ""}},
     .shown = "unix:///d.sock unix"},
    {"podman__docker_host_is_no_socket",
     {.podman = true},
     .env = {"DOCKER_HOST=tcp://d:1", "DOCKER_CONTEXT=staging"},
     .files = {{"/run/podman/podman.sock", ""}},
     .shown = "unix:///run/podman/podman.sock unix"},
    {"podman__runtime_folder",
     {.podman = true},
     .env = {"XDG_RUNTIME_DIR=/x"},
     .files = {{"/run/user/1007/podman/podman.sock", ""},
               {"/x/podman/podman.sock", ""}},
     .shown = "unix:///x/podman/podman.sock unix"},
    {"podman__user_folder",
     {.podman = true},
     .env = {"XDG_RUNTIME_DIR=/x"},
     .files = {{"/run/podman/podman.sock", ""},
               {"/run/user/1007/podman/podman.sock", ""}},
     .shown = "unix:///run/user/1007/podman/podman.sock unix"},
    {"podman__system_socket",
     {.podman = true},
     .files = {{"/var/run/docker.sock", ""}, {"/run/podman/podman.sock", ""}},
     .shown = "unix:///run/podman/podman.sock unix"},
    {"podman__docker_socket",
     {.podman = true},
     .files = {{"/var/run/docker.sock", ""}},
     .shown = "unix:///var/run/docker.sock unix"},
    {"podman__none",
     {.podman = true},
     .env = {"XDG_RUNTIME_DIR=/x"},
     .shown = "there is none of /x/podman/podman.sock "
              "/run/user/1007/podman/podman.sock /run/podman/podman.sock "
              "/var/run/docker.sock",
     .code = DEXEC_E_CONNECT},
    {"podman__container_host_is_malformed",
     {.podman = true},
     .env = {"CONTAINER_HOST=unix://p"},
     .shown = "CONTAINER_HOST: host unix://p: the socket's path must be",
     BAD},
    {"podman__socket_path_too_long",
     {.podman = true},
     .env = {"XDG_RUNTIME_DIR=/" A100},
     .files = {{"/" A100 "/podman/podman.sock", ""}},
     .shown = "a socket address holds 107",
     BAD},

    /* TLS or not */
    {"tls__docker_tls_verify",
     .env = {"DOCKER_HOST=tcp://b:1", "DOCKER_TLS_VERIFY=0"},
     .shown = "tcp://b:1 tls verify - - -"},
    {"tls__docker_tls_does_not_verify",
     .env = {"DOCKER_HOST=tcp://b:1", "DOCKER_TLS=1"},
     .shown = "tcp://b:1 tls blind - - -"},
    {"tls__docker_tls_and_verify",
     .env = {"DOCKER_HOST=tcp://b:1", "DOCKER_TLS=1", "DOCKER_TLS_VERIFY=1"},
     .shown = "tcp://b:1 tls verify - - -"},
    {"tls__empty_variables",
     .env = {"DOCKER_HOST=tcp://b:1", "DOCKER_TLS=", "DOCKER_TLS_VERIFY="},
     .files = {{D "/ca.pem", ""}}, .shown = "tcp://b:1 tcp"},
    {"tls__variables_hold_for_the_callers_host",
     {.host = "http://a:1"},
     .env = {"DOCKER_TLS_VERIFY=1"},
     .shown = "tcp://a:1 tls verify - - -"},
    {"tls__variables_do_not_matter_to_a_socket",
     .env = {"DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=/none"},
     .shown = "unix:///var/run/docker.sock unix"},
    {"tls__https",
     {.host = "https://a:1"},
     .shown = "https://a:1 tls verify - - -"},
    {"tls__https_is_verified_in_spite_of_docker_tls",
     .env = {"DOCKER_HOST=https://b:1", "DOCKER_TLS=1"},
     .shown = "https://b:1 tls verify - - -"},
    {"tls__https_need_not_be_verified",
     {.host = "https://a:1", .tls_no_verify = true},
     .shown = "https://a:1 tls blind - - -"},
    {"tls__asked_for",
     {.host = "tcp://a:1", .tls = true},
     .env = {"DOCKER_TLS=1"},
     .shown = "tcp://a:1 tls verify - - -"},
    {"tls__no_verify_asks_for_it",
     {.host = "tcp://a:1", .tls_no_verify = true},
     .env = {"DOCKER_TLS_VERIFY=1"},
     .shown = "tcp://a:1 tls blind - - -"},
    {"tls__no_verify_asks_for_it_alone",
     {.host = "tcp://a:1", .tls_no_verify = true},
     .shown = "tcp://a:1 tls blind - - -"},
    {"tls__ca_file_asks_for_it",
     {.host = "tcp://a:1", .tls_ca_file = "/ca"},
     .files = {{"/ca", ""}},
     .shown = "tcp://a:1 tls verify /ca - -"},
    {"tls__pair_asks_for_it",
     {.host = "tcp://a:1", .tls_cert_file = "/cert", .tls_key_file = "/key"},
     .files = {{"/cert", ""}, {"/key", ""}},
     .shown = "tcp://a:1 tls verify - /cert /key"},
    {"tls__half_a_pair_asks_for_it",
     {.host = "tcp://a:1", .tls_cert_file = "/cert"},
     .files = {{"/cert", ""}},
     .shown = "TLS certificate file /cert: its key file is missing",
     BAD},
    {"tls__asked_of_a_socket",
     {.tls = true},
     .shown = "host unix:///var/run/docker.sock: TLS is for tcp://",
     BAD},
    {"tls__asked_of_ssh",
     {.host = "ssh://a", .tls_no_verify = true},
     .shown = "host ssh://a: TLS is for tcp://",
     BAD},
    {"tls__ca_file_for_a_socket",
     {.host = "unix:///s", .tls_ca_file = "/ca"},
     .files = {{"/ca", ""}},
     .shown = "host unix:///s: TLS is for tcp://",
     BAD},

    /* which files */
    {"tls__files_of_home",
     {.host = "https://a:1"},
     .files = {{D "/ca.pem", ""}, {D "/cert.pem", ""}, {D "/key.pem", ""}},
     .shown =
         "https://a:1 tls verify " D "/ca.pem " D "/cert.pem " D "/key.pem"},
    {"tls__files_of_docker_config",
     {.host = "https://a:1"},
     .env = {"DOCKER_CONFIG=/cfg"},
     .files = {{"/cfg/ca.pem", ""}, {D "/cert.pem", ""}},
     .shown = "https://a:1 tls verify /cfg/ca.pem - -"},
    {"tls__files_of_docker_cert_path",
     {.host = "https://a:1"},
     .env = {"DOCKER_CERT_PATH=/c"},
     .files = {{"/c/cert.pem", ""}, {"/c/key.pem", ""}, {D "/ca.pem", ""}},
     .shown = "https://a:1 tls verify - /c/cert.pem /c/key.pem"},
    {"tls__nothing_in_docker_cert_path",
     {.host = "https://a:1"},
     .env = {"DOCKER_CERT_PATH=/c"},
     .files = {{D "/ca.pem", ""}},
     .shown = "DOCKER_CERT_PATH /c: none of ca.pem",
     BAD},
    {"tls__docker_cert_path_is_not_needed",
     {.host = "https://a:1",
      .tls_ca_file = "/ca",
      .tls_cert_file = "/cert",
      .tls_key_file = "/key"},
     .env = {"DOCKER_CERT_PATH=/c"},
     .files = {{"/ca", ""}, {"/cert", ""}, {"/key", ""}},
     .shown = "https://a:1 tls verify /ca /cert /key"},
    {"tls__ca_file_with_the_folders_pair",
     {.host = "https://a:1", .tls_ca_file = "/ca"},
     .files = {{D "/ca.pem", ""},
               {D "/cert.pem", ""},
               {D "/key.pem", ""},
               {"/ca", ""}},
     .shown = "https://a:1 tls verify /ca " D "/cert.pem " D "/key.pem"},
    {"tls__pair_with_the_folders_ca",
     {.host = "https://a:1", .tls_cert_file = "/cert", .tls_key_file = "/key"},
     .files =
         {{D "/ca.pem", ""}, {D "/cert.pem", ""}, {"/cert", ""}, {"/key", ""}},
     .shown = "https://a:1 tls verify " D "/ca.pem /cert /key"},
    {"tls__pair_is_not_mixed",
     {.host = "https://a:1", .tls_cert_file = "/cert"},
     .files = {{D "/cert.pem", ""}, {D "/key.pem", ""}, {"/cert", ""}},
     .shown = "TLS certificate file /cert: its key file is missing",
     BAD},
    {"tls__pair_is_not_mixed_the_other_way",
     {.host = "https://a:1", .tls_key_file = "/key"},
     .files = {{D "/cert.pem", ""}, {D "/key.pem", ""}, {"/key", ""}},
     .shown = "TLS key file /key: its certificate file is missing",
     BAD},
    {"tls__key_without_certificate",
     {.host = "https://a:1", .tls_key_file = "/key"},
     .files = {{"/key", ""}},
     .shown = "TLS key file /key: its certificate file is missing",
     BAD},
    {"tls__folder_has_half_a_pair",
     {.host = "https://a:1"},
     .files = {{D "/key.pem", ""}},
     .shown = "TLS key file " D "/key.pem: its certificate file is missing",
     BAD},
    {"tls__ca_file_is_not_there",
     {.host = "https://a:1", .tls_ca_file = "/ca"},
     .shown = "TLS CA file /ca: there is no such file",
     BAD},
    {"tls__certificate_file_is_not_there",
     {.host = "https://a:1", .tls_cert_file = "/cert", .tls_key_file = "/key"},
     .files = {{"/key", ""}},
     .shown = "TLS certificate file /cert: there is no such file",
     BAD},
    {"tls__key_file_is_not_there",
     {.host = "https://a:1", .tls_cert_file = "/cert", .tls_key_file = "/key"},
     .files = {{"/cert", ""}},
     .shown = "TLS key file /key: there is no such file",
     BAD},
    {"tls__ca_file_too_long",
     {.host = "https://a:1", .tls_ca_file = long_file},
     .files = {{long_file, ""}},
     .shown = "the path has more than 4095 bytes",
     BAD},
    {"tls__docker_cert_path_too_long",
     {.host = "https://a:1"},
     .env = {long_cert_path},
     .shown = "the path of its ca.pem has more than 4095 bytes",
     BAD},

    /* contexts with TLS */
    {"context_tls__files",
     {.context = "staging"},
     .files = {{META(D), HOST("tcp://c:1")},
               {TLS(D) "/ca.pem", ""},
               {TLS(D) "/cert.pem", ""},
               {TLS(D) "/key.pem", ""}},
     .shown = "tcp://c:1 tls verify " TLS(D) "/ca.pem " TLS(D) "/cert.pem " TLS(
         D) "/key.pem"},
    {"context_tls__skips_verify",
     {.context = "staging"},
     .files = {{META(D), DOCKER("\"Host\":\"tcp://c:1\",\"SkipTLSVerify\":"
                                "true")}},
     .shown = "tcp://c:1 tls blind - - -"},
    {"context_tls__https_skips_verify",
     {.context = "staging"},
     .files = {{META(D), DOCKER("\"Host\":\"https://c:1\",\"SkipTLSVerify\":"
                                "true")},
               {TLS(D) "/ca.pem", ""}},
     .shown = "https://c:1 tls blind " TLS(D) "/ca.pem - -"},
    {"context_tls__environment_has_no_say",
     {.context = "staging"},
     .env = {"DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=/c"},
     .files = {{META(D), HOST("tcp://c:1")},
               {"/c/ca.pem", ""},
               {D "/ca.pem", ""}},
     .shown = "tcp://c:1 tcp"},
    {"context_tls__caller_has",
     {.context = "staging", .tls = true},
     .env = {"DOCKER_CERT_PATH=/c"},
     .files = {{META(D), HOST("tcp://c:1")},
               {"/c/ca.pem", ""},
               {D "/ca.pem", ""}},
     .shown = "tcp://c:1 tls verify - - -"},
    {"context_tls__callers_ca_file",
     {.context = "staging", .tls_ca_file = "/ca"},
     .files = {{META(D), HOST("tcp://c:1")},
               {TLS(D) "/ca.pem", ""},
               {TLS(D) "/cert.pem", ""},
               {TLS(D) "/key.pem", ""},
               {"/ca", ""}},
     .shown =
         "tcp://c:1 tls verify /ca " TLS(D) "/cert.pem " TLS(D) "/key.pem"},
    {"context_tls__half_a_pair",
     {.context = "staging"},
     .files = {{META(D), HOST("tcp://c:1")}, {TLS(D) "/cert.pem", ""}},
     .shown = "/docker/cert.pem: its key file is missing",
     BAD},
    {"context_tls__does_not_matter_to_a_socket",
     {.context = "staging"},
     .files = {{META(D), HOST("unix:///c.sock")}, {TLS(D) "/cert.pem", ""}},
     .shown = "unix:///c.sock unix"},
    {"context_tls__default_has_the_environment",
     {.context = "default"},
     .env = {"DOCKER_HOST=tcp://b:1", "DOCKER_TLS_VERIFY=1"},
     .files = {{D "/ca.pem", ""}},
     .shown = "tcp://b:1 tls verify " D "/ca.pem - -"},
};

/* ---- the world of a row ---- */

static const char *fake_get_env(void *user, const char *name)
{
    const struct row *row = user;
    size_t len = strlen(name);

    for (size_t i = 0; i < COUNT_OF(row->env) && row->env[i] != NULL; i++) {
        if (strncmp(row->env[i], name, len) == 0 && row->env[i][len] == '=') {
            return row->env[i] + len + 1;
        }
    }
    return strcmp(name, "HOME") == 0 ? "/h" : NULL;
}

static const struct file *find_file(const struct row *row, const char *path)
{
    for (size_t i = 0; i < COUNT_OF(row->files); i++) {
        if (row->files[i].path != NULL &&
            strcmp(row->files[i].path, path) == 0) {
            return &row->files[i];
        }
    }
    return NULL;
}

static bool fake_exists(void *user, const char *path)
{
    return find_file(user, path) != NULL;
}

static enum dexec_code fake_read_file(void *user, const char *path,
                                      struct dx_buf *buf, bool *out_exists,
                                      struct dexec_error *err)
{
    const struct file *file = find_file(user, path);

    if (file != NULL && file->text == NULL) {
        return dx_fail(err, DEXEC_E_INVALID, 0, "%s: unreadable", path);
    }
    if (file != NULL && dx_buf_append_text(buf, file->text) != DEXEC_OK) {
        return dx_fail_memory(err);
    }
    *out_exists = file != NULL;
    return DEXEC_OK;
}

static struct dx_world world_of(struct row *row)
{
    return (struct dx_world){.user = row,
                             .get_env = fake_get_env,
                             .read_file = fake_read_file,
                             .exists = fake_exists,
                             .uid = 1007};
}

/* ---- rows ---- */

static const char *or_dash(const char *path)
{
    return path[0] != '\0' ? path : "-";
}

static void show(const struct dx_location *location, char *text, size_t size)
{
    static const char *const schemes[] = {"unix", "tcp", "tls", "ssh"};
    const struct dx_tls_files *tls = &location->tls;
    int used = snprintf(text, size, "%s %s", location->endpoint.address,
                        schemes[location->endpoint.scheme]);

    if (location->endpoint.scheme == DX_SCHEME_TLS) {
        (void)snprintf(text + used, size - (size_t)used, " %s %s %s %s",
                       tls->verify ? "verify" : "blind", or_dash(tls->ca_file),
                       or_dash(tls->cert_file), or_dash(tls->key_file));
        return;
    }
    assert_false(tls->verify);
    assert_string_equal(tls->ca_file, "");
    assert_string_equal(tls->cert_file, "");
    assert_string_equal(tls->key_file, "");
}

static void locate__row(void **state)
{
    struct row *row = *state;
    struct dx_world world = world_of(row);
    struct dx_mem mem = {0};
    struct dx_location location = {.endpoint.port = 7};
    struct dexec_error err = {0};
    char text[1024] = "";
    enum dexec_code rc = DEXEC_OK;

    assert_true(dx_mem_init(&mem, NULL));
    rc = dx_locate(&row->where, &world, &mem, &location, &err);

    if (row->code != DEXEC_OK) {
        assert_string_equal(dexec_code_name(rc), dexec_code_name(row->code));
        assert_int_equal(err.code, rc);
        if (strstr(err.message, row->shown) == NULL) {
            assert_string_equal(err.message, row->shown);
        }
        assert_int_equal(location.endpoint.port, 7);
        return;
    }
    assert_string_equal(err.message, "");
    assert_int_equal(rc, DEXEC_OK);
    show(&location, text, sizeof(text));
    assert_string_equal(text, row->shown);
}

/* ---- memory ---- */

static struct fake_memory memory; /* the hooks have no other way to it */

static void *hook_alloc(size_t size)
{
    return fake_memory_alloc(&memory, size);
}

static void hook_release(void *piece)
{
    fake_memory_release(&memory, piece);
}

static enum dexec_code locate_with(size_t fail_at, struct dexec_error *err)
{
    static struct row row = {
        .name = "memory",
        .files = {{D "/config.json", CURRENT}, {META(D), HOST("tcp://c:1")}}};
    struct dexec_allocator allocator = fake_memory_allocator(&memory);
    struct dx_world world = world_of(&row);
    struct dx_mem mem = {0};
    struct dx_location location = {0};

    memory = (struct fake_memory){.fail_at = fail_at};
    assert_true(dx_mem_init(&mem, &allocator));
    return dx_locate(&row.where, &world, &mem, &location, err);
}

static void locate__each_allocation_fails_once(void **state)
{
    cJSON_Hooks hooks = {.malloc_fn = hook_alloc, .free_fn = hook_release};
    size_t count = 0;

    (void)state;
    cJSON_InitHooks(&hooks);
    assert_int_equal(locate_with(0, NULL), DEXEC_OK);
    count = memory.count;
    assert_true(count > 2);
    assert_int_equal(memory.live, 0);
    for (size_t k = 1; k <= count; k++) {
        struct dexec_error err = {0};

        assert_int_equal(locate_with(k, &err), DEXEC_E_NOMEM);
        assert_int_equal(err.code, DEXEC_E_NOMEM);
        assert_int_equal(memory.refused, 1);
        assert_int_equal(memory.live, 0);
    }
    cJSON_InitHooks(NULL);
}

static void fill(char *text, size_t size)
{
    size_t len = strlen(text);

    memset(text + len, 'a', size - len - 1);
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(rows) + 1] = {
        cmocka_unit_test(locate__each_allocation_fails_once)};

    fill(long_config, sizeof(long_config));
    fill(long_home, sizeof(long_home));
    fill(long_cert_path, sizeof(long_cert_path));
    fill(long_file, sizeof(long_file));
    ADD_ROWS(tests + 1, locate__row, rows);
    return cmocka_run_group_tests_name("locate", tests, NULL, NULL);
}
