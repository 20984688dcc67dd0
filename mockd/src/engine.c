/* SPDX-License-Identifier: MIT */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bounds.h"
#include "choice.h"
#include "cleanup.h"
#include "inspect.h"
#include "json.h"
#include "life.h"
#include "made.h"
#include "paste.h"
#include "scripted.h"
#include "trouble.h"
#include "turn.h"

static enum mockd_code add_known(struct md_engine *engine,
                                 const struct md_fixture *fixture,
                                 struct mockd_error *err)
{
    for (size_t i = 0; i < fixture->var_count; i++) {
        const struct md_var *var = &fixture->vars[i];
        bool is_name = var->kind == MD_VAR_NAME;
        int twin = is_name ? md_life_twin(fixture, (int)i, "CID") : MD_NO_VAR;
        const char *id = is_name ? NULL : var->value;

        if ((!is_name && var->kind != MD_VAR_CID) ||
            md_life_has(fixture, (int)i)) {
            continue;
        }
        if (twin != MD_NO_VAR) {
            id = fixture->vars[twin].value;
        }
        if (!md_containers_add(&engine->containers, is_name ? var->value : NULL,
                               id, true)) {
            return md_fail(err, MOCKD_E_SYSTEM,
                           "out of memory, or more than %d containers",
                           MD_CONTAINERS_MAX);
        }
    }
    return MOCKD_OK;
}

enum mockd_code md_engine_init(struct md_engine *engine,
                               struct md_profile *profile, uint64_t seed,
                               struct mockd_error *err)
{
    *engine = (struct md_engine){.profile = profile, .execs = {.seed = seed}};
    return md_engine_grow(engine, err);
}

enum mockd_code md_engine_grow(struct md_engine *engine,
                               struct mockd_error *err)
{
    const struct md_profile *profile = engine->profile;
    uint32_t **given =
        realloc(engine->given, (profile->count + 1) * sizeof(*given));

    if (given == NULL) {
        return md_fail_nomem(err);
    }
    engine->given = given;
    for (size_t i = engine->given_count; i < profile->count; i++) {
        const struct md_fixture *fixture = profile->fixtures[i];
        enum mockd_code rc = add_known(engine, fixture, err);

        if (rc == MOCKD_OK) {
            rc = md_index_add(&engine->index, profile, i, err);
        }
        if (rc != MOCKD_OK) {
            return rc;
        }
        given[i] = calloc(fixture->rule_count + 1, sizeof(**given));
        if (given[i] == NULL) {
            return md_fail_nomem(err);
        }
        engine->given_count++;
    }
    return MOCKD_OK;
}

void md_engine_shrink(struct md_engine *engine, size_t count)
{
    md_index_shrink(&engine->index, count);
    while (engine->given_count > count) {
        engine->given_count--;
        free(engine->given[engine->given_count]);
    }
}

void md_engine_release(struct md_engine *engine)
{
    md_engine_shrink(engine, 0);
    free(engine->given);
    md_index_release(&engine->index);
    md_faults_release(&engine->faults);
    md_execs_release(&engine->execs);
    md_containers_release(&engine->containers);
    *engine = (struct md_engine){0};
}

void md_answer_release(struct md_answer *answer)
{
    md_buf_release(&answer->body);
    md_arena_release(&answer->arena);
    *answer = (struct md_answer){0};
}

void md_answer_trouble(struct md_answer *answer, int status, const char *text)
{
    static const char *const lines[] = {"Content-Type: application/json"};

    md_buf_release(&answer->body);
    answer->body.max = (size_t)8 * MD_TROUBLE_MAX;
    answer->is_stream = false;
    answer->status_line = NULL;
    answer->status = status;
    answer->lines = lines;
    answer->line_count = 1;
    if (!md_buf_add_text(&answer->body, "{\"message\":") ||
        !md_json_quote(&answer->body, text) ||
        !md_buf_add_text(&answer->body, "}\n")) {
        md_buf_release(&answer->body); /* no memory: the status must do */
    }
}

/* The same as a trouble of its own, with what would help behind the note. */
static void give_unmatched(const struct md_turn *turn, int status,
                           const char *text)
{
    struct md_engine *engine = turn->engine;
    struct md_buf note = {.max = MD_NOTE_MAX};

    md_answer_trouble(turn->answer, status, text);
    turn->answer->unmatched =
        md_arena_copy(&turn->answer->arena, text, strlen(text));
    if (turn->answer->unmatched == NULL) {
        turn->answer->unmatched = "mockd: no recording answers, nor is there "
                                  "memory to say more";
    }
    engine->unmatched++;
    if (engine->on_note == NULL) {
        return;
    }
    if (md_buf_add_text(&note, text) &&
        md_trouble_difference(&note, engine->profile, turn->call) &&
        md_paste(&note, turn->call)) {
        engine->on_note(engine->on_note_user, note.data);
    } else {
        engine->on_note(engine->on_note_user, text);
    }
    md_buf_release(&note);
}

static void note_rule(const struct md_turn *turn, const struct md_rule *rule)
{
    turn->answer->rule = rule;
    rule->fixture->is_used = true;
}

static void give_error(const struct md_turn *turn,
                       const struct mockd_error *err)
{
    char text[MD_TROUBLE_MAX];

    (void)snprintf(text, sizeof(text), "mockd: %s", err->message);
    md_turn_trouble(turn, 500, text);
}

/* @text as it is inside a JSON string, when the reply is JSON. */
static const char *escape_for(const struct md_turn *turn,
                              const struct md_head *head, const char *text)
{
    const char *type = md_head_value(head, "Content-Type");
    struct md_buf buf = {.max = (size_t)8 * MD_CONNECTION_MEMORY};
    const char *copy = NULL;

    if (type == NULL || strstr(type, "json") == NULL) {
        return text;
    }
    if (md_json_quote(&buf, text)) {
        copy = md_arena_copy(&turn->answer->arena, buf.data + 1, buf.len - 2);
    }
    md_buf_release(&buf);
    return copy == NULL ? text : copy;
}

/* The literal of @choice's path that the answer must not show, and what to
 * show instead. */
static struct md_swap swap_for(const struct md_turn *turn,
                               const struct md_choice *choice)
{
    const struct md_rule *rule = choice->rule;
    const struct md_on *on = &rule->on;
    const struct md_call *call = turn->call;

    if (on->eid != MD_NO_VAR && call->exec != NULL) {
        return (struct md_swap){choice->fixture->vars[on->eid].value,
                                call->exec->id, false};
    }
    for (size_t i = 0; i < on->target.word_count; i++) {
        int var = on->word_vars[i];
        bool is_gone = rule->life != NULL && rule->stage == MD_PHASE_GONE;

        if (var != MD_NO_VAR && (var == on->any || is_gone)) {
            return (struct md_swap){
                choice->fixture->vars[var].value,
                escape_for(turn, &rule->reply_head, call->target.words[i]),
                is_gone};
        }
    }
    return (struct md_swap){0};
}

static bool render_body(struct md_answer *answer, const struct md_payload *body,
                        const struct md_swaps *swaps, struct mockd_error *err)
{
    size_t len = (size_t)body->len; /* at most MD_PAYLOAD_MAX */
    MD_CLEANUP(md_cleanup_free) char *bytes = malloc(len + 1);

    answer->body = (struct md_buf){.max = 2 * (size_t)MD_PAYLOAD_MAX};
    if (bytes == NULL) {
        (void)md_fail_nomem(err);
        return false;
    }
    if (md_payload_read(body, 0, bytes, len, err) != MOCKD_OK) {
        return false;
    }
    if (!md_swaps_into(&answer->body, bytes, len, swaps)) {
        (void)md_fail_nomem(err);
        return false;
    }
    return true;
}

static void give_reply(const struct md_turn *turn, const struct md_rule *rule,
                       const struct md_swap *swap)
{
    struct md_answer *answer = turn->answer;
    const struct md_exec *exec = turn->call->exec;
    struct md_swapping swapping = {0};
    struct mockd_error err = {0};

    note_rule(turn, rule);
    md_turn_head(turn, &rule->reply_head);
    md_swapping_add(&swapping, *swap);
    if (exec != NULL && exec->container_id != NULL) {
        md_swapping_add(&swapping, (struct md_swap){exec->recorded_id,
                                                    exec->container_id, false});
    }
    md_made_swap(turn, rule, &swapping);
    if (!render_body(answer, &rule->reply_body, &swapping.swaps, &err)) {
        give_error(turn, &err);
    }
}

static bool is_success(const struct md_rule *rule)
{
    return rule->reply_head.status >= 200 && rule->reply_head.status < 300;
}

/* An exec's answers name the container that it is in. */
static bool note_home(const struct md_turn *turn, const struct md_rule *rule,
                      struct md_exec *exec)
{
    const struct md_container *container = turn->call->container;
    int var = rule->on.word_vars[1];
    int cid = var == MD_NO_VAR ? var : md_life_twin(rule->fixture, var, "CID");

    if (container == NULL || container->life == NULL || cid == MD_NO_VAR) {
        return true;
    }
    exec->recorded_id = rule->fixture->vars[cid].value;
    exec->container_id = strdup(container->id);
    return exec->container_id != NULL;
}

static void answer_create(const struct md_turn *turn,
                          const struct md_choice *choice,
                          const struct md_rule *rule)
{
    struct mockd_error err = {0};
    struct md_exec *exec = NULL;
    struct md_swap swap = {0};
    enum mockd_code rc = md_fixture_verify(choice->fixture, &err);

    if (rc == MOCKD_OK) {
        rc = md_execs_add(&turn->engine->execs, choice->fixture, rule->makes,
                          &exec, &err);
    }
    if (rc == MOCKD_OK && !note_home(turn, rule, exec)) {
        rc = md_fail_nomem(&err);
    }
    if (rc == MOCKD_OK && choice->fixture->is_script) {
        rc =
            md_inspect_note(&turn->engine->execs, exec, turn->call->json, &err);
    }
    if (rc != MOCKD_OK) {
        give_error(turn, &err);
        return;
    }
    exec->has_stdin =
        md_json_is_true(md_json_get_any_case(turn->call->json, "AttachStdin"));
    swap = (struct md_swap){choice->fixture->vars[rule->makes].value, exec->id,
                            false};
    give_reply(turn, rule, &swap);
}

/* A detached exec exits when the inspect answers recorded while it ran are
 * used up; when there are none, the other answers of that time decide. It runs
 * for ever when nothing was recorded after its end. */
static void age_detached(struct md_exec *exec)
{
    const struct md_fixture *fixture = exec->fixture;
    bool has_inspect = false;
    bool has_exited = false;
    bool is_due = true;

    for (size_t i = 0; i < fixture->rule_count; i++) {
        const struct md_rule *rule = &fixture->rules[i];

        if (rule->on.eid == exec->var) {
            has_exited |= rule->phase == MD_PHASE_EXITED;
            has_inspect |= rule->phase == MD_PHASE_RUNNING && rule->is_inspect;
        }
    }
    for (size_t i = 0; i < fixture->rule_count; i++) {
        const struct md_rule *rule = &fixture->rules[i];

        if (rule->on.eid == exec->var && rule->phase == MD_PHASE_RUNNING &&
            (rule->is_inspect || (!has_inspect && !exec->is_borrowed))) {
            is_due &= md_row_is_used_up(fixture, rule, exec->given);
        }
    }
    if (is_due && (has_exited || !has_inspect)) {
        md_exec_move(exec, MD_PHASE_EXITED);
    }
}

static void note_own_reply(const struct md_turn *turn,
                           const struct md_rule *rule)
{
    struct md_exec *exec = turn->call->exec;
    const struct md_target *target = &rule->on.target;

    if (rule->is_start && exec->phase == MD_PHASE_CREATED) {
        exec->is_detached = true;
        md_exec_move(exec, MD_PHASE_RUNNING);
    } else if (exec->phase == MD_PHASE_RUNNING && target->word_count == 3 &&
               strcmp(target->words[2], "resize") == 0) {
        md_turn_resize(turn);
    }
    if (exec->fixture->is_script && exec->is_detached) {
        md_exec_move(exec, MD_PHASE_EXITED); /* there is nothing to wait for */
    } else if (exec->is_detached && exec->phase == MD_PHASE_RUNNING) {
        age_detached(exec);
    }
}

static void give_stream(const struct md_turn *turn, const struct md_rule *rule,
                        const struct md_choice *donor)
{
    struct md_answer *answer = turn->answer;

    note_rule(turn, rule);
    answer->is_stream = true;
    answer->is_tty =
        md_json_is_true(md_json_get_any_case(turn->call->json, "Tty"));
    answer->exec = turn->call->exec;
    answer->fixture = turn->call->exec->fixture;
    answer->stream = rule->stream;
    answer->head = donor->rule->stream->has_usual_head
                       ? md_scripted_head(turn, donor->rule->stream)
                       : &donor->rule->stream->head;
    answer->head_swap = swap_for(turn, donor);
    answer->on_note = turn->engine->on_note;
    answer->on_note_user = turn->engine->on_note_user;
    answer->exec->exit_code = rule->stream->exit_code;
    answer->status = answer->head->status;
    answer->exec->is_detached = false;
    md_exec_move(answer->exec, MD_PHASE_RUNNING);
}

/* The exec was not recorded starting this way in this phase. */
static bool try_donor(const struct md_turn *turn)
{
    const struct md_rule *own = md_choose_stream(turn->call);
    struct md_choice donor = md_choose_donor(turn->engine->profile, turn->call);
    struct md_swap swap = {0};

    if (own == NULL || donor.rule == NULL) {
        return false;
    }
    if (!md_is_detached(turn->call)) {
        give_stream(turn, own, &donor);
        return true;
    }
    swap = swap_for(turn, &donor);
    give_reply(turn, donor.rule, &swap);
    turn->call->exec->is_borrowed = true;
    note_own_reply(turn, donor.rule);
    return true;
}

/* True when the path is recorded for the exec, whatever came of it. */
static bool answer_own(const struct md_turn *turn)
{
    struct md_call *call = turn->call;
    struct md_choice choice = md_choose_own(call);
    char text[MD_TROUBLE_MAX];
    unsigned phases = 0;

    if (choice.rule != NULL) {
        const struct md_rule *rule =
            md_row_next(choice.fixture, choice.rule, call->exec->given);
        struct md_swap swap = swap_for(turn, &choice);

        if (rule->stream != NULL) {
            choice.rule = rule;
            give_stream(turn, rule, &choice);
        } else if (rule->has_inspect) {
            note_rule(turn, rule);
            md_scripted_inspect(turn, &rule->reply_head, &rule->inspect);
        } else {
            give_reply(turn, rule, &swap);
            note_own_reply(turn, rule);
        }
        return true;
    }
    if (md_scripted_answer(turn) ||
        (md_turn_is(turn, "POST", "start") && try_donor(turn))) {
        return true;
    }
    phases = md_recorded_phases(call);
    if (phases == 0) {
        return false;
    }
    md_trouble_not_in_phase(text, sizeof(text), call, phases);
    give_unmatched(turn, 501, text);
    return true;
}

/* A container made by a create of which no more was recorded: it is known. */
static void note_container(const struct md_turn *turn)
{
    const struct md_answer *answer = turn->answer;
    MD_CLEANUP(md_json_cleanup) struct md_json *json = NULL;
    const char *id = NULL;

    if (answer->body.len > 0 &&
        md_json_parse(answer->body.data, answer->body.len, &json, NULL) ==
            MOCKD_OK) {
        id = md_json_text(md_json_get(json, "Id"));
    }
    if ((turn->call->name != NULL || id != NULL) &&
        !md_containers_add(&turn->engine->containers, turn->call->name, id,
                           false)) {
        md_turn_trouble(turn, 500,
                        "mockd: out of memory, or too many containers");
    }
}

/* A rule that no exec is behind; the counts of its row are the container's
 * own, if that has some. */
static const struct md_rule *next_of_row(const struct md_turn *turn,
                                         const struct md_choice *choice)
{
    const struct md_container *container = turn->call->container;
    bool is_own = container != NULL && container->life != NULL &&
                  container->life == choice->rule->life;

    return md_row_next(choice->fixture, choice->rule,
                       is_own ? container->given
                              : turn->engine->given[choice->index]);
}

static void give_list(const struct md_turn *turn,
                      const struct md_choice *choice)
{
    struct mockd_error err = {0};

    note_rule(turn, choice->rule);
    md_turn_head(turn, &choice->rule->reply_head);
    if (md_made_list(turn, choice, &turn->answer->body, &err) != MOCKD_OK) {
        give_error(turn, &err);
    }
}

static void give_common(const struct md_turn *turn, struct md_choice choice)
{
    struct md_swap swap = {0};
    struct mockd_error err = {0};
    const struct md_rule *rule = next_of_row(turn, &choice);

    choice.rule = rule;
    if (rule->makes != MD_NO_VAR && is_success(rule)) {
        answer_create(turn, &choice, rule);
        return;
    }
    if (md_made_is_list(turn, rule)) {
        give_list(turn, &choice);
        return;
    }
    if (rule->made != NULL && md_made_add(turn, rule, &err) != MOCKD_OK) {
        give_error(turn, &err);
        return;
    }
    swap = swap_for(turn, &choice);
    give_reply(turn, rule, &swap);
    if (rule->is_making && rule->made == NULL && is_success(rule)) {
        note_container(turn);
    }
    md_made_move(turn, rule->reply_head.status);
}

static void answer_common(const struct md_turn *turn)
{
    const struct md_call *call = turn->call;
    struct md_choice choice =
        md_choose_common(turn->engine->profile, &turn->engine->index, call);
    const struct md_fixture *fixture = NULL;
    char text[MD_TROUBLE_MAX];
    unsigned stages = 0;

    if (choice.rule != NULL) {
        give_common(turn, choice);
        return;
    }
    if (call->container != NULL && call->container->life != NULL) {
        stages = md_recorded_stages(turn->engine->profile, call, &fixture);
    }
    if (stages == 0 || (stages & 1U << call->container->stage) != 0) {
        md_trouble_unmatched(text, sizeof(text), turn->engine->profile, call);
        give_unmatched(turn, 404, text);
        return;
    }
    md_trouble_not_at_stage(text, sizeof(text), call, fixture, stages);
    give_unmatched(turn, 501, text);
}

static struct md_exec *find_exec(const struct md_engine *engine,
                                 const struct md_target *target)
{
    struct md_exec *found = NULL;

    for (size_t i = 0; i < target->word_count && found == NULL; i++) {
        found = md_execs_find(&engine->execs, target->words[i]);
    }
    return found;
}

bool md_engine_release_exec(struct md_engine *engine, const char *id)
{
    struct md_exec *exec = md_execs_find(&engine->execs, id);

    if (exec != NULL) {
        exec->is_released = true;
    }
    return exec != NULL;
}

void md_engine_answer(struct md_engine *engine,
                      const struct md_request *request,
                      struct md_answer *out_answer)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *json = NULL;
    struct md_call call = {.body = (const uint8_t *)request->body,
                           .body_len = request->body_len,
                           .has_upgrade = request->has_upgrade,
                           .containers = &engine->containers,
                           .execs = &engine->execs};
    struct md_turn turn = {engine, &call, out_answer};
    struct mockd_error err = {0};
    enum mockd_code rc = md_target_parse(&out_answer->arena, request->method,
                                         request->target, &call.target, &err);

    if (rc != MOCKD_OK) {
        char text[MD_TROUBLE_MAX];

        (void)snprintf(text, sizeof(text), "mockd: %s", err.message);
        md_turn_trouble(&turn, rc == MOCKD_E_FIXTURE ? 400 : 500, text);
        return;
    }
    if (request->body_len > 0 && md_json_parse(request->body, request->body_len,
                                               &json, NULL) == MOCKD_OK) {
        call.json = json;
    }
    md_made_find(&turn);
    call.exec = find_exec(engine, &call.target);
    out_answer->subject = call.exec;
    if (call.exec == NULL || !answer_own(&turn)) {
        answer_common(&turn);
    }
}
