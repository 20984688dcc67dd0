/* SPDX-License-Identifier: MIT */
#include "env.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 16 /* entries; then twice as many each time */

static bool make_room(struct env *env)
{
    size_t room = env->room == 0 ? ROOM_FIRST : env->room * 2;
    char **entries = NULL;

    if (env->count + 1 < env->room) {
        return true;
    }
    if (room > SIZE_MAX / sizeof(*entries)) {
        return false;
    }
    entries = realloc(env->entries, room * sizeof(*entries));
    if (entries == NULL) {
        return false;
    }
    env->entries = entries;
    env->room = room;
    return true;
}

static char *join(const char *name, const char *value)
{
    size_t size = strlen(name) + 1 + strlen(value) + 1;
    char *entry = malloc(size);

    if (entry != NULL) {
        (void)snprintf(entry, size, "%s=%s", name, value);
    }
    return entry;
}

bool env_add(struct env *env, const char *entry, enum env_unset unset)
{
    bool has_value = strchr(entry, '=') != NULL;
    const char *ours = has_value ? NULL : getenv(entry);
    char *copy = NULL;

    if (!has_value && ours == NULL && unset == ENV_SKIP) {
        return true;
    }
    copy = ours == NULL ? strdup(entry) : join(entry, ours);
    if (copy == NULL || !make_room(env)) {
        free(copy);
        return false;
    }
    env->entries[env->count++] = copy;
    env->entries[env->count] = NULL;
    return true;
}

void env_release(struct env *env)
{
    for (size_t i = 0; i < env->count; i++) {
        free(env->entries[i]);
    }
    free(env->entries);
    *env = (struct env){0};
}
