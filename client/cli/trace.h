/* SPDX-License-Identifier: MIT */
/* trace.h - what goes over the wire, a line each on standard error. */
#ifndef DEXEC_CLI_TRACE_H
#define DEXEC_CLI_TRACE_H

#include <dexec/client.h>

/* A dexec_trace_fn; @user is not used. The man page has the lines' form. */
void trace_print(void *user, const struct dexec_trace *trace);

#endif
