/* SPDX-License-Identifier: MIT */
/*
 * locate.h - find the daemon as the docker command does.
 *
 * The host is the first there is of
 *   the caller's host
 *   the caller's context
 *   DOCKER_HOST
 *   DOCKER_CONTEXT
 *   currentContext of config.json
 *   unix:///var/run/docker.sock
 * and for Podman of
 *   CONTAINER_HOST, if it is unix:// or tcp://
 *   DOCKER_HOST, if it is unix://
 *   XDG_RUNTIME_DIR/podman/podman.sock, if it exists; so do the others:
 *   /run/user/UID/podman/podman.sock
 *   /run/podman/podman.sock
 *   /var/run/docker.sock
 * The context "default" is DOCKER_HOST or the default socket. config.json and
 * the contexts are in DOCKER_CONFIG, or else in HOME/.docker. A variable that
 * is set to nothing counts as not set.
 *
 * An https:// host has TLS. A tcp:// host has it
 *   where the caller said anything of TLS, or
 *   where it is a named context's, if that has TLS files or skips verifying,
 *   or where it is any other's, with DOCKER_TLS_VERIFY or DOCKER_TLS.
 * It is verified, but for the caller's tls_no_verify, a context that skips it,
 * and a host that has TLS because of DOCKER_TLS alone. As with the docker
 * command, a named context stands for the whole environment: DOCKER_TLS*,
 * DOCKER_CERT_PATH and the configuration folder's certificates are for hosts
 * that are not a named context's.
 */
#ifndef DX_LOCATE_H
#define DX_LOCATE_H

#include <stdbool.h>

#include <dexec/error.h>

#include "endpoint.h"
#include "limits.h"
#include "mem.h"
#include "world.h"

/* What the caller asked for; NULL and false are "nothing said". Borrowed. */
struct dx_where {
    const char *host;    /* of these three at most one */
    const char *context; /* a name */
    bool podman;
    bool tls;
    bool tls_no_verify;
    const char *tls_ca_file;
    const char *tls_cert_file; /* this and tls_key_file come as a pair */
    const char *tls_key_file;
};

/* Each file is its path; "" = the system's CAs, no client certificate. */
struct dx_tls_files {
    bool verify;
    char ca_file[DX_FILE_PATH_SIZE];
    char cert_file[DX_FILE_PATH_SIZE];
    char key_file[DX_FILE_PATH_SIZE];
};

/* A value of 14 KB; nothing to free. */
struct dx_location {
    struct dx_endpoint endpoint; /* a tcp:// address with TLS stays tcp:// as
                                  * text; its scheme is DX_SCHEME_TLS */
    struct dx_tls_files tls;     /* all zero for other schemes */
};

/*
 * Find the daemon. Nothing is connected; the TLS files are not opened.
 *
 * A file that the caller names is taken as it is; ca.pem, or the pair of
 * cert.pem and key.pem, that the caller did not name are looked for in one
 * folder: the context's, else DOCKER_CERT_PATH, else the configuration's.
 *
 * @mem           for the time of the call
 * @out_location  set on DEXEC_OK only
 *
 * Returns DEXEC_OK or
 *   DEXEC_E_INVALID  more than one of host, context and podman; a malformed
 *                    host; an unknown context or a name no context may have;
 *                    a configuration file that is malformed, unreadable or
 *                    longer than DX_CONFIG_FILE_MAX; TLS asked of a unix://
 *                    or ssh:// host; a TLS file that is not there; half a
 *                    pair; DOCKER_CERT_PATH with none of the three files
 *   DEXEC_E_CONNECT  podman, and there is none of its sockets
 *   DEXEC_E_NOMEM
 */
enum dexec_code dx_locate(const struct dx_where *where,
                          const struct dx_world *world,
                          const struct dx_mem *mem,
                          struct dx_location *out_location,
                          struct dexec_error *err);

#endif
