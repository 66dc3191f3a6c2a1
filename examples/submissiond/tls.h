/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_TLS_H
#define SUBMISSIOND_TLS_H

/*
 * TLS for streams, by OpenSSL; built without it, tls_is_built says so and nothing else here is ever reached. A
 * context may be replaced while sessions run on the old one.
 */

#include "stream.h"

struct tls_context;

bool tls_is_built(void);

/* A context with the certificate of two PEM files, or with a self-signed one for `hostname` when both are NULL.
 * NULL: `error` says why. */
struct tls_context *tls_context_make(const char *cert, const char *key, const char *hostname, char *error,
                                     size_t error_cap);
void tls_context_free(struct tls_context *context);

/* Puts TLS over a stream. False: no memory. */
bool tls_begin(struct stream *stream, const struct tls_context *context);

enum { TLS_HANDSHAKE_DONE = 1 }; /* else STREAM_AGAIN or STREAM_BROKEN */
ptrdiff_t tls_handshake(struct stream *stream);

ptrdiff_t tls_read(struct stream *stream, uint8_t *data, size_t cap);
ptrdiff_t tls_write(struct stream *stream, const uint8_t *data, size_t len);
bool tls_has_more(const struct stream *stream);
void tls_say_goodbye(struct stream *stream);
void tls_end(struct stream *stream);

/* For the log: "TLSv1.3", "TLS_AES_256_GCM_SHA384", and why the last operation broke. */
const char *tls_version(const struct stream *stream);
const char *tls_cipher(const struct stream *stream);
const char *tls_fault(const struct stream *stream);

#endif
