/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Nonces (RFC 5802 5.1: printable, without commas, never the same again). The other tests fix them, so here the library
 * is asked for its own: two exchanges of a session, and sessions of two seeds, all have others; the same seed, the same.
 */

#include <smtpauth/server.h>
#include <smtpauth/text.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { FIRST = 5 + 11 }; /* "334 " and base64 of "r=clientnonce" are the same each time */

static uint32_t salt_len; /* of the policy */

static void challenges(const char *seed, char out[2][512])
{
    static smtpauth_mechanism_fn *const mechanisms[] = {smtpauth_scram_sha256, smtpauth_scram_sha1, NULL};
    const smtpauth_policy policy = {.size = sizeof policy,
                                    .hostname = "mail.example.test",
                                    .mechanisms = mechanisms,
                                    .secret = (const uint8_t *)"a secret for tests alone",
                                    .secret_len = 24,
                                    .scram_salt_len = salt_len};
    char in[] = "EHLO client.example.test\r\nAUTH SCRAM-SHA-256 biwsbj1hLHI9Yw==\r\n*\r\n" /* n,,n=a,r=c */
                "AUTH SCRAM-SHA-256 biwsbj1hLHI9Yw==\r\n*\r\n";
    uint8_t replies[4096];
    smtpauth_server s;
    smtpauth_event event;
    smtpauth_io io = {(uint8_t *)in, sizeof in - 1, replies, sizeof replies};
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, 0, (const uint8_t *)seed, strlen(seed)),
                     SMTPAUTH_DONE);
    for (uint16_t type = 0; type != SMTPAUTH_NEED_INPUT;) {
        type = smtpauth_server_step(&s, &io, &event);
        if (type == SMTPAUTH_ASK_SECRET)
            smtpauth_server_verdict(&s, &io, SMTPAUTH_REJECTED, NULL, 0);
    }
    *io.next_out = 0;
    char *at = (char *)replies;
    for (int i = 0; i < 2; i++) {
        at = strstr(at, "334 ");
        assert_non_null(at);
        size_t len = strcspn(at, "\r");
        memcpy(out[i], at, len);
        out[i][len] = 0;
        at += len;
    }
}

static void test_never_again(void **state)
{
    char a[2][512], again[2][512], b[2][512];
    (void)state;
    challenges("sixteen octets 1", a);
    challenges("sixteen octets 1", again);
    challenges("sixteen octets 2", b);
    assert_string_equal(a[0], again[0]);
    assert_string_equal(a[1], again[1]);
    assert_string_not_equal(a[0], a[1]);
    assert_string_not_equal(a[0], b[0]);
    assert_string_not_equal(a[1], b[1]);
    assert_string_not_equal(a[0], b[1]);
}

/* 128 bits in hex behind the client's own. */
static void test_shape(void **state)
{
    char a[2][512];
    uint8_t text[400];
    size_t len = 0;
    (void)state;
    challenges("thirty-two octets of a seed, yes", a);
    assert_int_equal(smtpauth_base64_decode(text, (const uint8_t *)a[0] + 4, strlen(a[0]) - 4, &len),
                     SMTPAUTH_DONE);
    text[len] = 0;
    assert_memory_equal(text, "r=c", 3);
    assert_int_equal(strspn((const char *)text + 3, "0123456789abcdef"), 32);
    assert_memory_equal(text + 35, ",s=", 3);
}

/* An unknown user's salt is as long as the policy says that real ones are, the same each time, and not a part repeated. */
static void test_salt(void **state)
{
    (void)state;
    for (salt_len = 1; salt_len <= 64; salt_len++) {
        char a[2][512], b[2][512];
        uint8_t text[400], salt[100];
        size_t len = 0, made = 0;
        challenges("sixteen octets 1", a);
        challenges("sixteen octets 2", b);
        assert_int_equal(smtpauth_base64_decode(text, (const uint8_t *)a[0] + 4, strlen(a[0]) - 4, &len),
                         SMTPAUTH_DONE);
        text[len] = 0;
        const char *at = strstr((const char *)text, ",s=") + 3;
        assert_int_equal(smtpauth_base64_decode(salt, (const uint8_t *)at, strcspn(at, ","), &made),
                         SMTPAUTH_DONE);
        assert_int_equal(made, salt_len);
        assert_true(made < 64 || memcmp(salt, salt + 32, 32) != 0);
        assert_int_equal(smtpauth_base64_decode(text, (const uint8_t *)b[0] + 4, strlen(b[0]) - 4, &len),
                         SMTPAUTH_DONE);
        text[len] = 0;
        assert_int_equal(strncmp(strstr((const char *)text, ",s=") + 3, at, 4), 0);
    }
    salt_len = 0;
}

static void test_seed(void **state)
{
    static smtpauth_mechanism_fn *const cram[] = {smtpauth_cram_md5, NULL};
    static const smtpauth_policy policy = {
        .size = sizeof policy, .hostname = "mail.example.test", .mechanisms = cram};
    const uint8_t seed[33] = {1};
    smtpauth_server s;
    (void)state;
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, 0, NULL, 0), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, 0, seed, 15), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, 0, seed, 33), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, 0, seed, 16), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, 0, seed, 32), SMTPAUTH_DONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_never_again),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_salt),
        cmocka_unit_test(test_seed),
    };
    return cmocka_run_group_tests_name("nonce", tests, NULL, NULL);
}
