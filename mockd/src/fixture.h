/* SPDX-License-Identifier: MIT */
/*
 * fixture.h - one loaded .execcast file: variables, rules, streams.
 *
 * Everything is in the fixture's arena and does not change after loading,
 * except that a large stream is hashed and searched for ids when it is first
 * used.
 */
#ifndef MD_FIXTURE_H
#define MD_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "fail.h"
#include "payload.h"
#include "target.h"

struct md_json;

#define MD_NO_VAR (-1)
#define MD_NO_EVENT UINT32_MAX
#define MD_SHA256_SIZE 32

enum md_var_kind { MD_VAR_NAME = 0, MD_VAR_CID, MD_VAR_EID, MD_VAR_ANY };

struct md_var {
    enum md_var_kind kind;
    const char *name;  /* "EID1" */
    const char *value; /* the literal */
};

enum md_phase {
    MD_PHASE_ANY = 0,
    MD_PHASE_CREATED,
    MD_PHASE_RUNNING,
    MD_PHASE_EXITED
};

/* "created", "running", "exited" or "any phase". */
const char *md_phase_name(enum md_phase phase);

/* What a rule's "on" says. */
struct md_on {
    const char *text;        /* as written */
    struct md_target target; /* words and values that are variables keep
                              * their braces */
    const int *word_vars;    /* for each word a variable or MD_NO_VAR */
    const int *param_vars;
    int eid; /* the EID in the path, or MD_NO_VAR */
    int any; /* the ANY in the path, or MD_NO_VAR */
};

/* A response head. */
struct md_head {
    const char *const *lines; /* without line ends; the status line first */
    size_t line_count;
    const size_t *segments; /* sizes of the writes; their sum is the length */
    size_t segment_count;
    bool is_joined; /* the last one holds the next event too */
    int status;
};

enum md_event_code {
    MD_EVENT_HEAD = 0,   /* <H */
    MD_EVENT_DATA,       /* < */
    MD_EVENT_INPUT,      /* > */
    MD_EVENT_END,        /* <. */
    MD_EVENT_INPUT_END,  /* >. */
    MD_EVENT_RESET,      /* <! */
    MD_EVENT_INPUT_LOST, /* >! */
    MD_EVENT_RESIZE      /* r */
};

struct md_event {
    enum md_event_code code;
    bool is_free;  /* a gate that does not wait */
    uint32_t next; /* the stream's next event, or MD_NO_EVENT */
    uint32_t line;
    uint64_t off; /* DATA: bytes of the stream before it, without the head */
    struct md_payload payload; /* DATA and INPUT */
};

struct md_stream {
    struct md_stream *next; /* of the fixture, in no order */
    const char *name;
    uint32_t line;  /* where it is first named */
    uint32_t first; /* its <H; MD_NO_EVENT = not defined */
    uint32_t last;
    struct md_head head;
    uint64_t data_len;   /* bytes of all DATA */
    bool is_output_over; /* <. or <! was seen */
    bool is_input_over;  /* >. or >! was seen */
    bool has_reset;      /* <! */
    const uint64_t *ids; /* where in the data the literal of ids_var stands */
    size_t id_count;
    int ids_var; /* MD_NO_VAR = not searched yet */
};

struct md_rule {
    struct md_fixture *fixture; /* it is in */
    uint32_t line;
    struct md_on on;
    enum md_phase phase;
    bool is_create;       /* POST /containers/X/exec */
    bool is_start;        /* POST /exec/X/start */
    struct md_json *json; /* match.json; the fixture frees it */
    size_t json_fields;   /* how many it has */
    bool has_body;        /* match.body */
    struct md_payload body;
    bool has_upgrade;         /* "upgrade" was given ... */
    bool upgrade;             /* ... as this */
    struct md_stream *stream; /* NULL = reply */
    struct md_head reply_head;
    struct md_payload reply_body;
    int makes;             /* an EID variable or MD_NO_VAR */
    uint32_t times;        /* in a row; at least 1 */
    uint32_t group;        /* index of its first alike in the file */
    struct md_rule *alike; /* the next answer in the row */
};

struct md_fixture {
    struct md_arena arena;
    const char *path; /* as it is shown to people */
    const char *name;
    struct md_payload_home home;
    struct md_var *vars;
    size_t var_count;
    struct md_rule *rules;
    size_t rule_count;
    struct md_event *events;
    size_t event_count;
    struct md_stream *streams;
    size_t stream_count;
    uint32_t end_line;
    uint64_t s2c_bytes;
    uint8_t sha256[MD_SHA256_SIZE]; /* as the end states it */
    bool is_verified;               /* the streams' bytes fit sha256 */
    bool is_used;                   /* it answered a request */
};

/* Free @fixture and everything in it; NULL is fine. */
void md_fixture_free(struct md_fixture *fixture);
void md_fixture_cleanup(struct md_fixture **fixture);

/*
 * Hash the streams as sha256_s2c has it.
 *
 * Returns MOCKD_OK or MOCKD_E_SYSTEM (a sidecar cannot be read, memory).
 */
enum mockd_code md_fixture_digest(const struct md_fixture *fixture,
                                  uint8_t out_digest[MD_SHA256_SIZE],
                                  struct mockd_error *err);

/*
 * Hash the streams and compare; at once when that was done before.
 *
 * Returns MOCKD_OK, MOCKD_E_FIXTURE (they do not fit), MOCKD_E_SYSTEM (a
 * sidecar cannot be read, memory).
 */
enum mockd_code md_fixture_verify(struct md_fixture *fixture,
                                  struct mockd_error *err);

/* The variable called @name[0..len), or MD_NO_VAR. */
int md_fixture_find_var(const struct md_fixture *fixture, const char *name,
                        size_t len);

/* Bytes of the head on the wire, with its line ends. */
size_t md_head_len(const struct md_head *head);

/* The value of a header line called @name (any case), or NULL. */
const char *md_head_value(const struct md_head *head, const char *name);

#endif
