/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A session is plain memory. What is to be proved: copied as bytes at any event and restored with an equal policy, it
 * goes on as though nothing had happened; a copy damaged in any one octet is refused, or is a session that still
 * keeps every promise: it ends, and nobody is let in who was not before. Source: server.h, "COPIES" and restore.
 */

#include "chance.h"
#include "dialogue.h"
#include "fixed_nonce.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { LMTP = SMTPAUTH_LMTP | SMTPAUTH_NO_AUTH, CHUNKS = SMTPAUTH_EXT_CHUNKING | SMTPAUTH_EXT_BINARYMIME };

static smtpauth_policy policy; /* of the session that is played just now */

/* user's exchange with the nonce that the tests fix, and tim's. */
#define SCRAM_FIRST "biwsbj11c2VyLHI9Y2xpZW50bm9uY2U=\r\n" /* n,,n=user,r=clientnonce */
#define SCRAM_FINAL                                                                                            \
    "Yz1iaXdzLHI9Y2xpZW50bm9uY2VmaXhlZC1ieS10aGUtdGVzdHMscD12ZTZyL056b2tuLzFEMUpMNndyZFJPTkdnTW"               \
    "I0dGtNcVg0cGNRekV5YzQwPQ==\r\n"
#define CRAM_PROOF "dGltIGQ2MzQ2N2UxNWI3YWY0Y2U3ZTk3MjhiZWJlYTY3ZWM5\r\n"
#define CRAM_WRONG "dGltIDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw\r\n"
#define TOKEN      "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciBleHBpcmVkAQE=\r\n"

static const char whole[] = "EHLO client.example.test\r\n"
                            "MAIL FROM:<alice@example.test>\r\n"
                            "AUTH PLAIN AGFsaWNlAHdyb25n\r\n" /* \0alice\0wrong */
                            "AUTH SCRAM-SHA-256 " SCRAM_FIRST "*\r\n"
                            "AUTH CRAM-MD5\r\n" CRAM_PROOF /* alas, disabled */
                            "AUTH SCRAM-SHA-256\r\n" SCRAM_FIRST SCRAM_FINAL "\r\n"
                            "VRFY bob\r\n"
                            "MAIL FROM:<alice@example.test> SIZE=100 BODY=8BITMIME\r\n"
                            "RCPT TO:<bob@example.test>\r\nRCPT TO:<>\r\nRCPT TO:<carol@example.test>\r\n"
                            "BDAT 6\r\nQUIT\r\n"
                            "DATA\r\nSubject: x\r\n\r\n..\r\nlong text\r\n.\r\n"
                            "MAIL FROM:<alice@example.test>\r\nRCPT TO:<bob@example.test>\r\n"
                            "DATA\r\nbad\ndata\r\n.\r\n"
                            "NOOP\nNOOP\r\n"
                            "HELP\r\nQUIT\r\n";

static const char over_lmtp[] = "LHLO client.example.test\r\n"
                                "MAIL FROM:<alice@example.test>\r\n"
                                "RCPT TO:<bob@example.test>\r\nRCPT TO:<carol@example.test>\r\n"
                                "DATA\r\ntext\r\n.\r\n"
                                "MAIL FROM:<alice@example.test>\r\n"
                                "RCPT TO:<bob@example.test>\r\nRCPT TO:<carol@example.test>\r\n"
                                "DATA\r\nbad\rtext\r\n.\r\n"
                                "QUIT\r\n";

static const char in_chunks[] =
    "EHLO client.example.test\r\n"
    "MAIL FROM:<alice@example.test> BODY=8BITMIME\r\nRCPT TO:<bob@example.test>\r\n"
    "BDAT 6\r\ntext\r\n"
    "BDAT 0\r\n"
    "BDAT 6\r\nmore\r\nNOOP\r\n"
    "BDAT 5 LAST\r\nend\r\n"
    "MAIL FROM:<alice@example.test>\r\nRCPT TO:<bob@example.test>\r\n"
    "BDAT 9\r\nbad\ntext\r"
    "BDAT 6 LAST\r\nQUIT\r\n"
    "RSET\r\n"
    "MAIL FROM:<alice@example.test> BODY=BINARYMIME\r\nRCPT TO:<bob@example.test>\r\n"
    "BDAT 6 LAST\r\na\rb\nc\n"
    "QUIT\r\n";

static void choose_policy(uint32_t flags, uint32_t extensions)
{
    policy = session_policy(flags | SMTPAUTH_CLEAR_AUTH);
    policy.extensions = SMTPAUTH_EXT_STARTTLS | SMTPAUTH_EXT_SMTPUTF8 | extensions;
    policy.asks = SMTPAUTH_ASKS_HELLO | SMTPAUTH_ASKS_STARTTLS | SMTPAUTH_ASKS_VERIFY;
    policy.notes = SMTPAUTH_NOTES_LINE;
    static smtpauth_mechanism_fn *const mechanisms[] = {
        smtpauth_scram_sha256, smtpauth_xoauth2, smtpauth_cram_md5, smtpauth_plain, smtpauth_login, NULL};
    policy.mechanisms = mechanisms;
    strcpy(fixed_nonce, "fixed-by-the-tests");
    if (flags & SMTPAUTH_NO_AUTH)
        policy.mechanisms = NULL;
}

static int setup(void **state)
{
    (void)state;
    choose_policy(0, 0);
    return 0;
}

static void answer(session *s, bool may_enter)
{
    const smtpauth_view *password = &s->event.password;
    bool is_disabled = s->event.mechanism.len == 8; /* CRAM-MD5 */
    if (s->event.asked == SMTPAUTH_ASK_SECRET)
        dialogue_secret(s, true, false);
    else if (s->event.asked == SMTPAUTH_ASK_AUTHORIZE) /* his proof was right, so he may: who damages a copy has none */
        smtpauth_server_verdict(&s->server, &s->io,
                                is_disabled && may_enter ? SMTPAUTH_DISABLED : SMTPAUTH_ACCEPTED, NULL, 0);
    else if (s->event.asked >= SMTPAUTH_ASK_MAIL)
        smtpauth_server_answer(&s->server, &s->io, SMTPAUTH_REASON_OK);
    else if (may_enter && password->len == 6 && memcmp(password->data, "secret", 6) == 0)
        smtpauth_server_verdict(&s->server, &s->io, SMTPAUTH_ACCEPTED, NULL, 0);
    else
        smtpauth_server_verdict(&s->server, &s->io, SMTPAUTH_REJECTED, NULL, 0);
}

/* The same session, carried over as bytes into other memory, with another copy of the policy. */
static void carry_over(session *s, smtpauth_policy *other)
{
    session copy;
    session_copy(&copy, s);
    memset(&copy.server.policy, SESSION_GARBAGE, sizeof copy.server.policy);
    *other = policy;
    assert_int_equal(smtpauth_server_restore(&copy.server, sizeof copy.server, other), SMTPAUTH_DONE);
    octets_add(&copy.replies, s->replies.data, s->replies.len);
    memset(&s->server, SESSION_POISON, sizeof s->server);
    session_end(s);
    *s = copy;
}

/* Plays the whole session by chunks; `is_carried` copies and restores it behind every event and every answer. */
static void play(const char *text, dialogue_trace *trace, octets *replies, size_t chunk, bool is_carried)
{
    static smtpauth_policy others[2];
    session s;
    size_t fed = 0, turn = 0, room = is_carried ? SMTPAUTH_REPLY_MAX : 4096;
    uint16_t type;
    assert_int_equal(session_begin(&s, &policy, 0, room), SMTPAUTH_DONE);
    while ((type = session_next(&s)) != SMTPAUTH_CLOSED) {
        if (type == SMTPAUTH_NEED_INPUT) {
            size_t left = strlen(text) - fed, now = chunk < left ? chunk : left;
            assert_true(now > 0);
            session_feed(&s, text + fed, now);
            fed += now;
        } else if (type != SMTPAUTH_NEED_ANSWER) {
            dialogue_record(trace, &s.event, session_written(&s));
        }
        session_flush(&s);
        if (is_carried)
            carry_over(&s, &others[turn++ % 2]);
        if (type >= 32 && type < 64) {
            assert_int_equal(session_next(&s), SMTPAUTH_NEED_ANSWER);
            answer(&s, true);
            session_flush(&s);
            if (is_carried)
                carry_over(&s, &others[turn++ % 2]);
        }
    }
    dialogue_record_end(trace);
    octets_add(replies, s.replies.data, s.replies.len);
    session_end(&s);
}

/* `said` must be among the replies. */
static void check_carried(const char *text, const char *said)
{
    static const size_t chunks[] = {1, 5, 64, 4096};
    dialogue_trace first = {0};
    octets replies = {0};
    play(text, &first, &replies, 4096, false);
    assert_non_null(strstr(octets_string(&replies), said));
    assert_non_null(strstr(octets_string(&replies), "\r\n221 2.0.0 "));
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        dialogue_trace again = {0};
        octets replies_again = {0};
        play(text, &again, &replies_again, chunks[i], true);
        assert_string_equal(octets_string(&replies_again), octets_string(&replies));
        assert_string_equal(octets_string(&again.events), octets_string(&first.events));
        dialogue_trace_free(&again);
        octets_free(&replies_again);
    }
    dialogue_trace_free(&first);
    octets_free(&replies);
}

static void test_carried(void **state)
{
    (void)state;
    choose_policy(0, 0);
    check_carried(whole, "\r\n235 2.7.0 ");
    choose_policy(LMTP, 0);
    check_carried(over_lmtp, "\r\n550 5.6.0 Message holds a bare CR, a bare LF or a NUL\r\n550 5.6.0 ");
    choose_policy(SMTPAUTH_NO_AUTH, CHUNKS);
    check_carried(in_chunks, "\r\n503 5.5.1 An earlier chunk failed; send RSET first\r\n250 2.0.0 Ok\r\n");
}

static void test_misuse(void **state)
{
    session s;
    (void)state;
    choose_policy(0, 0);
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    assert_int_equal(session_run(&s), SMTPAUTH_NEED_INPUT);
    smtpauth_server copy = s.server;
    smtpauth_policy bad = policy;
    bad.hostname = "";
    assert_int_equal(smtpauth_server_restore(NULL, sizeof copy, &policy), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, NULL), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy - 8, &policy), SMTPAUTH_E_VERSION);
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &bad), SMTPAUTH_E_POLICY);
    copy.head ^= 1;
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_E_VERSION);
    memset(&copy, 0, sizeof copy);
    assert_int_not_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_DONE);
    memset(&copy, 0xFF, sizeof copy);
    assert_int_not_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_DONE);
    /* A session of a service without login does not become one of a service with it. */
    smtpauth_policy open = session_policy(SMTPAUTH_NO_AUTH);
    open.mechanisms = NULL;
    assert_int_equal(smtpauth_server_init(&copy, sizeof copy, &open, 0, NULL, 0), SMTPAUTH_DONE);
    assert_int_not_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_DONE);
    session_end(&s);
}

/* ---- Damage ---- */

#define EHLO      "EHLO client.example.test\r\n"
#define LHLO      "LHLO client.example.test\r\n"
#define LOGGED_IN "AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n" /* \0alice\0secret */
#define MAIL      "MAIL FROM:<alice@example.test>\r\n"
#define RCPT      "RCPT TO:<bob@example.test>\r\n"

static const struct {
    uint32_t flags, extensions;
    const char *text;
} places[] = {
    {0, 0, ""},
    {0, 0, "EHL"},
    {0, 0, EHLO "NOOP\n"},
    {0, 0, EHLO "AUTH LOGIN\r\n"},
    {0, 0, EHLO "AUTH LOGIN\r\nYWxpY2U=\r\n"},
    {0, 0, EHLO "AUTH PLAIN AGFsaWNlAHdyb25n\r\n"},
    {0, 0, EHLO "AUTH SCRAM-SHA-256 " SCRAM_FIRST},
    {0, 0, EHLO "AUTH SCRAM-SHA-256 " SCRAM_FIRST SCRAM_FINAL},
    {0, 0, EHLO "AUTH CRAM-MD5\r\n"},
    {0, 0, EHLO "AUTH CRAM-MD5\r\n" CRAM_PROOF},
    {0, 0, EHLO "AUTH XOAUTH2 " TOKEN},
    {0, 0, EHLO "STARTTLS\r\n"},
    {0, 0, EHLO "BDAT 100\r\nabc"},
    {0, 0, EHLO LOGGED_IN MAIL},
    {0, 0, EHLO LOGGED_IN MAIL RCPT "DATA\r\nhalf a line"},
    {0, 0, EHLO LOGGED_IN "QUIT\r\n"},
    {LMTP, 0, LHLO MAIL RCPT RCPT "DATA\r\nx\r\n.\r\n"},
    {LMTP, 0, LHLO MAIL RCPT RCPT "DATA\r\nbad\ntext"},
    {0, SMTPAUTH_EXT_XCLIENT, EHLO "XCLIENT ADDR=192.0.2.1 LOGIN=alice\r\n"},
    {SMTPAUTH_RELAY, SMTPAUTH_EXT_ETRN, EHLO "ETRN example.test\r\n"},
    {SMTPAUTH_NO_AUTH, CHUNKS, EHLO MAIL RCPT "BDAT 100\r\nabc\r"},
    {SMTPAUTH_NO_AUTH, CHUNKS, EHLO MAIL RCPT "BDAT 100\r\na\nbc"},
    {SMTPAUTH_NO_AUTH, CHUNKS, EHLO MAIL RCPT "BDAT 3\r\nabcNOOP\r\n"},
    {SMTPAUTH_NO_AUTH, CHUNKS, EHLO MAIL RCPT "BDAT 3\r\n\n\n\nNOOP\r\n"},
    {SMTPAUTH_NO_AUTH, CHUNKS, EHLO MAIL RCPT "BDAT 3 LAST\r\n"},
    {LMTP, CHUNKS, LHLO MAIL RCPT RCPT "BDAT 3 LAST\r\nabc"},
    {LMTP, CHUNKS, LHLO MAIL RCPT RCPT "BDAT 6 LAST\r\na\nb"},
};

/* What a damaged session is led through: no event may be unknown, and there is an end. */
static bool lead_on(session *s, bool was_authenticated)
{
    static const char more[] =
        "\r\n.\r\nNOOP\r\nXCLIENT LOGIN=alice\r\nAUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\nMAIL FROM:<a@b.test>\r\nQUIT\r\n";
    bool is_fed = false;
    for (int i = 0; i < 400; i++) {
        memset(&s->event, SESSION_GARBAGE, sizeof s->event);
        uint16_t type = smtpauth_server_step(&s->server, &s->io, &s->event);
        session_flush(s);
        if (!was_authenticated && (smtpauth_server_is(&s->server) & SMTPAUTH_IS_AUTHENTICATED))
            return false;
        if (type == SMTPAUTH_CLOSED || (type == SMTPAUTH_NEED_INPUT && is_fed))
            return true;
        if (type == SMTPAUTH_NEED_INPUT) {
            session_text(s, more);
            is_fed = true;
        } else if (type == SMTPAUTH_NEED_TLS) {
            smtpauth_server_tls_started(&s->server, &s->io, 0);
        } else if ((type >= 32 && type < 64) || type == SMTPAUTH_NEED_ANSWER) {
            answer(s, false);
        } else if (type != SMTPAUTH_NEED_OUTPUT && (type < SMTPAUTH_NOTE_DATA || type > SMTPAUTH_NOTE_LINE)) {
            fail_msg("unknown event %u", type);
        }
    }
    return true; /* slow, but alive: NEED_INPUT comes at last */
}

/* Is he in, or will an undamaged session let him in, since the host has said yes to a proof? */
static bool may_be_in(const session *s)
{
    session copy;
    session_copy(&copy, s);
    bool is_in = (smtpauth_server_is(&copy.server) & SMTPAUTH_IS_AUTHENTICATED) != 0 || !lead_on(&copy, false);
    session_end(&copy);
    return is_in;
}

static size_t intruders;

/* 1 when restore took the damaged copy. */
static size_t damage(const session *s, size_t at, uint8_t flip, bool was_authenticated, const char *place)
{
    session copy;
    size_t taken = 0;
    session_copy(&copy, s);
    ((uint8_t *)&copy.server)[at] ^= flip;
    int32_t result = smtpauth_server_restore(&copy.server, sizeof copy.server, &policy);
    if (result == SMTPAUTH_DONE) {
        taken = 1;
        if (!lead_on(&copy, was_authenticated)) {
            print_error("octet %zu ^ %02x, session behind `%s`: authenticated without login\n", at, flip,
                        place);
            intruders++;
        }
    } else if (result != SMTPAUTH_E_ARGUMENT && result != SMTPAUTH_E_VERSION && result != SMTPAUTH_E_POLICY) {
        fail_msg("restore returned %d", (int)result);
    }
    session_end(&copy);
    return taken;
}

/* A copy of a session is led up to a place: all questions answered by yes, but the last left open or not. */
static void lead_to(session *s, size_t place, bool is_open)
{
    choose_policy(places[place].flags, places[place].extensions);
    assert_int_equal(
        session_begin(s, &policy, places[place].extensions & SMTPAUTH_EXT_XCLIENT ? SMTPAUTH_TRUSTED : 0, 4096),
        SMTPAUTH_DONE);
    session_text(s, places[place].text);
    for (uint16_t type = session_run(s); type >= 32; type = session_run(s)) {
        const char *line_end = memchr(s->io.next_in, '\n', s->io.avail_in);
        bool is_last = line_end != NULL && line_end == (const char *)s->io.next_in + s->io.avail_in - 1;
        if (is_open && is_last)
            break;
        answer(s, true);
    }
    session_flush(s);
}

static void test_damaged(void **state)
{
    size_t taken = 0, refused = 0;
    (void)state;
    for (size_t i = 0; i < 2 * sizeof places / sizeof *places; i++) {
        session s;
        lead_to(&s, i / 2, i % 2 != 0);
        bool was_authenticated = may_be_in(&s);
        for (size_t at = 0; at < sizeof s.server; at++) {
            static const uint8_t flips[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF, 0x03, 0x5A};
            for (size_t j = 0; j < sizeof flips; j++) {
                size_t is_taken = damage(&s, at, flips[j], was_authenticated, places[i / 2].text);
                taken += is_taken;
                refused += 1 - is_taken;
            }
        }
        session_end(&s);
    }
    print_message("%zu damaged copies refused, %zu led to their end\n", refused, taken);
    assert_int_equal(intruders, 0);
    assert_true(refused > 0);
}

/* Fields that are each in range, but not together. */
static void test_ties(void **state)
{
    session s;
    (void)state;
    choose_policy(0, 0);
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    session_text(&s, EHLO LOGGED_IN "STARTTLS\r\n");
    for (uint16_t type = session_run(&s); type != SMTPAUTH_NEED_TLS; type = session_run(&s))
        answer(&s, true);
    smtpauth_server copy = s.server;
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_DONE);
    copy.tracker.tls = 1; /* before the handshake, which could then not drop the login */
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_E_ARGUMENT);
    session_end(&s);

    choose_policy(LMTP, 0);
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    session_text(&s, LHLO MAIL RCPT RCPT "DATA\r\nx\r\n.\r\n");
    while (session_run(&s) != SMTPAUTH_ASK_MESSAGE)
        answer(&s, true);
    copy = s.server;
    copy.answered = 1;
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_DONE);
    copy.answered = 2; /* all were given */
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_E_ARGUMENT);
    session_end(&s);

    choose_policy(SMTPAUTH_NO_AUTH, CHUNKS);
    policy.message_max = 1000;
    assert_int_equal(session_begin(&s, &policy, 0, 4096), SMTPAUTH_DONE);
    session_text(&s, EHLO MAIL RCPT "BDAT 600\r\nabc");
    for (uint16_t type = session_run(&s); type != SMTPAUTH_NEED_INPUT; type = session_run(&s))
        answer(&s, true);
    copy = s.server;
    copy.swallow = 997;
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_DONE);
    copy.swallow = 998; /* with the three that were taken more than a message may have */
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_E_ARGUMENT);
    session_end(&s);
}

/* All octets at random: whatever restore takes must live. */
static void test_random(void **state)
{
    (void)state;
    chance_begin(4954);
    for (int i = 0; i < 20000; i++) {
        session s;
        lead_to(&s, (size_t)i % (sizeof places / sizeof *places), i % 3 == 0);
        bool was_authenticated = (smtpauth_server_is(&s.server) & SMTPAUTH_IS_AUTHENTICATED) != 0;
        for (int j = 0; j < 1 + i % 4; j++)
            ((uint8_t *)&s.server)[8 + chance(504)] = (uint8_t)chance(256);
        if (smtpauth_server_restore(&s.server, sizeof s.server, &policy) == SMTPAUTH_DONE)
            lead_on(&s, was_authenticated);
        session_end(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_carried), cmocka_unit_test(test_misuse), cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_ties),    cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests_name("server restore", tests, setup, NULL);
}
