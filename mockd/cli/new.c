/* SPDX-License-Identifier: MIT */
/* new.c - the command `mockd new`: a fixture to begin with. */
#include <string.h>

#include "template.h"
#include "text.h"
#include "tools.h"

static const char usage[] =
    "usage: mockd new [NAME]\n"
    "\n"
    "Print a fixture to begin with, written by hand, that mockd serve plays:\n"
    "an exec that writes to both streams and exits with 3. NAME goes into its\n"
    "header. After a change mockd lint --fix counts its end line again.\n"
    "\n"
    "  --help  show this\n"
    "\n"
    "Exit status: 0, 2 usage.\n";

int md_tool_new(int argc, char **argv, FILE *out, FILE *err)
{
    const char *name = argc > 1 ? argv[1] : "by-hand";
    const char *place = strstr(md_template, MD_TEMPLATE_NAME);

    if (argc == 2 && (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)) {
        (void)fputs(usage, out);
        return MD_STATUS_OK;
    }
    if (argc > 2 || name[0] == '-') {
        (void)fprintf(err, "mockd new: %s%s; see mockd new --help\n",
                      name[0] == '-' ? "unknown option " : "one name, not ",
                      name[0] == '-' ? name : argv[argc - 1]);
        return MD_STATUS_USAGE;
    }
    (void)fwrite(md_template, 1, (size_t)(place - md_template), out);
    md_text_json(out, name);
    (void)fputs(place + strlen(MD_TEMPLATE_NAME), out);
    return MD_STATUS_OK;
}
