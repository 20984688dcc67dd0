/* SPDX-License-Identifier: MIT */
#include "turn.h"

#include <stdlib.h>
#include <string.h>

void md_turn_trouble(const struct md_turn *turn, int status, const char *text)
{
    md_answer_trouble(turn->answer, status, text);
    if (turn->engine->on_note != NULL) {
        turn->engine->on_note(turn->engine->on_note_user, text);
    }
}

void md_turn_head(const struct md_turn *turn, const struct md_head *head)
{
    struct md_answer *answer = turn->answer;

    answer->status = head->status;
    answer->status_line = head->lines[0];
    answer->lines = head->lines + 1;
    answer->line_count = head->line_count - 1;
}

bool md_turn_is(const struct md_turn *turn, const char *method,
                const char *verb)
{
    const struct md_target *target = &turn->call->target;

    return strcmp(target->method, method) == 0 && target->word_count == 3 &&
           strcmp(target->words[0], "exec") == 0 &&
           strcmp(target->words[2], verb) == 0;
}

/* A number of the query, 0 when it is none. */
static unsigned read_side(const struct md_target *target, const char *key)
{
    for (size_t i = 0; i < target->param_count; i++) {
        if (strcmp(target->params[i].key, key) == 0) {
            return (unsigned)strtoul(target->params[i].value, NULL, 10);
        }
    }
    return 0;
}

void md_turn_resize(const struct md_turn *turn)
{
    const struct md_target *target = &turn->call->target;
    struct md_size size = {.cols = read_side(target, "w"),
                           .rows = read_side(target, "h")};

    md_resizes_add(&turn->call->exec->resizes, size);
    md_journal_resize(turn->engine->journal, turn->call->exec, target);
    turn->engine->has_resized = true;
}
