/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * The contract of the client's calls, as client.h has it: what each returns out of turn or for a wrong argument, and that it
 * then changes nothing; how a session is closed; times (RFC 5321 4.5.3.2). The windows: test_client_window.c.
 */

#include "client_play.h"
#include "client_talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Nothing but the question that is open takes an answer, and a refused one changes nothing. */
static void wrong_answers(void **state)
{
    (void)state;
    smtpauth_credentials who = talk_alice("secret");
    smtpauth_envelope env = talk_from("alice@example.test");
    smtpauth_recipient rcpt = talk_to("bob@example.test");
    size_t taken = 7;
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    assert_int_equal(smtpauth_client_answer(&talk.client, &talk.io, 0), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_STATE);
    talk_greet(SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(talk.event.why, SMTPAUTH_WHY_FIRST);
    assert_int_equal(talk.event.kinds, SMTPAUTH_KIND_PASSWORD | SMTPAUTH_KIND_TOKEN);
    assert_int_equal(talk.event.attempt, 1);
    smtpauth_client before = talk.client;
    assert_int_equal(smtpauth_client_envelope(&talk.client, &talk.io, &env), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_recipient(&talk.client, &talk.io, &rcpt), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_data(&talk.client, &talk.io, talk.out, 1, &taken), SMTPAUTH_E_STATE);
    assert_int_equal(taken, 0);
    assert_int_equal(smtpauth_client_data_end(&talk.client, &talk.io), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_tls_started(&talk.client, &talk.io, 0), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_tls_failed(&talk.client), SMTPAUTH_E_STATE);
    who.size--;
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_ARGUMENT);
    who = talk_alice("secret");
    who.reserved[5] = 1;
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_ARGUMENT);
    who = talk_alice("secret");
    who.reserved8[0] = 1;
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_ARGUMENT);
    who = talk_alice("secret");
    who.identity.data = NULL;
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_ARGUMENT);
    who = talk_alice("secret");
    who.rejected_count = 1;
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_ARGUMENT);
    who = talk_alice("secret");
    talk.io.avail_out = SMTPAUTH_REPLY_MAX - 1;
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_OUTPUT);
    talk.io.avail_out = sizeof talk.out;
    memset(&before.exchange, 0, sizeof before.exchange);
    memset(&talk.client.exchange, 0, sizeof talk.client.exchange);
    assert_memory_equal(&talk.client, &before, sizeof talk.client);
    assert_true(talk_said(""));
    assert_int_equal(talk_hear(""), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(talk.event.asked, SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(talk.event.why, SMTPAUTH_WHY_FIRST);
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, NULL), SMTPAUTH_DONE);
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_ENVELOPE);
    env.reserved[7] = 1;
    assert_int_equal(smtpauth_client_envelope(&talk.client, &talk.io, &env), SMTPAUTH_E_ARGUMENT);
    env = talk_from("alice@example.test");
    env.reserved8[4] = 1;
    assert_int_equal(smtpauth_client_envelope(&talk.client, &talk.io, &env), SMTPAUTH_E_ARGUMENT);
    env = talk_from("alice@example.test");
    assert_int_equal(smtpauth_client_envelope(&talk.client, &talk.io, &env), SMTPAUTH_DONE);
    assert_true(talk_said("MAIL FROM:<alice@example.test>\r\n"));
    assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_ASK_RECIPIENT);
    rcpt.reserved[3] = 1;
    assert_int_equal(smtpauth_client_recipient(&talk.client, &talk.io, &rcpt), SMTPAUTH_E_ARGUMENT);
    rcpt = talk_to("bob@example.test");
    assert_int_equal(smtpauth_client_recipient(&talk.client, &talk.io, &rcpt), SMTPAUTH_DONE);
    assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_NOTE_RECIPIENT);
    assert_int_equal(talk.event.fate, SMTPAUTH_FATE_ACCEPTED);
    assert_int_equal(smtpauth_client_recipient(NULL, &talk.io, NULL), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_envelope(&talk.client, NULL, NULL), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_answer(NULL, &talk.io, 0), SMTPAUTH_E_ARGUMENT);
}

/* A host that knows no question at all ends politely, and nothing is sent but QUIT. */
static void default_branch(void **state)
{
    (void)state;
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    uint16_t type = talk_hear(TALK_GREETING);
    assert_true(talk_said("EHLO client.example.test\r\n"));
    type = talk_hear(TALK_OFFERS);
    for (unsigned i = 0; i < 20 && type != SMTPAUTH_NEED_INPUT; i++) {
        (void)smtpauth_client_answer(&talk.client, &talk.io, 0);
        type = smtpauth_client_step(&talk.client, &talk.io, &talk.event);
    }
    assert_true(talk_said("QUIT\r\n"));
    assert_int_equal(talk_hear("221 bye\r\n"), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&talk.client), SMTPAUTH_REASON_BYE);
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_close(&talk.client, &talk.io, SMTPAUTH_REASON_TIMEOUT), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_client_why(&talk.client), SMTPAUTH_REASON_BYE);
}

/* The handshake's outcome is told only where it was asked for, not before a note. */
static void tls_before_need(void **state)
{
    (void)state;
    talk_begin(0);
    talk_hear(TALK_GREETING);
    talk_hear("250-mx\r\n250 STARTTLS\r\n");
    assert_int_equal(talk_hear("220 go\r\n250 injected\r\n"), SMTPAUTH_NOTE_ERROR);
    assert_int_equal(smtpauth_client_tls_started(&talk.client, &talk.io, 0), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_tls_failed(&talk.client), SMTPAUTH_E_STATE);
    assert_int_equal(talk_hear(""), SMTPAUTH_NEED_TLS);
    assert_int_equal(smtpauth_client_tls_started(&talk.client, &talk.io, 0), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_client_tls_failed(&talk.client), SMTPAUTH_E_STATE);
}

/* A message's note has the words of the reply that ended it, and of no other; a host's fault is why, QUIT or not. */
static void last_words(void **state)
{
    const smtpauth_envelope envelope = talk_from("");
    (void)state;
    talk.config.mechanisms = NULL;
    talk_begin(0);
    talk_hear(TALK_GREETING);
    assert_int_equal(talk_hear("250 mx\r\n"), SMTPAUTH_ASK_ENVELOPE);
    assert_int_equal(smtpauth_client_envelope(&talk.client, &talk.io, &envelope), SMTPAUTH_DONE);
    memcpy(talk.in, "250 fine\r\n", 10);
    talk.io.next_in = talk.in;
    talk.io.avail_in = 10;
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_NOTE_REPLY);
    smtpauth_client_close(&talk.client, &talk.io, SMTPAUTH_REASON_TIMEOUT);
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_NOTE_MESSAGE);
    assert_int_equal(talk.event.text.len, 0);
    talk_begin(0);
    talk_hear(TALK_GREETING);
    assert_int_equal(talk_hear("250 mx\r\n"), SMTPAUTH_ASK_ENVELOPE);
    assert_int_equal(smtpauth_client_envelope(&talk.client, &talk.io, NULL), SMTPAUTH_DONE);
    assert_int_equal(talk_hear(""), SMTPAUTH_NEED_INPUT);
    assert_int_equal(smtpauth_client_step(&talk.client, NULL, &talk.event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&talk.client), SMTPAUTH_REASON_HOST_FAULT);
}

/* A host that answers everything it does not know by 0 loses no handshake by it, unless that is what is waited for. */
static void note_before_tls(void **state)
{
    (void)state;
    talk_begin(0);
    assert_int_equal(talk_hear("220 mx\r\n"), SMTPAUTH_NEED_INPUT);
    assert_int_equal(talk_hear("250-mx\r\n250 STARTTLS\r\n"), SMTPAUTH_NEED_INPUT);
    assert_int_equal(talk_hear("220 go\r\n250 evil\r\n"), SMTPAUTH_NOTE_ERROR);
    assert_int_equal(talk.event.reason, SMTPAUTH_REASON_INJECTED);
    assert_int_equal(smtpauth_client_answer(&talk.client, &talk.io, 0), SMTPAUTH_E_STATE);
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_NEED_TLS);
    assert_int_equal(smtpauth_client_answer(&talk.client, &talk.io, 0), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&talk.client), SMTPAUTH_REASON_TLS_FAILED);
}

/* Where one more mechanism is to be tried with the same secret, a call that fails leaves it at that. */
static void what_is_wrong_changes_nothing(void **state)
{
    smtpauth_credentials who = talk_alice("secret"), wrong = talk_alice("other");
    (void)state;
    talk.config.flags = SMTPAUTH_CLIENT_TRY_ANOTHER;
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    talk_hear(TALK_GREETING);
    assert_int_equal(talk_hear("250-mx\r\n250 AUTH PLAIN LOGIN\r\n"), SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_DONE);
    assert_int_equal(talk_hear("535 5.7.8 no\r\n"), SMTPAUTH_NOTE_AUTH);
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(talk.event.why, SMTPAUTH_WHY_AGAIN);
    smtpauth_client before = talk.client;
    wrong.reserved[0] = 1;
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &wrong), SMTPAUTH_E_ARGUMENT);
    assert_memory_equal(&talk.client, &before, sizeof before);
    who.reserved[0] = 1; /* of a secret, too, that was rejected before */
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_ARGUMENT);
    who.reserved[0] = 0;
    talk.io.avail_out = SMTPAUTH_REPLY_MAX - 1;
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_OUTPUT);
    assert_memory_equal(&talk.client, &before, sizeof before);
    talk_flush();
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_DONE);
    assert_true(talk_said("AUTH LOGIN\r\n"));
}

/* ---- The end, times ---- */

static void closes(void **state)
{
    (void)state;
    talk_begin(0);
    assert_int_equal(smtpauth_client_close(&talk.client, &talk.io, SMTPAUTH_REASON_BYE), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_close(NULL, &talk.io, SMTPAUTH_REASON_TIMEOUT), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_close(&talk.client, &talk.io, SMTPAUTH_REASON_SHUTDOWN), SMTPAUTH_DONE);
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&talk.client), SMTPAUTH_REASON_SHUTDOWN);
    assert_int_equal(smtpauth_client_timeout(&talk.client), 0);
    assert_true(talk_said(""));
    assert_int_equal(smtpauth_client_is(NULL), 0);
    assert_int_equal(smtpauth_client_offers(NULL), 0);
    assert_int_equal(smtpauth_client_size_max(NULL), 0);
    assert_int_equal(smtpauth_client_why(NULL), 0);
    assert_string_equal(smtpauth_client_authenticated_by(NULL), "");
    smtpauth_refusal refusal;
    assert_int_equal(smtpauth_client_refusal(&talk.client, 2, &refusal), SMTPAUTH_E_ARGUMENT);
    assert_int_equal(smtpauth_client_refusal(NULL, 0, &refusal), SMTPAUTH_E_ARGUMENT);
}

/* LMTP: a message whose deliveries are not all answered was accepted for those that were. */
static void lost_between_deliveries(void **state)
{
    (void)state;
    talk_open_message(SMTPAUTH_CLIENT_LMTP, 3);
    assert_int_equal(smtpauth_client_data_end(&talk.client, &talk.io), SMTPAUTH_DONE);
    assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_NOTE_DELIVERY);
    assert_int_equal(talk_hear(""), SMTPAUTH_NEED_INPUT);
    smtpauth_client_close(&talk.client, &talk.io, SMTPAUTH_REASON_CONNECTION_LOST);
    assert_int_equal(talk_hear(""), SMTPAUTH_NOTE_MESSAGE);
    assert_int_equal(talk.event.fate, SMTPAUTH_FATE_UNKNOWN);
    assert_int_equal(talk.event.recipients, 1);
}

static void times(void **state)
{
    (void)state;
    size_t taken;
    talk.config.mechanisms = client_no_mechanisms;
    talk_begin(0);
    assert_int_equal(smtpauth_client_timeout(&talk.client), 300);
    talk_greet(SMTPAUTH_ASK_ENVELOPE);
    assert_int_equal(smtpauth_client_offers(&talk.client),
                     SMTPAUTH_OFFERS_SIZE | SMTPAUTH_OFFERS_8BITMIME | SMTPAUTH_EXT_AUTH);
    assert_int_equal(smtpauth_client_size_max(&talk.client), 1000);
    smtpauth_envelope env = talk_from("alice@example.test");
    (void)smtpauth_client_envelope(&talk.client, &talk.io, &env);
    assert_int_equal(talk_hear(""), SMTPAUTH_NEED_INPUT);
    assert_int_equal(smtpauth_client_timeout(&talk.client), 300); /* MAIL */
    assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_ASK_RECIPIENT);
    smtpauth_recipient rcpt = talk_to("bob@example.test");
    (void)smtpauth_client_recipient(&talk.client, &talk.io, &rcpt);
    assert_int_equal(talk_hear(""), SMTPAUTH_NEED_INPUT);
    assert_int_equal(smtpauth_client_timeout(&talk.client), 300); /* RCPT */
    assert_int_equal(talk_hear("250 ok\r\n"), SMTPAUTH_NOTE_RECIPIENT);
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_RECIPIENT);
    (void)smtpauth_client_recipient(&talk.client, &talk.io, NULL);
    assert_int_equal(talk_hear(""), SMTPAUTH_NEED_INPUT);
    assert_int_equal(smtpauth_client_timeout(&talk.client), 120); /* DATA */
    assert_int_equal(talk_hear("354 go\r\n"), SMTPAUTH_ASK_MESSAGE);
    talk.io.avail_out = 600;
    static const uint8_t block[1000] = {'x'};
    (void)smtpauth_client_data(&talk.client, &talk.io, block, 1, &taken);
    talk.io.avail_out = 100;
    assert_int_equal(talk_hear(""), SMTPAUTH_NEED_OUTPUT);
    assert_int_equal(smtpauth_client_timeout(&talk.client), 180); /* a block */
    talk_flush();
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(smtpauth_client_data_end(&talk.client, &talk.io), SMTPAUTH_DONE);
    assert_int_equal(talk_hear(""), SMTPAUTH_NEED_INPUT);
    assert_int_equal(smtpauth_client_timeout(&talk.client), 600); /* the end */
    talk.config.timeout_s = 60;
    assert_int_equal(smtpauth_client_timeout(&talk.client), 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(wrong_answers, talk_set_up),
        cmocka_unit_test_setup(default_branch, talk_set_up),
        cmocka_unit_test_setup(note_before_tls, talk_set_up),
        cmocka_unit_test_setup(tls_before_need, talk_set_up),
        cmocka_unit_test_setup(last_words, talk_set_up),
        cmocka_unit_test_setup(what_is_wrong_changes_nothing, talk_set_up),
        cmocka_unit_test_setup(closes, talk_set_up),
        cmocka_unit_test_setup(lost_between_deliveries, talk_set_up),
        cmocka_unit_test_setup(times, talk_set_up),
    };
    return cmocka_run_group_tests_name("client, contract", tests, NULL, NULL);
}
