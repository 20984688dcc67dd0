/* SPDX-License-Identifier: MIT */
/*
 * fake_transport.h - a transport that plays a script held in memory, and a
 * clock that moves only when somebody waits.
 */
#ifndef TESTS_FAKE_TRANSPORT_H
#define TESTS_FAKE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <dexec/client.h>

#include "client.h"

/* What one plain call is answered. */
struct fake_answer {
    enum dexec_code code; /* not OK = the exchange fails with it */
    int status;
    const char *body;
};

struct fake_script {
    const struct fake_answer *answers; /* the last one is repeated */
    size_t answer_count;

    enum dexec_code connect_code;
    const char *bytes; /* that the daemon sends on the link */
    size_t len;
    size_t piece;      /* bytes a read gets at most; 0 = all there are */
    size_t cut;        /* no read goes across this offset; 0 = none */
    bool waits;        /* each piece must be waited for */
    bool is_silent;    /* at the end of bytes: neither end nor reset */
    bool resets;       /* at the end of bytes: reset instead of end */
    bool echoes_first; /* behind the first read nothing is sent before a '!'
                        * was written */
    bool ends_by_shut; /* behind the first read nothing is sent before our
                        * half-close */
    size_t shut_waits; /* a half-close must be waited for so often */
    bool shut_resets;  /* and then finds the connection gone */
    bool write_waits;  /* each write must be waited for */
    size_t write_max;  /* bytes a write takes at most; 0 = all */
    size_t write_room; /* bytes taken in all, then reset; 0 = any number */
    bool stalls;       /* then no reset either: nothing is taken any more */

    /* What was seen. */
    size_t calls;
    char method[8];
    char path[256]; /* of the last plain call */
    char body[512];
    uint32_t timeout_ms;
    char sent[4096]; /* on the link */
    size_t sent_len;
    bool was_shut;
    size_t read_len;
    bool may_read;   /* the next piece was waited for */
    bool may_write;  /* so was the next write */
    unsigned wanted; /* of the last wait, as enum dexec_ready */
    size_t links;    /* open ones */
    size_t transports;
    uint64_t now_ms;
};

/* What fake_client_new() takes, to be changed. */
struct dexec_client_options fake_client_options(void);

/* A client on @script, which is borrowed for its life. */
enum dexec_code fake_client_new_by(struct fake_script *script,
                                   const struct dexec_client_options *options,
                                   struct dexec_client **out_client,
                                   struct dexec_error *err);

/* The same with fake_client_options(). @allocator may be NULL. */
enum dexec_code fake_client_new(struct fake_script *script,
                                const struct dexec_allocator *allocator,
                                struct dexec_client **out_client,
                                struct dexec_error *err);

/*
 * What poll() is to the caller of a stream that does not wait: something that
 * is @wanted (enum dexec_ready) can be done, or @timeout_ms have passed on the
 * script's clock. To wait for what never comes without a time-out aborts.
 */
void fake_poll(struct fake_script *script, unsigned wanted, int timeout_ms);

#endif
