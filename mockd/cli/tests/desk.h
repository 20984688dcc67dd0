/* SPDX-License-Identifier: MIT */
/*
 * desk.h - a folder to work in, and a tool run in it: what it wrote and its
 * status. Names are relative to the folder.
 */
#ifndef DESK_H
#define DESK_H

#include <stddef.h>
#include <stdio.h>

typedef int (*desk_tool_fn)(int argc, char **argv, FILE *out, FILE *err);

struct desk {
    char *out;
    char *err;
    char *file; /* what desk_read() read */
    size_t out_len;
    size_t err_len;
    int status;
};

extern struct desk desk;

/* For each test: go into a new folder, and remove it. */
int desk_set_up(void **state);
int desk_tear_down(void **state);

/* Write a file; folders in its name are made. */
void desk_write(const char *name, const void *data, size_t len);

/* The whole file, up to 64 KiB, NUL-terminated; owned by the desk, until the
 * next call. */
const char *desk_read(const char *name);

/* Run @tool with @args, words with one blank between them. */
void desk_run(desk_tool_fn tool, const char *name, const char *args);

/* How many entries a folder has, hidden ones too. */
size_t desk_count(const char *folder);

#endif
