/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/* The server's host: judges logins, answers by chance, and compares each message with the one that the client was given. */

#include "engines.h"

#include "chance.h"
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ITERATIONS = 16 };

static int32_t verdict_on(bool is_right)
{
    static const int32_t others[] = {SMTPAUTH_UNAVAILABLE, SMTPAUTH_TOO_WEAK, SMTPAUTH_TRANSITION,
                                     SMTPAUTH_DISABLED,    SMTPAUTH_EXPIRED,  SMTPAUTH_TRY_LATER};
    if (w.may_be_denied && chance(5) == 0)
        return others[chance(6)];
    return is_right ? SMTPAUTH_ACCEPTED_AS : SMTPAUTH_REJECTED;
}

/* What shows the secret: none may come twice once it was rejected (but for TRY_ANOTHER). */
static int32_t judge(smtpauth_view secret)
{
    char text[32];
    snprintf(text, sizeof text, "%.*s", (int)secret.len, (const char *)secret.data);
    int32_t verdict = verdict_on(view_is(&secret, engines_password));
    for (unsigned i = 0; i < w.rejected_secrets; i++)
        if (strcmp(text, w.rejected[i]) == 0 && !(w.config.flags & SMTPAUTH_CLIENT_TRY_ANOTHER))
            engines_broken("a rejected secret came again");
    if (verdict == SMTPAUTH_REJECTED && w.rejected_secrets < 8)
        snprintf(w.rejected[w.rejected_secrets++], sizeof w.rejected[0], "%s", text);
    return verdict;
}

/* What a host stores of the user, derived anew each time. */
static void ask_secret(const smtpauth_event *e)
{
    static const uint8_t salt[8] = "pepper!";
    uint8_t stored_key[32], server_key[32];
    bool is_sha256 = e->mechanism.len >= 13 && memcmp(e->mechanism.data, "SCRAM-SHA-256", 13) == 0;
    uint8_t hash = is_sha256 ? SMTPAUTH_SHA256 : SMTPAUTH_SHA1;
    smtpauth_secret secret = {.size = sizeof secret, .iterations = ITERATIONS, .is_known = true};

    assert_int_equal(smtpauth_scram_derive(hash, octets(engines_password), strlen(engines_password), salt,
                                           sizeof salt, ITERATIONS, NULL, stored_key, server_key),
                     SMTPAUTH_DONE);
    secret.salt = (smtpauth_view){salt, sizeof salt};
    secret.stored_key = (smtpauth_view){stored_key, smtpauth_hash_size(hash)};
    secret.server_key = (smtpauth_view){server_key, smtpauth_hash_size(hash)};
    secret.password = view_of(engines_password);
    if (e->binding.len > 0)
        secret.binding = (smtpauth_view){engines_binding, sizeof engines_binding};
    if (smtpauth_server_secret(&w.server, &w.s.io, &secret) != SMTPAUTH_DONE)
        engines_broken("secret");
}

static uint16_t answer_to(uint16_t question)
{
    static const uint16_t mail[] = {SMTPAUTH_REASON_NOT_PERMITTED, SMTPAUTH_REASON_LOCAL_ERROR};
    static const uint16_t rcpt[] = {SMTPAUTH_REASON_UNKNOWN_RECIPIENT, SMTPAUTH_REASON_RECIPIENT_LATER};
    static const uint16_t data[] = {SMTPAUTH_REASON_NO_ROOM, SMTPAUTH_REASON_MESSAGE_REFUSED};
    if (chance(6) != 0)
        return SMTPAUTH_REASON_OK;
    return question == SMTPAUTH_ASK_MAIL   ? mail[chance(2)]
           : question == SMTPAUTH_ASK_RCPT ? rcpt[chance(2)]
                                           : data[chance(2)];
}

static void compare_messages(void)
{
    size_t len = w.given.len;
    bool is_chunked = (smtpauth_client_offers(&w.client) & SMTPAUTH_EXT_CHUNKING) &&
                      !(w.config.flags & SMTPAUTH_CLIENT_NO_CHUNKING);
    bool has_end = len == 0 || is_chunked || (len > 1 && memcmp(w.given.text + len - 2, "\r\n", 2) == 0);
    size_t want = has_end ? len : len + 2;
    if (w.taken.len != want || memcmp(w.taken.text, w.given.text, len) != 0)
        engines_broken("another message");
    if (strcmp(w.taken.sender, w.given.sender) != 0 || (w.taken.body != 0 && w.taken.body != w.given.body))
        engines_broken("another envelope");
    unsigned accepted = 0;
    for (unsigned i = 0; i < w.given.recipients; i++)
        accepted += w.given.fate[i] == SMTPAUTH_FATE_ACCEPTED;
    if (accepted != w.taken.recipients)
        engines_broken("other recipients");
}

static void server_question(const smtpauth_event *e)
{
    uint16_t answer = answer_to(e->type);
    switch (e->type) {
    case SMTPAUTH_ASK_MAIL:
        memset(&w.taken, 0, sizeof w.taken);
        memset(w.delivered, 0, sizeof w.delivered);
        snprintf(w.taken.sender, sizeof w.taken.sender, "%.*s", (int)e->path.len, (const char *)e->path.data);
        w.taken.body = e->body;
        break;
    case SMTPAUTH_ASK_RCPT:
        w.taken.recipients += answer == SMTPAUTH_REASON_OK;
        w.deliveries = 0;
        break;
    case SMTPAUTH_ASK_MESSAGE:
        compare_messages();
        w.delivered[e->index] = answer == SMTPAUTH_REASON_OK;
        w.deliveries += answer == SMTPAUTH_REASON_OK;
        if (w.is_lmtp)
            w.accepted_by_server += w.deliveries == 1 && answer == SMTPAUTH_REASON_OK;
        else
            w.accepted_by_server += answer == SMTPAUTH_REASON_OK;
        break;
    default:
        break;
    }
    if (smtpauth_server_answer(&w.server, &w.s.io, answer) != SMTPAUTH_DONE)
        engines_broken("answer");
}

void engines_server_turn(void)
{
    smtpauth_event e;
    uint16_t type = smtpauth_server_step(&w.server, &w.s.io, &e);
    switch (type) {
    case SMTPAUTH_NEED_INPUT:
        engines_flush(&w.s, &w.to_client);
        w.s.wants_input = true;
        break;
    case SMTPAUTH_NEED_OUTPUT:
        engines_flush(&w.s, &w.to_client);
        break;
    case SMTPAUTH_NEED_TLS:
        engines_flush(&w.s, &w.to_client);
        w.s.wants_tls = true;
        break;
    case SMTPAUTH_CLOSED:
        engines_flush(&w.s, &w.to_client);
        w.s.is_closed = true;
        break;
    case SMTPAUTH_ASK_PASSWORD:
    case SMTPAUTH_ASK_TOKEN:
        (void)smtpauth_server_verdict(&w.server, &w.s.io, judge(e.password), NULL, 0);
        break;
    case SMTPAUTH_ASK_AUTHORIZE:
    case SMTPAUTH_ASK_EXTERNAL:
    case SMTPAUTH_ASK_ANONYMOUS:
        (void)smtpauth_server_verdict(&w.server, &w.s.io, verdict_on(true), NULL, 0);
        break;
    case SMTPAUTH_ASK_SECRET:
        ask_secret(&e);
        break;
    case SMTPAUTH_NOTE_DATA:
        assert_true(w.taken.len + e.data.len <= sizeof w.taken.text);
        memcpy(w.taken.text + w.taken.len, e.data.data, e.data.len);
        w.taken.len += e.data.len;
        break;
    default:
        if (type >= 32 && type < 64)
            server_question(&e);
        break;
    }
}
