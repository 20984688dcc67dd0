/* SPDX-License-Identifier: MIT */
/* names.c - the names and ids of a session, and the variables that stand for
 * them. */
#include "names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"
#include "utf8.h"

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

/* Is there room for @more variables, and can @text be the value of one? */
static bool has_room(const struct md_rec_names *names, size_t more,
                     const char *text)
{
    size_t count = names->exec_count + names->unknown_count + more;

    for (size_t i = 0; i < names->container_count; i++) {
        count += names->containers[i].name != NULL;
        count += names->containers[i].id != NULL;
    }
    return count <= MD_REC_VARIABLES_MAX &&
           strnlen(text, MD_REC_VALUE_MAX + 1) <= MD_REC_VALUE_MAX &&
           md_rec_utf8_is_text(text, strlen(text));
}

/* Is @text a variable's value already? No two may have the same. */
static bool is_taken(const struct md_rec_names *names, const char *text)
{
    for (size_t i = 0; i < names->container_count; i++) {
        const struct md_rec_container *at = &names->containers[i];

        if (is_equal(at->name, text) || is_equal(at->id, text)) {
            return true;
        }
    }
    return md_rec_names_exec(names, text) != NULL;
}

static struct md_rec_container *find_or_add(struct md_rec_names *names,
                                            const char *ref)
{
    struct md_rec_container *at = find(names, ref);
    char *copy = NULL;

    if (at != NULL) {
        return at;
    }
    copy =
        has_room(names, 1, ref) && !is_taken(names, ref) ? strdup(ref) : NULL;
    if (copy == NULL) {
        return NULL;
    }
    at = &names->containers[names->container_count++];
    if (strlen(ref) == ID_LEN && is_hex(ref)) {
        *at = (struct md_rec_container){.id = copy};
    } else {
        *at = (struct md_rec_container){.name = copy};
    }
    names->changes++;
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
    copy = has_room(names, 1, ref) ? strdup(ref) : NULL;
    if (copy == NULL) {
        return false;
    }
    names->unknown[names->unknown_count++] = copy;
    names->changes++;
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
        names->changes++;
        return;
    }
}

static bool replace(struct md_rec_names *names, char **text, const char *with)
{
    char *copy = strdup(with);

    if (copy == NULL) {
        return false;
    }
    free(*text);
    *text = copy;
    names->changes++;
    return true;
}

/* Is what stood for a name the front of the id, as tools print it? */
static bool is_short_id(const struct md_rec_container *container)
{
    return container->name != NULL && strlen(container->name) >= SHORT_ID_LEN &&
           is_prefix_of(container->name, container->id);
}

/* Is a container's name something else's id, or the other way round? */
static bool is_mixed_up(const struct md_rec_names *names, const char *name,
                        const char *id)
{
    for (size_t i = 0; i < names->container_count; i++) {
        if (is_equal(names->containers[i].id, name) ||
            is_equal(names->containers[i].name, id)) {
            return true;
        }
    }
    return is_equal(name, id) || md_rec_names_exec(names, name) != NULL ||
           md_rec_names_exec(names, id) != NULL;
}

/* @at  what is known of it; NULL = nothing yet */
static bool can_learn(const struct md_rec_names *names,
                      const struct md_rec_container *at, const char *name,
                      const char *id)
{
    size_t more = at == NULL || at->id == NULL;

    more += name[0] != '\0' && (at == NULL || at->name == NULL);
    return has_room(names, more, name) && !is_mixed_up(names, name, id);
}

bool md_rec_names_learn(struct md_rec_names *names, const char *ref,
                        const char *name, const char *id)
{
    struct md_rec_container *at = NULL;

    if (strlen(id) != ID_LEN || !is_hex(id)) {
        return true; /* no id that a variable could stand for */
    }
    /* All of it or nothing: a journal says it once. */
    if (!can_learn(names, find(names, ref), name != NULL ? name : "", id)) {
        return false;
    }
    at = find_or_add(names, ref);
    if (at == NULL || (!is_equal(at->id, id) && !replace(names, &at->id, id))) {
        return false;
    }
    if (name != NULL && name[0] != '\0' && !is_equal(at->name, name) &&
        !replace(names, &at->name, name)) {
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
    exec = has_room(names, 1, id) && !is_taken(names, id)
               ? calloc(1, sizeof(*exec))
               : NULL;
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
    names->changes++;
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

const char *md_rec_fact_name(enum md_rec_fact_kind kind)
{
    static const char *const texts[] = {
        [MD_REC_FACT_KNOWN] = "known",
        [MD_REC_FACT_UNKNOWN] = "unknown",
        [MD_REC_FACT_LEARN] = "learn",
        [MD_REC_FACT_CREATE] = "create",
    };

    return texts[kind];
}

bool md_rec_names_tell(struct md_rec_names *names,
                       const struct md_rec_fact *fact)
{
    struct md_rec_exec *exec = NULL;

    switch (fact->kind) {
    case MD_REC_FACT_KNOWN:
        return md_rec_names_known(names, fact->ref);
    case MD_REC_FACT_UNKNOWN:
        return md_rec_names_unknown(names, fact->ref);
    case MD_REC_FACT_LEARN:
        return md_rec_names_learn(names, fact->ref, fact->name, fact->id);
    case MD_REC_FACT_CREATE:
        return md_rec_names_create(names, fact->ref, fact->id, &exec);
    }
    return false;
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
