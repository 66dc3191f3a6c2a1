/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* EXTERNAL (RFC 4422 appendix A): one response, the authorization identity or nothing; who it is, the layer below knows. */

#include "internal/text.h"
#include "sasl/mechanism.h"

static void recall(smtpa_turn *turn)
{
    turn->authorization = smtpa_view(turn->response, turn->response_len);
}

static void take(smtpa_turn *turn)
{
    recall(turn);
    if (!turn->has_response) {
        smtpa_turn_challenge(turn, NULL, 0);
    } else if (!smtpa_is_text(turn->authorization)) {
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
    } else if (!smtpa_is_identity(turn->authorization)) {
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_FAILED);
    } else {
        turn->outcome = SMTPA_TURN_ASK;
        turn->question = SMTPAUTH_ASK_EXTERNAL;
    }
}

static const smtpauth_mechanism external = {
    {SMTPA_EXTERNAL}, SMTPAUTH_ASK_EXTERNAL, take, recall, NULL, NULL, NULL};

const smtpauth_mechanism *smtpauth_external(void)
{
    return &external;
}
