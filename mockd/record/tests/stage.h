/* SPDX-License-Identifier: MIT */
/*
 * stage.h - the program `mockd record` in a process of its own, and the test
 * as its client and as its engine.
 *
 * Zero is an empty stage. Functions assert, but for stage_open() and
 * stage_close(). Waits end by the limit of the test program.
 */
#ifndef RECORD_TEST_STAGE_H
#define RECORD_TEST_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "record/chan.h"
#include "record/socket.h"

#define STAGE_PATH_SIZE 128
#define STAGE_TEXT_SIZE 65536

struct stage {
    char dir[32];              /* all is below it; removed in the end */
    char out[STAGE_PATH_SIZE]; /* a folder for a recording; not made yet */
    struct md_rec_listener engine;
    struct md_rec_tls *engine_tls; /* the engine's; NULL = plain */
    struct md_rec_tls *client_tls; /* the client's; NULL = plain */
    pid_t child;                   /* 0 = it does not run */
    char ready[4096];              /* the line with which it began */
    struct md_rec_chan client;
    struct md_rec_chan peer; /* the engine's end of the client's connection */
    int never[2];
    char text[STAGE_TEXT_SIZE]; /* of the file that was read last */
};

/* False = there is no stage, and nothing to test on. */
bool stage_open(struct stage *stage);
void stage_close(struct stage *stage);

/* The engine is at tcp://127.0.0.1 from here on, not at a unix socket. */
void stage_engine_on_tcp(struct stage *stage);

/* DIR/NAME */
void stage_path(const struct stage *stage, const char *name,
                char out_path[STAGE_PATH_SIZE]);

/*
 * Run `mockd record` with up to 16 @arguments, NULL-terminated, up to where it
 * says that it is ready, or has ended.
 *
 * @is_asked  it will ask the engine for its version, and is answered
 *
 * Returns -1 when it is ready, else its exit status.
 */
int stage_run(struct stage *stage, const char *const *arguments, bool is_asked);

/* Send the signal, wait, and return the exit status; -1 = the signal killed
 * it. */
int stage_stop(struct stage *stage, int signal_number);

/* Run mockd with these arguments to its end; returns the exit status. What it
 * writes is in DIR/stdout and DIR/stderr, the latter as of stage_run(). */
int stage_tool(struct stage *stage, const char *const *arguments);

/* Connect a client to where the program listens; and accept what comes from
 * there. Both are ready for bytes afterwards. */
void stage_connect(struct stage *stage);
void stage_accept(struct stage *stage);

/* Connect only, or accept only; false = the handshake failed. */
bool stage_try_connect(struct stage *stage);

/* Has somebody come to the engine, and was not accepted? */
bool stage_has_visitor(const struct stage *stage);

void stage_say(struct stage *stage, struct md_rec_chan *chan, const void *data,
               size_t len);

/* These bytes come, and no others before them. */
void stage_hear(struct md_rec_chan *chan, const void *data, size_t len);

/* Read until what has come ends with @end; it is in stage->text. */
const char *stage_hear_until(struct stage *stage, struct md_rec_chan *chan,
                             const char *end);

/* The next read says this; it must not be OK. */
void stage_hear_io(struct md_rec_chan *chan, enum md_rec_io wanted);

/* Say it on one side and hear it on the other. @who 'c' the client, 'e' the
 * engine. @text NULL = that side ends. */
void stage_pass(struct stage *stage, char who, const char *text, size_t len);

/* A file below DIR, as text. */
const char *stage_read(struct stage *stage, const char *name);

bool stage_has_file(const struct stage *stage, const char *name);

/* How many files below DIR/rec have this text, as it is or in base64? */
unsigned stage_find(struct stage *stage, const char *text);

#endif
