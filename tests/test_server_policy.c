/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Policies: each fault that policy_check names, one by one, against a policy that is good but for it; floors and
 * defaults; own words. Source: server.h, reason.h; RFC 4954 9, RFC 5321 4.5.3.1.8 (floors).
 */

#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EHLO "EHLO client.example.test\r\n"

static void check_both(const smtpauth_policy *policy, int32_t fault, const char *name)
{
    smtpauth_server s;
    int32_t got = smtpauth_policy_check(policy);
    int32_t init = smtpauth_server_init(&s, sizeof s, policy, 0, NULL, 0);
    if (got != fault || init != (fault != 0 ? SMTPAUTH_E_POLICY : SMTPAUTH_DONE))
        fail_msg("%s: policy_check %d, expected %d; init %d", name, (int)got, (int)fault, (int)init);
}

/* What makes a good policy bad (or leaves it good). */
typedef void change_fn(smtpauth_policy *policy);

static smtpauth_mechanism_fn *const none[] = {NULL};
static smtpauth_mechanism_fn *many[19];
static char hostname_255[256], hostname_256[257];
static char words_100[101], words_101[102];
static smtpauth_words own;

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

static void mechanisms_null(smtpauth_policy *p)
{
    p->mechanisms = NULL;
}

static void mechanisms_none(smtpauth_policy *p)
{
    p->mechanisms = none;
}

static void mechanisms_17(smtpauth_policy *p)
{
    p->mechanisms = many;
}

static void mechanisms_twice(smtpauth_policy *p)
{
    static smtpauth_mechanism_fn *const twice[] = {smtpauth_plain, smtpauth_login, smtpauth_plain, NULL};
    p->mechanisms = twice;
}

static const smtpauth_host_mechanism host_run[17] = {
    {"GSSAPI", 0}, {"NTLM", 0}, {"DIGEST-MD5", SMTPAUTH_HOST_SERVER_FIRST},
    {"M3", 0},     {"M4", 0},   {"M5", 0},
    {"M6", 0},     {"M7", 0},   {"M8", 0},
    {"M9", 0},     {"M10", 0},  {"M11", 0},
    {"M12", 0},    {"M13", 0},  {"M14", SMTPAUTH_HOST_NEEDS_TLS},
    {"M15", 0},    {"M16", 0},
};

static void host_16(smtpauth_policy *p)
{
    p->host_mechanisms = host_run;
    p->host_mechanisms_len = 16;
}

static void host_17(smtpauth_policy *p)
{
    p->host_mechanisms = host_run;
    p->host_mechanisms_len = 17;
}

static void host_null(smtpauth_policy *p)
{
    p->host_mechanisms_len = 1;
}

static void host_alone(smtpauth_policy *p)
{
    host_16(p);
    p->mechanisms = NULL;
    p->extensions = 0; /* GSSAPI needs no TLS */
}

static void host_named(smtpauth_policy *p, const char *name, uint32_t flags)
{
    static smtpauth_host_mechanism one;
    one.name = name;
    one.flags = flags;
    p->host_mechanisms = &one;
    p->host_mechanisms_len = 1;
}

static void host_no_name(smtpauth_policy *p)
{
    host_named(p, NULL, 0);
}

static void host_empty_name(smtpauth_policy *p)
{
    host_named(p, "", 0);
}

static void host_lower_name(smtpauth_policy *p)
{
    host_named(p, "gssapi", 0);
}

static void host_long_name(smtpauth_policy *p)
{
    host_named(p, "ABCDEFGHIJKLMNOPQRSTU", 0);
}

static void host_blank_name(smtpauth_policy *p)
{
    host_named(p, "GSS API", 0);
}

static void host_same_name(smtpauth_policy *p)
{
    host_named(p, "PLAIN", 0);
}

static void host_unknown_flag(smtpauth_policy *p)
{
    host_named(p, "GSSAPI", 8);
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

static void words_null(smtpauth_policy *p)
{
    p->words = NULL, p->words_len = 1;
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

#define ROW(change, fault)                                                                                     \
    {                                                                                                          \
        change, SMTPAUTH_REASON_##fault, #change                                                               \
    }
static const struct {
    change_fn *change;
    int32_t fault;
    const char *name;
} rows[] = {
    ROW(is_good, NONE),
    ROW(size_less, POLICY_SIZE),
    ROW(size_zero, POLICY_SIZE),
    ROW(reserve_first, POLICY_SIZE),
    ROW(reserve_last, POLICY_SIZE),
    ROW(reserve_pointer, POLICY_SIZE),
    ROW(flag_unknown, POLICY_FLAGS),
    ROW(flags_contradict, POLICY_FLAGS),
    ROW(extension_unknown, POLICY_FLAGS),
    ROW(asks_unknown, POLICY_FLAGS),
    ROW(notes_unknown, POLICY_FLAGS),
    ROW(hostname_none, POLICY_HOSTNAME),
    ROW(hostname_empty, POLICY_HOSTNAME),
    ROW(hostname_long, POLICY_HOSTNAME),
    ROW(hostname_longest, NONE),
    ROW(hostname_blank, POLICY_HOSTNAME),
    ROW(hostname_crlf, POLICY_HOSTNAME),
    ROW(hostname_8bit, POLICY_HOSTNAME),
    ROW(hostname_literal, NONE),
    ROW(mechanisms_null, POLICY_MECHANISM),
    ROW(mechanisms_none, POLICY_MECHANISM),
    ROW(mechanisms_17, POLICY_MECHANISM),
    ROW(mechanisms_twice, POLICY_MECHANISM),
    ROW(host_16, NONE),
    ROW(host_17, POLICY_MECHANISM),
    ROW(host_null, POLICY_MECHANISM),
    ROW(host_alone, NONE),
    ROW(host_no_name, POLICY_MECHANISM),
    ROW(host_empty_name, POLICY_MECHANISM),
    ROW(host_lower_name, POLICY_MECHANISM),
    ROW(host_long_name, POLICY_MECHANISM),
    ROW(host_blank_name, POLICY_MECHANISM),
    ROW(host_same_name, POLICY_MECHANISM),
    ROW(host_unknown_flag, POLICY_MECHANISM),
    ROW(relay_without, NONE),
    ROW(no_auth, NONE),
    ROW(lmtp, NONE),
    ROW(lmtp_login, NONE),
    ROW(no_tls, POLICY_NO_TLS),
    ROW(starttls, NONE),
    ROW(implicit, NONE),
    ROW(requires_no_tls, POLICY_NO_TLS),
    ROW(words_null, POLICY_WORDS),
    ROW(words_unknown, POLICY_WORDS),
    ROW(words_zero, POLICY_WORDS),
    ROW(words_no_text, POLICY_WORDS),
    ROW(words_long, POLICY_WORDS),
    ROW(words_longest, NONE),
    ROW(words_cr, POLICY_WORDS),
    ROW(words_lf, POLICY_WORDS),
    ROW(words_8bit, POLICY_WORDS),
    ROW(line_short, POLICY_LIMIT),
    ROW(line_shortest, NONE),
    ROW(auth_line_short, POLICY_LIMIT),
    ROW(auth_line_default, POLICY_LIMIT),
    ROW(line_over_default, NONE),
    ROW(auth_line_equal, NONE),
};

static int setup(void **state)
{
    (void)state;
    for (size_t i = 0; i < 17; i++)
        many[i] = i % 2 ? smtpauth_plain : smtpauth_login;
    for (size_t i = 0; i < 256; i++)
        hostname_256[i] = i % 32 == 31 ? '.' : 'h';
    hostname_256[255] = 'h';
    memcpy(hostname_255, hostname_256, 255);
    hostname_255[254] = 'h';
    memset(words_101, 'w', 101);
    memset(words_100, 'w', 100);
    return 0;
}

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        smtpauth_policy policy = session_policy(SMTPAUTH_CLEAR_AUTH);
        rows[i].change(&policy);
        check_both(&policy, rows[i].fault, rows[i].name);
    }
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
        cmocka_unit_test(test_faults),    cmocka_unit_test(test_implicit),   cmocka_unit_test(test_longest),
        cmocka_unit_test(test_own_words), cmocka_unit_test(test_auth_verbs),
    };
    return cmocka_run_group_tests_name("server policy", tests, setup, NULL);
}
