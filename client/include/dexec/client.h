/* SPDX-License-Identifier: MIT */
/*
 * client.h - where the daemon is and how to talk to it.
 *
 * Threads: one client, with the streams made from it, may be used by one
 * thread at a time. Two clients share nothing.
 */
#ifndef DEXEC_CLIENT_H
#define DEXEC_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include <dexec/error.h>

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

/*
 * Start from DEXEC_CLIENT_OPTIONS_INIT; zero is the default of every other
 * field. All pointers are borrowed until dexec_client_new() returns, but for
 * what the allocator itself points at, which must outlive the client.
 */
struct dexec_client_options {
    size_t size;             /* sizeof of the struct the caller compiled */
    const char *host;        /* unix:///PATH, tcp://HOST:PORT or
                              * http://HOST:PORT; NULL = the environment's
                              * DOCKER_HOST, else
                              * unix:///var/run/docker.sock */
    const char *api_version; /* "1.41" asks /v1.41/...; NULL = unversioned */
    const char *user_agent;  /* NULL = "libdexec/VERSION" */
    uint32_t connect_timeout_ms;  /* 0 = 10 000 */
    uint32_t response_timeout_ms; /* from the first byte sent to the response
                                   * head of a start; of any other call
                                   * from its beginning to the last byte of
                                   * the answer; 0 = 120 000, which is
                                   * bollard's (0.22) */
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
 * Make a client. Nothing is sent and nothing is connected yet.
 *
 * @options     NULL = all defaults
 * @out_client  yours; give it to dexec_client_free()
 *
 * Returns DEXEC_OK or
 *   DEXEC_E_INVALID  a host that is not of the forms above, a unix path that
 *                    does not fit a socket address (107 bytes), an API
 *                    version that is not N.M, an unknown options->size
 *   DEXEC_E_NOMEM
 */
DEXEC_EXPORT enum dexec_code
dexec_client_new(const struct dexec_client_options *options,
                 struct dexec_client **out_client, struct dexec_error *err);

/* Free @client, which may be NULL. Its streams must be freed before it. */
DEXEC_EXPORT void dexec_client_free(struct dexec_client *client);

/* The daemon's address as the client understood it; owned by the client. */
DEXEC_EXPORT const char *dexec_client_host(const struct dexec_client *client);

#ifdef __cplusplus
}
#endif

#endif
