/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* What goes with each reason, and the names of causes and actions. */

#include <smtpauth/advice.h>

#include "internal/advice.h"

static const struct {
    uint16_t reason;
    smtpa_reason_advice advice;
} rows[] = {
#define ADVICE(NAME, cause, action, same_secret, resend)                                                       \
    {SMTPAUTH_REASON_##NAME, {SMTPAUTH_CAUSE_##cause, SMTPAUTH_ACTION_##action, same_secret, resend}},
#include "advice.def"
#undef ADVICE
};

const smtpa_reason_advice *smtpa_reason_advice_of(uint16_t reason)
{
    static const smtpa_reason_advice nothing = {SMTPAUTH_CAUSE_NONE, SMTPAUTH_ACTION_NONE, false, false};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].reason == reason)
            return &rows[i].advice;
    return &nothing;
}

uint16_t smtpauth_reason_cause(uint16_t reason)
{
    return smtpa_reason_advice_of(reason)->cause;
}

uint16_t smtpauth_reason_action(uint16_t reason)
{
    return smtpa_reason_advice_of(reason)->action;
}

bool smtpauth_reason_same_secret(uint16_t reason)
{
    return smtpa_reason_advice_of(reason)->same_secret;
}

uint16_t smtpauth_advice_reason_end(void)
{
    return SMTPAUTH_REASON_ADVICE_END;
}

const char *smtpauth_cause_name(uint16_t cause)
{
    static const char *const names[SMTPAUTH_CAUSE_COUNT] = {
        [SMTPAUTH_CAUSE_NONE] = "none",
        [SMTPAUTH_CAUSE_AUTH_REQUIRED] = "auth-required",
        [SMTPAUTH_CAUSE_TLS_REQUIRED] = "tls-required",
        [SMTPAUTH_CAUSE_BAD_CREDENTIALS] = "bad-credentials",
        [SMTPAUTH_CAUSE_APP_PASSWORD_NEEDED] = "app-password-needed",
        [SMTPAUTH_CAUSE_WEB_LOGIN_NEEDED] = "web-login-needed",
        [SMTPAUTH_CAUSE_SMTP_AUTH_DISABLED] = "smtp-auth-disabled",
        [SMTPAUTH_CAUSE_OAUTH_TOKEN_EXPIRED] = "oauth-token-expired",
        [SMTPAUTH_CAUSE_PASSWORD_EXPIRED] = "password-expired",
        [SMTPAUTH_CAUSE_ACCOUNT_DISABLED] = "account-disabled",
        [SMTPAUTH_CAUSE_MECHANISM_UNSUPPORTED] = "mechanism-unsupported",
        [SMTPAUTH_CAUSE_TEMPORARY] = "temporary",
        [SMTPAUTH_CAUSE_RATE_LIMITED] = "rate-limited",
        [SMTPAUTH_CAUSE_QUOTA] = "quota",
        [SMTPAUTH_CAUSE_IP_BLOCKED] = "ip-blocked",
        [SMTPAUTH_CAUSE_RELAY_DENIED] = "relay-denied",
        [SMTPAUTH_CAUSE_NOT_PERMITTED_SENDER] = "not-permitted-sender",
        [SMTPAUTH_CAUSE_CLIENT_BUG] = "client-bug",
        [SMTPAUTH_CAUSE_OTHER] = "other",
    };
    return cause < SMTPAUTH_CAUSE_COUNT ? names[cause] : "";
}

const char *smtpauth_action_name(uint16_t action)
{
    static const char *const names[SMTPAUTH_ACTION_COUNT] = {
        [SMTPAUTH_ACTION_NONE] = "none",
        [SMTPAUTH_ACTION_PROMPT_LOGIN] = "prompt-login",
        [SMTPAUTH_ACTION_REENTER_PASSWORD] = "reenter-password",
        [SMTPAUTH_ACTION_START_TLS] = "start-tls",
        [SMTPAUTH_ACTION_OTHER_MECHANISM] = "other-mechanism",
        [SMTPAUTH_ACTION_CREATE_APP_PASSWORD] = "create-app-password",
        [SMTPAUTH_ACTION_WEB_LOGIN] = "web-login",
        [SMTPAUTH_ACTION_ENABLE_SMTP_AUTH] = "enable-smtp-auth",
        [SMTPAUTH_ACTION_REFRESH_TOKEN] = "refresh-token",
        [SMTPAUTH_ACTION_RETRY_LATER] = "retry-later",
        [SMTPAUTH_ACTION_CONTACT_ADMIN] = "contact-admin",
        [SMTPAUTH_ACTION_FIX_SENDER] = "fix-sender",
        [SMTPAUTH_ACTION_FIX_PROGRAM] = "fix-program",
    };
    return action < SMTPAUTH_ACTION_COUNT ? names[action] : "";
}

size_t smtpauth_situation_size(void)
{
    return sizeof(smtpauth_situation);
}

size_t smtpauth_advice_size(void)
{
    return sizeof(smtpauth_advice);
}
