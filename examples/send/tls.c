/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * TLS 1.2 and later. A server that ends TCP without TLS's goodbye is taken as one that ended: SMTP marks its own ends, so
 * nothing can be cut short unseen.
 */

#include "tls.h"

#ifdef HAVE_OPENSSL

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if OPENSSL_VERSION_NUMBER < 0x30000000L
#define SSL_get1_peer_certificate SSL_get_peer_certificate
#endif

struct tls {
    SSL_CTX *context;
    SSL *ssl;
    bool is_up, is_broken;
};

bool tls_is_built(void)
{
    return true;
}

static void describe(char fault[TLS_FAULT_MAX], const char *what)
{
    unsigned long code = ERR_get_error();
    const char *reason = ERR_GET_LIB(code) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(code)) : NULL;
    if (code != 0 && reason == NULL)
        reason = ERR_reason_error_string(code);
    snprintf(fault, TLS_FAULT_MAX, "%s%s%s", what, reason != NULL ? ": " : "", reason != NULL ? reason : "");
    ERR_clear_error();
}

static bool harden(SSL_CTX *context)
{
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
#endif
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}

/* What cannot be loaded; NULL: all is well. */
static const char *load(SSL_CTX *context, const struct options *options)
{
    if (options->is_insecure)
        SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    else
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (options->ca != NULL && SSL_CTX_load_verify_locations(context, options->ca, NULL) != 1)
        return options->ca;
    if (options->ca == NULL && SSL_CTX_set_default_verify_paths(context) != 1)
        return "the system's certificate authorities";
    if (options->cert != NULL && SSL_CTX_use_certificate_chain_file(context, options->cert) != 1)
        return options->cert;
    if (options->key != NULL && SSL_CTX_use_PrivateKey_file(context, options->key, SSL_FILETYPE_PEM) != 1)
        return options->key;
    return NULL;
}

/* The name that the certificate must have. An address is not told in the hello (RFC 6066 3). */
static bool name_server(SSL *ssl, const char *host)
{
    uint8_t address[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

struct tls *tls_make(const struct options *options, int fd, char fault[TLS_FAULT_MAX])
{
    ERR_clear_error();
    struct tls *tls = calloc(1, sizeof *tls);
    if (tls != NULL)
        tls->context = SSL_CTX_new(TLS_client_method());
    const char *what = "out of memory";
    if (tls != NULL && tls->context != NULL && harden(tls->context)) {
        what = load(tls->context, options);
        if (what == NULL) {
            tls->ssl = SSL_new(tls->context);
            if (tls->ssl != NULL && SSL_set_fd(tls->ssl, fd) == 1 && name_server(tls->ssl, options->host)) {
                SSL_set_connect_state(tls->ssl);
                return tls;
            }
            what = "cannot be set up";
        }
    }
    describe(fault, what);
    tls_free(tls);
    return NULL;
}

void tls_free(struct tls *tls)
{
    if (tls == NULL)
        return;
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->context);
    free(tls);
}

static void prepare(void)
{
    ERR_clear_error();
    errno = 0;
}

static ptrdiff_t outcome(struct tls *tls, int returned)
{
    switch (SSL_get_error(tls->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
        return IO_WANTS_READ;
    case SSL_ERROR_WANT_WRITE:
        return IO_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return IO_END;
    default:
        tls->is_broken = true;
        return IO_BROKEN;
    }
}

ptrdiff_t tls_handshake(struct tls *tls, char fault[TLS_FAULT_MAX])
{
    prepare();
    int returned = SSL_do_handshake(tls->ssl);
    if (returned == 1) {
        tls->is_up = true;
        return TLS_HANDSHAKE_DONE;
    }
    int saved_errno = errno;
    ptrdiff_t result = outcome(tls, returned);
    if (result == IO_WANTS_READ || result == IO_WANTS_WRITE)
        return result;
    long verified = SSL_get_verify_result(tls->ssl);
    if (verified != X509_V_OK)
        snprintf(fault, TLS_FAULT_MAX,
                 "the server's certificate is not good: %s (--ca FILE says who else is trusted)",
                 X509_verify_cert_error_string(verified));
    else
        describe(fault, saved_errno != 0 ? strerror(saved_errno) : "the handshake failed");
    return IO_BROKEN;
}

ptrdiff_t tls_read(struct tls *tls, uint8_t *data, size_t cap)
{
    prepare();
    int returned = SSL_read(tls->ssl, data, cap > INT_MAX ? INT_MAX : (int)cap);
    return returned > 0 ? returned : outcome(tls, returned);
}

ptrdiff_t tls_write(struct tls *tls, const uint8_t *data, size_t len)
{
    prepare();
    int returned = SSL_write(tls->ssl, data, len > INT_MAX ? INT_MAX : (int)len);
    if (returned > 0)
        return returned;
    ptrdiff_t result = outcome(tls, returned);
    return result == IO_END ? IO_BROKEN : result;
}

bool tls_has_more(const struct tls *tls)
{
    return SSL_pending(tls->ssl) > 0;
}

void tls_say_goodbye(struct tls *tls)
{
    prepare();
    if (tls->is_up && !tls->is_broken)
        SSL_shutdown(tls->ssl); /* one way: the peer's goodbye is not waited for */
    ERR_clear_error();
}

/* RFC 5929 4.1: the certificate's hash, by the hash of its signature; SHA-256 where that is MD5 or SHA-1. A signature
 * without a hash of its own (Ed25519) has no such binding. */
static size_t endpoint(const struct tls *tls, uint8_t data[TLS_BINDING_MAX])
{
    int hash = NID_undef;
    unsigned len = 0;
    X509 *cert = SSL_get1_peer_certificate(tls->ssl);
    bool has_hash = cert != NULL && X509_get_signature_info(cert, &hash, NULL, NULL, NULL) == 1;
    if (hash == NID_md5 || hash == NID_sha1)
        hash = NID_sha256;
    const EVP_MD *digest = has_hash ? EVP_get_digestbynid(hash) : NULL;
    bool is_made = digest != NULL && X509_digest(cert, digest, data, &len) == 1;
    X509_free(cert);
    return is_made ? len : 0;
}

/* RFC 9266: fit for TLS 1.3, and for 1.2 with the extended master secret only. */
static size_t exporter(const struct tls *tls, uint8_t data[TLS_BINDING_MAX])
{
    static const char label[] = "EXPORTER-Channel-Binding";
    enum { LEN = 32 };
    SSL *ssl = tls->ssl;
    if (SSL_version(ssl) < TLS1_3_VERSION && SSL_get_extms_support(ssl) != 1)
        return 0;
    return SSL_export_keying_material(ssl, data, LEN, label, sizeof label - 1, NULL, 0, 0) == 1 ? LEN : 0;
}

size_t tls_binding(const struct tls *tls, uint8_t wanted, const char **type, uint8_t data[TLS_BINDING_MAX])
{
    size_t len = 0;
    *type = "";
    if ((wanted == BINDING_BEST || wanted == BINDING_EXPORTER) && (len = exporter(tls, data)) > 0)
        *type = "tls-exporter";
    else if ((wanted == BINDING_BEST || wanted == BINDING_ENDPOINT) && (len = endpoint(tls, data)) > 0)
        *type = "tls-server-end-point";
    return len;
}

const char *tls_version(const struct tls *tls)
{
    return SSL_get_version(tls->ssl);
}

#endif
