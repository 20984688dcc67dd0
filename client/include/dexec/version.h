/* SPDX-License-Identifier: MIT */
/* version.h - which libdexec this is. */
#ifndef DEXEC_VERSION_H
#define DEXEC_VERSION_H

#include <dexec/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/* "MAJOR.MINOR.PATCH" of the library that was linked; never freed. */
DEXEC_EXPORT const char *dexec_version(void);

#ifdef __cplusplus
}
#endif

#endif
