/* SPDX-License-Identifier: MIT */
/* wire.h - the door through which a player's bytes leave. */
#ifndef MD_WIRE_H
#define MD_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

enum md_wire_result {
    MD_WIRE_OK = 0, /* out_written bytes were taken, maybe not all */
    MD_WIRE_FULL,   /* none for now */
    MD_WIRE_GONE    /* the other end is not there any more */
};

struct md_wire_ops {
    /* One write of up to two pieces. */
    enum md_wire_result (*write)(void *self, const struct iovec *pieces,
                                 int count, size_t *out_written);
    /* Bytes of a file that need not be looked at, without reading them; NULL =
     * they must be written. 0 bytes and OK: the file is shorter. */
    enum md_wire_result (*send_file)(void *self, int file, uint64_t off,
                                     size_t len, size_t *out_written);
};

struct md_wire {
    const struct md_wire_ops *ops;
    void *self;
};

struct md_tls_link;

/* A wire on a non-blocking stream socket, which is borrowed, or on the TLS that
 * is spoken there. */
struct md_socket {
    int fd;
    struct md_tls_link *tls; /* NULL = none */
    bool is_tcp;
    bool ends_reads; /* see md_socket_end_reads() */
    uint64_t sent;   /* bytes */
};

/* Learn what @fd is; on TCP send each write at once. @tls: as above. */
void md_socket_init(struct md_socket *socket, int fd, struct md_tls_link *tls);

/*
 * From now on what is written at once to a unix socket ends the read that it
 * is read by: each write carries a descriptor of nothing, and the kernel never
 * goes on reading behind one (unix_stream_read_generic() in Linux). A client
 * that does not ask for descriptors never knows. For writes of up to 32 KiB.
 */
void md_socket_end_reads(struct md_socket *socket);

/* The wire that writes to @socket. With TLS a write is a record. */
struct md_wire md_socket_wire(struct md_socket *socket);

/* As recv(), 0 being the end of the client's side. Over TLS close_notify is
 * that; an end without it is an error. */
ssize_t md_socket_read(const struct md_socket *socket, void *bytes,
                       size_t size);

/* Bytes, or the end, are there to be read. */
bool md_socket_has_input(const struct md_socket *socket);

/* So are bytes that the kernel does not know of: no event will tell. */
bool md_socket_has_hidden(const struct md_socket *socket);

/* End our side: the client reads end of file after what was written. Over TLS
 * that is close_notify, and md_socket_flush() must follow. */
void md_socket_fin(const struct md_socket *socket);

/* TLS only, else as that: end our side without close_notify, or by a fatal
 * alert. */
void md_socket_fin_bare(const struct md_socket *socket);
void md_socket_alert(const struct md_socket *socket);

/* Send what is held back. False: again when the socket is writable. */
bool md_socket_flush(const struct md_socket *socket);

/* Reset the connection: on TCP always, on a unix socket the client sees one
 * only when it sent bytes that were not read. The descriptor stays open, and
 * stands for nothing. */
void md_socket_reset(const struct md_socket *wire);

/* Bytes that were written and that, on a unix socket, the client has not read,
 * on TCP, its kernel has not acknowledged. */
size_t md_socket_unsent(const struct md_socket *socket);

/*
 * Bytes that a TCP client's kernel holds for it. False where that cannot be
 * known: the client is not in our network namespace, or sock_diag is missing.
 */
bool md_socket_peer_unread(const struct md_socket *socket, size_t *out_len);

/* Bytes that have come and were not read; not for TLS. */
size_t md_socket_unread(const struct md_socket *socket);

#endif
