/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_REASON_H
#define SMTPAUTH_REASON_H

/*
 * The catalogue: everything that can be said, one row each. A reason is a number; its row holds the reply
 * (code, enhanced code, words) and, in an object file of its own that only smtpauth_reason_words links, the
 * long words for a person. A host answers an engine's question with a reason and reads one in each event.
 *
 *     530 AUTH_REQUIRED   no login yet: answers MAIL, RCPT and their like; cured by AUTH
 *     535 AUTH_FAILED     a login was refused: answers AUTH only; cured by right credentials
 *
 * Values are fixed for ever. They begin at 16, so that no boolean is taken for an answer by
 * accident, and leave out 0xA5 to 0xFF, where verdicts are.
 */

#include <smtpauth/types.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SMTPAUTH_REASON_NONE = 0,

    /* Said when all is well. OK as an answer means "yes" to whatever was asked. */
    SMTPAUTH_REASON_OK = 16,                  /* 250 2.0.0 */
    SMTPAUTH_REASON_GREETING = 17,            /* 220 */
    SMTPAUTH_REASON_HELLO = 18,               /* 250, to EHLO, HELO, LHLO */
    SMTPAUTH_REASON_BYE = 19,                 /* 221 2.0.0 */
    SMTPAUTH_REASON_TLS_READY = 20,           /* 220 2.0.0 */
    SMTPAUTH_REASON_AUTHENTICATED = 21,       /* 235 2.7.0 */
    SMTPAUTH_REASON_CHALLENGE = 22,           /* 334 */
    SMTPAUTH_REASON_START_DATA = 23,          /* 354 */
    SMTPAUTH_REASON_SENDER_OK = 24,           /* 250 2.1.0 */
    SMTPAUTH_REASON_RECIPIENT_OK = 25,        /* 250 2.1.5 */
    SMTPAUTH_REASON_RECIPIENT_FORWARDED = 26, /* 251 2.1.5 */
    SMTPAUTH_REASON_MESSAGE_OK = 27,          /* 250 2.0.0 */
    SMTPAUTH_REASON_CHUNK_OK = 28,            /* 250 2.0.0 */
    SMTPAUTH_REASON_HELP = 29,                /* 214 2.0.0 */
    SMTPAUTH_REASON_UNVERIFIED = 30,          /* 252 2.0.0 */

    /* Authentication. */
    SMTPAUTH_REASON_AUTH_REQUIRED = 40,          /* 530 5.7.0 authenticate first */
    SMTPAUTH_REASON_TLS_REQUIRED = 41,           /* 530 5.7.0 STARTTLS first */
    SMTPAUTH_REASON_AUTH_FAILED = 42,            /* 535 5.7.8 wrong credentials */
    SMTPAUTH_REASON_AUTH_EXPIRED = 43,           /* 535 5.7.8 they were right once */
    SMTPAUTH_REASON_AUTH_TOO_WEAK = 44,          /* 534 5.7.9 */
    SMTPAUTH_REASON_AUTH_TRANSITION = 45,        /* 432 4.7.12 */
    SMTPAUTH_REASON_AUTH_DISABLED = 46,          /* 525 5.7.13 */
    SMTPAUTH_REASON_AUTH_UNAVAILABLE = 47,       /* 454 4.7.0 cannot check just now */
    SMTPAUTH_REASON_AUTH_LATER = 48,             /* 454 4.7.0 too many attempts just now */
    SMTPAUTH_REASON_AUTH_UNKNOWN_MECHANISM = 49, /* 504 5.5.4 */
    SMTPAUTH_REASON_AUTH_NEEDS_TLS = 50,         /* 504 5.5.4 this mechanism only under TLS */
    SMTPAUTH_REASON_AUTH_ALREADY = 51,           /* 503 5.5.1 */
    SMTPAUTH_REASON_AUTH_IN_TRANSACTION = 52,    /* 503 5.5.1 */
    SMTPAUTH_REASON_AUTH_NO_INITIAL = 53,        /* 501 5.7.0 the server speaks first */
    SMTPAUTH_REASON_AUTH_BASE64 = 54,            /* 501 5.5.2 */
    SMTPAUTH_REASON_AUTH_MALFORMED = 55,         /* 501 5.5.2 */
    SMTPAUTH_REASON_AUTH_CANCELLED = 56,         /* 501 5.7.0 */
    SMTPAUTH_REASON_AUTH_LINE_TOO_LONG = 57,     /* 500 5.5.6 */
    SMTPAUTH_REASON_AUTH_FAILURES = 58,          /* 421 4.7.0 too many */

    /* Commands. */
    SMTPAUTH_REASON_UNKNOWN_COMMAND = 64,    /* 500 5.5.2 */
    SMTPAUTH_REASON_LINE_TOO_LONG = 65,      /* 500 5.5.2 */
    SMTPAUTH_REASON_NOT_IMPLEMENTED = 66,    /* 502 5.5.1 */
    SMTPAUTH_REASON_HELLO_FIRST = 67,        /* 503 5.5.1 */
    SMTPAUTH_REASON_BAD_SEQUENCE = 68,       /* 503 5.5.1 */
    SMTPAUTH_REASON_NESTED_MAIL = 69,        /* 503 5.5.1 */
    SMTPAUTH_REASON_MAIL_FIRST = 70,         /* 503 5.5.1 */
    SMTPAUTH_REASON_RCPT_FIRST = 71,         /* 503 5.5.1 */
    SMTPAUTH_REASON_MALFORMED = 72,          /* 501 5.5.2 */
    SMTPAUTH_REASON_BARE_LF = 73,            /* 501 5.5.2 */
    SMTPAUTH_REASON_ARGUMENT = 74,           /* 501 5.5.4 */
    SMTPAUTH_REASON_BAD_SENDER = 75,         /* 501 5.1.7 */
    SMTPAUTH_REASON_BAD_RECIPIENT = 76,      /* 501 5.1.3 */
    SMTPAUTH_REASON_PARAMETER = 77,          /* 555 5.5.4 */
    SMTPAUTH_REASON_PARAMETER_LATER = 78,    /* 455 4.5.0 */
    SMTPAUTH_REASON_TLS_ACTIVE = 79,         /* 503 5.5.1 */
    SMTPAUTH_REASON_WRONG_HELLO = 80,        /* 500 5.5.1 EHLO to LMTP, LHLO to SMTP */
    SMTPAUTH_REASON_BDAT_SIZE = 81,          /* 501 5.5.4, and the session closes */
    SMTPAUTH_REASON_BAD_PRIORITY = 82,       /* 501 5.5.2 */
    SMTPAUTH_REASON_CHUNK_BROKEN = 83,       /* 503 5.5.1 a chunk before it failed */
    SMTPAUTH_REASON_BINARY_NEEDS_BDAT = 84,  /* 503 5.5.1 DATA after BODY=BINARYMIME */
    SMTPAUTH_REASON_TLS_FOR_REQUIRETLS = 85, /* 550 5.7.10 REQUIRETLS without TLS */
    SMTPAUTH_REASON_BY_TOO_SHORT = 86,       /* 555 5.5.4 BY= asks for less time than is offered */
    SMTPAUTH_REASON_HOLD_TOO_LONG = 87,      /* 501 5.5.4 HOLDFOR=, HOLDUNTIL= ask for more than is offered */
    SMTPAUTH_REASON_CHUNKS_BEGUN = 88,       /* 503 5.5.1 MAIL, RCPT or DATA among BDATs */

    /* Mail. */
    SMTPAUTH_REASON_MESSAGE_TOO_BIG = 96,      /* 552 5.3.4 */
    SMTPAUTH_REASON_NO_ROOM = 97,              /* 452 4.3.1 */
    SMTPAUTH_REASON_MAILBOX_FULL = 98,         /* 552 5.2.2 */
    SMTPAUTH_REASON_TOO_MANY_RECIPIENTS = 99,  /* 452 4.5.3 */
    SMTPAUTH_REASON_NO_VALID_RECIPIENTS = 100, /* 554 5.5.1 */
    SMTPAUTH_REASON_NOT_PERMITTED = 101,       /* 550 5.7.1 */
    SMTPAUTH_REASON_UTF8_SENDER = 102,         /* 550 5.6.7 */
    SMTPAUTH_REASON_UTF8_RECIPIENT = 103,      /* 553 5.6.7 */
    SMTPAUTH_REASON_BAD_CONTENT = 104,         /* 550 5.6.0 bare CR, bare LF or NUL in the message */
    SMTPAUTH_REASON_UNKNOWN_RECIPIENT = 105,   /* 550 5.1.1 */
    SMTPAUTH_REASON_RECIPIENT_LATER = 106,     /* 450 4.2.1 */
    SMTPAUTH_REASON_LOCAL_ERROR = 107,         /* 451 4.3.0 */
    SMTPAUTH_REASON_MESSAGE_REFUSED = 108,     /* 554 5.7.1 */
    SMTPAUTH_REASON_URL_NOT_TRUSTED = 109,     /* 554 5.7.14 */
    SMTPAUTH_REASON_ETRN_STARTED = 110,        /* 250 2.0.0 */
    SMTPAUTH_REASON_ETRN_NONE = 111,           /* 251 2.0.0 no messages wait */
    SMTPAUTH_REASON_ETRN_PENDING = 112,        /* 252 2.0.0 messages wait, and are on their way */
    SMTPAUTH_REASON_ETRN_LATER = 113,          /* 458 4.3.0 */
    SMTPAUTH_REASON_ETRN_NOT_ALLOWED = 114,    /* 459 4.7.1 */
    SMTPAUTH_REASON_UTF8_REPLY = 115,          /* 252 2.6.8 VRFY, EXPN: the reply would be UTF-8 */
    SMTPAUTH_REASON_XCLIENT_REFUSED = 116,     /* 550 5.7.0 */
    SMTPAUTH_REASON_REQUIRETLS_FAILED = 117,   /* 550 5.7.30 the next server does not know REQUIRETLS */

    /* The session. Those with code 421 end it. */
    SMTPAUTH_REASON_TLS_UNAVAILABLE = 120,   /* 454 4.7.0 */
    SMTPAUTH_REASON_TLS_TOO_WEAK = 121,      /* 554 5.7.0 */
    SMTPAUTH_REASON_REFUSED = 122,           /* 554 5.3.2 in place of the greeting */
    SMTPAUTH_REASON_STILL_REFUSED = 123,     /* 503 5.5.1 to all but QUIT after it */
    SMTPAUTH_REASON_TIMEOUT = 124,           /* 421 4.4.2 */
    SMTPAUTH_REASON_SHUTDOWN = 125,          /* 421 4.3.2 */
    SMTPAUTH_REASON_TOO_MANY_ERRORS = 126,   /* 421 4.7.0 */
    SMTPAUTH_REASON_TOO_IDLE = 127,          /* 421 4.7.0 too many commands that do nothing */
    SMTPAUTH_REASON_TOO_MANY_MESSAGES = 128, /* 421 4.7.0 */
    SMTPAUTH_REASON_CONNECTION_LOST = 129,   /* nothing is said */
    SMTPAUTH_REASON_TLS_FAILED = 130,        /* nothing is said: the handshake failed */
    SMTPAUTH_REASON_INJECTED = 131,          /* note only: plaintext behind STARTTLS, thrown away */
    SMTPAUTH_REASON_HOST_FAULT = 132,        /* nothing is said: the host broke the window's contract */

    /* What smtpauth_policy_check finds; never said on the wire. */
    SMTPAUTH_REASON_POLICY_SIZE = 144, /* `size` is not sizeof(smtpauth_policy), or the reserve is not zero */

    /* Unknown bits (also of extensions, asks, notes), or flags that contradict. */
    SMTPAUTH_REASON_POLICY_FLAGS = 145,

    /* None, longer than 255 octets, or neither a domain nor an address literal. */
    SMTPAUTH_REASON_POLICY_HOSTNAME = 146,

    /* Login is required, but no mechanism is offered; too many; two of one name; a host mechanism's name or
     * flags. */
    SMTPAUTH_REASON_POLICY_MECHANISM = 147,

    SMTPAUTH_REASON_POLICY_NO_TLS = 148,    /* no mechanism could ever run: TLS is neither active nor offered */
    SMTPAUTH_REASON_POLICY_WORDS = 149,     /* own words for an unknown reason, unfit, or over 100 octets */
    SMTPAUTH_REASON_POLICY_LIMIT = 150,     /* line_max under 512, or auth_line_max under line_max */
    SMTPAUTH_REASON_POLICY_SECRET = 151,    /* SCRAM is listed, but no secret of 16 octets at least */
    SMTPAUTH_REASON_POLICY_EXTENSION = 152, /* extensions that need another one, or a value that is not given */

    /* What ends a client's session or attempt (client.h); never said on the wire. */
    SMTPAUTH_REASON_REPLY_MALFORMED = 153,   /* no reply: no code, a code that changes, a NUL */
    SMTPAUTH_REASON_REPLY_TOO_LONG = 154,    /* a line over the limit, or a reply over 64 KiB */
    SMTPAUTH_REASON_REPLY_UNEXPECTED = 155,  /* nobody asked for it, or it cannot answer what was said */
    SMTPAUTH_REASON_SERVER_UNPROVEN = 156,   /* success without the server's own proof, or a wrong one */
    SMTPAUTH_REASON_TLS_MISSING = 157,       /* TLS is wanted, and not to be had */
    SMTPAUTH_REASON_REJECTED_BEFORE = 158,   /* this secret was rejected before: not sent again */
    SMTPAUTH_REASON_NO_MECHANISM = 159,      /* none that both sides know may be used here */
    SMTPAUTH_REASON_SERVER_CLOSING = 160,    /* the server said 421 */
    SMTPAUTH_REASON_MESSAGE_ABANDONED = 161, /* the host gave a message up that had begun */

    SMTPAUTH_REASON_COUNT = 162, /* one more than the highest that an engine gives or takes */

    /* What only advice gives (advice.h): clients meet these, no engine of ours says them, so they have long
     * words but no code. They begin behind the verdicts. */
    SMTPAUTH_REASON_ADVICE = 256,              /* the first */
    SMTPAUTH_REASON_APP_PASSWORD_NEEDED = 256, /* the account's own password is not taken */
    SMTPAUTH_REASON_WEB_LOGIN_NEEDED = 257,    /* the provider wants to see the person first */
    SMTPAUTH_REASON_SMTP_AUTH_DISABLED = 258,  /* the mailbox or its domain has SMTP switched off */
    SMTPAUTH_REASON_PASSWORDS_DISABLED = 259,  /* passwords are not taken at all, tokens are */
    SMTPAUTH_REASON_LOGIN_POLICY = 260,        /* the organisation's rules forbid this login */
    SMTPAUTH_REASON_TOKEN_REFUSED = 261,       /* an OAuth token that expired, was revoked or lacks a right */
    SMTPAUTH_REASON_PASSWORD_EXPIRED = 262,    /* or so weak that it must be changed first */
    SMTPAUTH_REASON_ACCOUNT_DISABLED = 263,
    SMTPAUTH_REASON_ACCOUNT_HELD = 264,         /* its owner can free it on the web */
    SMTPAUTH_REASON_AUTH_NOT_OFFERED = 265,     /* AUTH was sent where it is not offered */
    SMTPAUTH_REASON_CERTIFICATE_NEEDED = 266,   /* EXTERNAL without a client certificate */
    SMTPAUTH_REASON_LOGIN_SERVICE_BROKEN = 267, /* the server's own set-up, told as 535 */
    SMTPAUTH_REASON_RATE_LIMITED = 268,
    SMTPAUTH_REASON_QUOTA = 269,
    SMTPAUTH_REASON_DEFERRED = 270, /* greylisting and other "not now" */
    SMTPAUTH_REASON_IP_BLOCKED = 271,
    SMTPAUTH_REASON_RELAY_NEEDS_LOGIN = 272, /* relaying denied to one who has not logged in */
    SMTPAUTH_REASON_RELAY_DENIED = 273,
    SMTPAUTH_REASON_SENDER_NOT_PERMITTED = 274,
    SMTPAUTH_REASON_SENDING_NOT_GRANTED = 275, /* the login lacks the right to send */
    SMTPAUTH_REASON_DOMAIN_NOT_PROVEN = 276,   /* SPF, DKIM, DMARC */
    SMTPAUTH_REASON_SPAM = 277,
    SMTPAUTH_REASON_ACCESS_DENIED = 278,
    SMTPAUTH_REASON_REFUSED_UNSPECIFIED = 279, /* refused, and no rule knows why */
    SMTPAUTH_REASON_TLS_NOT_OFFERED = 280,
    SMTPAUTH_REASON_TLS_TOO_OLD = 281,
    SMTPAUTH_REASON_TLS_HANDSHAKE = 282,     /* the server says that the handshake failed */
    SMTPAUTH_REASON_TOO_MANY_COMMANDS = 283, /* before a login, or none of them mail */
    SMTPAUTH_REASON_HELLO_NAME = 284,
    SMTPAUTH_REASON_SETTINGS = 285,             /* the program points to the wrong server or account */
    SMTPAUTH_REASON_RECIPIENT_NOT_SERVED = 286, /* a provider that relays for nobody, of a domain of its own */
    SMTPAUTH_REASON_MAIL_LOOP = 287,            /* the message was there before */
    SMTPAUTH_REASON_ADVICE_END = 288            /* one more than the highest */
};

/* One more than the highest reason that an engine gives or takes, for languages that cannot read a header. */
SMTPAUTH_API uint16_t smtpauth_reason_count(void);

/* The reply code of a reason, 200 to 599; 0 where nothing is said or there is no such reason. */
SMTPAUTH_API uint16_t smtpauth_reason_code(uint16_t reason);

/* Its enhanced code, "5.7.8"; "" where the reply carries none (RFC 2034 4). Static storage, never NULL. */
SMTPAUTH_API const char *smtpauth_reason_enhanced(uint16_t reason);

/* The reply's words, ASCII, one line; "" for an unknown reason. Static storage, never NULL. */
SMTPAUTH_API const char *smtpauth_reason_text(uint16_t reason);

/* Columns of the long words. */
enum {
    SMTPAUTH_WORDS_NAME = 0,    /* "auth-required": the reason's name, for logs and JSON */
    SMTPAUTH_WORDS_TITLE = 1,   /* "Authentication required" */
    SMTPAUTH_WORDS_MEANING = 2, /* what it means */
    SMTPAUTH_WORDS_SEEN = 3,    /* when it is seen */
    SMTPAUTH_WORDS_FIX = 4,     /* how to fix it */
    SMTPAUTH_WORDS_SOURCE = 5,  /* RFC and section */
    SMTPAUTH_WORDS_ACTION = 6   /* what a mail program does: "prompt-login", "reenter-password", ... */
};

/* The long words of a reason; "" for an unknown reason or column. Static storage, never NULL, UTF-8. */
SMTPAUTH_API const char *smtpauth_reason_words(uint16_t reason, uint8_t column);

#ifdef __cplusplus
}
#endif

#endif
