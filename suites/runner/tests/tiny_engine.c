/* SPDX-License-Identifier: MIT */
/* tiny_engine.c - a small exec API of our own that is wrong on purpose. */
#include "tiny_engine.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#define EXECS_MAX 32       /* one case makes fewer */
#define CONNECTIONS_MAX 64 /* at a time */
#define REQUEST_MAX 65536  /* bytes of head and body */
#define PIECE_MAX 4096     /* bytes of a frame's payload */

extern char **environ;

struct tiny_exec {
    char id[65];
    cJSON *create;
    bool is_started;
    bool is_over;
    int code;
};

struct tiny_engine {
    enum tiny_bug bug;
    int listener;
    pthread_t acceptor;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t idle;
    struct tiny_exec execs[EXECS_MAX];
    size_t exec_count;
    int connections[CONNECTIONS_MAX];
    size_t connection_count;
};

struct connection {
    struct tiny_engine *engine;
    int fd;
};

/* A request: its head as text, and its body. */
struct request {
    char text[REQUEST_MAX];
    size_t len;
    char *body;
    size_t body_len;
};

/* A running exec on its connection. */
struct stream {
    struct tiny_engine *engine;
    struct tiny_exec *exec;
    int fd;
    int in;     /* the process's standard input, -1 when closed */
    int out[2]; /* its standard output and error, -1 at their end */
    bool is_chunked;
    bool is_first;
    unsigned char held[8 + PIECE_MAX]; /* a frame that may be the last */
    size_t held_len;
};

static void send_all(int fd, const void *data, size_t len)
{
    const char *bytes = data;

    while (len > 0) {
        ssize_t sent = send(fd, bytes, len, MSG_NOSIGNAL);

        if (sent <= 0) {
            return;
        }
        bytes += sent;
        len -= (size_t)sent;
    }
}

static void answer(int fd, int status, const char *body)
{
    char text[4096];
    int len = snprintf(text, sizeof(text),
                       "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       status, strlen(body), body);

    send_all(fd, text, (size_t)len);
}

/* Read one request. False at the end of the connection. */
static bool read_request(int fd, struct request *request)
{
    request->len = 0;
    for (;;) {
        const char *length = NULL;
        ssize_t got = recv(fd, request->text + request->len,
                           sizeof(request->text) - 1 - request->len, 0);

        if (got <= 0) {
            return false;
        }
        request->len += (size_t)got;
        request->text[request->len] = '\0';
        request->body = strstr(request->text, "\r\n\r\n");
        if (request->body == NULL) {
            continue;
        }
        request->body += 4;
        request->body_len =
            request->len - (size_t)(request->body - request->text);
        length = strcasestr(request->text, "Content-Length:");
        if (length == NULL ||
            request->body_len >= strtoul(length + 15, NULL, 10)) {
            return true;
        }
    }
}

static void put_frame(struct stream *stream, const unsigned char *data,
                      size_t len)
{
    char line[32];

    if (stream->is_chunked) {
        (void)snprintf(line, sizeof(line), "%zx\r\n", len);
        send_all(stream->fd, line, strlen(line));
    }
    send_all(stream->fd, data, len);
    if (stream->is_chunked) {
        send_all(stream->fd, "\r\n", 2);
    }
}

/* Send the frame that was held back, as another one follows. */
static void release_held(struct stream *stream)
{
    if (stream->held_len > 0) {
        put_frame(stream, stream->held, stream->held_len);
    }
    if (stream->held_len > 0 && stream->is_first &&
        stream->engine->bug == TINY_DOUBLES_FIRST_FRAME) {
        put_frame(stream, stream->held, stream->held_len);
    }
    stream->is_first = stream->is_first && stream->held_len == 0;
    stream->held_len = 0;
}

static void make_header(unsigned char header[8], enum tiny_bug bug,
                        unsigned type, size_t len)
{
    memset(header, 0, 8);
    header[0] = (unsigned char)(bug == TINY_ONE_STREAM_ONLY ? 1 : type);
    header[2] = bug == TINY_PADS_FRAMES ? 7 : 0;
    header[bug == TINY_LITTLE_ENDIAN ? 4 : 7] = (unsigned char)(len & 0xff);
    header[bug == TINY_LITTLE_ENDIAN ? 5 : 6] = (unsigned char)(len >> 8);
}

/* Take output of one descriptor; false at its end. */
static bool pump_output(struct stream *stream, size_t which)
{
    unsigned char piece[PIECE_MAX];
    ssize_t got = read(stream->out[which], piece, sizeof(piece));

    if (got <= 0) {
        (void)close(stream->out[which]);
        stream->out[which] = -1;
        return false;
    }
    release_held(stream);
    make_header(stream->held, stream->engine->bug, (unsigned)which + 1,
                (size_t)got);
    memcpy(stream->held + 8, piece, (size_t)got);
    stream->held_len = 8 + (size_t)got;
    if (stream->engine->bug != TINY_DROPS_LAST_FRAME &&
        stream->engine->bug != TINY_CUTS_LAST_FRAME) {
        release_held(stream);
    }
    return true;
}

static void pump_input(struct stream *stream, bool *is_open)
{
    char piece[PIECE_MAX];
    ssize_t got = recv(stream->fd, piece, sizeof(piece), 0);

    if (got > 0 && stream->in >= 0) {
        if (write(stream->in, piece, (size_t)got) < 0) {
            (void)close(stream->in);
            stream->in = -1;
        }
    } else if (got <= 0) {
        *is_open = false;
        if (stream->in >= 0 && stream->engine->bug != TINY_IGNORES_HALF_CLOSE) {
            (void)close(stream->in);
            stream->in = -1;
        }
    }
}

/* The client is gone altogether: let the process see it, whatever the bug. */
static void hang_up(struct stream *stream)
{
    if (stream->in >= 0) {
        (void)close(stream->in);
        stream->in = -1;
    }
}

/* Both of the process's outputs, as poll() says. */
static void pump_outputs(struct stream *stream, const struct pollfd fds[2])
{
    for (size_t i = 0; i < 2; i++) {
        if (fds[i].revents != 0) {
            (void)pump_output(stream, i);
        }
    }
}

static void pump(struct stream *stream)
{
    bool is_open = true;
    int peer = stream->fd;

    while (stream->out[0] >= 0 || stream->out[1] >= 0) {
        struct pollfd fds[] = {{.fd = stream->out[0], .events = POLLIN},
                               {.fd = stream->out[1], .events = POLLIN},
                               {.fd = peer, .events = is_open ? POLLIN : 0}};

        if (poll(fds, 3, -1) < 0) {
            return;
        }
        pump_outputs(stream, fds);
        if ((fds[2].revents & POLLIN) != 0) {
            pump_input(stream, &is_open);
        } else if (fds[2].revents != 0) {
            peer = -1;
            hang_up(stream);
        }
    }
}

static bool flag_of(const cJSON *create, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(create, name)) != 0;
}

static pid_t spawn(const cJSON *create, const int child[3])
{
    const cJSON *cmd = cJSON_GetObjectItemCaseSensitive(create, "Cmd");
    char *arguments[16] = {0};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t usual;
    pid_t pid = -1;

    for (int i = 0; i < cJSON_GetArraySize(cmd) && i < 15; i++) {
        arguments[i] = cJSON_GetStringValue(cJSON_GetArrayItem(cmd, i));
    }
    (void)sigemptyset(&usual);
    (void)sigaddset(&usual, SIGPIPE); /* which this process ignores */
    (void)posix_spawnattr_init(&attributes);
    (void)posix_spawnattr_setsigdefault(&attributes, &usual);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    (void)posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < 3; i++) {
        (void)posix_spawn_file_actions_adddup2(&actions, child[i], i);
    }
    if (arguments[0] == NULL ||
        posix_spawnp(&pid, arguments[0], &actions, &attributes, arguments,
                     environ) != 0) {
        pid = -1;
    }
    (void)posix_spawn_file_actions_destroy(&actions);
    (void)posix_spawnattr_destroy(&attributes);
    return pid;
}

static void make_pipe(int ends[2])
{
    if (pipe(ends) != 0) {
        abort(); /* a test without descriptors is no test */
    }
    for (size_t i = 0; i < 2; i++) {
        (void)fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    }
}

/* Start the process with what is attached. */
static pid_t launch(struct stream *stream, const cJSON *create)
{
    int in[2];
    int out[2];
    int err[2];
    pid_t pid = -1;

    make_pipe(in);
    make_pipe(out);
    make_pipe(err);
    pid = spawn(create, (const int[]){in[0], out[1], err[1]});
    (void)close(in[0]);
    (void)close(out[1]);
    (void)close(err[1]);
    stream->in = in[1];
    stream->out[0] = out[0];
    stream->out[1] = err[0];
    if (!flag_of(create, "AttachStdin")) {
        (void)close(stream->in);
        stream->in = -1;
    }
    return pid;
}

static int code_of(const struct tiny_engine *engine, pid_t pid)
{
    int status = 0;

    if (engine->bug == TINY_EXITS_WITH_0) {
        status = 0;
    } else if (engine->bug == TINY_EXITS_WITH_99) {
        status = 99 << 8;
    } else if (pid < 0) {
        return 127;
    }
    if (pid > 0) {
        int real = 0;

        (void)waitpid(pid, &real, 0);
        status = engine->bug == TINY_EXITS_WITH_0 ||
                         engine->bug == TINY_EXITS_WITH_99
                     ? status
                     : real;
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void finish_stream(struct stream *stream)
{
    char byte = 0;

    if (stream->engine->bug == TINY_CUTS_LAST_FRAME && stream->held_len > 0) {
        put_frame(stream, stream->held, stream->held_len - 1);
    }
    if (stream->is_chunked) {
        send_all(stream->fd, "0\r\n\r\n", 5);
    }
    if (stream->engine->bug == TINY_NEVER_ENDS) {
        while (recv(stream->fd, &byte, 1, 0) > 0) {
        }
    }
    if (stream->in >= 0) {
        (void)close(stream->in);
    }
}

static void run_exec(struct tiny_engine *engine, struct tiny_exec *exec, int fd,
                     bool has_upgrade)
{
    struct stream stream = {.engine = engine,
                            .exec = exec,
                            .fd = fd,
                            .is_first = true,
                            .is_chunked =
                                !has_upgrade && engine->bug == TINY_CHUNKS_200};
    const char *head =
        has_upgrade
            ? "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/"
              "vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: "
              "tcp\r\n\r\n"
        : stream.is_chunked
            ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Type: application/"
              "vnd.docker.raw-stream\r\n\r\n";
    pid_t pid = -1;
    int code = 0;

    send_all(fd, head, strlen(head));
    pid = launch(&stream, exec->create);
    pump(&stream);
    code = code_of(engine, pid);
    (void)pthread_mutex_lock(&engine->lock);
    exec->is_over = true;
    exec->code = code;
    (void)pthread_mutex_unlock(&engine->lock);
    finish_stream(&stream);
}

static struct tiny_exec *find_exec(struct tiny_engine *engine, const char *text)
{
    for (size_t i = 0; i < engine->exec_count; i++) {
        if (strstr(text, engine->execs[i].id) != NULL) {
            return &engine->execs[i];
        }
    }
    return NULL;
}

static void do_create(struct tiny_engine *engine, int fd,
                      const struct request *request)
{
    struct tiny_exec *exec = &engine->execs[engine->exec_count];
    char body[128];

    if (engine->exec_count == EXECS_MAX) {
        answer(fd, 500, "{\"message\":\"too many execs\"}");
        return;
    }
    *exec = (struct tiny_exec){
        .create = cJSON_ParseWithLength(request->body, request->body_len)};
    (void)snprintf(exec->id, sizeof(exec->id), "%064zx",
                   engine->exec_count + 1);
    engine->exec_count++;
    (void)snprintf(body, sizeof(body), "{\"Id\":\"%s\"}\n", exec->id);
    answer(fd, 201, body);
}

static void do_inspect(const struct tiny_engine *engine, int fd,
                       const struct tiny_exec *exec)
{
    char body[1024];
    char code[16] = "null";
    bool is_over =
        exec == NULL || (exec->is_over && engine->bug != TINY_RUNS_ON);

    if (exec == NULL && engine->bug != TINY_SAYS_200_TO_UNKNOWN) {
        answer(fd, 404,
               "{\"message\":\"No such exec instance: dddddddddddddddd"
               "dddddddddddddddddddddddddddddddddddddddddddddddd\"}");
        return;
    }
    if (is_over) {
        (void)snprintf(code, sizeof(code), "%d", exec == NULL ? 0 : exec->code);
    }
    (void)snprintf(body, sizeof(body),
                   "{\"ID\":\"%s\",\"Running\":%s,\"ExitCode\":%s,"
                   "\"ProcessConfig\":{\"tty\":false,\"entrypoint\":\"sh\","
                   "\"arguments\":[],\"privileged\":false},"
                   "\"OpenStdin\":false,\"OpenStderr\":true,"
                   "\"OpenStdout\":true,\"CanRemove\":false,"
                   "\"ContainerID\":\"t\",\"DetachKeys\":\"\",\"Pid\":%d}\n",
                   exec == NULL ? "" : exec->id,
                   exec != NULL && exec->is_started && !is_over ? "true"
                                                                : "false",
                   code, exec != NULL && exec->is_started ? 42 : 0);
    answer(fd, 200, body);
}

static const char *version_of(enum tiny_bug bug)
{
    return bug == TINY_EXITS_WITH_99
               ? "{\"Components\":[{\"Name\":\"Engine\"}],"
                 "\"Version\":\"20.10.24\"}\n"
               : "{\"Components\":[{\"Name\":\"Tiny\"}],"
                 "\"Version\":\"1.0\"}\n";
}

/* Serve one request. False when the connection has become a stream. */
static bool serve(struct tiny_engine *engine, int fd,
                  const struct request *request)
{
    const char *text = request->text;
    struct tiny_exec *exec = NULL;
    bool is_start = strncmp(text, "POST /exec/", 11) == 0;

    (void)pthread_mutex_lock(&engine->lock);
    exec = find_exec(engine, text);
    if (strncmp(text, "GET /version", 12) == 0) {
        answer(fd, 200, version_of(engine->bug));
    } else if (strncmp(text, "GET /containers/", 16) == 0) {
        answer(fd, 200, "{\"Id\":\"t\",\"State\":{\"Running\":true}}\n");
    } else if (strncmp(text, "POST /containers/", 17) == 0) {
        do_create(engine, fd, request);
    } else if (!is_start) {
        do_inspect(engine, fd, exec);
    } else if (exec != NULL) {
        exec->is_started = true;
    }
    (void)pthread_mutex_unlock(&engine->lock);
    if (is_start && exec != NULL) {
        run_exec(engine, exec, fd, strcasestr(text, "Upgrade: tcp") != NULL);
    }
    return !is_start;
}

/* Forget @fd; it is closed under the lock so that stop never sees it reused. */
static void leave(struct tiny_engine *engine, int fd)
{
    (void)pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < engine->connection_count; i++) {
        if (engine->connections[i] == fd) {
            engine->connections[i] =
                engine->connections[--engine->connection_count];
            break;
        }
    }
    (void)close(fd);
    (void)pthread_cond_signal(&engine->idle);
    (void)pthread_mutex_unlock(&engine->lock);
}

static void *serve_connection(void *user)
{
    struct connection *connection = user;
    struct tiny_engine *engine = connection->engine;
    struct request *request = calloc(1, sizeof(*request));
    int fd = connection->fd;

    free(connection);
    while (request != NULL && read_request(fd, request) &&
           serve(engine, fd, request)) {
    }
    free(request);
    leave(engine, fd);
    return NULL;
}

static void accept_one(struct tiny_engine *engine, int fd)
{
    struct connection *connection = malloc(sizeof(*connection));
    pthread_t thread;

    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
    (void)pthread_mutex_lock(&engine->lock);
    if (connection == NULL || engine->connection_count == CONNECTIONS_MAX) {
        abort();
    }
    engine->connections[engine->connection_count++] = fd;
    (void)pthread_mutex_unlock(&engine->lock);
    *connection = (struct connection){.engine = engine, .fd = fd};
    if (pthread_create(&thread, NULL, serve_connection, connection) != 0) {
        abort();
    }
    (void)pthread_detach(thread);
}

static void *accept_all(void *user)
{
    struct tiny_engine *engine = user;
    int fd = -1;

    while ((fd = accept(engine->listener, NULL, NULL)) >= 0) {
        accept_one(engine, fd);
    }
    return NULL;
}

struct tiny_engine *tiny_engine_start(const char *path, enum tiny_bug bug)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct tiny_engine *engine = calloc(1, sizeof(*engine));

    if (engine == NULL || strlen(path) >= sizeof(address.sun_path)) {
        free(engine);
        return NULL;
    }
    engine->bug = bug;
    (void)pthread_mutex_init(&engine->lock, NULL);
    (void)pthread_cond_init(&engine->idle, NULL);
    (void)signal(SIGPIPE, SIG_IGN); /* a process may leave input unread */
    memcpy(address.sun_path, path, strlen(path) + 1);
    engine->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (engine->listener < 0 ||
        bind(engine->listener, (const struct sockaddr *)&address,
             sizeof(address)) != 0 ||
        listen(engine->listener, 16) != 0 ||
        pthread_create(&engine->acceptor, NULL, accept_all, engine) != 0) {
        free(engine);
        return NULL;
    }
    return engine;
}

void tiny_engine_stop(struct tiny_engine *engine)
{
    if (engine == NULL) {
        return;
    }
    (void)shutdown(engine->listener, SHUT_RDWR);
    (void)pthread_join(engine->acceptor, NULL);
    (void)close(engine->listener);
    (void)pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < engine->connection_count; i++) {
        (void)shutdown(engine->connections[i], SHUT_RDWR);
    }
    while (engine->connection_count > 0) {
        (void)pthread_cond_wait(&engine->idle, &engine->lock);
    }
    (void)pthread_mutex_unlock(&engine->lock);
    for (size_t i = 0; i < engine->exec_count; i++) {
        cJSON_Delete(engine->execs[i].create);
    }
    free(engine);
}
