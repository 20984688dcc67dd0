/* SPDX-License-Identifier: MIT */
/* reason.h - the usual reason phrases. */
#ifndef MD_REASON_H
#define MD_REASON_H

/* "" for a status that has none here. */
const char *md_reason(int status);

#endif
