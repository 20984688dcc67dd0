/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"

#define SHOWN 200 /* bytes of a refused address that are repeated */
#define DIGITS "0123456789"
#define NAME_CHARS                                                             \
    "abcdefghijklmnopqrstuvwxyz"                                               \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "._-"

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool has_control(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if ((unsigned char)*p < ' ' || *p == 0x7F) {
            return true;
        }
    }
    return false;
}

/* How much of @text a message may repeat: what stands between a colon and an
 * at sign may be a password. */
static int shown(const char *text)
{
    const char *colon = strchr(text, ':');

    if (colon != NULL && starts_with(colon, "://")) {
        colon = strchr(colon + 1, ':');
    }
    return colon != NULL && colon - text < SHOWN && strchr(colon, '@') != NULL
               ? (int)(colon - text)
               : SHOWN;
}

static enum dexec_code parse_unix(const char *path,
                                  struct dx_endpoint *endpoint,
                                  struct dexec_error *err)
{
    size_t len = strlen(path);

    if (path[0] != '/') {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host unix://%.*s: the socket's path must be absolute, "
                       "as in unix:///var/run/docker.sock",
                       SHOWN, path);
    }
    if (len > DX_UNIX_PATH_MAX) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host unix://%.*s: the path has %zu bytes, a socket "
                       "address holds %u; use a shorter path",
                       SHOWN, path, len, DX_UNIX_PATH_MAX);
    }
    memcpy(endpoint->path, path, len + 1);
    (void)snprintf(endpoint->address, sizeof(endpoint->address), "unix://%s",
                   path);
    (void)snprintf(endpoint->authority, sizeof(endpoint->authority),
                   "localhost");
    return DEXEC_OK;
}

/* Letters, digits and a few marks; inside brackets hex digits and colons.
 * Returns 0 where no host name stands that fits. */
static size_t host_length(const char *text)
{
    size_t len = 0;

    if (text[0] != '[') {
        len = strspn(text, NAME_CHARS);
    } else {
        len = strspn(text + 1, DIGITS "abcdefABCDEF:.");
        len = len > 0 && text[len + 1] == ']' ? len + 2 : 0;
    }
    return len <= DX_HOST_NAME_MAX + 2 ? len : 0;
}

/* Returns how many digits the port has; 0 for anything but 1 to 65535. */
static size_t read_port(const char *text, uint16_t *out_port)
{
    unsigned port = 0;
    size_t digits = strspn(text, DIGITS);

    for (size_t i = 0; i < digits && port <= UINT16_MAX; i++) {
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    if (digits > 5 || port == 0 || port > UINT16_MAX) {
        return 0;
    }
    *out_port = (uint16_t)port;
    return digits;
}

static enum dexec_code parse_tcp(const char *text, const char *authority,
                                 struct dx_endpoint *endpoint,
                                 struct dexec_error *err)
{
    const char *scheme = endpoint->scheme == DX_SCHEME_TLS ? "https" : "tcp";
    size_t len = host_length(authority);
    size_t digits = 0;

    if (len == 0) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host %.*s: no valid host name, use %s://HOST:PORT",
                       shown(text), text, scheme);
    }
    if (authority[len] == ':') {
        digits = read_port(authority + len + 1, &endpoint->port);
    }
    if (digits == 0 || (authority[len + 1 + digits] != '\0' &&
                        strcmp(authority + len + 1 + digits, "/") != 0)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host %.*s: a port from 1 to 65535 must end it, as in "
                       "tcp://127.0.0.1:2375",
                       shown(text), text);
    }
    memcpy(endpoint->host, authority, len);
    endpoint->host[len] = '\0';
    (void)snprintf(endpoint->authority, sizeof(endpoint->authority), "%s:%u",
                   endpoint->host, (unsigned)endpoint->port);
    (void)snprintf(endpoint->address, sizeof(endpoint->address), "%s://%s:%u",
                   scheme, endpoint->host, (unsigned)endpoint->port);
    return DEXEC_OK;
}

/* Take "USER@" off the front of @rest, up to the last @ before a path. */
static enum dexec_code take_user(const char *text, const char **rest,
                                 struct dx_endpoint *endpoint,
                                 struct dexec_error *err)
{
    const char *user = *rest;
    size_t len = strcspn(user, "/");

    while (len > 0 && user[len - 1] != '@') {
        len--;
    }
    if (len == 0) {
        return DEXEC_OK; /* there is none */
    }
    *rest = user + len;
    len--;
    if (memchr(user, ':', len) != NULL) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host %.*s: it must not hold a password; let ssh use "
                       "a key or its agent",
                       shown(text), text);
    }
    if (len == 0 || len > DX_SSH_USER_MAX || user[0] == '-' ||
        strspn(user, NAME_CHARS "+@") < len) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host %.*s: no valid user: 1 to %u letters, digits "
                       "and ._-+@, and no dash first",
                       shown(text), text, DX_SSH_USER_MAX);
    }
    memcpy(endpoint->user, user, len);
    return DEXEC_OK;
}

/* Take "HOST[:PORT]" off the front of @rest. */
static enum dexec_code take_ssh_host(const char *text, const char **rest,
                                     struct dx_endpoint *endpoint,
                                     struct dexec_error *err)
{
    const char *host = *rest;
    size_t len = host_length(host);
    size_t brackets = host[0] == '[' ? 1 : 0;
    size_t digits = 0;

    if (len == 0 || host[0] == '-') {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host %.*s: no valid host name, use "
                       "ssh://[USER@]HOST[:PORT][/SOCKET-PATH]",
                       shown(text), text);
    }
    memcpy(endpoint->host, host + brackets, len - 2 * brackets);
    *rest = host + len;
    if (**rest == ':') {
        digits = read_port(*rest + 1, &endpoint->port);
        *rest += digits > 0 ? digits + 1 : 0;
    }
    if (**rest != '\0' && **rest != '/') {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host %.*s: only a port from 1 to 65535 and a path may "
                       "follow the host name",
                       shown(text), text);
    }
    return DEXEC_OK;
}

/* The path goes through a shell at the far end; what would need quotes there
 * is refused, as are the query and the fragment of a URL. */
static enum dexec_code take_ssh_path(const char *text, const char *path,
                                     struct dx_endpoint *endpoint,
                                     struct dexec_error *err)
{
    size_t len = strcmp(path, "/") == 0 ? 0 : strlen(path);

    if (len > DX_UNIX_PATH_MAX || strspn(path, NAME_CHARS "/+@:,=") < len) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host %.*s: the socket's path may have up to %u "
                       "letters, digits and /._-+@:,= and neither a query "
                       "nor a fragment",
                       shown(text), text, DX_UNIX_PATH_MAX);
    }
    memcpy(endpoint->path, path, len);
    return DEXEC_OK;
}

static void write_ssh_address(struct dx_endpoint *endpoint)
{
    bool is_v6 = strchr(endpoint->host, ':') != NULL;
    char port[sizeof(":65535")] = "";

    if (endpoint->port != 0) {
        (void)snprintf(port, sizeof(port), ":%u", (unsigned)endpoint->port);
    }
    (void)snprintf(endpoint->address, sizeof(endpoint->address),
                   "ssh://%s%s%s%s%s%s%s", endpoint->user,
                   endpoint->user[0] != '\0' ? "@" : "", is_v6 ? "[" : "",
                   endpoint->host, is_v6 ? "]" : "", port, endpoint->path);
    (void)snprintf(endpoint->authority, sizeof(endpoint->authority),
                   "localhost");
}

static enum dexec_code parse_ssh(const char *text, const char *rest,
                                 struct dx_endpoint *endpoint,
                                 struct dexec_error *err)
{
    enum dexec_code rc = take_user(text, &rest, endpoint, err);

    if (rc == DEXEC_OK) {
        rc = take_ssh_host(text, &rest, endpoint, err);
    }
    if (rc == DEXEC_OK) {
        rc = take_ssh_path(text, rest, endpoint, err);
    }
    if (rc == DEXEC_OK) {
        write_ssh_address(endpoint);
    }
    return rc;
}

static enum dexec_code parse_rest(const char *text, const char *rest,
                                  struct dx_endpoint *endpoint,
                                  struct dexec_error *err)
{
    switch (endpoint->scheme) {
    case DX_SCHEME_UNIX:
        return parse_unix(rest, endpoint, err);
    case DX_SCHEME_TCP:
    case DX_SCHEME_TLS:
        return parse_tcp(text, rest, endpoint, err);
    case DX_SCHEME_SSH:
        return parse_ssh(text, rest, endpoint, err);
    }
    return DEXEC_E_INVALID;
}

/* Returns what follows the scheme; NULL where it is none of ours. */
static const char *take_scheme(const char *text, enum dx_scheme *out_scheme)
{
    static const struct {
        const char *prefix;
        enum dx_scheme scheme;
    } schemes[] = {
        {"unix://", DX_SCHEME_UNIX}, {"tcp://", DX_SCHEME_TCP},
        {"http://", DX_SCHEME_TCP},  {"https://", DX_SCHEME_TLS},
        {"ssh://", DX_SCHEME_SSH},
    };

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (starts_with(text, schemes[i].prefix)) {
            *out_scheme = schemes[i].scheme;
            return text + strlen(schemes[i].prefix);
        }
    }
    return NULL;
}

enum dexec_code dx_endpoint_parse(const char *text,
                                  struct dx_endpoint *out_endpoint,
                                  struct dexec_error *err)
{
    struct dx_endpoint endpoint = {0};
    const char *rest = take_scheme(text, &endpoint.scheme);
    enum dexec_code rc = DEXEC_OK;

    if (has_control(text)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host: the address holds a control character");
    }
    if (rest == NULL) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host %.*s: use unix:///PATH, tcp://HOST:PORT, "
                       "http://HOST:PORT, https://HOST:PORT or "
                       "ssh://[USER@]HOST[:PORT][/SOCKET-PATH]",
                       shown(text), text);
    }
    rc = parse_rest(text, rest, &endpoint, err);
    if (rc == DEXEC_OK) {
        *out_endpoint = endpoint;
    }
    return rc;
}
