/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The hashes in portable C against OpenSSL, which takes what the processor has: what a host's block function is worth. */

#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "bench.h"
#include "crypto/crypto.h"

enum { LONG_LEN = 4 * 1024 * 1024, SHORT_LEN = 150, SHORT_TIMES = 4000, ITERATIONS = 16384 };

static const smtpa_hash *hash;
static const EVP_MD *other;
static uint8_t data[LONG_LEN], digest[EVP_MAX_MD_SIZE];
static const uint8_t key[20] = "correct horse", salt[16] = "salt";

static void hash_ours(void)
{
    smtpa_hashing h;
    smtpa_hash_begin(&h, hash, NULL);
    smtpa_hash_add(&h, data, LONG_LEN);
    smtpa_hash_end(&h, digest);
}

static void hash_other(void)
{
    EVP_Digest(data, LONG_LEN, digest, NULL, other, NULL);
}

static void hmac_ours(void)
{
    for (int i = 0; i < SHORT_TIMES; i++) {
        smtpa_hmac m;
        smtpa_hmac_begin(&m, hash, NULL, key, sizeof key);
        smtpa_hmac_add(&m, data, SHORT_LEN);
        smtpa_hmac_end(&m, digest);
    }
}

static void hmac_other(void)
{
    for (int i = 0; i < SHORT_TIMES; i++)
        HMAC(other, key, sizeof key, data, SHORT_LEN, digest, NULL);
}

static void pbkdf2_ours(void)
{
    smtpa_pbkdf2 k;
    smtpa_pbkdf2_begin(&k, hash, NULL, key, sizeof key, salt, sizeof salt, ITERATIONS);
    smtpa_pbkdf2_run(&k, hash, NULL, ITERATIONS);
}

static void pbkdf2_other(void)
{
    PKCS5_PBKDF2_HMAC((const char *)key, sizeof key, salt, sizeof salt, ITERATIONS, other, hash->digest_len,
                      digest);
}

int main(void)
{
    const struct {
        const char *name;
        const smtpa_hash *hash;
        const EVP_MD *other;
    } rows[] = {{"MD5", &smtpa_md5, EVP_md5()},
                {"SHA-1", &smtpa_sha1, EVP_sha1()},
                {"SHA-256", &smtpa_sha256, EVP_sha256()}};
    memset(data, 'a', sizeof data);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hash = rows[i].hash;
        other = rows[i].other;
        bench_heading(rows[i].name, "OpenSSL");
        bench_row("  hash of 4 MiB", LONG_LEN, hash_ours, hash_other);
        bench_row("  HMAC of 150 octets", (double)SHORT_LEN * SHORT_TIMES, hmac_ours, hmac_other);
        bench_row("  PBKDF2, two blocks a round", 2.0 * SMTPA_BLOCK * ITERATIONS, pbkdf2_ours, pbkdf2_other);
    }
    return 0;
}
