/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Class 5 to everything but AUTH. */

#include "internal/advice.h"
#include "internal/wordings.h"

#define E       SMTPA_ENHANCED
#define R(name) SMTPAUTH_REASON_##name

enum {
    TLS = SMTPA_AT_STARTTLS,
    HELLO = SMTPA_AT_HELLO,
    OPENING = SMTPA_AT_OPENING,
    MAIL = SMTPA_AT_MAIL,
    RCPT = SMTPA_AT_RCPT,
    ENVELOPE = SMTPA_AT_ENVELOPE,
    MESSAGE = SMTPA_AT_MESSAGE,
    SENDING = SMTPA_AT_SENDING,
    ANY = SMTPA_AT_ANY,
    OUT = SMTPA_IF_MAY_LOG_IN
};

/* The greeting, EHLO and STARTTLS. */
static uint16_t advise_opening(const smtpa_facts *facts)
{
    /* clang-format off */
    static const smtpa_rule rules[] = {
        {500, 599, 0,       TLS,     0, R(HELLO_FIRST), " helo| ehlo|hello", NULL},
        {500, 599, 0,       TLS,     0, R(TLS_ACTIVE), "already|tls active|in tls", NULL},
        {500, 599, 0,       TLS,     0, R(BAD_SEQUENCE), "pipelin|protocol violation|no commands allowed", NULL},
        {500, 599, 0,       TLS,     0, R(TLS_TOO_WEAK), "lack of security", NULL},
        {500, 599, 0,       TLS,     0, R(TLS_HANDSHAKE), "handshake|negotiat", NULL},
        {501, 501, 0,       TLS,     0, R(ARGUMENT), NULL, NULL},
        {503, 503, 0,       TLS,     0, R(BAD_SEQUENCE), NULL, NULL},
        {500, 599, 0,       TLS,     0, R(TLS_NOT_OFFERED), NULL, NULL},

        {500, 599, 0,       OPENING, SMTPA_IF_CLEAR, R(TLS_REQUIRED), WORDS_TLS_FIRST, NULL},
        {500, 599, 0,       OPENING, 0, R(TLS_TOO_OLD), " tls 1 0| tls1 0|tls version|ssl version|protocol version", NULL},
        {500, 599, 0,       OPENING, 0, R(TOO_MANY_COMMANDS), WORDS_BAD_COMMANDS, NULL},
        {500, 599, 0,       OPENING, 0, R(BAD_SEQUENCE), WORDS_TOO_SOON, NULL},
        {500, 599, 0,       OPENING, 0, R(RATE_LIMITED), WORDS_TOO_MANY, NULL},
        {501, 504, 0,       HELLO,   0, R(HELLO_NAME), " helo| ehlo| lhlo", NULL},
        {500, 599, 0,       OPENING, 0, R(IP_BLOCKED), WORDS_IP_BLOCKED, NULL},
        {530, 530, 0,       HELLO,   0, R(AUTH_REQUIRED), NULL, NULL},
        {500, 500, 0,       HELLO,   0, R(WRONG_HELLO), NULL, NULL},
        {501, 504, 0,       HELLO,   0, R(HELLO_NAME), NULL, NULL},
        {500, 599, 0,       HELLO,   0, R(HELLO_NAME), " helo| ehlo|hello|fully qualified|fqdn|hostname|host name| name ", NULL},
        {500, 599, 0,       OPENING, 0, R(REFUSED), NULL, NULL},
    };
    /* clang-format on */
    return smtpa_rules_find(rules, sizeof rules / sizeof *rules, facts);
}

uint16_t smtpa_advise_sending(const smtpa_facts *facts)
{
    /* clang-format off */
    static const smtpa_rule rules[] = {
        /* Not about logging in, though some of it sounds so. */
        {500, 599, 0,        SENDING,  0,              R(TOO_MANY_COMMANDS), WORDS_BAD_COMMANDS, NULL},
        {500, 599, 0,        SENDING,  0,              R(MAIL_LOOP), WORDS_LOOP, NULL},
        {500, 599, E(7, 26), SENDING,  0,              R(DOMAIN_NOT_PROVEN), NULL, NULL},
        {500, 599, 0,        SENDING,  0,              R(DOMAIN_NOT_PROVEN), WORDS_DOMAIN_PROOF, NULL},
        {500, 599, 0,        SENDING,  0,              R(TLS_TOO_WEAK), "lack of security", NULL},
        {500, 599, E(7, 30), SENDING,  0,              R(REQUIRETLS_FAILED), NULL, NULL},
        {550, 550, E(7, 10), ENVELOPE, SMTPA_IF_CLEAR, R(TLS_FOR_REQUIRETLS), "requiretls", NULL},

        /* What AUTH would have been told: a client that went on regardless, or an account that may not send. */
        {500, 599, 0,        SENDING,  SMTPA_IF_CLEAR, R(TLS_REQUIRED), WORDS_TLS_FIRST, NULL},
        {523, 524, 0,        SENDING,  SMTPA_IF_CLEAR, R(TLS_REQUIRED), NULL, NULL},
        {538, 538, 0,        SENDING,  SMTPA_IF_CLEAR, R(TLS_REQUIRED), NULL, NULL},
        {500, 599, 0,        SENDING,  0,              R(APP_PASSWORD_NEEDED), WORDS_APP_PASSWORD, NULL},
        {500, 599, 0,        SENDING,  0,              R(PASSWORDS_DISABLED), WORDS_PASSWORDS_OFF, NULL},
        {500, 599, 0,        SENDING,  0,              R(SMTP_AUTH_DISABLED), WORDS_SMTP_OFF, "before|first|requir|not yet activated|account is not activated"},
        {500, 599, 0,        SENDING,  0,              R(WEB_LOGIN_NEEDED), WORDS_WEB_LOGIN, "spam"},
        {500, 599, 0,        SENDING,  0,              R(LOGIN_POLICY), "security defaults|conditional access|criteria to be authenticated", NULL},
        {500, 599, 0,        SENDING,  0,              R(AUTH_FAILED), WORDS_BAD_CREDENTIALS, "from|sender|recipient"},
        {500, 599, 0,        SENDING,  0,              R(ACCOUNT_DISABLED), " 535 5&account locked|account is locked|account disabled|account is disabled", NULL},
        {500, 599, 0,        SENDING,  0,              R(AUTH_FAILED), " 535 5;authentification invalide|no longer valid&credential|authentif|login", NULL},
        {500, 599, 0,        SENDING,  OUT,            R(AUTH_REQUIRED), "not logged in|not authenticated|unauthenticated|without auth|must be authenticated|must authenticate|authentication is required|authentication required|auth required&!sender is|mail is|email is|message is", NULL},

        /* The grammar, before any word of an address or a size in it. */
        {500, 599, E(5, 2),  SENDING,  0,              R(HELLO_FIRST), " helo| ehlo|hello", NULL},
        {500, 599, E(5, 2),  SENDING,  0,              R(MALFORMED), NULL, "address|mailbox"},
        {501, 553, E(1, 7),  SENDING,  0,              R(BAD_SENDER), " syntax", NULL},
        {501, 553, E(1, 3),  SENDING,  0,              R(BAD_RECIPIENT), " syntax", NULL},
        {501, 501, E(5, 4),  SENDING,  0,              R(ARGUMENT), NULL, "not allowed|not permitted|not authorized"},
        {500, 599, 0,        SENDING,  0,              R(MALFORMED), WORDS_SYNTAX, NULL},

        /* The size. */
        {534, 534, 0,        SENDING,  0,              R(MESSAGE_TOO_BIG), NULL, NULL},
        {500, 599, E(3, 4),  SENDING,  0,              R(MESSAGE_TOO_BIG), NULL, "denied"},
        {500, 599, E(2, 3),  SENDING,  0,              R(MESSAGE_TOO_BIG), NULL, NULL},
        {500, 599, 0,        SENDING,  0,              R(MESSAGE_TOO_BIG), WORDS_SIZE, NULL},

        /* Limits and accounts. */
        {500, 599, E(2, 2),  SENDING,  0,              R(MAILBOX_FULL), NULL, NULL},
        {500, 599, E(4, 5),  SENDING,  0,              R(QUOTA), NULL, NULL},
        {500, 599, 0,        SENDING,  0,              R(MAILBOX_FULL), "mailbox&full|over quota|quota exceeded", NULL},
        {500, 599, 0,        SENDING,  0,              R(QUOTA), WORDS_QUOTA, NULL},
        {500, 599, 0,        SENDING,  0,              R(RATE_LIMITED), WORDS_TOO_MANY, NULL},
        {500, 599, E(2, 1),  SENDING,  0,              R(UNKNOWN_RECIPIENT), NULL, NULL},
        {500, 599, E(1, 8),  SENDING,  0,              R(ACCOUNT_DISABLED), "blocked|bad outbound|access denied|suspended", NULL},
        {550, 554, 0,        RCPT,     0,              R(UNKNOWN_RECIPIENT), "user|mailbox|account&suspended|disabled|locked|inactive|not active|closed|deactivated&!your|sender|sending|outgoing|outbound|smtp|you ", NULL},
        {500, 599, 0,        SENDING,  0,              R(ACCOUNT_DISABLED), WORDS_ACCOUNT_OFF, WORDS_RECIPIENTS_ACCOUNT "|no such|domain not|relay| ip |from spam|reputation"},
        {500, 599, 0,        SENDING,  0,              R(ACCOUNT_DISABLED), "sending denied|sending is denied|sending blocked|sending disabled|sending is disabled|outbound&blocked|disabled|outgoing&blocked|disabled|not allowed to send mail&!from", NULL},

        /* No login yet. */
        {500, 599, 0,        SENDING,  OUT,            R(AUTH_FAILED), "authentication failed|authentication failure|authentication unsuccessful|login failed", NULL},
        {535, 535, 0,        SENDING,  OUT,            R(AUTH_REQUIRED), WORDS_AUTH_FIRST, NULL},
        {535, 535, 0,        SENDING,  0,              R(AUTH_FAILED), NULL, NULL},
        {503, 503, E(5, 4),  ENVELOPE, 0,              R(ARGUMENT), NULL, NULL},
        {500, 599, 0,        SENDING,  0,              R(IP_BLOCKED), WORDS_BLOCK_LIST, NULL},
        {500, 599, 0,        MAIL,     0,              R(SENDER_NOT_PERMITTED), "dns mx| mx record|mx or a| mx or | a record", NULL},
        {554, 554, 0,        RCPT,     OUT,            R(RELAY_NEEDS_LOGIN), "recipient address rejected access denied", NULL},
        {554, 554, 0,        ENVELOPE, OUT,            R(AUTH_REQUIRED), "client host rejected&autentica|authent|anmeld|log in|login", NULL},
        {554, 554, 0,        ENVELOPE, OUT,            R(AUTH_REQUIRED), "client host rejected access denied", " dip| dyn|dsl| pool| dial| cable"},
        {500, 599, 0,        SENDING,  0,              R(SENDER_NOT_PERMITTED), WORDS_SENDER, NULL},
        {500, 599, E(1, 8),  SENDING,  0,              R(SENDER_NOT_PERMITTED), NULL, NULL},
        {530, 530, 0,        SENDING,  0,              R(AUTH_REQUIRED), NULL, NULL},
        {500, 599, 0,        SENDING,  0,              R(HELLO_NAME), " helo | ehlo |helo command|hello name&reject|invalid|fully qualified|fqdn|not resolve|bad|syntax|refused|mismatch", "relay"},
        {500, 599, 0,        SENDING,  0,              R(IP_BLOCKED), WORDS_IP_BLOCKED, NULL},
        {500, 599, 0,        SENDING,  OUT,            R(RELAY_NEEDS_LOGIN), WORDS_RELAY, "authenticat"},
        {500, 599, 0,        SENDING,  OUT,            R(AUTH_REQUIRED), WORDS_AUTH_FIRST, NULL},
        {500, 599, 0,        SENDING,  0,              R(RELAY_DENIED), WORDS_RELAY, NULL},
        {571, 571, 0,        SENDING,  0,              R(RELAY_DENIED), NULL, NULL},

        /* The envelope and the message. */
        {500, 599, 0,        SENDING,  0,              R(SPAM), WORDS_SPAM, NULL},
        {500, 599, E(1, 1),  SENDING,  0,              R(UNKNOWN_RECIPIENT), NULL, NULL},
        {500, 599, 0,        SENDING,  0,              R(RATE_LIMITED), "try again later|try later|try again in", NULL},
        {500, 599, E(1, 10), SENDING,  0,              R(UNKNOWN_RECIPIENT), NULL, NULL},
        {500, 599, 0,        SENDING,  0,              R(UNKNOWN_RECIPIENT), WORDS_NO_USER, NULL},
        {500, 599, E(6, 7),  SENDING,  0,              R(UTF8_SENDER), NULL, NULL},
        {500, 599, E(6, 0),  SENDING,  0,              R(BAD_CONTENT), NULL, NULL},
        {500, 599, 0,        MESSAGE,  0,              R(BAD_CONTENT), "rfc&complian|violat;bare lf|bare cr|bare newline", NULL},
        {500, 599, E(1, 7),  SENDING,  0,              R(BAD_SENDER), NULL, NULL},
        {500, 599, E(1, 3),  SENDING,  0,              R(BAD_RECIPIENT), NULL, NULL},
        {554, 554, E(7, 14), SENDING,  0,              R(URL_NOT_TRUSTED), NULL, NULL},
        {554, 554, E(5, 1),  SENDING,  0,              R(NO_VALID_RECIPIENTS), NULL, NULL},
        {500, 599, 0,        SENDING,  0,              R(NO_VALID_RECIPIENTS), "valid recipient|no recipient|valid rcpt", NULL},

        /* The program. */
        {501, 501, E(7, 1),  MAIL,     SMTPA_IF_LOGGED_IN, R(NOT_PERMITTED), NULL, NULL},
        {502, 503, 0,        SENDING,  0,              R(HELLO_FIRST), " helo| ehlo|hello|introduce yourself", NULL},
        {503, 503, 0,        SENDING,  0,              R(ACCESS_DENIED), "denied|prohibit|not allowed|refused|not permitted", "command|sequence"},
        {503, 503, 0,        SENDING,  0,              R(BAD_SEQUENCE), NULL, NULL},
        {500, 500, 0,        SENDING,  0,              R(LINE_TOO_LONG), "too long|line length", NULL},
        {500, 500, 0,        SENDING,  0,              R(UNKNOWN_COMMAND), NULL, NULL},
        {501, 501, 0,        SENDING,  0,              R(BAD_SENDER), "sender|mail from|reverse path", NULL},
        {501, 501, 0,        SENDING,  0,              R(BAD_RECIPIENT), "recipient|rcpt|mailbox|address", NULL},
        {501, 501, 0,        SENDING,  0,              R(ARGUMENT), NULL, NULL},
        {502, 502, 0,        SENDING,  0,              R(NOT_IMPLEMENTED), NULL, NULL},
        {504, 504, 0,        SENDING,  0,              R(ARGUMENT), NULL, NULL},
        {555, 555, 0,        SENDING,  0,              R(PARAMETER), NULL, NULL},

        /* What the code alone tells. */
        {500, 599, 0,        SENDING,  0,              R(ACCESS_DENIED), "access denied|access is denied|administrative prohibition|prohibited|not authorized|not authorised|unauthorized|permission denied", NULL},
        {500, 549, 0,        SENDING,  0,              R(REFUSED_UNSPECIFIED), NULL, NULL},
        {550, 550, E(7, 1),  MAIL,     SMTPA_IF_LOGGED_IN, R(NOT_PERMITTED), NULL, NULL},
        {553, 553, 0,        MAIL,     SMTPA_IF_LOGGED_IN, R(NOT_PERMITTED), NULL, NULL},
        {500, 599, E(7, 1),  ENVELOPE, 0,              R(ACCESS_DENIED), NULL, NULL},
        {500, 599, E(7, 0),  ENVELOPE, 0,              R(ACCESS_DENIED), NULL, NULL},
        {550, 553, 0,        RCPT,     0,              R(UNKNOWN_RECIPIENT), NULL, NULL},
        {500, 599, E(7, 1),  MESSAGE,  0,              R(MESSAGE_REFUSED), NULL, NULL},
        {500, 599, 0,        ANY,      0,              R(REFUSED_UNSPECIFIED), NULL, NULL},
    };
    /* clang-format on */
    if (facts->at.phase == SMTPAUTH_PHASE_CONNECT || facts->at.phase == SMTPAUTH_PHASE_HELLO ||
        facts->at.phase == SMTPAUTH_PHASE_STARTTLS)
        return advise_opening(facts);
    return smtpa_rules_find(rules, sizeof rules / sizeof *rules, facts);
}
