/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A policy's own words for replies: which may be said, that they are said, and that every reply fits its line with the longest
 * of them. Source: server.h; RFC 5321 4.2 (US-ASCII) and 4.5.3.1.5 (a reply line's length).
 */

#include "policy_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EHLO "EHLO client.example.test\r\n"

static char hostname_255[256], words_100[101], words_101[102];
static smtpauth_words own;

static void words_null(smtpauth_policy *p)
{
    p->words = NULL, p->words_len = 1;
}

static void own_words(smtpauth_policy *p, uint16_t reason, const char *text)
{
    own.reason = reason;
    own.text = text;
    p->words = &own;
    p->words_len = 1;
}

static void words_unknown(smtpauth_policy *p)
{
    own_words(p, 9999, "words");
}

static void words_zero(smtpauth_policy *p)
{
    own_words(p, 0, "words");
}

static void words_no_text(smtpauth_policy *p)
{
    own_words(p, SMTPAUTH_REASON_AUTH_FAILED, NULL);
}

static void words_long(smtpauth_policy *p)
{
    own_words(p, SMTPAUTH_REASON_AUTH_FAILED, words_101);
}

static void words_longest(smtpauth_policy *p)
{
    own_words(p, SMTPAUTH_REASON_AUTH_FAILED, words_100);
}

static void words_cr(smtpauth_policy *p)
{
    own_words(p, SMTPAUTH_REASON_AUTH_FAILED, "a\rb");
}

static void words_lf(smtpauth_policy *p)
{
    own_words(p, SMTPAUTH_REASON_AUTH_FAILED, "a\nb");
}

static void words_8bit(smtpauth_policy *p)
{
    own_words(p, SMTPAUTH_REASON_AUTH_FAILED, "caf\xc3\xa9");
}

/* clang-format off */
static const policy_row rows[] = {
    POLICY_ROW(words_null, POLICY_WORDS),
    POLICY_ROW(words_unknown, POLICY_WORDS),
    POLICY_ROW(words_zero, POLICY_WORDS),
    POLICY_ROW(words_no_text, POLICY_WORDS),
    POLICY_ROW(words_long, POLICY_WORDS),
    POLICY_ROW(words_longest, NONE),
    POLICY_ROW(words_cr, POLICY_WORDS),
    POLICY_ROW(words_lf, POLICY_WORDS),
    POLICY_ROW(words_8bit, POLICY_WORDS),
};
/* clang-format on */

static int setup(void **state)
{
    (void)state;
    memset(hostname_255, 'h', 255);
    for (size_t i = 31; i < 255; i += 32)
        hostname_255[i] = '.';
    memset(words_101, 'w', 101);
    memset(words_100, 'w', 100);
    return 0;
}

static void test_faults(void **state)
{
    (void)state;
    policy_rows_check(rows, sizeof rows / sizeof *rows);
}

/* The longest host name and the longest own words: every reply fits its window, and the limit's 421 behind it. */
static void test_longest(void **state)
{
    smtpauth_policy policy = session_policy(SMTPAUTH_CLEAR_AUTH);
    smtpauth_words all[SMTPAUTH_REASON_COUNT];
    session s;
    (void)state;
    policy.hostname = hostname_255;
    policy.auth_failures_max = 3;
    policy.words = all;
    for (uint16_t reason = 16; reason < SMTPAUTH_REASON_COUNT; reason++) {
        all[policy.words_len].reason = reason;
        all[policy.words_len].text = words_100;
        policy.words_len += smtpauth_reason_code(reason) != 0;
    }
    assert_int_equal(session_begin(&s, &policy, 0, SMTPAUTH_REPLY_MAX), SMTPAUTH_DONE);
    assert_int_equal(
        session_say(&s, EHLO "FOO\r\nMAIL FROM:<a@b.test>\r\nRCPT\r\nAUTH CRAM-MD5\r\nHELP\r\nNOOP\r\n"),
        SMTPAUTH_NEED_INPUT);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(session_say(&s, "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n"), SMTPAUTH_ASK_PASSWORD);
        session_flush(&s);
        assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_REJECTED, NULL, 0), SMTPAUTH_DONE);
    }
    assert_int_equal(session_run(&s), SMTPAUTH_CLOSED);
    const char *replies = octets_string(&s.replies);
    assert_non_null(strstr(replies, "\r\n421 4.7.0 hhhh"));
    for (const char *at = replies; *at != 0; at = strstr(at, "\r\n") + 2) {
        assert_non_null(strstr(at, "\r\n"));
        assert_true(strstr(at, "\r\n") - at <= 510); /* RFC 5321 4.5.3.1.5 */
    }
    session_end(&s);
}

static void test_own_words(void **state)
{
    smtpauth_policy policy = session_policy(SMTPAUTH_CLEAR_AUTH);
    session s;
    (void)state;
    own_words(&policy, SMTPAUTH_REASON_AUTH_REQUIRED, "Log in first, please");
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(session_say(&s, EHLO), SMTPAUTH_NEED_INPUT);
    size_t from = s.replies.len;
    assert_int_equal(session_say(&s, "MAIL FROM:<a@b.test>\r\n"), SMTPAUTH_NEED_INPUT);
    assert_true(session_replied(&s, from, "530 5.7.0 Log in first, please\r\n"));
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_own_words),
    };
    return cmocka_run_group_tests_name("server policy, words", tests, setup, NULL);
}
