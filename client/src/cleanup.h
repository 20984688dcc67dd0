/* SPDX-License-Identifier: MIT */
/* cleanup.h - release a local variable on every way out of its block. */
#ifndef DX_CLEANUP_H
#define DX_CLEANUP_H

/* @release takes a pointer to the variable. */
#define DX_CLEANUP(release) __attribute__((cleanup(release)))

#endif
