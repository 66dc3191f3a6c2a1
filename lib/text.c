/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* ASCII without a locale: case, classes, line ends, equality of secrets, wiping. */

#include <smtpauth/text.h>

#include <string.h>

#include "internal/text.h"

uint32_t smtpauth_version(void)
{
    return (uint32_t)SMTPAUTH_VERSION_MAJOR << 16 | (uint32_t)SMTPAUTH_VERSION_MINOR << 8 |
           (uint32_t)SMTPAUTH_VERSION_PATCH;
}

bool smtpauth_text_is(const uint8_t *a, size_t a_len, const char *b)
{
    if (b == NULL || (a == NULL && a_len > 0) || strlen(b) != a_len)
        return false;
    for (size_t i = 0; i < a_len; i++)
        if (smtpa_upper(a[i]) != smtpa_upper((uint8_t)b[i]))
            return false;
    return true;
}

bool smtpauth_secret_equal(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    if (a_len != b_len || (a_len > 0 && (a == NULL || b == NULL)))
        return false;
    volatile uint8_t difference = 0;
    for (size_t i = 0; i < a_len; i++)
        difference = (uint8_t)(difference | (a[i] ^ b[i]));
    return difference == 0;
}

void smtpauth_wipe(void *data, size_t len)
{
    volatile uint8_t *octet = data; /* volatile: a plain memset of dying memory is elided */
    for (size_t i = 0; data != NULL && i < len; i++)
        octet[i] = 0;
}

size_t smtpauth_line_scan(const uint8_t *data, size_t len, size_t from)
{
    for (size_t i = from; data != NULL && i < len; i++)
        if (data[i] == '\n')
            return i;
    return len;
}

size_t smtpa_number(smtpauth_view v, size_t at, size_t max_digits, uint32_t *number)
{
    size_t digits = 0;
    *number = 0;
    for (; at + digits < v.len && smtpa_is_digit(v.data[at + digits]); digits++) {
        if (digits == max_digits)
            return 0;
        *number = *number * 10 + (uint32_t)(v.data[at + digits] - '0');
    }
    return digits;
}
