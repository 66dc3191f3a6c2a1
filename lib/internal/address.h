/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_INTERNAL_ADDRESS_H
#define SMTPAUTH_INTERNAL_ADDRESS_H

#include <smtpauth/command.h>

enum {
    SMTPA_DOMAIN_UTF8 = 1,
    SMTPA_DOMAIN_HOST = 2 /* what real clients call themselves in EHLO: underscores, a dot at the end, [::1] without its
                             tag */
};

bool smtpa_domain_is_valid(smtpauth_view v, uint32_t options);
bool smtpa_is_ipv4(smtpauth_view v);
bool smtpa_is_ipv6(smtpauth_view v); /* without a tag before it */

/* A path, read from the begin of `text`. */
typedef struct smtpa_path {
    size_t taken; /* octets of `text`; 0: no path */
    smtpauth_view mailbox, local_part, domain;
} smtpa_path;

smtpa_path smtpa_path_read(smtpauth_view text, uint32_t options); /* SMTPAUTH_LAX_BRACKETS, _WITH_UTF8 */

#endif
