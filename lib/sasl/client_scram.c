/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * SCRAM's conduct and arithmetic on the client's side (RFC 5802 3, 5): a nonce, the password salted in slices, the proof,
 * and the server's signature, which is known before the server shows it.
 */

#include <string.h>

#include <smtpauth/text.h>

#include "sasl/client_scram.h"

typedef char scram_fits[sizeof(smtpa_scram_client) <= sizeof((smtpauth_exchange *)0)->scratch ? 1 : -1];

static smtpa_blocks_fn *faster(const smtpauth_exchange *x)
{
    return smtpa_scram_blocks(x->crypto, x->mechanism->hash);
}

static smtpauth_view own_nonce(const smtpa_scram_client *state)
{
    return smtpa_view(state->nonce, state->nonce_len);
}

void smtpa_scram_begin(smtpauth_exchange *x, const uint8_t *seed, size_t seed_len)
{
    smtpa_scram_client state;
    uint8_t key[SMTPA_SEED_OCTETS] = {0};
    memset(&state, 0, sizeof state);
    memcpy(key, seed, seed_len);
    state.nonce_len = (uint8_t)smtpa_nonce(key, 0, x->mechanism->hash, faster(x), state.nonce);
    memcpy(x->scratch, &state, sizeof state);
    smtpauth_wipe(key, sizeof key);
}

static int32_t say_first(smtpa_client_step *step, const smtpa_scram_client *state)
{
    if (!smtpa_scram_is_fit(step))
        return SMTPAUTH_E_ANSWER;
    smtpa_scram_put_first(step, own_nonce(state));
    return SMTPAUTH_EXCHANGE_SEND;
}

/* Goes on salting the password, as far as one call goes. Is it done? */
static bool salt(const smtpa_client_step *step, smtpa_scram_client *state, const smtpa_scram_first *first)
{
    const smtpauth_exchange *x = step->x;
    smtpauth_view password = step->who->secret;
    uint32_t rounds = x->slice != 0 ? x->slice : UINT32_MAX;
    if (!state->is_salting) {
        smtpa_pbkdf2_begin(&state->salting, x->mechanism->hash, faster(x), password.data, password.len,
                           first->salt, first->salt_len, first->iterations);
        state->is_salting = true;
        rounds--; /* it has run one */
    }
    return smtpa_pbkdf2_run(&state->salting, x->mechanism->hash, faster(x), rounds);
}

/* Signs AuthMessage: both first messages, and what the response holds so far. */
static void sign(const smtpa_client_step *step, const smtpa_scram_client *state, const uint8_t *key,
                 uint8_t *signature)
{
    smtpa_hmac hmac;
    const smtpa_hash *hash = step->x->mechanism->hash;
    smtpa_hmac_begin(&hmac, hash, faster(step->x), key, hash->digest_len);
    smtpa_scram_sign_first(&hmac, step->who, own_nonce(state));
    smtpa_hmac_add(&hmac, ",", 1);
    smtpa_hmac_add(&hmac, step->challenge.data, step->challenge.len);
    smtpa_hmac_add(&hmac, ",", 1);
    smtpa_hmac_add(&hmac, step->out, step->len);
    smtpa_hmac_end(&hmac, signature);
}

/* Makes the proof, keeps the server's signature, forgets the keys. */
static void prove(const smtpa_client_step *step, smtpa_scram_client *state, uint8_t *proof)
{
    const smtpa_hash *hash = step->x->mechanism->hash;
    uint8_t client_key[SMTPA_DIGEST_MAX], stored_key[SMTPA_DIGEST_MAX], server_key[SMTPA_DIGEST_MAX];
    smtpa_scram_keys(hash, faster(step->x), state->salting.sum, client_key, stored_key, server_key);
    sign(step, state, stored_key, proof);
    for (size_t i = 0; i < hash->digest_len; i++)
        proof[i] = (uint8_t)(proof[i] ^ client_key[i]);
    sign(step, state, server_key, state->server_signature);
    smtpauth_wipe(&state->salting, sizeof state->salting);
    smtpauth_wipe(client_key, sizeof client_key);
    smtpauth_wipe(stored_key, sizeof stored_key);
    smtpauth_wipe(server_key, sizeof server_key);
}

static int32_t say_proof(smtpa_client_step *step, smtpa_scram_client *state)
{
    smtpa_scram_first first;
    uint8_t proof[SMTPA_DIGEST_MAX] = {0}; /* of the right length for the rehearsal */
    if (!smtpa_scram_is_fit(step))
        return SMTPAUTH_E_ANSWER;
    if (!smtpa_scram_read_first(step->x, step->challenge, own_nonce(state), &first))
        return SMTPAUTH_E_WORDS;
    if (!step->is_rehearsal && !salt(step, state, &first))
        return SMTPAUTH_EXCHANGE_AGAIN;
    smtpa_scram_put_final(step, first.nonce);
    if (!step->is_rehearsal)
        prove(step, state, proof);
    smtpa_client_put(step, ",p=", 3);
    smtpa_scram_put_base64(step, smtpa_view(proof, step->x->mechanism->hash->digest_len));
    return SMTPAUTH_EXCHANGE_SEND;
}

static int32_t take_signature(smtpa_client_step *step, const smtpa_scram_client *state)
{
    uint8_t signature[SMTPA_DIGEST_MAX + 2]; /* base64 in whole groups */
    size_t len = step->x->mechanism->hash->digest_len;
    step->is_proven = smtpa_scram_read_final(step->challenge, len, signature) &&
                      smtpauth_secret_equal(signature, len, state->server_signature, len);
    return step->is_proven ? SMTPAUTH_EXCHANGE_SEND : SMTPAUTH_E_WORDS;
}

int32_t smtpa_scram_respond(smtpa_client_step *step)
{
    smtpa_scram_client state;
    memcpy(&state, step->x->scratch, sizeof state);
    int32_t result = step->x->step == 0   ? say_first(step, &state)
                     : step->x->step == 1 ? say_proof(step, &state)
                                          : take_signature(step, &state);
    memcpy(step->x->scratch, &state, sizeof state);
    smtpauth_wipe(&state, sizeof state);
    return result;
}
