/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* CRAM-MD5 (RFC 2195): the server sends a challenge that never comes again, the client answers with its name and the
 * challenge's HMAC-MD5 under its password. The challenge is not kept, but made anew from seed and number. */

#include <string.h>

#include "internal/text.h"
#include "sasl/mechanism.h"
#include "sasl/nonce.h"

enum { STEP_BEGIN = 0, STEP_DIGEST = 1, MD5_LEN = 16, HEX_LEN = 2 * MD5_LEN };

static void to_hex(const uint8_t *octets, uint8_t *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < MD5_LEN; i++) {
        hex[2 * i] = (uint8_t)digits[octets[i] >> 4];
        hex[2 * i + 1] = (uint8_t)digits[octets[i] & 15];
    }
}

/* "<" nonce "@" host name ">". Returns its octets. */
static size_t make_challenge(const smtpa_turn *turn, uint8_t *out)
{
    const char *host = turn->policy->hostname;
    size_t host_len = strlen(host), len = 0;
    out[len++] = '<';
    len += smtpa_nonce(turn->seed, turn->nonce, &smtpa_md5, NULL, out + len);
    out[len++] = '@';
    memcpy(out + len, host, host_len);
    len += host_len;
    out[len++] = '>';
    return len;
}

/* Cuts the response at its last blank: a name may hold some. */
static bool split(smtpa_turn *turn, smtpauth_view *digest)
{
    smtpauth_view v = smtpa_view(turn->response, turn->response_len);
    if (v.len < HEX_LEN + 1 || v.data[v.len - HEX_LEN - 1] != ' ')
        return false;
    turn->identity = smtpa_slice(v, 0, v.len - HEX_LEN - 1);
    *digest = smtpa_slice(v, v.len - HEX_LEN, HEX_LEN);
    for (size_t i = 0; i < HEX_LEN; i++)
        if (!smtpa_is_hex(digest->data[i]))
            return false;
    return true;
}

static void take(smtpa_turn *turn)
{
    smtpauth_view digest;
    if (*turn->step == STEP_BEGIN) {
        uint8_t challenge[SMTPA_CHALLENGE_MAX];
        *turn->step = STEP_DIGEST;
        smtpa_turn_challenge(turn, challenge, make_challenge(turn, challenge));
    } else if (!split(turn, &digest)) {
        smtpa_turn_broken(turn, SMTPAUTH_REASON_AUTH_MALFORMED);
    } else {
        smtpa_turn_ask(turn, SMTPAUTH_ASK_SECRET);
    }
}

static void recall(smtpa_turn *turn)
{
    smtpauth_view digest;
    if (!split(turn, &digest))
        turn->identity.len = 0;
}

static bool is_proof(const smtpa_turn *turn, smtpauth_view password, smtpauth_view digest)
{
    smtpa_hmac hmac;
    uint8_t challenge[SMTPA_CHALLENGE_MAX], right[MD5_LEN], hex[HEX_LEN], given[HEX_LEN];
    size_t len = make_challenge(turn, challenge);
    smtpa_hmac_begin(&hmac, &smtpa_md5, NULL, password.data, password.len);
    smtpa_hmac_add(&hmac, challenge, len);
    smtpa_hmac_end(&hmac, right);
    to_hex(right, hex);
    for (size_t i = 0; i < HEX_LEN; i++) /* of either case */
        given[i] = (uint8_t)(digest.data[i] | (smtpa_is_digit(digest.data[i]) ? 0 : 0x20));
    bool is_right = smtpauth_secret_equal(hex, HEX_LEN, given, HEX_LEN);
    smtpauth_wipe(right, sizeof right);
    smtpauth_wipe(hex, sizeof hex);
    return is_right;
}

static bool take_secret(smtpa_turn *turn, const smtpauth_secret *secret)
{
    static const uint8_t nobodys[1] = {0};
    smtpauth_view digest, password = secret->is_known ? secret->password : smtpa_view(nobodys, sizeof nobodys);
    if (password.len == 0 || !split(turn, &digest))
        return false;
    if (is_proof(turn, password, digest) && secret->is_known) {
        turn->outcome = SMTPA_TURN_ASK;
        turn->question = SMTPAUTH_ASK_AUTHORIZE;
    } else {
        smtpa_turn_verdict(turn, SMTPAUTH_REJECTED);
    }
    return true;
}

static const smtpauth_mechanism cram_md5 = {
    {SMTPA_CRAM_MD5}, SMTPAUTH_ASK_SECRET, take, recall, take_secret, NULL, NULL};

const smtpauth_mechanism *smtpauth_cram_md5(void)
{
    return &cram_md5;
}
