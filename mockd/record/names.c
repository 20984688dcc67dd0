/* SPDX-License-Identifier: MIT */
/* names.c - the names and ids of a session, and the variables that stand for
 * them. */
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"

#define ID_LEN 64       /* hex digits of a container's or an exec's id */
#define SHORT_ID_LEN 12 /* hex digits that `docker ps` shows */

static bool is_equal(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool is_hex(const char *text)
{
    return text[strspn(text, "0123456789abcdef")] == '\0';
}

static bool is_prefix_of(const char *ref, const char *id)
{
    return id != NULL && ref[0] != '\0' && strncmp(id, ref, strlen(ref)) == 0;
}

static void release_container(struct md_rec_container *container)
{
    free(container->name);
    free(container->id);
    *container = (struct md_rec_container){0};
}

void md_rec_names_release(struct md_rec_names *names)
{
    for (size_t i = 0; i < names->container_count; i++) {
        release_container(&names->containers[i]);
    }
    for (size_t i = 0; i < names->exec_count; i++) {
        free(names->execs[i]->id);
        free(names->execs[i]->container);
        free(names->execs[i]);
    }
    for (size_t i = 0; i < names->unknown_count; i++) {
        free(names->unknown[i]);
    }
    names->container_count = 0;
    names->exec_count = 0;
    names->unknown_count = 0;
}

/* By name, by id, by prefix of an id: the order in which engines look. */
static struct md_rec_container *find(struct md_rec_names *names,
                                     const char *ref)
{
    struct md_rec_container *by_prefix = NULL;

    for (size_t i = 0; i < names->container_count; i++) {
        struct md_rec_container *at = &names->containers[i];

        if (is_equal(at->name, ref) || is_equal(at->id, ref)) {
            return at;
        }
        if (is_prefix_of(ref, at->id)) {
            by_prefix = at;
        }
    }
    return by_prefix;
}

static struct md_rec_container *find_or_add(struct md_rec_names *names,
                                            const char *ref)
{
    struct md_rec_container *at = find(names, ref);
    char *copy = NULL;

    if (at != NULL) {
        return at;
    }
    copy = names->container_count < MD_REC_CONTAINERS_MAX ? strdup(ref) : NULL;
    if (copy == NULL) {
        return NULL;
    }
    at = &names->containers[names->container_count++];
    if (strlen(ref) == ID_LEN && is_hex(ref)) {
        *at = (struct md_rec_container){.id = copy};
    } else {
        *at = (struct md_rec_container){.name = copy};
    }
    return at;
}

bool md_rec_names_known(struct md_rec_names *names, const char *ref)
{
    return find_or_add(names, ref) != NULL;
}

bool md_rec_names_unknown(struct md_rec_names *names, const char *ref)
{
    char *copy = NULL;

    for (size_t i = 0; i < names->unknown_count; i++) {
        if (is_equal(names->unknown[i], ref)) {
            return true;
        }
    }
    copy = names->unknown_count < MD_REC_UNKNOWN_MAX ? strdup(ref) : NULL;
    if (copy == NULL) {
        return false;
    }
    names->unknown[names->unknown_count++] = copy;
    return true;
}

/* Two entries turned out to be one container: keep @kept. */
static void merge(struct md_rec_names *names, struct md_rec_container *kept)
{
    for (size_t i = 0; i < names->container_count; i++) {
        struct md_rec_container *at = &names->containers[i];

        if (at == kept ||
            (!is_equal(at->id, kept->id) && !is_equal(at->name, kept->name))) {
            continue;
        }
        release_container(at);
        memmove(at, at + 1, (names->container_count - i - 1) * sizeof(*at));
        names->container_count--;
        return;
    }
}

static bool replace(char **text, const char *with)
{
    char *copy = strdup(with);

    if (copy == NULL) {
        return false;
    }
    free(*text);
    *text = copy;
    return true;
}

/* Is what stood for a name the front of the id, as tools print it? */
static bool is_short_id(const struct md_rec_container *container)
{
    return container->name != NULL && strlen(container->name) >= SHORT_ID_LEN &&
           is_prefix_of(container->name, container->id);
}

bool md_rec_names_learn(struct md_rec_names *names, const char *ref,
                        const char *name, const char *id)
{
    struct md_rec_container *at = NULL;

    if (strlen(id) != ID_LEN || !is_hex(id)) {
        return true; /* no id that a variable could stand for */
    }
    at = find_or_add(names, ref);
    if (at == NULL || (!is_equal(at->id, id) && !replace(&at->id, id))) {
        return false;
    }
    if (name != NULL && name[0] != '\0' && !is_equal(at->name, name) &&
        !replace(&at->name, name)) {
        return false;
    }
    if (is_short_id(at)) {
        free(at->name);
        at->name = NULL;
    }
    merge(names, at);
    return true;
}

bool md_rec_names_create(struct md_rec_names *names, const char *container,
                         const char *id, struct md_rec_exec **out_exec)
{
    struct md_rec_exec *exec = md_rec_names_exec(names, id);

    if (exec != NULL) {
        *out_exec = exec;
        return true;
    }
    exec =
        names->exec_count < MD_REC_EXECS_MAX ? calloc(1, sizeof(*exec)) : NULL;
    if (exec == NULL) {
        return false;
    }
    exec->id = strdup(id);
    exec->container = strdup(container);
    if (exec->id == NULL || exec->container == NULL) {
        free(exec->id);
        free(exec->container);
        free(exec);
        return false;
    }
    names->execs[names->exec_count++] = exec;
    exec->number = (unsigned)names->exec_count;
    *out_exec = exec;
    return true;
}

struct md_rec_exec *md_rec_names_exec(const struct md_rec_names *names,
                                      const char *id)
{
    for (size_t i = names->exec_count; i > 0; i--) {
        if (is_equal(names->execs[i - 1]->id, id)) {
            return names->execs[i - 1];
        }
    }
    return NULL;
}

/* "NAME", "NAME2", ..: the first has no number. */
static void print_variable(char out_variable[MD_REC_VARIABLE_SIZE],
                           const char *kind, size_t index)
{
    if (index == 0) {
        (void)snprintf(out_variable, MD_REC_VARIABLE_SIZE, "%s", kind);
    } else {
        (void)snprintf(out_variable, MD_REC_VARIABLE_SIZE, "%s%zu", kind,
                       index + 1);
    }
}

static bool find_container_variable(const struct md_rec_names *names,
                                    const char *literal, bool by_prefix,
                                    char out_variable[MD_REC_VARIABLE_SIZE])
{
    for (size_t i = 0; i < names->container_count; i++) {
        const struct md_rec_container *at = &names->containers[i];
        bool is_id = by_prefix ? is_prefix_of(literal, at->id)
                               : is_equal(at->id, literal);

        if (is_id || is_equal(at->name, literal)) {
            print_variable(out_variable, is_id ? "CID" : "NAME", i);
            return true;
        }
    }
    return false;
}

/* Is the unknown literal one that the engine came to know otherwise? Then
 * its variable is the other one, as no two values may be equal. */
static bool is_known_after_all(const struct md_rec_names *names,
                               const char *literal)
{
    char ignored[MD_REC_VARIABLE_SIZE];

    return md_rec_names_exec(names, literal) != NULL ||
           find_container_variable(names, literal, false, ignored);
}

static bool find_unknown_variable(const struct md_rec_names *names,
                                  const char *literal,
                                  char out_variable[MD_REC_VARIABLE_SIZE])
{
    unsigned number = 0;

    for (size_t i = 0; i < names->unknown_count; i++) {
        if (is_known_after_all(names, names->unknown[i])) {
            continue;
        }
        number++;
        if (is_equal(names->unknown[i], literal)) {
            (void)snprintf(out_variable, MD_REC_VARIABLE_SIZE, "ANY%u", number);
            return true;
        }
    }
    return false;
}

bool md_rec_names_variable(const struct md_rec_names *names,
                           enum md_rec_ref ref, const char *literal,
                           char out_variable[MD_REC_VARIABLE_SIZE])
{
    const struct md_rec_exec *exec = NULL;

    if (ref == MD_REC_REF_CONTAINER) {
        return find_container_variable(names, literal, false, out_variable) ||
               find_unknown_variable(names, literal, out_variable) ||
               find_container_variable(names, literal, true, out_variable);
    }
    exec = md_rec_names_exec(names, literal);
    if (exec != NULL) {
        (void)snprintf(out_variable, MD_REC_VARIABLE_SIZE, "EID%u",
                       exec->number);
        return true;
    }
    return find_unknown_variable(names, literal, out_variable);
}

static void write_one(struct md_rec_bytes *out, const char *variable,
                      const char *value, bool *is_first)
{
    md_rec_bytes_print(out, "%s\"%s\":", *is_first ? "" : ",", variable);
    md_rec_json_string(out, value, strlen(value));
    *is_first = false;
}

static void write_containers(const struct md_rec_names *names,
                             struct md_rec_bytes *out, bool *is_first)
{
    char variable[MD_REC_VARIABLE_SIZE];

    for (size_t i = 0; i < names->container_count; i++) {
        if (names->containers[i].name != NULL) {
            print_variable(variable, "NAME", i);
            write_one(out, variable, names->containers[i].name, is_first);
        }
        if (names->containers[i].id != NULL) {
            print_variable(variable, "CID", i);
            write_one(out, variable, names->containers[i].id, is_first);
        }
    }
}

void md_rec_names_write(const struct md_rec_names *names,
                        struct md_rec_bytes *out)
{
    char variable[MD_REC_VARIABLE_SIZE];
    bool is_first = true;

    md_rec_bytes_text(out, "{");
    write_containers(names, out, &is_first);
    for (size_t i = 0; i < names->exec_count; i++) {
        (void)snprintf(variable, sizeof(variable), "EID%u",
                       names->execs[i]->number);
        write_one(out, variable, names->execs[i]->id, &is_first);
    }
    for (size_t i = 0; i < names->unknown_count; i++) {
        if (!is_known_after_all(names, names->unknown[i]) &&
            find_unknown_variable(names, names->unknown[i], variable)) {
            write_one(out, variable, names->unknown[i], &is_first);
        }
    }
    md_rec_bytes_text(out, "}");
}
