/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The engine's interface beside questions: init, the window's contract, close in every state, getters. What is to be
 * proved: misuse is refused and changes nothing, or closes for good with HOST_FAULT; close() works everywhere. Source:
 * server.h; RFC 3848, RFC 6531 4.3 (protocol keywords); RFC 5321 4.5.3.2 (time).
 */

#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EHLO "EHLO client.example.test\r\n"
#define AUTH "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n" /* \0alice\0secret */
#define MAIL "MAIL FROM:<alice@example.test>\r\n"
#define RCPT "RCPT TO:<bob@example.test>\r\n"

static smtpauth_policy policy;

static int setup(void **state)
{
    (void)state;
    policy = session_policy(SMTPAUTH_RELAY | SMTPAUTH_CLEAR_AUTH);
    policy.extensions = SMTPAUTH_EXT_STARTTLS | SMTPAUTH_EXT_SMTPUTF8;
    return 0;
}

static void start_tls(session *s)
{
    assert_int_equal(session_until(s, EHLO "STARTTLS\r\n", 0), SMTPAUTH_NEED_TLS);
    assert_int_equal(smtpauth_server_tls_started(&s->server, &s->io, 0), SMTPAUTH_DONE);
}

/* ---- Init ---- */

static void test_init(void **state)
{
    smtpauth_server s;
    (void)state;
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, 0, NULL, 0), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, SMTPAUTH_IMPLICIT_TLS, NULL, 0),
                     SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_init(NULL, sizeof s, &policy, 0, NULL, 0), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_init(&s, sizeof s, NULL, 0, NULL, 0), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, SMTPAUTH_RELAY, NULL, 0), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, 1u << 31, NULL, 0), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_init(&s, sizeof s - 1, &policy, 0, NULL, 0), SMTPAUTH_E_VERSION);
    assert_int_equal(smtpauth_server_init(&s, sizeof s + 8, &policy, 0, NULL, 0), SMTPAUTH_E_VERSION);
    assert_int_equal(smtpauth_server_init(&s, 0, &policy, 0, NULL, 0), SMTPAUTH_E_VERSION);
    smtpauth_policy bad = policy;
    bad.hostname = NULL;
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &bad, 0, NULL, 0), SMTPAUTH_E_POLICY);
    uint8_t seed[32] = {0};
    assert_int_equal(smtpauth_server_init(&s, sizeof s, &policy, 0, seed, sizeof seed), SMTPAUTH_DONE);
}

static void test_sizes(void **state)
{
    (void)state;
    assert_int_equal(sizeof(smtpauth_server), 512);
    assert_int_equal(smtpauth_server_size(), sizeof(smtpauth_server));
    assert_int_equal(smtpauth_event_size(), sizeof(smtpauth_event));
    assert_int_equal(smtpauth_policy_size(), sizeof(smtpauth_policy));
    assert_int_equal(smtpauth_tracker_size(), sizeof(smtpauth_tracker));
    assert_int_equal(sizeof(smtpauth_tracker), 32);
    assert_int_equal(smtpauth_server_size() % smtpauth_server_align(), 0);
    assert_true(smtpauth_server_align() >= sizeof(uint64_t) || smtpauth_server_align() >= 4);
}

/* ---- The window's contract ---- */

static void check_fault(session *s, uint16_t type)
{
    assert_int_equal(type, SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_server_why(&s->server), SMTPAUTH_REASON_HOST_FAULT);
    assert_false(smtpauth_server_is(&s->server) & SMTPAUTH_IS_AUTHENTICATED);
    session_feed(s, "NOOP\r\n", 6);
    assert_int_equal(session_run(s), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_server_why(&s->server), SMTPAUTH_REASON_HOST_FAULT);
}

static void test_step_nulls(void **state)
{
    session s;
    (void)state;
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_step(NULL, &s.io, &s.event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_server_step(NULL, NULL, NULL), SMTPAUTH_CLOSED);
    assert_int_equal(session_run(&s), SMTPAUTH_NEED_INPUT); /* unharmed */
    check_fault(&s, smtpauth_server_step(&s.server, NULL, &s.event));
    session_end(&s);
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    check_fault(&s, smtpauth_server_step(&s.server, &s.io, NULL));
    session_end(&s);
}

/* `cut` octets of the tail are missing, or its last octet is another. */
static void check_window(const char *text, uint16_t stop, size_t cut)
{
    session s;
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(session_until(&s, text, stop), stop);
    session_flush(&s);
    assert_true(s.io.avail_in > cut);
    size_t written = session_written(&s);
    if (cut == 0)
        s.io.next_in[s.io.avail_in - 1] ^= 1;
    s.io.avail_in -= cut;
    check_fault(&s, session_run(&s));
    assert_int_equal(session_written(&s), written);
    session_end(&s);
}

static void test_window(void **state)
{
    static const struct {
        const char *text;
        uint16_t stop;
    } tails[] = {
        {EHLO "NOO", SMTPAUTH_NEED_INPUT},
        {EHLO "AUTH PLAIN AGFsaWNl", SMTPAUTH_NEED_INPUT},
        {EHLO "AUTH LOGIN\r\nYWxp", SMTPAUTH_NEED_INPUT},
        {EHLO MAIL, SMTPAUTH_ASK_MAIL},
        {EHLO MAIL RCPT, SMTPAUTH_ASK_RCPT},
        {EHLO AUTH, SMTPAUTH_ASK_PASSWORD},
    };
    (void)state;
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        for (size_t cut = 0; cut < 3; cut++)
            check_window(tails[i].text, tails[i].stop, cut);
    }
}

/* ---- Close ---- */

static const struct {
    const char *name, *text;
    uint16_t stop;
    bool has_transaction;
} states[] = {
    {"greeted", "", SMTPAUTH_NEED_INPUT, false},
    {"in mid-line", "EHL", SMTPAUTH_NEED_INPUT, false},
    {"EHLO", EHLO, SMTPAUTH_NEED_INPUT, false},
    {"discarding", EHLO "NOOP\n", SMTPAUTH_NEED_INPUT, false},
    {"exchange", EHLO "AUTH LOGIN\r\nYWxpY2U=\r\n", SMTPAUTH_NEED_INPUT, false},
    {"password", EHLO AUTH, SMTPAUTH_ASK_PASSWORD, false},
    {"logged in", EHLO AUTH, SMTPAUTH_NEED_INPUT, false},
    {"mail?", EHLO MAIL, SMTPAUTH_ASK_MAIL, false},
    {"mail", EHLO MAIL, SMTPAUTH_NEED_INPUT, true},
    {"rcpt?", EHLO MAIL RCPT, SMTPAUTH_ASK_RCPT, true},
    {"rcpt", EHLO MAIL RCPT, SMTPAUTH_NEED_INPUT, true},
    {"data?", EHLO MAIL RCPT "DATA\r\n", SMTPAUTH_ASK_DATA, true},
    {"data", EHLO MAIL RCPT "DATA\r\nhalf", SMTPAUTH_NEED_INPUT, true},
    {"bad data", EHLO MAIL RCPT "DATA\r\na\nb\r\n", SMTPAUTH_NEED_INPUT, true},
    {"message?", EHLO MAIL RCPT "DATA\r\nx\r\n.\r\n", SMTPAUTH_ASK_MESSAGE, true},
    {"swallow", EHLO MAIL "BDAT 100\r\nabc", SMTPAUTH_NEED_INPUT, true},
};

static void check_close(size_t i, uint16_t reason, const char *reply)
{
    session s;
    size_t resets = 0;
    assert_int_equal(session_begin(&s, &policy, 0, SMTPAUTH_REPLY_MAX), SMTPAUTH_DONE);
    if (session_until(&s, states[i].text, states[i].stop) != states[i].stop)
        fail_msg("state `%s` not reached", states[i].name);
    session_flush(&s);
    size_t from = s.replies.len;
    smtpauth_server before = s.server;
    s.io.avail_out = 10;
    if (reply[0] != 0)
        assert_int_equal(smtpauth_server_close(&s.server, &s.io, reason), SMTPAUTH_E_OUTPUT);
    assert_memory_equal(&s.server, &before, sizeof before);
    s.io.avail_out = s.out_cap;
    assert_int_equal(smtpauth_server_close(&s.server, &s.io, reason), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_close(&s.server, &s.io, reason), SMTPAUTH_DONE);
    for (uint16_t type = session_next(&s); type != SMTPAUTH_CLOSED; type = session_next(&s)) {
        assert_true(type == SMTPAUTH_NOTE_RESET || type == SMTPAUTH_NOTE_AUTH);
        resets += type == SMTPAUTH_NOTE_RESET;
    }
    if (s.replies.len - from < strlen(reply) || memcmp(s.replies.data + from, reply, strlen(reply)) != 0 ||
        (reply[0] == 0 && s.replies.len != from))
        fail_msg("state `%s`, reason %u: said `%s`", states[i].name, reason, octets_string(&s.replies) + from);
    if (resets != states[i].has_transaction)
        fail_msg("state `%s`: %zu NOTE_RESET", states[i].name, resets);
    assert_int_equal(smtpauth_server_why(&s.server), reason);
    assert_int_equal(smtpauth_server_timeout(&s.server), 0);
    assert_int_equal(smtpauth_server_answer(&s.server, &s.io, SMTPAUTH_REASON_OK), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_ACCEPTED, NULL, 0), SMTPAUTH_E_STATE);
    session_feed(&s, "NOOP\r\n", 6);
    assert_int_equal(session_run(&s), SMTPAUTH_CLOSED);
    session_end(&s);
}

static void test_close(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        check_close(i, SMTPAUTH_REASON_TIMEOUT, "421 4.4.2 mail.example.test ");
        check_close(i, SMTPAUTH_REASON_SHUTDOWN, "421 4.3.2 mail.example.test ");
        check_close(i, SMTPAUTH_REASON_TOO_MANY_ERRORS, "421 4.7.0 mail.example.test ");
        check_close(i, SMTPAUTH_REASON_CONNECTION_LOST, "");
    }
}

static void test_close_misuse(void **state)
{
    static const uint16_t unfit[] = {0,
                                     1,
                                     SMTPAUTH_REASON_OK,
                                     SMTPAUTH_REASON_BYE,
                                     SMTPAUTH_REASON_AUTH_FAILED,
                                     SMTPAUTH_REASON_LOCAL_ERROR,
                                     SMTPAUTH_REASON_COUNT,
                                     421,
                                     65535};
    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
        session s;
        assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
        session_until(&s, states[i].text, states[i].stop);
        smtpauth_server before = s.server;
        for (size_t j = 0; j < sizeof unfit / sizeof *unfit; j++)
            assert_int_equal(smtpauth_server_close(&s.server, &s.io, unfit[j]), SMTPAUTH_E_ARGUMENT);
        assert_int_equal(smtpauth_server_close(&s.server, NULL, SMTPAUTH_REASON_TIMEOUT), SMTPAUTH_E_ARGUMENT);
        assert_int_equal(smtpauth_server_close(&s.server, &s.io, SMTPAUTH_REASON_REFUSED), SMTPAUTH_E_STATE);
        assert_memory_equal(&s.server, &before, sizeof before);
        session_end(&s);
    }
}

/* The default branch of a host that knows nothing of TLS: answer(0) ends the wait for a handshake. */
static void test_refuse_tls(void **state)
{
    session s;
    (void)state;
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(session_until(&s, EHLO "STARTTLS\r\n", 0), SMTPAUTH_NEED_TLS);
    size_t written = session_written(&s);
    assert_int_equal(smtpauth_server_answer(&s.server, &s.io, 0), SMTPAUTH_DONE);
    assert_int_equal(session_run(&s), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_server_why(&s.server), SMTPAUTH_REASON_TLS_FAILED);
    assert_int_equal(session_written(&s), written);
    session_end(&s);
}

static void test_close_first_and_last(void **state)
{
    session s;
    (void)state;
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_close(&s.server, &s.io, SMTPAUTH_REASON_SHUTDOWN), SMTPAUTH_DONE);
    assert_int_equal(session_run(&s), SMTPAUTH_CLOSED);
    assert_true(session_replied(&s, 0, "421 4.3.2 mail.example.test "));
    assert_int_equal(smtpauth_server_why(&s.server), SMTPAUTH_REASON_SHUTDOWN);
    session_end(&s);

    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(session_say(&s, "QUIT\r\n"), SMTPAUTH_CLOSED);
    size_t written = session_written(&s);
    assert_int_equal(smtpauth_server_why(&s.server), SMTPAUTH_REASON_BYE);
    assert_int_equal(smtpauth_server_close(&s.server, &s.io, SMTPAUTH_REASON_TIMEOUT), SMTPAUTH_DONE);
    assert_int_equal(session_run(&s), SMTPAUTH_CLOSED);
    assert_int_equal(session_written(&s), written);
    session_end(&s);

    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(session_until(&s, EHLO "STARTTLS\r\n", 0), SMTPAUTH_NEED_TLS);
    assert_int_equal(smtpauth_server_tls_started(&s.server, &s.io, 8), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_tls_started(&s.server, NULL, 0), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_tls_started(NULL, &s.io, 0), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_tls_failed(NULL), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_tls_failed(&s.server), SMTPAUTH_DONE);
    assert_int_equal(session_run(&s), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_server_why(&s.server), SMTPAUTH_REASON_TLS_FAILED);
    session_end(&s);
}

/* ---- Getters ---- */

static void test_protocol(void **state)
{
    static const struct {
        const char *text;
        bool is_tls;
        const char *protocol;
    } rows[] = {
        {"", false, "SMTP"},
        {"HELO client.example.test\r\n", false, "SMTP"},
        {EHLO, false, "ESMTP"},
        {EHLO, true, "ESMTPS"},
        {EHLO AUTH, false, "ESMTPA"},
        {EHLO AUTH, true, "ESMTPSA"},
        {EHLO "MAIL FROM:<a@b.test> SMTPUTF8\r\n", false, "UTF8SMTP"},
        {EHLO "MAIL FROM:<a@b.test> SMTPUTF8\r\n", true, "UTF8SMTPS"},
        {EHLO AUTH "MAIL FROM:<a@b.test> SMTPUTF8\r\n", false, "UTF8SMTPA"},
        {EHLO AUTH "MAIL FROM:<a@b.test> SMTPUTF8\r\n", true, "UTF8SMTPSA"},
        {EHLO AUTH "MAIL FROM:<a@b.test> SMTPUTF8\r\nRSET\r\n" MAIL, true, "ESMTPSA"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        session s;
        assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
        if (rows[i].is_tls)
            start_tls(&s);
        assert_int_equal(session_until(&s, rows[i].text, 0), SMTPAUTH_NEED_INPUT);
        assert_string_equal(smtpauth_server_protocol(&s.server), rows[i].protocol);
        session_end(&s);
    }
    assert_non_null(smtpauth_server_protocol(NULL));
}

static void test_is(void **state)
{
    session s;
    (void)state;
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_server_is(&s.server), 0);
    session_until(&s, "HELO client.example.test\r\n", 0);
    assert_int_equal(smtpauth_server_is(&s.server), SMTPAUTH_IS_GREETED);
    session_until(&s, EHLO "AUTH LOGIN\r\n", 0);
    assert_int_equal(smtpauth_server_is(&s.server),
                     SMTPAUTH_IS_GREETED | SMTPAUTH_IS_EXTENDED | SMTPAUTH_IS_EXCHANGE);
    session_until(&s, "*\r\n" AUTH "MAIL FROM:<a@b.test> SMTPUTF8\r\n", 0);
    assert_int_equal(smtpauth_server_is(&s.server), SMTPAUTH_IS_GREETED | SMTPAUTH_IS_EXTENDED |
                                                        SMTPAUTH_IS_AUTHENTICATED | SMTPAUTH_IS_TRANSACTION |
                                                        SMTPAUTH_IS_UTF8);
    assert_string_equal(smtpauth_server_mechanism(&s.server), "PLAIN");
    start_tls(&s);
    assert_int_equal(smtpauth_server_is(&s.server), SMTPAUTH_IS_TLS);
    assert_string_equal(smtpauth_server_mechanism(&s.server), "");
    session_end(&s);
    assert_int_equal(smtpauth_server_is(NULL), 0);
    assert_string_equal(smtpauth_server_mechanism(NULL), "");
    assert_int_equal(smtpauth_server_why(NULL), 0);
    assert_int_equal(smtpauth_server_timeout(NULL), 0);
}

static void test_count(void **state)
{
    session s;
    (void)state;
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    for (uint8_t what = 0; what < 20; what++) {
        assert_int_equal(smtpauth_server_count(&s.server, what), 0);
        assert_int_equal(smtpauth_server_count(NULL, what), 0);
    }
    session_until(&s, "FOO\r\n" EHLO "AUTH LOGIN\r\n*\r\n" AUTH MAIL RCPT RCPT, 0);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_RECIPIENTS), 2);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_MESSAGES), 0);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_AUTH_ATTEMPTS), 2);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_AUTH_FAILURES), 0);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_BAD_COMMANDS), 2);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_IDLE_COMMANDS), 1);
    session_until(&s, "DATA\r\nx\r\n.\r\n", 0);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_RECIPIENTS), 0);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_MESSAGES), 1);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_BAD_COMMANDS), 0);
    assert_int_equal(smtpauth_server_count(&s.server, SMTPAUTH_COUNT_IDLE_COMMANDS), 0);
    session_end(&s);
}

static void test_timeout(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        session s;
        policy.command_timeout_s = own ? 17 : 0;
        policy.data_timeout_s = own ? 23 : 0;
        assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
        session_run(&s);
        assert_int_equal(smtpauth_server_timeout(&s.server), own ? 17 : 300);
        assert_int_equal(session_until(&s, EHLO MAIL, SMTPAUTH_ASK_MAIL), SMTPAUTH_ASK_MAIL);
        assert_int_equal(smtpauth_server_timeout(&s.server), 0); /* the wait is the host's */
        smtpauth_server_answer(&s.server, &s.io, SMTPAUTH_REASON_OK);
        assert_int_equal(session_until(&s, RCPT "DATA\r\n", SMTPAUTH_NEED_INPUT), SMTPAUTH_NEED_INPUT);
        assert_int_equal(smtpauth_server_timeout(&s.server), own ? 23 : 300);
        session_until(&s, ".\r\n", 0);
        assert_int_equal(smtpauth_server_timeout(&s.server), own ? 17 : 300);
        session_until(&s, "QUIT\r\n", 0);
        assert_int_equal(smtpauth_server_timeout(&s.server), 0);
        session_end(&s);
    }
    policy.command_timeout_s = policy.data_timeout_s = 0;
}

/* A window of just the line's limit: an endless line must never fill it and leave the engine waiting. */
static void test_full_window(void **state)
{
    (void)state;
    smtpauth_policy narrow = session_policy(SMTPAUTH_RELAY | SMTPAUTH_CLEAR_AUTH);
    narrow.line_max = 512;
    narrow.auth_line_max = 512;
    session s;
    assert_int_equal(session_begin(&s, &narrow, 0, 4096), SMTPAUTH_DONE);
    uint8_t line[512];
    memset(line, 'x', sizeof line);
    session_feed(&s, line, sizeof line);
    assert_int_equal(session_run(&s), SMTPAUTH_NEED_INPUT);
    assert_int_equal(s.io.avail_in, 0);
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_init),         cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_step_nulls),   cmocka_unit_test(test_window),
        cmocka_unit_test(test_full_window),  cmocka_unit_test(test_close),
        cmocka_unit_test(test_close_misuse), cmocka_unit_test(test_close_first_and_last),
        cmocka_unit_test(test_protocol),     cmocka_unit_test(test_is),
        cmocka_unit_test(test_count),        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_refuse_tls),
    };
    return cmocka_run_group_tests_name("server", tests, setup, NULL);
}
