/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Stands in for tls.c where OpenSSL is missing. Only tls_is_built, tls_context_make, tls_context_free and tls_end are
 * ever called then; the rest is here for the linker.
 */

#include "tls.h"

#ifndef HAVE_OPENSSL

#include <stdio.h>

bool tls_is_built(void)
{
    return false;
}

struct tls_context *tls_context_make(const struct tls_files *files, const char *hostname, char *error,
                                     size_t error_cap)
{
    (void)files, (void)hostname;
    snprintf(error, error_cap, "built without OpenSSL, there is no TLS");
    return NULL;
}

void tls_context_free(struct tls_context *context)
{
    (void)context;
}

bool tls_begin(struct stream *stream, const struct tls_context *context)
{
    (void)stream, (void)context;
    return false;
}

ptrdiff_t tls_handshake(struct stream *stream)
{
    (void)stream;
    return STREAM_BROKEN;
}

ptrdiff_t tls_read(struct stream *stream, uint8_t *data, size_t cap)
{
    (void)stream, (void)data, (void)cap;
    return STREAM_BROKEN;
}

ptrdiff_t tls_write(struct stream *stream, const uint8_t *data, size_t len)
{
    (void)stream, (void)data, (void)len;
    return STREAM_BROKEN;
}

bool tls_has_more(const struct stream *stream)
{
    (void)stream;
    return false;
}

void tls_say_goodbye(struct stream *stream)
{
    (void)stream;
}

void tls_end(struct stream *stream)
{
    (void)stream;
}

uint32_t tls_bindings(const struct stream *stream)
{
    (void)stream;
    return 0;
}

size_t tls_binding(const struct stream *stream, smtpauth_view type, uint8_t out[TLS_BINDING_MAX])
{
    (void)stream, (void)type, (void)out;
    return 0;
}

bool tls_client_name(const struct stream *stream, size_t nth, char name[TLS_NAME_MAX + 1])
{
    (void)stream, (void)nth, (void)name;
    return false;
}

const char *tls_version(const struct stream *stream)
{
    (void)stream;
    return "";
}

const char *tls_cipher(const struct stream *stream)
{
    (void)stream;
    return "";
}

const char *tls_fault(const struct stream *stream)
{
    (void)stream;
    return "";
}

#endif
