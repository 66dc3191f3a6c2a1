/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_INTERNAL_TEXT_H
#define SMTPAUTH_INTERNAL_TEXT_H

/* Character classes and slices, shared by the grammars. */

#include <smtpauth/text.h>

static inline uint8_t smtpa_upper(uint8_t c)
{
    return c >= 'a' && c <= 'z' ? (uint8_t)(c - ('a' - 'A')) : c;
}

static inline bool smtpa_is_letter(uint8_t c)
{
    return smtpa_upper(c) >= 'A' && smtpa_upper(c) <= 'Z';
}

static inline bool smtpa_is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static inline bool smtpa_is_alnum(uint8_t c)
{
    return smtpa_is_letter(c) || smtpa_is_digit(c);
}

static inline bool smtpa_is_hex(uint8_t c)
{
    return smtpa_is_digit(c) || (smtpa_upper(c) >= 'A' && smtpa_upper(c) <= 'F');
}

static inline smtpauth_view smtpa_view(const uint8_t *data, size_t len)
{
    smtpauth_view v = {data, len};
    return v;
}

static inline smtpauth_view smtpa_slice(smtpauth_view v, size_t from, size_t len)
{
    return smtpa_view(v.data + from, len);
}

/* Would smtpauth_xtext_decode take it? */
bool smtpa_xtext_is_valid(smtpauth_view v, uint8_t hex_case);

/* Octets of the UTF-8 sequence at data[0], 1 to 4; 0 when it is none. */
size_t smtpa_utf8_sequence(const uint8_t *data, size_t len);

/* Control characters as SASLprep forbids them (RFC 4013 2.3): C0 and DEL, and C1 in UTF-8. */
bool smtpa_has_control(smtpauth_view v);

#endif
