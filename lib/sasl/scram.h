/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_SCRAM_H
#define SMTPAUTH_SASL_SCRAM_H

/*
 * The server half of SCRAM (RFC 5802 5, 7; RFC 7677), shared by its hashes and by the -PLUS forms, in the exchange's few
 * octets: of the client's first message stay the hash of its GS2 header and the name, until the host gives the secret
 * (scram_first.c); from then on two HMACs under way over the same octets (the client's and the server's signature, which
 * share one block buffer), the two keys, and a hash of what the last message must repeat. Both signatures are made when
 * the proof is checked (scram_final.c); the server's waits for the host's yes.
 */

#include "crypto/crypto.h"
#include "sasl/mechanism.h"

/* What tells one SCRAM from another: `facts` of its mechanism. */
typedef struct smtpa_scram {
    const smtpa_hash *hash;
    bool is_plus;
} smtpa_scram;

enum {
    SCRAM_STEP_BEGIN = 0,
    SCRAM_STEP_ASKED = 1,  /* the secret */
    SCRAM_STEP_PROOF = 2,  /* the client's last message */
    SCRAM_STEP_PROVEN = 3, /* the host's yes */
    SCRAM_STEP_SIGNED = 4  /* the empty line behind the server's signature */
};

enum { SCRAM_AGREED = 0xA5 };

enum { SCRAM_NAME_KEPT = 64 /* octets of the name, for the note */ };

/* While the host looks for the secret. Offsets are of the response in the window. */
typedef struct smtpa_scram_asked {
    uint8_t gs2[SMTPA_DIGEST_MAX]; /* hash of the GS2 header, before its name was decoded */
    uint16_t bare_at;              /* where client-first-message-bare begins */
    uint16_t authorization_at, authorization_len;
    uint8_t binding; /* SMTPAUTH_TLS_ENDPOINT, _EXPORTER; 0: none */
    uint8_t name_len;
    uint8_t name[SMTPAUTH_IDENTITY_MAX];
} smtpa_scram_asked;

/* From the secret on. */
typedef struct smtpa_scram_proving {
    uint32_t client[SMTPA_HASH_WORDS_MAX], server[SMTPA_HASH_WORDS_MAX]; /* the HMACs' states */
    uint8_t buffer[SMTPA_BLOCK];                                         /* theirs */
    uint8_t stored_key[SMTPA_DIGEST_MAX];
    uint8_t server_key[SMTPA_DIGEST_MAX]; /* once proven: the server's signature */
    uint8_t repeated[SMTPA_DIGEST_MAX];   /* hash of GS2 header, binding data and nonce */
    uint32_t len;
    uint8_t is_known, is_foreign, may_act;
    uint8_t agreed; /* SCRAM_AGREED once the host said yes: a second lock beside the step */
    uint8_t name_len;
    uint8_t name[SCRAM_NAME_KEPT];
} smtpa_scram_proving;

typedef char smtpa_scram_fits[sizeof(smtpa_scram_asked) <= SMTPA_SCRATCH_OCTETS &&
                                      sizeof(smtpa_scram_proving) <= SMTPA_SCRATCH_OCTETS
                                  ? 1
                                  : -1];

/* ---- scram.c ---- */

void smtpa_scram_take(smtpa_turn *turn);
void smtpa_scram_recall(smtpa_turn *turn);
void smtpa_scram_verdict(smtpa_turn *turn, int32_t verdict);

const smtpa_scram *smtpa_scram_facts(const smtpa_turn *turn);
smtpa_blocks_fn *smtpa_scram_faster(const smtpa_turn *turn);
void smtpa_scram_hash(const smtpa_turn *turn, smtpauth_view v, uint8_t *digest);
/* The hash of what the client's last message must repeat; `gs2` is its header's. */
void smtpa_scram_repeated(const smtpa_turn *turn, const uint8_t *gs2, smtpauth_view binding,
                          smtpauth_view nonce, uint8_t *digest);
void smtpa_scram_add_base64(smtpa_turn *turn, smtpauth_view v); /* to the challenge */

/* ---- one file each ---- */

void smtpa_scram_take_first(smtpa_turn *turn); /* scram_first.c */
bool smtpa_scram_secret(smtpa_turn *turn, const smtpauth_secret *secret);
smtpauth_view smtpa_scram_binding_name(uint8_t bit);
void smtpa_scram_take_final(smtpa_turn *turn); /* scram_final.c */

#endif
