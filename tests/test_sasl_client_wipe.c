/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Proves that no piece of a password or of a key made of it is left on the stack, by any step of SCRAM, by CRAM-MD5, PLAIN
 * and LOGIN, and by the derivation of keys (apart.h). The exchange itself is searched in test_sasl_client_keys.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/sasl.h>

#include "apart.h"
#include "crypto/crypto.h"
#include "exchange.h"
#include "fixed_nonce.h"
#include "rows.h"
#include "sasl/scram_keys.h"

enum { PIECE = 8, SECRETS_MAX = 8, OCTETS_MAX = 64 };

static const char password[] = "correct horse battery staple";
static const uint8_t salt[] = "saltsaltsalt"; /* c2FsdHNhbHRzYWx0 */

/* What must not be found. */
static struct {
    const char *name;
    uint8_t octets[OCTETS_MAX];
    size_t len;
} secrets[SECRETS_MAX];
static size_t secrets_len;

static void add_secret(const char *name, const void *data, size_t len)
{
    secrets[secrets_len].name = name;
    memcpy(secrets[secrets_len].octets, data, len);
    secrets[secrets_len++].len = len;
}

/* All that SCRAM makes of the password on its way. */
static void make_secrets(const smtpa_hash *hash)
{
    smtpa_pbkdf2 salting;
    uint8_t client_key[SMTPA_DIGEST_MAX], stored_key[SMTPA_DIGEST_MAX], server_key[SMTPA_DIGEST_MAX];
    secrets_len = 0;
    add_secret("password", password, sizeof password - 1);
    smtpa_pbkdf2_begin(&salting, hash, NULL, octets(password), sizeof password - 1, salt, sizeof salt - 1,
                       4096);
    add_secret("salting, inner state", salting.inner, hash->digest_len);
    add_secret("salting, outer state", salting.outer, hash->digest_len);
    smtpa_pbkdf2_run(&salting, hash, NULL, UINT32_MAX);
    smtpa_scram_keys(hash, NULL, salting.sum, client_key, stored_key, server_key);
    add_secret("salted password", salting.sum, hash->digest_len);
    add_secret("client key", client_key, hash->digest_len);
    add_secret("stored key", stored_key, hash->digest_len);
    add_secret("server key", server_key, hash->digest_len);
}

/* Fails the row for each secret of which a piece lies on the stack. */
static void search(const char *row)
{
    for (size_t s = 0; s < secrets_len; s++) {
        bool is_found = false;
        for (size_t i = 0; i + PIECE <= secrets[s].len; i++)
            for (size_t at = 0; at + PIECE <= apart_len; at++)
                is_found = is_found || memcmp(apart_copy + at, secrets[s].octets + i, PIECE) == 0;
        check(!is_found, row, secrets[s].name);
    }
}

/* ---- What is run; its arguments lie outside of the stack ---- */

static smtpauth_exchange x;
static smtpauth_credentials who;
static smtpauth_view challenge;
static uint8_t out[512], stored_key[32], server_key[32];
static size_t len;
static int32_t result;
static uint8_t hash_number;

static void step_run(void)
{
    result = smtpauth_exchange_step(&x, &challenge, &who, out, sizeof out, &len);
}

static void derive_run(void)
{
    result = smtpauth_scram_derive(hash_number, octets(password), sizeof password - 1, salt, sizeof salt - 1,
                                   4096, NULL, stored_key, server_key);
}

/* What must be seen. The pointer is volatile, so that what is never read is put there nevertheless. */
static void leak_run(void)
{
    uint8_t left[PIECE];
    void *(*volatile put)(void *, const void *, size_t) = memcpy;
    put(left, secrets[0].octets + 3, sizeof left);
}

static void step(const char *row, const char *text, int32_t expected)
{
    challenge.data = octets(text);
    challenge.len = strlen(text);
    run_apart(step_run);
    check(result == expected, row, "result");
    search(row);
}

static void begin(smtpauth_client_mechanism_fn *mechanism, uint32_t slice)
{
    smtpauth_exchange_config config = {.size = sizeof config, .slice = slice};
    memset(&who, 0, sizeof who);
    who.size = sizeof who;
    who.identity.data = octets("user");
    who.identity.len = 4;
    who.secret.data = octets(password);
    who.secret.len = sizeof password - 1;
    strcpy(fixed_nonce, "nonce");
    assert_int_equal(
        smtpauth_exchange_begin(&x, sizeof x, mechanism(), &config, exchange_seed(), EXCHANGE_SEED_LEN),
        SMTPAUTH_DONE);
}

/* ---- The tests ---- */

static void test_search(void **state)
{
    unsigned found = 0;
    (void)state;
    make_secrets(&smtpa_sha256);
    run_apart(leak_run);
    for (size_t at = 0; at + PIECE <= apart_len; at++)
        found += memcmp(apart_copy + at, password + 3, PIECE) == 0;
    assert_true(found > 0);
}

static void test_scram(void **state)
{
    static const struct {
        const char *name;
        smtpauth_client_mechanism_fn *mechanism;
        const smtpa_hash *hash;
        uint8_t number;
    } rows[] = {
        {"SCRAM-SHA-1", smtpauth_client_scram_sha1, &smtpa_sha1, SMTPAUTH_SHA1},
        {"SCRAM-SHA-256", smtpauth_client_scram_sha256, &smtpa_sha256, SMTPAUTH_SHA256},
    };
    static const char first[] = "r=nonceandmore,s=c2FsdHNhbHRzYWx0,i=4096";
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        make_secrets(rows[i].hash);
        begin(rows[i].mechanism, 0);
        step(rows[i].name, "", SMTPAUTH_EXCHANGE_SEND);
        step(rows[i].name, first, SMTPAUTH_EXCHANGE_SEND);
        step(rows[i].name, "v=AAAA", SMTPAUTH_E_WORDS);
        begin(rows[i].mechanism, 2048);
        step(rows[i].name, "", SMTPAUTH_EXCHANGE_SEND);
        step(rows[i].name, first, SMTPAUTH_EXCHANGE_AGAIN);
        step(rows[i].name, first, SMTPAUTH_EXCHANGE_SEND);
        hash_number = rows[i].number;
        run_apart(derive_run);
        check(result == SMTPAUTH_DONE, rows[i].name, "derive");
        search(rows[i].name);
        check(memcmp(stored_key, secrets[5].octets, secrets[5].len) == 0, rows[i].name,
              "the key that was looked for");
    }
    finish();
}

static void test_others(void **state)
{
    (void)state;
    secrets_len = 0;
    add_secret("password", password, sizeof password - 1);
    begin(smtpauth_client_cram_md5, 0);
    step("CRAM-MD5", "<1@example.test>", SMTPAUTH_EXCHANGE_SEND);
    begin(smtpauth_client_plain, 0);
    step("PLAIN", "", SMTPAUTH_EXCHANGE_SEND);
    begin(smtpauth_client_login, 0);
    step("LOGIN", "Username:", SMTPAUTH_EXCHANGE_SEND);
    step("LOGIN", "Password:", SMTPAUTH_EXCHANGE_SEND);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_search),
        cmocka_unit_test(test_scram),
        cmocka_unit_test(test_others),
    };
    return cmocka_run_group_tests_name("sasl_client wipes", tests, NULL, NULL);
}
