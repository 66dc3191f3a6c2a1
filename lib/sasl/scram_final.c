/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* SCRAM's last message from the client: what it repeats, and its proof. */

#include "sasl/scram.h"

#include <string.h>

#include "internal/text.h"
#include "sasl/scram_text.h"

typedef struct final_message {
    smtpauth_view binding, nonce, proof, without_proof; /* not decoded */
} final_message;

/* c=...,r=...,extensions,p=... */
static bool cut(smtpauth_view response, final_message *m)
{
    smtpauth_view text = response;
    size_t last = response.len;
    while (last > 0 && response.data[last - 1] != ',')
        last--;
    if (last == 0 || !smtpa_is_text(response) || !smtpa_scram_attribute(&text, 'c', &m->binding) ||
        !smtpa_scram_attribute(&text, 'r', &m->nonce) || !smtpa_scram_is_nonce(m->nonce))
        return false;
    smtpauth_view behind = smtpa_slice(response, last, response.len - last);
    m->without_proof = smtpa_slice(response, 0, last - 1);
    if (m->nonce.data + m->nonce.len >= behind.data || !smtpa_scram_attribute(&behind, 'p', &m->proof))
        return false;
    size_t between = (size_t)(response.data + last - text.data); /* extensions with the comma behind them */
    return between == 0 || smtpa_scram_are_extensions(smtpa_slice(text, 0, between - 1));
}

/* Hashes what c= and r= repeat; c= is decoded where it lies. */
static bool hash_repeated(const smtpa_turn *turn, const final_message *m, uint8_t *digest)
{
    size_t len;
    smtpa_gs2 gs2;
    uint8_t header[SMTPA_DIGEST_MAX];
    uint8_t *place = turn->response + (m->binding.data - turn->response);
    if (smtpauth_base64_decode(place, m->binding.data, m->binding.len, &len) != SMTPAUTH_DONE)
        return false;
    smtpauth_view input = smtpa_view(place, len);
    if (!smtpa_gs2_read(input, &gs2))
        return false;
    smtpa_scram_hash(turn, smtpa_slice(input, 0, gs2.len), header);
    smtpa_scram_repeated(turn, header, smtpa_slice(input, gs2.len, input.len - gs2.len), m->nonce, digest);
    return true;
}

/* Ends one of the HMACs. */
static void end_signature(const smtpa_turn *turn, const smtpa_scram_proving *p, const uint8_t *key,
                          const uint32_t *state, smtpauth_view without_proof, uint8_t *signature)
{
    smtpa_hmac hmac;
    const smtpa_hash *hash = smtpa_scram_facts(turn)->hash;
    smtpa_hmac_begin(&hmac, hash, smtpa_scram_faster(turn), key, hash->digest_len);
    memcpy(hmac.inner.state, state, sizeof hmac.inner.state);
    memcpy(hmac.inner.buffer, p->buffer, sizeof hmac.inner.buffer);
    hmac.inner.len = p->len;
    smtpa_hmac_add(&hmac, without_proof.data, without_proof.len);
    smtpa_hmac_end(&hmac, signature);
}

/* ClientProof XOR ClientSignature is a key whose hash is stored (RFC 5802 3). */
static bool is_proof(const smtpa_turn *turn, const smtpa_scram_proving *p, const uint8_t *proof,
                     smtpauth_view without_proof)
{
    uint8_t key[SMTPA_DIGEST_MAX], hashed[SMTPA_DIGEST_MAX];
    size_t len = smtpa_scram_facts(turn)->hash->digest_len;
    end_signature(turn, p, p->stored_key, p->client, without_proof, key);
    for (size_t i = 0; i < len; i++)
        key[i] = (uint8_t)(key[i] ^ proof[i]);
    smtpa_scram_hash(turn, smtpa_view(key, len), hashed);
    bool is_right = smtpauth_secret_equal(hashed, len, p->stored_key, len);
    smtpauth_wipe(key, sizeof key);
    return is_right;
}

/* Only the server's signature is needed any more, and the name for the note. */
static void keep_signature(smtpa_turn *turn, const uint8_t *signature, size_t len)
{
    smtpauth_wipe(turn->scratch, offsetof(smtpa_scram_proving, is_known));
    memcpy(turn->scratch + offsetof(smtpa_scram_proving, server_key), signature, len);
    *turn->step = SCRAM_STEP_PROVEN;
}

/* Checks the message, cut and its proof decoded. */
static void check(smtpa_turn *turn, const final_message *m, const uint8_t *proof)
{
    smtpa_scram_proving p;
    uint8_t signature[SMTPA_DIGEST_MAX], repeated[SMTPA_DIGEST_MAX];
    size_t len = smtpa_scram_facts(turn)->hash->digest_len;
    memcpy(&p, turn->scratch, sizeof p);
    bool is_right = is_proof(turn, &p, proof, m->without_proof);
    end_signature(turn, &p, p.server_key, p.server, m->without_proof, signature);
    bool is_message = hash_repeated(turn, m, repeated); /* last, as it overwrites what was hashed above */
    keep_signature(turn, signature, len);
    if (!is_message) {
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
    } else if (!smtpauth_secret_equal(repeated, len, p.repeated, len) || !is_right || !p.is_known) {
        smtpa_turn_verdict(turn, SMTPAUTH_REJECTED);
    } else {
        turn->outcome = SMTPA_TURN_ASK;
        turn->question = SMTPAUTH_ASK_AUTHORIZE;
    }
    smtpauth_wipe(&p, sizeof p);
    smtpauth_wipe(signature, sizeof signature);
}

void smtpa_scram_take_final(smtpa_turn *turn)
{
    final_message m;
    uint8_t proof[SMTPA_DIGEST_MAX + 2]; /* base64 in whole groups */
    size_t len = smtpa_scram_facts(turn)->hash->digest_len, proof_len = 0;
    bool is_message = cut(smtpa_view(turn->response, turn->response_len), &m) &&
                      m.proof.len == smtpauth_base64_encoded_len(len) &&
                      smtpauth_base64_decode(proof, m.proof.data, m.proof.len, &proof_len) == SMTPAUTH_DONE &&
                      proof_len == len;
    if (is_message)
        check(turn, &m, proof);
    else
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
    smtpauth_wipe(proof, sizeof proof);
}
