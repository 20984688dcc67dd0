/* SPDX-License-Identifier: MIT */
/* header.c - the first and the last line of an .execcast file. */
#include <stdlib.h>
#include <string.h>

#include "bounds.h"
#include "json.h"
#include "loader.h"
#include "percent.h"
#include "usual.h"

enum mockd_code md_keys_check(const struct md_json *object,
                              const char *const *keys, const char *what,
                              struct mockd_error *err)
{
    uint64_t seen = 0;

    for (const struct md_json *item = md_json_first(object); item != NULL;
         item = md_json_next(item)) {
        size_t i = 0;

        while (keys[i] != NULL && strcmp(keys[i], md_json_key(item)) != 0) {
            i++;
        }
        if (keys[i] == NULL) {
            return md_fail(err, MOCKD_E_FIXTURE, "%s: unknown key \"%.60s\"",
                           what, md_json_key(item));
        }
        if ((seen >> i & 1) != 0) {
            return md_fail(err, MOCKD_E_FIXTURE, "%s: \"%s\" is there twice",
                           what, keys[i]);
        }
        seen |= UINT64_C(1) << i;
    }
    return MOCKD_OK;
}

static bool read_kind(const char *name, enum md_var_kind *out_kind)
{
    static const char *const stems[] = {
        [MD_VAR_NAME] = "NAME",
        [MD_VAR_CID] = "CID",
        [MD_VAR_EID] = "EID",
        [MD_VAR_ANY] = "ANY",
    };

    for (size_t i = 0; i < sizeof(stems) / sizeof(stems[0]); i++) {
        size_t len = strlen(stems[i]);

        if (strncmp(name, stems[i], len) == 0 &&
            strspn(name + len, "0123456789") == strlen(name + len)) {
            *out_kind = (enum md_var_kind)i;
            return true;
        }
    }
    return false;
}

static enum mockd_code check_var(const struct md_fixture *fixture,
                                 const struct md_var *var,
                                 struct mockd_error *err)
{
    if (var->value[0] == '\0') {
        return md_fail(err, MOCKD_E_FIXTURE, "vars: %.60s is empty", var->name);
    }
    if (strlen(var->value) > MD_VAR_LEN_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE, "vars: %.60s is over %d bytes",
                       var->name, MD_VAR_LEN_MAX);
    }
    for (size_t i = 0; i < fixture->var_count; i++) {
        const struct md_var *other = &fixture->vars[i];

        if (strcmp(other->name, var->name) == 0 ||
            strcmp(other->value, var->value) == 0) {
            return md_fail(err, MOCKD_E_FIXTURE,
                           "vars: %.60s and %.60s are the same", other->name,
                           var->name);
        }
    }
    return MOCKD_OK;
}

static enum mockd_code parse_var(struct md_fixture *fixture,
                                 const struct md_json *item,
                                 struct md_var *out_var,
                                 struct mockd_error *err)
{
    const char *key = md_json_key(item);
    const char *value = md_json_text(item);
    struct md_var var = {0};

    if (value == NULL) {
        return md_fail(err, MOCKD_E_FIXTURE, "vars: %.60s is not a string",
                       key);
    }
    if (!read_kind(key, &var.kind)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "vars: \"%.60s\" is not NAME, CID, EID or ANY and a "
                       "number",
                       key);
    }
    var.name = md_arena_copy(&fixture->arena, key, strlen(key));
    var.value = md_arena_copy(&fixture->arena, value, strlen(value));
    if (var.name == NULL || var.value == NULL) {
        return md_fail_nomem(err);
    }
    *out_var = var;
    return check_var(fixture, &var, err);
}

static enum mockd_code parse_vars(struct md_fixture *fixture,
                                  const struct md_json *vars,
                                  struct mockd_error *err)
{
    size_t count = md_json_count(vars);
    enum mockd_code rc = MOCKD_OK;

    if (vars != NULL && !md_json_is_object(vars)) {
        return md_fail(err, MOCKD_E_FIXTURE, "vars: not an object of strings");
    }
    if (count > MD_VARS_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE, "vars: more than %d", MD_VARS_MAX);
    }
    fixture->vars =
        md_arena_array(&fixture->arena, count, sizeof(*fixture->vars));
    if (fixture->vars == NULL) {
        return md_fail_nomem(err);
    }
    for (const struct md_json *item = md_json_first(vars);
         item != NULL && rc == MOCKD_OK; item = md_json_next(item)) {
        rc = parse_var(fixture, item, &fixture->vars[fixture->var_count], err);
        fixture->var_count += rc == MOCKD_OK ? 1 : 0;
    }
    return rc;
}

static enum mockd_code check_provenance(const struct md_json *provenance,
                                        struct mockd_error *err)
{
    if (provenance != NULL && !md_json_is_object(provenance)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "header: provenance is not an object of strings");
    }
    for (const struct md_json *item = md_json_first(provenance); item != NULL;
         item = md_json_next(item)) {
        if (md_json_text(item) == NULL) {
            return md_fail(err, MOCKD_E_FIXTURE,
                           "header: provenance: %.60s is not a string",
                           md_json_key(item));
        }
    }
    return MOCKD_OK;
}

static enum mockd_code parse_style(const struct md_json *engine,
                                   struct md_script *script,
                                   struct mockd_error *err)
{
    const char *text = md_json_text(engine);

    if (engine == NULL || (text != NULL && strcmp(text, "docker") == 0)) {
        script->style = MD_STYLE_DOCKER;
    } else if (text != NULL && strcmp(text, "podman") == 0) {
        script->style = MD_STYLE_PODMAN;
    } else {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "header: engine is not \"docker\" or \"podman\"");
    }
    return MOCKD_OK;
}

/* The versions stand in heads, so they must not break them. */
static enum mockd_code parse_version(struct md_fixture *fixture,
                                     const struct md_json *item,
                                     const char **out_text,
                                     struct mockd_error *err)
{
    const char *text = md_json_text(item);

    if (text == NULL) {
        return MOCKD_OK;
    }
    for (const char *at = text; *at != '\0'; at++) {
        if (*at <= ' ' || *at >= 0x7F) { /* char may have no sign */
            return md_fail(err, MOCKD_E_FIXTURE,
                           "header: provenance: %.60s is not one word of ASCII",
                           md_json_key(item));
        }
    }
    if (text[0] == '\0' || strlen(text) > MD_VAR_LEN_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "header: provenance: %.60s is not 1 to %d bytes",
                       md_json_key(item), MD_VAR_LEN_MAX);
    }
    *out_text = md_arena_copy(&fixture->arena, text, strlen(text));
    return *out_text == NULL ? md_fail_nomem(err) : MOCKD_OK;
}

static enum mockd_code parse_api(struct md_script *script,
                                 struct mockd_error *err)
{
    const char *minor = NULL;

    if (script->api == NULL) {
        return MOCKD_OK;
    }
    minor = strncmp(script->api, "1.", 2) == 0 ? script->api + 2 : "";
    if (minor[0] == '\0' || strlen(minor) > 4 ||
        strspn(minor, "0123456789") != strlen(minor)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "header: provenance: api_version is not such as "
                       "\"1.51\"");
    }
    script->minor = (unsigned)strtoul(minor, NULL, 10);
    return MOCKD_OK;
}

/* What only the header of a script has, and what it leaves out. */
static enum mockd_code parse_script(struct md_fixture *fixture,
                                    const struct md_json *line,
                                    struct mockd_error *err)
{
    struct md_script *script = &fixture->script;
    const struct md_json *provenance = md_json_get(line, "provenance");
    enum mockd_code rc = parse_style(md_json_get(line, "engine"), script, err);

    if (rc == MOCKD_OK) {
        rc = parse_version(fixture, md_json_get(provenance, "engine_version"),
                           &script->version, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_version(fixture, md_json_get(provenance, "api_version"),
                           &script->api, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_api(script, err);
    }
    return rc == MOCKD_OK ? md_usual_init(fixture, err) : rc;
}

static enum mockd_code check_script(struct md_fixture *fixture,
                                    const struct md_json *line,
                                    struct mockd_error *err)
{
    const struct md_json *script = md_json_get(line, "script");

    if (script != NULL && !md_json_is_bool(script)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "header: script is not true or false");
    }
    fixture->is_script = md_json_is_true(script);
    fixture->home.is_script = fixture->is_script;
    fixture->is_verified = fixture->is_script; /* nothing to compare with */
    if (!fixture->is_script && md_json_get(line, "engine") != NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "header: engine is for scripts; a recording's goes into "
                       "provenance");
    }
    return MOCKD_OK;
}

enum mockd_code md_header_parse(struct md_loader *loader,
                                const struct md_json *line,
                                struct mockd_error *err)
{
    static const char *const keys[] = {
        "execcast", "name", "provenance", "vars", "script", "engine", NULL};
    struct md_fixture *fixture = loader->fixture;
    const struct md_json *name = md_json_get(line, "name");
    int64_t version = 0;
    enum mockd_code rc = MOCKD_OK;

    if (md_json_get(line, "execcast") == NULL) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "the first line is not a header; it begins "
                       "{\"execcast\":1");
    }
    if (!md_json_integer(md_json_get(line, "execcast"), 1, 1, &version)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "header: execcast is not 1, the only version there is");
    }
    rc = md_keys_check(line, keys, "header", err);
    if (rc == MOCKD_OK && name != NULL && md_json_text(name) == NULL) {
        rc = md_fail(err, MOCKD_E_FIXTURE, "header: name is not a string");
    }
    if (rc == MOCKD_OK) {
        rc = check_provenance(md_json_get(line, "provenance"), err);
    }
    if (rc == MOCKD_OK) {
        rc = check_script(fixture, line, err);
    }
    if (rc == MOCKD_OK) {
        rc = parse_vars(fixture, md_json_get(line, "vars"), err);
    }
    if (rc == MOCKD_OK && fixture->is_script) {
        rc = parse_script(fixture, line, err);
    }
    if (rc == MOCKD_OK && name != NULL) {
        const char *text = md_json_text(name);

        fixture->name = md_arena_copy(&fixture->arena, text, strlen(text));
        rc = fixture->name == NULL ? md_fail_nomem(err) : MOCKD_OK;
    }
    loader->has_header = rc == MOCKD_OK;
    return rc;
}

static enum mockd_code check_total(const struct md_json *end, const char *key,
                                   uint64_t counted, struct mockd_error *err)
{
    int64_t stated = 0;

    if (!md_json_integer(md_json_get(end, key), 0, INT64_C(1) << 53, &stated)) {
        return md_fail(err, MOCKD_E_FIXTURE, "end: %s is not a number", key);
    }
    if ((uint64_t)stated != counted) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "end: %s says %lld, counted %llu; the file was cut or "
                       "edited",
                       key, (long long)stated, (unsigned long long)counted);
    }
    return MOCKD_OK;
}

static enum mockd_code read_digest(struct md_fixture *fixture,
                                   const struct md_json *end,
                                   struct mockd_error *err)
{
    const char *text = md_json_text(md_json_get(end, "sha256_s2c"));
    size_t len = 0;

    if (text == NULL || strlen(text) != sizeof(fixture->sha256) * 2 ||
        !md_hex_decode(text, fixture->sha256, &len)) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "end: sha256_s2c is not 64 hex digits");
    }
    return MOCKD_OK;
}

enum mockd_code md_end_parse(struct md_loader *loader,
                             const struct md_json *line,
                             struct mockd_error *err)
{
    static const char *const keys[] = {"rules",     "events",     "s2c_bytes",
                                       "c2s_bytes", "sha256_s2c", NULL};
    static const char *const outer[] = {"end", NULL};
    struct md_fixture *fixture = loader->fixture;
    const struct md_json *end = md_json_get(line, "end");
    enum mockd_code rc = md_keys_check(line, outer, "end", err);

    if (rc == MOCKD_OK && !md_json_is_object(end)) {
        rc = md_fail(err, MOCKD_E_FIXTURE, "end: not an object of totals");
    }
    if (rc == MOCKD_OK) {
        rc = md_keys_check(end, keys, "end", err);
    }
    if (rc == MOCKD_OK && fixture->is_script) {
        loader->has_end = true;
        return md_json_count(end) == 0
                   ? MOCKD_OK
                   : md_fail(err, MOCKD_E_FIXTURE,
                             "end: nothing of a script is counted; write "
                             "{\"end\":{}} or leave the line out");
    }
    if (rc == MOCKD_OK) {
        rc = check_total(end, "rules", fixture->rule_count, err);
    }
    if (rc == MOCKD_OK) {
        rc = check_total(end, "events", fixture->event_count, err);
    }
    if (rc == MOCKD_OK) {
        rc = check_total(end, "s2c_bytes", fixture->s2c_bytes, err);
    }
    if (rc == MOCKD_OK) {
        rc = check_total(end, "c2s_bytes", loader->c2s_bytes, err);
    }
    if (rc == MOCKD_OK) {
        rc = read_digest(fixture, end, err);
    }
    fixture->end_line = loader->line;
    loader->has_end = rc == MOCKD_OK;
    return rc;
}
