/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* ANONYMOUS (RFC 4505): one response, a trace of at most 255 characters that the client leaves, or nothing. */

#include "internal/text.h"
#include "sasl/mechanism.h"

enum { TRACE_MAX = 255 };

static bool is_trace(smtpauth_view v)
{
    size_t characters = 0;
    for (size_t i = 0; i < v.len; i++)
        characters += (v.data[i] & 0xC0) != 0x80; /* a UTF-8 sequence's first octet */
    return smtpa_is_text(v) && !smtpa_has_control(v) && characters <= TRACE_MAX;
}

static void recall(smtpa_turn *turn)
{
    turn->name = smtpa_view(turn->response, turn->response_len);
}

static void take(smtpa_turn *turn)
{
    recall(turn);
    if (!turn->has_response) {
        smtpa_turn_challenge(turn, NULL, 0);
    } else if (!is_trace(turn->name)) {
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
    } else {
        turn->outcome = SMTPA_TURN_ASK;
        turn->question = SMTPAUTH_ASK_ANONYMOUS;
    }
}

static const smtpauth_mechanism anonymous = {
    {SMTPA_ANONYMOUS}, SMTPAUTH_ASK_ANONYMOUS, take, recall, NULL, NULL, NULL};

const smtpauth_mechanism *smtpauth_anonymous(void)
{
    return &anonymous;
}
