/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_INTERNAL_SCAN_H
#define SMTPAUTH_INTERNAL_SCAN_H

#include <smtpauth/types.h>

/* How many octets at `data` come before the first CR, LF or NUL; `high` gets ORed what they are. */
size_t smtpa_scan_plain(const uint8_t *data, size_t len, uint8_t *high);

#endif
