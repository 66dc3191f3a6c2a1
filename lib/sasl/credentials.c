/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* What every server half holds of names and secrets before a host is asked (RFC 4616 2, RFC 4954 4), and the outcomes of
 * a turn. */

#include "sasl/mechanism.h"

#include <string.h>

#include "internal/text.h"

const char *smtpauth_mechanism_name(const smtpauth_mechanism *mechanism)
{
    return mechanism != NULL ? mechanism->row.name : "";
}

bool smtpa_is_identity(smtpauth_view v)
{
    return v.len <= SMTPAUTH_IDENTITY_MAX && !smtpa_has_control(v);
}

void smtpa_turn_ask(smtpa_turn *turn, uint16_t question)
{
    bool is_message =
        smtpa_is_text(turn->identity) && smtpa_is_text(turn->authorization) && smtpa_is_text(turn->password);
    bool wants_password = question == SMTPAUTH_ASK_PASSWORD;
    /* An empty password never reaches the host: a directory may take a bind with one for an anonymous login. */
    bool is_fit = turn->identity.len > 0 && smtpa_is_identity(turn->identity) &&
                  smtpa_is_identity(turn->authorization) && (turn->password.len > 0 || !wants_password);
    if (!is_message) {
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
    } else if (!is_fit) {
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_FAILED);
    } else {
        turn->outcome = SMTPA_TURN_ASK;
        turn->question = question;
    }
}

void smtpa_turn_broken(smtpa_turn *turn, uint16_t reason)
{
    turn->outcome = SMTPA_TURN_BROKEN;
    turn->reason = reason;
}

void smtpa_turn_challenge(smtpa_turn *turn, const void *octets, size_t len)
{
    turn->outcome = SMTPA_TURN_CHALLENGE;
    if (len > 0 && turn->challenge != NULL && len <= SMTPA_CHALLENGE_MAX - turn->challenge_len) {
        memcpy(turn->challenge + turn->challenge_len, octets, len);
        turn->challenge_len += len;
    }
}

void smtpa_turn_verdict(smtpa_turn *turn, int32_t verdict)
{
    turn->outcome = SMTPA_TURN_VERDICT;
    turn->verdict = verdict;
}
