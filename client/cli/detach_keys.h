/* SPDX-License-Identifier: MIT */
/* detach_keys.h - the key sequence that leaves a terminal. */
#ifndef DEXEC_CLI_DETACH_KEYS_H
#define DEXEC_CLI_DETACH_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#define DETACH_KEYS_DEFAULT "ctrl-p,ctrl-q"
#define DETACH_KEYS_MAX 32U /* keys; nobody types more to get away */

/* Made by detach_keys_parse(); a value, nothing to free. */
struct detach_keys {
    unsigned char keys[DETACH_KEYS_MAX];
    size_t count;
    size_t matched; /* of the keys, by the end of what was typed: held back */
};

/*
 * Read Docker's syntax: keys with commas between them, each a single character,
 * DEL, or ctrl-X where X is one of a-z @ [ \ ] ^ _. An empty @text is the
 * default, as it is for Docker.
 *
 * @out_bad      set on false only: the piece that is wrong, within @text
 * @out_bad_len  its bytes
 *
 * Returns false for a piece of another form, and for one beyond the limit.
 */
bool detach_keys_parse(struct detach_keys *keys, const char *text,
                       const char **out_bad, size_t *out_bad_len);

/*
 * Look for the sequence in what was typed. Keys that may be its beginning are
 * held back, and given out before others once they turn out not to be. What
 * fails to match is looked at again: after ctrl-p, ctrl-p ctrl-q still
 * detaches.
 *
 * @typed    @len bytes; may lie inside @out from its byte DETACH_KEYS_MAX on
 * @out      room for DETACH_KEYS_MAX + @len
 * @out_len  bytes to pass on
 *
 * Returns true when the sequence is complete; what was typed behind it is
 * dropped.
 */
bool detach_keys_filter(struct detach_keys *keys, const char *typed, size_t len,
                        char *out, size_t *out_len);

#endif
