/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_CERTIFICATE_H
#define SUBMISSIOND_CERTIFICATE_H

/*
 * A self-signed certificate in memory, for trying things out. Only where there is OpenSSL.
 */

#include <stdbool.h>

struct ssl_ctx_st;

/* Makes a key (EC P-256) and a certificate for `hostname`, localhost and 127.0.0.1, and gives both to `context`. */
bool certificate_make(struct ssl_ctx_st *context, const char *hostname);

#endif
