/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_TRACKER_H
#define SMTPAUTH_TRACKER_H

/*
 * The auth-state tracker: who may do what, and what AUTH answers. It parses nothing and says nothing; a host
 * with a parser of its own asks it three questions and tells it what came of them:
 *
 *     smtpauth_tracker_may(t, verb)                 may this verb run now?  0, or 530, 503, 502, 500, 421 ...
 *     smtpauth_tracker_auth(t, class, has_initial)  may AUTH begin so?      0, or 530, 504, 503, 502, 501
 *     smtpauth_tracker_verdict(t, verdict, foreign) how did it end?         235, 535, 534, 525, 454, 432
 *     smtpauth_tracker_happened(t, event)           EHLO, TLS, MAIL ... succeeded
 *
 * Replies come back as reasons (reason.h); the caller writes them. What a session goes through:
 *
 *     MAIL                       530  no login was tried: log in first
 *     AUTH PLAIN ...             535  a login was refused; the session stays in step
 *     MAIL                       530  still: 535 answers AUTH and nothing else
 *     AUTH PLAIN ...             235
 *     MAIL                       0    go on
 *     STARTTLS                   0    and login, EHLO and transaction are forgotten (RFC 3207 4.2)
 *
 * A tracker is plain memory: 32 bytes, no pointer; copy it, save it, drop it. Nothing but the verdicts ACCEPTED
 * and ACCEPTED_AS ever makes it authenticated, and HAPPENED_XCLIENT_LOGIN, which you say where a front end
 * vouches.
 */

#include <smtpauth/command.h>
#include <smtpauth/reason.h>
#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A verb's bit in a set of verbs. */
#define SMTPAUTH_BIT(verb) (UINT32_C(1) << (verb))

/* Rules, as bits. None is a submission service: login required (RFC 6409 4.3). */
enum {
    SMTPAUTH_RELAY = 1,       /* login is offered, not required */
    SMTPAUTH_NO_AUTH = 2,     /* login is neither required nor offered */
    SMTPAUTH_LMTP = 4,        /* LHLO in place of EHLO and HELO (RFC 2033) */
    SMTPAUTH_REQUIRE_TLS = 8, /* nothing but EHLO HELO LHLO NOOP RSET HELP STARTTLS QUIT before TLS */
    SMTPAUTH_CLEAR_AUTH = 16  /* at least one mechanism may run without TLS */
};

/* Verbs that need login where it is required, whatever else `auth_verbs` adds. */
enum {
    SMTPAUTH_AUTH_VERBS = 1 << SMTPAUTH_VERB_MAIL | 1 << SMTPAUTH_VERB_RCPT | 1 << SMTPAUTH_VERB_DATA |
                          1 << SMTPAUTH_VERB_BDAT | 1 << SMTPAUTH_VERB_BURL | 1 << SMTPAUTH_VERB_VRFY |
                          1 << SMTPAUTH_VERB_EXPN | 1 << SMTPAUTH_VERB_ETRN
};

/* How a mechanism that AUTH names is seen; the caller keeps the list. */
enum {
    SMTPAUTH_MECHANISM_UNKNOWN = 0,      /* or not offered */
    SMTPAUTH_MECHANISM_NEEDS_TLS = 1,    /* offered, but only under TLS, and there is none */
    SMTPAUTH_MECHANISM_CLIENT_FIRST = 2, /* takes an initial response (PLAIN; by habit LOGIN) */
    SMTPAUTH_MECHANISM_SERVER_FIRST = 3  /* does not (CRAM-MD5) */
};

/* What a host may say of credentials. Values begin at 0xA5: no bool, errno or strcmp result is a yes, and
 * anything that is not in this list is UNAVAILABLE. */
enum {
    SMTPAUTH_ACCEPTED = 0xA5, /* 235; but 535 when another authorization identity was asked for */

    /* 235, also to another authorization identity: "yes, he may act as that one". */
    SMTPAUTH_ACCEPTED_AS = 0xA6,

    SMTPAUTH_REJECTED = 0xA7, /* 535: unknown user, wrong password, may not act as that one: never say which */
    SMTPAUTH_UNAVAILABLE = 0xA8, /* 454: the directory does not answer; the client keeps its password */
    SMTPAUTH_TOO_WEAK = 0xA9,    /* 534: this user needs a stronger mechanism */
    SMTPAUTH_TRANSITION = 0xAA,  /* 432: this user must log in once with PLAIN */

    /* 525: right credentials, but the account is disabled; wrong ones stay REJECTED. */
    SMTPAUTH_DISABLED = 0xAB,

    SMTPAUTH_EXPIRED = 0xAC,  /* 535: right once; the words say that they have expired */
    SMTPAUTH_TRY_LATER = 0xAD /* 454: not checked, too many attempts just now */
};

/* What can happen to a session. */
enum {
    SMTPAUTH_HAPPENED_EHLO = 1, /* EHLO or LHLO was answered 250 */
    SMTPAUTH_HAPPENED_HELO = 2,
    SMTPAUTH_HAPPENED_TLS = 3,          /* a handshake ended well: everything but the failures is forgotten */
    SMTPAUTH_HAPPENED_MAIL = 4,         /* MAIL was answered 250 */
    SMTPAUTH_HAPPENED_RCPT = 5,         /* RCPT was answered 25x */
    SMTPAUTH_HAPPENED_RCPT_REFUSED = 6, /* RCPT was answered 4xx or 5xx */
    SMTPAUTH_HAPPENED_DATA = 7,         /* DATA was answered 354 */
    SMTPAUTH_HAPPENED_END = 8,          /* the transaction ended: message answered, RSET */
    SMTPAUTH_HAPPENED_CLOSE = 9,        /* 221 or 421 was said */

    /* The octets of a BDAT are taken; say END when the last one's were answered. */
    SMTPAUTH_HAPPENED_CHUNK = 10,

    SMTPAUTH_HAPPENED_CHUNK_REFUSED = 11, /* a BDAT was refused, whatever for: 503 to all that belongs to a
                                             transaction, until END (RSET) or EHLO (RFC 3030 2) */
    SMTPAUTH_HAPPENED_XCLIENT = 12,       /* XCLIENT was answered 220: EHLO and login are forgotten */

    /* The same, and you trust the front end that its client has logged in. */
    SMTPAUTH_HAPPENED_XCLIENT_LOGIN = 13
};

/* What smtpauth_tracker_is can tell. */
enum {
    SMTPAUTH_IS_TLS = 1,
    SMTPAUTH_IS_GREETED = 2,  /* EHLO, LHLO or HELO */
    SMTPAUTH_IS_EXTENDED = 4, /* EHLO or LHLO */
    SMTPAUTH_IS_AUTHENTICATED = 8,
    SMTPAUTH_IS_TRANSACTION = 16, /* MAIL was accepted */
    SMTPAUTH_IS_EXCHANGE = 32,    /* AUTH has begun and not ended: the next line is a response, not a command */
    SMTPAUTH_IS_CLOSING = 64,     /* say 421 (or 221) and close */
    SMTPAUTH_IS_UTF8 = 128        /* a server session's transaction was opened with SMTPUTF8 */
};

/* 32 bytes for ever. Fields are visible for sizeof only; use the functions. */
typedef struct smtpauth_tracker {
    uint32_t rules, offered, needs_auth;
    uint16_t failures, failures_max;
    uint8_t greeted, authenticated, tls, transaction, exchange, closing;
    uint8_t reserved[10];
} smtpauth_tracker;

/* sizeof(smtpauth_tracker), for languages that cannot read a header. */
SMTPAUTH_API size_t smtpauth_tracker_size(void);

/* Begins a session in clear text; say HAPPENED_TLS at once on a port with implicit TLS. `verbs_offered` holds
 * the SMTPAUTH_BIT of each verb this server answers (others are 502; QUIT, NOOP, RSET and the greetings are
 * always offered), `auth_verbs` those that need login beyond SMTPAUTH_AUTH_VERBS. `failures_max`: after so many
 * failed logins the session closes; 0 means 5, less than 3 is 3. On NULL nothing happens. */
SMTPAUTH_API void smtpauth_tracker_init(smtpauth_tracker *t, uint32_t rules, uint32_t verbs_offered,
                                        uint32_t auth_verbs, uint16_t failures_max);

/* May this verb run now? 0, or the reason to refuse it with, by the precedence 421, 500, 530 (TLS), 502, 530
 * (login), 503. Changes nothing. NULL, or an open exchange: BAD_SEQUENCE. */
SMTPAUTH_API uint16_t smtpauth_tracker_may(const smtpauth_tracker *t, uint8_t verb);

/* May an exchange with this class of mechanism begin? 0: it has begun, end it by verdict() or broken(). Else
 * the reason to refuse AUTH with (530, 502, 503, 504, 501), and none has begun. */
SMTPAUTH_API uint16_t smtpauth_tracker_auth(smtpauth_tracker *t, uint8_t mechanism_class,
                                            bool has_initial_response);

/* Ends an exchange by a verdict. Returns the reason to answer with. 535, 534 and 525 count as failures; when
 * they reach the limit, IS_CLOSING turns true: say AUTH_FAILURES (421) behind this reply and close. Without an
 * open exchange: BAD_SEQUENCE, nothing changed. */
SMTPAUTH_API uint16_t smtpauth_tracker_verdict(smtpauth_tracker *t, int32_t verdict, bool is_foreign);

/* Ends an exchange that broke: the client cancelled ('*': AUTH_CANCELLED), the response was no base64, ...
 * Returns `reason`. 501 and 535 (a blank name, AUTH_FAILED) count as failures, but cancelling; 500 and class 4
 * do not. Limit and misuse as above. */
SMTPAUTH_API uint16_t smtpauth_tracker_broken(smtpauth_tracker *t, uint16_t reason);

/* Tells what succeeded. Returns 0, or BAD_SEQUENCE when it cannot have happened now (MAIL without login where
 * that is required, RCPT without MAIL, ...): nothing changed then. */
SMTPAUTH_API uint16_t smtpauth_tracker_happened(smtpauth_tracker *t, uint8_t event);

/* Do all these SMTPAUTH_IS_ bits hold? False on NULL. */
SMTPAUTH_API bool smtpauth_tracker_is(const smtpauth_tracker *t, uint32_t what);

/* Failed logins so far. */
SMTPAUTH_API uint16_t smtpauth_tracker_failures(const smtpauth_tracker *t);

#ifdef __cplusplus
}
#endif

#endif
