/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* PLAIN (RFC 4616): authorization identity, NUL, authentication identity, NUL, password, in one response. */

#include "internal/text.h"
#include "sasl/mechanism.h"

/* Cuts at the first two NULs. Returns false when they are not there. */
static bool split(smtpa_turn *turn)
{
    smtpauth_view v = smtpa_view(turn->response, turn->response_len);
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

static void take(smtpa_turn *turn)
{
    if (!turn->has_response)
        smtpa_turn_challenge(turn, NULL, 0);
    else if (!split(turn))
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
    else
        smtpa_turn_ask(turn, SMTPAUTH_ASK_PASSWORD);
}

static void recall(smtpa_turn *turn)
{
    split(turn);
}

static const smtpauth_mechanism plain = {{SMTPA_PLAIN}, SMTPAUTH_ASK_PASSWORD, take, recall, NULL, NULL, NULL};

const smtpauth_mechanism *smtpauth_plain(void)
{
    return &plain;
}
