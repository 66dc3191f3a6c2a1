/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Proves that the private hashes, HMAC and PBKDF2 say what OpenSSL's say, on random octets and lengths (the same at each
 * run), cut at random, and PBKDF2's rounds in random slices.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "crypto/crypto.h"
#include "rows.h"

static const struct {
    const char *name;
    const smtpa_hash *hash;
    const EVP_MD *(*other)(void);
} hashes[] = {
    {"MD5", &smtpa_md5, EVP_md5}, {"SHA-1", &smtpa_sha1, EVP_sha1}, {"SHA-256", &smtpa_sha256, EVP_sha256}};

enum {
    HASHES = sizeof hashes / sizeof *hashes,
    CASES = 3000,
    PBKDF2_CASES = 500,
    MESSAGE_MAX = 5000,
    KEY_MAX = 200
};

/* xorshift64. */
static uint64_t seed;

static uint64_t draw(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static size_t draw_to(size_t most)
{
    return (size_t)(draw() % (most + 1));
}

static void draw_octets(uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(draw() >> 32);
}

/* Mostly a few blocks, at times many. */
static size_t draw_message(uint8_t *data)
{
    size_t len = draw_to(draw_to(9) == 0 ? MESSAGE_MAX : 300);
    draw_octets(data, len);
    return len;
}

static int begin(void **state)
{
    (void)state;
    seed = UINT64_C(0x9E3779B97F4A7C15);
    return 0;
}

static void hashes_agree(void **state)
{
    static uint8_t data[MESSAGE_MAX];
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        size_t which = i % HASHES, len = draw_message(data);
        uint8_t ours[SMTPA_DIGEST_MAX], theirs[EVP_MAX_MD_SIZE];
        smtpa_hashing h;
        smtpa_hash_begin(&h, hashes[which].hash, NULL);
        for (size_t at = 0, n; at < len; at += n) {
            n = draw_to(len - at < 150 ? len - at : 150);
            smtpa_hash_add(&h, data + at, n);
        }
        smtpa_hash_end(&h, ours);
        assert_int_equal(EVP_Digest(data, len, theirs, NULL, hashes[which].other(), NULL), 1);
        check(memcmp(ours, theirs, hashes[which].hash->digest_len) == 0, hashes[which].name, "hash");
    }
    finish();
}

static void hmacs_agree(void **state)
{
    static uint8_t data[MESSAGE_MAX], key[KEY_MAX];
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        size_t which = i % HASHES, len = draw_message(data), key_len = draw_to(sizeof key), cut = draw_to(len);
        uint8_t ours[SMTPA_DIGEST_MAX], theirs[EVP_MAX_MD_SIZE];
        smtpa_hmac m;
        draw_octets(key, key_len);
        smtpa_hmac_begin(&m, hashes[which].hash, NULL, key, key_len);
        smtpa_hmac_add(&m, data, cut);
        smtpa_hmac_add(&m, data + cut, len - cut);
        smtpa_hmac_end(&m, ours);
        assert_non_null(HMAC(hashes[which].other(), key, (int)key_len, data, len, theirs, NULL));
        check(memcmp(ours, theirs, hashes[which].hash->digest_len) == 0, hashes[which].name, "HMAC");
    }
    finish();
}

static void pbkdf2s_agree(void **state)
{
    static uint8_t password[KEY_MAX], salt[KEY_MAX];
    (void)state;
    for (size_t i = 0; i < PBKDF2_CASES; i++) {
        size_t which = i % HASHES, password_len = draw_to(sizeof password), salt_len = draw_to(sizeof salt);
        const smtpa_hash *hash = hashes[which].hash;
        uint32_t iterations = (uint32_t)draw_to(99) + 1;
        uint8_t theirs[SMTPA_DIGEST_MAX];
        smtpa_pbkdf2 k;
        draw_octets(password, password_len);
        draw_octets(salt, salt_len);
        smtpa_pbkdf2_begin(&k, hash, NULL, password, password_len, salt, salt_len, iterations);
        while (!smtpa_pbkdf2_run(&k, hash, NULL, (uint32_t)draw_to(40)))
            ;
        assert_int_equal(PKCS5_PBKDF2_HMAC((const char *)password, (int)password_len, salt, (int)salt_len,
                                           (int)iterations, hashes[which].other(), hash->digest_len, theirs),
                         1);
        check(memcmp(k.sum, theirs, hash->digest_len) == 0, hashes[which].name, "PBKDF2");
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(hashes_agree, begin),
        cmocka_unit_test_setup(hmacs_agree, begin),
        cmocka_unit_test_setup(pbkdf2s_agree, begin),
    };
    return cmocka_run_group_tests_name("crypto against OpenSSL", tests, NULL, NULL);
}
