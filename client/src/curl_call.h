/* SPDX-License-Identifier: MIT */
/*
 * curl_call.h - one plain call at a time on one libcurl handle.
 *
 * libcurl finds out where an answer ends; its head and its coding are read by
 * us as a stream's are, as libcurl takes more than Docker's clients should.
 *
 * With transport_curl.c, the only files that include curl/.
 */
#ifndef DX_CURL_CALL_H
#define DX_CURL_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <curl/curl.h>

#include <dexec/error.h>

#include "body.h"
#include "buf.h"
#include "http_head.h"
#include "transport.h"

/* A handle with what its call has brought so far. */
struct dx_curl_call {
    const struct dx_transport_config *config; /* borrowed */
    CURL *easy;
    struct curl_slist *headers; /* of the request */
    struct dx_buf url;
    struct dx_buf body; /* of the answer */
    struct dx_head_reader head;
    bool head_is_whole;
    struct dx_body coding;      /* of the body */
    struct dexec_error stopped; /* why a callback of ours broke off */
    char detail[CURL_ERROR_SIZE];
    struct dx_curl_call *next; /* of those that are idle */
};

/* What every handle of ours has in common. False = no memory. */
bool dx_curl_set_up(CURL *easy, const struct dx_transport_config *config,
                    uint32_t connect_ms);

/* Why a connection could not be made. */
enum dexec_code dx_curl_fail_connect(const struct dx_endpoint *endpoint,
                                     CURL *easy, CURLcode code,
                                     struct dexec_error *err);

/* NULL = no memory. @config is borrowed for the call's life. */
struct dx_curl_call *dx_curl_call_new(const struct dx_transport_config *config);

/*
 * Do it. Returns what exchange() of transport.h returns; the answer's body
 * lies in @call until the next one.
 */
enum dexec_code dx_curl_call_run(struct dx_curl_call *call,
                                 const struct dx_exchange *exchange,
                                 int *out_status, struct dexec_error *err);

void dx_curl_call_free(struct dx_curl_call *call);

#endif
