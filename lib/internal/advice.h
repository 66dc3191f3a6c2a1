/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_INTERNAL_ADVICE_H
#define SMTPAUTH_INTERNAL_ADVICE_H

/* What the files of the advice share: the reply as rules see it, and the rules. */

#include <smtpauth/advice.h>
#include <smtpauth/reply.h>

enum { SMTPA_WORDS_MAX = 2048 };

/* The words of all lines as one text: ASCII letters small, each run of other ASCII one blank, a blank at both ends.
 * So a blank in a pattern is the edge of a word, and "app password" finds "App-Password" and one split over lines. */
typedef struct smtpa_words {
    uint8_t text[SMTPA_WORDS_MAX];
    size_t len;
} smtpa_words;

/* Reads a reply however it is broken. `read` gets code (0: no reply), enhanced code, and the first line's words. */
void smtpa_words_read(smtpa_words *words, const uint8_t *reply, size_t len, smtpauth_reply *read);

/* Does the pattern hold? Clauses by ';', of which one must hold; factors by '&', all; alternatives by '|', one; '!'
 * before a factor: none of its alternatives. "a|b&c;d&!e|f": (a or b) and c, or d with neither e nor f. NULL holds. */
bool smtpa_words_match(const smtpa_words *words, const char *pattern);

/* Seconds of "try again in 5 minutes"; 0 when the words name no wait. */
uint32_t smtpa_words_wait(const smtpa_words *words);

/* What the rules look at. */
typedef struct smtpa_facts {
    smtpauth_situation at;   /* with the phase that the code tells, if none was given */
    uint16_t code, enhanced; /* enhanced: subject and detail by SMTPA_ENHANCED, 0 for none */
    smtpa_words words;
} smtpa_facts;

#define SMTPA_ENHANCED(subject, detail) ((uint16_t)(1 + (subject)*1000 + (detail)))

/* Phases as bits. */
enum {
    SMTPA_AT_AUTH = 1 << SMTPAUTH_PHASE_AUTH,
    SMTPA_AT_STARTTLS = 1 << SMTPAUTH_PHASE_STARTTLS,
    SMTPA_AT_HELLO = 1 << SMTPAUTH_PHASE_HELLO,
    SMTPA_AT_OPENING = 1 << SMTPAUTH_PHASE_CONNECT | SMTPA_AT_HELLO,
    SMTPA_AT_UNKNOWN = 1 << SMTPAUTH_PHASE_UNKNOWN,
    SMTPA_AT_MAIL = 1 << SMTPAUTH_PHASE_MAIL,
    SMTPA_AT_RCPT = 1 << SMTPAUTH_PHASE_RCPT,
    SMTPA_AT_MESSAGE = 1 << SMTPAUTH_PHASE_MESSAGE,
    SMTPA_AT_ENVELOPE = SMTPA_AT_MAIL | SMTPA_AT_RCPT | 1 << SMTPAUTH_PHASE_DATA,
    SMTPA_AT_SENDING = SMTPA_AT_ENVELOPE | SMTPA_AT_MESSAGE | SMTPA_AT_UNKNOWN,
    SMTPA_AT_ANY = (1 << SMTPAUTH_PHASE_COUNT) - 1
};

/* Conditions on the session. */
enum {
    SMTPA_IF_ANY = 0,
    SMTPA_IF_LOGGED_IN = 1,     /* authenticated is YES */
    SMTPA_IF_NOT_LOGGED_IN = 2, /* is NO */
    SMTPA_IF_MAY_LOG_IN = 4,    /* is not YES, and AUTH may be offered */
    SMTPA_IF_CLEAR = 8,         /* TLS may be missing */
    SMTPA_IF_TLS_LEFT = 16      /* TLS is missing, and offered */
};

/* One rule: the reason of a reply that fits all its columns. */
typedef struct smtpa_rule {
    uint16_t low, high; /* codes */
    uint16_t enhanced;  /* 0: any */
    uint16_t phases, conditions;
    uint16_t reason;
    const char *words;  /* NULL: any */
    const char *unless; /* words that keep the rule from fitting; NULL: none */
} smtpa_rule;

/* The first row that fits wins; the last fits all. 0 when the table is left without one. */
uint16_t smtpa_rules_find(const smtpa_rule *rules, size_t count, const smtpa_facts *facts);

/* Reason of a reply of class 4, of class 5 to AUTH, of class 5 to the rest. */
uint16_t smtpa_advise_temporary(const smtpa_facts *facts);
uint16_t smtpa_advise_auth(const smtpa_facts *facts);
uint16_t smtpa_advise_sending(const smtpa_facts *facts);

/* What goes with a reason. */
typedef struct smtpa_reason_advice {
    uint8_t cause, action;
    bool same_secret, resend;
} smtpa_reason_advice;

const smtpa_reason_advice *smtpa_reason_advice_of(uint16_t reason);

/* A row of the book: a wording of one provider. */
struct smtpauth_provider {
    const char *id, *title;
    uint16_t low, high;  /* codes */
    uint16_t when;       /* only where the general rules say so; 0: whatever they say */
    uint16_t reason;     /* in its place, where the words fit; 0: as they say */
    const char *words;   /* of the reply */
    const char *servers; /* or ends of the server's name, by '|'; NULL: none */
    const char *remedy;
};

/* The first row of the book that fits, from 1; 0 for none. */
uint16_t smtpa_provider_find(smtpauth_provider_fn *book, const smtpa_facts *facts, uint16_t reason,
                             const smtpauth_provider **row);

#endif
