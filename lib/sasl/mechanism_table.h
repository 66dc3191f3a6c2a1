/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */
#ifndef SMTPAUTH_SASL_MECHANISM_TABLE_H
#define SMTPAUTH_SASL_MECHANISM_TABLE_H

/*
 * The mechanisms, one row each: name, who speaks first to a server half of ours, facts (SMTPAUTH_MECHANISM_...),
 * strength. Rows are macros, so that each mechanism's file takes its own row alone and firmware carries no others.
 */

#include <smtpauth/sasl.h>
#include <smtpauth/tracker.h>

#define SMTPA_CLIENT SMTPAUTH_MECHANISM_CLIENT_FIRST
#define SMTPA_SERVER SMTPAUTH_MECHANISM_SERVER_FIRST
#define SMTPA_F(fact) SMTPAUTH_MECHANISM_##fact

enum { SMTPA_SERVER_SEED = 1 << 16 }; /* the server half makes a nonce, the client half none */

/* clang-format off */
#define SMTPA_SCRAM_SHA256_PLUS "SCRAM-SHA-256-PLUS", SMTPA_CLIENT, SMTPA_F(WANTS_BINDING) | SMTPA_F(WANTS_SEED) | SMTPA_F(PROVES_SERVER), 90 /* RFC 7677 */
#define SMTPA_SCRAM_SHA1_PLUS   "SCRAM-SHA-1-PLUS",   SMTPA_CLIENT, SMTPA_F(WANTS_BINDING) | SMTPA_F(WANTS_SEED) | SMTPA_F(PROVES_SERVER), 80 /* RFC 5802 */
#define SMTPA_SCRAM_SHA256      "SCRAM-SHA-256",      SMTPA_CLIENT, SMTPA_F(WANTS_SEED) | SMTPA_F(PROVES_SERVER),                          70 /* RFC 7677 */
#define SMTPA_SCRAM_SHA1        "SCRAM-SHA-1",        SMTPA_CLIENT, SMTPA_F(WANTS_SEED) | SMTPA_F(PROVES_SERVER),                          60 /* RFC 5802 */
#define SMTPA_EXTERNAL          "EXTERNAL",           SMTPA_CLIENT, SMTPA_F(HAS_NO_SECRET) | SMTPA_F(LAYER_BELOW),                         55 /* RFC 4422 A */
#define SMTPA_OAUTHBEARER       "OAUTHBEARER",        SMTPA_CLIENT, SMTPA_F(SHOWS_SECRET) | SMTPA_F(WANTS_TOKEN),                          50 /* RFC 7628 */
#define SMTPA_XOAUTH2           "XOAUTH2",            SMTPA_CLIENT, SMTPA_F(SHOWS_SECRET) | SMTPA_F(WANTS_TOKEN),                          45 /* none */
#define SMTPA_CRAM_MD5          "CRAM-MD5",           SMTPA_SERVER, SMTPA_F(SERVER_SPEAKS) | SMTPA_SERVER_SEED,                            40 /* RFC 2195 */
#define SMTPA_PLAIN             "PLAIN",              SMTPA_CLIENT, SMTPA_F(SHOWS_SECRET),                                                 30 /* RFC 4616 */
#define SMTPA_LOGIN             "LOGIN",              SMTPA_CLIENT, SMTPA_F(SHOWS_SECRET) | SMTPA_F(SERVER_SPEAKS),                        20 /* none */
#define SMTPA_ANONYMOUS         "ANONYMOUS",          SMTPA_CLIENT, SMTPA_F(HAS_NO_SECRET),                                                10 /* RFC 4505 */
/* clang-format on */

/* What a row fills. */
typedef struct smtpa_mechanism_row {
    const char *name;
    uint8_t first;
    uint32_t facts;
    uint8_t strength;
} smtpa_mechanism_row;

#endif
