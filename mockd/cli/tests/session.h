/* SPDX-License-Identifier: MIT */
/* session.h - lines of small fixtures, to put together. `mockd lint --fix`
 * writes the ends of recordings. */
#ifndef SESSION_H
#define SESSION_H

#define VARS "\"NAME\":\"t1\",\"EID1\":\"e1e1e1e1\""
#define HEADER "{\"execcast\":1,\"name\":\"x\",\"vars\":{" VARS "}}\n"
#define SCRIPT "{\"execcast\":1,\"name\":\"x\",\"script\":true}\n"
#define JSON_REPLY(status, body)                                               \
    "\"reply\":{\"head\":[\"HTTP/1.1 " status                                  \
    "\",\"Content-Type: application/json\"],\"body\":{\"text\":\"" body "\"}}"
#define CREATE_OF(path, json)                                                  \
    "{\"on\":\"POST /containers/" path "/exec\",\"match\":{\"json\":{" json    \
    "}}," JSON_REPLY("201 Created",                                            \
                     "{\\\"Id\\\":\\\"e1e1e1e1\\\"}") ",\"makes\":\"EID1\"}\n"
#define CREATE CREATE_OF("{NAME}", "\"Cmd\":[\"true\"]")
#define START                                                                  \
    "{\"on\":\"POST /exec/{EID1}/start\",\"phase\":\"created\",\"match\":{"    \
    "\"json\":{\"Detach\":false}},\"upgrade\":true,\"stream\":\"s1\"}\n"
#define HEAD(attrs)                                                            \
    "[400,\"<H\",[\"HTTP/1.1 101 UP\",\"Content-Type: x/y\"]" attrs "]\n"
#define STREAM "{\"stream\":\"s1\"}\n" HEAD("")
#define SESSION HEADER CREATE START STREAM
#define OUT "%01%00%00%00%00%00%00%04out%0A"
#define INSPECT(phase, body)                                                   \
    "{\"on\":\"GET /exec/{EID1}/json\",\"phase\":\"" phase                     \
    "\"," JSON_REPLY("200 OK", body) "}\n"

/* of scripts: an exec of any command, and its stream */
#define CREATE_ANY(match)                                                      \
    "{\"on\":\"POST /containers/{NAME}/exec\"," match "\"makes\":\"EID1\"}\n"
#define SUBSET(json) "\"match\":{\"subset\":{" json "}},"
#define WHOLE(json) "\"match\":{\"json\":{" json "}},"
#define START_ANY "{\"on\":\"POST /exec/{EID1}/start\",\"stream\":\"s1\"}\n"
#define S1 "{\"stream\":\"s1\"}\n"
#define EXEC SCRIPT CREATE_ANY("") START_ANY S1 /* four lines */
#define ON_TERMINAL(json)                                                      \
    SCRIPT CREATE_ANY(SUBSET("\"Tty\":" json)) START_ANY S1
#define INSPECT_AS(value)                                                      \
    "{\"on\":\"GET /exec/{EID1}/json\",\"inspect\":" value "}\n"

#endif
