/* SPDX-License-Identifier: MIT */
/* recorder.c - one recording: what is being written, and what is known of the
 * names in it. */
#include "recorder.h"

#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "json_text.h"
#include "utf8.h"

#define HEADER_MAX 65536 /* without vars; it has a dozen short strings */

static void add_member(struct md_rec_bytes *out, const char *key,
                       const char *value)
{
    if (value == NULL || !md_rec_utf8_is_text(value, strlen(value))) {
        return;
    }
    if (out->len > 0 && out->data[out->len - 1] != '{') {
        md_rec_bytes_text(out, ",");
    }
    md_rec_bytes_print(out, "\"%s\":", key);
    md_rec_json_string(out, value, strlen(value));
}

static char *make_header(const char *name,
                         const struct md_rec_provenance *provenance)
{
    struct md_rec_bytes out = md_rec_bytes_new(HEADER_MAX);

    md_rec_bytes_text(&out, "{\"execcast\":1");
    add_member(&out, "name", name);
    md_rec_bytes_text(&out, ",\"provenance\":{");
    add_member(&out, "engine", provenance->engine);
    add_member(&out, "engine_version", provenance->engine_version);
    add_member(&out, "api_version", provenance->api_version);
    add_member(&out, "transport", provenance->transport);
    add_member(&out, "recorder", provenance->recorder);
    add_member(&out, "recorded", provenance->recorded);
    add_member(&out, "kernel", provenance->kernel);
    md_rec_bytes_text(&out, "}");
    return md_rec_bytes_take(&out);
}

enum mockd_code md_rec_new(const char *dir, bool force, const char *name,
                           const struct md_rec_provenance *provenance,
                           struct md_rec **out_rec, struct mockd_error *err)
{
    struct md_rec *rec = calloc(1, sizeof(*rec));
    char *header = make_header(name, provenance);
    enum mockd_code rc = MOCKD_OK;

    if (rec == NULL || header == NULL) {
        rc = md_rec_fail(err, MOCKD_E_SYSTEM, "no memory");
    } else {
        rc = md_rec_cast_open(&rec->cast, dir, force, header, err);
    }
    free(header);
    if (rc != MOCKD_OK) {
        md_rec_free(rec);
        return rc;
    }
    *out_rec = rec;
    return MOCKD_OK;
}

void md_rec_keep_off(struct md_rec *rec, struct md_rec_secrets *secrets)
{
    rec->secrets = secrets;
}

bool md_rec_has_failed(const struct md_rec *rec)
{
    return rec->cast.error.code != MOCKD_OK;
}

bool md_rec_tell(struct md_rec *rec, const struct md_rec_fact *fact)
{
    size_t before = rec->names.changes;
    bool is_taken = md_rec_names_tell(&rec->names, fact);

    /* Also of what was taken in by half: in the end there may be memory. */
    if (rec->names.changes != before) {
        md_rec_cast_fact(&rec->cast, fact);
    }
    return is_taken;
}

enum mockd_code md_rec_finish(struct md_rec *rec,
                              const struct md_rec_part_options *options,
                              struct md_rec_part_summary *out_summary,
                              struct mockd_error *err)
{
    enum mockd_code rc =
        md_rec_cast_finish(&rec->cast, options, out_summary, err);

    if (rc == MOCKD_OK) {
        out_summary->requests = rec->requests;
    }
    return rc;
}

void md_rec_free(struct md_rec *rec)
{
    if (rec == NULL) {
        return;
    }
    md_rec_cast_release(&rec->cast);
    md_rec_names_release(&rec->names);
    free(rec);
}
