/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The lockout guard: a secret that was rejected is not sent again. It is known by its fingerprint, HMAC-SHA-256 of the
 * server's name, the identity and the secret, each behind its length, under the host's key, or one that dies with the
 * session. An unkeyed hash on a disk would tell a thief what a near miss of the password is.
 */

#include <string.h>

#include <smtpauth/text.h>

#include "crypto/crypto.h"
#include "internal/client.h"

enum { DIGEST_LEN = 32 };

static smtpa_blocks_fn *faster(const smtpauth_client *c)
{
    return c->config->crypto != NULL ? c->config->crypto->sha256_blocks : NULL;
}

/* HMAC of a label and a number under the session's seed. */
static void derive(const smtpauth_client *c, const char *label, uint8_t number, uint8_t *digest)
{
    smtpa_hmac hmac;
    smtpa_hmac_begin(&hmac, &smtpa_sha256, faster(c), c->seed, sizeof c->seed);
    smtpa_hmac_add(&hmac, label, strlen(label));
    smtpa_hmac_add(&hmac, &number, 1);
    smtpa_hmac_end(&hmac, digest);
}

void smtpa_client_condense_seed(smtpauth_client *c, const uint8_t *seed, size_t len)
{
    uint8_t digest[DIGEST_LEN];
    smtpa_hmac hmac;
    smtpa_hmac_begin(&hmac, &smtpa_sha256, faster(c), seed, len);
    smtpa_hmac_add(&hmac, "client", 6);
    smtpa_hmac_end(&hmac, digest);
    memcpy(c->seed, digest, sizeof c->seed);
    smtpauth_wipe(digest, sizeof digest);
}

void smtpa_client_exchange_seed(const smtpauth_client *c, uint8_t *seed)
{
    derive(c, "exchange", c->attempts, seed);
}

static void add_part(smtpa_hmac *hmac, smtpauth_view v)
{
    uint8_t len[8];
    uint64_t n = v.len;
    for (size_t i = 0; i < sizeof len; i++)
        len[i] = (uint8_t)(n >> (56 - 8 * i));
    smtpa_hmac_add(hmac, len, sizeof len);
    smtpa_hmac_add(hmac, v.data, v.len);
}

void smtpa_client_fingerprint(const smtpauth_client *c, const smtpauth_credentials *who, uint8_t *fingerprint)
{
    uint8_t key[DIGEST_LEN];
    smtpa_hmac hmac;
    if (c->config->guard_key != NULL)
        memcpy(key, c->config->guard_key, sizeof key);
    else
        derive(c, "guard", 0, key);
    smtpa_hmac_begin(&hmac, &smtpa_sha256, faster(c), key, sizeof key);
    add_part(&hmac, who->host);
    add_part(&hmac, who->identity);
    add_part(&hmac, who->secret);
    smtpa_hmac_end(&hmac, fingerprint);
    smtpauth_wipe(key, sizeof key);
}

bool smtpa_client_rejected_now(const smtpauth_client *c, const uint8_t *fingerprint)
{
    for (size_t i = 0; i < c->rejections && i < CLIENT_REJECTED_MAX; i++)
        if (memcmp(c->rejected[i], fingerprint, sizeof c->rejected[i]) == 0)
            return true;
    return false;
}

bool smtpa_client_was_rejected(const smtpauth_client *c, const smtpauth_credentials *who,
                               const uint8_t *fingerprint)
{
    if (smtpa_client_rejected_now(c, fingerprint))
        return true;
    for (size_t i = 0; i < who->rejected_count; i++)
        if (memcmp(who->rejected + i * DIGEST_LEN, fingerprint, DIGEST_LEN) == 0)
            return true;
    return false;
}

void smtpa_client_remember_rejected(smtpauth_client *c)
{
    if (c->rejections < CLIENT_REJECTED_MAX) {
        memcpy(c->rejected[c->rejections], c->fingerprint, sizeof c->rejected[0]);
        c->rejections++;
    }
}
