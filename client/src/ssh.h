/* SPDX-License-Identifier: MIT */
/*
 * ssh.h - a connection to a daemon through the ssh program.
 *
 * Runs "ssh ... docker system dial-stdio" with one end of a socket pair as its
 * input and output; the other end is the connection. Closing our side for
 * writing reaches the daemon as a half-close: ssh and dial-stdio pass it on.
 */
#ifndef DX_SSH_H
#define DX_SSH_H

#include <stdint.h>

#include <dexec/error.h>

#include "endpoint.h"
#include "mem.h"

#define DX_SSH_WORDS_SIZE                                                      \
    256 /* bytes of a line that are kept, with the NUL                         \
         */

struct dx_ssh;

/*
 * @timeout_ms  ssh's own for making the connection, in whole seconds
 * @mem         borrowed for its life
 * @out_ssh     the caller's, to dx_ssh_close()
 *
 * Returns DEXEC_OK, DEXEC_E_CONNECT (there is no ssh program, no descriptor
 * or no process left) or DEXEC_E_NOMEM. What ssh then meets shows as the
 * connection's end.
 */
enum dexec_code dx_ssh_open(const struct dx_endpoint *endpoint,
                            uint32_t timeout_ms, const struct dx_mem *mem,
                            struct dx_ssh **out_ssh, struct dexec_error *err);

/* The connection: a non-blocking socket. Owned by @ssh. */
int dx_ssh_fd(const struct dx_ssh *ssh);

/*
 * The last line that ssh or the far end said on standard error so far, "" if
 * none. Owned by @ssh, until the next call. Bounded by DX_SSH_WORDS_SIZE.
 */
const char *dx_ssh_words(struct dx_ssh *ssh);

/* Close the connection and end the program. */
void dx_ssh_close(struct dx_ssh *ssh);

#endif
