/* SPDX-License-Identifier: MIT */
#include "env_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xEF\xBB\xBF"
#define WHITE_SPACE " \t\n\v\f\r"

struct reader {
    FILE *file;
    size_t bytes; /* read so far */
    size_t number;
    size_t len;
    char line[ENV_LINE_MAX + 1];
};

/* Read a line without its end. Returns NULL, or what is wrong with it. */
static const char *read_line(struct reader *reader, bool *out_is_end)
{
    int c = 0;

    reader->len = 0;
    reader->number++;
    while ((c = getc(reader->file)) != EOF && c != '\n') {
        if (c == '\0') {
            return "a NUL byte";
        }
        if (reader->len == ENV_LINE_MAX) {
            return "the line is too long";
        }
        reader->line[reader->len++] = (char)c;
    }
    reader->bytes += reader->len + (c == '\n');
    *out_is_end = c == EOF && reader->len == 0;
    if (reader->len > 0 && reader->line[reader->len - 1] == '\r') {
        reader->len--;
    }
    reader->line[reader->len] = '\0';
    return NULL;
}

static const char *start_of(const struct reader *reader)
{
    const char *start = reader->line;

    if (reader->number == 1 &&
        strncmp(start, BYTE_ORDER_MARK, sizeof(BYTE_ORDER_MARK) - 1) == 0) {
        start += sizeof(BYTE_ORDER_MARK) - 1;
    }
    return start + strspn(start, WHITE_SPACE);
}

static const char *take_line(const struct reader *reader, struct env *env)
{
    const char *entry = start_of(reader);
    size_t name_len = strcspn(entry, "=");

    if (entry[0] == '\0' || entry[0] == '#') {
        return NULL;
    }
    if (name_len == 0) {
        return "no name before '='";
    }
    if (strcspn(entry, WHITE_SPACE) < name_len) {
        return "white space in the name";
    }
    return env_add(env, entry, ENV_SKIP) ? NULL : "out of memory";
}

static bool read_lines(struct reader *reader, const char *path, struct env *env,
                       char *out_message)
{
    bool is_end = false;

    while (!is_end) {
        const char *wrong = read_line(reader, &is_end);

        if (ferror(reader->file)) {
            (void)snprintf(out_message, ENV_FILE_MESSAGE_MAX, "%s: %s", path,
                           strerror(errno));
            return false;
        }
        if (wrong == NULL && reader->bytes > ENV_FILE_MAX) {
            wrong = "the file is too long";
        }
        if (wrong == NULL) {
            wrong = take_line(reader, env);
        }
        if (wrong != NULL) {
            (void)snprintf(out_message, ENV_FILE_MESSAGE_MAX, "%s:%zu: %s",
                           path, reader->number, wrong);
            return false;
        }
    }
    return true;
}

bool env_file_read(const char *path, struct env *env,
                   char out_message[ENV_FILE_MESSAGE_MAX])
{
    struct reader reader = {.file = fopen(path, "r")};
    bool is_read = false;

    if (reader.file == NULL) {
        (void)snprintf(out_message, ENV_FILE_MESSAGE_MAX, "%s: %s", path,
                       strerror(errno));
        return false;
    }
    is_read = read_lines(&reader, path, env, out_message);
    (void)fclose(reader.file);
    return is_read;
}
