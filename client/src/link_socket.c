/* SPDX-License-Identifier: MIT */
#include "link_socket.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

#include <dexec/stream.h>

#include "fail.h"

struct socket_link {
    struct dx_link base; /* first, so that one is the other */
    int fd;
    struct dx_socket_owner owner;
    const struct dx_mem *mem;
};

static struct socket_link *from_base(struct dx_link *link)
{
    return (struct socket_link *)link;
}

/* Anything but "later" means that the connection is of no more use. */
static enum dx_io failed_io(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK ? DX_IO_AGAIN : DX_IO_RESET;
}

static enum dx_io socket_read(struct dx_link *link, void *data, size_t size,
                              size_t *out_len)
{
    ssize_t len = 0;

    do {
        len = recv(from_base(link)->fd, data, size, MSG_DONTWAIT);
    } while (len < 0 && errno == EINTR);
    if (len < 0) {
        return failed_io();
    }
    *out_len = (size_t)len;
    return len == 0 ? DX_IO_END : DX_IO_OK;
}

static enum dx_io socket_write(struct dx_link *link, const void *data,
                               size_t len, size_t *out_len)
{
    ssize_t sent = 0;

    do {
        sent =
            send(from_base(link)->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) {
        return failed_io();
    }
    *out_len = (size_t)sent;
    return DX_IO_OK;
}

static enum dx_io socket_shutdown_write(struct dx_link *link)
{
    return shutdown(from_base(link)->fd, SHUT_WR) == 0 ? DX_IO_OK : DX_IO_RESET;
}

static enum dx_io socket_wait(struct dx_link *link, unsigned wanted,
                              int timeout_ms, unsigned *out_ready)
{
    struct pollfd fd = {.fd = from_base(link)->fd};
    unsigned ready = 0;

    fd.events = (short)(((wanted & DEXEC_READABLE) != 0 ? POLLIN : 0) |
                        ((wanted & DEXEC_WRITABLE) != 0 ? POLLOUT : 0));
    if (poll(&fd, 1, timeout_ms) <= 0) {
        return DX_IO_LATE; /* a signal too: the caller looks at its clock */
    }
    ready |= (fd.revents & POLLIN) != 0 ? DEXEC_READABLE : 0U;
    ready |= (fd.revents & POLLOUT) != 0 ? DEXEC_WRITABLE : 0U;
    if ((fd.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
        ready |= DEXEC_READABLE | DEXEC_WRITABLE; /* neither would wait */
    }
    *out_ready = ready & wanted;
    return DX_IO_OK;
}

static unsigned socket_events(const struct dx_link *link, unsigned wanted)
{
    (void)link;
    return wanted;
}

static const char *socket_words(struct dx_link *link)
{
    const struct dx_socket_owner *owner = &from_base(link)->owner;

    return owner->words == NULL ? "" : owner->words(owner->user);
}

static int socket_fd(const struct dx_link *link)
{
    return ((const struct socket_link *)link)->fd;
}

static void socket_free(struct dx_link *link)
{
    struct socket_link *self = from_base(link);

    self->owner.release(self->owner.user);
    dx_mem_free(self->mem, self);
}

static const struct dx_link_ops socket_ops = {
    .read = socket_read,
    .write = socket_write,
    .shutdown_write = socket_shutdown_write,
    .wait = socket_wait,
    .events = socket_events,
    .fd = socket_fd,
    .words = socket_words,
    .free = socket_free,
};

enum dexec_code dx_link_socket_new(int fd, const struct dx_socket_owner *owner,
                                   const struct dx_mem *mem,
                                   struct dx_link **out_link,
                                   struct dexec_error *err)
{
    struct socket_link *self = dx_mem_alloc(mem, sizeof(*self));

    if (self == NULL) {
        return dx_fail_memory(err);
    }
    *self = (struct socket_link){
        .base = {.ops = &socket_ops}, .fd = fd, .owner = *owner, .mem = mem};
    *out_link = &self->base;
    return DEXEC_OK;
}
