/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The mechanisms of a policy, by index: the library's first, then the host's own. Which of them a session may use depends
 * on TLS and on the channel bindings that it has. */

#include <string.h>

#include "internal/server.h"
#include "internal/text.h"

static uint8_t own_count(const smtpauth_policy *p)
{
    uint8_t n = 0;
    if (p->mechanisms != NULL && !(p->flags & SMTPAUTH_NO_AUTH))
        while (n <= MECHANISMS_MAX && p->mechanisms[n] != NULL)
            n++;
    return n;
}

static uint8_t host_count(const smtpauth_policy *p)
{
    bool has_any = p->host_mechanisms != NULL && !(p->flags & SMTPAUTH_NO_AUTH);
    uint32_t n = has_any ? p->host_mechanisms_len : 0;
    return (uint8_t)(n > MECHANISMS_MAX + 1 ? MECHANISMS_MAX + 1 : n);
}

uint8_t smtpa_mechanism_count(const smtpauth_policy *p)
{
    return (uint8_t)(own_count(p) + host_count(p));
}

static const smtpauth_host_mechanism *host_mechanism(const smtpauth_policy *p, uint8_t index)
{
    uint8_t own = own_count(p);
    return index < own ? NULL : &p->host_mechanisms[index - own];
}

const smtpauth_mechanism *smtpa_mechanism(const smtpauth_policy *p, uint8_t index)
{
    return host_mechanism(p, index) != NULL ? smtpa_host_run() : p->mechanisms[index]();
}

const char *smtpa_mechanism_name(const smtpauth_policy *p, uint8_t index)
{
    const smtpauth_host_mechanism *host = host_mechanism(p, index);
    return host != NULL ? host->name : smtpauth_mechanism_name(smtpa_mechanism(p, index));
}

static uint32_t facts_of(const smtpauth_policy *p, uint8_t index)
{
    const smtpauth_host_mechanism *host = host_mechanism(p, index);
    if (host == NULL)
        return smtpa_mechanism(p, index)->row.facts;
    return (host->flags & SMTPAUTH_HOST_NEEDS_TLS ? (uint32_t)SMTPAUTH_MECHANISM_SHOWS_SECRET : 0) |
           (host->flags & SMTPAUTH_HOST_NEEDS_BINDING ? (uint32_t)SMTPAUTH_MECHANISM_WANTS_BINDING : 0);
}

uint8_t smtpa_mechanism_first(const smtpauth_policy *p, uint8_t index)
{
    const smtpauth_host_mechanism *host = host_mechanism(p, index);
    if (host == NULL)
        return smtpa_mechanism(p, index)->row.first;
    return host->flags & SMTPAUTH_HOST_SERVER_FIRST ? (uint8_t)SMTPAUTH_MECHANISM_SERVER_FIRST
                                                    : (uint8_t)SMTPAUTH_MECHANISM_CLIENT_FIRST;
}

bool smtpa_mechanism_needs_tls(const smtpauth_policy *p, uint8_t index)
{
    const uint32_t needs = SMTPAUTH_MECHANISM_SHOWS_SECRET | SMTPAUTH_MECHANISM_LAYER_BELOW;
    uint32_t facts = facts_of(p, index);
    return (facts & SMTPAUTH_MECHANISM_WANTS_BINDING) || ((facts & needs) && !(p->flags & SMTPAUTH_CLEAR_AUTH));
}

bool smtpa_mechanism_needs_binding(const smtpauth_policy *p, uint8_t index)
{
    return (facts_of(p, index) & SMTPAUTH_MECHANISM_WANTS_BINDING) != 0;
}

static bool any_has(const smtpauth_policy *p, uint32_t facts)
{
    for (uint8_t i = 0; i < own_count(p); i++)
        if (facts_of(p, i) & facts)
            return true;
    return false;
}

bool smtpa_mechanisms_want_seed(const smtpauth_policy *p)
{
    return any_has(p, (uint32_t)SMTPAUTH_MECHANISM_WANTS_SEED | (uint32_t)SMTPA_SERVER_SEED);
}

bool smtpa_mechanisms_want_secret(const smtpauth_policy *p)
{
    return any_has(p, SMTPAUTH_MECHANISM_WANTS_SEED);
}

uint8_t smtpa_mechanism_find(const smtpauth_policy *p, smtpauth_view name)
{
    for (uint8_t i = 0; i < smtpa_mechanism_count(p); i++)
        if (smtpauth_text_is(name.data, name.len, smtpa_mechanism_name(p, i)))
            return i;
    return NO_MECHANISM;
}

bool smtpa_mechanism_is_offered(const smtpauth_server *s, uint8_t index)
{
    if (smtpa_mechanism_needs_binding(s->policy, index) && s->bindings == 0)
        return false;
    return !smtpa_mechanism_needs_tls(s->policy, index) || smtpa_is(s, SMTPAUTH_IS_TLS);
}

/* sasl-mech (RFC 4422 3.1). Only upper case, as EHLO shows it as it is. */
static bool is_name(const char *name)
{
    size_t len = name != NULL ? strlen(name) : 0;
    for (size_t i = 0; i < len; i++) {
        uint8_t c = (uint8_t)name[i];
        if (!smtpa_is_alnum(c) && c != '-' && c != '_')
            return false;
        if (smtpa_upper(c) != c)
            return false;
    }
    return len >= 1 && len <= 20;
}

static bool is_named_before(const smtpauth_policy *p, uint8_t index)
{
    const char *name = smtpa_mechanism_name(p, index);
    return smtpa_mechanism_find(p, smtpa_view((const uint8_t *)name, strlen(name))) != index;
}

bool smtpa_mechanisms_are_fit(const smtpauth_policy *p)
{
    const uint32_t known = SMTPAUTH_HOST_NEEDS_TLS | SMTPAUTH_HOST_SERVER_FIRST | SMTPAUTH_HOST_NEEDS_BINDING;
    uint8_t own = own_count(p), host = host_count(p);
    if (own > MECHANISMS_MAX || host > MECHANISMS_MAX ||
        (p->host_mechanisms_len > 0 && p->host_mechanisms == NULL))
        return false;
    for (uint8_t i = 0; i < host; i++)
        if (!is_name(p->host_mechanisms[i].name) || (p->host_mechanisms[i].flags & ~known))
            return false;
    for (uint8_t i = 0; i < own + host; i++)
        if (is_named_before(p, i))
            return false;
    return own + host > 0 || (p->flags & (SMTPAUTH_RELAY | SMTPAUTH_NO_AUTH));
}
