/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_TLS_H
#define SEND_TLS_H

/*
 * TLS over a socket that does not block, by OpenSSL; built without it, tls_is_built says so and nothing else here is ever
 * reached.
 */

#include "options.h"

enum { TLS_BINDING_MAX = 64, TLS_FAULT_MAX = 256 };

/* Operations return the octets moved, or one of these. */
enum { IO_END = 0, IO_WANTS_READ = -1, IO_WANTS_WRITE = -2, IO_BROKEN = -3 };

struct tls;

bool tls_is_built(void);

/* NULL: `fault` says why. The server's name is checked against its certificate. */
struct tls *tls_make(const struct options *options, int fd, char fault[TLS_FAULT_MAX]);
void tls_free(struct tls *tls);

enum { TLS_HANDSHAKE_DONE = 1 };
ptrdiff_t tls_handshake(struct tls *tls, char fault[TLS_FAULT_MAX]);

ptrdiff_t tls_read(struct tls *tls, uint8_t *data, size_t cap);
ptrdiff_t tls_write(struct tls *tls, const uint8_t *data, size_t len);
bool tls_has_more(const struct tls *tls); /* octets that were taken from the socket and not yet read */
void tls_say_goodbye(struct tls *tls);

/* The data of the binding that is wanted, and its type; 0 octets and "" where there is none. */
size_t tls_binding(const struct tls *tls, uint8_t wanted, const char **type, uint8_t data[TLS_BINDING_MAX]);

const char *tls_version(const struct tls *tls);

#endif
