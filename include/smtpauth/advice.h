/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_ADVICE_H
#define SMTPAUTH_ADVICE_H

/*
 * What a reply asks of a client. From the code, the enhanced code, where in the dialogue it came, and only then
 * its words, to one reason of the catalogue, a cause, an action, and whether the same secret and the same
 * message may be sent again:
 *
 *     reply                                                      cause                action
 *     530 5.7.0 Authentication required            to MAIL       auth-required        prompt-login
 *     535 5.7.8 Authentication credentials invalid to AUTH       bad-credentials      reenter-password
 *     530 5.7.0 Must issue a STARTTLS command first              tls-required         start-tls
 *     454 4.7.0 Temporary authentication failure   to AUTH       temporary            retry-later
 *     534-5.7.9 Application-specific password required           app-password-needed  create-app-password
 *
 * A pure function: no session, no state, no allocation, any octets. It says what to do and does nothing; the
 * words for a person come from reason.h and, where a provider is recognised, from the provider book below.
 *
 *     smtpauth_situation at = {0};
 *     smtpauth_advice advice = {0};
 *     at.size = sizeof at, advice.size = sizeof advice;
 *     at.phase = SMTPAUTH_PHASE_AUTH;
 *     at.tls = SMTPAUTH_YES;
 *     smtpauth_advise(reply, reply_len, &at, smtpauth_providers, &advice);
 *     puts(smtpauth_reason_words(advice.reason, SMTPAUTH_WORDS_FIX));
 *     puts(smtpauth_provider_words(smtpauth_providers, advice.provider, SMTPAUTH_PROVIDER_REMEDY));
 *
 * Words are never trusted over a code that contradicts them where a secret is at stake:
 *
 *   - A reply of class 2 or 3 asks for no secret, whatever it says; but a 334 that is no challenge is a
 *     refusal.
 *   - Class 4 never asks for another password or token: the secret was not judged.
 *   - `same_secret` is false wherever a secret was refused. After a 535 it is true only if the words name the
 *     mechanism or TLS, so that the secret itself was not refused.
 *   - START_TLS is never given on a connection that has TLS, and never allows a secret in clear.
 */

#include <smtpauth/reason.h>
#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the reply answers. Where it is not known, the code tells as well as it can. */
enum {
    SMTPAUTH_PHASE_UNKNOWN = 0,
    SMTPAUTH_PHASE_CONNECT = 1, /* the greeting */
    SMTPAUTH_PHASE_HELLO = 2,   /* EHLO, HELO, LHLO */
    SMTPAUTH_PHASE_STARTTLS = 3,
    SMTPAUTH_PHASE_AUTH = 4, /* AUTH, or a response within its exchange */
    SMTPAUTH_PHASE_MAIL = 5,
    SMTPAUTH_PHASE_RCPT = 6,
    SMTPAUTH_PHASE_DATA = 7,    /* DATA, or BDAT but the last */
    SMTPAUTH_PHASE_MESSAGE = 8, /* the end of the message */
    SMTPAUTH_PHASE_COUNT = 9
};

/* Answers to the questions of a situation. 0 is not known. Assign no bool: false is not known, not NO. */
enum { SMTPAUTH_UNKNOWN = 0, SMTPAUTH_YES = 1, SMTPAUTH_NO = 2 };

/* What was offered with AUTH. */
enum { SMTPAUTH_SECRET_UNKNOWN = 0, SMTPAUTH_SECRET_PASSWORD = 1, SMTPAUTH_SECRET_TOKEN = 2 };

/* Where a reply came from. Zero everywhere but in `size` is: nothing is known. */
typedef struct smtpauth_situation {
    uint32_t size;          /* sizeof(smtpauth_situation) */
    uint8_t phase;          /* SMTPAUTH_PHASE_... */
    uint8_t authenticated;  /* has a 235 come? YES, NO or UNKNOWN, as the next three */
    uint8_t tls;            /* is TLS active? */
    uint8_t tls_offered;    /* is STARTTLS in the last answer to EHLO? */
    uint8_t auth_offered;   /* is AUTH? */
    uint8_t secret;         /* SMTPAUTH_SECRET_...: a refused token is to be refreshed, not re-entered */
    uint8_t attempts;       /* logins refused in this session */
    uint8_t reserved8;      /* zero */
    uint16_t first_refusal; /* the reason that the first of these was given, or 0: a 530 after it is its echo */
    uint16_t reserved16;    /* zero */
    smtpauth_view server; /* the name that the host connected to, "smtp.gmail.com"; only the book looks at it */
    uint64_t reserved[4]; /* zero */
} smtpauth_situation;

/* Causes. Values are fixed for ever. */
enum {
    SMTPAUTH_CAUSE_NONE = 0, /* nothing was refused */
    SMTPAUTH_CAUSE_AUTH_REQUIRED = 1,
    SMTPAUTH_CAUSE_TLS_REQUIRED = 2,
    SMTPAUTH_CAUSE_BAD_CREDENTIALS = 3,
    SMTPAUTH_CAUSE_APP_PASSWORD_NEEDED = 4,
    SMTPAUTH_CAUSE_WEB_LOGIN_NEEDED = 5,
    SMTPAUTH_CAUSE_SMTP_AUTH_DISABLED = 6,
    SMTPAUTH_CAUSE_OAUTH_TOKEN_EXPIRED = 7,
    SMTPAUTH_CAUSE_PASSWORD_EXPIRED = 8,
    SMTPAUTH_CAUSE_ACCOUNT_DISABLED = 9,
    SMTPAUTH_CAUSE_MECHANISM_UNSUPPORTED = 10,
    SMTPAUTH_CAUSE_TEMPORARY = 11,
    SMTPAUTH_CAUSE_RATE_LIMITED = 12,
    SMTPAUTH_CAUSE_QUOTA = 13,
    SMTPAUTH_CAUSE_IP_BLOCKED = 14,
    SMTPAUTH_CAUSE_RELAY_DENIED = 15,
    SMTPAUTH_CAUSE_NOT_PERMITTED_SENDER = 16,
    SMTPAUTH_CAUSE_CLIENT_BUG = 17,
    SMTPAUTH_CAUSE_OTHER = 18,
    SMTPAUTH_CAUSE_COUNT = 19
};

/* Actions. Values are fixed for ever. */
enum {
    SMTPAUTH_ACTION_NONE = 0,             /* nothing that a program or its settings could do */
    SMTPAUTH_ACTION_PROMPT_LOGIN = 1,     /* ask for a login, AUTH, then the same command again */
    SMTPAUTH_ACTION_REENTER_PASSWORD = 2, /* ask for the password again */
    SMTPAUTH_ACTION_START_TLS = 3,        /* STARTTLS, then go on; nothing secret before it */
    SMTPAUTH_ACTION_OTHER_MECHANISM = 4,  /* the next mechanism that both sides know */
    SMTPAUTH_ACTION_CREATE_APP_PASSWORD = 5,
    SMTPAUTH_ACTION_WEB_LOGIN = 6,        /* log in at the provider's web page, then try again */
    SMTPAUTH_ACTION_ENABLE_SMTP_AUTH = 7, /* in the settings of the mailbox */
    SMTPAUTH_ACTION_REFRESH_TOKEN = 8,    /* once */
    SMTPAUTH_ACTION_RETRY_LATER = 9,
    SMTPAUTH_ACTION_CONTACT_ADMIN = 10,
    SMTPAUTH_ACTION_FIX_SENDER = 11,  /* another sender address */
    SMTPAUTH_ACTION_FIX_PROGRAM = 12, /* the program or its configuration is at fault: do not ask the user */
    SMTPAUTH_ACTION_COUNT = 13
};

/* What to do. */
typedef struct smtpauth_advice {
    uint32_t size;           /* sizeof(smtpauth_advice); the caller's to set, the only field that is read */
    uint32_t wait_s;         /* how long the server says to wait; 0: it does not say */
    uint16_t reason;         /* of reason.h; NONE when this is no reply */
    uint16_t cause;          /* SMTPAUTH_CAUSE_... */
    uint16_t action;         /* SMTPAUTH_ACTION_... */
    uint16_t provider;       /* row of the book, from 1; 0: not recognised, or no book */
    uint16_t code;           /* of the reply; 0 when this is no reply */
    uint16_t enhanced_class; /* 0 where there is no enhanced code of the code's own class */
    uint16_t enhanced_subject;
    uint16_t enhanced_detail;
    uint8_t same_secret; /* 1: once the action is done, a program may offer the same secret by itself */

    /* 1: once the action is done, the same message may be sent without becoming a second copy or being refused
     * for what it is. */
    uint8_t resend;

    uint8_t phase; /* the situation's, or what the code told */
    uint8_t reserved8[5];
    uint64_t reserved[4];
} smtpauth_advice;

/* The provider book: which wordings are whose, what they mean there that no general rule could know, and what
 * helps. It is named by its function, so that only programs which name it link it. */
typedef struct smtpauth_provider smtpauth_provider; /* opaque: one row a wording */
typedef const smtpauth_provider *smtpauth_provider_fn(size_t *rows);
SMTPAUTH_API const smtpauth_provider *smtpauth_providers(size_t *rows);

/* Advice for one reply: raw, all lines. Line ends may be CRLF, LF or missing, lines behind the first may lack
 * the code, words may be of any charset; the first 65,536 octets, and of their words the first 2,000 or so, are
 * read. `at` may be NULL: nothing is known. `book` may be NULL: general rules only.
 * DONE; E_ARGUMENT (NULL, or a size that is not the library's: nothing is written). */
SMTPAUTH_API int32_t smtpauth_advise(const uint8_t *reply, size_t reply_len, const smtpauth_situation *at,
                                     smtpauth_provider_fn *book, smtpauth_advice *out);

/* "bad-credentials", "reenter-password"; "" for an unknown value. Static storage, never NULL. */
SMTPAUTH_API const char *smtpauth_cause_name(uint16_t cause);
SMTPAUTH_API const char *smtpauth_action_name(uint16_t action);

/* What goes with a reason: its cause and action. NONE for an unknown reason. */
SMTPAUTH_API uint16_t smtpauth_reason_cause(uint16_t reason);
SMTPAUTH_API uint16_t smtpauth_reason_action(uint16_t reason);

/* May a program offer the same secret again by itself once the action is done? smtpauth_advise may still say
 * no. */
SMTPAUTH_API bool smtpauth_reason_same_secret(uint16_t reason);

/* One more than the highest reason that only advice gives; these begin at SMTPAUTH_REASON_ADVICE. */
SMTPAUTH_API uint16_t smtpauth_advice_reason_end(void);

/* Columns of a provider's row. */
enum {
    SMTPAUTH_PROVIDER_ID = 0,     /* "gmail": for logs and JSON */
    SMTPAUTH_PROVIDER_TITLE = 1,  /* "Gmail and Google Workspace" */
    SMTPAUTH_PROVIDER_REMEDY = 2, /* what helps there */

    /* The wording: clauses by ;, of which one holds; factors by &, all; alternatives by |; ! before a factor:
     * none of them. Small letters; a blank is any run that is neither letter nor digit, and the beginning and
     * end. */
    SMTPAUTH_PROVIDER_WORDS = 3
};

/* One column of a row, as numbered in smtpauth_advice. "" for NULL, row 0, an unknown row or column. */
SMTPAUTH_API const char *smtpauth_provider_words(smtpauth_provider_fn *book, uint16_t row, uint8_t column);

SMTPAUTH_API size_t smtpauth_situation_size(void); /* sizeof(smtpauth_situation) */
SMTPAUTH_API size_t smtpauth_advice_size(void);    /* sizeof(smtpauth_advice) */

#ifdef __cplusplus
}
#endif

#endif
