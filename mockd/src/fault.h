/* SPDX-License-Identifier: MIT */
/*
 * fault.h - what can be made to go wrong, and what was asked to.
 *
 * A fault is armed with a JSON object:
 *
 *     {"fault":"truncate_at","at":"frame:1+3","on":"start","nth":2,"times":1}
 *
 * and applied to the answers that it fits: "on" names the call, "nth" the
 * first of its answers that is changed, counted from 1, "times" how many are.
 * Everything else is a parameter of the fault's kind. Faults that are armed
 * together work one after the other in the order of arming.
 */
#ifndef MD_FAULT_H
#define MD_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mockd/mockd.h>

#include "buf.h"
#include "door.h"
#include "fail.h"
#include "manners.h"
#include "program.h"

struct md_exec;
struct md_json;

/* The calls that a fault can be put on; a set of bits. */
enum md_on_call {
    MD_ON_START = 1, /* attached: head and stream */
    MD_ON_CREATE = 2,
    MD_ON_INSPECT = 4,
    MD_ON_RESIZE = 8,
    MD_ON_DETACHED = 16, /* a start that detaches */
    MD_ON_PING = 32,
    MD_ON_OTHER = 64,
    MD_ON_ANY = 127
};

/* What a fault works on. */
struct md_edit {
    struct md_program *program;
    const struct md_fault *fault;
    struct md_manners *manners;
    uint64_t random; /* state of md_edit_random() */
    unsigned number; /* of the fault, for MD_MARK_FIRED */
    bool is_stream;
    bool is_tty;
    bool is_tcp;
    struct md_exec *exec; /* that the call is about, or NULL */
    uint64_t now_us;      /* monotonic */
};

enum md_param_type {
    MD_PARAM_NUMBER = 0, /* a whole number from min to max */
    MD_PARAM_TEXT,
    MD_PARAM_BYTES,   /* text with %HH, as payloads have it */
    MD_PARAM_PLACE,   /* see md_edit_place() */
    MD_PARAM_PLACES,  /* some, with commas or spaces between; N is byte:N */
    MD_PARAM_NUMBERS, /* the same of numbers from min to max */
    MD_PARAM_JSON     /* a value, or a text that is put in as it is */
};

struct md_fault_param {
    const char *name; /* NULL ends a list */
    enum md_param_type type;
    bool is_required;
    int64_t min; /* of a number */
    int64_t max;
    int64_t standard;          /* what it is when not given */
    const char *standard_text; /* the same of the others; NULL = "" */
    const char *help;
    const char *choices; /* of a text: "one|another"; NULL = any text */
};

struct md_fault_kind {
    const char *name; /* NULL ends a list */
    const char *group;
    unsigned on; /* the calls that it makes sense on */
    unsigned standard_on;
    bool needs_tcp;     /* cannot be done on a unix socket */
    bool needs_frames;  /* nor on a terminal's stream */
    const char *wire;   /* what is on the wire, one line */
    const char *models; /* the real failure, with its link or number */
    const struct md_fault_param *params; /* NULL = none */
    /* Change edit->program and mark it FIRED where that shows. Returns
     * MOCKD_OK, MOCKD_E_INVALID (there is no such place in this answer) or
     * MOCKD_E_SYSTEM (memory, MD_PROGRAM_MAX). */
    enum mockd_code (*apply)(struct md_edit *edit, struct mockd_error *err);
    bool needs_unix;
    bool needs_tls;  /* and needs_tcp: who comes by TCP then comes by TLS */
    bool is_lasting; /* times is 0 when it is not given */
    /* Instead of on and apply: it works on the listeners, when it is armed. */
    enum md_door_act door;
};

/* The catalogue, a list for each group; the last is NULL. */
extern const struct md_fault_kind *const md_fault_groups[];
extern const struct md_fault_kind md_faults_head[];
extern const struct md_fault_kind md_faults_reply[];
extern const struct md_fault_kind md_faults_pieces[];
extern const struct md_fault_kind md_faults_frames[];
extern const struct md_fault_kind md_faults_ends[];
extern const struct md_fault_kind md_faults_client[];
extern const struct md_fault_kind md_faults_control[];
extern const struct md_fault_kind md_faults_json[];
extern const struct md_fault_kind md_faults_framing[];
extern const struct md_fault_kind md_faults_tls[];

const struct md_fault_kind *md_fault_kind_find(const char *name);

/* One that is armed. */
struct md_fault {
    struct md_fault *next;
    const struct md_fault_kind *kind;
    unsigned number; /* from 1, in the order of arming */
    unsigned on;
    uint64_t nth;
    uint64_t times; /* 0 = always */
    uint64_t seen;  /* answers that it fits, so far */
    uint64_t applied;
    uint64_t fired;
    uint64_t seed;
    struct md_json *json; /* its parameters */
};

struct md_faults {
    struct md_fault *first;
    unsigned count;
    unsigned last; /* number of the last one that was armed */
    uint64_t seed; /* of those that name none */
    bool has_unix; /* what the mock listens on */
    bool has_tcp;
    bool has_tls;
    bool is_restart_due;        /* the engine shall go down ... */
    uint64_t restart_us;        /* ... for as long */
    struct md_journal *journal; /* may be NULL */
};

/*
 * Arm a fault.
 *
 * @text         the JSON object, or NAME[:KEY=VALUE,...]
 * @out_fault    owned by @faults; may be NULL
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (an unknown fault or key, a value out of
 * its range, a call or transport that it cannot work on: the message says
 * which, and what there is instead) or MOCKD_E_SYSTEM.
 */
enum mockd_code md_faults_arm(struct md_faults *faults, const char *text,
                              struct md_fault **out_fault,
                              struct mockd_error *err);
void md_faults_release(struct md_faults *faults);

/* Forget fault @number, or all with 0. False when there is none such. */
bool md_faults_disarm(struct md_faults *faults, unsigned number);

/* How often those called @name have shown; NULL = all. */
uint64_t md_faults_fired(const struct md_faults *faults, const char *name);

/* What kind of call a request is; @is_stream: it is answered by a stream. */
enum md_on_call md_on_call_of(const char *method, const char *target,
                              bool is_stream);

/* Does any fault want this answer? Counts it as seen by those that fit. */
bool md_faults_want(struct md_faults *faults, enum md_on_call call);

/*
 * Let those that wanted the answer just asked about edit it, in order.
 *
 * Returns MOCKD_OK or what the first one that failed returned.
 */
enum mockd_code md_faults_apply(struct md_faults *faults, enum md_on_call call,
                                struct md_edit *edit, struct mockd_error *err);

/* Fault @number has shown, before byte @offset of @connection, 0 being none:
 * count it, and tell the journal. */
void md_faults_note_fired(struct md_faults *faults, unsigned number,
                          uint64_t connection, uint64_t offset);

/* ---- for the catalogue ---- */

int64_t md_edit_number(const struct md_edit *edit, const char *name);
const char *md_edit_text(const struct md_edit *edit, const char *name);
/* MD_PARAM_BYTES; appended to @out. False without memory. */
bool md_edit_bytes(const struct md_edit *edit, const char *name,
                   struct md_buf *out);

/*
 * Resolve a place:
 *     head:N         N bytes into the head
 *     byte:N         N bytes behind the head; -N: N bytes before the end
 *     frame:I        where frame I (from 0) begins; frame:I+N: N bytes on
 *     payload:I+N    N bytes into the payload of frame I
 *     end            behind the last byte
 * Returns MOCKD_OK or MOCKD_E_INVALID, with a message that says how long the
 * answer or how many its frames are.
 */
enum mockd_code md_edit_place(const struct md_edit *edit, const char *name,
                              size_t *out_at, struct mockd_error *err);

/* The next number of the fault's own seeded sequence (splitmix64). */
uint64_t md_edit_random(struct md_edit *edit);

/* MD_PARAM_JSON: what to put in, appended to @out. False without memory. */
bool md_edit_json(const struct md_edit *edit, const char *name,
                  struct md_buf *out);

/* "exec.start" of MD_ON_START; "number" of MD_PARAM_NUMBER. */
const char *md_on_call_name(unsigned bit);
const char *md_param_type_name(enum md_param_type type);

/* What a parameter is, from the armed fault alone. */
int64_t md_fault_number(const struct md_fault *fault, const char *name);

/* The fault shows at @at. */
enum mockd_code md_edit_fired(struct md_edit *edit, size_t at,
                              struct mockd_error *err);

/* MOCKD_E_SYSTEM: no memory, or more than MD_PROGRAM_MAX. */
enum mockd_code md_edit_no_room(struct mockd_error *err);

/* MOCKD_OK if @ok, else md_edit_no_room(). */
enum mockd_code md_edit_done(bool ok, struct mockd_error *err);

/*
 * The fault's last byte is before @at: count it when the write that has it is
 * out. Unlike md_edit_fired() it never makes two writes of one.
 */
enum mockd_code md_edit_shown(struct md_edit *edit, size_t at,
                              struct mockd_error *err);

/* Find the frame whose number a parameter is. MOCKD_OK or MOCKD_E_INVALID. */
enum mockd_code md_edit_frame(const struct md_edit *edit, const char *name,
                              size_t *out_at, size_t *out_len,
                              struct mockd_error *err);

/* The next item of a list; *in_out_off is 0 at first. False behind the last
 * one. An item has MD_ITEM_SIZE bytes at most, with its NUL. */
#define MD_ITEM_SIZE 64
bool md_edit_item(const struct md_edit *edit, const char *name,
                  size_t *in_out_off, char out_item[MD_ITEM_SIZE]);

/* As md_edit_place(), of one item. */
enum mockd_code md_edit_item_place(const struct md_edit *edit, const char *text,
                                   size_t *out_at, struct mockd_error *err);

/*
 * Add the marks of @cuts, which it releases; the fault shows at the first.
 *
 * @ok  false: they could not all be written down
 *
 * Returns MOCKD_OK, MOCKD_E_INVALID (there are none) or MOCKD_E_SYSTEM.
 */
enum mockd_code md_edit_cut(struct md_edit *edit, struct md_program *cuts,
                            bool ok, struct mockd_error *err);

/* Add a cut to @cuts, and a pause behind it unless @pause_us is 0. */
bool md_cuts_add(struct md_program *cuts, size_t at, uint64_t pause_us);

/* Parameters in a table. */
#define MD_TAKES_NUMBER(key, least, most, usual, text)                         \
    {                                                                          \
        .name = (key), .min = (least), .max = (most), .standard = (usual),     \
        .help = (text)                                                         \
    }
#define MD_TAKES(kind, key, usual, text)                                       \
    {                                                                          \
        .name = (key), .type = (kind), .standard_text = (usual),               \
        .help = (text)                                                         \
    }
#define MD_TAKES_ONE_OF(key, all, usual, text)                                 \
    {                                                                          \
        .name = (key), .type = MD_PARAM_TEXT, .standard_text = (usual),        \
        .help = (text), .choices = (all)                                       \
    }

#define MD_PAUSE_US_MAX 3600000000 /* an hour; nobody waits longer */

#endif
