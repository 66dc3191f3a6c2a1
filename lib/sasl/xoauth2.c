/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* XOAUTH2, as Google and Microsoft document it: "user=" name ^A "auth=Bearer " token ^A ^A. */

#include <string.h>

#include "internal/text.h"
#include "sasl/token.h"

static const char error[] = "{\"status\":\"401\",\"schemes\":\"bearer\"}";

enum { SEPARATOR = 1 };

/* Cuts `key` off the begin of a piece. */
static bool value_of(smtpauth_view piece, const char *key, smtpauth_view *value)
{
    size_t len = strlen(key);
    if (piece.len < len || !smtpauth_text_is(piece.data, len, key))
        return false;
    *value = smtpa_slice(piece, len, piece.len - len);
    return true;
}

static bool split(smtpa_turn *turn, smtpauth_view *user, smtpauth_view *token)
{
    smtpauth_view text = smtpa_view(turn->response, turn->response_len), name, auth, credential;
    return smtpa_token_cut(&text, SEPARATOR, &name) && smtpa_token_cut(&text, SEPARATOR, &auth) &&
           text.len == 1 && text.data[0] == SEPARATOR && value_of(name, "user=", user) &&
           value_of(auth, "auth=", &credential) && smtpa_token_bearer(credential, token);
}

static void take(smtpa_turn *turn)
{
    if (!turn->has_response) {
        smtpa_turn_challenge(turn, NULL, 0);
    } else if (!split(turn, &turn->identity, &turn->password)) {
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
    } else {
        if (turn->identity.len == 0)
            turn->password.len = 0; /* a blank name is refused unasked */
        smtpa_token_ask(turn, error);
    }
}

static void recall(smtpa_turn *turn)
{
    smtpauth_view user;
    smtpa_token_recall(turn);
    if (!split(turn, &user, &turn->password))
        turn->password.len = 0;
}

static void verdict(smtpa_turn *turn, int32_t given)
{
    smtpa_token_verdict(turn, given, error);
}

static const smtpauth_mechanism xoauth2 = {
    {SMTPA_XOAUTH2}, SMTPAUTH_ASK_TOKEN, take, recall, NULL, verdict, NULL};

const smtpauth_mechanism *smtpauth_xoauth2(void)
{
    return &xoauth2;
}
