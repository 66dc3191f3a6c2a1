/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_TLS_SESSION_H
#define SUBMISSIOND_TLS_SESSION_H

/*
 * What tls*.c share. Only where there is OpenSSL.
 */

#include "tls.h"

#include <openssl/ssl.h>

struct tls_session {
    SSL *ssl;
    bool is_up, is_broken;
    char fault[96];
};

#endif
