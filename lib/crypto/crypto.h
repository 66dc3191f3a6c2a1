/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_CRYPTO_CRYPTO_H
#define SMTPAUTH_CRYPTO_CRYPTO_H

/*
 * Hashes, HMAC and PBKDF2, as CRAM-MD5 (RFC 2195) and SCRAM (RFC 5802, RFC 7677) need them. Private.
 *
 * Everything is a plain value of the caller's, copied with = where two messages begin alike, and used by three verbs:
 * begin, add (any number of times, however the data is cut), end. `end` wipes the value; one that is given up before
 * is wiped by the caller. A hash is named by its row, so that a link carries only those that are named.
 *
 * Time depends on lengths and iteration counts only, never on what the octets are: no branch, no table index. Copies
 * are wiped before a function returns. What a compression spills onto the stack is no variable that could be wiped:
 * begin, end and run overwrite where it lay; what add leaves lies there until then.
 *
 * MD5 and SHA-1 collide. HMAC and PBKDF2 do not lean on that; nothing else here may use them.
 */

#include <smtpauth/types.h>

/* Octets of a block and the most of a digest, words of the largest state. */
enum { SMTPA_BLOCK = 64, SMTPA_DIGEST_MAX = 32, SMTPA_HASH_WORDS_MAX = 8 };

/* Runs `n` blocks of 64 octets into `state`. The same shape that a host may supply for its hardware. */
typedef void smtpa_blocks_fn(uint32_t *state, const uint8_t *blocks, size_t n);

/* What there is to know of a hash. */
typedef struct smtpa_hash {
    uint8_t digest_len; /* 16, 20 or 32: 4 * words */
    uint8_t words;      /* of state */
    bool is_little;     /* byte order of words and length: little-endian for MD5, else big-endian */
    uint32_t iv[SMTPA_HASH_WORDS_MAX];
    smtpa_blocks_fn *blocks; /* in portable C */
} smtpa_hash;

extern const smtpa_hash smtpa_md5;    /* RFC 1321 */
extern const smtpa_hash smtpa_sha1;   /* FIPS 180-4, RFC 6234 */
extern const smtpa_hash smtpa_sha256; /* the same */

/* A hash under way. */
typedef struct smtpa_hashing {
    const smtpa_hash *hash;
    smtpa_blocks_fn *blocks; /* the host's, or hash->blocks */
    uint32_t state[SMTPA_HASH_WORDS_MAX];
    uint64_t len; /* octets so far; len % 64 of them wait in the buffer */
    uint8_t buffer[SMTPA_BLOCK];
} smtpa_hashing;

/* `faster` does what hash->blocks does; NULL where the host has none. */
void smtpa_hash_begin(smtpa_hashing *h, const smtpa_hash *hash, smtpa_blocks_fn *faster);

/* `data` may be NULL when `len` is 0. */
void smtpa_hash_add(smtpa_hashing *h, const void *data, size_t len);

/* Writes hash->digest_len octets, wipes `h`. */
void smtpa_hash_end(smtpa_hashing *h, uint8_t *digest);

/* HMAC (RFC 2104) under way. */
typedef struct smtpa_hmac {
    smtpa_hashing inner;
    uint32_t outer[SMTPA_HASH_WORDS_MAX]; /* state after the block of key and opad */
} smtpa_hmac;

/* A key of any length; it is not needed any more afterwards. `key` may be NULL when `key_len` is 0. */
void smtpa_hmac_begin(smtpa_hmac *m, const smtpa_hash *hash, smtpa_blocks_fn *faster, const uint8_t *key,
                      size_t key_len);
void smtpa_hmac_add(smtpa_hmac *m, const void *data, size_t len);

/* Writes digest_len octets, wipes `m`. */
void smtpa_hmac_end(smtpa_hmac *m, uint8_t *digest);

/* The first block of PBKDF2 with HMAC (RFC 8018 5.2), which is SCRAM's Hi (RFC 5802 2.2), in slices: an event loop need
 * not stand still for a hundred thousand rounds. Holds no pointer, so it may lie in a session between two slices; it is
 * as secret as the password. Wipe it once the key is taken. */
typedef struct smtpa_pbkdf2 {
    uint32_t inner[SMTPA_HASH_WORDS_MAX]; /* states after the blocks of key and ipad, key and opad */
    uint32_t outer[SMTPA_HASH_WORDS_MAX];
    uint8_t u[SMTPA_DIGEST_MAX]; /* the last round's */
    uint8_t sum[SMTPA_DIGEST_MAX];
    uint32_t left; /* rounds still to run */
} smtpa_pbkdf2;

/* Runs the first round. `iterations` is at least 1, and 0 taken as 1: what is too few for safety is the caller's to
 * refuse. */
void smtpa_pbkdf2_begin(smtpa_pbkdf2 *k, const smtpa_hash *hash, smtpa_blocks_fn *faster,
                        const uint8_t *password, size_t password_len, const uint8_t *salt, size_t salt_len,
                        uint32_t iterations);

/* Runs at most `rounds` more, with the same hash. Returns true when none is left: then the first digest_len octets of
 * k->sum are the key. */
bool smtpa_pbkdf2_run(smtpa_pbkdf2 *k, const smtpa_hash *hash, smtpa_blocks_fn *faster, uint32_t rounds);

#endif
