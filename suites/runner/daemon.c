/* SPDX-License-Identifier: MIT */
/* daemon.c - the runner's own requests of the engine. */
#include "daemon.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <cjson/cJSON.h>

#include "clock.h"
#include "http.h"

#define ASK_TIMEOUT_MS 60000 /* an import or a removal on a busy machine */
#define PATH_SIZE 512
#define REPOSITORY "drydock-busybox"
#define LATEST REPOSITORY ":latest"

/* One request and its answer. */
struct talk {
    const char *host;
    char *error;
    struct dry_wire wire;
    struct dry_answer answer;
};

static void close_talk(struct talk *talk)
{
    dry_wire_close(&talk->wire);
}

#define CLOSED_TALK __attribute__((cleanup(close_talk))) struct talk

__attribute__((format(printf, 2, 3))) static bool say(char *error,
                                                      const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(error, DRY_DAEMON_ERROR_MAX, format, arguments);
    va_end(arguments);
    return false;
}

static const char *body_of(const struct talk *talk)
{
    return (const char *)talk->wire.in.data + talk->answer.head_len;
}

/* Send @request and read the whole answer, whatever its status. */
static bool ask(struct talk *talk, const struct dry_request *request)
{
    uint64_t deadline_ms = dry_now_ms() + ASK_TIMEOUT_MS;
    enum dry_wire_code code = DRY_WIRE_OK;

    dry_wire_close(&talk->wire);
    talk->wire.message[0] = '\0';
    code = dry_wire_open(&talk->wire, talk->host, deadline_ms);
    if (code != DRY_WIRE_OK) {
        return say(talk->error, "%s%s", talk->wire.message,
                   code == DRY_WIRE_ADDRESS
                       ? ""
                       : "; is the engine running, and may you use its "
                         "socket?");
    }
    /* an engine may refuse a long body before it has read it */
    code = dry_http_send(&talk->wire, request, deadline_ms);
    if (code == DRY_WIRE_OK || code == DRY_WIRE_RESET) {
        code = dry_http_read_head(&talk->wire, &talk->answer, deadline_ms);
    }
    if (code == DRY_WIRE_OK) {
        code = dry_http_read_body(&talk->wire, &talk->answer, deadline_ms);
    }
    if (code != DRY_WIRE_OK) {
        return say(talk->error, "%s: no answer to %s %s: %s", talk->host,
                   request->method, request->path,
                   code == DRY_WIRE_CLOSED ? "closed" : talk->wire.message);
    }
    return true;
}

/* The daemon's own message, cut to what a line bears. */
static void copy_message(const struct talk *talk, char *out, size_t size)
{
    cJSON *json = cJSON_ParseWithLength(body_of(talk), talk->answer.body_len);
    const char *text =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "message"));

    (void)snprintf(out, size, "%s", text == NULL ? "no message" : text);
    cJSON_Delete(json);
}

/* The same, and the status must be one of success. */
static bool ask_well(struct talk *talk, const struct dry_request *request,
                     const char *doing)
{
    char message[256];

    if (!ask(talk, request)) {
        return false;
    }
    if (talk->answer.status >= 200 && talk->answer.status < 300) {
        return true;
    }
    copy_message(talk, message, sizeof(message));
    return say(talk->error, "%s: %s: status %d: %s", talk->host, doing,
               talk->answer.status, message);
}

bool dry_daemon_identify(const char *host, struct dry_engine *out_engine,
                         char out_error[DRY_DAEMON_ERROR_MAX])
{
    CLOSED_TALK talk = {.host = host};
    const struct dry_request request = {.method = "GET", .path = "/version"};

    talk.error = out_error;
    if (!ask_well(&talk, &request, "ask its version")) {
        return false;
    }
    if (!dry_engine_from_json(out_engine, body_of(&talk),
                              talk.answer.body_len)) {
        return say(out_error,
                   "%s: its answer to GET /version is no JSON object; is it "
                   "a container engine?",
                   host);
    }
    return true;
}

static bool is_running(const struct talk *talk)
{
    cJSON *json = cJSON_ParseWithLength(body_of(talk), talk->answer.body_len);
    const cJSON *state = cJSON_GetObjectItemCaseSensitive(json, "State");
    bool is_running =
        cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(state, "Running"));

    cJSON_Delete(json);
    return is_running;
}

bool dry_daemon_check(const char *host, const char *container,
                      char out_error[DRY_DAEMON_ERROR_MAX])
{
    CLOSED_TALK talk = {.host = host};
    char path[PATH_SIZE];
    const struct dry_request request = {.method = "GET", .path = path};
    int len = snprintf(path, sizeof(path), "/containers/%s/json", container);

    talk.error = out_error;
    if (len < 0 || (size_t)len >= sizeof(path) ||
        strpbrk(container, "/?# \r\n") != NULL) {
        return say(out_error, "container %.100s: not a name", container);
    }
    if (!ask_well(&talk, &request, "look for the container")) {
        return false;
    }
    return is_running(&talk) ||
           say(out_error,
               "container %s: it does not run; start it, or leave "
               "--container out to have one made",
               container);
}

static bool has_image(struct talk *talk, const char *image, bool *out_has)
{
    char path[PATH_SIZE];
    const struct dry_request request = {.method = "GET", .path = path};

    (void)snprintf(path, sizeof(path), "/images/%s/json", image);
    if (!ask(talk, &request)) {
        return false;
    }
    *out_has = talk->answer.status == 200;
    return true;
}

static void close_file(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
    }
}

static bool read_archive(const char *path, struct dry_buffer *out, char *error)
{
    __attribute__((cleanup(close_file))) FILE *file = fopen(path, "rb");
    size_t got = 0;

    if (file == NULL) {
        return say(error,
                   "image %s: %s; build it, or name an image by --image or a "
                   "container by --container",
                   path, strerror(errno));
    }
    do {
        size_t room = 0;
        unsigned char *to = dry_buffer_room(out, &room);

        if (to == NULL) {
            return say(error, "image %s: longer than %zu bytes", path,
                       DRY_BUFFER_MAX);
        }
        got = fread(to, 1, room, file);
        out->len += got;
    } while (got > 0);
    return true;
}

/* The image's id in the answer to an import: the last "status" of a row of
 * JSON objects. */
static bool copy_import_id(const struct talk *talk, char *out, size_t size)
{
    const char *at = body_of(talk);
    const char *end = at + talk->answer.body_len;
    bool is_found = false;

    while (at < end) {
        const char *stop = NULL;
        cJSON *json =
            cJSON_ParseWithLengthOpts(at, (size_t)(end - at), &stop, 0);
        const char *status = cJSON_GetStringValue(
            cJSON_GetObjectItemCaseSensitive(json, "status"));

        if (status != NULL && strlen(status) < size) {
            (void)snprintf(out, size, "%s", status);
            is_found = true;
        }
        at = json == NULL ? end : stop;
        cJSON_Delete(json);
    }
    return is_found;
}

/* Podman imports without a name (3.0) or with the tag latest (4.3); give it
 * ours. */
static bool tag_import(struct talk *talk, const char *id, const char *version)
{
    char path[PATH_SIZE];
    const struct dry_request request = {.method = "POST", .path = path};

    (void)snprintf(path, sizeof(path), "/images/%s/tag?repo=%s&tag=%s", id,
                   REPOSITORY, version);
    return ask_well(talk, &request, "tag the imported image");
}

static void free_buffer(struct dry_buffer *buffer)
{
    dry_buffer_release(buffer);
}

static bool send_archive(struct talk *talk, const struct dry_buffer *tar,
                         const char *version)
{
    char path[PATH_SIZE];
    const struct dry_request request = {.method = "POST",
                                        .path = path,
                                        .content_type = "application/x-tar",
                                        .body = tar->data,
                                        .body_len = tar->len};

    (void)snprintf(path, sizeof(path),
                   "/images/create?fromSrc=-&repo=%s&tag=%s", REPOSITORY,
                   version);
    return ask_well(talk, &request, "import an image");
}

/* Import @archive under our name. @out_guest is told the names it has got. */
static bool import_image(struct talk *talk, const char *archive,
                         const char *version, struct dry_guest *out_guest)
{
    __attribute__((cleanup(free_buffer))) struct dry_buffer tar = {0};
    char image[DRY_NAME_MAX];
    char id[DRY_NAME_MAX] = "";
    bool had_latest = false;
    bool has_latest = false;
    bool is_there = false;

    (void)snprintf(image, sizeof(image), "%s:%s", REPOSITORY, version);
    if (!read_archive(archive, &tar, talk->error) ||
        !has_image(talk, LATEST, &had_latest) ||
        !send_archive(talk, &tar, version)) {
        return false;
    }
    if (!copy_import_id(talk, id, sizeof(id))) {
        size_t len = talk->answer.body_len < 200 ? talk->answer.body_len : 200;

        return say(talk->error, "%s: import an image: %.*s", talk->host,
                   (int)len, body_of(talk));
    }
    memcpy(out_guest->image, image, sizeof(image));
    if (!has_image(talk, LATEST, &has_latest) ||
        !has_image(talk, image, &is_there)) {
        return false;
    }
    if (has_latest && !had_latest) {
        memcpy(out_guest->stray, LATEST, sizeof(LATEST));
    }
    return is_there || tag_import(talk, id, version);
}

static bool make_container(struct talk *talk, const char *image,
                           const char *name)
{
    char path[PATH_SIZE];
    char body[PATH_SIZE];
    struct dry_request request = {.method = "POST", .path = path};

    (void)snprintf(path, sizeof(path), "/containers/create?name=%s", name);
    (void)snprintf(body, sizeof(body),
                   "{\"Image\":\"%s\",\"Cmd\":[\"/bin/sleep\",\"100000\"],"
                   "\"HostConfig\":{\"NetworkMode\":\"none\"}}",
                   image);
    request.body = body;
    request.body_len = strlen(body);
    return ask_well(talk, &request, "create a container");
}

static bool start_container(struct talk *talk, const char *name)
{
    char path[PATH_SIZE];
    const struct dry_request request = {.method = "POST", .path = path};

    (void)snprintf(path, sizeof(path), "/containers/%s/start", name);
    return ask_well(talk, &request, "start a container");
}

bool dry_daemon_make(const char *host, const char *image, const char *archive,
                     const char *version, struct dry_guest *out_guest,
                     char out_error[DRY_DAEMON_ERROR_MAX])
{
    CLOSED_TALK talk = {.host = host};
    char ours[DRY_NAME_MAX];
    char name[DRY_NAME_MAX];
    uint32_t number = 0;
    bool is_there = true;

    talk.error = out_error;
    *out_guest = (struct dry_guest){0};
    (void)snprintf(ours, sizeof(ours), "%s:%s", REPOSITORY, version);
    if (image == NULL) {
        image = ours;
        if (!has_image(&talk, ours, &is_there)) {
            return false;
        }
    } else if (strpbrk(image, "\"\\ \r\n") != NULL) {
        return say(out_error, "image %.100s: not a reference", image);
    }
    if (!is_there && !import_image(&talk, archive, version, out_guest)) {
        return false;
    }
    if (getrandom(&number, sizeof(number), 0) < 0) {
        return say(out_error, "random number: %s", strerror(errno));
    }
    (void)snprintf(name, sizeof(name), "drydock-%08x", number);
    if (!make_container(&talk, image, name)) {
        return false;
    }
    memcpy(out_guest->container, name, sizeof(name));
    return start_container(&talk, name);
}

/* An image that is gone (404), or in use by another drydock that will remove
 * it (409), is no trouble. */
static bool remove_image(struct talk *talk, const char *image)
{
    char path[PATH_SIZE];
    const struct dry_request request = {.method = "DELETE", .path = path};

    if (image[0] == '\0') {
        return true;
    }
    (void)snprintf(path, sizeof(path), "/images/%s", image);
    return ask_well(talk, &request, "remove the image") ||
           talk->answer.status == 404 || talk->answer.status == 409;
}

static bool remove_container(struct talk *talk, const char *name)
{
    char path[PATH_SIZE];
    const struct dry_request request = {.method = "DELETE", .path = path};

    if (name[0] == '\0') {
        return true;
    }
    (void)snprintf(path, sizeof(path), "/containers/%s?force=true&v=true",
                   name);
    return ask_well(talk, &request, "remove the container");
}

bool dry_daemon_remove(const char *host, const struct dry_guest *guest,
                       char out_error[DRY_DAEMON_ERROR_MAX])
{
    CLOSED_TALK talk = {.host = host};
    bool is_well = true;

    talk.error = out_error;
    is_well = remove_container(&talk, guest->container);
    is_well = remove_image(&talk, guest->stray) && is_well;
    return remove_image(&talk, guest->image) && is_well;
}
