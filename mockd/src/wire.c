/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

void md_socket_init(struct md_socket *socket, int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);
    int on = 1;
    int off = 0;

    *socket = (struct md_socket){.fd = fd};
    if (getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        socket->is_tcp = address.ss_family != AF_UNIX;
    }
    if (socket->is_tcp) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &off, sizeof(off));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
}

static enum md_wire_result write_socket(void *self, const struct iovec *pieces,
                                        int count, size_t *out_written)
{
    const struct md_socket *socket = self;
    struct iovec copy[2] = {pieces[0], count > 1 ? pieces[1] : pieces[0]};
    struct msghdr message = {.msg_iov = copy, .msg_iovlen = (size_t)count};
    ssize_t sent = -1;

    do {
        sent = sendmsg(socket->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) {
        *out_written = (size_t)sent;
        return MD_WIRE_OK;
    }
    return errno == EAGAIN ? MD_WIRE_FULL : MD_WIRE_GONE;
}

struct md_wire md_socket_wire(struct md_socket *socket)
{
    static const struct md_wire_ops ops = {.write = write_socket};

    return (struct md_wire){.ops = &ops, .self = socket};
}

void md_socket_fin(const struct md_socket *socket)
{
    (void)shutdown(socket->fd, SHUT_WR);
}

void md_socket_reset(const struct md_socket *wire)
{
    /* Whoever owns the descriptor shuts it down before closing it, which the
     * client would take for an end. So the connection is closed beneath it:
     * another socket takes its number. */
    int other = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct linger at_once = {.l_onoff = 1};

    if (other < 0) {
        return;
    }
    (void)setsockopt(wire->fd, SOL_SOCKET, SO_LINGER, &at_once,
                     sizeof(at_once));
    if (dup2(other, wire->fd) >= 0) {
        (void)fcntl(wire->fd, F_SETFD, FD_CLOEXEC);
    }
    (void)close(other);
}

size_t md_socket_unread(const struct md_socket *socket)
{
    int count = 0;

    return ioctl(socket->fd, FIONREAD, &count) == 0 && count > 0 ? (size_t)count
                                                                 : 0;
}
