/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Class 4: not now. Whatever the words, none of these rows asks for another password or token: nothing was judged. */

#include "internal/advice.h"
#include "internal/wordings.h"

#define E       SMTPA_ENHANCED
#define R(name) SMTPAUTH_REASON_##name

uint16_t smtpa_advise_temporary(const smtpa_facts *facts)
{
    /* clang-format off */
    static const smtpa_rule rules[] = {
        {432, 432, 0,        SMTPA_AT_AUTH,     0,                   R(AUTH_TRANSITION), "!concurrent|connection|limit|too many|exceed", NULL},
        {400, 499, E(7, 12), SMTPA_AT_AUTH,     0,                   R(AUTH_TRANSITION), NULL, NULL},
        {421, 421, E(3, 2),  SMTPA_AT_ANY,      0,                   R(SHUTDOWN), "shut|not active|not available|restart", NULL},
        {400, 499, 0,        SMTPA_AT_STARTTLS, 0,                   R(BAD_SEQUENCE), "protocol violation|no commands allowed|may not be repeated", NULL},
        {400, 499, 0,        SMTPA_AT_STARTTLS, 0,                   R(TLS_HANDSHAKE), "handshake|negotiat|certificate|cipher", NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(TLS_TOO_OLD), " tls 1 0| tls1 0|tls version|ssl version|upgrade&tls|protocol version", NULL},
        {400, 499, 0,        SMTPA_AT_STARTTLS, 0,                   R(TLS_UNAVAILABLE), NULL, NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      SMTPA_IF_CLEAR,      R(TLS_REQUIRED), "starttls|encrypt| tls| ssl&must|requir|first|before&!try again|later|temporar", NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(TOO_MANY_COMMANDS), WORDS_BAD_COMMANDS, NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(BAD_SEQUENCE), WORDS_TOO_SOON, NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(TOO_MANY_ERRORS), "too many&error", NULL},
        {421, 421, 0,        SMTPA_AT_AUTH,     0,                   R(AUTH_FAILURES), "too many|attempts&auth|login|fail", NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(ACCOUNT_DISABLED), WORDS_ACCOUNT_OFF, WORDS_RECIPIENTS_ACCOUNT "|temporar|try again|later|too many"},
        {400, 499, 0,        SMTPA_AT_SENDING,  SMTPA_IF_LOGGED_IN,  R(SENDER_NOT_PERMITTED), "not owned by|authorized to send from|authorised to send from|permitted to send from", NULL},
        {400, 499, 0,        SMTPA_AT_AUTH,     0,                   R(AUTH_LATER), "too many|attempts&login|auth|fail", NULL},
        {400, 499, 0,        SMTPA_AT_AUTH,     0,                   R(WEB_LOGIN_NEEDED), WORDS_WEB_LOGIN, NULL},
        {400, 499, 0,        SMTPA_AT_AUTH,     0,                   R(RATE_LIMITED), WORDS_TOO_MANY, NULL},
        {450, 452, E(2, 2),  SMTPA_AT_ANY,      0,                   R(RECIPIENT_LATER), NULL, NULL},
        {400, 499, E(5, 3),  SMTPA_AT_ANY,      0,                   R(TOO_MANY_RECIPIENTS), "recipient", NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(QUOTA), WORDS_QUOTA, "connection|storage"},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(TOO_MANY_RECIPIENTS), "too many&recipient", NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(DEFERRED), "greylist|graylist|grey list|gray list|postgrey", NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(RATE_LIMITED), WORDS_TOO_MANY ";rate&limit|unusual|exceed", NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(DEFERRED), "defer", NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(TIMEOUT), "timeout|timed out|idle too long|inactiv", NULL},
        {400, 499, 0,        SMTPA_AT_SENDING,  SMTPA_IF_MAY_LOG_IN, R(RELAY_NEEDS_LOGIN), WORDS_RELAY, NULL},
        {400, 499, 0,        SMTPA_AT_SENDING,  0,                   R(RELAY_DENIED), WORDS_RELAY, NULL},
        {400, 499, 0,        SMTPA_AT_ENVELOPE, SMTPA_IF_MAY_LOG_IN, R(AUTH_REQUIRED), WORDS_AUTH_FIRST, "temporar|try again|later|fail"},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(IP_BLOCKED), WORDS_IP_BLOCKED, "temporar|try again|later|lookup|greet"},
        {400, 499, 0,        SMTPA_AT_SENDING | SMTPA_AT_HELLO, 0,   R(HELLO_NAME), " helo| ehlo&reject|invalid|fully qualified", NULL},
        {452, 452, 0,        SMTPA_AT_ANY,      0,                   R(NO_ROOM), NULL, NULL},
        {400, 499, E(3, 1),  SMTPA_AT_ANY,      0,                   R(NO_ROOM), NULL, NULL},
        {455, 455, 0,        SMTPA_AT_ENVELOPE, 0,                   R(PARAMETER_LATER), NULL, NULL},
        {400, 499, 0,        SMTPA_AT_AUTH,     0,                   R(AUTH_UNAVAILABLE), NULL, NULL},
        {458, 458, 0,        SMTPA_AT_SENDING,  0,                   R(ETRN_LATER), NULL, NULL},
        {459, 459, 0,        SMTPA_AT_SENDING,  0,                   R(ETRN_NOT_ALLOWED), NULL, NULL},
        {421, 421, 0,        SMTPA_AT_ANY,      0,                   R(SHUTDOWN), NULL, NULL},
        {450, 450, 0,        SMTPA_AT_RCPT,     0,                   R(RECIPIENT_LATER), NULL, NULL},
        {400, 499, 0,        SMTPA_AT_ANY,      0,                   R(LOCAL_ERROR), NULL, NULL},
    };
    /* clang-format on */
    return smtpa_rules_find(rules, sizeof rules / sizeof *rules, facts);
}
