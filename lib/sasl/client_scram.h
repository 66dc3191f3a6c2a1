/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_CLIENT_SCRAM_H
#define SMTPAUTH_SASL_CLIENT_SCRAM_H

/*
 * SCRAM's client half (RFC 5802, RFC 7677), the same for each hash and with a binding or without: their files hold a row.
 * client_scram.c has the conduct and the arithmetic, client_scram_text.c the messages.
 */

#include "sasl/client.h"
#include "sasl/nonce.h"
#include "sasl/scram_keys.h"

enum { SMTPA_SCRAM_RESPONSES = 3 }; /* first message, proof, nothing */

/* The exchange's scratch. */
typedef struct smtpa_scram_client {
    smtpa_pbkdf2 salting; /* under way from the server's first message to our proof, else zero */
    uint8_t server_signature[SMTPA_DIGEST_MAX]; /* which the server must show */
    uint8_t nonce[SMTPA_NONCE_MAX];             /* ours */
    uint8_t nonce_len;
    uint8_t is_salting;
} smtpa_scram_client;

/* The server's first message. */
typedef struct smtpa_scram_first {
    smtpauth_view nonce;              /* both halves */
    uint8_t salt[SMTPA_SALT_MAX + 2]; /* base64 in whole groups */
    size_t salt_len;
    uint32_t iterations;
} smtpa_scram_first;

/* ---- client_scram.c ---- */

int32_t smtpa_scram_respond(smtpa_client_step *step);
void smtpa_scram_begin(smtpauth_exchange *x, const uint8_t *seed, size_t seed_len);

/* ---- client_scram_text.c ---- */

/* Can the messages be made of these credentials? */
bool smtpa_scram_is_fit(const smtpa_client_step *step);

/* GS2 header, and client-first-message-bare behind it. */
void smtpa_scram_put_first(smtpa_client_step *step, smtpauth_view nonce);

/* client-final-message-without-proof. */
void smtpa_scram_put_final(smtpa_client_step *step, smtpauth_view nonce);

void smtpa_scram_put_base64(smtpa_client_step *step, smtpauth_view v);

/* Adds client-first-message-bare to a signature. */
void smtpa_scram_sign_first(smtpa_hmac *signature, const smtpauth_credentials *who, smtpauth_view nonce);

/* Reads the server's messages; false when one is none, or goes against the rules. `first`: its nonce must be ours and
 * more, its iterations within the exchange's bounds. `final`: its signature must be `digest_len` octets. */
bool smtpa_scram_read_first(const smtpauth_exchange *x, smtpauth_view message, smtpauth_view nonce,
                            smtpa_scram_first *first);
bool smtpa_scram_read_final(smtpauth_view message, size_t digest_len, uint8_t *signature);

#endif
