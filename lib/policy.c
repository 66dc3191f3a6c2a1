/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* A policy's defaults, floors and faults. */

#include <smtpauth/policy.h>

#include <string.h>

#include "internal/address.h"
#include "internal/parameter.h"
#include "internal/reply.h"
#include "internal/server.h"
#include "internal/text.h"

enum {
    LINE_FLOOR = 512, /* RFC 5321 4.5.3.1.4 */
    RECIPIENTS_DEFAULT = 1000,
    RECIPIENTS_FLOOR = 100, /* RFC 5321 4.5.3.1.8 */
    BAD_COMMANDS_DEFAULT = 20,
    IDLE_COMMANDS_DEFAULT = 100,
    FAILURE_DELAY_DEFAULT = 1,
    SCRAM_SALT_MAX = 64,
    HOSTNAME_MAX = 255,
    PROFILE_MAX = 40,
    DATE_TIME_MAX = 40,
    SECONDS_MAX = 999999999 /* nine digits: RFC 2852 4, RFC 4865 4 */
};

#define MESSAGE_DEFAULT UINT64_C(33554432)

enum {
    ALL_FLAGS = SMTPAUTH_RELAY | SMTPAUTH_NO_AUTH | SMTPAUTH_LMTP | SMTPAUTH_REQUIRE_TLS | SMTPAUTH_CLEAR_AUTH |
                SMTPAUTH_IMPLICIT_TLS | SMTPAUTH_TEXT_LF | SMTPAUTH_LAX_SPACE_OK | SMTPAUTH_LAX_BRACKETS_OK,
    ALL_EXTENSIONS = SMTPAUTH_EXT_STARTTLS | SMTPAUTH_EXT_SMTPUTF8 | SMTPAUTH_EXT_EXPN | SMTPAUTH_EXT_CHUNKING |
                     SMTPAUTH_EXT_BINARYMIME | SMTPAUTH_EXT_DSN | SMTPAUTH_EXT_DELIVERBY |
                     SMTPAUTH_EXT_FUTURERELEASE | SMTPAUTH_EXT_MT_PRIORITY | SMTPAUTH_EXT_REQUIRETLS |
                     SMTPAUTH_EXT_LIMITS | SMTPAUTH_EXT_ETRN | SMTPAUTH_EXT_NO_SOLICITING |
                     SMTPAUTH_EXT_XCLIENT,
    ALL_ASKS = SMTPAUTH_ASKS_HELLO | SMTPAUTH_ASKS_STARTTLS | SMTPAUTH_ASKS_VERIFY,
    ALL_NOTES = SMTPAUTH_NOTES_LINE
};

static uint16_t or_default(uint16_t value, uint16_t fallback)
{
    return value != 0 ? value : fallback;
}

uint64_t smtpa_message_max(const smtpauth_policy *p)
{
    return p->message_max != 0 ? p->message_max : MESSAGE_DEFAULT;
}

uint32_t smtpa_line_max(const smtpauth_policy *p)
{
    return p->line_max != 0 ? p->line_max : (uint32_t)SMTPAUTH_LINE_MAX;
}

uint32_t smtpa_auth_line_max(const smtpauth_policy *p)
{
    if (p->auth_line_max != 0)
        return p->auth_line_max;
    uint32_t line_max = smtpa_line_max(p);
    return line_max > SMTPAUTH_AUTH_LINE_MAX ? line_max : (uint32_t)SMTPAUTH_AUTH_LINE_MAX;
}

uint16_t smtpa_recipients_max(const smtpauth_policy *p)
{
    uint16_t max = or_default(p->recipients_max, RECIPIENTS_DEFAULT);
    return max < RECIPIENTS_FLOOR ? (uint16_t)RECIPIENTS_FLOOR : max;
}

uint16_t smtpa_bad_commands_max(const smtpauth_policy *p)
{
    return or_default(p->bad_commands_max, BAD_COMMANDS_DEFAULT);
}

uint16_t smtpa_idle_commands_max(const smtpauth_policy *p)
{
    return or_default(p->idle_commands_max, IDLE_COMMANDS_DEFAULT);
}

uint16_t smtpa_failure_delay(const smtpauth_policy *p)
{
    return p->failure_delay_s == UINT16_MAX ? 0 : or_default(p->failure_delay_s, FAILURE_DELAY_DEFAULT);
}

static bool is_hostname(const char *name)
{
    if (name == NULL || strlen(name) > HOSTNAME_MAX)
        return false;
    const uint8_t *octets = (const uint8_t *)name;
    return smtpa_domain_is_valid(smtpa_view(octets, strlen(name)), SMTPA_DOMAIN_HOST);
}

static bool words_are_fit(const smtpauth_policy *p)
{
    for (size_t i = 0; i < p->words_len; i++) {
        const smtpauth_words *w = p->words != NULL ? &p->words[i] : NULL;
        if (w == NULL || w->text == NULL || smtpauth_reason_code(w->reason) == 0)
            return false;
        size_t len = strlen(w->text);
        const uint8_t *text = (const uint8_t *)w->text;
        bool is_one_line = smtpauth_line_scan(text, len, 0) == len;
        if (len == 0 || len > POLICY_WORDS_MAX || !is_one_line || !smtpa_words_fit(text, len, false))
            return false;
    }
    return true;
}

static bool has_reserve(const smtpauth_policy *p)
{
    for (size_t i = 0; i < sizeof p->reserved / sizeof p->reserved[0]; i++)
        if (p->reserved[i] != 0)
            return true;
    for (size_t i = 0; i < sizeof p->reserved32 / sizeof p->reserved32[0]; i++)
        if (p->reserved32[i] != 0)
            return true;
    for (size_t i = 0; i < sizeof p->reserved_pointers / sizeof p->reserved_pointers[0]; i++)
        if (p->reserved_pointers[i] != NULL)
            return true;
    return false;
}

static bool has_tls(const smtpauth_policy *p, uint32_t init_flags)
{
    return ((p->flags | init_flags) & SMTPAUTH_IMPLICIT_TLS) || (p->extensions & SMTPAUTH_EXT_STARTTLS);
}

/* Could any mechanism ever run in a session that begins with these flags? */
static bool has_way_in(const smtpauth_policy *p, uint32_t init_flags)
{
    uint8_t usable = 0, count = smtpa_mechanism_count(p);
    bool is_encrypted = has_tls(p, init_flags);
    for (uint8_t i = 0; i < count; i++)
        usable = (uint8_t)(usable + (is_encrypted || !smtpa_mechanism_needs_tls(p, i)));
    if ((p->flags & SMTPAUTH_REQUIRE_TLS) && !is_encrypted)
        return false;
    return usable > 0 || count == 0;
}

/* An esmtp-keyword: letters, digits and, but for the first, hyphens. */
static bool is_keyword(const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < len; i++)
        if (!smtpa_is_alnum((uint8_t)name[i]) && (name[i] != '-' || i == 0))
            return false;
    return len > 0 && len <= PROFILE_MAX;
}

/* Has each extension what it needs, another one or a value that EHLO can tell? */
static bool extensions_are_fit(const smtpauth_policy *p, uint32_t init_flags)
{
    const char *until = p->future_release_until;
    bool has_hold = p->future_release_max_s > 0 && p->future_release_max_s <= SECONDS_MAX && until != NULL &&
                    strlen(until) <= DATE_TIME_MAX &&
                    smtpa_date_time_is_utc(smtpa_view((const uint8_t *)until, strlen(until)));
    if ((p->extensions & SMTPAUTH_EXT_BINARYMIME) && !(p->extensions & SMTPAUTH_EXT_CHUNKING)) /* RFC 3030 3 */
        return false;
    if ((p->extensions & SMTPAUTH_EXT_FUTURERELEASE) && !has_hold) /* RFC 4865 4 */
        return false;
    if ((p->extensions & SMTPAUTH_EXT_REQUIRETLS) && !has_tls(p, init_flags)) /* RFC 8689 2 */
        return false;
    return p->deliver_by_min_s <= SECONDS_MAX &&
           (p->priority_profile == NULL || is_keyword(p->priority_profile));
}

uint16_t smtpa_policy_fault(const smtpauth_policy *p, uint32_t init_flags)
{
    const uint32_t relay_without_auth = SMTPAUTH_RELAY | SMTPAUTH_NO_AUTH;
    if (p->size != sizeof *p || has_reserve(p))
        return SMTPAUTH_REASON_POLICY_SIZE;
    if ((p->flags & ~(uint32_t)ALL_FLAGS) || (p->extensions & ~(uint32_t)ALL_EXTENSIONS) ||
        (p->asks & ~(uint32_t)ALL_ASKS) || (p->notes & ~(uint32_t)ALL_NOTES) ||
        (p->flags & relay_without_auth) == relay_without_auth || (p->auth_verbs >> SMTPAUTH_VERB_COUNT) != 0)
        return SMTPAUTH_REASON_POLICY_FLAGS;
    if (!is_hostname(p->hostname))
        return SMTPAUTH_REASON_POLICY_HOSTNAME;
    if (!smtpa_mechanisms_are_fit(p))
        return SMTPAUTH_REASON_POLICY_MECHANISM;
    if (smtpa_mechanisms_want_secret(p) && (p->secret == NULL || p->secret_len < POLICY_SECRET_MIN))
        return SMTPAUTH_REASON_POLICY_SECRET;
    if (p->scram_salt_len > SCRAM_SALT_MAX)
        return SMTPAUTH_REASON_POLICY_LIMIT;
    if (!has_way_in(p, init_flags))
        return SMTPAUTH_REASON_POLICY_NO_TLS;
    if (!words_are_fit(p))
        return SMTPAUTH_REASON_POLICY_WORDS;
    if (smtpa_line_max(p) < LINE_FLOOR || smtpa_auth_line_max(p) < smtpa_line_max(p))
        return SMTPAUTH_REASON_POLICY_LIMIT;
    if (!extensions_are_fit(p, init_flags))
        return SMTPAUTH_REASON_POLICY_EXTENSION;
    return 0;
}

size_t smtpauth_policy_size(void)
{
    return sizeof(smtpauth_policy);
}

int32_t smtpauth_policy_check(const smtpauth_policy *policy)
{
    return policy != NULL ? (int32_t)smtpa_policy_fault(policy, 0) : (int32_t)SMTPAUTH_E_ARGUMENT;
}
