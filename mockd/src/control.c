/* SPDX-License-Identifier: MIT */
#include "control.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bounds.h"
#include "cleanup.h"
#include "execcast.h"
#include "json.h"
#include "loop.h"
#include "preset.h"

static bool print_fault(const struct md_fault *fault, struct md_buf *out)
{
    return md_buf_printf(out, "{\"fault\":%u,\"name\":\"%s\"", fault->number,
                         fault->kind->name) &&
           md_buf_printf(out,
                         ",\"seen\":%" PRIu64 ",\"applied\":%" PRIu64
                         ",\"fired\":%" PRIu64 ",\"armed\":",
                         fault->seen, fault->applied, fault->fired) &&
           md_json_print(fault->json, out) && md_buf_add_text(out, "}");
}

bool md_control_faults(const struct md_control *control, struct md_buf *out)
{
    const struct md_fault *first = control->engine->faults.first;
    bool ok = md_buf_add_text(out, "[");

    for (const struct md_fault *at = first; at != NULL && ok; at = at->next) {
        ok = (at == first || md_buf_add_text(out, ",")) && print_fault(at, out);
    }
    return ok && md_buf_add_text(out, "]");
}

static bool print_exec(const struct md_exec *exec, struct md_buf *out)
{
    return md_buf_add_text(out, "{\"exec\":") && md_json_quote(out, exec->id) &&
           md_buf_printf(out,
                         ",\"phase\":\"%s\",\"detached\":%s,"
                         "\"resizes\":%u,\"fixture\":",
                         md_phase_name(exec->phase),
                         exec->is_detached ? "true" : "false",
                         exec->resizes.count) &&
           md_json_quote(out, exec->fixture->path) && md_buf_add_text(out, "}");
}

bool md_control_execs(const struct md_control *control, struct md_buf *out)
{
    const struct md_execs *execs = &control->engine->execs;
    const char *comma = "";
    bool ok = md_buf_add_text(out, "[");

    for (size_t i = 0; i < MD_EXEC_BUCKETS && ok; i++) {
        for (const struct md_exec *at = execs->buckets[i]; at != NULL && ok;
             at = at->next) {
            ok = md_buf_add_text(out, comma) && print_exec(at, out);
            comma = ",";
        }
    }
    return ok && md_buf_add_text(out, "]");
}

bool md_control_health(const struct md_control *control, struct md_buf *out)
{
    const struct md_engine *engine = control->engine;

    return md_buf_printf(
        out,
        "\"pid\":%ld,\"time_us\":%" PRIu64 ",\"fixtures\":%zu,\"execs\":%zu,"
        "\"faults\":%u,\"connections\":%" PRIuPTR ",\"unmatched\":%" PRIu64
        ",\"last\":%" PRIu64 ",\"dropped\":%" PRIu64,
        (long)getpid(), md_journal_time_us(engine->journal),
        control->profile->count, engine->execs.count, engine->faults.count,
        engine->connections, engine->unmatched,
        md_journal_last(engine->journal), md_journal_dropped(engine->journal));
}

/* ---- changes ---- */

static void release_profile(struct md_profile *profile)
{
    md_profile_release(profile);
}

/* A profile of the file @path. */
static enum mockd_code load_file(struct md_profile *profile, const char *path,
                                 struct mockd_error *err)
{
    profile->fixtures = calloc(1, sizeof(struct md_fixture *));
    if (profile->fixtures == NULL) {
        return md_fail_nomem(err);
    }
    profile->count = 1;
    return md_execcast_load(path, path, &profile->fixtures[0], err);
}

/* Move the fixtures of @more behind those of the mock. */
static enum mockd_code append(const struct md_control *control,
                              struct md_profile *more, struct mockd_error *err)
{
    struct md_profile *profile = control->profile;
    size_t before = profile->count;
    size_t total = before + more->count;
    struct md_fixture **fixtures = NULL;
    enum mockd_code rc = MOCKD_OK;

    if (total > MD_FIXTURES_MAX) {
        return md_fail(err, MOCKD_E_FIXTURE,
                       "more than %d fixtures in one mock; start another",
                       MD_FIXTURES_MAX);
    }
    fixtures = realloc(profile->fixtures, total * sizeof(struct md_fixture *));
    if (fixtures == NULL) {
        return md_fail_nomem(err);
    }
    memcpy(fixtures + before, more->fixtures,
           more->count * sizeof(struct md_fixture *));
    profile->fixtures = fixtures;
    profile->count = total;
    rc = md_engine_grow(control->engine, err);
    if (rc != MOCKD_OK) {
        md_engine_shrink(control->engine, before);
        profile->count = before;
        return rc;
    }
    more->count = 0; /* theirs no longer */
    return MOCKD_OK;
}

enum mockd_code md_control_load(const struct md_control *control,
                                const char *path, size_t *out_count,
                                struct mockd_error *err)
{
    MD_CLEANUP(release_profile) struct md_profile more = {0};
    struct stat status;
    size_t count = 0;
    enum mockd_code rc = MOCKD_OK;

    if (stat(path, &status) != 0) {
        return md_fail(err, MOCKD_E_SYSTEM, "%.300s: %s", path,
                       strerror(errno));
    }
    rc = S_ISDIR(status.st_mode) ? md_profile_load(&more, path, false, err)
                                 : load_file(&more, path, err);
    count = more.count;
    if (rc == MOCKD_OK) {
        rc = append(control, &more, err);
    }
    if (rc == MOCKD_OK && out_count != NULL) {
        *out_count = count;
    }
    return rc;
}

static void disarm(const struct md_control *control, unsigned number)
{
    (void)md_faults_disarm(&control->engine->faults, number);
    if (control->loop != NULL) {
        md_loop_undo(control->loop, number);
    }
}

static enum mockd_code arm_one(void *user, const char *text,
                               struct mockd_error *err)
{
    const struct md_control *control = user;
    struct md_fault *fault = NULL;
    enum mockd_code rc =
        md_faults_arm(&control->engine->faults, text, &fault, err);

    if (rc == MOCKD_OK && fault->kind->door != MD_DOOR_OPEN &&
        control->loop != NULL) {
        rc = md_loop_act(control->loop, fault, err);
        if (rc != MOCKD_OK) {
            disarm(control, fault->number);
        }
    }
    return rc;
}

enum mockd_code md_control_arm(const struct md_control *control,
                               const char *text, unsigned *out_first,
                               unsigned *out_count, struct mockd_error *err)
{
    static const char preset[] = "preset:";
    static const char bug[] = "bug:";
    struct md_control on = *control;
    const struct md_faults *faults = &control->engine->faults;
    unsigned before = faults->last;
    enum mockd_code rc = MOCKD_OK;

    if (strncmp(text, preset, strlen(preset)) == 0) {
        rc = md_preset_each(text + strlen(preset), false, arm_one, &on, err);
    } else if (strncmp(text, bug, strlen(bug)) == 0) {
        rc = md_preset_each(text + strlen(bug), true, arm_one, &on, err);
    } else {
        rc = arm_one(&on, text, err);
    }
    if (rc != MOCKD_OK) {
        for (unsigned number = faults->last; number > before; number--) {
            disarm(control, number);
        }
        return rc;
    }
    if (out_first != NULL) {
        *out_first = before + 1;
        *out_count = faults->last - before;
    }
    return MOCKD_OK;
}

enum mockd_code md_control_disarm(const struct md_control *control,
                                  unsigned number, struct mockd_error *err)
{
    if (md_faults_disarm(&control->engine->faults, number)) {
        disarm(control, number); /* what it did to the listeners */
        return MOCKD_OK;
    }
    return md_fail(err, MOCKD_E_INVALID,
                   "fault %u: none of that number is armed", number);
}

enum mockd_code md_control_release(const struct md_control *control,
                                   const char *id, struct mockd_error *err)
{
    return md_engine_release_exec(control->engine, id)
               ? MOCKD_OK
               : md_fail(err, MOCKD_E_INVALID, "exec %.80s: there is none such",
                         id);
}

enum mockd_code md_control_step(const struct md_control *control,
                                uint64_t connection, uint64_t count,
                                struct mockd_error *err)
{
    if (control->loop != NULL &&
        md_loop_step(control->loop, connection, count) > 0) {
        return MOCKD_OK;
    }
    return md_fail(err, MOCKD_E_INVALID,
                   "step: no stream%s goes step by step; wait for the event "
                   "held",
                   connection == 0 ? "" : " of that connection");
}

void md_control_reset(const struct md_control *control)
{
    struct md_engine *engine = control->engine;

    if (control->loop != NULL) {
        md_loop_cut(control->loop);
    }
    md_execs_release(&engine->execs);
    for (size_t i = 0; i < engine->given_count; i++) {
        memset(engine->given[i], 0,
               control->profile->fixtures[i]->rule_count *
                   sizeof(**engine->given));
    }
    md_containers_reset(&engine->containers);
    disarm(control, 0);
    engine->faults.is_restart_due = false;
    engine->unmatched = 0;
    md_journal_clear(engine->journal);
}

/* ---- the judgement ---- */

/* Those that the journal still has are shown, all are counted. */
static bool check_requests(const struct md_engine *engine, struct md_buf *out)
{
    static const char filter[] =
        "{\"event\":\"answer\",\"rule\":\"unmatched\"}";
    MD_CLEANUP(md_json_cleanup) struct md_json *wanted = NULL;
    uint64_t seq = 0;
    const char *line = NULL;
    bool ok =
        engine->unmatched == 0 ||
        (md_json_parse(filter, sizeof(filter) - 1, &wanted, NULL) == MOCKD_OK &&
         md_buf_printf(out, "%" PRIu64 " unmatched:\n", engine->unmatched));

    while (ok && wanted != NULL &&
           (line = md_journal_find(engine->journal, wanted, &seq)) != NULL) {
        MD_CLEANUP(md_json_cleanup) struct md_json *entry = NULL;

        ok = md_json_parse(line, strlen(line), &entry, NULL) == MOCKD_OK &&
             md_buf_printf(out, "  %s\n",
                           md_json_text(md_json_get(entry, "message")));
    }
    return ok;
}

static bool check_faults(const struct md_faults *faults, struct md_buf *out)
{
    bool ok = true;

    for (const struct md_fault *at = faults->first; at != NULL && ok;
         at = at->next) {
        if (at->fired == 0) {
            ok = md_buf_printf(out,
                               "fault %u (%s) never fired; it was applied to "
                               "%" PRIu64 " answers of %" PRIu64 " seen\n",
                               at->number, at->kind->name, at->applied,
                               at->seen);
        }
    }
    return ok;
}

bool md_control_check(const struct md_control *control, bool allows_unused,
                      struct md_buf *out)
{
    const struct md_profile *profile = control->profile;
    bool ok = check_requests(control->engine, out) &&
              check_faults(&control->engine->faults, out);

    for (size_t i = 0; i < profile->count && ok && !allows_unused; i++) {
        if (!profile->fixtures[i]->is_used) {
            ok = md_buf_printf(out, "%s was never used\n",
                               profile->fixtures[i]->path);
        }
    }
    return ok;
}
