/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "sasl/token.h"

#include <string.h>

#include "internal/text.h"

/* Scratch: the identity's length, then the identity. It outlives the response, for the note behind a refusal. */
enum { AT_LEN = 0, AT_NAME = 1 };

bool smtpa_token_cut(smtpauth_view *text, uint8_t end, smtpauth_view *piece)
{
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] == end) {
            *piece = smtpa_slice(*text, 0, i);
            *text = smtpa_slice(*text, i + 1, text->len - i - 1);
            return true;
        }
    return false;
}

/* b64token, and the few more that RFC 7628 lets a value hold in print. */
static bool is_token(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (v.data[i] <= ' ' || v.data[i] > '~')
            return false;
    return true;
}

bool smtpa_token_bearer(smtpauth_view value, smtpauth_view *token)
{
    static const char scheme[] = "Bearer";
    const size_t len = sizeof scheme - 1;
    *token = smtpa_slice(value, value.len, 0);
    if (value.len == 0)
        return true;
    if (value.len < len || !smtpauth_text_is(value.data, len, scheme))
        return false;
    size_t at = len;
    while (at < value.len && value.data[at] == ' ')
        at++;
    *token = smtpa_slice(value, at, value.len - at);
    return (at > len || at == value.len) && is_token(*token);
}

void smtpa_token_recall(smtpa_turn *turn)
{
    turn->identity = smtpa_view(turn->scratch + AT_NAME, turn->scratch[AT_LEN]);
}

void smtpa_token_ask(smtpa_turn *turn, const char *json)
{
    if (!smtpa_is_text(turn->identity)) {
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
        return;
    }
    bool is_fit = smtpa_is_identity(turn->identity);
    if (is_fit && turn->identity.len > 0) {
        turn->scratch[AT_LEN] = (uint8_t)turn->identity.len;
        memmove(turn->scratch + AT_NAME, turn->identity.data, turn->identity.len);
    }
    smtpa_token_recall(turn);
    if (is_fit && turn->password.len > 0) {
        turn->outcome = SMTPA_TURN_ASK;
        turn->question = SMTPAUTH_ASK_TOKEN;
    } else {
        smtpa_token_verdict(turn, SMTPAUTH_REJECTED, json);
    }
}

void smtpa_token_verdict(smtpa_turn *turn, int32_t verdict, const char *json)
{
    if (verdict != SMTPAUTH_REJECTED) {
        smtpa_turn_verdict(turn, verdict);
        return;
    }
    *turn->step = SMTPA_STEP_REFUSED;
    smtpa_turn_challenge(turn, json, strlen(json));
}
