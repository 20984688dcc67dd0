/* SPDX-License-Identifier: MIT */
/* chan.c - a connection of the recorder, plain or TLS, that never waits. */
#include "chan.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "socket.h"

struct md_rec_chan md_rec_chan_none(void)
{
    return (struct md_rec_chan){.fd = -1};
}

bool md_rec_chan_open(struct md_rec_chan *chan, int fd,
                      const struct md_rec_tls *tls, bool is_connecting)
{
    *chan = (struct md_rec_chan){.fd = fd, .is_connecting = is_connecting};
    if (tls == NULL) {
        return true;
    }
    chan->tls = md_rec_tls_open(tls, fd);
    if (chan->tls == NULL) {
        md_rec_chan_close(chan, true);
        return false;
    }
    return true;
}

enum md_rec_io md_rec_chan_ready(struct md_rec_chan *chan)
{
    if (chan->is_connecting) {
        errno = md_rec_socket_error(chan->fd);
        if (errno != 0) {
            return MD_REC_IO_RESET;
        }
        chan->is_connecting = false;
    }
    return chan->tls == NULL ? MD_REC_IO_OK : md_rec_tls_shake(chan->tls);
}

bool md_rec_chan_waits_to_write(const struct md_rec_chan *chan)
{
    return chan->is_connecting ||
           (chan->tls != NULL && md_rec_tls_wants_write(chan->tls));
}

static enum md_rec_io outcome(ssize_t done, size_t *out_len)
{
    if (done >= 0) {
        *out_len = (size_t)done;
        return MD_REC_IO_OK;
    }
    return errno == EAGAIN || errno == EWOULDBLOCK ? MD_REC_IO_AGAIN
                                                   : MD_REC_IO_RESET;
}

enum md_rec_io md_rec_chan_read(struct md_rec_chan *chan, void *data,
                                size_t size, size_t *out_len)
{
    enum md_rec_io io = MD_REC_IO_OK;
    ssize_t done = -1;

    if (chan->tls != NULL) {
        io = md_rec_tls_read(chan->tls, data, size, out_len);
        chan->read_must_write =
            io == MD_REC_IO_AGAIN && md_rec_tls_wants_write(chan->tls);
        return io;
    }
    do {
        done = recv(chan->fd, data, size, 0);
    } while (done < 0 && errno == EINTR);
    return done == 0 ? MD_REC_IO_END : outcome(done, out_len);
}

enum md_rec_io md_rec_chan_write(struct md_rec_chan *chan, const void *data,
                                 size_t len, size_t *out_len)
{
    enum md_rec_io io = MD_REC_IO_OK;
    ssize_t done = -1;

    if (chan->tls != NULL) {
        io = md_rec_tls_write(chan->tls, data, len, out_len);
        chan->write_must_read =
            io == MD_REC_IO_AGAIN && !md_rec_tls_wants_write(chan->tls);
        return io;
    }
    do {
        done = send(chan->fd, data, len, MSG_NOSIGNAL);
    } while (done < 0 && errno == EINTR);
    return outcome(done, out_len);
}

enum md_rec_io md_rec_chan_shut(struct md_rec_chan *chan)
{
    enum md_rec_io io = MD_REC_IO_OK;

    if (chan->tls != NULL) {
        io = md_rec_tls_shut(chan->tls);
        chan->write_must_read =
            io == MD_REC_IO_AGAIN && !md_rec_tls_wants_write(chan->tls);
        return io;
    }
    (void)shutdown(chan->fd, SHUT_WR);
    return MD_REC_IO_OK;
}

void md_rec_chan_close(struct md_rec_chan *chan, bool is_reset)
{
    md_rec_tls_close(chan->tls);
    if (chan->fd >= 0 && is_reset) {
        md_rec_socket_reset(chan->fd);
    } else if (chan->fd >= 0) {
        (void)close(chan->fd);
    }
    *chan = md_rec_chan_none();
}

const char *md_rec_chan_words(const struct md_rec_chan *chan)
{
    return chan->tls != NULL && md_rec_tls_words(chan->tls)[0] != '\0'
               ? md_rec_tls_words(chan->tls)
               : strerror(errno);
}
