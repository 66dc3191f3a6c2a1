/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* SCRAM-SHA-1 (RFC 5802), and its form with channel binding. */

#include "sasl/client_scram.h"

static const smtpauth_client_mechanism scram_sha1 = {
    {SMTPA_SCRAM_SHA1}, SMTPA_SCRAM_RESPONSES, smtpa_scram_respond, smtpa_scram_begin, &smtpa_sha1};

static const smtpauth_client_mechanism scram_sha1_plus = {
    {SMTPA_SCRAM_SHA1_PLUS}, SMTPA_SCRAM_RESPONSES, smtpa_scram_respond, smtpa_scram_begin, &smtpa_sha1};

const smtpauth_client_mechanism *smtpauth_client_scram_sha1(void)
{
    return &scram_sha1;
}

const smtpauth_client_mechanism *smtpauth_client_scram_sha1_plus(void)
{
    return &scram_sha1_plus;
}
