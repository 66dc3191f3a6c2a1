/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Verdicts of a host. What is to be proved: no number but ACCEPTED and ACCEPTED_AS ever becomes 235; ACCEPTED is not
 * enough where another authorization identity was asked for; own words never change the code. Source: tracker.h;
 * RFC 4954 4, 6; RFC 4616 2.
 */

#include "session.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static smtpauth_policy policy;

#define EHLO    "EHLO client.example.test\r\n"
#define ALICE   EHLO "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n"     /* \0alice\0secret */
#define OWN     EHLO "AUTH PLAIN YWxpY2UAYWxpY2UAc2VjcmV0\r\n" /* alice\0alice\0secret */
#define FOREIGN EHLO "AUTH PLAIN Ym9iAGFsaWNlAHNlY3JldA==\r\n" /* bob\0alice\0secret */
#define LOGIN   EHLO "AUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\n"

static int setup(void **state)
{
    (void)state;
    policy = session_policy(SMTPAUTH_CLEAR_AUTH);
    return 0;
}

static void open_password(session *s, const char *text)
{
    assert_int_equal(session_begin(s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(session_say(s, text), SMTPAUTH_ASK_PASSWORD);
    session_flush(s);
}

static bool view_is(const smtpauth_view *view, const char *text)
{
    return view->len == strlen(text) && memcmp(view->data, text, view->len) == 0;
}

static bool is_authenticated(const session *s)
{
    return (smtpauth_server_is(&s->server) & SMTPAUTH_IS_AUTHENTICATED) != 0;
}

/* A verdict that is no yes: what it returns, what is said, and that MAIL is still 530. */
static void check_no(const char *text, int32_t verdict, int32_t result, const char *reply)
{
    session s;
    open_password(&s, text);
    size_t from = s.replies.len;
    int32_t got = smtpauth_server_verdict(&s.server, &s.io, verdict, NULL, 0);
    if (got != result || !session_replied(&s, from, reply))
        fail_msg("verdict %d returned %d and said %s", (int)verdict, (int)got,
                 octets_string(&s.replies) + from);
    assert_false(is_authenticated(&s));
    assert_string_equal(smtpauth_server_mechanism(&s.server), "");
    from = s.replies.len;
    assert_int_equal(session_say(&s, "MAIL FROM:<alice@example.test>\r\n"), SMTPAUTH_NEED_INPUT);
    assert_true(session_replied(&s, from, "530 5.7.0 Authentication required\r\n"));
    session_end(&s);
}

static void check_yes(const char *text, int32_t verdict, const char *mechanism)
{
    session s;
    open_password(&s, text);
    size_t from = s.replies.len;
    assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, verdict, NULL, 0), SMTPAUTH_DONE);
    assert_true(session_replied(&s, from, "235 2.7.0 "));
    assert_int_equal(session_next(&s), SMTPAUTH_NOTE_AUTH);
    assert_int_equal(s.event.reason, SMTPAUTH_REASON_AUTHENTICATED);
    assert_int_equal(s.event.code, 235);
    assert_int_equal(s.event.delay_s, 0);
    assert_true(is_authenticated(&s));
    assert_string_equal(smtpauth_server_mechanism(&s.server), mechanism);
    session_end(&s);
}

static const struct {
    int32_t verdict;
    uint16_t reason;
    const char *reply;
} refusals[] = {
    {SMTPAUTH_REJECTED, SMTPAUTH_REASON_AUTH_FAILED, "535 5.7.8 Authentication credentials invalid\r\n"},
    {SMTPAUTH_UNAVAILABLE, SMTPAUTH_REASON_AUTH_UNAVAILABLE, "454 4.7.0 "},
    {SMTPAUTH_TOO_WEAK, SMTPAUTH_REASON_AUTH_TOO_WEAK, "534 5.7.9 "},
    {SMTPAUTH_TRANSITION, SMTPAUTH_REASON_AUTH_TRANSITION, "432 4.7.12 "},
    {SMTPAUTH_DISABLED, SMTPAUTH_REASON_AUTH_DISABLED, "525 5.7.13 "},
    {SMTPAUTH_EXPIRED, SMTPAUTH_REASON_AUTH_EXPIRED, "535 5.7.8 "},
    {SMTPAUTH_TRY_LATER, SMTPAUTH_REASON_AUTH_LATER, "454 4.7.0 "},
};

enum { REFUSALS = sizeof refusals / sizeof *refusals };

static bool is_verdict(int32_t value)
{
    return value >= SMTPAUTH_ACCEPTED && value <= SMTPAUTH_TRY_LATER;
}

/* bool, errno, the result of strcmp, a reason, a reply code: none of them is a yes. */
static void test_numbers(void **state)
{
    static const int32_t more[] = {true,
                                   false,
                                   EACCES,
                                   ENOENT,
                                   235,
                                   250,
                                   334,
                                   535,
                                   454,
                                   0xA5A5,
                                   0x1A5,
                                   0x100A5,
                                   0xA500,
                                   -0xA5,
                                   INT32_MAX,
                                   INT32_MIN,
                                   INT32_MIN + 0xA5,
                                   -91 /* (int8_t)0xA5 */,
                                   -90,
                                   65536 + 0xA6};
    (void)state;
    for (int32_t value = -300; value <= 300; value++) {
        if (!is_verdict(value))
            check_no(ALICE, value, SMTPAUTH_E_ANSWER, "454 4.7.0 ");
    }
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        check_no(LOGIN, more[i], SMTPAUTH_E_ANSWER, "454 4.7.0 ");
}

static void test_refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < REFUSALS; i++) {
        check_no(ALICE, refusals[i].verdict, SMTPAUTH_DONE, refusals[i].reply);
        check_no(LOGIN, refusals[i].verdict, SMTPAUTH_DONE, refusals[i].reply);
        check_no(FOREIGN, refusals[i].verdict, SMTPAUTH_DONE, refusals[i].reply);
    }
}

static void test_accepted(void **state)
{
    (void)state;
    check_yes(ALICE, SMTPAUTH_ACCEPTED, "PLAIN");
    check_yes(ALICE, SMTPAUTH_ACCEPTED_AS, "PLAIN");
    check_yes(OWN, SMTPAUTH_ACCEPTED, "PLAIN");
    check_yes(LOGIN, SMTPAUTH_ACCEPTED, "LOGIN");
    check_yes(LOGIN, SMTPAUTH_ACCEPTED_AS, "LOGIN");
}

/* ACCEPTED does not cover another authorization identity; the words are those of a wrong password. */
static void test_foreign(void **state)
{
    (void)state;
    check_no(FOREIGN, SMTPAUTH_ACCEPTED, SMTPAUTH_DONE, "535 5.7.8 Authentication credentials invalid\r\n");
    check_yes(FOREIGN, SMTPAUTH_ACCEPTED_AS, "PLAIN");

    session s; /* words of welcome do not go with what becomes a refusal */
    open_password(&s, FOREIGN);
    size_t from = s.replies.len;
    assert_int_equal(
        smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_ACCEPTED, (const uint8_t *)"Welcome", 7),
        SMTPAUTH_DONE);
    assert_true(session_replied(&s, from, "535 5.7.8 Authentication credentials invalid\r\n"));
    session_end(&s);
}

static void test_question(void **state)
{
    session s;
    (void)state;
    open_password(&s, FOREIGN);
    assert_int_equal(s.event.verb, SMTPAUTH_VERB_AUTH);
    assert_int_equal(s.event.attempt, 1);
    assert_true(view_is(&s.event.identity, "alice"));
    assert_true(view_is(&s.event.authorization, "bob"));
    assert_true(view_is(&s.event.password, "secret"));
    assert_true(view_is(&s.event.mechanism, "PLAIN"));
    session_end(&s);
    open_password(&s, OWN);
    assert_int_equal(s.event.authorization.len, 0);
    session_end(&s);
    open_password(&s, LOGIN);
    assert_true(view_is(&s.event.identity, "alice"));
    assert_true(view_is(&s.event.password, "secret"));
    assert_true(view_is(&s.event.mechanism, "LOGIN"));
    session_end(&s);
}

/* NOTE_AUTH comes directly behind the verdict and before any pipelined command is judged: the host's delay. */
static void test_note(void **state)
{
    static const uint16_t delays[][2] = {{0, 1}, {7, 7}, {65535, 0}};
    (void)state;
    for (size_t i = 0; i < sizeof delays / sizeof *delays; i++) {
        session s;
        policy.failure_delay_s = delays[i][0];
        open_password(&s, FOREIGN "NOOP\r\n");
        assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_REJECTED, NULL, 0), SMTPAUTH_DONE);
        size_t written = session_written(&s);
        session_move(&s);
        assert_int_equal(session_next(&s), SMTPAUTH_NOTE_AUTH);
        assert_int_equal(session_written(&s), written);
        assert_int_equal(s.event.reason, SMTPAUTH_REASON_AUTH_FAILED);
        assert_int_equal(s.event.code, 535);
        assert_int_equal(s.event.attempt, 1);
        assert_int_equal(s.event.delay_s, delays[i][1]);
        assert_true(view_is(&s.event.identity, "alice"));
        assert_true(view_is(&s.event.authorization, "bob"));
        assert_true(view_is(&s.event.mechanism, "PLAIN"));
        assert_int_equal(session_run(&s), SMTPAUTH_NEED_INPUT);
        assert_true(session_replied(&s, written, "250 2.0.0 "));
        session_end(&s);
    }
    policy.failure_delay_s = 0;
}

static void check_words(int32_t verdict, const char *words, size_t len, int32_t result, const char *reply)
{
    session s;
    open_password(&s, ALICE);
    size_t from = s.replies.len;
    int32_t got = smtpauth_server_verdict(&s.server, &s.io, verdict, (const uint8_t *)words, len);
    if (!session_replied(&s, from, reply) || got != result)
        fail_msg("verdict %d with `%s` returned %d and said %s", (int)verdict, words, (int)got,
                 octets_string(&s.replies) + from);
    session_end(&s);
}

static void test_words(void **state)
{
    static const char catalogue[] = "535 5.7.8 Authentication credentials invalid\r\n";
    char longest[102];
    (void)state;
    check_words(SMTPAUTH_REJECTED, "Wrong name or password", 22, SMTPAUTH_DONE,
                "535 5.7.8 Wrong name or password\r\n");
    check_words(SMTPAUTH_ACCEPTED, "Hello", 5, SMTPAUTH_DONE, "235 2.7.0 Hello\r\n");
    check_words(SMTPAUTH_REJECTED, "a\r\n235 2.7.0 b", 14, SMTPAUTH_E_WORDS, catalogue);
    check_words(SMTPAUTH_REJECTED, "a\rb", 3, SMTPAUTH_E_WORDS, catalogue);
    check_words(SMTPAUTH_REJECTED, "a\0b", 3, SMTPAUTH_E_WORDS, catalogue);
    check_words(SMTPAUTH_REJECTED, "caf\xc3\xa9", 5, SMTPAUTH_E_WORDS, catalogue);
    check_words(SMTPAUTH_ACCEPTED, "caf\xc3\xa9", 5, SMTPAUTH_E_WORDS, "235 2.7.0 ");
    memset(longest, 'x', sizeof longest);
    longest[101] = 0;
    check_words(SMTPAUTH_REJECTED, longest, 100, SMTPAUTH_DONE, "535 5.7.8 xxxx");
    /* A number that is no verdict is 454 whatever words come with it. */
    check_words(1, "Welcome", 7, SMTPAUTH_E_ANSWER, "454 4.7.0 ");
    check_words(SMTPAUTH_REJECTED, longest, 101, SMTPAUTH_E_WORDS, catalogue);
}

/* The limit: 535, and 421 in the same output; then closed, and nothing reopens it. */
static void test_limit(void **state)
{
    session s;
    (void)state;
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(session_say(&s, EHLO), SMTPAUTH_NEED_INPUT);
    for (int i = 1; i <= 5; i++) {
        assert_int_equal(session_say(&s, "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n"), SMTPAUTH_ASK_PASSWORD);
        assert_int_equal(s.event.attempt, i);
        size_t from = s.replies.len;
        assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_REJECTED, NULL, 0), SMTPAUTH_DONE);
        assert_true(session_replied(&s, from, "535 5.7.8 Authentication credentials invalid\r\n"));
        assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_AUTH_FAILURES), i);
        assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_AUTH_ATTEMPTS), i);
        assert_int_equal(strstr(octets_string(&s.replies) + from, "\r\n421 4.7.0 mail.example.test ") != NULL,
                         i == 5);
        assert_int_equal(session_next(&s), SMTPAUTH_NOTE_AUTH);
    }
    session_text(&s, "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n");
    for (int i = 0; i < 3; i++)
        assert_int_equal(session_run(&s), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_server_why(&s.server), SMTPAUTH_REASON_AUTH_FAILURES);
    assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_ACCEPTED, NULL, 0), SMTPAUTH_E_STATE);
    assert_false(is_authenticated(&s));
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_refusals), cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_foreign), cmocka_unit_test(test_question), cmocka_unit_test(test_note),
        cmocka_unit_test(test_words),   cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests_name("server verdicts", tests, setup, NULL);
}
