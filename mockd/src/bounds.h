/* SPDX-License-Identifier: MIT */
/* bounds.h - every bound of the mock, each with its reason. */
#ifndef MD_BOUNDS_H
#define MD_BOUNDS_H

/* docs/execcast.md */
#define MD_LINE_MAX 1048576     /* bytes of one line: 1 MiB */
#define MD_PAYLOAD_MAX 16777216 /* bytes of one payload: 16 MiB */

/* a file larger than this is a mistake: bulk belongs in a sidecar */
#define MD_FILE_MAX 268435456
#define MD_VARS_MAX 1024             /* variables of one file */
#define MD_VAR_LEN_MAX 255           /* bytes of a name or an id */
#define MD_RULES_MAX 10000           /* rules of one file */
#define MD_STREAMS_MAX 1024          /* streams of one file */
#define MD_EVENTS_MAX 1000000        /* events of one file */
#define MD_SIDECARS_MAX 1024         /* each may hold a descriptor open */
#define MD_HEAD_LINES_MAX 256        /* engines send about ten */
#define MD_SEGMENTS_MAX 4096         /* pieces of one head */
#define MD_TIMES_MAX 1000000         /* how often one answer was given */
#define MD_FIXTURES_MAX 20000        /* files of one profile */
#define MD_FOLDER_DEPTH_MAX 16       /* folders inside folders */
#define MD_FOLDER_ENTRIES_MAX 100000 /* entries seen below one folder */

/* Streams of up to this many bytes are hashed while loading, larger ones when
 * an exec of the file is first created: a mock starts in milliseconds. */
#define MD_HASH_AT_ONCE_MAX 65536

#define MD_REQUEST_BODY_MAX 16777216 /* larger ones get 413 */
#define MD_REQUEST_WORDS_MAX 64      /* parts of a path, or of a query */
/* A request's head must fit in here, or libmicrohttpd answers 431. That also
 * bounds the number of its header lines. The server clears all of it for each
 * request: twice as much is a quarter off its speed. */
#define MD_CONNECTION_MEMORY 16384
/* Open connections of one listener, streams included. The next ones wait in
 * the kernel's queue until one of these is closed. */
#define MD_CONNECTIONS_MAX 16384
/* TLS: clients that are in a handshake, or have not taken what was left when
 * HTTP closed; the next ones wait in the kernel's queue. Each keeps about 40
 * KiB, and has so long for either, as Go's servers are told to give. */
#define MD_HANDSHAKES_MAX 256
#define MD_HANDSHAKE_US 10000000
#define MD_EXECS_MAX 65536     /* execs of one mock; then create gets 500 */
#define MD_CONTAINERS_MAX 4096 /* names and ids that one mock knows */
#define MD_WRITE_CHUNK 65536   /* bytes of a sidecar read at a time */
/* An answer that a fault edits is written out whole; more is refused. */
#define MD_PROGRAM_MAX 67108864
#define MD_FAULTS_MAX 1024      /* armed in one mock */
#define MD_FAULT_TEXT_MAX 65536 /* bytes of what arms one */
#define MD_MARKS_MAX                                                           \
    4194304                 /* in one of those: a cut between any two bytes    \
                             */
#define MD_TROUBLE_MAX 1024 /* bytes of one of the mock's own messages */
#define MD_NOTE_MAX 262144  /* of a message with the rule that would help */
#define MD_NOTE_COLUMN 44   /* bytes that a column of a difference shows */

/* The journal keeps the last entries within both; older ones are dropped. */
#define MD_JOURNAL_ENTRIES_MAX 16384
#define MD_JOURNAL_BYTES_MAX 16777216
#define MD_JOURNAL_BODY_MAX 4096    /* bytes of a request's body kept in one */
#define MD_JOURNAL_ENTRY_MAX 524288 /* a target and headers escaped, a body */

/* The admin socket. Whoever may connect may stop the mock; these keep a broken
 * client from taking its memory first. */
#define MD_ADMIN_CONNECTIONS_MAX 64 /* the next ones wait in the kernel */
#define MD_ADMIN_LINE_MAX 131072    /* bytes of a request: a fault and more */
/* A whole journal, or the list of MD_EXECS_MAX execs, is one line. */
#define MD_ADMIN_ANSWER_MAX 67108864
#define MD_WAIT_MS_MAX 86400000 /* a day */

/* scripts */
#define MD_GENERATED_MAX (INT64_C(1) << 40) /* bytes made of a rule: 1 TiB */
#define MD_REPEAT_MAX 1000000000000         /* rounds of one block */
#define MD_ROUNDS_AT_ONCE 256     /* of a block, then others have their turn */
#define MD_PAUSE_MAX 3600000000   /* microseconds of one pause: an hour */
#define MD_LINES_WIDTH_MIN 8      /* a number and a line feed */
#define MD_LINES_WIDTH_MAX 65536  /* bytes of one generated line */
#define MD_FRAME_MAX 4294967295   /* bytes that a frame's header can say */
#define MD_ECHO_MAX 32768         /* bytes echoed at once, as dockerd does */
#define MD_CLIENT_AHEAD_MAX 65536 /* client bytes kept for a later step */
#define MD_RESIZES_KEPT 64        /* sizes that a later step may ask for */
#define MD_POLLS_MAX 1000000      /* inspects that still say running */
#define MD_PATTERN_MAX 256        /* bytes of a regular expression */
/* {m,n} copies what is before it: the product of all of a pattern's counts */
#define MD_PATTERN_COPIES_MAX 1000
#define MD_PATTERNS_MAX 64   /* regular expressions of one rule */
#define MD_SUBJECT_MAX 65536 /* bytes that one is tried on; more do not fit */
/* bytes that inspect answers of scripted execs may keep, all together */
#define MD_INSPECTS_MAX 268435456

#endif
