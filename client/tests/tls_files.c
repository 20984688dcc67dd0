/* SPDX-License-Identifier: MIT */
#include "tls_files.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#define DAY_S 86400L

struct party {
    EVP_PKEY *key;
    X509 *certificate;
};

struct wish {
    const char *name;
    const char *san; /* NULL = none */
    bool is_ca;
    long ends_s; /* from now */
};

const char *tls_file(const char *folder, const char *name)
{
    static char paths[8][160];
    static unsigned next;
    char *path = paths[next++ % 8];

    if (name == NULL) {
        return NULL;
    }
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static bool add_extension(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool ok =
        extension != NULL && X509_add_ext(certificate, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    return ok;
}

static bool set_name(X509 *certificate, const struct wish *wish)
{
    return X509_NAME_add_entry_by_txt(
               X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
               (const unsigned char *)wish->name, -1, -1, 0) == 1;
}

/* @issuer NULL = itself. */
static struct party make_party(const struct wish *wish,
                               const struct party *issuer)
{
    static long serial = 1;
    struct party party = {.key = EVP_EC_gen("P-256"),
                          .certificate = X509_new()};
    X509 *own = party.certificate;
    const struct party *signer = issuer == NULL ? &party : issuer;
    bool ok =
        party.key != NULL && own != NULL && X509_set_version(own, 2) == 1 &&
        ASN1_INTEGER_set(X509_get_serialNumber(own), serial++) == 1 &&
        X509_gmtime_adj(X509_getm_notBefore(own), -2 * DAY_S) != NULL &&
        X509_gmtime_adj(X509_getm_notAfter(own), wish->ends_s) != NULL &&
        set_name(own, wish) &&
        X509_set_issuer_name(own, X509_get_subject_name(signer->certificate)) ==
            1 &&
        X509_set_pubkey(own, party.key) == 1 &&
        (!wish->is_ca ||
         add_extension(own, NID_basic_constraints, "critical,CA:TRUE")) &&
        (wish->san == NULL ||
         add_extension(own, NID_subject_alt_name, wish->san)) &&
        X509_sign(own, signer->key, EVP_sha256()) > 0;

    if (!ok) {
        EVP_PKEY_free(party.key);
        X509_free(own);
        return (struct party){.key = NULL};
    }
    return party;
}

static void free_party(struct party *party)
{
    EVP_PKEY_free(party->key);
    X509_free(party->certificate);
}

static bool write_certificate(const char *folder, const char *name,
                              const struct party *party)
{
    FILE *file = fopen(tls_file(folder, name), "w");
    bool ok = file != NULL && party->certificate != NULL &&
              PEM_write_X509(file, party->certificate) == 1;

    return file != NULL && fclose(file) == 0 && ok;
}

/* @passphrase NULL = none. */
static bool write_key(const char *folder, const char *name,
                      const struct party *party, char *passphrase)
{
    FILE *file = fopen(tls_file(folder, name), "w");
    bool ok =
        file != NULL && party->key != NULL &&
        PEM_write_PKCS8PrivateKey(file, party->key,
                                  passphrase == NULL ? NULL : EVP_aes_128_cbc(),
                                  NULL, 0, NULL, passphrase) == 1;

    return file != NULL && fclose(file) == 0 && ok;
}

static bool append_key(const char *folder, const char *name,
                       const struct party *party)
{
    FILE *file = fopen(tls_file(folder, name), "a");
    bool ok = file != NULL && party->key != NULL &&
              PEM_write_PKCS8PrivateKey(file, party->key, NULL, NULL, 0, NULL,
                                        NULL) == 1;

    return file != NULL && fclose(file) == 0 && ok;
}

static bool write_text(const char *folder)
{
    FILE *file = fopen(tls_file(folder, "text.pem"), "w");

    return file != NULL && fputs("just text\n", file) >= 0 && fclose(file) == 0;
}

bool tls_files_make(const char *folder)
{
    static const struct wish wishes[] = {
        {"dexec test CA", NULL, true, 10 * DAY_S},
        {"strange CA", NULL, true, 10 * DAY_S},
        {"server", "IP:127.0.0.1,DNS:localhost", false, 10 * DAY_S},
        {"other", "DNS:other.example", false, 10 * DAY_S},
        {"old", "IP:127.0.0.1", false, -DAY_S},
        {"client", NULL, false, 10 * DAY_S}};
    enum { CA, STRANGE, SERVER, OTHER, OLD, CLIENT, COUNT };
    struct party parties[COUNT];
    char passphrase[] = "secret";
    bool ok = true;

    for (int i = 0; i < COUNT; i++) {
        parties[i] = make_party(&wishes[i], i <= STRANGE ? NULL : &parties[CA]);
        ok = ok && parties[i].key != NULL;
    }
    ok = ok && write_certificate(folder, "ca.pem", &parties[CA]) &&
         write_certificate(folder, "strange.pem", &parties[STRANGE]) &&
         write_certificate(folder, "server.pem", &parties[SERVER]) &&
         write_key(folder, "server.key", &parties[SERVER], NULL) &&
         write_certificate(folder, "other.pem", &parties[OTHER]) &&
         write_key(folder, "other.key", &parties[OTHER], NULL) &&
         write_certificate(folder, "old.pem", &parties[OLD]) &&
         write_key(folder, "old.key", &parties[OLD], NULL) &&
         write_certificate(folder, "client.pem", &parties[CLIENT]) &&
         write_key(folder, "client.key", &parties[CLIENT], NULL) &&
         write_key(folder, "locked.key", &parties[CLIENT], passphrase) &&
         append_key(folder, "two.key", &parties[CLIENT]) &&
         append_key(folder, "two.key", &parties[SERVER]) && write_text(folder);
    for (int i = 0; i < COUNT; i++) {
        free_party(&parties[i]);
    }
    return ok;
}

void tls_files_remove(const char *folder)
{
    static const char *const names[] = {
        "ca.pem",     "strange.pem", "server.pem", "server.key", "other.pem",
        "other.key",  "old.pem",     "old.key",    "client.pem", "client.key",
        "locked.key", "two.key",     "text.pem"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)unlink(tls_file(folder, names[i]));
    }
}
