/* SPDX-License-Identifier: MIT */
/* interrupt.h - SIGINT and SIGTERM as a descriptor to poll, so that a run can
 * clean up first. */
#ifndef DRY_INTERRUPT_H
#define DRY_INTERRUPT_H

#include <stdbool.h>

/* From now on both signals are only noted. Returns the descriptor that becomes
 * readable, or -1 with errno set. Once in a process. */
int dry_interrupt_watch(void);

/* The signal that came, 0 when none did. */
int dry_interrupt_signal(void);

/* Die of the signal that came, as the caller's shell expects; returns when
 * none did. */
void dry_interrupt_obey(void);

#endif
