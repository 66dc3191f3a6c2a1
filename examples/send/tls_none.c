/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* tls.h where there is no OpenSSL. */

#include "tls.h"

#ifndef HAVE_OPENSSL

#include <stdio.h>

bool tls_is_built(void)
{
    return false;
}

struct tls *tls_make(const struct options *options, int fd, char fault[TLS_FAULT_MAX])
{
    (void)options;
    (void)fd;
    snprintf(fault, TLS_FAULT_MAX, "built without OpenSSL");
    return NULL;
}

void tls_free(struct tls *tls)
{
    (void)tls;
}

ptrdiff_t tls_handshake(struct tls *tls, char fault[TLS_FAULT_MAX])
{
    (void)tls;
    (void)fault;
    return IO_BROKEN;
}

ptrdiff_t tls_read(struct tls *tls, uint8_t *data, size_t cap)
{
    (void)tls;
    (void)data;
    (void)cap;
    return IO_BROKEN;
}

ptrdiff_t tls_write(struct tls *tls, const uint8_t *data, size_t len)
{
    (void)tls;
    (void)data;
    (void)len;
    return IO_BROKEN;
}

bool tls_has_more(const struct tls *tls)
{
    (void)tls;
    return false;
}

void tls_say_goodbye(struct tls *tls)
{
    (void)tls;
}

size_t tls_binding(const struct tls *tls, uint8_t wanted, const char **type, uint8_t data[TLS_BINDING_MAX])
{
    (void)tls;
    (void)wanted;
    (void)data;
    *type = "";
    return 0;
}

const char *tls_version(const struct tls *tls)
{
    (void)tls;
    return "";
}

#endif
