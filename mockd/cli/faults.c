/* SPDX-License-Identifier: MIT */
#include "faults.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "buf.h"
#include "fault.h"
#include "json.h"
#include "preset.h"

#define OUTPUT_MAX 16777216 /* bytes; all there is comes to a hundredth */

enum status {
    STATUS_OK = 0,
    STATUS_USAGE = 2,
    STATUS_ENVIRONMENT = 3,
    STATUS_FIXTURE = 4
};

static const char usage[] =
    "usage: mockd faults list [--json]\n"
    "       mockd faults show NAME\n"
    "\n"
    "What mockd serve --fault can make go wrong, and the presets.\n"
    "\n"
    "  --json  everything that show shows, of all, as one JSON object\n"
    "\n"
    "Exit status: 0, 2 usage or an unknown name, 3 environment, 4 a preset\n"
    "with a mistake.\n";

static int fail_usage(const char *text, const char *operand)
{
    (void)fprintf(stderr, "mockd faults: %s%s; see mockd faults --help\n", text,
                  operand);
    return STATUS_USAGE;
}

static int fail_code(enum mockd_code code, const struct mockd_error *err)
{
    (void)fprintf(stderr, "mockd faults: %s\n", err->message);
    return code == MOCKD_E_INVALID   ? STATUS_USAGE
           : code == MOCKD_E_FIXTURE ? STATUS_FIXTURE
                                     : STATUS_ENVIRONMENT;
}

/* Print what was made, if it was. */
static int print(struct md_buf *out, bool is_made)
{
    bool ok = is_made && fwrite(out->data, 1, out->len, stdout) == out->len &&
              fflush(stdout) == 0;

    md_buf_release(out);
    if (!ok) {
        (void)fprintf(stderr, "mockd faults: standard output: %s\n",
                      is_made ? strerror(errno) : "out of memory");
    }
    return ok ? STATUS_OK : STATUS_ENVIRONMENT;
}

/* ---- as text ---- */

static const struct md_fault_param *next_param(const struct md_fault_kind *kind,
                                               const struct md_fault_param *at)
{
    at = at == NULL ? kind->params : at + 1;
    return at == NULL || at->name == NULL ? NULL : at;
}

static bool add_standard(struct md_buf *out, const struct md_fault_param *param)
{
    if (param->is_required) {
        return md_buf_add_text(out, "; needed");
    }
    if (param->type == MD_PARAM_NUMBER) {
        return md_buf_printf(out, "; else %" PRId64, param->standard);
    }
    return param->standard_text == NULL || param->standard_text[0] == '\0' ||
           md_buf_printf(out, "; else %s", param->standard_text);
}

static bool add_param(struct md_buf *out, const struct md_fault_param *param)
{
    bool ok = md_buf_printf(out, "  %-10s %s", param->name,
                            md_param_type_name(param->type));

    if (ok && param->type == MD_PARAM_NUMBER) {
        ok = md_buf_printf(out, " from %" PRId64 " to %" PRId64, param->min,
                           param->max);
    }
    if (ok && param->choices != NULL) {
        ok = md_buf_printf(out, ", %s", param->choices);
    }
    return ok && add_standard(out, param) &&
           md_buf_printf(out, "\n             %s\n", param->help);
}

static bool add_calls(struct md_buf *out, unsigned on, const char *before,
                      const char *between)
{
    bool ok = true;

    for (unsigned bit = 1; ok && bit < MD_ON_ANY; bit <<= 1) {
        if ((on & bit) != 0) {
            ok = md_buf_printf(out, "%s%s", before, md_on_call_name(bit));
            before = between;
        }
    }
    return ok;
}

static const char *needs(const struct md_fault_kind *kind)
{
    return kind->needs_tls    ? "TLS"
           : kind->needs_tcp  ? "TCP"
           : kind->needs_unix ? "unix"
                              : "unix, TCP";
}

static bool add_uses(struct md_buf *out, const struct md_fault_kind *kind)
{
    bool ok = md_buf_add_text(out, "on      ");

    if (kind->door != MD_DOOR_OPEN) {
        return ok && md_buf_add_text(out, "the listeners, when armed\n");
    }
    ok = ok && add_calls(out, kind->on, "", ", ");
    if (ok && kind->standard_on != kind->on) {
        ok = md_buf_add_text(out, "; unless given ") &&
             add_calls(out, kind->standard_on, "", ", ");
    }
    return ok && md_buf_printf(out, "\ntimes   %s unless given\n",
                               kind->is_lasting ? "0, which is all," : "1");
}

static bool add_fault(struct md_buf *out, const struct md_fault_kind *kind)
{
    const struct md_fault_param *param = next_param(kind, NULL);
    bool ok =
        md_buf_printf(out, "%s, of %s\n\nwire    %s\nmodels  %s\n", kind->name,
                      kind->group, kind->wire, kind->models) &&
        add_uses(out, kind) && md_buf_printf(out, "sockets %s\n", needs(kind));

    if (ok && kind->needs_frames) {
        ok = md_buf_add_text(out, "        not on a terminal's stream\n");
    }
    if (ok && param != NULL) {
        ok = md_buf_add_text(out, "\n");
    }
    for (; ok && param != NULL; param = next_param(kind, param)) {
        ok = add_param(out, param);
    }
    return ok;
}

/* ---- as JSON ---- */

static bool add_member(struct md_buf *out, const char *key, const char *text)
{
    return md_buf_printf(out, ",\"%s\":", key) && md_json_quote(out, text);
}

static bool add_json_param(struct md_buf *out,
                           const struct md_fault_param *param)
{
    bool ok = md_buf_add_text(out, "{\"name\":") &&
              md_json_quote(out, param->name) &&
              add_member(out, "type", md_param_type_name(param->type)) &&
              md_buf_printf(out, ",\"required\":%s",
                            param->is_required ? "true" : "false");

    if (ok && param->type == MD_PARAM_NUMBER) {
        ok = md_buf_printf(out,
                           ",\"min\":%" PRId64 ",\"max\":%" PRId64
                           ",\"standard\":%" PRId64,
                           param->min, param->max, param->standard);
    } else if (ok && param->standard_text != NULL) {
        ok = add_member(out, "standard", param->standard_text);
    }
    if (ok && param->choices != NULL) {
        ok = add_member(out, "choices", param->choices);
    }
    return ok && add_member(out, "help", param->help) &&
           md_buf_add_text(out, "}");
}

static bool add_json_calls(struct md_buf *out, const char *key, unsigned on)
{
    return md_buf_printf(out, ",\"%s\":[", key) &&
           add_calls(out, on, "\"", "\",\"") &&
           md_buf_add_text(out, on == 0 ? "]" : "\"]");
}

static bool add_json_fault(struct md_buf *out, const struct md_fault_kind *kind)
{
    const struct md_fault_param *param = next_param(kind, NULL);
    const char *before = "";
    bool ok =
        md_buf_add_text(out, "{\"name\":") && md_json_quote(out, kind->name) &&
        add_member(out, "group", kind->group) &&
        add_member(out, "wire", kind->wire) &&
        add_member(out, "models", kind->models) &&
        add_json_calls(out, "on", kind->on) &&
        add_json_calls(out, "standard_on", kind->standard_on) &&
        md_buf_printf(
            out,
            ",\"unix\":%s,\"tcp\":%s,\"tls\":%s,\"frames\":%s,\"times\":%d",
            kind->needs_tcp ? "false" : "true",
            kind->needs_unix ? "false" : "true",
            kind->needs_tls ? "true" : "false",
            kind->needs_frames ? "true" : "false", !kind->is_lasting) &&
        md_buf_add_text(out, ",\"params\":[");

    for (; ok && param != NULL; param = next_param(kind, param)) {
        ok = md_buf_add_text(out, before) && add_json_param(out, param);
        before = ",";
    }
    return ok && md_buf_add_text(out, "]}");
}

/* ---- all of them ---- */

/* Do @add for each fault, with @between between them. */
static bool add_faults(struct md_buf *out,
                       bool (*add)(struct md_buf *out,
                                   const struct md_fault_kind *kind),
                       const char *between)
{
    const char *before = "";
    bool ok = true;

    for (size_t g = 0; md_fault_groups[g] != NULL; g++) {
        const struct md_fault_kind *kind = md_fault_groups[g];

        for (; ok && kind->name != NULL; kind++) {
            ok = md_buf_add_text(out, before) && add(out, kind);
            before = between;
        }
    }
    return ok;
}

static bool add_fault_line(struct md_buf *out, const struct md_fault_kind *kind)
{
    return md_buf_printf(out, "%-8s %-22s %s\n", kind->group, kind->name,
                         kind->wire);
}

static bool add_preset_line(struct md_buf *out, const struct md_json *json)
{
    return md_buf_printf(out, "preset   %-22s %s: %s\n",
                         md_json_text(md_json_get(json, "name")),
                         md_json_text(md_json_get(json, "class")),
                         md_json_text(md_json_get(json, "what")));
}

static bool add_json_preset(struct md_buf *out, const struct md_json *json)
{
    bool is_first = out->data[out->len - 1] == '[';

    return (is_first || md_buf_add_text(out, ",")) && md_json_print(json, out);
}

/* Do @add for each preset. */
static enum mockd_code add_presets(struct md_buf *out,
                                   bool (*add)(struct md_buf *out,
                                               const struct md_json *json),
                                   struct mockd_error *err)
{
    char **names = NULL;
    size_t count = 0;
    enum mockd_code rc = md_presets_list(&names, &count, err);

    for (size_t i = 0; rc == MOCKD_OK && i < count; i++) {
        struct md_json *json = NULL;

        rc = md_preset_read(names[i], &json, err);
        if (rc == MOCKD_OK && !add(out, json)) {
            rc = md_fail_nomem(err);
        }
        md_json_free(json);
    }
    md_presets_free(names, count);
    return rc;
}

static int list(bool is_json)
{
    struct md_buf out = {.max = OUTPUT_MAX};
    struct mockd_error err = {0};
    bool ok = is_json ? md_buf_add_text(&out, "{\"faults\":[") &&
                            add_faults(&out, add_json_fault, ",") &&
                            md_buf_add_text(&out, "],\"presets\":[")
                      : add_faults(&out, add_fault_line, "");
    enum mockd_code rc =
        ok ? add_presets(&out, is_json ? add_json_preset : add_preset_line,
                         &err)
           : MOCKD_OK;

    if (rc != MOCKD_OK) {
        md_buf_release(&out);
        return fail_code(rc, &err);
    }
    return print(&out, ok && (!is_json || md_buf_add_text(&out, "]}\n")));
}

static bool add_preset(struct md_buf *out, const struct md_json *json)
{
    const struct md_json *fault = md_json_first(md_json_get(json, "faults"));
    bool ok = md_buf_printf(
        out, "%s, a preset of class %s\n\nwhat    %s\nlink    %s\n",
        md_json_text(md_json_get(json, "name")),
        md_json_text(md_json_get(json, "class")),
        md_json_text(md_json_get(json, "what")),
        md_json_text(md_json_get(json, "link")));

    for (; ok && fault != NULL; fault = md_json_next(fault)) {
        ok = md_buf_add_text(out, "fault   ") && md_json_print(fault, out) &&
             md_buf_add_text(out, "\n");
    }
    return ok;
}

static int show(const char *name)
{
    static const char prefix[] = "preset:";
    const struct md_fault_kind *kind = md_fault_kind_find(name);
    struct md_buf out = {.max = OUTPUT_MAX};
    struct mockd_error err = {0};
    struct md_json *json = NULL;
    enum mockd_code rc = MOCKD_OK;
    bool ok = false;

    if (kind != NULL) {
        return print(&out, add_fault(&out, kind));
    }
    if (strncmp(name, prefix, strlen(prefix)) == 0) {
        name += strlen(prefix);
    }
    rc = md_preset_read(name, &json, &err);
    if (rc != MOCKD_OK) {
        return fail_code(rc, &err);
    }
    ok = add_preset(&out, json);
    md_json_free(json);
    return print(&out, ok);
}

int mockd_cli_faults(int argc, char **argv)
{
    const char *command = argc > 1 ? argv[1] : "";
    const char *operand = argc > 2 ? argv[2] : NULL;

    if (argc > 3) {
        return fail_usage("unexpected argument ", argv[3]);
    }
    if (strcmp(command, "--help") == 0 || strcmp(command, "-h") == 0) {
        (void)fputs(usage, stdout);
        return STATUS_OK;
    }
    if (strcmp(command, "list") == 0) {
        if (operand != NULL && strcmp(operand, "--json") != 0) {
            return fail_usage("unexpected argument ", operand);
        }
        return list(operand != NULL);
    }
    if (strcmp(command, "show") == 0 && operand != NULL) {
        return show(operand);
    }
    return fail_usage("there are list and show NAME, not ", command);
}
