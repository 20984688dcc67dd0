/* SPDX-License-Identifier: MIT */
/* link_socket.h - a link on a connected stream socket. */
#ifndef DX_LINK_SOCKET_H
#define DX_LINK_SOCKET_H

#include <dexec/error.h>

#include "link.h"
#include "mem.h"

/* Whatever holds the socket, and closes it when the link is freed. */
struct dx_socket_owner {
    void *user;
    void (*release)(void *user);
    const char *(*words)(void *user); /* as in link.h; NULL = none */
};

/*
 * @fd        connected and non-blocking; closed by @owner
 * @mem       borrowed for the link's life
 * @out_link  the caller's; on failure @owner is still the caller's too
 *
 * Returns DEXEC_OK or DEXEC_E_NOMEM.
 */
enum dexec_code dx_link_socket_new(int fd, const struct dx_socket_owner *owner,
                                   const struct dx_mem *mem,
                                   struct dx_link **out_link,
                                   struct dexec_error *err);

#endif
