/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* SCRAM-SHA-1 (RFC 5802), and its form with channel binding. */

#include "sasl/scram.h"

static const smtpa_scram sha1 = {&smtpa_sha1, false};
static const smtpa_scram sha1_plus = {&smtpa_sha1, true};

static const smtpauth_mechanism scram_sha1 = {{SMTPA_SCRAM_SHA1},
                                              SMTPAUTH_ASK_SECRET,
                                              smtpa_scram_take,
                                              smtpa_scram_recall,
                                              smtpa_scram_secret,
                                              smtpa_scram_verdict,
                                              &sha1};
static const smtpauth_mechanism scram_sha1_plus = {
    {SMTPA_SCRAM_SHA1_PLUS}, SMTPAUTH_ASK_SECRET, smtpa_scram_take, smtpa_scram_recall,
    smtpa_scram_secret,      smtpa_scram_verdict, &sha1_plus};

const smtpauth_mechanism *smtpauth_scram_sha1(void)
{
    return &scram_sha1;
}

const smtpauth_mechanism *smtpauth_scram_sha1_plus(void)
{
    return &scram_sha1_plus;
}
