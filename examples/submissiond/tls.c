/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * TLS 1.2 and later over sockets that never block. A client that ends TCP without TLS's goodbye is taken as one that
 * ended: SMTP marks its own ends, so nothing can be cut short unseen. An idle session gives its buffers back.
 */

#include "tls.h"

#ifdef HAVE_OPENSSL

#include "certificate.h"
#include "tls_session.h"

#include <errno.h>
#include <limits.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

struct tls_context {
    SSL_CTX *ssl;
};

bool tls_is_built(void)
{
    return true;
}

static void harden(SSL_CTX *ssl)
{
    SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION);
    SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
#ifdef SSL_OP_IGNORE_UNEXPECTED_EOF
    SSL_CTX_set_options(ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
#endif
    SSL_CTX_set_num_tickets(ssl, 0);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
}

static void describe(char *text, size_t cap, const char *otherwise)
{
    unsigned long code = ERR_get_error();
    const char *reason = ERR_GET_LIB(code) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(code)) : NULL;
    if (code != 0 && reason == NULL)
        reason = ERR_reason_error_string(code);
    snprintf(text, cap, "%s", reason != NULL ? reason : otherwise);
    ERR_clear_error();
}

/* A client may come without a certificate, but not with a wrong one. */
static bool ask_clients(SSL_CTX *ssl, const char *ca)
{
    static const unsigned char id[] = "submissiond";
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(ca);
    if (names == NULL || SSL_CTX_load_verify_locations(ssl, ca, NULL) != 1 ||
        SSL_CTX_set_session_id_context(ssl, id, sizeof id - 1) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return false;
    }
    SSL_CTX_set_client_CA_list(ssl, names);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, NULL);
    return true;
}

struct tls_context *tls_context_make(const struct tls_files *files, const char *hostname, char *error,
                                     size_t error_cap)
{
    struct tls_context *context = calloc(1, sizeof *context);
    ERR_clear_error();
    if (context == NULL || (context->ssl = SSL_CTX_new(TLS_server_method())) == NULL) {
        snprintf(error, error_cap, "TLS: out of memory");
        free(context);
        return NULL;
    }
    harden(context->ssl);
    const char *what = "self-signed certificate";
    bool is_good;
    if (files->cert != NULL) {
        is_good = SSL_CTX_use_certificate_chain_file(context->ssl, what = files->cert) == 1 &&
                  SSL_CTX_use_PrivateKey_file(context->ssl, what = files->key, SSL_FILETYPE_PEM) == 1 &&
                  SSL_CTX_check_private_key(context->ssl) == 1;
    } else {
        is_good = certificate_make(context->ssl, hostname);
    }
    if (is_good && files->client_ca != NULL)
        is_good = ask_clients(context->ssl, what = files->client_ca);
    if (is_good)
        return context;
    char reason[128];
    describe(reason, sizeof reason, "unknown error");
    snprintf(error, error_cap, "TLS: %s cannot be used: %s", what, reason);
    tls_context_free(context);
    return NULL;
}

void tls_context_free(struct tls_context *context)
{
    if (context != NULL)
        SSL_CTX_free(context->ssl);
    free(context);
}

bool tls_begin(struct stream *stream, const struct tls_context *context)
{
    struct tls_session *tls = calloc(1, sizeof *tls);
    if (tls == NULL)
        return false;
    tls->ssl = SSL_new(context->ssl);
    if (tls->ssl == NULL || SSL_set_fd(tls->ssl, stream->fd) != 1) {
        SSL_free(tls->ssl);
        free(tls);
        return false;
    }
    SSL_set_accept_state(tls->ssl);
    stream->tls = tls;
    return true;
}

/* What an operation of OpenSSL that moved nothing means. */
static ptrdiff_t outcome(struct stream *stream, int returned)
{
    int saved_errno = errno;
    switch (SSL_get_error(stream->tls->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
        stream->wants = EPOLLIN;
        return STREAM_AGAIN;
    case SSL_ERROR_WANT_WRITE:
        stream->wants = EPOLLOUT;
        return STREAM_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return STREAM_END;
    default:
        stream->tls->is_broken = true;
        describe(stream->tls->fault, sizeof stream->tls->fault,
                 saved_errno != 0 ? strerror(saved_errno) : "connection lost");
        return STREAM_BROKEN;
    }
}

static void prepare(void)
{
    ERR_clear_error();
    errno = 0;
}

ptrdiff_t tls_handshake(struct stream *stream)
{
    prepare();
    int returned = SSL_do_handshake(stream->tls->ssl);
    if (returned == 1) {
        stream->tls->is_up = true;
        return TLS_HANDSHAKE_DONE;
    }
    ptrdiff_t result = outcome(stream, returned);
    if (result != STREAM_END)
        return result;
    snprintf(stream->tls->fault, sizeof stream->tls->fault, "closed by the client");
    return STREAM_BROKEN;
}

ptrdiff_t tls_read(struct stream *stream, uint8_t *data, size_t cap)
{
    prepare();
    int returned = SSL_read(stream->tls->ssl, data, cap > INT_MAX ? INT_MAX : (int)cap);
    return returned > 0 ? returned : outcome(stream, returned);
}

ptrdiff_t tls_write(struct stream *stream, const uint8_t *data, size_t len)
{
    prepare();
    int returned = SSL_write(stream->tls->ssl, data, len > INT_MAX ? INT_MAX : (int)len);
    if (returned > 0)
        return returned;
    ptrdiff_t result = outcome(stream, returned);
    return result == STREAM_END ? STREAM_BROKEN : result;
}

bool tls_has_more(const struct stream *stream)
{
    return SSL_pending(stream->tls->ssl) >
           0; /* never an incomplete record: nobody may keep the loop awake by one */
}

void tls_say_goodbye(struct stream *stream)
{
    prepare();
    if (stream->tls->is_up && !stream->tls->is_broken)
        SSL_shutdown(stream->tls->ssl); /* one way: the peer's goodbye is not waited for */
    ERR_clear_error();
}

void tls_end(struct stream *stream)
{
    if (stream->tls == NULL)
        return;
    SSL_free(stream->tls->ssl);
    free(stream->tls);
    stream->tls = NULL;
}

const char *tls_version(const struct stream *stream)
{
    return SSL_get_version(stream->tls->ssl);
}

const char *tls_cipher(const struct stream *stream)
{
    return SSL_get_cipher_name(stream->tls->ssl);
}

const char *tls_fault(const struct stream *stream)
{
    return stream->tls->fault;
}

#endif
