/* SPDX-License-Identifier: MIT */
#include "runner.h"

/* Is what the mark waits for there? */
static bool is_open(const struct md_runner *runner, const struct md_mark *mark)
{
    switch (mark->code) {
    case MD_MARK_INPUT:
        return !runner->has_stdin || runner->is_client_over ||
               runner->client_bytes >= runner->needed_bytes + mark->number;
    case MD_MARK_INPUT_END:
        return !runner->has_stdin || runner->is_client_over;
    case MD_MARK_RESIZE:
        return runner->resizes == NULL ||
               *runner->resizes > runner->needed_resizes;
    case MD_MARK_BYTES:
        return runner->is_client_over || runner->client_bytes >= mark->number;
    case MD_MARK_INSPECT:
        return runner->inspects == NULL ||
               *runner->inspects > runner->needed_inspects;
    case MD_MARK_CUT:
    case MD_MARK_PAUSE:
    case MD_MARK_STALL:
    case MD_MARK_EXIT:
    case MD_MARK_FIRED:
    case MD_MARK_FIN:
    case MD_MARK_RESET:
    case MD_MARK_CLOSE:
    case MD_MARK_RESTART:
    case MD_MARK_ALERT:
        break;
    }
    return true;
}

static bool pause(struct md_runner *runner, uint64_t pause_us, uint64_t now_us)
{
    if (!runner->is_pausing) {
        runner->is_pausing = true;
        runner->resume_us = now_us + pause_us;
    }
    if (now_us < runner->resume_us) {
        return true;
    }
    runner->is_pausing = false;
    return false;
}

/* Pass a mark. Returns false with the reason to stop there. */
static bool pass(struct md_runner *runner, const struct md_mark *mark,
                 uint64_t now_us, enum md_play *out_play)
{
    switch (mark->code) {
    case MD_MARK_INPUT:
    case MD_MARK_INPUT_END:
    case MD_MARK_RESIZE:
    case MD_MARK_BYTES:
    case MD_MARK_INSPECT:
        if (!is_open(runner, mark)) {
            *out_play = MD_PLAY_GATE;
            return false;
        }
        runner->needed_bytes += mark->code == MD_MARK_INPUT ? mark->number : 0;
        runner->needed_resizes += mark->code == MD_MARK_RESIZE;
        runner->needed_inspects += mark->code == MD_MARK_INSPECT;
        return true;
    case MD_MARK_PAUSE:
        *out_play = MD_PLAY_PAUSE;
        return !pause(runner, mark->number, now_us);
    case MD_MARK_EXIT:
    case MD_MARK_FIRED:
    case MD_MARK_RESTART:
        runner->on_mark(runner->on_mark_user, mark);
        return true;
    case MD_MARK_STALL:
        *out_play = MD_PLAY_STALL;
        return false;
    case MD_MARK_FIN:
        *out_play = MD_PLAY_END;
        return false;
    case MD_MARK_RESET:
        *out_play = MD_PLAY_RESET;
        return false;
    case MD_MARK_CLOSE:
        *out_play = MD_PLAY_CLOSE;
        return false;
    case MD_MARK_ALERT:
        *out_play = MD_PLAY_ALERT;
        return false;
    case MD_MARK_CUT:
        break;
    }
    return true;
}

static bool write_some(struct md_runner *runner, size_t end,
                       struct md_wire wire, enum md_play *out_play)
{
    struct iovec piece = {runner->program->bytes.data + runner->off,
                          end - runner->off};
    size_t written = 0;

    switch (wire.ops->write(wire.self, &piece, 1, &written)) {
    case MD_WIRE_OK:
        runner->off += written;
        return true;
    case MD_WIRE_FULL:
        *out_play = MD_PLAY_FULL;
        return false;
    case MD_WIRE_GONE:
        break;
    }
    *out_play = MD_PLAY_GONE;
    return false;
}

enum md_play md_runner_run(struct md_runner *runner, struct md_wire wire,
                           uint64_t now_us)
{
    const struct md_program *program = runner->program;
    enum md_play play = MD_PLAY_OVER;
    bool is_moving = true;

    while (is_moving) {
        bool has_mark = runner->mark < program->mark_count;
        const struct md_mark *mark =
            has_mark ? &program->marks[runner->mark] : NULL;

        if (has_mark && mark->at <= runner->off) {
            is_moving = pass(runner, mark, now_us, &play);
            runner->mark += is_moving;
        } else if (runner->off < program->bytes.len) {
            is_moving = write_some(
                runner, has_mark ? mark->at : program->bytes.len, wire, &play);
        } else {
            return MD_PLAY_OVER;
        }
    }
    return play;
}
