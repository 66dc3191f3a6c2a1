/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * XCLIENT: what is to be proved is that the verdict ACCEPTED_AS to a LOGIN= that names somebody logs in, in a session
 * begun as TRUSTED, and nothing else does: no other verdict, no yes, no name that is unavailable, no damaged copy. The
 * dialogues are tests/transcripts/xclient.txt. Source: server.h; Postfix's XCLIENT_README; RFC 3848.
 */

#include "session.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define EHLO "EHLO client.example.test\r\n"

static smtpauth_policy policy;

static int setup(void **state)
{
    (void)state;
    policy = session_policy(SMTPAUTH_CLEAR_AUTH);
    policy.extensions = SMTPAUTH_EXT_XCLIENT | SMTPAUTH_EXT_STARTTLS;
    return 0;
}

static void open_question(session *s, const char *text)
{
    assert_int_equal(session_begin(s, &policy, SMTPAUTH_TRUSTED, 4096), SMTPAUTH_DONE);
    assert_int_equal(session_say(s, text), SMTPAUTH_ASK_XCLIENT);
    session_flush(s);
}

static bool is_authenticated(const session *s)
{
    return (smtpauth_server_is(&s->server) & SMTPAUTH_IS_AUTHENTICATED) != 0;
}

static void test_verdicts(void **state)
{
    static const struct {
        const char *name, *line;
        int32_t verdict, result;
        bool is_in;
    } rows[] = {
        {"accepted as", "XCLIENT LOGIN=alice\r\n", SMTPAUTH_ACCEPTED_AS, SMTPAUTH_DONE, true},
        {"among others", "XCLIENT ADDR=192.0.2.1 LOGIN=alice PORT=25\r\n", SMTPAUTH_ACCEPTED_AS, SMTPAUTH_DONE,
         true},
        {"accepted", "XCLIENT LOGIN=alice\r\n", SMTPAUTH_ACCEPTED, SMTPAUTH_E_ANSWER, false},
        {"rejected", "XCLIENT LOGIN=alice\r\n", SMTPAUTH_REJECTED, SMTPAUTH_E_ANSWER, false},
        {"unavailable", "XCLIENT LOGIN=alice\r\n", SMTPAUTH_UNAVAILABLE, SMTPAUTH_E_ANSWER, false},
        {"a boolean yes", "XCLIENT LOGIN=alice\r\n", 1, SMTPAUTH_E_ANSWER, false},
        {"OK", "XCLIENT LOGIN=alice\r\n", SMTPAUTH_REASON_OK, SMTPAUTH_E_ANSWER, false},
        {"no login", "XCLIENT ADDR=192.0.2.1\r\n", SMTPAUTH_ACCEPTED_AS, SMTPAUTH_E_ANSWER, false},
        {"a name alone", "XCLIENT NAME=alice\r\n", SMTPAUTH_ACCEPTED_AS, SMTPAUTH_E_ANSWER, false},
        {"nobody", "XCLIENT LOGIN=[UNAVAILABLE]\r\n", SMTPAUTH_ACCEPTED_AS, SMTPAUTH_E_ANSWER, false},
        {"not just now", "XCLIENT LOGIN=[TEMPUNAVAIL]\r\n", SMTPAUTH_ACCEPTED_AS, SMTPAUTH_E_ANSWER, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        session s;
        open_question(&s, rows[i].line);
        size_t from = s.replies.len;
        int32_t result = smtpauth_server_verdict(&s.server, &s.io, rows[i].verdict, NULL, 0);
        const char *reply = rows[i].is_in ? "220 mail.example.test ESMTP service ready\r\n" : "451 4.3.0 ";
        if (result != rows[i].result || is_authenticated(&s) != rows[i].is_in ||
            !session_replied(&s, from, reply))
            fail_msg("%s: verdict returned %d, %s", rows[i].name, (int)result,
                     octets_string(&s.replies) + from);
        assert_string_equal(smtpauth_server_mechanism(&s.server), rows[i].is_in ? "XCLIENT" : "");
        assert_int_equal(session_next(&s), SMTPAUTH_NEED_INPUT); /* no exchange ended: no NOTE_AUTH */
        session_end(&s);
    }
}

/* A yes to the question takes the attributes, and never the login. */
static void test_answers(void **state)
{
    session s;
    (void)state;
    open_question(&s, "XCLIENT LOGIN=alice\r\n");
    assert_int_equal(s.event.identity.len, 5);
    assert_memory_equal(s.event.identity.data, "alice", 5);
    assert_int_equal(s.event.parameters.len, 11);
    assert_int_equal(smtpauth_server_answer(&s.server, &s.io, SMTPAUTH_REASON_OK), SMTPAUTH_DONE);
    assert_false(is_authenticated(&s));
    assert_int_equal(session_say(&s, "XCLIENT LOGIN=[unavailable] ADDR=192.0.2.1\r\n"), SMTPAUTH_ASK_XCLIENT);
    assert_int_equal(s.event.identity.len, 0);
    session_end(&s);
}

static void test_room(void **state)
{
    session s;
    (void)state;
    open_question(&s, "XCLIENT LOGIN=alice\r\n");
    smtpauth_server before = s.server;
    size_t room = s.io.avail_out;
    s.io.avail_out = SMTPAUTH_REPLY_MAX - 1;
    assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_ACCEPTED_AS, NULL, 0),
                     SMTPAUTH_E_OUTPUT);
    assert_memory_equal(&s.server, &before, sizeof before);
    s.io.avail_out = room;
    assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_ACCEPTED_AS, NULL, 0), SMTPAUTH_DONE);
    assert_true(is_authenticated(&s));
    session_end(&s);
}

/* It shows in the keyword of Received, and survives a carrying over, of a session that is trusted alone. */
static void test_carried(void **state)
{
    session s;
    (void)state;
    open_question(&s, "XCLIENT LOGIN=alice\r\n");
    assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_ACCEPTED_AS, NULL, 0), SMTPAUTH_DONE);
    assert_int_equal(session_say(&s, EHLO), SMTPAUTH_NEED_INPUT);
    assert_string_equal(smtpauth_server_protocol(&s.server), "ESMTPA");
    smtpauth_server copy = s.server;
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_DONE);
    assert_string_equal(smtpauth_server_mechanism(&copy), "XCLIENT");
    copy.flags = 0;
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_E_ARGUMENT);
    copy = s.server;
    copy.authenticated_by = 0; /* PLAIN, but no exchange ever began */
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_E_ARGUMENT);
    copy = s.server;
    copy.tracker.authenticated = 0;
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_E_ARGUMENT);
    session_end(&s);

    open_question(&s, "XCLIENT LOGIN=alice\r\n"); /* and the question itself belongs to a trusted session */
    copy = s.server;
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_DONE);
    copy.flags = 0;
    assert_int_equal(smtpauth_server_restore(&copy, sizeof copy, &policy), SMTPAUTH_E_ARGUMENT);
    session_end(&s);
}

/* STARTTLS drops what was vouched for before it. */
static void test_starttls(void **state)
{
    session s;
    (void)state;
    open_question(&s, "XCLIENT LOGIN=alice\r\n");
    assert_int_equal(smtpauth_server_verdict(&s.server, &s.io, SMTPAUTH_ACCEPTED_AS, NULL, 0), SMTPAUTH_DONE);
    assert_int_equal(session_say(&s, EHLO "STARTTLS\r\n"), SMTPAUTH_NEED_TLS);
    assert_int_equal(smtpauth_server_tls_started(&s.server, &s.io, 0), SMTPAUTH_DONE);
    assert_false(is_authenticated(&s));
    assert_string_equal(smtpauth_server_mechanism(&s.server), "");
    assert_int_equal(session_say(&s, "XCLIENT LOGIN=alice\r\n"),
                     SMTPAUTH_NEED_INPUT); /* the trust ended at EHLO */
    assert_false(is_authenticated(&s));
    session_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts), cmocka_unit_test(test_answers),  cmocka_unit_test(test_room),
        cmocka_unit_test(test_carried),  cmocka_unit_test(test_starttls),
    };
    return cmocka_run_group_tests_name("server xclient", tests, setup, NULL);
}
