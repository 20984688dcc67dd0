/* SPDX-License-Identifier: MIT */
/*
 * manners.h - how a faulty engine treats its client.
 *
 * Without any all bytes are read as they come, and counted.
 */
#ifndef MD_MANNERS_H
#define MD_MANNERS_H

#include <stdbool.h>
#include <stdint.h>

enum md_manner_code {
    MD_MANNER_LEAVE = 0,    /* nothing is read, and counts all the same */
    MD_MANNER_NO_READ,      /* nothing for `number` ms, 0 = for ever */
    MD_MANNER_SLOW_READ,    /* at most `number` bytes a second */
    MD_MANNER_BUFFER,       /* the kernel keeps `number` bytes for us */
    MD_MANNER_DROP_EARLY,   /* what comes before the head is out is lost */
    MD_MANNER_ECHO,         /* what comes goes back as output */
    MD_MANNER_IGNORE_END,   /* the client's end opens no gate */
    MD_MANNER_CLOSE_ON_END, /* the client's end ends both sides */
    MD_MANNER_BLACKHOLE,    /* after `number` ms nothing is sent any more */
    MD_MANNER_NO_NOTIFY,    /* our side ends without close_notify */
    MD_MANNER_RECORDS,      /* a TLS record has at most `number` bytes */
    MD_MANNERS
};

struct md_manner {
    unsigned fault; /* whose it is; 0 = it is not asked for */
    uint64_t number;
    bool has_shown;
};

struct md_manners {
    struct md_manner of[MD_MANNERS];
};

#endif
