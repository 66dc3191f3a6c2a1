/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Makes a self-signed certificate at start, so that the server runs under TLS without any file. Clients that check
 * certificates will not trust it, and need not: it says who it is, not who vouches.
 */

#include "certificate.h"

#ifdef HAVE_OPENSSL

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum { VALID_DAYS = 365 };

static EVP_PKEY *make_key(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *maker = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    bool is_made = maker != NULL && EVP_PKEY_keygen_init(maker) == 1 &&
                   EVP_PKEY_CTX_set_ec_paramgen_curve_nid(maker, NID_X9_62_prime256v1) == 1 &&
                   EVP_PKEY_keygen(maker, &key) == 1;
    EVP_PKEY_CTX_free(maker);
    return is_made ? key : NULL;
}

/* Common names have 64 characters at most; the subject's alternative names are what counts. */
static bool name_it(X509 *cert, const char *hostname)
{
    char name[65];
    snprintf(name, sizeof name, "%s", hostname);
    X509_NAME *subject = X509_get_subject_name(cert);
    return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0) ==
               1 &&
           X509_set_issuer_name(cert, subject) == 1;
}

static bool extend(X509 *cert, int kind, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    bool is_added = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return is_added;
}

static bool add_extensions(X509 *cert, const char *hostname)
{
    char names[400] = "DNS:localhost,IP:127.0.0.1,IP:::1";
    bool is_domain =
        hostname[strspn(hostname, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")] == '\0';
    if (is_domain && strcmp(hostname, "localhost") != 0)
        snprintf(names, sizeof names, "DNS:%s,DNS:localhost,IP:127.0.0.1,IP:::1", hostname);
    return extend(cert, NID_subject_alt_name, names) &&
           extend(cert, NID_basic_constraints, "critical,CA:FALSE") &&
           extend(cert, NID_ext_key_usage, "serverAuth");
}

static X509 *make_certificate(EVP_PKEY *key, const char *hostname)
{
    uint64_t serial = 0;
    X509 *cert = X509_new();
    bool is_made = cert != NULL && RAND_bytes((unsigned char *)&serial, sizeof serial) == 1 &&
                   X509_set_version(cert, 2) == 1 &&
                   ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1 | 1) == 1 &&
                   X509_gmtime_adj(X509_getm_notBefore(cert), -3600) != NULL &&
                   X509_gmtime_adj(X509_getm_notAfter(cert), 86400L * VALID_DAYS) != NULL &&
                   X509_set_pubkey(cert, key) == 1 && name_it(cert, hostname) &&
                   add_extensions(cert, hostname) && X509_sign(cert, key, EVP_sha256()) > 0;
    if (is_made)
        return cert;
    X509_free(cert);
    return NULL;
}

bool certificate_make(SSL_CTX *context, const char *hostname)
{
    EVP_PKEY *key = make_key();
    X509 *cert = key != NULL ? make_certificate(key, hostname) : NULL;
    bool is_used = cert != NULL && SSL_CTX_use_certificate(context, cert) == 1 &&
                   SSL_CTX_use_PrivateKey(context, key) == 1;
    X509_free(cert);
    EVP_PKEY_free(key);
    return is_used;
}

#endif
