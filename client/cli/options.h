/* SPDX-License-Identifier: MIT */
/* options.h - the command line of dexec. */
#ifndef DEXEC_CLI_OPTIONS_H
#define DEXEC_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "detach_keys.h"
#include "env.h"

/* Zero can be released. Pointers are into argv but for env, which is ours. */
struct options {
    const char *host; /* NULL = the environment's; so are the next three */
    const char *context;
    bool podman;
    const char *api_version; /* NULL = unversioned */
    bool negotiates;         /* the daemon's instead */
    bool tls;
    bool tls_verify;
    const char *tls_ca_file;
    const char *tls_cert_file;
    const char *tls_key_file;
    bool trace;
    bool interactive;
    bool tty;
    bool detach;
    bool privileged;
    bool json;
    struct env env; /* those of files first */
    const char *working_dir;
    const char *user;
    const char *detach_keys; /* as given; NULL = the default */
    struct detach_keys keys; /* the same, read */
    uint32_t timeout_ms;     /* 0 = none */
    const char *container;
    const char *const *cmd; /* NULL-terminated */
};

enum options_outcome {
    OPTIONS_RUN,  /* go on */
    OPTIONS_DONE, /* help or version was printed: exit 0 */
    OPTIONS_WRONG /* a message was printed: exit 125 */
};

/* Read the command line; options stop at CONTAINER. */
enum options_outcome options_parse(int argc, char **argv,
                                   struct options *out_options);

void options_release(struct options *options);

#endif
