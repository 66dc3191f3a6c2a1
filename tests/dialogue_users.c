/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* Whom the host of a dialogue knows, and how he may log in. Stored keys were made by Python's hashlib. */

#include "dialogue.h"

#include <string.h>

static bool view_is(const smtpauth_view *view, const char *text)
{
    return view->len == strlen(text) && memcmp(view->data, text, view->len) == 0;
}

/* ---- Passwords and tokens ---- */

static const char *const users[][2] = {
    {"alice@example.test", "correct horse"},
    {"test", "1234"},
    {"tim", "tanstaaftanstaaf"},
    {"Kurt", "xipj3plmq"},
    {"user", "pencil"},
};

static const char *const tokens[][2] = {
    {"someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg"}, /* Google's example */
    {"user@example.com", "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="},        /* RFC 7628 4.1 */
    {"", "whoever-it-is"},
};

static int32_t check(const char *const list[][2], size_t count, const smtpauth_event *e)
{
    for (size_t i = 0; i < count; i++) {
        if (view_is(&e->identity, list[i][0]) && view_is(&e->password, list[i][1]))
            return SMTPAUTH_ACCEPTED;
    }
    return SMTPAUTH_REJECTED;
}

int32_t dialogue_check(const smtpauth_event *e)
{
    switch (e->asked) {
    case SMTPAUTH_ASK_PASSWORD:
        return check(users, sizeof users / sizeof *users, e);
    case SMTPAUTH_ASK_TOKEN:
        return check(tokens, sizeof tokens / sizeof *tokens, e);
    case SMTPAUTH_ASK_AUTHORIZE:
        return SMTPAUTH_ACCEPTED;
    case SMTPAUTH_ASK_EXTERNAL: /* the certificate is fred's; fred may act as the group */
        return view_is(&e->authorization, "group@example.test") ? SMTPAUTH_ACCEPTED_AS : SMTPAUTH_ACCEPTED;
    case SMTPAUTH_ASK_ANONYMOUS:
        return SMTPAUTH_ACCEPTED;
    default:
        return SMTPAUTH_UNAVAILABLE;
    }
}

/* ---- Secrets ---- */

typedef struct stored {
    const char *mechanism, *name; /* "" for any that begins so */
    const char *salt, *stored_key, *server_key;
    const char *password;
    uint64_t user;
    bool may_act;
} stored;

#define SHA256_PENCIL                                                                                          \
    "W22ZaJ0SNY7soEsUEjb6gQ==", "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=",                                \
        "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=", ""
#define SHA1_PENCIL "QSXCR+Q6sek8bf92", "6dlGYMOdZcOPutkcNY8U2g7vK9Y=", "D+CSWLOshSulAsxiupA+qs2/fTE=", ""

/* clang-format off */
static const stored secrets[] = {
    {"SCRAM-SHA-256", "user",       SHA256_PENCIL, 7, false},
    {"SCRAM-SHA-256", "a,b=c",      SHA256_PENCIL, 8, false},
    {"SCRAM-SHA-256", "postmaster", SHA256_PENCIL, 9, true},
    {"SCRAM-SHA-256", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xc3\xbc@example.test", SHA256_PENCIL, 10, false},
    {"SCRAM-SHA-1",   "user",       SHA1_PENCIL,   7, false},
    {"CRAM-MD5",      "tim",        "", "", "", "tanstaaftanstaaf", 3, false},
    {"CRAM-MD5",      "two words",  "", "", "", "tanstaaftanstaaf", 4, false},
};
/* clang-format on */

static smtpauth_view decode(const char *base64, uint8_t place[64])
{
    smtpauth_view view = {place, 0};
    if (smtpauth_base64_decode(place, (const uint8_t *)base64, strlen(base64), &view.len) != SMTPAUTH_DONE)
        view.len = 0;
    return view;
}

static const stored *find(const smtpauth_event *e)
{
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        size_t len = strlen(secrets[i].mechanism);
        bool is_mechanism = e->mechanism.len >= len &&
                            memcmp(e->mechanism.data, secrets[i].mechanism, len) == 0 &&
                            (e->mechanism.len == len || e->mechanism.data[len] == '-');
        if (is_mechanism && view_is(&e->identity, secrets[i].name))
            return &secrets[i];
    }
    return NULL;
}

int32_t dialogue_secret(session *s, bool is_known, bool is_broken)
{
    static uint8_t binding[32];
    uint8_t salt[64], stored_key[64], server_key[64];
    const smtpauth_event *e = &s->event;
    const stored *row = find(e);
    smtpauth_secret secret;
    memset(&secret, 0, sizeof secret);
    secret.size = sizeof secret;
    memset(binding, view_is(&e->binding, "tls-exporter") ? 'E' : 'C', sizeof binding);
    if (e->binding.len > 0)
        secret.binding = (smtpauth_view){binding, sizeof binding};
    if (row != NULL && is_known) {
        secret.is_known = true;
        secret.may_act = row->may_act;
        secret.user = row->user;
        secret.iterations = 4096;
        secret.salt = decode(row->salt, salt);
        secret.stored_key = decode(row->stored_key, stored_key);
        secret.server_key = decode(row->server_key, server_key);
        secret.password = (smtpauth_view){(const uint8_t *)row->password, strlen(row->password)};
    }
    if (is_broken)
        secret.is_known = true, secret.salt.len = secret.password.len = 0;
    int32_t result = smtpauth_server_secret(&s->server, &s->io, &secret);
    memset(salt, SESSION_POISON, sizeof salt); /* nothing of it may be needed any more */
    memset(stored_key, SESSION_POISON, sizeof stored_key);
    memset(server_key, SESSION_POISON, sizeof server_key);
    return is_broken && result == SMTPAUTH_E_ANSWER ? (int32_t)SMTPAUTH_DONE : result;
}
