/* SPDX-License-Identifier: MIT */
/* export.h - marks what the shared library shows. */
#ifndef DEXEC_EXPORT_H
#define DEXEC_EXPORT_H

#define DEXEC_EXPORT __attribute__((visibility("default")))

#endif
