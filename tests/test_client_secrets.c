/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Secrets in a client's hands: long ones go in pieces that RFC 4954 4 allows, none is kept, each exchange has a nonce of its own,
 * and the lockout guard knows a rejected one by its fingerprint (whose value is Python's hmac).
 */

#include "client_play.h"
#include "client_talk.h"
#include "fixed_nonce.h"
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <smtpauth/text.h>

/* An initial response beyond 512 octets with CRLF is left out and said after the 334 (RFC 4954 4). */
static void long_tokens(void **state)
{
    (void)state;
    char token[3000], line[8000];
    memset(token, 't', sizeof token);
    /* "AUTH XOAUTH2 " is 13, CRLF 2: 372 octets of "user=alice^Aauth=Bearer " (23), token and ^A^A (2) are 496 of base64 */
    const size_t fits = 372 - 23 - 2;
    for (size_t len = fits; len <= fits + 1; len++) {
        token[len] = '\0';
        talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
        talk_greet(SMTPAUTH_ASK_CREDENTIALS);
        smtpauth_credentials who = talk_alice(token);
        who.is_token = true;
        assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_DONE);
        size_t n = (size_t)(talk.io.next_out - talk.out);
        assert_int_equal(n, len == fits ? 511 : strlen("AUTH XOAUTH2\r\n"));
        token[len] = 't';
        talk_flush();
    }
    token[sizeof token - 1] = '\0';
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    talk_greet(SMTPAUTH_ASK_CREDENTIALS);
    smtpauth_credentials who = talk_alice(token);
    who.is_token = true;
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_DONE);
    assert_true(talk_said("AUTH XOAUTH2\r\n"));
    assert_int_equal(talk_hear("334 \r\n"), SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(talk.event.why, SMTPAUTH_WHY_AGAIN);
    assert_true(view_is(&talk.event.mechanism, "XOAUTH2"));
    talk.io.avail_out = 4000; /* too little */
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_OUTPUT);
    assert_true(talk_said(""));
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_DONE);
    size_t raw_len = (size_t)snprintf(line, sizeof line, "user=alice\1auth=Bearer %s\1\1", token), encoded_len;
    static uint8_t encoded[8000];
    assert_int_equal(smtpauth_base64_encode(encoded, sizeof encoded, octets(line), raw_len, &encoded_len),
                     SMTPAUTH_DONE);
    assert_memory_equal(talk.out, encoded, encoded_len);
    assert_int_equal(talk.io.next_out - talk.out, encoded_len + 2);
    talk.io.next_out = talk.out;
    assert_int_equal(talk_hear("235 in\r\n"), SMTPAUTH_NOTE_AUTH);
    assert_int_equal(talk.event.reason, SMTPAUTH_REASON_AUTHENTICATED);
    assert_string_equal(smtpauth_client_authenticated_by(&talk.client), "XOAUTH2");
    assert_true(smtpauth_client_is(&talk.client) & SMTPAUTH_IS_AUTHENTICATED);
}

static bool holds(const void *memory, size_t len, const char *text)
{
    const uint8_t *at = memory;
    for (size_t i = 0; i + strlen(text) <= len; i++)
        if (memcmp(at + i, text, strlen(text)) == 0)
            return true;
    return false;
}

/* Neither the session nor the input window holds a secret or what it was encoded to. */
static void secrets_are_not_kept(void **state)
{
    static const char *const replies[] = {"235 in\r\n", "535 no\r\n", "454 later\r\n", "504 other\r\n",
                                          "501 no\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof *replies; i++) {
        talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
        assert_int_equal(talk_hear(TALK_GREETING), SMTPAUTH_NEED_INPUT);
        assert_int_equal(talk_hear("250-mx\r\n250 AUTH PLAIN\r\n"), SMTPAUTH_ASK_CREDENTIALS);
        smtpauth_credentials who = talk_alice("topsecretword");
        memset(talk.out, 0, sizeof talk.out);
        assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_DONE);
        assert_false(
            holds(talk.out, sizeof talk.out, "topsecretword")); /* encoded in place, and nothing stays behind */
        assert_false(holds(&talk.client, sizeof talk.client, "topsecretword"));
        assert_false(holds(&talk.client, sizeof talk.client, "AGFsaWNlAHRvcHNlY3JldHdvcmQ="));
        talk.io.next_out = talk.out;
        assert_int_equal(talk_hear(replies[i]), SMTPAUTH_NOTE_AUTH);
        for (unsigned octet = 0; octet < sizeof talk.client.exchange; octet++)
            assert_int_equal(((const uint8_t *)&talk.client.exchange)[octet], 0);
    }
}

/* Each exchange has a seed of its own, none is the session's. */
static void nonces_differ(void **state)
{
    (void)state;
    uint8_t first[32];
    talk_begin(0);
    talk_greet(SMTPAUTH_ASK_CREDENTIALS);
    smtpauth_credentials who = talk_alice("secret"), other = talk_alice("other");
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_DONE);
    memcpy(first, fixed_nonce_seed, sizeof first);
    assert_int_equal(talk_hear("535 no\r\n"), SMTPAUTH_NOTE_AUTH);
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &other), SMTPAUTH_DONE);
    assert_memory_not_equal(first, fixed_nonce_seed, sizeof first);
    assert_false(holds(&talk.client, sizeof talk.client, "\1\2\3"));
}

/* ---- The lockout guard ---- */

static void fingerprints(void **state)
{
    /* Python: hmac.new(key, b"".join(struct.pack(">Q", len(x)) + x for x in (host, identity, secret)), "sha256") */
    static const uint8_t expected[32] = {0x32, 0x15, 0xCE, 0x9F, 0x24, 0x98, 0x1C, 0x41, 0x22, 0xB6, 0x78,
                                         0x76, 0x44, 0x67, 0xE8, 0x4A, 0xC1, 0xC6, 0xDB, 0xD9, 0xA9, 0x2C,
                                         0xAA, 0xC9, 0x1C, 0xCB, 0x52, 0x13, 0xC1, 0x5F, 0x89, 0xB2};
    (void)state;
    client_row fixed = {
        .name = "a fingerprint at 535",
        .has_guard_key = true,
        .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS,
        .credentials_max = 1,
        .script =
            "S: 220 mx\nC: EHLO client.example.test\nS: 250-mx\nS: 250 AUTH PLAIN\n? credentials first\n"
            "= login alice secret\nC: AUTH PLAIN AGFsaWNlAHNlY3JldA==\nS: 535 5.7.8 Authentication credentials invalid\n"
            "! auth PLAIN 535 auth-failed\nC: MAIL FROM:<alice@example.test>\nX: lost\n"
            "! message later cause=535 auth-failed resend\nclosed connection-lost\n"};
    client_row again = fixed;
    memset(client_last_fingerprint, 0, sizeof client_last_fingerprint);
    client_play(&fixed);
    assert_memory_equal(client_last_fingerprint, expected, sizeof expected);
    again.name = "a later session does not send it, and asks";
    again.rejected = client_last_fingerprint;
    again.credentials_max = 2;
    again.script =
        "S: 220 mx\nC: EHLO client.example.test\nS: 250-mx\nS: 250 AUTH PLAIN\n? credentials first\n"
        "= login alice secret\n! auth  0 rejected-before\n? credentials rejected\n= login alice other\n"
        "C: AUTH PLAIN AGFsaWNlAG90aGVy\nS: 235 in\n! auth PLAIN 235 authenticated\nC: MAIL FROM:<alice@example.test>\n"
        "X: lost\n! message later resend\nclosed connection-lost\n";
    client_play(&again);
    memset(client_last_fingerprint, 0, sizeof client_last_fingerprint);
    fixed.name = "without a key none is given";
    fixed.has_guard_key = false;
    client_play(&fixed);
    uint8_t none[32] = {0};
    assert_memory_equal(client_last_fingerprint, none, sizeof none);
    fixed.name = "nor for a 535 that answers an asterisk: no secret was shown";
    fixed.has_guard_key = true;
    fixed.script = "S: 220 mx\nC: EHLO client.example.test\nS: 250-mx\nS: 250 AUTH LOGIN\n? credentials first\n"
                   "= login alice secret\nC: AUTH LOGIN\nS: 334 not base64!\nC: *\nS: 535 5.7.8 no\n"
                   "! auth LOGIN 535 auth-failed\nC: MAIL FROM:<alice@example.test>\nX: lost\n"
                   "! message later cause=334 auth-failed resend\nclosed connection-lost\n";
    client_play(&fixed);
    assert_memory_equal(client_last_fingerprint, none, sizeof none);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(long_tokens, talk_set_up),
        cmocka_unit_test_setup(secrets_are_not_kept, talk_set_up),
        cmocka_unit_test_setup(nonces_differ, talk_set_up),
        cmocka_unit_test_setup(fingerprints, talk_set_up),
    };
    return cmocka_run_group_tests_name("client, secrets", tests, NULL, NULL);
}
