/* SPDX-License-Identifier: MIT */
/* endpoint.h - read the address of a daemon. */
#ifndef DX_ENDPOINT_H
#define DX_ENDPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include <dexec/error.h>

#include "limits.h"

struct dx_endpoint {
    bool is_unix;
    char path[DX_UNIX_PATH_MAX + 1]; /* is_unix: the socket */
    char host[DX_HOST_NAME_MAX + 3]; /* else: a name, or "[v6 address]" */
    uint16_t port;                   /* else */
    char address[DX_ADDRESS_SIZE];   /* as text: unix://PATH, tcp://H:P */
    char authority[DX_ADDRESS_SIZE]; /* H:P, "localhost" for a socket */
};

/*
 * Read unix:///PATH, tcp://HOST:PORT or http://HOST:PORT, the last two with an
 * optional final slash.
 *
 * @out_endpoint  a value; set on DEXEC_OK only
 *
 * Returns DEXEC_OK or DEXEC_E_INVALID.
 */
enum dexec_code dx_endpoint_parse(const char *text,
                                  struct dx_endpoint *out_endpoint,
                                  struct dexec_error *err);

#endif
