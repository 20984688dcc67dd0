/* SPDX-License-Identifier: MIT */
/*
 * tiny_engine.h - a small exec API of our own that is wrong on purpose.
 *
 * It runs commands on this machine, as an engine would in a container, so that
 * cases meet real processes; each bug is one thing that an engine could get
 * wrong. It proves that the suite can fail.
 */
#ifndef TINY_ENGINE_H
#define TINY_ENGINE_H

#include <stdbool.h>

enum tiny_bug {
    TINY_NONE = 0,
    TINY_DROPS_LAST_FRAME,
    TINY_DOUBLES_FIRST_FRAME,
    TINY_ONE_STREAM_ONLY,     /* standard error has the type of output */
    TINY_PADS_FRAMES,         /* bytes 1 to 3 of a header are not zero */
    TINY_LITTLE_ENDIAN,       /* the length is */
    TINY_CUTS_LAST_FRAME,     /* the stream ends inside a payload */
    TINY_EXITS_WITH_0,        /* whatever the process did */
    TINY_EXITS_WITH_99,       /* and it says that it is Docker 20.10.24 */
    TINY_RUNS_ON,             /* inspect never sees an end */
    TINY_CHUNKS_200,          /* without Upgrade, Transfer-Encoding: chunked */
    TINY_NEVER_ENDS,          /* the stream stays open */
    TINY_IGNORES_HALF_CLOSE,  /* the process never reads end of file */
    TINY_SAYS_200_TO_UNKNOWN, /* an unknown exec is inspected all the same */
};

struct tiny_engine;

/* Serve on the unix socket @path. Returns NULL when it cannot. */
struct tiny_engine *tiny_engine_start(const char *path, enum tiny_bug bug);

/* Close the socket and wait for every thread; NULL is allowed. */
void tiny_engine_stop(struct tiny_engine *engine);

#endif
