/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Who may do what: 530 before login, 535 for a refused one, and the replies around them (RFC 5321 4.1.4, RFC 3207 4,
 * RFC 4954 4 and 6, RFC 6409 4.3). Two tables hold the rules, smtpauth_tracker_may holds their precedence. No text,
 * no parsing.
 */

#include <smtpauth/tracker.h>

#include <string.h>

#include "internal/tracker.h"

enum { FAILURES_DEFAULT = 5, FAILURES_FLOOR = 3 };

/* What a verb asks of the session, apart from a transaction. */
enum {
    BEFORE_TLS = 1,     /* goes through where TLS is required and not active */
    ALWAYS_OFFERED = 2, /* no service may leave it out */
    AFTER_HELLO = 4,    /* EHLO, LHLO or HELO first */
    AFTER_EHLO = 8      /* EHLO or LHLO first */
};

/* clang-format off */
static const uint8_t needs[SMTPAUTH_VERB_COUNT] = {
    [SMTPAUTH_VERB_EHLO]     = BEFORE_TLS | ALWAYS_OFFERED,
    [SMTPAUTH_VERB_HELO]     = BEFORE_TLS | ALWAYS_OFFERED,
    [SMTPAUTH_VERB_LHLO]     = BEFORE_TLS | ALWAYS_OFFERED,
    [SMTPAUTH_VERB_NOOP]     = BEFORE_TLS | ALWAYS_OFFERED,
    [SMTPAUTH_VERB_RSET]     = BEFORE_TLS | ALWAYS_OFFERED,
    [SMTPAUTH_VERB_QUIT]     = BEFORE_TLS | ALWAYS_OFFERED,
    [SMTPAUTH_VERB_HELP]     = BEFORE_TLS,
    [SMTPAUTH_VERB_STARTTLS] = BEFORE_TLS | AFTER_HELLO,
    [SMTPAUTH_VERB_AUTH]     = AFTER_EHLO,
    [SMTPAUTH_VERB_MAIL]     = AFTER_HELLO,
    [SMTPAUTH_VERB_RCPT]     = AFTER_HELLO,
    [SMTPAUTH_VERB_DATA]     = AFTER_HELLO,
    [SMTPAUTH_VERB_BDAT]     = AFTER_HELLO,
    [SMTPAUTH_VERB_BURL]     = AFTER_HELLO,
    [SMTPAUTH_VERB_ETRN]     = AFTER_HELLO,
};

#define R(name) SMTPAUTH_REASON_##name
#define IN_NONE(name) 0, R(name), R(name), R(name), R(name), R(name), R(name)
static const uint16_t sequence[SMTPAUTH_VERB_COUNT][TRANSACTION_COUNT] = {
    /*                         none           mail            all refused             rcpt            data             chunks           broken */
    [SMTPAUTH_VERB_MAIL]    = {0,             R(NESTED_MAIL), R(NESTED_MAIL),         R(NESTED_MAIL), R(NESTED_MAIL),  R(CHUNKS_BEGUN), R(CHUNK_BROKEN)},
    [SMTPAUTH_VERB_RCPT]    = {R(MAIL_FIRST), 0,              0,                      0,              R(BAD_SEQUENCE), R(CHUNKS_BEGUN), R(CHUNK_BROKEN)},
    [SMTPAUTH_VERB_DATA]    = {R(MAIL_FIRST), R(RCPT_FIRST),  R(NO_VALID_RECIPIENTS), 0,              R(BAD_SEQUENCE), R(CHUNKS_BEGUN), R(CHUNK_BROKEN)},
    [SMTPAUTH_VERB_BDAT]    = {R(MAIL_FIRST), R(RCPT_FIRST),  R(NO_VALID_RECIPIENTS), 0,              R(BAD_SEQUENCE), 0,               R(CHUNK_BROKEN)},
    [SMTPAUTH_VERB_BURL]    = {R(MAIL_FIRST), R(RCPT_FIRST),  R(NO_VALID_RECIPIENTS), 0,              R(BAD_SEQUENCE), 0,               R(CHUNK_BROKEN)},
    [SMTPAUTH_VERB_AUTH]    = {IN_NONE(AUTH_IN_TRANSACTION)}, /* RFC 4954 4 */
    [SMTPAUTH_VERB_ETRN]    = {IN_NONE(BAD_SEQUENCE)},        /* RFC 1985 5 */
    [SMTPAUTH_VERB_XCLIENT] = {IN_NONE(BAD_SEQUENCE)},        /* Postfix's XCLIENT_README */
};
#undef IN_NONE
#undef R

typedef struct outcome {
    uint16_t reason;
    bool is_failure; /* counts against the limit */
} outcome;

static const outcome outcomes[] = { /* from SMTPAUTH_ACCEPTED on */
    {SMTPAUTH_REASON_AUTHENTICATED,    false},
    {SMTPAUTH_REASON_AUTHENTICATED,    false},
    {SMTPAUTH_REASON_AUTH_FAILED,      true},
    {SMTPAUTH_REASON_AUTH_UNAVAILABLE, false},
    {SMTPAUTH_REASON_AUTH_TOO_WEAK,    true},
    {SMTPAUTH_REASON_AUTH_TRANSITION,  false},
    {SMTPAUTH_REASON_AUTH_DISABLED,    true},
    {SMTPAUTH_REASON_AUTH_EXPIRED,     true},
    {SMTPAUTH_REASON_AUTH_LATER,       false},
};
/* clang-format on */

size_t smtpauth_tracker_size(void)
{
    return sizeof(smtpauth_tracker);
}

void smtpauth_tracker_init(smtpauth_tracker *t, uint32_t rules, uint32_t verbs_offered, uint32_t auth_verbs,
                           uint16_t failures_max)
{
    if (t == NULL)
        return;
    memset(t, 0, sizeof *t);
    bool is_submission = (rules & (SMTPAUTH_RELAY | SMTPAUTH_NO_AUTH | SMTPAUTH_LMTP)) == 0;
    t->rules = rules;
    t->offered = verbs_offered;
    if (rules & SMTPAUTH_NO_AUTH)
        t->offered &= ~SMTPAUTH_BIT(SMTPAUTH_VERB_AUTH);
    if (is_submission) /* RFC 6409 7 */
        t->offered &= ~SMTPAUTH_BIT(SMTPAUTH_VERB_ETRN);
    t->needs_auth = (uint32_t)SMTPAUTH_AUTH_VERBS | auth_verbs;
    t->failures_max = failures_max == 0               ? (uint16_t)FAILURES_DEFAULT
                      : failures_max < FAILURES_FLOOR ? (uint16_t)FAILURES_FLOOR
                                                      : failures_max;
}

static bool is_offered(const smtpauth_tracker *t, uint8_t verb)
{
    return (needs[verb] & ALWAYS_OFFERED) || (t->offered & SMTPAUTH_BIT(verb));
}

/* Neither QUIT nor a greeting ever needs login, whatever a policy lists. */
static bool needs_login(const smtpauth_tracker *t, uint8_t verb)
{
    const uint32_t never = SMTPAUTH_BIT(SMTPAUTH_VERB_NOOP) | SMTPAUTH_BIT(SMTPAUTH_VERB_RSET) |
                           SMTPAUTH_BIT(SMTPAUTH_VERB_QUIT) | SMTPAUTH_BIT(SMTPAUTH_VERB_EHLO) |
                           SMTPAUTH_BIT(SMTPAUTH_VERB_HELO) | SMTPAUTH_BIT(SMTPAUTH_VERB_LHLO) |
                           SMTPAUTH_BIT(SMTPAUTH_VERB_HELP) | SMTPAUTH_BIT(SMTPAUTH_VERB_AUTH) |
                           SMTPAUTH_BIT(SMTPAUTH_VERB_STARTTLS);
    bool is_required = (t->rules & (SMTPAUTH_RELAY | SMTPAUTH_NO_AUTH)) == 0;
    return is_required && !t->authenticated && (t->needs_auth & ~never & SMTPAUTH_BIT(verb));
}

static uint16_t bad_sequence(const smtpauth_tracker *t, uint8_t verb)
{
    uint16_t reason = sequence[verb][t->transaction];
    if (verb == SMTPAUTH_VERB_STARTTLS && t->tls)
        return SMTPAUTH_REASON_TLS_ACTIVE;
    if (verb == SMTPAUTH_VERB_AUTH && t->authenticated)
        return SMTPAUTH_REASON_AUTH_ALREADY;
    if (reason == SMTPAUTH_REASON_NO_VALID_RECIPIENTS && (t->rules & SMTPAUTH_LMTP)) /* RFC 2033 4.2 */
        return SMTPAUTH_REASON_RCPT_FIRST;
    return reason;
}

uint16_t smtpauth_tracker_may(const smtpauth_tracker *t, uint8_t verb)
{
    if (t == NULL)
        return SMTPAUTH_REASON_BAD_SEQUENCE;
    if (t->closing)
        return t->failures >= t->failures_max ? SMTPAUTH_REASON_AUTH_FAILURES : SMTPAUTH_REASON_SHUTDOWN;
    if (t->exchange)
        return SMTPAUTH_REASON_BAD_SEQUENCE;
    if (verb == SMTPAUTH_VERB_UNKNOWN || verb >= SMTPAUTH_VERB_COUNT)
        return SMTPAUTH_REASON_UNKNOWN_COMMAND;
    bool is_lmtp = (t->rules & SMTPAUTH_LMTP) != 0;
    if (is_lmtp ? verb == SMTPAUTH_VERB_EHLO || verb == SMTPAUTH_VERB_HELO : verb == SMTPAUTH_VERB_LHLO)
        return SMTPAUTH_REASON_WRONG_HELLO;
    if ((t->rules & SMTPAUTH_REQUIRE_TLS) && !t->tls && !(needs[verb] & BEFORE_TLS))
        return SMTPAUTH_REASON_TLS_REQUIRED;
    if (!is_offered(t, verb))
        return SMTPAUTH_REASON_NOT_IMPLEMENTED;
    bool is_too_clear = !t->tls && !(t->rules & SMTPAUTH_CLEAR_AUTH); /* no mechanism may run before TLS */
    if (needs_login(t, verb)) {
        bool tls_comes_first = is_too_clear && (t->offered & SMTPAUTH_BIT(SMTPAUTH_VERB_STARTTLS));
        return tls_comes_first ? SMTPAUTH_REASON_TLS_REQUIRED : SMTPAUTH_REASON_AUTH_REQUIRED;
    }
    if (verb == SMTPAUTH_VERB_AUTH && is_too_clear && !t->authenticated) /* he is by XCLIENT's word */
        return SMTPAUTH_REASON_TLS_REQUIRED;
    if (((needs[verb] & AFTER_HELLO) && t->greeted == GREETED_NOT) ||
        ((needs[verb] & AFTER_EHLO) && t->greeted != GREETED_EHLO))
        return SMTPAUTH_REASON_HELLO_FIRST;
    return bad_sequence(t, verb);
}

uint16_t smtpauth_tracker_auth(smtpauth_tracker *t, uint8_t mechanism_class, bool has_initial_response)
{
    uint16_t reason = smtpauth_tracker_may(t, SMTPAUTH_VERB_AUTH);
    if (reason != 0)
        return reason;
    switch (mechanism_class) {
    case SMTPAUTH_MECHANISM_CLIENT_FIRST:
        break;
    case SMTPAUTH_MECHANISM_SERVER_FIRST:
        if (has_initial_response)
            return SMTPAUTH_REASON_AUTH_NO_INITIAL;
        break;
    case SMTPAUTH_MECHANISM_NEEDS_TLS:
        return SMTPAUTH_REASON_AUTH_NEEDS_TLS;
    default:
        return SMTPAUTH_REASON_AUTH_UNKNOWN_MECHANISM;
    }
    t->exchange = 1;
    return 0;
}

static void count_failure(smtpauth_tracker *t)
{
    if (t->failures < UINT16_MAX)
        t->failures++;
    if (t->failures >= t->failures_max)
        t->closing = 1;
}

uint16_t smtpauth_tracker_verdict(smtpauth_tracker *t, int32_t verdict, bool is_foreign)
{
    const int32_t count = (int32_t)(sizeof outcomes / sizeof outcomes[0]);
    if (t == NULL || !t->exchange)
        return SMTPAUTH_REASON_BAD_SEQUENCE;
    if (verdict == SMTPAUTH_ACCEPTED && is_foreign)
        verdict = SMTPAUTH_REJECTED;
    bool is_known = verdict >= SMTPAUTH_ACCEPTED && verdict - SMTPAUTH_ACCEPTED < count;
    const outcome *o = &outcomes[(is_known ? verdict : (int32_t)SMTPAUTH_UNAVAILABLE) - SMTPAUTH_ACCEPTED];
    t->exchange = 0;
    t->authenticated = verdict == SMTPAUTH_ACCEPTED || verdict == SMTPAUTH_ACCEPTED_AS;
    if (o->is_failure)
        count_failure(t);
    return o->reason;
}

uint16_t smtpauth_tracker_broken(smtpauth_tracker *t, uint16_t reason)
{
    if (t == NULL || !t->exchange)
        return SMTPAUTH_REASON_BAD_SEQUENCE;
    uint16_t code = smtpauth_reason_code(reason);
    t->exchange = 0;
    if (reason != SMTPAUTH_REASON_AUTH_CANCELLED && (code == 501 || code == 535))
        count_failure(t);
    return reason;
}

static bool is_possible(const smtpauth_tracker *t, uint8_t event)
{
    bool is_lmtp = (t->rules & SMTPAUTH_LMTP) != 0;
    switch (event) {
    case SMTPAUTH_HAPPENED_EHLO:
        return smtpauth_tracker_may(t, is_lmtp ? SMTPAUTH_VERB_LHLO : SMTPAUTH_VERB_EHLO) == 0;
    case SMTPAUTH_HAPPENED_HELO:
        return smtpauth_tracker_may(t, SMTPAUTH_VERB_HELO) == 0;
    case SMTPAUTH_HAPPENED_TLS:
        return !t->tls && !t->closing && !t->exchange;
    case SMTPAUTH_HAPPENED_MAIL:
        return smtpauth_tracker_may(t, SMTPAUTH_VERB_MAIL) == 0;
    case SMTPAUTH_HAPPENED_RCPT:
    case SMTPAUTH_HAPPENED_RCPT_REFUSED:
        return smtpauth_tracker_may(t, SMTPAUTH_VERB_RCPT) == 0;
    case SMTPAUTH_HAPPENED_DATA:
        return smtpauth_tracker_may(t, SMTPAUTH_VERB_DATA) == 0;
    case SMTPAUTH_HAPPENED_END:
        return !t->closing && !t->exchange;
    case SMTPAUTH_HAPPENED_CHUNK:
        return smtpauth_tracker_may(t, SMTPAUTH_VERB_BDAT) == 0;
    case SMTPAUTH_HAPPENED_CHUNK_REFUSED:
        return is_offered(t, SMTPAUTH_VERB_BDAT) && t->transaction != TRANSACTION_NONE &&
               t->transaction != TRANSACTION_DATA;
    case SMTPAUTH_HAPPENED_XCLIENT:
    case SMTPAUTH_HAPPENED_XCLIENT_LOGIN:
        return smtpauth_tracker_may(t, SMTPAUTH_VERB_XCLIENT) == 0;
    default:
        return event == SMTPAUTH_HAPPENED_CLOSE;
    }
}

uint16_t smtpauth_tracker_happened(smtpauth_tracker *t, uint8_t event)
{
    if (t == NULL || !is_possible(t, event))
        return SMTPAUTH_REASON_BAD_SEQUENCE;
    switch (event) {
    case SMTPAUTH_HAPPENED_EHLO:
        t->greeted = GREETED_EHLO;
        t->transaction = TRANSACTION_NONE;
        break;
    case SMTPAUTH_HAPPENED_HELO:
        t->greeted = GREETED_HELO;
        t->transaction = TRANSACTION_NONE;
        break;
    case SMTPAUTH_HAPPENED_TLS:
        t->tls = 1;
        t->greeted = GREETED_NOT;
        t->authenticated = 0;
        t->transaction = TRANSACTION_NONE;
        break;
    case SMTPAUTH_HAPPENED_MAIL:
        t->transaction = TRANSACTION_MAIL;
        break;
    case SMTPAUTH_HAPPENED_RCPT:
        t->transaction = TRANSACTION_RCPT;
        break;
    case SMTPAUTH_HAPPENED_RCPT_REFUSED:
        if (t->transaction == TRANSACTION_MAIL)
            t->transaction = TRANSACTION_REFUSED;
        break;
    case SMTPAUTH_HAPPENED_DATA:
        t->transaction = TRANSACTION_DATA;
        break;
    case SMTPAUTH_HAPPENED_END:
        t->transaction = TRANSACTION_NONE;
        break;
    case SMTPAUTH_HAPPENED_CHUNK:
        t->transaction = TRANSACTION_CHUNKS;
        break;
    case SMTPAUTH_HAPPENED_CHUNK_REFUSED:
        t->transaction = TRANSACTION_BROKEN;
        break;
    case SMTPAUTH_HAPPENED_XCLIENT:
    case SMTPAUTH_HAPPENED_XCLIENT_LOGIN:
        t->greeted = GREETED_NOT;
        t->authenticated = event == SMTPAUTH_HAPPENED_XCLIENT_LOGIN;
        t->transaction = TRANSACTION_NONE;
        break;
    default:
        t->closing = 1;
        t->exchange = 0;
        t->transaction = TRANSACTION_NONE;
        break;
    }
    return 0;
}

bool smtpauth_tracker_is(const smtpauth_tracker *t, uint32_t what)
{
    if (t == NULL)
        return false;
    uint32_t is = (t->tls ? (uint32_t)SMTPAUTH_IS_TLS : 0) | (t->greeted ? (uint32_t)SMTPAUTH_IS_GREETED : 0) |
                  (t->greeted == GREETED_EHLO ? (uint32_t)SMTPAUTH_IS_EXTENDED : 0) |
                  (t->authenticated ? (uint32_t)SMTPAUTH_IS_AUTHENTICATED : 0) |
                  (t->transaction ? (uint32_t)SMTPAUTH_IS_TRANSACTION : 0) |
                  (t->exchange ? (uint32_t)SMTPAUTH_IS_EXCHANGE : 0) |
                  (t->closing ? (uint32_t)SMTPAUTH_IS_CLOSING : 0);
    return (is & what) == what;
}

uint16_t smtpauth_tracker_failures(const smtpauth_tracker *t)
{
    return t != NULL ? t->failures : 0;
}
