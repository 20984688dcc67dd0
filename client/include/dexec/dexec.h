/* SPDX-License-Identifier: MIT */
/* dexec.h - all of libdexec. */
#ifndef DEXEC_DEXEC_H
#define DEXEC_DEXEC_H

#include <dexec/client.h>
#include <dexec/error.h>
#include <dexec/exec.h>
#include <dexec/frame.h>
#include <dexec/lines.h>
#include <dexec/run.h>
#include <dexec/stream.h>
#include <dexec/version.h>

#endif
