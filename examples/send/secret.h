/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SEND_SECRET_H
#define SEND_SECRET_H

/*
 * A password or token from where it is kept: a file, or what a command prints. The first line counts, and nothing behind it is
 * waited for.
 */

#include "options.h"

enum { SECRET_MAX = 12000 }; /* octets: more than any token's, and a response of AUTH holds it (RFC 4954 4) */

struct secret {
    char text[SECRET_MAX + 1];
    size_t len;
};

/* Fetches it anew; a command has --timeout, or a minute. False: `fault` says why, in static storage. */
bool secret_fetch(struct secret *secret, const struct options *options, const char **fault);
void secret_wipe(struct secret *secret);

#endif
