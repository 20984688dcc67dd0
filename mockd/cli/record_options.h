/* SPDX-License-Identifier: MIT */
/* record_options.h - the command line of `mockd record`. */
#ifndef MOCKD_CLI_RECORD_OPTIONS_H
#define MOCKD_CLI_RECORD_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "record/secrets.h"
#include "record/tls.h"

#define RECORD_SECRETS_MAX 256 /* options that name secrets */

enum record_mode {
    RECORD_ALL,
    RECORD_ONCE,
    RECORD_NEW,
    RECORD_REPLAY,
    RECORD_PASSTHROUGH
};

struct record_secret {
    enum { SECRET_PATTERN, SECRET_TEXT, SECRET_WORD } kind;
    const char *text;
};

/* All strings are of argv, but for those that TLS was cut into. */
struct record_options {
    enum record_mode mode;
    const char *upstream;
    const char *out;
    const char *name;
    const char *unix_path;
    const char *tcp_address;
    const char *finish; /* a journal to be finished, instead of recording */
    struct md_rec_tls_files upstream_tls;
    struct md_rec_tls_files listen_tls;
    char listen_tls_text[1024]; /* what listen_tls points into */
    bool allow_remote;
    bool no_redact;
    struct record_secret secrets[RECORD_SECRETS_MAX];
    size_t secret_count;
    bool force;
    bool help;
};

extern const char record_usage[];

/* Returns 0, or the exit status after a message. */
int record_options_parse(struct record_options *options, int argc, char **argv);

/* The name of a mode, as --mode has it. */
const char *record_mode_name(enum record_mode mode);

/*
 * What is secret by these options; @out_secrets is NULL with --no-redact.
 *
 * Returns as md_rec_secrets_add_pattern().
 */
enum mockd_code record_options_secrets(const struct record_options *options,
                                       struct md_rec_secrets **out_secrets,
                                       struct mockd_error *err);

#endif
