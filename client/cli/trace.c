/* SPDX-License-Identifier: MIT */
#include "trace.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "output.h"

#define LINE_SIZE 256 /* bytes of a line */
#define SHOWN 60      /* bytes of what was sent or received */

static const char *name_of(enum dexec_trace_event event)
{
    switch (event) {
    case DEXEC_TRACE_SENT:
        return "sent";
    case DEXEC_TRACE_RECEIVED:
        return "received";
    case DEXEC_TRACE_FRAME:
        return "frame";
    case DEXEC_TRACE_HALF_CLOSE:
        return "half-close";
    case DEXEC_TRACE_END:
        return "end";
    case DEXEC_TRACE_RESET:
        return "reset";
    }
    return "unknown";
}

/* Types that are none of ours are what one traces for. */
static int show_frame(const struct dexec_trace *trace, char *text, size_t size)
{
    char number[16] = "";
    const char *kind = dexec_kind_name(trace->kind);

    if (trace->kind > DEXEC_KIND_SYSTEM) {
        (void)snprintf(number, sizeof(number), "type %d", (int)trace->kind);
        kind = number;
    }
    return snprintf(text, size, " %s, %lu bytes", kind,
                    (unsigned long)trace->frame_length);
}

/* The beginning, up to the end of its first line, with \xNN for the rest. */
static int show_bytes(const struct dexec_trace *trace, char *text, size_t size)
{
    const unsigned char *bytes = trace->data;
    int used = snprintf(text, size, " %zu bytes: ", trace->len);
    size_t i = 0;

    for (; i < trace->len && i < SHOWN && bytes[i] != '\r' && bytes[i] != '\n';
         i++) {
        bool is_plain = bytes[i] >= ' ' && bytes[i] < 0x7F && bytes[i] != '\\';

        if (used > (int)(size - sizeof("\\x00..."))) {
            break;
        }
        used += snprintf(text + used, size - (size_t)used,
                         is_plain ? "%c" : "\\x%02x", (unsigned)bytes[i]);
    }
    return used + snprintf(text + used, size - (size_t)used, "%s",
                           i < trace->len ? "..." : "");
}

void trace_print(void *user, const struct dexec_trace *trace)
{
    char line[LINE_SIZE];
    size_t room = sizeof(line) - sizeof("\r\n");
    int used =
        snprintf(line, room, "%10.6f #%u %-10s", (double)trace->time_us / 1e6,
                 trace->connection, name_of(trace->event));

    (void)user;
    if (trace->connection > 0) {
        used += snprintf(line + used, room - (size_t)used, " segment %u @%llu",
                         trace->segment, (unsigned long long)trace->offset);
    }
    if (trace->event == DEXEC_TRACE_FRAME) {
        used += show_frame(trace, line + used, room - (size_t)used);
    } else if (trace->data != NULL) {
        used += show_bytes(trace, line + used, room - (size_t)used);
    }
    /* The terminal may be raw: it then needs the carriage return. */
    (void)snprintf(line + used, sizeof(line) - (size_t)used, "%s",
                   isatty(STDERR_FILENO) != 0 ? "\r\n" : "\n");
    (void)output_write(STDERR_FILENO, line, strlen(line));
}
