/* SPDX-License-Identifier: MIT */
#include "desk.h"

#include <dirent.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define WORDS_MAX 8
#define FILE_MAX 65535 /* bytes that desk_read() gives */

struct desk desk;
static char place[] = "/tmp/desk-XXXXXX";

int desk_set_up(void **state)
{
    (void)state;
    (void)memcpy(place + strlen(place) - 6, "XXXXXX", 6);
    return mkdtemp(place) != NULL && chdir(place) == 0 ? 0 : -1;
}

static int remove_entry(const char *path, const struct stat *status, int kind,
                        struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static void clear(void)
{
    free(desk.out);
    free(desk.err);
    free(desk.file);
    desk = (struct desk){0};
}

int desk_tear_down(void **state)
{
    (void)state;
    clear();
    if (chdir("/") != 0) {
        return -1;
    }
    return nftw(place, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

void desk_write(const char *name, const void *data, size_t len)
{
    char path[256];
    FILE *file = NULL;

    (void)snprintf(path, sizeof(path), "%s", name);
    for (char *at = strchr(path, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(path, 0700);
        *at = '/';
    }
    file = fopen(name, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

const char *desk_read(const char *name)
{
    FILE *file = fopen(name, "r");

    free(desk.file);
    desk.file = calloc(1, FILE_MAX + 1);
    assert_non_null(file);
    assert_non_null(desk.file);
    (void)fread(desk.file, 1, FILE_MAX, file);
    (void)fclose(file);
    return desk.file;
}

void desk_run(desk_tool_fn tool, const char *name, const char *args)
{
    char words[512];
    char *argv[WORDS_MAX + 1] = {NULL};
    int argc = 1;
    FILE *out = NULL;
    FILE *err = NULL;

    clear();
    (void)snprintf(words, sizeof(words), "%s %s", name, args);
    argv[0] = words;
    for (char *at = strchr(words, ' ');
         at != NULL && at[1] != '\0' && argc < WORDS_MAX;
         at = strchr(at + 1, ' ')) {
        *at = '\0';
        argv[argc] = at + 1;
        argc++;
    }
    out = open_memstream(&desk.out, &desk.out_len);
    err = open_memstream(&desk.err, &desk.err_len);
    assert_non_null(out);
    assert_non_null(err);
    desk.status = tool(argc, argv, out, err);
    (void)fclose(out);
    (void)fclose(err);
}

size_t desk_count(const char *folder)
{
    DIR *entries = opendir(folder);
    size_t count = 0;

    assert_non_null(entries);
    while (readdir(entries) != NULL) {
        count++;
    }
    (void)closedir(entries);
    return count - 2; /* . and .. */
}
