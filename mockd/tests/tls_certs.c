/* SPDX-License-Identifier: MIT */
#include "tls_certs.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_S 86400L

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
};

static char folder[64];

const char *tls_cert(const char *name)
{
    static char paths[8][128];
    static unsigned next;
    char *path = paths[next++ % 8];

    if (name == NULL) {
        return NULL;
    }
    (void)snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static bool extend(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool ok =
        extension != NULL && X509_add_ext(certificate, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    return ok;
}

/* @signer NULL = itself, as a CA. */
static bool make(struct identity *out, const char *name, long serial,
                 const struct identity *signer)
{
    X509 *own = X509_new();
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509_NAME *subject = X509_get_subject_name(own);
    bool is_ca = signer == NULL;

    *out = (struct identity){key, own};
    signer = is_ca ? out : signer;
    return X509_set_version(own, 2) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(own), serial) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(own), -DAY_S) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(own), DAY_S) != NULL &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                      (const unsigned char *)name, -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(
               own, X509_get_subject_name(signer->certificate)) == 1 &&
           X509_set_pubkey(own, key) == 1 &&
           (is_ca ? extend(own, NID_basic_constraints, "critical,CA:TRUE")
                  : extend(own, NID_subject_alt_name, "IP:127.0.0.1")) &&
           X509_sign(own, signer->key, EVP_sha256()) > 0;
}

static bool write_certificate(const char *name, X509 *certificate)
{
    FILE *file = fopen(tls_cert(name), "w");
    bool ok = file != NULL && PEM_write_X509(file, certificate) == 1;

    return file != NULL && fclose(file) == 0 && ok;
}

static bool write_key(const char *name, EVP_PKEY *key, char *passphrase)
{
    const EVP_CIPHER *cipher = passphrase == NULL ? NULL : EVP_aes_128_cbc();
    FILE *file = fopen(tls_cert(name), "w");
    bool ok =
        file != NULL && PEM_write_PKCS8PrivateKey(file, key, cipher, NULL, 0,
                                                  NULL, passphrase) == 1;

    return file != NULL && fclose(file) == 0 && ok;
}

static bool write_text(const char *name)
{
    FILE *file = fopen(tls_cert(name), "w");
    bool ok = file != NULL && fputs("just text\n", file) >= 0;

    return file != NULL && fclose(file) == 0 && ok;
}

const char *tls_certs_make(void)
{
    char passphrase[] = "secret";
    struct identity all[4] = {{NULL, NULL}};
    bool ok = false;

    (void)snprintf(folder, sizeof(folder), "/tmp/mockd-tls-XXXXXX");
    ok = mkdtemp(folder) != NULL && make(&all[0], "test CA", 1, NULL) &&
         make(&all[1], "server", 2, &all[0]) &&
         make(&all[2], "client", 3, &all[0]) &&
         make(&all[3], "stranger", 4, NULL) &&
         write_certificate("ca.pem", all[0].certificate) &&
         write_certificate("server.pem", all[1].certificate) &&
         write_certificate("client.pem", all[2].certificate) &&
         write_certificate("stranger.pem", all[3].certificate) &&
         write_key("server.key", all[1].key, NULL) &&
         write_key("client.key", all[2].key, NULL) &&
         write_key("stranger.key", all[3].key, NULL) &&
         write_key("locked.key", all[1].key, passphrase) &&
         write_text("text.pem");
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        EVP_PKEY_free(all[i].key);
        X509_free(all[i].certificate);
    }
    return ok ? folder : NULL;
}

void tls_certs_remove(void)
{
    static const char *const names[] = {
        "ca.pem",       "server.pem", "server.key",
        "client.pem",   "client.key", "stranger.pem",
        "stranger.key", "locked.key", "text.pem"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)unlink(tls_cert(names[i]));
    }
    (void)rmdir(folder);
}
