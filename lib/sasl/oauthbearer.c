/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* OAUTHBEARER (RFC 7628 3.1): a GS2 header, ^A, and key=value pairs that end in ^A each; one of them is the token. */

#include "internal/text.h"
#include "sasl/scram_text.h"
#include "sasl/token.h"

static const char error[] = "{\"status\":\"invalid_token\"}";

enum { SEPARATOR = 1 };

static bool is_key(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++)
        if (!smtpa_is_letter(v.data[i]))
            return false;
    return v.len > 0;
}

/* VCHAR, SP, HTAB, CR, LF */
static bool is_value(smtpauth_view v)
{
    for (size_t i = 0; i < v.len; i++) {
        uint8_t c = v.data[i];
        if ((c < ' ' || c > '~') && c != '\t' && c != '\r' && c != '\n')
            return false;
    }
    return true;
}

/* Reads the pairs. `token` stays empty where there is no "auth". */
static bool read_pairs(smtpauth_view text, smtpauth_view *token)
{
    bool has_auth = false;
    *token = smtpa_slice(text, 0, 0);
    while (text.len > 1) {
        smtpauth_view pair, key;
        if (!smtpa_token_cut(&text, SEPARATOR, &pair) || !smtpa_token_cut(&pair, '=', &key) || !is_key(key) ||
            !is_value(pair))
            return false;
        if (!smtpauth_text_is(key.data, key.len, "auth"))
            continue;
        if (has_auth || !smtpa_token_bearer(pair, token))
            return false;
        has_auth = true;
    }
    return text.len == 1 && text.data[0] == SEPARATOR;
}

static bool split(smtpa_turn *turn, smtpa_gs2 *gs2, smtpauth_view *token)
{
    smtpauth_view text = smtpa_view(turn->response, turn->response_len);
    if (!smtpa_gs2_read(text, gs2) || gs2->flag == 'p' || gs2->len == text.len ||
        text.data[gs2->len] != SEPARATOR)
        return false;
    return read_pairs(smtpa_slice(text, gs2->len + 1, text.len - gs2->len - 1), token);
}

static void take(smtpa_turn *turn)
{
    smtpa_gs2 gs2;
    if (!turn->has_response) {
        smtpa_turn_challenge(turn, NULL, 0);
        return;
    }
    uint8_t name[3 * SMTPAUTH_IDENTITY_MAX + 1]; /* not in place: the pairs are read again */
    bool is_message = split(turn, &gs2, &turn->password);
    smtpauth_view raw = is_message ? gs2.authorization : smtpa_view(NULL, 0);
    size_t len = raw.len <= sizeof name ? smtpa_saslname_decode(name, sizeof name, raw) : sizeof name;
    if (!is_message || len == SIZE_MAX) {
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
        return;
    }
    turn->identity = smtpa_view(name, raw.len <= sizeof name ? len : 0);
    if (raw.len > sizeof name)
        turn->password.len = 0; /* nobody is called so: refused unasked */
    smtpa_token_ask(turn, error);
}

static void recall(smtpa_turn *turn)
{
    smtpa_gs2 gs2;
    smtpa_token_recall(turn);
    if (!split(turn, &gs2, &turn->password))
        turn->password.len = 0;
}

static void verdict(smtpa_turn *turn, int32_t given)
{
    smtpa_token_verdict(turn, given, error);
}

static const smtpauth_mechanism oauthbearer = {
    {SMTPA_OAUTHBEARER}, SMTPAUTH_ASK_TOKEN, take, recall, NULL, verdict, NULL};

const smtpauth_mechanism *smtpauth_oauthbearer(void)
{
    return &oauthbearer;
}
