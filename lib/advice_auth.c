/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Class 5 to AUTH. 535 is said for all of these, so its words are read; what is left is a wrong password. */

#include "internal/advice.h"
#include "internal/wordings.h"

#define E       SMTPA_ENHANCED
#define R(name) SMTPAUTH_REASON_##name
#define ANY     SMTPA_AT_ANY

uint16_t smtpa_advise_auth(const smtpa_facts *facts)
{
    /* clang-format off */
    static const smtpa_rule rules[] = {
        /* Encryption. */
        {500, 599, 0,        ANY, 0,                  R(CERTIFICATE_NEEDED), "client certificate", NULL},
        {500, 599, 0,        ANY, SMTPA_IF_CLEAR,     R(TLS_REQUIRED), WORDS_TLS_FIRST, NULL},
        {500, 599, E(7, 10), ANY, SMTPA_IF_CLEAR,     R(TLS_REQUIRED), NULL, NULL},
        {500, 599, E(7, 11), ANY, SMTPA_IF_CLEAR,     R(TLS_REQUIRED), NULL, NULL},
        {523, 524, 0,        ANY, SMTPA_IF_CLEAR,     R(TLS_REQUIRED), NULL, NULL},
        {538, 538, 0,        ANY, SMTPA_IF_CLEAR,     R(TLS_REQUIRED), NULL, NULL},
        {523, 524, 0,        ANY, 0,                  R(TLS_TOO_WEAK), NULL, NULL},
        {538, 538, 0,        ANY, 0,                  R(TLS_TOO_WEAK), NULL, NULL},
        {500, 599, 0,        ANY, 0,                  R(TLS_TOO_WEAK), "lack of security", NULL},

        /* What the program did. */
        {500, 599, 0,        ANY, 0,                  R(TOO_MANY_COMMANDS), WORDS_BAD_COMMANDS, NULL},
        {501, 501, 0,        ANY, 0,                  R(AUTH_UNKNOWN_MECHANISM), "unsupported|not supported|unrecognized|unrecognised|unknown&mechanism|method|type", NULL},
        {501, 501, 0,        ANY, 0,                  R(AUTH_CANCELLED), "cancel|abort", NULL},
        {501, 501, 0,        ANY, 0,                  R(AUTH_BASE64), "base64|base 64|decod", NULL},
        {501, 501, 0,        ANY, 0,                  R(AUTH_FAILED), WORDS_BAD_CREDENTIALS, NULL},
        {501, 501, E(5, 4),  ANY, 0,                  R(ARGUMENT), NULL, NULL},
        {501, 501, 0,        ANY, 0,                  R(AUTH_NO_INITIAL), "initial response|initial", NULL},
        {501, 501, 0,        ANY, 0,                  R(AUTH_FAILED), "auth|login&fail|unsuccessful|denied", NULL},
        {501, 501, 0,        ANY, 0,                  R(AUTH_MALFORMED), NULL, NULL},
        {500, 599, E(5, 6),  ANY, 0,                  R(AUTH_LINE_TOO_LONG), NULL, NULL},
        {500, 500, 0,        ANY, 0,                  R(AUTH_MALFORMED), "userdata|user data|malformed", NULL},
        {500, 500, 0,        ANY, 0,                  R(AUTH_LINE_TOO_LONG), "too long|limit exceeded|line length", NULL},
        {535, 535, E(5, 4),  ANY, 0,                  R(ARGUMENT), NULL, NULL},
        {535, 535, E(5, 2),  ANY, 0,                  R(AUTH_MALFORMED), NULL, NULL},
        {535, 535, 0,        ANY, 0,                  R(AUTH_MALFORMED), "bad protocol|protocol error", NULL},
        {503, 503, 0,        ANY, 0,                  R(AUTH_IN_TRANSACTION), "transaction", NULL},
        {503, 503, 0,        ANY, SMTPA_IF_LOGGED_IN, R(AUTH_ALREADY), NULL, NULL},
        {503, 504, 0,        ANY, 0,                  R(AUTH_ALREADY), "already|twice|identity change|previously authenticated|only once", NULL},
        {503, 503, 0,        ANY, 0,                  R(HELLO_FIRST), " helo| ehlo|hello", NULL},
        {502, 504, 0,        ANY, SMTPA_IF_TLS_LEFT,  R(AUTH_NEEDS_TLS), NULL, NULL},
        {502, 502, E(5, 4),  ANY, 0,                  R(ARGUMENT), NULL, NULL},
        {502, 502, 0,        ANY, 0,                  R(HELLO_FIRST), "introduce yourself|say helo|say ehlo|hello first|helo first|ehlo first", NULL},
        {504, 504, 0,        ANY, 0,                  R(ARGUMENT), "not specified|missing|invalid auth string", NULL},
        {503, 503, 0,        ANY, 0,                  R(AUTH_NOT_OFFERED), "not advertised|not enabled|not available|disabled|not supported|not offered|not allowed|only allowed on|only available on", NULL},

        /* What the account or its provider wants. */
        {500, 599, 0,        ANY, 0,                  R(AUTH_FAILED), "incorrect|invalid|wrong&app password|application password|app specific password|application specific password|authorization code&!require|need|must|please", NULL},
        {500, 599, 0,        ANY, 0,                  R(APP_PASSWORD_NEEDED), WORDS_APP_PASSWORD, NULL},
        {500, 599, 0,        ANY, 0,                  R(PASSWORDS_DISABLED), WORDS_PASSWORDS_OFF, NULL},
        {500, 599, 0,        ANY, 0,                  R(SMTP_AUTH_DISABLED), WORDS_SMTP_OFF, NULL},
        {534, 534, E(7, 14), ANY, 0,                  R(WEB_LOGIN_NEEDED), NULL, NULL},
        {500, 599, 0,        ANY, 0,                  R(WEB_LOGIN_NEEDED), WORDS_WEB_LOGIN, NULL},
        {500, 599, 0,        ANY, 0,                  R(LOGIN_POLICY), WORDS_LOGIN_POLICY, NULL},
        {500, 599, 0,        ANY, 0,                  R(TOKEN_REFUSED), WORDS_TOKEN, NULL},
        {500, 599, 0,        ANY, 0,                  R(AUTH_EXPIRED), "credentials have expired|credentials expired", NULL},
        {500, 599, 0,        ANY, 0,                  R(PASSWORD_EXPIRED), WORDS_PASSWORD_OLD, NULL},
        {525, 525, 0,        ANY, 0,                  R(AUTH_DISABLED), NULL, "ip address"},
        {500, 599, 0,        ANY, 0,                  R(IP_BLOCKED), WORDS_IP_BLOCKED, "too many|temporar|attempts"},
        {500, 599, 0,        ANY, 0,                  R(ACCOUNT_DISABLED), WORDS_ACCOUNT_OFF, "temporar|too many|attempts|try again| minutes"},
        {500, 599, 0,        ANY, 0,                  R(QUOTA), WORDS_QUOTA, NULL},
        {500, 599, 0,        ANY, 0,                  R(RATE_LIMITED), WORDS_TOO_MANY, NULL},
        {550, 559, E(2, 1),  ANY, 0,                  R(ACCOUNT_DISABLED), NULL, NULL},
        {500, 599, 0,        ANY, 0,                  R(ACCOUNT_DISABLED), WORDS_ACCOUNT_OFF, NULL},

        /* What the server cannot do. */
        {500, 502, 0,        ANY, 0,                  R(AUTH_NOT_OFFERED), "command&unrecogni|not recogni|not implemented|unknown|not understood|not supported", NULL},
        {502, 502, 0,        ANY, 0,                  R(AUTH_NOT_OFFERED), "!mechanism|type|method|password|credential", NULL},
        {550, 559, E(5, 1),  ANY, 0,                  R(AUTH_NOT_OFFERED), "command", NULL},
        {534, 534, 0,        ANY, 0,                  R(AUTH_TOO_WEAK), "weak|stronger", NULL},
        {500, 599, 0,        ANY, 0,                  R(AUTH_UNKNOWN_MECHANISM), WORDS_MECHANISM, NULL},
        {500, 599, 0,        ANY, 0,                  R(AUTH_UNAVAILABLE), WORDS_NOT_NOW, NULL},
        {500, 599, 0,        ANY, 0,                  R(LOGIN_SERVICE_BROKEN), "generic failure|configuration error|misconfigur", NULL},
        {500, 599, 0,        ANY, 0,                  R(AUTH_NOT_OFFERED), "authentication|auth|login&not allowed on|not enabled|not offered|not advertised|not available|is disabled|auth disabled|authentication disabled", NULL},
        {504, 504, 0,        ANY, 0,                  R(AUTH_UNKNOWN_MECHANISM), NULL, NULL},

        /* The credentials. */
        {500, 599, 0,        ANY, 0,                  R(AUTH_FAILED), WORDS_BAD_CREDENTIALS, NULL},
        {534, 534, 0,        ANY, 0,                  R(AUTH_TOO_WEAK), NULL, NULL},
        {530, 530, 0,        ANY, SMTPA_IF_TLS_LEFT,  R(TLS_REQUIRED), NULL, NULL},
        {530, 530, 0,        ANY, 0,                  R(AUTH_FAILED), "fail|invalid|incorrect|unsuccessful|reject", NULL},
        {530, 530, 0,        ANY, 0,                  R(AUTH_REQUIRED), NULL, NULL},
        {535, 535, E(7, 139), ANY, 0,                 R(LOGIN_POLICY), NULL, NULL},
        {535, 535, 0,        ANY, 0,                  R(AUTH_FAILED), NULL, NULL},
        {500, 500, 0,        ANY, 0,                  R(AUTH_NOT_OFFERED), "command|unrecogni|unknown|syntax", NULL},
        {502, 502, 0,        ANY, 0,                  R(AUTH_NOT_OFFERED), NULL, NULL},
        {500, 599, 0,        ANY, 0,                  R(AUTH_FAILED), "auth|login|logon|sign in&fail|unsuccessful|invalid|incorrect|denied|reject| bad ", NULL},
        {500, 500, 0,        ANY, 0,                  R(AUTH_NOT_OFFERED), NULL, NULL},
        {503, 503, 0,        ANY, 0,                  R(BAD_SEQUENCE), NULL, NULL},
        {553, 553, 0,        ANY, 0,                  R(AUTH_NO_INITIAL), NULL, NULL},
        {540, 599, 0,        ANY, 0,                  R(ACCESS_DENIED), NULL, NULL},
        {500, 599, 0,        ANY, 0,                  R(AUTH_FAILED), NULL, NULL},
    };
    /* clang-format on */
    return smtpa_rules_find(rules, sizeof rules / sizeof *rules, facts);
}
