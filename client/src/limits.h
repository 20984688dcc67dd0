/* SPDX-License-Identifier: MIT */
/* limits.h - every bound of the library, each with its reason. */
#ifndef DX_LIMITS_H
#define DX_LIMITS_H

/* Go's http server stops a head at 1 MiB; no engine sends 1 KiB. 64 KiB is
 * what the public header promises. */
#define DX_HEAD_MAX 65536U

/* Of one head; engines send 8. */
#define DX_HEADERS_MAX 256U

/* Kept of one line of a head; the rest is checked and dropped. The values
 * that are looked at are far shorter. */
#define DX_HEAD_LINE_KEPT 1024U

/* With the final NUL; the two media types in use are under 50 bytes. */
#define DX_CONTENT_TYPE_SIZE 256U

/* One chunk-size line with its extensions: a size takes 16 digits. */
#define DX_CHUNK_LINE_MAX 1024U

/* What the size lines of a whole body may be longer than 16 bytes and twice
 * their chunk's data each, in all: Go's http client has the same. It bounds
 * what is read for the sake of little content. */
#define DX_CHUNK_EXCESS_MAX 16384U

/* All trailers behind the last chunk; no engine sends one. */
#define DX_TRAILERS_MAX 8192U

/* The whole answer to a plain call. The largest is an inspect, which repeats
 * the command; a kernel takes 128 KiB for one argument. */
#define DX_ANSWER_MAX 1048576U

/* The body of a refused start: only its message is wanted. */
#define DX_REFUSAL_MAX 65536U

/* A create body: dockerd 20.10 to 28.5 takes 5 MB and fails the start of
 * anything longer than containerd's 4 MiB message. */
#define DX_REQUEST_MAX 16777216U

/* All headers that one request carries: a token of some KiB, as single sign-on
 * makes them, fits. Go's http server takes 1 MiB. */
#define DX_REQUEST_FIELDS_MAX 32768U

/* A container's name or id, before it is percent-encoded. Docker has no limit
 * of its own; a host name, which the name becomes, has 253. */
#define DX_NAME_MAX 1024U

/* A request path: three bytes for each of a name, and 256 for the rest. */
#define DX_PATH_MAX 3328U

/* A host address as text, the longest being ssh's: "ssh://", a user (64), "@",
 * a host name in brackets (255), ":65535", a path (107). */
#define DX_ADDRESS_SIZE 448U

/* sun_path of a unix socket address, without the final NUL. */
#define DX_UNIX_PATH_MAX 107U

/* A host name in DNS. */
#define DX_HOST_NAME_MAX 253U

/* A login name for ssh; useradd stops at 32, a directory's may be longer. */
#define DX_SSH_USER_MAX 64U

/* A file's path with its NUL: Linux's PATH_MAX. */
#define DX_FILE_PATH_SIZE 4096U

/* A context's name; Docker has no limit, people type it. */
#define DX_CONTEXT_NAME_MAX 255U

/* config.json or a context's meta.json. Logins and plugins make the former
 * some 10 KiB. */
#define DX_CONFIG_FILE_MAX 1048576U

/* "999.999" with the final NUL. */
#define DX_API_VERSION_SIZE 8U

/* A User-Agent header's value; it is there to be read by people. */
#define DX_USER_AGENT_MAX 255U

/* An attached stream's read buffer. 64 KiB reads were measured to be the
 * sweet spot; less than 16 KiB costs a quarter of the speed. */
#define DX_STREAM_BUFFER_MIN 16384U
#define DX_STREAM_BUFFER_DEFAULT 65536U
#define DX_STREAM_BUFFER_MAX 16777216U

/* Frames that are found in one pass over the read buffer. More did not make
 * a stream of 1-byte frames faster. */
#define DX_STREAM_CHUNKS 64U

/* libcurl handles that a client keeps for its next calls: as many as were in
 * use at once, up to this. Each holds an open connection. */
#define DX_IDLE_CALLS_MAX 8U
/* A line given in one piece; dexec/lines.h promises them. A cut may be 3 bytes
 * short, so a piece of 16 always gets on; 64 KiB is a read. */
#define DX_LINE_MIN 16U
#define DX_LINE_DEFAULT 65536U
#define DX_LINE_MAX 16777216U

/* Time-outs where the caller names none. The second is bollard's. */
#define DX_CONNECT_TIMEOUT_MS 10000U
#define DX_RESPONSE_TIMEOUT_MS 120000U

/* Pause between two inspects of dexec_wait(): the exit is known to the daemon
 * before the stream ends, so the first is nearly always enough. */
#define DX_WAIT_PAUSE_FIRST_MS 1U
#define DX_WAIT_PAUSE_LAST_MS 100U

/* The largest integer that a JSON number keeps exactly: 2^53. */
#define DX_JSON_INTEGER_MAX 9007199254740992.0

#endif
