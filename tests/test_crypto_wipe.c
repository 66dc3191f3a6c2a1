/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Proves that hashes, HMAC and PBKDF2 leave no secret on the stack: it is octet for octet the same afterwards whatever the
 * secret was (apart.h).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "apart.h"
#include "chance.h"
#include "crypto/crypto.h"
#include "rows.h"

static const struct {
    const char *name;
    const smtpa_hash *hash;
} hashes[] = {{"MD5", &smtpa_md5}, {"SHA-1", &smtpa_sha1}, {"SHA-256", &smtpa_sha256}};

enum { HASHES = sizeof hashes / sizeof *hashes, SECRET_LEN = 2 * SMTPA_BLOCK };

/* What is secret, and what is made of it: none of it on a stack. */
static const smtpa_hash *hash;
static uint8_t secret[SECRET_LEN], digest[SMTPA_DIGEST_MAX];
static uint32_t words[SMTPA_HASH_WORDS_MAX];
static smtpa_hashing h;
static smtpa_hmac m;
static smtpa_pbkdf2 k;

static const uint8_t message[] = "message", salt[] = "salt";

/* ---- What is run ---- */

static void run_hash(void)
{
    smtpa_hash_begin(&h, hash, NULL);
    smtpa_hash_add(&h, secret, 10);
    smtpa_hash_add(&h, secret + 10, SECRET_LEN - 10);
    smtpa_hash_end(&h, digest);
}

static void run_hmac_begin(void)
{
    smtpa_hmac_begin(&m, hash, NULL, secret, 40);
}

static void run_hmac_begin_with_long_key(void)
{
    smtpa_hmac_begin(&m, hash, NULL, secret, SECRET_LEN);
}

static void run_hmac_end(void)
{
    smtpa_hmac_add(&m, message, sizeof message);
    smtpa_hmac_end(&m, digest);
}

static void run_pbkdf2_begin(void)
{
    smtpa_pbkdf2_begin(&k, hash, NULL, secret, 40, salt, sizeof salt, 20);
}

static void run_pbkdf2_run(void)
{
    smtpa_pbkdf2_run(&k, hash, NULL, 10);
}

/* What must be seen. The pointer is volatile, so that what is never read is put there nevertheless. */
static void run_leak(void)
{
    uint8_t left[4];
    void *(*volatile put)(void *, const void *, size_t) = memcpy;
    put(left, secret, sizeof left);
}

static void run_blocks(void)
{
    hash->blocks(words, secret, 1);
}

/* ---- Where it is run ---- */

/* Runs a function with a secret, on a stack of its own of which a copy is left. */
static void run_with(void (*function)(void), uint32_t seed)
{
    chance_begin(seed);
    for (size_t i = 0; i < SECRET_LEN; i++)
        secret[i] = (uint8_t)chance(256);
    if (function == run_hmac_end)
        run_hmac_begin();
    if (function == run_pbkdf2_run)
        run_pbkdf2_begin();
    run_apart(function);
}

/* How many octets of the stack depend on the secret when the function is over. */
static size_t left_by(void (*function)(void))
{
    static uint8_t first[APART_STACK];
    size_t differ = 0;
    run_with(function, 0); /* the first time the dynamic linker may run there too */
    run_with(function, 1);
    memcpy(first, apart_copy, apart_len);
    run_with(function, 2);
    for (size_t i = 0; i < apart_len; i++)
        differ += apart_copy[i] != first[i];
    return differ;
}

static void stack_tells_no_secret(void **state)
{
    static const struct {
        const char *name;
        void (*function)(void);
    } ways[] = {{"a hash", run_hash},
                {"HMAC's begin", run_hmac_begin},
                {"HMAC's begin with a long key", run_hmac_begin_with_long_key},
                {"HMAC's end", run_hmac_end},
                {"PBKDF2's begin", run_pbkdf2_begin},
                {"PBKDF2's rounds", run_pbkdf2_run}};
    (void)state;
    for (size_t i = 0; i < HASHES; i++) {
        hash = hashes[i].hash;
        for (size_t j = 0; j < sizeof ways / sizeof *ways; j++) {
            size_t left = left_by(ways[j].function);
            if (left != 0) {
                print_error("%s: %s left %zu octets\n", hashes[i].name, ways[j].name, left);
                add_wrong();
            }
        }
        check(left_by(run_leak) > 0, hashes[i].name, "four octets are seen");
    }
    finish();
}

/* ---- The block functions' own ---- */

/* The end of the message schedule (FIPS 180-4 6.1.2, 6.2.2), from which the message can be told. */
static void schedule_of(uint32_t w[80], const uint8_t *block)
{
    for (size_t t = 0; t < 16; t++) {
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    }
    for (size_t t = 16; t < 80 && hash == &smtpa_sha1; t++) {
        uint32_t sum = w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16];
        w[t] = sum << 1 | sum >> 31;
    }
    for (size_t t = 16; t < 64 && hash == &smtpa_sha256; t++) {
        uint32_t x = w[t - 15], y = w[t - 2];
        w[t] = ((x >> 7 | x << 25) ^ (x >> 18 | x << 14) ^ x >> 3) + w[t - 7] +
               ((y >> 17 | y << 15) ^ (y >> 19 | y << 13) ^ y >> 10) + w[t - 16];
    }
}

/* Two words that follow each other in the schedule never lie side by side on the stack: that is not a spilled word. */
static void blocks_leave_no_schedule(void **state)
{
    (void)state;
    for (size_t i = 1; i < HASHES; i++) { /* MD5 has none */
        uint32_t w[80];
        hash = hashes[i].hash;
        run_with(run_blocks, 3);
        schedule_of(w, secret);
        size_t last = hash == &smtpa_sha1 ? 80 : 64;
        for (size_t at = 0; at + 2 * sizeof *w <= apart_len; at++) {
            for (size_t t = 0; t + 1 < last; t++) {
                if (memcmp(apart_copy + at, w + t, 2 * sizeof *w) == 0)
                    fail_msg("%s left words %zu and %zu", hashes[i].name, t, t + 1);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stack_tells_no_secret),
        cmocka_unit_test(blocks_leave_no_schedule),
    };
    return cmocka_run_group_tests_name("crypto wipes", tests, NULL, NULL);
}
