/* SPDX-License-Identifier: MIT */
/*
 * play.h - one exec on a stage: its client types "hello", which comes back in
 * a frame, ends its side, gets "end" in another, and then the engine ends its.
 */
#ifndef RECORD_TEST_PLAY_H
#define RECORD_TEST_PLAY_H

#include "stage.h"

#define PLAY_EID                                                               \
    "e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1"

/* A frame of the engine's standard output; for stage_pass(). */
#define PLAY_FRAME(len, text)                                                  \
    "\1\0\0\0\0\0\0" len text, sizeof("\1\0\0\0\0\0\0" len text) - 1

/* A request with a JSON body, to stage->text. */
const char *play_request(struct stage *stage, const char *line,
                         const char *headers, const char *body);

/* The client asks, and the engine is asked, and answers with this body. */
void play_ask(struct stage *stage, const char *line, const char *headers,
              const char *body, const char *status, const char *answer);

/* Connect, create an exec of @cmd, and start it: the engine does it all. */
void play_start(struct stage *stage, const char *cmd);

/* The whole exec, with the engine. */
void play_by_engine(struct stage *stage, const char *cmd);

/* The same, and a mock does what the engine did. */
void play_by_mock(struct stage *stage, const char *cmd);

/* A create that no recording answers. */
void play_refused(struct stage *stage, const char *cmd);

#endif
