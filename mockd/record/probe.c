/* SPDX-License-Identifier: MIT */
/* probe.c - ask an engine who it is. */
#include "probe.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "bytes.h"
#include "chan.h"
#include "http_scan.h"

#define ANSWER_MAX ((size_t)1024 * 1024) /* an engine's has 2 KiB */
#define PAGE_SIZE 16384 /* a whole TLS record: what is left shows nowhere */
#define REQUEST                                                                \
    "GET /version HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"

struct probe {
    struct md_rec_chan chan;
    const char *url;
    int64_t deadline_ms;
    struct md_rec_bytes body;
    struct md_rec_scan scan;
};

static int64_t now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum mockd_code fail_with(const struct probe *probe, const char *what,
                                 struct mockd_error *err)
{
    return md_rec_fail(err, MOCKD_E_SYSTEM,
                       "ask %s for its version: %s: is it an engine, and "
                       "running?",
                       probe->url, what);
}

static enum mockd_code wait_for(const struct probe *probe, short events,
                                struct mockd_error *err)
{
    struct pollfd ready = {.fd = probe->chan.fd, .events = events};
    int rc = -1;

    do {
        int64_t left = probe->deadline_ms - now_ms();

        rc = poll(&ready, 1, left > 0 ? (int)left : 0);
    } while (rc < 0 && errno == EINTR);
    if (rc < 0) {
        return fail_with(probe, strerror(errno), err);
    }
    return rc > 0 ? MOCKD_OK : fail_with(probe, "no answer in time", err);
}

static enum mockd_code get_ready(struct probe *probe, struct mockd_error *err)
{
    enum md_rec_io io = MD_REC_IO_AGAIN;

    while (io == MD_REC_IO_AGAIN) {
        enum mockd_code rc = wait_for(
            probe, md_rec_chan_waits_to_write(&probe->chan) ? POLLOUT : POLLIN,
            err);

        if (rc != MOCKD_OK) {
            return rc;
        }
        io = md_rec_chan_ready(&probe->chan);
    }
    return io == MD_REC_IO_OK
               ? MOCKD_OK
               : fail_with(probe, md_rec_chan_words(&probe->chan), err);
}

static enum mockd_code ask(struct probe *probe, struct mockd_error *err)
{
    enum mockd_code rc = get_ready(probe, err);
    size_t done = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    /* A new connection takes these few bytes at once. */
    if (md_rec_chan_write(&probe->chan, REQUEST, strlen(REQUEST), &done) !=
            MD_REC_IO_OK ||
        done != strlen(REQUEST)) {
        return fail_with(probe, md_rec_chan_words(&probe->chan), err);
    }
    return MOCKD_OK;
}

/* Returns the event that ended it: END, BAD, or MORE for the next read. */
static enum md_rec_scan_event take(struct probe *probe, struct md_rec_view in)
{
    for (;;) {
        struct md_rec_view body = {0};
        enum md_rec_scan_event event =
            md_rec_scan_next(&probe->scan, &in, &body);

        if (event == MD_REC_SCAN_BODY) {
            md_rec_bytes_add(&probe->body, body.data, body.len);
        } else if (event != MD_REC_SCAN_HEAD) {
            return event;
        }
    }
}

/* One read of the answer; @out_event as of take(). */
static enum mockd_code read_more(struct probe *probe,
                                 enum md_rec_scan_event *out_event,
                                 struct mockd_error *err)
{
    uint8_t page[PAGE_SIZE];
    size_t len = 0;
    enum mockd_code rc = wait_for(probe, POLLIN, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    switch (md_rec_chan_read(&probe->chan, page, sizeof(page), &len)) {
    case MD_REC_IO_OK:
        *out_event =
            take(probe, (struct md_rec_view){.data = page, .len = len});
        return MOCKD_OK;
    case MD_REC_IO_AGAIN: /* a TLS record that is not complete */
        *out_event = MD_REC_SCAN_MORE;
        return MOCKD_OK;
    case MD_REC_IO_END:
        break;
    case MD_REC_IO_RESET:
        return fail_with(probe, md_rec_chan_words(&probe->chan), err);
    }
    *out_event = md_rec_scan_finish(&probe->scan);
    return *out_event == MD_REC_SCAN_MORE
               ? fail_with(probe, "it closed without an answer", err)
               : MOCKD_OK;
}

static enum mockd_code read_answer(struct probe *probe, struct mockd_error *err)
{
    enum md_rec_scan_event event = MD_REC_SCAN_MORE;
    char status[32];

    while (event == MD_REC_SCAN_MORE) {
        enum mockd_code rc = read_more(probe, &event, err);

        if (rc != MOCKD_OK) {
            return rc;
        }
    }
    if (event != MD_REC_SCAN_END) {
        return fail_with(probe, probe->scan.problem, err);
    }
    if (probe->scan.status != 200) {
        (void)snprintf(status, sizeof(status), "the answer is %d",
                       probe->scan.status);
        return fail_with(probe, status, err);
    }
    return MOCKD_OK;
}

static bool is_podman(const cJSON *json)
{
    const cJSON *component = NULL;

    cJSON_ArrayForEach(component,
                       cJSON_GetObjectItemCaseSensitive(json, "Components"))
    {
        const char *name = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(component, "Name"));

        if (name != NULL && strncmp(name, "Podman", 6) == 0) {
            return true;
        }
    }
    return false;
}

static enum mockd_code read_version(const struct probe *probe,
                                    struct md_rec_engine *out_engine,
                                    struct mockd_error *err)
{
    cJSON *json = cJSON_ParseWithLength(probe->body.data, probe->body.len);
    const char *version =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "Version"));
    const char *api_version = cJSON_GetStringValue(
        cJSON_GetObjectItemCaseSensitive(json, "ApiVersion"));
    enum mockd_code rc = MOCKD_OK;

    if (version == NULL || api_version == NULL) {
        rc =
            fail_with(probe, "the answer names no Version and ApiVersion", err);
    } else {
        (void)snprintf(out_engine->name, sizeof(out_engine->name), "%s",
                       is_podman(json) ? "podman" : "docker");
        (void)snprintf(out_engine->version, sizeof(out_engine->version), "%s",
                       version);
        (void)snprintf(out_engine->api_version, sizeof(out_engine->api_version),
                       "%s", api_version);
    }
    cJSON_Delete(json);
    return rc;
}

static enum mockd_code connect_to(struct probe *probe,
                                  const struct md_rec_address *address,
                                  const struct md_rec_tls *tls,
                                  struct mockd_error *err)
{
    int fd = md_rec_socket_connect(address);

    if (fd < 0) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "connect to %s: %s", probe->url,
                           strerror(errno));
    }
    return md_rec_chan_open(&probe->chan, fd, tls, true)
               ? MOCKD_OK
               : md_rec_fail(err, MOCKD_E_SYSTEM, "no memory");
}

enum mockd_code md_rec_probe(const struct md_rec_address *address,
                             const struct md_rec_tls *tls, const char *url,
                             uint32_t timeout_ms,
                             struct md_rec_engine *out_engine,
                             struct mockd_error *err)
{
    struct probe *probe = calloc(1, sizeof(*probe));
    enum mockd_code rc = MOCKD_OK;

    if (probe == NULL) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "no memory");
    }
    probe->chan = md_rec_chan_none();
    probe->url = url;
    probe->deadline_ms = now_ms() + timeout_ms;
    probe->body = md_rec_bytes_new(ANSWER_MAX);
    probe->scan.kind = MD_REC_SCAN_RESPONSE;
    rc = connect_to(probe, address, tls, err);
    rc = rc == MOCKD_OK ? ask(probe, err) : rc;
    rc = rc == MOCKD_OK ? read_answer(probe, err) : rc;
    rc = rc == MOCKD_OK ? read_version(probe, out_engine, err) : rc;
    md_rec_chan_close(&probe->chan, false);
    md_rec_bytes_release(&probe->body);
    free(probe);
    return rc;
}
