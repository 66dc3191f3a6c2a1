/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* SCRAM-SHA-256 (RFC 7677), and its form with channel binding. */

#include "sasl/client_scram.h"

static const smtpauth_client_mechanism scram_sha256 = {
    {SMTPA_SCRAM_SHA256}, SMTPA_SCRAM_RESPONSES, smtpa_scram_respond, smtpa_scram_begin, &smtpa_sha256};

static const smtpauth_client_mechanism scram_sha256_plus = {
    {SMTPA_SCRAM_SHA256_PLUS}, SMTPA_SCRAM_RESPONSES, smtpa_scram_respond, smtpa_scram_begin, &smtpa_sha256};

const smtpauth_client_mechanism *smtpauth_client_scram_sha256(void)
{
    return &scram_sha256;
}

const smtpauth_client_mechanism *smtpauth_client_scram_sha256_plus(void)
{
    return &scram_sha256_plus;
}
