/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* A session's beginning: which verbs a policy offers, which rules its tracker keeps. */

#include <smtpauth/server.h>

#include <string.h>

#include "internal/server.h"

size_t smtpauth_server_size(void)
{
    return sizeof(smtpauth_server);
}

size_t smtpauth_server_align(void)
{
    struct probe {
        char octet;
        smtpauth_server server;
    };
    return offsetof(struct probe, server);
}

size_t smtpauth_event_size(void)
{
    return sizeof(smtpauth_event);
}

static uint32_t offered_verbs(const smtpauth_policy *p)
{
    uint32_t verbs = SMTPAUTH_BIT(SMTPAUTH_VERB_MAIL) | SMTPAUTH_BIT(SMTPAUTH_VERB_RCPT) |
                     SMTPAUTH_BIT(SMTPAUTH_VERB_DATA) | SMTPAUTH_BIT(SMTPAUTH_VERB_HELP) |
                     SMTPAUTH_BIT(SMTPAUTH_VERB_VRFY);
    verbs |= smtpa_mechanism_count(p) > 0 ? SMTPAUTH_BIT(SMTPAUTH_VERB_AUTH) : 0;
    verbs |= p->extensions & SMTPAUTH_EXT_STARTTLS ? SMTPAUTH_BIT(SMTPAUTH_VERB_STARTTLS) : 0;
    verbs |= p->extensions & SMTPAUTH_EXT_EXPN ? SMTPAUTH_BIT(SMTPAUTH_VERB_EXPN) : 0;
    verbs |= p->extensions & SMTPAUTH_EXT_CHUNKING ? SMTPAUTH_BIT(SMTPAUTH_VERB_BDAT) : 0;
    verbs |= p->extensions & SMTPAUTH_EXT_ETRN ? SMTPAUTH_BIT(SMTPAUTH_VERB_ETRN) : 0;
    verbs |= p->extensions & SMTPAUTH_EXT_XCLIENT ? SMTPAUTH_BIT(SMTPAUTH_VERB_XCLIENT) : 0;
    return verbs;
}

static uint32_t tracker_rules(const smtpauth_policy *p)
{
    uint32_t rules = p->flags & (SMTPAUTH_RELAY | SMTPAUTH_NO_AUTH | SMTPAUTH_LMTP | SMTPAUTH_REQUIRE_TLS);
    for (uint8_t i = 0; i < smtpa_mechanism_count(p); i++)
        rules |= smtpa_mechanism_needs_tls(p, i) ? 0 : (uint32_t)SMTPAUTH_CLEAR_AUTH;
    return rules;
}

int32_t smtpauth_server_init(smtpauth_server *s, size_t size, const smtpauth_policy *policy, uint32_t flags,
                             const uint8_t *seed, size_t seed_len)
{
    const uint32_t known = SMTPAUTH_IMPLICIT_TLS | SMTPAUTH_TRUSTED;
    if (s == NULL || policy == NULL || (flags & ~known) || (seed == NULL && seed_len > 0) ||
        (seed_len > 0 && seed_len < SEED_MIN) || seed_len > sizeof s->seed)
        return SMTPAUTH_E_ARGUMENT;
    if (size != sizeof *s)
        return SMTPAUTH_E_VERSION;
    if (smtpa_policy_fault(policy, flags) != 0)
        return SMTPAUTH_E_POLICY;
    if (smtpa_mechanisms_want_seed(policy) && seed_len == 0)
        return SMTPAUTH_E_ARGUMENT;
    memset(s, 0, sizeof *s);
    if (seed_len > 0)
        memcpy(s->seed, seed, seed_len);
    s->head = SMTPA_SERVER_HEAD;
    s->flags = flags;
    s->policy = policy;
    s->state = STATE_GREETING;
    s->mechanism = s->authenticated_by = NO_MECHANISM;
    smtpauth_tracker_init(&s->tracker, tracker_rules(policy), offered_verbs(policy), policy->auth_verbs,
                          policy->auth_failures_max);
    if ((flags | policy->flags) & SMTPAUTH_IMPLICIT_TLS)
        smtpauth_tracker_happened(&s->tracker, SMTPAUTH_HAPPENED_TLS);
    return SMTPAUTH_DONE;
}
