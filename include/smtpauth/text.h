/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_TEXT_H
#define SMTPAUTH_TEXT_H

/*
 * The small tools under every other part: ASCII case, line ends, base64, xtext, UTF-8 and wiping. All are pure,
 * none knows a locale, and each may be used alone. Lengths are octets.
 */

#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Are both texts equal when ASCII letters of either case count as the same? Octets over 127 must match exactly.
 * `b` is NUL-terminated. */
SMTPAUTH_API bool smtpauth_text_is(const uint8_t *a, size_t a_len, const char *b);

/* Are both equal, octet for octet? Takes the same time wherever they differ: for secrets. Lengths are not
 * secret. */
SMTPAUTH_API bool smtpauth_secret_equal(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len);

/* Overwrites a secret with zeros; never optimised away. */
SMTPAUTH_API void smtpauth_wipe(void *data, size_t len);

/* Finds the first LF in data[from, len). Returns its offset from `data`, or `len` when there is none, so a
 * caller that remembers what it scanned stays linear however the input drips in. Says nothing about a CR before
 * it. */
SMTPAUTH_API size_t smtpauth_line_scan(const uint8_t *data, size_t len, size_t from);

/* How many octets base64 of `len` octets takes: 4 * ceil(len / 3). SIZE_MAX when that does not fit a size_t. */
SMTPAUTH_API size_t smtpauth_base64_encoded_len(size_t len);

/* Writes base64 (RFC 4648 4, padded, no line ends). `out_len` gets the octets written.
 * DONE; E_OUTPUT (`cap` too small: nothing written); E_ARGUMENT (NULL). The windows may not overlap. */
SMTPAUTH_API int32_t smtpauth_base64_encode(uint8_t *out, size_t cap, const uint8_t *data, size_t len,
                                            size_t *out_len);

/* Reads base64, strictly: only the alphabet of RFC 4648 4, padding where it belongs and only there, and the
 * unused bits of the last digit zero. `out` may be `data` itself and needs 3 * (len / 4) octets; `out_len` gets
 * the octets written. Empty input is empty output. Time depends on the length only.
 * DONE; E_ARGUMENT (NULL); E_WORDS (not base64: `out` may hold rubbish, `out_len` is 0). */
SMTPAUTH_API int32_t smtpauth_base64_decode(uint8_t *out, const uint8_t *data, size_t len, size_t *out_len);

/* Which hex digits xtext may use: DSN's parameters take upper case only (RFC 3461 4), AUTH= takes either
 * (RFC 4954 8). */
enum { SMTPAUTH_XTEXT_UPPER = 0, SMTPAUTH_XTEXT_EITHER = 1 };

/* Decodes xtext ("+3D" for "="). `out` may be `data` itself and needs `len` octets at most. A decoded CR, LF or
 * NUL is refused.
 * DONE; E_ARGUMENT (NULL); E_WORDS (not xtext). */
SMTPAUTH_API int32_t smtpauth_xtext_decode(uint8_t *out, const uint8_t *data, size_t len, uint8_t hex_case,
                                           size_t *out_len);

/* Is it valid UTF-8 (RFC 3629: no surrogates, nothing overlong, nothing over U+10FFFF)? Empty is valid. */
SMTPAUTH_API bool smtpauth_utf8_is_valid(const uint8_t *data, size_t len);

#ifdef __cplusplus
}
#endif

#endif
