/* SPDX-License-Identifier: MIT */
#include "link.h"

#include <dexec/stream.h>

/* Wait until @wanted is ready: DX_IO_OK or LATE. */
static enum dx_io wait_for(struct dx_link *link, const struct dx_clock *clock,
                           uint64_t deadline_ms, unsigned wanted)
{
    unsigned ready = 0;
    enum dx_io io = DX_IO_OK;

    do {
        int left = dx_clock_left(clock, deadline_ms);

        io = left == 0 ? DX_IO_LATE
                       : link->ops->wait(link, wanted, left, &ready);
    } while (io == DX_IO_LATE && dx_clock_left(clock, deadline_ms) != 0);
    return io;
}

enum dx_io dx_link_read(struct dx_link *link, const struct dx_clock *clock,
                        uint64_t deadline_ms, void *data, size_t size,
                        size_t *out_len)
{
    enum dx_io io = link->ops->read(link, data, size, out_len);

    while (io == DX_IO_AGAIN) {
        io = wait_for(link, clock, deadline_ms, DEXEC_READABLE);
        if (io == DX_IO_OK) {
            io = link->ops->read(link, data, size, out_len);
        }
    }
    return io;
}

enum dx_io dx_link_write(struct dx_link *link, const struct dx_clock *clock,
                         uint64_t deadline_ms, const void *data, size_t len,
                         size_t *out_len)
{
    enum dx_io io = link->ops->write(link, data, len, out_len);

    while (io == DX_IO_AGAIN) {
        io = wait_for(link, clock, deadline_ms, DEXEC_WRITABLE);
        if (io == DX_IO_OK) {
            io = link->ops->write(link, data, len, out_len);
        }
    }
    return io;
}

void dx_link_free(struct dx_link *link)
{
    if (link != NULL) {
        link->ops->free(link);
    }
}
