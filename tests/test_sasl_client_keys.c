/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Proves what clients make of passwords: CRAM-MD5 by RFC 2195 (its example; others by Python's hmac), SCRAM's keys by
 * what GNU SASL 2.2.0 derives (`gsasl --mkpasswd`); that neither slices nor a host's hashes change a response, that a
 * window too small costs no hashing; and that no key outlives its use. Reaches the private crypto for the keys to look
 * for and the blocks to lend to a host.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/text.h>

#include "exchange.h"
#include "fixed_nonce.h"
#include "rows.h"
#include "sasl/client_scram.h"

#define SEND   SMTPAUTH_EXCHANGE_SEND
#define AGAIN  SMTPAUTH_EXCHANGE_AGAIN
#define WAIT   SMTPAUTH_EXCHANGE_WAIT
#define WORDS  SMTPAUTH_E_WORDS
#define ANSWER SMTPAUTH_E_ANSWER

#define X32 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define C50 "cccccccccccccccccccccccccccccccccccccccccccccccccc"

/* clang-format off */

static void cram_md5_rows(void **state)
{
#define CRAM(name, authorization, identity, secret, ...) {name, smtpauth_client_cram_md5, identity, authorization, secret, NULL, NULL, NULL, 0, {__VA_ARGS__}}
    static const exchange_row rows[] = {
        CRAM("RFC 2195 2", NULL, "tim", "tanstaaftanstaaf", {NULL, WAIT, NULL, false}, {"<1896.697170952@postoffice.reston.mci.net>", SEND, "tim b913a602c7eda7a495b4e6e7334d3890", true}),
        CRAM("a key of one block", NULL, "tim", X32 X32, {"<1@a>", SEND, "tim fdb2e07b6c2ff94c0d34b13f24d6f93e", true}),
        CRAM("a key of one block and one octet", NULL, "tim", X32 X32 "x", {"<1@a>", SEND, "tim c5165e183f720341fa989da8a919504d", true}),
        CRAM("any octets for a challenge, a blank in the name", NULL, "t m", "p\xC3\xA4", {"^@\xFF", SEND, "t m 6517ba30a116a067601564bb2743e39c", true}),
        CRAM("a long challenge", NULL, "tim", "secret", {C50 C50 C50 C50 C50 C50, SEND, "tim 777af45e147f13832dbc039951d3479f", true}),
        CRAM("as oneself", "tim", "tim", X32 X32, {"<1@a>", SEND, "tim fdb2e07b6c2ff94c0d34b13f24d6f93e", true}),
        CRAM("as another cannot be said", "root", "tim", "secret", {"<1@a>", ANSWER, NULL, false}),
        CRAM("an empty challenge", NULL, "tim", "secret", {"", WORDS, NULL, false}),
        CRAM("one challenge too many", NULL, "tim", X32 X32, {"<1@a>", SEND, "tim fdb2e07b6c2ff94c0d34b13f24d6f93e", true}, {"<2@a>", WORDS, NULL, false}),
        CRAM("no name", NULL, NULL, "secret", {"<1@a>", ANSWER, NULL, false}),
        CRAM("no password", NULL, "tim", NULL, {"<1@a>", ANSWER, NULL, false}),
        CRAM("a NUL in the name", NULL, "tim^@", "secret", {"<1@a>", ANSWER, NULL, false}),
        CRAM("a NUL in the password", NULL, "tim", "^@secret", {"<1@a>", ANSWER, NULL, false}),
        CRAM("no UTF-8 in the name", NULL, "\x80", "secret", {"<1@a>", ANSWER, NULL, false}),
        CRAM("no UTF-8 in the password", NULL, "tim", "\xF5\x80\x80\x80", {"<1@a>", ANSWER, NULL, false}),
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        exchange_play(&rows[i], NULL);
    finish();
}

/* ---- Derived keys ---- */

#define LONG_PASSWORD "a longer password, of more octets than one block of the hash has, which is 64"

static const struct {
    uint8_t hash;
    const char *password, *salt;
    uint32_t iterations;
    const char *stored_key, *server_key;
} derived[] = {
    {SMTPAUTH_SHA1,   "pencil",      "W22ZaJ0SNY7soEsUEjb6gQ==", 4096,  "g2pEzX2tMaoibxTD4YfBJkq1y8w=", "ZGkNjsmKwVX5C5z80vGxHZ02jOI="},
    {SMTPAUTH_SHA1,   "pencil",      "W22ZaJ0SNY7soEsUEjb6gQ==", 10000, "IvWxJgPxHF1XHDeICXH52rq/Sqk=", "zRfj0qIcD6mFhbYIzBLChUUvQfI="},
    {SMTPAUTH_SHA1,   LONG_PASSWORD, "QSXCR+Q6sek8bf92",         4096,  "Q9eIpjED2J7pPBGN/YA1LDqML44=", "RM6wuK7NiynFFOCd4WfexppxJes="},
    {SMTPAUTH_SHA1,   "p",           "QQ==",                     1,     "IcnnE1bEu3DIy9Gla6PSm5ToI2M=", "1WQF7iDtNEsFiu8TXfI14r1aXuo="},
    {SMTPAUTH_SHA256, "pencil",      "W22ZaJ0SNY7soEsUEjb6gQ==", 4096,  "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=", "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="},
    {SMTPAUTH_SHA256, "pencil",      "W22ZaJ0SNY7soEsUEjb6gQ==", 10000, "z4Hg41LinCuBiY125xvXsuoV6QcPtx7/KArQGOISR9I=", "eUaz+XNmezOxVNp1JcGRtdgo/H4FFOk6GbHCbjqg3oQ="},
    {SMTPAUTH_SHA256, LONG_PASSWORD, "QSXCR+Q6sek8bf92",         4096,  "lmmVnoaqK/NE0TJkndt4sGiJGsCoBGfV9mWiBGdCsBI=", "ksXd+/Zz6d3p3plLsR0wWimxXtNsGPkI7LMva60oK7M="},
    {SMTPAUTH_SHA256, "p",           "QQ==",                     1,     "Pzu+7eF7QZcvARmYxNXRSjiUzDy24Hc/V1l+7yKPkMA=", "5X9ang+g/vxfeS1OM6PYEboGRZvsSO1afxqbWrgUncI="},
};

/* clang-format on */

static size_t blocks_run;

static void count_sha1(uint32_t *state, const uint8_t *data, size_t blocks)
{
    blocks_run += blocks;
    smtpa_sha1.blocks(state, data, blocks);
}

static void count_sha256(uint32_t *state, const uint8_t *data, size_t blocks)
{
    blocks_run += blocks;
    smtpa_sha256.blocks(state, data, blocks);
}

static void never(uint32_t *state, const uint8_t *data, size_t blocks)
{
    (void)state, (void)data, (void)blocks;
    fail_msg("the other hash");
}

/* A host's hashes, of which only the right one may be called. */
static smtpauth_crypto counting(uint8_t hash)
{
    smtpauth_crypto crypto = {never, never};
    if (hash == SMTPAUTH_SHA1)
        crypto.sha1_blocks = count_sha1;
    else
        crypto.sha256_blocks = count_sha256;
    return crypto;
}

static bool is_base64_of(const uint8_t *key, size_t len, const char *expected)
{
    uint8_t coded[64];
    size_t coded_len;
    return smtpauth_base64_encode(coded, sizeof coded, key, len, &coded_len) == SMTPAUTH_DONE &&
           coded_len == strlen(expected) && memcmp(coded, expected, coded_len) == 0;
}

static void derive_rows(void **state)
{
    (void)state;
    assert_int_equal(smtpauth_hash_size(SMTPAUTH_SHA1), 20);
    assert_int_equal(smtpauth_hash_size(SMTPAUTH_SHA256), 32);
    assert_int_equal(smtpauth_hash_size(0), 0);
    assert_int_equal(smtpauth_hash_size(3), 0);
    assert_int_equal(smtpauth_hash_size(255), 0);
    for (size_t i = 0; i < sizeof derived / sizeof *derived; i++) {
        smtpauth_crypto hosts = counting(derived[i].hash), none = {NULL, NULL};
        const smtpauth_crypto *choices[] = {NULL, &none, &hosts};
        size_t len = smtpauth_hash_size(derived[i].hash), salt_len;
        uint8_t salt[66], stored[33], server[33];
        smtpauth_base64_decode(salt, octets(derived[i].salt), strlen(derived[i].salt), &salt_len);
        for (size_t j = 0; j < 3; j++) {
            memset(stored, EXCHANGE_GARBAGE, sizeof stored);
            memset(server, EXCHANGE_GARBAGE, sizeof server);
            blocks_run = 0;
            int32_t result =
                smtpauth_scram_derive(derived[i].hash, octets(derived[i].password), strlen(derived[i].password),
                                      salt, salt_len, derived[i].iterations, choices[j], stored, server);
            check(result == SMTPAUTH_DONE, derived[i].stored_key, "derive");
            check(is_base64_of(stored, len, derived[i].stored_key), derived[i].stored_key, "stored key");
            check(is_base64_of(server, len, derived[i].server_key), derived[i].server_key, "server key");
            check(stored[len] == EXCHANGE_GARBAGE && server[len] == EXCHANGE_GARBAGE, derived[i].stored_key,
                  "too far");
        }
        check(blocks_run >= 2 * derived[i].iterations && blocks_run < 2 * derived[i].iterations + 32,
              derived[i].stored_key, "two blocks an iteration");
    }
    finish();
}

static void derive_refuses(void **state)
{
    uint8_t stored[32], server[32], salt[65] = {0};
    const uint8_t *pencil = octets("pencil");
#define DERIVE(hash, password, password_len, salt, salt_len, iterations, stored, server)                       \
    smtpauth_scram_derive(hash, password, password_len, salt, salt_len, iterations, NULL, stored, server)
    (void)state;
    assert_int_equal(DERIVE(0, pencil, 6, salt, 16, 1, stored, server), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(DERIVE(3, pencil, 6, salt, 16, 1, stored, server), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(DERIVE(2, NULL, 6, salt, 16, 1, stored, server), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(DERIVE(2, pencil, 0, salt, 16, 1, stored, server), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(DERIVE(2, pencil, 6, NULL, 16, 1, stored, server), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(DERIVE(2, pencil, 6, salt, 0, 1, stored, server), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(DERIVE(2, pencil, 6, salt, 65, 1, stored, server), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(DERIVE(2, pencil, 6, salt, 64, 1, stored, server), SMTPAUTH_DONE);
    assert_int_equal(DERIVE(2, pencil, 6, salt, 1, 1, stored, server), SMTPAUTH_DONE);
    assert_int_equal(DERIVE(2, pencil, 6, salt, 16, 0, stored, server), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(DERIVE(2, pencil, 6, salt, 16, 1, NULL, server), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(DERIVE(2, pencil, 6, salt, 16, 1, stored, NULL), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(DERIVE(2, octets("pen\0il"), 6, salt, 16, 1, stored, server), SMTPAUTH_E_WORDS);
    assert_int_equal(DERIVE(2, octets("pencil\xC3"), 7, salt, 16, 1, stored, server), SMTPAUTH_E_WORDS);
}

/* ---- An exchange's keys ---- */

#define NONCE "rOprNGfwEbeRWgbNEkqO"
#define BOTH  NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"

static const exchange_row rfc7677 = {
    "RFC 7677 3",
    smtpauth_client_scram_sha256,
    "user",
    NULL,
    "pencil",
    NULL,
    NULL,
    NULL,
    0,
    {{NULL, SEND, "n,,n=user,r=" NONCE, false},
     {"r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", SEND,
      "c=biws,r=" BOTH ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", false},
     {"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", SEND, "", true}}};

static const exchange_row rfc5802 = {
    "RFC 5802 5",
    smtpauth_client_scram_sha1,
    "user",
    NULL,
    "pencil",
    NULL,
    NULL,
    NULL,
    0,
    {{NULL, SEND, "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL", false},
     {"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096", SEND,
      "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=", false},
     {"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=", SEND, "", true}}};

/* Slices change nothing but how often a step says AGAIN; a host's hashes nothing but who runs them. */
static void slices(void **state)
{
    static const struct {
        uint32_t slice;
        size_t agains; /* 4096 iterations in so many slices, the last of which ends in the response */
    } rows[] = {{0, 0},    {1, 4095}, {2, 2047}, {7, 585},       {1000, 4},
                {4095, 1}, {4096, 0}, {4097, 0}, {UINT32_MAX, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_crypto sha1 = counting(SMTPAUTH_SHA1), sha256 = counting(SMTPAUTH_SHA256);
        smtpauth_exchange_config config = {.size = sizeof config, .slice = rows[i].slice};
        snprintf(fixed_nonce, sizeof fixed_nonce, NONCE);
        check(exchange_play(&rfc7677, &config) == rows[i].agains, "SHA-256", "slices");
        config.crypto = &sha256;
        check(exchange_play(&rfc7677, &config) == rows[i].agains, "SHA-256", "slices of the host's");
        snprintf(fixed_nonce, sizeof fixed_nonce, "fyko+d2lbbFgONRv9qkxdawL");
        config.crypto = NULL;
        check(exchange_play(&rfc5802, &config) == rows[i].agains, "SHA-1", "slices");
        config.crypto = &sha1;
        check(exchange_play(&rfc5802, &config) == rows[i].agains, "SHA-1", "slices of the host's");
    }
    finish();
}

/* A step of the row at once, with a window that is large enough unless `cap` is smaller. */
static int32_t step(smtpauth_exchange *x, const exchange_row *row, size_t n, size_t cap)
{
    uint8_t out[256];
    size_t len;
    smtpauth_credentials who;
    const char *text = row->steps[n].challenge;
    smtpauth_view challenge = exchange_octets(text);
    exchange_credentials(&who, row);
    int32_t result = smtpauth_exchange_step(x, text != NULL ? &challenge : NULL, &who, out, cap, &len);
    exchange_forget_credentials(&who);
    exchange_forget(&challenge);
    return result;
}

static void begin(smtpauth_exchange *x, const exchange_row *row, const smtpauth_exchange_config *config)
{
    snprintf(fixed_nonce, sizeof fixed_nonce, NONCE);
    assert_int_equal(
        smtpauth_exchange_begin(x, sizeof *x, row->mechanism(), config, exchange_seed(), EXCHANGE_SEED_LEN),
        SMTPAUTH_DONE);
    assert_int_equal(step(x, row, 0, 256), SEND);
}

static void hashing_is_not_wasted(void **state)
{
    smtpauth_exchange x;
    smtpauth_crypto crypto = counting(SMTPAUTH_SHA256);
    smtpauth_exchange_config config = {.size = sizeof config, .crypto = &crypto, .slice = 100};
    (void)state;
    begin(&x, &rfc7677, &config);
    blocks_run = 0;
    assert_int_equal(step(&x, &rfc7677, 1, 0), SMTPAUTH_E_OUTPUT);
    assert_int_equal(step(&x, &rfc7677, 1, 100), SMTPAUTH_E_OUTPUT);
    assert_int_equal(blocks_run, 0);
    assert_int_equal(step(&x, &rfc7677, 1, 256), AGAIN);
    assert_in_range(blocks_run, 200, 206);
    blocks_run = 0;
    assert_int_equal(step(&x, &rfc7677, 1, 256), AGAIN);
    assert_int_equal(blocks_run, 200);
    exchange_row few = rfc7677;
    few.steps[1].challenge = "r=" BOTH ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4294967295"; /* weeks, but refused */
    begin(&x, &few, &config);
    blocks_run = 0;
    assert_int_equal(step(&x, &few, 1, 256), WORDS);
    assert_int_equal(blocks_run, 0);
}

/* The keys of RFC 7677's exchange: salted password, client, stored, server key, server's signature. */
enum { KEYS = 5, PIECE = 8 };

static void make_keys(uint8_t keys[KEYS][32])
{
    uint8_t salt[18];
    size_t salt_len;
    smtpa_pbkdf2 salting;
    smtpauth_base64_decode(salt, octets("W22ZaJ0SNY7soEsUEjb6gQ=="), 24, &salt_len);
    smtpa_pbkdf2_begin(&salting, &smtpa_sha256, NULL, octets("pencil"), 6, salt, salt_len, 4096);
    smtpa_pbkdf2_run(&salting, &smtpa_sha256, NULL, UINT32_MAX);
    memcpy(keys[0], salting.sum, 32);
    smtpa_scram_keys(&smtpa_sha256, NULL, keys[0], keys[1], keys[2], keys[3]);
    uint8_t signature[34];
    smtpauth_base64_decode(signature, octets("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="), 44, &salt_len);
    memcpy(keys[4], signature, 32);
}

/* Which of them are there, in pieces, as bits. */
static unsigned keys_in(const smtpauth_exchange *x, uint8_t keys[KEYS][32])
{
    unsigned found = 0;
    for (unsigned k = 0; k < KEYS; k++)
        for (size_t i = 0; i + PIECE <= 32; i++)
            for (size_t j = 0; j + PIECE <= sizeof *x; j++)
                if (memcmp(keys[k] + i, (const uint8_t *)x + j, PIECE) == 0)
                    found |= 1u << k;
    return found;
}

static void keys_are_wiped(void **state)
{
    smtpauth_exchange x;
    smtpa_scram_client inside;
    uint8_t keys[KEYS][32];
    const smtpauth_exchange_config config = {.size = sizeof config, .slice = 4095};
    (void)state;
    make_keys(keys);
    begin(&x, &rfc7677, &config);
    assert_int_equal(step(&x, &rfc7677, 1, 256), AGAIN);
    memcpy(&inside, x.scratch, sizeof inside);
    assert_false(is_zero(&inside.salting, sizeof inside.salting)); /* it must be somewhere */
    assert_int_equal(step(&x, &rfc7677, 1, 256), SEND);
    memcpy(&inside, x.scratch, sizeof inside);
    assert_true(is_zero(&inside.salting, sizeof inside.salting));
    assert_int_equal(keys_in(&x, keys), 1u << 4); /* the signature to expect, and none of the keys */
    assert_int_equal(step(&x, &rfc7677, 2, 256), SEND);
    assert_true(is_zero(x.scratch, sizeof x.scratch));
    assert_true(smtpauth_exchange_is_proven(&x));

    begin(&x, &rfc7677, &config); /* given up while keys are derived */
    assert_int_equal(step(&x, &rfc7677, 1, 256), AGAIN);
    smtpauth_exchange_end(&x);
    assert_true(is_zero(&x, sizeof x));

    exchange_row changed = rfc7677; /* the password goes away while keys are derived */
    changed.secret = NULL;
    begin(&x, &rfc7677, &config);
    assert_int_equal(step(&x, &rfc7677, 1, 256), AGAIN);
    assert_int_equal(step(&x, &changed, 1, 256), ANSWER);
    assert_true(is_zero(x.scratch, sizeof x.scratch));
    assert_int_equal(step(&x, &rfc7677, 1, 256), SMTPAUTH_E_STATE);

    changed = rfc7677; /* the server changes its mind while keys are derived */
    changed.steps[1].challenge = "e=other-error";
    begin(&x, &rfc7677, &config);
    assert_int_equal(step(&x, &rfc7677, 1, 256), AGAIN);
    assert_int_equal(step(&x, &changed, 1, 256), WORDS);
    assert_true(is_zero(x.scratch, sizeof x.scratch));

    changed.steps[2].challenge = "v=AAAA"; /* the server is an impostor */
    begin(&x, &rfc7677, NULL);
    assert_int_equal(step(&x, &rfc7677, 1, 256), SEND);
    assert_false(smtpauth_exchange_is_proven(&x));
    assert_int_equal(step(&x, &changed, 2, 256), WORDS);
    assert_true(is_zero(x.scratch, sizeof x.scratch));
    assert_false(smtpauth_exchange_is_proven(&x));
}

/* No nonce without a seed, of 16 octets to 32. */
static void seed_is_needed(void **state)
{
    static smtpauth_client_mechanism_fn *const mechanisms[] = {
        smtpauth_client_scram_sha256_plus, smtpauth_client_scram_sha1_plus, smtpauth_client_scram_sha256,
        smtpauth_client_scram_sha1};
    uint8_t seed[33] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof mechanisms / sizeof *mechanisms; i++) {
        smtpauth_exchange x;
        for (size_t len = 0; len <= sizeof seed; len++) {
            bool is_good = len >= 16 && len <= 32;
            assert_int_equal(smtpauth_exchange_begin(&x, sizeof x, mechanisms[i](), NULL, seed, len),
                             is_good ? SMTPAUTH_DONE : SMTPAUTH_E_ARGUMENT);
            assert_int_equal(smtpauth_exchange_begin(&x, sizeof x, mechanisms[i](), NULL, NULL, len),
                             SMTPAUTH_E_ARGUMENT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cram_md5_rows),  cmocka_unit_test(derive_rows),
        cmocka_unit_test(derive_refuses), cmocka_unit_test(slices),
        cmocka_unit_test(keys_are_wiped), cmocka_unit_test(hashing_is_not_wasted),
        cmocka_unit_test(seed_is_needed),
    };
    return cmocka_run_group_tests_name("sasl_client_keys", tests, NULL, NULL);
}
