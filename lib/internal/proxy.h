/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_INTERNAL_PROXY_H
#define SMTPAUTH_INTERNAL_PROXY_H

/* The two forms of a PROXY header. `needed` is what smtpauth_proxy_needed says, without E_ARGUMENT; `read` is given a
 * header that is complete by it and a zeroed `proxy`, and says whether its content is right. */

#include <smtpauth/proxy.h>

/* The least octets of either form: "PROXY UNKNOWN" and CRLF. */
enum { SMTPA_PROXY_LEAST = 15 };

int32_t smtpa_proxy_text_needed(const uint8_t *data, size_t len);
bool smtpa_proxy_text_read(const uint8_t *data, size_t len, smtpauth_proxy *proxy);

int32_t smtpa_proxy_binary_needed(const uint8_t *data, size_t len);
bool smtpa_proxy_binary_read(const uint8_t *data, size_t len, smtpauth_proxy *proxy);

#endif
