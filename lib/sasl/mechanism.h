/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_MECHANISM_H
#define SMTPAUTH_SASL_MECHANISM_H

/* What a mechanism is to the engine: a row of facts and one function that takes a response. */

#include <smtpauth/reason.h>
#include <smtpauth/sasl.h>
#include <smtpauth/tracker.h>

enum { SMTPA_TURN_CHALLENGE = 1, SMTPA_TURN_ASK = 2, SMTPA_TURN_BROKEN = 3 };

/* One turn of an exchange. */
typedef struct smtpa_turn {
    bool has_response;      /* in: false where AUTH came without an initial response */
    smtpauth_view response; /* in: decoded */
    uint8_t outcome;        /* out: SMTPA_TURN_... */
    uint16_t reason;        /* out: with BROKEN */
    const char *challenge;  /* out: with CHALLENGE, not yet base64 */
    smtpauth_view identity, authorization, password; /* out: with ASK */
} smtpa_turn;

enum { SMTPA_SCRATCH_OCTETS = 33 * 8 };

struct smtpauth_mechanism {
    const char *name;
    uint8_t first;  /* SMTPAUTH_MECHANISM_CLIENT_FIRST or _SERVER_FIRST */
    bool needs_tls; /* by default */
    /* Takes a response; `scratch` (SMTPA_SCRATCH_OCTETS) and `step` live as long as the exchange. */
    void (*take)(uint8_t *scratch, uint8_t *step, smtpa_turn *turn);
    /* Finds the views of the last ASK again; what cannot be found stays empty. Changes nothing. */
    void (*recall)(const uint8_t *scratch, smtpa_turn *turn);
};

/* The outcome for a name and a password: ASK, or BROKEN with the reason that refuses them unasked. */
void smtpa_turn_ask(smtpa_turn *turn);

#endif
