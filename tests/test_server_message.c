/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * Messages over LMTP, where each has many answers, and in chunks: what a host sees of them, what closing among answers
 * says, what is counted. The dialogues themselves are lmtp.txt and chunking.txt of tests/transcripts/. Source: server.h;
 * RFC 2033 4.2; RFC 3030 2; RFC 3848; RFC 6531 4.3.
 */

#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EHLO "EHLO client.example.test\r\n"
#define LHLO "LHLO client.example.test\r\n"
#define MAIL "MAIL FROM:<alice@example.test>\r\n"
#define RCPT "RCPT TO:<bob@example.test>\r\n"
#define TEXT "DATA\r\ntext\r\n.\r\n"

static smtpauth_policy policy;

static int setup_smtp(void **state)
{
    (void)state;
    policy = session_policy(SMTPAUTH_RELAY | SMTPAUTH_CLEAR_AUTH);
    policy.extensions = SMTPAUTH_EXT_CHUNKING | SMTPAUTH_EXT_BINARYMIME;
    policy.command_timeout_s = 111;
    policy.data_timeout_s = 222;
    return 0;
}

static int setup(void **state)
{
    (void)state;
    policy = session_policy(SMTPAUTH_RELAY | SMTPAUTH_LMTP | SMTPAUTH_CLEAR_AUTH);
    policy.extensions = SMTPAUTH_EXT_STARTTLS | SMTPAUTH_EXT_SMTPUTF8;
    return 0;
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
            assert_int_equal(session_until(&s, LHLO "STARTTLS\r\n", 0), SMTPAUTH_NEED_TLS);
            assert_int_equal(smtpauth_server_tls_started(&s.server, &s.io, 0), SMTPAUTH_DONE);
        }
        assert_int_equal(session_until(&s, rows[i].text, 0), SMTPAUTH_NEED_INPUT);
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
        assert_int_equal(session_until(&s, "", SMTPAUTH_ASK_MESSAGE), SMTPAUTH_ASK_MESSAGE);
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
            assert_int_equal(session_until(&s, "", SMTPAUTH_ASK_MESSAGE), SMTPAUTH_ASK_MESSAGE);
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
    session_until(&s, LHLO MAIL, 0);
    for (int i = 0; i < 30; i++)
        session_until(&s, RCPT, 0);
    session_until(&s, "DATA\r\n", 0);
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

/* ---- Chunks ---- */

static void test_chunk_events(void **state)
{
    session s;
    (void)state;
    begin(&s, 4096);
    assert_int_equal(session_until(&s, EHLO "MAIL FROM:<a@b.test> BODY=BINARYMIME\r\n" RCPT "BDAT 5\r\nab",
                                   SMTPAUTH_ASK_DATA),
                     SMTPAUTH_ASK_DATA);
    assert_int_equal(s.event.verb, SMTPAUTH_VERB_BDAT);
    assert_int_equal(s.event.size, 5);
    assert_int_equal(s.event.recipients, 1);
    size_t written = session_written(&s);
    assert_int_equal(smtpauth_server_answer(&s.server, &s.io, SMTPAUTH_REASON_OK), SMTPAUTH_DONE);
    assert_int_equal(session_written(&s), written); /* a yes says nothing yet */
    assert_int_equal(session_next(&s), SMTPAUTH_NOTE_DATA);
    assert_int_equal(s.event.data.len, 2);
    assert_int_equal(session_next(&s), SMTPAUTH_NEED_INPUT);
    assert_int_equal(smtpauth_server_timeout(&s.server), 222);
    assert_int_equal(session_until(&s, "cde", 0), SMTPAUTH_NEED_INPUT);
    assert_true(session_replied(&s, written, "250 2.0.0 Octets received\r\n"));
    assert_int_equal(smtpauth_server_timeout(&s.server),
                     111); /* between chunks it is a command that is awaited */
    assert_true(smtpauth_server_is(&s.server) & SMTPAUTH_IS_TRANSACTION);
    assert_int_equal(session_until(&s, "BDAT 2 LAST\r\n", SMTPAUTH_ASK_MESSAGE), SMTPAUTH_NEED_INPUT);
    session_feed(&s, "\0\n", 2);
    assert_int_equal(session_until(&s, "", SMTPAUTH_ASK_MESSAGE), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(s.event.verb, SMTPAUTH_VERB_BDAT);
    assert_int_equal(s.event.size, 7);
    assert_int_equal(s.event.body, SMTPAUTH_BODY_BINARYMIME);
    assert_int_equal(s.event.index, 0);
    session_end(&s);
}

/* Faults that are none: what was seen of the text is told. */
static void test_chunk_faults(void **state)
{
    session s;
    (void)state;
    policy.flags |= SMTPAUTH_TEXT_LF;
    begin(&s, 4096);
    assert_int_equal(session_until(&s,
                                   EHLO MAIL RCPT "BDAT 5\r\na\nb\xC3\xA9"
                                                  "BDAT 0 LAST\r\n",
                                   SMTPAUTH_ASK_MESSAGE),
                     SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(s.event.faults, SMTPAUTH_FAULT_BARE_LF | SMTPAUTH_FAULT_8BIT);
    session_end(&s);
    policy.flags &= ~(uint32_t)SMTPAUTH_TEXT_LF;
}

/* A host's own words for a refused chunk: code and enhanced code wait for the end of its octets, the words do not. */
static void test_chunk_refused_by_say(void **state)
{
    static const struct {
        const char *name;
        uint16_t code;
        const char *enhanced, *words;
        int32_t result;
        const char *at_once, *behind;
    } rows[] = {
        {"own words", 452, "4.3.1", "Not today", SMTPAUTH_E_WORDS, "",
         "452 4.3.1 Insufficient system storage\r\n"},
        {"no words", 450, "4.7.1", "", SMTPAUTH_DONE, "", "450 4.7.1 Local error in processing\r\n"},
        {"no enhanced code", 554, NULL, "", SMTPAUTH_DONE, "", "554 5.0.0 Local error in processing\r\n"},
        {"long enhanced code", 550, "5.123.999", "", SMTPAUTH_DONE, "", "550 5.123.999 Local error in"},
        {"a yes", 250, "2.0.0", "Go on", SMTPAUTH_E_ANSWER, "", "451 4.3.0 "},
        {"another class", 452, "5.3.1", "No", SMTPAUTH_E_ANSWER, "", "451 4.3.0 "},
        {"AUTH's own", 535, "5.7.8", "No", SMTPAUTH_E_ANSWER, "", "451 4.3.0 "},
        {"421", 421, "4.3.2", "Going down", SMTPAUTH_DONE, "421 4.3.2 Going down\r\n", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        session s;
        begin(&s, 4096);
        assert_int_equal(session_until(&s, EHLO MAIL RCPT "BDAT 6\r\n", SMTPAUTH_ASK_DATA), SMTPAUTH_ASK_DATA);
        size_t from = session_written(&s);
        int32_t result = smtpauth_server_say(&s.server, &s.io, rows[i].code, rows[i].enhanced,
                                             (const uint8_t *)rows[i].words, strlen(rows[i].words));
        if (result != rows[i].result)
            fail_msg("%s: say returned %d", rows[i].name, (int)result);
        if (session_written(&s) != from && rows[i].at_once[0] == 0)
            fail_msg("%s: said at once", rows[i].name);
        assert_true(session_replied(&s, from, rows[i].at_once));
        smtpauth_server copy = s.server; /* carried over while it waits */
        assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_DONE);
        s.server = copy;
        session_until(&s, "QUIT\r\n", 0);
        if (!session_replied(&s, from + strlen(rows[i].at_once), rows[i].behind))
            fail_msg("%s: said %s", rows[i].name, octets_string(&s.replies) + from);
        session_end(&s);
    }
}

/* A question about a chunk that is left open has its octets behind it. */
static void test_chunk_close(void **state)
{
    session s;
    (void)state;
    begin(&s, 4096);
    assert_int_equal(session_until(&s, EHLO MAIL RCPT "BDAT 6\r\nQUIT\r\nNOOP\r\n", SMTPAUTH_ASK_DATA),
                     SMTPAUTH_ASK_DATA);
    assert_int_equal(smtpauth_server_close(&s.server, &s.io, SMTPAUTH_REASON_SHUTDOWN), SMTPAUTH_DONE);
    assert_int_equal(session_next(&s), SMTPAUTH_NOTE_RESET);
    assert_int_equal(session_next(&s), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_server_why(&s.server), SMTPAUTH_REASON_SHUTDOWN);
    smtpauth_server copy = s.server;
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_DONE);
    session_end(&s);
}

/* Refused BDATs count as refused DATAs do: 503 and 530 as idle, wrong arguments as bad. */
static void test_chunk_counts(void **state)
{
    session s;
    (void)state;
    begin(&s, 4096);
    session_until(&s, EHLO "BDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\n", 0);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_IDLE_COMMANDS), 3);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_BAD_COMMANDS), 0);
    session_until(&s, MAIL RCPT "BDAT 6 x\r\nQUIT\r\n", 0);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_IDLE_COMMANDS), 3);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_BAD_COMMANDS), 1);
    session_until(&s, "RSET\r\n" MAIL RCPT "BDAT 3\r\na\r\nBDAT 3 LAST\r\nb\r\n", 0);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_IDLE_COMMANDS), 0);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_BAD_COMMANDS), 0);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_MESSAGES), 1);
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest chunks[] = {
        cmocka_unit_test(test_chunk_events),         cmocka_unit_test(test_chunk_faults),
        cmocka_unit_test(test_chunk_refused_by_say), cmocka_unit_test(test_chunk_close),
        cmocka_unit_test(test_chunk_counts),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_protocol),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_close_in_refusal),
    };
    int failed = cmocka_run_group_tests_name("server message", tests, setup, NULL);
    return failed + cmocka_run_group_tests_name("server chunks", chunks, setup_smtp, NULL);
}
