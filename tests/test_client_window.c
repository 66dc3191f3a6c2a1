/* SPDX-License-Identifier: MIT
 * Copyright (c) the smtpauth authors */

/*
 * A client's windows, as client.h has them: what waits must come back as it was, step and answers look; what the server says
 * while a question waits stays in the window, but for its goodbye (RFC 5321 3.8); nothing is written that has no room.
 */

#include "client_talk.h"
#include "rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void window_contract(void **state)
{
    (void)state;
    talk_begin(0);
    assert_int_equal(talk_hear("220 m"), SMTPAUTH_NEED_INPUT);
    assert_int_equal(talk.io.avail_in, 5);
    talk.io.avail_in = 4;
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&talk.client), SMTPAUTH_REASON_HOST_FAULT);
    talk_begin(0);
    assert_int_equal(talk_hear("220 m"), SMTPAUTH_NEED_INPUT);
    talk.in[4] = 'n';
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_CLOSED);
    talk_begin(0);
    assert_int_equal(smtpauth_client_step(NULL, &talk.io, &talk.event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_step(&talk.client, NULL, &talk.event), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&talk.client), SMTPAUTH_REASON_HOST_FAULT);
    talk_begin(0);
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, NULL), SMTPAUTH_CLOSED);
    talk_begin(0);
    talk.io.avail_out = 511;
    assert_int_equal(talk_hear(TALK_GREETING), SMTPAUTH_NEED_OUTPUT);
    talk.io.avail_out = 512;
    assert_int_equal(smtpauth_client_step(&talk.client, &talk.io, &talk.event), SMTPAUTH_NEED_INPUT);
}

/* An answer too looks whether what waits is still there, and changes nothing where it is not. */
static void window_at_an_answer(void **state)
{
    (void)state;
    smtpauth_credentials who = talk_alice("secret");
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    talk_greet(SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(talk_hear("421 4."), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(talk.io.avail_in, 6);
    talk.io.avail_in = 5;
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_STATE);
    talk.io.avail_in = 6;
    talk.in[5] = '5';
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_E_STATE);
    talk.in[5] = '.';
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_DONE);
}

/* A host as client.h shows one, which looks at no result: what comes of it in an output window of this size. */
typedef struct outcome {
    unsigned said, accepted, refused; /* RCPTs, and what was noted of them */
    uint16_t fate, reason;            /* of the message */
    uint16_t asked_login;
} outcome;

static void answer_commands(outcome *o)
{
    char replies[512] = "";
    for (const uint8_t *at = talk.out; at < talk.io.next_out; at++) {
        bool is_line = at == talk.out || at[-1] == '\n';
        o->said += is_line && *at == 'R' && at[1] == 'C';
        if (is_line)
            strcat(replies, *at == 'D'   ? "354 go\r\n"
                            : *at == 'Q' ? "221 bye\r\n"
                            : *at == 'A' ? "334 \r\n"
                            : *at == '*' ? "501 cancelled\r\n"
                                         : "250 ok\r\n");
    }
    memcpy(talk.in + talk.io.avail_in, replies, strlen(replies));
    talk.io.avail_in += strlen(replies);
}

static void one_turn(outcome *o, const smtpauth_envelope *envelope, const smtpauth_recipient *to,
                     const smtpauth_credentials *who, size_t room)
{
    switch (smtpauth_client_step(&talk.client, &talk.io, &talk.event)) {
    case SMTPAUTH_NEED_INPUT:
    case SMTPAUTH_NEED_OUTPUT:
        memmove(talk.in, talk.io.next_in, talk.io.avail_in);
        talk.io.next_in = talk.in;
        answer_commands(o);
        talk.io.next_out = talk.out;
        talk.io.avail_out = room;
        break;
    case SMTPAUTH_ASK_CREDENTIALS:
        o->asked_login++;
        smtpauth_client_credentials(&talk.client, &talk.io, who);
        break;
    case SMTPAUTH_ASK_ENVELOPE:
        smtpauth_client_envelope(&talk.client, &talk.io, talk.event.index == 0 ? envelope : NULL);
        break;
    case SMTPAUTH_ASK_RECIPIENT:
        smtpauth_client_recipient(&talk.client, &talk.io, talk.event.index < 5 ? to : NULL);
        break;
    case SMTPAUTH_ASK_MESSAGE:
        smtpauth_client_data_end(&talk.client, &talk.io);
        break;
    case SMTPAUTH_NOTE_RECIPIENT:
        o->accepted += talk.event.fate == SMTPAUTH_FATE_ACCEPTED;
        o->refused += talk.event.fate == SMTPAUTH_FATE_REFUSED;
        break;
    case SMTPAUTH_NOTE_MESSAGE:
        o->fate = talk.event.fate;
        o->reason = talk.event.reason;
        break;
    default:
        smtpauth_client_answer(&talk.client, &talk.io, 0);
    }
}

static outcome send_five(size_t room, const smtpauth_envelope *envelope, const char *secret)
{
    static char orcpt[400];
    smtpauth_recipient to = talk_to("bob@example.test");
    smtpauth_credentials who = talk_alice(secret);
    outcome o = {0};
    who.is_token = true;
    memset(orcpt, 'x', sizeof orcpt);
    memcpy(orcpt, "rfc822;", 7);
    to.orcpt.data = (const uint8_t *)orcpt;
    to.orcpt.len = sizeof orcpt; /* 443 octets of command with it */
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    talk.io.avail_out = room;
    talk_hear("220 mx\r\n");
    talk.io.next_out = talk.out;
    talk.io.avail_out = room;
    static const char offers[] = "250-mx\r\n250-DSN\r\n250-AUTH XOAUTH2\r\n250 PIPELINING\r\n";
    memcpy(talk.in, offers, strlen(offers));
    talk.io.next_in = talk.in;
    talk.io.avail_in = strlen(offers);
    unsigned turns = 0;
    for (; turns < 300 && !(smtpauth_client_is(&talk.client) & SMTPAUTH_IS_CLOSING); turns++)
        one_turn(&o, envelope, &to, &who, room);
    assert_true(turns < 300);
    return o;
}

/* Nothing is lost in silence where an answer finds no room: it is asked for again behind a flush, and refused where no
 * flush helps. */
static void no_room(void **state)
{
    static char xtext[600];
    static char token[700];
    smtpauth_envelope envelope = talk_from("alice@example.test");
    (void)state;
    talk.config.mechanisms = NULL;
    outcome o = send_five(900, &envelope, "x"); /* the second RCPT finds 457, the third 512 again ... */
    assert_int_equal(o.said, 5);
    assert_int_equal(o.accepted, 5);
    assert_int_equal(o.fate, SMTPAUTH_FATE_ACCEPTED);

    memset(xtext, 'x', sizeof xtext);
    envelope.auth.data = (const uint8_t *)xtext;
    envelope.auth.len = 490; /* MAIL does not fit 512 octets, but 900 */
    o = send_five(512, &envelope, "x");
    assert_int_equal(o.said, 0);
    assert_int_equal(o.fate, SMTPAUTH_FATE_REFUSED);
    assert_int_equal(o.reason, SMTPAUTH_REASON_LINE_TOO_LONG);
    o = send_five(900, &envelope, "x");
    assert_int_equal(o.accepted, 5);

    envelope = talk_from("alice@example.test");
    talk_set_up(state);
    memset(token, 't', sizeof token - 1);
    o = send_five(512, &envelope, token);
    assert_int_equal(o.asked_login, 3); /* for AUTH, for the response, and again behind a flush */
    assert_int_equal(o.fate, SMTPAUTH_FATE_ACCEPTED);
}

/* The octet that stuffs a dot is not written without it: the host may end where the window was full. */
static void dots_are_doubled_whole(void **state)
{
    static uint8_t message[600];
    size_t taken;
    (void)state;
    talk_open_message(0, 1);
    talk_flush();
    talk.io.avail_out = 512;
    memset(message, 'x', 509);
    memcpy(message + 509, "\r\n.abc", 6);
    assert_int_equal(smtpauth_client_data(&talk.client, &talk.io, message, 515, &taken), SMTPAUTH_DONE);
    assert_int_equal(taken, 511);
    assert_int_equal(talk.io.next_out - talk.out, 511);
    talk_flush();
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_MESSAGE);
    assert_int_equal(smtpauth_client_data_end(&talk.client, &talk.io), SMTPAUTH_DONE);
    assert_true(talk_said(".\r\n"));
}

/* ---- While a question waits ---- */

static void unasked_input(void **state)
{
    (void)state;
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    talk_greet(SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(smtpauth_client_timeout(&talk.client), 0);
    assert_int_equal(talk_hear("421-4.4.2 you"), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(talk_hear(" sleep\r\n421 4.4.2 bye\r"), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(talk_hear("\n"), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&talk.client), SMTPAUTH_REASON_SERVER_CLOSING);
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    talk_greet(SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(talk_hear("250 hello\r\n"), SMTPAUTH_NOTE_ERROR);
    assert_int_equal(talk.event.reason, SMTPAUTH_REASON_REPLY_UNEXPECTED);
    assert_int_equal(talk_hear(""), SMTPAUTH_CLOSED);
    /* Within an exchange, while the challenge waits in the window. */
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    assert_int_equal(talk_hear(TALK_GREETING), SMTPAUTH_NEED_INPUT);
    assert_int_equal(talk_hear("250-mx\r\n250 AUTH LOGIN\r\n"), SMTPAUTH_ASK_CREDENTIALS);
    smtpauth_credentials who = talk_alice("secret");
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_DONE);
    assert_int_equal(talk_hear("334 VXNlcm5hbWU6\r\n"), SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(talk_hear("421 4.4."), SMTPAUTH_NEED_ANSWER);
    assert_true(view_is(&talk.event.mechanism, "LOGIN"));
    assert_int_equal(talk_hear("2 bye\r\n"), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&talk.client), SMTPAUTH_REASON_SERVER_CLOSING);
    /* An answer given meanwhile: the 421 ends it all the same. */
    talk_begin(SMTPAUTH_CLIENT_IMPLICIT_TLS);
    talk_greet(SMTPAUTH_ASK_CREDENTIALS);
    assert_int_equal(talk_hear("421 4."), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(smtpauth_client_credentials(&talk.client, &talk.io, &who), SMTPAUTH_DONE);
    assert_int_equal(talk_hear("4.2 bye\r\n"), SMTPAUTH_NOTE_AUTH);
    assert_int_equal(talk_hear(""), SMTPAUTH_CLOSED);
}

/* Replies to a group come while it is still being said: they wait, and answer what they answer. */
static void replies_within_a_group(void **state)
{
    const smtpauth_envelope envelope = talk_from("");
    const smtpauth_recipient to = talk_to("bob@example.test");
    (void)state;
    talk.config.mechanisms = NULL;
    talk_begin(0);
    talk_hear("220 mx\r\n");
    assert_int_equal(talk_hear("250-mx\r\n250 PIPELINING\r\n"), SMTPAUTH_ASK_ENVELOPE);
    talk.io.next_out = talk.out;
    assert_int_equal(smtpauth_client_envelope(&talk.client, &talk.io, &envelope), SMTPAUTH_DONE);
    assert_int_equal(talk_hear(""), SMTPAUTH_ASK_RECIPIENT);
    assert_int_equal(talk_hear("250 sender\r\n"), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(smtpauth_client_recipient(&talk.client, &talk.io, &to), SMTPAUTH_DONE);
    assert_int_equal(talk_hear("550 no\r\n"), SMTPAUTH_ASK_RECIPIENT);
    assert_int_equal(talk.event.index, 1);
    assert_int_equal(smtpauth_client_recipient(&talk.client, &talk.io, NULL), SMTPAUTH_DONE);
    assert_int_equal(talk_hear(""), SMTPAUTH_NOTE_RECIPIENT);
    assert_int_equal(talk.event.fate, SMTPAUTH_FATE_REFUSED);
    assert_int_equal(talk.event.code, 550);
    assert_int_equal(smtpauth_client_why(&talk.client), 0);
}

/* ... but for 421: the server leaves, and nobody need think on. */
static void closing_within_a_group(void **state)
{
    const smtpauth_envelope envelope = talk_from("");
    (void)state;
    talk.config.mechanisms = NULL;
    talk_begin(0);
    talk_hear("220 mx\r\n");
    assert_int_equal(talk_hear("250-mx\r\n250 PIPELINING\r\n"), SMTPAUTH_ASK_ENVELOPE);
    assert_int_equal(smtpauth_client_envelope(&talk.client, &talk.io, &envelope), SMTPAUTH_DONE);
    assert_int_equal(talk_hear("250-421 is no code here\r\n"), SMTPAUTH_ASK_RECIPIENT);
    assert_int_equal(talk_hear("250 ok\r\n42"), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(talk_hear("1 4.3.2 bye"), SMTPAUTH_NEED_ANSWER);
    assert_int_equal(talk_hear("\r\n"), SMTPAUTH_NOTE_MESSAGE);
    assert_int_equal(talk.event.fate, SMTPAUTH_FATE_LATER);
    assert_int_equal(talk_hear(""), SMTPAUTH_CLOSED);
    assert_int_equal(smtpauth_client_why(&talk.client), SMTPAUTH_REASON_SERVER_CLOSING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(window_contract, talk_set_up),
        cmocka_unit_test_setup(window_at_an_answer, talk_set_up),
        cmocka_unit_test_setup(no_room, talk_set_up),
        cmocka_unit_test_setup(dots_are_doubled_whole, talk_set_up),
        cmocka_unit_test_setup(unasked_input, talk_set_up),
        cmocka_unit_test_setup(replies_within_a_group, talk_set_up),
        cmocka_unit_test_setup(closing_within_a_group, talk_set_up),
    };
    return cmocka_run_group_tests_name("client, window", tests, NULL, NULL);
}
