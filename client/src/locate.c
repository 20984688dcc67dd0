/* SPDX-License-Identifier: MIT */
#include "locate.h"

#include <openssl/evp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "cleanup.h"
#include "context_json.h"
#include "fail.h"

#define DEFAULT_HOST "unix:///var/run/docker.sock"
#define SHOWN 200 /* bytes of a name or path that a message repeats */
#define SHA256_BYTES 32U

/* What one call borrows, and what it learns on the way. */
struct search {
    const struct dx_where *where;
    const struct dx_world *world;
    const struct dx_mem *mem;
    bool is_context; /* the host is a named context's */
    bool skips_verify;
};

/* A variable that is set to nothing is not set. */
static const char *get_env(const struct search *search, const char *name)
{
    const char *value = search->world->get_env(search->world->user, name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

static bool exists(const struct search *search, const char *path)
{
    return search->world->exists(search->world->user, path);
}

/* ---- paths, each an array of DX_FILE_PATH_SIZE ---- */

static enum dexec_code set_path(char *path, const char *text,
                                struct dexec_error *err)
{
    size_t len = strnlen(text, DX_FILE_PATH_SIZE);

    if (len == DX_FILE_PATH_SIZE) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "%.*s...: the path has more than %u bytes", SHOWN, text,
                       DX_FILE_PATH_SIZE - 1);
    }
    memcpy(path, text, len + 1);
    return DEXEC_OK;
}

/* FOLDER/NAME; "" where the folder is "". */
static enum dexec_code join(char *path, const char *folder, const char *name,
                            struct dexec_error *err)
{
    int len = 0;

    if (folder[0] == '\0') {
        path[0] = '\0';
        return DEXEC_OK;
    }
    len = snprintf(path, DX_FILE_PATH_SIZE, "%s/%s", folder, name);
    if (len < 0 || (size_t)len >= DX_FILE_PATH_SIZE) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "%.*s...: the path of its %s has more than %u bytes",
                       SHOWN, folder, name, DX_FILE_PATH_SIZE - 1);
    }
    return DEXEC_OK;
}

/* "" where neither variable says where it is. */
static enum dexec_code find_config_folder(const struct search *search,
                                          char *path, struct dexec_error *err)
{
    const char *config = get_env(search, "DOCKER_CONFIG");
    const char *home = get_env(search, "HOME");

    return config != NULL
               ? set_path(path, config, err)
               : join(path, home != NULL ? home : "", ".docker", err);
}

static enum dexec_code name_config(const struct search *search,
                                   const char *name, char *path,
                                   struct dexec_error *err)
{
    char folder[DX_FILE_PATH_SIZE] = "";
    enum dexec_code rc = find_config_folder(search, folder, err);

    return rc == DEXEC_OK ? join(path, folder, name, err) : rc;
}

/* ---- TLS files ---- */

static enum dexec_code find_file(const struct search *search,
                                 const char *folder, const char *name,
                                 char *path, struct dexec_error *err)
{
    enum dexec_code rc = join(path, folder, name, err);

    if (rc == DEXEC_OK && !exists(search, path)) {
        path[0] = '\0';
    }
    return rc;
}

static enum dexec_code find_files(const struct search *search,
                                  const char *folder, struct dx_tls_files *tls,
                                  struct dexec_error *err)
{
    enum dexec_code rc = find_file(search, folder, "ca.pem", tls->ca_file, err);

    if (rc == DEXEC_OK) {
        rc = find_file(search, folder, "cert.pem", tls->cert_file, err);
    }
    if (rc == DEXEC_OK) {
        rc = find_file(search, folder, "key.pem", tls->key_file, err);
    }
    return rc;
}

static bool holds_any(const struct dx_tls_files *tls)
{
    return tls->ca_file[0] != '\0' || tls->cert_file[0] != '\0' ||
           tls->key_file[0] != '\0';
}

/* Of a host that is not a named context's. */
static enum dexec_code find_common_files(const struct search *search,
                                         struct dx_tls_files *tls,
                                         struct dexec_error *err)
{
    const char *cert_path = get_env(search, "DOCKER_CERT_PATH");
    char folder[DX_FILE_PATH_SIZE] = "";
    enum dexec_code rc = DEXEC_OK;

    if (cert_path == NULL) {
        rc = find_config_folder(search, folder, err);
        return rc == DEXEC_OK ? find_files(search, folder, tls, err) : rc;
    }
    rc = find_files(search, cert_path, tls, err);
    if (rc == DEXEC_OK && !holds_any(tls)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "DOCKER_CERT_PATH %.*s: none of ca.pem, cert.pem and "
                       "key.pem is there; correct or unset it",
                       SHOWN, cert_path);
    }
    return rc;
}

static enum dexec_code take_file(const struct search *search, const char *what,
                                 const char *text, char *path,
                                 struct dexec_error *err)
{
    if (!exists(search, text)) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "TLS %s file %.*s: there is no such file", what, SHOWN,
                       text);
    }
    return set_path(path, text, err);
}

static enum dexec_code take_named_files(const struct search *search,
                                        struct dx_tls_files *tls,
                                        struct dexec_error *err)
{
    const struct dx_where *where = search->where;
    enum dexec_code rc = DEXEC_OK;

    if (where->tls_ca_file != NULL) {
        rc = take_file(search, "CA", where->tls_ca_file, tls->ca_file, err);
    }
    if (where->tls_cert_file != NULL || where->tls_key_file != NULL) {
        tls->cert_file[0] = '\0'; /* a pair is of one origin */
        tls->key_file[0] = '\0';
    }
    if (rc == DEXEC_OK && where->tls_cert_file != NULL) {
        rc = take_file(search, "certificate", where->tls_cert_file,
                       tls->cert_file, err);
    }
    if (rc == DEXEC_OK && where->tls_key_file != NULL) {
        rc = take_file(search, "key", where->tls_key_file, tls->key_file, err);
    }
    return rc;
}

static enum dexec_code check_pair(const struct dx_tls_files *tls,
                                  struct dexec_error *err)
{
    if (tls->cert_file[0] != '\0' && tls->key_file[0] == '\0') {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "TLS certificate file %.*s: its key file is missing",
                       SHOWN, tls->cert_file);
    }
    if (tls->key_file[0] != '\0' && tls->cert_file[0] == '\0') {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "TLS key file %.*s: its certificate file is missing",
                       SHOWN, tls->key_file);
    }
    return DEXEC_OK;
}

/* A context's own are in @tls already. */
static enum dexec_code choose_files(const struct search *search,
                                    struct dx_tls_files *tls,
                                    struct dexec_error *err)
{
    const struct dx_where *where = search->where;
    bool all_named = where->tls_ca_file != NULL &&
                     where->tls_cert_file != NULL &&
                     where->tls_key_file != NULL;
    enum dexec_code rc = DEXEC_OK;

    if (!search->is_context && !all_named) {
        rc = find_common_files(search, tls, err);
    }
    if (rc == DEXEC_OK) {
        rc = take_named_files(search, tls, err);
    }
    return rc == DEXEC_OK ? check_pair(tls, err) : rc;
}

/* ---- TLS or not ---- */

static bool says_tls(const struct dx_where *where)
{
    return where->tls || where->tls_no_verify || where->tls_ca_file != NULL ||
           where->tls_cert_file != NULL || where->tls_key_file != NULL;
}

/* Of a tcp:// host. */
static bool wants_tls(const struct search *search,
                      const struct dx_tls_files *tls)
{
    if (says_tls(search->where)) {
        return true;
    }
    if (search->is_context) {
        return holds_any(tls) || search->skips_verify;
    }
    return get_env(search, "DOCKER_TLS_VERIFY") != NULL ||
           get_env(search, "DOCKER_TLS") != NULL;
}

static bool wants_verify(const struct search *search, bool is_https)
{
    if (search->where->tls_no_verify || search->skips_verify) {
        return false;
    }
    return is_https || says_tls(search->where) || search->is_context ||
           get_env(search, "DOCKER_TLS_VERIFY") != NULL;
}

static enum dexec_code decide_tls(const struct search *search,
                                  struct dx_location *location,
                                  struct dexec_error *err)
{
    struct dx_endpoint *endpoint = &location->endpoint;
    bool is_https = endpoint->scheme == DX_SCHEME_TLS;

    if (!is_https && endpoint->scheme != DX_SCHEME_TCP) {
        location->tls = (struct dx_tls_files){0};
        return !says_tls(search->where)
                   ? DEXEC_OK
                   : dx_fail(err, DEXEC_E_INVALID, 0,
                             "host %s: TLS is for tcp:// and https:// hosts "
                             "only",
                             endpoint->address);
    }
    if (!is_https && !wants_tls(search, &location->tls)) {
        return DEXEC_OK;
    }
    endpoint->scheme = DX_SCHEME_TLS;
    location->tls.verify = wants_verify(search, is_https);
    return choose_files(search, &location->tls, err);
}

/* ---- contexts ---- */

static enum dexec_code parse_host(const char *host, const char *whence,
                                  struct dx_endpoint *endpoint,
                                  struct dexec_error *err)
{
    enum dexec_code rc = dx_endpoint_parse(host, endpoint, err);

    return rc == DEXEC_OK ? rc : dx_fail_while(err, rc, "%.*s", SHOWN, whence);
}

/* No file is called "". */
static enum dexec_code read_file(const struct search *search, const char *path,
                                 struct dx_buf *text, bool *out_exists,
                                 struct dexec_error *err)
{
    dx_buf_init(text, search->mem, DX_CONFIG_FILE_MAX);
    return search->world->read_file(search->world->user, path, text, out_exists,
                                    err);
}

static struct dx_view view_of(const struct dx_buf *text)
{
    return (struct dx_view){.data = text->data, .len = text->len};
}

/* Leaves @name alone where nothing says which. */
static enum dexec_code read_current(const struct search *search,
                                    struct dx_context_name *name,
                                    struct dexec_error *err)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf text = {0};
    char path[DX_FILE_PATH_SIZE] = "";
    bool is_there = false;
    enum dexec_code rc = name_config(search, "config.json", path, err);

    if (rc == DEXEC_OK) {
        rc = read_file(search, path, &text, &is_there, err);
    }
    if (rc != DEXEC_OK || !is_there) {
        return rc;
    }
    rc = dx_json_read_config(view_of(&text), name, err);
    return rc == DEXEC_OK ? rc : dx_fail_while(err, rc, "%.*s", SHOWN, path);
}

static enum dexec_code read_meta(const struct search *search, const char *name,
                                 const char *path, struct dx_context_meta *meta,
                                 struct dexec_error *err)
{
    DX_CLEANUP(dx_buf_release) struct dx_buf text = {0};
    bool is_there = false;
    enum dexec_code rc = read_file(search, path, &text, &is_there, err);

    if (rc != DEXEC_OK) {
        return rc;
    }
    if (!is_there) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "context '%.*s': there is none; looked for %.*s", SHOWN,
                       name, SHOWN,
                       path[0] != '\0' ? path
                                       : "DOCKER_CONFIG or HOME, unset both");
    }
    rc = dx_json_read_context(view_of(&text), meta, err);
    return rc == DEXEC_OK ? rc : dx_fail_while(err, rc, "%.*s", SHOWN, path);
}

/* The docker command's rule for the names that it makes. */
static enum dexec_code check_name(const char *name, struct dexec_error *err)
{
    static const char chars[] = "_.+-"
                                "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789";
    size_t len = strspn(name, chars);

    if (len < 2 || len > DX_CONTEXT_NAME_MAX || name[len] != '\0' ||
        strspn(name, "_.+-") > 0) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "context '%.*s': a name has 2 to %u letters, digits and "
                       "_.+-, a letter or digit first",
                       SHOWN, name, DX_CONTEXT_NAME_MAX);
    }
    return DEXEC_OK;
}

/* What a context's folders are called: the SHA-256 of its name. */
struct hash {
    char hex[2 * SHA256_BYTES + 1];
};

static enum dexec_code hash_name(const char *name, struct hash *hash,
                                 struct dexec_error *err)
{
    unsigned char digest[SHA256_BYTES] = {0};

    if (EVP_Q_digest(NULL, "SHA256", NULL, name, strlen(name), digest, NULL) !=
        1) {
        return dx_fail_memory(err);
    }
    for (size_t i = 0; i < sizeof(digest); i++) {
        (void)snprintf(hash->hex + 2 * i, 3, "%02x", digest[i]);
    }
    return DEXEC_OK;
}

static enum dexec_code find_context_files(const struct search *search,
                                          const struct hash *hash,
                                          struct dx_tls_files *tls,
                                          struct dexec_error *err)
{
    char name[sizeof("contexts/tls//docker") + sizeof(hash->hex)] = "";
    char folder[DX_FILE_PATH_SIZE] = "";
    enum dexec_code rc = DEXEC_OK;

    (void)snprintf(name, sizeof(name), "contexts/tls/%s/docker", hash->hex);
    rc = name_config(search, name, folder, err);
    return rc == DEXEC_OK ? find_files(search, folder, tls, err) : rc;
}

static enum dexec_code use_context(struct search *search, const char *context,
                                   struct dx_location *location,
                                   struct dexec_error *err)
{
    struct hash hash = {.hex = ""};
    char name[sizeof("contexts/meta//meta.json") + sizeof(hash.hex)] = "";
    char path[DX_FILE_PATH_SIZE] = "";
    struct dx_context_meta meta = {.host = ""};
    enum dexec_code rc = check_name(context, err);

    if (rc == DEXEC_OK) {
        rc = hash_name(context, &hash, err);
    }
    if (rc == DEXEC_OK) {
        (void)snprintf(name, sizeof(name), "contexts/meta/%s/meta.json",
                       hash.hex);
        rc = name_config(search, name, path, err);
    }
    if (rc == DEXEC_OK) {
        rc = read_meta(search, context, path, &meta, err);
    }
    if (rc == DEXEC_OK) {
        rc = parse_host(meta.host, path, &location->endpoint, err);
    }
    search->is_context = true;
    search->skips_verify = meta.skip_tls_verify;
    return rc == DEXEC_OK
               ? find_context_files(search, &hash, &location->tls, err)
               : rc;
}

/* ---- hosts ---- */

/* Of the caller's context, or else of the environment's. */
static enum dexec_code find_docker(struct search *search,
                                   struct dx_location *location,
                                   struct dexec_error *err)
{
    const char *context = search->where->context;
    const char *host = get_env(search, "DOCKER_HOST");
    struct dx_context_name current = {.text = ""};

    if (context == NULL && host == NULL) {
        context = get_env(search, "DOCKER_CONTEXT");
    }
    if (context == NULL && host == NULL) {
        enum dexec_code rc = read_current(search, &current, err);

        if (rc != DEXEC_OK) {
            return rc;
        }
        context = current.text[0] != '\0' ? current.text : NULL;
    }
    if (context != NULL && strcmp(context, "default") != 0) {
        return use_context(search, context, location, err);
    }
    return parse_host(host != NULL ? host : DEFAULT_HOST, "DOCKER_HOST",
                      &location->endpoint, err);
}

static bool has_scheme(const char *host, const char *scheme)
{
    return host != NULL && strncmp(host, scheme, strlen(scheme)) == 0;
}

/* The first that exists, or an error that names them all. */
static enum dexec_code find_podman_socket(const struct search *search,
                                          struct dx_endpoint *endpoint,
                                          struct dexec_error *err)
{
    const char *runtime = get_env(search, "XDG_RUNTIME_DIR");
    char of_user[sizeof("/run/user/4294967295")] = "";
    const struct {
        const char *folder;
        const char *name;
    } sockets[] = {
        {runtime != NULL ? runtime : "", "podman/podman.sock"},
        {of_user, "podman/podman.sock"},
        {"/run", "podman/podman.sock"},
        {"/var/run", "docker.sock"},
    };
    char host[sizeof("unix://") + DX_FILE_PATH_SIZE] = "unix://";
    char *path = host + strlen(host);
    char looked_for[DEXEC_ERROR_MESSAGE_MAX] = "";
    size_t used = 0;

    (void)snprintf(of_user, sizeof(of_user), "/run/user/%u",
                   search->world->uid);
    for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
        enum dexec_code rc =
            join(path, sockets[i].folder, sockets[i].name, err);

        if (rc != DEXEC_OK) {
            return rc;
        }
        if (exists(search, path)) {
            return dx_endpoint_parse(host, endpoint, err);
        }
        if (path[0] != '\0') {
            (void)snprintf(looked_for + used, sizeof(looked_for) - used,
                           " %.*s", SHOWN, path);
            used = strlen(looked_for);
        }
    }
    return dx_fail(err, DEXEC_E_CONNECT, 0,
                   "podman: start its socket or name a host; there is none of"
                   "%s",
                   looked_for);
}

static enum dexec_code find_podman(const struct search *search,
                                   struct dx_endpoint *endpoint,
                                   struct dexec_error *err)
{
    const char *host = get_env(search, "CONTAINER_HOST");

    if (has_scheme(host, "unix://") || has_scheme(host, "tcp://")) {
        return parse_host(host, "CONTAINER_HOST", endpoint, err);
    }
    host = get_env(search, "DOCKER_HOST");
    return has_scheme(host, "unix://")
               ? parse_host(host, "DOCKER_HOST", endpoint, err)
               : find_podman_socket(search, endpoint, err);
}

static enum dexec_code find_host(struct search *search,
                                 struct dx_location *location,
                                 struct dexec_error *err)
{
    const struct dx_where *where = search->where;

    if ((where->host != NULL) + (where->context != NULL) + where->podman > 1) {
        return dx_fail(err, DEXEC_E_INVALID, 0,
                       "host, context and podman: each says where the daemon "
                       "is; give one of them");
    }
    if (where->host != NULL) {
        return dx_endpoint_parse(where->host, &location->endpoint, err);
    }
    return where->podman ? find_podman(search, &location->endpoint, err)
                         : find_docker(search, location, err);
}

enum dexec_code dx_locate(const struct dx_where *where,
                          const struct dx_world *world,
                          const struct dx_mem *mem,
                          struct dx_location *out_location,
                          struct dexec_error *err)
{
    struct search search = {.where = where, .world = world, .mem = mem};
    struct dx_location location = {0};
    enum dexec_code rc = find_host(&search, &location, err);

    if (rc == DEXEC_OK) {
        rc = decide_tls(&search, &location, err);
    }
    if (rc == DEXEC_OK) {
        *out_location = location;
    }
    return rc;
}
