/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Policies: each fault that policy_check names, one by one, against a policy that is good but for it: size, flags, host name,
 * TLS, limits; floors and defaults; verbs that need login. Source: server.h, reason.h; RFC 4954 9, RFC 5321 4.5.3.1.8 (floors).
 * Mechanisms, extensions and own words have files of their own.
 */

#include "policy_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EHLO "EHLO client.example.test\r\n"

static char hostname_255[256], hostname_256[257];

static void is_good(smtpauth_policy *p)
{
    (void)p;
}

static void size_less(smtpauth_policy *p)
{
    p->size--;
}

static void size_zero(smtpauth_policy *p)
{
    p->size = 0;
}

static void reserve_first(smtpauth_policy *p)
{
    p->reserved[0] = 1;
}

static void reserve_last(smtpauth_policy *p)
{
    p->reserved[sizeof p->reserved / sizeof *p->reserved - 1] = UINT64_C(1) << 63;
}

static void reserve_pointer(smtpauth_policy *p)
{
    p->reserved_pointers[2] = p;
}

static void flag_unknown(smtpauth_policy *p)
{
    p->flags |= 1u << 20;
}

static void flags_contradict(smtpauth_policy *p)
{
    p->flags |= SMTPAUTH_RELAY | SMTPAUTH_NO_AUTH;
}

static void extension_unknown(smtpauth_policy *p)
{
    p->extensions |= 1u << 30;
}

static void asks_unknown(smtpauth_policy *p)
{
    p->asks |= 1u << 9;
}

static void notes_unknown(smtpauth_policy *p)
{
    p->notes |= 1u << 9;
}

static void hostname_none(smtpauth_policy *p)
{
    p->hostname = NULL;
}

static void hostname_empty(smtpauth_policy *p)
{
    p->hostname = "";
}

static void hostname_long(smtpauth_policy *p)
{
    p->hostname = hostname_256;
}

static void hostname_longest(smtpauth_policy *p)
{
    p->hostname = hostname_255;
}

static void hostname_blank(smtpauth_policy *p)
{
    p->hostname = "mail example";
}

static void hostname_crlf(smtpauth_policy *p)
{
    p->hostname = "mail.test\r\n250 x";
}

static void hostname_8bit(smtpauth_policy *p)
{
    p->hostname = "m\xc3\xa4il.test";
}

static void hostname_literal(smtpauth_policy *p)
{
    p->hostname = "[192.0.2.1]";
}

static void relay_without(smtpauth_policy *p)
{
    p->flags = SMTPAUTH_RELAY, p->mechanisms = NULL;
}

static void no_auth(smtpauth_policy *p)
{
    p->flags = SMTPAUTH_NO_AUTH, p->mechanisms = NULL;
}

static void lmtp(smtpauth_policy *p)
{
    p->flags = SMTPAUTH_NO_AUTH | SMTPAUTH_LMTP, p->mechanisms = NULL;
}

static void lmtp_login(smtpauth_policy *p)
{
    p->flags |= SMTPAUTH_LMTP;
}

static void no_tls(smtpauth_policy *p)
{
    p->flags = 0;
}

static void starttls(smtpauth_policy *p)
{
    p->flags = 0, p->extensions = SMTPAUTH_EXT_STARTTLS;
}

static void implicit(smtpauth_policy *p)
{
    p->flags = SMTPAUTH_IMPLICIT_TLS;
}

static void requires_no_tls(smtpauth_policy *p)
{
    p->flags |= SMTPAUTH_REQUIRE_TLS;
}

static void line_short(smtpauth_policy *p)
{
    p->line_max = 511;
}

static void line_shortest(smtpauth_policy *p)
{
    p->line_max = 512, p->auth_line_max = 512;
}

static void auth_line_short(smtpauth_policy *p)
{
    p->line_max = 4096, p->auth_line_max = 4095;
}

static void auth_line_default(smtpauth_policy *p)
{
    p->auth_line_max = 2047;
}

static void line_over_default(smtpauth_policy *p)
{
    p->line_max = 16385;
}

static void auth_line_equal(smtpauth_policy *p)
{
    p->auth_line_max = 2048;
}

static const policy_row rows[] = {
    POLICY_ROW(is_good, NONE),
    POLICY_ROW(size_less, POLICY_SIZE),
    POLICY_ROW(size_zero, POLICY_SIZE),
    POLICY_ROW(reserve_first, POLICY_SIZE),
    POLICY_ROW(reserve_last, POLICY_SIZE),
    POLICY_ROW(reserve_pointer, POLICY_SIZE),
    POLICY_ROW(flag_unknown, POLICY_FLAGS),
    POLICY_ROW(flags_contradict, POLICY_FLAGS),
    POLICY_ROW(extension_unknown, POLICY_FLAGS),
    POLICY_ROW(asks_unknown, POLICY_FLAGS),
    POLICY_ROW(notes_unknown, POLICY_FLAGS),
    POLICY_ROW(hostname_none, POLICY_HOSTNAME),
    POLICY_ROW(hostname_empty, POLICY_HOSTNAME),
    POLICY_ROW(hostname_long, POLICY_HOSTNAME),
    POLICY_ROW(hostname_longest, NONE),
    POLICY_ROW(hostname_blank, POLICY_HOSTNAME),
    POLICY_ROW(hostname_crlf, POLICY_HOSTNAME),
    POLICY_ROW(hostname_8bit, POLICY_HOSTNAME),
    POLICY_ROW(hostname_literal, NONE),
    POLICY_ROW(relay_without, NONE),
    POLICY_ROW(no_auth, NONE),
    POLICY_ROW(lmtp, NONE),
    POLICY_ROW(lmtp_login, NONE),
    POLICY_ROW(no_tls, POLICY_NO_TLS),
    POLICY_ROW(starttls, NONE),
    POLICY_ROW(implicit, NONE),
    POLICY_ROW(requires_no_tls, POLICY_NO_TLS),
    POLICY_ROW(line_short, POLICY_LIMIT),
    POLICY_ROW(line_shortest, NONE),
    POLICY_ROW(auth_line_short, POLICY_LIMIT),
    POLICY_ROW(auth_line_default, POLICY_LIMIT),
    POLICY_ROW(line_over_default, NONE),
    POLICY_ROW(auth_line_equal, NONE),
};

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < 256; i++)
        hostname_256[i] = i % 32 == 31 ? '.' : 'h';
    hostname_256[255] = 'h';
    memcpy(hostname_255, hostname_256, 255);
    hostname_255[254] = 'h';
    return 0;
}

static void test_faults(void **state)
{
    (void)state;
    policy_rows_check(rows, sizeof rows / sizeof *rows);
    assert_int_equal(smtpauth_policy_check(NULL), SMTPAUTH_E_ARGUMENT);
}

/* A policy without STARTTLS works for sessions that begin under TLS. */
static void test_implicit(void **state)
{
    smtpauth_policy policy = session_policy(0);
    smtpauth_server s;
    (void)state;
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, 0, NULL, 0), SMTPAUTH_E_POLICY);
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, SMTPAUTH_IMPLICIT_TLS, NULL, 0),
                     SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_is(&s), SMTPAUTH_IS_TLS);
}

/* Whatever verbs a policy adds to those that need login: what is never refused for lack of one goes through. */
static void test_auth_verbs(void **state)
{
    smtpauth_policy policy = session_policy(SMTPAUTH_CLEAR_AUTH);
    session s;
    (void)state;
    policy.auth_verbs = SMTPAUTH_BIT(SMTPAUTH_VERB_COUNT) - 1;
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(session_say(&s, EHLO), SMTPAUTH_NEED_INPUT);
    size_t from = s.replies.len;
    assert_int_equal(
        session_say(&s, "NOOP\r\nRSET\r\nHELP\r\nHELO a.test\r\n" EHLO "AUTH LOGIN\r\n*\r\nVRFY x\r\nQUIT\r\n"),
        SMTPAUTH_CLOSED);
    assert_true(session_replied(&s, from, "250 2.0.0 "));
    const char *replies = octets_string(&s.replies) + from;
    assert_non_null(strstr(replies, "\r\n250-mail.example.test"));
    assert_non_null(strstr(replies, "\r\n334 VXNlcm5hbWU6\r\n501 5.7.0 "));
    assert_ptr_equal(strstr(replies, "530 "), strstr(replies, "530 5.7.0 Authentication required\r\n221 "));
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_implicit),
        cmocka_unit_test(test_auth_verbs),
    };
    return cmocka_run_group_tests_name("server policy", tests, setup, NULL);
}
