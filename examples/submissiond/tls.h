/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_TLS_H
#define SUBMISSIOND_TLS_H

/*
 * TLS for streams, by OpenSSL; built without it, tls_is_built says so and nothing else here is ever reached. A
 * context may be replaced while sessions run on the old one.
 */

#include "stream.h"

#include <smtpauth/types.h>

struct tls_context;

bool tls_is_built(void);

struct tls_files {
    const char *cert, *key; /* PEM; both NULL: a self-signed certificate for the host's name is made */
    const char *
        client_ca; /* PEM: clients are asked for a certificate, and one that is shown must be by these; or NULL */
};

/* NULL: `error` says why. */
struct tls_context *tls_context_make(const struct tls_files *files, const char *hostname, char *error,
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

/* Channel bindings of a session that is up: SMTPAUTH_TLS_ENDPOINT, _EXPORTER as bits, and the data of the type that a
 * client names, "tls-exporter"; 0: there are none. */
enum { TLS_BINDING_MAX = 64 };
uint32_t tls_bindings(const struct stream *stream);
size_t tls_binding(const struct stream *stream, smtpauth_view type, uint8_t out[TLS_BINDING_MAX]);

/* The nth name, from 0, that the client's certificate gives it: its mail addresses (subjectAltName), or where it has none
 * its common name. False: there are not so many, or no certificate was shown. UTF-8. */
enum { TLS_NAME_MAX = 255 };
bool tls_client_name(const struct stream *stream, size_t nth, char name[TLS_NAME_MAX + 1]);

/* For the log: "TLSv1.3", "TLS_AES_256_GCM_SHA384", and why the last operation broke. */
const char *tls_version(const struct stream *stream);
const char *tls_cipher(const struct stream *stream);
const char *tls_fault(const struct stream *stream);

#endif
