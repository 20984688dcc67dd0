/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tls_link.h"

void md_socket_init(struct md_socket *socket, int fd, struct md_tls_link *tls)
{
    struct sockaddr_storage address = {0};
    socklen_t len = sizeof(address);
    int on = 1;
    int off = 0;

    *socket = (struct md_socket){.fd = fd, .tls = tls};
    if (getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        socket->is_tcp = address.ss_family != AF_UNIX;
    }
    if (socket->is_tcp) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &off, sizeof(off));
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
}

void md_socket_end_reads(struct md_socket *socket)
{
    socket->ends_reads = !socket->is_tcp;
}

/* A message's control part with one descriptor. */
struct passenger {
    _Alignas(struct cmsghdr) char bytes[CMSG_SPACE(sizeof(int))];
};

static void add_passenger(struct msghdr *message, struct passenger *passenger,
                          int fd)
{
    struct cmsghdr *header = NULL;

    memset(passenger, 0, sizeof(*passenger));
    message->msg_control = passenger->bytes;
    message->msg_controllen = sizeof(passenger->bytes);
    header = CMSG_FIRSTHDR(message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &fd, sizeof(fd));
}

static enum md_wire_result write_socket(void *self, const struct iovec *pieces,
                                        int count, size_t *out_written)
{
    struct md_socket *socket = self;
    struct iovec copy[2] = {pieces[0], count > 1 ? pieces[1] : pieces[0]};
    struct msghdr message = {.msg_iov = copy, .msg_iovlen = (size_t)count};
    struct passenger passenger;
    int nothing = -1;
    ssize_t sent = -1;

    if (socket->ends_reads) {
        nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    }
    if (nothing >= 0) {
        add_passenger(&message, &passenger, nothing);
    }
    do {
        sent = sendmsg(socket->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (nothing >= 0) {
        (void)close(nothing);
    }
    if (sent >= 0) {
        *out_written = (size_t)sent;
        socket->sent += (uint64_t)sent;
        return MD_WIRE_OK;
    }
    return errno == EAGAIN ? MD_WIRE_FULL : MD_WIRE_GONE;
}

static enum md_wire_result send_file(void *self, int file, uint64_t off,
                                     size_t len, size_t *out_written)
{
    struct md_socket *socket = self;
    off_t at = (off_t)off;
    ssize_t sent = -1;

    do {
        sent = sendfile(socket->fd, file, &at, len);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) {
        *out_written = (size_t)sent;
        socket->sent += (uint64_t)sent;
        return MD_WIRE_OK;
    }
    return errno == EAGAIN ? MD_WIRE_FULL : MD_WIRE_GONE;
}

static enum md_wire_result write_tls(void *self, const struct iovec *pieces,
                                     int count, size_t *out_written)
{
    struct md_socket *socket = self;

    switch (md_tls_write(socket->tls, pieces, count, out_written)) {
    case MD_TLS_OK:
        socket->sent += *out_written;
        return MD_WIRE_OK;
    case MD_TLS_WAIT:
        return MD_WIRE_FULL;
    case MD_TLS_END:
    case MD_TLS_GONE:
        break;
    }
    return MD_WIRE_GONE;
}

struct md_wire md_socket_wire(struct md_socket *socket)
{
    static const struct md_wire_ops plain = {.write = write_socket,
                                             .send_file = send_file};
    static const struct md_wire_ops tls = {.write = write_tls};

    return (struct md_wire){.ops = socket->tls == NULL ? &plain : &tls,
                            .self = socket};
}

ssize_t md_socket_read(const struct md_socket *socket, void *bytes, size_t size)
{
    size_t len = 0;

    if (socket->tls == NULL) {
        return recv(socket->fd, bytes, size, MSG_DONTWAIT);
    }
    switch (md_tls_read(socket->tls, bytes, size, &len)) {
    case MD_TLS_OK:
        return (ssize_t)len;
    case MD_TLS_END:
        return 0;
    case MD_TLS_WAIT:
        errno = EAGAIN;
        return -1;
    case MD_TLS_GONE:
        break;
    }
    errno = ECONNRESET;
    return -1;
}

bool md_socket_has_hidden(const struct md_socket *socket)
{
    return socket->tls != NULL && md_tls_has_pending(socket->tls);
}

bool md_socket_has_input(const struct md_socket *socket)
{
    char byte = 0;

    return md_socket_has_hidden(socket) ||
           recv(socket->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

void md_socket_fin(const struct md_socket *socket)
{
    if (socket->tls == NULL) {
        (void)shutdown(socket->fd, SHUT_WR);
    } else {
        md_tls_end(socket->tls);
    }
}

void md_socket_fin_bare(const struct md_socket *socket)
{
    md_tls_end_bare(socket->tls);
}

void md_socket_alert(const struct md_socket *socket)
{
    md_tls_alert(socket->tls);
}

bool md_socket_flush(const struct md_socket *socket)
{
    return socket->tls == NULL || md_tls_flush(socket->tls) != MD_TLS_WAIT;
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

/* On a unix socket the kernel counts memory, and wakes the writer before it has
 * taken the last unit of a freed piece off: 1 is nothing. */
size_t md_socket_unsent(const struct md_socket *socket)
{
    int nothing = socket->is_tcp ? 0 : 1;
    int count = 0;

    return ioctl(socket->fd, SIOCOUTQ, &count) == 0 && count > nothing
               ? (size_t)count
               : 0;
}

struct diag_request {
    struct nlmsghdr header;
    struct inet_diag_req_v2 request;
};

/* Ask for the socket at the other end: our two addresses, swapped. */
static bool make_request(int fd, struct diag_request *out_request)
{
    struct sockaddr_storage ours = {0};
    struct sockaddr_storage theirs = {0};
    socklen_t ours_len = sizeof(ours);
    socklen_t theirs_len = sizeof(theirs);
    struct inet_diag_sockid *id = &out_request->request.id;

    if (getsockname(fd, (struct sockaddr *)&ours, &ours_len) != 0 ||
        getpeername(fd, (struct sockaddr *)&theirs, &theirs_len) != 0) {
        return false;
    }
    *out_request = (struct diag_request){
        .header = {.nlmsg_len = sizeof(*out_request),
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST},
        .request = {
            .sdiag_family = (uint8_t)ours.ss_family,
            .sdiag_protocol = IPPROTO_TCP,
            .idiag_states = UINT32_MAX,
            .id = {.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}}};
    if (ours.ss_family == AF_INET) {
        const struct sockaddr_in *a = (const void *)&theirs;
        const struct sockaddr_in *b = (const void *)&ours;

        id->idiag_sport = a->sin_port;
        id->idiag_dport = b->sin_port;
        id->idiag_src[0] = a->sin_addr.s_addr;
        id->idiag_dst[0] = b->sin_addr.s_addr;
    } else {
        const struct sockaddr_in6 *a = (const void *)&theirs;
        const struct sockaddr_in6 *b = (const void *)&ours;

        id->idiag_sport = a->sin6_port;
        id->idiag_dport = b->sin6_port;
        memcpy(id->idiag_src, &a->sin6_addr, sizeof(id->idiag_src));
        memcpy(id->idiag_dst, &b->sin6_addr, sizeof(id->idiag_dst));
    }
    return true;
}

bool md_socket_peer_unread(const struct md_socket *wire, size_t *out_len)
{
    struct diag_request request;
    union {
        struct nlmsghdr header;
        char bytes[8192];
    } answer;
    const struct inet_diag_msg *found = NULL;
    ssize_t got = 0;
    int diag = 0;

    if (!make_request(wire->fd, &request)) {
        return false;
    }
    diag = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (diag < 0) {
        return false;
    }
    if (send(diag, &request, sizeof(request), 0) == (ssize_t)sizeof(request)) {
        got = recv(diag, &answer, sizeof(answer), 0);
    }
    (void)close(diag);
    if (got < (ssize_t)(sizeof(struct nlmsghdr) + sizeof(*found)) ||
        answer.header.nlmsg_type != SOCK_DIAG_BY_FAMILY) {
        return false;
    }
    found = (const void *)(answer.bytes + NLMSG_HDRLEN);
    *out_len = found->idiag_rqueue;
    return true;
}
