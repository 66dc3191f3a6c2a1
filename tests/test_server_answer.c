/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Answers to questions, fit and unfit. What is to be proved: nothing but the verdicts ACCEPTED and ACCEPTED_AS lets
 * anybody in; an answer that does not fit refuses safely (454 to AUTH, 451 else) and says so; a call without an open
 * question, with a NULL or without room changes nothing at all. Source: server.h, tracker.h; RFC 4954 6; RFC 2034 4.
 */

#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static smtpauth_policy policy;

#define EHLO    "EHLO client.example.test\r\n"
#define ALICE   "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n"     /* \0alice\0secret */
#define FOREIGN "AUTH PLAIN Ym9iAGFsaWNlAHNlY3JldA==\r\n" /* bob\0alice\0secret */
#define MAIL    "MAIL FROM:<alice@example.test>\r\n"
#define RCPT    "RCPT TO:<bob@example.test>\r\n"

/* Where each question comes up: what was said before it, in a relay where a login is offered. */
static const struct {
    uint16_t question;
    const char *text;
    const char *refusal; /* by answer(0) and by whatever does not fit */
} questions[] = {
    {SMTPAUTH_ASK_PASSWORD, EHLO ALICE, "454 4.7.0 "},
    {SMTPAUTH_ASK_MAIL, EHLO MAIL, "451 4.3.0 "},
    {SMTPAUTH_ASK_RCPT, EHLO MAIL RCPT, "451 4.3.0 "},
    {SMTPAUTH_ASK_DATA, EHLO MAIL RCPT "DATA\r\n", "451 4.3.0 "},
    {SMTPAUTH_ASK_MESSAGE, EHLO MAIL RCPT "DATA\r\nx\r\n.\r\n", "451 4.3.0 "},
    {SMTPAUTH_ASK_HELLO, EHLO, "451 4.3.0 "},
    {SMTPAUTH_ASK_STARTTLS, EHLO "STARTTLS\r\n", "45"},
    {SMTPAUTH_ASK_VERIFY, "VRFY bob\r\n", "451 4.3.0 "},
    {SMTPAUTH_ASK_ETRN, EHLO "ETRN example.test\r\n", "451 4.3.0 "},
    {SMTPAUTH_ASK_XCLIENT, "XCLIENT LOGIN=alice\r\n", "451 4.3.0 "},
};

enum { QUESTIONS = sizeof questions / sizeof *questions };

static int setup(void **state)
{
    (void)state;
    policy = session_policy(SMTPAUTH_RELAY | SMTPAUTH_CLEAR_AUTH);
    policy.extensions =
        SMTPAUTH_EXT_STARTTLS | SMTPAUTH_EXT_SMTPUTF8 | SMTPAUTH_EXT_ETRN | SMTPAUTH_EXT_XCLIENT;
    policy.asks = SMTPAUTH_ASKS_STARTTLS | SMTPAUTH_ASKS_VERIFY | SMTPAUTH_ASKS_HELLO;
    return 0;
}

/* Leaves the question open that `question` names, everything before it answered by a yes. */
static void open_question(session *s, uint16_t question, const char *text)
{
    assert_int_equal(session_begin(s, &policy, SMTPAUTH_TRUSTED, 4096), SMTPAUTH_DONE);
    session_text(s, text);
    for (uint16_t type = session_run(s); type != question; type = session_run(s)) {
        assert_in_range(type, 32, 63);
        if (type == SMTPAUTH_ASK_PASSWORD)
            assert_int_equal(smtpauth_server_verdict(&s->server, &s->io, SMTPAUTH_ACCEPTED, NULL, 0),
                             SMTPAUTH_DONE);
        else
            assert_int_equal(smtpauth_server_answer(&s->server, &s->io, SMTPAUTH_REASON_OK), SMTPAUTH_DONE);
    }
    session_flush(s);
}

static bool is_authenticated(const session *s)
{
    return (smtpauth_server_is(&s->server) & SMTPAUTH_IS_AUTHENTICATED) != 0;
}

/* The first line said by a call, in a copy of the session. */
static void check_say(const session *s, uint16_t code, const char *enhanced, const char *words, int32_t result,
                      const char *reply)
{
    session copy;
    session_copy(&copy, s);
    int32_t got =
        smtpauth_server_say(&copy.server, &copy.io, code, enhanced, (const uint8_t *)words, strlen(words));
    if (got != result || !session_replied(&copy, 0, reply))
        fail_msg("say(%u, %s, \"%s\") to question %u returned %d and said: %s", code,
                 enhanced ? enhanced : "NULL", words, s->event.asked, (int)got, octets_string(&copy.replies));
    session_end(&copy);
}

static void check_answer(const session *s, uint16_t reason, int32_t result, const char *reply)
{
    session copy;
    session_copy(&copy, s);
    int32_t got = smtpauth_server_answer(&copy.server, &copy.io, reason);
    if (got != result || !session_replied(&copy, 0, reply))
        fail_msg("answer(%u) to question %u returned %d and said: %s", reason, s->event.asked, (int)got,
                 octets_string(&copy.replies));
    session_end(&copy);
}

/* ---- Nothing is open ---- */

static void check_idle(session *s)
{
    static const uint8_t words[] = "words";
    smtpauth_server before = s->server;
    smtpauth_io io = s->io;
    assert_int_equal(smtpauth_server_answer(&s->server, &s->io, SMTPAUTH_REASON_OK), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_server_answer(&s->server, &s->io, 0), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_server_say(&s->server, &s->io, 250, NULL, words, 5), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_server_verdict(&s->server, &s->io, SMTPAUTH_ACCEPTED, NULL, 0), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_server_tls_started(&s->server, &s->io, 0), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_server_tls_failed(&s->server), SMTPAUTH_E_STATE);
    assert_memory_equal(&s->server, &before, sizeof before);
    assert_memory_equal(&s->io, &io, sizeof io);
}

static void test_no_question(void **state)
{
    session s;
    (void)state;
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    check_idle(&s); /* before the greeting */
    assert_int_equal(session_run(&s), SMTPAUTH_NEED_INPUT);
    check_idle(&s);
    session_text(&s, "NOO"); /* in mid-line */
    assert_int_equal(session_run(&s), SMTPAUTH_NEED_INPUT);
    check_idle(&s);
    session_end(&s);

    open_question(&s, SMTPAUTH_ASK_PASSWORD, EHLO "AUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\n");
    session_end(&s);
    open_question(&s, SMTPAUTH_ASK_HELLO, EHLO "AUTH LOGIN\r\n");
    assert_int_equal(smtpauth_server_answer(&s.server, &s.io, SMTPAUTH_REASON_OK), SMTPAUTH_DONE);
    check_idle(&s); /* answered once is answered */
    assert_int_equal(session_run(&s), SMTPAUTH_NEED_INPUT);
    check_idle(&s); /* inside an exchange */
    assert_int_equal(session_say(&s, "*\r\nQUIT\r\n"), SMTPAUTH_CLOSED);
    check_idle(&s); /* closed */
    session_end(&s);
}

/* ---- NULL and room ---- */

static void test_nulls(void **state)
{
    (void)state;
    for (size_t i = 0; i < QUESTIONS; i++) {
        session s;
        open_question(&s, questions[i].question, questions[i].text);
        smtpauth_server before = s.server;
        assert_int_equal(smtpauth_server_answer(NULL, &s.io, SMTPAUTH_REASON_OK), SMTPAUTH_E_ARGUMENT);
        assert_int_equal(smtpauth_server_answer(&s.server, NULL, SMTPAUTH_REASON_OK), SMTPAUTH_E_ARGUMENT);
        assert_int_equal(smtpauth_server_say(NULL, &s.io, 250, NULL, NULL, 0), SMTPAUTH_E_ARGUMENT);
        assert_int_equal(smtpauth_server_say(&s.server, NULL, 250, NULL, NULL, 0), SMTPAUTH_E_ARGUMENT);
        assert_int_equal(smtpauth_server_verdict(NULL, &s.io, SMTPAUTH_ACCEPTED, NULL, 0), SMTPAUTH_E_ARGUMENT);
        assert_int_equal(smtpauth_server_verdict(&s.server, NULL, SMTPAUTH_ACCEPTED, NULL, 0),
                         SMTPAUTH_E_ARGUMENT);
        assert_int_equal(smtpauth_server_close(NULL, &s.io, SMTPAUTH_REASON_TIMEOUT), SMTPAUTH_E_ARGUMENT);
        assert_memory_equal(&s.server, &before, sizeof before);
        session_end(&s);
    }
}

/* No reply fits 12 octets: nothing may change, and the same call with room goes through. */
static void test_output(void **state)
{
    static const uint8_t words[] = "words";
    (void)state;
    for (size_t i = 0; i < QUESTIONS; i++) {
        for (size_t room = 0; room <= 12; room += 6) {
            session s;
            open_question(&s, questions[i].question, questions[i].text);
            smtpauth_server before = s.server;
            smtpauth_io io;
            s.io.avail_out = room;
            io = s.io;
            if (questions[i].question == SMTPAUTH_ASK_PASSWORD) {
                assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_ACCEPTED, NULL, 0),
                                 SMTPAUTH_E_OUTPUT);
            }
            assert_int_equal(smtpauth_server_answer(&s.server, &s.io, SMTPAUTH_REASON_OK), SMTPAUTH_E_OUTPUT);
            assert_int_equal(smtpauth_server_answer(&s.server, &s.io, 0), SMTPAUTH_E_OUTPUT);
            assert_int_equal(smtpauth_server_say(&s.server, &s.io, 550, "5.7.1", words, 5), SMTPAUTH_E_OUTPUT);
            assert_int_equal(smtpauth_server_close(&s.server, &s.io, SMTPAUTH_REASON_TIMEOUT),
                             SMTPAUTH_E_OUTPUT);
            assert_memory_equal(&s.server, &before, sizeof before);
            assert_memory_equal(&s.io, &io, sizeof io);
            s.io.avail_out = s.out_cap;
            assert_int_equal(session_next(&s), SMTPAUTH_NEED_ANSWER);
            session_flush(&s);
            size_t from = s.replies.len;
            smtpauth_server_answer(&s.server, &s.io, 0);
            assert_true(session_replied(&s, from, questions[i].refusal));
            session_end(&s);
        }
    }
}

/* ---- Answers that do not fit ---- */

static void test_refuse(void **state)
{
    (void)state;
    for (size_t i = 0; i < QUESTIONS; i++) {
        session s;
        open_question(&s, questions[i].question, questions[i].text);
        size_t from = s.replies.len;
        smtpauth_server_answer(&s.server, &s.io, 0);
        if (!session_replied(&s, from, questions[i].refusal))
            fail_msg("question %u refused by: %s", questions[i].question, octets_string(&s.replies) + from);
        assert_false(is_authenticated(&s));
        assert_int_equal(session_run(&s), SMTPAUTH_NEED_INPUT); /* and the session goes on */
        session_end(&s);
    }
}

/* A verdict answers ASK_PASSWORD alone, a reason everything else. */
static void test_wrong_kind(void **state)
{
    static const uint8_t words[] = "come in";
    (void)state;
    for (size_t i = 0; i < QUESTIONS; i++) {
        session s, copy;
        open_question(&s, questions[i].question, questions[i].text);
        session_copy(&copy, &s);
        if (questions[i].question == SMTPAUTH_ASK_PASSWORD) {
            check_answer(&s, SMTPAUTH_REASON_OK, SMTPAUTH_E_ANSWER, "454 4.7.0 ");
            check_answer(&s, SMTPAUTH_REASON_AUTHENTICATED, SMTPAUTH_E_ANSWER, "454 4.7.0 ");
            check_answer(&s, SMTPAUTH_REASON_AUTH_FAILED, SMTPAUTH_E_ANSWER, "454 4.7.0 ");
            check_answer(&s, SMTPAUTH_ACCEPTED, SMTPAUTH_E_ANSWER, "454 4.7.0 ");
            check_say(&s, 235, "2.7.0", "in", SMTPAUTH_E_ANSWER, "454 4.7.0 ");
            check_say(&s, 535, "5.7.8", "no", SMTPAUTH_E_ANSWER, "454 4.7.0 ");
            check_say(&s, 250, "2.0.0", "in", SMTPAUTH_E_ANSWER, "454 4.7.0 ");
            smtpauth_server_answer(&copy.server, &copy.io, SMTPAUTH_REASON_OK);
        } else {
            assert_int_equal(smtpauth_server_verdict(&copy.server, &copy.io, SMTPAUTH_ACCEPTED, words, 7),
                             SMTPAUTH_E_ANSWER);
            if (!session_replied(&copy, 0, questions[i].refusal))
                fail_msg("question %u: verdict said %s", questions[i].question, octets_string(&copy.replies));
        }
        assert_false(is_authenticated(&copy));
        session_end(&copy);
        session_end(&s);
    }
}

/* OK, or the very reason that the question's yes says. */
static bool is_yes(uint16_t question, uint16_t reason)
{
    return reason == SMTPAUTH_REASON_OK ||
           (question == SMTPAUTH_ASK_DATA && reason == SMTPAUTH_REASON_START_DATA) ||
           (question == SMTPAUTH_ASK_HELLO && reason == SMTPAUTH_REASON_HELLO) ||
           (question == SMTPAUTH_ASK_STARTTLS && reason == SMTPAUTH_REASON_TLS_READY) ||
           (question == SMTPAUTH_ASK_XCLIENT && reason == SMTPAUTH_REASON_GREETING);
}

/* Every number there is as a reason: never the reply of AUTH alone, never a greeting, challenge or 354. */
static void test_all_reasons(void **state)
{
    static const char *const never[] = {"220 ", "235 ", "334 ", "354 ", "432 ", "504 ", "525 ", "534 ", "535 "};
    (void)state;
    for (size_t i = 0; i < QUESTIONS; i++) {
        session s;
        open_question(&s, questions[i].question, questions[i].text);
        for (uint16_t reason = 1; reason < 400; reason++) {
            session copy;
            session_copy(&copy, &s);
            int32_t result = smtpauth_server_answer(&copy.server, &copy.io, reason);
            session_flush(&copy);
            for (size_t j = 0; j < sizeof never / sizeof *never; j++) {
                if (!is_yes(questions[i].question, reason) && session_replied(&copy, 0, never[j]))
                    fail_msg("question %u: answer(%u) said %s", questions[i].question, reason, never[j]);
            }
            assert_true(result == SMTPAUTH_DONE || result == SMTPAUTH_E_ANSWER);
            if (result == SMTPAUTH_E_ANSWER && !session_replied(&copy, 0, questions[i].refusal))
                fail_msg("question %u: answer(%u) said %s", questions[i].question, reason,
                         octets_string(&copy.replies));
            uint16_t code = smtpauth_reason_code(reason);
            bool is_of_auth =
                reason >= SMTPAUTH_REASON_AUTH_FAILED && reason <= SMTPAUTH_REASON_AUTH_LINE_TOO_LONG;
            bool is_bare = smtpauth_reason_enhanced(reason)[0] == '\0'; /* RFC 2034 4 wants a code on a 250 */
            bool never_fits = code < 250 || code > 599 || is_of_auth || is_bare;
            if (!is_yes(questions[i].question, reason) && never_fits)
                assert_int_equal(result, SMTPAUTH_E_ANSWER);
            assert_false(is_authenticated(&copy));
            session_end(&copy);
        }
        session_end(&s);
    }
}

/* ---- Codes and words of the host ---- */

static void test_codes(void **state)
{
    static const uint16_t unfit[] = {0,   1,   100, 199, 200, 211, 214, 220,  221,  235,
                                     251, 252, 299, 300, 334, 354, 399, 432,  454,  504,
                                     523, 525, 534, 535, 538, 600, 999, 2500, 65535};
    session s;
    (void)state;
    open_question(&s, SMTPAUTH_ASK_MAIL, EHLO MAIL);
    for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
        check_say(&s, unfit[i], NULL, "words", SMTPAUTH_E_ANSWER, "451 4.3.0 ");
    check_say(&s, 250, NULL, "Fine", SMTPAUTH_DONE, "250 2.0.0 Fine\r\n");
    check_say(&s, 450, NULL, "Later", SMTPAUTH_DONE, "450 4.0.0 Later\r\n");
    check_say(&s, 599, NULL, "Never", SMTPAUTH_DONE, "599 5.0.0 Never\r\n");
    check_say(&s, 550, "5.7.1", "Not you", SMTPAUTH_DONE, "550 5.7.1 Not you\r\n");
    check_say(&s, 530, "5.7.0", "Log in", SMTPAUTH_DONE, "530 5.7.0 Log in\r\n");
    check_say(&s, 421, "4.3.2", "Going down", SMTPAUTH_DONE, "421 4.3.2 ");
    static const char *const enhanced[] = {"4.7.1",  "2.7.1",   "3.7.1",    "5",         "5.",    "5.7",
                                           "5.7.",   "5.7.1.1", "5.1000.1", "5.7.1000",  "x.y.z", "5.7.1 ",
                                           " 5.7.1", "",        "5..1",     "5.7.1\r\n", "05.7.1"};
    for (size_t i = 0; i < sizeof enhanced / sizeof *enhanced; i++)
        check_say(&s, 550, enhanced[i], "words", SMTPAUTH_E_ANSWER, "451 4.3.0 ");
    session_end(&s);

    open_question(&s, SMTPAUTH_ASK_RCPT, EHLO MAIL RCPT);
    check_say(&s, 251, "2.1.5", "Will forward", SMTPAUTH_DONE, "251 2.1.5 Will forward\r\n");
    check_say(&s, 252, "2.1.5", "words", SMTPAUTH_E_ANSWER, "451 4.3.0 ");
    session_end(&s);

    open_question(&s, SMTPAUTH_ASK_VERIFY, "VRFY bob\r\n");
    check_say(&s, 250, "2.1.5", "<b@c>", SMTPAUTH_DONE, "250 2.1.5 <b@c>\r\n");
    check_say(&s, 251, "2.1.5", "<b@c>", SMTPAUTH_DONE, "251 2.1.5 <b@c>\r\n");
    check_say(&s, 252, "2.1.5", "<b@c>", SMTPAUTH_DONE, "252 2.1.5 <b@c>\r\n");
    session_end(&s);

    open_question(&s, SMTPAUTH_ASK_ETRN, EHLO "ETRN example.test\r\n");
    for (uint16_t code = 250; code <= 253; code++) { /* RFC 1985 5.2 */
        char reply[32];
        snprintf(reply, sizeof reply, "%u 2.0.0 words\r\n", code);
        check_say(&s, code, "2.0.0", "words", SMTPAUTH_DONE, reply);
    }
    check_say(&s, 254, "2.0.0", "words", SMTPAUTH_E_ANSWER, "451 4.3.0 ");
    check_say(&s, 458, "4.3.0", "words", SMTPAUTH_DONE, "458 4.3.0 words\r\n");
    check_say(&s, 459, "4.7.1", "words", SMTPAUTH_DONE, "459 4.7.1 words\r\n");
    session_end(&s);

    open_question(&s, SMTPAUTH_ASK_XCLIENT, "XCLIENT ADDR=192.0.2.1\r\n");
    check_say(&s, 220, NULL, "words", SMTPAUTH_E_ANSWER, "451 4.3.0 ");
    check_say(&s, 250, "2.0.0", "words", SMTPAUTH_E_ANSWER, "451 4.3.0 ");
    check_say(&s, 550, "5.7.0", "words", SMTPAUTH_DONE, "550 5.7.0 words\r\n");
    session_end(&s);

    open_question(&s, SMTPAUTH_ASK_DATA, EHLO MAIL RCPT "DATA\r\n");
    check_say(&s, 250, "2.0.0", "words", SMTPAUTH_E_ANSWER, "451 4.3.0 ");
    check_say(&s, 354, NULL, "words", SMTPAUTH_E_ANSWER, "451 4.3.0 ");
    check_say(&s, 450, "4.2.0", "words", SMTPAUTH_DONE, "450 4.2.0 words\r\n");
    session_end(&s);

    open_question(&s, SMTPAUTH_ASK_STARTTLS, EHLO "STARTTLS\r\n");
    check_say(&s, 220, NULL, "words", SMTPAUTH_E_ANSWER, "45");
    check_say(&s, 250, "2.0.0", "words", SMTPAUTH_E_ANSWER, "45");
    check_say(&s, 454, "4.7.0", "words", SMTPAUTH_DONE, "454 4.7.0 words\r\n");
    session_end(&s);
}

/* 530 is for those who have not logged in. */
static void test_530(void **state)
{
    session s;
    (void)state;
    open_question(&s, SMTPAUTH_ASK_MAIL, EHLO ALICE MAIL);
    assert_true(is_authenticated(&s));
    check_say(&s, 530, "5.7.0", "Log in", SMTPAUTH_E_ANSWER, "451 4.3.0 ");
    check_answer(&s, SMTPAUTH_REASON_AUTH_REQUIRED, SMTPAUTH_E_ANSWER, "451 4.3.0 ");
    check_answer(&s, SMTPAUTH_REASON_NOT_PERMITTED, SMTPAUTH_DONE, "550 5.7.1 ");
    session_end(&s);
    open_question(&s, SMTPAUTH_ASK_MAIL, EHLO MAIL);
    check_answer(&s, SMTPAUTH_REASON_AUTH_REQUIRED, SMTPAUTH_DONE, "530 5.7.0 Authentication required\r\n");
    session_end(&s);
}

static void test_words(void **state)
{
    static const char *const unfit[] = {"a\rb",        "a\r\nb", "a\x01z",   "a\x7fz",
                                        "caf\xc3\xa9", "\xff",   "tab\there"};
    char longest[600];
    session s, copy;
    (void)state;
    open_question(&s, SMTPAUTH_ASK_MAIL, EHLO MAIL);
    for (size_t i = 0; i < sizeof unfit / sizeof *unfit; i++)
        check_say(&s, 550, "5.7.1", unfit[i], SMTPAUTH_E_WORDS, "550 5.7.1 ");
    session_copy(&copy, &s);
    assert_int_equal(smtpauth_server_say(&copy.server, &copy.io, 550, "5.7.1", (const uint8_t *)"a\0b", 3),
                     SMTPAUTH_E_WORDS);
    session_flush(&copy);
    assert_null(memchr(copy.replies.data, 0, copy.replies.len));
    session_end(&copy);
    /* 512 with "550 5.7.1 " and CRLF are 500 octets of words in one line; a folded one is longer. */
    memset(longest, 'x', sizeof longest);
    longest[599] = 0;
    check_say(&s, 550, "5.7.1", longest, SMTPAUTH_E_WORDS, "550 5.7.1 ");
    longest[400] = 0;
    check_say(&s, 550, "5.7.1", longest, SMTPAUTH_DONE, "550 5.7.1 xxx");
    check_say(&s, 250, "2.1.0", "one\ntwo\nthree", SMTPAUTH_DONE,
              "250-2.1.0 one\r\n250-2.1.0 two\r\n250 2.1.0 three\r\n");
    session_end(&s);
    open_question(&s, SMTPAUTH_ASK_RCPT, EHLO "MAIL FROM:<alice@example.test> SMTPUTF8\r\n" RCPT);
    check_say(&s, 550, "5.7.1", "caf\xc3\xa9", SMTPAUTH_DONE, "550 5.7.1 caf\xc3\xa9\r\n");
    check_say(&s, 550, "5.7.1", "caf\xe9", SMTPAUTH_E_WORDS, "550 5.7.1 ");
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_question), cmocka_unit_test(test_nulls),
        cmocka_unit_test(test_output),      cmocka_unit_test(test_refuse),
        cmocka_unit_test(test_wrong_kind),  cmocka_unit_test(test_all_reasons),
        cmocka_unit_test(test_codes),       cmocka_unit_test(test_530),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests_name("server answers", tests, setup, NULL);
}
