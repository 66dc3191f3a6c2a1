/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * What a host hears of a client's session beside its questions: each line for a log, with what of it is secret, and advice behind
 * each refusal.
 */

#include "client_play.h"
#include "client_talk.h"
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* One recipient, and no more. */
static void bob_is_taken(void)
{
    smtpauth_recipient rcpt = talk_to("bob@example.test");
    assert_int_equal(smtpauth_client_recipient(&talk.client, &talk.io, &rcpt), SMTPAUTH_DONE);
    assert_int_equal(talk_hear(""), SMTPAUTH_NOTE_LINE);
    assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_NOTE_RECIPIENT);
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_RECIPIENT);
    assert_int_equal(smtpauth_client_recipient(&talk.client, &talk.io, NULL), SMTPAUTH_DONE);
}

static void lines_are_noted(void **state)
{
    (void)state;
    talk.config.flags = SMTPAUTH_CLIENT_NOTES_LINE;
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    assert_int_equal(talk_hear(TALK_GREETING), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&talk.event.line, "EHLO client.example.test"));
    assert_int_equal(talk.event.secret.len, 0);
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_NEED_INPUT);
    assert_int_equal(talk_hear("250-mx\r\n250-CHUNKING\r\n250 AUTH PLAIN LOGIN\r\n"), SMTPAUTH_ASK_CREDENTIALS);
    smtpauth_credentials who = talk_alice("secret");
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&talk.event.line, "AUTH PLAIN AGFsaWNlAHNlY3JldA=="));
    assert_true(view_is(&talk.event.secret, " AGFsaWNlAHNlY3JldA=="));
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_NEED_INPUT);
    assert_int_equal(talk_hear("235 in\r\n"), SMTPAUTH_NOTE_AUTH);
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_ENVELOPE);
    smtpauth_envelope env = talk_from("alice@example.test");
    assert_int_equal(smtpauth_client_envelope(&talk.client, &talk.io, &env), SMTPAUTH_DONE);
    talk_flush(); /* a flush in between: the line is gone, and nothing is read that is not there */
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_NOTE_LINE);
    assert_int_equal(talk.event.line.len, 0);
    assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_ASK_RECIPIENT);
    bob_is_taken();
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_MESSAGE);
    size_t taken;
    assert_int_equal(smtpauth_client_data(&talk.client, &talk.io, octets("a\r\n\xFF\r\n"), 6, &taken),
                     SMTPAUTH_DONE);
    assert_int_equal(talk_hear(""), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&talk.event.line, "BDAT 6"));
    assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(talk.event.size, 6);
    assert_int_equal(smtpauth_client_data(&talk.client, &talk.io, octets("\r"), 1, &taken), SMTPAUTH_DONE);
    assert_int_equal(taken, 1); /* held back: no chunk of no octets */
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(smtpauth_client_data(&talk.client, &talk.io, octets("\nb\r\n"), 4, &taken), SMTPAUTH_DONE);
    assert_int_equal(talk_hear(""), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&talk.event.line, "BDAT 5"));
    assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(smtpauth_client_data_end(&talk.client, &talk.io), SMTPAUTH_DONE);
    assert_int_equal(talk_hear(""), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&talk.event.line, "BDAT 0 LAST"));
    assert_int_equal(talk_hear("250 queued as 1\r\n"), SMTPAUTH_NOTE_MESSAGE);
    assert_int_equal(talk.event.fate, SMTPAUTH_FATE_ACCEPTED);
    assert_int_equal(talk.event.faults, SMTPAUTH_FAULT_8BIT);
    assert_int_equal(talk.event.size, 11);
    assert_int_equal(talk.event.recipients, 1);
    assert_true(view_is(&talk.event.text, "queued as 1"));
}

/* The message's last line is ended for the host, and that line end is no part of the line that is noted. */
static void end_of_message_is_noted(const char *ehlo, const char *body, const char *sent, const char *line)
{
    talk.config.flags = SMTPAUTH_CLIENT_NOTES_LINE | SMTPAUTH_CLIENT_FIX_LINE_ENDS;
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    assert_int_equal(talk_hear(TALK_GREETING), SMTPAUTH_NOTE_LINE);
    assert_int_equal(talk_hear(ehlo), SMTPAUTH_ASK_ENVELOPE);
    smtpauth_envelope env = talk_from("alice@example.test");
    assert_int_equal(smtpauth_client_envelope(&talk.client, &talk.io, &env), SMTPAUTH_DONE);
    assert_int_equal(talk_hear(""), SMTPAUTH_NOTE_LINE);
    assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_ASK_RECIPIENT);
    bob_is_taken();
    uint16_t what = talk_hear("");
    if (what == SMTPAUTH_NOTE_LINE) /* DATA */
        what = talk_hear("354 go\r\n");
    assert_int_equal(what, SMTPAUTH_ASK_MESSAGE);
    talk_flush();
    size_t taken;
    assert_int_equal(smtpauth_client_data(&talk.client, &talk.io, octets(body), strlen(body), &taken),
                     SMTPAUTH_DONE);
    assert_int_equal(taken, strlen(body));
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(smtpauth_client_data_end(&talk.client, &talk.io), SMTPAUTH_DONE);
    assert_int_equal(talk.io.next_out - talk.out, strlen(sent));
    assert_memory_equal(talk.out, sent, strlen(sent));
    assert_int_equal(talk_hear(""), SMTPAUTH_NOTE_LINE);
    assert_true(view_is(&talk.event.line, line));
    assert_int_equal(talk_hear("250 queued\r\n"), SMTPAUTH_NOTE_MESSAGE);
}

static void ends_are_noted(void **state)
{
    (void)state;
    end_of_message_is_noted("250 mx\r\n", "a", "a\r\n.\r\n", ".");
    end_of_message_is_noted("250 mx\r\n", "\r", "\r\n.\r\n", ".");
    end_of_message_is_noted("250-mx\r\n250 CHUNKING\r\n", "\r", "BDAT 2 LAST\r\n\r\n", "BDAT 2 LAST");
}

static void advice(void **state)
{
    (void)state;
    const client_row row = {
        .name = "advice behind each refusal",
        .is_advised = true,
        .has_book = true,
        .init_flags = SMTPAUTH_CLIENT_IMPLICIT_TLS,
        .script =
            "S: 220 mx\nC: EHLO client.example.test\nS: 250-mx\nS: 250 AUTH PLAIN\n? credentials first\n"
            "= login alice secret\nC: AUTH PLAIN AGFsaWNlAHNlY3JldA==\n"
            "S: 535-5.7.8 Username and Password not accepted. For more information, go to\n"
            "S: 535 5.7.8  https://support.google.com/mail/?p=BadCredentials a1 - gsmtp\n"
            "! advice 535 reenter-password\n! auth PLAIN 535 auth-failed\n? credentials rejected\n= none\n"
            "C: MAIL FROM:<alice@example.test>\nS: 530 5.7.0 Authentication Required\n! advice 530 reenter-password\n"
            "! message refused cause=535 auth-failed last=530 auth-failed resend\nC: QUIT\nS: 221 bye\nclosed bye\n"};
    client_play(&row);
    finish();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(lines_are_noted, talk_set_up),
        cmocka_unit_test_setup(ends_are_noted, talk_set_up),
        cmocka_unit_test_setup(advice, talk_set_up),
    };
    return cmocka_run_group_tests_name("client, notes", tests, NULL, NULL);
}
