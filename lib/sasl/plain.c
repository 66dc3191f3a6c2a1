/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* PLAIN (RFC 4616): authorization identity, NUL, authentication identity, NUL, password, in one response. */

#include "internal/text.h"
#include "sasl/mechanism.h"

/* Cuts at the first two NULs. Returns false when they are not there. */
static bool split(smtpa_turn *turn)
{
    smtpauth_view v = turn->response;
    size_t nul[2] = {v.len, v.len}, found = 0;
    for (size_t i = 0; i < v.len && found < 2; i++)
        if (v.data[i] == 0)
            nul[found++] = i;
    if (found < 2)
        return false;
    turn->authorization = smtpa_slice(v, 0, nul[0]);
    turn->identity = smtpa_slice(v, nul[0] + 1, nul[1] - nul[0] - 1);
    turn->password = smtpa_slice(v, nul[1] + 1, v.len - nul[1] - 1);
    return true;
}

static void take(uint8_t *scratch, uint8_t *step, smtpa_turn *turn)
{
    (void)scratch;
    (void)step;
    if (!turn->has_response) {
        turn->outcome = SMTPA_TURN_CHALLENGE;
        turn->challenge = "";
    } else if (!split(turn)) {
        turn->outcome = SMTPA_TURN_BROKEN;
        turn->reason = SMTPAUTH_REASON_AUTH_MALFORMED;
    } else {
        smtpa_turn_ask(turn);
    }
}

static void recall(const uint8_t *scratch, smtpa_turn *turn)
{
    (void)scratch;
    split(turn);
}

static const smtpauth_mechanism plain = {"PLAIN", SMTPAUTH_MECHANISM_CLIENT_FIRST, true, take, recall};

const smtpauth_mechanism *smtpauth_plain(void)
{
    return &plain;
}
