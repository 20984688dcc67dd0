/* SPDX-License-Identifier: MIT */
#include "pem.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    bool is_added = extension != NULL && X509_add_ext(cert, extension, -1) == 1;

    X509_EXTENSION_free(extension);
    return is_added;
}

static bool fill_cert(X509 *cert, EVP_PKEY *key)
{
    X509_NAME *name = X509_get_subject_name(cert);

    return X509_set_version(cert, 2) == 1 &&
           ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -3600) != NULL &&
           X509_gmtime_adj(X509_getm_notAfter(cert), 3600) != NULL &&
           X509_set_pubkey(cert, key) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                      (const unsigned char *)"test", -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(cert, name) == 1 &&
           add_extension(cert, NID_basic_constraints, "critical,CA:TRUE") &&
           add_extension(cert, NID_subject_alt_name, "IP:127.0.0.1") &&
           X509_sign(cert, key, EVP_sha256()) > 0;
}

bool pem_make_pair(const char *cert_path, const char *key_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    FILE *cert_file = fopen(cert_path, "w");
    FILE *key_file = fopen(key_path, "w");
    bool is_made =
        key != NULL && cert != NULL && cert_file != NULL && key_file != NULL &&
        fill_cert(cert, key) && PEM_write_X509(cert_file, cert) == 1 &&
        PEM_write_PrivateKey(key_file, key, NULL, NULL, 0, NULL, NULL) == 1;

    if (cert_file != NULL) {
        is_made = fclose(cert_file) == 0 && is_made;
    }
    if (key_file != NULL) {
        is_made = fclose(key_file) == 0 && is_made;
    }
    EVP_PKEY_free(key);
    X509_free(cert);
    return is_made;
}
