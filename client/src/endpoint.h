/* SPDX-License-Identifier: MIT */
/* endpoint.h - read the address of a daemon. */
#ifndef DX_ENDPOINT_H
#define DX_ENDPOINT_H

#include <stdint.h>

#include <dexec/error.h>

#include "limits.h"

enum dx_scheme { DX_SCHEME_UNIX, DX_SCHEME_TCP, DX_SCHEME_TLS, DX_SCHEME_SSH };

struct dx_endpoint {
    enum dx_scheme scheme;
    char path[DX_UNIX_PATH_MAX + 1]; /* unix: the socket. ssh: the socket at
                                      * the far end, in characters that no
                                      * shell minds, or "" */
    char user[DX_SSH_USER_MAX + 1];  /* ssh: the login name, or "" */
    char host[DX_HOST_NAME_MAX + 3]; /* tcp, tls: a name or "[v6 address]";
                                      * ssh: the same without brackets */
    uint16_t port;                   /* tcp, tls, ssh; 0 = ssh's own */
    char address[DX_ADDRESS_SIZE];   /* as text, in one form of several */
    char authority[DX_ADDRESS_SIZE]; /* H:P, "localhost" for unix and ssh */
};

/*
 * Read one of
 *   unix:///PATH
 *   tcp://HOST:PORT[/] or http://HOST:PORT[/], which means the same
 *   https://HOST:PORT[/]
 *   ssh://[USER@]HOST[:PORT][/PATH]
 *
 * User and host of an ssh:// address never begin with a dash: they are fit to
 * be arguments of the ssh program. No message repeats a password.
 *
 * @out_endpoint  a value; set on DEXEC_OK only
 *
 * Returns DEXEC_OK or DEXEC_E_INVALID.
 */
enum dexec_code dx_endpoint_parse(const char *text,
                                  struct dx_endpoint *out_endpoint,
                                  struct dexec_error *err);

#endif
