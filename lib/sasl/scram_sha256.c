/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* SCRAM-SHA-256 (RFC 7677), and its form with channel binding. */

#include "sasl/scram.h"

static const smtpa_scram sha256 = {&smtpa_sha256, false};
static const smtpa_scram sha256_plus = {&smtpa_sha256, true};

static const smtpauth_mechanism scram_sha256 = {
    {SMTPA_SCRAM_SHA256}, SMTPAUTH_ASK_SECRET, smtpa_scram_take, smtpa_scram_recall,
    smtpa_scram_secret,   smtpa_scram_verdict, &sha256};
static const smtpauth_mechanism scram_sha256_plus = {
    {SMTPA_SCRAM_SHA256_PLUS}, SMTPAUTH_ASK_SECRET, smtpa_scram_take, smtpa_scram_recall,
    smtpa_scram_secret,        smtpa_scram_verdict, &sha256_plus};

const smtpauth_mechanism *smtpauth_scram_sha256(void)
{
    return &scram_sha256;
}

const smtpauth_mechanism *smtpauth_scram_sha256_plus(void)
{
    return &scram_sha256_plus;
}
