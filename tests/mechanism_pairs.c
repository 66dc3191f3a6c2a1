/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "mechanism_pairs.h"

/* clang-format off */
const mechanism_pair mechanism_pairs[MECHANISM_PAIRS] = {
    {"SCRAM-SHA-256-PLUS", smtpauth_scram_sha256_plus, smtpauth_client_scram_sha256_plus, SMTPAUTH_SHA256},
    {"SCRAM-SHA-1-PLUS",   smtpauth_scram_sha1_plus,   smtpauth_client_scram_sha1_plus,   SMTPAUTH_SHA1},
    {"SCRAM-SHA-256",      smtpauth_scram_sha256,      smtpauth_client_scram_sha256,      SMTPAUTH_SHA256},
    {"SCRAM-SHA-1",        smtpauth_scram_sha1,        smtpauth_client_scram_sha1,        SMTPAUTH_SHA1},
    {"EXTERNAL",           smtpauth_external,          smtpauth_client_external,          0},
    {"OAUTHBEARER",        smtpauth_oauthbearer,       smtpauth_client_oauthbearer,       0},
    {"XOAUTH2",            smtpauth_xoauth2,           smtpauth_client_xoauth2,           0},
    {"CRAM-MD5",           smtpauth_cram_md5,          smtpauth_client_cram_md5,          0},
    {"PLAIN",              smtpauth_plain,             smtpauth_client_plain,             0},
    {"LOGIN",              smtpauth_login,             smtpauth_client_login,             0},
    {"ANONYMOUS",          smtpauth_anonymous,         smtpauth_client_anonymous,         0},
};
/* clang-format on */

void mechanism_lists(smtpauth_mechanism_fn *servers[MECHANISM_PAIRS + 1],
                     smtpauth_client_mechanism_fn *clients[MECHANISM_PAIRS + 1])
{
    for (size_t i = 0; i <= MECHANISM_PAIRS; i++) {
        if (servers != NULL)
            servers[i] = i < MECHANISM_PAIRS ? mechanism_pairs[i].server : NULL;
        if (clients != NULL)
            clients[i] = i < MECHANISM_PAIRS ? mechanism_pairs[i].client : NULL;
    }
}
