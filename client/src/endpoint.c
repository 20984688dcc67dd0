/* SPDX-License-Identifier: MIT */
#include "endpoint.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"

#define UNIX_SCHEME "unix://"
#define SHOWN 200 /* bytes of a refused address that are repeated */

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
    endpoint->is_unix = true;
    memcpy(endpoint->path, path, len + 1);
    (void)snprintf(endpoint->address, sizeof(endpoint->address),
                   UNIX_SCHEME "%s", path);
    (void)snprintf(endpoint->authority, sizeof(endpoint->authority),
                   "localhost");
    return DEXEC_OK;
}

/* Letters, digits and a few marks; inside brackets hex digits and colons. */
static size_t host_length(const char *text)
{
    static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz"
                                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789.-_";
    size_t len = 0;

    if (text[0] != '[') {
        return strspn(text, name_chars);
    }
    len = strspn(text + 1, "0123456789abcdefABCDEF:.");
    return len > 0 && text[len + 1] == ']' ? len + 2 : 0;
}

/* Returns 0 for anything but 1 to 65535, with nothing but a slash behind. */
static uint16_t read_port(const char *text)
{
    unsigned port = 0;
    size_t digits = strspn(text, "0123456789");
    const char *rest = text + digits;

    if (digits == 0 || digits > 5 ||
        (*rest != '\0' && strcmp(rest, "/") != 0)) {
        return 0;
    }
    for (size_t i = 0; i < digits; i++) {
        port = port * 10 + (unsigned)(text[i] - '0');
    }
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

static enum dexec_code parse_tcp(const char *text, const char *authority,
                                 struct dx_endpoint *endpoint,
                                 struct dexec_error *err)
{
    size_t len = host_length(authority);

    if (len == 0 || len > DX_HOST_NAME_MAX + 2) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host %.*s: no valid host name, use tcp://HOST:PORT",
                       SHOWN, text);
    }
    if (authority[len] == ':') {
        endpoint->port = read_port(authority + len + 1);
    }
    if (endpoint->port == 0) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host %.*s: a port from 1 to 65535 must end it, as in "
                       "tcp://127.0.0.1:2375",
                       SHOWN, text);
    }
    memcpy(endpoint->host, authority, len);
    endpoint->host[len] = '\0';
    (void)snprintf(endpoint->authority, sizeof(endpoint->authority), "%s:%u",
                   endpoint->host, (unsigned)endpoint->port);
    (void)snprintf(endpoint->address, sizeof(endpoint->address), "tcp://%s:%u",
                   endpoint->host, (unsigned)endpoint->port);
    return DEXEC_OK;
}

static enum dexec_code parse_any(const char *text, struct dx_endpoint *endpoint,
                                 struct dexec_error *err)
{
    if (has_control(text)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host: the address holds a control character");
    }
    if (starts_with(text, UNIX_SCHEME)) {
        return parse_unix(text + strlen(UNIX_SCHEME), endpoint, err);
    }
    if (starts_with(text, "tcp://")) {
        return parse_tcp(text, text + strlen("tcp://"), endpoint, err);
    }
    if (starts_with(text, "http://")) {
        return parse_tcp(text, text + strlen("http://"), endpoint, err);
    }
    return dx_fail(err, DEXEC_E_INVALID, 0,
                   "host %.*s: use unix:///PATH, tcp://HOST:PORT or "
                   "http://HOST:PORT",
                   SHOWN, text);
}

enum dexec_code dx_endpoint_parse(const char *text,
                                  struct dx_endpoint *out_endpoint,
                                  struct dexec_error *err)
{
    struct dx_endpoint endpoint = {0};
    enum dexec_code rc = parse_any(text, &endpoint, err);

    if (rc == DEXEC_OK) {
        *out_endpoint = endpoint;
    }
    return rc;
}
