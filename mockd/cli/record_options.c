/* SPDX-License-Identifier: MIT */
/* record_options.c - the command line of `mockd record`. */
#include "record_options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define EXIT_USAGE 2

const char record_usage[] =
    "Usage: mockd record --upstream URL --out DIR [OPTION]...\n"
    "       mockd record --finish DIR/session.execcast.part\n"
    "Record what clients and a container engine say to each other.\n"
    "\n"
    "  --upstream URL   the engine: unix:///PATH, tcp://HOST:PORT or\n"
    "                   https://HOST:PORT\n"
    "  --tls-ca FILE    who vouches for the engine's certificate; any --tls-\n"
    "                   option means TLS for tcp:// too\n"
    "  --tls-cert FILE  our certificate for the engine, with --tls-key\n"
    "  --tls-key FILE   its key\n"
    "  --out DIR        folder for session.execcast and its files, made if\n"
    "                   it is missing\n"
    "  --name NAME      name of the session, for people; DIR if not given\n"
    "  --mode MODE      record-all, the default: ask the engine, write all\n"
    "                   record-once: that if DIR has no recording, else "
    "replay\n"
    "                   record-new: replay what recordings in DIR answer, ask\n"
    "                   the engine for the rest and write that\n"
    "                   replay: never ask the engine\n"
    "                   passthrough: ask the engine, write nothing\n"
    "  --listen URL     unix:///PATH or tcp://HOST:PORT; at most one of each\n"
    "  --unix PATH      the same for a unix socket; auto: a new one, which is\n"
    "                   what happens when no listener is given\n"
    "  --tcp HOST:PORT  the same for TCP, loopback only; port 0: a free one\n"
    "  --listen-tls CERT,KEY[,CA]\n"
    "                   TLS on the TCP listener; with CA for clients that\n"
    "                   have a certificate of it only\n"
    "  --allow-remote   listen on other addresses than loopback: who reaches\n"
    "                   them can do with the engine what they like\n"
    "  --secret REGEX   keep what matches this extended regular expression\n"
    "                   off the disk, besides the usual (see the manual)\n"
    "  --secret-text TEXT  the same for this very text\n"
    "  --secret-env WORD   the same for values of variables with WORD in\n"
    "                   their name\n"
    "  --no-redact      write secrets as they are\n"
    "  --force          replace a recording that is in DIR\n"
    "  --finish FILE    make a recording of what a recorder left that was\n"
    "                   killed\n"
    "  --help           show this\n"
    "\n"
    "One line of JSON on standard output says when it is ready, and where. It\n"
    "runs until SIGINT or SIGTERM, and then writes the recording.\n"
    "\n"
    "Exit status: 0 recorded, 2 usage error, 3 the engine, a listener or DIR\n"
    "cannot be used.\n";

/* Options without a letter of their own. */
enum {
    OPT_MODE = 256,
    OPT_LISTEN,
    OPT_LISTEN_TLS,
    OPT_SECRET,
    OPT_SECRET_TEXT,
    OPT_SECRET_ENV,
    OPT_ALLOW_REMOTE,
    OPT_NO_REDACT,
    OPT_FORCE,
    OPT_HELP,
    OPT_UPSTREAM,
    OPT_OUT,
    OPT_NAME,
    OPT_UNIX,
    OPT_TCP,
    OPT_FINISH,
    OPT_TLS_CA,
    OPT_TLS_CERT,
    OPT_TLS_KEY
};

static const char *const modes[] = {
    [RECORD_ALL] = "record-all",          [RECORD_ONCE] = "record-once",
    [RECORD_NEW] = "record-new",          [RECORD_REPLAY] = "replay",
    [RECORD_PASSTHROUGH] = "passthrough",
};

const char *record_mode_name(enum record_mode mode)
{
    return modes[mode];
}

static int fail_usage(const char *message, const char *operand)
{
    (void)fprintf(stderr, "mockd record: %s%s (see mockd record --help)\n",
                  message, operand);
    return EXIT_USAGE;
}

static int take_mode(struct record_options *options, const char *text)
{
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        if (strcmp(modes[i], text) == 0) {
            options->mode = (enum record_mode)i;
            return 0;
        }
    }
    return fail_usage("no mode, there are record-all, record-once, record-new, "
                      "replay and passthrough: ",
                      text);
}

static int take_listen(struct record_options *options, const char *url)
{
    if (strncmp(url, "unix://", 7) == 0) {
        options->unix_path = url + 7;
        return 0;
    }
    if (strncmp(url, "tcp://", 6) == 0) {
        options->tcp_address = url + 6;
        return 0;
    }
    return fail_usage("listen on unix:///PATH or tcp://HOST:PORT, not on ",
                      url);
}

static int take_listen_tls(struct record_options *options, const char *text)
{
    char *at = options->listen_tls_text;
    const char **parts[] = {&options->listen_tls.cert, &options->listen_tls.key,
                            &options->listen_tls.ca};

    if (strlen(text) >= sizeof(options->listen_tls_text)) {
        return fail_usage("too long: --listen-tls ", text);
    }
    memcpy(at, text, strlen(text) + 1);
    for (size_t i = 0; i < COUNT_OF(parts) && at != NULL; i++) {
        char *comma = strchr(at, ',');

        *parts[i] = at;
        at = comma != NULL ? comma + 1 : NULL;
        if (comma != NULL) {
            *comma = '\0';
        }
        if ((*parts[i])[0] == '\0') {
            return fail_usage("expected CERT,KEY[,CA]: --listen-tls ", text);
        }
    }
    if (options->listen_tls.key == NULL || at != NULL) {
        return fail_usage("expected CERT,KEY[,CA]: --listen-tls ", text);
    }
    return 0;
}

static int take_secret(struct record_options *options, int option,
                       const char *text)
{
    struct record_secret *secret = NULL;

    if (options->secret_count == RECORD_SECRETS_MAX) {
        return fail_usage("at most 256 of them are possible: ", "--secret");
    }
    secret = &options->secrets[options->secret_count++];
    secret->text = text;
    secret->kind = option == OPT_SECRET        ? SECRET_PATTERN
                   : option == OPT_SECRET_TEXT ? SECRET_TEXT
                                               : SECRET_WORD;
    return 0;
}

/* Where the value of an option goes as it is. */
static const char **find_slot(struct record_options *options, int option)
{
    switch (option) {
    case OPT_UPSTREAM:
        return &options->upstream;
    case OPT_OUT:
        return &options->out;
    case OPT_NAME:
        return &options->name;
    case OPT_UNIX:
        return &options->unix_path;
    case OPT_TCP:
        return &options->tcp_address;
    case OPT_FINISH:
        return &options->finish;
    case OPT_TLS_CA:
        return &options->upstream_tls.ca;
    case OPT_TLS_CERT:
        return &options->upstream_tls.cert;
    default: /* OPT_TLS_KEY */
        return &options->upstream_tls.key;
    }
}

static bool *find_flag(struct record_options *options, int option)
{
    switch (option) {
    case OPT_ALLOW_REMOTE:
        return &options->allow_remote;
    case OPT_NO_REDACT:
        return &options->no_redact;
    case OPT_FORCE:
        return &options->force;
    case OPT_HELP:
        return &options->help;
    default:
        return NULL;
    }
}

static int take_value(struct record_options *options, int option,
                      const char *text)
{
    switch (option) {
    case OPT_MODE:
        return take_mode(options, text);
    case OPT_LISTEN:
        return take_listen(options, text);
    case OPT_LISTEN_TLS:
        return take_listen_tls(options, text);
    case OPT_SECRET:
    case OPT_SECRET_TEXT:
    case OPT_SECRET_ENV:
        return take_secret(options, option, text);
    default:
        *find_slot(options, option) = text;
        return 0;
    }
}

static int take_option(struct record_options *options, int option,
                       const char *text)
{
    bool *flag = find_flag(options, option);

    if (option == ':') {
        return fail_usage("a value is missing after ", text);
    }
    if (option == '?') {
        return fail_usage("unknown option: ", text);
    }
    if (flag != NULL) {
        *flag = true;
        return 0;
    }
    if (optarg[0] == '\0') {
        return fail_usage("an empty value for ", text);
    }
    return take_value(options, option, optarg);
}

static bool has_upstream_tls(const struct record_options *options)
{
    return options->upstream_tls.ca != NULL ||
           options->upstream_tls.cert != NULL ||
           options->upstream_tls.key != NULL;
}

static int check_needs(const struct record_options *options)
{
    if (options->upstream == NULL && options->mode != RECORD_REPLAY) {
        return fail_usage("say which engine to record: ", "--upstream URL");
    }
    if (options->out == NULL && options->mode == RECORD_REPLAY) {
        return fail_usage("say which recordings to replay: ", "--out DIR");
    }
    if (options->out == NULL && options->mode != RECORD_PASSTHROUGH) {
        return fail_usage("say where to write the recording: ", "--out DIR");
    }
    if (has_upstream_tls(options) && options->upstream != NULL &&
        strncmp(options->upstream, "unix:", 5) == 0) {
        return fail_usage("there is no TLS on ", options->upstream);
    }
    if (options->listen_tls.cert != NULL && options->tcp_address == NULL) {
        return fail_usage("--listen-tls is for a TCP listener: ",
                          "--tcp HOST:PORT");
    }
    if (options->no_redact && options->secret_count > 0) {
        return fail_usage("secrets are to be kept, and written: ",
                          "--no-redact");
    }
    return 0;
}

static int check(struct record_options *options, int argc, char **argv)
{
    int rc = 0;

    if (options->help) {
        return 0;
    }
    if (optind < argc) {
        return fail_usage("what is this for: ", argv[optind]);
    }
    if (options->finish != NULL) {
        return 0;
    }
    rc = check_needs(options);
    if (options->name == NULL) {
        options->name = options->out;
    }
    if (options->unix_path == NULL && options->tcp_address == NULL) {
        options->unix_path = "auto";
    }
    return rc;
}

int record_options_parse(struct record_options *options, int argc, char **argv)
{
    static const struct option known[] = {
        {"allow-remote", no_argument, NULL, OPT_ALLOW_REMOTE},
        {"finish", required_argument, NULL, OPT_FINISH},
        {"force", no_argument, NULL, OPT_FORCE},
        {"help", no_argument, NULL, OPT_HELP},
        {"listen", required_argument, NULL, OPT_LISTEN},
        {"listen-tls", required_argument, NULL, OPT_LISTEN_TLS},
        {"mode", required_argument, NULL, OPT_MODE},
        {"name", required_argument, NULL, OPT_NAME},
        {"no-redact", no_argument, NULL, OPT_NO_REDACT},
        {"out", required_argument, NULL, OPT_OUT},
        {"secret", required_argument, NULL, OPT_SECRET},
        {"secret-env", required_argument, NULL, OPT_SECRET_ENV},
        {"secret-text", required_argument, NULL, OPT_SECRET_TEXT},
        {"tcp", required_argument, NULL, OPT_TCP},
        {"tls-ca", required_argument, NULL, OPT_TLS_CA},
        {"tls-cert", required_argument, NULL, OPT_TLS_CERT},
        {"tls-key", required_argument, NULL, OPT_TLS_KEY},
        {"unix", required_argument, NULL, OPT_UNIX},
        {"upstream", required_argument, NULL, OPT_UPSTREAM},
        {NULL, 0, NULL, 0},
    };
    int rc = 0;

    optind = 1;
    while (rc == 0) {
        int at = optind;
        int option = getopt_long(argc, argv, ":", known, NULL);

        if (option == -1) {
            return check(options, argc, argv);
        }
        rc = take_option(options, option, argv[at]);
    }
    return rc;
}

enum mockd_code record_options_secrets(const struct record_options *options,
                                       struct md_rec_secrets **out_secrets,
                                       struct mockd_error *err)
{
    static enum mockd_code (*const add[])(struct md_rec_secrets *, const char *,
                                          struct mockd_error *) = {
        [SECRET_PATTERN] = md_rec_secrets_add_pattern,
        [SECRET_TEXT] = md_rec_secrets_add_text,
        [SECRET_WORD] = md_rec_secrets_add_word,
    };
    struct md_rec_secrets *secrets = NULL;
    enum mockd_code rc = MOCKD_OK;

    *out_secrets = NULL;
    if (options->no_redact) {
        return MOCKD_OK;
    }
    secrets = md_rec_secrets_new();
    if (secrets == NULL) {
        err->code = MOCKD_E_SYSTEM;
        (void)snprintf(err->message, sizeof(err->message), "no memory");
        return MOCKD_E_SYSTEM;
    }
    for (size_t i = 0; i < options->secret_count && rc == MOCKD_OK; i++) {
        rc = add[options->secrets[i].kind](secrets, options->secrets[i].text,
                                           err);
    }
    if (rc != MOCKD_OK) {
        md_rec_secrets_free(secrets);
        return rc;
    }
    *out_secrets = secrets;
    return MOCKD_OK;
}
