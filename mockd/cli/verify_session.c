/* SPDX-License-Identifier: MIT */
/* verify_session.c - do over what one recording holds. */
#include "verify_session.h"

#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "verify_work.h"

static void release_attached(struct md_verify_attached *attached)
{
    if (attached->is_open) {
        md_verify_link_release(&attached->link);
        md_verify_output_release(&attached->recorded);
        attached->is_open = false;
    }
}

static void release_session(struct md_verify_work *work)
{
    for (size_t i = 0;
         work->attached != NULL && i < work->fixture->stream_count; i++) {
        release_attached(&work->attached[i]);
    }
    for (size_t i = 0; work->names.live != NULL && i < work->fixture->var_count;
         i++) {
        free(work->names.live[i]);
    }
    free(work->names.live);
    free(work->attached);
    free(work->owners);
    free(work->chunk);
}

enum mockd_code md_verify_set_name(struct md_verify_work *work, size_t var,
                                   const char *value, struct mockd_error *err)
{
    free(work->names.live[var]);
    work->names.live[var] = strdup(value);
    return work->names.live[var] == NULL ? md_fail_nomem(err) : MOCKD_OK;
}

/* Containers have their names from the start, execs get theirs. */
static enum mockd_code name_containers(struct md_verify_work *work,
                                       struct mockd_error *err)
{
    enum mockd_code rc = MOCKD_OK;

    for (size_t i = 0; i < work->fixture->var_count && rc == MOCKD_OK; i++) {
        switch (work->fixture->vars[i].kind) {
        case MD_VAR_NAME:
            rc = md_verify_set_name(work, i, work->engine->container, err);
            break;
        case MD_VAR_CID:
            rc = md_verify_set_name(work, i, work->engine->container_id, err);
            break;
        case MD_VAR_EID:
        case MD_VAR_ANY:
            break;
        }
    }
    return rc;
}

static enum mockd_code open_session(struct md_verify_work *work,
                                    struct mockd_error *err)
{
    const struct md_fixture *fixture = work->fixture;
    const struct md_stream *stream = fixture->streams;

    work->names.fixture = fixture;
    work->names.live = calloc(fixture->var_count + 1, sizeof(char *));
    work->attached = calloc(fixture->stream_count + 1, sizeof(*work->attached));
    work->owners = calloc(fixture->event_count + 1, sizeof(size_t));
    if (work->names.live == NULL || work->attached == NULL ||
        work->owners == NULL) {
        return md_fail_nomem(err);
    }
    for (size_t i = 0; stream != NULL; i++, stream = stream->next) {
        work->attached[i].stream = stream;
        for (uint32_t at = stream->first; at != MD_NO_EVENT;
             at = fixture->events[at].next) {
            work->owners[at] = i;
        }
    }
    return name_containers(work, err);
}

static bool has_live_exec(const struct md_verify_work *work,
                          const struct md_rule *rule)
{
    return rule->on.eid == MD_NO_VAR || work->names.live[rule->on.eid] != NULL;
}

static enum mockd_code do_rule(struct md_verify_work *work,
                               const struct md_rule *rule,
                               struct mockd_error *err)
{
    if (!md_verify_is_harmless(rule) || !has_live_exec(work, rule)) {
        return MOCKD_OK;
    }
    md_verify_catch_up(work);
    return rule->stream != NULL ? md_verify_start(work, rule, err)
                                : md_verify_answer(work, rule, err);
}

static enum mockd_code do_all(struct md_verify_work *work,
                              struct mockd_error *err)
{
    const struct md_fixture *fixture = work->fixture;
    size_t rule = 0;
    uint32_t event = 0;
    enum mockd_code rc = MOCKD_OK;

    while (rc == MOCKD_OK &&
           (rule < fixture->rule_count || event < fixture->event_count)) {
        if (event == fixture->event_count ||
            (rule < fixture->rule_count &&
             fixture->rules[rule].line < fixture->events[event].line)) {
            rc = do_rule(work, &fixture->rules[rule++], err);
        } else {
            rc = md_verify_event(work, event++, err);
        }
    }
    return rc;
}

enum mockd_code md_verify_session(const struct md_verify_engine *engine,
                                  struct md_fixture *fixture,
                                  struct md_verify_report *report,
                                  struct mockd_error *err)
{
    MD_CLEANUP(release_session)
    struct md_verify_work work = {
        .engine = engine, .fixture = fixture, .report = report};
    enum mockd_code rc = md_fixture_verify(fixture, err);

    report->file = fixture->path;
    if (rc == MOCKD_OK) {
        rc = open_session(&work, err);
    }
    if (rc == MOCKD_OK) {
        rc = do_all(&work, err);
    }
    if (rc == MOCKD_OK) {
        md_verify_unended(&work);
    }
    return rc;
}
