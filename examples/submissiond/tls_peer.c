/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * What TLS says of the two ends: the channel-binding data of ours, for SCRAM's -PLUS forms, and the names in the
 * client's certificate, for EXTERNAL.
 */

#include "tls.h"

#ifdef HAVE_OPENSSL

#include "tls_session.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <smtpauth/server.h>
#include <string.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#define SSL_get1_peer_certificate SSL_get_peer_certificate
#endif

/* ---- Channel bindings ---- */

/* RFC 5929 4.1: the certificate's hash, by the hash of its signature; SHA-256 where that is MD5 or SHA-1. A signature
 * without a hash of its own (Ed25519) has no such binding. */
static size_t endpoint(const struct stream *stream, uint8_t out[TLS_BINDING_MAX])
{
    X509 *cert = SSL_get_certificate(stream->tls->ssl);
    int hash = NID_undef;
    unsigned len = 0;
    if (cert == NULL || X509_get_signature_info(cert, &hash, NULL, NULL, NULL) != 1)
        return 0;
    if (hash == NID_md5 || hash == NID_sha1)
        hash = NID_sha256;
    const EVP_MD *digest = EVP_get_digestbynid(hash);
    return digest != NULL && X509_digest(cert, digest, out, &len) == 1 ? len : 0;
}

/* RFC 9266: fit for TLS 1.3, and for 1.2 with the extended master secret only. */
static size_t exporter(const struct stream *stream, uint8_t out[TLS_BINDING_MAX])
{
    static const char label[] = "EXPORTER-Channel-Binding";
    enum { LEN = 32 };
    SSL *ssl = stream->tls->ssl;
    if (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1)
        return 0;
    return SSL_export_keying_material(ssl, out, LEN, label, sizeof label - 1, NULL, 0, 0) == 1 ? LEN : 0;
}

uint32_t tls_bindings(const struct stream *stream)
{
    uint8_t data[TLS_BINDING_MAX];
    return (endpoint(stream, data) > 0 ? SMTPAUTH_TLS_ENDPOINT : 0u) |
           (exporter(stream, data) > 0 ? SMTPAUTH_TLS_EXPORTER : 0u);
}

size_t tls_binding(const struct stream *stream, smtpauth_view type, uint8_t out[TLS_BINDING_MAX])
{
    static const char endpoint_type[] = "tls-server-end-point", exporter_type[] = "tls-exporter";
    if (type.len == sizeof endpoint_type - 1 && memcmp(type.data, endpoint_type, type.len) == 0)
        return endpoint(stream, out);
    if (type.len == sizeof exporter_type - 1 && memcmp(type.data, exporter_type, type.len) == 0)
        return exporter(stream, out);
    return 0;
}

/* ---- The client's certificate ---- */

static bool take_name(const ASN1_STRING *text, char name[TLS_NAME_MAX + 1])
{
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, text);
    bool is_good = len > 0 && len <= TLS_NAME_MAX && memchr(utf8, 0, (size_t)len) == NULL;
    if (is_good) {
        memcpy(name, utf8, (size_t)len);
        name[len] = '\0';
    }
    OPENSSL_free(utf8);
    return is_good;
}

/* The nth of the mail addresses among the alternative names. */
static bool take_address(const X509 *cert, size_t nth, char name[TLS_NAME_MAX + 1])
{
    bool is_found = false;
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; !is_found && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *one = sk_GENERAL_NAME_value(names, i);
        if (one->type == GEN_EMAIL && nth-- == 0)
            is_found = take_name(one->d.rfc822Name, name);
    }
    GENERAL_NAMES_free(names);
    return is_found;
}

static bool take_common_name(const X509 *cert, char name[TLS_NAME_MAX + 1])
{
    const X509_NAME *subject = X509_get_subject_name(cert);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    return at >= 0 && take_name(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)), name);
}

bool tls_client_name(const struct stream *stream, size_t nth, char name[TLS_NAME_MAX + 1])
{
    char first[TLS_NAME_MAX + 1];
    SSL *ssl = stream->tls->ssl;
    X509 *cert = SSL_get_verify_result(ssl) == X509_V_OK ? SSL_get1_peer_certificate(ssl) : NULL;
    if (cert == NULL)
        return false;
    bool has_addresses = take_address(cert, 0, first);
    bool is_found = has_addresses ? take_address(cert, nth, name) : nth == 0 && take_common_name(cert, name);
    X509_free(cert);
    return is_found;
}

#endif
