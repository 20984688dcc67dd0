/* SPDX-License-Identifier: MIT */
/* verify_guest.c - a container of our own on the live engine. */
#include "verify_guest.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "cleanup.h"
#include "json.h"
#include "verify_link.h"

#define REPOSITORY "drydock-busybox"
#define IMAGE REPOSITORY ":" MOCKD_VERSION
#define LATEST REPOSITORY ":latest"
#define ARCHIVE "../share/drydock/image.tar"
#define ARCHIVE_MAX ((size_t)64 * 1024 * 1024) /* ours has 2 MiB */
#define ANSWER_MAX ((size_t)16 * 1024 * 1024)  /* about a container */
#define TARGET_SIZE 512

static void close_file(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
    }
}

/* Send @request and read the answer. @out_body may be NULL; 0 in @out_status
 * when there was no answer. */
static enum mockd_code ask(const struct md_rec_address *address,
                           const struct md_verify_request *request,
                           int *out_status, struct md_rec_bytes *out_body,
                           struct mockd_error *err)
{
    struct md_verify_link link = {.fd = -1};
    enum mockd_code rc = md_verify_link_open(&link, address, request, err);

    *out_status = 0;
    if (rc == MOCKD_OK && md_verify_link_head(&link)) {
        const struct md_rec_bytes *body = &link.output.data[MD_VERIFY_RAW];

        (void)md_verify_link_finish(&link);
        *out_status = link.status;
        if (out_body != NULL) {
            md_rec_bytes_add(out_body, body->data, body->len);
        }
    }
    md_verify_link_release(&link);
    return rc;
}

/* The same, and the status must be one of success. */
static enum mockd_code ask_well(const struct md_rec_address *address,
                                const struct md_verify_request *request,
                                struct md_rec_bytes *out_body,
                                struct mockd_error *err)
{
    int status = 0;
    enum mockd_code rc = ask(address, request, &status, out_body, err);

    if (rc == MOCKD_OK && (status < 200 || status > 299)) {
        rc = md_fail(err, MOCKD_E_SYSTEM,
                     "%s %.200s: status %d; give a running container by "
                     "--container",
                     request->method, request->target, status);
    }
    return rc;
}

static enum mockd_code has_image(const struct md_rec_address *address,
                                 const char *image, bool *out_has,
                                 struct mockd_error *err)
{
    char target[TARGET_SIZE];
    const struct md_verify_request request = {.method = "GET",
                                              .target = target};
    int status = 0;
    enum mockd_code rc = MOCKD_OK;

    (void)snprintf(target, sizeof(target), "/images/%s/json", image);
    rc = ask(address, &request, &status, NULL, err);
    *out_has = status == 200;
    return rc;
}

/* The archive stands in the program's installation or build. */
static enum mockd_code read_archive(struct md_rec_bytes *out,
                                    struct mockd_error *err)
{
    char path[PATH_MAX + sizeof(ARCHIVE)];
    char page[65536];
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    char *slash = NULL;
    size_t got = 0;
    MD_CLEANUP(close_file) FILE *file = NULL;

    path[len < 0 ? 0 : len] = '\0';
    slash = strrchr(path, '/');
    memcpy(slash == NULL ? path : slash + 1, ARCHIVE, sizeof(ARCHIVE));
    file = fopen(path, "rb");
    if (file == NULL) {
        return md_fail(err, MOCKD_E_SYSTEM,
                       "image %.300s: %s; give a running container by "
                       "--container",
                       path, strerror(errno));
    }
    do {
        got = fread(page, 1, sizeof(page), file);
        md_rec_bytes_add(out, page, got);
    } while (got > 0);
    return out->failed ? md_fail_nomem(err) : MOCKD_OK;
}

/* The image's id: the "status" of the answer's last object, one a line. */
static bool copy_import_id(const struct md_rec_bytes *body, char *out,
                           size_t size)
{
    static const char key[] = "\"status\":\"";
    const char *at = body->len == 0 ? NULL : strstr(body->data, key);
    const char *last = NULL;

    for (; at != NULL; at = strstr(last, key)) {
        last = at + strlen(key);
    }
    if (last == NULL || strcspn(last, "\"") >= size) {
        return false;
    }
    (void)snprintf(out, size, "%.*s", (int)strcspn(last, "\""), last);
    return true;
}

/* Podman imports without a name (3.0) or as latest (4.3): give it ours. */
static enum mockd_code tag_import(const struct md_rec_address *address,
                                  const struct md_rec_bytes *answer,
                                  struct mockd_error *err)
{
    char id[MD_VERIFY_REF_SIZE];
    char target[TARGET_SIZE];
    const struct md_verify_request request = {.method = "POST",
                                              .target = target};

    if (!copy_import_id(answer, id, sizeof(id))) {
        return md_fail(err, MOCKD_E_SYSTEM,
                       "import an image: the answer names none: %.200s",
                       answer->data == NULL ? "" : answer->data);
    }
    (void)snprintf(target, sizeof(target),
                   "/images/%s/tag?repo=" REPOSITORY "&tag=" MOCKD_VERSION, id);
    return ask_well(address, &request, NULL, err);
}

static enum mockd_code import_image(const struct md_rec_address *address,
                                    struct md_verify_guest *guest,
                                    struct mockd_error *err)
{
    MD_CLEANUP(md_rec_bytes_release)
    struct md_rec_bytes archive = md_rec_bytes_new(ARCHIVE_MAX);
    MD_CLEANUP(md_rec_bytes_release)
    struct md_rec_bytes answer = md_rec_bytes_new(ANSWER_MAX);
    struct md_verify_request request = {
        .method = "POST",
        .target =
            "/images/create?fromSrc=-&repo=" REPOSITORY "&tag=" MOCKD_VERSION,
        .content_type = "application/x-tar"};
    bool had_latest = false;
    bool has_latest = false;
    bool is_there = false;
    enum mockd_code rc = read_archive(&archive, err);

    if (rc == MOCKD_OK) {
        rc = has_image(address, LATEST, &had_latest, err);
    }
    request.body = archive.data;
    request.body_len = archive.len;
    if (rc == MOCKD_OK) {
        rc = ask_well(address, &request, &answer, err);
    }
    if (rc == MOCKD_OK) {
        (void)snprintf(guest->image, sizeof(guest->image), "%s", IMAGE);
        rc = has_image(address, LATEST, &has_latest, err);
    }
    if (rc == MOCKD_OK && has_latest && !had_latest) {
        (void)snprintf(guest->stray, sizeof(guest->stray), "%s", LATEST);
    }
    if (rc == MOCKD_OK) {
        rc = has_image(address, IMAGE, &is_there, err);
    }
    return rc != MOCKD_OK || is_there ? rc : tag_import(address, &answer, err);
}

static enum mockd_code make_container(const struct md_rec_address *address,
                                      struct md_verify_guest *guest,
                                      struct mockd_error *err)
{
    static const char body[] =
        "{\"Image\":\"" IMAGE "\",\"Cmd\":[\"/bin/sleep\",\"100000\"],"
        "\"HostConfig\":{\"NetworkMode\":\"none\"}}";
    char name[MD_VERIFY_REF_SIZE];
    char target[TARGET_SIZE];
    struct md_verify_request request = {.method = "POST",
                                        .target = target,
                                        .body = body,
                                        .body_len = strlen(body)};
    uint32_t number = 0;
    enum mockd_code rc = MOCKD_OK;

    if (getrandom(&number, sizeof(number), 0) < 0) {
        return md_fail(err, MOCKD_E_SYSTEM, "random number: %s",
                       strerror(errno));
    }
    (void)snprintf(name, sizeof(name), "drydock-%08x", (unsigned)number);
    (void)snprintf(target, sizeof(target), "/containers/create?name=%s", name);
    rc = ask_well(address, &request, NULL, err);
    if (rc == MOCKD_OK) {
        memcpy(guest->container, name, sizeof(name));
        (void)snprintf(target, sizeof(target), "/containers/%s/start", name);
        request.body = NULL;
        request.body_len = 0;
        rc = ask_well(address, &request, NULL, err);
    }
    return rc;
}

enum mockd_code md_verify_guest_make(const struct md_rec_address *address,
                                     struct md_verify_guest *out_guest,
                                     struct mockd_error *err)
{
    bool is_there = false;
    enum mockd_code rc = has_image(address, IMAGE, &is_there, err);

    *out_guest = (struct md_verify_guest){.container = ""};
    if (rc == MOCKD_OK && !is_there) {
        rc = import_image(address, out_guest, err);
    }
    return rc == MOCKD_OK ? make_container(address, out_guest, err) : rc;
}

/* The id in the answer about a container, NULL unless it runs. */
static const char *running_id(const struct md_json *json)
{
    const struct md_json *state = md_json_get(json, "State");
    const char *id = md_json_text(md_json_get(json, "Id"));

    return md_json_is_true(md_json_get(state, "Running")) && id != NULL &&
                   strlen(id) <= MD_VERIFY_ID_LEN
               ? id
               : NULL;
}

enum mockd_code md_verify_guest_find(const struct md_rec_address *address,
                                     const char *container,
                                     char out_id[MD_VERIFY_ID_LEN + 1],
                                     struct mockd_error *err)
{
    MD_CLEANUP(md_rec_bytes_release)
    struct md_rec_bytes body = md_rec_bytes_new(ANSWER_MAX);
    MD_CLEANUP(md_json_cleanup) struct md_json *json = NULL;
    char target[TARGET_SIZE];
    const struct md_verify_request request = {.method = "GET",
                                              .target = target};
    const char *id = NULL;
    int status = 0;
    enum mockd_code rc = MOCKD_OK;

    (void)snprintf(target, sizeof(target), "/containers/%.300s/json",
                   container);
    rc = ask(address, &request, &status, &body, err);
    if (rc == MOCKD_OK && body.len > 0) {
        (void)md_json_parse(body.data, body.len, &json, NULL);
    }
    id = running_id(json);
    if (rc == MOCKD_OK && id == NULL) {
        rc = md_fail(err, MOCKD_E_SYSTEM,
                     "container %.100s: it does not run; start it, or leave "
                     "--container out to have one made",
                     container);
    }
    if (rc == MOCKD_OK) {
        (void)snprintf(out_id, MD_VERIFY_ID_LEN + 1, "%s", id);
    }
    return rc;
}

/* What cannot be removed is no difference, and stays. */
static void remove_one(const struct md_rec_address *address, const char *folder,
                       const char *name, const char *query)
{
    char target[TARGET_SIZE];
    const struct md_verify_request request = {.method = "DELETE",
                                              .target = target};
    int status = 0;

    if (name[0] != '\0') {
        (void)snprintf(target, sizeof(target), "/%s/%s%s", folder, name, query);
        (void)ask(address, &request, &status, NULL, NULL);
    }
}

void md_verify_guest_remove(const struct md_rec_address *address,
                            const struct md_verify_guest *guest)
{
    remove_one(address, "containers", guest->container, "?force=true&v=true");
    remove_one(address, "images", guest->image, "");
    remove_one(address, "images", guest->stray, "");
}
