/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Attributes of XCLIENT, by which a front end says who its client is (Postfix's XCLIENT_README). */

#include <smtpauth/command.h>

#include <string.h>

#include "internal/address.h"
#include "internal/text.h"

enum { VALUE_MAX = 255 }; /* decoded */

static bool is_name(smtpauth_view v)
{
    return v.data[0] != '[' && smtpa_domain_is_valid(v, SMTPA_DOMAIN_HOST);
}

static bool is_address(smtpauth_view v)
{
    static const char prefix[] = "IPv6:";
    const size_t n = sizeof prefix - 1;
    if (v.len > n && smtpauth_text_is(v.data, n, prefix))
        return smtpa_is_ipv6(smtpa_slice(v, n, v.len - n));
    return smtpa_is_ipv4(v);
}

static bool is_port(smtpauth_view v)
{
    uint32_t port;
    return smtpa_number(v, 0, 5, &port) == v.len && port >= 1 && port <= 65535;
}

static bool is_protocol(smtpauth_view v)
{
    return smtpauth_text_is(v.data, v.len, "SMTP") || smtpauth_text_is(v.data, v.len, "ESMTP");
}

static bool is_text(smtpauth_view v)
{
    return smtpauth_utf8_is_valid(v.data, v.len) && !smtpa_has_control(v);
}

typedef struct attribute {
    const char *name;
    uint32_t bit;
    bool (*is_valid)(smtpauth_view decoded);
} attribute;

/* In the order of the views in smtpauth_xclient. */
/* clang-format off */
static const attribute attributes[] = {
    {"NAME",     SMTPAUTH_XCLIENT_NAME,     is_name},
    {"ADDR",     SMTPAUTH_XCLIENT_ADDR,     is_address},
    {"PORT",     SMTPAUTH_XCLIENT_PORT,     is_port},
    {"PROTO",    SMTPAUTH_XCLIENT_PROTO,    is_protocol},
    {"HELO",     SMTPAUTH_XCLIENT_HELO,     is_text},
    {"LOGIN",    SMTPAUTH_XCLIENT_LOGIN,    is_text},
    {"DESTADDR", SMTPAUTH_XCLIENT_DESTADDR, is_address},
    {"DESTPORT", SMTPAUTH_XCLIENT_DESTPORT, is_port},
};
/* clang-format on */

enum { ATTRIBUTES = sizeof attributes / sizeof attributes[0] };

static size_t find(smtpauth_view name)
{
    size_t i = 0;
    while (i < ATTRIBUTES && !smtpauth_text_is(name.data, name.len, attributes[i].name))
        i++;
    return i;
}

/* Decodes `raw` into `out`. Returns the octets written; 0 when it is empty, too long or no xtext. */
static size_t decode(smtpauth_view raw, uint8_t out[VALUE_MAX])
{
    size_t len = 0;
    for (size_t at = 0, taken; at < raw.len; at += taken) {
        if (len == VALUE_MAX)
            return 0;
        taken = smtpa_xtext_octet(raw, at, SMTPAUTH_XTEXT_EITHER, &out[len]);
        if (taken == 0)
            return 0;
        len++;
    }
    return len;
}

static bool read_one(smtpauth_view word, smtpauth_xclient *out)
{
    smtpauth_view *const views[ATTRIBUTES] = {&out->name,
                                              &out->address,
                                              &out->port,
                                              &out->protocol,
                                              &out->helo,
                                              &out->login,
                                              &out->destination_address,
                                              &out->destination_port};
    uint8_t decoded[VALUE_MAX];
    size_t equals = 0;
    while (equals < word.len && word.data[equals] != '=')
        equals++;
    size_t i = find(smtpa_slice(word, 0, equals));
    if (equals == word.len || i == ATTRIBUTES || (out->given & attributes[i].bit))
        return false;
    *views[i] = smtpa_slice(word, equals + 1, word.len - equals - 1);
    smtpauth_view value = smtpa_view(decoded, decode(*views[i], decoded));
    out->given |= attributes[i].bit;
    if (smtpauth_text_is(value.data, value.len, "[UNAVAILABLE]"))
        out->unavailable |= attributes[i].bit;
    else if (smtpauth_text_is(value.data, value.len, "[TEMPUNAVAIL]"))
        out->later |= attributes[i].bit;
    else
        return value.len > 0 && attributes[i].is_valid(value);
    return true;
}

size_t smtpauth_xclient_size(void)
{
    return sizeof(smtpauth_xclient);
}

int32_t smtpauth_xclient_parse(const uint8_t *parameters, size_t len, smtpauth_xclient *out)
{
    if (parameters == NULL || out == NULL)
        return SMTPAUTH_E_ARGUMENT;
    memset(out, 0, sizeof *out);
    size_t at = 0, end;
    do {
        for (end = at; end < len && parameters[end] != ' ';)
            end++;
        if (!read_one(smtpa_view(parameters + at, end - at), out)) {
            memset(out, 0, sizeof *out);
            return SMTPAUTH_E_WORDS;
        }
        at = end + 1;
    } while (end < len);
    return SMTPAUTH_DONE;
}
