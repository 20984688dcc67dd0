/* SPDX-License-Identifier: MIT */
#include "made.h"

#include <string.h>

#include "bounds.h"
#include "cleanup.h"
#include "json.h"
#include "life.h"
#include "query.h"

#define SHORT_ID 12 /* digits of an id that engines and clients show */

static bool is_containers(const struct md_target *target, size_t words)
{
    return target->word_count >= words &&
           strcmp(target->words[0], "containers") == 0;
}

static bool is_making(const struct md_target *target)
{
    return is_containers(target, 2) && target->word_count == 2 &&
           strcmp(target->method, "POST") == 0 &&
           strcmp(target->words[1], "create") == 0;
}

/* The name that a create asks for; NULL = none, or none that an engine would
 * take, and that could stand in an answer. */
static const char *name_of(const struct md_target *target)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    const char *name = "";

    for (size_t i = 0; i < target->param_count; i++) {
        if (strcmp(target->params[i].key, "name") == 0) {
            name = target->params[i].value;
        }
    }
    return name[0] == '\0' || name[strspn(name, letters)] != '\0' ? NULL : name;
}

void md_made_find(const struct md_turn *turn)
{
    struct md_call *call = turn->call;
    const struct md_target *target = &call->target;
    const struct md_fixture *ignored = NULL;

    if (is_making(target)) {
        call->name = name_of(target);
    } else if (is_containers(target, 2)) {
        call->container =
            md_containers_find(call->containers, target->words[1]);
    }
    call->is_staged =
        call->container != NULL && call->container->life != NULL &&
        md_recorded_stages(turn->engine->profile, call, &ignored) != 0;
}

static bool wants_removal(const struct md_json *create)
{
    const struct md_json *host = md_json_get_any_case(create, "HostConfig");

    return md_json_is_true(md_json_get_any_case(host, "AutoRemove"));
}

enum mockd_code md_made_add(const struct md_turn *turn,
                            const struct md_rule *rule, struct mockd_error *err)
{
    struct md_call *call = turn->call;
    struct md_container *made = NULL;
    const char *literal = rule->fixture->vars[rule->made->cid].value;
    char id[MD_VAR_LEN_MAX + 1];
    enum mockd_code rc =
        md_execs_fresh_id(&turn->engine->execs, literal, id, err);

    if (rc != MOCKD_OK) {
        return rc;
    }
    if (!md_containers_make(&turn->engine->containers, rule->fixture,
                            rule->made, call->name, id, &made)) {
        return md_fail(err, MOCKD_E_SYSTEM,
                       "out of memory, or more than %d containers",
                       MD_CONTAINERS_MAX);
    }
    made->is_removed_at_exit = wants_removal(call->json);
    call->container = made;
    return MOCKD_OK;
}

void md_swapping_add(struct md_swapping *swapping, struct md_swap swap)
{
    if (swap.from != NULL && swap.from[0] != '\0' &&
        strcmp(swap.from, swap.to) != 0 &&
        swapping->swaps.count < MD_SWAPS_MAX) {
        swapping->items[swapping->swaps.count] = swap;
        swapping->swaps.items = swapping->items;
        swapping->swaps.count++;
    }
}

/* An id and its short form. */
static void swap_id(const struct md_turn *turn, const char *recorded,
                    const char *id, struct md_swapping *swapping)
{
    struct md_arena *arena = &turn->answer->arena;
    const char *from = NULL;
    const char *to = NULL;

    md_swapping_add(swapping, (struct md_swap){recorded, id, false});
    if (strlen(recorded) <= SHORT_ID || strlen(id) <= SHORT_ID) {
        return;
    }
    from = md_arena_copy(arena, recorded, SHORT_ID);
    to = md_arena_copy(arena, id, SHORT_ID);
    if (from != NULL && to != NULL) {
        md_swapping_add(swapping, (struct md_swap){from, to, false});
    }
}

/* What stands in a recording for @container. */
static void swap_container(const struct md_turn *turn,
                           const struct md_fixture *fixture, int cid, int name,
                           const struct md_container *container,
                           struct md_swapping *swapping)
{
    if (cid != MD_NO_VAR && container->id != NULL) {
        swap_id(turn, fixture->vars[cid].value, container->id, swapping);
    }
    if (name != MD_NO_VAR && container->name != NULL) {
        md_swapping_add(swapping, (struct md_swap){fixture->vars[name].value,
                                                   container->name, true});
    }
}

/* A container that is always there has one id, its first, in whatever run of
 * the engine each file was recorded. */
static void swap_permanent(const struct md_turn *turn,
                           const struct md_fixture *fixture,
                           struct md_swapping *swapping)
{
    for (size_t i = 0; i < fixture->var_count; i++) {
        const struct md_var *var = &fixture->vars[i];
        int cid = var->kind == MD_VAR_NAME
                      ? md_life_twin(fixture, (int)i, "CID")
                      : MD_NO_VAR;
        const struct md_container *known = NULL;

        if (cid != MD_NO_VAR && !md_life_has(fixture, cid)) {
            known = md_containers_find(turn->call->containers, var->value);
        }
        if (known != NULL && known->id != NULL) {
            swap_id(turn, fixture->vars[cid].value, known->id, swapping);
        }
    }
}

void md_made_swap(const struct md_turn *turn, const struct md_rule *rule,
                  struct md_swapping *swapping)
{
    const struct md_container *container = turn->call->container;
    const struct md_life *life = rule->made == NULL ? rule->life : rule->made;
    int var =
        rule->on.target.word_count < 2 ? MD_NO_VAR : rule->on.word_vars[1];

    if (container != NULL && container->life != NULL && life == NULL &&
        var != MD_NO_VAR && rule->on.any == MD_NO_VAR) {
        swap_container(turn, rule->fixture,
                       md_life_twin(rule->fixture, var, "CID"), MD_NO_VAR,
                       container, swapping); /* another one's, that runs */
    }
    if (rule->is_making && rule->life != NULL) {
        container =
            md_containers_find(turn->call->containers, turn->call->name);
    }
    if (container != NULL && life != NULL) {
        swap_container(turn, rule->fixture, life->cid, life->name, container,
                       swapping);
    }
    swap_permanent(turn, rule->fixture, swapping);
}

void md_made_move(const struct md_turn *turn, int status)
{
    const struct md_target *target = &turn->call->target;
    struct md_containers *containers = &turn->engine->containers;
    struct md_container *found =
        is_containers(target, 2) && !is_making(target)
            ? md_containers_find(containers, target->words[1])
            : NULL;
    enum md_phase stage = MD_PHASE_ANY;

    if (found == NULL) {
        return;
    }
    stage = md_life_after(found->stage, target, status);
    if (stage == MD_PHASE_GONE ||
        (stage == MD_PHASE_EXITED && found->is_removed_at_exit)) {
        md_containers_remove(containers,
                             found->id != NULL ? found->id : found->name);
    } else if (found->life != NULL) {
        found->stage = stage;
    }
}

/* ---- lists ---- */

bool md_made_is_list(const struct md_turn *turn, const struct md_rule *rule)
{
    const struct md_target *target = &rule->on.target;
    bool has_lives =
        rule->fixture->lives != NULL || md_query_picks(&turn->call->target);

    for (size_t i = 0; i < turn->engine->containers.count && !has_lives; i++) {
        has_lives = turn->engine->containers.items[i].life != NULL;
    }
    return has_lives && is_containers(target, 2) && target->word_count == 2 &&
           strcmp(target->method, "GET") == 0 &&
           strcmp(target->words[1], "json") == 0 &&
           rule->reply_head.status == 200;
}

/* A list's body as JSON; NULL when it is no array. */
static enum mockd_code read_list(const struct md_rule *rule,
                                 struct md_json **out_list,
                                 struct mockd_error *err)
{
    size_t len = (size_t)rule->reply_body.len; /* at most MD_PAYLOAD_MAX */
    MD_CLEANUP(md_cleanup_free) char *text = malloc(len + 1);
    enum mockd_code rc = MOCKD_OK;

    if (text == NULL) {
        return md_fail_nomem(err);
    }
    rc = md_payload_read(&rule->reply_body, 0, text, len, err);
    text[len] = '\0';
    if (rc == MOCKD_OK &&
        md_json_parse(text, len, out_list, NULL) == MOCKD_E_SYSTEM) {
        rc = md_fail_nomem(err);
    }
    return rc;
}

/* How far a container is that an engine shows in a list. */
static enum md_phase stage_of(const struct md_json *item)
{
    static const struct {
        const char *state;
        enum md_phase stage;
    } states[] = {{"created", MD_PHASE_CREATED},
                  {"configured", MD_PHASE_CREATED}, /* Podman's, and the next */
                  {"initialized", MD_PHASE_CREATED},
                  {"running", MD_PHASE_RUNNING},
                  {"paused", MD_PHASE_RUNNING}};
    const char *state = md_json_text(md_json_get(item, "State"));

    for (size_t i = 0; state != NULL && i < MD_COUNT_OF(states); i++) {
        if (strcmp(state, states[i].state) == 0) {
            return states[i].stage;
        }
    }
    return MD_PHASE_EXITED;
}

static const struct md_life *life_of(const struct md_fixture *fixture,
                                     const struct md_json *item)
{
    const char *id = md_json_text(md_json_get(item, "Id"));
    const struct md_life *at = fixture->lives;

    while (id != NULL && at != NULL &&
           strcmp(fixture->vars[at->cid].value, id) != 0) {
        at = at->next;
    }
    return id == NULL ? NULL : at;
}

/* Do the call's filters let through what a recorded list has? */
static bool is_shown(const struct md_turn *turn, const struct md_json *item)
{
    const char *id = md_json_text(md_json_get(item, "Id"));
    const char *name = md_json_text(md_json_first(md_json_get(item, "Names")));

    name = name == NULL ? "" : name;
    return md_query_shows(&turn->call->target, name + (name[0] == '/' ? 1 : 0),
                          id == NULL ? "" : id);
}

/* Add @item with @swaps to the list. */
static bool add_item(struct md_buf *out, const struct md_json *item,
                     const struct md_swaps *swaps)
{
    struct md_buf text = {.max = MD_PAYLOAD_MAX};
    bool ok = (out->len <= 1 || md_buf_add_text(out, ",")) &&
              md_json_print(item, &text) &&
              md_swaps_into(out, text.data, text.len, swaps);

    md_buf_release(&text);
    return ok;
}

/* A container that is to be shown, and the list being written. */
struct showing {
    const struct md_turn *turn;
    const struct md_container *container;
    struct md_buf *out;
    bool is_done;
};

/* Show it as @rule's list has it, or another one's life at its stage. */
static enum mockd_code show_from(struct showing *showing,
                                 const struct md_rule *rule, bool is_own,
                                 struct mockd_error *err)
{
    const struct md_container *container = showing->container;
    MD_CLEANUP(md_json_cleanup) struct md_json *list = NULL;
    enum mockd_code rc = read_list(rule, &list, err);

    for (const struct md_json *item = md_json_first(list);
         item != NULL && rc == MOCKD_OK && !showing->is_done;
         item = md_json_next(item)) {
        const struct md_life *life = life_of(rule->fixture, item);
        struct md_swapping swapping = {0};

        if (life == NULL || stage_of(item) != container->stage ||
            (is_own && life != container->life)) {
            continue;
        }
        swap_container(showing->turn, rule->fixture, life->cid, life->name,
                       container, &swapping);
        showing->is_done = add_item(showing->out, item, &swapping.swaps);
        rc = showing->is_done ? MOCKD_OK : md_fail_nomem(err);
    }
    return rc;
}

static enum mockd_code show(struct showing *showing, bool is_own,
                            struct mockd_error *err)
{
    const struct md_call *call = showing->turn->call;
    struct md_choice at = {0};
    enum mockd_code rc = MOCKD_OK;

    while (rc == MOCKD_OK && !showing->is_done &&
           md_profile_next(showing->turn->engine->profile, &at)) {
        if (at.fixture->lives != NULL &&
            md_made_is_list(showing->turn, at.rule) &&
            md_match_path(at.fixture, at.rule, call, "GET", MD_LOOSE)) {
            rc = show_from(showing, at.rule, is_own, err);
        }
    }
    return rc;
}

/* Those that were made, the newest first, as engines have it. */
static enum mockd_code show_made(const struct md_turn *turn, struct md_buf *out,
                                 struct mockd_error *err)
{
    const struct md_containers *containers = &turn->engine->containers;
    enum mockd_code rc = MOCKD_OK;

    for (size_t i = containers->count; i > 0 && rc == MOCKD_OK; i--) {
        struct showing showing = {turn, &containers->items[i - 1], out, false};

        if (showing.container->life == NULL ||
            !md_query_shows(
                &turn->call->target,
                showing.container->name == NULL ? "" : showing.container->name,
                showing.container->id)) {
            continue;
        }
        rc = show(&showing, true, err);
        if (rc == MOCKD_OK && !showing.is_done) {
            rc = show(&showing, false, err);
        }
    }
    return rc;
}

enum mockd_code md_made_list(const struct md_turn *turn,
                             const struct md_choice *choice, struct md_buf *out,
                             struct mockd_error *err)
{
    MD_CLEANUP(md_json_cleanup) struct md_json *list = NULL;
    struct md_swapping swapping = {0};
    enum mockd_code rc = read_list(choice->rule, &list, err);
    bool ok = true;

    swap_permanent(turn, choice->fixture, &swapping);
    *out = (struct md_buf){.max = 2 * (size_t)MD_PAYLOAD_MAX};
    if (rc == MOCKD_OK && md_buf_add_text(out, "[")) {
        rc = show_made(turn, out, err);
    }
    for (const struct md_json *item = md_json_first(list);
         item != NULL && rc == MOCKD_OK && ok; item = md_json_next(item)) {
        ok = life_of(choice->fixture, item) != NULL || !is_shown(turn, item) ||
             add_item(out, item, &swapping.swaps);
    }
    if (rc == MOCKD_OK && !(ok && md_buf_add_text(out, "]\n"))) {
        rc = md_fail_nomem(err);
    }
    return rc;
}
