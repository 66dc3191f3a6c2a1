/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Proves the private hashes, HMAC and PBKDF2: the published vectors of tests/vectors/ (sources in its README), and that
 * neither the cutting of the input, nor of PBKDF2's rounds, nor a host's block function changes a digest, and that what
 * was ended is zero. What stays on the stack: test_crypto_wipe.c. These tests reach a private part: nothing public shows
 * it as it is.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/crypto.h"
#include "rows.h"
#include "vectors.h"

static const struct {
    const char *name;
    const smtpa_hash *hash;
} hashes[] = {{"md5", &smtpa_md5}, {"sha1", &smtpa_sha1}, {"sha256", &smtpa_sha256}};

enum { HASHES = sizeof hashes / sizeof *hashes };

static const smtpa_hash *hash_named(const char *name)
{
    for (size_t i = 0; i < HASHES; i++) {
        if (strcmp(hashes[i].name, name) == 0)
            return hashes[i].hash;
    }
    fail_msg("no hash %s", name);
    return NULL;
}

static void digest_of(const smtpa_hash *hash, const uint8_t *data, size_t len, uint8_t *digest)
{
    smtpa_hashing h;
    smtpa_hash_begin(&h, hash, NULL);
    smtpa_hash_add(&h, data, len);
    smtpa_hash_end(&h, digest);
}

/* Octets that differ from their neighbours. */
static void fill(uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)(i * 167 + i / 256);
}

/* Compares a digest with a row's, as far as both go, but no less than 16 octets. */
static void check_digest(const smtpa_hash *hash, const uint8_t *digest, const char *field, const char *row,
                         const char *what)
{
    size_t len;
    uint8_t *expected = vector_octets(field, &len);
    check(len >= 16, row, "has a whole digest");
    check(memcmp(digest, expected, len < hash->digest_len ? len : hash->digest_len) == 0, row, what);
    free(expected);
}

/* ---- Published vectors ---- */

static void use_hash(char *const *fields)
{
    const smtpa_hash *hash = hash_named(fields[0]);
    uint8_t digest[SMTPA_DIGEST_MAX];
    size_t len;
    uint8_t *data = vector_octets(fields[2], &len);
    digest_of(hash, data, len, digest);
    check_digest(hash, digest, fields[3], fields[1], fields[0]);
    free(data);
}

static void hash_vectors(void **state)
{
    (void)state;
    assert_in_range(vectors_each("hash.txt", 4, use_hash), 100, 1000);
    finish();
}

/* SHAVS 6.4: each digest is of the three before; every thousandth is a checkpoint and the seed of what follows. */
static void use_monte(char *const *fields)
{
    const smtpa_hash *hash = hash_named(fields[0]);
    size_t len, last = strtoul(fields[2], NULL, 10);
    uint8_t *seed = vector_octets(fields[1], &len), digests[3][SMTPA_DIGEST_MAX];
    assert_int_equal(len, hash->digest_len);
    for (size_t count = 0; count <= last; count++) {
        for (size_t i = 0; i < 3; i++)
            memcpy(digests[i], seed, len);
        for (size_t i = 0; i < 1000; i++) {
            smtpa_hashing h;
            smtpa_hash_begin(&h, hash, NULL);
            for (size_t j = 0; j < 3; j++)
                smtpa_hash_add(&h, digests[(i + j) % 3], len);
            smtpa_hash_end(&h, digests[i % 3]);
        }
        memcpy(seed, digests[999 % 3], len);
    }
    check_digest(hash, seed, fields[3], fields[2], fields[0]);
    free(seed);
}

static void hash_monte_carlo(void **state)
{
    (void)state;
    assert_int_equal(vectors_each("monte.txt", 4, use_monte), 6);
    finish();
}

static void use_hmac(char *const *fields)
{
    const smtpa_hash *hash = hash_named(fields[0]);
    uint8_t digest[SMTPA_DIGEST_MAX];
    size_t key_len, len;
    uint8_t *key = vector_octets(fields[2], &key_len), *data = vector_octets(fields[3], &len);
    for (size_t chunk = 1; chunk <= len; chunk++) {
        smtpa_hmac m;
        smtpa_hmac_begin(&m, hash, NULL, key, key_len);
        for (size_t at = 0; at < len; at += chunk)
            smtpa_hmac_add(&m, data + at, len - at < chunk ? len - at : chunk);
        smtpa_hmac_end(&m, digest);
        check_digest(hash, digest, fields[4], fields[1], fields[0]);
    }
    free(key);
    free(data);
}

static void hmac_vectors(void **state)
{
    (void)state;
    assert_int_equal(vectors_each("hmac.txt", 5, use_hmac), 34);
    finish();
}

static void use_pbkdf2(char *const *fields)
{
    const smtpa_hash *hash = hash_named(fields[0]);
    smtpa_pbkdf2 k;
    size_t password_len, salt_len;
    uint8_t *password = vector_octets(fields[2], &password_len), *salt = vector_octets(fields[3], &salt_len);
    smtpa_pbkdf2_begin(&k, hash, NULL, password, password_len, salt, salt_len,
                       (uint32_t)strtoul(fields[4], NULL, 10));
    while (!smtpa_pbkdf2_run(&k, hash, NULL, 1000))
        ;
    check_digest(hash, k.sum, fields[5], fields[1], fields[0]);
    free(password);
    free(salt);
}

static void pbkdf2_vectors(void **state)
{
    (void)state;
    assert_int_equal(vectors_each("pbkdf2.txt", 6, use_pbkdf2), 7);
    finish();
}

/* ---- However it is cut ---- */

static void chunks_do_not_matter(void **state)
{
    uint8_t data[260], whole[SMTPA_DIGEST_MAX], digest[SMTPA_DIGEST_MAX];
    (void)state;
    fill(data, sizeof data);
    for (size_t i = 0; i < HASHES; i++) {
        const smtpa_hash *hash = hashes[i].hash;
        for (size_t len = 0; len <= sizeof data; len++) {
            digest_of(hash, data, len, whole);
            for (size_t chunk = 1; chunk <= len; chunk++) {
                smtpa_hashing h;
                smtpa_hash_begin(&h, hash, NULL);
                for (size_t at = 0; at < len; at += chunk) {
                    smtpa_hash_add(&h, NULL, 0);
                    smtpa_hash_add(&h, data + at, len - at < chunk ? len - at : chunk);
                }
                smtpa_hash_end(&h, digest);
                if (memcmp(digest, whole, hash->digest_len) != 0) {
                    print_error("%s: %zu octets by %zu\n", hashes[i].name, len, chunk);
                    add_wrong();
                }
            }
        }
    }
    finish();
}

/* A value copied in mid-message goes its own way. */
static void copies_are_values(void **state)
{
    uint8_t data[200], expected[SMTPA_DIGEST_MAX], digest[SMTPA_DIGEST_MAX];
    (void)state;
    fill(data, sizeof data);
    for (size_t i = 0; i < HASHES; i++) {
        smtpa_hashing h, copy;
        smtpa_hmac m, twin;
        smtpa_hash_begin(&h, hashes[i].hash, NULL);
        smtpa_hash_add(&h, data, 100);
        copy = h;
        smtpa_hash_add(&copy, "else", 4);
        smtpa_hash_end(&copy, digest);
        smtpa_hash_add(&h, data + 100, 100);
        smtpa_hash_end(&h, digest);
        digest_of(hashes[i].hash, data, 200, expected);
        check(memcmp(digest, expected, hashes[i].hash->digest_len) == 0, hashes[i].name, "hash");
        smtpa_hmac_begin(&m, hashes[i].hash, NULL, data, 20);
        twin = m;
        smtpa_hmac_add(&m, data, 150);
        smtpa_hmac_end(&m, expected);
        smtpa_hmac_add(&twin, data, 150);
        smtpa_hmac_end(&twin, digest);
        check(memcmp(digest, expected, hashes[i].hash->digest_len) == 0, hashes[i].name, "HMAC");
    }
    finish();
}

/* Every slice length up to one more than all rounds, the state copied to another place between two slices. */
static void slices_do_not_matter(void **state)
{
    enum { ITERATIONS = 40 };
    static const uint8_t password[] = "correct horse", salt[] = "salt of twenty octets";
    (void)state;
    for (size_t i = 0; i < HASHES; i++) {
        const smtpa_hash *hash = hashes[i].hash;
        smtpa_pbkdf2 all, here, there;
        smtpa_pbkdf2_begin(&all, hash, NULL, password, sizeof password, salt, sizeof salt, ITERATIONS);
        check(smtpa_pbkdf2_run(&all, hash, NULL, UINT32_MAX), hashes[i].name, "runs to its end");
        for (uint32_t slice = 1; slice <= ITERATIONS; slice++) {
            uint32_t calls = 1;
            smtpa_pbkdf2_begin(&here, hash, NULL, password, sizeof password, salt, sizeof salt, ITERATIONS);
            check(!smtpa_pbkdf2_run(&here, hash, NULL, 0), hashes[i].name, "no round, no end");
            for (; !smtpa_pbkdf2_run(&here, hash, NULL, slice); calls++) {
                there = here;
                memset(&here, 0xA5, sizeof here);
                here = there;
            }
            check(calls == (ITERATIONS - 1 + slice - 1) / slice, hashes[i].name, "as many calls as slices");
            check(memcmp(here.sum, all.sum, hash->digest_len) == 0, hashes[i].name, "the same key");
            there = here;
            check(smtpa_pbkdf2_run(&here, hash, NULL, slice), hashes[i].name, "ends but once");
            check(memcmp(here.sum, there.sum, sizeof here.sum) == 0, hashes[i].name, "changes no more");
        }
        smtpa_pbkdf2_begin(&all, hash, NULL, password, sizeof password, salt, sizeof salt, 1);
        check(smtpa_pbkdf2_run(&all, hash, NULL, 0), hashes[i].name, "one iteration is over at once");
        smtpa_pbkdf2_begin(&here, hash, NULL, password, sizeof password, salt, sizeof salt, 0);
        check(smtpa_pbkdf2_run(&here, hash, NULL, 0), hashes[i].name, "none is one");
        check(memcmp(here.sum, all.sum, hash->digest_len) == 0, hashes[i].name, "the key of one");
    }
    finish();
}

/* ---- A host's block function ---- */

static const smtpa_hash *counted;
static size_t calls, blocks;
static uint8_t last_block[SMTPA_BLOCK];

static void count_blocks(uint32_t *state, const uint8_t *data, size_t n)
{
    calls++;
    blocks += n;
    memcpy(last_block, data + (n - 1) * SMTPA_BLOCK, SMTPA_BLOCK);
    counted->blocks(state, data, n);
}

static void check_count(size_t expected_calls, size_t expected_blocks, const char *row, const char *what)
{
    check(calls == expected_calls, row, what);
    check(blocks == expected_blocks, row, what);
    calls = blocks = 0;
}

static void host_function_is_used(void **state)
{
    uint8_t data[200], expected[SMTPA_DIGEST_MAX], digest[SMTPA_DIGEST_MAX];
    (void)state;
    fill(data, sizeof data);
    for (size_t i = 0; i < HASHES; i++) {
        const char *name = hashes[i].name;
        smtpa_hashing h;
        smtpa_hmac m;
        smtpa_pbkdf2 k, plain;
        counted = hashes[i].hash;
        digest_of(counted, data, sizeof data, expected);
        smtpa_hash_begin(&h, counted, count_blocks);
        smtpa_hash_add(&h, data, sizeof data);
        check_count(1, 3, name, "whole blocks at once, from where they lie");
        smtpa_hash_end(&h, digest);
        check_count(1, 1, name, "one block to end");
        check(memcmp(digest, expected, counted->digest_len) == 0, name, "the same digest");
        smtpa_hmac_begin(&m, counted, NULL, data, 100);
        smtpa_hmac_add(&m, data, sizeof data);
        smtpa_hmac_end(&m, expected);
        smtpa_hmac_begin(&m, counted, count_blocks, data, 100);
        check_count(4, 4, name, "a long key's two blocks and both pads");
        smtpa_hmac_add(&m, data, sizeof data);
        smtpa_hmac_end(&m, digest);
        check_count(3, 5, name, "the message's blocks, its end, and the outer hash's only block");
        check(memcmp(digest, expected, counted->digest_len) == 0, name, "the same HMAC");
        smtpa_pbkdf2_begin(&plain, counted, NULL, data, 20, data, 20, 8);
        smtpa_pbkdf2_run(&plain, counted, NULL, 7);
        smtpa_pbkdf2_begin(&k, counted, count_blocks, data, 20, data, 20, 8);
        check_count(4, 4, name, "two pads, two hashes of the first round");
        smtpa_pbkdf2_run(&k, counted, count_blocks, 3);
        check_count(6, 6, name, "two blocks a round");
        smtpa_pbkdf2_run(&k, counted, count_blocks, 9);
        check_count(8, 8, name, "no round too many");
        check(memcmp(k.sum, plain.sum, counted->digest_len) == 0, name, "the same key");
    }
    finish();
}

/* A message longer than 2^32 bits need not be hashed to see its length in the last block. */
static void length_has_64_bits(void **state)
{
    static const uint64_t len = UINT64_C(0x0123456789ABCDC3); /* 3 octets wait in the buffer */
    static const uint8_t big[8] = {0x09, 0x1A, 0x2B, 0x3C, 0x4D, 0x5E, 0x6E, 0x18};
    uint8_t digest[SMTPA_DIGEST_MAX];
    (void)state;
    for (size_t i = 0; i < HASHES; i++) {
        smtpa_hashing h;
        counted = hashes[i].hash;
        smtpa_hash_begin(&h, counted, count_blocks);
        h.len = len;
        smtpa_hash_end(&h, digest);
        for (size_t j = 0; j < 8; j++) {
            uint8_t expected = big[counted->is_little ? 7 - j : j];
            check(last_block[SMTPA_BLOCK - 8 + j] == expected, hashes[i].name, "length in bits");
        }
    }
    calls = blocks = 0;
    finish();
}

/* ---- What is left ---- */

static void ended_values_are_zero(void **state)
{
    static const uint8_t text[] = "what is hashed, or its key";
    uint8_t digest[SMTPA_DIGEST_MAX];
    (void)state;
    for (size_t i = 0; i < HASHES; i++) {
        smtpa_hashing h;
        smtpa_hmac m;
        smtpa_hash_begin(&h, hashes[i].hash, NULL);
        smtpa_hash_add(&h, text, sizeof text);
        smtpa_hash_end(&h, digest);
        check(is_zero(&h, sizeof h), hashes[i].name, "hash");
        smtpa_hmac_begin(&m, hashes[i].hash, NULL, text, sizeof text);
        smtpa_hmac_add(&m, text, sizeof text);
        smtpa_hmac_end(&m, digest);
        check(is_zero(&m, sizeof m), hashes[i].name, "HMAC");
    }
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_vectors),         cmocka_unit_test(hash_monte_carlo),
        cmocka_unit_test(hmac_vectors),         cmocka_unit_test(pbkdf2_vectors),
        cmocka_unit_test(chunks_do_not_matter), cmocka_unit_test(copies_are_values),
        cmocka_unit_test(slices_do_not_matter), cmocka_unit_test(host_function_is_used),
        cmocka_unit_test(length_has_64_bits),   cmocka_unit_test(ended_values_are_zero),
    };
    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
