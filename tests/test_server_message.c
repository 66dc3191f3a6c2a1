/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The end of a message over LMTP, where one message has many answers: what a host sees of each, what closing among them
 * says, what is counted. The dialogues themselves are tests/transcripts/lmtp.txt. Source: server.h; RFC 2033 4.2; RFC
 * 3848; RFC 6531 4.3.
 */

#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LHLO "LHLO client.example.test\r\n"
#define MAIL "MAIL FROM:<alice@example.test>\r\n"
#define RCPT "RCPT TO:<bob@example.test>\r\n"
#define TEXT "DATA\r\ntext\r\n.\r\n"

static smtpauth_policy policy;

static int setup(void **state)
{
    (void)state;
    policy = session_policy(SMTPAUTH_RELAY | SMTPAUTH_LMTP | SMTPAUTH_CLEAR_AUTH);
    policy.extensions = SMTPAUTH_EXT_STARTTLS | SMTPAUTH_EXT_SMTPUTF8;
    return 0;
}

/* Answers every question by yes until the one to stop at, or until input is needed. */
static uint16_t run_to(session *s, const char *text, uint16_t stop)
{
    session_text(s, text);
    for (;;) {
        uint16_t type = session_run(s);
        if (type == stop || type < 32)
            return type;
        if (type == SMTPAUTH_ASK_PASSWORD)
            smtpauth_server_verdict(&s->server, &s->io, SMTPAUTH_ACCEPTED, NULL, 0);
        else
            smtpauth_server_answer(&s->server, &s->io, SMTPAUTH_REASON_OK);
    }
}

static void begin(session *s, size_t room)
{
    assert_int_equal(session_begin(s, &policy, 0, room), SMTPAUTH_DONE);
}

static void test_protocol(void **state)
{
    static const struct {
        const char *text;
        bool is_tls;
        const char *protocol;
    } rows[] = {
        {"", false, "LMTP"},
        {LHLO, false, "LMTP"},
        {LHLO, true, "LMTPS"},
        {LHLO "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", false, "LMTPA"},
        {LHLO "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n", true, "LMTPSA"},
        {LHLO "MAIL FROM:<a@b.test> SMTPUTF8\r\n", false, "UTF8LMTP"},
        {LHLO "MAIL FROM:<a@b.test> SMTPUTF8\r\n", true, "UTF8LMTPS"},
        {LHLO "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\nMAIL FROM:<a@b.test> SMTPUTF8\r\n", false, "UTF8LMTPA"},
        {LHLO "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\nMAIL FROM:<a@b.test> SMTPUTF8\r\n", true, "UTF8LMTPSA"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        session s;
        begin(&s, 4096);
        if (rows[i].is_tls) {
            assert_int_equal(run_to(&s, LHLO "STARTTLS\r\n", 0), SMTPAUTH_NEED_TLS);
            assert_int_equal(smtpauth_server_tls_started(&s.server, &s.io, 0), SMTPAUTH_DONE);
        }
        assert_int_equal(run_to(&s, rows[i].text, 0), SMTPAUTH_NEED_INPUT);
        assert_string_equal(smtpauth_server_protocol(&s.server), rows[i].protocol);
        session_end(&s);
    }
}

/* The event of each answer: which recipient it is for, the rest the same. */
static void test_events(void **state)
{
    session s;
    (void)state;
    begin(&s, 4096);
    session_text(&s, LHLO MAIL RCPT RCPT RCPT TEXT);
    for (uint16_t i = 0; i < 3; i++) {
        assert_int_equal(run_to(&s, "", SMTPAUTH_ASK_MESSAGE), SMTPAUTH_ASK_MESSAGE);
        assert_int_equal(s.event.index, i);
        assert_int_equal(s.event.recipients, 3);
        assert_int_equal(s.event.size, 6);
        assert_int_equal(s.event.verb, SMTPAUTH_VERB_DATA);
        assert_int_equal(smtpauth_server_timeout(&s.server), 0);
        assert_int_equal(smtpauth_server_answer(&s.server, &s.io, SMTPAUTH_REASON_OK), SMTPAUTH_DONE);
        assert_int_equal(smtpauth_server_answer(&s.server, &s.io, SMTPAUTH_REASON_OK), SMTPAUTH_E_STATE);
    }
    assert_int_equal(session_next(&s), SMTPAUTH_NOTE_RESET);
    assert_int_equal(session_next(&s), SMTPAUTH_NEED_INPUT);
    session_end(&s);
}

/* A message counts once, when somebody took it. */
static void test_counts(void **state)
{
    static const struct {
        bool yes[3];
        uint32_t messages, idle;
    } rows[] = {
        {{true, true, true}, 1, 0},
        {{false, true, false}, 1, 0},
        {{true, false, false}, 1, 0},
        {{false, false, false}, 0, 3}, /* LHLO, NOOP and it */
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        session s;
        begin(&s, 4096);
        session_text(&s, LHLO "NOOP\r\n" MAIL RCPT RCPT RCPT TEXT);
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(run_to(&s, "", SMTPAUTH_ASK_MESSAGE), SMTPAUTH_ASK_MESSAGE);
            smtpauth_server_answer(&s.server, &s.io,
                                   rows[i].yes[j] ? SMTPAUTH_REASON_OK : SMTPAUTH_REASON_MAILBOX_FULL);
        }
        assert_int_equal(session_run(&s), SMTPAUTH_NEED_INPUT);
        assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_MESSAGES), rows[i].messages);
        assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_IDLE_COMMANDS), rows[i].idle);
        assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_RECIPIENTS), 0);
        session_end(&s);
    }
}

static size_t count(session *s, const char *text)
{
    size_t n = 0;
    for (const char *at = octets_string(&s->replies); (at = strstr(at, text)) != NULL; at++)
        n++;
    return n;
}

/* Where a refusal waits for room, close() first says what is left of it, and 421 behind it. */
static void test_close_in_refusal(void **state)
{
    session s;
    uint16_t type;
    (void)state;
    begin(&s, SMTPAUTH_REPLY_MAX);
    run_to(&s, LHLO MAIL, 0);
    for (int i = 0; i < 30; i++)
        run_to(&s, RCPT, 0);
    run_to(&s, "DATA\r\n", 0);
    session_flush(&s);
    session_text(&s, "bad\rtext\r\n.\r\n");
    do {
        assert_null(session_step(&s));
        type = s.event.type;
    } while (type == SMTPAUTH_NOTE_DATA || type == SMTPAUTH_NOTE_ERROR);
    assert_int_equal(type, SMTPAUTH_NEED_OUTPUT);
    int32_t result;
    while ((result = smtpauth_server_close(&s.server, &s.io, SMTPAUTH_REASON_SHUTDOWN)) != SMTPAUTH_DONE) {
        assert_int_equal(result, SMTPAUTH_E_OUTPUT);
        session_flush(&s);
    }
    assert_int_equal(session_run(&s), SMTPAUTH_CLOSED);
    assert_int_equal(count(&s, "550 5.6.0 "), 30);
    assert_int_equal(count(&s, "421 4.3.2 "), 1);
    assert_int_equal(smtpauth_server_why(&s.server), SMTPAUTH_REASON_SHUTDOWN);
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_protocol),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_close_in_refusal),
    };
    return cmocka_run_group_tests_name("server message", tests, setup, NULL);
}
