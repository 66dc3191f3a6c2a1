/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* SCRAM's conduct: which message comes next, what the host's verdict does, and the hashing that both messages share. */

#include "sasl/scram.h"

#include <string.h>

#include "internal/text.h"
#include "sasl/scram_keys.h"

const smtpa_scram *smtpa_scram_facts(const smtpa_turn *turn)
{
    return turn->mechanism->facts;
}

smtpa_blocks_fn *smtpa_scram_faster(const smtpa_turn *turn)
{
    return smtpa_scram_blocks(turn->policy->crypto, smtpa_scram_facts(turn)->hash);
}

static void hash_begin(const smtpa_turn *turn, smtpa_hashing *h)
{
    smtpa_hash_begin(h, smtpa_scram_facts(turn)->hash, smtpa_scram_faster(turn));
}

void smtpa_scram_hash(const smtpa_turn *turn, smtpauth_view v, uint8_t *digest)
{
    smtpa_hashing h;
    hash_begin(turn, &h);
    smtpa_hash_add(&h, v.data, v.len);
    smtpa_hash_end(&h, digest);
}

void smtpa_scram_repeated(const smtpa_turn *turn, const uint8_t *gs2, smtpauth_view binding,
                          smtpauth_view nonce, uint8_t *digest)
{
    smtpa_hashing h;
    uint8_t data[SMTPA_DIGEST_MAX];
    size_t len = smtpa_scram_facts(turn)->hash->digest_len;
    smtpa_scram_hash(turn, binding, data);
    hash_begin(turn, &h);
    smtpa_hash_add(&h, gs2, len);
    smtpa_hash_add(&h, data, len);
    smtpa_hash_add(&h, nonce.data, nonce.len);
    smtpa_hash_end(&h, digest);
}

void smtpa_scram_add_base64(smtpa_turn *turn, smtpauth_view v)
{
    size_t len;
    smtpauth_base64_encode(turn->challenge + turn->challenge_len, SMTPA_CHALLENGE_MAX - turn->challenge_len,
                           v.data, v.len, &len);
    turn->challenge_len += len;
}

static void recall_asked(smtpa_turn *turn)
{
    smtpa_scram_asked a;
    memcpy(&a, turn->scratch, sizeof a);
    turn->identity = smtpa_view(turn->scratch + offsetof(smtpa_scram_asked, name), a.name_len);
    if ((size_t)a.authorization_at + a.authorization_len <= turn->response_len)
        turn->authorization = smtpa_view(turn->response + a.authorization_at, a.authorization_len);
    turn->binding = smtpa_scram_binding_name(a.binding);
}

static void recall_proving(smtpa_turn *turn)
{
    const size_t at = offsetof(smtpa_scram_proving, name), len_at = offsetof(smtpa_scram_proving, name_len);
    uint8_t len = turn->scratch[len_at];
    turn->identity = smtpa_view(turn->scratch + at, len <= SCRAM_NAME_KEPT ? len : 0);
}

void smtpa_scram_recall(smtpa_turn *turn)
{
    if (*turn->step == SCRAM_STEP_ASKED)
        recall_asked(turn);
    else if (*turn->step >= SCRAM_STEP_PROOF && *turn->step <= SCRAM_STEP_SIGNED)
        recall_proving(turn);
}

void smtpa_scram_verdict(smtpa_turn *turn, int32_t verdict)
{
    smtpa_scram_proving p;
    memcpy(&p, turn->scratch, sizeof p);
    bool is_yes = verdict == SMTPAUTH_ACCEPTED || verdict == SMTPAUTH_ACCEPTED_AS;
    if (*turn->step == SCRAM_STEP_PROVEN && is_yes) {
        if (p.is_foreign && !p.may_act && verdict == SMTPAUTH_ACCEPTED) {
            smtpa_turn_verdict(turn, SMTPAUTH_REJECTED);
        } else {
            *turn->step = SCRAM_STEP_SIGNED;
            turn->scratch[offsetof(smtpa_scram_proving, agreed)] = SCRAM_AGREED;
            smtpa_turn_challenge(turn, "v=", 2);
            smtpa_scram_add_base64(turn, smtpa_view(p.server_key, smtpa_scram_facts(turn)->hash->digest_len));
        }
    }
    smtpauth_wipe(&p, sizeof p);
}

static void take_empty(smtpa_turn *turn)
{
    bool is_agreed = turn->scratch[offsetof(smtpa_scram_proving, agreed)] == SCRAM_AGREED;
    if (turn->response_len == 0 && is_agreed)
        smtpa_turn_verdict(turn, SMTPAUTH_ACCEPTED_AS); /* the host said so when it was asked */
    else
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
}

void smtpa_scram_take(smtpa_turn *turn)
{
    switch (*turn->step) {
    case SCRAM_STEP_BEGIN:
        if (turn->has_response)
            smtpa_scram_take_first(turn);
        else
            smtpa_turn_challenge(turn, NULL, 0);
        break;
    case SCRAM_STEP_PROOF:
        smtpa_scram_take_final(turn);
        break;
    case SCRAM_STEP_SIGNED:
        take_empty(turn);
        break;
    default:
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
        break;
    }
}
