/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dexec/version.h>

#include "call.h"
#include "cleanup.h"
#include "exec_json.h"
#include "fail.h"

#define VERSION_PART_DIGITS_MAX 3U

const char *dexec_version(void)
{
    return DX_VERSION;
}

enum dexec_code dexec_global_init(void)
{
    return dx_transport_curl_init();
}

/* N.M, each of one to three digits. */
static bool is_api_version(const char *text)
{
    size_t major = strspn(text, "0123456789");
    size_t minor = 0;

    if (major == 0 || major > VERSION_PART_DIGITS_MAX || text[major] != '.') {
        return false;
    }
    minor = strspn(text + major + 1, "0123456789");
    return minor > 0 && minor <= VERSION_PART_DIGITS_MAX &&
           text[major + 1 + minor] == '\0';
}

static bool is_user_agent(const char *text)
{
    size_t len = strnlen(text, DX_USER_AGENT_MAX + 1);

    for (size_t i = 0; i < len; i++) {
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7F) {
            return false;
        }
    }
    return len > 0 && len <= DX_USER_AGENT_MAX;
}

static enum dexec_code set_texts(struct dexec_client *client,
                                 const struct dexec_client_options *options,
                                 struct dexec_error *err)
{
    const char *version =
        options->api_version == NULL ? "" : options->api_version;
    const char *agent = options->user_agent == NULL ? "libdexec/" DX_VERSION
                                                    : options->user_agent;

    if (options->api_version != NULL && !is_api_version(version)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "API version '%.32s': expected MAJOR.MINOR, as in 1.41",
                       version);
    }
    if (!is_user_agent(agent)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "user agent: expected 1 to %u bytes without control "
                       "characters",
                       DX_USER_AGENT_MAX);
    }
    memcpy(client->api_version, version, strlen(version) + 1);
    memcpy(client->user_agent, agent, strlen(agent) + 1);
    return DEXEC_OK;
}

static uint32_t or_default(uint32_t timeout_ms, uint32_t default_ms)
{
    return timeout_ms == 0 ? default_ms : timeout_ms;
}

static void set_times(struct dexec_client *client,
                      const struct dexec_client_options *options)
{
    client->connect_timeout_ms =
        or_default(options->connect_timeout_ms, DX_CONNECT_TIMEOUT_MS);
    client->response_timeout_ms =
        or_default(options->response_timeout_ms, DX_RESPONSE_TIMEOUT_MS);
    client->idle_timeout_ms = options->idle_timeout_ms;
    client->total_timeout_ms = options->total_timeout_ms;
}

static void set_callbacks(struct dexec_client *client,
                          const struct dexec_client_options *options)
{
    client->habits =
        (struct dx_request_habits){.host = client->location.endpoint.authority,
                                   .user_agent = client->user_agent,
                                   .on_request = options->on_request,
                                   .on_request_user = options->on_request_user};
    client->tracer = (struct dx_tracer){
        .call = options->on_trace,
        .user = options->on_trace_user,
        .clock = client->clock,
        .start_us = client->clock.now_us(client->clock.user)};
}

static enum dexec_code locate(struct dexec_client *client,
                              const struct dx_world *world,
                              const struct dexec_client_options *options,
                              struct dexec_error *err)
{
    const struct dx_where where = {.host = options->host,
                                   .context = options->context,
                                   .podman = options->podman,
                                   .tls = options->tls,
                                   .tls_no_verify = options->tls_no_verify,
                                   .tls_ca_file = options->tls_ca_file,
                                   .tls_cert_file = options->tls_cert_file,
                                   .tls_key_file = options->tls_key_file};

    return dx_locate(&where, world, &client->mem, &client->location, err);
}

/* Everything but the memory that the client itself lies in. */
static enum dexec_code fill_client(struct dexec_client *client,
                                   const struct dx_client_parts *parts,
                                   const struct dexec_client_options *options,
                                   struct dexec_error *err)
{
    struct dx_transport_config config = {.location = &client->location,
                                         .mem = &client->mem,
                                         .clock = &client->clock,
                                         .tracer = &client->tracer};
    enum dexec_code rc = set_texts(client, options, err);

    set_times(client, options);
    set_callbacks(client, options);
    config.connect_timeout_ms = client->connect_timeout_ms;
    if (rc == DEXEC_OK) {
        rc = locate(client, &parts->world, options, err);
    }
    if (rc == DEXEC_OK) {
        rc = parts->new_transport(parts->transport_user, &config,
                                  &client->transport, err);
    }
    return rc;
}

enum dexec_code dx_client_new_on(const struct dx_client_parts *parts,
                                 const struct dexec_client_options *options,
                                 struct dexec_client **out_client,
                                 struct dexec_error *err)
{
    static const struct dexec_client_options defaults =
        DEXEC_CLIENT_OPTIONS_INIT;
    struct dexec_client *client = NULL;
    struct dx_mem mem = {0};
    enum dexec_code rc = DEXEC_OK;

    options = options == NULL ? &defaults : options;
    if (options->size != sizeof(*options)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "client options: size is %zu, expected %zu; start from "
                       "DEXEC_CLIENT_OPTIONS_INIT",
                       options->size, sizeof(*options));
    }
    if (!dx_mem_init(&mem, options->allocator)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "client options: the allocator lacks a function");
    }
    client = dx_mem_alloc(&mem, sizeof(*client));
    if (client == NULL) {
        return dx_fail_memory(err);
    }
    *client = (struct dexec_client){.mem = mem, .clock = parts->clock};
    rc = fill_client(client, parts, options, err);
    if (rc != DEXEC_OK) {
        dexec_client_free(client);
        return rc;
    }
    *out_client = client;
    return DEXEC_OK;
}

static enum dexec_code new_transport(void *user,
                                     const struct dx_transport_config *config,
                                     struct dx_transport **out_transport,
                                     struct dexec_error *err)
{
    return config->location->endpoint.scheme == DX_SCHEME_SSH
               ? dx_transport_ssh_new(config, out_transport, err)
               : dx_transport_curl_new(user, config, out_transport, err);
}

enum dexec_code dexec_client_new(const struct dexec_client_options *options,
                                 struct dexec_client **out_client,
                                 struct dexec_error *err)
{
    struct dx_client_parts parts = {.new_transport = new_transport,
                                    .clock = dx_clock_system(),
                                    .world = dx_world_system()};

    if (dexec_global_init() != DEXEC_OK) {
        return dx_fail_memory(err);
    }
    return dx_client_new_on(&parts, options, out_client, err);
}

void dexec_client_free(struct dexec_client *client)
{
    struct dx_mem mem = {0};

    if (client == NULL) {
        return;
    }
    if (client->transport != NULL) {
        client->transport->ops->free(client->transport);
    }
    mem = client->mem;
    dx_mem_free(&mem, client);
}

/* "1.41" as 1041; 0 = not N.M, each of one to three digits. */
static unsigned long version_number(const char *text)
{
    char *rest = NULL;
    unsigned long major = 0;

    if (!is_api_version(text)) {
        return 0;
    }
    major = strtoul(text, &rest, 10);
    return major * 1000 + strtoul(rest + 1, NULL, 10);
}

static enum dexec_code choose_version(struct dexec_client *client,
                                      const struct dx_json_version *daemon,
                                      struct dexec_error *err)
{
    unsigned long ours = version_number(DEXEC_API_VERSION);
    unsigned long theirs = version_number(daemon->newest);

    if (theirs == 0) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "the daemon's ApiVersion '%s' is not MAJOR.MINOR",
                       daemon->newest);
    }
    if (version_number(daemon->oldest) > ours) {
        return dx_fail(err, DEXEC_E_PROTOCOL, 0,
                       "the daemon speaks no API older than %s, this library "
                       "none newer than %s",
                       daemon->oldest, DEXEC_API_VERSION);
    }
    (void)snprintf(client->api_version, sizeof(client->api_version), "%.7s",
                   theirs < ours ? daemon->newest : DEXEC_API_VERSION);
    return DEXEC_OK;
}

enum dexec_code dexec_client_negotiate(struct dexec_client *client,
                                       struct dexec_error *err)
{
    DX_CLEANUP(dx_answer_release) struct dx_answer answer = {0};
    struct dx_json_version daemon = {0};
    const struct dx_call call = {
        .method = "GET", .fixed_path = "/version", .deadline_ms = DX_NEVER};
    enum dexec_code rc = dx_call(client, &call, &answer, err);

    if (rc == DEXEC_OK) {
        rc = dx_json_read_version(answer.body, &daemon, err);
    }
    if (rc == DEXEC_OK) {
        rc = choose_version(client, &daemon, err);
    }
    return rc == DEXEC_OK ? rc
                          : dx_fail_while(err, rc, "negotiate the API version");
}

const char *dexec_client_api_version(const struct dexec_client *client)
{
    return client->api_version;
}

const char *dexec_client_host(const struct dexec_client *client)
{
    return client->location.endpoint.address;
}
