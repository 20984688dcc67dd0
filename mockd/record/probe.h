/* SPDX-License-Identifier: MIT */
/* probe.h - ask an engine who it is. */
#ifndef MD_REC_PROBE_H
#define MD_REC_PROBE_H

#include <stdint.h>

#include "fail.h"
#include "socket.h"

#define MD_REC_PROBE_TEXT_SIZE 128 /* the longest version seen has 20 bytes */

struct md_rec_engine {
    char name[MD_REC_PROBE_TEXT_SIZE]; /* "docker", "podman" */
    char version[MD_REC_PROBE_TEXT_SIZE];
    char api_version[MD_REC_PROBE_TEXT_SIZE];
};

/*
 * GET /version, over a connection of its own.
 *
 * @tls         NULL = plain
 * @url         for messages
 * @timeout_ms  for the whole of it
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM: nobody listens, no answer in time, or
 * an answer that is not an engine's.
 */
enum mockd_code md_rec_probe(const struct md_rec_address *address,
                             const struct md_rec_tls *tls, const char *url,
                             uint32_t timeout_ms,
                             struct md_rec_engine *out_engine,
                             struct mockd_error *err);

#endif
