/* SPDX-License-Identifier: MIT */
/* socket.h - addresses, listeners and connections of the recording relay. */
#ifndef MD_REC_SOCKET_H
#define MD_REC_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "fail.h"
#include "tls.h"

#define MD_REC_PATH_MAX 107 /* bytes of a unix socket's path, by the kernel */
#define MD_REC_URL_SIZE 160 /* "unix://" and a path, with the final NUL */

#define MD_REC_HOST_SIZE 256 /* a host's name has at most 253 bytes */

struct md_rec_address {
    bool is_unix;
    bool is_tls;                 /* https:// */
    char host[MD_REC_HOST_SIZE]; /* as the URL has it, without brackets */
    socklen_t len;
    struct sockaddr_storage storage;
};

/*
 * Read unix:///PATH, tcp://HOST:PORT or https://HOST:PORT; a host's name is
 * looked up.
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID, or MOCKD_E_SYSTEM (the name is not
 * known).
 */
enum mockd_code md_rec_address_parse(const char *url,
                                     struct md_rec_address *out_address,
                                     struct mockd_error *err);

/* A socket that is connecting to @address, non-blocking; -1 and errno when
 * that failed at once. It is connected when it can be written to and
 * md_rec_socket_error() is 0. */
int md_rec_socket_connect(const struct md_rec_address *address);

/* The error that is pending on @fd, 0 = none. */
int md_rec_socket_error(int fd);

/* A socket taken from a listener, non-blocking; -1 and errno when there is
 * none. */
int md_rec_socket_accept(int listener);

/* Close so that the peer is told of a reset, where the kernel has one. */
void md_rec_socket_reset(int fd);

struct md_rec_listener {
    int fd;                        /* -1 = not listening */
    const struct md_rec_tls *tls;  /* NULL = plain; borrowed */
    char url[MD_REC_URL_SIZE];     /* for a client */
    char dir[MD_REC_PATH_MAX + 1]; /* folder of its own; "" = none */
};

/* What a listener is before it listens. */
struct md_rec_listener md_rec_listener_none(void);

/*
 * Listen on the unix socket @path; "auto": docker.sock in a new folder, for
 * this user only.
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (a path over MD_REC_PATH_MAX) or
 * MOCKD_E_SYSTEM.
 */
enum mockd_code md_rec_listen_unix(const char *path,
                                   struct md_rec_listener *out_listener,
                                   struct mockd_error *err);

/*
 * Listen on "127.0.0.1:PORT", "localhost:PORT" or "[::1]:PORT"; port 0 is a
 * free one.
 *
 * @is_remote_allowed  any other address of this machine as well
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (not loopback, not an address) or
 * MOCKD_E_SYSTEM.
 */
enum mockd_code md_rec_listen_tcp(const char *address, bool is_remote_allowed,
                                  struct md_rec_listener *out_listener,
                                  struct mockd_error *err);

/* Stop listening and remove the socket's file and folder. */
void md_rec_listener_close(struct md_rec_listener *listener);

#endif
