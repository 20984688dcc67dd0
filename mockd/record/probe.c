/* SPDX-License-Identifier: MIT */
/* probe.c - ask an engine who it is. */
#include "probe.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "bytes.h"
#include "http_scan.h"

#define ANSWER_MAX ((size_t)1024 * 1024) /* an engine's has 2 KiB */
#define REQUEST                                                                \
    "GET /version HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n"

struct probe {
    int fd;
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
    struct pollfd ready = {.fd = probe->fd, .events = events};
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

static enum mockd_code ask(const struct probe *probe, struct mockd_error *err)
{
    enum mockd_code rc = wait_for(probe, POLLOUT, err);
    int error = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    error = md_rec_socket_error(probe->fd);
    if (error != 0) {
        return fail_with(probe, strerror(error), err);
    }
    /* A new connection takes these few bytes at once. */
    if (send(probe->fd, REQUEST, strlen(REQUEST), MSG_NOSIGNAL) !=
        (ssize_t)strlen(REQUEST)) {
        return fail_with(probe, strerror(errno), err);
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
    uint8_t page[8192];
    enum mockd_code rc = wait_for(probe, POLLIN, err);
    ssize_t len = 0;

    if (rc != MOCKD_OK) {
        return rc;
    }
    len = recv(probe->fd, page, sizeof(page), 0);
    if (len < 0) {
        return fail_with(probe, strerror(errno), err);
    }
    if (len > 0) {
        *out_event =
            take(probe, (struct md_rec_view){.data = page, .len = (size_t)len});
        return MOCKD_OK;
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

enum mockd_code md_rec_probe(const struct md_rec_address *address,
                             const char *url, uint32_t timeout_ms,
                             struct md_rec_engine *out_engine,
                             struct mockd_error *err)
{
    struct probe *probe = calloc(1, sizeof(*probe));
    enum mockd_code rc = MOCKD_OK;

    if (probe == NULL) {
        return md_rec_fail(err, MOCKD_E_SYSTEM, "no memory");
    }
    probe->url = url;
    probe->deadline_ms = now_ms() + timeout_ms;
    probe->body = md_rec_bytes_new(ANSWER_MAX);
    probe->scan.kind = MD_REC_SCAN_RESPONSE;
    probe->fd = md_rec_socket_connect(address);
    if (probe->fd < 0) {
        rc = md_rec_fail(err, MOCKD_E_SYSTEM, "connect to %s: %s", url,
                         strerror(errno));
    } else {
        rc = ask(probe, err);
        rc = rc == MOCKD_OK ? read_answer(probe, err) : rc;
        rc = rc == MOCKD_OK ? read_version(probe, out_engine, err) : rc;
        (void)close(probe->fd);
    }
    md_rec_bytes_release(&probe->body);
    free(probe);
    return rc;
}
