/* SPDX-License-Identifier: MIT */
/*
 * An option is a row of the table below and nothing else: getopt's arrays and
 * the usage are made from it.
 */
#include "options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <dexec/version.h>

#include "duration.h"
#include "env_file.h"

#define HELP_COLUMN 26 /* of the usage; help goes on there in the next line */
#define LONG_ONLY                                                              \
    256 /* getopt's answer for a row without a letter: its index               \
         * from here on */

struct row;

/* All that is read so far; -e comes after every --env-file. */
struct parse {
    struct options *options;
    struct env env;
};

/* Take an option; @value is NULL where the row has none. */
typedef enum options_outcome (*take_fn)(struct parse *parse,
                                        const struct row *row,
                                        const char *value);

struct row {
    char letter; /* 0 = none */
    const char *name;
    const char *value; /* what the usage calls it; NULL = takes none */
    const char *help;  /* lines with '\n' between them */
    take_fn take;
    size_t field; /* of struct options, for set_flag() and set_text() */
};

static enum options_outcome wrong(const char *what, const char *operand)
{
    (void)fprintf(stderr, "dexec: %s%s (try 'dexec --help')\n", what, operand);
    return OPTIONS_WRONG;
}

static void *field_of(const struct parse *parse, const struct row *row)
{
    return (char *)parse->options + row->field;
}

static enum options_outcome set_flag(struct parse *parse, const struct row *row,
                                     const char *value)
{
    bool *field = field_of(parse, row);

    (void)value;
    *field = true;
    return OPTIONS_RUN;
}

static enum options_outcome set_text(struct parse *parse, const struct row *row,
                                     const char *value)
{
    const char **field = field_of(parse, row);

    *field = value;
    return OPTIONS_RUN;
}

static enum options_outcome take_env(struct parse *parse, const struct row *row,
                                     const char *value)
{
    (void)row;
    if (value[0] == '=' || value[0] == '\0') {
        return wrong("-e needs NAME=VALUE or NAME, not ",
                     value[0] == '\0' ? "''" : value);
    }
    return env_add(&parse->env, value, ENV_REMOVE) ? OPTIONS_RUN
                                                   : wrong("out of memory", "");
}

static enum options_outcome
take_env_file(struct parse *parse, const struct row *row, const char *value)
{
    char message[ENV_FILE_MESSAGE_MAX];

    (void)row;
    return env_file_read(value, &parse->options->env, message)
               ? OPTIONS_RUN
               : wrong("--env-file ", message);
}

static enum options_outcome
take_detach_keys(struct parse *parse, const struct row *row, const char *value)
{
    const char *bad = NULL;
    size_t bad_len = 0;
    char text[64];

    if (detach_keys_parse(&parse->options->keys, value, &bad, &bad_len)) {
        return set_text(parse, row, value);
    }
    (void)snprintf(text, sizeof(text), "'%.*s'", (int)bad_len, bad);
    return wrong(parse->options->keys.count == DETACH_KEYS_MAX
                     ? "--detach-keys: too many keys, from "
                     : "--detach-keys: not a key: ",
                 text);
}

static enum options_outcome
take_timeout(struct parse *parse, const struct row *row, const char *value)
{
    (void)row;
    return duration_parse(value, &parse->options->timeout_ms)
               ? OPTIONS_RUN
               : wrong("--timeout needs a time such as 1.5, 500ms, 2m or 1h, "
                       "not ",
                       value[0] == '\0' ? "''" : value);
}

static enum options_outcome
take_api_version(struct parse *parse, const struct row *row, const char *value)
{
    if (strcmp(value, "auto") == 0) {
        parse->options->negotiates = true;
        return OPTIONS_RUN;
    }
    return set_text(parse, row, value);
}

static enum options_outcome flushed(void)
{
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? OPTIONS_DONE
                                                      : OPTIONS_WRONG;
}

static enum options_outcome
show_version(struct parse *parse, const struct row *row, const char *value)
{
    (void)parse;
    (void)row;
    (void)value;
    (void)printf("dexec %s\n", dexec_version());
    return flushed();
}

static enum options_outcome
show_usage(struct parse *parse, const struct row *row, const char *value);

#define FIELD(member) .field = offsetof(struct options, member)

static const struct row rows[] = {
    {'H', "host", "URL",
     "the daemon: unix:///PATH, tcp://HOST:PORT,\n"
     "https://HOST:PORT or ssh://[USER@]HOST (default:\n"
     "$DOCKER_HOST, else the Docker context in use, else\n"
     "unix:///var/run/docker.sock)",
     set_text, FIELD(host)},
    {0, "context", "NAME", "the daemon of this Docker context", set_text,
     FIELD(context)},
    {0, "podman", NULL, "the daemon: Podman, wherever its socket is", set_flag,
     FIELD(podman)},
    {0, "tls", NULL, "use TLS with tcp://, without verifying", set_flag,
     FIELD(tls)},
    {0, "tlsverify", NULL, "use TLS and verify the daemon", set_flag,
     FIELD(tls_verify)},
    {0, "tlscacert", "FILE", "trust what this CA has signed", set_text,
     FIELD(tls_ca_file)},
    {0, "tlscert", "FILE", "our certificate", set_text, FIELD(tls_cert_file)},
    {0, "tlskey", "FILE", "its key", set_text, FIELD(tls_key_file)},
    {0, "api-version", "N.M",
     "ask for this API version, or what is common: auto\n"
     "(default: the daemon's newest)",
     take_api_version, FIELD(api_version)},
    {'i', "interactive", NULL, "pass standard input on", set_flag,
     FIELD(interactive)},
    {'t', "tty", NULL, "give the command a terminal", set_flag, FIELD(tty)},
    {'d', "detach", NULL, "start it and leave it", set_flag, FIELD(detach)},
    {'e', "env", "NAME[=VALUE]",
     "set a variable, without VALUE to our own; may be\n"
     "repeated",
     take_env, 0},
    {0, "env-file", "FILE",
     "set those in FILE, before all of -e; may be repeated", take_env_file, 0},
    {'w', "workdir", "DIR", "where the command starts", set_text,
     FIELD(working_dir)},
    {'u', "user", "USER", "who it runs as: name, uid or uid:gid", set_text,
     FIELD(user)},
    {0, "privileged", NULL, "with all capabilities", set_flag,
     FIELD(privileged)},
    {0, "detach-keys", "KEYS",
     "what detaches from a terminal\n"
     "(default: " DETACH_KEYS_DEFAULT ")",
     take_detach_keys, FIELD(detach_keys)},
    {0, "timeout", "TIME",
     "give up after TIME seconds, or 500ms, 2m, 1h;\n"
     "0 = never (default)",
     take_timeout, 0},
    {0, "json", NULL, "report what happens as JSON, a line an event", set_flag,
     FIELD(json)},
    {0, "trace", NULL, "show on standard error what goes over the wire",
     set_flag, FIELD(trace)},
    {0, "help", NULL, "show this", show_usage, 0},
    {0, "version", NULL, "show the version", show_version, 0},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* "  -H, --host URL          the daemon: ..." */
static void print_row(const struct row *row)
{
    const char letter[] = {'-', row->letter, ',', '\0'};
    int used = printf("  %3s --%s%s%s", row->letter == 0 ? "" : letter,
                      row->name, row->value == NULL ? "" : " ",
                      row->value == NULL ? "" : row->value);
    const char *line = row->help;

    for (;;) {
        size_t len = strcspn(line, "\n");

        (void)printf("%*s%.*s\n", HELP_COLUMN - used, "", (int)len, line);
        if (line[len] == '\0') {
            return;
        }
        line += len + 1;
        used = 0;
    }
}

static enum options_outcome show_usage(struct parse *parse,
                                       const struct row *row, const char *value)
{
    (void)parse;
    (void)row;
    (void)value;
    (void)fputs("usage: dexec [OPTION]... CONTAINER COMMAND [ARG...]\n"
                "Run a command in a running container, as docker exec does.\n"
                "\n",
                stdout);
    for (size_t i = 0; i < ROWS; i++) {
        print_row(&rows[i]);
    }
    (void)fputs(
        "\n"
        "Exit status: the command's own; 124 after --timeout, 125 when dexec\n"
        "itself failed, 126 when the command cannot be executed, 127 when it\n"
        "was not found.\n",
        stdout);
    return flushed();
}

/* What getopt reads: "+" stops it at CONTAINER, so that the command keeps its
 * own options, ":" makes it tell a missing value. */
struct grammar {
    char letters[2 + 2 * ROWS + 1];
    struct option names[ROWS + 1];
};

static struct grammar make_grammar(void)
{
    struct grammar grammar = {.letters = "+:"};
    char *letters = grammar.letters + 2;

    for (size_t i = 0; i < ROWS; i++) {
        grammar.names[i] = (struct option){
            .name = rows[i].name,
            .has_arg = rows[i].value == NULL ? no_argument : required_argument,
            .val = rows[i].letter != 0 ? rows[i].letter : LONG_ONLY + (int)i};
        if (rows[i].letter != 0) {
            *letters++ = rows[i].letter;
        }
        if (rows[i].letter != 0 && rows[i].value != NULL) {
            *letters++ = ':';
        }
    }
    return grammar;
}

/* getopt's verdict on something that it could not take. */
static enum options_outcome refuse(int verdict, const char *word)
{
    const char letter[] = {'-', (char)optopt, '\0'};

    if (verdict == ':') {
        return wrong("no value for ", word);
    }
    if (word[0] == '-' && word[1] == '-') {
        return wrong(optopt == 0 ? "unknown option " : "no value is taken by ",
                     word);
    }
    return wrong("unknown option ", letter); /* maybe among others: -itX */
}

static const struct row *find_row(int found)
{
    size_t i = 0;

    if (found >= LONG_ONLY) {
        return &rows[found - LONG_ONLY];
    }
    while (rows[i].letter != found) {
        i++;
    }
    return &rows[i];
}

static enum options_outcome take_options(struct parse *parse, int argc,
                                         char **argv)
{
    const struct grammar grammar = make_grammar();
    enum options_outcome outcome = OPTIONS_RUN;

    opterr = 0;
    while (outcome == OPTIONS_RUN) {
        /* One thread only. */
        int found =
            getopt_long(/* NOLINT(concurrency-mt-unsafe) */
                        argc, argv, grammar.letters, grammar.names, NULL);

        if (found == -1) {
            return OPTIONS_RUN;
        }
        if (found == ':' || found == '?') {
            return refuse(found, argv[optind - 1]);
        }
        outcome = find_row(found)->take(parse, find_row(found), optarg);
    }
    return outcome;
}

/* What is left is CONTAINER COMMAND [ARG...]. */
static enum options_outcome take_operands(struct options *options, int argc,
                                          char **argv)
{
    if (optind >= argc || argv[optind][0] == '\0') {
        return wrong("no container was named", "");
    }
    if (optind + 1 >= argc) {
        return wrong("no command was given for container ", argv[optind]);
    }
    options->container = argv[optind];
    options->cmd = (const char *const *)argv + optind + 1;
    return OPTIONS_RUN;
}

static enum options_outcome append_env(struct options *options,
                                       const struct env *env)
{
    for (size_t i = 0; i < env->count; i++) {
        if (!env_add(&options->env, env->entries[i], ENV_REMOVE)) {
            return wrong("out of memory", "");
        }
    }
    return OPTIONS_RUN;
}

enum options_outcome options_parse(int argc, char **argv,
                                   struct options *out_options)
{
    struct parse parse = {.options = out_options};
    enum options_outcome outcome = OPTIONS_RUN;
    const char *bad = NULL;
    size_t bad_len = 0;

    *out_options = (struct options){0};
    (void)detach_keys_parse(&out_options->keys, "", &bad, &bad_len);
    outcome = take_options(&parse, argc, argv);
    if (outcome == OPTIONS_RUN) {
        outcome = take_operands(out_options, argc, argv);
    }
    if (outcome == OPTIONS_RUN) {
        outcome = append_env(out_options, &parse.env);
    }
    env_release(&parse.env);
    return outcome;
}

void options_release(struct options *options)
{
    env_release(&options->env);
}
