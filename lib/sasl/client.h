/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_CLIENT_H
#define SMTPAUTH_SASL_CLIENT_H

/*
 * What a client half is to the exchange (exchange.c): a row of facts and what it responds to a challenge. It knows
 * nothing of a protocol around it, and is asked for each response twice: a rehearsal, which shows the length and changes
 * nothing, then for good. So no mechanism has to reckon beforehand what it is about to write, and too small a window
 * leaves everything as it was.
 */

#include <smtpauth/sasl.h>

#include "crypto/crypto.h"
#include "internal/text.h"
#include "sasl/mechanism_table.h"

/* One step of an exchange: what the mechanism is given, and what it makes of it. */
typedef struct smtpa_client_step {
    /* in */
    smtpauth_exchange *x; /* x->step counts the responses given so far; x->scratch is the mechanism's own */
    const smtpauth_credentials *who; /* views whose data is there, nothing else is checked yet */
    smtpauth_view challenge;         /* empty for the initial response */
    bool is_rehearsal;

    /* out */
    bool is_proven; /* with this response out, a success may be believed */
    uint8_t *out;
    size_t cap, len; /* len over cap: only counted */
} smtpa_client_step;

struct smtpauth_client_mechanism {
    smtpa_mechanism_row row;
    uint8_t responses; /* at most, in one exchange */
    /* Writes the response; returns SMTPAUTH_EXCHANGE_SEND, or with nothing written _AGAIN, E_WORDS, E_ANSWER. */
    int32_t (*respond)(smtpa_client_step *step);
    /* Makes a nonce; NULL where no seed is wanted. */
    void (*begin)(smtpauth_exchange *x, const uint8_t *seed, size_t seed_len);
    const smtpa_hash *hash; /* SCRAM's; NULL for others */
};

/* Appends to the response. */
void smtpa_client_put(smtpa_client_step *step, const void *octets, size_t len);
void smtpa_client_put_view(smtpa_client_step *step, smtpauth_view v);

/* Is something there, and is it UTF-8 without a NUL? */
bool smtpa_client_has(smtpauth_view v);

/* For mechanisms that cannot say as whom to act. */
bool smtpa_client_acts_as_itself(const smtpauth_credentials *who);

/* ---- client_token.c, for XOAUTH2 and OAUTHBEARER ---- */

/* Whose mailbox it is: as whom to act, or else the identity. */
smtpauth_view smtpa_client_user(const smtpauth_credentials *who);

/* Is it such a name, or empty, and is there a token? */
bool smtpa_client_has_token(const smtpauth_credentials *who);

/* Appends the pair that holds the token, and the end of the pairs. */
void smtpa_client_put_bearer(smtpa_client_step *step);

#endif
