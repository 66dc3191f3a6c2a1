/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

#include "mechanisms.h"
#include "options.h"
#include "tls.h"
#include "users.h"

#include <smtpauth/text.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
/* Strongest first: the order of the default. CRAM-MD5 wants passwords in clear on disk, and ANONYMOUS lets everybody in:
 * both are for those who ask for them. */
static const struct mechanism mechanisms[] = {
    {"SCRAM-SHA-256-PLUS", smtpauth_scram_sha256_plus, USERS_SCRAM_SHA256, NEEDS_TLS,           true},
    {"SCRAM-SHA-1-PLUS",   smtpauth_scram_sha1_plus,   USERS_SCRAM_SHA1,   NEEDS_TLS,           true},
    {"SCRAM-SHA-256",      smtpauth_scram_sha256,      USERS_SCRAM_SHA256, 0,                   true},
    {"SCRAM-SHA-1",        smtpauth_scram_sha1,        USERS_SCRAM_SHA1,   0,                   true},
    {"EXTERNAL",           smtpauth_external,          0,                  NEEDS_CLIENT_CA,     true},
    {"OAUTHBEARER",        smtpauth_oauthbearer,       0,                  NEEDS_TOKEN_COMMAND, true},
    {"XOAUTH2",            smtpauth_xoauth2,           0,                  NEEDS_TOKEN_COMMAND, true},
    {"CRAM-MD5",           smtpauth_cram_md5,          USERS_PASSWORD,     0,                   false},
    {"PLAIN",              smtpauth_plain,             USERS_ANY,          0,                   true},
    {"LOGIN",              smtpauth_login,             USERS_ANY,          0,                   true},
    {"ANONYMOUS",          smtpauth_anonymous,         0,                  0,                   false},
};
/* clang-format on */

enum { MECHANISMS = sizeof mechanisms / sizeof *mechanisms };

const struct mechanism *mechanism_named(smtpauth_view name)
{
    for (size_t i = 0; i < MECHANISMS; i++) {
        if (name.len > 0 && smtpauth_text_is(name.data, name.len, mechanisms[i].name))
            return &mechanisms[i];
    }
    return NULL;
}

static bool refuse(char *error, size_t error_cap, smtpauth_view name)
{
    int len = snprintf(error, error_cap, "--mechanisms: '%.*s' is none of", (int)name.len,
                       name.len > 0 ? (const char *)name.data : "");
    for (size_t i = 0; i < MECHANISMS && len >= 0 && (size_t)len < error_cap; i++)
        len += snprintf(error + len, error_cap - (size_t)len, " %s", mechanisms[i].name);
    return false;
}

bool mechanisms_parse(struct mechanism_list *list, const char *text, char *error, size_t error_cap)
{
    list->count = 0;
    for (bool is_last = false; !is_last;) {
        smtpauth_view name = {(const uint8_t *)text, strcspn(text, ",")};
        const struct mechanism *row = mechanism_named(name);
        if (row == NULL)
            return refuse(error, error_cap, name);
        for (size_t i = 0; i < list->count; i++) {
            if (list->rows[i] == row) {
                snprintf(error, error_cap, "--mechanisms lists %s twice", row->name);
                return false;
            }
        }
        list->rows[list->count++] = row; /* no more than there are, as none comes twice */
        text += name.len;
        is_last = *text == '\0';
        text += !is_last;
    }
    return true;
}

/* Why it could not serve anybody, or NULL. */
static const char *obstacle(const struct mechanism *row, const struct options *options,
                            const struct users *users)
{
    if ((row->needs & NEEDS_TLS) != 0 && !tls_is_built())
        return "built without OpenSSL, there is no TLS";
    if ((row->needs & NEEDS_TOKEN_COMMAND) != 0 && options->token_command == NULL)
        return "give --token-command, which says whose a token is";
    if ((row->needs & NEEDS_CLIENT_CA) != 0 && options->client_ca == NULL)
        return "give --client-ca, which clients' certificates are checked by";
    if (row->users == USERS_PASSWORD && users_count_with(users, row->users) == 0)
        return "it needs passwords in clear, and of no user one is known: give --user, or NAME:{PLAIN}PASSWORD";
    if (row->users == USERS_ANY && users_count_with(users, row->users) == 0)
        return "no user has a password: give --user or --users";
    if (row->users != 0 && users_count_with(users, row->users) == 0)
        return "no user has a secret for it: mkuser makes lines that do";
    return NULL;
}

bool mechanisms_choose(smtpauth_mechanism_fn *functions[MECHANISMS_MAX + 1], const struct options *options,
                       const struct users *users, char *error, size_t error_cap)
{
    size_t count = 0;
    for (size_t i = 0; i < options->mechanisms.count; i++) {
        const struct mechanism *row = options->mechanisms.rows[i];
        const char *why = obstacle(row, options, users);
        if (why != NULL) {
            snprintf(error, error_cap, "--mechanisms: %s: %s", row->name, why);
            return false;
        }
        functions[count++] = row->function;
    }
    for (size_t i = 0; i < MECHANISMS && options->mechanisms.count == 0 && !options->lmtp; i++) {
        if (mechanisms[i].is_default && obstacle(&mechanisms[i], options, users) == NULL)
            functions[count++] = mechanisms[i].function;
    }
    functions[count] = NULL;
    if (count > 0 || options->lmtp)
        return true;
    snprintf(error, error_cap, "nobody could log in: no user has a password, and there is no other way");
    return false;
}
