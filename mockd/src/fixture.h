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
struct md_pattern;

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
    MD_PHASE_EXITED,
    MD_PHASE_GONE /* of a container: not there, or not yet */
};

/* "created", "running", "exited", "gone" or "any phase". */
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
    MD_EVENT_RESIZE,     /* r and r= */
    MD_EVENT_EXPECT,     /* >=; from here on in scripts only */
    MD_EVENT_ECHO,       /* echo */
    MD_EVENT_EXIT,       /* exit */
    MD_EVENT_PAUSE,      /* pause */
    MD_EVENT_REPEAT,     /* repeat */
    MD_EVENT_AGAIN       /* again */
};

struct md_size {
    unsigned cols;
    unsigned rows;
};

struct md_event {
    enum md_event_code code;
    bool is_free;   /* a gate that does not wait */
    uint32_t next;  /* the stream's next event, or MD_NO_EVENT */
    uint32_t dt_us; /* since the event before it */
    uint32_t line;
    uint64_t off; /* DATA: bytes of the stream before it, without the head */
    struct md_payload payload; /* DATA, INPUT and EXPECT */
    /* scripts: */
    bool is_framed;      /* DATA and ECHO: each piece has a frame's header */
    uint8_t frame_kind;  /* its stream: 0 stdin .. 3 system */
    uint32_t frame_len;  /* payload bytes of each frame but the last */
    bool goes_on;        /* EXPECT: a difference does not reset the stream */
    bool is_exact;       /* RESIZE: to this size only */
    struct md_size size; /* RESIZE, when it is exact */
    uint64_t count;      /* PAUSE: microseconds; REPEAT: rounds */
    uint32_t block;      /* AGAIN: its REPEAT */
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
    bool has_reset;      /* <!, and the client's bytes need not be read */
    bool is_defined;     /* it has a {"stream":NAME} line */
    bool keeps_input;    /* a step looks at what the client sent */
    bool has_exit;       /* exit, in a script */
    int exit_code;       /* of that; 0 = none */
    bool has_usual_head; /* no lines were written for its head ... */
    int usual_status;    /* ... but 101 or 200; 0 = as the request asks */
    uint32_t block;      /* the REPEAT that is open, or MD_NO_EVENT */
    const uint64_t *ids; /* where in the data the literal of ids_var stands */
    size_t id_count;
    int ids_var; /* MD_NO_VAR = not searched yet */
};

/* How long a scripted exec still says that it runs after its exit. */
enum md_lag { MD_LAG_NONE = 0, MD_LAG_POLLS, MD_LAG_UNTIL_RELEASED };

struct md_inspect {
    enum md_lag lag;
    uint32_t polls; /* LAG_POLLS: for so many inspects */
};

/* A container that a create of the file made: see life.h. */
struct md_life {
    struct md_life *next; /* of the fixture */
    int cid;              /* its variables ... */
    int name;             /* ... the name's may be MD_NO_VAR */
};

struct md_rule {
    struct md_fixture *fixture; /* it is in */
    uint32_t line;
    struct md_on on;
    enum md_phase phase;
    bool is_create;       /* POST /containers/X/exec */
    bool is_start;        /* POST /exec/X/start */
    bool is_inspect;      /* GET /exec/X/json */
    struct md_json *json; /* match.json; the fixture frees it */
    size_t json_fields;   /* how many json, or subset and pattern, have */
    bool has_body;        /* match.body */
    struct md_payload body;
    struct md_json *subset;     /* match.subset; the fixture frees it */
    struct md_pattern *pattern; /* match.pattern; the fixture frees it */
    bool has_inspect;           /* the answer is what the exec is */
    struct md_inspect inspect;
    bool has_upgrade;         /* "upgrade" was given ... */
    bool upgrade;             /* ... as this */
    struct md_stream *stream; /* NULL = reply */
    struct md_head reply_head;
    struct md_payload reply_body;
    int makes;             /* an EID variable or MD_NO_VAR */
    bool is_making;        /* POST /containers/create */
    struct md_life *made;  /* what that made; NULL = unknown */
    struct md_life *life;  /* the path's container, if the file made it, or the
                            * one that has the name already ... */
    enum md_phase stage;   /* ... and how far that was then */
    uint32_t times;        /* in a row; at least 1 */
    uint32_t group;        /* index of its first alike in the file */
    struct md_rule *alike; /* the next answer in the row */
};

/* What an engine usually says, for the scripts of a file. */
enum md_style { MD_STYLE_DOCKER = 0, MD_STYLE_PODMAN };
#define MD_STREAM_HEADS 4 /* with Upgrade or not, multiplexed or raw */

struct md_script {
    enum md_style style;
    const char *version; /* the engine's */
    const char *api;     /* "1.51" */
    unsigned minor;      /* 51 */
    struct md_head stream_heads[MD_STREAM_HEADS];
    struct md_head inspect_head;
    struct md_head start_head; /* of a detached start */
    struct md_head resize_head;
    const char *cid; /* the container's id */
};

struct md_fixture {
    struct md_arena arena;
    const char *path; /* as it is shown to people */
    const char *name;
    bool is_script;          /* written by hand ... */
    struct md_script script; /* ... and what that needs */
    struct md_payload_home home;
    struct md_var *vars;
    size_t var_count;
    struct md_rule *rules;
    size_t rule_count;
    struct md_event *events;
    size_t event_count;
    struct md_stream *streams;
    size_t stream_count;
    struct md_life *lives;
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

/* The event after the head, which a script may leave out; MD_NO_EVENT. */
uint32_t md_stream_first(const struct md_fixture *fixture,
                         const struct md_stream *stream);

/* The variable called @name[0..len), or MD_NO_VAR. */
int md_fixture_find_var(const struct md_fixture *fixture, const char *name,
                        size_t len);

/* Bytes of the head on the wire, with its line ends. */
size_t md_head_len(const struct md_head *head);

/* The value of a header line called @name (any case), or NULL. */
const char *md_head_value(const struct md_head *head, const char *name);

#endif
