/* SPDX-License-Identifier: MIT */
/* verify_stream.c - a recorded stream, done over. */
#include "json.h"
#include "verify_diff.h"
#include "verify_work.h"

/* Was the exec created with a terminal? */
static bool has_terminal(const struct md_verify_work *work, int eid)
{
    for (size_t i = 0; i < work->fixture->rule_count; i++) {
        const struct md_rule *rule = &work->fixture->rules[i];

        if (rule->is_create && rule->makes == eid) {
            return md_json_is_true(md_json_get_any_case(rule->json, "Tty"));
        }
    }
    return false;
}

static struct md_verify_attached *find_attached(struct md_verify_work *work,
                                                const struct md_stream *stream)
{
    size_t at = 0;

    while (work->attached[at].stream != stream) {
        at++;
    }
    return &work->attached[at];
}

enum mockd_code md_verify_start(struct md_verify_work *work,
                                const struct md_rule *rule,
                                struct mockd_error *err)
{
    struct md_verify_attached *attached = find_attached(work, rule->stream);
    const struct md_verify_request request = {
        .has_upgrade = rule->upgrade,
        .is_framed = !has_terminal(work, rule->on.eid)};

    if (attached->is_open) {
        return md_fail(
            err, MOCKD_E_FIXTURE, "%.200s:%u: stream %.60s was started before",
            work->fixture->path, (unsigned)rule->line, rule->stream->name);
    }
    attached->rule = rule;
    attached->is_open = true;
    md_verify_output_init(&attached->recorded, request.is_framed);
    return md_verify_send(work, rule, request, &attached->link, err);
}

/* Once it is behind, what to wait for is not known any more. */
static void catch_up(struct md_verify_attached *attached)
{
    if (attached->is_open && !attached->is_refused && !attached->is_behind) {
        attached->is_behind =
            !md_verify_link_wait(&attached->link, attached->recorded.total);
    }
}

void md_verify_catch_up(struct md_verify_work *work)
{
    for (size_t i = 0; i < work->fixture->stream_count; i++) {
        catch_up(&work->attached[i]);
    }
}

static struct md_verify_diff diff_of(const struct md_verify_work *work,
                                     const struct md_verify_attached *attached,
                                     unsigned line)
{
    return (struct md_verify_diff){.names = &work->names,
                                   .report = work->report,
                                   .line = line,
                                   .where = attached->rule->on.text};
}

static void do_head(struct md_verify_work *work,
                    struct md_verify_attached *attached, unsigned line)
{
    const struct md_verify_diff diff = diff_of(work, attached, line);
    const struct md_head *head = &attached->stream->head;

    if (!md_verify_link_head(&attached->link)) {
        attached->is_refused = true;
        md_verify_differ(work->report, line,
                         "%s: recorded \"%.100s\", live no answer",
                         attached->rule->on.text, head->lines[0]);
    } else if (!md_verify_diff_head(&diff, head, &attached->link)) {
        attached->is_refused = true;
    }
}

static const char *end_name(enum md_verify_end end)
{
    switch (end) {
    case MD_VERIFY_OPEN:
        return "does not end";
    case MD_VERIFY_CLOSED:
        return "ends";
    case MD_VERIFY_RESET:
        return "is reset";
    case MD_VERIFY_NOT_HTTP:
        return "is no HTTP";
    }
    return "?";
}

/* @recorded  MD_VERIFY_OPEN = the client left first: whether it would have
 *            ended is not known */
static void compare_stream(const struct md_verify_work *work,
                           const struct md_verify_attached *attached,
                           unsigned line, enum md_verify_end recorded)
{
    const struct md_verify_diff diff = diff_of(work, attached, line);

    if (recorded != MD_VERIFY_OPEN && attached->link.end != recorded) {
        md_verify_differ(work->report, line,
                         "%s: the stream %s in the recording, and %s live",
                         diff.where, end_name(recorded),
                         end_name(attached->link.end));
    }
    md_verify_diff_output(&diff, &attached->recorded, &attached->link.output,
                          work->engine->with_segments);
}

static void do_end(struct md_verify_work *work,
                   struct md_verify_attached *attached,
                   const struct md_event *event)
{
    enum md_verify_end end =
        event->code == MD_EVENT_RESET ? MD_VERIFY_RESET : MD_VERIFY_CLOSED;

    if (!attached->is_refused) {
        (void)md_verify_link_finish(&attached->link);
        compare_stream(work, attached, event->line, end);
    }
}

static enum mockd_code do_input(struct md_verify_work *work,
                                struct md_verify_attached *attached,
                                const struct md_event *event,
                                struct mockd_error *err)
{
    const uint8_t *bytes = NULL;
    enum mockd_code rc = md_verify_load(work, &event->payload, &bytes, err);

    if (rc == MOCKD_OK) {
        catch_up(attached);
        (void)md_verify_link_write(&attached->link, bytes, event->payload.len);
    }
    return rc;
}

static enum mockd_code do_data(struct md_verify_work *work,
                               struct md_verify_attached *attached,
                               const struct md_event *event,
                               struct mockd_error *err)
{
    const uint8_t *bytes = NULL;
    enum mockd_code rc = md_verify_load(work, &event->payload, &bytes, err);

    if (rc == MOCKD_OK) {
        md_verify_output_add(&attached->recorded, bytes, event->payload.len);
    }
    return rc;
}

/* The stream that the engine had not ended when the client left. */
static void do_leave(struct md_verify_work *work,
                     struct md_verify_attached *attached,
                     const struct md_event *event)
{
    catch_up(attached);
    if (!attached->is_refused) {
        compare_stream(work, attached, event->line, MD_VERIFY_OPEN);
    }
    md_verify_link_drop(&attached->link);
}

enum mockd_code md_verify_event(struct md_verify_work *work, uint32_t index,
                                struct mockd_error *err)
{
    const struct md_event *event = &work->fixture->events[index];
    struct md_verify_attached *attached = &work->attached[work->owners[index]];

    if (!attached->is_open) {
        return MOCKD_OK; /* no rule starts it */
    }
    switch (event->code) {
    case MD_EVENT_HEAD:
        do_head(work, attached, event->line);
        return MOCKD_OK;
    case MD_EVENT_DATA:
        return do_data(work, attached, event, err);
    case MD_EVENT_INPUT:
        return do_input(work, attached, event, err);
    case MD_EVENT_END:
    case MD_EVENT_RESET:
        do_end(work, attached, event);
        return MOCKD_OK;
    case MD_EVENT_INPUT_END:
        catch_up(attached);
        md_verify_link_end_input(&attached->link);
        return MOCKD_OK;
    case MD_EVENT_INPUT_LOST:
        do_leave(work, attached, event);
        return MOCKD_OK;
    case MD_EVENT_RESIZE: /* its rule stands behind it */
        catch_up(attached);
        return MOCKD_OK;
    case MD_EVENT_EXPECT: /* a script's only, and those have no engine */
    case MD_EVENT_ECHO:
    case MD_EVENT_EXIT:
    case MD_EVENT_PAUSE:
    case MD_EVENT_REPEAT:
    case MD_EVENT_AGAIN:
        return MOCKD_OK;
    }
    return MOCKD_OK;
}

/* Streams that were not seen to end: what had come of them. */
void md_verify_unended(const struct md_verify_work *work)
{
    for (size_t i = 0; i < work->fixture->stream_count; i++) {
        struct md_verify_attached *attached = &work->attached[i];

        if (attached->is_open && !attached->is_refused &&
            !attached->stream->is_output_over &&
            work->fixture->events[attached->stream->last].code !=
                MD_EVENT_INPUT_LOST) {
            catch_up(attached);
            compare_stream(work, attached,
                           work->fixture->events[attached->stream->last].line,
                           MD_VERIFY_OPEN);
        }
    }
}
