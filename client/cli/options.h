/* SPDX-License-Identifier: MIT */
/* options.h - the command line of dexec. */
#ifndef DEXEC_CLI_OPTIONS_H
#define DEXEC_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Pointers are into argv but for env, which is freed by options_release(). */
struct options {
    const char *host; /* NULL = the environment's */
    bool interactive;
    bool tty;
    bool detach;
    bool privileged;
    const char **env; /* NULL-terminated; NULL = none */
    size_t env_count;
    const char *working_dir;
    const char *user;
    const char *detach_keys;
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
