/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SUBMISSIOND_SCRAM_SECRET_H
#define SUBMISSIOND_SCRAM_SECRET_H

/*
 * What a users file has of a user who logs in by SCRAM, in the form of RFC 5803 2:
 *
 *     SCRAM-SHA-256$65536:<salt>$<stored key>:<server key>       the three in base64
 *
 * Iterations are at most a million, as the library's clients take no more either: every wrong password costs the server
 * as many, even one for a name that does not exist.
 */

#include <smtpauth/types.h>

enum { SCRAM_SALT_MAX = 64, SCRAM_KEY_MAX = 32, SCRAM_ITERATIONS_MAX = 1000000 };

struct scram_secret {
    uint8_t hash; /* SMTPAUTH_SHA1, SMTPAUTH_SHA256 */
    uint32_t iterations;
    size_t salt_len, key_len;
    uint8_t salt[SCRAM_SALT_MAX], stored_key[SCRAM_KEY_MAX], server_key[SCRAM_KEY_MAX];
};

bool scram_secret_is_one(const char *text); /* has it the form's first word? */

/* Reads it. Returns what is wrong with it, or NULL. */
const char *scram_secret_parse(struct scram_secret *secret, const char *text);

#endif
