/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* PROXY headers of version 1 (section 2.1 of the specification): one line of text, its fields apart by single blanks. */

#include <smtpauth/proxy.h>

#include <string.h>

#include "internal/proxy.h"
#include "internal/text.h"

/* Cuts off what lies before the next `separator`, and it; all of it when there is none. */
static smtpauth_view take_field(smtpauth_view *rest, uint8_t separator)
{
    size_t n = 0;
    while (n < rest->len && rest->data[n] != separator)
        n++;
    smtpauth_view field = smtpa_slice(*rest, 0, n);
    n += n < rest->len;
    *rest = smtpa_slice(*rest, n, rest->len - n);
    return field;
}

static bool read_number(smtpauth_view v, uint32_t max, uint32_t *number)
{
    if (v.len == 0 || v.len > 5 || (v.data[0] == '0' && v.len > 1))
        return false;
    *number = 0;
    for (size_t i = 0; i < v.len; i++) {
        if (!smtpa_is_digit(v.data[i]))
            return false;
        *number = *number * 10 + (uint32_t)(v.data[i] - '0');
    }
    return *number <= max;
}

static bool read_port(smtpauth_view v, uint16_t *port)
{
    uint32_t number;
    if (!read_number(v, 65535, &number))
        return false;
    *port = (uint16_t)number;
    return true;
}

static bool read_inet(smtpauth_view v, uint8_t *address)
{
    for (size_t i = 0; i < 4; i++) {
        uint32_t number;
        smtpauth_view field = i < 3 ? take_field(&v, '.') : v; /* a dot more is no number */
        if (!read_number(field, 255, &number))
            return false;
        address[i] = (uint8_t)number;
    }
    return true;
}

static uint8_t hex_value(uint8_t c)
{
    return (uint8_t)(smtpa_is_digit(c) ? c - '0' : smtpa_upper(c) - 'A' + 10);
}

/* Groups of one to four digits, one "::" for one or more that are zero, the last two groups perhaps as IPv4. */
static bool read_inet6(smtpauth_view v, uint8_t *address)
{
    enum { NO_GAP = 17 };
    size_t at = 0, n = 0, gap = NO_GAP; /* n: octets of the address so far; gap: where "::" stands in them */
    if (v.len >= 2 && v.data[0] == ':' && v.data[1] == ':') {
        gap = 0;
        at = 2;
    }
    while (at < v.len) {
        size_t from = at;
        uint32_t group = 0;
        while (at < v.len && at < from + 4 && smtpa_is_hex(v.data[at]))
            group = group << 4 | hex_value(v.data[at++]);
        if (at < v.len && v.data[at] == '.') {
            if (n > 12 || !read_inet(smtpa_slice(v, from, v.len - from), address + n))
                return false;
            n += 4;
            break;
        }
        if (at == from || n == 16)
            return false;
        address[n++] = (uint8_t)(group >> 8);
        address[n++] = (uint8_t)(group & 0xFF);
        if (at == v.len)
            break;
        if (v.data[at++] != ':' || at == v.len)
            return false;
        if (v.data[at] == ':') {
            if (gap != NO_GAP)
                return false;
            gap = n;
            at++;
        }
    }
    if (gap == NO_GAP)
        return n == 16;
    if (n > 14)
        return false;
    memmove(address + 16 - (n - gap), address + gap, n - gap);
    memset(address + gap, 0, 16 - n);
    return true;
}

typedef struct text_form {
    const char *words; /* how the line begins */
    uint8_t words_len, family;
    uint8_t min, max; /* octets of the whole line, with CRLF */
    bool (*read_address)(smtpauth_view v, uint8_t *address);
} text_form;

/* By `min`, so that the first form an incomplete line fits asks for the least. */
/* clang-format off */
static const text_form forms[] = {
    {"PROXY UNKNOWN", 13, SMTPAUTH_PROXY_NONE,  15, 107, NULL},
    {"PROXY TCP6 ",   11, SMTPAUTH_PROXY_INET6, 22, 104, read_inet6}, /* ":: :: 0 0" */
    {"PROXY TCP4 ",   11, SMTPAUTH_PROXY_INET,  32,  56, read_inet}, /* "0.0.0.0 0.0.0.0 0 0" */
};
/* clang-format on */

static const text_form *find_form(const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        size_t n = len < forms[i].words_len ? len : forms[i].words_len;
        if (memcmp(data, forms[i].words, n) == 0)
            return &forms[i];
    }
    return NULL;
}

/* May this octet stand behind the form's words? The text behind UNKNOWN may be anything. */
static bool is_text(const text_form *form, size_t at, uint8_t c)
{
    if (form->family == SMTPAUTH_PROXY_NONE)
        return at > form->words_len || c == ' ';
    return smtpa_is_hex(c) || c == '.' || c == ':' || c == ' ';
}

int32_t smtpa_proxy_text_needed(const uint8_t *data, size_t len)
{
    const text_form *form = find_form(data, len);
    if (form == NULL)
        return SMTPAUTH_E_WORDS;
    size_t at = form->words_len;
    while (at < len && data[at] != '\r') {
        /* with this octet the CRLF would end beyond the limit */
        if (data[at] == '\n' || !is_text(form, at, data[at]) || at + 3 > form->max)
            return SMTPAUTH_E_WORDS;
        at++;
    }
    bool has_cr = at < len;
    if (has_cr && (at + 2 < form->min || (at + 1 < len && data[at + 1] != '\n')))
        return SMTPAUTH_E_WORDS;
    return (int32_t)(at + 2 < form->min ? form->min : at + 2);
}

bool smtpa_proxy_text_read(const uint8_t *data, size_t len, smtpauth_proxy *proxy)
{
    const text_form *form = find_form(data, len);
    if (form == NULL)
        return false;
    proxy->version = 1;
    proxy->family = form->family;
    if (form->family == SMTPAUTH_PROXY_NONE)
        return true;
    proxy->transport = SMTPAUTH_PROXY_STREAM;
    smtpauth_view rest = smtpa_view(data + form->words_len, len - form->words_len - 2);
    smtpauth_view source = take_field(&rest, ' ');
    smtpauth_view destination = take_field(&rest, ' ');
    smtpauth_view source_port = take_field(&rest, ' ');
    return form->read_address(source, proxy->source) && form->read_address(destination, proxy->destination) &&
           read_port(source_port, &proxy->source_port) && read_port(rest, &proxy->destination_port);
}
