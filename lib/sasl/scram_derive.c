/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* What a server stores of a SCRAM user, made from the password (RFC 5802 3). */

#include <smtpauth/text.h>

#include "internal/text.h"
#include "sasl/scram_keys.h"

static const smtpa_hash *hash_of(uint8_t number)
{
    return number == SMTPAUTH_SHA1 ? &smtpa_sha1 : number == SMTPAUTH_SHA256 ? &smtpa_sha256 : NULL;
}

size_t smtpauth_hash_size(uint8_t hash)
{
    const smtpa_hash *row = hash_of(hash);
    return row != NULL ? row->digest_len : 0;
}

int32_t smtpauth_scram_derive(uint8_t hash, const uint8_t *password, size_t password_len, const uint8_t *salt,
                              size_t salt_len, uint32_t iterations, const smtpauth_crypto *crypto,
                              uint8_t *stored_key, uint8_t *server_key)
{
    const smtpa_hash *row = hash_of(hash);
    if (row == NULL || password == NULL || password_len == 0 || salt == NULL || salt_len == 0 ||
        salt_len > SMTPA_SALT_MAX || iterations == 0 || stored_key == NULL || server_key == NULL)
        return SMTPAUTH_E_ARGUMENT;
    if (!smtpa_is_text(smtpa_view(password, password_len)))
        return SMTPAUTH_E_WORDS;
    smtpa_blocks_fn *faster = smtpa_scram_blocks(crypto, row);
    smtpa_pbkdf2 salted;
    uint8_t client_key[SMTPA_DIGEST_MAX];
    smtpa_pbkdf2_begin(&salted, row, faster, password, password_len, salt, salt_len, iterations);
    smtpa_pbkdf2_run(&salted, row, faster, UINT32_MAX);
    smtpa_scram_keys(row, faster, salted.sum, client_key, stored_key, server_key);
    smtpauth_wipe(&salted, sizeof salted);
    smtpauth_wipe(client_key, sizeof client_key);
    return SMTPAUTH_DONE;
}
