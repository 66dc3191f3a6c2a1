/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_MECHANISM_H
#define SMTPAUTH_SASL_MECHANISM_H

/*
 * What a server half is to the engine: a row of facts and what it does with a response, with the host's secret, with
 * the host's yes. It knows nothing of SMTP: challenges leave it before base64, reasons after it.
 */

#include <smtpauth/reason.h>
#include <smtpauth/server.h>

#include "internal/text.h"
#include "sasl/mechanism_table.h"

enum { SMTPA_SCRATCH_OCTETS = 38 * 8, SMTPA_CHALLENGE_MAX = 378 /* its base64 and "334 " fit a reply */ };

/* A value of `step`: the host has refused, the client was told so in a challenge, and whatever it says now is answered by
 * that refusal, 535. */
enum { SMTPA_STEP_REFUSED = 0xFF };

/* What a turn leads to. */
enum {
    SMTPA_TURN_CHALLENGE = 1, /* send `challenge`, wait for a response */
    SMTPA_TURN_ASK = 2,       /* ask the host `question` */
    SMTPA_TURN_BROKEN = 3,    /* the exchange ends with `reason` */
    SMTPA_TURN_VERDICT = 4    /* the exchange ends with `verdict`, given before */
};

/* One turn of an exchange: what the mechanism is given, and what it makes of it. */
typedef struct smtpa_turn {
    /* in */
    uint8_t *scratch;  /* SMTPA_SCRATCH_OCTETS, live as long as the exchange, zero at its begin */
    uint8_t *step;     /* the same; 0 at its begin */
    uint8_t *response; /* decoded, in the window; may be changed where it lies */
    size_t response_len;
    bool has_response;   /* false where AUTH came without an initial response */
    uint8_t bindings;    /* SMTPAUTH_TLS_ENDPOINT, _EXPORTER */
    bool offers_plus;    /* the -PLUS form of this mechanism was offered too */
    const uint8_t *seed; /* 32 octets */
    uint32_t nonce;      /* number of this exchange's nonce */
    const smtpauth_policy *policy;
    const smtpauth_mechanism *mechanism;

    /* out */
    uint8_t outcome;    /* SMTPA_TURN_... */
    uint16_t question;  /* with ASK */
    uint16_t reason;    /* with BROKEN */
    int32_t verdict;    /* with VERDICT */
    uint8_t *challenge; /* SMTPA_CHALLENGE_MAX octets of room; NULL in `recall` */
    size_t challenge_len;
    smtpauth_view identity, authorization, password, name,
        binding; /* of the question; found again by `recall` */
    bool
        may_act; /* the host has said yes to the foreign authorization identity, and it is not asked for again */
} smtpa_turn;

struct smtpauth_mechanism {
    smtpa_mechanism_row row;
    uint16_t asks; /* the question it puts; ASK_SECRET may be followed by ASK_AUTHORIZE */
    /* Takes a response, or the want of one. */
    void (*take)(smtpa_turn *turn);
    /* Finds the views of the open question, or of the exchange that just ended, again; what cannot be found stays empty.
     * Changes nothing. */
    void (*recall)(smtpa_turn *turn);
    /* Takes the answer to ASK_SECRET, checked for shape by nobody yet; NULL where that is never asked. Returns false when
     * it cannot be a secret of this mechanism. */
    bool (*secret)(smtpa_turn *turn, const smtpauth_secret *secret);
    /* What comes of a verdict: CHALLENGE when the client has to hear something first (a server's signature, a token's
     * error), else VERDICT with the same. NULL: always the same. */
    void (*verdict)(smtpa_turn *turn, int32_t verdict);
    const void *facts; /* of its own, where several mechanisms share these functions */
};

const smtpauth_mechanism *smtpa_host_run(void); /* host.c */

/* ---- credentials.c ---- */

/* A name that may be asked about: 1 to 255 octets, no controls. An authorization identity may be empty too. */
bool smtpa_is_identity(smtpauth_view v);

/* The outcome for a name and a secret: ASK `question`, or BROKEN with the reason that refuses them unasked. */
void smtpa_turn_ask(smtpa_turn *turn, uint16_t question);
void smtpa_turn_broken(smtpa_turn *turn, uint16_t reason);
void smtpa_turn_challenge(smtpa_turn *turn, const void *octets, size_t len); /* appends to it */
void smtpa_turn_verdict(smtpa_turn *turn, int32_t verdict);

#endif
