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

static inline bool smtpa_is_one_of(uint8_t c, const char *set)
{
    for (; *set != '\0'; set++)
        if (c == (uint8_t)*set)
            return true;
    return false;
}

/* atext (RFC 5322 3.2.3), and so what an atom of RFC 822 is made of. */
static inline bool smtpa_is_atext(uint8_t c)
{
    return smtpa_is_alnum(c) || smtpa_is_one_of(c, "!#$%&'*+-/=?^_`{|}~");
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

static inline bool smtpa_has_8bit(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] >= 0x80)
            return true;
    return false;
}

/* Decodes what stands at v.data[at] into `octet`. Returns how many octets of `v` that is, 1 or 3; 0 when it is no xtext
 * or stands for CR, LF or NUL. */
size_t smtpa_xtext_octet(smtpauth_view v, size_t at, uint8_t hex_case, uint8_t *octet);

/* Would smtpauth_xtext_decode take it? */
bool smtpa_xtext_is_valid(smtpauth_view v, uint8_t hex_case);

/* A decimal number of 1 to `max_digits` (at most 9) digits at v.data[at]. Returns its digits; 0 when it is none. */
size_t smtpa_number(smtpauth_view v, size_t at, size_t max_digits, uint32_t *number);

enum { SMTPA_DECIMAL_MAX = 20 };

/* Writes a number in decimal and returns its digits, 1 to SMTPA_DECIMAL_MAX. */
size_t smtpa_decimal(uint64_t n, uint8_t digits[SMTPA_DECIMAL_MAX]);

/* Octets of the UTF-8 sequence at data[0], 1 to 4; 0 when it is none. */
size_t smtpa_utf8_sequence(const uint8_t *data, size_t len);

/* Is it UTF-8 without a NUL? */
bool smtpa_is_text(smtpauth_view v);

/* Control characters as SASLprep forbids them (RFC 4013 2.3): C0 and DEL, and C1 in UTF-8. */
bool smtpa_has_control(smtpauth_view v);

#endif
