/* SPDX-License-Identifier: MIT */
/*
 * client.h - where the daemon is and how to talk to it.
 *
 * Threads: one client may be used by any number of threads at once (its
 * callbacks and its allocator then are, too), but for dexec_client_negotiate()
 * and dexec_client_free(), which must be alone. Two clients share nothing.
 */
#ifndef DEXEC_CLIENT_H
#define DEXEC_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>
#include <dexec/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

struct dexec_client; /* opaque; made by dexec_client_new() */

/*
 * The memory functions of one client. All three are required; they follow
 * malloc, realloc and free, with @user passed through.
 */
struct dexec_allocator {
    void *user;
    void *(*alloc)(void *user, size_t size);
    void *(*resize)(void *user, void *memory, size_t size);
    void (*release)(void *user, void *memory);
};

struct dexec_request; /* one that is about to be sent; opaque */

/*
 * Called before each request is sent, to look at it and to set headers. It may
 * not call the client. Return false to refuse it: the call then fails with
 * DEXEC_E_STOPPED and nothing is sent.
 */
typedef bool (*dexec_request_fn)(void *user, struct dexec_request *request);

/* "GET" or "POST". */
DEXEC_EXPORT const char *
dexec_request_method(const struct dexec_request *request);

/* With its query, percent-encoded. */
DEXEC_EXPORT const char *
dexec_request_path(const struct dexec_request *request);

/*
 * Add a header, or replace the one of that name, whatever its case: Host,
 * User-Agent and Content-Type are set before the hook is called.
 *
 * Returns DEXEC_OK or
 *   DEXEC_E_INVALID  a name that is no token, a control character in the
 *                    value, more than 32 KiB of headers, or a name that the
 *                    library must set itself: Connection, Content-Length,
 *                    Expect, Transfer-Encoding, Upgrade
 *   DEXEC_E_NOMEM
 */
DEXEC_EXPORT enum dexec_code
dexec_request_set_header(struct dexec_request *request, const char *name,
                         const char *value, struct dexec_error *err);

enum dexec_trace_event {
    DEXEC_TRACE_SENT,       /* bytes to the daemon */
    DEXEC_TRACE_RECEIVED,   /* bytes from it: on a stream, one read */
    DEXEC_TRACE_FRAME,      /* a frame's header was read from a stream */
    DEXEC_TRACE_HALF_CLOSE, /* we closed our side of a stream */
    DEXEC_TRACE_END,        /* the daemon closed its side */
    DEXEC_TRACE_RESET       /* the connection is gone */
};

struct dexec_trace {
    enum dexec_trace_event event;
    uint64_t time_us;     /* since dexec_client_new(), monotonic */
    unsigned connection;  /* a stream's, from 1; 0 = a plain call, of which
                           * only SENT and RECEIVED are told */
    unsigned segment;     /* the connection's reads so far; a frame's: the one
                           * that its header began in */
    const void *data;     /* SENT, RECEIVED: the bytes, borrowed for the call */
    size_t len;           /* and how many */
    uint64_t offset;      /* bytes that went the same way before; a frame's:
                           * where its header is, counted from the end of the
                           * response head */
    enum dexec_kind kind; /* FRAME */
    uint32_t frame_length; /* FRAME: bytes of payload that it announces */
};

/* Called for all that is sent and received, as it is: credentials too. It may
 * not call the client. */
typedef void (*dexec_trace_fn)(void *user, const struct dexec_trace *trace);

/*
 * Start from DEXEC_CLIENT_OPTIONS_INIT; zero is the default of every other
 * field. All pointers are borrowed until dexec_client_new() returns, but for
 * what callbacks and allocator point at, which must outlive the client.
 *
 * Where the daemon is, by the first of these that is set: host; context;
 * podman; the environment's DOCKER_HOST; its DOCKER_CONTEXT; the current
 * context of Docker's config.json; unix:///var/run/docker.sock.
 */
struct dexec_client_options {
    size_t size;             /* sizeof of the struct the caller compiled */
    const char *host;        /* unix:///PATH
                              * tcp://HOST:PORT or http://HOST:PORT
                              * https://HOST:PORT
                              * ssh://[USER@]HOST[:PORT][/PATH], which runs "ssh
                              * ... docker system dial-stdio"; PATH is the
                              * daemon's socket over there */
    const char *context;     /* a Docker context's name; not with host */
    bool podman;             /* find Podman's socket: CONTAINER_HOST and
                              * DOCKER_HOST if it is a socket, then
                              * $XDG_RUNTIME_DIR/podman/podman.sock,
                              * /run/user/UID/podman/podman.sock,
                              * /run/podman/podman.sock and
                              * /var/run/docker.sock, if it exists */
    bool tls;                /* TLS with tcp://, too. Also switched on by any of
                              * the files below, by the environment's
                              * DOCKER_TLS_VERIFY or DOCKER_TLS, or by the
                              * context's files */
    bool tls_no_verify;      /* take any certificate of the daemon's */
    const char *tls_ca_file; /* PEM. NULL = the context's, else ca.pem, */
    const char *tls_cert_file;    /* cert.pem and key.pem, as far as they exist,
                                   * of $DOCKER_CERT_PATH, else of Docker's */
    const char *tls_key_file;     /* config folder; without a CA the system's */
    const char *api_version;      /* "1.41" asks /v1.41/...; NULL = unversioned;
                                   * see dexec_client_negotiate() too */
    const char *user_agent;       /* NULL = "libdexec/VERSION" */
    uint32_t connect_timeout_ms;  /* 0 = 10 000; a TLS handshake is in it */
    uint32_t response_timeout_ms; /* from the first byte sent to the response
                                   * head of a start; of any other call
                                   * from its beginning to the last byte of
                                   * the answer; 0 = 120 000, which is
                                   * bollard's (0.22) */
    uint32_t idle_timeout_ms;     /* of a stream: no byte either way for so
                                   * long; 0 = none */
    uint32_t total_timeout_ms;    /* of a stream, from dexec_start(), and of
                                   * dexec_run() without one of its own; 0 =
                                   * none */
    dexec_request_fn on_request;  /* NULL = none */
    void *on_request_user;
    dexec_trace_fn on_trace; /* NULL = none */
    void *on_trace_user;
    const struct dexec_allocator *allocator; /* copied; NULL = malloc */
};

#define DEXEC_CLIENT_OPTIONS_INIT                                              \
    {                                                                          \
        .size = sizeof(struct dexec_client_options)                            \
    }

/*
 * Prepare the library's own dependencies. Call it once, before the program
 * starts its threads; dexec_client_new() does so itself where it was not.
 * Returns DEXEC_OK or DEXEC_E_NOMEM.
 */
DEXEC_EXPORT enum dexec_code dexec_global_init(void);

/*
 * Make a client. Nothing is sent and nothing is connected yet; environment,
 * config.json, contexts and certificates are read here and never again.
 *
 * @options     NULL = all defaults
 * @out_client  yours; give it to dexec_client_free()
 *
 * Returns DEXEC_OK or
 *   DEXEC_E_INVALID  a host that is not of the forms above, a unix path that
 *                    does not fit a socket address (107 bytes), a context
 *                    that is not there or cannot be read, TLS files that
 *                    are not there or do not make a pair, TLS with a host
 *                    that has none, an API version that is not N.M, an
 *                    unknown options->size
 *   DEXEC_E_CONNECT  podman, and no socket was found
 *   DEXEC_E_TLS      a TLS file does not hold what it should
 *   DEXEC_E_NOMEM
 */
DEXEC_EXPORT enum dexec_code
dexec_client_new(const struct dexec_client_options *options,
                 struct dexec_client **out_client, struct dexec_error *err);

/* Free @client, which may be NULL. Its streams must be freed before it. */
DEXEC_EXPORT void dexec_client_free(struct dexec_client *client);

/* The daemon's address as the client understood it; owned by the client. */
DEXEC_EXPORT const char *dexec_client_host(const struct dexec_client *client);

#define DEXEC_API_VERSION "1.53" /* the newest that the library knows */

/*
 * Ask the daemon (GET /version) which API it speaks, and from now on use its
 * newest version or DEXEC_API_VERSION, whichever is older. A client is not
 * negotiated unless this is called: unversioned requests get the daemon's
 * newest.
 *
 * Returns DEXEC_OK or DEXEC_E_PROTOCOL (an answer without an ApiVersion of
 * the form N.M, or a daemon that speaks nothing so old any more), _NOMEM,
 * _CONNECT, _TLS, _TIMEOUT, _CLOSED, _RESET, _HTTP, _STOPPED.
 */
DEXEC_EXPORT enum dexec_code dexec_client_negotiate(struct dexec_client *client,
                                                    struct dexec_error *err);

/* The version in use, such as "1.41", or "" when requests are unversioned;
 * owned by the client. */
DEXEC_EXPORT const char *
dexec_client_api_version(const struct dexec_client *client);

#ifdef __cplusplus
}
#endif

#endif
