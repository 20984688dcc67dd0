/* SPDX-License-Identifier: MIT */
#include "containers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bounds.h"

static void release_one(struct md_container *container)
{
    free(container->name);
    free(container->id);
    free(container->given);
}

void md_containers_release(struct md_containers *containers)
{
    for (size_t i = 0; i < containers->count; i++) {
        release_one(&containers->items[i]);
    }
    free(containers->items);
    *containers = (struct md_containers){0};
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool grow(struct md_containers *containers)
{
    size_t size = containers->size == 0 ? 8 : containers->size * 2;
    struct md_container *items = NULL;

    if (containers->count < containers->size) {
        return true;
    }
    if (containers->count >= MD_CONTAINERS_MAX) {
        return false;
    }
    items = realloc(containers->items, size * sizeof(*items));
    if (items == NULL) {
        return false;
    }
    containers->items = items;
    containers->size = size;
    return true;
}

/* Take @added over; what it points to is freed when that fails. */
static bool append(struct md_containers *containers, const char *name,
                   const char *id, struct md_container *added)
{
    added->name = name == NULL ? NULL : strdup(name);
    added->id = id == NULL ? NULL : strdup(id);
    if ((name != NULL && added->name == NULL) ||
        (id != NULL && added->id == NULL) || !grow(containers)) {
        release_one(added);
        return false;
    }
    containers->items[containers->count] = *added;
    containers->count++;
    return true;
}

bool md_containers_add(struct md_containers *containers, const char *name,
                       const char *id, bool is_permanent)
{
    struct md_container added = {.is_permanent = is_permanent};

    for (size_t i = 0; i < containers->count; i++) {
        if (is_same(containers->items[i].name, name) &&
            is_same(containers->items[i].id, id)) {
            return true;
        }
    }
    return append(containers, name, id, &added);
}

/* The recorded name, with a number behind it while that is in use. */
static const char *choose_name(const struct md_containers *containers,
                               const char *recorded,
                               char out_name[MD_VAR_LEN_MAX + 12])
{
    int len = snprintf(out_name, MD_VAR_LEN_MAX + 1, "%s", recorded);

    for (int n = 2; md_containers_find(containers, out_name) != NULL; n++) {
        (void)snprintf(out_name + len, 12, "_%d", n);
    }
    return out_name;
}

bool md_containers_make(struct md_containers *containers,
                        const struct md_fixture *fixture,
                        const struct md_life *life, const char *name,
                        const char *id, struct md_container **out_made)
{
    char chosen[MD_VAR_LEN_MAX + 12];
    struct md_container made = {
        .fixture = fixture,
        .life = life,
        .stage = MD_PHASE_CREATED,
        .given = calloc(fixture->rule_count, sizeof(*made.given))};

    if (made.given == NULL) {
        return false;
    }
    if (name == NULL) {
        name = choose_name(containers,
                           life->name == MD_NO_VAR
                               ? "nameless"
                               : fixture->vars[life->name].value,
                           chosen);
    }
    if (!append(containers, name, id, &made)) {
        return false;
    }
    *out_made = &containers->items[containers->count - 1];
    return true;
}

static bool has_text(const struct md_container *container, const char *text)
{
    return (container->name != NULL && strcmp(container->name, text) == 0) ||
           (container->id != NULL && strcmp(container->id, text) == 0);
}

void md_containers_remove(struct md_containers *containers, const char *text)
{
    for (size_t i = 0; i < containers->count; i++) {
        struct md_container *item = &containers->items[i];

        if (!item->is_permanent && has_text(item, text)) {
            release_one(item);
            containers->count--;
            *item = containers->items[containers->count];
            return;
        }
    }
}

void md_containers_reset(struct md_containers *containers)
{
    size_t kept = 0;

    for (size_t i = 0; i < containers->count; i++) {
        if (containers->items[i].is_permanent) {
            containers->items[kept] = containers->items[i];
            kept++;
        } else {
            release_one(&containers->items[i]);
        }
    }
    containers->count = kept;
}

struct md_container *md_containers_find(const struct md_containers *containers,
                                        const char *text)
{
    size_t len = strlen(text);
    struct md_container *found = NULL;
    bool is_unique = true;

    for (size_t i = 0; i < containers->count; i++) {
        struct md_container *item = &containers->items[i];

        if (has_text(item, text)) {
            return item;
        }
        if (len > 0 && item->id != NULL && strncmp(item->id, text, len) == 0) {
            is_unique =
                is_unique && (found == NULL || is_same(found->id, item->id));
            found = item;
        }
    }
    return is_unique ? found : NULL;
}
