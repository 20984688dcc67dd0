/* SPDX-License-Identifier: MIT */
#include "scripted.h"

#include "bounds.h"
#include "choice.h"
#include "inspect.h"
#include "json.h"
#include "usual.h"

const struct md_head *md_scripted_head(const struct md_turn *turn,
                                       const struct md_stream *stream)
{
    const struct md_call *call = turn->call;
    bool is_tty = md_json_is_true(md_json_get_any_case(call->json, "Tty"));

    return md_usual_stream_head(call->exec->fixture, stream->usual_status,
                                &call->target, call->has_upgrade, is_tty);
}

void md_scripted_inspect(const struct md_turn *turn, const struct md_head *head,
                         const struct md_inspect *inspect)
{
    struct md_answer *answer = turn->answer;
    struct md_exec *exec = turn->call->exec;
    struct md_inspect_view view = md_inspect_next(exec, inspect);

    md_turn_head(turn, head);
    answer->body = (struct md_buf){.max = 2 * (size_t)MD_INSPECTS_MAX};
    if (!md_inspect_body(exec, &view, &answer->body)) {
        md_turn_trouble(turn, 500, "mockd: out of memory");
    }
}

/* A detached exec has no stream to end it: it is over at once, with the code
 * that its stream would have brought. */
static void give_usual_start(const struct md_turn *turn,
                             const struct md_rule *own)
{
    struct md_exec *exec = turn->call->exec;
    const struct md_script *script = &exec->fixture->script;

    md_turn_head(turn, &script->start_head);
    turn->answer->body = (struct md_buf){.max = MD_TROUBLE_MAX};
    if (script->style == MD_STYLE_PODMAN &&
        !md_buf_add_text(&turn->answer->body, "\n")) {
        md_turn_trouble(turn, 500, "mockd: out of memory");
    }
    exec->is_detached = true;
    exec->exit_code = own->stream->exit_code;
    md_exec_move(exec, MD_PHASE_EXITED);
}

bool md_scripted_answer(const struct md_turn *turn)
{
    static const struct md_inspect at_once = {.lag = MD_LAG_NONE};
    const struct md_call *call = turn->call;
    const struct md_script *script = &call->exec->fixture->script;
    const struct md_rule *own = NULL;

    if (!call->exec->fixture->is_script) {
        return false;
    }
    /* it is the script as a whole that answers */
    turn->answer->rule = &call->exec->fixture->rules[0];
    if (md_turn_is(turn, "GET", "json")) {
        md_scripted_inspect(turn, &script->inspect_head, &at_once);
        return true;
    }
    if (md_turn_is(turn, "POST", "resize") &&
        call->exec->phase == MD_PHASE_RUNNING) {
        md_turn_head(turn, &script->resize_head);
        md_turn_resize(turn);
        return true;
    }
    if (md_turn_is(turn, "POST", "start") && md_is_detached(call)) {
        own = md_choose_stream(call);
    }
    if (own != NULL) {
        give_usual_start(turn, own);
    }
    if (own == NULL) {
        turn->answer->rule = NULL;
    }
    return own != NULL;
}
