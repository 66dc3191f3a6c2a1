/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Address literals (RFC 5321 4.1.3), IPv6 as RFC 5952 4 has it: lower case, no leading zeros, the first of the longest
 * runs of two zero groups or more shortened. */

#include <smtpauth/client_config.h>

#include <string.h>

enum { GROUPS = 8, IPV4_OCTETS = 4, IPV6_OCTETS = 16 };

static size_t put_decimal(char *out, uint8_t n)
{
    size_t len = 0;
    if (n >= 100)
        out[len++] = (char)('0' + n / 100);
    if (n >= 10)
        out[len++] = (char)('0' + n / 10 % 10);
    out[len++] = (char)('0' + n % 10);
    return len;
}

static size_t put_hex(char *out, uint16_t n)
{
    static const char hex_digits[] = "0123456789abcdef";
    size_t len = 0;
    for (int shift = 12; shift >= 0; shift -= 4)
        if (len > 0 || shift == 0 || n >> shift != 0)
            out[len++] = hex_digits[n >> shift & 15];
    return len;
}

static size_t put_ipv4(char *out, const uint8_t *address)
{
    size_t len = 0;
    for (size_t i = 0; i < IPV4_OCTETS; i++) {
        if (i > 0)
            out[len++] = '.';
        len += put_decimal(out + len, address[i]);
    }
    return len;
}

typedef struct zeros {
    size_t from, len;
} zeros;

static zeros longest_zeros(const uint16_t *groups)
{
    zeros best = {GROUPS, 1}; /* one alone is not shortened */
    for (size_t i = 0; i < GROUPS; i++) {
        size_t n = 0;
        while (i + n < GROUPS && groups[i + n] == 0)
            n++;
        if (n > best.len) {
            best.from = i;
            best.len = n;
        }
    }
    return best;
}

static size_t put_ipv6(char *out, const uint8_t *address)
{
    uint16_t groups[GROUPS];
    for (size_t i = 0; i < GROUPS; i++)
        groups[i] = (uint16_t)(address[2 * i] << 8 | address[2 * i + 1]);
    zeros gap = longest_zeros(groups);
    size_t len = 0;
    memcpy(out, "IPv6:", 5);
    len += 5;
    for (size_t i = 0; i < GROUPS; i++) {
        if (i == gap.from) {
            out[len++] = ':';
            out[len++] = ':';
            i += gap.len - 1;
            continue;
        }
        if (i > 0 && out[len - 1] != ':')
            out[len++] = ':';
        len += put_hex(out + len, groups[i]);
    }
    return len;
}

int32_t smtpauth_address_literal(const uint8_t *address, size_t len, char *out, size_t cap)
{
    char literal[SMTPAUTH_CLIENT_LITERAL_MAX];
    if (address == NULL || out == NULL || (len != IPV4_OCTETS && len != IPV6_OCTETS))
        return SMTPAUTH_E_ARGUMENT;
    size_t n = 0;
    literal[n++] = '[';
    n += len == IPV4_OCTETS ? put_ipv4(literal + n, address) : put_ipv6(literal + n, address);
    literal[n++] = ']';
    literal[n++] = '\0';
    if (n > cap)
        return SMTPAUTH_E_OUTPUT;
    memcpy(out, literal, n);
    return SMTPAUTH_DONE;
}
