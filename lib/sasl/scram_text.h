/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_SCRAM_TEXT_H
#define SMTPAUTH_SASL_SCRAM_TEXT_H

/* The text of SCRAM's messages (RFC 5802 7) and of GS2 headers (RFC 5801 4), which OAUTHBEARER has too. */

#include <smtpauth/types.h>

/* Cuts "x=value" at the comma or the end off `text`. False when the text does not begin with this letter, or ends in a
 * comma. The value may be empty. */
bool smtpa_scram_attribute(smtpauth_view *text, uint8_t letter, smtpauth_view *value);

/* What may follow the attributes that are known: others, which are passed over, but none out of its place, and not "m=",
 * which stands for an extension that must be known (RFC 5802 5.1). */
bool smtpa_scram_are_extensions(smtpauth_view text);

/* saslname: "=2C" for a comma, "=3D" for an equals sign, and no other equals sign. Both write to `out`, which of
 * `decode` may be the name itself, and return the octets written; SIZE_MAX when the name is malformed or `cap` is too
 * small. */
size_t smtpa_saslname_decode(uint8_t *out, size_t cap, smtpauth_view name);
size_t smtpa_saslname_encode(uint8_t *out, size_t cap, smtpauth_view name);

/* Printable, without commas, not empty. */
bool smtpa_scram_is_nonce(smtpauth_view v);

/* cb-name: letters, digits, '.', '-' (RFC 5056 7); not empty. */
bool smtpa_gs2_is_binding_type(smtpauth_view v);

typedef struct smtpa_gs2 {
    size_t len;                  /* octets, with the second comma */
    uint8_t flag;                /* 'n', 'y', 'p' */
    smtpauth_view binding_type;  /* of 'p' */
    smtpauth_view authorization; /* raw saslname; empty: none */
} smtpa_gs2;

/* Reads the header at the begin of `text`. */
bool smtpa_gs2_read(smtpauth_view text, smtpa_gs2 *gs2);

#endif
